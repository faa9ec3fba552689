// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/validate.c: what becomes of a congestion window that is not used (RFC
 * 5681 4.1, RFC 2861, RFC 7661; linux-surface slow_start_after_idle).
 */
#include "peer.h"

#define INITIAL	10000U	/* bytes: init_cwnd segments of 1000 */

static void keeps(struct xtcp_sysctls *knob)
{
	knob->slow_start_after_idle = 0;
}

static void preserves(struct xtcp_sysctls *knob)
{
	knob->slow_start_after_idle = 2;
}

/* A window that was good for 64 segments, in congestion avoidance; the timeout is 210 ms. */
static struct peer *wide_with(struct kunit *test, bool sack,
			      void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(10), .scaling = true,
				     .wscale = 4, .sack = sack, .knobs = knobs);

	KUNIT_ASSERT_EQ(test, xtcp_rto_us(&p->conn, 0), ms(210));
	recv_ack(p, 1);
	p->conn.cc.cwnd = 64000;
	p->conn.cc.ssthresh = 20000;
	return p;
}

static struct peer *wide(struct kunit *test, void (*knobs)(struct xtcp_sysctls *knob))
{
	return wide_with(test, true, knobs);
}

/* n bytes go and come home 10 ms later. */
static void round_trip(struct peer *p, u32 n)
{
	write_bytes(p, n);
	after(p, ms(10));
	recv_ack(p, p->written + 1);
	peer_effects(p);
}

static void rounds(struct peer *p, u32 n, u64 us)
{
	u64 end = p->now + us;

	while (p->now < end)
		round_trip(p, n);
}

/* As rounds(), with pauses that are shorter than a timeout: for long times. */
static void rounds_apart(struct peer *p, u32 n, u64 us)
{
	u64 end = p->now + us;

	while (p->now < end) {
		round_trip(p, n);
		after(p, ms(150));
	}
}

/* Nothing is sent for us, then a segment. */
static void idle(struct peer *p, u64 us)
{
	at(p, p->conn.sent_us - p->origin + us);
	write_bytes(p, 1000);
}

static void expect_window(struct peer *p, u32 cwnd, u32 ssthresh)
{
	KUNIT_EXPECT_EQ(p->test, p->conn.cc.cwnd, cwnd);
	KUNIT_EXPECT_EQ(p->test, p->conn.cc.ssthresh, ssthresh);
}

/* RFC 2861 3.2: half for each timeout; slow start up to three quarters of what was. */
static void halves_per_timeout(struct kunit *test)
{
	static const struct {
		u64 idle_ms;
		u32 cwnd;
		u32 ssthresh;
	} rows[] = {
		{ 210, 64000, 20000 },	/* not longer than the timeout */
		{ 211, 32000, 48000 },
		{ 419, 32000, 48000 },
		{ 421, 16000, 48000 },
		{ 631, INITIAL, 48000 },
		{ 100000000, INITIAL, 48000 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct peer *p = wide(test, NULL);

		round_trip(p, 1000);
		idle(p, ms(rows[i].idle_ms));
		expect_window(p, rows[i].cwnd, rows[i].ssthresh);
	}
}

/* RFC 5681 4.1: RW = min(IW, cwnd); a threshold that is higher stays. */
static void never_raises_the_window(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	p->conn.cc.cwnd = 4000;
	round_trip(p, 1000);
	idle(p, sec(10));
	expect_window(p, 4000, 20000);
}

/* What cannot go at once is not idle anew each time that output looks. */
static void reduces_once_for_one_pause(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	round_trip(p, 1000);
	after(p, ms(300));
	xtcp_validate_on_send(&p->conn, p->now);
	xtcp_validate_on_send(&p->conn, p->now);
	xtcp_validate_on_send(&p->conn, p->now + ms(209));
	expect_window(p, 32000, 48000);
	xtcp_validate_on_send(&p->conn, p->now + ms(211));
	expect_window(p, 16000, 48000);
}

/* RFC 5681 4.1 is about a connection with nothing in the network. */
static void waiting_for_an_ack_is_not_idle(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	round_trip(p, 1000);
	write_bytes(p, 2000);
	xtcp_validate_on_send(&p->conn, p->now + sec(1));
	expect_window(p, 64000, 20000);
}

/* RFC 2861 3.2: half way down to what was used, each timeout. */
static void unused_window_decays(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	rounds(p, 12000, ms(210));
	expect_window(p, 64000, 20000);
	rounds(p, 12000, ms(20));
	expect_window(p, 38000, 48000);
	rounds(p, 12000, ms(210));
	expect_window(p, 25000, 48000);
	/* Slow start allows for twice what is used, and then for one more ACK. */
	rounds(p, 12000, sec(20));
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 12000U);
	KUNIT_EXPECT_LE(test, p->conn.cc.cwnd, 36000U);
}

