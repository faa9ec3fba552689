// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reductions that were in vain: what went again had not been lost. Told by
 * timestamps (Eifel, RFC 3522), by D-SACK (RFC 3708) or by F-RTO (RFC 5682);
 * answered as RFC 4015 has it.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/conn.h>

void xtcp_undo_arm(struct xtcp_conn *c)
{
	c->undo.cc = c->cc;
	c->undo.from = c->snd.una;
	c->undo.resent = xtcp_board_resent(c);
	c->undo.sent = c->undo.resent;
	c->undo.armed = true;
}

void xtcp_undo_sent_again(struct xtcp_conn *c, u32 len)
{
	c->undo.resent += len;
	c->undo.sent = true;
}

/* RFC 3708 2: each byte that went again has arrived twice. */
static bool all_came_twice(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	struct xtcp_undo *u = &c->undo;

	if (!d->dup || xtcp_seq_le(d->dup_end, u->from))
		return false;
	u->resent -= min(u->resent, d->dup_end - xtcp_seq_max(d->dup_first, u->from));
	return !u->resent;
}

/*
 * RFC 4015 3.2: the algorithm as it was, the window without a burst; slow
 * start takes it back to where it was.
 */
void xtcp_undo(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	const struct xtcp_cc was = c->undo.cc;
	u32 cwnd;

	c->undo.armed = false;
	if (c->recovery.phase != XTCP_LOSS && c->board.on) {
		c->rack.reordered = true;
		xtcp_rack_widen(c);
	}
	xtcp_unmark(c, XTCP_LOST);
	/* A model is not to be told of them either. */
	c->rate.lost_before = c->rate.lost;
	c->owes &= ~XTCP_OWES_RTX;
	xtcp_timer_clear(c, XTCP_TIMER_REO);
	cwnd = xtcp_flight(c) + max(d->bytes, xtcp_initial_window(c));
	cwnd = max(c->cc.cwnd, min(was.cwnd, cwnd));
	/* Another algorithm may have been chosen; a model has learned meanwhile. */
	if (c->cc.ops == was.ops && !was.ops->control)
		memcpy(c->cc.priv, was.priv, sizeof(was.priv));
	c->cc.ssthresh = max(was.ssthresh, was.cwnd);
	c->cc.cwnd = cwnd;
	if (c->cc.ops == was.ops && was.ops->on_undo)
		was.ops->on_undo(&c->cc);
	xtcp_recovery_leave(c);
}

static void count_by_timestamp(const struct xtcp_conn *c)
{
	const struct xtcp_recovery *r = &c->recovery;
	bool full = xtcp_seq_ge(c->snd.una, r->high);

	xtcp_count(c->env, XTCP_MIB_TS_UNDO);
	if (r->phase == XTCP_LOSS)
		xtcp_count(c->env, XTCP_MIB_LOSS_UNDO);
	else
		xtcp_count(c->env, full ? XTCP_MIB_FULL_UNDO : XTCP_MIB_PARTIAL_UNDO);
	if (r->phase == XTCP_RECOVERY)
		xtcp_count(c->env, XTCP_MIB_TS_REORDER);
}

bool xtcp_undo_on_ack(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	if (!c->undo.armed || !c->undo.sent)
		return false;
	if (d->original)
		count_by_timestamp(c);
	else if (all_came_twice(c, d))
		xtcp_count(c->env, XTCP_MIB_DSACK_UNDO);
	else
		return false;
	xtcp_undo(c, d);
	return true;
}
