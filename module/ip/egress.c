// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a segment to the IP layer: packet, header, owner, counters.
 * xtcp_egress() sends for connections (sock/drive.c), xtcp_egress_reply() for
 * whatever is less than a connection (sock/listen.c, ip/ingress.c).
 */
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <xtcp/syncookie.h>
#include <xtcp/tell.h>
#include "internal.h"

static gfp_t egress_gfp(const struct sock *sk)
{
	return sk_gfp_mask(sk, GFP_ATOMIC | __GFP_NOWARN);
}

static struct sk_buff *bare_packet(gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(MAX_TCP_HEADER, gfp);

	if (skb)
		skb_reserve(skb, MAX_TCP_HEADER);
	return skb;
}

/*
 * A packet with the text of queued, which stays queued. The clone shares the
 * text and borrows the headroom for headers; as long as an earlier clone is
 * in some queue on its way out, the headroom is taken and the packet gets its
 * own, still with shared pages.
 */
static struct sk_buff *text_packet(struct sk_buff *queued, gfp_t gfp)
{
	if (skb_cloned(queued) || skb_headroom(queued) < MAX_TCP_HEADER)
		return __pskb_copy(queued, MAX_TCP_HEADER, gfp);
	/* Says that only what lies behind the header is shared. */
	if (!queued->nohdr)
		__skb_header_release(queued);
	return skb_clone(queued, gfp);
}

static void write_header(struct sk_buff *skb, const struct xtcp_plan *plan,
			 const struct xtcp_tuple *tuple)
{
	u8 *header = skb_push(skb, xtcp_segment_header_len(plan));

	skb_reset_transport_header(skb);
	xtcp_segment_write(plan, tuple->lport, tuple->rport, header);
	/* The IP layer takes it for its own control block. */
	memset(skb->cb, 0, sizeof(skb->cb));
}

/* What is longer than one segment is cut by the device, or just before it. */
static void set_gso(struct sk_buff *skb, const struct xtcp_plan *plan, int gso_type)
{
	struct skb_shared_info *info = skb_shinfo(skb);
	bool gso = plan->len > plan->mss && plan->mss;

	info->gso_size = gso ? plan->mss : 0;
	info->gso_segs = gso ? DIV_ROUND_UP(plan->len, plan->mss) : 1;
	info->gso_type = gso ? gso_type : 0;
	/* Of what is cut, the first segment alone may say CWR. */
	if (gso && (plan->flags & XTCP_CWR))
		info->gso_type |= SKB_GSO_TCP_ECN;
}

/* The bits of the traffic class that are not the user's. */
static void set_ecn(struct xtcp_sock *xs, u8 ecn)
{
	u8 tos = xs->inet.tos;

	if ((tos & INET_ECN_MASK) == ecn)
		return;
	xs->inet.tos = (tos & ~INET_ECN_MASK) | ecn;
	xs->inet6.tclass = (xs->inet6.tclass & ~INET_ECN_MASK) | ecn;
}

static void count_sent(const struct xtcp_env *env, const struct xtcp_plan *plan, u32 segments)
{
	xtcp_count_by(env, plan->again ? XTCP_MIB_RETRANS_SEGS : XTCP_MIB_OUT_SEGS, segments);
	if (plan->flags & XTCP_RST)
		xtcp_count(env, XTCP_MIB_OUT_RSTS);
}

int xtcp_egress(struct xtcp_sock *xs, const struct xtcp_plan *plan)
{
	struct sock *sk = &xs->inet.sk;
	gfp_t gfp = egress_gfp(sk);
	struct sk_buff *skb;
	int err;

	skb = plan->tx ? text_packet(plan->tx->payload, gfp) : bare_packet(gfp);
	if (!skb)
		return -ENOMEM;
	write_header(skb, plan, &xs->node.tuple);
	set_gso(skb, plan, xs->ip->gso_type);
	set_ecn(xs, plan->ecn);
	skb->tstamp = 0;
	/* The kernel's destructor, for it may outlive us: sock/autocork.c. */
	skb_set_owner_w(skb, sk);
	skb_set_dst_pending_confirm(skb, READ_ONCE(sk->sk_dst_pending_confirm));

	xtcp_tell_out(xs->node.net, &xs->node.tuple, &xs->conn, xs->conn.state, skb, plan);
	count_sent(xs->conn.env, plan, xtcp_wire_segments(skb));
	err = xs->ip->xmit(xs, skb);
	return err > 0 ? net_xmit_errno(err) : err;
}

