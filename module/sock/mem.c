// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a connection: descriptors and packets of the transmit queue,
 * packets of the receive queues, and what of it is charged to the socket.
 * Queued text is charged to sk_wmem_queued, received text to sk_rmem_alloc.
 */
#include <net/tcp.h>
#include "internal.h"

static struct kmem_cache *tx_cache;

/*
 * The descriptor that this CPU was last done with, for the next text: who answers what comes
 * needs one as soon as he has freed one. Whoever allocated it first pays for it.
 */
static DEFINE_PER_CPU(struct xtcp_tx *, spare_tx);

/* Bytes of text in a packet that collects small ones: a page with its rest. */
#define COLLECTOR_ROOM	((u32)SKB_WITH_OVERHEAD(4096 - 64))

static struct xtcp_tx *take_descriptor(gfp_t gfp)
{
	struct xtcp_tx *spare = this_cpu_xchg(spare_tx, NULL);

	return spare ? spare : kmem_cache_alloc(tx_cache, gfp);
}

static void put_descriptor(struct xtcp_tx *tx)
{
	if (this_cpu_cmpxchg(spare_tx, NULL, tx))
		kmem_cache_free(tx_cache, tx);
}

/*
 * Without text; the caller adds some, and core sets the rest when it queues it. Charged
 * already.
 */
struct xtcp_tx *xtcp_tx_alloc(struct sock *sk, gfp_t gfp)
{
	struct xtcp_tx *tx = take_descriptor(gfp);
	struct sk_buff *skb;

	if (!tx)
		return NULL;
	skb = alloc_skb_fclone(MAX_TCP_HEADER, gfp);
	if (!skb) {
		put_descriptor(tx);
		return NULL;
	}
	skb_reserve(skb, MAX_TCP_HEADER);
	skb->ip_summed = CHECKSUM_PARTIAL;
	*xtcp_tx_cb(skb) = (struct xtcp_tx_cb){ .sk = sk };
	tx->payload = skb;
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	return tx;
}

