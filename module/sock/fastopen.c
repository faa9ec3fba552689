// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast Open for servers (RFC 7413 4.1.2, 4.2.2): a SYN whose cookie proves the
 * client's address makes a socket at once, in SYN-RECEIVED, which accept() may
 * take and which sends and receives. Called by listen.c in softirq context, the
 * listener not locked, and by sockopt.c.
 */
#include <xtcp/fastopen.h>
#include "internal.h"

/*
 * A client that resets what it has opened may be somebody who forges addresses:
 * it counts this long at least, twice as long at most (RFC 7413 5.1).
 */
#define RESET_COUNTS_US (60 * XTCP_USEC_PER_SEC)

/* Resets that still count. With the lock of the queues. */
static u32 resets(struct xtcp_fast_queue *fast, u64 now_us)
{
	u32 period = div64_u64(now_us, RESET_COUNTS_US);

	if (period != fast->period) {
		fast->resets[1] = period == fast->period + 1 ? fast->resets[0] : 0;
		fast->resets[0] = 0;
		fast->period = period;
	}
	return fast->resets[0] + fast->resets[1];
}

/* A place among those whose handshake is not complete; false if there is none. */
static bool take_place(struct sock *listener)
{
	struct xtcp_accept *accept = &xtcp_sk(listener)->accept;
	u32 max = READ_ONCE(accept->fast.max);
	bool room;

	if (!max)
		return false;
	spin_lock(&accept->lock);
	room = accept->fast.pending + resets(&accept->fast, xtcp_now_us()) < max;
	accept->fast.pending += room;
	spin_unlock(&accept->lock);
	if (!room)
		xtcp_count(xtcp_sock_env(listener), XTCP_MIB_FASTOPEN_OVERFLOW);
	return room;
}

static void leave_place(struct sock *listener, bool reset)
{
	struct xtcp_accept *accept = &xtcp_sk(listener)->accept;

	spin_lock_bh(&accept->lock);
	accept->fast.pending--;
	if (reset) {
		resets(&accept->fast, xtcp_now_us());
		accept->fast.resets[0]++;
	}
	spin_unlock_bh(&accept->lock);
}

void xtcp_fastopen_settled(struct xtcp_sock *xs)
{
	struct sock *listener = xs->fast_listener;
	bool reset = xs->conn.state == XTCP_CLOSED && xs->conn.err == ECONNRESET;

	xs->fast_listener = NULL;
	leave_place(listener, reset);
	sock_put(listener);
}

/* What a SYN deserves. */
enum verdict {
	NOTHING,
	COOKIE, /* an ordinary handshake, and *give with it */
	OPEN, /* a connection at once; *give with its SYN,ACK, if any */
};

/* By its cookie. The keys are the listener's, if it has some of its own. */
static enum verdict judge_cookie(struct sock *listener, const struct xtcp_options *opt,
				 const struct xtcp_tuple *tuple,
				 struct xtcp_fastopen_cookie *give)
{
	const struct xtcp_env *env = xtcp_sock_env(listener);
	const struct xtcp_fastopen_keys *keys = rcu_dereference(xtcp_sk(listener)->fastopen_keys);
	int key;

	if (!keys)
		keys = rcu_dereference(xtcp_net(sock_net(listener))->fastopen_keys);
	key = xtcp_fastopen_cookie_key(keys, tuple, opt->fastopen, opt->fastopen_len);
	if (key)
		xtcp_fastopen_cookie_make(keys, tuple, give);
	give->exp = opt->fastopen_exp;
	if (key < 0 && opt->fastopen_len)
		xtcp_count(env, XTCP_MIB_FASTOPEN_PASSIVE_FAIL);
	if (key > 0)
		xtcp_count(env, XTCP_MIB_FASTOPEN_PASSIVE_ALT);
	return key < 0 ? COOKIE : OPEN;
}

static enum verdict judge(struct sock *listener, const struct xtcp_options *opt,
			  const struct xtcp_tuple *tuple, struct xtcp_fastopen_cookie *give)
{
	u32 knob = READ_ONCE(xtcp_sock_env(listener)->knob.fastopen);
	enum verdict verdict;

	if ((knob & XTCP_FASTOPEN_SERVER_BARE) || READ_ONCE(xtcp_sk(listener)->fastopen_no_cookie))
		return OPEN;
	if (!opt->has_fastopen)
		return NOTHING;
	rcu_read_lock();
	verdict = judge_cookie(listener, opt, tuple, give);
	rcu_read_unlock();
	return verdict;
}

/* As xtcp_sock_deliver(), of the segment that has made the connection. */
static void deliver_syn(struct xtcp_sock *xs, struct sk_buff *skb, const struct xtcp_seg *seg)
{
	struct xtcp_rx_cb *cb = xtcp_rx_cb(skb);
	struct xtcp_arrival a = {
		.seg = seg,
		.rxd = seg->len ? &cb->rxd : NULL,
		.now_us = xtcp_now_us(),
	};

	xtcp_rx_detach(skb);
	cb->text_offset = seg->header_len;
	xtcp_fastopen_begin(&xs->conn, &a);
	if (a.kept)
		xtcp_rx_own(xs, skb);
	else
		consume_skb(skb);
	xtcp_sock_drive(xs, a.now_us);
}

