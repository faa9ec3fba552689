// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc/hystart.c (RFC 9406; rfcs.md "RFC 9406 HyStart++"), as CUBIC uses it. A
 * round is an ACK for each of its segments of 1000 bytes, all with the
 * round-trip time that the case says.
 */
#include "peer.h"

#define MSS	1000U

struct flow {
	struct xtcp_cc cc;
	u32 una;
	u32 nxt;
	bool hystart;
};

/* The numbers begin just below the wrap. */
static struct flow flow(void)
{
	struct flow f = {
		.cc = { .cwnd = 10 * MSS, .ssthresh = XTCP_SSTHRESH_INFINITE, .mss = MSS },
		.una = 0U - 5 * MSS,
		.nxt = 5 * MSS,
		.hystart = true,
	};

	xtcp_cc_choose(&f.cc, &xtcp_cc_cubic);
	return f;
}

static void ack(struct flow *f, u32 bytes, u32 rtt_us)
{
	struct xtcp_cc_sample s = {
		.now_us = XTCP_USEC_PER_SEC,
		.acked = bytes,
		.flight = f->nxt - f->una,
		.cwnd_limited = true,
		.srtt_us = 100000,
		.rtt_us = rtt_us,
		.hystart = f->hystart,
	};

	f->una += bytes;
	s.una = f->una;
	s.nxt = f->nxt;
	f->cc.ops->on_ack(&f->cc, &s);
	f->nxt = f->una + f->cc.cwnd;
}

/* Acknowledges what is in flight; returns by how many segments cwnd grows. */
static u32 round_trip(struct flow *f, u32 rtt_us)
{
	u32 end = f->nxt;
	u32 before = f->cc.cwnd;

	while (f->una != end)
		ack(f, min(MSS, end - f->una), rtt_us);
	return (f->cc.cwnd - before) / MSS;
}

/* As long as the delay does not rise slow start is that of RFC 5681. */
static void steady_delay_is_slow_start(struct kunit *test)
{
	struct flow f = flow();

	KUNIT_EXPECT_EQ(test, round_trip(&f, 100000), 10U);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 100000), 20U);
	/* An eighth of 100 ms is 12.5 ms: one microsecond less is not enough. */
	KUNIT_EXPECT_EQ(test, round_trip(&f, 112499), 40U);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
}

/* From the eighth sample of the round on a quarter for each ACK. */
static void rise_by_an_eighth_begins_css(struct kunit *test)
{
	struct flow f = flow();

	round_trip(&f, 100000);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 20 * MSS);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 112500), 8U + 12 / 4);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 112500), 31U / 4);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
}

/* The threshold is never below 4 ms, nor above 16 ms. */
static void threshold_is_clamped(struct kunit *test)
{
	static const struct {
		u32 base_us, rise_us;
	} bound[] = { { 1000, 4000 }, { 400000, 16000 } };
	int i;

	for (i = 0; i < 2; i++) {
		struct flow f = flow();

		round_trip(&f, bound[i].base_us);
		KUNIT_EXPECT_EQ(test, round_trip(&f, bound[i].base_us + bound[i].rise_us - 1), 20U);
		f = flow();
		round_trip(&f, bound[i].base_us);
		KUNIT_EXPECT_EQ(test, round_trip(&f, bound[i].base_us + bound[i].rise_us), 11U);
	}
}

/* Of the round the least counts: one short trip among the long ones will do. */
static void least_of_the_round_counts(struct kunit *test)
{
	struct flow f = flow();
	u32 end;

	round_trip(&f, 100000);
	end = f.nxt;
	ack(&f, MSS, 100000);
	while (f.una != end)
		ack(&f, MSS, 200000);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 40 * MSS);
}

/* Seven samples decide nothing. */
static void too_few_samples(struct kunit *test)
{
	struct flow f = flow();
	u32 end, i;

	round_trip(&f, 100000);
	end = f.nxt;
	for (i = 0; i < 7; i++)
		ack(&f, MSS, 300000);
	while (f.una != end)
		ack(&f, MSS, 0);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 40 * MSS);
}

