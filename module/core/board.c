// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scoreboard: what of the text in flight has arrived, and what is lost
 * (RFC 6675 2). A descriptor of the transmit queue is marked as a whole; the
 * sums count what of it lies above SND.UNA.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

/* Bytes of tx above una. */
static u32 left(const struct xtcp_tx *tx, u32 una)
{
	return xtcp_tx_end(tx) - xtcp_seq_max(tx->seq, una);
}

static void overtaken(struct xtcp_conn *c, u32 end)
{
	c->tally.reorderings++;
	c->tally.reordering = max(c->tally.reordering,
				  DIV_ROUND_UP(c->board.fack - end, c->snd.mss));
	if (c->rack.reordered)
		return;
	c->rack.reordered = true;
	xtcp_count(c->env, XTCP_MIB_SACK_REORDER);
}

/* What arrives for the first time tells of the path (RFC 6298 3, RFC 8985 6.2). */
static void arrived(struct xtcp_conn *c, const struct xtcp_tx *tx, u32 end,
		    const struct xtcp_seg *seg, struct xtcp_delivery *d)
{
	u64 rtt_us = seg->arrived_us > tx->sent_us ? seg->arrived_us - tx->sent_us : 1;

	xtcp_rack_delivered(c, tx, end, seg);
	if (tx->times_sent > 1)
		return;
	if (xtcp_seq_le(end, c->recovery.high))
		d->fresh = true;
	/* The latest sent: it waited least for a delayed ACK. */
	if (!d->rtt_us || rtt_us < d->rtt_us)
		d->rtt_us = min_t(u64, rtt_us, ~0U);
	if (xtcp_seq_lt(end, c->board.fack) && c->board.on)
		overtaken(c, end);
}

static void acked(struct xtcp_conn *c, struct xtcp_tx *tx, const struct xtcp_seg *seg,
		  struct xtcp_delivery *d)
{
	u32 end = xtcp_seq_min(xtcp_tx_end(tx), seg->ack);
	u32 n = end - xtcp_seq_max(tx->seq, d->una);

	if (tx->times_sent > 1)
		d->resent = true;
	if (tx->mark & XTCP_SACKED) {
		c->board.sacked -= n;
		return;
	}
	if (tx->mark & XTCP_LOST)
		c->board.lost -= n;
	d->bytes += n;
	xtcp_rate_on_acked(c, tx, end, seg->arrived_us);
	arrived(c, tx, end, seg, d);
}

void xtcp_board_ack(struct xtcp_conn *c, const struct xtcp_seg *seg, struct xtcp_delivery *d)
{
	struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);

	d->acked = seg->ack - d->una;
	d->original = tx && xtcp_ts_of_original(c, tx, seg);
	while (tx && xtcp_seq_lt(tx->seq, seg->ack)) {
		acked(c, tx, seg, d);
		tx = xtcp_txq_next_sent(&c->txq, tx);
	}
	c->snd.una = seg->ack;
	if (xtcp_seq_gt(seg->ack, c->board.fack))
		c->board.fack = seg->ack;
	xtcp_txq_ack(&c->txq, seg->ack);
}

void xtcp_mark_sacked(struct xtcp_conn *c, struct xtcp_tx *tx, const struct xtcp_seg *seg,
		      struct xtcp_delivery *d)
{
	u32 n = left(tx, c->snd.una);

	if (tx->mark & XTCP_LOST)
		c->board.lost -= n;
	tx->mark = XTCP_SACKED;
	c->board.sacked += n;
	d->bytes += n;
	xtcp_rate_on_delivered(c, tx, seg->arrived_us);
	arrived(c, tx, xtcp_tx_end(tx), seg, d);
}

void xtcp_mark_lost(struct xtcp_conn *c, struct xtcp_tx *tx)
{
	if (tx->mark)
		return;
	if (tx->times_sent > 1)
		xtcp_count_by(c->env, XTCP_MIB_LOST_RETRANSMIT,
			      xtcp_segments(tx->len, c->snd.mss));
	tx->mark = XTCP_LOST;
	c->board.lost += left(tx, c->snd.una);
	xtcp_rate_on_lost(c, left(tx, c->snd.una));
	if (c->txq.lost && xtcp_seq_lt(tx->seq, c->txq.lost->seq))
		c->txq.lost = tx;
}

void xtcp_unmark(struct xtcp_conn *c, u8 marks)
{
	struct xtcp_tx *tx;

	for (tx = xtcp_txq_first_sent(&c->txq); tx; tx = xtcp_txq_next_sent(&c->txq, tx))
		tx->mark &= ~marks;
	if (marks & XTCP_LOST)
		c->board.lost = 0;
	if (marks & XTCP_SACKED)
		c->board.sacked = 0;
	c->txq.lost = NULL;
}

u32 xtcp_board_resent(struct xtcp_conn *c)
{
	struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);
	u32 bytes = 0;

	for (; tx && xtcp_seq_lt(tx->seq, c->board.high_resent);
	     tx = xtcp_txq_next_sent(&c->txq, tx))
		if (tx->times_sent > 1 && !(tx->mark & XTCP_SACKED))
			bytes += left(tx, c->snd.una);
	return bytes;
}

struct xtcp_tx *xtcp_first_lost(struct xtcp_conn *c)
{
	struct xtcp_tx *tx = c->txq.lost;

	if (!c->board.lost)
		return NULL;
	if (!tx)
		tx = xtcp_txq_first_sent(&c->txq);
	while (tx && !(tx->mark & XTCP_LOST))
		tx = xtcp_txq_next_sent(&c->txq, tx);
	c->txq.lost = tx;
	return tx;
}

void xtcp_board_sent(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us)
{
	if (tx->mark & XTCP_LOST) {
		c->board.lost -= left(tx, c->snd.una);
		tx->mark = 0;
	}
	if (tx->times_sent) {
		xtcp_undo_sent_again(c, tx->len);
		c->board.high_resent = xtcp_seq_max(c->board.high_resent, xtcp_tx_end(tx));
	}
	if (tx == &c->txq.fin) {
		xtcp_txq_fin_sent(&c->txq, now_us);
		return;
	}
	xtcp_rate_on_sent(c, tx, now_us);
	xtcp_txq_sent(&c->txq, tx, now_us);
}
