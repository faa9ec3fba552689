// SPDX-License-Identifier: GPL-2.0-only
/*
 * Times of text that users want to know (SO_TIMESTAMPING): when the last byte of a call was
 * given to the queue of the device, left it, and was acknowledged. The kernel takes the first
 * two times and puts them all into the error queue, as long as a packet says so in its
 * struct skb_shared_info.
 *
 * There tskey is the sequence number of the byte: whoever cuts a packet finds by it the piece
 * that the byte is in. To the user it is told as the number of bytes before it, from sk_tskey
 * on. For the kernel's TCP that is subtracted on the way into the queue; here, on the way out.
 *
 * ICMP errors come into the same queue, for who asks for them (IP_RECVERR).
 */
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/inet_common.h>
#include <xtcp/seq.h>
#include "internal.h"

/* What of SOF_TIMESTAMPING_... makes a packet carry a number. */
#define RECORDED (SOF_TIMESTAMPING_TX_RECORD_MASK)

void xtcp_stamp_begin(struct sock *sk)
{
	u32 from = xtcp_sk(sk)->conn.txq.end;

	if (!(READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID) || atomic_read(&sk->sk_tskey))
		return;
	/* 0 is what the kernel sets when the user wants to begin. */
	atomic_set(&sk->sk_tskey, from ? from : 1);
}

void xtcp_stamp_mark(struct xtcp_tx *tx, u32 wanted)
{
	struct sk_buff *skb = tx->payload;

	__sock_tx_timestamp(wanted, &skb_shinfo(skb)->tx_flags);
	if (wanted & SOF_TIMESTAMPING_TX_ACK)
		xtcp_tx_cb(skb)->stamp_ack = true;
	if (wanted & RECORDED)
		skb_shinfo(skb)->tskey = xtcp_tx_end(tx) - 1;
}

void xtcp_stamp_cut(struct sk_buff *skb, struct sk_buff *rest, u32 seq)
{
	if (xtcp_seq_lt(skb_shinfo(skb)->tskey, seq))
		return;
	skb_shinfo(rest)->tskey = skb_shinfo(skb)->tskey;
	skb_shinfo(rest)->tx_flags = skb_shinfo(skb)->tx_flags;
	skb_shinfo(skb)->tx_flags = 0;
	xtcp_tx_cb(rest)->stamp_ack = xtcp_tx_cb(skb)->stamp_ack;
	xtcp_tx_cb(skb)->stamp_ack = false;
}

void xtcp_stamp_acked(struct sock *sk, const struct list_head *list, u32 una)
{
	const struct xtcp_tx *tx;

	list_for_each_entry(tx, list, node) {
		struct sk_buff *skb = tx->payload;

		if (xtcp_tx_cb(skb)->stamp_ack && xtcp_seq_lt(skb_shinfo(skb)->tskey, una))
			__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
	}
}

/* Counts for the first of the queue. False if there is none. */
static bool count_first(struct sock *sk)
{
	struct sk_buff_head *q = &sk->sk_error_queue;
	struct sock_exterr_skb *err;
	unsigned long flags;
	struct sk_buff *skb;

	spin_lock_irqsave(&q->lock, flags);
	skb = skb_peek(q);
	err = skb ? SKB_EXT_ERR(skb) : NULL;
	if (err && err->ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING &&
	    (READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_OPT_ID))
		err->ee.ee_data -= atomic_read(&sk->sk_tskey);
	spin_unlock_irqrestore(&q->lock, flags);
	return skb;
}

/* With the lock: between counting and taking no other reader comes. */
int xtcp_recv_error(struct sock *sk, struct msghdr *msg, size_t len)
{
	int addr_len = 0;
	int ret = -EAGAIN;

	lock_sock(sk);
	if (count_first(sk))
		ret = inet_recv_error(sk, msg, len, &addr_len);
	release_sock(sk);
	if (ret >= 0)
		msg->msg_namelen = addr_len;
	return ret;
}

/* The type of the error, its code, and where in the packet the user finds whom it is about. */
static void describe_icmp(struct sk_buff *skb, struct sock_exterr_skb *err)
{
	const u8 *quote = skb->data;

	if (skb->protocol == htons(ETH_P_IP)) {
		err->ee.ee_origin = SO_EE_ORIGIN_ICMP;
		err->ee.ee_type = icmp_hdr(skb)->type;
		err->ee.ee_code = icmp_hdr(skb)->code;
		quote += offsetof(struct iphdr, daddr);
	} else {
		err->ee.ee_origin = SO_EE_ORIGIN_ICMP6;
		err->ee.ee_type = icmp6_hdr(skb)->icmp6_type;
		err->ee.ee_code = icmp6_hdr(skb)->icmp6_code;
		quote += offsetof(struct ipv6hdr, daddr);
	}
	err->addr_offset = quote - skb_network_header(skb);
}

/* To the user goes the quoted TCP header, as far as it was quoted. */
void xtcp_queue_icmp(struct sock *sk, struct sk_buff *skb, u32 at, int err)
{
	struct sock_exterr_skb *tells;

	skb = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return;
	tells = SKB_EXT_ERR(skb);
	/* What the IP layer knows of the packet comes before it, and stays. */
	memset_after(tells, 0, header);
	describe_icmp(skb, tells);
	tells->ee.ee_errno = err;
	tells->port = htons(xtcp_sk(sk)->node.tuple.rport);
	__skb_pull(skb, at);
	skb_reset_transport_header(skb);
	if (sock_queue_err_skb(sk, skb))
		kfree_skb(skb);
}
