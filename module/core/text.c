// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seventh step of SEGMENT ARRIVES: the text (RFC 9293 3.10.7.4). Called by
 * input.c and connect.c.
 */
#include <linux/errno.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

/* Nobody will read it: tell the peer (RFC 9293 3.6.1, SHLD-3). */
static bool is_unwelcome(const struct xtcp_conn *c, u32 end)
{
	return (c->orphan || c->rcv_shutdown) && c->state != XTCP_ESTABLISHED &&
	       xtcp_seq_gt(end, c->rcv.nxt);
}

void xtcp_text_again(struct xtcp_conn *c, u32 seq, u32 end)
{
	bool in_order = xtcp_seq_lt(seq, c->rcv.nxt);

	if (in_order)
		xtcp_accecn_option_again(c);
	if (!c->board.on || !c->env->knob.dsack)
		return;
	xtcp_report_dup(&c->report, seq, end);
	xtcp_count(c->env, in_order ? XTCP_MIB_DSACK_OLD_SENT : XTCP_MIB_DSACK_OFO_SENT);
	xtcp_ack_now(c);
}

void xtcp_text_known(struct xtcp_conn *c, u32 seq, u32 end)
{
	xtcp_count(c->env, XTCP_MIB_DELACK_LOST);
	xtcp_text_again(c, seq, end);
}

/* The first part of rxd that has come before; empty if there is none. */
static struct xtcp_sack_block known_part(const struct xtcp_conn *c, const struct xtcp_rxd *rxd)
{
	const struct xtcp_rxd *beyond = xtcp_reasm_first(&c->rxq);
	struct xtcp_sack_block part = { .first = rxd->seq, .end = rxd->seq };

	if (xtcp_seq_lt(rxd->seq, c->rcv.nxt)) {
		part.end = c->rcv.nxt;
	} else if (beyond && xtcp_seq_lt(beyond->seq, rxd->end)) {
		part.first = beyond->seq;
		part.end = xtcp_seq_min(beyond->end, rxd->end);
	}
	return part;
}

static enum xtcp_drop keep_in_order(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	struct xtcp_rxd *rxd = a->rxd;
	bool fills_gap = c->rxq.nr_ofo > 0;
	struct xtcp_sack_block dup = { 0 };
	u32 nxt = c->rcv.nxt;

	/* The reader always gets the next segment, or it would wait for ever. */
	if (c->limits.rcv_full && !list_empty(&c->rxq.ready)) {
		xtcp_ack_now(c);
		xtcp_count(c->env, XTCP_MIB_RCVQ_DROP);
		return XTCP_DROP_QUEUE_FULL;
	}
	if (fills_gap || rxd->seq != c->rcv.nxt)
		dup = known_part(c, rxd);
	list_add_tail(&rxd->list, &c->rxq.ready);
	a->kept = true;
	c->rcv.nxt = rxd->end;
	if (fills_gap)
		c->rcv.nxt = xtcp_reasm_advance(&c->rxq, rxd->end);
	c->tally.received += c->rcv.nxt - nxt;
	if (c->report.nr)
		xtcp_report_advance(&c->report, c->rcv.nxt);
	c->wake |= XTCP_WAKE_READ;
	if (fills_gap)
		xtcp_ack_now(c);
	else
		xtcp_delack_on_text(c, a->seg, a->now_us);
	if (dup.first != dup.end)
		xtcp_text_again(c, dup.first, dup.end);
	return XTCP_DROP_NONE;
}

/* The first of them are acknowledged at once: three start a fast retransmit (MAY-13). */
static enum xtcp_drop keep_out_of_order(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	u32 nr = c->rxq.nr_ofo;

	if (c->limits.rcv_full) {
		xtcp_ack_now(c);
		xtcp_count(c->env, XTCP_MIB_OFO_DROP);
		return XTCP_DROP_OFO_FULL;
	}
	xtcp_report_add(&c->report, a->rxd->seq, a->rxd->end);
	if (!xtcp_reasm_insert(&c->rxq, a->rxd)) {
		xtcp_ack_now(c);
		xtcp_count(c->env, XTCP_MIB_OFO_MERGE);
		xtcp_text_again(c, a->rxd->seq, a->rxd->end);
		return XTCP_DROP_OLD_DATA;
	}
	xtcp_count(c->env, XTCP_MIB_OFO_QUEUE);
	if (c->rxq.nr_ofo <= nr)
		xtcp_count_by(c->env, XTCP_MIB_OFO_MERGE, nr + 1 - c->rxq.nr_ofo);
	c->tally.behind_hole++;
	xtcp_grow_for_hole(c);
	xtcp_compress_ack(c, a->now_us);
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
		xtcp_text_known(c, rxd->seq, rxd->end);
		return seg->flags & XTCP_FIN ? XTCP_DROP_NONE : XTCP_DROP_OLD_DATA;
	}
	if (xtcp_seq_le(rxd->seq, c->rcv.nxt))
		return keep_in_order(c, a);
	return keep_out_of_order(c, a);
}
