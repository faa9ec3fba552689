#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The assumptions of the architecture's section 6, "sharing the host with the kernel's TCP":
# who gets a segment, in which shapes it arrives (checksums, GRO, fragments), what a stateful
# firewall sees, and that ports and namespaces are shared and left properly. Ports in bind(),
# connect() and by themselves are tests/socket/t_ports.c.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
TABLE=$(table_of "$OURS")
BYTES=$((SMALL ? 500000 : 2000000))	# of one transfer, each way

# both_ways ADDRESS [BYTES]: ours to kernel and kernel to ours.
both_ways()
{
	local bytes=${2:-$BYTES}
	transfer inet "$OURS" "$1" 5001 "$bytes" && transfer "$OURS" inet "$1" 5002 "$bytes"
}

no_reset()
{
	local before_a before_b
	before_a=$(counter "$A" Tcp OutRsts) before_b=$(counter "$B" Tcp OutRsts)
	both_ways "$1" || return 1
	transfer "$OURS" "$OURS" "$1" 5003 "$BYTES" || return 1
	[ "$before_a $before_b" = "$(counter "$A" Tcp OutRsts) $(counter "$B" Tcp OutRsts)" ] ||
		{ echo "the kernel's TCP has sent a RST"; return 1; }
}

# The kernel's TCP serves its ports while ours has others, and answers for closed ones.
unclaimed_ports()
{
	mkfifo "$work/hold"
	exec 8<>"$work/hold"
	server "$B" "$work/held" hold "$OURS" "$1" 5001 <"$work/hold" || return 1
	local held=$last
	transfer inet inet "$1" 5002 "$BYTES" || return 1
	in_a "$XFER" fetch inet "$1" 5004 1 2>"$work/refused" && { echo "connected to nothing"; return 1; }
	grep -q refused "$work/refused" || { cat "$work/refused"; return 1; }
	in_a "$XFER" fetch "$OURS" "$1" 5004 1 2>"$work/refused" && { echo "connected to nothing"; return 1; }
	grep -q refused "$work/refused" || { cat "$work/refused"; return 1; }
	kill "$held"
	wait "$held" 2>/dev/null
	exec 8>&-
	rm "$work/hold"
}

on_loopback()
{
	local saved=$A address
	A=$B
	for address in 127.0.0.1 ::1 "$B4" "$B6"; do
		both_ways "$address" || { A=$saved; return 1; }
		transfer "$OURS" "$OURS" "$address" 5003 "$BYTES" || { A=$saved; return 1; }
	done
	A=$saved
}

# offload SETTING...: both ends of the pair.
offload()
{
	in_a ethtool -K va "$@" >/dev/null && in_b ethtool -K vb "$@" >/dev/null
}

checksum_partial() { offload tx on tso on gso on && both_ways "$1" && both_ways "$2"; }
no_offloads() { offload tso off gso off tx off rx off gro off && both_ways "$1" && both_ways "$2"; }
with_gro() { offload tso off gso off tx off && offload rx on gro on && both_ways "$1" && both_ways "$2"; }

# A server that waits by polling the device (SO_BUSY_POLL), which only one that has a NAPI has. It
# tells the device's number (SO_INCOMING_NAPI_ID).
cat >"$work/pong.py" <<'PONG'
import socket, sys
at = (sys.argv[1], int(sys.argv[2]))
listener = socket.socket(socket.AF_INET6 if ":" in at[0] else socket.AF_INET)
listener.bind(at)
listener.listen()
s = listener.accept()[0]
s.setsockopt(socket.SOL_SOCKET, 46, 2000)
for i in range(500):
    s.send(s.recv(1))
print(s.getsockopt(socket.SOL_SOCKET, 56))
PONG
cat >"$work/ping.py" <<'PING'
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
for i in range(500):
    s.send(b"x")
    s.recv(1)
PING

busy_poll()
{
	local table=xtcp run=(xtcp_run) before polled
	[ "$OURS" != inet ] || table=tcp run=()
	offload tso off gso off tx off && offload rx on gro on || return 1
	before=$(counter "$B" TcpExt BusyPollRxPackets netstat)
	background in_b "${run[@]}" python3 "$work/pong.py" "$1" "$2" >"$work/pong" 2>&1
	wait_until listens "$B" "$table" "$2" || { cat "$work/pong"; return 1; }
	in_a "${run[@]}" python3 "$work/ping.py" "$1" "$2" || return 1
	wait "$last" || { cat "$work/pong"; return 1; }
	[ "$(cat "$work/pong")" -gt 0 ] || { echo "SO_INCOMING_NAPI_ID is $(cat "$work/pong")"; return 1; }
	polled=$(($(counter "$B" TcpExt BusyPollRxPackets netstat) - before))
	echo "$polled packets were polled"
	[ "$polled" -gt 0 ]
}

