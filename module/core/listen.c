// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEGMENT ARRIVES for a listener (RFC 9293 3.10.7.2) and for a request, the
 * connection in SYN-RECEIVED that a listener's SYN made (3.10.7.4 as far as it
 * concerns SYN-RECEIVED). Verdicts, carried out by sock/listen.c.
 */
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/ecn.h>
#include <xtcp/listen.h>

/* For xtcp_half_patience(). */
#define FEW_REQUESTS	8U
#define LEAST_RETRIES	2

enum xtcp_listen_verdict xtcp_listen_segment(const struct xtcp_seg *seg,
					     struct xtcp_plan *plan)
{
	if (xtcp_opens(seg->flags))
		return XTCP_LISTEN_REQUEST;
	if ((seg->flags & (XTCP_RST | XTCP_ACK)) == XTCP_ACK && xtcp_reset_reply(seg, plan))
		return XTCP_LISTEN_RESET;
	return XTCP_LISTEN_IGNORE;
}

void xtcp_half_init(struct xtcp_half *h, const struct xtcp_seg *syn, u32 iss,
		    const struct xtcp_limits *limits, const struct xtcp_sysctls *k,
		    const struct xtcp_cc_ops *cc)
{
	memset(h, 0, sizeof(*h));
	h->irs = syn->seq;
	h->iss = iss;
	h->mss_peer = syn->opt.mss;
	h->mss_adv = limits->mss_adv;
	h->rcv_wnd = xtcp_window_first(limits, k);
	h->wscale_ok = syn->opt.has_wscale && k->window_scaling;
	if (h->wscale_ok) {
		h->wscale_peer = syn->opt.wscale;
		h->wscale = xtcp_wscale_for(limits->rcv_max);
	}
	h->ts_ok = syn->opt.has_ts && k->timestamps;
	h->ts_recent = syn->opt.tsval;
	h->ecn_ok = xtcp_ecn_wanted(syn, k, &limits->route, cc);
	h->accecn_able = xtcp_accecn_able(k);
	h->accecn = h->accecn_able && xtcp_syn_asks(syn) == XTCP_ASKS_ACCURATE;
	h->accecn_option = h->accecn && xtcp_accecn_option_wanted(k);
	h->syn_ecn = syn->ecn;
	h->ecn_all = h->ecn_ok && cc->needs_ecn;
	h->sack_ok = syn->opt.sack_ok && k->sack;
}

static void add_timestamp(const struct xtcp_half *h, u64 now_us, struct xtcp_plan *plan)
{
	if (!h->ts_ok)
		return;
	plan->opt.has_ts = true;
	plan->opt.tsval = xtcp_ts_val(h->ts_offset, now_us);
	plan->opt.tsecr = h->ts_recent;
}

/*
 * Of accurate ECN: the second repetition goes without, in case somebody on the
 * way does not like it (RFC 9768 3.2.3.2.2).
 */
static bool without_ecn(const struct xtcp_half *h)
{
	return !h->ecn_ok || (h->accecn && h->retransmits > 1);
}

static u16 ecn_flags(const struct xtcp_half *h)
{
	if (without_ecn(h))
		return 0;
	return h->accecn ? xtcp_accecn_reflect(h->syn_ecn) : XTCP_ECE;
}

/* The first SYN,ACK alone, in case it is the option that got lost (3.2.3.2.2). */
static bool with_option(const struct xtcp_half *h)
{
	return h->accecn_option && !h->retransmits && !h->syn_again;
}

void xtcp_half_syn_ack(const struct xtcp_half *h, u64 now_us, struct xtcp_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seq = h->iss;
	plan->ack = h->irs + 1;
	plan->wnd = h->rcv_wnd;
	plan->flags = XTCP_SYN | XTCP_ACK | ecn_flags(h);
	plan->ecn = h->ecn_all && !without_ecn(h) ? XTCP_ECT_0 : XTCP_NOT_ECT;
	plan->reason = XTCP_WHY_SYN;
	plan->again = h->retransmits > 0;
	plan->opt.mss = h->mss_adv;
	plan->opt.has_wscale = h->wscale_ok;
	plan->opt.wscale = h->wscale;
	plan->opt.sack_ok = h->sack_ok;
	if (with_option(h))
		xtcp_accecn_option_initial(&plan->opt);
	add_timestamp(h, now_us, plan);
}

void xtcp_half_give(struct xtcp_plan *plan, const struct xtcp_fastopen_cookie *cookie)
{
	plan->opt.has_fastopen = true;
	plan->opt.fastopen_exp = cookie->exp;
	plan->opt.fastopen_len = cookie->len;
	memcpy(plan->opt.fastopen, cookie->val, sizeof(cookie->val));
	/* There is not room for both. */
	if (XTCP_HEADER_MIN + xtcp_options_len(&plan->opt) > XTCP_HEADER_MAX)
		plan->opt.accecn = 0;
}