/* The socket may be looked at on the way out, and is not charged. */
static void set_owner(struct sk_buff *skb, const struct sock *sk)
{
	if (sk && refcount_inc_not_zero((refcount_t *)&sk->sk_refcnt)) {
		skb->sk = (struct sock *)sk;
		skb->destructor = sock_edemux;
	}
}

/* Spares generic code to hash the addresses of a SYN,ACK for a flow label. */
static void set_flow_hash(struct sk_buff *skb, u32 iss)
{
	__skb_set_sw_hash(skb, iss, true);
}

void xtcp_egress_reply_by(const struct xtcp_ip_ops *ip, struct net *net, const struct sock *sk,
			  const struct xtcp_tuple *tuple, struct dst_entry *dst,
			  const struct xtcp_plan *plan)
{
	struct sk_buff *skb = bare_packet(GFP_ATOMIC | __GFP_NOWARN);

	if (!skb) {
		if (!IS_ERR(dst))
			dst_release(dst);
		return;
	}
	write_header(skb, plan, tuple);
	set_owner(skb, sk);
	xtcp_tell_out(net, tuple, NULL, sk ? XTCP_SYN_RECEIVED : XTCP_TIME_WAIT, skb, plan);
	if (plan->flags & XTCP_SYN)
		set_flow_hash(skb, plan->seq);
	count_sent(&xtcp_net(net)->env, plan, 1);
	rcu_read_lock();
	ip->reply(net, sk, tuple, dst, plan->ecn, skb);
	rcu_read_unlock();
}

/*
 * Makes a packet of len bytes of one that came and that nobody else has, as
 * those do that take a packet out of a tunnel: nothing is left of how it came,
 * and what it holds is for the caller to write. False if its buffer will not do.
 */
static bool turn_around(struct sk_buff *skb, u32 headroom, u32 len)
{
	if (skb_cloned(skb) || skb_is_nonlinear(skb) || skb_is_gso(skb) || skb_pfmemalloc(skb) ||
	    skb_headroom(skb) < headroom || skb_end_pointer(skb) - skb->data < len)
		return false;
	skb_scrub_packet(skb, true);
	skb_orphan(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb_set_queue_mapping(skb, 0);
	skb_reset_redirect(skb);
	skb_init_secmark(skb);
	skb->dev = NULL;
	skb->priority = 0;
	skb->encapsulation = 0;
	skb->csum_valid = 0;
	skb->csum_level = 0;
	skb_shinfo(skb)->tx_flags = 0;
	__skb_set_length(skb, len);
	memset(skb->cb, 0, sizeof(skb->cb));
	return true;
}

/* A packet of len bytes in place of skb; NULL if memory is short. */
static struct sk_buff *another_packet(struct sk_buff *skb, u32 len)
{
	consume_skb(skb);
	skb = bare_packet(GFP_ATOMIC | __GFP_NOWARN);
	if (skb)
		skb_push(skb, len);
	return skb;
}

/* Nobody owns it, as in Linux: in a flood all CPUs would count their references to one listener. */
void xtcp_egress_answer(const struct xtcp_ip_ops *ip, const struct sock *sk,
			const struct xtcp_tuple *tuple, struct dst_entry *dst,
			const struct xtcp_syn_ack *header, struct sk_buff *skb)
{
	u32 headroom = ip->header_len + LL_RESERVED_SPACE(dst->dev);

	if (!turn_around(skb, headroom, header->len)) {
		skb = another_packet(skb, header->len);
		if (!skb) {
			dst_release(dst);
			return;
		}
	}
	skb_reset_transport_header(skb);
	memcpy(skb->data, header->bytes, header->len);
	set_flow_hash(skb, header->iss);
	xtcp_tell_answer(sock_net(sk), tuple, header->bytes, header->len);
	xtcp_count(&xtcp_net_rcu(sock_net(sk))->env, XTCP_MIB_OUT_SEGS);
	ip->reply(sock_net(sk), sk, tuple, dst, header->ecn, skb);
}

void xtcp_egress_reply(const struct xtcp_ip_ops *ip, struct net *net, const struct sock *sk,
		       const struct xtcp_tuple *tuple, int oif, const struct xtcp_plan *plan)
{
	struct dst_entry *dst;

	if ((plan->flags & XTCP_RST) && !xtcp_may_reset(xtcp_net(net)))
		return;
	rcu_read_lock();
	dst = ip->reply_route(net, sk, tuple, oif);
	rcu_read_unlock();
	xtcp_egress_reply_by(ip, net, sk, tuple, dst, plan);
}
