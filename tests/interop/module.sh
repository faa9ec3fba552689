#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 2: the module comes and goes: insmod, traffic, rmmod many times; with sockets in
# TIME-WAIT; refused while a socket is open; beside running traffic of the kernel's TCP; and
# with a bad parameter. Leaves the module loaded.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
ROUNDS=$((SMALL ? 6 : 50))
[ "$OURS" != inet ] || abort "this script is about the module; XTCP_FAMILY=inet has none"
KO=$(module_file) || abort "xtcp.ko not found; XTCP_KO names it"

loaded() { [ -d /sys/module/xtcp ]; }
unload() { rmmod xtcp 2>&1; }
load() { insmod "$KO" "$@" 2>&1; }

# Sockets of programs that have just ended go in the background.
unload_soon() { wait_until unload || { unload; return 1; }; }

# One that shares its memory with another is a link there, which the kernel leaves.
caches_left() { find /sys/kernel/slab -maxdepth 1 -type d -name 'xtcp*' | grep .; }

cycle()
{
	local i address
	for ((i = 1; i <= ROUNDS; i++)); do
		address=$B4
		((i % 2)) || address=$B6
		if ! loaded; then
			load || { echo "insmod $i fails"; return 1; }
		fi
		transfer xtcp xtcp "$address" 5001 200000 || { echo "traffic $i fails"; return 1; }
		transfer inet xtcp "$address" 5002 200000 || { echo "kernel traffic $i fails"; return 1; }
		unload_soon || { echo "rmmod $i: $(unload)"; return 1; }
		loaded && { echo "rmmod $i left the module"; return 1; }
		caches_left && { echo "rmmod $i left that cache"; return 1; }
	done
	load
}

unload_in_time_wait()
{
	transfer xtcp xtcp "$1" 5001 1000 && wait_until unused || return 1
	{ in_a cat /proc/net/xtcp /proc/net/xtcp6; in_b cat /proc/net/xtcp /proc/net/xtcp6; } |
		grep -q ' 06 ' || { echo "no socket is in TIME-WAIT"; return 1; }
	unload || return 1
	# The ports are the kernel's again.
	transfer inet inet "$1" 5001 1000 || { echo "the kernel's TCP has not got the port back"; return 1; }
	load
}

unload_refused()
{
	local status=1
	mkfifo "$work/hold"
	exec 8<>"$work/hold"
	server "$B" "$work/server" hold xtcp "$1" 5001 <"$work/hold" || return 1
	if unload; then
		load
		echo "rmmod went through with an open socket"
	else
		loaded && status=0
	fi
	kill "$last"
	wait "$last" 2>/dev/null
	exec 8>&-
	rm "$work/hold"
	[ "$status" = 0 ] || return 1
	unload_soon || return 1
	load
}

# The kernel's TCP moves data while the module comes and goes under it.
beside_kernel_traffic()
{
	local i serving bytes=$((MB * 3))000000
	server "$B" "$work/kernel" serve inet "$1" 5003 "$bytes" || return 1
	serving=$last
	background ip netns exec "$A" "$XFER" fetch inet "$1" 5003 "$bytes" >"$work/kclient" 2>&1
	for ((i = 0; ; i++)); do
		kill -0 "$last" 2>/dev/null || break
		unload >"$work/why" || { cat "$work/why"; return 1; }
		load >"$work/why" || { cat "$work/why"; return 1; }
	done
	wait "$last" || { tail -n 1 "$work/kclient"; return 1; }
	wait "$serving" || { tail -n 1 "$work/kernel"; return 1; }
	[ "$i" -ge 3 ] || { echo "only $i unloads during the transfer"; return 1; }
	[ "$(cat "$work/kclient")" = "$(digest "$bytes" 2)" ] || { echo "data differs"; return 1; }
}

bad_parameter()
{
	local before
	unload_soon || return 1
	before=$(dmesg | wc -l)
	if load family="$1"; then
		unload
		load
		echo "insmod family=$1 went through"
		return 1
	fi
	dmesg | tail -n +$((before + 1)) >"$work/dmesg"
	load
	grep -qi 'xtcp.*famil' "$work/dmesg" ||
		{ echo "no message about the family: $(tail -n 1 "$work/dmesg")"; return 1; }
}

other_family()
{
	unload_soon && load family=22 || return 1
	[ "$(cat /sys/module/xtcp/parameters/family)" = 22 ] || { echo "the parameter reads wrong"; return 1; }
	transfer xtcp xtcp "$B4" 5001 1000 || return 1
	unload_soon && load
}

says_hello()
{
	local lines
	unload_soon || return 1
	dmesg -C
	load || return 1
	lines=$(dmesg | grep -c xtcp:)
	[ "$lines" = 1 ] || { echo "$lines lines in the log at load, not 1"; return 1; }
	dmesg | grep -q 'xtcp: .*[0-9]' || { echo "no version: $(dmesg | grep xtcp:)"; return 1; }
}

# RFC 6056, RFC 6528: what ports depend on is secret, and new each time. Six loads that choose
# one port by chance would be once in 10^20.
secret_is_new()
{
	local i
	: >"$work/ports"
	for ((i = 0; i < 6; i++)); do
		transfer xtcp xtcp "$1" 5001 1000 && wait_until unused || return 1
		{ in_a cat /proc/net/xtcp; in_b cat /proc/net/xtcp; } |
			awk '$4 == "06" { split($2 ":" $3, p, ":"); print p[2] == "1389" ? p[4] : p[2] }' \
				>>"$work/ports"
		{ unload && load; } || return 1
	done
	[ "$(sort -u "$work/ports" | wc -l)" -gt 1 ] ||
		{ echo "the first port after load is always 0x$(head -n 1 "$work/ports")"; return 1; }
}

two_namespaces
check module_cycles cycle
check rmmod_in_time_wait_v4 unload_in_time_wait "$B4"
check rmmod_in_time_wait_v6 unload_in_time_wait "$B6"
check rmmod_refused_with_open_socket unload_refused "$B4"
check beside_kernel_traffic_v4 beside_kernel_traffic "$B4"
check beside_kernel_traffic_v6 beside_kernel_traffic "$B6"
check family_99_refused bad_parameter 99
check family_of_inet_refused bad_parameter 2
check family_22 other_family
check one_line_at_load says_hello
check secret_is_new_at_load secret_is_new "$B4"
loaded || load
finish
