#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What shows segments: the tracepoints of system xtcp, xtcp record (read by tcpdump and by ladder)
# and xtcp ladder. mission D26.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
[ "$OURS" != inet ] || abort "this script is about the module; XTCP_FAMILY=inet has none"
command -v xtcp >/dev/null || abort "xtcp is not in PATH: make -C tools"
PORT=5100		# each test has its own

die() { echo "$*"; return 1; }

fresh_port() { PORT=$((PORT + 1)); }

net_of() { ip netns exec "$1" stat -L -c %i /proc/self/ns/net; }

# exchange [BYTES]: a server in $B and a client of it; both ways at once.
exchange()
{
	transfer "$OURS" "$OURS" "$B4" "$PORT" "${1:-3000}"
}

# serve BYTES: a server alone.
serve()
{
	server "$B" "$work/server" serve "$OURS" "$B4" "$PORT" "$1"
}

# drop_first N WHAT...: of the packets to $PORT that match, the first N don't get to $B.
drop_first()
{
	local n=$1
	shift
	ip netns exec "$B" nft -f - <<-RULES
		table inet lossy {
			set gone { type inet_service; size 8; flags dynamic; }
			chain in {
				type filter hook prerouting priority 0
				tcp dport $PORT $* numgen inc mod 1000000 < $n drop
			}
		}
	RULES
}

drop_none() { ip netns exec "$B" nft delete table inet lossy; }

# events COMMAND...: what system xtcp tells meanwhile.
events() { traced xtcp "$@"; }

ends() { echo "net=$(net_of "$1") local=${2/./\\.}:$3 remote=${4/./\\.}:$5 "; }

events_of_exchange()
{
	local a b
	fresh_port
	events exchange || return 1
	a=$(ends "$A" "$A4" '[0-9]+' "$B4" "$PORT") b=$(ends "$B" "$B4" "$PORT" "$A4" '[0-9]+')
	told "xtcp_segment_out: ${a}state=SYN_SENT why=SYN again=0 .*flags=0x002 .*hdr=[0-9a-f]{80}$" \
		"xtcp_segment_in: ${b}state=(LISTEN|CLOSED) .*flags=0x002 .*hdr=[0-9a-f]{80}$" \
		"xtcp_request: ${b}what=new retransmits=0" "xtcp_request: ${b}what=done retransmits=0" \
		"xtcp_segment_out: ${b}state=SYN_RECEIVED why=SYN again=0 .*flags=0x012" \
		"xtcp_set_state: ${a}old=CLOSED new=SYN_SENT" \
		"xtcp_set_state: ${a}old=SYN_SENT new=ESTABLISHED" \
		"xtcp_set_state: ${b}old=SYN_RECEIVED new=ESTABLISHED" \
		"xtcp_segment_out: ${a}state=ESTABLISHED why=NEW_DATA again=0 mss=1448 .*len=3000" \
		"xtcp_segment_in: ${b}state=ESTABLISHED .*len=3000" \
		"xtcp_segment_out: .* why=ACK again=0 .*len=0" \
		"xtcp_segment_out: .* why=FIN again=0 .*flags=0x011" \
		"xtcp_rtt_sample: ${a}sample_us=[0-9]+ srtt_us=[0-9]+ rttvar_us=[0-9]+ rto_us=[0-9]+" \
		"xtcp_set_state: .*old=ESTABLISHED new=FIN_WAIT_1" \
		"xtcp_set_state: .*old=LAST_ACK new=CLOSED" "xtcp_set_state: .* new=TIME_WAIT"
}

exchange_to_the_end()
{
	exchange 3000 && wait_until grep -q 'old=TIME_WAIT' "$TRACING/instances/test-$$/trace"
}

# A TIME-WAIT has no socket.
events_of_time_wait()
{
	local i status
	fresh_port
	for i in $A $B; do
		ip netns exec "$i" sysctl -qw net.xtcp.tw_timeout_ms=200
	done
	events exchange_to_the_end
	status=$?
	for i in $A $B; do
		ip netns exec "$i" sysctl -qw net.xtcp.tw_timeout_ms=60000
	done
	[ "$status" = 0 ] || return 1
	told "xtcp_set_state: .*old=FIN_WAIT_[12] new=TIME_WAIT" \
		"xtcp_set_state: .*old=TIME_WAIT new=CLOSED"
}

