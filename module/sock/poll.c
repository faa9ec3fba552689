// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll() and what decides about readiness: linux-surface.md section 7. Runs
 * without the socket lock; whoever changes what it reads wakes afterwards.
 */
#include <net/tcp.h>
#include "internal.h"

static bool is_readable(const struct xtcp_sock *xs)
{
	const struct sock *sk = &xs->inet.sk;
	s32 n = xtcp_readable(&xs->conn) - xtcp_urgent_hidden(sk);

	if (n <= 0)
		return false;
	/* With no room left the peer cannot send what SO_RCVLOWAT asks for. */
	return n >= sock_rcvlowat(sk, 0, INT_MAX) ||
	       atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf);
}

/* Asks for a wake-up if there is no room, and looks again. */
static bool is_writeable(struct sock *sk)
{
	if (sk_stream_is_writeable(sk))
		return true;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Pairs with the barrier in wake_user(). */
	smp_mb__after_atomic();
	return sk_stream_is_writeable(sk);
}

/*
 * struct proto.stream_memory_free once anybody has use for it, also without the lock:
 * text that waits to be sent for the first time leaves room for more; wake: for so much that it is
 * worth waking somebody for.
 */
static bool stream_memory_free(const struct sock *sk, int wake)
{
	const struct xtcp_sock *xs = xtcp_sk(sk);
	s32 waits = READ_ONCE(xs->conn.txq.end) - READ_ONCE(xs->conn.snd.nxt);
	u32 lowat = READ_ONCE(xs->notsent_lowat);

	if (!lowat)
		lowat = READ_ONCE(xs->conn.env->knob.notsent_lowat);
	return (u64)max(waits, 0) << wake < lowat;
}

void xtcp_bound_unsent(void)
{
	WRITE_ONCE(xtcp_prot.stream_memory_free, stream_memory_free);
}

static __poll_t poll_listener(const struct xtcp_sock *xs)
{
	return READ_ONCE(xs->accept.nr_ready) ? EPOLLIN | EPOLLRDNORM : 0;
}

static __poll_t poll_data(struct xtcp_sock *xs, u8 shutdown)
{
	__poll_t mask = 0;

	if (is_readable(xs))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(xs->conn.urgent.state) == XTCP_URGENT_HERE)
		mask |= EPOLLPRI;
	if ((shutdown & SEND_SHUTDOWN) || is_writeable(&xs->inet.sk))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* struct proto_ops.poll */
__poll_t xtcp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait)
{
	struct sock *sk = sock->sk;
	struct xtcp_sock *xs = xtcp_sk(sk);
	__poll_t mask = 0;
	u8 shutdown;
	int state;

	sock_poll_wait(file, sock, wait);
	/* Pairs with the barrier in follow_state(). */
	state = smp_load_acquire(&sk->sk_state);
	if (state == TCP_LISTEN)
		return poll_listener(xs);

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state != TCP_SYN_SENT && (state != TCP_SYN_RECV || xtcp_is_early(&xs->conn)))
		mask |= poll_data(xs, shutdown);
	else if (state == TCP_SYN_SENT && READ_ONCE(xs->conn.fastopen.deferred))
		mask |= EPOLLOUT | EPOLLWRNORM;
	/* Pairs with the barrier in follow_state(). */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/* struct proto_ops.set_rcvlowat, locked. More than fits would never come. */
int xtcp_set_rcvlowat(struct sock *sk, int val)
{
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int max = fixed ? sk->sk_rcvbuf : READ_ONCE(xtcp_sock_env(sk)->knob.rmem[XTCP_MOST]);

	val = clamp(val, 1, max / 2);
	WRITE_ONCE(sk->sk_rcvlowat, val);
	if (!fixed && sk->sk_rcvbuf < 2 * val)
		WRITE_ONCE(sk->sk_rcvbuf, 2 * val);
	if (sk->sk_state != TCP_LISTEN && is_readable(xtcp_sk(sk)))
		sk->sk_data_ready(sk);
	return 0;
}