static enum xtcp_half_verdict reply_ack(const struct xtcp_half *h, const struct xtcp_seg *seg,
					struct xtcp_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seq = h->iss + 1;
	plan->ack = h->irs + 1;
	/* Rounded up, lest the edge seem to move left (RFC 7323 2.4). */
	plan->wnd = (h->rcv_wnd + (1U << h->wscale) - 1) >> h->wscale;
	plan->flags = XTCP_ACK | (h->accecn ? xtcp_ace_flags(XTCP_ACE_INITIAL) : 0);
	plan->reason = XTCP_WHY_ACK;
	add_timestamp(h, seg->arrived_us, plan);
	return XTCP_HALF_REPLY;
}

/*
 * The SYN again, which may ask otherwise than the first: what was agreed stays,
 * but classic and accurate ECN in one handshake are an error (RFC 9768 3.1.5).
 */
static bool mixes_ecn(struct xtcp_half *h, const struct xtcp_seg *syn)
{
	enum xtcp_syn_asks asks = xtcp_syn_asks(syn);

	if (!h->accecn)
		return h->ecn_ok && h->accecn_able && asks == XTCP_ASKS_ACCURATE;
	if (asks == XTCP_ASKS_NOTHING)
		WRITE_ONCE(h->accecn_bare, true);
	WRITE_ONCE(h->syn_ecn, syn->ecn);
	WRITE_ONCE(h->syn_again, true);
	return asks == XTCP_ASKS_CLASSIC;
}

static enum xtcp_half_verdict reset(const struct xtcp_half *h, struct xtcp_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	plan->seq = h->iss + 1;
	plan->ack = h->irs + 1;
	plan->flags = XTCP_RST | XTCP_ACK;
	plan->reason = XTCP_WHY_RESET;
	return XTCP_HALF_RESET;
}

/*
 * A SYN: the one we know, or that of a newer attempt, which counts (mission
 * D20). An older one is answered with an ACK, as one outside the window is: if
 * the peer has begun anew with a lower number, its RST clears the way.
 */
static enum xtcp_half_verdict half_syn(struct xtcp_half *h, const struct xtcp_seg *seg,
				       struct xtcp_plan *plan)
{
	if ((seg->flags & (XTCP_ACK | XTCP_FIN)) || xtcp_seq_lt(seg->seq, h->irs))
		return reply_ack(h, seg, plan);
	if (seg->seq != h->irs)
		return XTCP_HALF_REPLACE;
	if (mixes_ecn(h, seg))
		return reset(h, plan);
	if (h->ts_ok && seg->opt.has_ts)
		WRITE_ONCE(h->ts_recent, seg->opt.tsval);
	return XTCP_HALF_SYN_ACK;
}

/* First step: is any of it in the window of the SYN,ACK (RFC 9293 3.4)? */
static bool half_acceptable(const struct xtcp_half *h, const struct xtcp_seg *seg)
{
	u32 nxt = h->irs + 1;
	u32 len = xtcp_seg_len(seg);

	if (!len)
		return h->rcv_wnd ? xtcp_seq_in(seg->seq, nxt, h->rcv_wnd) : seg->seq == nxt;
	return xtcp_seq_in(seg->seq, nxt, h->rcv_wnd) ||
	       xtcp_seq_in(seg->seq + len - 1, nxt, h->rcv_wnd);
}

/* The user wants no connection without text, but not for ever. */
static bool must_wait(const struct xtcp_half *h, const struct xtcp_seg *seg)
{
	return h->timeouts < h->defer && !xtcp_seg_len(seg);
}

enum xtcp_half_verdict xtcp_half_segment(struct xtcp_half *h, const struct xtcp_seg *seg,
					 struct xtcp_plan *plan)
{
	if ((seg->flags & XTCP_SYN) && !(seg->flags & XTCP_RST))
		return half_syn(h, seg, plan);
	if (h->ts_ok && !(seg->flags & XTCP_RST)) {
		if (!seg->opt.has_ts)
			return XTCP_HALF_DROP;
		if (xtcp_seq_lt(seg->opt.tsval, h->ts_recent))
			return reply_ack(h, seg, plan);
	}
	if (!half_acceptable(h, seg))
		return seg->flags & XTCP_RST ? XTCP_HALF_DROP : reply_ack(h, seg, plan);
	if (seg->flags & XTCP_RST)
		return seg->seq == h->irs + 1 ? XTCP_HALF_RST : reply_ack(h, seg, plan);
	if (!(seg->flags & XTCP_ACK))
		return XTCP_HALF_DROP;
	if (seg->ack != h->iss + 1)
		return xtcp_reset_reply(seg, plan) ? XTCP_HALF_REPLY : XTCP_HALF_DROP;
	if (must_wait(h, seg)) {
		WRITE_ONCE(h->acked, true);
		return XTCP_HALF_WAIT;
	}
	return XTCP_HALF_ESTABLISH;
}

