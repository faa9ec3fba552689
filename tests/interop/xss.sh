#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Issue 9: the programs that look inside, xss and xtcp. Two puppets, which do what they are told with
# sockets, make a situation that is known, and what the programs say of it is compared.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
[ "$OURS" != inet ] || abort "this script is about the module; XTCP_FAMILY=inet has none"
for program in xss xtcp; do
	command -v $program >/dev/null || abort "$program is not in PATH"
done

# Executes each line of its input and says so.
cat >"$work/puppet.py" <<-'PUPPET'
	import os, sys, traceback
	from socket import *
	for line in sys.stdin:
	    try:
	        print(eval(line) if line.startswith("(") else exec(line), flush=True)
	    except Exception:
	        traceback.print_exc()
	        print("error", sys.exc_info()[1], flush=True)
PUPPET

# puppet a|b: a process in that namespace; it is $pid_a or $pid_b.
pid_a='' pid_b=''
puppet()
{
	local ns=$A
	[ "$1" = a ] || ns=$B
	rm -f "$work/$1.in" "$work/$1.out"
	mkfifo "$work/$1.in" "$work/$1.out"
	ip netns exec "$ns" xtcp_run python3 -u "$work/puppet.py" <"$work/$1.in" >"$work/$1.out" 2>"$work/$1.err" &
	children+=($!)
	declare -g "pid_$1=$!"
	if [ "$1" = a ]; then
		exec 8>"$work/a.in" 9<"$work/a.out"
	else
		exec 6>"$work/b.in" 7<"$work/b.out"
	fi
}

# tell a|b LINE: $said is the value of a line in parentheses, else None.
tell()
{
	local to=8 from=9
	[ "$1" = a ] || to=6 from=7
	echo "$2" >&"$to"
	read -rt "$DEADLINE" -u "$from" said || { echo "the puppet $1 says nothing"; return 1; }
	[[ $said != error* ]] || { echo "$1: $2: $said"; return 1; }
}

# listener [BACKLOG [ADDRESS]]: of b, at a port of its own.
port=8000
listener()
{
	port=$((port + 1))
	address=${2:-$B4}
	family=AF_INET
	[[ $address != *:* ]] || family=AF_INET6
	puppet a
	puppet b
	tell b "l = socket($family); l.bind(('$address', $port)); l.listen(${1:-5})"
}

connect() { tell a "c = socket($family); c.connect(('$address', $port)); p = c.getsockname()[1]"; }

# A connection of a and b.
pair()
{
	listener 5 "${1:-$B4}" && connect && tell b "s = l.accept()[0]" && tell a "(p)" && peer=$said
}

# says_not NS REGEX COMMAND...: now.
says_not()
{
	local ns=$1 regex=$2
	shift 2
	ip netns exec "$ns" "$@" >"$work/said" 2>&1
	! grep -qE -- "$regex" "$work/said" ||
		{ echo "$*: '$regex' in: $(tr '\n\t' '  ' <"$work/said")"; return 1; }
}

# What a sends arrives, but what b sends does not.
deaf() { in_a nft "add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in tcp sport $port drop"; }
hears() { in_a nft delete table inet deaf; }

exits()
{
	local want=$1 got
	shift
	"$@" >"$work/said" 2>&1
	got=$?
	[ "$got" = "$want" ] || { echo "$* exits with $got: $(head -n 1 "$work/said")"; return 1; }
}

columns()
{
	pair || return 1
	tell a "c.send(b'x' * 1000)" && says "$B" "^ESTABLISHED +1000 +0 +$B4:$port +$A4:$peer$" xss -H &&
		says "$B" '^State +Recv-Q Send-Q Local Address:Port Peer Address:Port$' xss &&
		says_not "$B" ^State xss -H && says_not "$B" LISTEN xss
}

# Every line begins its addresses where the heads do.
align()
{
	pair && in_b xss -a | awk '
		NR == 1 { local = index($0, "Local"); peer = index($0, "Peer"); next }
		substr($0, local - 1, 1) != " " || substr($0, local, 1) == " " { print "error: " $0; bad = 1 }
		substr($0, peer - 1, 1) != " " || substr($0, peer, 1) == " " { print "error: " $0; bad = 1 }
		END { exit bad || NR < 3 }'
}

