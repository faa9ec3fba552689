// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loss recovery without selective acknowledgments: fast retransmit and fast
 * recovery (RFC 5681 3.2, RFC 6582), and sending again from SND.UNA on after
 * a timeout. Called by ack.c and rto.c; output.c does the sending.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define DUPTHRESH	3

static void enter_recovery(struct xtcp_conn *c)
{
	struct xtcp_recovery *r = &c->recovery;

	/* What limited transmit sent beyond cwnd does not count (RFC 5681 3.2). */
	c->cc.ssthresh = c->cc.ops->on_loss(&c->cc, min(xtcp_flight(c), c->cc.cwnd), false);
	c->cc.cwnd = c->cc.ssthresh + DUPTHRESH * c->cc.mss;
	r->high = c->snd.nxt;
	r->phase = XTCP_RECOVERY;
	c->owes |= XTCP_OWES_RTX;
	xtcp_count(c->env, XTCP_MIB_FAST_RETRANS);
}

void xtcp_recovery_on_dupack(struct xtcp_conn *c)
{
	struct xtcp_recovery *r = &c->recovery;

	switch (r->phase) {
	case XTCP_OPEN:
		if (r->dupacks < DUPTHRESH)
			r->dupacks++;
		/* Not for echoes of what a timeout sent twice (RFC 6582 3.2). */
		if (r->dupacks == DUPTHRESH && xtcp_seq_gt(c->snd.una, r->high))
			enter_recovery(c);
		break;
	case XTCP_RECOVERY:
		c->cc.cwnd = min(c->cc.cwnd + c->cc.mss, XTCP_CWND_MAX);
		break;
	}
}

static void partial_ack(struct xtcp_conn *c, u32 acked)
{
	u32 cwnd = c->cc.cwnd > acked ? c->cc.cwnd - acked : 0;

	if (acked >= c->cc.mss)
		cwnd += c->cc.mss;
	c->cc.cwnd = max(cwnd, c->cc.mss);
	c->owes |= XTCP_OWES_RTX;
}

static void leave(struct xtcp_conn *c)
{
	c->recovery.phase = XTCP_OPEN;
	c->recovery.dupacks = 0;
}

void xtcp_recovery_on_ack(struct xtcp_conn *c, u32 acked)
{
	struct xtcp_recovery *r = &c->recovery;
	bool full = xtcp_seq_ge(c->snd.una, r->high);

	switch (r->phase) {
	case XTCP_OPEN:
		r->dupacks = 0;
		break;
	case XTCP_RECOVERY:
		if (!full) {
			partial_ack(c, acked);
			break;
		}
		c->cc.cwnd = min(c->cc.ssthresh,
				 max(c->snd.nxt - c->snd.una, c->cc.mss) + c->cc.mss);
		c->cc.cwnd = max(c->cc.cwnd, c->cc.mss);
		leave(c);
		break;
	case XTCP_LOSS:
		r->rtx_next = xtcp_seq_max(r->rtx_next, c->snd.una);
		if (full)
			leave(c);
		break;
	}
}

void xtcp_recovery_on_rto(struct xtcp_conn *c)
{
	struct xtcp_recovery *r = &c->recovery;

	/* Once for a window: the second timeout of the same text says nothing new. */
	if (!c->retransmits)
		c->cc.ssthresh = c->cc.ops->on_loss(&c->cc, xtcp_flight(c), true);
	c->cc.cwnd = c->cc.mss;
	r->phase = XTCP_LOSS;
	r->dupacks = 0;
	r->high = c->snd.nxt;
	r->rtx_next = c->snd.una;
}
