// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp over IPv6: addresses, routes, checksums, sending. Called through
 * xtcp_ipv6_ops, and xtcp_ipv6_ops only for packets that are IPv6 on the
 * wire; but bind_addr() and parse_addr() take mapped addresses as well.
 */
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/transp_v6.h>
#include "internal.h"

/* What routing and the header need to know of sk. Socket locked. */
static void flow_of(struct sock *sk, struct flowi6 *fl6)
{
	struct inet_sock *inet = inet_sk(sk);
	struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = IPPROTO_TCP;
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = np->saddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_dport = inet->inet_dport;
	fl6->fl6_sport = inet->inet_sport;
	fl6->flowi6_uid = sk->sk_uid;
}

/* Looks the route of fl6 up, by way of the routing header if there is one. */
static struct dst_entry *lookup(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	struct in6_addr *final_p = NULL;
	struct in6_addr final;

	if (sk) {
		rcu_read_lock();
		final_p = fl6_update_dst(fl6, rcu_dereference(inet6_sk(sk)->opt), &final);
		rcu_read_unlock();
		security_sk_classify_flow((struct sock *)sk, flowi6_to_flowi_common(fl6));
	}
	return ip6_dst_lookup_flow(net, sk, fl6, final_p);
}

static void set_route(struct sock *sk, struct dst_entry *dst)
{
	inet6_sk(sk)->dst_cookie = rt6_get_cookie(dst_rt6_info(dst));
	inet6_sk(sk)->daddr_cache = NULL;
	xtcp_set_route(sk, dst, SKB_GSO_TCPV6);
}

static struct dst_entry *reroute6(struct sock *sk)
{
	struct dst_entry *dst;
	struct flowi6 fl6;

	flow_of(sk, &fl6);
	dst = lookup(sock_net(sk), sk, &fl6);
	if (IS_ERR(dst)) {
		sk->sk_route_caps = 0;
		return NULL;
	}
	set_route(sk, dst);
	return dst;
}

static struct dst_entry *ipv6_rebuild(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst = __sk_dst_check(sk, xs->inet6.dst_cookie);

	return dst ? dst : reroute6(sk);
}

/*
 * The addresses of a connection, in all the places that generic code reads;
 * the IPv4 ones get what stands for "not IPv4".
 */
static void set_addresses6(struct xtcp_sock *xs, const struct in6_addr *saddr,
			   const struct in6_addr *daddr)
{
	struct sock *sk = &xs->inet.sk;

	xs->inet6.saddr = *saddr;
	sk->sk_v6_rcv_saddr = *saddr;
	sk->sk_v6_daddr = *daddr;
	xs->inet.inet_saddr = LOOPBACK4_IPV6;
	xs->inet.inet_rcv_saddr = LOOPBACK4_IPV6;
	xs->inet.inet_daddr = LOOPBACK4_IPV6;
	xs->node.tuple.laddr = *saddr;
	xs->node.tuple.raddr = *daddr;
}

/* connect() to the unspecified address means this host, as ever. */
static int route_any(struct xtcp_sock *xs)
{
	if (ipv6_addr_v4mapped(&xs->inet.sk.sk_v6_rcv_saddr)) {
		ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &xs->node.tuple.raddr);
		xs->ip = &xtcp_ipv4_ops;
	} else {
		xs->node.tuple.raddr = in6addr_loopback;
	}
	return xs->ip->route(xs);
}