accept_queue()
{
	listener 5 && connect && tell a "d = socket(); d.connect(('$address', $port))" || return 1
	says "$B" "^LISTEN +2 +5 +$B4:$port +0.0.0.0:\*$" xss -lnt &&
		says "$B" ' ready:2 backlog:5 requests:0 young:0 most_requests:6$' xss -li "sport = :$port"
}

requests()
{
	listener 5 || return 1
	deaf
	tell a "c = socket(); c.setblocking(0); c.connect_ex(('$address', $port))" || return 1
	says "$A" 'SYN-SENT .*timer:\(RTO,[0-9.]+m?s,[0-9]\)' xss -o "dport = :$port" &&
		says "$B" 'SYN-RECEIVED .*timer:\(SYN-ACK,[0-9.]+m?s,[0-9]\)' xss -ao "sport = :$port" &&
		says "$B" ' requests:1 ' xss -li "sport = :$port" &&
		explains "$A" "SYN-SENT. .*waits for the peer's SYN,ACK" "$A4" "$B4:$port" &&
		explains "$B" 'SYN-RECEIVED. .*waits for the last acknowledgment' ":$port"
	local status=$?
	hears
	return "$status"
}

processes()
{
	pair && tell a "(c.fileno())" || return 1
	says "$A" "users:\(\(\"python3\",pid=$pid_a,fd=$said\)\)$" xss -tnp "dport = :$port" &&
		tell b "(s.fileno())" &&
		says "$B" "users:\(\(\"python3\",pid=$pid_b,fd=$said\)\)$" xss -p state established "sport = :$port"
}

info()
{
	pair && tell a "c.send(b'x' * 5000)" || return 1
	says "$A" 'cubic ts sack wscale:[0-9]+,[0-9]+ phase:open .* mss:1448 pmtu:1500 .* cwnd:1[0-9] .* bytes_acked:5000' \
		xss -Hi "dport = :$port" &&
		says "$B" ' passive .* bytes_received:5000 ' xss -i "sport = :$port"
}

memory()
{
	pair && tell a "(c.getsockopt(SOL_SOCKET, SO_RCVBUF))" || return 1
	says "$A" "skmem:\(r0,rb$said,t0,tb[0-9]+,f0,w0,o0,bl0,d0\)" xss -m "dport = :$port"
}

extended()
{
	pair && tell a "c.setsockopt(SOL_SOCKET, 36, 7)" && tell a "(os.fstat(c.fileno()).st_ino)" || return 1
	says "$A" "uid:0 ino:$said sk:[0-9a-f]+ fwmark:0x7$" xss -e "dport = :$port"
}

json()
{
	pair && in_b xss -ajpiome "sport = :$port" >"$work/json" && python3 -m json.tool "$work/json" >"$work/.json" ||
		return 1
	python3 - "$work/json" "$port" "$pid_b" "$B4" <<-'CHECK'
		import json, sys
		ours = {s["state"]: s for s in json.load(open(sys.argv[1]))}
		assert set(ours) == {"LISTEN", "ESTABLISHED"}, ours
		s = ours["ESTABLISHED"]
		assert s["local"] == {"address": sys.argv[4], "port": int(sys.argv[2])}, s
		assert s["processes"][0]["name"] == "python3", s
		assert s["processes"][0]["pid"] == int(sys.argv[3]), s
		assert s["info"]["mss"] == 1448 and s["info"]["snd_wnd"] > 0, s
		assert s["memory"]["rcv_buf"] > 0 and s["timers_us"] == {}, s
		assert ours["LISTEN"]["info"]["backlog"] == 5, ours
	CHECK
}

summary()
{
	pair && says "$A" "^ESTABLISHED +1 +1 +0$" xss -s "dport = :$port" &&
		says "$B" "^LISTEN +1 +1 +0$" xss -s "sport = :$port" &&
		says "$B" '^  PassiveOpens +[1-9][0-9]*  connections that a listener completed$' xss -s
}

kill_socket()
{
	pair || return 1
	exits 0 in_a xss -HK dst "$B4:$port" && grep -q "^ESTABLISHED .*$A4:$peer" "$work/said" &&
		says_not "$A" . xss -Ha "dport = :$port" || return 1
	tell a "c.recv(1)"
	[[ $said == *"connection abort"* ]] || { echo "the socket: $said"; return 1; }
	tell b "s.recv(1)"
	[[ $said == *"reset by peer"* ]] || { echo "the peer: $said"; return 1; }
	says_not "$B" . xss -H "sport = :$port"
}