# The first SYN is lost: the timer, and SYN again.
events_of_timeout()
{
	fresh_port
	drop_first 1 tcp flags syn / syn,ack || return 1
	events exchange || return 1
	drop_none
	told "xtcp_timer: $(ends "$A" "$A4" '[0-9]+' "$B4" "$PORT")timer=RTO late_us=[0-9]+" \
		"xtcp_segment_out: .*state=SYN_SENT why=SYN again=1"
}

# Text with a hole: recovery begins and ends; what was lost goes again.
events_of_recovery()
{
	fresh_port
	in_a ethtool -K va tso off gso off >/dev/null
	drop_first 1 'meta length > 1000' || return 1
	events exchange 100000 || return 1
	drop_none
	in_a ethtool -K va tso on gso on >/dev/null
	told "xtcp_cong_state: .*old=OPEN new=(RECOVERY|LOSS) cwnd=[0-9]+ ssthresh=[0-9]+ flight=[0-9]+" \
		"xtcp_segment_out: .*why=(RETRANSMIT|TLP) again=1"
}

# What comes twice is dropped the second time.
events_of_drop()
{
	fresh_port
	tc -n "$A" qdisc add dev va root netem duplicate 100% || return 1
	events exchange || return 1
	tc -n "$A" qdisc del dev va root
	told "xtcp_drop: $(ends "$B" "$B4" "$PORT" "$A4" '[0-9]+')reason=(SEQUENCE|OLD_DATA) seq=[0-9]+ ack=[0-9]+ len=[1-9]"
}

events_of_cookie()
{
	fresh_port
	in_b sysctl -qw net.xtcp.syncookies=2
	events exchange || return 1
	in_b sysctl -qw net.xtcp.syncookies=1
	told "xtcp_request: $(ends "$B" "$B4" "$PORT" "$A4" '[0-9]+')what=cookie"
}

# drawn TEXT...: the ladder in $work/ladder has such rows, in this order; else it is shown.
drawn()
{
	local text line=1 at
	for text; do
		at=$(tail -n "+$line" "$work/ladder" | grep -nE -m 1 "$text" | cut -d : -f 1)
		[ -n "$at" ] || { sed 's/^/  /' "$work/ladder" >&3; echo "no row $text from line $line on"; return 1; }
		line=$((line + at))
	done
}

# A SYN that is lost, live: an arrow that ends, a second later the timer and another.
ladder_syn_lost()
{
	fresh_port
	drop_first 1 tcp flags syn / syn,ack || return 1
	serve 3000 || return 1
	xtcp ladder --plain port "$PORT" -- ip netns exec "$A" "$XFER" fetch "$OURS" "$B4" "$PORT" 3000 \
		>"$work/ladder" 2>&1 || { tail -n 1 "$work/ladder"; return 1; }
	drop_none
	drawn "^ +0\.000000 .* SYN-SENT \|-- SYN  seq 0 .*x lost" \
		"^ +(0\.99|1\.[0-2])[0-9]+ .*\* timer: retransmission timeout" \
		"^ +(0\.99|1\.[0-2])[0-9]+ .*\|-- SYN  seq 0 .*>\| SYN-RCVD$" "\|  no answer came: SYN again" \
		" ESTAB \|<-.* SYN,ACK  seq 0  ack 1 .*--\|" "\|-- ACK .* pure ACK -+>\| ESTAB" \
		"FIN-WAIT-1|LAST-ACK" "[1-9][0-9]* retransmitted, [1-9][0-9]* lost"
}

# record FILE FILTER...: an exchange as a file; the program's last line is in $work/said.
record()
{
	local file=$1
	shift
	serve 3000 || return 1
	xtcp record -o "$file" "$@" -- ip netns exec "$A" "$XFER" fetch "$OURS" "$B4" "$PORT" 3000 \
		>"$work/out" 2>"$work/said" || { cat "$work/said"; return 1; }
	grep -qE '^xtcp record: [0-9]+ segments, 0 events lost$' "$work/said" ||
		die "it says: $(tail -n 1 "$work/said")"
}

