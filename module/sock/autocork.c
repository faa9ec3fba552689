// SPDX-License-Identifier: GPL-2.0-only
/*
 * Automatic corking: less than a segment waits while text of the same socket
 * is still in the queue of a device. It would stand there behind that text,
 * and until then the user may write more of it. It goes when the queue has let
 * go of the packets, or earlier with whatever else makes core send.
 *
 * That a packet has gone is told by its destructor, which outlives us in a
 * queue if the module goes, unless it is the kernel's: it is sock_wfree(), and
 * calls sk_write_space() with the socket still in memory. Sockets set
 * SOCK_USE_WRITE_QUEUE, so that it does not, until they have use for it.
 */
#include "internal.h"

/* Is as much charged to packets on their way as one with text is, at least? */
static bool is_in_queue(const struct sock *sk, u32 truesize)
{
	/* One byte for each that is just being freed: sock_wfree() keeps it so long. */
	return sk_wmem_alloc_get(sk) >= (int)truesize;
}

static bool text_may_wait(const struct xtcp_conn *c)
{
	/* An acknowledgment, or the want of one, must be able to move it on, too. */
	return READ_ONCE(c->env->knob.autocorking) && c->snd.una != c->snd.nxt &&
	       c->txq.next && c->txq.end - c->snd.nxt < c->snd.mss && !c->snd.fin_queued;
}

static bool wait_for_queue(struct xtcp_sock *xs, u32 truesize)
{
	struct sock *sk = &xs->inet.sk;

	if (!xs->held)
		xtcp_count(xs->conn.env, XTCP_MIB_AUTO_CORKING);
	WRITE_ONCE(xs->held, truesize);
	/* Pairs with the barrier in packet_gone(). */
	smp_mb();
	return is_in_queue(sk, truesize);
}

bool xtcp_autocork(struct xtcp_sock *xs)
{
	const struct sk_buff *waits;
	struct sock *sk = &xs->inet.sk;
	u32 truesize;

	if (!text_may_wait(&xs->conn))
		return false;
	waits = xtcp_txq_tail(&xs->conn)->payload;
	truesize = waits->truesize;
	if (!is_in_queue(sk, truesize))
		return false;
	if (sock_flag(sk, SOCK_USE_WRITE_QUEUE)) {
		/* What leaves from now on tells of its end; what is there may not. */
		sock_reset_flag(sk, SOCK_USE_WRITE_QUEUE);
		return false;
	}
	return wait_for_queue(xs, truesize);
}

void xtcp_send_held(struct xtcp_sock *xs)
{
	if (xs->held && xs->inet.sk.sk_state != TCP_CLOSE)
		xtcp_sock_drive(xs, xtcp_now_us());
}

/* The reference that it drops is the last one, perhaps: the memory lasts (RCU). */
static void kicked(struct tasklet_struct *kick)
{
	struct xtcp_sock *xs = container_of(kick, struct xtcp_sock, kick);
	struct sock *sk = &xs->inet.sk;

	clear_bit(XTCP_KICKED, &xs->deferred);
	bh_lock_sock(sk);
	if (sock_owned_by_user(sk))
		set_bit(XTCP_DEFERRED_HELD, &xs->deferred);
	else
		xtcp_send_held(xs);
	bh_unlock_sock(sk);
	sock_put(sk);
}

/* Whoever frees a packet may hold any lock, that of the socket among them. */
static void kick(struct xtcp_sock *xs)
{
	if (test_and_set_bit(XTCP_KICKED, &xs->deferred))
		return;
	if (refcount_inc_not_zero(&xs->inet.sk.sk_refcnt))
		tasklet_schedule(&xs->kick);
}

/*
 * struct sock.sk_write_space, as others call it: sock_wfree(), anywhere and
 * without a lock, and SO_SNDBUF.
 */
static void packet_gone(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct socket *sock;
	u32 held;

	/* Pairs with the barrier in wait_for_queue(): one of us sees what the other did. */
	smp_mb();
	held = READ_ONCE(xs->held);
	if (held && !is_in_queue(sk, held))
		kick(xs);
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	if (sock && test_bit(SOCK_NOSPACE, &sock->flags))
		xtcp_sock_write_space(sk);
	rcu_read_unlock();
}

void xtcp_autocork_init(struct xtcp_sock *xs)
{
	xs->held = 0;
	tasklet_setup(&xs->kick, kicked);
	xs->inet.sk.sk_write_space = packet_gone;
	sock_set_flag(&xs->inet.sk, SOCK_USE_WRITE_QUEUE);
}
