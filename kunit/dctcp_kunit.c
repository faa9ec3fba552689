// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc/dctcp.c and what core does for it: the share of marked bytes, the window
 * that follows it, echoes of each mark, ECN on all that is sent (RFC 8257).
 */
#include "peer.h"

#define MSS		1000U
#define ECN_SETUP	(XTCP_ECE | XTCP_CWR)
#define ECN_FLAGS(p)	((p)->last.flags & ECN_SETUP)

/* A sender with a window of text in flight; numbers begin near the wrap. */
struct flow {
	struct xtcp_cc cc;
	u32 una;
};

static struct flow flow(u32 cwnd)
{
	struct flow f = { .una = 0xffff0000 };

	xtcp_cc_choose(&f.cc, &xtcp_cc_dctcp);
	f.cc.cwnd = cwnd;
	f.cc.ssthresh = cwnd;
	f.cc.mss = MSS;
	return f;
}

/* An ACK of so many bytes, with a window in flight behind it. */
static void ack(struct flow *f, u32 acked, bool marked)
{
	struct xtcp_cc_sample s = { .acked = acked, .marked = marked ? acked : 0 };

	f->una += acked;
	s.una = f->una;
	s.nxt = f->una + f->cc.cwnd;
	f->cc.ops->on_marks(&f->cc, &s);
}

/* ACKs of a whole window and no more: the last ends the observation. */
static void window(struct flow *f, u32 marked)
{
	u32 n = f->cc.cwnd / MSS;
	u32 i;

	for (i = 0; i <= n; i++)
		ack(f, MSS, i <= marked && i);
}

static u32 per_mille_left(struct flow *f)
{
	return f->cc.ops->on_ece(&f->cc) / (f->cc.cwnd / 1000);
}

/* 3.3, 4.2: alpha begins with 1, so that the first mark halves the window. */
static void first_mark_halves(struct kunit *test)
{
	struct flow f = flow(100000);

	ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 50000U);
}

/* 3.3: alpha = alpha * (1 - g) + g * M with g = 1/16, once for a window. */
static void alpha_follows_the_share(struct kunit *test)
{
	struct flow f = flow(32000);

	ack(&f, MSS, false);		/* WindowEnd begins with SND.UNA */
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 32000U - 15000);
	/* Within the window nothing changes. */
	ack(&f, 16000, true);
	ack(&f, 16000, false);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 32000U - 15000);
	/* Of 33000 bytes 16000: 15/16 * 15/16 + 1/16 * 16/33, half of it off. */
	ack(&f, MSS, false);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 32000U - 14547);
}

/* (15/16)^16 = 0.356: without marks it decays, and half of it goes off. */
static void alpha_decays(struct kunit *test)
{
	struct flow f = flow(100000);
	u32 i;

	ack(&f, MSS, false);
	for (i = 0; i < 15; i++)
		window(&f, 0);
	KUNIT_EXPECT_EQ(test, per_mille_left(&f), 821U);
	for (i = 0; i < 300; i++)
		window(&f, 0);
	KUNIT_EXPECT_GE(test, f.cc.ops->on_ece(&f.cc), 99990U);
}

/* If half of the bytes are marked for long, a quarter of the window goes. */
static void alpha_converges(struct kunit *test)
{
	struct flow f = flow(99000);
	u32 i;

	for (i = 0; i < 200; i++)
		window(&f, 50);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc) / 100, 742U);
	for (i = 0; i < 200; i++)
		window(&f, 100);
	/* All but the one that ends each window. */
	KUNIT_EXPECT_LE(test, f.cc.ops->on_ece(&f.cc), 50000U);
}

static void not_below_two_segments(struct kunit *test)
{
	struct flow f = flow(3000);

	ack(&f, MSS, true);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 2000U);
}

/* 3.4; the window grows as Reno's too. */
static void losses_as_reno(struct kunit *test)
{
	struct xtcp_cc_sample s = { .acked = 20000, .flight = 20000, .cwnd_limited = true };
	struct flow f = flow(20000);

	ack(&f, MSS, false);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_loss(&f.cc, 20000, false), 10000U);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_loss(&f.cc, 20000, true), 10000U);
	f.cc.ops->on_ack(&f.cc, &s);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 21000U);
	f.cc.cwnd = 20000;
	f.cc.ssthresh = 40000;
	f.cc.ops->on_ack(&f.cc, &s);
	KUNIT_EXPECT_EQ(test, f.cc.cwnd, 40000U);
}

/* What was marked before a timeout is forgotten, alpha is not. */
static void timeout_forgets_the_marks(struct kunit *test)
{
	struct flow f = flow(32000);

	ack(&f, MSS, false);
	ack(&f, 16000, true);
	f.cc.ops->on_loss(&f.cc, 32000, true);
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 32000U - 15000);
	ack(&f, 17000, false);
	/* 15/16 * 15/16, half of it off. */
	KUNIT_EXPECT_EQ(test, f.cc.ops->on_ece(&f.cc), 32000U - 14062);
}

/* The connection */

static void no_ecn(struct xtcp_sysctls *knob)
{
	knob->ecn = 0;
}

#define with_dctcp	.cc = &xtcp_cc_dctcp, .mss = MSS, .rtt_us = ms(100), .sack = true

static struct peer *capable(struct kunit *test)
{
	struct peer *p = established(test, .ecn = true, .knobs = no_ecn, with_dctcp);

	KUNIT_ASSERT_TRUE(test, p->conn.ecn.on);
	p->conn.delack.quick = 0;
	return p;
}

/* 3.5: the SYN asks and is ECN-capable; sent again, it is neither. */
static void the_syn(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = no_ecn, with_dctcp);

	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), ECN_SETUP);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
}

