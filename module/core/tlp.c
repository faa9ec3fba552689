// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tail loss probe (RFC 8985 7): if the ACKs of the end of a flight don't come
 * within two round trips, one segment more brings news of it, where a timeout
 * would take long and cost the window.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define PTO_SLACK_US	2000	/* what timers and ACKs take beside the path (7.2) */

/* early_retrans of Linux: 0 to 2 are without the probe. */
#define WANTS_PROBES	3

static bool may_probe(const struct xtcp_conn *c)
{
	return c->board.on && c->env->knob.early_retrans >= WANTS_PROBES &&
	       c->recovery.phase == XTCP_OPEN && !c->board.sacked && !c->tlp.out &&
	       c->snd.una != c->snd.nxt && c->snd.wnd && c->state > XTCP_SYN_RECEIVED;
}

static u64 pto_us(const struct xtcp_conn *c)
{
	u64 wait_us = c->rtt.srtt_us ? 2ULL * c->rtt.srtt_us : XTCP_USEC_PER_SEC;

	/* The ACK of a single segment may be delayed: as long as Linux does. */
	if (c->snd.nxt - c->snd.una <= c->snd.mss)
		return wait_us + xtcp_rto_least_us(c);
	return wait_us + PTO_SLACK_US;
}

void xtcp_tlp_schedule(struct xtcp_conn *c, u64 now_us)
{
	u64 at_us;

	xtcp_timer_clear(c, XTCP_TIMER_TLP);
	if (!may_probe(c))
		return;
	at_us = now_us + pto_us(c);
	/* Never later than the timeout, which then does the work. */
	if (!c->deadline[XTCP_TIMER_RTO] || at_us < c->deadline[XTCP_TIMER_RTO])
		xtcp_timer_set(c, XTCP_TIMER_TLP, at_us);
}

void xtcp_tlp_expired(struct xtcp_conn *c, u64 now_us)
{
	if (may_probe(c) && c->tlp.measured)
		c->owes |= XTCP_OWES_TLP;
}

void xtcp_tlp_sent(struct xtcp_conn *c, bool again)
{
	c->owes &= ~XTCP_OWES_TLP;
	c->tlp.out = true;
	c->tlp.again = again;
	c->tlp.measured = false;
	c->tlp.end = c->snd.nxt;
	xtcp_count(c->env, XTCP_MIB_LOSS_PROBES);
}

/*
 * 7.4: the probe has repaired a loss that nothing else tells of, if what it
 * sent again was acknowledged once only.
 */
static void repaired(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	xtcp_count(c->env, XTCP_MIB_LOSS_PROBE_RECOVERY);
	c->cc.ssthresh = c->cc.ops->on_loss(&c->cc, min(d->flight, c->cc.cwnd), false);
	c->cc.cwnd = min(c->cc.cwnd, c->cc.ssthresh);
}

void xtcp_tlp_on_ack(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	struct xtcp_tlp *t = &c->tlp;

	if (d->rtt_us)
		t->measured = true;
	if (!t->out || xtcp_seq_lt(c->snd.una, t->end))
		return;
	if (!t->again || (d->dup && d->dup_end == t->end) || d->repeats) {
		t->out = false;
	} else if (xtcp_seq_gt(c->snd.una, t->end)) {
		t->out = false;
		if (c->recovery.phase == XTCP_OPEN)
			repaired(c, d);
	}
}