# What the kernel's TCP of the sender would say to the server's segments.
hush_resets()
{
	in_a nft -f - <<-RULES
		table inet hush {
			chain out { type filter hook output priority 0; tcp flags & rst == rst drop; }
		}
	RULES
}

# fragments SOURCE DESTINATION GROUP NAME: 4000-byte segments through an MTU of 1500.
fragments()
{
	local before
	before=$(reassembled "$3" "$4")
	server "$B" "$work/sink" sink "$OURS" "$2" 5005 || return 1
	in_a "$here/fragsend" "$1" "$2" 5005 8 >"$work/fragsend" 2>&1 ||
		{ tail -n 1 "$work/fragsend"; return 1; }
	wait "$last" || { tail -n 1 "$work/sink"; return 1; }
	grep -q "^received 32000 sha256 $(head -c 32000 /dev/zero | sha256sum | cut -d ' ' -f 1)$" \
		"$work/sink" || { tail -n 1 "$work/sink"; return 1; }
	[ $(($(reassembled "$3" "$4") - before)) -ge 8 ] || { echo "nothing was reassembled"; return 1; }
}

reassembled()
{
	if [ "$1" = Ip ]; then
		counter "$B" Ip "$2"
	else
		in_b awk -v n="$2" '$1 == n { print $2 }' /proc/net/snmp6
	fi
}

fragments_v4() { fragments "$A4" "$B4" Ip ReasmOKs; }
fragments_v6() { fragments "$A6" "$B6" Ip6 Ip6ReasmOKs; }

# pour CLIENT SERVER ADDRESS PORT BYTES: one way, so that only the router cuts segments.
pour()
{
	server "$B" "$work/sink" sink "$2" "$3" "$4" || return 1
	in_a timeout "$DEADLINE" "$XFER" pour "$1" "$3" "$4" "$5" >"$work/client" 2>&1 ||
		{ tail -n 1 "$work/client"; return 1; }
	wait "$last" || { tail -n 1 "$work/sink"; return 1; }
	[ "$(tail -n 1 "$work/sink")" = "$(digest "$5" 1)" ] || { echo "the data differs"; return 1; }
}

# link_up NAMESPACE DEVICE PEER-NAMESPACE V4-NET V6-NET MTU: a link with the same device name
# and MTU at both ends, which are .1 and .2 of the nets.
link_up()
{
	ip -n "$1" link add "$2" mtu "$6" type veth peer name "$2" mtu "$6" netns "$3"
	net_add "$1" "$2" "$4.1/24" "$5::1/64"
	net_add "$3" "$2" "$4.2/24" "$5::2/64"
}

# between_routers MTU ADDRESS COMMAND...: COMMAND ADDRESS MTU while two routers join A to B,
# where ADDRESS is. The link between the routers takes no more than MTU, of which neither A nor
# B can know.
between_routers()
{
	local mtu=$1 address=$2 r=${A}r q=${A}q router status=0
	shift 2
	ip netns add "$r"
	ip netns add "$q"
	link_up "$A" ra "$r" 10.92.1 fd92:1 1500
	link_up "$r" rq "$q" 10.92.2 fd92:2 "$mtu"
	link_up "$q" rb "$B" 10.92.3 fd92:3 1500
	for router in $r $q; do
		ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
	ip -n "$A" route add 10.92.3.0/24 via 10.92.1.2
	ip -n "$r" route add 10.92.3.0/24 via 10.92.2.2
	ip -n "$q" route add 10.92.1.0/24 via 10.92.2.1
	ip -n "$B" route add 10.92.1.0/24 via 10.92.3.1
	if [[ $address == *:* ]]; then
		ip -n "$A" route add fd92:3::/64 via fd92:1::2
		ip -n "$r" route add fd92:3::/64 via fd92:2::2
		ip -n "$q" route add fd92:1::/64 via fd92:2::1
		ip -n "$B" route add fd92:1::/64 via fd92:3::1
	fi
	wait_until in_a ping -c 1 -W 1 "$address" || { echo "no way through the routers"; status=1; }
	[ "$status" -ne 0 ] || "$@" "$address" "$mtu" || status=1
	ip netns del "$r"
	ip netns del "$q"
	return "$status"
}

