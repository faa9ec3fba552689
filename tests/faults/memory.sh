#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Memory runs short at every place where xtcp asks for some: what is being made is not, what is
# established goes on, its data is right, and afterwards all is as before. For kernels that can
# inject faults (CONFIG_FAILSLAB), which Debian's can't.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/../interop/lib.sh"
need
FAIL=/sys/kernel/debug/failslab
SLABS=/sys/kernel/slab
[ -d "$FAIL" ] || abort "this kernel has no failslab"
MOST=100000			# failures of one test; more than there will be
ENOUGH=8			# of them, so that a test that is left to chance has tested something
BYTES=300000

# set_fail NAME VALUE
set_fail() { echo "$2" >"$FAIL/$1"; }

# failing PERCENT SLEEPERS CACHE...: of the objects asked for there, so many are not to be had. With
# SLEEPERS N also those that somebody could wait for.
failing()
{
	local percent=$1 sleepers=$2 cache
	shift 2
	set_fail ignore-gfp-wait "$([ "$sleepers" = Y ] && echo N || echo Y)"
	set_fail times "$MOST"
	for cache; do
		echo 1 >"$SLABS/$cache/failslab" || return 1
	done
	set_fail probability "$percent"
}

failures() { echo $((MOST - $(cat "$FAIL/times"))); }

enough() { [ "$(failures)" -ge "$ENOUGH" ]; }
have_failed() { enough || { echo "only $(failures) allocations failed"; return 1; }; }

intact()
{
	local cache
	set_fail probability 0
	for cache in "$SLABS"/*/failslab; do
		echo 0 >"$cache" 2>/dev/null || :
	done
}

# Of the server.
counted() { counter "$B" TcpExt "$1" xtcp_netstat; }

# All that comes without anybody who could wait for memory; both ways.
both_ways()
{
	transfer xtcp xtcp "$B4" 5001 "$BYTES" && transfer xtcp xtcp "$B6" 5002 "$BYTES"
}

# while_failing PERCENT CACHE...: data arrives all the same. A transfer asks a few caches only some
# ten times for what it can't wait for, so there are as many as it takes.
while_failing()
{
	local percent=$1 status=0 i
	shift
	failing "$percent" N "$@" || { echo "no such cache: $*"; return 1; }
	for ((i = 0; i < 40 && status == 0; i++)); do
		enough && break
		both_ways || status=1
	done
	have_failed || status=1
	intact
	return "$status"
}

# A SYN for which there is no memory is as lost: the next one finds some.
requests()
{
	local before
	before=$(counted XtcpDropNoMemory)
	failing 100 N xtcp_request || return 1
	set_fail times 1
	transfer xtcp xtcp "$1" 5003 1000 || { intact; return 1; }
	intact
	[ "$(counted XtcpDropNoMemory)" -gt "$before" ] || { echo "XtcpDropNoMemory is $before still"; return 1; }
}

# Whoever closes first has the TIME-WAIT.
overflows()
{
	echo $(($(counter "$A" TcpExt TCPTimeWaitOverflow xtcp_netstat) + $(counted TCPTimeWaitOverflow)))
}

# Without memory there is no TIME-WAIT, and the connection has ended well.
time_waits()
{
	local before
	before=$(overflows)
	failing 100 N xtcp_timewait || return 1
	transfer xtcp xtcp "$1" 5004 1000 || { intact; return 1; }
	intact
	[ "$(overflows)" -gt "$before" ] ||
		{ echo "TCPTimeWaitOverflow is $before still"; return 1; }
}

# Calls that need memory say that there is none, or do without; then all is as before.
calls()
{
	local i
	failing 30 Y "${OURS_ALL[@]}" || return 1
	for ((i = 0; i < 40; i++)); do
		[ "$i" -lt 8 ] || ! enough || break
		DEADLINE=2 transfer xtcp xtcp "$1" $((5100 + i)) 1000
		end_children
	done
	have_failed || { intact; return 1; }
	intact
	transfer xtcp xtcp "$1" 5005 "$BYTES"
}

# The packets themselves.
packets() { while_failing 5 "${PACKETS[@]}"; }

# xtcp why names it while it lasts, and what was held up arrives.
why()
{
	local bytes=30000000 sink
	server "$B" "$work/sink" sink xtcp "$B4" 5006 || return 1
	sink=$last
	background ip netns exec "$A" "$XFER" pour xtcp "$B4" 5006 "$bytes" >"$work/client" 2>&1
	explains "$A" ESTABLISHED "$A4" "$B4:5006" || return 1
	failing 100 N "${PACKETS[@]}" || return 1
	explains "$A" 'memory was too short for a segment, it tries again in' "$A4" "$B4:5006" ||
		{ intact; return 1; }
	intact
	wait "$sink"
	[ "$(tail -n 1 "$work/sink")" = "$(digest "$bytes" 1)" ] ||
		{ echo "the data differs: $(tail -n 1 "$work/sink")"; return 1; }
}

mapfile -t OURS_ALL < <(cd "$SLABS" && ls -d xtcp* XTCP* 2>/dev/null)
# But for what connect() and bind() ask for with a lock held, and say so.
mapfile -t SEGMENTS < <(printf '%s\n' "${OURS_ALL[@]}" | grep -v hold)
echo "# caches: ${SEGMENTS[*]}"
mapfile -t PACKETS < <(cd "$SLABS" && ls -d skbuff_* 2>/dev/null)
set_fail verbose 0
set_fail task-filter N
set_fail cache-filter Y
set_fail interval 1
set_fail space 0
two_namespaces
check faults_requests_v4 requests "$B4"
check faults_requests_v6 requests "$B6"
check faults_time_waits_v4 time_waits "$B4"
check faults_time_waits_v6 time_waits "$B6"
check faults_segments while_failing 10 "${SEGMENTS[@]}"
check faults_packets packets
check faults_why why
check faults_calls calls "$B6"
finish
