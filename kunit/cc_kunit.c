// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc/cc.c and cc/reno.c: the registry, slow start and congestion avoidance
 * (RFC 5681 3.1; rfc9293 MUST-19).
 */
#include "peer.h"

static void registry(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_find("reno"), &xtcp_cc_reno);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_find(NULL), &xtcp_cc_cubic);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_find("cubic"), &xtcp_cc_cubic);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_nth(0), &xtcp_cc_cubic);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_nth(1), &xtcp_cc_reno);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_nth(2), &xtcp_cc_bbr);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_cc_nth(3), &xtcp_cc_dctcp);
	KUNIT_EXPECT_NULL(test, xtcp_cc_nth(4));
	KUNIT_EXPECT_NULL(test, xtcp_cc_find("ren"));
	KUNIT_EXPECT_NULL(test, xtcp_cc_find(""));
}

static void named(struct kunit *test, const char *name, bool is_whole)
{
	struct xtcp_cc_ops ops = xtcp_cc_reno;

	ops.name = name;
	KUNIT_EXPECT_EQ_MSG(test, xtcp_cc_is_whole(&ops), is_whole, "%s", name ? name : "none");
}

/* linux-surface 4 CONGESTION: a name of up to 15 characters; it stands in lists of names. */
static void names_of_others(struct kunit *test)
{
	named(test, "fixed", true);
	named(test, "a", true);
	named(test, "Abc_9-exp", true);
	named(test, "fifteen_letters", true);
	named(test, "sixteen__letters", false);
	named(test, "", false);
	named(test, NULL, false);
	named(test, "two words", false);
	named(test, "line\n", false);
	named(test, "../x", false);
	named(test, "caf\xc3\xa9", false);
}

/* Without a hook that core calls unasked it must not be registered. */
static void hooks_of_others(struct kunit *test)
{
	struct xtcp_cc_ops ops = xtcp_cc_reno;

	ops.on_loss = NULL;
	KUNIT_EXPECT_FALSE(test, xtcp_cc_is_whole(&ops));
	ops = xtcp_cc_reno;
	ops.on_ack = NULL;
	KUNIT_EXPECT_FALSE(test, xtcp_cc_is_whole(&ops));
	ops.control = xtcp_cc_bbr.control;
	KUNIT_EXPECT_TRUE(test, xtcp_cc_is_whole(&ops));
	KUNIT_EXPECT_TRUE(test, xtcp_cc_is_whole(&xtcp_cc_bbr));
	KUNIT_EXPECT_TRUE(test, xtcp_cc_is_whole(&xtcp_cc_cubic));
}

static struct xtcp_cc reno(u32 cwnd, u32 ssthresh)
{
	return (struct xtcp_cc) {
		.ops = &xtcp_cc_reno,
		.cwnd = cwnd,
		.ssthresh = ssthresh,
		.mss = 1000,
	};
}

static void ack(struct xtcp_cc *cc, u32 acked, u32 flight, bool limited)
{
	struct xtcp_cc_sample s = { .acked = acked, .flight = flight, .cwnd_limited = limited };

	cc->ops->on_ack(cc, &s);
}

/* Slow start doubles the window in a round trip. */
static void slow_start(struct kunit *test)
{
	struct xtcp_cc cc = reno(10000, XTCP_SSTHRESH_INFINITE);
	u32 i;

	for (i = 0; i < 10; i++)
		ack(&cc, 1000, 10000, true);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 20000U);
}

/* Avoidance adds a segment in a round trip, however the ACKs are cut. */
static void congestion_avoidance(struct kunit *test)
{
	struct xtcp_cc cc = reno(10000, 10000);
	u32 i;

	for (i = 0; i < 10; i++)
		ack(&cc, 1000, 10000, true);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 11000U);
	for (i = 0; i < 110; i++)
		ack(&cc, 100, 11000, true);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 12000U);
	/* What is left over counts for the next one. */
	cc = reno(10000, 10000);
	for (i = 0; i < 14; i++)
		ack(&cc, 1500, 10000, true);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 12000U);
}

/* From one to the other within one ACK, at most one segment beyond. */
static void across_ssthresh(struct kunit *test)
{
	struct xtcp_cc cc = reno(9500, 10000);

	ack(&cc, 2000, 9500, true);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 10000U);
}

