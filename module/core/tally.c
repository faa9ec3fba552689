// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums of what a connection does, for its user and for tools. Called from input.c, output.c,
 * rto.c, ack.c, and by the shell.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

void xtcp_tally_sent(struct xtcp_conn *c, const struct xtcp_plan *plan)
{
	struct xtcp_tally *t = &c->tally;
	u32 n = xtcp_segments(plan->len, plan->mss);

	t->segs_out += n;
	if (plan->len) {
		t->text_out += n;
		t->sent += plan->len;
	}
	if (!plan->again) {
		if (plan->len)
			xtcp_count_by(c->env, XTCP_MIB_ORIG_DATA_SENT, n);
		return;
	}
	t->segs_resent += n;
	t->resent += plan->len;
}

void xtcp_tally_arrived(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u32 n = xtcp_segments(seg->len, seg->unit);

	c->tally.segs_in += n;
	if (seg->len)
		c->tally.text_in += n;
}

void xtcp_tally_timeout(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tally *t = &c->tally;

	t->timeouts++;
	if (t->timeout_since_us)
		return;
	t->timeout_phases++;
	t->timeout_since_us = now_us;
}

void xtcp_tally_progress(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tally *t = &c->tally;

	if (likely(!t->timeout_since_us))
		return;
	t->timeout_us += now_us - t->timeout_since_us;
	t->timeout_since_us = 0;
}

/* The congestion window would let the next segment go. */
static bool window_holds(const struct xtcp_conn *c)
{
	u32 len = min_t(u32, c->txq.next->len, c->snd.mss);

	return xtcp_seq_gt(c->snd.nxt + len, c->snd.una + c->snd.wnd) &&
	       xtcp_flight(c) + len <= c->cc.cwnd;
}

static enum xtcp_bound bound_now(const struct xtcp_conn *c, bool wants_room)
{
	if (list_empty(&c->txq.queue))
		return XTCP_BY_USER;
	if (!c->txq.next)
		return wants_room ? XTCP_BY_BUFFER : XTCP_BY_PATH;
	return window_holds(c) ? XTCP_BY_WINDOW : XTCP_BY_PATH;
}

void xtcp_tally_bound(struct xtcp_conn *c, bool wants_room, u64 now_us)
{
	struct xtcp_tally *t = &c->tally;
	enum xtcp_bound bound = bound_now(c, wants_room);

	if (bound == t->bound)
		return;
	t->bound_us[t->bound] += now_us - t->bound_since_us;
	t->bound = bound;
	t->bound_since_us = now_us;
}

u64 xtcp_tally_bound_us(const struct xtcp_conn *c, enum xtcp_bound bound, u64 now_us)
{
	const struct xtcp_tally *t = &c->tally;

	return t->bound_us[bound] + (bound == t->bound ? now_us - t->bound_since_us : 0);
}
