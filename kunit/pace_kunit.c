// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/pace.c: pacing under virtual time (rfcs.md "Pacing", linux-surface 1
 * pacing_ss_ratio and pacing_ca_ratio, 4 SO_MAX_PACING_RATE). Segments of 1000
 * bytes at 100 kB/s are 10 ms each.
 */
#include "peer.h"

#define MSS	1000U

/* The user's bound; the window is no limit. */
static struct peer *paced(struct kunit *test, u64 max, u32 gso)
{
	struct peer *p = established(test, .mss = MSS, .gso = gso, .rtt_us = ms(20),
				     .scaling = true, .wscale = 6);

	recv_ack(p, 1);
	peer_effects(p);
	p->conn.cc.cwnd = 100 * MSS;
	p->conn.limits.pace_max = max;
	p->show = SHOW_TIME;
	return p;
}

static void segments_at_the_rate(struct kunit *test)
{
	struct peer *p = paced(test, 100000, MSS);

	write_bytes(p, 5 * MSS);
	at(p, ms(39));
	expect(p, "[0]1:1001 [10]1001:2001 [20]2001:3001 [30]3001:4001");
	at(p, ms(100));
	expect(p, "[40]4001:5001");
}

/* 7.5 us each, a thousand times, and no rounding adds up. */
static void no_rounding_adds_up(struct kunit *test)
{
	struct peer *p = paced(test, 2000000000ULL / 15, MSS);

	p->conn.cc.cwnd = 2000 * MSS;
	write_bytes(p, 1001 * MSS);
	at(p, 7499);
	KUNIT_EXPECT_EQ(test, sent_to(p) - 1, 1000 * MSS);
	at(p, 7501);
	KUNIT_EXPECT_EQ(test, sent_to(p) - 1, 1001 * MSS);
}

/* An ACK does not make it go sooner. */
static void ack_is_no_reason(struct kunit *test)
{
	struct peer *p = paced(test, 100000, MSS);

	write_bytes(p, 3 * MSS);
	at(p, ms(5));
	recv_ack(p, 1001);
	expect(p, "[0]1:1001");
	at(p, ms(15));
	expect(p, "[10]1001:2001");
}

/* Time in which there was nothing to send is not saved up. */
static void idle_time_is_no_credit(struct kunit *test)
{
	struct peer *p = paced(test, 100000, MSS);

	write_bytes(p, MSS);
	at(p, ms(20));
	recv_ack(p, 1001);
	at(p, ms(150));
	write_bytes(p, 3 * MSS);
	at(p, ms(165));
	expect(p, "[0]1:1001 [150]1001:2001 [160]2001:3001");
	/* Nor is a pause that is shorter than a segment takes. */
	p = paced(test, 100000, MSS);
	write_bytes(p, MSS);
	at(p, ms(15));
	write_bytes(p, 2 * MSS);
	at(p, ms(26));
	expect(p, "[0]1:1001 [15]1001:2001 [25]2001:3001");
}

/* A timer that comes late costs no rate, up to one quantum. */
static void late_timer(struct kunit *test)
{
	struct peer *p = paced(test, 100000, MSS);

	write_bytes(p, 5 * MSS);
	p->now += ms(14);
	xtcp_timeout(&p->conn, p->now);
	peer_drive(p);
	at(p, ms(21));
	expect(p, "[0]1:1001 [14]1001:2001 [20]2001:3001");
	p->now = p->origin + ms(55);
	xtcp_timeout(&p->conn, p->now);
	peer_drive(p);
	at(p, ms(66));
	expect(p, "[55]3001:4001 [65]4001:5001");
}

/* About a millisecond of the rate at once, in whole segments, no less than two. */
static void quantum(struct kunit *test)
{
	struct peer *p = paced(test, 5500000, 20 * MSS);

	write_run(p, 20 * MSS);
	at(p, ms(1));
	expect(p, "[0]1:5001 [0]5001:10001");
	p = paced(test, 100000, 20 * MSS);
	write_run(p, 20 * MSS);
	at(p, ms(21));
	expect(p, "[0]1:2001 [20]2001:4001");
	p = paced(test, 100000, 20 * MSS);
	p->env.knob.min_tso_segs = 3;
	write_run(p, 20 * MSS);
	at(p, ms(31));
	expect(p, "[0]1:3001 [30]3001:6001");
	/* And no more than may be handed down. */
	p = paced(test, 500000000, 20 * MSS);
	p->conn.cc.cwnd = 1000 * MSS;
	KUNIT_EXPECT_EQ(test, xtcp_pace_quantum(&p->conn), 20 * MSS);
}

/* The algorithm's rate, unless the user's bound is below. */
static void rate_of_the_algorithm(struct kunit *test)
{
	struct peer *p = paced(test, 0, MSS);

	p->conn.cc.pacing_rate = 200000;
	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 200000ULL);
	write_bytes(p, 3 * MSS);
	at(p, ms(9));
	expect(p, "[0]1:1001 [5]1001:2001");
	p->conn.limits.pace_max = 100000;
	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 100000ULL);
	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_reno);
	KUNIT_EXPECT_EQ(test, p->conn.cc.pacing_rate, 0ULL);
}

static void other_ratios(struct xtcp_sysctls *knob)
{
	knob->pacing_ss_ratio = 300;
	knob->pacing_ca_ratio = 50;
}

/* Of 100 segments in 20 ms: pacing_ss_ratio below half of ssthresh, else pacing_ca_ratio. */
static void rate_of_the_window(struct kunit *test)
{
	struct peer *p = paced(test, 0, MSS);

	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 10000000ULL);
	p->conn.cc.ssthresh = 200 * MSS;
	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 6000000ULL);
	other_ratios(&p->env.knob);
	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 2500000ULL);
	p->conn.cc.ssthresh = 201 * MSS;
	KUNIT_EXPECT_EQ(test, xtcp_pace_rate(&p->conn), 15000000ULL);
}

/* Unpaced by default, and where the qdisc paces. */
static void not_paced_here(struct kunit *test)
{
	struct peer *p = paced(test, 0, MSS);

	write_bytes(p, 3 * MSS);
	expect(p, "[0]1:1001 [0]1001:2001 [0]2001:3001");
	p = paced(test, 100000, MSS);
	p->conn.limits.pace_by_qdisc = true;
	write_bytes(p, 3 * MSS);
	expect(p, "[0]1:1001 [0]1001:2001 [0]2001:3001");
}

/* What waits for its time does not count as a window that holds data back. */
static void not_limited_by_the_window(struct kunit *test)
{
	struct peer *p = paced(test, 100000, 20 * MSS);

	p->conn.cc.cwnd = 10 * MSS;
	p->conn.cwnd_limited = false;
	write_run(p, 20 * MSS);
	at(p, ms(19));
	KUNIT_EXPECT_FALSE(test, p->conn.cwnd_limited);
	at(p, ms(150));
	KUNIT_EXPECT_TRUE(test, p->conn.cwnd_limited);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(segments_at_the_rate),
	KUNIT_CASE(no_rounding_adds_up),
	KUNIT_CASE(ack_is_no_reason),
	KUNIT_CASE(idle_time_is_no_credit),
	KUNIT_CASE(late_timer),
	KUNIT_CASE(quantum),
	KUNIT_CASE(rate_of_the_algorithm),
	KUNIT_CASE(rate_of_the_window),
	KUNIT_CASE(not_paced_here),
	KUNIT_CASE(not_limited_by_the_window),
	{}
};

static struct kunit_suite xtcp_pace_suite = {
	.name = "xtcp_pace",
	.test_cases = cases,
};

kunit_test_suite(xtcp_pace_suite);