/* The peer knows of no ECN: Reno without it. */
static void peer_without_ecn(struct kunit *test)
{
	struct peer *p = established(test, .knobs = no_ecn, with_dctcp);

	KUNIT_EXPECT_FALSE(test, p->conn.ecn.on);
	write_bytes(p, 30000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 11000U);
	recv_sack(p, 1001, { 2001, 6001 });
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5500U);
}

/* 3.5: an ECN-capable SYN is answered by an ECN-capable SYN,ACK. */
static void the_listener(struct kunit *test)
{
	struct xtcp_seg syn = { .flags = XTCP_SYN | ECN_SETUP, .ecn = XTCP_ECT_0, .wnd = 5000 };
	struct peer *p = accepted(test, .ecn = true, .knobs = no_ecn, with_dctcp);
	struct xtcp_limits limits = { .mss_adv = 1460, .rcv_free = 5000 };
	struct xtcp_plan plan;
	struct xtcp_half h;

	KUNIT_EXPECT_TRUE(test, p->conn.ecn.on);
	xtcp_half_init(&h, &syn, 1, &limits, &p->env.knob, &xtcp_cc_dctcp);
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_EQ(test, plan.flags & ECN_SETUP, (int)XTCP_ECE);
	KUNIT_EXPECT_EQ(test, plan.ecn, (u8)XTCP_ECT_0);
	/* Another algorithm takes it for a broken path, and is not capable itself. */
	p->env.knob.ecn = 2;
	xtcp_half_init(&h, &syn, 1, &limits, &p->env.knob, &xtcp_cc_reno);
	KUNIT_EXPECT_FALSE(test, h.ecn_ok);
	syn.ecn = XTCP_NOT_ECT;
	xtcp_half_init(&h, &syn, 1, &limits, &p->env.knob, &xtcp_cc_reno);
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_EQ(test, plan.flags & ECN_SETUP, (int)XTCP_ECE);
	KUNIT_EXPECT_EQ(test, plan.ecn, (u8)XTCP_NOT_ECT);
}

/* 3.5: ACKs, retransmissions, FIN and RST as well as text. */
static void all_is_capable(struct kunit *test)
{
	struct peer *p = capable(test);

	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	at(p, ms(600));
	KUNIT_EXPECT_TRUE(test, p->last.again);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	recv_text(p, 1, 3000);
	KUNIT_EXPECT_EQ(test, p->last.len, 0U);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	user_shutdown(p);
	KUNIT_EXPECT_TRUE(test, p->last.flags & XTCP_FIN);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	user_abort(p);
	KUNIT_EXPECT_TRUE(test, p->last.flags & XTCP_RST);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
}

/* 3.2: DCTCP.CE: an ACK at once when it changes, ECE as it is. */
static void each_mark_is_told(struct kunit *test)
{
	struct peer *p = capable(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	expect(p, "");
	recv_seg(p, .seq = 101, .ack = 1, .len = 100, .ecn = XTCP_CE);
	expect(p, "A201");
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), (int)XTCP_ECE);
	recv_seg(p, .seq = 201, .ack = 1, .len = 100, .ecn = XTCP_CE);
	expect(p, "");
	/* CWR ends nothing. */
	recv_seg(p, .seq = 301, .ack = 1, .len = 2000, .unit = 1000,
		 .flags = XTCP_ACK | XTCP_CWR, .ecn = XTCP_CE);
	expect(p, "A2301");
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), (int)XTCP_ECE);
	recv_seg(p, .seq = 2301, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	expect(p, "A2401");
	KUNIT_EXPECT_EQ(test, ECN_FLAGS(p), 0);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_CE_SEGS), 3UL);
}

/* 3.3: one reduction for a window, by alpha, told by CWR as in RFC 3168. */
static void window_follows_the_marks(struct kunit *test)
{
	struct peer *p = capable(test);

	write_bytes(p, 60000);
	at(p, ms(100));
	recv_ack(p, 1001);		/* alpha: 15/16; cwnd: 11000; nxt: 12001 */
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 11000U - 5156);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 11000U - 5156);
	recv_seg(p, .seq = 1, .ack = 8001, .flags = XTCP_ACK | XTCP_ECE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 1UL);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 11000U - 5156);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.reduced);	/* CWR has gone */
}

/* Selective acknowledgments do not count (3.3), the text they name does later. */
static void sacked_bytes_count_once(struct kunit *test)
{
	struct peer *p = capable(test);
	struct xtcp_cc before;

	write_bytes(p, 30000);
	recv_ack(p, 1001);
	before = p->conn.cc;
	recv_sack(p, 1001, { 2001, 9001 });
	KUNIT_EXPECT_EQ(test, p->conn.cc.priv[2], before.priv[2]);
	recv_ack(p, 9001);
	KUNIT_EXPECT_EQ(test, p->conn.cc.priv[2], before.priv[2] + 8000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(first_mark_halves),
	KUNIT_CASE(alpha_follows_the_share),
	KUNIT_CASE(alpha_decays),
	KUNIT_CASE(alpha_converges),
	KUNIT_CASE(not_below_two_segments),
	KUNIT_CASE(losses_as_reno),
	KUNIT_CASE(timeout_forgets_the_marks),
	KUNIT_CASE(the_syn),
	KUNIT_CASE(peer_without_ecn),
	KUNIT_CASE(the_listener),
	KUNIT_CASE(all_is_capable),
	KUNIT_CASE(each_mark_is_told),
	KUNIT_CASE(window_follows_the_marks),
	KUNIT_CASE(sacked_bytes_count_once),
	{}
};

static struct kunit_suite xtcp_dctcp_suite = {
	.name = "xtcp_dctcp",
	.test_cases = cases,
};

kunit_test_suite(xtcp_dctcp_suite);
