#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench`, part goodput, inside the VM: what gets through a damaged path of 100 Mbit/s and
# 20 ms (there and back), xtcp beside the kernel's TCP with the same algorithm. Prints docs/goodput.md.
#
# Usage: goodput.sh [OPTION]... [PATTERN]		PATTERN is a part of a case's name
#
#   --seconds N		of a run, of the guest's time (60)
#   --runs N		of each family, at most (as many as the case needs)
#   --algorithms LIST	("cubic bbr")
#   --no-title		only what was measured, for a page that has a title already
#   --delay TIME, --back TIME	of the path to the reader and of the way back (10ms, 10ms)
#   --a FAMILY, --b FAMILY	measure b beside a (inet, xtcp); inet inet checks this script
#   -6			over IPv6
#
# Wants scripts/vm --warp: there a minute that is mostly waiting takes seconds, and neither
# side is short of processor time.

# shellcheck source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/../interop/lib.sh" ''
# shellcheck source=tests/interop/path.sh
. "$here/path.sh"
FLOW=$here/../bench/flow

RATE=100mbit
QUEUE=250000			# bytes: what the rate carries in 20 ms

# NAME RUNS RUNS-OF-BBR NETEM-SETTING...: one run is enough where every loss is the bottleneck's,
# and is slow to compute; what random losses do varies by tens of percent, and such runs are cheap.
# BBR, which does not slow down for a loss, is always near the rate of the path.
#
# netem counts a burst in packets: a flow that has lost all it had in flight, and sends one packet
# in each timeout, sits in a burst for half a minute now and then, whoever it is of.
CASES="
no loss		| 1  | 1 |
loss 0.1 %	| 5  | 1 | loss 0.1%
loss 1 %	| 10 | 1 | loss 1%
loss 5 %	| 10 | 1 | loss 5%
reorder 25 %	| 1  | 4 | reorder 25%
duplicate 1 %	| 1  | 1 | duplicate 1%
burst loss	| 15 | 4 | loss gemodel 0.1% 20%
"

seconds=60 runs=100 delay=10ms back=10ms algorithms="cubic bbr" title=title pair=(inet xtcp) address=$B4 pattern=''

parse()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--seconds) seconds=$2; shift ;;
		--runs) runs=$2; shift ;;
		--algorithms) algorithms=$2; shift ;;
		--delay) delay=$2; shift ;;
		--back) back=$2; shift ;;
		--a) pair[0]=$2; shift ;;
		--b) pair[1]=$2; shift ;;
		--no-title) title=: ;;
		-6) address=$B6 ;;
		-*) echo "goodput: unknown option '$1'" >&2; exit 2 ;;
		*) pattern=$1 ;;
		esac
		shift
	done
}

stop()
{
	echo "goodput: $*" >&2
	exit 1
}

# Every run has an empty path: what the last one left in it has arrived after a second.
set_path()
{
	sleep 1
	tc -n "$R" qdisc replace dev m0 root tbf rate $RATE burst 10000 limit $QUEUE ||
		stop "no tbf"
	netem ra delay "$back" || stop "netem does not take: delay $back"
	netem rb delay "$delay" "$@" || stop "netem does not take: delay $delay $*"
}

# measure FAMILY:ALGORITHM...: Mbit/s of each. Ends with flow's status.
measure()
{
	"$FLOW" "$A" "$B" "$address" "$seconds" "$@"
}

has_algorithm()
{
	local status=0
	"$FLOW" "$A" "$B" "$address" 0.1 "$1:$2" >"$work/has" 2>&1 || status=$?
	[ $status -eq 0 ] || [ $status -eq 3 ] || stop "$1:$2: $(tail -n 1 "$work/has")"
	return $status
}

# Of the numbers in a file: mean, least, most.
summary()
{
	awk 'NR == 1 { min = max = $1 }
		{ sum += $1; min = $1 < min ? $1 : min; max = $1 > max ? $1 : max }
		END { printf "%.2f %.2f %.2f\n", sum / NR, min, max }' "$1"
}

