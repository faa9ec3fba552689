// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc/cubic.c (RFC 9438; rfcs.md "RFC 9438 CUBIC"). Expected windows are those
 * of the RFC's figures 1, 2 and 4, in segments of 1000 bytes.
 */
#include "peer.h"

#define MSS	1000U

/**
 * struct flow - a window and the ACKs that it gets
 * @cc: the congestion state
 * @now_us: time; the first ACK comes a second after 0
 * @rtt_us: round-trip time
 * @empty: nothing is left in flight
 */
struct flow {
	struct xtcp_cc cc;
	u64 now_us;
	u32 rtt_us;
	bool empty;
};

/* In slow start, or what cwnd and ssthresh say. */
static struct flow flow(u32 cwnd, u32 ssthresh, u32 rtt_us)
{
	struct flow f = {
		.cc = { .cwnd = cwnd, .ssthresh = ssthresh, .mss = MSS },
		.now_us = XTCP_USEC_PER_SEC,
		.rtt_us = rtt_us,
	};

	xtcp_cc_choose(&f.cc, &xtcp_cc_cubic);
	return f;
}

/* A loss at that window, and what a recovery without a timeout leaves. */
static struct flow after_loss(u32 cwnd, u32 rtt_us)
{
	struct flow f = flow(cwnd, XTCP_SSTHRESH_INFINITE, rtt_us);

	f.cc.ssthresh = f.cc.ops->on_loss(&f.cc, cwnd, false);
	f.cc.cwnd = f.cc.ssthresh;
	return f;
}

static void ack(struct flow *f, u32 bytes, bool limited)
{
	struct xtcp_cc_sample s = {
		.acked = bytes,
		.flight = f->cc.cwnd,
		.nxt = f->empty ? 0 : 1,
		.cwnd_limited = limited,
		.now_us = f->now_us,
		.srtt_us = f->rtt_us,
	};

	f->cc.ops->on_ack(&f->cc, &s);
}

/* Round trips for us, each with an ACK for every segment, evenly spread. */
static void run(struct flow *f, u64 us)
{
	u64 end = f->now_us + us;

	while (f->now_us < end) {
		u32 n = f->cc.cwnd / MSS;
		u64 step = f->rtt_us / n;

		while (n-- && f->now_us < end) {
			f->now_us += step;
			ack(f, MSS, true);
		}
	}
}

/* Within 2 %: the ACKs follow the function, a round trip behind. */
static void expect_cwnd(struct kunit *test, const struct flow *f, u32 want)
{
	KUNIT_EXPECT_GE(test, f->cc.cwnd, want - want / 50);
	KUNIT_EXPECT_LE(test, f->cc.cwnd, want + want / 50);
}

/* beta = 0.7, at least two segments (4.6). */
static void decrease(struct kunit *test)
{
	struct flow f = flow(100000, XTCP_SSTHRESH_INFINITE, 100000);

	KUNIT_EXPECT_EQ(test, f.cc.ops->on_loss(&f.cc, 100000, false), 70000U);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_loss(&f.cc, 1000, false), 2 * MSS);
}

static void slow_start_as_reno(struct kunit *test)
{
	struct flow f = flow(10000, 15000, 100000);
	u32 i;

	for (i = 0; i < 5; i++)
		ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 15000U);
}

/*
 * From 70 segments back to 100: K = cbrt(30 / 0.4) = 4.217 s. Half way
 * 100 - 0.4 * 2.109^3 = 96.25, at K 100, as long beyond it 103.75.
 */
static void concave_then_convex(struct kunit *test)
{
	struct flow f = after_loss(100000, 200000);

	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 70000U);
	run(&f, 2109000);
	expect_cwnd(test, &f, 96250);
	run(&f, 2109000);
	expect_cwnd(test, &f, 100000);
	run(&f, 2109000);
	expect_cwnd(test, &f, 103750);
}

/* The time counts, not the round trips: twice the RTT, the same window. */
static void independent_of_rtt(struct kunit *test)
{
	struct flow near = after_loss(200000, 100000);
	struct flow far = after_loss(200000, 200000);

	run(&near, sec(4));
	run(&far, sec(4));
	expect_cwnd(test, &near, far.cc.cwnd);
}

/*
 * On a short path Reno would be faster (4.3): 0.529 segments a round trip
 * from 70 on, and from the window of the loss on one.
 */
static void never_slower_than_reno(struct kunit *test)
{
	struct flow f = after_loss(100000, 10000);

	run(&f, ms(10) * 20);
	expect_cwnd(test, &f, 70000 + 20 * 529);
	run(&f, ms(10) * 37);
	expect_cwnd(test, &f, 100000);
	run(&f, ms(10) * 20);
	expect_cwnd(test, &f, 120000);
}