dump() { tcpdump -Z root -nr "$work/a.pcapng" "$@" 2>/dev/null; }

# Of the client's end: as many packets as were told, with their flags, numbers and lengths.
record_tcpdump()
{
	local n
	fresh_port
	record "$work/a.pcapng" port "$PORT" and net "$(net_of "$A")" || return 1
	n=$(sed 's/.*record: \([0-9]*\) seg.*/\1/' "$work/said")
	[ "$(dump | wc -l)" = "$n" ] || die "tcpdump sees $(dump | wc -l) packets, not $n" || return 1
	[ "$(dump 'tcp[13] = 2' | wc -l)" = 1 ] || die "not one SYN" || return 1
	[ "$(dump 'tcp[13] = 0x12' | wc -l)" = 1 ] || die "not one SYN,ACK" || return 1
	[ "$(dump 'tcp[13] & 1 = 1' | wc -l)" = 2 ] || die "not two FINs" || return 1
	dump | grep -q "IP $A4.[0-9]* > $B4.$PORT: Flags \[S\], seq [0-9]*, win [0-9]*, options \[mss 1460,.*length 0" ||
		die "the SYN is $(dump | head -n 1)" || return 1
	[ "$(dump | sed -n "s/.*> $B4.$PORT: .*length //p" | awk '{ n += $1 } END { print n }')" = 3000 ] ||
		die "not 3000 bytes from the client"
}

# The same by IPv6, and of both ends at once: each segment twice.
record_both_v6()
{
	local n
	fresh_port
	server "$B" "$work/server" serve "$OURS" "$B6" "$PORT" 3000 || return 1
	xtcp record -o "$work/b.pcapng" port "$PORT" -- ip netns exec "$A" "$XFER" fetch "$OURS" "$B6" "$PORT" 3000 \
		>"$work/out" 2>"$work/said" || return 1
	n=$(tcpdump -Z root -nr "$work/b.pcapng" ip6 and 'ip6[6] = 6' 2>/dev/null | wc -l)
	[ "$(tcpdump -Z root -nr "$work/b.pcapng" ip6 and 'ip6[53] = 2' 2>/dev/null | wc -l)" = 2 ] ||
		die "not a SYN sent and one received" || return 1
	grep -q "record: $n segments" "$work/said" || die "tcpdump sees $n, $(cat "$work/said")" || return 1
	xtcp ladder --plain -r "$work/b.pcapng" >"$work/ladder" || return 1
	drawn "\|-- SYN  seq 0 .*>\| SYN-RCVD$" " ESTAB \|<.*SYN,ACK" "\|-- ACK .*>\| ESTAB" "0 lost"
}

# The same connection as record_tcpdump's: states of the server are guessed.
ladder_of_record()
{
	xtcp ladder --plain -b -r "$work/a.pcapng" >"$work/ladder" || return 1
	[ "$(grep -cE '\|(<|-)-.*(>|--)\|' "$work/ladder")" = "$(dump | wc -l)" ] ||
		die "$(grep -cE '\|(<|-)-.*(>|--)\|' "$work/ladder") arrows for $(dump | wc -l) packets" || return 1
	drawn "$A4:[0-9]+ +$B4:$PORT$" "\(states inferred\)$" \
		"^ +0\.000000 .* SYN-SENT \|-- SYN  seq 0  win [0-9]+  opens .*->\|$" \
		" ESTAB \|<-.* SYN,ACK  seq 0  ack 1  win [0-9]+ .*--\| \(SYN-RCVD\)$" \
		"\|-- ACK  seq 1  ack 1  win [0-9]+  pure ACK -+>\| \(ESTAB\)$" \
		"FIN,ACK" "TIME-WAIT|CLOSED" "0 retransmitted, 0 lost$"
}

# From events that were printed once: a segment of two owners, losses, a hole.
ladder_of_text()
{
	xtcp ladder --plain -r "$here/ladder/lossy.trace" >"$work/ladder" || return 1
	diff "$here/ladder/lossy.txt" "$work/ladder"
}

ladder_of_text_recorded()
{
	xtcp record -r "$here/ladder/lossy.trace" -o "$work/c.pcapng" || return 1
	xtcp ladder --plain -r "$work/c.pcapng" >"$work/ladder" || return 1
	diff "$here/ladder/lossy.txt" "$work/ladder"
}

record_status()
{
	local status
	xtcp record -o "$work/d.pcapng" -- sh -c 'exit 7'
	status=$?
	[ "$status" = 7 ] || die "its status is '$status', not 7" || return 1
	xtcp record -o "$work/d.pcapng" -- sh -c 'kill -TERM $$'
	status=$?
	[ "$status" = 143 ] || die "its status is '$status', not 143" || return 1
	xtcp record -o "$work/d.pcapng" -- /no/such/program
	status=$?
	[ "$status" = 127 ] || die "its status is '$status', not 127"
}

record_limit()
{
	fresh_port
	serve 3000 || return 1
	xtcp record -n 3 -o "$work/d.pcapng" port "$PORT" -- ip netns exec "$A" "$XFER" fetch "$OURS" "$B4" "$PORT" 3000 \
		>"$work/out" 2>"$work/said" || return 1
	grep -q 'record: 3 segments' "$work/said" || die "it says: $(cat "$work/said")"
}

record_pipe()
{
	fresh_port
	serve 3000 || return 1
	xtcp record -o - port "$PORT" -- ip netns exec "$A" "$XFER" fetch "$OURS" "$B4" "$PORT" 3000 2>"$work/said" |
		tcpdump -Z root -nr - 2>/dev/null | grep -q "> $B4.$PORT: Flags \[S\]"
}

# ended_by SIGNAL SUBCOMMAND...: it says how much it has seen and leaves no instance.
ended_by()
{
	local signal=$1 pid
	shift
	xtcp "$@" >"$work/out" 2>"$work/said" &
	pid=$!
	wait_until [ -d "$TRACING/instances/xtcp-$pid" ] || die "no instance" || return 1
	wait_until grep -q 1 "$TRACING/instances/xtcp-$pid/events/xtcp/enable" || return 1
	kill "-$signal" "$pid"
	wait "$pid" || die "its status is $?" || return 1
	[ ! -d "$TRACING/instances/xtcp-$pid" ] || die "its instance is still there"
}

# Who may not, or asks for what there isn't, is told.
refusals()
{
	local said
	said=$(setpriv --reuid 65534 --clear-groups xtcp record -o /dev/null 2>&1) && return 1
	[[ $said == *'only root'* ]] || die "without root: $said" || return 1
	said=$(xtcp ladder -r /etc/passwd 2>&1)
	[[ $said == *'no segments'* ]] || die "not a recording: $said" || return 1
	said=$(xtcp ladder -r /no/such 2>&1) && return 1
	[[ $said == *'No such file'* ]] || die "no file: $said" || return 1
	said=$(xtcp record port none 2>&1) && return 1
	[[ $said == *'want a number'* ]] || die "a bad filter: $said" || return 1
	xtcp ladder --help | grep -q -- '--plain' && xtcp record --help | grep -q -- '--output FILE'
}

exec 3>&1
two_namespaces
mountpoint -q $TRACING || mount -t tracefs tracefs $TRACING
check trace_events_of_exchange events_of_exchange
check trace_events_of_time_wait events_of_time_wait
check trace_events_of_timeout events_of_timeout
check trace_events_of_recovery events_of_recovery
check trace_events_of_drop events_of_drop
check trace_events_of_cookie events_of_cookie
check trace_ladder_syn_lost ladder_syn_lost
check trace_record_tcpdump record_tcpdump
[[ trace_record_tcpdump != *"$PATTERN"* ]] || check trace_ladder_of_record ladder_of_record
check trace_record_both_v6 record_both_v6
check trace_ladder_of_text ladder_of_text
check trace_ladder_of_text_recorded ladder_of_text_recorded
check trace_record_status record_status
check trace_record_limit record_limit
check trace_record_pipe record_pipe
check trace_record_interrupted ended_by INT record -o "$work/d.pcapng"
check trace_record_terminated ended_by TERM record -o "$work/d.pcapng"
check trace_ladder_interrupted ended_by INT ladder
check trace_refusals refusals
finish
