// SPDX-License-Identifier: GPL-2.0-only
/*
 * HyStart++ (RFC 9406): leaves the initial slow start when the round-trip time
 * rises, before the queue of the bottleneck overflows. Between the two lies
 * conservative slow start (CSS), from which there is a way back.
 */
#include <linux/minmax.h>
#include <xtcp/cc.h>
#include <xtcp/seq.h>

/* 4.3 */
#define MIN_RTT_THRESH_US	4000U
#define MAX_RTT_THRESH_US	16000U
#define MIN_RTT_DIVISOR		8
#define N_RTT_SAMPLE		8
#define CSS_GROWTH_DIVISOR	4
#define CSS_ROUNDS		5
#define L			8	/* segments that one ACK may add, if not paced */

#define NO_RTT			(~0U)	/* "infinity" */

bool xtcp_hystart_applies(const struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	return s->hystart && cc->ssthresh >= XTCP_SSTHRESH_INFINITE;
}

static void begin(struct xtcp_hystart *h, const struct xtcp_cc_sample *s)
{
	h->started = true;
	h->window_end = s->nxt;
	h->last_us = NO_RTT;
	h->current_us = NO_RTT;
}

static void begin_round(struct xtcp_hystart *h, const struct xtcp_cc_sample *s)
{
	h->window_end = s->nxt;
	h->last_us = h->current_us;
	h->current_us = NO_RTT;
	h->samples = 0;
}

static void grow(struct xtcp_cc *cc, const struct xtcp_hystart *h, const struct xtcp_cc_sample *s)
{
	u32 step = s->paced ? s->acked : min(s->acked, L * cc->mss);

	if (h->css)
		step /= CSS_GROWTH_DIVISOR;
	cc->cwnd = min(cc->cwnd + step, XTCP_CWND_MAX);
}

static bool delay_rises(const struct xtcp_hystart *h)
{
	u32 threshold = clamp(h->last_us / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US, MAX_RTT_THRESH_US);

	return h->last_us != NO_RTT && h->current_us >= h->last_us + threshold;
}

static void take_rtt(struct xtcp_hystart *h, u32 rtt_us)
{
	if (!rtt_us)
		return;
	h->current_us = min(h->current_us, rtt_us);
	if (h->samples < N_RTT_SAMPLE)
		h->samples++;
	if (h->samples < N_RTT_SAMPLE)
		return;
	if (h->css) {
		h->css = h->current_us >= h->baseline_us;
	} else if (delay_rises(h)) {
		h->css = true;
		h->css_rounds = 0;
		h->baseline_us = h->current_us;
	}
}

void xtcp_hystart_on_ack(struct xtcp_cc *cc, struct xtcp_hystart *h,
			 const struct xtcp_cc_sample *s, bool may_grow)
{
	if (!h->started)
		begin(h, s);
	if (may_grow)
		grow(cc, h, s);
	take_rtt(h, s->rtt_us);
	if (xtcp_seq_lt(s->una, h->window_end))
		return;
	/* The round in which CSS began is its first (4.2). */
	if (h->css && ++h->css_rounds == CSS_ROUNDS)
		cc->ssthresh = cc->cwnd;
	begin_round(h, s);
}
