// SPDX-License-Identifier: GPL-2.0-only
/*
 * BBR, version 1 (draft-cardwell-iccrg-bbr-congestion-control-00): the window
 * and the rate follow a model of the path, its greatest bandwidth and its least
 * round-trip time, and not its losses. Rates are in bytes per second.
 */
#include <linux/build_bug.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/cc.h>

#define USEC_PER_SECOND		1000000U

#define UNIT			256	/* gains are in 256ths */
#define HIGH_GAIN		739	/* 2 / ln 2: doubles the delivery in a round trip */
#define DRAIN_GAIN		89	/* its inverse */
#define CWND_GAIN		512
#define CYCLE_LEN		8
#define PROBE_DOWN		1	/* the phase that drains what the probe queued */

#define BW_SHIFT		6	/* the filter is in 64 bytes per second */
#define BW_ROUNDS		10
#define FULL_ROUNDS		3
#define EXTRA_ROUNDS		5
#define EXTRA_MAX_US		100000
#define EXTRA_EPOCH_MAX		(1U << 30)
#define MIN_RTT_US		(10 * USEC_PER_SECOND)
#define PROBE_RTT_US		200000
#define MIN_SEGMENTS		4
#define INITIAL_SEGMENTS	10	/* delivered, before the model bounds the window */
#define QUANTUM_PER_SEC		1000

static const u16 cycle_gain[CYCLE_LEN] = {
	UNIT * 5 / 4,
	UNIT * 3 / 4,
	UNIT,
	UNIT,
	UNIT,
	UNIT,
	UNIT,
	UNIT,
};

enum mode {
	STARTUP,
	DRAIN,
	PROBE_BW,
	PROBE_RTT,
};

/**
 * struct bbr - what is kept of a connection
 * @round_end: the round is over when text sent from here on is delivered;
 *	this and @extra_bytes count bytes delivered
 * @rtt_seen_us: when @min_rtt_us was last seen
 * @probe_rtt_end_us: 0: the window has not drained yet
 * @phase_us: when the phase of the cycle began
 * @epoch_us: since when ACKs come faster than the bandwidth
 * @extra_bytes: delivered since then
 * @bw: greatest bandwidth in each of the last rounds, a ring
 * @extra: greatest aggregation of the last rounds and of those before, bytes
 * @min_rtt_us: least round-trip time, 0: none yet
 * @prior_cwnd: window before recovery or PROBE_RTT, bytes
 * @full_bw: bandwidth when it last grew by a quarter
 * @rounds: rounds so far in which the path was used
 * @bw_round: the newest round in @bw
 * @mode: enum mode
 * @phase: of the cycle of PROBE_BW
 * @full_rounds: rounds without such growth
 * @extra_rounds: rounds in @extra[0]
 * @round_start: this ACK begins a round
 * @full: the pipe is full
 * @recovery: as the last ACK found it
 * @conserve: the first round of recovery: send what is delivered
 * @probe_rtt_round: a round has passed in PROBE_RTT
 */
struct bbr {
	u64 round_end;
	u64 rtt_seen_us;
	u64 probe_rtt_end_us;
	u64 phase_us;
	u64 epoch_us;
	u64 extra_bytes;
	u32 bw[BW_ROUNDS];
	u32 extra[2];
	u32 min_rtt_us;
	u32 prior_cwnd;
	u32 full_bw;
	u32 rounds;
	u32 bw_round;
	u8 mode;
	u8 phase;
	u8 full_rounds;
	u8 extra_rounds;
	bool round_start:1;
	bool full:1;
	bool recovery:1;
	bool conserve:1;
	bool probe_rtt_round:1;
};

static struct bbr *bbr_of(struct xtcp_cc *cc)
{
	BUILD_BUG_ON(sizeof(struct bbr) > sizeof(cc->priv));
	return (struct bbr *)cc->priv;
}

static u64 max_bw(const struct bbr *b)
{
	u32 most = 0;
	int i;

	for (i = 0; i < BW_ROUNDS; i++)
		most = max(most, b->bw[i]);
	return (u64)most << BW_SHIFT;
}

static u64 bytes_in(u64 rate, u64 us)
{
	return div_u64(rate * us, USEC_PER_SECOND);
}

/* gain times what the path holds; the window of the start while that is unknown. */
static u32 bdp(const struct xtcp_cc *cc, const struct bbr *b, u32 gain)
{
	u64 bytes = bytes_in(max_bw(b), b->min_rtt_us) * gain / UNIT;

	return bytes ? min_t(u64, bytes, XTCP_CWND_MAX) : cc->cwnd;
}

/* Three quanta more: one to send, one on the way, one to acknowledge. */
static u32 target(const struct xtcp_cc *cc, const struct bbr *b, u32 gain)
{
	u64 quantum = max_t(u64, div_u64(cc->pacing_rate, QUANTUM_PER_SEC), 2 * cc->mss);

	return min_t(u64, bdp(cc, b, gain) + 3 * min_t(u64, quantum, 65536), XTCP_CWND_MAX);
}

