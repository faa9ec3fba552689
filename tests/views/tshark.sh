#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A recording of xtcp record as tshark reads it: packets, comments, analysis of a lost SYN and of
# lost text.

# shellcheck source=tests/views/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed tshark
command -v xtcp >/dev/null || abort "xtcp is not in PATH: make -C tools"

# record BYTES: of the client's end, to $work/a.pcapng.
record()
{
	server "$B" "$work/server" serve "$OURS" "$B4" "$PORT" "$1" || return 1
	xtcp record -o "$work/a.pcapng" port "$PORT" and net "$(net_of "$A")" -- \
		ip netns exec "$A" "$XFER" fetch "$OURS" "$B4" "$PORT" "$1" >"$work/out" 2>"$work/said" ||
		{ cat "$work/said"; return 1; }
}

shark() { tshark -o tcp.relative_sequence_numbers:TRUE -r "$work/a.pcapng" "$@" 2>"$work/errors"; }

# fields FILTER FIELD...: a line for each packet.
fields()
{
	local filter=$1 field args=()
	shift
	for field; do
		args+=(-e "$field")
	done
	shark -Y "$filter" -T fields "${args[@]}"
}

packets()
{
	local n
	fresh_port
	record 3000 || return 1
	n=$(sed 's/.*record: \([0-9]*\) seg.*/\1/' "$work/said")
	[ "$(shark | wc -l)" = "$n" ] || die "tshark sees $(shark | wc -l) packets, not $n" || return 1
	[ -z "$(fields _ws.malformed frame.number)" ] || die "malformed packets" || return 1
	[ "$(fields 'ip.checksum.status == "Bad"' frame.number)" = '' ] || die "a bad IP header"
}

comments()
{
	fields 'tcp.flags == 0x002' frame.comment | grep -q '^opens | xtcp_segment_out: .*state=SYN_SENT why=SYN' ||
		die "of the SYN: $(fields 'tcp.flags == 0x002' frame.comment)" || return 1
	fields 'tcp.srcport != '"$PORT"' && tcp.len > 0' frame.comment | grep -q '^new text | .*why=NEW_DATA .*cwnd=[1-9]' ||
		die "of text: $(fields 'tcp.len > 0' frame.comment)" || return 1
	fields 'tcp.flags == 0x012' frame.comment | grep -q '^received | xtcp_segment_in: .*state=SYN_SENT' ||
		die "of the SYN,ACK: $(fields 'tcp.flags == 0x012' frame.comment)" || return 1
	fields frame.comment frame.comment | grep -q 'xtcp_set_state: .*old=SYN_SENT new=ESTABLISHED at=[0-9]' ||
		die "no change of state" || return 1
	fields frame.comment frame.comment | grep -q 'xtcp_rtt_sample: .*srtt_us=' || die "no round-trip time"
}

directions()
{
	fields 'tcp.flags == 0x002' frame.packet_flags_direction | grep -qE '^(2|0x0*2)$' ||
		die "of the SYN: $(fields 'tcp.flags == 0x002' frame.packet_flags_direction)" || return 1
	fields 'tcp.flags == 0x012' frame.packet_flags_direction | grep -qE '^(1|0x0*1)$' ||
		die "of the SYN,ACK: $(fields 'tcp.flags == 0x012' frame.packet_flags_direction)"
}

# A second SYN a second later: tshark knows what it is, and the comment why.
lost_syn()
{
	local at
	fresh_port
	drop_first tcp flags syn / syn,ack || return 1
	record 3000 || return 1
	drop_none
	fields 'tcp.analysis.retransmission && tcp.flags.syn == 1' frame.comment |
		grep -q '^no answer came: SYN again | .*why=SYN again=1' ||
		die "retransmissions: $(fields tcp.analysis.retransmission frame.comment)" || return 1
	at=$(fields 'tcp.analysis.retransmission && tcp.flags.syn == 1' frame.time_relative)
	[[ $at =~ ^(0\.99|1\.[0-2]) ]] || die "it goes at $at s"
}

# Text with a hole.
lost_text()
{
	fresh_port
	in_a ethtool -K va tso off gso off >/dev/null
	drop_first 'meta length > 1000' || return 1
	record 100000 || return 1
	drop_none
	in_a ethtool -K va tso on gso on >/dev/null
	fields 'tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.out_of_order' \
		frame.comment | grep -qE '(lost|tail loss probe) \| .*why=(RETRANSMIT|TLP) again=1' ||
		die "retransmissions: $(fields tcp.analysis.flags frame.comment | head -n 3)"
}

check tshark_packets packets
if [[ tshark_packets == *"$PATTERN"* ]]; then
	check tshark_comments comments
	check tshark_directions directions
fi
check tshark_lost_syn lost_syn
check tshark_lost_text lost_text
finish
