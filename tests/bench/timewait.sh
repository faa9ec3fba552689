#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `make bench PART=timewait` inside the VM: many TIME-WAITs of xtcp and of the kernel's TCP.
# Arguments: how many, each a row. Wants scripts/vm --warp.

set -eu
many=$(dirname "$(readlink -f "$0")")/../interop/many_tw
[ $# -gt 0 ] || set -- 1000 100000
sleep 3		# virtual: what a boot leaves behind settles
cat <<-TEXT
	| TCP | closes first | TIME-WAITs | slab, bytes each | memory, bytes each | connection, us, none | us, with all | end of one, ns |
	|---|---|---|---|---|---|---|---|
TEXT
for n; do
	"$many" "$n"
	"$many" --inet "$n"
done