# What would reset everything has to be said, and is root's.
kill_refused()
{
	pair && exits 2 in_a xss -K && exits 1 in_a setpriv --reuid 65534 xss -K "dport = :$port" &&
		grep -q 'not permitted' "$work/said" && says "$A" ESTABLISHED xss "dport = :$port"
}

filters()
{
	local f
	pair || return 1
	for f in "sport = :$port" "sport == $port" "src $B4" "src $B4/24" "src 10.91.0.3/31" "src $B4:$port" "dst $A4:$peer" \
		"dport = $peer and src 10.0.0.0/8" "sport >= $port and sport <= $port" "state established" \
		"state synchronized sport = $port" "exclude close-wait" "sport = 1 or sport = $port" \
		"sport = $port or sport = 1" "not sport = 1" "! ! src $B4" \
		"state established (dport = 1 or dport = $peer) and not (sport = 1 or src $A4)" \
		"dport = 1 and sport = 1 || sport = $port"; do
		# shellcheck disable=SC2086 # words of a filter
		says "$B" "^ESTABLISHED .*$B4:$port +$A4:$peer" xss -H $f || return 1
	done
	for f in "sport != :$port" "dport = :$port" "src $A4" "src 10.91.0.0/31" "dst $B4" "sport > $port" \
		"state close-wait" "exclude established" "src [$B6]:$port" "sport = $port and dport = 1" \
		"not sport = $port" "sport = $port and (dport = 1 or dport = 2)" "not (sport = 1 or sport = $port)" \
		"sport = $port and not dport = $peer or sport = 1"; do
		# shellcheck disable=SC2086 # words of a filter
		says_not "$B" "$B4:$port +$A4:$peer" xss -H $f || return 1
	done
	for f in "sport" "sport = :no-such-port" "state nowhere" "src 10.0.0.0/33" "frob 1" \
		"sport = 1 or" "not" "(sport = 1" "sport = 1)" "()" "or sport = 1" "sport = 1 and and sport = 2" \
		"sport = 1 or state established"; do
		# shellcheck disable=SC2086 # words of a filter
		exits 2 in_b xss $f || return 1
	done
}

ipv6()
{
	pair "$B6" || return 1
	says "$B" "^ESTABLISHED +0 +0 \[$B6\]:$port +\[$A6\]:$peer$" xss -H6 &&
		says "$B" "^LISTEN .*\[$B6\]:$port +\[::\]:\*$" xss -Hl src "[$B6]:$port" &&
		says_not "$B" "$B6" xss -Ha4 && explains "$A" "^\[$A6\]:$peer - \[$B6\]:$port" "[$A6]:$peer"
}

# A namespace sees its own sockets only; xtcp status counts those of all.
namespaces()
{
	pair && says "$B" ":$port " xss -l && says_not "$A" . xss -Hl && says_not "$A" "^LISTEN +[1-9]" xss -s &&
		says "$A" "^  $B +1 LISTEN, [0-9]+ ESTABLISHED" xtcp status
}

status()
{
	pair || return 1
	says "$A" '^Module +version [0-9.]+, in use [0-9]+ times.*, family=18' xtcp status &&
		says "$A" '^  this +.*1 ESTABLISHED' xtcp status &&
		says "$A" '^  ActiveOpens +[1-9][0-9]*  connections begun by connect\(\)$' xtcp status &&
		says_not "$A" '^  [A-Za-z]+ +0  ' xtcp status
}

# Only what moves meanwhile.
status_differences()
{
	pair || return 1
	in_a xtcp status -w 2 >"$work/moved" &
	while kill -0 $! 2>/dev/null; do
		tell a "socket().connect_ex(('$address', 1))" || return 1
	done
	grep -qE '^  ActiveOpens +[1-9]' "$work/moved" || { cat "$work/moved"; return 1; }
	exits 2 in_a xtcp status -w soon
}