/* Only what is used ages: a pause leaves the filter as it is. */
static void take_bw(struct bbr *b, u64 bw, bool limited)
{
	u32 slot = b->rounds % BW_ROUNDS;

	if (limited && bw < max_bw(b))
		return;
	if (b->rounds - b->bw_round >= BW_ROUNDS)
		memset(b->bw, 0, sizeof(b->bw));
	for (; b->bw_round != b->rounds && b->rounds - b->bw_round < BW_ROUNDS; b->bw_round++)
		b->bw[(b->bw_round + 1) % BW_ROUNDS] = 0;
	b->bw_round = b->rounds;
	b->bw[slot] = max_t(u64, b->bw[slot], min_t(u64, bw >> BW_SHIFT, ~0U));
}

/*
 * A sample without a time is of text sent again whose first copy arrives late: @prior is of the
 * second, and would end rounds that last.
 */
static void update_bw(struct bbr *b, const struct xtcp_cc_sample *s)
{
	b->round_start = false;
	if (!s->newly || !s->interval_us)
		return;
	if (s->prior >= b->round_end) {
		b->round_end = s->total;
		/* Those of PROBE_RTT or of a pause would leave nothing in the filter. */
		b->rounds += !s->app_limited;
		b->round_start = true;
		b->conserve = false;
	}
	take_bw(b, div_u64(s->delivered * USEC_PER_SECOND, s->interval_us), s->app_limited);
}

/* How much more than the bandwidth allows is acknowledged at once. */
static void update_extra(const struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	u64 expected = bytes_in(max_bw(b), s->now_us - b->epoch_us);

	if (b->round_start && ++b->extra_rounds >= EXTRA_ROUNDS) {
		b->extra_rounds = 0;
		b->extra[1] = b->extra[0];
		b->extra[0] = 0;
	}
	if (b->extra_bytes <= expected || b->extra_bytes + s->newly >= EXTRA_EPOCH_MAX) {
		b->extra_bytes = 0;
		b->epoch_us = s->now_us;
		expected = 0;
	}
	b->extra_bytes += s->newly;
	b->extra[0] = max_t(u32, b->extra[0], min_t(u64, b->extra_bytes - expected, cc->cwnd));
}

static bool phase_is_over(const struct xtcp_cc *cc, const struct bbr *b,
			  const struct xtcp_cc_sample *s)
{
	u32 gain = cycle_gain[b->phase];
	bool full_length = s->now_us - b->phase_us > b->min_rtt_us;

	if (gain > UNIT)
		return full_length && (s->lost || s->flight >= bdp(cc, b, gain));
	if (gain < UNIT)
		return full_length || s->in_flight <= bdp(cc, b, UNIT);
	return full_length;
}

/* Flows that start together should not probe together; not with the drain. */
static void enter_probe_bw(struct bbr *b, u64 now_us)
{
	u32 phase = (u32)now_us % (CYCLE_LEN - 1);

	b->mode = PROBE_BW;
	b->phase = phase < PROBE_DOWN ? phase : phase + 1;
	b->phase_us = now_us;
}

static void check_full(struct bbr *b, const struct xtcp_cc_sample *s)
{
	u32 bw = max_bw(b) >> BW_SHIFT;

	if (b->full || !b->round_start || s->app_limited)
		return;
	if (bw >= (u64)b->full_bw * 5 / 4) {
		b->full_bw = bw;
		b->full_rounds = 0;
		return;
	}
	b->full = ++b->full_rounds >= FULL_ROUNDS;
}

static void update_mode(const struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	if (b->mode == PROBE_BW && phase_is_over(cc, b, s)) {
		b->phase = (b->phase + 1) % CYCLE_LEN;
		b->phase_us = s->now_us;
	}
	check_full(b, s);
	if (b->mode == STARTUP && b->full)
		b->mode = DRAIN;
	if (b->mode == DRAIN && s->in_flight <= bdp(cc, b, UNIT))
		enter_probe_bw(b, s->now_us);
}

/* Outside of recovery the window is what it is; within, it was greater before. */
static void save_cwnd(const struct xtcp_cc *cc, struct bbr *b)
{
	if (b->recovery || b->mode == PROBE_RTT)
		b->prior_cwnd = max(b->prior_cwnd, cc->cwnd);
	else
		b->prior_cwnd = cc->cwnd;
}

/* Drained down to a few segments the path shows its least time again. */
static void probe_rtt(struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	if (!b->probe_rtt_end_us) {
		if (s->in_flight > MIN_SEGMENTS * cc->mss)
			return;
		b->probe_rtt_end_us = s->now_us + PROBE_RTT_US;
		b->probe_rtt_round = false;
		b->round_end = s->total;
		return;
	}
	b->probe_rtt_round |= b->round_start;
	if (!b->probe_rtt_round || s->now_us < b->probe_rtt_end_us)
		return;
	b->rtt_seen_us = s->now_us;
	cc->cwnd = max(cc->cwnd, b->prior_cwnd);
	if (b->full)
		enter_probe_bw(b, s->now_us);
	else
		b->mode = STARTUP;
}

