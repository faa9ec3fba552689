// SPDX-License-Identifier: GPL-2.0-only
/*
 * sendmsg(): copies the user's bytes into pages of packets of up to 64 KB,
 * queues them and lets core send. Waits for the connection and for room.
 */
#include <linux/sched/signal.h>
#include <net/tcp.h>
#include "internal.h"

/**
 * struct sending - one call on its way
 * @sk: the socket
 * @msg: what the user sends
 * @ubuf: who is told when packets have let go of the user's pages; NULL: his bytes are copied
 * @timeo: how long it may still wait, in jiffies
 * @copied: bytes that were queued
 * @undriven: bytes that were queued since core was last asked to send
 * @stamps: SOF_TIMESTAMPING_...: which times of the last byte the user wants to know
 * @splice: the text is that of pages which packets may refer to
 */
struct sending {
	struct sock *sk;
	struct msghdr *msg;
	struct ubuf_info *ubuf;
	long timeo;
	size_t copied;
	size_t undriven;
	u32 stamps;
	bool splice;
};

static void push(struct sending *s)
{
	s->undriven = 0;
	xtcp_sock_drive(xtcp_sk(s->sk), xtcp_now_us());
}

/*
 * Bytes that may be queued now, of copy. However short memory is, a socket has
 * the least of wmem: what it sends from there makes room for more.
 */
static int scheduled(struct sock *sk, int copy)
{
	if (sk_wmem_schedule(sk, copy))
		return copy;
	return min(copy, sk_get_wmem0(sk, &xtcp_prot) - sk->sk_wmem_queued);
}

/*
 * Appends to skb from the user's bytes, at most room, at most as many as the
 * page at hand takes. Returns how many, -ENOMEM, -EFAULT, or -ENOSPC if the
 * packet can take no further page.
 */
static int copy_to_skb(struct sending *s, struct sk_buff *skb, u32 room)
{
	struct page_frag *pfrag = sk_page_frag(s->sk);
	int i = skb_shinfo(skb)->nr_frags;
	bool merge;
	int copy;
	int err;

	if (!sk_page_frag_refill(s->sk, pfrag))
		return -ENOMEM;
	merge = skb_can_coalesce(skb, i, pfrag->page, pfrag->offset);
	if (!merge && i == MAX_SKB_FRAGS)
		return -ENOSPC;
	copy = min_t(size_t, msg_data_left(s->msg), min(room, pfrag->size - pfrag->offset));
	copy = scheduled(s->sk, copy);
	if (copy <= 0)
		return -ENOMEM;
	err = skb_copy_to_page_nocache(s->sk, &s->msg->msg_iter, skb, pfrag->page,
				       pfrag->offset, copy);
	if (err)
		return err;
	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], copy);
	} else {
		skb_fill_page_desc(skb, i, pfrag->page, pfrag->offset, copy);
		page_ref_inc(pfrag->page);
	}
	pfrag->offset += copy;
	return copy;
}

/* The same with references to the pages in which the text is. */
static int refer_in_skb(struct sending *s, struct sk_buff *skb, u32 room)
{
	int most = scheduled(s->sk, min_t(size_t, msg_data_left(s->msg), room));

	if (most <= 0)
		return -ENOMEM;
	if (s->ubuf)
		return xtcp_zerocopy_to_skb(s->sk, skb, s->msg, most, s->ubuf);
	return xtcp_splice_to_skb(s->sk, skb, &s->msg->msg_iter, most);
}

static int add_to_skb(struct sending *s, struct sk_buff *skb, u32 room)
{
	if (unlikely(s->ubuf || s->splice))
		return refer_in_skb(s, skb, room);
	return copy_to_skb(s, skb, room);
}

/* Not behind the end of a record, and not to text of which somebody else is told. */
static bool may_join(const struct sending *s, struct sk_buff *skb)
{
	return !xtcp_tx_cb(skb)->eor && skb_zcopy(skb) == s->ubuf;
}

/* To the last packet, if it was never sent. -ENOSPC if it is full, or none. */
static int extend_tail(struct sending *s)
{
	struct xtcp_conn *c = &xtcp_sk(s->sk)->conn;
	struct xtcp_tx *tx = xtcp_txq_tail(c);
	u32 room = tx ? xtcp_txq_room(c, tx->len) : 0;
	int n;

	if (!room || !may_join(s, tx->payload))
		return -ENOSPC;
	n = add_to_skb(s, tx->payload, room);
	if (n > 0)
		xtcp_txq_grow(c, tx, n);
	return n;
}

