#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 2: 100 MB each way at once over veth, AF_XTCP to itself and to and from the kernel's
# TCP, IPv4 and IPv6, by both doors; SHA-256 of all that arrived.

# Functions are called through check().
# shellcheck disable=SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
two_namespaces

for address in $B4 $B6; do
	v=v4
	[ "$address" = "$B4" ] || v=v6
	check "transfer_ours_to_ours_$v" transfer "$OURS" "$OURS" "$address" 5001 ${MB}000000
	check "transfer_ours_to_kernel_$v" transfer "$OURS" inet "$address" 5002 ${MB}000000
	check "transfer_kernel_to_ours_$v" transfer inet "$OURS" "$address" 5003 ${MB}000000
	[ "$OURS" = inet ] ||
		check "transfer_alias_to_alias_$v" transfer alias alias "$address" 5004 10000000
done

with_cubic()
{
	in_a sysctl -qw net.xtcp.congestion_control=cubic
	in_b sysctl -qw net.xtcp.congestion_control=cubic
	transfer "$OURS" "$OURS" "$1" 5005 10000000
}

[ "$OURS" = inet ] || check transfer_with_cubic with_cubic "$B4"
finish
