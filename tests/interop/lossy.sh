#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 3: data both ways at once through 5 % loss, 25 % reordering, 1 % duplication and 0.1 %
# corruption in each direction; AF_XTCP to itself and to and from the kernel's TCP, IPv4 and
# IPv6; each byte compared with what was sent, and SHA-256 of all that arrived.
#
# XTCP_LOSSY_MB	MB each way of each transfer (2; the debug kernel 0.2, and 1 % of it corrupted,
#		or there would be next to nothing to refuse). A transfer spends most of its
#		time waiting, so scripts/vm --warp is the place for this. From 100 on only
#		what AF_XTCP sends to itself is hashed: that is most of the work.

# Functions are called through check().
# shellcheck disable=SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source=tests/interop/path.sh
. "$here/path.sh"
need

BYTES=2000000 CORRUPT=0.1%
if [ -n "${XTCP_LOSSY_MB:-}" ]; then
	BYTES=${XTCP_LOSSY_MB}000000
elif [ -n "$SMALL" ]; then
	BYTES=200000 CORRUPT=1%
fi
DAMAGE="delay 5ms reorder 25% loss 5% duplicate 1% corrupt $CORRUPT"

# Segments with a wrong checksum that either TCP of either end has refused.
csum_errors()
{
	local ns file
	for ns in $A $B; do
		for file in snmp xtcp_snmp; do
			ip netns exec "$ns" cat "/proc/net/$file" 2>/dev/null
		done
	done | awk '
		$1 == "Tcp:" && /InCsumErrors/ {
			for (i = 2; i <= NF; i++)
				if ($i == "InCsumErrors")
					at = i
			next
		}
		$1 == "Tcp:" { sum += $at }
		END { print sum + 0 }'
}

# lossy CLIENT SERVER ADDRESS PORT: says how long it took, of the machine's time.
lossy()
{
	local start=$SECONDS hash=yes
	[ "$1" = "$2" ] || [ "$BYTES" -lt 100000000 ] || hash=no
	XFER_DIGEST=$hash transfer "$@" "$BYTES" || return 1
	echo "# $1 to $2, $3: $BYTES bytes each way in $((SECONDS - start)) s" >>"$work/times"
}

# A path that damages nothing would pass everything above.
damaged()
{
	local device dropped n
	for device in ra rb; do
		dropped=$(tc -n "$R" -s qdisc show dev "$device" root |
			sed -n 's/.*(dropped \([0-9]*\),.*/\1/p')
		[ "${dropped:-0}" -gt 0 ] || { echo "netem on $device lost nothing"; return 1; }
	done
	n=$(csum_errors)
	[ "$n" -gt 0 ] || { echo "no checksum was found wrong"; return 1; }
	echo "# segments refused for their checksum: $n" >>"$work/times"
}

if ! middle || ! straight; then
	abort "the path cannot be laid"
fi
for device in ra rb; do
	# shellcheck disable=SC2086 # words
	netem $device $DAMAGE || abort "netem does not take: $DAMAGE"
done

for address in $B4 $B6; do
	v=v4
	[ "$address" = "$B4" ] || v=v6
	check "lossy_ours_to_ours_$v" lossy "$OURS" "$OURS" "$address" 5001
	check "lossy_ours_to_kernel_$v" lossy "$OURS" inet "$address" 5002
	check "lossy_kernel_to_ours_$v" lossy inet "$OURS" "$address" 5003
done
[ -n "$PATTERN" ] || check lossy_path_damages damaged
cat "$work/times" 2>/dev/null
finish
