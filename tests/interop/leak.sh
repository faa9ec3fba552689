#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 2: 1000 connects and closes (100 on the debug kernel, which is slow) leak nothing. Counts
# the live objects of xtcp's slab caches and of the kernel's TCP caches (the port reservations are
# TCP sockets) before and after.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
COUNT=$((SMALL ? 100 : 1000))
OUR_CACHES='^(xtcp|request_sock_XTCP|tw_sock_XTCP|XTCP)'
KERNEL_CACHES='^(TCP|TCPv6|tw_sock_TCP|tw_sock_TCPv6|request_sock_TCP|tcp_bind_bucket|tcp_bind2_bucket)$'

in_time_wait()
{
	in_a cat /proc/net/xtcp /proc/net/xtcp6 | awk '$4 == "06" { n++ } END { print n + 0 }'
}

none_in_time_wait() { [ "$(in_time_wait)" = 0 ]; }

# cycles CLIENT SERVER ADDRESS PORT: COUNT connections with 100 bytes each way.
cycles()
{
	server "$B" "$work/server" serve "$2" "$3" "$4" 100 $COUNT || return 1
	in_a "$XFER" fetch "$1" "$3" "$4" 100 $COUNT >"$work/client" 2>&1 ||
		{ tail -n 1 "$work/client"; return 1; }
	wait "$last" || { tail -n 1 "$work/server"; return 1; }
	[ "$(sort "$work/client" | uniq -c | sed 's/^ *//')" = "$COUNT $(digest 100 2)" ] ||
		{ echo "a connection's data differs"; return 1; }
}

# time_wait_of MS
time_wait_of()
{
	[ "$OURS" = inet ] && return
	in_a sysctl -qw net.xtcp.tw_timeout_ms="$1"
	in_b sysctl -qw net.xtcp.tw_timeout_ms="$1"
}

# leak_test NAME CLIENT SERVER ADDRESS
leak_test()
{
	local name=$1 ours kernel
	[[ ${name}_cycles,${name}_our_slabs,${name}_kernel_slabs == *"$PATTERN"* ]] || return 0
	two_namespaces
	time_wait_of 1000
	cycles "$2" "$3" "$4" 5001 >/dev/null	# what stays for good exists from here on
	ip netns del "$A"
	ip netns del "$B"
	wait_until settled
	ours=$(objects "$OUR_CACHES") kernel=$(objects "$KERNEL_CACHES")
	two_namespaces
	time_wait_of 1000
	check "${name}_cycles" cycles "$2" "$3" "$4" 5001
	ip netns del "$A"
	ip netns del "$B"
	if wait_until back_to "$OUR_CACHES" "$ours"; then
		ok "${name}_our_slabs"
	else
		not_ok "${name}_our_slabs" "${ours//$'\n'/, } -> $(objects "$OUR_CACHES" | tr '\n' ',')"
	fi
	if wait_until back_to "$KERNEL_CACHES" "$kernel"; then
		ok "${name}_kernel_slabs"
	else
		not_ok "${name}_kernel_slabs" "${kernel//$'\n'/, } -> $(objects "$KERNEL_CACHES" | tr '\n' ',')"
	fi
}

# Deleted namespaces go in the background: two readings alike are the end of it.
settled()
{
	local now
	now=$(objects "$OUR_CACHES|$KERNEL_CACHES")
	[ "$now" = "${before_that:-}" ] && return
	before_that=$now
	return 1
}

[ "$OURS" = inet ] || grep -qE "$OUR_CACHES" /proc/slabinfo ||
	abort "no slab cache in /proc/slabinfo has a name of xtcp's"
leak_test leak_ours_v4 "$OURS" "$OURS" "$B4"
leak_test leak_ours_v6 "$OURS" "$OURS" "$B6"
leak_test leak_from_kernel_v4 inet "$OURS" "$B4"
leak_test leak_to_kernel_v6 "$OURS" inet "$B6"

if [ "$OURS" != inet ]; then
	# TIME-WAIT ends by itself. Long enough to be seen however slow the machine is.
	two_namespaces
	time_wait_of 15000
	COUNT=1
	cycles "$OURS" inet "$B4" 5001 >/dev/null
	check time_wait_appears test "$(in_time_wait)" = 1
	check time_wait_ends wait_until none_in_time_wait
fi
finish
