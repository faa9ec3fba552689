// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/accecn_option.c: the peer's option and what becomes of it (RFC 9768
 * 3.2.3), and paths that do not let an option through or change it.
 */
#include "peer.h"

#define ACE(n)		xtcp_ace_flags(n)
#define ASKS		(XTCP_AE | XTCP_CWR | XTCP_ECE)
#define KIND0		XTCP_OPT_ACCECN0
#define KIND1		XTCP_OPT_ACCECN1
#define MARKS(kind, ...) \
	.accecn = (kind), .marks = { __VA_ARGS__ }, \
	.nr_marks = sizeof((u32[]){ __VA_ARGS__ }) / 4

static void ask(struct xtcp_sysctls *knob)
{
	knob->ecn = 3;
}

static void stubborn(struct xtcp_sysctls *knob)
{
	knob->ecn = 3;
	knob->ecn_option = 3;
}

static struct peer *in_syn_sent(struct kunit *test, const struct xtcp_cc_ops *cc,
				void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = connecting(test, .knobs = knobs, .mss = 1000, .rtt_us = ms(100),
				    .sack = true, .cc = cc, .gso = 10000, .nodelay = true);

	at(p, ms(100));
	return p;
}

static void begin(struct peer *p)
{
	KUNIT_ASSERT_TRUE(p->test, p->conn.accecn.on);
	p->conn.delack.quick = 0;
	p->origin = p->now;
	peer_effects(p);
}

/* A client whose peer sends the option. */
static struct peer *accurate(struct kunit *test, const struct xtcp_cc_ops *cc)
{
	struct peer *p = in_syn_sent(test, cc, ask);

	recv_seg(p, .ack = 1, .mss = 1000, MARKS(KIND0, 1, 0, 1),
		 .flags = XTCP_SYN | XTCP_ACK | ACE(cc == &xtcp_cc_dctcp ? 4 : 2));
	begin(p);
	return p;
}

static unsigned long reductions(void)
{
	return peer_mib(XTCP_MIB_ECE_REDUCTIONS);
}

#define told(p, which)	((p)->conn.accecn.option.told[XTCP_MARKS_##which])

/* 3.2.3: both orders, each length; what is not there has not changed. */
static void orders_and_lengths(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 9000);
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1001));
	KUNIT_EXPECT_EQ(test, told(p, ECT_0), 1001U);
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 1001, 1000));
	KUNIT_EXPECT_EQ(test, told(p, CE), 1000U);
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(6), MARKS(KIND1, 1001));
	KUNIT_EXPECT_EQ(test, told(p, ECT_1), 1001U);
	recv_seg(p, .seq = 1, .ack = 5001, .flags = XTCP_ACK | ACE(7),
		 MARKS(KIND1, 2001, 2000, 1001));
	KUNIT_EXPECT_EQ(test, told(p, ECT_1), 2001U);
	KUNIT_EXPECT_EQ(test, told(p, CE), 2000U);
	KUNIT_EXPECT_EQ(test, told(p, ECT_0), 1001U);
	/* The empty one, and an ACK that tells nothing new. */
	recv_seg(p, .seq = 1, .ack = 6001, .flags = XTCP_ACK | ACE(7), .accecn = KIND1);
	recv_seg(p, .seq = 1, .ack = 6001, .flags = XTCP_ACK | ACE(7), MARKS(KIND0, 9999));
	KUNIT_EXPECT_EQ(test, told(p, ECT_0), 1001U);
	/* Beyond 24 bits (A.1); and an older one. */
	told(p, CE) = 33554433;
	recv_seg(p, .seq = 1, .ack = 7001, .flags = XTCP_ACK | ACE(0), MARKS(KIND0, 1001, 1461));
	KUNIT_EXPECT_EQ(test, told(p, CE), 33555893U);
	recv_seg(p, .seq = 1, .ack = 8001, .flags = XTCP_ACK | ACE(0), MARKS(KIND0, 1001, 1));
	KUNIT_EXPECT_EQ(test, told(p, CE), 33555893U);
}

