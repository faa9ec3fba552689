// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments for a connection in TIME-WAIT (RFC 9293 3.10.7.4 and 3.6.1): pure
 * verdicts, carried out by ip/ingress.c.
 */
#include <linux/string.h>
#include <xtcp/listen.h>

/* Beyond any window without scaling, as RFC 9293 3.6.1 asks of the new ISN. */
#define ISN_DISTANCE	65537

void xtcp_tw_init(struct xtcp_tw *tw, const struct xtcp_conn *c)
{
	tw->snd_nxt = c->snd.nxt;
	tw->rcv_nxt = c->rcv.nxt;
	tw->rcv_wnd = xtcp_rcv_wnd(c);
	tw->wscale = c->rcv.wscale;
	tw->ts_on = c->ts.on;
	tw->ts_offset = c->ts.offset;
	tw->ts_recent = c->ts.recent;
}

u32 xtcp_tw_isn(const struct xtcp_tw *tw)
{
	u32 isn = tw->snd_nxt + ISN_DISTANCE;

	return isn ? isn : 1;
}

static enum xtcp_tw_verdict answer(const struct xtcp_tw *tw, const struct xtcp_seg *seg,
				   struct xtcp_plan *plan, enum xtcp_tw_verdict verdict)
{
	u32 wnd = tw->rcv_wnd >> tw->wscale;

	memset(plan, 0, sizeof(*plan));
	plan->seq = tw->snd_nxt;
	plan->ack = tw->rcv_nxt;
	plan->wnd = wnd > 0xffff ? 0xffff : wnd;
	plan->flags = XTCP_ACK;
	plan->reason = XTCP_WHY_ACK;
	if (tw->ts_on) {
		plan->opt.has_ts = true;
		plan->opt.tsval = xtcp_ts_val(tw->ts_offset, seg->arrived_us);
		plan->opt.tsecr = tw->ts_recent;
	}
	return verdict;
}

/*
 * A new incarnation: its ISN is beyond all that was used (MAY-2), or its
 * timestamp is, which the peer's clock alone moves (RFC 6191 2).
 */
static bool begins_anew(const struct xtcp_tw *tw, const struct xtcp_seg *seg)
{
	if ((seg->flags & (XTCP_SYN | XTCP_ACK)) != XTCP_SYN)
		return false;
	if (tw->ts_on && seg->opt.has_ts && seg->opt.tsval != tw->ts_recent)
		return xtcp_seq_gt(seg->opt.tsval, tw->ts_recent);
	return xtcp_seq_gt(seg->seq, tw->rcv_nxt);
}

static bool is_old(const struct xtcp_tw *tw, const struct xtcp_seg *seg)
{
	return tw->ts_on && seg->opt.has_ts && xtcp_seq_lt(seg->opt.tsval, tw->ts_recent);
}

enum xtcp_tw_verdict xtcp_tw_segment(const struct xtcp_tw *tw, const struct xtcp_seg *seg,
				     struct xtcp_plan *plan)
{
	u32 end = seg->seq + xtcp_seg_len(seg);

	/* RFC 1337 would ignore it; the exact one ends the state (RFC 9293). */
	if (seg->flags & XTCP_RST)
		return seg->seq == tw->rcv_nxt ? XTCP_TW_KILL : XTCP_TW_DROP;
	if (begins_anew(tw, seg))
		return XTCP_TW_SYN;
	if ((seg->flags & XTCP_SYN) || is_old(tw, seg))
		return answer(tw, seg, plan, XTCP_TW_ACK);
	if (!(seg->flags & XTCP_ACK))
		return XTCP_TW_DROP;
	if ((seg->flags & XTCP_FIN) && end == tw->rcv_nxt)
		return answer(tw, seg, plan, XTCP_TW_RESTART);
	if (end != seg->seq)
		return answer(tw, seg, plan, XTCP_TW_ACK);
	/*
	 * Without text only a keep-alive probe deserves an answer: answering
	 * any other could make two ends acknowledge each other for ever.
	 */
	return seg->seq == tw->rcv_nxt - 1 ? answer(tw, seg, plan, XTCP_TW_ACK) : XTCP_TW_DROP;
}
