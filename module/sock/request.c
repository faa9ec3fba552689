// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments to requests, and the moment when a request becomes a socket.
 * Called by ip/ingress.c and by the timed queue of the namespace, in softirq
 * context; the listener is not locked.
 */
#include <linux/filter.h>
#include <xtcp/tell.h>
#include "internal.h"

/* Copies of a SYN are answered no more often than this (mission S2.3e). */
#define SYN_COPY_GAP_US (500 * XTCP_USEC_PER_MSEC)

static const struct xtcp_ip_ops *ip_of(const struct xtcp_request *req)
{
	return xtcp_ip_ops_for(req->family);
}

static const struct xtcp_env *env_of(const struct xtcp_request *req)
{
	return &xtcp_net(req->node.net)->env;
}

static void tell(const struct xtcp_request *req, enum xtcp_request_fate what)
{
	trace_xtcp_request(req->node.net, &req->node.tuple, what, req->half.retransmits);
}

static void reply(struct xtcp_request *req, const struct xtcp_plan *plan)
{
	xtcp_egress_reply(ip_of(req), req->node.net, req->listener, &req->node.tuple, req->iif,
			  plan);
}

static void answer_copy(struct xtcp_request *req, u64 now_us)
{
	struct xtcp_plan plan;

	if (now_us - READ_ONCE(req->half.last_us) < SYN_COPY_GAP_US) {
		xtcp_count(env_of(req), XTCP_MIB_ACK_SKIPPED_SYN_RECV);
		return;
	}
	WRITE_ONCE(req->half.last_us, now_us);
	xtcp_half_syn_ack(&req->half, now_us, &plan);
	plan.again = true;
	reply(req, &plan);
}

void xtcp_request_hand_over(struct sock *listener, struct sock *child)
{
	/* A segment that the request took for good has not opened it after all. */
	bool failed = child->sk_state == TCP_SYN_RECV && !xtcp_is_early(&xtcp_sk(child)->conn);

	if (failed || !(xtcp_accept_add(listener, xtcp_sk(child)) ||
			xtcp_migrate_child(listener, xtcp_sk(child))))
		xtcp_sock_kill(child);
}

/* It stands in no table: only the ACK of its cookie tells of it. */
static bool of_cookie(const struct xtcp_request *req)
{
	return !req->half.sent_us;
}

/* The child takes the place of its request, or its own. */
static bool enter_child(struct xtcp_request *req, struct xtcp_node *child)
{
	if (of_cookie(req))
		return !xtcp_node_insert(child);
	return xtcp_request_promote(req, child);
}

/*
 * With the accept queue full the segment is dropped and the request stays: the
 * SYN,ACK goes again and asks for another (mission D13). Or the client learns
 * at once that nobody has time for it.
 */
static void overflow(struct xtcp_request *req, struct sk_buff *skb, const struct xtcp_seg *seg)
{
	const struct xtcp_env *env = env_of(req);
	struct xtcp_plan plan;

	xtcp_tell_in(req->node.net, &req->node.tuple, NULL, XTCP_SYN_RECEIVED, skb, seg);
	xtcp_count(env, XTCP_MIB_LISTEN_OVERFLOWS);
	xtcp_count(env, XTCP_MIB_LISTEN_DROPS);
	if (READ_ONCE(env->knob.abort_on_overflow) && xtcp_reset_reply(seg, &plan)) {
		if (!of_cookie(req) && xtcp_request_drop(req)) {
			xtcp_count(env, XTCP_MIB_EMBRYONIC_RSTS);
			xtcp_count(env, XTCP_MIB_ATTEMPT_FAILS);
		}
		reply(req, &plan);
	}
	xtcp_drop_skb(req->node.net, skb, XTCP_DROP_ACCEPT_FULL);
}

/* While it is among others that have closed, it has moved on, or will have soon. */
static struct sock *hold_listener(const struct xtcp_request *req)
{
	struct sock *listener;

	do
		listener = READ_ONCE(req->listener);
	while (!refcount_inc_not_zero(&listener->sk_refcnt));
	return listener;
}

/*
 * A child of the listener, which is held. If req has left it meanwhile, it may not have had its
 * port any more, and the child has none.
 */
static struct sock *make_child(struct xtcp_request *req, struct sk_buff *skb,
			       struct sock **listener)
{
	struct sock *child;

	for (;;) {
		*listener = hold_listener(req);
		child = xtcp_sock_child(*listener, req, skb);
		if (!child || READ_ONCE(req->listener) == *listener)
			return child;
		__acquire(&child->sk_lock.slock); /* sk_clone_lock() did, unseen by sparse */
		xtcp_sock_discard(child);
		sock_put(*listener);
	}
}

/* The handshake is complete. */
void xtcp_request_establish(struct xtcp_request *req, struct sk_buff *skb, struct xtcp_seg *seg)
{
	struct sock *listener, *child;

	if (xtcp_accept_full(xtcp_sk(READ_ONCE(req->listener)))) {
		overflow(req, skb, seg);
		return;
	}
	child = make_child(req, skb, &listener);
	if (!child) {
		xtcp_count(env_of(req), XTCP_MIB_LISTEN_DROPS);
		xtcp_drop_skb(req->node.net, skb, XTCP_DROP_NO_MEMORY);
		goto out;
	}
	__acquire(&child->sk_lock.slock); /* sk_clone_lock() did, unseen by sparse */
	/* Another CPU may have done the same, or the listener be closing. */
	if (!enter_child(req, &xtcp_sk(child)->node)) {
		xtcp_sock_discard(child);
		xtcp_drop_skb(req->node.net, skb, XTCP_DROP_NO_SOCKET);
		goto out;
	}
	tell(req, XTCP_REQUEST_DONE);
	xtcp_syn_hand_over(req, xtcp_sk(child));
	if (!READ_ONCE(env_of(req)->knob.syncookies))
		xtcp_peer_learn(req->node.net, &req->node.tuple);
	xtcp_rx_detach(skb);
	xtcp_sock_deliver(xtcp_sk(child), skb, seg, xtcp_now_us());
	xtcp_request_hand_over(listener, child);
	bh_unlock_sock(child);
	sock_put(child);
out:
	sock_put(listener);
}