static int ipv6_route(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	struct in6_addr daddr = xs->node.tuple.raddr;
	int type = ipv6_addr_type(&daddr);
	struct dst_entry *dst;
	struct in6_addr saddr;
	struct flowi6 fl6;

	if (type == IPV6_ADDR_ANY)
		return route_any(xs);
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if ((type & IPV6_ADDR_LINKLOCAL) && !sk->sk_bound_dev_if)
		return -EINVAL;

	flow_of(sk, &fl6);
	fl6.daddr = daddr;
	fl6.fl6_dport = htons(xs->node.tuple.rport);
	if (!ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		fl6.saddr = sk->sk_v6_rcv_saddr;
	dst = lookup(sock_net(sk), sk, &fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);

	saddr = fl6.saddr;	/* chosen by the lookup if it was open */
	set_addresses6(xs, &saddr, &daddr);
	xs->inet.inet_dport = htons(xs->node.tuple.rport);
	xs->node.bound_dev = sk->sk_bound_dev_if;
	sk_set_txhash(sk);
	set_route(sk, dst);
	return 0;
}

static int ipv6_xmit(struct xtcp_sock *xs, struct sk_buff *skb)
{
	struct sock *sk = &xs->inet.sk;
	struct ipv6_pinfo *np = &xs->inet6;
	struct dst_entry *dst;
	struct flowi6 fl6;
	int err;

	flow_of(sk, &fl6);
	xtcp_checksum_offload(skb, csum_ipv6_magic(&fl6.saddr, &fl6.daddr, skb->len,
						   IPPROTO_TCP, 0));
	rcu_read_lock();
	dst = ipv6_rebuild(xs);
	if (dst) {
		skb_dst_set_noref(skb, dst);
		err = ip6_xmit(sk, skb, &fl6, fl6.flowi6_mark, rcu_dereference(np->opt),
			       np->tclass, READ_ONCE(sk->sk_priority));
	} else {
		IP6_INC_STATS(sock_net(sk), NULL, IPSTATS_MIB_OUTNOROUTES);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		err = -EHOSTUNREACH;
	}
	rcu_read_unlock();
	return err;
}

/* The flow of what is sent without a connection; sk may be NULL. */
static void reply_flow(struct net *net, const struct sock *sk, const struct xtcp_tuple *tuple,
		       int oif, struct flowi6 *fl6)
{
	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = IPPROTO_TCP;
	fl6->daddr = tuple->raddr;
	fl6->saddr = tuple->laddr;
	fl6->flowi6_oif = oif;
	fl6->fl6_dport = htons(tuple->rport);
	fl6->fl6_sport = htons(tuple->lport);
	fl6->flowi6_uid = sock_net_uid(net, sk);
	if (sk) {
		fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
		fl6->flowlabel = ip6_make_flowinfo(inet6_sk(sk)->tclass, 0);
	}
}

static struct dst_entry *ipv6_reply_route(struct net *net, const struct sock *sk,
					  const struct xtcp_tuple *tuple, int oif)
{
	struct flowi6 fl6 XTCP_NOT_CLEARED;
	struct dst_entry *dst;

	reply_flow(net, sk, tuple, oif, &fl6);
	dst = xtcp_shortcut6(net, sk, &fl6);
	return dst ? dst : lookup(net, sk, &fl6);
}

/* skb has its route: header with the defaults of the namespace. */
static void send_without_socket(struct net *net, struct sk_buff *skb,
				const struct xtcp_tuple *tuple)
{
	u32 len = skb->len;
	struct ipv6hdr *hdr = skb_push(skb, sizeof(*hdr));

	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, 0, 0);
	hdr->payload_len = htons(len);
	hdr->nexthdr = IPPROTO_TCP;
	hdr->hop_limit = ip6_dst_hoplimit(skb_dst(skb));
	hdr->saddr = tuple->laddr;
	hdr->daddr = tuple->raddr;
	skb->protocol = htons(ETH_P_IPV6);
	ip6_local_out(net, NULL, skb);
}

static void ipv6_reply(struct net *net, const struct sock *sk, const struct xtcp_tuple *tuple,
		       struct dst_entry *dst, u8 ecn, struct sk_buff *skb)
{
	struct flowi6 fl6 XTCP_NOT_CLEARED;

	if (IS_ERR(dst)) {
		IP6_INC_STATS(net, NULL, IPSTATS_MIB_OUTNOROUTES);
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_OUTNOROUTES);
		return;
	}
	skb_dst_set(skb, dst);
	if (dst->dev->features & (NETIF_F_HW_CSUM | NETIF_F_IPV6_CSUM))
		xtcp_checksum_offload(skb, csum_ipv6_magic(&tuple->laddr, &tuple->raddr, skb->len,
							   IPPROTO_TCP, 0));
	else
		xtcp_checksum_done(skb, csum_ipv6_magic(&tuple->laddr, &tuple->raddr, skb->len,
							IPPROTO_TCP, xtcp_checksum_text(skb)));
	if (!sk) {
		send_without_socket(net, skb, tuple);
		return;
	}
	reply_flow(net, sk, tuple, 0, &fl6);
	ip6_xmit(sk, skb, &fl6, fl6.flowi6_mark, rcu_dereference(inet6_sk(sk)->opt),
		 (inet6_sk(sk)->tclass & ~INET_ECN_MASK) | ecn, READ_ONCE(sk->sk_priority));
}

static int ipv6_child(struct xtcp_sock *child, const struct xtcp_request *req,
		      struct sk_buff *skb)
{
	struct sock *sk = &child->inet.sk;
	struct ipv6_txoptions *opt;

	xtcp_child_reset(child, req);
	set_addresses6(child, &req->node.tuple.laddr, &req->node.tuple.raddr);
	/* An address of a link means nothing without the link. */
	if (!sk->sk_bound_dev_if && (ipv6_addr_type(&sk->sk_v6_daddr) & IPV6_ADDR_LINKLOCAL)) {
		sk->sk_bound_dev_if = req->iif;
		child->node.bound_dev = req->iif;
	}
	child->inet6.mcast_oif = req->iif;
	child->inet6.mcast_hops = ipv6_hdr(skb)->hop_limit;
	child->inet6.rcv_flowinfo = ip6_flowinfo(ipv6_hdr(skb));
	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(req->listener)->opt);
	if (opt)
		opt = ipv6_dup_options(sk, opt);
	rcu_read_unlock();
	RCU_INIT_POINTER(child->inet6.opt, opt);
	return reroute6(sk) ? 0 : -EHOSTUNREACH;
}

