// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a segment from the IP layer to its owner: find the owner, verify,
 * parse, hand over (attach.c calls xtcp_ingress()). Until an owner is found
 * the packet is not changed, so that the kernel's TCP can have it.
 */
#include <xtcp/tell.h>
#include "rx.h"

/**
 * struct arrival - a packet on its way to its owner
 * @v4: IPv4, else IPv6
 * @net: namespace
 * @env: its counters and tunables
 * @tuple: addresses and ports, seen from us
 * @dif: interface, or the VRF that it belongs to
 * @sdif: the interface within the VRF; 0 if there is none
 * @seg: the segment, once verified
 */
struct arrival {
	bool v4;
	struct net *net;
	const struct xtcp_env *env;
	struct xtcp_tuple tuple;
	int dif;
	int sdif;
	struct xtcp_seg seg;
};

static const enum skb_drop_reason reason_of[XTCP_NR_DROPS] = {
	[XTCP_DROP_NONE] = SKB_DROP_REASON_NOT_SPECIFIED,
#define XTCP_DROP(name, skb_reason, counter, meaning) \
	[XTCP_DROP_##name] = SKB_DROP_REASON_##skb_reason,
#include <xtcp/defs/drop_defs.h>
#undef XTCP_DROP
};

static __always_inline void ends_of(bool v4, const struct sk_buff *skb, struct xtcp_tuple *tuple)
{
	rx_tuple(v4, skb, tuple);
	tuple->rport = ntohs(((const struct tcphdr *)skb->data)->source);
	tuple->lport = ntohs(((const struct tcphdr *)skb->data)->dest);
}

static noinline void tell_drop(struct net *net, struct sk_buff *skb, enum xtcp_drop why)
{
	struct xtcp_tuple tuple;

	ends_of(skb->protocol == htons(ETH_P_IP), skb, &tuple);
	xtcp_trace_drop(net, &tuple, skb, why);
}

void xtcp_drop_skb(struct net *net, struct sk_buff *skb, enum xtcp_drop why)
{
	if (why == XTCP_DROP_NONE) {
		consume_skb(skb);
		return;
	}
	xtcp_count(&xtcp_net(net)->env, XTCP_MIB_DROPS + why - 1);
	if (trace_xtcp_drop_enabled())
		tell_drop(net, skb, why);
	kfree_skb_reason(skb, reason_of[why]);
}

/* Drops what rx_policy_ok() refused to sk. */
static void drop_refused(const struct arrival *a, const struct sock *sk, struct sk_buff *skb)
{
	if (rx_is_near(a->v4, sk, skb)) {
		xtcp_drop_skb(a->net, skb, XTCP_DROP_POLICY);
		return;
	}
	xtcp_count(a->env, XTCP_MIB_MIN_TTL_DROP);
	xtcp_drop_skb(a->net, skb, XTCP_DROP_MIN_TTL);
}

/*
 * Interface for an answer to a segment that no socket answers: that of the
 * segment only where the address means nothing without it.
 */
static int reply_oif(const struct arrival *a, int bound_dev)
{
	if (bound_dev)
		return bound_dev;
	if (a->sdif || (ipv6_addr_type(&a->tuple.raddr) & IPV6_ADDR_LINKLOCAL))
		return a->dif;
	return 0;
}

static struct sock *find_listener(const struct arrival *a, struct sk_buff *skb)
{
	return xtcp_listener_select(a->net, &a->tuple, a->dif, a->sdif, skb);
}

/* Is it a segment at all? Fills a->seg. Never answered if not. */
static enum xtcp_drop verify(struct arrival *a, struct sk_buff *skb)
{
	u32 header_len = (skb->data[12] >> 4) * 4;

	if (!rx_checksum_ok(a->v4, skb)) {
		xtcp_count(a->env, XTCP_MIB_IN_CSUM_ERRS);
		xtcp_count(a->env, XTCP_MIB_IN_ERRS);
		return XTCP_DROP_CSUM;
	}
	if (!pskb_may_pull(skb, header_len) ||
	    xtcp_segment_parse(&a->seg, skb->data, skb_headlen(skb), skb->len)) {
		xtcp_count(a->env, XTCP_MIB_IN_ERRS);
		return XTCP_DROP_HEADER;
	}
	a->seg.ecn = rx_ecn(a->v4, skb);
	if (skb_is_gso(skb) && skb_shinfo(skb)->gso_size < a->seg.len)
		a->seg.unit = skb_shinfo(skb)->gso_size;
	return XTCP_DROP_NONE;
}

/*
 * The packet is ours for good. skb_iif keeps what the control block told of
 * the interface; skb->dev is left for socket filters.
 */
static void take(const struct arrival *a, struct sk_buff *skb)
{
	skb_orphan(skb);
	skb->skb_iif = a->dif;
	*xtcp_rx_cb(skb) = (struct xtcp_rx_cb){ .text_offset = a->seg.header_len };
}

static void to_connection(struct arrival *a, struct sk_buff *skb, struct sock *sk)
{
	if (rx_policy_ok(a->v4, sk, skb)) {
		take(a, skb);
		xtcp_sock_rcv(sk, skb, &a->seg);
	} else {
		drop_refused(a, sk, skb);
	}
	sock_put(sk);
}

static void to_listener(struct arrival *a, struct sk_buff *skb, struct sock *sk)
{
	if (rx_policy_ok(a->v4, sk, skb)) {
		take(a, skb);
		xtcp_listener_rcv(sk, skb, &a->seg, &a->tuple);
	} else {
		drop_refused(a, sk, skb);
	}
}

static void to_request(struct arrival *a, struct sk_buff *skb, struct xtcp_request *req)
{
	struct sock *sk;

	if (!rx_policy_ok(a->v4, req->listener, skb)) {
		drop_refused(a, req->listener, skb);
		xtcp_request_put(req);
		return;
	}
	take(a, skb);
	if (!xtcp_request_rcv(req, skb, &a->seg))
		return;
	/* A newer SYN took the request's place. */
	sk = find_listener(a, skb);
	if (!sk) {
		xtcp_drop_skb(a->net, skb, XTCP_DROP_NO_SOCKET);
		return;
	}
	xtcp_listener_rcv(sk, skb, &a->seg, &a->tuple);
}

/* A new connection begins where the old one waited (RFC 9293 3.6.1). */
static bool reopen(struct arrival *a, struct sk_buff *skb, struct xtcp_timewait *tw)
{
	struct sock *sk = find_listener(a, skb);

	if (!sk)
		return false;
	if (!rx_policy_ok(a->v4, sk, skb)) {
		drop_refused(a, sk, skb);
	} else {
		if (xtcp_timewait_drop(tw))
			xtcp_count(a->env, XTCP_MIB_TW_RECYCLED);
		take(a, skb);
		xtcp_listener_syn(sk, skb, &a->seg, &a->tuple, xtcp_tw_isn(&tw->tw));
	}
	return true;
}

/* False if it is a SYN for which nobody listens: the kernel's TCP answers. */
static bool to_timewait(struct arrival *a, struct sk_buff *skb, struct xtcp_timewait *tw)
{
	struct xtcp_plan plan;
	bool ours = true;

	if (!rx_policy_ok(a->v4, NULL, skb)) {
		drop_refused(a, NULL, skb);
		goto put;
	}
	switch (xtcp_tw_segment(&tw->tw, &a->env->knob, xtcp_timewait_ts_offset(tw), &a->seg,
				&plan)) {
	case XTCP_TW_DROP:
		break;
	case XTCP_TW_RESTART:
		xtcp_timewait_restart(tw, a->seg.arrived_us);
		fallthrough;
	case XTCP_TW_ACK:
		xtcp_egress_reply(a->v4 ? &xtcp_ipv4_ops : &xtcp_ipv6_ops, a->net, NULL, &a->tuple,
				  reply_oif(a, tw->node.bound_dev), &plan);
		break;
	case XTCP_TW_KILL:
		if (xtcp_timewait_drop(tw))
			xtcp_count(a->env, XTCP_MIB_TW_KILLED);
		break;
	case XTCP_TW_SYN:
		ours = reopen(a, skb, tw);
		goto put;
	}
	xtcp_drop_skb(a->net, skb, XTCP_DROP_NONE);
put:
	xtcp_timewait_put(tw);
	return ours;
}

static bool dispatch(struct arrival *a, struct sk_buff *skb, struct xtcp_node *node)
{
	switch (node->type) {
	case XTCP_NODE_CONN:
		to_connection(a, skb, &xtcp_node_xs(node)->inet.sk);
		return true;
	case XTCP_NODE_REQUEST:
		to_request(a, skb, container_of(node, struct xtcp_request, node));
		return true;
	default:
		xtcp_tell_in(a->net, &a->tuple, NULL, XTCP_TIME_WAIT, skb, &a->seg);
		return to_timewait(a, skb, container_of(node, struct xtcp_timewait, node));
	}
}

/* It is ours. Counted, verified, or else dropped (RFC 9293 MUST-57, MUST-63). */
static bool admit(struct arrival *a, struct sk_buff *skb)
{
	enum xtcp_drop why;

	a->env = &xtcp_net_rcu(a->net)->env;
	xtcp_count_by(a->env, XTCP_MIB_IN_SEGS, xtcp_wire_segments(skb));
	why = rx_valid_source(a->v4, skb) ? verify(a, skb) : XTCP_DROP_NO_ROUTE;
	if (why == XTCP_DROP_NONE)
		return true;
	xtcp_drop_skb(a->net, skb, why);
	return false;
}

/* To the node, which it puts, or to the listener if there is none. */
static bool pass_on(struct arrival *a, struct sk_buff *skb, struct xtcp_node *node,
		    struct sock *listener)
{
	/* A connection reads the clock under its lock. */
	if (!node || node->type != XTCP_NODE_CONN)
		a->seg.arrived_us = xtcp_now_us();
	if (node)
		return dispatch(a, skb, node);
	xtcp_tell_in(a->net, &a->tuple, NULL, XTCP_LISTEN, skb, &a->seg);
	to_listener(a, skb, listener);
	return true;
}

/*
 * Whatever the table of connections has to say of it, a SYN for which somebody
 * listens is ours: one that is damaged costs no more than that.
 */
static bool syn_to_listener(struct arrival *a, struct sk_buff *skb, struct sock *listener)
{
	if (!admit(a, skb))
		return true;
	return pass_on(a, skb, xtcp_node_find(a->net, &a->tuple, a->dif, a->sdif), listener);
}

bool xtcp_ingress(struct sk_buff *skb, bool v4)
{
	struct arrival a XTCP_NOT_CLEARED;
	struct sock *listener = NULL;
	struct xtcp_node *node;

	/* Somebody may have chosen a socket of the kernel's TCP (TPROXY, BPF). */
	if (skb->pkt_type != PACKET_HOST || skb->sk || !pskb_may_pull(skb, XTCP_HEADER_MIN))
		return false;
	a.v4 = v4;
	a.net = dev_net(skb->dev);
	ends_of(v4, skb, &a.tuple);
	rx_interfaces(v4, skb, &a.dif, &a.sdif);

	if (xtcp_opens(skb->data[13])) {
		listener = find_listener(&a, skb);
		if (listener)
			return syn_to_listener(&a, skb, listener);
	}
	node = xtcp_node_find(a.net, &a.tuple, a.dif, a.sdif);
	if (!node) {
		listener = find_listener(&a, skb);
		if (!listener)
			return false;
	}
	if (!admit(&a, skb)) {
		if (node)
			xtcp_node_put(node);
		return true;
	}
	return pass_on(&a, skb, node, listener);
}
