#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The scripts of tools/bpftrace: what each prints of a connection that was made for it.

# shellcheck source=tests/views/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed bpftrace
M4=::ffff:		# how it shows that an address is of IPv4

# watched SCRIPT COMMAND...: the script prints into $work/printed from before the command on.
watched()
{
	local script=$1
	shift
	: >"$work/printed"
	"$TOOLS/bpftrace/$script.bt" >"$work/printed" 2>"$work/errors" &
	watcher=$!
	children+=("$watcher")
	# Probes are attached before BEGIN prints the heads of the columns.
	wait_until grep -q -e LADDR -e ERROR "$work/printed" "$work/errors"
	grep -q LADDR "$work/printed" || { cat "$work/errors"; return 1; }
	"$@"
}

# printed TEXT...: there are such lines, soon; each a regular expression. Ends the script.
printed()
{
	local text
	for text; do
		wait_until grep -qE -e "$text" "$work/printed" ||
			die "no line $text: $(tail -n 1 "$work/printed")" || return 1
	done
	kill -INT "$watcher"
	wait "$watcher"
	[ ! -s "$work/errors" ] || die "$(cat "$work/errors")"
}

# Both ends: 300000 bytes each way are 292 KB.
life()
{
	fresh_port
	watched xtcplife exchange 300000 || return 1
	printed "^[1-9][0-9]* +xfer +$M4$A4 +[0-9]+ +$M4$B4 +$PORT +292 +292 +[0-9]+$" \
		"^[1-9][0-9]* +xfer +$M4$B4 +$PORT +$M4$A4 +[0-9]+ +292 +292 +[0-9]+$"
}

life_v6()
{
	fresh_port
	watched xtcplife transfer "$OURS" "$OURS" "$B6" "$PORT" 300000 || return 1
	printed "xfer +$A6 +[0-9]+ +$B6 +$PORT +292 +292 +[0-9]+$"
}

# The SYN is lost: the next goes a second later.
retransmissions()
{
	fresh_port
	drop_first tcp flags syn / syn,ack || return 1
	watched xtcpretrans exchange || return 1
	drop_none
	printed "^[0-9:]{8} $M4$A4 +[0-9]+ +$M4$B4 +$PORT +SYN-SENT +SYN +0$"
}

# The client is a second in SYN-SENT.
states()
{
	fresh_port
	drop_first tcp flags syn / syn,ack || return 1
	watched xtcpstates exchange || return 1
	drop_none
	printed "^[0-9a-f]{16} +$M4$A4 +[0-9]+ +$M4$B4 +$PORT +CLOSED +-> SYN-SENT +0$" \
		"$M4$A4 +[0-9]+ +$M4$B4 +$PORT +SYN-SENT +-> ESTABLISHED +(9[0-9]{2}|1[0-9]{3})$" \
		"$M4$B4 +$PORT +$M4$A4 +[0-9]+ +SYN-RECEIVED +-> ESTABLISHED" "-> TIME-WAIT" \
		"LAST-ACK +-> CLOSED"
}

# What comes twice.
drops()
{
	fresh_port
	tc -n "$A" qdisc add dev va root netem duplicate 100% || return 1
	watched xtcpdrop exchange || return 1
	tc -n "$A" qdisc del dev va root
	printed "^[0-9:]{8} $M4$B4 +$PORT +$M4$A4 +[0-9]+ +(SEQUENCE|OLD_DATA) +[0-9]+ +3000 +18$"
}

check bpftrace_life life
check bpftrace_life_v6 life_v6
check bpftrace_retransmissions retransmissions
check bpftrace_states states
check bpftrace_drops drops
finish
