// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delivery rate samples (rate.h). Sections are those of
 * draft-cheng-iccrg-delivery-rate-estimation-02.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/conn.h>

void xtcp_parts_move(u32 *part, u32 nr, u64 *begun_us, u64 part_us, u64 now_us)
{
	u64 moves;

	if (now_us - *begun_us < part_us)
		return;
	moves = part_us ? div64_u64(now_us - *begun_us, part_us) : nr;
	*begun_us = part_us ? *begun_us + moves * part_us : now_us;
	for (moves = min_t(u64, moves, nr); moves; moves--) {
		memmove(part + 1, part, (nr - 1) * sizeof(*part));
		part[0] = 0;
	}
}

void xtcp_min_rtt_update(struct xtcp_min_rtt *m, u32 rtt_us, u64 window_us, u64 now_us)
{
	if (!rtt_us)
		return;
	if (!m->begun_us)
		m->begun_us = now_us;
	xtcp_parts_move(m->part_us, XTCP_MIN_RTT_PARTS, &m->begun_us,
			window_us / XTCP_MIN_RTT_PARTS, now_us);
	if (!m->part_us[0] || rtt_us < m->part_us[0])
		m->part_us[0] = rtt_us;
}

u32 xtcp_min_rtt_get(const struct xtcp_min_rtt *m)
{
	u32 least = 0;
	int i;

	for (i = 0; i < XTCP_MIN_RTT_PARTS; i++) {
		if (m->part_us[i] && (!least || m->part_us[i] < least))
			least = m->part_us[i];
	}
	return least;
}

/* 3.2: a flight that begins has nothing before it to be measured from. */
void xtcp_rate_on_sent(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us)
{
	struct xtcp_rate *r = &c->rate;

	if (c->snd.una == c->snd.nxt || !r->delivered_us) {
		r->first_sent_us = now_us;
		r->delivered_us = now_us;
	}
	tx->stamp.delivered = r->delivered;
	tx->stamp.delivered_us = r->delivered_us;
	tx->stamp.first_sent_us = r->first_sent_us;
	tx->stamp.app_limited = r->app_limited;
}

void xtcp_rate_limited(struct xtcp_conn *c)
{
	c->rate.app_limited = max_t(u64, c->rate.delivered + xtcp_flight(c), 1);
}

/* 3.4: there was room in the window, and nothing to fill it with. */
void xtcp_rate_on_write(struct xtcp_conn *c)
{
	if (!c->txq.next && xtcp_flight(c) < c->cc.cwnd && !c->board.lost)
		xtcp_rate_limited(c);
}

/* 3.3: of all that an ACK delivers, what was sent last makes the sample. */
static void deliver(struct xtcp_conn *c, const struct xtcp_tx *tx, u32 bytes, u64 now_us)
{
	struct xtcp_rate *r = &c->rate;

	r->delivered += bytes;
	r->delivered_us = max(r->delivered_us, now_us);
	if (tx->sent_us < r->newest_sent_us)
		return;
	r->newest = tx->stamp;
	r->newest_sent_us = tx->sent_us;
}

void xtcp_rate_on_acked(struct xtcp_conn *c, struct xtcp_tx *tx, u32 end, u64 now_us)
{
	u32 from = xtcp_seq_max(tx->seq, c->snd.una);

	if (!tx->stamp.delivered_us || xtcp_seq_ge(from, end))
		return;
	deliver(c, tx, end - from, now_us);
	if (end == xtcp_tx_end(tx))
		tx->stamp.delivered_us = 0;
}

void xtcp_rate_on_delivered(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us)
{
	xtcp_rate_on_acked(c, tx, xtcp_tx_end(tx), now_us);
}

void xtcp_rate_on_lost(struct xtcp_conn *c, u32 bytes)
{
	c->rate.lost += bytes;
}

/* What the user is shown: a lower one only if the application is not to blame. */
static void show(struct xtcp_rate *r, const struct xtcp_cc_sample *s)
{
	if (s->app_limited && r->shown_us &&
	    s->delivered * r->shown_us < r->shown_bytes * s->interval_us)
		return;
	r->shown_bytes = s->delivered;
	r->shown_us = s->interval_us;
	r->shown_limited = s->app_limited;
}

/* The longer of the two times: neither bursts nor merged ACKs make it too short (2.2). */
static u32 interval_us(const struct xtcp_rate *r)
{
	u64 send = r->newest_sent_us - min(r->newest.first_sent_us, r->newest_sent_us);
	u64 ack = r->delivered_us - min(r->newest.delivered_us, r->delivered_us);

	return min_t(u64, max(send, ack), ~0U);
}

void xtcp_rate_finish(struct xtcp_conn *c, struct xtcp_cc_sample *s, u64 now_us)
{
	const u64 window_us = c->env->knob.min_rtt_wlen * XTCP_USEC_PER_SEC;
	struct xtcp_rate *r = &c->rate;

	xtcp_min_rtt_update(&r->min_rtt, s->rtt_us, window_us, now_us);
	if (r->app_limited && r->delivered > r->app_limited)
		r->app_limited = 0;
	s->total = r->delivered;
	s->newly = r->delivered - r->before;
	s->lost = r->lost - r->lost_before;
	if (r->newest_sent_us) {
		s->prior = r->newest.delivered;
		s->app_limited = r->newest.app_limited;
		s->delivered = r->delivered - r->newest.delivered;
		s->interval_us = interval_us(r);
		/* Sent again, and an ACK of what went first: no time to measure (3.3). */
		if (s->interval_us < xtcp_min_rtt_get(&r->min_rtt))
			s->interval_us = 0;
		if (s->interval_us)
			show(r, s);
		r->first_sent_us = max(r->first_sent_us, r->newest_sent_us);
	}
	r->newest_sent_us = 0;
	r->before = r->delivered;
	r->lost_before = r->lost;
}

u64 xtcp_rate_shown(const struct xtcp_rate *r)
{
	return r->shown_us ? div64_u64(r->shown_bytes * XTCP_USEC_PER_SEC, r->shown_us) : 0;
}
