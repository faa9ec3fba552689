# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2034
#
# Shared by the interop scripts (sourced): reporting, two network namespaces joined by veth,
# servers, and waiting with a deadline. The scripts run as root in a VM with xtcp.ko loaded and
# xtcp_run in PATH.
#
# Arguments: [PATTERN], a part of the names of the tests to run.
#
# XTCP_SMALL=1     less data and fewer rounds; the debug kernel has it always
# XTCP_FAMILY      what "ours" is: xtcp (default), alias, or inet, which runs the kernel's TCP
#                  against itself: a check of the scripts, without what only a module can show

set -u
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
XFER=$here/xfer
OURS=${XTCP_FAMILY:-xtcp}
SMALL=${XTCP_SMALL:-}
[ "${XTCP_KERNEL:-}" != debug ] || SMALL=1
PATTERN=${1:-}
DEADLINE=${XTCP_DEADLINE:-120}		# seconds, for one thing that must happen
MB=$((SMALL ? 10 : 100))

TRACING=/sys/kernel/tracing
A=xa$$ B=xb$$			# the two namespaces: clients and servers
A4=10.91.0.1 B4=10.91.0.2
A6=fd91::1 B6=fd91::2

passed=0 failed=0
children=()
work=$(mktemp -d "${TMPDIR:-/tmp}/xtcp-interop.XXXXXX")

ok() { passed=$((passed + 1)); echo "ok $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok $1: $2"; }

# check NAME COMMAND...: a line of the command's output, the last or one that speaks of
# an error, says why it failed. What it started and left running is ended.
check()
{
	local name=$1 why
	shift
	[[ $name == *"$PATTERN"* ]] || return 0
	if "$@" >"$work/.output" 2>&1; then
		ok "$name"
	else
		why=$(grep -m 1 -i error "$work/.output" || tail -n 1 "$work/.output")
		not_ok "$name" "${why:-$* failed}"
	fi
	end_children
}

end_children()
{
	local child
	for child in "${children[@]}"; do
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	done
	children=()
}

# same NAME WHAT GOT WANT
same()
{
	if [ "$3" = "$4" ]; then
		ok "$1"
	else
		not_ok "$1" "$2 is '$3', not '$4'"
	fi
}

finish()
{
	echo "$passed passed, $failed failed"
	exit $((failed > 0))
}

# What can't go on: one failed test says why.
abort()
{
	not_ok "$(basename "$0" .sh)" "$*"
	finish
}

cleanup()
{
	end_children
	ip netns list | grep -qw "$A" && ip netns del "$A"
	ip netns list | grep -qw "$B" && ip netns del "$B"
	ip netns list | grep -qw "${A}r" && ip netns del "${A}r"
	ip netns list | grep -qw "${A}q" && ip netns del "${A}q"
	rm -rf "$work"
}
trap cleanup EXIT

need()
{
	[ "$(id -u)" = 0 ] || abort "needs root"
	[ -x "$XFER" ] || abort "xfer is not built: make -C $here"
	[ "$OURS" = inet ] && return
	[ -r /sys/module/xtcp/parameters/family ] || abort "the module xtcp is not loaded"
	command -v xtcp_run >/dev/null || abort "xtcp_run is not in PATH"
}

# The module's file, for scripts that load and unload it.
module_file()
{
	local file
	for file in "${XTCP_KO:-}" "$here/../../xtcp.ko" "$(modinfo -n xtcp 2>/dev/null)"; do
		if [ -n "$file" ] && [ -e "$file" ]; then
			readlink -f "$file"
			return
		fi
	done
	return 1
}

# No program has a socket of it, and no connection is left but for TIME-WAITs: the last
# acknowledgment may come after the programs have ended.
unused() { [ "$(cat /sys/module/xtcp/refcnt)" = 0 ]; }

in_a() { ip netns exec "$A" "$@"; }
in_b() { ip netns exec "$B" "$@"; }

# net_add NAMESPACE DEVICE V4/LEN V6/LEN
net_add()
{
	ip -n "$1" addr add "$3" dev "$2"
	ip -n "$1" addr add "$4" dev "$2" nodad
	ip -n "$1" link set "$2" up
}

two_namespaces()
{
	ip netns add "$A"
	ip netns add "$B"
	ip -n "$A" link set lo up
	ip -n "$B" link set lo up
	ip -n "$A" link add va type veth peer name vb netns "$B"
	net_add "$A" va $A4/24 $A6/64
	net_add "$B" vb $B4/24 $B6/64
	wait_until routes_v6 || abort "the veth pair does not come up"
}

# An IPv6 address is a destination as soon as its local route exists.
routes_v6()
{
	ip -n "$A" -6 route show table local | grep -q "local $A6 " &&
		ip -n "$B" -6 route show table local | grep -q "local $B6 "
}

# wait_until COMMAND...: true before the deadline.
wait_until()
{
	local end=$((SECONDS + DEADLINE))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -rt 0.05 <> <(:) || :
	done
}