static int start_packet(struct sending *s)
{
	struct xtcp_conn *c = &xtcp_sk(s->sk)->conn;
	struct xtcp_tx *tx;
	int n;

	tx = xtcp_tx_alloc(s->sk, s->sk->sk_allocation);
	if (!tx)
		return -ENOMEM;
	n = add_to_skb(s, tx->payload, xtcp_txq_room(c, 0));
	if (n <= 0) {
		xtcp_tx_free(s->sk, tx);
		return n;
	}
	tx->len = n;
	xtcp_txq_append(c, tx);
	return n;
}

/* What is queued must be on its way before waiting for its acknowledgment. */
static int wait_for_room(struct sending *s)
{
	set_bit(SOCK_NOSPACE, &s->sk->sk_socket->flags);
	if (s->undriven)
		push(s);
	/* Acknowledgments may be waiting for us to let go of the lock. */
	if (sk_flush_backlog(s->sk) && sk_stream_memory_free(s->sk))
		return 0;
	return sk_stream_wait_memory(s->sk, &s->timeo);
}

static int queue_some(struct sending *s)
{
	int n = extend_tail(s);

	if (n == -ENOSPC) {
		/* The last packet is full: it can go. */
		if (s->undriven)
			push(s);
		if (!sk_stream_memory_free(s->sk))
			return -ENOMEM;
		n = start_packet(s);
	}
	if (n > 0) {
		s->copied += n;
		s->undriven += n;
	}
	return n;
}

static int queue_all(struct sending *s)
{
	int n;

	while (msg_data_left(s->msg)) {
		if (s->sk->sk_err || (s->sk->sk_shutdown & SEND_SHUTDOWN))
			return -EPIPE;
		n = queue_some(s);
		if (n == -ENOMEM)
			n = wait_for_room(s);
		if (n < 0)
			return n;
	}
	return 0;
}

/*
 * TCP_CORK and MSG_MORE: less than a segment may wait for more, though not
 * for ever: an idle connection sends it after sws_override_ms, any other with
 * the next acknowledgment.
 */
static bool hold_back(struct sending *s)
{
	struct xtcp_sock *xs = xtcp_sk(s->sk);
	struct xtcp_conn *c = &xs->conn;

	if (!xs->corked && !(s->msg->msg_flags & MSG_MORE))
		return false;
	if (!c->txq.next || c->txq.end - c->snd.nxt >= c->snd.mss)
		return false;
	if (c->snd.una == c->snd.nxt && !xtcp_timer_armed(c, XTCP_TIMER_PERSIST))
		xtcp_persist_start(c, xtcp_now_us());
	xtcp_sock_arm_timer(xs);
	return true;
}

/* Urgent text takes along whatever waits before it, corked or not. */
static void push_urgent(struct sending *s)
{
	xtcp_urgent_send(&xtcp_sk(s->sk)->conn);
	push(s);
}

/* The first of it, as much as a SYN takes along. */
static void queue_with_syn(struct sending *s)
{
	size_t all = msg_data_left(s->msg);
	int n = 1;

	iov_iter_truncate(&s->msg->msg_iter, xtcp_fastopen_room(&xtcp_sk(s->sk)->conn));
	/* What memory is too short for goes after the handshake. */
	while (n > 0 && msg_data_left(s->msg))
		n = queue_some(s);
	iov_iter_reexpand(&s->msg->msg_iter, all - s->copied);
}

/* Connects with the text, or without where it may not go yet; 0: connected. */
static int send_with_syn(struct sending *s)
{
	struct xtcp_conn *c = &xtcp_sk(s->sk)->conn;
	bool wait = !(s->msg->msg_flags & MSG_DONTWAIT);
	bool connecting = s->sk->sk_socket->state == SS_CONNECTING && !c->fastopen.deferred;
	int err = xtcp_fastopen_start(s->sk, s->msg);

	if (err)
		return err;
	if (c->fastopen.deferred) {
		queue_with_syn(s);
		xtcp_fastopen_text_is_here(c, xtcp_now_us());
		push(s);
	}
	return xtcp_connect_finish(s->sk->sk_socket, wait ? 0 : O_NONBLOCK,
				   connecting ? -EALREADY : -EINPROGRESS);
}

/* MSG_ZEROCOPY of a user who has not said SO_ZEROCOPY copies, as in Linux. */
static int begin_zerocopy(struct sending *s)
{
	struct xtcp_tx *tx = xtcp_txq_tail(&xtcp_sk(s->sk)->conn);

	s->ubuf = s->msg->msg_ubuf;
	if (s->ubuf || !sock_flag(s->sk, SOCK_ZEROCOPY) || !msg_data_left(s->msg))
		return 0;
	s->ubuf = msg_zerocopy_realloc(s->sk, msg_data_left(s->msg),
				       tx ? skb_zcopy(tx->payload) : NULL);
	return s->ubuf ? 0 : -ENOBUFS;
}