/* As in Linux: an initial window is always taken to be used. */
static void decays_to_the_initial_window(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	rounds(p, 1000, sec(30));
	expect_window(p, INITIAL, 48000);
}

/* Filled to the last byte, or with text that has to wait: it is used. */
static void full_window_stays(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	rounds(p, 64000, sec(1));
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 64000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 20000U);
	/* Once in each timeout is enough. */
	p = wide(test, NULL);
	rounds(p, 64000, ms(10));
	rounds(p, 1000, ms(190));
	rounds(p, 64000, ms(10));
	rounds(p, 1000, ms(190));
	expect_window(p, 64000, 20000);
}

/* Less than a segment of it is left, and text has to wait for that: it is full. */
static void held_back_by_a_rest(struct kunit *test)
{
	struct peer *p = wide(test, NULL);
	u32 i;

	p->conn.cc.cwnd = 64999;
	write_run(p, 4000000);
	for (i = 0; i < 50; i++) {
		KUNIT_ASSERT_EQ(test, xtcp_flight(&p->conn), 64000U);
		after(p, ms(10));
		p->conn.cc.priv[0] = 0;		/* Reno's count: it shall not grow here */
		recv_ack(p, 1 + 64000 * (i + 1));
		peer_effects(p);
		KUNIT_ASSERT_EQ(test, p->conn.cc.cwnd, 64999U);
	}
}

/* In recovery the window is what the rate of RFC 9937 makes it. */
static void recovery_is_left_alone(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	round_trip(p, 1000);
	p->conn.recovery.phase = XTCP_RECOVERY;
	xtcp_validate_on_ack(&p->conn, 1000, p->now + sec(1));
	expect_window(p, 64000, 20000);
	p->conn.recovery.phase = XTCP_OPEN;
	xtcp_validate_on_ack(&p->conn, 1000, p->now + sec(2));
	expect_window(p, 37000, 48000);
}

/* linux-surface slow_start_after_idle = 0 */
static void kept_by_knob(struct kunit *test)
{
	struct peer *p = wide(test, keeps);

	rounds(p, 1000, sec(5));
	idle(p, sec(1000));
	expect_window(p, 64000, 20000);
}

/* A model of the path decides by itself: no policy touches its window. */
static void algorithms_with_a_model_are_left_alone(struct kunit *test)
{
	u32 policy;

	for (policy = 0; policy <= 2; policy++) {
		struct peer *p = wide(test, NULL);

		p->env.knob.slow_start_after_idle = policy;
		xtcp_cc_choose(&p->conn.cc, &xtcp_cc_bbr);
		p->conn.sent_us = p->now;
		xtcp_validate_on_send(&p->conn, p->now + sec(1000));
		KUNIT_EXPECT_TRUE(test, xtcp_validate_on_ack(&p->conn, 1000, p->now + sec(2000)));
		KUNIT_EXPECT_TRUE(test, xtcp_validate_on_ack(&p->conn, 1000, p->now + sec(4000)));
		KUNIT_EXPECT_EQ(test, xtcp_validate_on_loss(&p->conn, 5000), 5000U);
		expect_window(p, 64000, 20000);
	}
}