/* A window that is not used does not grow (RFC 7661). */
static void application_limited(struct kunit *test)
{
	struct xtcp_cc cc = reno(10000, XTCP_SSTHRESH_INFINITE);
	u32 i;

	for (i = 0; i < 100; i++)
		ack(&cc, 1000, 1000, false);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 10000U);
	cc = reno(10000, 5000);
	for (i = 0; i < 100; i++)
		ack(&cc, 1000, 9000, false);
	KUNIT_EXPECT_EQ(test, cc.cwnd, 10000U);
}

/* RFC 5681 equation (4): half of the flight, at least two segments. */
static void loss(struct kunit *test)
{
	struct xtcp_cc cc = reno(50000, XTCP_SSTHRESH_INFINITE);

	KUNIT_EXPECT_EQ(test, cc.ops->on_loss(&cc, 30000, false), 15000U);
	KUNIT_EXPECT_EQ(test, cc.ops->on_loss(&cc, 3000, false), 2000U);
	KUNIT_EXPECT_EQ(test, cc.ops->on_loss(&cc, 0, false), 2000U);
}

static void never_overflows(struct kunit *test)
{
	struct xtcp_cc cc = reno(XTCP_CWND_MAX - 500, XTCP_SSTHRESH_INFINITE);
	u32 i;

	for (i = 0; i < 100; i++)
		ack(&cc, 1U << 30, XTCP_CWND_MAX, true);
	KUNIT_EXPECT_LE(test, cc.cwnd, 2 * XTCP_CWND_MAX);
	KUNIT_EXPECT_GE(test, cc.cwnd, XTCP_CWND_MAX - 500);
}

/* The user's choice outlives the connection; children take the listener's. */
static void choice_is_kept(struct kunit *test)
{
	struct peer *p = established(test);
	struct xtcp_conn child;

	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_cubic);
	xtcp_conn_init(&child, p->conn.env);
	KUNIT_EXPECT_PTR_EQ(test, child.cc.ops, &xtcp_cc_reno);
	xtcp_conn_inherit(&child, &p->conn);
	KUNIT_EXPECT_PTR_EQ(test, child.cc.ops, &xtcp_cc_cubic);
	child.cc.priv[3] = 7;
	xtcp_conn_reset(&child);
	KUNIT_EXPECT_PTR_EQ(test, child.cc.ops, &xtcp_cc_cubic);
	KUNIT_EXPECT_EQ(test, child.cc.priv[3], 0ULL);
	p->env.cc = &xtcp_cc_cubic;
	xtcp_conn_init(&child, p->conn.env);
	KUNIT_EXPECT_PTR_EQ(test, child.cc.ops, &xtcp_cc_cubic);
}

/* As a connection sees it: 10, 20, 40 segments a round trip. */
static void slow_start_of_a_connection(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .scaling = true, .wscale = 4);
	u32 acked = 1;
	u32 round, i;

	recv_ack(p, 1);
	write_bytes(p, 200000);
	for (round = 0; round < 3; round++) {
		u32 in_flight = 10U << round;

		KUNIT_EXPECT_EQ(test, p->conn.snd.nxt - p->conn.snd.una, in_flight * 1000);
		peer_effects(p);
		at(p, ms(10 * (round + 1)));
		for (i = 0; i < in_flight; i++) {
			acked += 1000;
			recv_ack(p, acked);
			peer_effects(p);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(registry),
	KUNIT_CASE(names_of_others),
	KUNIT_CASE(hooks_of_others),
	KUNIT_CASE(slow_start),
	KUNIT_CASE(congestion_avoidance),
	KUNIT_CASE(across_ssthresh),
	KUNIT_CASE(application_limited),
	KUNIT_CASE(loss),
	KUNIT_CASE(never_overflows),
	KUNIT_CASE(choice_is_kept),
	KUNIT_CASE(slow_start_of_a_connection),
	{}
};

static struct kunit_suite xtcp_cc_suite = {
	.name = "xtcp_cc",
	.test_cases = cases,
};

kunit_test_suite(xtcp_cc_suite);
