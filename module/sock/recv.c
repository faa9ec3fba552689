// SPDX-License-Identifier: GPL-2.0-only
/*
 * recvmsg() and splice(): text in order goes to the user or into his pipe; this frees what
 * was read, and tells core so that it can open the window. Text that came before a reset is
 * delivered before the error.
 */
#include <linux/sched/signal.h>
#include <net/busy_poll.h>
#include <net/tcp.h>
#include "internal.h"

/**
 * struct receiving - one call on its way
 * @sk: the socket
 * @msg: where the user wants it
 * @pipe: or where he wants the pages of it, without msg
 * @stamped: the last packet of which there was text, with a reference, if its time is wanted
 * @flags: of the call, MSG_*
 * @seq: next number to copy; with MSG_PEEK it runs ahead of rcv.copied
 * @left: bytes that the user still has room for
 * @target: with this many it returns
 * @copied: bytes so far
 * @timeo: how long it may still wait, in jiffies
 * @stamps: the user wants times
 */
struct receiving {
	struct sock *sk;
	struct msghdr *msg;
	struct pipe_inode_info *pipe;
	struct sk_buff *stamped;
	int flags;
	u32 seq;
	size_t left;
	int target;
	int copied;
	long timeo;
	bool stamps;
};

static void hold_stamped(struct receiving *r, struct sk_buff *skb)
{
	if (!skb->tstamp && !skb_hwtstamps(skb)->hwtstamp)
		return;
	consume_skb(r->stamped);
	r->stamped = skb_get(skb);
}

/* Of n bytes of rxd from r->seq on, how many went, or -errno: a pipe may be full before. */
static int copy_from(struct receiving *r, struct xtcp_rxd *rxd, u32 n)
{
	struct sk_buff *skb = xtcp_rxd_skb(rxd);
	u32 offset = xtcp_rx_cb(skb)->text_offset + (r->seq - rxd->seq);

	if (unlikely(r->stamps))
		hold_stamped(r, skb);
	if (unlikely(r->pipe))
		return skb_splice_bits(skb, r->sk, offset, r->pipe, n, 0);
	/* MSG_TRUNC throws the bytes away and counts them. */
	if (r->flags & MSG_TRUNC)
		return n;
	return skb_copy_datagram_msg(skb, offset, r->msg, n) ? -EFAULT : n;
}

static void advance(struct receiving *r, u32 n)
{
	struct xtcp_conn *c = &xtcp_sk(r->sk)->conn;

	r->seq += n;
	if (r->flags & MSG_PEEK)
		return;
	WRITE_ONCE(c->rcv.copied, r->seq);
	xtcp_urgent_read(c);
}

/* Stops before the urgent octet, and next time goes on behind it or with it. */
static bool is_at_mark(const struct receiving *r)
{
	return r->copied && xtcp_urgent_at(&xtcp_sk(r->sk)->conn, r->seq);
}

static void skip_urgent_octet(struct receiving *r)
{
	if (!r->copied && !sock_flag(r->sk, SOCK_URGINLINE) &&
	    xtcp_urgent_at(&xtcp_sk(r->sk)->conn, r->seq))
		advance(r, 1);
}

/* All there is in order, as far as it fits. 0 or -errno, with which it ends. */
static int copy_ready(struct receiving *r)
{
	struct xtcp_conn *c = &xtcp_sk(r->sk)->conn;
	bool peek = r->flags & MSG_PEEK;
	struct xtcp_rxd *rxd, *next;
	int copied;
	u32 n;

	list_for_each_entry_safe(rxd, next, &c->rxq.ready, list) {
		if (xtcp_seq_gt(rxd->end, r->seq))
			skip_urgent_octet(r);
		if (xtcp_seq_gt(rxd->end, r->seq)) {
			n = min_t(size_t, rxd->end - r->seq, r->left);
			n = xtcp_urgent_limit(c, r->seq, n);
			if (!n || is_at_mark(r))
				return 0;
			copied = copy_from(r, rxd, n);
			if (copied <= 0)
				return copied ? copied : -EAGAIN;
			r->left -= copied;
			r->copied += copied;
			advance(r, copied);
		}
		if (peek || xtcp_seq_gt(rxd->end, r->seq))
			continue;
		list_del(&rxd->list);
		consume_skb(xtcp_rxd_skb(rxd));
	}
	return 0;
}

