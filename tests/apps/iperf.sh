#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# iperf3: one way, the other, both, four connections, sendfile, a congestion control of the
# user's choice. mission S1.5a, S4.1c.

# shellcheck source=tests/apps/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed iperf3

# iperf SERVER CLIENT PORT ADDRESS OPTION...
iperf()
{
	start "$1" "$3" iperf3 -s -1 -B "$4" -p "$3" || return 1
	client "$2" iperf3 -c "$4" -p "$3" -n "$BYTES" --json "${@:5}" >"$work/iperf" || {
		grep '"error"' "$work/iperf" || tail -n 1 "$work/iperf"; return 1; }
	wait "$last" || { tail -n 1 "$work/server"; return 1; }
	result "$(grep -E '"(num_streams|reverse|bidir|(sender|receiver)_tcp_congestion)"' "$work/iperf")"
	all_counted || { echo "less was counted than asked for"; return 1; }
}

# What was sent or, of what comes back, received: the end of the test may leave some unread, and
# with --bidir it comes when either direction has got there.
all_counted()
{
	sed -n '/"sum_/,/}/s/.*"bytes":[ \t]*\([0-9]*\).*/\1/p' "$work/iperf" |
		awk -v want="$BYTES" '$1 >= want { n++ } END { exit !n }'
}

all()
{
	program iperf3 iperf
	program iperf3_reverse iperf -R
	program iperf3_both iperf --bidir
	program iperf3_parallel iperf -P 4
	program iperf3_zerocopy iperf -Z
	program iperf3_cubic iperf -C cubic
	program iperf3_reno iperf -C reno
}

on_both_paths all
finish