/* Five rounds, that in which it began among them, then ssthresh is cwnd. */
static void css_ends_after_five_rounds(struct kunit *test)
{
	struct flow f = flow();
	int i;

	round_trip(&f, 100000);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, f.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
		round_trip(&f, 150000);
	}
	/* 20 + 8 + 12/4, then a quarter more in each of four rounds: 31 * 1.25^4. */
	KUNIT_EXPECT_LE(test, f.cc.ssthresh, f.cc.cwnd);
	KUNIT_EXPECT_GE(test, f.cc.ssthresh, 73 * MSS);
	KUNIT_EXPECT_LE(test, f.cc.cwnd, 76 * MSS);
	/* Congestion avoidance: nothing like a quarter a round. */
	KUNIT_EXPECT_LE(test, round_trip(&f, 150000), 5U);
}

/* The delay falls below that at which CSS began: it was spurious. */
static void spurious_rise_resumes(struct kunit *test)
{
	struct flow f = flow();
	u32 cwnd;

	round_trip(&f, 100000);
	round_trip(&f, 150000);
	cwnd = f.cc.cwnd / MSS;
	KUNIT_EXPECT_EQ(test, round_trip(&f, 150000), cwnd / 4);
	cwnd = f.cc.cwnd / MSS;
	/* From the eighth sample of the round on fully again. */
	KUNIT_EXPECT_GE(test, round_trip(&f, 149999), cwnd - 8);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
	/* Another rise begins CSS anew, with five rounds of its own. */
	round_trip(&f, 200000);
	round_trip(&f, 200000);
	round_trip(&f, 200000);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
}

/* A loss ends it at once and for good: only the initial slow start. */
static void only_before_the_first_loss(struct kunit *test)
{
	struct flow f = flow();

	round_trip(&f, 100000);
	f.cc.ssthresh = 1000 * MSS;
	round_trip(&f, 200000);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 40 * MSS);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 200000), 40U);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, 1000 * MSS);
}

/* L: one ACK adds eight segments at most, two in CSS (4.2). */
static void one_ack_adds_eight_segments(struct kunit *test)
{
	struct flow f = flow();

	ack(&f, 10 * MSS, 100000);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 18 * MSS);
}

/* The tunable turns it off: growth by all that is acknowledged, whatever the delay. */
static void turned_off(struct kunit *test)
{
	struct flow f = flow();

	f.hystart = false;
	ack(&f, 10 * MSS, 100000);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 20 * MSS);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 400000), 20U);
	KUNIT_EXPECT_EQ(test, round_trip(&f, 800000), 40U);
}

static void no_hystart(struct xtcp_sysctls *knob)
{
	knob->hystart = 0;
}

/* A connection: 10 and 20 segments, the second round 30 ms slower. */
static u32 cwnd_after_two_rounds(struct kunit *test, void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = established(test, .mss = 1000, .scaling = true, .wscale = 4,
				     .knobs = knobs);
	u32 acked = 1;
	u32 i;

	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_cubic);
	recv_ack(p, 1);
	write_bytes(p, 200000);
	at(p, ms(20));
	for (i = 0; i < 30; i++) {
		if (i == 10)
			at(p, ms(70));
		acked += 1000;
		recv_ack(p, acked);
		peer_effects(p);
	}
	return p->conn.cc.cwnd;
}

/* Core passes what it needs: measured delays, numbers and the tunable. */
static void of_a_connection(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, cwnd_after_two_rounds(test, NULL), (20 + 8 + 12 / 4) * MSS);
	KUNIT_EXPECT_EQ(test, cwnd_after_two_rounds(test, no_hystart), 40 * MSS);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(steady_delay_is_slow_start),
	KUNIT_CASE(rise_by_an_eighth_begins_css),
	KUNIT_CASE(threshold_is_clamped),
	KUNIT_CASE(least_of_the_round_counts),
	KUNIT_CASE(too_few_samples),
	KUNIT_CASE(css_ends_after_five_rounds),
	KUNIT_CASE(spurious_rise_resumes),
	KUNIT_CASE(only_before_the_first_loss),
	KUNIT_CASE(one_ack_adds_eight_segments),
	KUNIT_CASE(turned_off),
	KUNIT_CASE(of_a_connection),
	{}
};

static struct kunit_suite xtcp_hystart_suite = {
	.name = "xtcp_hystart",
	.test_cases = cases,
};

kunit_test_suite(xtcp_hystart_suite);