/* Room was made: perhaps the peer should know at once. */
static void consumed(struct xtcp_sock *xs)
{
	const struct xtcp_rcv *rcv = &xs->conn.rcv;

	xtcp_sock_room(xs);
	/* Only who reads a whole buffer makes it grow. */
	if (rcv->copied - rcv->drained >= xs->conn.limits.rcv_buf)
		xtcp_sock_rcv_max(xs);
	xtcp_data_consumed(&xs->conn);
	if (xs->conn.owes || xs->conn.rcv.want_buf > xs->conn.limits.rcv_buf)
		xtcp_sock_drive(xs, xtcp_now_us());
}

/*
 * Nothing more to copy now. 1: wait for more; 0: return what there is, which
 * may be the end of the stream; -errno.
 */
static int wait_or_return(struct receiving *r)
{
	struct sock *sk = r->sk;

	if (r->copied) {
		if (r->copied >= r->target || is_at_mark(r) || sk->sk_err ||
		    sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN) ||
		    !r->timeo || signal_pending(current))
			return 0;
		return 1;
	}
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!r->timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(r->timeo);
	return 1;
}

/* What a reader waits for who has seen up to number seen, in state. */
static bool reader_has_news(const struct sock *sk, u32 seen, int state)
{
	return READ_ONCE(xtcp_sk(sk)->conn.rcv.nxt) != seen || READ_ONCE(sk->sk_err) ||
	       (READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN) || READ_ONCE(sk->sk_state) != state;
}

/* Until there is text beyond what this call has seen, or never will be. */
static int wait_for_text(struct receiving *r)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = r->sk;
	u32 seen = xtcp_sk(sk)->conn.rcv.nxt;
	int state = sk->sk_state;
	int ret;

	add_wait_queue(sk_sleep(sk), &wait);
	sk_set_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	ret = sk_wait_event(sk, &r->timeo, reader_has_news(sk, seen, state), &wait);
	sk_clear_bit(SOCKWQ_ASYNC_WAITDATA, sk);
	remove_wait_queue(sk_sleep(sk), &wait);
	return ret < 0 ? ret : 0;
}

/* SO_PEEK_OFF: how far ahead of rcv.copied a call begins. */
static u32 peek_ahead(const struct receiving *r)
{
	return max(sk_peek_offset(r->sk, r->flags), 0);
}

static int receive(struct receiving *r)
{
	struct xtcp_sock *xs = xtcp_sk(r->sk);
	u32 ahead = peek_ahead(r);
	int ret;

	r->seq = xs->conn.rcv.copied + ahead;
	for (;;) {
		u32 before = xs->conn.rcv.copied;

		ret = copy_ready(r);
		if (xs->conn.rcv.copied != before)
			consumed(xs);
		if (ret || !r->left)
			return ret;
		ret = wait_or_return(r);
		if (ret <= 0)
			return ret;
		/* Another thread may read meanwhile: a peek starts from there. */
		ret = wait_for_text(r);
		if (ret)
			return ret;
		if (!(r->flags & MSG_PEEK) || xtcp_seq_lt(r->seq, xs->conn.rcv.copied))
			r->seq = xs->conn.rcv.copied + ahead;
	}
}

static void move_peek_off(const struct receiving *r)
{
	if (r->flags & MSG_PEEK)
		sk_peek_offset_fwd(r->sk, r->copied);
	else
		sk_peek_offset_bwd(r->sk, r->copied);
}

static bool wants_stamps(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || READ_ONCE(sk->sk_tsflags);
}

static void tell_stamp(struct receiving *r)
{
	__sock_recv_timestamp(r->msg, r->sk, r->stamped);
	consume_skb(r->stamped);
}