/* The child of a SYN, locked and in the table; NULL if memory is short. */
static struct sock *make_child(struct sock *listener, struct sk_buff *skb,
			       const struct xtcp_seg *seg, const struct xtcp_tuple *tuple, u32 isn)
{
	u32 hash = xtcp_tuple_isn_hash(sock_net(listener), tuple);
	u64 now_us = xtcp_now_us();
	struct xtcp_request req = {};
	struct dst_entry *dst;
	struct sock *child;

	xtcp_request_init(&req, listener, tuple);
	dst = xtcp_request_begin(&req, seg, skb->skb_iif, isn ?: xtcp_isn(hash, now_us));
	if (!IS_ERR(dst))
		dst_release(dst);
	req.half.sent_us = now_us;
	req.half.last_us = now_us;
	child = xtcp_sock_child(listener, &req, skb);
	if (!child)
		return NULL;
	xtcp_sk(child)->saved_syn = xtcp_syn_save(listener, skb, seg);
	if (xtcp_node_insert(&xtcp_sk(child)->node)) {
		__acquire(&child->sk_lock.slock); /* sk_clone_lock() did, unseen by sparse */
		xtcp_sock_discard(child);
		return NULL;
	}
	return child;
}

static bool open_at_once(struct sock *listener, struct sk_buff *skb, const struct xtcp_seg *seg,
			 const struct xtcp_tuple *tuple, u32 isn,
			 const struct xtcp_fastopen_cookie *give)
{
	const struct xtcp_env *env = xtcp_sock_env(listener);
	struct sock *child = make_child(listener, skb, seg, tuple, isn);

	if (!child) {
		xtcp_count(env, XTCP_MIB_FASTOPEN_PASSIVE_FAIL);
		return false;
	}
	__acquire(&child->sk_lock.slock); /* sk_clone_lock() did, unseen by sparse */
	xtcp_count(env, XTCP_MIB_FASTOPEN_PASSIVE);
	sock_hold(listener);
	xtcp_sk(child)->fast_listener = listener;
	xtcp_sk(child)->conn.fastopen.cookie = *give;
	deliver_syn(xtcp_sk(child), skb, seg);
	xtcp_request_hand_over(listener, child);
	bh_unlock_sock(child);
	sock_put(child);
	return true;
}

bool xtcp_fastopen_syn(struct sock *listener, struct sk_buff *skb, const struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple, u32 isn,
		       struct xtcp_fastopen_cookie *give)
{
	const struct xtcp_env *env = xtcp_sock_env(listener);

	give->len = 0;
	if (!seg->len && !seg->opt.has_fastopen)
		return false;
	if (seg->opt.has_fastopen && !seg->opt.fastopen_len)
		xtcp_count(env, XTCP_MIB_FASTOPEN_COOKIE_REQD);
	if (!(READ_ONCE(env->knob.fastopen) & XTCP_FASTOPEN_SERVER) || !take_place(listener))
		return false;
	if (judge(listener, &seg->opt, tuple, give) == OPEN &&
	    open_at_once(listener, skb, seg, tuple, isn, give))
		return true;
	leave_place(listener, false);
	return false;
}

/* As much as the accept queue may have. */
static void set_max(struct xtcp_sock *xs, u32 max)
{
	u32 limit = READ_ONCE(xtcp_sock_env(&xs->inet.sk)->knob.somaxconn);

	WRITE_ONCE(xs->accept.fast.max, min(max, limit));
}

void xtcp_fastopen_listen(struct xtcp_sock *xs, u32 backlog)
{
	const u32 all = XTCP_FASTOPEN_SERVER | XTCP_FASTOPEN_ALL_LISTENERS;
	u32 knob = READ_ONCE(xtcp_sock_env(&xs->inet.sk)->knob.fastopen);

	if ((knob & all) == all && !xs->accept.fast.max)
		set_max(xs, backlog);
}

static bool may_listen(const struct xtcp_sock *xs)
{
	return (1 << xs->inet.sk.sk_state) & (TCPF_CLOSE | TCPF_LISTEN);
}

int xtcp_set_fastopen(struct xtcp_sock *xs, int val)
{
	if (val < 0 || !may_listen(xs))
		return -EINVAL;
	set_max(xs, val);
	return 0;
}

int xtcp_get_fastopen(struct xtcp_sock *xs)
{
	return xs->accept.fast.max;
}

int xtcp_set_fastopen_no_cookie(struct xtcp_sock *xs, int val)
{
	if (val < 0 || val > 1 || !may_listen(xs))
		return -EINVAL;
	WRITE_ONCE(xs->fastopen_no_cookie, val);
	return 0;
}

int xtcp_get_fastopen_no_cookie(struct xtcp_sock *xs)
{
	return xs->fastopen_no_cookie;
}

int xtcp_set_fastopen_key(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	u8 bytes[XTCP_FASTOPEN_KEYS * XTCP_FASTOPEN_KEY];
	struct xtcp_fastopen_keys *keys;

	if (optlen != XTCP_FASTOPEN_KEY && optlen != sizeof(bytes))
		return -EINVAL;
	if (copy_from_sockptr(bytes, optval, optlen))
		return -EFAULT;
	keys = xtcp_fastopen_keys_new(bytes, optlen);
	memzero_explicit(bytes, sizeof(bytes));
	if (!keys)
		return -ENOMEM;
	xtcp_fastopen_keys_set(&xtcp_sk(sk)->fastopen_keys, keys);
	return 0;
}

u32 xtcp_get_fastopen_key(struct sock *sk, u8 *bytes)
{
	u32 len = xtcp_fastopen_keys_get(&xtcp_sk(sk)->fastopen_keys, bytes);

	return len ? len : xtcp_fastopen_keys_get(&xtcp_net(sock_net(sk))->fastopen_keys, bytes);
}
