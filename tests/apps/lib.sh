# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# Shared by the scripts of the acceptance with real programs (sourced). A program is a function
# FUNCTION SERVER CLIENT PORT ADDRESS [ARGUMENT...]
# that starts a server over the TCP SERVER, uses it over CLIENT, fails with a reason if anything
# of it ended with another status than 0, and notes with result() what its user gets to see. The
# kernel's TCP against itself, in the same machine over the same path, says what that should be.

apps=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/interop/lib.sh
. "$apps/../interop/lib.sh"
# shellcheck source=tests/interop/serve.sh
. "$here/serve.sh"
# shellcheck source=tests/interop/path.sh
. "$here/path.sh"

PORT=9000		# each run of a program has its own: no TIME-WAIT of another one matters

# result WHAT...: a line of what the user sees.
result() { echo "$*" >>"$work/result"; }

# run_program SERVER CLIENT ADDRESS FUNCTION [ARGUMENT...]
run_program()
{
	local server=$1 client=$2 address=$3 what=$4
	shift 4
	PORT=$((PORT + 10))
	: >"$work/result"
	rm -f "$work/got" "$work/taken"
	"$what" "$server" "$client" "$PORT" "$address" "$@"
}

# compared NAME SERVER CLIENT ADDRESS FUNCTION [ARGUMENT...]: with the kernel's TCP, which is run
# here if it has not been.
compared()
{
	local reference=$work/reference.$1.$4.$path server=$2 client=$3
	shift 3
	if [ ! -e "$reference" ]; then
		run_program inet inet "$@" || { echo "on the kernel's TCP: $(tail -n 1 "$work/.output")"; return 1; }
		cp "$work/result" "$reference"
		end_children
	fi
	[ "$server$client" != inetinet ] || return 0
	run_program "$server" "$client" "$@" || return 1
	cmp -s "$work/result" "$reference" && return
	echo "not as on the kernel's TCP: $(diff "$reference" "$work/result" | tr '\n' ' ')"
	return 1
}

# program NAME FUNCTION [ARGUMENT...]: each of the two TCPs with each, by IPv4 and by IPv6.
program()
{
	local name=$1 address v
	shift
	for address in "$B4" "$B6"; do
		[ "$address" = "$B4" ] && v=v4 || v=v6
		check "${name}_${v}_kernel_kernel$suffix" compared "$name" inet inet "$address" "$@"
		check "${name}_${v}_ours_ours$suffix" compared "$name" "$OURS" "$OURS" "$address" "$@"
		check "${name}_${v}_ours_kernel$suffix" compared "$name" "$OURS" inet "$address" "$@"
		check "${name}_${v}_kernel_ours$suffix" compared "$name" inet "$OURS" "$address" "$@"
	done
}

# installed PROGRAM...: what is missing is a failure.
installed()
{
	local program
	[ -n "$PATTERN" ] || for program; do
		command -v "$program" >/dev/null || not_ok "$(basename "$0" .sh)_$program" "not installed"
	done
}

# A loss is of one segment (path.sh).
lossy_path()
{
	middle && straight && netem ra loss 1% && netem rb loss 1%
}

# on_both_paths FUNCTION: over veth, and with smaller amounts over a path that loses 1 % each way.
on_both_paths()
{
	path=plain suffix='' BYTES=$((SMALL ? 1000000 : 10000000)) LESS=$SMALL
	two_namespaces
	some_data "$BYTES"
	"$1"
	ip netns del "$A"
	ip netns del "$B"
	path=loss suffix=_loss BYTES=$((SMALL ? 200000 : 1000000)) LESS=1
	lossy_path || abort "the lossy path cannot be laid"
	some_data "$BYTES"
	"$1"
}

need
