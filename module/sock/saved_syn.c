// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP_SAVE_SYN: a server that wants to know what its clients' SYNs look like. The headers are
 * kept with the request, then with the socket, until they are read (TCP_SAVED_SYN) or it ends.
 * Of a connection that a SYN cookie made there are none.
 */
#include <linux/slab.h>
#include "internal.h"

enum save_syn {
	SAVE_NOTHING,
	SAVE_FROM_IP,
	SAVE_FROM_LINK,
};

/* skb->data is at the TCP header. */
static const u8 *first_byte(const struct sk_buff *skb, u8 wish)
{
	if (wish == SAVE_FROM_LINK && skb_mac_header_was_set(skb))
		return skb_mac_header(skb);
	return skb_network_header(skb);
}

struct xtcp_saved_syn *xtcp_syn_save(const struct sock *listener, const struct sk_buff *skb,
				     const struct xtcp_seg *seg)
{
	u8 wish = READ_ONCE(xtcp_sk(listener)->save_syn);
	struct xtcp_saved_syn *syn;
	const u8 *first;
	u32 len;

	if (likely(wish == SAVE_NOTHING))
		return NULL;
	first = first_byte(skb, wish);
	len = skb->data + seg->header_len - first;
	syn = kmalloc(struct_size(syn, bytes, len), GFP_ATOMIC | __GFP_NOWARN);
	if (!syn)
		return NULL;
	syn->len = len;
	memcpy(syn->bytes, first, len);
	return syn;
}

void xtcp_syn_forget(struct xtcp_sock *xs)
{
	kfree(xs->saved_syn);
	xs->saved_syn = NULL;
}

void xtcp_syn_hand_over(struct xtcp_request *req, struct xtcp_sock *child)
{
	child->saved_syn = req->saved_syn;
	req->saved_syn = NULL;
}