static u32 ipv6_path_mtu(struct xtcp_sock *xs, u32 mtu)
{
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst = ipv6_rebuild(xs);

	if (!dst)
		return 0;
	/* No link has a smaller MTU (RFC 8201 4). */
	if (mtu < IPV6_MIN_MTU || !ip6_sk_accept_pmtu(sk))
		return dst_mtu(dst);
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	dst = ipv6_rebuild(xs);
	return dst ? dst_mtu(dst) : 0;
}

static int ipv6_parse_addr(const struct sockaddr *sa, int len, struct in6_addr *addr,
			   u16 *port, int *scope)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)sa;

	/* RFC 2133 had no scope. */
	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	*addr = sin6->sin6_addr;
	*port = ntohs(sin6->sin6_port);
	*scope = len >= (int)sizeof(*sin6) ? sin6->sin6_scope_id : 0;
	return 0;
}

/* The interface of sk; NULL if it has none. Under rcu_read_lock(). */
static int bound_dev(struct sock *sk, struct net_device **dev)
{
	*dev = NULL;
	if (!sk->sk_bound_dev_if)
		return 0;
	*dev = dev_get_by_index_rcu(sock_net(sk), sk->sk_bound_dev_if);
	return *dev ? 0 : -ENODEV;
}

/* A mapped address on an IPv6 socket: the checks of IPv4. */
static int check_mapped(struct sock *sk, __be32 v4)
{
	struct net *net = sock_net(sk);
	struct net_device *dev;
	unsigned int type;
	int err;

	if (ipv6_only_sock(sk))
		return -EINVAL;
	err = bound_dev(sk, &dev);
	if (err)
		return err;
	type = inet_addr_type_dev_table(net, dev, v4);
	/* The unspecified address counts as a broadcast one there. */
	if ((v4 && (type == RTN_MULTICAST || type == RTN_BROADCAST)) ||
	    !inet_addr_valid_or_nonlocal(net, inet_sk(sk), v4, type))
		return -EADDRNOTAVAIL;
	return 0;
}

static int check_local(struct sock *sk, const struct in6_addr *addr, int type, int scope)
{
	struct net *net = sock_net(sk);
	struct net_device *dev;
	int err;

	if (__ipv6_addr_needs_scope_id(type)) {
		if (scope)
			sk->sk_bound_dev_if = scope;
		if (!sk->sk_bound_dev_if)
			return -EINVAL;
	}
	err = bound_dev(sk, &dev);
	if (err)
		return err;
	if (!ipv6_can_nonlocal_bind(net, inet_sk(sk)) && !ipv6_chk_addr(net, addr, dev, 0))
		return -EADDRNOTAVAIL;
	return 0;
}

static int ipv6_bind_addr(struct sock *sk, const struct in6_addr *addr, int scope)
{
	struct inet_sock *inet = inet_sk(sk);
	int type = ipv6_addr_type(addr);
	__be32 v4 = 0;
	int err = 0;

	if (type & IPV6_ADDR_MULTICAST)
		return -EINVAL;
	rcu_read_lock();
	if (type == IPV6_ADDR_MAPPED) {
		v4 = addr->s6_addr32[3];
		err = check_mapped(sk, v4);
	} else if (type != IPV6_ADDR_ANY) {
		v4 = LOOPBACK4_IPV6;
		err = check_local(sk, addr, type, scope);
	}
	rcu_read_unlock();
	if (err)
		return err;

	inet->inet_saddr = v4;
	inet->inet_rcv_saddr = v4;
	sk->sk_v6_rcv_saddr = *addr;
	inet6_sk(sk)->saddr = *addr;
	if (type != IPV6_ADDR_ANY) {
		sk->sk_userlocks |= SOCK_BINDADDR_LOCK;
		if (type != IPV6_ADDR_MAPPED)
			sk->sk_ipv6only = 1;
	}
	return 0;
}

const struct xtcp_ip_ops xtcp_ipv6_ops = {
	.family		= AF_INET6,
	.header_len	= sizeof(struct ipv6hdr),
	.mss_default	= IPV6_MIN_MTU - sizeof(struct ipv6hdr) - sizeof(struct tcphdr),
	.gso_type	= SKB_GSO_TCPV6,
	.route		= ipv6_route,
	.rebuild	= ipv6_rebuild,
	.xmit		= ipv6_xmit,
	.reply_route	= ipv6_reply_route,
	.reply		= ipv6_reply,
	.child		= ipv6_child,
	.update_pmtu	= ipv6_path_mtu,
	.parse_addr	= ipv6_parse_addr,
	.bind_addr	= ipv6_bind_addr,
};
