// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packetization layer path MTU discovery (RFC 4821). Now and then a segment
 * of new text is greater than the MSS. If it arrives the MSS rises; if it
 * alone is lost the path does not take it, and that is no congestion. And
 * where text is sent in vain until R1 the path has become a black hole: it
 * drops what is too big and does not say so.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <xtcp/icmp.h>

#define PROBING_ALWAYS	2	/* mtu_probing; 1: once there was a black hole */

/* Segments behind a probe, and one to spare: three of them tell that it is lost. */
#define FOLLOWERS	4

static u16 option_space(const struct xtcp_conn *c)
{
	return c->ts.on ? XTCP_TS_SPACE : 0;
}

/* What nobody has said is too big. */
static u16 ceiling(const struct xtcp_conn *c)
{
	return min(c->snd.mss_peer, c->limits.mss_path);
}

void xtcp_plpmtud_begin(struct xtcp_conn *c)
{
	const struct xtcp_sysctls *k = &c->env->knob;
	struct xtcp_plpmtud *p = &c->plpmtud;

	p->on = k->mtu_probing == PROBING_ALWAYS;
	p->high = ceiling(c);
	p->low = min_t(u32, max(k->base_mss, k->min_snd_mss), p->high);
	p->bisect = false;
	p->len = 0;
	p->settled_us = 0;
}

/* Close enough to the truth (RFC 4821 7.3). */
static bool has_converged(const struct xtcp_conn *c)
{
	const struct xtcp_plpmtud *p = &c->plpmtud;

	return p->high <= p->low || p->high - p->low < c->env->knob.probe_threshold;
}

/* Paths change: in time the search begins anew (RFC 4821 7.3). */
static void reprobe(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_plpmtud *p = &c->plpmtud;

	if (now_us - p->settled_us < c->env->knob.probe_interval * XTCP_USEC_PER_SEC)
		return;
	p->high = max(p->low, ceiling(c));
	p->bisect = false;
	p->settled_us = now_us;
}

/*
 * Most paths take what the interfaces at their ends do, so that is tried
 * first, and what lies between only where it fails.
 */
static u32 probe_size(const struct xtcp_plpmtud *p)
{
	return p->bisect ? (p->low + p->high + 1) / 2 : p->high;
}

u32 xtcp_plpmtud_room(const struct xtcp_conn *c)
{
	if (!c->plpmtud.on || has_converged(c))
		return 0;
	return probe_size(&c->plpmtud) - option_space(c);
}

u32 xtcp_plpmtud_need(const struct xtcp_conn *c, u32 len)
{
	return len + FOLLOWERS * c->snd.mss;
}

/* RFC 4821 7.4: nothing is missing, and a loss would be found without a timeout. */
static bool may_probe_mtu(const struct xtcp_conn *c)
{
	return !c->plpmtud.len && c->recovery.phase == XTCP_OPEN && !c->recovery.dupacks &&
	       !c->board.lost && !c->board.sacked && !xtcp_urgent_unsent(c, c->snd.nxt);
}

u32 xtcp_plpmtud_next(struct xtcp_conn *c, const struct xtcp_tx *tx, u64 now_us)
{
	u32 need;
	u32 len;

	if (!c->plpmtud.on || !may_probe_mtu(c))
		return 0;
	if (has_converged(c))
		reprobe(c, now_us);
	len = xtcp_plpmtud_room(c);
	need = xtcp_plpmtud_need(c, len);
	if (!len || tx->len < len || c->txq.end - c->snd.nxt < need)
		return 0;
	return c->snd.wnd >= need && c->cc.cwnd >= need ? len : 0;
}

/* What goes again is no probe any more: its ACK would not tell which arrived. */
void xtcp_plpmtud_sent(struct xtcp_conn *c, const struct xtcp_plan *plan)
{
	struct xtcp_plpmtud *p = &c->plpmtud;

	if (plan->reason == XTCP_WHY_MTU_PROBE) {
		p->seq = plan->seq;
		p->len = plan->len;
	} else if (p->len && plan->again && xtcp_seq_lt(plan->seq, p->seq + p->len) &&
		   xtcp_seq_gt(plan->seq + plan->len, p->seq)) {
		p->len = 0;
	}
}

/* The descriptor of the probe; NULL if it is no longer in one piece. */
static struct xtcp_tx *probe_tx(struct xtcp_conn *c)
{
	const struct xtcp_plpmtud *p = &c->plpmtud;
	struct xtcp_tx *tx = xtcp_txq_find(&c->txq, p->seq);

	return tx && tx->seq == p->seq && tx->len == p->len ? tx : NULL;
}

