/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ingress.c asks of a packet, of both versions of IP: inline, since a flood does little
 * else, and what is called through a pointer takes longer the better the processor is guarded.
 */
#ifndef _XTCP_IP_RX_H
#define _XTCP_IP_RX_H

#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "internal.h"

static inline void ipv4_tuple(const struct sk_buff *skb, struct xtcp_tuple *tuple)
{
	ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &tuple->laddr);
	ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &tuple->raddr);
}

static inline void ipv4_interfaces(const struct sk_buff *skb, int *dif, int *sdif)
{
	*dif = inet_iif(skb);
	*sdif = inet_sdif((struct sk_buff *)skb);
}

static inline bool ipv4_checksum_ok(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	/* The usual work of a device that leaves it to us, without the detours. */
	if (skb->ip_summed == CHECKSUM_NONE && !skb->csum_valid && !skb_is_nonlinear(skb))
		return !csum_tcpudp_magic(iph->saddr, iph->daddr, skb->len, IPPROTO_TCP,
					  csum_partial(skb->data, skb->len, 0));
	return !skb_checksum_init(skb, IPPROTO_TCP, inet_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

/* IP_MINTTL: does it come from so few hops away (RFC 5082)? */
static inline bool ipv4_is_near(const struct sock *sk, const struct sk_buff *skb)
{
	return !sk || ip_hdr(skb)->ttl >= READ_ONCE(inet_sk(sk)->min_ttl);
}

static inline bool ipv4_policy_ok(struct sock *sk, struct sk_buff *skb)
{
	if (!ipv4_is_near(sk, skb))
		return false;
	if (!xfrm4_policy_check(sk, XFRM_POLICY_IN, skb))
		return false;
	nf_reset_ct(skb);
	return true;
}

static inline u8 ipv4_ecn(const struct sk_buff *skb)
{
	return ip_hdr(skb)->tos & INET_ECN_MASK;
}

static inline bool ipv4_valid_source(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);
	__be32 saddr = ip_hdr(skb)->saddr;
	unsigned int type;

	if (rt && (rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)))
		return false;
	if (ipv4_is_multicast(saddr) || ipv4_is_lbcast(saddr) || ipv4_is_zeronet(saddr))
		return false;
	/*
	 * The broadcast address of a net can only be told by a lookup, which
	 * without rp_filter nobody has done unless this host is the sender.
	 * That of the answer finds it, but perhaps in other tables than those of
	 * a VRF: there a SYN is worth one of its own.
	 */
	if (!netif_is_l3_slave(skb->dev) || !(skb->data[13] & XTCP_SYN) ||
	    (rt && rt_is_output_route(rt)))
		return true;
	type = inet_addr_type_dev_table(dev_net(skb->dev), skb->dev, saddr);
	return type != RTN_BROADCAST && type != RTN_MULTICAST;
}

static inline void ipv6_tuple(const struct sk_buff *skb, struct xtcp_tuple *tuple)
{
	tuple->laddr = ipv6_hdr(skb)->daddr;
	tuple->raddr = ipv6_hdr(skb)->saddr;
}

static inline void ipv6_interfaces(const struct sk_buff *skb, int *dif, int *sdif)
{
	*dif = inet6_iif(skb);
	*sdif = inet6_sdif(skb);
}

static inline bool ipv6_checksum_ok(struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);

	/* The usual work of a device that leaves it to us, without the detours. */
	if (skb->ip_summed == CHECKSUM_NONE && !skb->csum_valid && !skb_is_nonlinear(skb))
		return !csum_ipv6_magic(&hdr->saddr, &hdr->daddr, skb->len, IPPROTO_TCP,
					csum_partial(skb->data, skb->len, 0));
	return !skb_checksum_init(skb, IPPROTO_TCP, ip6_compute_pseudo) &&
	       !skb_checksum_complete(skb);
}

/* IPV6_MINHOPCOUNT */
static inline bool ipv6_is_near(const struct sock *sk, const struct sk_buff *skb)
{
	return !sk || !inet6_sk(sk) ||
	       ipv6_hdr(skb)->hop_limit >= READ_ONCE(inet6_sk(sk)->min_hopcount);
}

static inline bool ipv6_policy_ok(struct sock *sk, struct sk_buff *skb)
{
	if (!ipv6_is_near(sk, skb))
		return false;
	if (!xfrm6_policy_check(sk, XFRM_POLICY_IN, skb))
		return false;
	nf_reset_ct(skb);
	return true;
}

static inline u8 ipv6_ecn(const struct sk_buff *skb)
{
	return ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK;
}

/* A mapped address on the wire would pass for an IPv4 peer. */
static inline bool ipv6_valid_source(const struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);

	if (skb_dst(skb) && !ipv6_unicast_destination(skb))
		return false;
	return !ipv6_addr_is_multicast(&hdr->daddr) && !ipv6_addr_v4mapped(&hdr->daddr) &&
	       !ipv6_addr_is_multicast(&hdr->saddr) && !ipv6_addr_v4mapped(&hdr->saddr) &&
	       !ipv6_addr_any(&hdr->saddr);
}

/* Addresses of a packet, seen from us; ports are set by the caller. */
static inline void rx_tuple(bool v4, const struct sk_buff *skb, struct xtcp_tuple *tuple)
{
	if (v4)
		ipv4_tuple(skb, tuple);
	else
		ipv6_tuple(skb, tuple);
}

/*
 * Where a packet came in: the interface or its VRF, and the interface within the VRF or 0;
 * reads skb->cb.
 */
static inline void rx_interfaces(bool v4, const struct sk_buff *skb, int *dif, int *sdif)
{
	if (v4)
		ipv4_interfaces(skb, dif, sdif);
	else
		ipv6_interfaces(skb, dif, sdif);
}

/* Verifies the TCP checksum (pulls nothing). */
static inline bool rx_checksum_ok(bool v4, struct sk_buff *skb)
{
	return v4 ? ipv4_checksum_ok(skb) : ipv6_checksum_ok(skb);
}

/* Has it passed no more routers than the user of sk, which may be NULL, lets it? */
static inline bool rx_is_near(bool v4, const struct sock *sk, const struct sk_buff *skb)
{
	return v4 ? ipv4_is_near(sk, skb) : ipv6_is_near(sk, skb);
}

/* xfrm, conntrack reset, minimum TTL: may the socket have it? */
static inline bool rx_policy_ok(bool v4, struct sock *sk, struct sk_buff *skb)
{
	return v4 ? ipv4_policy_ok(sk, skb) : ipv6_policy_ok(sk, skb);
}

/*
 * Is it a packet that a connection may come of: neither ends nor begins at a broadcast or
 * multicast address (MUST-57, MUST-63)?
 */
static inline bool rx_valid_source(bool v4, const struct sk_buff *skb)
{
	return v4 ? ipv4_valid_source(skb) : ipv6_valid_source(skb);
}

/* Its ECN bits (enum xtcp_ecn_codepoint). */
static inline u8 rx_ecn(bool v4, const struct sk_buff *skb)
{
	return v4 ? ipv4_ecn(skb) : ipv6_ecn(skb);
}

#endif /* _XTCP_IP_RX_H */
