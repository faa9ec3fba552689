#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own ways to watch sockets see those of xtcp: sock:inet_sock_set_state,
# skb:kfree_skb with a reason, and the hooks of security modules. linux-surface.md section 11.

# Functions are called through check().
# shellcheck disable=SC2016,SC2317 source=tests/interop/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need
# What a module can call or is called for it; the rest needs what only the kernel's TCP has.
HOOKS="security_socket_create security_socket_post_create security_sk_alloc security_socket_bind
	security_socket_listen security_socket_connect security_socket_accept security_sk_clone
	security_sock_graft security_inet_conn_established security_sock_rcv_skb
	security_socket_sendmsg security_socket_recvmsg security_sk_free"

# states ADDRESS PORT VERSION-OF-FIELDS: of the client, whose port is any, and of the server.
states()
{
	local saddr=saddr daddr=daddr a b
	[[ $1 != *:* ]] || saddr=saddrv6 daddr=daddrv6
	traced sock/inet_sock_set_state transfer "$OURS" "$OURS" "$1" "$2" 1000 || return 1
	a="sport=[0-9]+ dport=$2 .*$daddr=$1.* " b="sport=$2 dport=[0-9]+ .*$saddr=$1.* "
	told "${a}oldstate=TCP_CLOSE newstate=TCP_SYN_SENT" \
		"${a}oldstate=TCP_SYN_SENT newstate=TCP_ESTABLISHED" \
		"${b}oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED" \
		"oldstate=TCP_ESTABLISHED newstate=TCP_FIN_WAIT1" \
		"oldstate=TCP_LAST_ACK newstate=TCP_CLOSE"
}

# What comes twice is dropped the second time.
drop_reason()
{
	tc -n "$A" qdisc add dev va root netem duplicate 100% || return 1
	traced skb/kfree_skb transfer "$OURS" "$OURS" "$1" "$2" 10000 || return 1
	tc -n "$A" qdisc del dev va root
	# 6.1 does not tell in words where.
	told "kfree_skb: .* location=.* reason: TCP_(INVALID_SEQUENCE|OLD_DATA)"
}

# Each is called on the way of one connection.
security_hooks()
{
	local hook status=0
	for hook in $HOOKS; do
		echo "p:hooks/$hook $hook" >>"$TRACING/kprobe_events" || return 1
	done
	traced hooks transfer "$OURS" "$OURS" "$1" "$2" 1000 || status=1
	echo >"$TRACING/kprobe_events"
	for hook in $HOOKS; do
		grep -q " $hook: " "$work/events" || { echo "$hook was not called"; status=1; }
	done
	return "$status"
}

two_namespaces
check hooks_states_v4 states "$B4" 5001
check hooks_states_v6 states "$B6" 5002
[ "$OURS" = inet ] || check hooks_drop_reason_v4 drop_reason "$B4" 5003
[ "$OURS" = inet ] || check hooks_drop_reason_v6 drop_reason "$B6" 5004
# The debug kernel has no security modules.
if [ "${XTCP_KERNEL:-}" != debug ]; then
	check hooks_security_v4 security_hooks "$B4" 5005
	check hooks_security_v6 security_hooks "$B6" 5006
fi
finish