/* Congestion control gets the bytes that were marked, not a guess by packets. */
static void bytes_count(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_dctcp);
	u64 *marked = &p->conn.cc.priv[3];

	write_bytes(p, 10000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1001));
	recv_seg(p, .seq = 1, .ack = 4001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 3701, 300));
	KUNIT_EXPECT_EQ(test, *marked, 300ULL);
	/* A marked packet without text is no congestion of text. */
	recv_seg(p, .seq = 1, .ack = 5001, .flags = XTCP_ACK | ACE(7), MARKS(KIND0, 4701));
	KUNIT_EXPECT_EQ(test, *marked, 300ULL);
	/* Without option by ACE; the next option sets it right (A.3). */
	recv_seg(p, .seq = 1, .ack = 6001, .flags = XTCP_ACK | ACE(8));
	KUNIT_EXPECT_EQ(test, *marked, 1300ULL);
	recv_seg(p, .seq = 1, .ack = 7001, .flags = XTCP_ACK | ACE(9), MARKS(KIND0, 4701, 2300));
	KUNIT_EXPECT_EQ(test, *marked, 2300ULL);
	KUNIT_EXPECT_EQ(test, p->conn.accecn.told, 9U);
	recv_seg(p, .seq = 1, .ack = 8001, .flags = XTCP_ACK | ACE(9), MARKS(KIND0, 5701));
	KUNIT_EXPECT_EQ(test, *marked, 2300ULL);
	recv_seg(p, .seq = 1, .ack = 9001, .flags = XTCP_ACK | ACE(10), MARKS(KIND0, 5701, 3300));
	KUNIT_EXPECT_EQ(test, *marked, 3300ULL);
}

/* 3.2.2.5.2, A.2.2: how often ACE has wrapped is seen by the bytes. */
static void bytes_tell_of_wraps(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	struct xtcp_delivery d = { .bytes = 20000 };
	struct xtcp_seg seg = { .flags = XTCP_ACK | ACE(7) };
	struct xtcp_accecn *a = &p->conn.accecn;

	seg.opt.accecn = KIND0;
	seg.opt.nr_marks = 2;
	seg.opt.marks[0] = 1;
	a->checked = true;
	a->stretch = 8;
	seg.opt.marks[1] = 10000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 10000U);
	KUNIT_EXPECT_EQ(test, a->told, 15U);
	/* Two are enough for what was marked, though 18 packets might have been. */
	seg.flags = XTCP_ACK | ACE(1);
	seg.opt.marks[1] = 11460;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 1460U);
	KUNIT_EXPECT_EQ(test, a->told, 17U);
	/* Small ones; and no more than the ACK covers. */
	seg.flags = XTCP_ACK | ACE(4);
	seg.opt.marks[1] = 11500;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 40U);
	KUNIT_EXPECT_EQ(test, a->told, 20U);
	seg.flags = XTCP_ACK | ACE(5);
	seg.opt.marks[1] = 14500;
	d.bytes = 8000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 3000U);
	KUNIT_EXPECT_EQ(test, a->told, 21U);
	KUNIT_EXPECT_GT(test, a->stretch, 8U);
}

/* The window is reduced by what the option tells, once in a round trip. */
static void bytes_reduce_the_window(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 30000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1001, 0));
	KUNIT_EXPECT_EQ(test, reductions(), 0UL);
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 2001, 1000));
	KUNIT_EXPECT_EQ(test, reductions(), 1UL);
	recv_seg(p, .seq = 1, .ack = 5001, .flags = XTCP_ACK | ACE(7), MARKS(KIND0, 3001, 2000));
	KUNIT_EXPECT_EQ(test, reductions(), 1UL);
}

/* 3.2.3.2.3: it was not there, so nothing is counted twice when it comes. */
static void absent_and_there_after_all(struct kunit *test)
{
	struct peer *p = in_syn_sent(test, &xtcp_cc_dctcp, ask);
	u64 *marked = &p->conn.cc.priv[3];

	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(4));
	/* It is sent nevertheless. */
	KUNIT_EXPECT_EQ(test, p->last.opt.accecn, (u8)KIND0);
	begin(p);
	write_bytes(p, 10000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5));
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | ACE(6));
	KUNIT_EXPECT_EQ(test, *marked, 1000ULL);
	recv_seg(p, .seq = 1, .ack = 4001, .flags = XTCP_ACK | ACE(7), MARKS(KIND0, 2001, 2000));
	KUNIT_EXPECT_EQ(test, *marked, 2000ULL);
	recv_seg(p, .seq = 1, .ack = 5001, .flags = XTCP_ACK | ACE(8), MARKS(KIND0, 2001, 2500));
	KUNIT_EXPECT_EQ(test, *marked, 2500ULL);
}

/* 3.2.3.2.4: the first option of each end; other values than ours are welcome. */

struct first_row {
	const char *desc;
	u8 kind;
	u8 nr;
	u32 marks[3];
	u8 input;
};

static const struct first_row firsts[] = {
	{ "none", 0, 0, { 0 }, XTCP_ACCECN_ABSENT },
	{ "empty", KIND0, 0, { 0 }, XTCP_ACCECN_HEEDED },
	{ "as we do", KIND0, 3, { 1, 0, 1 }, XTCP_ACCECN_HEEDED },
	{ "other values", KIND1, 3, { 77, 5, 99 }, XTCP_ACCECN_HEEDED },
	{ "one counter", KIND1, 1, { 1 }, XTCP_ACCECN_HEEDED },
	{ "cleared", KIND0, 3, { 0, 0, 0 }, XTCP_ACCECN_IGNORED },
	{ "EE0B cleared", KIND1, 3, { 1, 0, 0 }, XTCP_ACCECN_IGNORED },
	{ "EE1B cleared", KIND1, 2, { 0, 1 }, XTCP_ACCECN_IGNORED },
};