why_listener()
{
	listener 1 && explains "$B" 'LISTEN. No connection is ready: accept\(\) waits for one' ":$port" && connect &&
		explains "$B" 'LISTEN. 1 connection is ready: it waits for the user' ":$port" &&
		explains "$B" 'ESTABLISHED. No user has it yet: it waits for accept' ":$port" &&
		tell a "d = socket(); d.connect(('$address', $port))" &&
		explains "$B" 'LISTEN. The accept queue is full, with 2 connections where the backlog is 1' ":$port"
}

# By its ends, by its local one, by process and descriptor, and by inode.
why_names()
{
	local name
	pair && tell a "(str(c.fileno()) + ' ' + str(os.fstat(c.fileno()).st_ino))" || return 1
	for name in "$A4:$peer" ":$peer" "$A4 $B4:$port" "$pid_a/${said% *}" "${said#* }"; do
		# shellcheck disable=SC2086 # one word or two
		explains "$A" "^$A4:$peer - $B4:$port, python3 \(pid $pid_a, descriptor ${said% *}\)" $name || return 1
	done
	exits 1 in_a xtcp why :1 && exits 2 in_a xtcp why && exits 2 in_a xtcp why not-an-address
}

why_idle()
{
	pair && explains "$A" 'ESTABLISHED. All that was written is acknowledged: it waits for the user to write. A reader would wait' ":$peer" &&
		tell b "s.send(b'x' * 77)" && explains "$A" '77 bytes wait for the user to read' ":$peer"
}

why_closed_window()
{
	listener && tell b "l.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)" && connect && tell b "s = l.accept()[0]" &&
		tell a "c.setblocking(0); [c.send(b'x' * 50) for i in range(400)]" || return 1
	explains "$A" "ESTABLISHED. .* the peer's window is closed: it waits for the peer to open it" "$A4" "$B4:$port" &&
		says "$A" 'timer:\(PERSIST,' xss -o "dport = :$port" &&
		explains "$B" 'Our window is closed: the peer may send nothing until the user reads' "$B4:$port" "$A4"
}

why_cwnd()
{
	pair || return 1
	deaf
	tell b "s.setblocking(0); s.send(b'x' * 100000)"
	explains "$B" 'ESTABLISHED. .* of [0-9]+ queued were sent and [0-9]+ are in flight; the congestion window \([0-9]+ bytes\) is full: it waits for an acknowledgment.* RTO \(retransmission timeout\) fires in' \
		":$port" "$A4:$peer" &&
		explains "$B" 'The retransmission timer fired [0-9]+ times? in a row' ":$port" "$A4:$peer"
	local status=$?
	hears
	return "$status"
}

why_nagle()
{
	in_b sysctl -qw net.xtcp.early_retrans=0	# a probe would take the rest along
	pair || return 1
	deaf
	tell b "s.send(b'x' * 100); s.send(b'x' * 50)"
	explains "$B" '100 bytes of 150 queued were sent and 100 are in flight; the rest is less than a segment \(1448 bytes\) and waits until all before it is acknowledged \(Nagle' \
		":$port" "$A4:$peer"
	local status=$?
	hears
	in_b sysctl -qw net.xtcp.early_retrans=3
	return "$status"
}

why_cork()
{
	# Each is held for sws_override_ms (200) alone: there is another soon.
	pair && tell a "c.setsockopt(IPPROTO_TCP, TCP_CORK, 1); import threading, time; threading.Thread(target=lambda: [(c.send(b'x' * 60), time.sleep(0.25)) for i in range(500)], daemon=True).start()" &&
		explains "$A" '60 bytes are queued and none of them was sent; the rest is less than a segment \(1448 bytes\) and TCP_CORK holds it back' ":$peer"
}

# Each state on the way down, from both ends.
why_close()
{
	pair && tell a "c.shutdown(SHUT_WR)" || return 1
	explains "$A" 'FIN-WAIT-2. The user has shut it down for sending' ":$peer" &&
		explains "$B" 'CLOSE-WAIT. The peer has closed: it waits for the user to close' ":$port" "$A4:$peer" &&
		tell a "c.close()" &&
		explains "$A" 'FIN-WAIT-2. The user has closed, .* FIN-WAIT-2 \(life of an orphan in FIN-WAIT-2\) fires in' ":$peer" &&
		tell b "s.close()" &&
		explains "$A" 'TIME-WAIT. Both ends have closed: .* for [0-9.]+s more' ":$peer" &&
		says "$A" 'timer:\(TIME-WAIT,[0-9.]+s\)' xss -o state time-wait "dport = :$port" || return 1
}