static void succeeded(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_plpmtud *p = &c->plpmtud;

	p->low = p->len + option_space(c);
	p->high = max(p->low, p->high);
	p->len = 0;
	p->settled_us = now_us;
	xtcp_count(c->env, XTCP_MIB_MTUP_SUCCESS);
	xtcp_pmtu_changed(c, now_us);
}

void xtcp_plpmtud_on_ack(struct xtcp_conn *c, u64 now_us)
{
	const struct xtcp_plpmtud *p = &c->plpmtud;
	struct xtcp_tx *tx;

	if (!p->len)
		return;
	if (xtcp_seq_lt(c->snd.una, p->seq + p->len)) {
		tx = c->board.sacked ? probe_tx(c) : NULL;
		if (!tx || !(tx->mark & XTCP_SACKED))
			return;
	}
	succeeded(c, now_us);
}

static void failed(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_plpmtud *p = &c->plpmtud;

	p->high = max_t(u32, p->low, p->len + option_space(c) - 1);
	p->bisect = true;
	p->len = 0;
	p->settled_us = now_us;
	xtcp_count(c->env, XTCP_MIB_MTUP_FAIL);
}

/*
 * The text of the probe goes again in segments of the MSS, under the same
 * congestion window.
 */
static void lost_alone(struct xtcp_conn *c, u64 now_us)
{
	c->rate.lost -= c->plpmtud.len;
	c->undo.armed = false;
	/* Duplicate ACKs that the probe has caused are no news (RFC 6582 3.2). */
	if (!c->board.on)
		c->recovery.high = c->plpmtud.seq + c->plpmtud.len - 1;
	failed(c, now_us);
}

/*
 * Without SACK the duplicate ACKs tell of the first segment only, which is
 * marked here; a loss behind it brings duplicate ACKs of its own.
 */
static void mark_first(struct xtcp_conn *c, struct xtcp_tx *tx)
{
	if (!c->board.on && c->snd.una == tx->seq)
		xtcp_mark_lost(c, tx);
}

bool xtcp_plpmtud_lost(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tx *tx = c->plpmtud.len ? probe_tx(c) : NULL;

	if (!tx)
		return false;
	mark_first(c, tx);
	/* With other losses it may have met the same congestion (RFC 4821 7.6.4). */
	if (!(tx->mark & XTCP_LOST) || c->board.lost != tx->len)
		return false;
	lost_alone(c, now_us);
	return true;
}

/* No path is taken to be narrower. */
static u32 least_size(const struct xtcp_conn *c)
{
	return max(c->env->knob.mtu_probe_floor, c->env->knob.min_snd_mss);
}

/* RFC 4821 7.7: first the size that fits nearly everywhere, then halves. */
static u32 smaller(const struct xtcp_conn *c, u32 size)
{
	u32 base = c->env->knob.base_mss;

	return max(size > base ? base : size / 2, least_size(c));
}

/* R1 is reached, no ICMP error says why, and what is lost may be too big. */
static bool may_be_black_hole(struct xtcp_conn *c)
{
	const struct xtcp_sysctls *k = &c->env->knob;
	const struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);

	return k->mtu_probing && c->retransmits + 1 >= k->retries1 && !c->err_soft &&
	       c->snd.wnd && tx && tx->len + option_space(c) > least_size(c);
}

void xtcp_plpmtud_on_rto(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_plpmtud *p = &c->plpmtud;
	u32 mss = c->snd.mss + option_space(c);
	u32 size;

	/* Or it would be tried again, with a timeout each time. */
	if (p->len && c->snd.una == p->seq)
		failed(c, now_us);
	if (!may_be_black_hole(c))
		return;
	size = smaller(c, mss);
	if (size >= mss)
		return;
	if (!p->on)
		p->high = ceiling(c);
	p->on = true;
	p->low = size;
	p->bisect = true;
	p->settled_us = now_us;
	xtcp_pmtu_changed(c, now_us);
}

void xtcp_plpmtud_on_path(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_plpmtud *p = &c->plpmtud;
	struct xtcp_tx *tx = p->len ? probe_tx(c) : NULL;
	u16 most = ceiling(c);

	if (p->len && p->len + option_space(c) > c->limits.mss_path) {
		if (tx && !tx->mark) {
			xtcp_mark_lost(c, tx);
			lost_alone(c, now_us);
		} else {
			failed(c, now_us);
		}
	}
	if (p->high <= most)
		return;
	/* That is no guess: so much passes, or a smaller size would have been told. */
	p->high = most;
	p->low = min(p->low, most);
	p->bisect = false;
}