# router_fragments_v4 ADDRESS MTU: a real sender without DF, cut by the router.
router_fragments_v4()
{
	local before status=0
	in_a sysctl -qw net.ipv4.ip_no_pmtu_disc=1
	in_a ethtool -K ra tso off gso off >/dev/null
	before=$(reassembled Ip ReasmOKs)
	pour inet "$OURS" "$1" 5006 1000000 || status=1
	in_a sysctl -qw net.ipv4.ip_no_pmtu_disc=0
	[ "$status" = 0 ] || return 1
	[ $(($(reassembled Ip ReasmOKs) - before)) -gt 100 ] || { echo "nothing was reassembled"; return 1; }
}

# knows_mtu NAMESPACE ADDRESS MTU
knows_mtu()
{
	ip netns exec "$1" ip route get "$2" | grep -q "mtu $3" ||
		{ echo "a route does not know the MTU: $(ip netns exec "$1" ip route get "$2")"; return 1; }
}

# learn_mtu ADDRESS MTU: each end is told by its router and goes on with what fits; with
# packets that the device cuts into segments and with whole ones.
learn_mtu()
{
	local client server ns setting port=5006 back=10.92.1.1
	[[ $1 != *:* ]] || back=fd92:1::1
	for setting in on off; do
		in_a ethtool -K ra tso "$setting" gso "$setting" >/dev/null
		in_b ethtool -K rb tso "$setting" gso "$setting" >/dev/null
		while read -r client server; do
			for ns in $A $B; do
				ip -n "$ns" route flush cache
				ip -n "$ns" -6 route flush cache
			done
			transfer "$client" "$server" "$1" "$port" "$BYTES" || return 1
			knows_mtu "$A" "$1" "$2" && knows_mtu "$B" "$back" "$2" || return 1
			port=$((port + 1))
		done <<-PAIRS
			$OURS inet
			inet $OURS
			$OURS $OURS
		PAIRS
	done
}

# mute ROUTER: it says nothing of what it drops, and counts whole packets above 1100 bytes.
mute()
{
	ip netns exec "$1" nft -f - <<-RULES
		table inet mute {
			counter with_df { }
			counter without_df { }
			chain out {
				type filter hook output priority 0;
				icmp type destination-unreachable drop
				icmpv6 type packet-too-big drop
			}
			chain through {
				type filter hook forward priority 0;
				ip length > 1100 ip frag-off & 0x4000 != 0 counter name with_df
				ip length > 1100 ip frag-off & 0x4000 == 0 counter name without_df
				ip6 length > 1060 counter name with_df
			}
		}
	RULES
}

# packets ROUTER COUNTER: of mute.
packets()
{
	ip netns exec "$1" nft list counter inet mute "$2" | awk '$1 == "packets" { print $2 }'
}

# probing VALUE: of the sender's mtu_probing.
probing()
{
	local name=net.xtcp.mtu_probing
	[ "$OURS" != inet ] || name=net.ipv4.tcp_mtu_probing
	in_a sysctl -qw "$name=$1"
}

# probes Success|Fail: of the sender.
probes()
{
	local file=xtcp_netstat
	[ "$OURS" != inet ] || file=netstat
	counter "$A" TcpExt "TCPMTUP$1" "$file"
}

# black_hole ADDRESS MTU: no router says that the MTU is smaller between them. The sender
# finds out by timeouts, or before by probes: packets that no router may cut.
black_hole()
{
	local value before status=0
	mute "$r" || return 1
	mute "$q" || return 1
	in_a ethtool -K ra tso off gso off >/dev/null
	for value in 1 2; do
		probing "$value"
		before=$(probes Success)
		pour "$OURS" inet "$1" $((5006 + value)) 1000000 ||
			{ echo "mtu_probing $value: not all comes through"; status=1; break; }
		[ "$(probes Success)" -gt "$before" ] ||
			{ echo "mtu_probing $value: no probe has arrived"; status=1; break; }
	done
	probing 0
	[ "$status" = 0 ] || return 1
	in_a ip route get "$1" | grep -w mtu && return 1
	[ "$(probes Fail)" -gt 0 ] || { echo "no probe was too big"; return 1; }
	[ "$(packets "$r" with_df)" -gt 0 ] || { echo "no packet was above the base"; return 1; }
	[ "$(packets "$r" without_df)" = 0 ] || { echo "a packet had no DF"; return 1; }
}

