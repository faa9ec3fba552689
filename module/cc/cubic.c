// SPDX-License-Identifier: GPL-2.0-only
/*
 * CUBIC (RFC 9438): the window as a cubic function of the time since the last
 * loss, flat around the window of that loss; never less than what Reno would
 * have. In bytes and milliseconds, with C = 0.4 segments/s^3 and beta = 0.7.
 */
#include <linux/build_bug.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/cc.h>

#define AWAY_MAX_MS	100000U	/* from K: its cube times an MSS fits 64 bits */

/* alpha = 3 (1 - beta) / (1 + beta), in thousandths (4.3) */
#define ALPHA		529U
#define ALPHA_RENO	1000U

/**
 * struct cubic - what is kept of a connection
 * @epoch_us: when congestion avoidance began, less the time in which the
 *	application did not use the window; 0: begins with the next ACK
 * @seen_us: the last ACK since then
 * @left: remainder of the growth, in bytes times cwnd
 * @est_left: remainder of @w_est's growth, in bytes times cwnd times 1000
 * @w_max: window of the last loss, bytes
 * @w_est: window that Reno would have, bytes
 * @prior: cwnd at the last loss, bytes
 * @k_ms: when the function reaches @w_max, after @epoch_us
 * @timeout: the last loss was told by a timeout
 * @idle: nothing was left in flight since @seen_us
 * @hystart: of the initial slow start
 */
struct cubic {
	u64 epoch_us;
	u64 seen_us;
	u64 left;
	u64 est_left;
	u32 w_max;
	u32 w_est;
	u32 prior;
	u32 k_ms:30;
	u32 idle:1;
	u32 timeout:1;
	struct xtcp_hystart hystart;
};

static struct cubic *cubic_of(struct xtcp_cc *cc)
{
	BUILD_BUG_ON(sizeof(struct cubic) > sizeof(cc->priv));
	return (struct cubic *)cc->priv;
}

/* The greatest integer whose cube is not above n. */
static u32 cube_root(u64 n)
{
	u64 root = 0;
	int bit;

	for (bit = 20; bit >= 0; bit--) {
		u64 next = root + (1ULL << bit);

		if (next * next * next <= n)
			root = next;
	}
	return root;
}

/* K in ms: the cube root of (W_max - cwnd) / C, in segments (figure 2). */
static u32 k_ms_of(const struct xtcp_cc *cc, u32 w_max)
{
	return cube_root(div_u64((u64)(w_max - cc->cwnd) * 2500000000ULL, cc->mss));
}

/* Figure 1: C (t - K)^3 + W_max, t in us after the epoch. */
static u32 w_cubic(const struct xtcp_cc *cc, const struct cubic *q, u64 t_us)
{
	u64 t_ms = div_u64(t_us, 1000);
	bool before = t_ms < q->k_ms;
	u64 away = min_t(u64, before ? q->k_ms - t_ms : t_ms - q->k_ms, AWAY_MAX_MS);
	u64 delta = div_u64(div_u64(away * away * away, 1000) * 2 * cc->mss, 5000000);

	if (before)
		return q->w_max > delta ? q->w_max - delta : 0;
	return min_t(u64, q->w_max + delta, XTCP_CWND_MAX);
}

/* Congestion avoidance begins; after a timeout where it finds itself (4.8). */
static void begin_epoch(struct xtcp_cc *cc, struct cubic *q, u64 now_us)
{
	q->epoch_us = now_us;
	q->seen_us = now_us;
	q->left = 0;
	q->est_left = 0;
	q->w_est = cc->cwnd;
	if (q->timeout || cc->cwnd >= q->w_max) {
		q->w_max = cc->cwnd;
		q->k_ms = 0;
	} else {
		q->k_ms = k_ms_of(cc, q->w_max);
	}
	q->timeout = 0;
}

/* Figure 4: what an AIMD with our beta and Reno's average would have. */
static void grow_estimate(const struct xtcp_cc *cc, struct cubic *q, u32 acked)
{
	u64 unit = 1000ULL * cc->cwnd;
	u32 alpha = q->w_est >= q->prior ? ALPHA_RENO : ALPHA;
	u64 step;

	q->est_left += (u64)alpha * acked * cc->mss;
	step = div64_u64(q->est_left, unit);
	q->est_left -= step * unit;
	q->w_est = min_t(u64, q->w_est + step, XTCP_CWND_MAX);
}

/* 4.2 and 4.4, 4.5: by (target - cwnd) / cwnd for each byte acknowledged. */
static void grow(struct xtcp_cc *cc, struct cubic *q, u32 acked, u32 target)
{
	u32 cwnd = cc->cwnd;
	u64 step;

	target = clamp(target, cwnd, cwnd + cwnd / 2);
	q->left += (u64)(target - cwnd) * acked;
	step = div_u64(q->left, cwnd);
	q->left -= step * cwnd;
	cc->cwnd = min_t(u64, cwnd + step, XTCP_CWND_MAX);
}

/*
 * Time in which nothing was in flight does not count (5.8), nor slow start
 * behind it. The ACK that ends it comes a round trip after it was over.
 */
static void leave_out_idle_time(struct cubic *q, const struct xtcp_cc_sample *s)
{
	u64 gap_us = s->now_us - q->seen_us;

	if (q->idle && gap_us > s->srtt_us)
		q->epoch_us += gap_us - s->srtt_us;
	q->idle = 0;
}

static void avoid_congestion(struct xtcp_cc *cc, struct cubic *q, const struct xtcp_cc_sample *s)
{
	u32 acked;
	u64 t_us;

	if (!xtcp_cc_may_grow(cc, s)) {
		/* Time in which the window was not used does not count (5.8). */
		if (q->epoch_us)
			q->epoch_us += s->now_us - q->seen_us;
		q->seen_us = s->now_us;
		return;
	}
	acked = xtcp_cc_slow_start(cc, s->acked);
	if (!acked)
		return;
	if (!q->epoch_us)
		begin_epoch(cc, q, s->now_us);
	leave_out_idle_time(q, s);
	q->seen_us = s->now_us;
	t_us = s->now_us - q->epoch_us;
	grow_estimate(cc, q, acked);
	if (w_cubic(cc, q, t_us) < q->w_est)
		cc->cwnd = max(cc->cwnd, q->w_est);
	else
		grow(cc, q, acked, w_cubic(cc, q, t_us + s->srtt_us));
}

static void on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	struct cubic *q = cubic_of(cc);

	if (xtcp_hystart_applies(cc, s))
		xtcp_hystart_on_ack(cc, &q->hystart, s, xtcp_cc_may_grow(cc, s));
	else
		avoid_congestion(cc, q, s);
	q->idle |= s->una == s->nxt;
}

/* 4.6 to 4.8. A window that was not used is no measure of the path. */
static u32 on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	struct cubic *q = cubic_of(cc);

	if (flight >= cc->cwnd / 2) {
		/* Less than the last time: others have come, leave room (4.7). */
		q->w_max = cc->cwnd < q->w_max ? (u64)cc->cwnd * 17 / 20 : cc->cwnd;
		q->prior = cc->cwnd;
	}
	q->epoch_us = 0;
	q->timeout = timeout;
	return max_t(u32, (u64)flight * 7 / 10, 2 * cc->mss);
}

const struct xtcp_cc_ops xtcp_cc_cubic = {
	.name = "cubic",
	.on_ack = on_ack,
	.on_loss = on_loss,
};
