#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench` inside the VM: IPv4 and IPv6 tables of xtcp beside the kernel's TCP. Arguments
# go to bench. Wants scripts/vm --warp: one instruction is one virtual ns there.

set -eu
here=$(dirname "$(readlink -f "$0")")
[ -x "$here/bench" ] || { echo "bench is not built: make -C $here" >&2; exit 1; }

if [ -n "${XTCP_WARP:-}" ]; then
	echo "# kernel $(uname -r), one boot, seed ${XTCP_SEED:-1}; ns are instructions"
	# A virtual clock passes this for nothing; what a boot leaves behind settles meanwhile.
	sleep 3
else
	echo "# kernel $(uname -r); ns are WALL CLOCK, not a figure (use --warp)"
fi
# Otherwise SCHED_FIFO is stopped for 5 % of each second.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
ip link set lo up

"$here/bench" "$@"
"$here/bench" -6 "$@"
