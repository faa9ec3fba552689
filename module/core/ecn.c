// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit congestion notification (RFC 3168 6.1): a router marks a segment
 * (CE), the receiver echoes that (ECE) until the sender tells that it has
 * slowed down (CWR). An algorithm that wants to know each mark gets an echo for
 * each (RFC 8257 3.2). Called by connect.c, listen.c, input.c, ack.c, output.c.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

#define SETUP	(XTCP_ECE | XTCP_CWR)

/* Values of the knob, as Linux has them. */
enum {
	ECN_OFF,
	ECN_ASK,
	ECN_ANSWER,
	ECN_ACCURATE,		/* ask for it and agree to it */
	ECN_ACCURATE_IN,	/* agree to it, ask for ECN */
	ECN_ACCURATE_ANSWER,	/* agree to it */
};

static bool needs_ecn(const struct xtcp_conn *c)
{
	return c->cc.ops->needs_ecn;
}

void xtcp_ecn_ask(struct xtcp_conn *c)
{
	u32 knob = c->env->knob.ecn;

	c->ecn.asked = knob == ECN_ASK || knob == ECN_ACCURATE || knob == ECN_ACCURATE_IN ||
		       needs_ecn(c) || c->limits.route.ecn;
	c->accecn.asked = knob == ECN_ACCURATE;
}

u16 xtcp_ecn_syn_flags(const struct xtcp_conn *c)
{
	/* Accurate ECN is tried twice (RFC 9768 3.1.4.1). */
	u8 tries = c->accecn.asked ? 2 : 1;

	if (c->state != XTCP_SYN_SENT) {
		if (c->accecn.on)
			return xtcp_accecn_reflect(c->accecn.syn_ecn);
		return c->ecn.on ? XTCP_ECE : 0;
	}
	/* Somebody on the way may not like it: then without (6.1.1.1). */
	if (!c->ecn.asked || (c->retransmits >= tries && c->env->knob.ecn_fallback))
		return 0;
	return c->accecn.asked ? SETUP | XTCP_AE : SETUP;
}

void xtcp_ecn_answered(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u16 want = seg->flags & XTCP_ACK ? XTCP_ECE : SETUP;

	if (c->accecn.asked)
		c->ecn.on = xtcp_accecn_answered(c, seg);
	else
		c->ecn.on = c->ecn.asked && (seg->flags & SETUP) == want;
}

bool xtcp_accecn_able(const struct xtcp_sysctls *k)
{
	return k->ecn >= ECN_ACCURATE;
}

/*
 * A SYN of RFC 3168 is not ECN-capable itself (6.1.1); that of an algorithm
 * which needs it is (RFC 8257 3.5).
 */