KUNIT_ARRAY_PARAM_DESC(first, firsts, desc);

/* Where it is ignored ACE alone counts, as ever; else what changes from there. */
static void expect_input(struct peer *p, const struct first_row *row)
{
	struct kunit *test = p->test;

	KUNIT_EXPECT_EQ(test, p->conn.accecn.option.input, row->input);
	write_bytes(p, 10000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5), .accecn = row->kind,
		 .nr_marks = row->nr, .marks = { row->marks[0], row->marks[1], row->marks[2] });
	KUNIT_EXPECT_EQ(test, reductions(), 0UL);
	if (row->input != XTCP_ACCECN_IGNORED)
		return;
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1, 1000));
	KUNIT_EXPECT_EQ(test, reductions(), 0UL);
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 1, 1000));
	KUNIT_EXPECT_EQ(test, reductions(), 1UL);
}

static void the_first_of_a_server(struct kunit *test)
{
	const struct first_row *row = test->param_value;
	struct peer *p = in_syn_sent(test, &xtcp_cc_reno, ask);

	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2),
		 .accecn = row->kind, .nr_marks = row->nr,
		 .marks = { row->marks[0], row->marks[1], row->marks[2] });
	begin(p);
	expect_input(p, row);
}

static struct peer *listener(struct kunit *test, u8 retransmits)
{
	struct peer *p = peer_new(test, &(struct peer_opts){ .knobs = ask, .mss = 1000 });
	struct xtcp_seg syn = { .seq = p->irs, .flags = XTCP_SYN | ASKS, .wnd = 0xffff };
	struct xtcp_half h;

	/* On a SYN it means nothing, whatever it says. */
	syn.opt.accecn = KIND0;
	syn.opt.nr_marks = 3;
	syn.opt.mss = 1000;
	xtcp_half_init(&h, &syn, p->iss, &p->conn.limits, &p->env.knob, &xtcp_cc_reno);
	h.retransmits = retransmits;
	h.sent_us = p->now;
	p->now += ms(100);
	xtcp_conn_from_half(&p->conn, &h, p->now);
	return p;
}

static void the_first_of_a_client(struct kunit *test)
{
	const struct first_row *row = test->param_value;
	struct peer *p = listener(test, 0);

	recv_seg(p, .seq = 1, .ack = 1, .flags = XTCP_ACK | ACE(2), .accecn = row->kind,
		 .nr_marks = row->nr,
		 .marks = { row->marks[0], row->marks[1], row->marks[2] });
	begin(p);
	expect_input(p, row);
}

/* 3.2.3.2.5: marked bytes without marked packets, told twice. */
static void bytes_against_packets(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 3000);
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1, 1000));
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.mute);
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1, 2000));
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.mute);
	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	/* Eight packets may hide a wrap. */
	p = accurate(test, &xtcp_cc_reno);
	write_bytes(p, 30000);
	recv_seg(p, .seq = 1, .ack = 8001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1, 8000));
	recv_seg(p, .seq = 1, .ack = 12001, .flags = XTCP_ACK | ACE(5));
	recv_seg(p, .seq = 1, .ack = 16001, .flags = XTCP_ACK | ACE(5), MARKS(KIND0, 1, 16000));
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.mute);
	/* From the first that came after all, what it says is compared. */
	p = accurate(test, &xtcp_cc_reno);
	p->conn.accecn.option.input = XTCP_ACCECN_ABSENT;
	write_bytes(p, 10000);
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 1, 1000));
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 1, 2000));
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(6), MARKS(KIND0, 1, 3000));
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.mute);
}

/* The option that is sent (3.2.3.2.2) */

static bool had_option(const struct peer *p)
{
	return p->last.opt.accecn;
}

/* The text on which it was tried is lost: it goes again without, as all that follows. */
static void text_with_it_is_lost(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 500);
	KUNIT_EXPECT_TRUE(test, had_option(p));
	at(p, ms(290));
	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	at(p, ms(310));
	expect(p, "1:501 1:501");
	KUNIT_EXPECT_FALSE(test, had_option(p));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 1UL);
	recv_seg(p, .seq = 101, .ack = 501, .flags = XTCP_ACK | ACE(5), .len = 3000,
		 .unit = 1000, .ecn = XTCP_CE, MARKS(KIND0, 501));
	KUNIT_EXPECT_FALSE(test, had_option(p));
	/* What comes is read on, and ACE is told. */
	KUNIT_EXPECT_EQ(test, told(p, ECT_0), 501U);
	KUNIT_EXPECT_EQ(test, p->last.flags & ASKS, ACE(8));
}

