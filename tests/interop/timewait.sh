#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 5: very many TIME-WAITs, in small: each takes 128 bytes at most, and all of them end.
# `make bench PART=timewait` has the figures of 100 000.

# shellcheck source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
[ "$OURS" != inet ] || abort "this script is about xtcp's TIME-WAIT"
[ -x "$here/many_tw" ] || abort "many_tw is not built: make -C $here"
check time_wait_memory_and_end "$here/many_tw" --check $((SMALL ? 200 : 2000))
finish
