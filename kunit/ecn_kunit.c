// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/ecn.c: who asks and who agrees, echoes of marks, one reduction for a
 * window (RFC 3168 6.1).
 */
#include "peer.h"

#define ECN_SETUP	(XTCP_ECE | XTCP_CWR)
#define ECN_FLAGS(p)	((p)->last.flags & ECN_SETUP)

static void ask(struct xtcp_sysctls *knob)
{
	knob->ecn = 1;
}

static void ask_again(struct xtcp_sysctls *knob)
{
	knob->ecn = 1;
	knob->ecn_fallback = 0;
}

static void refuse(struct xtcp_sysctls *knob)
{
	knob->ecn = 0;
}

/* 6.1.1, 6.1.1.1 */
static void the_syn(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = ask);

	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), ECN_SETUP);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	at(p, sec(1));
	expect(p, "S0 S0");
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	p = connecting(test, .knobs = ask_again);
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), ECN_SETUP);
	p = connecting(test);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
}

struct answer_row {
	const char *desc;
	u8 flags;
	bool on;
};

static const struct answer_row answers[] = {
	{ "ECE", XTCP_ECE, true },
	{ "nothing", 0, false },
	/* A server that sends back what it got knows nothing of it. */
	{ "ECE and CWR", ECN_SETUP, false },
	{ "CWR", XTCP_CWR, false },
};

KUNIT_ARRAY_PARAM_DESC(answer, answers, desc);

static void the_syn_ack(struct kunit *test)
{
	const struct answer_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = ask);

	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | row->flags, .mss = 1000);
	KUNIT_EXPECT_EQ(test, p->conn.ecn.on, row->on);
	p = connecting(test);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | row->flags, .mss = 1000);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.on);
}

/* Two SYNs that cross: both asked, so both answer with ECE. */
static void simultaneous_open(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = ask);

	recv_seg(p, .flags = XTCP_SYN | ECN_SETUP, .mss = 1000);
	KUNIT_EXPECT_TRUE(test, p->conn.ecn.on);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), XTCP_ECE);
}

static void the_listener(struct kunit *test)
{
	struct peer *p = accepted(test, .ecn = true);
	struct xtcp_seg syn = { .flags = XTCP_SYN | ECN_SETUP, .ecn = XTCP_ECT_0 };
	const struct xtcp_route *route = &p->conn.limits.route;

	KUNIT_EXPECT_TRUE(test, p->conn.ecn.on);
	p = accepted(test);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.on);
	/* 6.1.1: a SYN is not ECN-capable. */
	KUNIT_EXPECT_FALSE(test, xtcp_ecn_wanted(&syn, &p->env.knob, route, p->env.cc));
	syn.ecn = XTCP_NOT_ECT;
	KUNIT_EXPECT_TRUE(test, xtcp_ecn_wanted(&syn, &p->env.knob, route, p->env.cc));
	p = accepted(test, .ecn = true, .knobs = refuse);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.on);
}

static struct peer *capable(struct kunit *test)
{
	struct peer *p = established(test, .ecn = true, .knobs = ask, .mss = 1000,
				     .rtt_us = ms(100), .sack = true);

	KUNIT_ASSERT_TRUE(test, p->conn.ecn.on);
	return p;
}

/* 6.1.4, 6.1.5: no ACK, no probe, nothing that goes again. */
static void new_text_alone_is_capable(struct kunit *test)
{
	struct peer *p = capable(test);

	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	at(p, ms(600));
	KUNIT_EXPECT_TRUE(test, p->last.again);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	recv_text(p, 1, 10);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	user_shutdown(p);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
}

/* 6.1.3 */
static void echo_until_cwr(struct kunit *test)
{
	struct peer *p = capable(test);

	p->conn.delack.quick = 0;
	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_CE);
	expect(p, "A101");		/* at once */
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), XTCP_ECE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_CE_SEGS), 1UL);
	write_bytes(p, 10);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), XTCP_ECE);
	recv_seg(p, .seq = 101, .ack = 11, .len = 3000, .flags = XTCP_ACK | XTCP_CWR,
		 .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	/* CWR on a segment that was marked itself: a new mark. */
	recv_seg(p, .seq = 3101, .ack = 11, .len = 3000, .flags = XTCP_ACK | XTCP_CWR,
		 .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), XTCP_ECE);
}

static void marks_mean_nothing_if_not_agreed(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	write_bytes(p, 5000);
	recv_seg(p, .seq = 101, .ack = 1001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 14600U);
}

/* 6.1.2: as one loss, and no more of it for what was in flight then. */
static void one_reduction_for_a_window(struct kunit *test)
{
	struct peer *p = capable(test);

	write_bytes(p, 30000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 5000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	recv_seg(p, .seq = 1, .ack = 9001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 5000U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 1UL);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.reduced);	/* CWR has gone */
	at(p, ms(200));
	recv_seg(p, .seq = 1, .ack = 11001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 2UL);
}

/* The first mark after half of all sequence numbers (RFC 9293 3.4). */
static void reduction_after_a_long_time(struct kunit *test)
{
	struct peer *p = established(test, .knobs = ask, .ecn = true, .gso = 60000);

	pass_text(p, 40000, 60000);
	write_bytes(p, 30000);
	recv_seg(p, .seq = 1, .ack = sent_to(p), .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 1UL);
}

/* CWR goes with the first new text, not with what goes again (6.1.2). */
static void cwr_after_a_loss(struct kunit *test)
{
	struct peer *p = capable(test);

	write_bytes(p, 30000);
	peer_effects(p);
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	recv_sack(p, 1, { 1001, 9001 });
	KUNIT_EXPECT_FALSE(test, p->last.again);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.reduced);
	/* The mark that came beside the loss is of the same window. */
	recv_seg(p, .seq = 1, .ack = 10001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_syn),
	KUNIT_CASE_PARAM(the_syn_ack, answer_gen_params),
	KUNIT_CASE(simultaneous_open),
	KUNIT_CASE(the_listener),
	KUNIT_CASE(new_text_alone_is_capable),
	KUNIT_CASE(echo_until_cwr),
	KUNIT_CASE(marks_mean_nothing_if_not_agreed),
	KUNIT_CASE(reduction_after_a_long_time),
	KUNIT_CASE(one_reduction_for_a_window),
	KUNIT_CASE(cwr_after_a_loss),
	{}
};

static struct kunit_suite xtcp_ecn_suite = {
	.name = "xtcp_ecn",
	.test_cases = cases,
};

kunit_test_suite(xtcp_ecn_suite);