# listens NAMESPACE TABLE PORT: TABLE is tcp or xtcp; IPv4 or IPv6.
listens()
{
	ip netns exec "$1" cat "/proc/net/$2" "/proc/net/${2}6" |
		grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$3") [0-9A-F:]* 0A "
}

# background COMMAND...: started with our input, ended by check; its process is $last.
background()
{
	"$@" <&0 &
	last=$!
	children+=("$last")
}

# The table a family's sockets are shown in.
table_of()
{
	case $1 in
	inet) echo tcp ;;
	*) echo xtcp ;;
	esac
}

# server NAMESPACE OUTPUT XFER-ARGUMENTS...: back when it listens; its process is $last.
server()
{
	local ns=$1 out=$2
	shift 2
	: >"$out"
	background ip netns exec "$ns" "$XFER" "$@" >"$out" 2>&1
	wait_until grep -q '^listening' "$out" ||
		{ echo "the server does not listen: $(tail -n 1 "$out")"; return 1; }
}

# Digest of BYTES of a stream, computed once; with XFER_DIGEST=no what stands in its place.
digest()
{
	local file=$work/digest.$1.$2.${XFER_DIGEST:-yes}
	[ -e "$file" ] || "$XFER" digest "$1" "$2" >"$file"
	cat "$file"
}

# transfer CLIENT SERVER ADDRESS PORT BYTES: families; both ways at once, digests compared.
transfer()
{
	local client=$1 server=$2 address=$3 port=$4 bytes=$5
	server "$B" "$work/server" serve "$server" "$address" "$port" "$bytes" || return 1
	in_a "$XFER" fetch "$client" "$address" "$port" "$bytes" >"$work/client" 2>&1 ||
		{ tail -n 1 "$work/client"; return 1; }
	wait "$last" || { tail -n 1 "$work/server"; return 1; }
	[ "$(cat "$work/client")" = "$(digest "$bytes" 2)" ] ||
		{ echo "the client's data differs"; return 1; }
	[ "$(tail -n 1 "$work/server")" = "$(digest "$bytes" 1)" ] ||
		{ echo "the server's data differs"; return 1; }
}

# objects PATTERN: live objects of the slab caches so named. Free ones on per-CPU lists would
# count as live: shrink first.
objects()
{
	local cache
	awk -v p="$1" 'NR > 2 && $1 ~ p { print $1 }' /proc/slabinfo | while read -r cache; do
		echo 1 >"/sys/kernel/slab/$cache/shrink"
	done
	awk -v p="$1" 'NR > 2 && $1 ~ p && $2 { print $1, $2 }' /proc/slabinfo
}

# back_to PATTERN BEFORE: no cache has more objects than before. Fewer are no leak: the reading
# before may have come while the kernel was still freeing what an earlier namespace left.
# A descriptor of text is kept by each CPU that has been done with one.
back_to()
{
	objects "$1" | awk -v before="$2" -v cpus="$(nproc)" '
		BEGIN { n = split(before, f); for (i = 1; i < n; i += 2) had[f[i]] = f[i + 1] }
		$1 == "xtcp_tx" && $2 <= cpus { next }
		$2 > had[$1] + 0 { more = 1 }
		END { exit more }'
}

# counter NAMESPACE GROUP NAME [FILE]: of /proc/net/snmp or another FILE there, where a group
# has a line of names and one of values.
counter()
{
	local file=/proc/net/${4:-snmp}
	ip netns exec "$1" awk -v group="$2:" -v name="$3" '
		$1 == group && !n { n = split($0, names); next }
		$1 == group { for (i = 2; i <= n; i++) if (names[i] == name) print $i; exit }
	' "$file"
}

# traced EVENT COMMAND...: what the kernel tells meanwhile, in $work/events.
traced()
{
	local event=$1 events=$TRACING/instances/test-$$ status
	shift
	mkdir "$events" && echo 1 >"$events/events/$event/enable" || return 1
	"$@"
	status=$?
	echo 0 >"$events/events/$event/enable"
	cat "$events/trace" >"$work/events"
	rmdir "$events"
	return "$status"
}

# told TEXT...: there are such lines; each a regular expression.
told()
{
	local text
	for text; do
		grep -qE "$text" "$work/events" || { echo "no event $text"; return 1; }
	done
}

# says NS REGEX COMMAND...: the command's output has such a line, before the deadline.
says()
{
	local ns=$1 regex=$2
	shift 2
	says_now() { ip netns exec "$ns" "$@" >"$work/said" 2>&1; grep -qE -- "$regex" "$work/said"; }
	wait_until says_now "$@" && return
	echo "$*: no '$regex' in: $(tr '\n\t' '  ' <"$work/said")"
	return 1
}

# explains NS REGEX SOCKET...: xtcp why, whose lines are joined.
explains()
{
	local ns=$1 regex=$2
	shift 2
	says "$ns" "$regex" sh -c 'xtcp why "$@" | tr -s "\n " " "' - "$@"
}