/* RFC 7661 4.4: kept, and not grown before half of it was acknowledged in a round. */
static void preserved_and_frozen(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	p->conn.cc.ssthresh = 128000;
	rounds(p, 30000, sec(2));
	KUNIT_EXPECT_TRUE(test, p->conn.validate.unvalidated);
	p->conn.cwnd_limited = true;
	KUNIT_EXPECT_FALSE(test, xtcp_validate_on_ack(&p->conn, 64000, p->now));
	KUNIT_EXPECT_FALSE(test, p->conn.cwnd_limited);
	idle(p, sec(10));
	recv_ack(p, p->written + 1);
	peer_effects(p);
	p->nr_sent = 0;
	write_bytes(p, 64000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 64U);
	after(p, ms(10));
	recv_ack(p, p->written + 1 - 40000);
	expect_window(p, 64000, 128000);
	recv_ack(p, p->written + 1);
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	rounds(p, 64000, ms(20));
	KUNIT_EXPECT_GT(test, p->conn.cc.cwnd, 64000U);
}

/* RFC 7661 4.3: half of it is enough, one byte less is not. */
static void half_validates(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	rounds(p, 32000, sec(2));
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	p = wide(test, preserves);
	rounds(p, 31999, sec(2));
	KUNIT_EXPECT_TRUE(test, p->conn.validate.unvalidated);
}

/* An initial window needs nobody's proof. */
static void small_windows_are_valid(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	p->conn.cc.cwnd = INITIAL;
	rounds(p, 1000, sec(2));
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	p->conn.cc.cwnd = INITIAL + 1000;
	rounds(p, 1000, ms(20));
	KUNIT_EXPECT_TRUE(test, p->conn.validate.unvalidated);
}

/* RFC 7661 4.3: before the first round has ended pipeACK is undefined. */
static void undefined_is_valid(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	round_trip(p, 1000);
	idle(p, sec(5));
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	recv_ack(p, p->written + 1);
	idle(p, sec(5));
	KUNIT_EXPECT_TRUE(test, p->conn.validate.unvalidated);
}

/* RFC 7661 4.2: the most of the last second counts, nothing from before. */
static void the_period_moves(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	rounds(p, 40000, ms(50));
	rounds(p, 1000, ms(700));
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	rounds(p, 1000, ms(350));
	KUNIT_EXPECT_TRUE(test, p->conn.validate.unvalidated);
}

/* RFC 7661 4.4.3: five minutes, then half, and slow start from there. */
static void preserved_for_five_minutes(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	round_trip(p, 40000);
	round_trip(p, 40000);
	idle(p, sec(299));
	expect_window(p, 64000, 20000);
	recv_ack(p, p->written + 1);
	idle(p, sec(2));
	expect_window(p, 32000, 48000);
	recv_ack(p, p->written + 1);
	idle(p, sec(100000));
	expect_window(p, INITIAL, 48000);
	/* The same while it sends a little all the time. */
	p = wide(test, preserves);
	rounds_apart(p, 5000, sec(298));
	expect_window(p, 64000, 20000);
	rounds_apart(p, 5000, sec(5));
	expect_window(p, 32000, 48000);
}

/* RFC 7661 4.4.2: from what was carried, and less what was lost of it. */
static void loss_of_an_unvalidated_window(struct kunit *test)
{
	struct peer *p = wide(test, preserves);
	u32 from;

	rounds(p, 30000, sec(2));
	from = p->written + 1;
	write_bytes(p, 10000);
	peer_effects(p);
	after(p, ms(10));
	recv_sack(p, from, { from + 1000, from + 10000 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 15000U);
	after(p, ms(10));
	recv_ack(p, p->written + 1);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	expect_window(p, 14500, 14500);
	/* What is known of the path begins anew: undefined is validated. */
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
}

/* The same where the peer has no SACK. */
static void loss_without_sack(struct kunit *test)
{
	struct peer *p = wide_with(test, false, preserves);
	u32 from, i;

	rounds(p, 30000, sec(2));
	from = p->written + 1;
	write_bytes(p, 10000);
	peer_effects(p);
	after(p, ms(10));
	for (i = 0; i < 3; i++)
		recv_ack(p, from);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 15000U);
	after(p, ms(10));
	recv_ack(p, p->written + 1);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 14500U);
}

