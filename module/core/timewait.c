// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments for a connection in TIME-WAIT (RFC 9293 3.10.7.4 and 3.6.1): pure
 * verdicts, carried out by ip/ingress.c.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/listen.h>

/* Beyond any window without scaling, as RFC 9293 3.6.1 asks of the new ISN. */
#define ISN_DISTANCE	65537

void xtcp_tw_init(struct xtcp_tw *tw, const struct xtcp_conn *c)
{
	tw->snd_nxt = c->snd.nxt;
	tw->rcv_nxt = c->rcv.nxt;
	tw->ts_recent = c->ts.recent;
	tw->wnd = min(xtcp_rcv_wnd(c) >> c->rcv.wscale, 0xffffU);
	tw->ts_on = c->ts.on;
	tw->ts_shifted = c->ts.offset != 0;
}

u32 xtcp_tw_isn(const struct xtcp_tw *tw)
{
	u32 isn = tw->snd_nxt + ISN_DISTANCE;

	return isn ? isn : 1;
}

static void plan_tw_ack(const struct xtcp_tw *tw, u32 ts_offset, u64 now_us, struct xtcp_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seq = tw->snd_nxt;
	plan->ack = tw->rcv_nxt;
	plan->wnd = tw->wnd;
	plan->flags = XTCP_ACK;
	plan->reason = XTCP_WHY_ACK;
	if (tw->ts_on) {
		plan->opt.has_ts = true;
		plan->opt.tsval = xtcp_ts_val(ts_offset, now_us);
		plan->opt.tsecr = READ_ONCE(tw->ts_recent);
	}
}

/*
 * A new incarnation: its ISN is beyond all that was used (MAY-2), or its
 * timestamp is, which the peer's clock alone moves, or it has timestamps that
 * no old segment can have (RFC 6191 2).
 */
static bool begins_anew(const struct xtcp_tw *tw, const struct xtcp_sysctls *k,
			const struct xtcp_seg *seg)
{
	if ((seg->flags & (XTCP_SYN | XTCP_ACK)) != XTCP_SYN)
		return false;
	if (seg->opt.has_ts && !tw->ts_on && k->timestamps)
		return true;
	if (tw->ts_on && seg->opt.has_ts && seg->opt.tsval != tw->ts_recent)
		return xtcp_seq_gt(seg->opt.tsval, tw->ts_recent);
	return xtcp_seq_gt(seg->seq, tw->rcv_nxt);
}

static bool is_old(const struct xtcp_tw *tw, const struct xtcp_seg *seg)
{
	return tw->ts_on && seg->opt.has_ts && xtcp_seq_lt(seg->opt.tsval, tw->ts_recent);
}

static enum xtcp_tw_verdict judge(const struct xtcp_tw *tw, const struct xtcp_sysctls *k,
				  const struct xtcp_seg *seg)
{
	u32 end = seg->seq + xtcp_seg_len(seg);

	/* The exact one ends the state (RFC 9293), unless the user fears old ones (RFC 1337 F1). */
	if (seg->flags & XTCP_RST)
		return seg->seq == tw->rcv_nxt && !k->rfc1337 ? XTCP_TW_KILL : XTCP_TW_DROP;
	if (begins_anew(tw, k, seg))
		return XTCP_TW_SYN;
	if ((seg->flags & XTCP_SYN) || is_old(tw, seg))
		return XTCP_TW_ACK;
	if (!(seg->flags & XTCP_ACK))
		return XTCP_TW_DROP;
	if ((seg->flags & XTCP_FIN) && end == tw->rcv_nxt)
		return XTCP_TW_RESTART;
	if (end != seg->seq)
		return XTCP_TW_ACK;
	/*
	 * Without text only a keep-alive probe deserves an answer: answering
	 * any other could make two ends acknowledge each other for ever.
	 */
	return seg->seq == tw->rcv_nxt - 1 ? XTCP_TW_ACK : XTCP_TW_DROP;
}

enum xtcp_tw_verdict xtcp_tw_segment(struct xtcp_tw *tw, const struct xtcp_sysctls *k,
				     u32 ts_offset, const struct xtcp_seg *seg,
				     struct xtcp_plan *plan)
{
	enum xtcp_tw_verdict verdict = judge(tw, k, seg);

	/* Is not older, since it is no old one (RFC 7323 4.3). */
	if (verdict == XTCP_TW_RESTART && tw->ts_on && seg->opt.has_ts)
		WRITE_ONCE(tw->ts_recent, seg->opt.tsval);
	if (verdict == XTCP_TW_RESTART || verdict == XTCP_TW_ACK)
		plan_tw_ack(tw, ts_offset, seg->arrived_us, plan);
	return verdict;
}

/*
 * Timestamps tell its old segments from those of a new connection, once the
 * peer's clock has moved on (RFC 7323 B.2): that is awaited only where others
 * would do as well.
 */
bool xtcp_tw_yields(const struct xtcp_tw *tw, const struct xtcp_sysctls *k, bool picked,
		    bool loopback, u64 age_us)
{
	if (!tw->ts_on || !k->timestamps)
		return false;
	if (!picked)
		return true;
	return (k->tw_reuse == 1 || (k->tw_reuse == 2 && loopback)) &&
	       age_us >= k->tw_reuse_delay_ms * XTCP_USEC_PER_MSEC;
}
