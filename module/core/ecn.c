// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit congestion notification (RFC 3168 6.1): a router marks a segment
 * (CE), the receiver echoes that (ECE) until the sender tells that it has
 * slowed down (CWR). Called by connect.c, listen.c, input.c, ack.c, output.c.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define SETUP	(XTCP_ECE | XTCP_CWR)

/* Values of the knob, as Linux has them. */
enum {
	ECN_OFF,
	ECN_ASK,
	ECN_ANSWER,
};

void xtcp_ecn_ask(struct xtcp_conn *c)
{
	c->ecn.asked = c->env->knob.ecn == ECN_ASK;
}

u8 xtcp_ecn_syn_flags(const struct xtcp_conn *c)
{
	if (c->state != XTCP_SYN_SENT)
		return c->ecn.on ? XTCP_ECE : 0;
	/* Somebody on the way may not like it: then without (6.1.1.1). */
	if (!c->ecn.asked || (c->retransmits && c->env->knob.ecn_fallback))
		return 0;
	return SETUP;
}

void xtcp_ecn_answered(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u8 want = seg->flags & XTCP_ACK ? XTCP_ECE : SETUP;

	c->ecn.on = c->ecn.asked && (seg->flags & SETUP) == want;
}

/* A SYN is not ECN-capable itself; one that is was not made by RFC 3168. */
bool xtcp_ecn_wanted(const struct xtcp_seg *syn, const struct xtcp_sysctls *k)
{
	return k->ecn != ECN_OFF && (syn->flags & SETUP) == SETUP && syn->ecn == XTCP_NOT_ECT;
}

/* The echo begins with the first mark and ends with CWR (6.1.3). */
void xtcp_ecn_received(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	if (!c->ecn.on || !seg->len)
		return;
	if (seg->flags & XTCP_CWR)
		c->ecn.echo = false;
	if (seg->ecn != XTCP_CE)
		return;
	xtcp_count(c->env, XTCP_MIB_CE_SEGS);
	if (!c->ecn.echo)
		xtcp_ack_now(c);
	c->ecn.echo = true;
}

/* Whatever the reason: one reduction for what is in flight now (6.1.2). */
void xtcp_ecn_reduced(struct xtcp_conn *c)
{
	if (!c->ecn.on)
		return;
	c->ecn.high = c->snd.nxt;
	c->ecn.reduced = true;
}

bool xtcp_ecn_on_ack(struct xtcp_conn *c, const struct xtcp_seg *seg,
		     const struct xtcp_delivery *d)
{
	if (!c->ecn.on || !(seg->flags & XTCP_ECE) || c->recovery.phase != XTCP_OPEN ||
	    xtcp_seq_le(seg->ack, c->ecn.high))
		return false;
	xtcp_count(c->env, XTCP_MIB_ECE_REDUCTIONS);
	c->cc.ssthresh = c->cc.ops->on_loss(&c->cc, min(d->flight, c->cc.cwnd), false);
	c->cc.cwnd = min(c->cc.cwnd, c->cc.ssthresh);
	/* The network has said it: no proof to the contrary counts (RFC 4015 3.2). */
	c->undo.armed = false;
	xtcp_ecn_reduced(c);
	return true;
}

/* What a segment of the connection says; new text alone is ECN-capable. */
void xtcp_ecn_fill(const struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!c->ecn.on || (plan->flags & (XTCP_SYN | XTCP_RST)))
		return;
	if (c->ecn.echo)
		plan->flags |= XTCP_ECE;
	if (!plan->len || plan->again)
		return;
	plan->ecn = XTCP_ECT_0;
	if (c->ecn.reduced)
		plan->flags |= XTCP_CWR;
}
