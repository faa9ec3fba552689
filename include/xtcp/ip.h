/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network layer as xtcp sees it: how segments come in (ip/attach.c,
 * ingress.c) and go out (ip/egress.c), with all that differs between IPv4 and
 * IPv6 in one struct xtcp_ip_ops each (ip/ipv4.c, ip/ipv6.c).
 */
#ifndef _XTCP_IP_H
#define _XTCP_IP_H

#include <linux/skbuff.h>
#include <xtcp/conn.h>
#include <xtcp/node.h>
#include <xtcp/segment.h>

struct dst_entry;
struct sock;
struct sockaddr;
struct xtcp_request;
struct xtcp_sock;
struct xtcp_syn_ack;

/**
 * struct xtcp_ip_ops - one version of IP
 * @family: AF_INET or AF_INET6
 * @header_len: of the fixed IP header
 * @mss_default: of a peer that announces none (RFC 9293 3.7.1)
 * @gso_type: SKB_GSO_TCPV4 or SKB_GSO_TCPV6
 * @route: routes sk to node.tuple.raddr, sets the source address if it is
 *	open, the dst cache, GSO capabilities. Completes node.tuple.laddr,
 *	node.bound_dev and, for the unspecified address, raddr and xs->ip. May
 *	be called again once the local port is known, for IPsec policies that
 *	depend on it. The interface of a link-local address must be in
 *	sk_bound_dev_if. Process context, socket locked. 0 or -errno
 * @rebuild: the route again if it was lost; NULL dst on failure
 * @xmit: fills the checksum and sends, consumes skb; skb->data is at the TCP
 *	header, its owner is set. Result as ip_queue_xmit()
 * @reply_route: for what is sent without a connection: a route with a reference,
 *	or ERR_PTR(). sk gives mark and TOS, or is NULL. Under rcu_read_lock()
 * @reply: sends a segment without text and without socket state: RST and ACK
 *	of TIME-WAIT, SYN,ACK of a request. sk gives mark, TOS, options, or
 *	is NULL: the defaults of the namespace, and no ECN bits. dst is what
 *	@reply_route returned; its reference passes on. Under rcu_read_lock()
 * @child: gives a child the addresses, options and route of its request;
 *	skb is the segment that completes the handshake
 * @update_pmtu: an ICMP error told a new path MTU: tell the route; returns
 *	the MTU that is now in force, 0 if there is no route
 */
struct xtcp_ip_ops {
	sa_family_t family;
	u8 header_len;
	u16 mss_default;
	int gso_type;
	int (*route)(struct xtcp_sock *xs);
	struct dst_entry *(*rebuild)(struct xtcp_sock *xs);
	int (*xmit)(struct xtcp_sock *xs, struct sk_buff *skb);
	struct dst_entry *(*reply_route)(struct net *net, const struct sock *sk,
					 const struct xtcp_tuple *tuple, int oif);
	void (*reply)(struct net *net, const struct sock *sk, const struct xtcp_tuple *tuple,
		      struct dst_entry *dst, u8 ecn, struct sk_buff *skb);
	int (*child)(struct xtcp_sock *child, const struct xtcp_request *req,
		     struct sk_buff *skb);
	u32 (*update_pmtu)(struct xtcp_sock *xs, u32 mtu);
	/* User's addresses: sockaddr <-> mapped address and port (host order). */
	int (*parse_addr)(const struct sockaddr *sa, int len, struct in6_addr *addr,
			  u16 *port, int *scope);
	/* May sk bind to addr? 0, -EADDRNOTAVAIL, -EINVAL; sets rcv_saddr. */
	int (*bind_addr)(struct sock *sk, const struct in6_addr *addr, int scope);
};

extern const struct xtcp_ip_ops xtcp_ipv4_ops;
extern const struct xtcp_ip_ops xtcp_ipv6_ops;

int xtcp_attach(void);		/* from here on segments may come */
void xtcp_detach(void);		/* none comes any more after it returns */

/*
 * Frees a packet of namespace net, whose data is at the TCP header, counts it, and lets tracing
 * tools see why. XTCP_DROP_NONE: it did its duty.
 */
void xtcp_drop_skb(struct net *net, struct sk_buff *skb, enum xtcp_drop why);

/* Claims and handles a packet, or returns false and leaves it untouched. */
bool xtcp_ingress(struct sk_buff *skb, bool v4);

/* Sends plan for a connection: clones or copies its payload. 0 or -errno. */
int xtcp_egress(struct xtcp_sock *xs, const struct xtcp_plan *plan);

/* Sends plan, which has no text, for nobody in particular. */
void xtcp_egress_reply(const struct xtcp_ip_ops *ip, struct net *net, const struct sock *sk,
		       const struct xtcp_tuple *tuple, int oif, const struct xtcp_plan *plan);
/* The same by a route that ip->reply_route() has found. */
void xtcp_egress_reply_by(const struct xtcp_ip_ops *ip, struct net *net, const struct sock *sk,
			  const struct xtcp_tuple *tuple, struct dst_entry *dst,
			  const struct xtcp_plan *plan);

/*
 * The same of a SYN,ACK in answer to skb, which it may make the answer: consumes
 * skb. dst is no error. Under rcu_read_lock().
 */
void xtcp_egress_answer(const struct xtcp_ip_ops *ip, const struct sock *sk,
			const struct xtcp_tuple *tuple, struct dst_entry *dst,
			const struct xtcp_syn_ack *header, struct sk_buff *skb);

static inline const struct xtcp_ip_ops *xtcp_ip_ops_for(sa_family_t family)
{
	return family == AF_INET ? &xtcp_ipv4_ops : &xtcp_ipv6_ops;
}

#endif /* _XTCP_IP_H */
