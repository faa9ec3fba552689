#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 6: VRFs, which are devices with a routing table of their own. $B has two, red and blue, and
# behind each a client's namespace ($A and ${A}q) with the same addresses.

# Functions are called through check().
# shellcheck disable=SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
BYTES=$((SMALL ? 20000 : 200000))
CLIENT_PORT=40001		# of both clients: in $B only the VRF tells their connections apart
ACCEPT=net.xtcp.l3mdev_accept COOKIES=net.xtcp.syncookies
[ "$OURS" != inet ] || ACCEPT=net.ipv4.tcp_l3mdev_accept COOKIES=net.ipv4.tcp_syncookies

# vrf NAME TABLE NAMESPACE: the client's end is va, ours is NAME's interface vb-NAME.
vrf()
{
	local device=vb-$1
	ip -n "$B" link add "$1" type vrf table "$2" && ip -n "$B" link set "$1" up || return 1
	ip -n "$3" link add va type veth peer name "$device" netns "$B" || return 1
	ip -n "$B" link set "$device" master "$1" || return 1
	net_add "$3" va $A4/24 $A6/64
	net_add "$B" "$device" $B4/24 $B6/64
}

has_route_of() { ip -n "$B" -6 route show table "$1" | grep -q "^local $B6 "; }

lay()
{
	local ns
	for ns in "$A" "${A}q" "$B"; do
		ip netns add "$ns" && ip -n "$ns" link set lo up || return 1
		ip netns exec "$ns" sysctl -qw net.ipv4.tcp_syncookies=1 || return 1
	done
	vrf red 10 "$A" && vrf blue 11 "${A}q" || return 1
	wait_until has_route_of 10 && wait_until has_route_of 11
}

# of DEVICE COMMAND...: what the command makes of sockets is bound to the device; "" for none.
of()
{
	local device=$1
	shift
	if [ -n "$device" ]; then
		XFER_DEVICE=$device "$@"
	else
		"$@"
	fi
}

# got FILE STREAM: it is there complete.
got()
{
	[ "$(tail -n 1 "$1")" = "$(digest "$BYTES" "$2")" ] || { tail -n 1 "$1"; return 1; }
}

# meets CLIENTS DEVICE PORT: a server bound to the device and a client of that namespace. An
# address of a VRF is none for who is not in it.
meets()
{
	local at=$address
	[ -n "$2" ] || at=$any
	of "$2" server "$B" "$work/server" serve "$OURS" "$at" "$3" "$BYTES" || return 1
	ip netns exec "$1" "$XFER" fetch "$OURS" "$address" "$3" "$BYTES" >"$work/client" 2>&1
	got "$work/client" 2 || return 1
	wait "$last"
	got "$work/server" 1
}

bound()
{
	meets "$A" red 5001 && meets "${A}q" blue 5002
}

bound_to_interface()
{
	meets "$A" vb-red 5003
}

# refused CLIENTS PORT
refused()
{
	ip netns exec "$1" "$XFER" fetch "$OURS" "$address" "$2" "$BYTES" >"$work/client" 2>&1 &&
		{ echo "the connection was accepted"; return 1; }
	grep -q refused "$work/client" || { tail -n 1 "$work/client"; return 1; }
}

# A server of one VRF, or of none, is not there for clients of another.
apart()
{
	of red server "$B" "$work/red" serve "$OURS" "$address" 5004 "$BYTES" &&
		refused "${A}q" 5004 || return 1
	of "" server "$B" "$work/none" serve "$OURS" "$any" 5005 "$BYTES" && refused "$A" 5005
}

# Three servers have one port; with the same client's address and port each has its own client.
same_port()
{
	local red blue status=0 ns
	of "" server "$B" "$work/none" serve "$OURS" "$any" 5006 "$BYTES" || return 1
	of red server "$B" "$work/red" serve "$OURS" "$address" 5006 "$BYTES" || return 1
	red=$last
	of blue server "$B" "$work/blue" serve "$OURS" "$address" 5006 "$BYTES" || return 1
	blue=$last
	for ns in "$A" "${A}q"; do
		ip netns exec "$ns" sysctl -qw \
			net.ipv4.ip_local_port_range="$CLIENT_PORT $CLIENT_PORT"
	done
	ip netns exec "${A}q" "$XFER" fetch "$OURS" "$address" 5006 "$BYTES" >"$work/client2" 2>&1 &
	in_a "$XFER" fetch "$OURS" "$address" 5006 "$BYTES" >"$work/client" 2>&1 || status=1
	wait $! "$red" "$blue" || status=1
	for ns in "$A" "${A}q"; do
		ip netns exec "$ns" sysctl -qw net.ipv4.ip_local_port_range="32768 60999"
	done
	got "$work/client" 2 && got "$work/client2" 2 && got "$work/red" 1 && got "$work/blue" 1 ||
		return 1
	return "$status"
}

# l3mdev_accept: a server that is bound to nothing is there for all.
accepting()
{
	local status=0
	in_b sysctl -qw "$ACCEPT=1"
	meets "$A" "" 5007 && meets "${A}q" "" 5008 || status=1
	in_b sysctl -qw "$COOKIES=2"
	meets "$A" "" 5009 || status=1
	in_b sysctl -qw "$COOKIES=1" "$ACCEPT=0"
	return "$status"
}

cookies()
{
	local status=0
	in_b sysctl -qw "$COOKIES=2"
	meets "$A" red 5010 || status=1
	in_b sysctl -qw "$COOKIES=1"
	return "$status"
}

# From within: the client is in the VRF.
out()
{
	server "$A" "$work/server" serve "$OURS" "$peer" 5011 "$BYTES" || return 1
	of red in_b "$XFER" fetch "$OURS" "$peer" 5011 "$BYTES" >"$work/client" 2>&1
	got "$work/client" 2 || return 1
	wait "$last"
	got "$work/server" 1
}

if ! lay; then
	abort "the VRFs cannot be laid"
fi
for v in 4 6; do
	address=$B4 peer=$A4 any=0.0.0.0
	[ "$v" = 4 ] || address=$B6 peer=$A6 any=::
	for what in bound bound_to_interface apart same_port accepting cookies out; do
		check "vrf_${what}_v$v" "$what"
	done
done
finish
