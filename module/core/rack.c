// SPDX-License-Identifier: GPL-2.0-only
/*
 * RACK (RFC 8985 6): text is lost if text that was sent later has arrived, by
 * more than what reordering explains. Called by board.c and recovery.c.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define PERSIST		16	/* recoveries that a wider window outlives (6.2.4) */

static bool sent_after(u64 xmit_us, u32 end, u64 than_us, u32 than_end)
{
	return xmit_us > than_us || (xmit_us == than_us && xtcp_seq_gt(end, than_end));
}

/* Of a segment that was sent twice, may the ACK be for the first (6.2.1)? */
static bool is_ambiguous(const struct xtcp_conn *c, const struct xtcp_tx *tx, u64 rtt_us,
			 const struct xtcp_seg *seg)
{
	if (tx->times_sent == 1)
		return false;
	return xtcp_ts_of_original(c, tx, seg) || rtt_us < xtcp_min_rtt_get(&c->rate.min_rtt);
}

void xtcp_rack_delivered(struct xtcp_conn *c, const struct xtcp_tx *tx, u32 end,
			 const struct xtcp_seg *seg)
{
	u64 rtt_us = seg->arrived_us > tx->sent_us ? seg->arrived_us - tx->sent_us : 1;
	struct xtcp_rack *r = &c->rack;

	if (is_ambiguous(c, tx, rtt_us, seg))
		return;
	rtt_us = min_t(u64, rtt_us, ~0U);
	r->rtt_us = rtt_us;
	if (!sent_after(tx->sent_us, end, r->xmit_us, r->end))
		return;
	r->xmit_us = tx->sent_us;
	r->end = end;
}

/*
 * 6.2.4: the window was too small, once for a round trip. A D-SACK tells of it, or timestamps: a
 * recovery that was in vain ends before the D-SACK is here, and the next begins with the next ACK.
 */
void xtcp_rack_widen(struct xtcp_conn *c)
{
	struct xtcp_rack *r = &c->rack;

	if (r->dup_round && xtcp_seq_lt(c->snd.una, r->round))
		return;
	r->dup_round = true;
	r->round = c->snd.nxt;
	r->persist = PERSIST;
	if (r->mult < 255)
		r->mult++;
}

void xtcp_rack_recovered(struct xtcp_conn *c)
{
	struct xtcp_rack *r = &c->rack;

	if (r->persist && !--r->persist)
		r->mult = 0;
}

u32 xtcp_dupthresh(const struct xtcp_conn *c)
{
	return min(c->env->knob.reordering, c->env->knob.max_reordering);
}

bool xtcp_by_time(const struct xtcp_conn *c)
{
	return c->env->knob.recovery & XTCP_RECOVERY_RACK;
}

/* As much has overtaken the first text as three segments are by default (RFC 5681 3.2). */
static bool much_has_overtaken(const struct xtcp_conn *c)
{
	u32 thresh = xtcp_dupthresh(c);

	return c->recovery.dupacks >= thresh || c->board.sacked >= thresh * c->snd.mss;
}

/* 6.2.4: no patience where nothing has ever been out of order. */
static u32 window_us(const struct xtcp_conn *c)
{
	const struct xtcp_rack *r = &c->rack;
	u32 how = c->env->knob.recovery;
	u32 quarters = how & XTCP_RECOVERY_STATIC_WINDOW ? 1 : r->mult + 1;

	if (!r->reordered &&
	    (c->recovery.phase != XTCP_OPEN ||
	     (!(how & XTCP_RECOVERY_NO_DUPTHRESH) && much_has_overtaken(c))))
		return 0;
	return min_t(u64, (u64)xtcp_min_rtt_get(&c->rate.min_rtt) * quarters / 4,
		     c->rtt.srtt_us);
}

/* When tx is to be taken for lost; 0: it has not been overtaken. */
static u64 lost_at(const struct xtcp_conn *c, const struct xtcp_tx *tx, u32 window)
{
	const struct xtcp_rack *r = &c->rack;

	if (!sent_after(r->xmit_us, r->end, tx->sent_us, xtcp_tx_end(tx)))
		return 0;
	return tx->sent_us + r->rtt_us + window;
}

/*
 * Without RACK: what so much lies behind that has arrived is lost (RFC 6675 4, IsLost), but of
 * what went again nothing is known until a timeout.
 */
static void detect_by_bytes(struct xtcp_conn *c)
{
	u32 most = (xtcp_dupthresh(c) - 1) * c->snd.mss;
	struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);
	u32 behind = c->board.sacked;

	for (; tx && behind > most; tx = xtcp_txq_next_sent(&c->txq, tx)) {
		if (tx->mark & XTCP_SACKED)
			behind -= min(behind, tx->len);
		else if (tx->times_sent == 1)
			xtcp_mark_lost(c, tx);
	}
}

void xtcp_rack_detect(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tx *tx;
	u64 last_us = 0;
	u32 window;

	xtcp_timer_clear(c, XTCP_TIMER_REO);
	if (!c->board.sacked && c->recovery.phase == XTCP_OPEN)
		return;
	if (unlikely(!xtcp_by_time(c))) {
		detect_by_bytes(c);
		return;
	}
	window = window_us(c);
	for (tx = xtcp_txq_first_sent(&c->txq); tx; tx = xtcp_txq_next_sent(&c->txq, tx)) {
		u64 at_us;

		if (tx->mark)
			continue;
		at_us = lost_at(c, tx, window);
		if (at_us && at_us <= now_us)
			xtcp_mark_lost(c, tx);
		else
			last_us = max(last_us, at_us);
		/* Behind what was never sent again, all was sent still later. */
		if (!at_us && tx->times_sent == 1 && xtcp_seq_ge(tx->seq, c->board.high_resent))
			break;
	}
	if (last_us)
		xtcp_timer_set(c, XTCP_TIMER_REO, last_us);
}

void xtcp_rack_on_rto(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);
	u32 rtt_us = c->rack.rtt_us ? c->rack.rtt_us : c->rtt.srtt_us;
	u32 window = window_us(c);

	if (tx)
		xtcp_mark_lost(c, tx);
	for (; tx; tx = xtcp_txq_next_sent(&c->txq, tx))
		if (tx->sent_us + rtt_us + window <= now_us)
			xtcp_mark_lost(c, tx);
}
