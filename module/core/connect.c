// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEGMENT ARRIVES in SYN-SENT (RFC 9293 3.10.7.3). Called by input.c.
 */
#include <linux/errno.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>
#include <xtcp/syn_text.h>

/* A reply of one RST that leaves our own attempt alone. */
static enum xtcp_drop reset_stranger(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	c->owes |= XTCP_OWES_RST;
	c->rst.seq = seg->ack;
	c->rst.ack = 0;
	c->rst.flags = XTCP_RST;
	return XTCP_DROP_BAD_ACK;
}

/*
 * An echo of what we have not sent yet, or not in this attempt (RFC 9293
 * 3.10.7.3 knows the same of the ACK).
 */
static bool echoes_ours(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u32 first = xtcp_ts_val(c->ts.offset, c->syn_sent_us);
	u32 now = xtcp_ts_val(c->ts.offset, seg->arrived_us);

	if (!c->ts.on || !seg->opt.has_ts || !seg->opt.tsecr)
		return true;
	return xtcp_seq_ge(seg->opt.tsecr, first) && xtcp_seq_le(seg->opt.tsecr, now);
}

/* Their sequence space and what their SYN offers. */
static void take_syn(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	c->rcv.irs = seg->seq;
	c->rcv.nxt = seg->seq + 1;
	c->rcv.acked = c->rcv.nxt;
	c->rcv.copied = c->rcv.nxt;
	c->rcv.drained = c->rcv.nxt;
	c->rcv.edge = c->rcv.nxt + xtcp_window_first(&c->limits, &c->env->knob);
	c->snd.wnd = seg->wnd;	/* never scaled in a SYN (RFC 7323 2.2) */
	c->snd.max_wnd = seg->wnd;
	c->snd.wl1 = seg->seq;
	c->snd.wl2 = seg->ack;
	xtcp_ecn_answered(c, seg);
	c->ts.recent = seg->opt.tsval;
	c->ts.recent_us = seg->arrived_us;
	xtcp_agree(c, &seg->opt, c->env->knob.window_scaling);
}

/*
 * The ACK of a bare SYN,ACK, for text that is expected (as in Linux). Accurate
 * ECN tells of the SYN,ACK in an ACK without text (RFC 9768 3.2.2.1).
 */
static bool may_wait(const struct xtcp_conn *c)
{
	return c->limits.text_coming && c->rcv.nxt == c->rcv.irs + 1 && !c->accecn.on;
}

static enum xtcp_drop take_syn_ack(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *whole = a->seg;
	struct xtcp_seg behind_syn = *whole;
	enum xtcp_drop drop;

	c->snd.una = c->snd.iss + 1;
	xtcp_conn_event(c, XTCP_EV_RCV_SYN_ACK);
	xtcp_fastopen_answered(c, whole);
	xtcp_established(c, whole->arrived_us);
	xtcp_urgent(c, a);
	behind_syn.seq++;
	behind_syn.flags &= ~XTCP_SYN;
	a->seg = &behind_syn;
	drop = xtcp_text(c, a) ?: xtcp_fin(c, a);
	a->seg = whole;
	if (may_wait(c))
		xtcp_ack_with_text(c, a->now_us);
	return drop;
}

enum xtcp_drop xtcp_syn_sent_arrives(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;
	bool acks = seg->flags & XTCP_ACK;

	if (acks && (xtcp_seq_le(seg->ack, c->snd.iss) || xtcp_seq_gt(seg->ack, c->snd.nxt)))
		return seg->flags & XTCP_RST ? XTCP_DROP_BAD_ACK : reset_stranger(c, seg);
	if (acks && !echoes_ours(c, seg)) {
		xtcp_count(c->env, XTCP_MIB_PAWS_ACTIVE);
		return seg->flags & XTCP_RST ? XTCP_DROP_PAWS : reset_stranger(c, seg);
	}
	if (seg->flags & XTCP_RST) {
		if (!acks)
			return XTCP_DROP_BLIND_RESET;
		xtcp_conn_die(c, ECONNREFUSED);
		return XTCP_DROP_RESET;
	}
	if (!(seg->flags & XTCP_SYN))
		return XTCP_DROP_FLAGS;
	take_syn(c, seg);
	if (acks)
		return take_syn_ack(c, a);
	xtcp_conn_event(c, XTCP_EV_RCV_SYN);	/* simultaneous open (MUST-10) */
	return XTCP_DROP_NONE;
}