static int recv_locked(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct receiving r = {
		.sk = sk,
		.msg = msg,
		.flags = flags,
		.left = min_t(size_t, len, INT_MAX),
		.timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT),
		.stamps = wants_stamps(sk),
	};
	int ret;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	if (flags & MSG_OOB)
		return xtcp_recv_urgent(sk, msg, len, flags);
	if (!len)
		return 0;
	r.target = sock_rcvlowat(sk, flags & MSG_WAITALL, r.left);
	ret = receive(&r);
	if (unlikely(READ_ONCE(sk->sk_peek_off) >= 0))
		move_peek_off(&r);
	if (unlikely(r.stamped))
		tell_stamp(&r);
	return r.copied ? r.copied : ret;
}

/* What is there yet; of a stream that has ended a last byte, lest nobody ask for its end. */
static int inq(const struct sock *sk)
{
	int n = xtcp_urgent_inq(sk);

	return !n && sock_flag(sk, SOCK_DONE) ? 1 : n;
}

/* TCP_INQ, and io_uring on its own account. */
static void tell_inq(const struct sock *sk, struct msghdr *msg, int n)
{
	if (READ_ONCE(xtcp_sk(sk)->tells_inq))
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(n), &n);
	if (msg->msg_get_inq)
		msg->msg_inq = n;
}

/* Something to read, or the end of what SO_BUSY_POLL lets it take. */
static bool busy_is_over(void *arg, unsigned long since)
{
	struct sock *sk = arg;

	return !list_empty(&xtcp_sk(sk)->conn.rxq.ready) || sk_busy_loop_timeout(sk, since);
}

/* Looks after the device itself instead of waiting for its interrupt (SO_BUSY_POLL). */
static void poll_device(struct sock *sk, bool once)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	unsigned int device = READ_ONCE(sk->sk_napi_id);

	if (READ_ONCE(sk->sk_state) != TCP_ESTABLISHED || device < MIN_NAPI_ID ||
	    busy_is_over(sk, busy_loop_current_time()))
		return;
	napi_busy_loop(device, once ? NULL : busy_is_over, sk,
		       READ_ONCE(sk->sk_prefer_busy_poll),
		       READ_ONCE(sk->sk_busy_poll_budget) ?: BUSY_POLL_BUDGET);
#endif
}

/* struct proto_ops.recvmsg */
int xtcp_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = sock->sk;
	int left = 0;
	bool tells;
	int ret;

	if (unlikely(flags & MSG_ERRQUEUE))
		return xtcp_recv_error(sk, msg, len);
	if (unlikely(sk_can_busy_loop(sk)))
		poll_device(sk, flags & MSG_DONTWAIT);
	lock_sock(sk);
	ret = recv_locked(sk, msg, len, flags);
	tells = ret >= 0 && (xtcp_sk(sk)->tells_inq || msg->msg_get_inq);
	if (unlikely(tells))
		left = inq(sk);
	release_sock(sk);
	if (unlikely(tells))
		tell_inq(sk, msg, left);
	return ret;
}

/*
 * struct proto_ops.splice_read. Waits for the first bytes alone: who asked for more than
 * there is, or than fits into the pipe, comes back. As in Linux, SPLICE_F_NONBLOCK is about
 * the pipe.
 */
ssize_t xtcp_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			 size_t len, unsigned int flags)
{
	struct sock *sk = sock->sk;
	struct receiving r = {
		.sk = sk,
		.pipe = pipe,
		.left = min_t(size_t, len, INT_MAX),
		.target = 1,
	};
	int ret;

	if (*ppos)
		return -ESPIPE;
	if (!len)
		return 0;
	lock_sock(sk);
	r.timeo = sock_rcvtimeo(sk, sock->file && (sock->file->f_flags & O_NONBLOCK));
	ret = sk->sk_state == TCP_LISTEN ? -ENOTCONN : receive(&r);
	if (unlikely(READ_ONCE(sk->sk_peek_off) >= 0))
		move_peek_off(&r);
	release_sock(sk);
	return r.copied ? r.copied : ret;
}