why_last_ack()
{
	pair && tell a "c.shutdown(SHUT_WR)" && says "$B" CLOSE-WAIT xss "sport = :$port" || return 1
	deaf
	tell b "s.close()"
	explains "$B" 'LAST-ACK. Both ends have closed, the peer first: it waits for the acknowledgment of our FIN' \
		":$port" "$A4:$peer"
	local status=$?
	hears
	return "$status"
}

# a does not hear of b's end, and then ends as well.
why_closing()
{
	pair || return 1
	deaf
	tell b "s.close()"
	explains "$B" 'FIN-WAIT-1. The user has closed: it waits for the acknowledgment of our FIN' \
		":$port" "$A4:$peer" && tell a "c.shutdown(SHUT_WR)" &&
		explains "$B" 'CLOSING. Both ends have closed at once: it waits for the acknowledgment of our FIN' \
			":$port" "$A4:$peer"
	local status=$?
	hears
	return "$status"
}

why_paced()
{
	pair && tell b "s.setsockopt(SOL_SOCKET, 47, 2000)" &&	# SO_MAX_PACING_RATE
		tell b "s.setblocking(0); s.send(b'x' * 20000)" &&
		explains "$B" 'the next segment goes in [0-9.]+m?s, for it is paced at (2.0|16) ?k' ":$port" "$A4:$peer"
}

doctor_well()
{
	dmesg -C
	listener && exits 0 in_b xtcp doctor && says "$B" '^ok +listeners +1, and no queue is full' xtcp doctor &&
		says "$B" '^[0-9]+ ok, [0-9]+ to look at, 0 bad$' xtcp doctor
}

doctor_ill()
{
	in_b sysctl -qw net.xtcp.fin_timeout=61
	listener 0 && connect || return 1
	says "$B" "^bad +accept queue +$B4:$port is full: 1 are ready where the backlog is 0" xtcp doctor &&
		says "$B" '^look +sysctl +fin_timeout is 61, usually 60: life of a closed socket' xtcp doctor &&
		exits 1 in_b xtcp doctor
	local status=$?
	in_b sysctl -qw net.xtcp.fin_timeout=60
	return "$status"
}

watch_once()
{
	pair && tell b "s.send(b'x' * 65000)" || return 1
	says "$A" '║ ESTABLISHED  ║' xtcp watch --once --plain "$A4:$peer" &&
		says "$A" "^$A4:$peer - $B4:$port$" xtcp watch --once --plain "$A4:$peer" &&
		says "$A" "^python3 \(pid $pid_a, descriptor [0-9]+\)$" xtcp watch --once --plain "$A4:$peer" &&
		says "$A" '^receive \[█+·*\] 65000 to read$' xtcp watch --once --plain "$A4:$peer" &&
		says "$B" '║    LISTEN    ║' xtcp watch --once --plain "$B4:$port" "0.0.0.0" &&
		says_not "$A" $'\033' xtcp watch --once --plain && says "$A" $'\033' xtcp watch --once
}

# Its last picture says that it has ended.
watch_ends()
{
	pair || return 1
	in_a xtcp watch --plain "$A4:$peer" >"$work/watched" &
	children+=($!)
	local watcher=$!
	wait_until grep -q ESTABLISHED: "$work/watched" && in_a xss -K "dport = :$port" && wait "$watcher" &&
		grep -q '║    CLOSED    ║' "$work/watched"
}

words()
{
	exits 0 xss --help && exits 0 xtcp --help && exits 0 xss -V && exits 2 xss -z && exits 2 xtcp frob &&
		exits 2 xtcp && bash -n <(xss --completion) && bash -n <(xtcp --completion)
}

two_namespaces
for test in columns align accept_queue requests processes info memory extended json summary kill_socket \
	kill_refused filters ipv6 namespaces; do
	check xss_$test $test
done
for test in status status_differences why_listener why_names why_idle why_closed_window why_cwnd why_nagle \
	why_cork why_close why_last_ack why_closing why_paced doctor_well doctor_ill watch_once watch_ends; do
	check xtcp_$test $test
done
check words words
finish