# compare NAME RUNS ALGORITHM NETEM-SETTING...: a row of the table. Interleaved, A B B A.
compare()
{
	local name=$1 n=$2 algorithm=$3 i j
	local mean=() range=() low high
	shift 3
	: >"$work/0"
	: >"$work/1"
	for ((i = 0; i < 2 * n; i++)); do
		j=$(((i + 1) / 2 % 2))
		set_path "$@"
		measure "${pair[j]}:$algorithm" >>"$work/$j" || stop "$name: a run failed"
	done
	for j in 0 1; do
		read -r "mean[j]" low high < <(summary "$work/$j")
		range[j]="$low to $high"
	done
	echo "| $name | $algorithm | $n | ${mean[0]} | ${mean[1]} |" \
		"$(awk "BEGIN { printf \"%.3f\", ${mean[1]} / ${mean[0]} }") |" \
		"${range[0]} | ${range[1]} |"
}

# Both families have the algorithm; a line says so if not.
both_have()
{
	local family
	for family in "${pair[@]}"; do
		has_algorithm "$family" "$1" && continue
		echo "$family has no $1: not measured."
		return 1
	done
}

# runs_of ALGORITHM RUNS RUNS-OF-BBR
runs_of()
{
	local n=$2
	[ "$1" != bbr ] || n=$3
	echo $((n < runs ? n : runs))
}

compare_all()
{
	local algorithm=$1 name n n_bbr setting
	echo "| path | algorithm | runs | ${pair[0]} | ${pair[1]} | ratio | ${pair[0]}, range |" \
		"${pair[1]}, range |"
	echo "|---|---|---|---|---|---|---|---|"
	while IFS='|' read -r name n n_bbr setting; do
		name=$(xargs <<<"$name")
		[[ -n $name && $name == *"$pattern"* ]] || continue
		# shellcheck disable=SC2086 # words
		compare "$name" "$(runs_of "$algorithm" "$n" "$n_bbr")" "$algorithm" $setting
	done <<<"$CASES"
}

# Jain's index of two flows: 1 if both get the same, 1/2 if one gets all.
fair()
{
	local algorithm=$1 a b got
	shift
	set_path
	got=$(measure "${@/%/:$algorithm}") || stop "fairness: a run failed"
	read -r a b <<<"$got"
	awk -v a="$a" -v b="$b" -v name="| $1 and $2 | $algorithm" 'BEGIN {
		printf "%s | %.2f | %.2f | %.4f |\n", name, a, b, (a + b) ^ 2 / (2 * (a ^ 2 + b ^ 2))
	}'
}

fair_all()
{
	printf '\nTwo flows through the bottleneck at once, nothing lost but by its queue:\n\n'
	echo "| flows | algorithm | first | second | Jain's index |"
	echo "|---|---|---|---|---|"
	fair "$1" "${pair[0]}" "${pair[0]}"
	fair "$1" "${pair[1]}" "${pair[0]}"
}

title()
{
	cat <<-TEXT
	# Goodput beside the kernel's TCP

	Written by \`make bench DOCS=1\`; kernel $(uname -r), one boot for each algorithm, seed ${XTCP_SEED:-1}.
	Mbit/s that the readers got in $seconds s from before connect() on; each figure is the mean
	of the runs, which were interleaved. Both ends of a flow are of the same family: inet is
	the kernel's TCP. Buffer sizes and sysctls are the defaults.

	The path is a pair of links through a third namespace: towards the reader a bottleneck
	of $RATE with a queue of $QUEUE bytes, after it netem with $delay of delay and the
	damage; on the way back netem with $back of delay. No segmentation or receive offload,
	so a loss is of one segment. A reordered packet skips the delay towards the reader.
	Burst loss: a burst begins with 0.1 % of the packets, and each packet in it has one
	chance in five to be its last (0.5 % of all are lost). A burst is counted in packets: a
	flow that has lost all it had in flight, and sends one packet in each timeout, sits in it
	for half a minute now and then, which shows in the ranges.
	TEXT
	[ -n "${XTCP_WARP:-}" ] || printf '\nNOT UNDER VIRTUAL TIME: no figures to keep.\n'
}

parse "$@"
[ -x "$FLOW" ] || stop "flow is not built: make -C tests/bench"
if ! middle || ! through_bottleneck; then
	stop "the path cannot be laid"
fi
"$title"
for algorithm in $algorithms; do
	printf '\n## %s\n\n' "$algorithm"
	both_have "$algorithm" || continue
	compare_all "$algorithm"
	[[ fairness != *"$pattern"* ]] || fair_all "$algorithm"
done