static void text_with_it_is_not_lost(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 500);
	at(p, ms(100));
	recv_ack(p, 501);
	write_bytes(p, 500);
	at(p, ms(390));
	recv_seg(p, .seq = 1, .ack = 501, .len = 100, .ecn = XTCP_ECT_0);
	at(p, ms(410));
	expect(p, "1:501 501:1001 501:1001");
	KUNIT_EXPECT_TRUE(test, had_option(p));
	at(p, sec(1));
	recv_seg(p, .seq = 101, .ack = 1001, .len = 3000, .unit = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_TRUE(test, had_option(p));
	/* Other text was lost, not that with the option. */
	p = accurate(test, &xtcp_cc_reno);
	write_run(p, 1000);
	KUNIT_EXPECT_FALSE(test, had_option(p));
	write_run(p, 500);
	KUNIT_EXPECT_TRUE(test, had_option(p));
	/* A probe of the tail is no loss as yet. */
	at(p, ms(250));
	expect(p, "1:1001 1001:1501 1001:1501");
	KUNIT_EXPECT_FALSE(test, had_option(p));
	recv_sack(p, 1, { 1001, 1501 });
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 0UL);
}

static void lost_and_sent_nevertheless(struct kunit *test)
{
	struct peer *p = in_syn_sent(test, &xtcp_cc_reno, stubborn);

	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2));
	begin(p);
	write_bytes(p, 500);
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 1UL);
	recv_seg(p, .seq = 1, .ack = 501, .len = 3000, .unit = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_TRUE(test, had_option(p));
}

/* A listener whose SYN,ACK went again without it tries later; else it is proved. */
static void the_listener_tries_later(struct kunit *test)
{
	u8 again;

	for (again = 0; again < 2; again++) {
		struct peer *p = listener(test, again);

		recv_seg(p, .seq = 1, .ack = 1, .flags = XTCP_ACK | ACE(2));
		begin(p);
		recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
		write_bytes(p, 500);
		KUNIT_EXPECT_TRUE(test, had_option(p));
		at(p, sec(3));
		KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), (unsigned long)again);
	}
}

/* ACKs with it do not arrive: what they acknowledged comes again, each time. */
static void acks_with_it_are_lost(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	recv_seg(p, .seq = 1, .ack = 1, .len = 2000, .unit = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_TRUE(test, had_option(p));
	recv_seg(p, .seq = 1, .ack = 1, .len = 1000);
	KUNIT_EXPECT_FALSE(test, had_option(p));
	/* Answered without: that is no second one. */
	recv_seg(p, .seq = 1001, .ack = 1, .len = 1000);
	recv_seg(p, .seq = 2001, .ack = 1, .len = 2000, .unit = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_TRUE(test, had_option(p));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 0UL);
	recv_seg(p, .seq = 2001, .ack = 1, .len = 1000);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 1UL);
	recv_seg(p, .seq = 4001, .ack = 1, .len = 2000, .unit = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_FALSE(test, had_option(p));
}

/* The peer uses a window that only ACKs with the option have offered. */
static void acks_with_it_arrive(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	u32 seq = 1;
	u32 i;

	for (i = 0; i < 70; i++, seq += 1000) {
		recv_seg(p, .seq = seq, .ack = 1, .len = 1000, .ecn = XTCP_ECT_0);
		read_bytes(p, 1000);
	}
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.option.proved);
	for (i = 0; i < 4; i++) {
		recv_seg(p, .seq = seq, .ack = 1, .len = 2000, .unit = 1000, .ecn = XTCP_ECT_0);
		recv_seg(p, .seq = seq, .ack = 1, .len = 1000);
		seq += 2000;
	}
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACCECN_OPTION_OFF), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(orders_and_lengths),
	KUNIT_CASE(bytes_count),
	KUNIT_CASE(bytes_tell_of_wraps),
	KUNIT_CASE(bytes_reduce_the_window),
	KUNIT_CASE(absent_and_there_after_all),
	KUNIT_CASE_PARAM(the_first_of_a_server, first_gen_params),
	KUNIT_CASE_PARAM(the_first_of_a_client, first_gen_params),
	KUNIT_CASE(bytes_against_packets),
	KUNIT_CASE(text_with_it_is_lost),
	KUNIT_CASE(text_with_it_is_not_lost),
	KUNIT_CASE(lost_and_sent_nevertheless),
	KUNIT_CASE(the_listener_tries_later),
	KUNIT_CASE(acks_with_it_are_lost),
	KUNIT_CASE(acks_with_it_arrive),
	{}
};

static struct kunit_suite xtcp_accecn_read_suite = {
	.name = "xtcp_accecn_read",
	.test_cases = cases,
};

kunit_test_suite(xtcp_accecn_read_suite);
