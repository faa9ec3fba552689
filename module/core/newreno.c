// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast retransmit and fast recovery without selective acknowledgments
 * (RFC 5681 3.2, RFC 6582). Called by recovery.c.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

void xtcp_newreno_first_lost(struct xtcp_conn *c)
{
	struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);

	c->recovery.first_waits = false;
	if (!tx || c->recovery.phase != XTCP_RECOVERY)
		return;
	c->owes |= XTCP_OWES_RTX;
	tx = xtcp_txq_trim(c, tx);
	if (tx && (tx->len <= c->snd.mss || !xtcp_txq_cut(c, tx, c->snd.mss)))
		xtcp_mark_lost(c, tx);
	else
		c->recovery.first_waits = true;
}

static void on_dupack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d)
{
	struct xtcp_recovery *r = &c->recovery;
	u32 thresh = xtcp_dupthresh(c);

	switch (r->phase) {
	case XTCP_OPEN:
		if (r->dupacks < thresh)
			r->dupacks++;
		/* Not for echoes of what a timeout sent twice (RFC 6582 3.2). */
		if (r->dupacks < thresh || !xtcp_seq_gt(c->snd.una, r->high))
			return;
		if (xtcp_plpmtud_lost(c, now_us))
			return;
		xtcp_recovery_enter(c, d);
		if (!c->cc.ops->control)
			c->cc.cwnd = c->cc.ssthresh + thresh * c->cc.mss;
		xtcp_newreno_first_lost(c);
		break;
	case XTCP_RECOVERY:
		if (!c->cc.ops->control)
			c->cc.cwnd = min(c->cc.cwnd + c->cc.mss, XTCP_CWND_MAX);
		break;
	}
}

static void partial_ack(struct xtcp_conn *c, u32 acked)
{
	u32 cwnd = c->cc.cwnd > acked ? c->cc.cwnd - acked : 0;

	if (acked >= c->cc.mss)
		cwnd += c->cc.mss;
	if (!c->cc.ops->control)
		c->cc.cwnd = max(cwnd, c->cc.mss);
	xtcp_newreno_first_lost(c);
}

static void full_ack(struct xtcp_conn *c)
{
	u32 cwnd;

	xtcp_validate_recovered(c);
	cwnd = min(c->cc.ssthresh, max(c->snd.nxt - c->snd.una, c->cc.mss) + c->cc.mss);
	if (!c->cc.ops->control)
		c->cc.cwnd = max(cwnd, c->cc.mss);
	xtcp_recovery_leave(c);
}

static void on_new_ack(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	bool full = xtcp_seq_ge(c->snd.una, c->recovery.high);

	switch (c->recovery.phase) {
	case XTCP_OPEN:
		c->recovery.dupacks = 0;
		break;
	case XTCP_RECOVERY:
		if (full)
			full_ack(c);
		else
			partial_ack(c, d->acked);
		break;
	case XTCP_LOSS:
		if (full)
			xtcp_recovery_leave(c);
		break;
	}
}

void xtcp_newreno_on_ack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d)
{
	if (d->acked)
		on_new_ack(c, d);
	else if (d->repeats)
		on_dupack(c, now_us, d);
}