/* 4.4: at most half as much again in a round trip, however late it is. */
static void growth_is_bounded(struct kunit *test)
{
	struct flow f = after_loss(100000, 100000);
	u32 i;

	ack(&f, MSS, true);
	f.now_us += sec(60);
	for (i = 0; i < 70; i++)
		ack(&f, MSS, true);
	KUNIT_EXPECT_LE(test, f.cc.cwnd, 70000U * 3 / 2 + 15000);
	KUNIT_EXPECT_GE(test, f.cc.cwnd, 70000U * 5 / 4);
}

/* 4.7: a second loss below the first one's window leaves room for others. */
static void fast_convergence(struct kunit *test)
{
	struct flow f = after_loss(100000, 200000);

	run(&f, sec(1));
	KUNIT_EXPECT_LT(test, f.cc.cwnd, 95000U);
	f.cc.cwnd = 90000;
	f.cc.ssthresh = f.cc.ops->on_loss(&f.cc, 90000, false);
	f.cc.cwnd = f.cc.ssthresh;
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 63000U);
	/* W_max = 90 * 0.85 = 76.5, K = cbrt(13.5 / 0.4) = 3.232 s */
	run(&f, 3232000);
	expect_cwnd(test, &f, 76500);
}

/* 4.8: K = 0 and W_max the window at which avoidance begins. */
static void after_a_timeout(struct kunit *test)
{
	struct flow f = flow(100000, XTCP_SSTHRESH_INFINITE, 200000);

	f.cc.ssthresh = f.cc.ops->on_loss(&f.cc, 100000, true);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, 70000U);
	f.cc.cwnd = MSS;
	while (f.cc.cwnd < f.cc.ssthresh)
		ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 70000U);
	/* 70 + 0.4 * 3^3 = 80.8; after a loss it would be 99.3. */
	run(&f, sec(3));
	expect_cwnd(test, &f, 80800);
}

/* 5.8: a pause of the application is no time for the window to grow in. */
static void pause_does_not_count(struct kunit *test)
{
	struct flow f = after_loss(100000, 200000);
	u32 before, i;

	run(&f, sec(1));
	before = f.cc.cwnd;
	for (i = 0; i < 100; i++) {
		f.now_us += ms(100);
		ack(&f, MSS, false);
	}
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, before);
	run(&f, 1109000);
	expect_cwnd(test, &f, 96250);
}

/* t of figure 1: the algorithm keeps when it began. */
static u64 t_us(const struct flow *f)
{
	return f->now_us - f->cc.priv[0];
}

/* 5.8: nor is one in which nothing is sent at all, and slow start behind it. */
static void idle_time_does_not_count(struct kunit *test)
{
	struct flow f = after_loss(100000, 200000);
	u64 before;

	run(&f, sec(1));
	f.empty = true;
	ack(&f, MSS, true);
	f.empty = false;
	before = t_us(&f);
	f.now_us += sec(100) + f.rtt_us;
	f.cc.ssthresh = f.cc.cwnd;
	f.cc.cwnd -= 5 * MSS;
	ack(&f, 5 * MSS, true);
	f.now_us += ms(10);
	ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, t_us(&f), before + f.rtt_us);
	/* ACKs that are late are no idle time. */
	f.now_us += ms(500);
	ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, t_us(&f), before + f.rtt_us + ms(500));
}

/* A window that was not half used when the loss came tells nothing of the path. */
static void unused_window_is_no_maximum(struct kunit *test)
{
	struct flow f = flow(100000, 100000, 200000);

	f.cc.ssthresh = f.cc.ops->on_loss(&f.cc, 20000, false);
	KUNIT_EXPECT_EQ(test, f.cc.ssthresh, 14000U);
	f.cc.cwnd = 14000;
	/* No W_max above: convex from where it is, 14 + 0.4 * 2^3 = 17.2. */
	run(&f, sec(2));
	KUNIT_EXPECT_LE(test, f.cc.cwnd, 25000U);
}

static void never_overflows(struct kunit *test)
{
	struct flow f = after_loss(XTCP_CWND_MAX, 100000);
	u32 i;

	for (i = 0; i < 1000; i++) {
		f.now_us += sec(100);
		ack(&f, 1U << 30, true);
		KUNIT_ASSERT_LE(test, XTCP_CWND_MAX / 10 * 7 - 1, f.cc.cwnd);
		KUNIT_ASSERT_LE(test, f.cc.cwnd, XTCP_CWND_MAX);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(decrease),
	KUNIT_CASE(slow_start_as_reno),
	KUNIT_CASE(concave_then_convex),
	KUNIT_CASE(independent_of_rtt),
	KUNIT_CASE(never_slower_than_reno),
	KUNIT_CASE(growth_is_bounded),
	KUNIT_CASE(fast_convergence),
	KUNIT_CASE(after_a_timeout),
	KUNIT_CASE(pause_does_not_count),
	KUNIT_CASE(idle_time_does_not_count),
	KUNIT_CASE(unused_window_is_no_maximum),
	KUNIT_CASE(never_overflows),
	{}
};

static struct kunit_suite xtcp_cubic_suite = {
	.name = "xtcp_cubic",
	.test_cases = cases,
};

kunit_test_suite(xtcp_cubic_suite);
