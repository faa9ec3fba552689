// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp over IPv4: addresses, routes, checksums, sending. An IPv6 socket with
 * IPv4 addresses uses it too; it keeps its family, and its addresses are the
 * mapped ones. Called through xtcp_ipv4_ops.
 */
#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "internal.h"

static __be32 unmapped(const struct in6_addr *addr)
{
	return addr->s6_addr32[3];
}

/* Looks up the route by the addresses in sk and caches it. Socket locked. */
static struct dst_entry *reroute(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct ip_options_rcu *opt;
	__be32 daddr = inet->inet_daddr;
	struct rtable *rt;

	rcu_read_lock();
	opt = rcu_dereference(inet->inet_opt);
	if (opt && opt->opt.srr)
		daddr = opt->opt.faddr;
	rcu_read_unlock();
	rt = ip_route_output_ports(sock_net(sk), &inet->cork.fl.u.ip4, sk, daddr,
				   inet->inet_saddr, inet->inet_dport, inet->inet_sport,
				   IPPROTO_TCP, ip_sock_rt_tos(sk), sk->sk_bound_dev_if);
	if (IS_ERR(rt)) {
		sk->sk_route_caps = 0;
		return NULL;
	}
	xtcp_set_route(sk, &rt->dst, SKB_GSO_TCPV4);
	return &rt->dst;
}

static struct dst_entry *ipv4_rebuild(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst = __sk_dst_check(sk, 0);

	return dst ? dst : reroute(sk);
}

/* The addresses of a connection, in all the places that generic code reads. */
static void set_addresses(struct xtcp_sock *xs, __be32 saddr, __be32 daddr)
{
	struct sock *sk = &xs->inet.sk;

	xs->inet.inet_saddr = saddr;
	sk_rcv_saddr_set(sk, saddr);
	sk_daddr_set(sk, daddr);
	if (sk->sk_family == AF_INET6)
		xs->inet6.saddr = sk->sk_v6_rcv_saddr;
	ipv6_addr_set_v4mapped(saddr, &xs->node.tuple.laddr);
	ipv6_addr_set_v4mapped(daddr, &xs->node.tuple.raddr);
}

static int ipv4_route(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	struct inet_sock *inet = &xs->inet;
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	__be32 daddr = unmapped(&xs->node.tuple.raddr);
	struct ip_options_rcu *opt;
	__be32 first_hop = daddr;
	struct rtable *rt;

	if (sk->sk_family == AF_INET6 && ipv6_only_sock(sk))
		return -ENETUNREACH;
	opt = rcu_dereference_protected(inet->inet_opt, lockdep_sock_is_held(sk));
	if (opt && opt->opt.srr) {
		if (!daddr)
			return -EINVAL;
		first_hop = opt->opt.faddr;
	}
	rt = ip_route_connect(fl4, first_hop, inet->inet_saddr, sk->sk_bound_dev_if,
			      IPPROTO_TCP, inet->inet_sport,
			      htons(xs->node.tuple.rport), sk);
	if (IS_ERR(rt)) {
		if (PTR_ERR(rt) == -ENETUNREACH)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		return PTR_ERR(rt);
	}
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) {
		ip_rt_put(rt);
		return -ENETUNREACH;
	}
	/* The lookup has put the loopback address for 0.0.0.0. */
	if (!opt || !opt->opt.srr)
		daddr = fl4->daddr;
	set_addresses(xs, inet->inet_saddr ? inet->inet_saddr : fl4->saddr, daddr);
	inet->inet_dport = htons(xs->node.tuple.rport);
	xs->node.bound_dev = sk->sk_bound_dev_if;
	atomic_set(&inet->inet_id, get_random_u16());
	sk_set_txhash(sk);
	xtcp_set_route(sk, &rt->dst, SKB_GSO_TCPV4);
	return 0;
}