static void update_min_rtt(struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	bool expired = b->min_rtt_us && s->now_us > b->rtt_seen_us + MIN_RTT_US;

	if (s->rtt_us && (!b->min_rtt_us || s->rtt_us <= b->min_rtt_us || expired)) {
		b->min_rtt_us = s->rtt_us;
		b->rtt_seen_us = s->now_us;
	}
	if (expired && b->mode != PROBE_RTT) {
		save_cwnd(cc, b);
		b->mode = PROBE_RTT;
		b->probe_rtt_end_us = 0;
	}
	if (b->mode == PROBE_RTT)
		probe_rtt(cc, b, s);
}

static u32 pacing_gain(const struct bbr *b)
{
	switch (b->mode) {
	case STARTUP:
		return HIGH_GAIN;
	case DRAIN:
		return DRAIN_GAIN;
	case PROBE_BW:
		return cycle_gain[b->phase];
	default:
		return UNIT;
	}
}

/* One per cent below, that no queue grows; in startup it only rises. */
static void set_pacing_rate(struct xtcp_cc *cc, const struct bbr *b, const struct xtcp_cc_sample *s)
{
	u64 bw = max_bw(b);
	u64 rate;

	if (!bw)
		bw = div_u64((u64)cc->cwnd * USEC_PER_SECOND, s->srtt_us ? s->srtt_us : 1000);
	rate = div_u64(bw * pacing_gain(b) / UNIT * 99, 100);
	if (b->full || rate > cc->pacing_rate)
		cc->pacing_rate = rate;
}

static void leave_recovery(struct xtcp_cc *cc, struct bbr *b)
{
	b->recovery = false;
	b->conserve = false;
	cc->cwnd = max(cc->cwnd, b->prior_cwnd);
}

/* Loss tells nothing of the bandwidth, but that the queue may be full for now. */
static bool conserve(struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	u32 floor = s->in_flight + s->newly;

	if (s->lost)
		cc->cwnd = cc->cwnd > s->lost + cc->mss ? cc->cwnd - s->lost : cc->mss;
	if (s->recovery && !b->recovery) {
		b->conserve = true;
		b->round_end = s->total;
		cc->cwnd = floor;
	} else if (!s->recovery && b->recovery) {
		leave_recovery(cc, b);
	}
	b->recovery = s->recovery;
	if (b->conserve)
		cc->cwnd = max(cc->cwnd, floor);
	return b->conserve;
}

static void set_cwnd(struct xtcp_cc *cc, struct bbr *b, const struct xtcp_cc_sample *s)
{
	u32 least = MIN_SEGMENTS * cc->mss;
	u32 want = target(cc, b, b->mode == STARTUP || b->mode == DRAIN ? HIGH_GAIN : CWND_GAIN);

	if (b->full)
		want += min_t(u64, max(b->extra[0], b->extra[1]),
			      bytes_in(max_bw(b), EXTRA_MAX_US));
	if (!conserve(cc, b, s)) {
		if (b->full)
			cc->cwnd = min(cc->cwnd + s->newly, want);
		else if (cc->cwnd < want || s->total < INITIAL_SEGMENTS * cc->mss)
			cc->cwnd += s->newly;
	}
	cc->cwnd = clamp(cc->cwnd, least, XTCP_CWND_MAX);
	if (b->mode == PROBE_RTT)
		cc->cwnd = least;
}

static void control(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	struct bbr *b = bbr_of(cc);

	update_bw(b, s);
	update_extra(cc, b, s);
	update_mode(cc, b, s);
	update_min_rtt(cc, b, s);
	set_pacing_rate(cc, b, s);
	set_cwnd(cc, b, s);
	/* What the few segments of PROBE_RTT deliver is not what the path can. */
	cc->held = b->mode == PROBE_RTT;
}

/* No threshold; after a timeout the pipe may be another one. */
static u32 on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	struct bbr *b = bbr_of(cc);

	save_cwnd(cc, b);
	if (timeout)
		b->full_bw = 0;
	return cc->ssthresh;
}

/*
 * The window is as it was before (draft-ietf-ccwg-bbr, BBRHandleSpuriousLossDetection): the ACK
 * that takes the recovery back may be the first that would have told of it. Rounds of a window
 * that was small for nothing do not show that the pipe is full; a start that is over stays so.
 */
static void on_undo(struct xtcp_cc *cc)
{
	struct bbr *b = bbr_of(cc);

	b->full_bw = 0;
	b->full_rounds = 0;
	leave_recovery(cc, b);
}

const struct xtcp_cc_ops xtcp_cc_bbr = {
	.name = "bbr",
	.control = control,
	.on_loss = on_loss,
	.on_undo = on_undo,
};