/* RFC 5681 equation (4) for a window that is in use. */
static void loss_of_a_validated_window(struct kunit *test)
{
	struct peer *p = wide(test, preserves);
	u32 from;

	rounds(p, 40000, sec(2));
	from = p->written + 1;
	write_bytes(p, 10000);
	after(p, ms(10));
	recv_sack(p, from, { from + 1000, from + 10000 });
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	after(p, ms(10));
	recv_ack(p, p->written + 1);
	expect_window(p, 5000, 5000);
}

/* RFC 5681 3.1: whoever fills the window grows as before: 10, 20, 40, 80. */
static void slow_start_is_not_held_up(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(10), .scaling = true,
				     .wscale = 4, .knobs = preserves);
	u32 acked = 1;
	u32 i;

	recv_ack(p, 1);
	write_bytes(p, 400000);
	for (i = 0; i < 10 + 20 + 40; i++) {
		if (i == 0 || i == 10 || i == 30)
			after(p, ms(10));
		acked += 1000;
		recv_ack(p, acked);
		peer_effects(p);
	}
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 80000U);
}

/* The tunable may change at any time: what another policy has left does not count. */
static void policy_changes(struct kunit *test)
{
	struct peer *p = wide(test, preserves);

	rounds(p, 30000, sec(2));
	p->env.knob.slow_start_after_idle = 0;
	rounds_apart(p, 5000, sec(400));
	p->env.knob.slow_start_after_idle = 2;
	rounds(p, 40000, ms(50));
	KUNIT_EXPECT_FALSE(test, p->conn.validate.unvalidated);
	expect_window(p, 64000, 20000);
}

/* RFC 6928, or what the route says, which no product may overflow. */
static void initial_window_of_the_route(struct kunit *test)
{
	struct peer *p = wide(test, NULL);

	KUNIT_EXPECT_EQ(test, xtcp_initial_window(&p->conn), INITIAL);
	p->conn.limits.route.init_cwnd = 3;
	KUNIT_EXPECT_EQ(test, xtcp_initial_window(&p->conn), 3000U);
	p->conn.limits.route.init_cwnd = U16_MAX;
	p->conn.cc.mss = U16_MAX;
	KUNIT_EXPECT_EQ(test, xtcp_initial_window(&p->conn), XTCP_CWND_MAX);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(halves_per_timeout),
	KUNIT_CASE(never_raises_the_window),
	KUNIT_CASE(reduces_once_for_one_pause),
	KUNIT_CASE(waiting_for_an_ack_is_not_idle),
	KUNIT_CASE(unused_window_decays),
	KUNIT_CASE(decays_to_the_initial_window),
	KUNIT_CASE(full_window_stays),
	KUNIT_CASE(held_back_by_a_rest),
	KUNIT_CASE(recovery_is_left_alone),
	KUNIT_CASE(kept_by_knob),
	KUNIT_CASE(algorithms_with_a_model_are_left_alone),
	KUNIT_CASE(preserved_and_frozen),
	KUNIT_CASE(half_validates),
	KUNIT_CASE(small_windows_are_valid),
	KUNIT_CASE(undefined_is_valid),
	KUNIT_CASE(the_period_moves),
	KUNIT_CASE(preserved_for_five_minutes),
	KUNIT_CASE(loss_of_an_unvalidated_window),
	KUNIT_CASE(loss_without_sack),
	KUNIT_CASE(loss_of_a_validated_window),
	KUNIT_CASE(slow_start_is_not_held_up),
	KUNIT_CASE(policy_changes),
	KUNIT_CASE(initial_window_of_the_route),
	{}
};

static struct kunit_suite xtcp_validate_suite = {
	.name = "xtcp_validate",
	.test_cases = cases,
};

kunit_test_suite(xtcp_validate_suite);
