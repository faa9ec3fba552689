// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion window validation: a window that nobody has filled for a while
 * says what the path could carry then, not what it can now. Either the window
 * decays while it is not used (RFC 2861, as in Linux; RFC 5681 4.1), or it is
 * kept for some minutes, neither grown nor trusted when there is a loss
 * (RFC 7661). Algorithms that model the path see to it themselves.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/conn.h>

/* Values of slow_start_after_idle; 0 and 1 are those of Linux. */
enum {
	KEEP,
	DECAY,
	PRESERVE,
};

/* RFC 7661 4.4.1: how long an unused window is kept. */
#define PRESERVED_US	(300 * XTCP_USEC_PER_SEC)

static u32 policy(const struct xtcp_conn *c)
{
	return c->cc.ops->control ? KEEP : c->env->knob.slow_start_after_idle;
}

u32 xtcp_initial_window(const struct xtcp_conn *c)
{
	u32 segments = c->limits.route.init_cwnd;

	return min((segments ? segments : c->env->knob.init_cwnd) * c->cc.mss, XTCP_CWND_MAX);
}

/* To target, or so far as floor lets it; slow start may take it back to three quarters. */
static void shrink(struct xtcp_cc *cc, u32 target, u32 floor)
{
	cc->ssthresh = max_t(u64, cc->ssthresh, cc->cwnd * 3ULL / 4);
	cc->cwnd = min(cc->cwnd, max(target, floor));
}

static u32 halved(u32 cwnd, u64 times)
{
	return times < 32 ? cwnd >> times : 0;
}

/* RFC 2861 3.2: a half for each timeout in which nothing was sent. */
static void after_idle(struct xtcp_conn *c, u64 now_us)
{
	u64 rto_us = xtcp_rto_us(c, 0);
	u64 idle_us = now_us - max(c->sent_us, c->validate.restarted_us);

	if (idle_us <= rto_us)
		return;
	shrink(&c->cc, halved(c->cc.cwnd, div64_u64(idle_us, rto_us)), xtcp_initial_window(c));
	c->validate.restarted_us = now_us;
	c->validate.since_us = now_us;
	c->validate.used = 0;
}

/* RFC 2861 3.2: half way to what was used, after a timeout in which it was not full. */
static void decay(struct xtcp_conn *c, u32 flight, u64 now_us)
{
	struct xtcp_validate *v = &c->validate;
	u32 cwnd = c->cc.cwnd;

	v->used = max(v->used, c->cwnd_limited ? cwnd : flight);
	if (!v->since_us)
		v->since_us = now_us;
	if (now_us - v->since_us < xtcp_rto_us(c, 0))
		return;
	v->used = max(v->used, xtcp_initial_window(c));
	if (c->recovery.phase == XTCP_OPEN && v->used < cwnd)
		shrink(&c->cc, v->used + (cwnd - v->used) / 2, 0);
	v->since_us = now_us;
	v->used = 0;
}

/* RFC 7661 4.2: pipeACK is the most that was acknowledged in one round of the period. */
static void age(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_validate *v = &c->validate;
	u64 period_us = max_t(u64, 3ULL * c->rtt.srtt_us, XTCP_USEC_PER_SEC);

	xtcp_parts_move(v->pipe, XTCP_PIPE_PARTS, &v->part_us,
			div_u64(period_us, XTCP_PIPE_PARTS), now_us);
}

static u32 pipe_ack(const struct xtcp_validate *v)
{
	u32 most = 0;
	int i;

	for (i = 0; i < XTCP_PIPE_PARTS; i++)
		most = max(most, v->pipe[i]);
	return most;
}

static void begin_round(struct xtcp_conn *c)
{
	c->validate.round_end = c->snd.nxt;
	c->validate.round_cwnd = c->cc.cwnd;
	c->validate.round_base = c->rate.delivered;
}

/* pipeACK is undefined, which counts as validated (4.3). */
static void begin(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_validate *v = &c->validate;

	memset(v->pipe, 0, sizeof(v->pipe));
	v->part_us = now_us;
	v->since_us = now_us;
	v->loss_flight = 0;
	v->measuring = true;
	v->defined = false;
	v->unvalidated = false;
	begin_round(c);
}

/*
 * Is the window as it was when the round began validated by what is known now
 * (4.3)? If it has not been for too long, half of it is enough (4.4.3).
 */
static void judge_window(struct xtcp_conn *c, u32 window, u64 now_us)
{
	struct xtcp_validate *v = &c->validate;
	u64 since_us = v->since_us;

	age(c, now_us);
	v->unvalidated = v->defined && window > xtcp_initial_window(c) && pipe_ack(v) < window / 2;
	if (v->unvalidated && now_us - since_us < PRESERVED_US)
		return;
	if (v->unvalidated)
		shrink(&c->cc, halved(c->cc.cwnd, div64_u64(now_us - since_us, PRESERVED_US)),
		       xtcp_initial_window(c));
	v->since_us = now_us;
}

/* Nothing is measured while a loss is repaired, and it begins anew behind it (4.4.2). */
static bool preserve(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_validate *v = &c->validate;
	u64 sample;

	if (c->recovery.phase != XTCP_OPEN) {
		v->measuring = false;
		v->unvalidated = false;
		return true;
	}
	if (!v->measuring) {
		begin(c, now_us);
	} else if (xtcp_seq_ge(c->snd.una, v->round_end)) {
		sample = c->rate.delivered - v->round_base;
		age(c, now_us);
		v->pipe[0] = max_t(u64, v->pipe[0], min_t(u64, sample, XTCP_CWND_MAX));
		v->defined = true;
		judge_window(c, v->round_cwnd, now_us);
		begin_round(c);
	}
	/* What held text back in this phase is no reason to grow behind it. */
	if (v->unvalidated)
		c->cwnd_limited = false;
	return !v->unvalidated;
}

void xtcp_validate_on_send(struct xtcp_conn *c, u64 now_us)
{
	if (c->snd.una != c->snd.nxt || !c->sent_us)
		return;
	switch (policy(c)) {
	case DECAY:
		after_idle(c, now_us);
		break;
	case PRESERVE:
		if (c->validate.measuring)
			judge_window(c, c->cc.cwnd, now_us);
		break;
	}
}

bool xtcp_validate_on_ack(struct xtcp_conn *c, u32 flight, u64 now_us)
{
	u32 which = policy(c);

	if (which == PRESERVE)
		return preserve(c, now_us);
	c->validate.measuring = false;
	c->validate.unvalidated = false;
	if (which == DECAY)
		decay(c, flight, now_us);
	return true;
}

u32 xtcp_validate_on_loss(struct xtcp_conn *c, u32 flight)
{
	struct xtcp_validate *v = &c->validate;

	v->loss_flight = 0;
	if (!v->unvalidated || policy(c) != PRESERVE)
		return flight;
	v->loss_flight = min(max(flight, pipe_ack(v)), c->cc.cwnd);
	return v->loss_flight;
}

void xtcp_validate_recovered(struct xtcp_conn *c)
{
	struct xtcp_validate *v = &c->validate;
	u32 carried;

	if (!v->loss_flight)
		return;
	carried = v->loss_flight - min(v->loss_flight, c->undo.resent);
	c->cc.ssthresh = min(c->cc.ssthresh, max(carried / 2, 2 * c->cc.mss));
	v->loss_flight = 0;
}