void xtcp_tx_free(struct sock *sk, struct xtcp_tx *tx)
{
	struct sk_buff *skb = tx->payload;

	sk_wmem_queued_add(sk, -skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	consume_skb(skb);
	put_descriptor(tx);
}

/* Gives skb data of its own if it shares them; the charge stays as it is. */
static int unshare(struct sk_buff *skb)
{
	unsigned int truesize = skb->truesize;
	int err;

	if (!skb_cloned(skb))
		return 0;
	err = pskb_expand_head(skb, 0, 0, GFP_ATOMIC | __GFP_NOWARN);
	skb->truesize = truesize;
	return err;
}

/*
 * struct xtcp_env.cut. The text lies in pages only, so no byte is copied. A
 * clone that is on its way out shares the table of pages and must not see it
 * change, therefore skb gets its own first.
 */
struct xtcp_tx *xtcp_tx_cut(struct xtcp_tx *tx, u32 at)
{
	struct sk_buff *skb = tx->payload;
	struct sock *sk = xtcp_tx_cb(skb)->sk;
	struct sk_buff *rest_skb;
	struct xtcp_tx *rest;
	u32 moved = skb->len - at;

	if (unshare(skb))
		return NULL;
	rest = xtcp_tx_alloc(sk, GFP_ATOMIC | __GFP_NOWARN);
	if (!rest)
		return NULL;
	rest_skb = rest->payload;
	skb_split(skb, rest_skb, at);
	skb->truesize -= moved;
	rest_skb->truesize += moved;
	xtcp_tx_cb(rest_skb)->eor = xtcp_tx_cb(skb)->eor;
	if (unlikely(xtcp_is_stamped(skb)))
		xtcp_stamp_cut(skb, rest_skb, tx->seq + at);
	return rest;
}

void xtcp_tx_free_list(struct sock *sk, struct list_head *list)
{
	struct xtcp_tx *tx, *next;

	list_for_each_entry_safe(tx, next, list, node) {
		list_del(&tx->node);
		xtcp_tx_free(sk, tx);
	}
}

void xtcp_tx_purge(struct xtcp_sock *xs)
{
	struct xtcp_txq *q = &xs->conn.txq;

	xtcp_txq_purge(q);
	xtcp_tx_free_list(&xs->inet.sk, &q->acked);
}

void xtcp_rx_free_list(struct list_head *list)
{
	struct xtcp_rxd *rxd, *next;

	list_for_each_entry_safe(rxd, next, list, list) {
		list_del(&rxd->list);
		consume_skb(xtcp_rxd_skb(rxd));
	}
}

void xtcp_rx_purge(struct xtcp_sock *xs)
{
	struct xtcp_rxq *q = &xs->conn.rxq;

	xtcp_reasm_purge(q);
	xtcp_rx_free_list(&q->ready);
	xtcp_rx_free_list(&q->done);
}

/* All text of a packet, none of it cut off by core? */
static bool is_whole(struct sk_buff *skb, const struct xtcp_rxd *rxd)
{
	return skb->len - xtcp_rx_cb(skb)->text_offset == rxd->end - rxd->seq;
}

static struct xtcp_rxd *before_in_order(struct xtcp_rxq *q, struct xtcp_rxd *rxd)
{
	if (q->ready.prev != &rxd->list || q->ready.next == &rxd->list)
		return NULL;
	return list_prev_entry(rxd, list);
}

static struct xtcp_rxd *before_out_of_order(struct xtcp_rxd *rxd)
{
	return rb_entry_safe(rb_prev(&rxd->node), struct xtcp_rxd, node);
}

/* Appends the packet of rxd to the one before it, if it fits. */
static bool join(struct sock *sk, struct xtcp_rxd *before, struct xtcp_rxd *rxd, bool *stolen)
{
	struct sk_buff *skb = xtcp_rxd_skb(rxd);
	ktime_t stamp = skb->tstamp;
	struct sk_buff *to;
	int delta;

	to = xtcp_rxd_skb(before);
	if (!is_whole(to, before) || !is_whole(skb, rxd))
		return false;
	__skb_pull(skb, xtcp_rx_cb(skb)->text_offset);
	xtcp_rx_cb(skb)->text_offset = 0;
	if (!skb_try_coalesce(to, skb, stolen, &delta))
		return false;
	before->end = rxd->end;
	to->tstamp = stamp;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	xtcp_count(xtcp_sk(sk)->conn.env, XTCP_MIB_RCV_COALESCE);
	return true;
}

/* Small text in a packet that costs more than four times as much. */
static bool is_wasteful(struct sk_buff *skb, const struct xtcp_rxd *rxd)
{
	u32 len = rxd->end - rxd->seq;

	return len < COLLECTOR_ROOM / 4 && skb->truesize / 4 > len && is_whole(skb, rxd);
}

/* A packet with the text of skb and room for more; NULL if memory is short. */
static struct sk_buff *collector_of(struct sk_buff *skb)
{
	const struct xtcp_rx_cb *cb = xtcp_rx_cb(skb);
	u32 len = cb->rxd.end - cb->rxd.seq;
	struct sk_buff *to = alloc_skb(COLLECTOR_ROOM, GFP_ATOMIC | __GFP_NOWARN);

	if (!to)
		return NULL;
	skb_copy_bits(skb, cb->text_offset, skb_put(to, len), len);
	xtcp_rx_cb(to)->rxd.seq = cb->rxd.seq;
	xtcp_rx_cb(to)->rxd.end = cb->rxd.end;
	xtcp_rx_cb(to)->text_offset = 0;
	to->tstamp = skb->tstamp;
	return to;
}

/* The packet that is to stand for skb in its queue: skb itself, or a copy. */
static struct sk_buff *settle(struct xtcp_sock *xs, struct sk_buff *skb, bool in_order)
{
	struct xtcp_rxd *rxd = &xtcp_rx_cb(skb)->rxd;
	struct sk_buff *to = is_wasteful(skb, rxd) ? collector_of(skb) : NULL;

	if (!to)
		return skb;
	if (in_order)
		list_replace(&rxd->list, &xtcp_rx_cb(to)->rxd.list);
	else
		rb_replace_node(&rxd->node, &xtcp_rx_cb(to)->rxd.node, &xs->conn.rxq.ofo);
	xtcp_count(xs->conn.env, XTCP_MIB_RCV_COLLAPSED);
	consume_skb(skb);
	return to;
}

/*
 * Small segments would otherwise hold much more memory than the window tells
 * the peer: skb joins the packet before it. What cannot be joined because
 * its data are shared, as on the loopback, is copied to where more will fit.
 */
void xtcp_rx_own(struct xtcp_sock *xs, struct sk_buff *skb)
{
	struct xtcp_rxd *rxd = &xtcp_rx_cb(skb)->rxd;
	bool in_order = xtcp_seq_le(rxd->seq, xs->conn.rcv.nxt);
	struct xtcp_rxq *q = &xs->conn.rxq;
	struct xtcp_rxd *before = in_order ? before_in_order(q, rxd) : before_out_of_order(rxd);
	struct sock *sk = &xs->inet.sk;
	bool stolen;

	if (!before || before->end != rxd->seq) {
		skb_set_owner_r(skb, sk);
	} else if (join(sk, before, rxd, &stolen)) {
		if (in_order) {
			list_del(&rxd->list);
		} else {
			rb_erase(&rxd->node, &q->ofo);
			q->nr_ofo--;
		}
		kfree_skb_partial(skb, stolen);
	} else {
		skb_set_owner_r(settle(xs, skb, in_order), sk);
	}
}

int xtcp_tx_setup(void)
{
	tx_cache = kmem_cache_create("xtcp_tx", sizeof(struct xtcp_tx), 0,
				     SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	return tx_cache ? 0 : -ENOMEM;
}

void xtcp_tx_teardown(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(spare_tx, cpu))
			kmem_cache_free(tx_cache, per_cpu(spare_tx, cpu));
		per_cpu(spare_tx, cpu) = NULL;
	}
	kmem_cache_destroy(tx_cache);
	tx_cache = NULL;
}