/* Our reference to what we have made; of what is not sent nobody is told. */
static void end_zerocopy(const struct sending *s)
{
	if (s->msg->msg_ubuf)
		return;
	if (s->copied)
		net_zcopy_put(s->ubuf);
	else
		net_zcopy_put_abort(s->ubuf, true);
}

/*
 * What the control messages ask for; of a mark or a time to send at a stream takes no
 * notice, as in Linux.
 */
static int read_control(struct sending *s)
{
	struct sockcm_cookie wants;

	if (s->msg->msg_controllen) {
		sockcm_init(&wants, s->sk);
		if (sock_cmsg_send(s->sk, s->msg, &wants))
			return -EINVAL;
		s->stamps = wants.tsflags;
	}
	xtcp_stamp_begin(s->sk);
	return 0;
}

/* What is to be known of the last byte, before it goes. */
static void mark_end(const struct sending *s)
{
	struct xtcp_tx *tx = xtcp_txq_tail(&xtcp_sk(s->sk)->conn);

	if (!tx)
		return;
	if (s->stamps)
		xtcp_stamp_mark(tx, s->stamps);
	if ((s->msg->msg_flags & MSG_EOR) && !msg_data_left(s->msg))
		xtcp_tx_cb(tx->payload)->eor = true;
}

static int send_prepared(struct sending *s)
{
	struct msghdr *msg = s->msg;
	struct sock *sk = s->sk;
	int err = 0;

	if ((msg->msg_flags & MSG_FASTOPEN) || xtcp_sk(sk)->conn.fastopen.deferred) {
		err = send_with_syn(s);
		if (err == -EINPROGRESS && s->copied)
			return s->copied;
		if (err)
			return sk_stream_error(sk, msg->msg_flags, err);
	}
	if (((1 << sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) &&
	    !xtcp_is_early(&xtcp_sk(sk)->conn))
		err = sk_stream_wait_connect(sk, &s->timeo);
	/* Before the connection is there, nobody knows from where to count bytes. */
	if (!err && unlikely(s->stamps || msg->msg_controllen))
		err = read_control(s);
	/* A new wait tells writers to be woken anew. */
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	if (!err && (sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN)))
		err = -EPIPE;
	if (!err)
		err = queue_all(s);
	if (s->copied && unlikely(s->stamps || (msg->msg_flags & MSG_EOR)))
		mark_end(s);
	if (s->copied && (msg->msg_flags & MSG_OOB))
		push_urgent(s);
	else if (s->undriven && !hold_back(s) && !xtcp_autocork(xtcp_sk(sk)))
		push(s);
	if (s->copied)
		return s->copied;
	if (!err)
		return 0;
	err = sk_stream_error(sk, msg->msg_flags, err);
	/* An edge-triggered poller must learn of the room that is there. */
	if (err == -EAGAIN && list_empty(&xtcp_sk(sk)->conn.txq.queue))
		xtcp_sock_write_space(sk);
	return err;
}

static int send_locked(struct sock *sk, struct msghdr *msg, bool splice)
{
	struct sending s = {
		.sk = sk,
		.msg = msg,
		.timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
		.stamps = READ_ONCE(sk->sk_tsflags),
		.splice = splice,
	};
	int ret;

	if (likely(!(msg->msg_flags & MSG_ZEROCOPY)))
		return send_prepared(&s);
	if (begin_zerocopy(&s))
		return sk_stream_error(sk, msg->msg_flags, -ENOBUFS);
	ret = send_prepared(&s);
	if (s.ubuf)
		end_zerocopy(&s);
	return ret;
}

/* struct proto_ops.sendmsg */
int xtcp_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	int ret;

	lock_sock(sock->sk);
	ret = send_locked(sock->sk, msg, xtcp_msg_splices(msg));
	release_sock(sock->sk);
	return ret;
}

int xtcp_send_page(struct sock *sk, struct msghdr *msg)
{
	int ret;

	lock_sock(sk);
	ret = send_locked(sk, msg, true);
	release_sock(sk);
	return ret;
}

/*
 * struct proto_ops.splice_eof: whoever was to go on after MSG_MORE has come to the end
 * of his file, or has failed.
 */
void xtcp_splice_eof(struct socket *sock)
{
	struct xtcp_sock *xs = xtcp_sk(sock->sk);

	lock_sock(sock->sk);
	if (xs->conn.txq.next && !xs->corked && xtcp_is_synchronized(xs->conn.state))
		xtcp_sock_drive(xs, xtcp_now_us());
	release_sock(sock->sk);
}
