// SPDX-License-Identifier: GPL-2.0-only
/*
 * How segments reach us, and the only file that knows: our handlers take the
 * place of those of the kernel's TCP in the tables of IP protocols, look at
 * the local port, and pass on what is not for us. Called by main.c.
 *
 * It is so late a place that the firewall, connection tracking, reassembly and
 * IPsec have done their work, and that ICMP errors come verified.
 */
#include <linux/delay.h>
#include <net/protocol.h>
#include "internal.h"

#define DETACH_POLL_MS		100
#define DETACH_WARN_POLLS	100	/* a warning each 10 s */

/* The entries that we found, and the copies of them that are ours. */
static struct net_protocol *kernel_ipv4;
static struct net_protocol our_ipv4;
static struct inet6_protocol *kernel_ipv6;
static struct inet6_protocol our_ipv6;

/* Is the 16-bit number in network order that starts at `at` a port of ours? */
static bool our_port_at(struct sk_buff *skb, unsigned int at)
{
	return pskb_may_pull(skb, at + sizeof(__be16)) &&
	       test_bit(get_unaligned_be16(skb->data + at), xtcp_port_map);
}

static int ipv4_handler(struct sk_buff *skb)
{
	if (our_port_at(skb, offsetof(struct tcphdr, dest)) &&
	    xtcp_ingress(skb, true))
		return 0;
	return kernel_ipv4->handler(skb);
}

static int ipv6_handler(struct sk_buff *skb)
{
	if (our_port_at(skb, offsetof(struct tcphdr, dest)) &&
	    xtcp_ingress(skb, false))
		return 0;
	return kernel_ipv6->handler(skb);
}

/* The packet that the error is about was ours: its source port counts. */
static int ipv4_error(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;

	if (our_port_at(skb, iph->ihl * 4) && xtcp_icmp4(skb, info))
		return 0;
	return kernel_ipv4->err_handler(skb, info);
}

static int ipv6_error(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code,
		      int offset, __be32 info)
{
	if (our_port_at(skb, offset) && xtcp_icmp6(skb, type, code, offset, info))
		return 0;
	return kernel_ipv6->err_handler(skb, opt, type, code, offset, info);
}

static bool swap_ipv4(struct net_protocol *from, struct net_protocol *to)
{
	struct net_protocol **slot = (__force struct net_protocol **)&inet_protos[IPPROTO_TCP];

	return cmpxchg(slot, from, to) == from;
}

static bool swap_ipv6(struct inet6_protocol *from, struct inet6_protocol *to)
{
	struct inet6_protocol **slot =
		(__force struct inet6_protocol **)&inet6_protos[IPPROTO_TCP];

	return cmpxchg(slot, from, to) == from;
}

static int attach_ipv4(void)
{
	kernel_ipv4 = (__force struct net_protocol *)READ_ONCE(inet_protos[IPPROTO_TCP]);
	if (!kernel_ipv4 || !kernel_ipv4->handler || !kernel_ipv4->err_handler)
		return -EPROTONOSUPPORT;
	our_ipv4 = *kernel_ipv4;
	our_ipv4.handler = ipv4_handler;
	our_ipv4.err_handler = ipv4_error;
	return swap_ipv4(kernel_ipv4, &our_ipv4) ? 0 : -EBUSY;
}

/* A kernel without IPv6 (ipv6.disable=1) has no entry, and needs none. */
static int attach_ipv6(void)
{
	kernel_ipv6 = (__force struct inet6_protocol *)READ_ONCE(inet6_protos[IPPROTO_TCP]);
	if (!kernel_ipv6)
		return 0;
	if (!kernel_ipv6->handler || !kernel_ipv6->err_handler)
		return -EPROTONOSUPPORT;
	our_ipv6 = *kernel_ipv6;
	our_ipv6.handler = ipv6_handler;
	our_ipv6.err_handler = ipv6_error;
	return swap_ipv6(kernel_ipv6, &our_ipv6) ? 0 : -EBUSY;
}

/*
 * Another module that took its place in front of us after we came calls our
 * handlers, and nobody can tell it not to: ours must stay until it has gone.
 * The exit of a module cannot fail, so it waits, and says for what.
 */
static void swap_back(bool (*try_swap)(void), const char *version)
{
	unsigned int polls = 0;

	while (!try_swap()) {
		if (polls++ % DETACH_WARN_POLLS == 0)
			pr_warn("xtcp: another module has taken over TCP over %s; unload it first, waiting\n",
				version);
		msleep(DETACH_POLL_MS);
	}
}

static bool restore_ipv4(void)
{
	return swap_ipv4(&our_ipv4, kernel_ipv4);
}

static bool restore_ipv6(void)
{
	return swap_ipv6(&our_ipv6, kernel_ipv6);
}

int xtcp_attach(void)
{
	int err = attach_ipv4();

	if (err)
		return err;
	err = attach_ipv6();
	if (err) {
		swap_back(restore_ipv4, "IPv4");
		synchronize_net();
	}
	return err;
}

void xtcp_detach(void)
{
	if (kernel_ipv6)
		swap_back(restore_ipv6, "IPv6");
	swap_back(restore_ipv4, "IPv4");
	/* Handlers run under rcu_read_lock(). */
	synchronize_net();
}
