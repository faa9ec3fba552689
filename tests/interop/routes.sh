#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 4: the SYN,ACK goes where the host's rules, routes, firewall and IPsec have it go, whether
# something is remembered of the SYN or not (module/ip/shortcut.c, local_out() of module/ip/ipv4.c).
# Clients in $A and a server in $B, whose addresses are on lo, and two links between them.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
MODES="1 2" CASES="rule change ipsec policy firewall paths"
# IPv4 of the debug kernel has one path only, and forty connections take it minutes.
[ -z "$SMALL" ] || MODES=2 CASES="rule change ipsec policy firewall"
CLIENTS=20			# all on one of two paths by chance: 1 of 2^19

# use V: addresses of that version.
use()
{
	v=$1
	if [ "$v" = 4 ]; then
		link1=10.93.1. link2=10.93.2. from=10.93.9. here_at=10.93.8.1 net=10.93.9.0/24 bits=24
	else
		link1=fd93:1:: link2=fd93:2:: from=fd93:9:: here_at=fd93:8::1 net=fd93:9::/64 bits=64
	fi
}

# links V: addresses and the routes by the first link.
links()
{
	local i nodad=()
	use "$1"
	[ "$v" = 4 ] || nodad=(nodad)
	for i in 1 2; do
		local net_of=link$i
		ip -n "$A" addr add "${!net_of}1/$bits" dev "va$i" "${nodad[@]}"
		ip -n "$B" addr add "${!net_of}2/$bits" dev "vb$i" "${nodad[@]}"
	done
	for ((i = 1; i <= CLIENTS; i++)); do
		ip -n "$A" addr add "$from$i/$((v == 4 ? 32 : 128))" dev lo
	done
	ip -n "$B" addr add "$here_at/$((v == 4 ? 32 : 128))" dev lo
}

lay()
{
	local i
	for i in $A $B; do
		ip netns add "$i" && ip -n "$i" link set lo up || return 1
		ip netns exec "$i" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	done
	for i in 1 2; do
		ip -n "$A" link add "va$i" type veth peer name "vb$i" netns "$B" || return 1
		ip -n "$A" link set "va$i" up && ip -n "$B" link set "vb$i" up || return 1
	done
	links 4 && links 6
	in_b nft -f - <<-'RULES'
		table inet routes {
			counter asked { }
			counter one { }
			counter two { }
			chain in {
				type filter hook input priority 0;
				tcp dport 5001-5099 tcp flags & (syn | ack) == syn counter name asked
			}
			chain out {
				type filter hook output priority 0;
				oifname vb1 tcp flags & (syn | ack) == (syn | ack) counter name one
				oifname vb2 tcp flags & (syn | ack) == (syn | ack) counter name two
			}
		}
	RULES
}

# Packets that a counter has seen since zero().
seen() { in_b nft list counter inet routes "$1" | awk '/packets/ { print $2 }'; }
zero() { in_b nft reset counters table inet routes >/dev/null; }
asked() { [ "$(seen asked)" -ge "$1" ]; }

# back ROUTE...: the server's way to the clients.
back() { ip -n "$B" "-$v" route replace "$net" "$@"; }

# client N COMMAND...: as the N-th address.
client()
{
	ip -n "$A" "-$v" route replace "$here_at" via "${link1}2" src "$from$1" || return 1
	shift
	in_a "$@"
}

# connected N PORT: the N-th client gets what it asks for.
connected()
{
	client "$1" "$XFER" fetch "$OURS" "$here_at" "$2" 1000 >"$work/client" 2>&1 ||
		{ tail -n 1 "$work/client"; return 1; }
}

serving() { server "$B" "$work/server" serve "$OURS" "$here_at" "$1" 1000 "$2"; }

# went COUNTER...: SYN,ACKs by these links since zero(), and by no other.
went()
{
	local link by=()
	for link in one two; do
		[ "$(seen "$link")" = 0 ] || by+=("$link")
	done
	[ "${by[*]}" = "$*" ] || { echo "SYN,ACKs by link '${by[*]}', not '$*'"; return 1; }
}

