// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYN cookies: a SYN answered without a request, and the ACK that brings the
 * cookie back, for which a request exists on the stack, so that what becomes of
 * it is as for any other. Called by listen.c and request.c,
 * in softirq context; the listener is not locked.
 */
#include <xtcp/syncookie.h>
#include "internal.h"

/* How often the time of the last cookie is written: many CPUs may be at it. */
#define NOTE_US		XTCP_USEC_PER_SEC

static void note_time(u64 *last_us, u64 now_us)
{
	u64 was_us = READ_ONCE(*last_us);

	if (!was_us || now_us - was_us >= NOTE_US)
		WRITE_ONCE(*last_us, now_us);
}

/*
 * One that shares its port may get the ACK of a cookie that another has sent,
 * if listeners came or went in between.
 */
static void note_sent(struct sock *listener, u64 now_us)
{
	note_time(&xtcp_sk(listener)->accept.cookie_us, now_us);
	if (listener->sk_reuseport)
		note_time(&xtcp_net(sock_net(listener))->group_cookie_us, now_us);
}

static bool is_recent(u64 last_us, u64 now_us)
{
	/* Another CPU may have noted a time that is later than now_us. */
	return last_us &&
	       now_us < last_us + XTCP_COOKIE_PERIODS * XTCP_COOKIE_PERIOD_US + NOTE_US;
}

bool xtcp_cookie_expected(const struct sock *listener, u64 now_us)
{
	if (is_recent(READ_ONCE(xtcp_sk(listener)->accept.cookie_us), now_us))
		return true;
	return listener->sk_reuseport &&
	       is_recent(READ_ONCE(xtcp_net(sock_net(listener))->group_cookie_us), now_us);
}

static struct xtcp_cookie_input input_of(const struct xtcp_tuple *tuple, u64 addresses,
					 const struct xtcp_half *half, u32 period)
{
	return (struct xtcp_cookie_input){
		.addresses = addresses,
		.lport = tuple->lport,
		.rport = tuple->rport,
		.irs = half->irs,
		.terms = xtcp_cookie_terms(half),
		.period = period,
	};
}

void xtcp_cookie_answer(struct sock *listener, struct sk_buff *skb, const struct xtcp_seg *syn,
			const struct xtcp_tuple *tuple)
{
	const struct xtcp_ip_ops *ip = xtcp_ip_ops_of(tuple);
	struct xtcp_net *xn = xtcp_net_rcu(sock_net(listener));
	u64 addresses = xtcp_tuple_address_hash(sock_net(listener), tuple);
	u64 now_us = syn->arrived_us;
	struct xtcp_syn_ack header XTCP_NOT_CLEARED;
	struct xtcp_half half XTCP_NOT_CLEARED;
	struct xtcp_cookie_input in;
	struct dst_entry *dst;
	u32 index;

	dst = xtcp_half_begin(&half, ip, listener, syn, tuple,
			      xtcp_answer_dev(listener, tuple, skb->skb_iif), 0);
	if (IS_ERR(dst)) {
		xtcp_drop_skb(sock_net(listener), skb, XTCP_DROP_NO_ROUTE);
		return;
	}
	index = xtcp_cookie_trim(&half, ip->mss_default);
	half.ts_offset = xtcp_tuple_ts_offset(&xn->env, addresses);
	in = input_of(tuple, addresses, &half, xtcp_cookie_period(now_us));
	half.iss = xtcp_cookie_hash(xn, &in) + index;
	xtcp_cookie_header(&half, in.terms, now_us, tuple->lport, tuple->rport, &header);
	note_sent(listener, now_us);
	xtcp_count(&xn->env, XTCP_MIB_COOKIES_SENT);
	xtcp_egress_answer(ip, listener, tuple, dst, &header, skb);
}

static bool open_cookie(struct xtcp_request *req, u64 now_us)
{
	u64 addresses = xtcp_tuple_address_hash(req->node.net, &req->node.tuple);
	u32 period = xtcp_cookie_period(now_us), hash;
	struct xtcp_cookie_input in;
	int i;

	for (i = 0; i < XTCP_COOKIE_PERIODS; i++) {
		in = input_of(&req->node.tuple, addresses, &req->half, period - i);
		if (xtcp_cookie_hash_again(xtcp_net(req->node.net), &in, &hash) &&
		    xtcp_cookie_open(&req->half, hash))
			return true;
	}
	return false;
}

bool xtcp_cookie_rcv(struct sock *listener, struct sk_buff *skb, struct xtcp_seg *seg,
		     const struct xtcp_tuple *tuple, struct xtcp_request *old)
{
	u64 now_us = xtcp_now_us();
	struct xtcp_request req = {};
	struct dst_entry *dst;
	struct xtcp_seg syn;

	if ((seg->flags & (XTCP_SYN | XTCP_RST | XTCP_ACK)) != XTCP_ACK ||
	    !xtcp_cookie_expected(listener, now_us))
		return false;
	xtcp_cookie_syn(seg, &syn);
	xtcp_request_init(&req, listener, tuple);
	dst = xtcp_request_begin(&req, &syn, skb->skb_iif, seg->ack - 1);
	if (!IS_ERR(dst))
		dst_release(dst);
	xtcp_cookie_trim(&req.half, xtcp_ip_ops_of(tuple)->mss_default);
	if (!open_cookie(&req, now_us)) {
		xtcp_count(xtcp_sock_env(listener), XTCP_MIB_COOKIES_FAILED);
		return false;
	}
	xtcp_count(xtcp_sock_env(listener), XTCP_MIB_COOKIES_RECV);
	/* The client has taken the cookie: what its SYN made later is not needed. */
	if (old && !xtcp_accept_full(xtcp_sk(listener)))
		xtcp_request_drop(old);
	xtcp_request_establish(&req, skb, seg);
	return true;
}
