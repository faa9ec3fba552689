// SPDX-License-Identifier: GPL-2.0-only
/*
 * SACK blocks that arrive (RFC 2018 5, RFC 2883 5): which descriptors they
 * cover. Called by ack.c.
 */
#include <linux/math.h>
#include <xtcp/conn.h>

/* Below the acknowledgment, or within the second block (RFC 2883 4). */
static bool is_dup(const struct xtcp_options *opt, u32 ack)
{
	const struct xtcp_sack_block *b = &opt->sack[0];

	if (xtcp_seq_lt(b->first, ack))
		return xtcp_seq_le(b->end, ack);
	return opt->nr_sack > 1 && xtcp_seq_ge(b->first, opt->sack[1].first) &&
	       xtcp_seq_le(b->end, opt->sack[1].end);
}

/* Empty, or of what was not sent. */
static bool is_nonsense(const struct xtcp_conn *c, const struct xtcp_sack_block *b)
{
	return xtcp_seq_ge(b->first, b->end) || xtcp_seq_gt(b->end, c->snd.nxt);
}

/* It must be of what we can have sent twice. */
static void take_dup(struct xtcp_conn *c, const struct xtcp_sack_block *b, u32 ack,
		     struct xtcp_delivery *d)
{
	bool behind_hole = xtcp_seq_ge(b->first, ack);

	if (is_nonsense(c, b) || xtcp_seq_lt(b->first, c->snd.una - c->snd.max_wnd)) {
		xtcp_count(c->env, c->undo.armed ? XTCP_MIB_DSACK_IGNORED_OLD :
						   XTCP_MIB_DSACK_IGNORED_NO_UNDO);
		return;
	}
	xtcp_count(c->env, behind_hole ? XTCP_MIB_DSACK_OFO_RECV : XTCP_MIB_DSACK_RECV);
	xtcp_count_by(c->env, XTCP_MIB_DSACK_RECV_SEGS,
		      xtcp_segments(b->end - b->first, c->snd.mss));
	c->tally.dups++;
	d->dup = true;
	d->dup_first = b->first;
	d->dup_end = b->end;
	xtcp_rack_widen(c);
}

/* A range of what is in flight? */
static bool is_news(const struct xtcp_conn *c, const struct xtcp_sack_block *b)
{
	return !is_nonsense(c, b) && xtcp_seq_gt(b->end, c->snd.una);
}

/*
 * The part of tx that the block covers, in whole segments: what else is told
 * would let a hostile peer grind the queue to dust. NULL if that is nothing,
 * or memory is short.
 */
static struct xtcp_tx *covered(struct xtcp_conn *c, struct xtcp_tx *tx, u32 first, u32 end)
{
	u32 from = 0;
	u32 to = tx->len;

	if (xtcp_seq_lt(tx->seq, first))
		from = roundup(first - tx->seq, c->snd.mss);
	if (xtcp_seq_gt(xtcp_tx_end(tx), end))
		to = rounddown(end - tx->seq, c->snd.mss);
	if (from >= to)
		return NULL;
	if (from) {
		if (xtcp_txq_cut(c, tx, from))
			return NULL;
		tx = list_next_entry(tx, node);
	}
	if (to - from < tx->len && xtcp_txq_cut(c, tx, to - from))
		return NULL;
	return tx;
}

static void take_block(struct xtcp_conn *c, const struct xtcp_sack_block *b,
		       const struct xtcp_seg *seg, struct xtcp_delivery *d)
{
	u32 first = xtcp_seq_max(b->first, c->snd.una);
	struct xtcp_tx *tx = xtcp_txq_find(&c->txq, first);

	while (tx && xtcp_seq_lt(tx->seq, b->end)) {
		struct xtcp_tx *part = tx;

		if (!(tx->mark & XTCP_SACKED)) {
			part = covered(c, tx, first, b->end);
			if (part)
				xtcp_mark_sacked(c, part, seg, d);
		}
		tx = xtcp_txq_next_sent(&c->txq, part ? part : tx);
	}
}

static u32 highest(const struct xtcp_conn *c, const struct xtcp_options *opt, u8 from)
{
	u32 end = c->board.fack;
	u8 i;

	for (i = from; i < opt->nr_sack; i++)
		if (is_news(c, &opt->sack[i]))
			end = xtcp_seq_max(end, opt->sack[i].end);
	return end;
}

void xtcp_sack_take(struct xtcp_conn *c, const struct xtcp_seg *seg, struct xtcp_delivery *d)
{
	const struct xtcp_options *opt = &seg->opt;
	u8 from = 0;
	u8 i;

	if (!c->board.on || !opt->nr_sack)
		return;
	if (is_dup(opt, seg->ack))
		take_dup(c, &opt->sack[from++], seg->ack, d);
	for (i = from; i < opt->nr_sack; i++)
		if (is_news(c, &opt->sack[i]))
			take_block(c, &opt->sack[i], seg, d);
		else if (is_nonsense(c, &opt->sack[i]))
			xtcp_count(c->env, XTCP_MIB_SACK_DISCARD);
	/* Only now: the blocks of one ACK have not overtaken each other. */
	c->board.fack = highest(c, opt, from);
}
