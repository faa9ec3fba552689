// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about our packets: who sent the packet, and what the error means
 * to him (RFC 9293 3.9.2.2). attach.c calls; the IP layer has verified the
 * error and pulled the quoted IP header and eight bytes behind it, all that
 * RFC 792 promises: ports and sequence number.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ndisc.h>
#include <xtcp/icmp.h>
#include "internal.h"

/* RFC 1191 5: what to take for the MTU of a router that does not tell it. */
#define PMTU_UNTOLD	576

enum verdict {
	IGNORE,
	ERROR,
	PMTU,
	REDIRECT,
};

/* The quoted TCP header: where it is in skb->data, and its sequence number. */
struct quote {
	u32 at;
	u32 seq;
};

/* The ports go to tuple. */
static struct quote quoted(const struct sk_buff *skb, u32 at, struct xtcp_tuple *tuple)
{
	const u8 *header = skb->data + at;

	tuple->lport = get_unaligned_be16(header);
	tuple->rport = get_unaligned_be16(header + 2);
	return (struct quote){ .at = at, .seq = get_unaligned_be32(header + 4) };
}

/* Another router is better: the route learns it, unless it is in use. */
static void redirect(struct xtcp_sock *xs, struct sk_buff *skb, u32 seq)
{
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst;

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		xtcp_count(xs->conn.env, XTCP_MIB_LOCK_DROPPED_ICMPS);
	} else if (xtcp_icmp_plausible(&xs->conn, seq)) {
		dst = __sk_dst_check(sk, xs->inet6.dst_cookie);
		if (dst)
			dst->ops->redirect(dst, sk, skb);
	}
	bh_unlock_sock(sk);
}

static void to_connection(struct xtcp_sock *xs, struct sk_buff *skb, const struct quote *q,
			  enum verdict verdict, u32 value)
{
	struct sock *sk = &xs->inet.sk;

	switch (verdict) {
	case IGNORE:
		break;
	case ERROR:
		xtcp_sock_icmp(sk, q->seq, value, skb, q->at);
		break;
	case PMTU:
		xtcp_sock_pmtu(sk, q->seq, value);
		break;
	case REDIRECT:
		redirect(xs, skb, q->seq);
		break;
	}
}

/*
 * A request lives until its last SYN,ACK and fits every MTU; a TIME-WAIT has
 * nothing to lose: neither heeds errors.
 */
static bool deliver(struct net *net, struct sk_buff *skb, const struct xtcp_tuple *tuple,
		    int dif, int sdif, enum verdict verdict, u32 value, const struct quote *q)
{
	struct xtcp_node *node = xtcp_node_find(net, tuple, dif, sdif);

	if (!node)
		return false;
	if (node->type == XTCP_NODE_CONN)
		to_connection(xtcp_node_xs(node), skb, q, verdict, value);
	else if (node->type == XTCP_NODE_REQUEST &&
		 container_of(node, struct xtcp_request, node)->half.iss != q->seq)
		xtcp_count(&xtcp_net(net)->env, XTCP_MIB_OUT_OF_WINDOW_ICMPS);
	xtcp_node_put(node);
	return true;
}

/* value becomes an errno or an MTU. */
static enum verdict judge4(u8 type, u8 code, u32 info, u32 *value)
{
	switch (type) {
	case ICMP_REDIRECT:
		return REDIRECT;
	case ICMP_PARAMETERPROB:
		*value = EPROTO;
		return ERROR;
	case ICMP_TIME_EXCEEDED:
		*value = EHOSTUNREACH;
		return ERROR;
	case ICMP_DEST_UNREACH:
		if (code > NR_ICMP_UNREACH)
			return IGNORE;
		if (code == ICMP_FRAG_NEEDED) {
			*value = info ? info : PMTU_UNTOLD;
			return PMTU;
		}
		*value = icmp_err_convert[code].errno;
		return ERROR;
	default:
		return IGNORE;	/* source quench (RFC 6633), and what is no error */
	}
}

bool xtcp_icmp4(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	struct xtcp_tuple tuple;
	enum verdict verdict;
	struct quote q;
	u32 value = 0;

	ipv6_addr_set_v4mapped(iph->saddr, &tuple.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &tuple.raddr);
	q = quoted(skb, iph->ihl * 4, &tuple);
	verdict = judge4(icmp_hdr(skb)->type, icmp_hdr(skb)->code, info, &value);
	return deliver(dev_net(skb->dev), skb, &tuple, inet_iif(skb), inet_sdif(skb), verdict,
		       value, &q);
}

static enum verdict judge6(u8 type, u8 code, __be32 info, u32 *value)
{
	int err = 0;

	switch (type) {
	case NDISC_REDIRECT:
		return REDIRECT;
	case ICMPV6_PKT_TOOBIG:
		*value = ntohl(info);
		return *value >= IPV6_MIN_MTU ? PMTU : IGNORE;
	default:
		icmpv6_err_convert(type, code, &err);
		*value = err;
		return err ? ERROR : IGNORE;
	}
}

bool xtcp_icmp6(struct sk_buff *skb, u8 type, u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)skb->data;
	struct xtcp_tuple tuple;
	enum verdict verdict;
	struct quote q;
	u32 value = 0;

	tuple.laddr = hdr->saddr;
	tuple.raddr = hdr->daddr;
	q = quoted(skb, offset, &tuple);
	verdict = judge6(type, code, info, &value);
	return deliver(dev_net(skb->dev), skb, &tuple, inet6_iif(skb), inet6_sdif(skb), verdict,
		       value, &q);
}
