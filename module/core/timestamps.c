// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timestamps (RFC 7323): our clock, what we echo, the round-trip times that
 * echoes tell, and protection against wrapped sequence numbers.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

/* TS.Recent says nothing after so long without a segment (RFC 7323 5.5). */
#define RECENT_LIFE_US	(24 * 86400 * XTCP_USEC_PER_SEC)

/* An echo older than this is none; in microseconds it fits 32 bits. */
#define RTT_MAX_MS	4000000U

u32 xtcp_ts_val(u32 offset, u64 now_us)
{
	return (u32)div_u64(now_us, XTCP_USEC_PER_MSEC) + offset;
}

static bool is_older(const struct xtcp_ts *ts, const struct xtcp_seg *seg)
{
	return xtcp_seq_lt(seg->opt.tsval, ts->recent) && ts->recent_us &&
	       seg->arrived_us - ts->recent_us < RECENT_LIFE_US;
}

enum xtcp_drop xtcp_ts_check(struct xtcp_conn *c, const struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;

	if (!c->ts.on || (seg->flags & XTCP_RST))
		return XTCP_DROP_NONE;
	/* A SYN is no part of what was agreed; check_syn() has the answer. */
	if (!seg->opt.has_ts)
		return seg->flags & XTCP_SYN ? XTCP_DROP_NONE : XTCP_DROP_NO_TIMESTAMP;
	if (!is_older(&c->ts, seg))
		return XTCP_DROP_NONE;
	xtcp_count(c->env, XTCP_MIB_PAWS_ESTAB);
	/* The answer to text can't be answered; that to an ACK could be. */
	if (xtcp_seg_len(seg))
		xtcp_ack_now(c);
	else
		xtcp_ack_stray(c, a->now_us, XTCP_MIB_ACK_SKIPPED_PAWS);
	return XTCP_DROP_PAWS;
}

/*
 * Of segments that a delayed ACK covers together the first is echoed, and of
 * those behind a gap none, so that the peer measures the whole delay.
 */
void xtcp_ts_take(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	if (!c->ts.on || !seg->opt.has_ts || (seg->flags & (XTCP_SYN | XTCP_RST)) ||
	    xtcp_seq_gt(seg->seq, c->rcv.acked))
		return;
	c->ts.recent = seg->opt.tsval;
	c->ts.recent_us = seg->arrived_us;
}

u32 xtcp_ts_rtt(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u32 ms;

	if (!c->ts.on || !seg->opt.has_ts || !seg->opt.tsecr)
		return 0;
	ms = xtcp_ts_val(c->ts.offset, seg->arrived_us) - seg->opt.tsecr;
	if (ms > RTT_MAX_MS)
		return 0;
	return max(ms, 1U) * (u32)XTCP_USEC_PER_MSEC;
}

bool xtcp_ts_of_original(const struct xtcp_conn *c, const struct xtcp_tx *tx,
			 const struct xtcp_seg *seg)
{
	return tx->times_sent > 1 && c->ts.on && seg->opt.tsecr &&
	       xtcp_seq_lt(seg->opt.tsecr, xtcp_ts_val(c->ts.offset, tx->sent_us));
}