static int ipv4_xmit(struct xtcp_sock *xs, struct sk_buff *skb)
{
	struct inet_sock *inet = &xs->inet;
	struct dst_entry *dst;
	int err;

	xtcp_checksum_offload(skb, csum_tcpudp_magic(inet->inet_saddr, inet->inet_daddr,
						     skb->len, IPPROTO_TCP, 0));
	rcu_read_lock();
	dst = ipv4_rebuild(xs);
	if (dst) {
		skb_dst_set_noref(skb, dst);
		err = ip_queue_xmit(&inet->sk, skb, &inet->cork.fl);
	} else {
		IP_INC_STATS(sock_net(&inet->sk), IPSTATS_MIB_OUTNOROUTES);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		err = -EHOSTUNREACH;
	}
	rcu_read_unlock();
	return err;
}

static struct dst_entry *ipv4_reply_route(struct net *net, const struct sock *sk,
					  const struct xtcp_tuple *tuple, int oif)
{
	struct flowi4 fl4 XTCP_NOT_CLEARED;
	struct dst_entry *dst;
	struct rtable *rt;

	flowi4_init_output(&fl4, oif, sk ? READ_ONCE(sk->sk_mark) : 0,
			   sk ? ip_sock_rt_tos((struct sock *)sk) : 0,
			   sk ? ip_sock_rt_scope((struct sock *)sk) : RT_SCOPE_UNIVERSE,
			   IPPROTO_TCP, sk ? inet_sk_flowi_flags(sk) : 0,
			   unmapped(&tuple->raddr), unmapped(&tuple->laddr),
			   htons(tuple->rport), htons(tuple->lport), sock_net_uid(net, sk));
	dst = xtcp_shortcut4(net, sk, &fl4);
	if (dst)
		return dst;
	if (sk)
		security_sk_classify_flow((struct sock *)sk, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, sk);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	/* MUST-57; and nothing is sent there without a connection either. */
	if (rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)) {
		ip_rt_put(rt);
		return ERR_PTR(-EACCES);
	}
	return &rt->dst;
}

static int ttl_of(const struct sock *sk, const struct dst_entry *dst)
{
	int ttl = sk ? READ_ONCE(inet_sk(sk)->uc_ttl) : -1;

	return ttl < 0 ? ip4_dst_hoplimit(dst) : ttl;
}

/* Whatever it is, it is too short for any router to cut (RFC 791 3.2). */
static bool is_short(const struct sk_buff *skb)
{
	return skb->len + sizeof(struct iphdr) <= IPV4_MIN_MTU;
}

/* As ip_local_out(), in one piece: what comes of a firewall and of a VRF stays as it is. */
static void local_out(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->tot_len = htons(skb->len);
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ihl);
	skb = l3mdev_ip_out(sk, skb);
	if (!skb)
		return;
	skb->protocol = htons(ETH_P_IP);
	if (nf_hook(NFPROTO_IPV4, NF_INET_LOCAL_OUT, net, sk, skb, NULL, skb_dst(skb)->dev,
		    dst_output) == 1)
		dst_output(net, sk, skb);
}

/*
 * As ip_build_and_send_pkt() does of what is_short(); skb has its route. Without sk:
 * with the defaults of the namespace.
 */
static void send_short(struct net *net, const struct sock *sk, struct sk_buff *skb,
		       __be32 saddr, __be32 daddr, u8 tos)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->id = 0;
	iph->frag_off = htons(IP_DF);
	iph->ttl = ttl_of(sk, skb_dst(skb));
	iph->protocol = IPPROTO_TCP;
	iph->saddr = saddr;
	iph->daddr = daddr;
	if (sk) {
		skb->priority = READ_ONCE(sk->sk_priority);
		skb->mark = READ_ONCE(sk->sk_mark);
	}
	local_out(net, skb->sk, skb);
}

static void ipv4_reply(struct net *net, const struct sock *sk, const struct xtcp_tuple *tuple,
		       struct dst_entry *dst, u8 ecn, struct sk_buff *skb)
{
	__be32 saddr = unmapped(&tuple->laddr);
	__be32 daddr = unmapped(&tuple->raddr);
	u8 tos = 0;

