// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect(): route, port, SYN, and the wait for its answer. What the calls
 * return in which state is linux-surface.md section 8.
 */
#include <linux/sched/signal.h>
#include <net/tcp.h>
#include "internal.h"

/* An address of many is no end of a connection (RFC 9293 MUST-57, MUST-63). */
static bool is_unicast(const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return !ipv4_is_multicast(addr->s6_addr32[3]) &&
		       !ipv4_is_lbcast(addr->s6_addr32[3]);
	return !ipv6_addr_is_multicast(addr);
}

static void set_peer(struct xtcp_sock *xs, const struct in6_addr *addr, u16 port)
{
	struct sock *sk = &xs->inet.sk;

	xs->inet.inet_dport = htons(port);
	memset(&xs->node.tuple, 0, sizeof(xs->node.tuple));
	xs->node.tuple.raddr = *addr;
	xs->node.tuple.rport = port;
	xs->node.bound_dev = sk->sk_bound_dev_if;
}

/* The unspecified address means this host: ip->route() sees to it. */
static int choose_ip(struct sock *sk, const struct in6_addr *addr, int scope)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	bool v4 = ipv6_addr_v4mapped(addr);

	if (!is_unicast(addr))
		return -ENETUNREACH;
	if (v4 && sk->sk_family == AF_INET6 && sk->sk_ipv6only)
		return -ENETUNREACH;
	xs->ip = v4 ? &xtcp_ipv4_ops : &xtcp_ipv6_ops;
	return v4 ? 0 : xtcp_take_scope(sk, addr, scope);
}

/* Everything is in the table before the SYN leaves. */
static int take_tuple(struct sock *sk, u32 *isn)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	if (!xs->inet.inet_num)
		return xtcp_bind_connect(sk, isn);
	xs->node.tuple.lport = xs->inet.inet_num;
	return xtcp_node_enter(&xs->node, false, isn);
}

/* isn: 0, or what the TIME-WAIT asks for whose place this has taken. */
static void send_syn(struct xtcp_sock *xs, u32 isn, bool fast)
{
	u64 now_us = xtcp_now_us();

	/* What ended an earlier attempt is no news any more. */
	WRITE_ONCE(xs->inet.sk.sk_err, 0);
	xtcp_sock_limits(xs);
	xtcp_sock_rcv_max(xs);
	if (fast)
		xs->conn.fastopen.deferred = xtcp_fastopen_prepare(xs);
	if (!isn)
		isn = xtcp_isn(xtcp_tuple_isn_hash(xs->node.net, &xs->node.tuple), now_us);
	xs->conn.ts.offset =
		xtcp_tuple_ts_offset(xs->conn.env,
				     xtcp_tuple_address_hash(xs->node.net, &xs->node.tuple));
	xtcp_conn_connect(&xs->conn, isn, now_us);
	xtcp_sock_drive(xs, now_us);
}

int xtcp_connect_start(struct sock *sk, struct sockaddr *sa, int len, bool fast)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct in6_addr addr;
	int scope = 0;
	u32 isn = 0;
	u16 port;
	int err;

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = xtcp_ip_ops_for(sa->sa_family)->parse_addr(sa, len, &addr, &port, &scope);
	if (!err)
		err = xtcp_sock_set_family(sk, sa->sa_family);
	if (!err)
		err = choose_ip(sk, &addr, scope);
	if (err)
		return err;
	set_peer(xs, &addr, port);
	err = xs->ip->route(xs);
	if (!err)
		err = take_tuple(sk, &isn);
	if (err) {
		xtcp_sock_forget_peer(sk);
		return err;
	}
	send_syn(xs, isn, fast);
	return 0;
}

static bool is_opening(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

/* What is left of timeo; 0 when it is used up. */
static long wait_for_answer(struct sock *sk, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	add_wait_queue(sk_sleep(sk), &wait);
	while (is_opening(sk)) {
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
		if (signal_pending(current) || !timeo)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return timeo;
}

/* The attempt has failed: tells why and makes the socket fit for another. */
static int failed(struct socket *sock, int flags)
{
	struct sock *sk = sock->sk;
	int err = sock_error(sk) ?: -ECONNABORTED;

	sock->state = SS_UNCONNECTED;
	sk->sk_disconnects++;
	if (xtcp_disconnect(sk, flags))
		sock->state = SS_DISCONNECTING;
	return err;
}

int xtcp_connect_finish(struct socket *sock, int flags, int err)
{
	struct sock *sk = sock->sk;
	int disconnects = sk->sk_disconnects;
	long timeo = sock_sndtimeo(sk, flags & O_NONBLOCK);

	if (is_opening(sk)) {
		if (!timeo)
			return err;
		timeo = wait_for_answer(sk, timeo);
		if (is_opening(sk) && !signal_pending(current) && !timeo)
			return err;
		if (signal_pending(current) && is_opening(sk))
			return sock_intr_errno(timeo);
		if (disconnects != sk->sk_disconnects)
			return -EPIPE;
	}
	if (sk->sk_state == TCP_CLOSE)
		return failed(sock, flags);
	sock->state = SS_CONNECTED;
	return 0;
}

static int connect_locked(struct socket *sock, struct sockaddr *sa, int len, int flags)
{
	struct sock *sk = sock->sk;
	struct xtcp_sock *xs = xtcp_sk(sk);
	int err;

	if (sa->sa_family == AF_UNSPEC) {
		sk->sk_disconnects++;
		err = xtcp_disconnect(sk, flags);
		sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
		return err;
	}
	switch (sock->state) {
	case SS_UNCONNECTED:
		if (sk->sk_state != TCP_CLOSE)
			return -EISCONN;
		err = xtcp_connect_start(sk, sa, len, xs->fastopen_connect);
		if (err)
			return err;
		sock->state = SS_CONNECTING;
		/* The rest is send()'s. */
		if (xs->conn.fastopen.deferred)
			return 0;
		return xtcp_connect_finish(sock, flags, -EINPROGRESS);
	case SS_CONNECTING:
		if (xs->conn.fastopen.deferred)
			return -EISCONN;
		return xtcp_connect_finish(sock, flags, -EALREADY);
	case SS_CONNECTED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
}

/* struct proto_ops.connect */
int xtcp_connect_call(struct socket *sock, struct sockaddr *sa, int len, int flags)
{
	int err;

	if (len < (int)sizeof(sa->sa_family))
		return -EINVAL;
	lock_sock(sock->sk);
	err = connect_locked(sock, sa, len, flags);
	release_sock(sock->sk);
	return err;
}