bool xtcp_ecn_wanted(const struct xtcp_seg *syn, const struct xtcp_sysctls *k,
		     const struct xtcp_route *route, const struct xtcp_cc_ops *cc)
{
	if (!(syn->flags & (SETUP | XTCP_AE)))
		return false;
	if (xtcp_accecn_able(k) && xtcp_syn_asks(syn) == XTCP_ASKS_ACCURATE)
		return true;
	if ((syn->flags & SETUP) != SETUP)
		return false;
	return cc->needs_ecn ||
	       ((k->ecn != ECN_OFF || route->ecn) && syn->ecn == XTCP_NOT_ECT);
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
	if (!c->ecn.on || (!seg->len && !c->accecn.on))
		return;
	c->ecn.seen |= seg->ecn != XTCP_NOT_ECT;
	if (seg->ecn == XTCP_CE)
		xtcp_count(c->env, XTCP_MIB_CE_SEGS);
	if (c->accecn.on)
		xtcp_accecn_received(c, seg);
	else if (needs_ecn(c))
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
static void tell_marks(struct xtcp_conn *c, u32 marked, const struct xtcp_delivery *d)
{
	struct xtcp_cc_sample s = {
		.una = c->snd.una,
		.nxt = c->snd.nxt,
		.acked = c->snd.una - d->una,
	};

	if (!c->cc.ops->on_marks)
		return;
	c->accecn.marked += marked;
	if (!s.acked)
		return;
	/* Accurate feedback may run ahead of the ACK field. */
	s.marked = min(c->accecn.marked, s.acked);
	c->accecn.marked -= s.marked;
	c->cc.ops->on_marks(&c->cc, &s);
}

static u32 ssthresh_on_marks(struct xtcp_conn *c, u32 flight)
{
	if (c->cc.ops->on_ece)
		return c->cc.ops->on_ece(&c->cc);
	return c->cc.ops->on_loss(&c->cc, min(flight, c->cc.cwnd), false);
}

static void reduce(struct xtcp_conn *c, u32 flight)
{
	xtcp_count(c->env, XTCP_MIB_ECE_REDUCTIONS);
	c->cc.ssthresh = ssthresh_on_marks(c, flight);
	c->cc.cwnd = min(c->cc.cwnd, c->cc.ssthresh);
	/* The network has said it: no proof to the contrary counts (RFC 4015 3.2). */
	c->undo.armed = false;
	xtcp_ecn_reduced(c);
}

/* A SYN or SYN,ACK was marked: DCTCP does not care (RFC 8257 3.5). */
void xtcp_ecn_established(struct xtcp_conn *c)
{
	if (c->accecn.syn_marked && !needs_ecn(c))
		reduce(c, c->cc.cwnd);
}

bool xtcp_ecn_on_ack(struct xtcp_conn *c, const struct xtcp_seg *seg,
		     const struct xtcp_delivery *d)
{
	bool echo = seg->flags & XTCP_ECE;
	u32 marked = c->snd.una - d->una;

	if (!c->ecn.on)
		return false;
	/* What lies half the numbers behind would seem to lie ahead. */
	c->ecn.high = xtcp_seq_max(c->ecn.high, d->una - 1);
	if (c->accecn.on) {
		marked = xtcp_accecn_marked(c, seg, d);
		echo = marked;
	} else if (echo) {
		u32 n = DIV_ROUND_UP(marked, c->snd.mss);

		c->tally.marked += n;
		xtcp_count_by(c->env, XTCP_MIB_DELIVERED_CE, n);
	}
	tell_marks(c, echo ? marked : 0, d);
	if (!echo || c->recovery.phase != XTCP_OPEN || xtcp_seq_le(seg->ack, c->ecn.high))
		return false;
	reduce(c, d->flight);
	return true;
}

/*
 * What a segment of the connection says. New text alone is ECN-capable; but if
 * the algorithm needs it, all is, lest routers prefer to drop the rest (RFC
 * 8257 3.5), and first of all the SYN that asks for it.
 */
void xtcp_ecn_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	bool fresh = plan->len && !plan->again;

	if (needs_ecn(c) && (c->ecn.on || (plan->flags & XTCP_CWR)) && !c->accecn.mute)
		plan->ecn = XTCP_ECT_0;
	if (!c->ecn.on || (plan->flags & (XTCP_SYN | XTCP_RST)))
		return;
	if (fresh && !c->accecn.mute)
		plan->ecn = XTCP_ECT_0;
	if (c->accecn.on) {
		xtcp_accecn_fill(c, now_us, plan);
		return;
	}
	if (c->ecn.echo)
		plan->flags |= XTCP_ECE;
	if (fresh && c->ecn.reduced)
		plan->flags |= XTCP_CWR;
}

void xtcp_ecn_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	if (c->accecn.on)
		xtcp_accecn_sent(c, plan, now_us);
	else if (plan->flags & XTCP_CWR)
		c->ecn.reduced = false;
}

bool xtcp_ecn_forbids_gso(const struct xtcp_conn *c)
{
	return c->accecn.on && (xtcp_ace_flags(c->accecn.received) & XTCP_CWR);
}