# Lets in what belongs to a connection, and new ones to ports 5001 to 5003 of this end.
firewall()
{
	ip netns exec "$1" nft -f - <<-RULES
		table inet guard {
			counter established { }
			counter refused { }
			chain in {
				type filter hook input priority 0; policy drop;
				meta l4proto 58 accept
				ct state established counter name established accept
				$2
			}
		}
	RULES
}

counted() { ip netns exec "$1" nft list counter inet guard "$2" | awk '/packets/ { print $2 }'; }

stateful_firewall()
{
	local status=0 ns
	firewall "$A" "" && firewall "$B" "tcp dport 5001-5003 ct state new accept" || return 1
	both_ways "$1" 200000 && transfer "$OURS" "$OURS" "$1" 5003 200000 || status=1
	for ns in $A $B; do
		[ "$(counted "$ns" established)" -ge 10 ] ||
			{ echo "only $(counted "$ns" established) packets were established"; status=1; }
		ip netns exec "$ns" nft delete table inet guard
	done
	return "$status"
}

# A firewall that knows nothing of our port keeps it shut: it counts the SYN, nobody accepts.
closed_firewall()
{
	local status=0
	firewall "$B" "tcp dport 5001 counter name refused drop" || return 1
	server "$B" "$work/server" serve "$OURS" "$1" 5001 1 || status=1
	background ip netns exec "$A" "$XFER" fetch "$OURS" "$1" 5001 1 >"$work/client" 2>&1
	wait_until refused_one || { echo "no SYN came to the firewall"; status=1; }
	grep -q received "$work/server" && { echo "the firewall was passed"; status=1; }
	in_b nft delete table inet guard
	return "$status"
}

refused_one() { [ "$(counted "$B" refused)" -gt 0 ]; }

# A namespace goes although sockets of it are in TIME-WAIT.
namespace_goes()
{
	two_namespaces
	transfer "$OURS" "$OURS" "$B4" 5001 1000 && transfer "$OURS" inet "$B6" 5002 1000 || return 1
	{ in_a cat "/proc/net/$TABLE" "/proc/net/${TABLE}6"; in_b cat "/proc/net/$TABLE" "/proc/net/${TABLE}6"; } |
		grep -q ' 06 ' || { echo "no socket is in TIME-WAIT"; return 1; }
	ip netns del "$A"
	ip netns del "$B"
	# The same names and addresses work at once.
	two_namespaces
	transfer "$OURS" "$OURS" "$B4" 5001 1000
}

two_namespaces
for address in $B4 $B6; do
	v=v4
	[ "$address" = "$B4" ] || v=v6
	check "attach_claimed_syn_draws_no_rst_$v" no_reset "$address"
	check "attach_unclaimed_ports_$v" unclaimed_ports "$address"
	check "attach_stateful_firewall_$v" stateful_firewall "$address"
	check "attach_closed_firewall_$v" closed_firewall "$address"
done
check attach_loopback on_loopback
check attach_checksum_partial checksum_partial "$B4" "$B6"
check attach_gro with_gro "$B4" "$B6"
check attach_busy_poll_v4 busy_poll "$B4" 5091
check attach_busy_poll_v6 busy_poll "$B6" 5092
check attach_no_offloads no_offloads "$B4" "$B6"
check attach_router_fragments_v4 between_routers 600 10.92.3.2 router_fragments_v4
check attach_router_mtu_v4 between_routers 600 10.92.3.2 learn_mtu
check attach_router_mtu_v6 between_routers 1300 fd92:3::2 learn_mtu
check attach_black_hole_v4 between_routers 1200 10.92.3.2 black_hole
check attach_black_hole_v6 between_routers 1300 fd92:3::2 black_hole
hush_resets || abort "nft refuses a rule"
check attach_fragments_v4 fragments_v4
check attach_fragments_v6 fragments_v6
ip netns del "$A"
ip netns del "$B"
check attach_namespace_goes namespace_goes
finish
