#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 5: namespaces come, have traffic and go, with sockets in every state in them; rmmod with
# live, orphaned and TIME-WAIT sockets. XTCP_NAMESPACES is how many (1000 takes more than half an hour
# on the debug kernel).

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
COUNT=${XTCP_NAMESPACES:-$((SMALL ? 3 : 50))}
LEAVE=$here/leave
CACHES='^(xtcp|XTCP|TCP$|TCPv6$|tw_sock_TCP|request_sock_TCP|tcp_bind_bucket|tcp_bind2_bucket|net_namespace)'
[ "$OURS" != inet ] || abort "this script is about the module; XTCP_FAMILY=inet has none"
[ -x "$LEAVE" ] || abort "leave is not built: make -C $here"
KO=$(module_file) || abort "xtcp.ko not found; XTCP_KO names it"

# The kernel keeps the namespaces that it took down last until it takes down more: one that
# follows brings the number of those kept to one.
namespace_objects()
{
	unshare -n true
	objects "$CACHES"
}

no_more()
{
	unshare -n true
	back_to "$CACHES" "$before"
}

traffic()
{
	dmesg -C
	"$LEAVE" namespaces "$COUNT"
}

no_splat()
{
	! dmesg | grep -E 'BUG|WARNING|KASAN|Call Trace|leaked|unregister_netdevice'
}

# A scan finds what was lost since the one before; the first marks what others left.
no_memory_lost()
{
	[ -e /sys/kernel/debug/kmemleak ] || mount -t debugfs none /sys/kernel/debug
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	echo scan >/sys/kernel/debug/kmemleak
	echo scan >/sys/kernel/debug/kmemleak
	! grep -A 12 . /sys/kernel/debug/kmemleak
}

# Refused at once, for as long as there are orphans.
rmmod_with_orphans()
{
	local status=0
	ip netns add "$A"
	ip -n "$A" link set lo up
	in_a sysctl -qw net.xtcp.orphan_retries=6 net.xtcp.fin_timeout=20 net.xtcp.tw_timeout_ms=900000
	in_a "$LEAVE" sockets || return 1
	in_a cat /proc/net/xtcp | grep -q ' 04 ' || { echo "no orphan in FIN-WAIT-1"; return 1; }
	in_a cat /proc/net/xtcp | grep -q ' 06 ' || { echo "nothing in TIME-WAIT"; return 1; }
	SECONDS=0
	rmmod xtcp && { echo "rmmod went through with orphans"; status=1; }
	[ "$SECONDS" -le 10 ] || { echo "rmmod took $SECONDS s"; status=1; }
	return "$status"
}

# Those in TIME-WAIT are still there when the last orphan is gone.
rmmod_after_orphans()
{
	local status=0
	wait_until unused || { echo "orphans stay"; return 1; }
	in_a cat /proc/net/xtcp | grep -q ' 06 ' || { echo "nothing in TIME-WAIT"; return 1; }
	rmmod xtcp || status=1
	[ -d /sys/module/xtcp ] || insmod "$KO" || status=1
	ip netns del "$A"
	return "$status"
}

"$LEAVE" namespaces 2 >"$work/first" || abort "leave: $(tail -n 1 "$work/first")"
wait_until unused
before=$(namespace_objects)
check "namespaces_$COUNT" traffic
check namespaces_end wait_until unused
check namespaces_leave_nothing wait_until no_more
check namespaces_no_splat no_splat
check namespaces_no_memory_lost no_memory_lost
check rmmod_with_orphans rmmod_with_orphans
check rmmod_after_orphans rmmod_after_orphans
finish
