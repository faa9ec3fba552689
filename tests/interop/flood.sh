#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# SYN floods from a raw socket in another namespace (mission S2.9, E11): every client connects
# meanwhile, and afterwards the kernel has as much memory as before. What it prints of connect()
# are figures, not tests.
#
# XTCP_FLOOD="COUNT RATE GAP"   SYNs in each flood, and in a second (0: as fast as it goes); microseconds
#                               between two clients.
# XTCP_FAMILY=inet              the same of the kernel's TCP.

# Functions are called through check().
# shellcheck disable=SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
STORM=$here/storm
[ -x "$STORM" ] || abort "storm is not built: make -C $here"
read -r COUNT RATE GAP <<<"${XTCP_FLOOD:-$((SMALL ? 2000 : 20000)) 0 1000}"

# What a SYN may leave, in KiB of all that the kernel can't reclaim. That of the connections of
# the clients goes too, but others take and give as well.
SLACK_KB=$((1024 + COUNT / 100))

knob()
{
	case $OURS in
	inet) in_b sysctl -qw "net.ipv4.tcp_$1=$2" ;;
	*) in_b sysctl -qw "net.xtcp.$1=$2" ;;
	esac
}

family()
{
	case $OURS in
	inet) echo 0 ;;
	*) cat /sys/module/xtcp/parameters/family ;;
	esac
}

unreclaimable_kb()
{
	local cache
	for cache in /sys/kernel/slab/*; do
		echo 1 >"$cache/shrink"
	done 2>/dev/null
	awk '$1 == "SUnreclaim:" { print $2 }' /proc/meminfo
}

back_to() { [ "$(unreclaimable_kb)" -le $(($1 + SLACK_KB)) ]; }

# flood NAME COOKIES VERSION
flood()
{
	local before
	[[ $1 == *"$PATTERN"* ]] || return 0
	knob syncookies "$2"
	background ip netns exec "$B" "$STORM" serve "$(family)" "$3" 80 >"$work/storm" 2>&1
	wait_until grep -q '^listening' "$work/storm" || { tail -n 1 "$work/storm"; return 1; }
	in_a "$STORM" attack 500 0 "$3" 80 >/dev/null	# what stays for good exists from here on
	before=$(unreclaimable_kb)
	in_a "$STORM" attack "$COUNT" "$RATE" "$3" 80 "${GAP:-1000}" >"$work/figures" 2>&1 ||
		{ tail -n 1 "$work/figures"; return 1; }
	wait_until back_to "$before" ||
		{ echo "unreclaimable memory: $before KiB before, $(unreclaimable_kb) after"; return 1; }
}

# cookies_sent: the counter of the server's namespace.
cookies_sent()
{
	case $OURS in
	inet) counter "$B" TcpExt SyncookiesSent netstat ;;
	*) counter "$B" TcpExt SyncookiesSent xtcp_netstat ;;
	esac
}

flood_test()
{
	local name=flood_cookies_$1_v$2 sent
	[[ $name == *"$PATTERN"* ]] || return 0
	sent=$(cookies_sent)
	check "$name" flood "$name" "$1" "$2"
	sent=$(($(cookies_sent) - sent))
	echo "# $OURS: $(cat "$work/figures"); $sent cookies"
	[ $sent -ge $((COUNT / 2)) ] || not_ok "$name" "only $sent cookies for $COUNT SYNs"
}

two_namespaces
# Answers to strangers go to a host that does not forward them.
ip -n "$B" route add 10.92.0.0/16 via $A4
ip -n "$B" -6 route add fd92::/64 via $A6
knob synack_retries 0
for cookies in 1 2; do
	for version in 4 6; do
		flood_test $cookies $version
	done
done
finish