	if (IS_ERR(dst)) {
		IP_INC_STATS(net, IPSTATS_MIB_OUTNOROUTES);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return;
	}
	skb_dst_set(skb, dst);
	if (dst->dev->features & (NETIF_F_HW_CSUM | NETIF_F_IP_CSUM))
		xtcp_checksum_offload(skb, csum_tcpudp_magic(saddr, daddr, skb->len, IPPROTO_TCP,
							     0));
	else
		xtcp_checksum_done(skb, csum_tcpudp_magic(saddr, daddr, skb->len, IPPROTO_TCP,
							  xtcp_checksum_text(skb)));
	if (sk)
		tos = (READ_ONCE(inet_sk(sk)->tos) & ~INET_ECN_MASK) | ecn;
	if (is_short(skb) || !sk)
		send_short(net, sk, skb, saddr, daddr, tos);
	else
		ip_build_and_send_pkt(skb, sk, saddr, daddr, NULL, tos);
}

static int ipv4_child(struct xtcp_sock *child, const struct xtcp_request *req,
		      struct sk_buff *skb)
{
	xtcp_child_reset(child, req);
	set_addresses(child, unmapped(&req->node.tuple.laddr), unmapped(&req->node.tuple.raddr));
	child->inet.mc_index = req->iif;
	child->inet.mc_ttl = ip_hdr(skb)->ttl;
	child->inet.rcv_tos = ip_hdr(skb)->tos;
	return reroute(&child->inet.sk) ? 0 : -EHOSTUNREACH;
}

static u32 ipv4_path_mtu(struct xtcp_sock *xs, u32 mtu)
{
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst = ipv4_rebuild(xs);

	if (!dst)
		return 0;
	/* What is sent without DF is not what a router may complain of. */
	if (READ_ONCE(xs->inet.pmtudisc) == IP_PMTUDISC_DONT || !ip_sk_accept_pmtu(sk))
		return dst_mtu(dst);
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	dst = ipv4_rebuild(xs);
	return dst ? dst_mtu(dst) : 0;
}

static int ipv4_parse_addr(const struct sockaddr *sa, int len, struct in6_addr *addr,
			   u16 *port, int *scope)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	/* Linux lets AF_UNSPEC pass with the unspecified address: old programs. */
	if (sin->sin_family != AF_INET &&
	    (sin->sin_family != AF_UNSPEC || sin->sin_addr.s_addr != htonl(INADDR_ANY)))
		return -EAFNOSUPPORT;
	ipv6_addr_set_v4mapped(sin->sin_addr.s_addr, addr);
	*port = ntohs(sin->sin_port);
	*scope = 0;
	return 0;
}

static int ipv4_bind_addr(struct sock *sk, const struct in6_addr *addr, int scope)
{
	struct net *net = sock_net(sk);
	struct inet_sock *inet = inet_sk(sk);
	__be32 v4 = unmapped(addr);
	u32 table = l3mdev_fib_table_by_index(net, sk->sk_bound_dev_if);
	unsigned int type = inet_addr_type_table(net, v4, table ? table : RT_TABLE_LOCAL);

	/* No connection can have such an address (MUST-57). */
	if (v4 && (type == RTN_MULTICAST || type == RTN_BROADCAST))
		return -EADDRNOTAVAIL;
	if (!inet_addr_valid_or_nonlocal(net, inet, v4, type))
		return -EADDRNOTAVAIL;
	inet->inet_saddr = v4;
	sk_rcv_saddr_set(sk, v4);
	if (v4)
		sk->sk_userlocks |= SOCK_BINDADDR_LOCK;
	return 0;
}

const struct xtcp_ip_ops xtcp_ipv4_ops = {
	.family		= AF_INET,
	.header_len	= sizeof(struct iphdr),
	.mss_default	= 536,
	.gso_type	= SKB_GSO_TCPV4,
	.route		= ipv4_route,
	.rebuild	= ipv4_rebuild,
	.xmit		= ipv4_xmit,
	.reply_route	= ipv4_reply_route,
	.reply		= ipv4_reply,
	.child		= ipv4_child,
	.update_pmtu	= ipv4_path_mtu,
	.parse_addr	= ipv4_parse_addr,
	.bind_addr	= ipv4_bind_addr,
};