/* From one timeout, the nth, to the next. */
static u64 gap_us(u8 n, const struct xtcp_sysctls *k)
{
	u64 rto_us = k->rto_init_ms * XTCP_USEC_PER_MSEC;
	u64 max_us = k->rto_max_ms * XTCP_USEC_PER_MSEC;

	rto_us <<= n > 20 ? 20 : n;
	return rto_us < max_us ? rto_us : max_us;
}

u64 xtcp_half_deadline(const struct xtcp_half *h, const struct xtcp_sysctls *k)
{
	return h->last_us + gap_us(h->timeouts, k);
}

bool xtcp_half_expired(const struct xtcp_half *h, u32 retries)
{
	return h->timeouts >= retries && (!h->acked || h->timeouts >= h->defer);
}

/*
 * Where most requests get their ACK within the first timeout, half of the room is
 * enough for these, and the old ones may have the other. Each time that the old
 * outnumber the young by another factor of two they wait for one timeout less. Of
 * few requests such numbers tell nothing.
 */
u32 xtcp_half_patience(u32 retries, u32 requests, u32 young, u32 room)
{
	if (2 * requests <= max(room, FEW_REQUESTS))
		return retries;
	for (; retries > LEAST_RETRIES && 2 * young <= requests; young *= 2)
		retries--;
	return retries;
}

/* The last one is sent: its ACK will be taken without text. */
bool xtcp_half_timeout(struct xtcp_half *h)
{
	bool send = !READ_ONCE(h->acked) || h->timeouts + 1 >= h->defer;

	if (h->timeouts < U8_MAX)
		h->timeouts++;
	if (send && h->retransmits < U8_MAX)
		h->retransmits++;
	return send;
}

u8 xtcp_defer_timeouts(u32 seconds, const struct xtcp_sysctls *k)
{
	u64 left_us = seconds * XTCP_USEC_PER_SEC;
	u8 n;

	for (n = 0; left_us && n < U8_MAX; n++)
		left_us -= min(left_us, gap_us(n, k));
	return n;
}

u32 xtcp_defer_seconds(u8 timeouts, const struct xtcp_sysctls *k)
{
	u64 sum_us = 0;
	u8 n;

	for (n = 0; n < timeouts; n++)
		sum_us += gap_us(n, k);
	return div_u64(sum_us + XTCP_USEC_PER_SEC - 1, XTCP_USEC_PER_SEC);
}

void xtcp_conn_from_half(struct xtcp_conn *c, const struct xtcp_half *h, u64 now_us)
{
	struct xtcp_options opt = {
		.mss = h->mss_peer,
		.has_wscale = h->wscale_ok,
		.wscale = h->wscale_peer,
		.has_ts = h->ts_ok,
		.sack_ok = h->sack_ok,
	};

	xtcp_conn_event(c, XTCP_EV_OPEN_PASSIVE);
	xtcp_conn_event(c, XTCP_EV_RCV_SYN);
	c->owes = 0;		/* the request has sent the SYN,ACK */
	c->passive = true;
	c->snd.iss = h->iss;
	c->snd.una = h->iss;
	c->snd.nxt = h->iss + 1;
	c->snd.small_end = h->iss;
	c->recovery.high = h->iss;
	c->board.fack = h->iss;
	c->board.high_resent = h->iss;
	xtcp_txq_init(&c->txq, h->iss + 1);
	c->rcv.irs = h->irs;
	c->rcv.nxt = h->irs + 1;
	c->rcv.acked = c->rcv.nxt;
	c->rcv.copied = c->rcv.nxt;
	c->rcv.edge = c->rcv.nxt + h->rcv_wnd;
	c->rcv.wscale = h->wscale;
	c->ecn.on = h->ecn_ok;
	c->ecn.high = h->iss;
	if (h->accecn) {
		xtcp_accecn_begin(c, h->syn_ecn);
		/* The client may not know of it: 3.1.5. */
		c->accecn.mute = h->accecn_bare || without_ecn(h);
		c->accecn.option.proved = with_option(h);
	}
	c->board.on = h->sack_ok;
	c->ts.on = h->ts_ok;
	c->ts.offset = h->ts_offset;
	c->ts.recent = h->ts_recent;
	c->ts.recent_us = h->sent_us ?: now_us;
	/* What came so long after the SYN,ACK tells nothing of the path. */
	c->syn_sent_us = h->acked ? 0 : h->sent_us;
	c->retransmits = h->acked ? 0 : h->retransmits;
	c->tally.segs_in = 1;
	c->tally.segs_out = 1 + h->retransmits;
	c->tally.segs_resent = h->retransmits;
	c->snd.wl1 = h->irs;
	xtcp_agree(c, &opt, h->wscale_ok);
	xtcp_timer_set(c, XTCP_TIMER_RTO, now_us + xtcp_rto_us(c, 0));
}
