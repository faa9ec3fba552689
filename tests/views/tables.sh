#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ss, nstat and netstat over the tables of xtcp, which have the form of the kernel's. mission D26.

# shellcheck source=tests/views/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
installed ss nstat netstat

# Of the server and of a client that waits for it.
ss_tables()
{
	in_b env PROC_NET_TCP=/proc/net/xtcp PROC_NET_TCP6=/proc/net/xtcp6 ss -Htan >"$work/ss"
	grep -qE "^LISTEN .* $B4:$PORT " "$work/ss" || die "no listener: $(cat "$work/ss")" || return 1
	grep -qE "^ESTAB .* $B4:$PORT +$A4:[0-9]+" "$work/ss" || die "no connection: $(cat "$work/ss")"
}

nstat_counters()
{
	in_b env PROC_NET_SNMP=/proc/net/xtcp_snmp PROC_NET_NETSTAT=/proc/net/xtcp_netstat \
		NSTAT_HISTORY="$work/nstat" nstat -az >"$work/counters" || return 1
	grep -qE '^TcpPassiveOpens +[1-9]' "$work/counters" || die "$(grep Passive "$work/counters")" || return 1
	grep -qE '^TcpInSegs +[1-9]' "$work/counters" || die "$(grep InSegs "$work/counters")" || return 1
	grep -qE '^TcpExtTCPTimeouts +0' "$work/counters" || die "$(grep Timeouts "$work/counters")"
}

# /proc/net is looked up anew each time, so that nothing stays mounted there: a /proc of its own.
netstat_table()
{
	local proc=$work/proc
	mkdir -p "$proc/net" && touch "$proc/net/tcp" "$proc/net/tcp6"
	in_b unshare -m sh -c "mount --bind /proc/net/xtcp '$proc/net/tcp' &&
		mount --bind /proc/net/xtcp6 '$proc/net/tcp6' &&
		mount --rbind '$proc' /proc && netstat -ant" >"$work/netstat" 2>&1
	grep -qE "^tcp .* $B4:$PORT +0.0.0.0:\\* +LISTEN" "$work/netstat" ||
		die "no listener: $(cat "$work/netstat")" || return 1
	grep -qE "^tcp .* $B4:$PORT +$A4:[0-9]+ +ESTABLISHED" "$work/netstat" ||
		die "no connection: $(cat "$work/netstat")"
}

established() { in_a cat /proc/net/xtcp | grep -q ' 01 '; }

# An idle connection: socat to socat. Not by in_a and in_b, whose process would be a shell that has them.
fresh_port
# An input that does not end.
mkfifo "$work/input" && exec 3<>"$work/input"
ip netns exec "$B" "$here/over" "$OURS" socat "TCP4-LISTEN:$PORT,bind=$B4,reuseaddr,fork" EXEC:cat &
server_pid=$!
wait_until listens "$B" xtcp "$PORT" || abort "the server does not listen"
ip netns exec "$A" "$here/over" "$OURS" socat STDIO "TCP4:$B4:$PORT" <&3 >/dev/null &
client_pid=$!
wait_until established || abort "no connection"
check tables_ss ss_tables
check tables_nstat nstat_counters
check tables_netstat netstat_table
kill "$client_pid" "$server_pid"
finish
