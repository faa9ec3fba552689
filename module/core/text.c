// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seventh step of SEGMENT ARRIVES: the text (RFC 9293 3.10.7.4). Called by
 * input.c and connect.c.
 */
#include <linux/errno.h>
#include <xtcp/conn.h>

/* Nobody will read it: tell the peer (RFC 9293 3.6.1, SHLD-3). */
static bool is_unwelcome(const struct xtcp_conn *c, u32 end)
{
	return (c->orphan || c->rcv_shutdown) && c->state != XTCP_ESTABLISHED &&
	       xtcp_seq_gt(end, c->rcv.nxt);
}

static enum xtcp_drop keep_in_order(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	struct xtcp_rxd *rxd = a->rxd;
	bool fills_gap = c->rxq.nr_ofo > 0;

	/* The reader always gets the next segment, or it would wait for ever. */
	if (c->limits.rcv_full && !list_empty(&c->rxq.ready)) {
		xtcp_ack_now(c);
		return XTCP_DROP_QUEUE_FULL;
	}
	list_add_tail(&rxd->list, &c->rxq.ready);
	a->kept = true;
	c->rcv.nxt = xtcp_reasm_advance(&c->rxq, rxd->end);
	c->wake |= XTCP_WAKE_READ;
	if (fills_gap)
		xtcp_ack_now(c);
	else
		xtcp_delack_on_text(c, a->seg, a->now_us);
	return XTCP_DROP_NONE;
}

/* Acknowledged at once: three of them start a fast retransmit (MAY-13). */
static enum xtcp_drop keep_out_of_order(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	xtcp_ack_now(c);
	if (c->limits.rcv_full) {
		xtcp_count(c->env, XTCP_MIB_OFO_DROP);
		return XTCP_DROP_OFO_FULL;
	}
	if (!xtcp_reasm_insert(&c->rxq, a->rxd))
		return XTCP_DROP_OLD_DATA;
	xtcp_count(c->env, XTCP_MIB_OFO_QUEUE);
	a->kept = true;
	return XTCP_DROP_NONE;
}

enum xtcp_drop xtcp_text(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;
	struct xtcp_rxd *rxd = a->rxd;

	if (!seg->len || !rxd || !xtcp_may_receive(c->state))
		return XTCP_DROP_NONE;
	if (is_unwelcome(c, seg->seq + seg->len)) {
		xtcp_count(c->env, XTCP_MIB_ABORT_ON_DATA);
		xtcp_conn_abort(c, ECONNRESET);
		return XTCP_DROP_CLOSED;
	}
	rxd->seq = seg->seq;
	rxd->end = xtcp_seq_min(seg->seq + seg->len, c->rcv.edge);
	if (xtcp_seq_le(rxd->end, c->rcv.nxt)) {
		xtcp_ack_now(c);
		return seg->flags & XTCP_FIN ? XTCP_DROP_NONE : XTCP_DROP_OLD_DATA;
	}
	if (xtcp_seq_le(rxd->seq, c->rcv.nxt))
		return keep_in_order(c, a);
	return keep_out_of_order(c, a);
}
