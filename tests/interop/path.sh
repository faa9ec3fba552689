# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153
#
# A path that damages what goes through (sourced after lib.sh): the namespaces $A and $B and
# between them $R, which hands frames on as they are, from ra (towards $A) to rb (towards $B)
# and back. A queueing discipline on one of its devices is therefore in the network.
#
# No end offloads anything: a loss is of one segment, checksums are checked by who receives,
# and a packet is in one piece when netem changes a bit of it. (It changes none in the pages
# of a packet, where a sender on the same host leaves the payload.)

R=${A}r

# redirect FROM TO: devices of the middle.
redirect()
{
	tc -n "$R" qdisc add dev "$1" handle ffff: ingress &&
		tc -n "$R" filter add dev "$1" parent ffff: matchall \
			action mirred egress redirect dev "$2"
}

# bare_device NAMESPACE DEVICE: up, without offloads.
bare_device()
{
	ip netns exec "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null &&
		ip -n "$1" link set "$2" up
}

# know NAMESPACE DEVICE OTHER ITS-DEVICE ADDRESS...: neighbours are told, lest a damaged answer of one sticks.
know()
{
	local mac address
	mac=$(ip netns exec "$3" cat "/sys/class/net/$4/address")
	for address in "${@:5}"; do
		ip -n "$1" neigh replace "$address" lladdr "$mac" dev "$2" nud permanent
	done
}

# middle: $A, $R and $B with their links; nothing is handed on yet.
middle()
{
	local name
	for name in $A $R $B; do
		ip netns add "$name" && ip -n "$name" link set lo up || return 1
	done
	ip -n "$A" link add va type veth peer name ra netns "$R"
	ip -n "$B" link add vb type veth peer name rb netns "$R"
	net_add "$A" va "$A4/24" "$A6/64"
	net_add "$B" vb "$B4/24" "$B6/64"
	bare_device "$A" va && bare_device "$B" vb &&
		bare_device "$R" ra && bare_device "$R" rb || return 1
	know "$A" va "$B" vb "$B4" "$B6" && know "$B" vb "$A" va "$A4" "$A6" && wait_until routes_v6
}

# straight: what comes in on one side goes out on the other.
straight()
{
	redirect ra rb && redirect rb ra
}

# link_in_the_middle NAME: of the devices NAME0 and NAME1.
link_in_the_middle()
{
	ip -n "$R" link add "${1}0" type veth peer name "${1}1"
	bare_device "$R" "${1}0" && bare_device "$R" "${1}1"
}

# through_bottleneck: towards $B there is one more link, of m0 and m1, for a queue. Packets go
# on being charged to the socket that sent them, which would let a sender see that queue as if it
# were his own (TCP small queues): the link before it, o0 and o1, where they wait for a
# microsecond, ends that.
through_bottleneck()
{
	link_in_the_middle o && link_in_the_middle m && netem o0 delay 1us &&
		redirect ra o0 && redirect o1 m0 && redirect m1 rb && redirect rb ra
}

# netem DEVICE SETTING...: of the middle. What was there goes first: a changed netem keeps
# settings that are not named again.
netem()
{
	local device=$1
	shift
	tc -n "$R" qdisc del dev "$device" root 2>/dev/null
	tc -n "$R" qdisc add dev "$device" root netem limit 100000 "$@"
}
