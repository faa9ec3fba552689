// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit congestion notification (RFC 3168 6.1): a router marks a segment
 * (CE), the receiver echoes that (ECE) until the sender tells that it has
 * slowed down (CWR). An algorithm that wants to know each mark gets an echo for
 * each (RFC 8257 3.2). Called by connect.c, listen.c, input.c, ack.c, output.c.
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

static bool needs_ecn(const struct xtcp_conn *c)
{
	return c->cc.ops->needs_ecn;
}

void xtcp_ecn_ask(struct xtcp_conn *c)
{
	c->ecn.asked = c->env->knob.ecn == ECN_ASK || needs_ecn(c);
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

/*
 * A SYN of RFC 3168 is not ECN-capable itself (6.1.1); that of an algorithm
 * which needs it is (RFC 8257 3.5).
 */
bool xtcp_ecn_wanted(const struct xtcp_seg *syn, const struct xtcp_sysctls *k,
		     const struct xtcp_cc_ops *cc)
{
	if ((syn->flags & SETUP) != SETUP)
		return false;
	return cc->needs_ecn || (k->ecn != ECN_OFF && syn->ecn == XTCP_NOT_ECT);
}

/* The echo begins with the first mark and ends with CWR (6.1.3). */
static void echo_until_cwr(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	if (seg->flags & XTCP_CWR)
		c->ecn.echo = false;
	if (seg->ecn != XTCP_CE)
		return;
	if (!c->ecn.echo)
		xtcp_ack_now(c);
	c->ecn.echo = true;
}

/* The echo is of the segment that came last: DCTCP.CE of RFC 8257 3.2. */
static void echo_each(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	bool ce = seg->ecn == XTCP_CE;

	if (c->ecn.echo != ce)
		xtcp_ack_now(c);
	c->ecn.echo = ce;
}

void xtcp_ecn_received(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	if (!c->ecn.on || !seg->len)
		return;
	if (seg->ecn == XTCP_CE)
		xtcp_count(c->env, XTCP_MIB_CE_SEGS);
	if (needs_ecn(c))
		echo_each(c, seg);
	else
		echo_until_cwr(c, seg);
}

/* Whatever the reason: one reduction for what is in flight now (6.1.2). */
void xtcp_ecn_reduced(struct xtcp_conn *c)
{
	if (!c->ecn.on)
		return;
	c->ecn.high = c->snd.nxt;
	c->ecn.reduced = true;
}

/* What RFC 8257 3.3 counts: selective acknowledgments don't. */
static void tell_marks(struct xtcp_conn *c, bool marked, const struct xtcp_delivery *d)
{
	struct xtcp_cc_sample s = {
		.una = c->snd.una,
		.nxt = c->snd.nxt,
		.acked = c->snd.una - d->una,
	};

	if (!c->cc.ops->on_marks || !s.acked)
		return;
	s.marked = marked ? s.acked : 0;
	c->cc.ops->on_marks(&c->cc, &s);
}

static u32 ssthresh_on_marks(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	if (c->cc.ops->on_ece)
		return c->cc.ops->on_ece(&c->cc);
	return c->cc.ops->on_loss(&c->cc, min(d->flight, c->cc.cwnd), false);
}

bool xtcp_ecn_on_ack(struct xtcp_conn *c, const struct xtcp_seg *seg,
		     const struct xtcp_delivery *d)
{
	bool marked = seg->flags & XTCP_ECE;

	if (!c->ecn.on)
		return false;
	tell_marks(c, marked, d);
	if (!marked || c->recovery.phase != XTCP_OPEN || xtcp_seq_le(seg->ack, c->ecn.high))
		return false;
	xtcp_count(c->env, XTCP_MIB_ECE_REDUCTIONS);
	c->cc.ssthresh = ssthresh_on_marks(c, d);
	c->cc.cwnd = min(c->cc.cwnd, c->cc.ssthresh);
	/* The network has said it: no proof to the contrary counts (RFC 4015 3.2). */
	c->undo.armed = false;
	xtcp_ecn_reduced(c);
	return true;
}

/*
 * What a segment of the connection says. New text alone is ECN-capable; but if
 * the algorithm needs it, all is, lest routers prefer to drop the rest (RFC
 * 8257 3.5), and first of all the SYN that asks for it.
 */
void xtcp_ecn_fill(const struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (needs_ecn(c) && (c->ecn.on || (plan->flags & XTCP_CWR)))
		plan->ecn = XTCP_ECT_0;
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