# goes COUNTER PORT: connects, and the answer comes by that link.
goes() { zero && connected 1 "$2" && went "$1"; }

# A rule sends them by the other link, and only while it is there.
rule()
{
	local status=0
	back via "${link1}1" && serving 5001 3 || return 1
	goes one 5001 || return 1
	ip -n "$B" "-$v" route add "$net" via "${link2}1" table 77
	ip -n "$B" "-$v" rule add to "$net" lookup 77
	goes two 5001 || status=1
	ip -n "$B" "-$v" rule del to "$net" lookup 77
	ip -n "$B" "-$v" route flush table 77
	goes one 5001 || status=1
	return "$status"
}

# The route changes under a server that has just answered by the old one.
change()
{
	back via "${link1}1" && serving 5002 2 || return 1
	goes one 5002 && back via "${link2}1" && goes two 5002
}

# Of two paths both are used, also by who has been here before.
paths()
{
	local i
	back nexthop via "${link1}1" nexthop via "${link2}1" || return 1
	serving 5003 $((2 * CLIENTS)) || return 1
	for ((i = 0; i < 2 * CLIENTS; i++)); do
		[ "$i" != "$CLIENTS" ] || zero
		connected $((i % CLIENTS + 1)) 5003 || return 1
	done
	if [ "$(seen one)" = 0 ] || [ "$(seen two)" = 0 ]; then
		echo "$(seen one) and $(seen two) SYN,ACKs by the links"
		return 1
	fi
}

# asks PORT: a client that goes on asking; back when its SYN has come twice: what is remembered
# of the route may be new at the second.
asks()
{
	background client 1 "$XFER" fetch "$OURS" "$here_at" "$1" 1000 >"$work/client" 2>&1
	wait_until asked 2 || { echo "no two SYNs came"; return 1; }
}

# What IPsec forbids does not go, and goes when it is allowed again.
ipsec()
{
	back via "${link1}1" && serving 5004 2 && connected 1 5004 || return 1
	ip -n "$B" xfrm policy add dst "$net" dir out action block || return 1
	zero
	asks 5004 || return 1
	went || return 1
	ip -n "$B" xfrm policy flush
	wait "$last" || { tail -n 1 "$work/client"; return 1; }
}

# IPsec wants none of what comes in: a SYN is dropped, and why is counted.
policy()
{
	local before
	[ "$OURS" = inet ] && return
	back via "${link1}1" && serving 5006 2 && connected 1 5006 || return 1
	before=$(counter "$B" TcpExt XtcpDropPolicy xtcp_netstat)
	ip -n "$B" xfrm policy add src "$net" dir in action block || return 1
	zero
	asks 5006 || return 1
	ip -n "$B" xfrm policy flush
	wait "$last" || { tail -n 1 "$work/client"; return 1; }
	[ "$(counter "$B" TcpExt XtcpDropPolicy xtcp_netstat)" -gt "$before" ] || { echo "XtcpDropPolicy is $before still"; return 1; }
}

# A firewall may keep them, too: it sees each.
firewall()
{
	back via "${link1}1" && serving 5005 2 && connected 1 5005 || return 1
	in_b nft -f - <<-'RULES'
		table inet shut {
			chain out {
				type filter hook output priority 10;
				tcp sport 5005 tcp flags & (syn | ack) == (syn | ack) drop
			}
		}
	RULES
	zero
	asks 5005 && wait_until test_seen_one || return 1
	grep -q received "$work/client" && { echo "the firewall was passed"; return 1; }
	in_b nft delete table inet shut
	wait "$last" || { tail -n 1 "$work/client"; return 1; }
}

test_seen_one() { [ "$(seen one)" -gt 0 ]; }

lay || abort "the links cannot be laid"
for v in 4 6; do
	use "$v"
	for cookies in $MODES; do
		[ "$OURS" = inet ] || in_b sysctl -qw net.xtcp.syncookies="$cookies"
		[ "$OURS" != inet ] || in_b sysctl -qw net.ipv4.tcp_syncookies="$cookies"
		for what in $CASES; do
			check "routes_${what}_v${v}_cookies_$cookies" "$what"
		done
	done
done
finish