/*
 * An ACK of something else than our SYN,ACK: perhaps of a cookie that the same
 * SYN got before there was room for a request.
 */
static bool took_cookie(struct xtcp_request *req, struct sk_buff *skb, struct xtcp_seg *seg)
{
	if (!xtcp_cookie_expected(req->listener, seg->arrived_us))
		return false;
	return !xtcp_listener_filter(req->listener, skb, seg) ||
	       xtcp_cookie_rcv(req->listener, skb, seg, &req->node.tuple, req);
}

bool xtcp_request_rcv(struct xtcp_request *req, struct sk_buff *skb, struct xtcp_seg *seg)
{
	enum xtcp_drop why = XTCP_DROP_SEQUENCE;
	struct net *net = req->node.net;
	struct xtcp_plan plan;
	enum xtcp_half_verdict verdict = xtcp_half_segment(&req->half, seg, &plan);
	bool replaced = false;

	/* One that completes the handshake is seen when it comes to the child. */
	if (verdict != XTCP_HALF_ESTABLISH)
		xtcp_tell_in(net, &req->node.tuple, NULL, XTCP_SYN_RECEIVED, skb, seg);
	switch (verdict) {
	case XTCP_HALF_DROP:
		break;
	case XTCP_HALF_SYN_ACK:
		answer_copy(req, seg->arrived_us);
		why = XTCP_DROP_SYN;
		break;
	case XTCP_HALF_REPLY:
		if ((plan.flags & XTCP_RST) && took_cookie(req, skb, seg)) {
			xtcp_request_put(req);
			return false;
		}
		reply(req, &plan);
		break;
	case XTCP_HALF_RESET:
		if (xtcp_request_drop(req)) {
			xtcp_count(env_of(req), XTCP_MIB_ATTEMPT_FAILS);
			reply(req, &plan);
		}
		why = XTCP_DROP_SYN;
		break;
	case XTCP_HALF_RST:
		if (xtcp_request_drop(req)) {
			xtcp_count(env_of(req), XTCP_MIB_EMBRYONIC_RSTS);
			xtcp_count(env_of(req), XTCP_MIB_ATTEMPT_FAILS);
			tell(req, XTCP_REQUEST_RESET);
		}
		why = XTCP_DROP_RESET;
		break;
	case XTCP_HALF_REPLACE:
		if (xtcp_request_drop(req))
			tell(req, XTCP_REQUEST_RESET);
		replaced = true;
		break;
	case XTCP_HALF_WAIT:
		xtcp_count(env_of(req), XTCP_MIB_DEFER_ACCEPT_DROP);
		why = XTCP_DROP_NONE;
		break;
	case XTCP_HALF_ESTABLISH:
		if (xtcp_listener_filter(req->listener, skb, seg))
			xtcp_request_establish(req, skb, seg);
		xtcp_request_put(req);
		return false;
	}
	xtcp_request_put(req);
	if (!replaced)
		xtcp_drop_skb(net, skb, why);
	return replaced;
}

static void resend(struct xtcp_request *req, u64 due_us)
{
	const struct xtcp_env *env = env_of(req);
	bool send = xtcp_half_timeout(&req->half);
	struct xtcp_plan plan;

	if (!req->old)
		xtcp_request_age(req);
	/* The time when it was due, lest delays add up. */
	WRITE_ONCE(req->half.last_us, due_us);
	xtcp_half_syn_ack(&req->half, xtcp_now_us(), &plan);
	xtcp_request_rearm(req, xtcp_half_deadline(&req->half, &env->knob));
	if (!send)
		return;
	xtcp_count(env, XTCP_MIB_TIMEOUTS);
	xtcp_count(env, XTCP_MIB_SYN_RETRANS);
	tell(req, XTCP_REQUEST_AGAIN);
	reply(req, &plan);
}

static u32 retries_of(const struct xtcp_request *req)
{
	const struct xtcp_sock *listener = xtcp_sk(req->listener);
	u32 limit = READ_ONCE(listener->conn.user.syn_limit);

	if (!limit)
		limit = READ_ONCE(env_of(req)->knob.synack_retries);
	return xtcp_half_patience(limit, READ_ONCE(listener->accept.nr_requests),
				  READ_ONCE(listener->accept.nr_young),
				  xtcp_request_room(listener));
}

static void expire(struct xtcp_request *req)
{
	if (!xtcp_request_drop(req))
		return;
	xtcp_count(env_of(req), XTCP_MIB_ATTEMPT_FAILS);
	tell(req, XTCP_REQUEST_EXPIRED);
}

void xtcp_request_expired(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry)
{
	struct xtcp_request *req = container_of(entry, struct xtcp_request, timer);
	/* Off the queue, it may be dropped meanwhile; its memory lasts (RCU). */
	if (!refcount_inc_not_zero(&req->node.refs))
		return;
	if (!xtcp_half_expired(&req->half, retries_of(req)))
		resend(req, entry->deadline_us);
	else
		expire(req);
	xtcp_request_put(req);
}
