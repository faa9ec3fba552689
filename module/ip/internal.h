/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of ip/ share among themselves; ip.h is what others see.
 */
#ifndef _XTCP_IP_INTERNAL_H
#define _XTCP_IP_INTERNAL_H

#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include <xtcp/compat.h>
#include <xtcp/half_open.h>
#include <xtcp/ip.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>

struct inet6_skb_parm;

/*
 * An ICMP error for an IP packet that began at skb->data (icmp.c). False if it
 * is none of ours; under rcu_read_lock().
 */
bool xtcp_icmp4(struct sk_buff *skb, u32 info);
bool xtcp_icmp6(struct sk_buff *skb, u8 type, u8 code, int offset, __be32 info);

/*
 * The route of an answer with a reference, or NULL: ask the routing code proper.
 * BH disabled, under rcu_read_lock() (shortcut.c).
 */
struct dst_entry *xtcp_shortcut4(struct net *net, const struct sock *sk, struct flowi4 *fl4);
struct dst_entry *xtcp_shortcut6(struct net *net, const struct sock *sk, struct flowi6 *fl6);

/* Segments that pass at once when GSO or GRO has merged them. */
static inline u32 xtcp_wire_segments(const struct sk_buff *skb)
{
	return max_t(u32, 1, skb_shinfo(skb)->gso_segs);
}

/*
 * Caches dst, whose reference passes on, in sk. Generic code gives GSO in
 * software only to sockets that it takes for TCP's, so it is added here; not
 * where IPsec must see each segment. Socket locked.
 */
static inline void xtcp_set_route(struct sock *sk, struct dst_entry *dst, int gso_type)
{
	sk->sk_gso_type = gso_type;
	xtcp_sk(sk)->path.dst = NULL;
	sk_setup_caps(sk, dst);
	if (sk->sk_gso_disabled || sk_can_gso(sk) ||
	    (dst->header_len && !xfrm_dst_offload_ok(dst)))
		return;
	sk->sk_route_caps |= NETIF_F_GSO | NETIF_F_GSO_SOFTWARE | NETIF_F_SG | NETIF_F_HW_CSUM;
	sk->sk_gso_max_size = GSO_LEGACY_MAX_SIZE - (MAX_TCP_HEADER + 1);
	rcu_read_lock();
	sk->sk_gso_max_segs = max_t(u32, READ_ONCE(dst_dev_rcu(dst)->gso_max_segs), 1);
	rcu_read_unlock();
}

/* Leaves the checksum to the device; pseudo is that of the pseudo header. */
static inline void xtcp_checksum_offload(struct sk_buff *skb, __sum16 pseudo)
{
	tcp_hdr(skb)->check = ~pseudo;
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/*
 * The sum of a bare header, where the device would leave it to generic code,
 * which takes five times as long.
 */
static inline __wsum xtcp_checksum_text(const struct sk_buff *skb)
{
	return csum_partial(skb->data, skb->len, 0);
}

static inline void xtcp_checksum_done(struct sk_buff *skb, __sum16 sum)
{
	tcp_hdr(skb)->check = sum;
	skb->ip_summed = CHECKSUM_NONE;
}

/* A copy of a listener forgets what belongs to the listener alone. */
static inline void xtcp_child_reset(struct xtcp_sock *xs, const struct xtcp_request *req)
{
	struct sock *sk = &xs->inet.sk;

	xs->inet.pinet6 = &xs->inet6;
	RCU_INIT_POINTER(xs->inet.mc_list, NULL);
	RCU_INIT_POINTER(xs->inet.inet_opt, NULL);
	xs->inet.cork.base.opt = NULL;
	RCU_INIT_POINTER(xs->inet6.opt, NULL);
	RCU_INIT_POINTER(xs->inet6.ipv6_mc_list, NULL);
	xs->inet6.ipv6_ac_list = NULL;
	xs->inet6.pktoptions = NULL;
	xs->inet6.rxpmtu = NULL;
	memset(&xs->inet6.cork, 0, sizeof(xs->inet6.cork));
	xtcp_forget_flow_labels(&xs->inet, &xs->inet6);
	xs->node.net = req->node.net;
	xs->node.tuple = req->node.tuple;
	xs->node.bound_dev = req->node.bound_dev;
	sk->sk_bound_dev_if = req->node.bound_dev;
	xs->inet.inet_num = req->node.tuple.lport;
	xs->inet.inet_sport = htons(req->node.tuple.lport);
	xs->inet.inet_dport = htons(req->node.tuple.rport);
	atomic_set(&xs->inet.inet_id, get_random_u16());
	sk_set_txhash(sk);
}

#endif /* _XTCP_IP_INTERNAL_H */
