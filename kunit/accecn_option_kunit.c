// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/accecn_option.c: the option that is sent: when, which of both orders, how
 * long, beside which other options (RFC 9768 3.2.3). What is read:
 * accecn_read_kunit.c.
 */
#include <linux/string.h>
#include "peer.h"

#define ACE(n)		xtcp_ace_flags(n)
#define ASKS		(XTCP_AE | XTCP_CWR | XTCP_ECE)

#define KNOBS(name, opt, beacon)					\
	static void name(struct xtcp_sysctls *knob)			\
	{								\
		knob->ecn = 3;						\
		knob->ecn_option = opt;					\
		knob->ecn_option_beacon = beacon;			\
	}
KNOBS(never, 0, 3)
KNOBS(sparingly, 1, 3)
KNOBS(sparingly_without_beacon, 1, 0)
KNOBS(often, 2, 3)
KNOBS(often_without_beacon, 2, 0)

/* The option of a segment: kind and counters. */
static const char *option_text(struct kunit *test, const struct xtcp_options *opt)
{
	char *text = kunit_kzalloc(test, 64, GFP_KERNEL);
	u32 i, at = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	if (opt->accecn)
		at = scnprintf(text, 64, "%u", opt->accecn);
	for (i = 0; opt->accecn && i < opt->nr_marks; i++)
		at += scnprintf(text + at, 64 - at, " %u", opt->marks[i]);
	return text;
}

#define expect_option(p, want) \
	KUNIT_EXPECT_STREQ((p)->test, option_text((p)->test, &(p)->last.opt), want)

/* A client whose handshake is over, and whose trial of the option too. */
static struct peer *client(struct kunit *test, const struct peer_opts *more)
{
	struct peer_opts o = *more;
	struct peer *p;

	o.mss = 1000;
	o.mss_path = 1000 + (o.ts ? XTCP_TS_SPACE : 0);
	o.rtt_us = ms(100);
	p = peer_connecting(test, &o);
	at(p, ms(100));
	recv_seg(p, .ack = 1, .mss = o.mss_path, .flags = XTCP_SYN | XTCP_ACK | ACE(2));
	KUNIT_ASSERT_TRUE(test, p->conn.accecn.on);
	p->conn.accecn.option.try_text = false;
	p->conn.delack.quick = 0;
	p->origin = p->now;
	peer_effects(p);
	return p;
}

#define client(test, ...) client(test, &(struct peer_opts){ __VA_ARGS__ })

static void recv_ect(struct peer *p, u32 seq, u32 len, u8 codepoint)
{
	recv_seg(p, .seq = seq, .ack = sent_to(p), .len = len, .unit = min(len, 1000U),
		 .ecn = codepoint, .flags = XTCP_ACK | ACE(5));
}

/* 3.2.3.2.1, 3.2.3.2.2: the first SYN,ACK has it, none that is sent again. */
static void on_the_syn_ack(struct kunit *test)
{
	struct xtcp_seg syn = { .flags = XTCP_SYN | ASKS };
	struct peer *p = peer_new(test, &(struct peer_opts){ .knobs = often });
	struct xtcp_plan plan;
	struct xtcp_half h;

	xtcp_half_init(&h, &syn, 1, &p->conn.limits, &p->env.knob, &xtcp_cc_reno);
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_STREQ(test, option_text(test, &plan.opt), "172 1 0 1");
	h.retransmits = 1;
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_STREQ(test, option_text(test, &plan.opt), "");
	h.retransmits = 0;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(&h, &syn, &plan), (int)XTCP_HALF_SYN_ACK);
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_STREQ(test, option_text(test, &plan.opt), "");
	p->env.knob.ecn_option = 0;
	xtcp_half_init(&h, &syn, 1, &p->conn.limits, &p->env.knob, &xtcp_cc_reno);
	xtcp_half_syn_ack(&h, p->now, &plan);
	KUNIT_EXPECT_STREQ(test, option_text(test, &plan.opt), "");
}

/* Nothing of it for who did not agree to accurate ECN. */
static void never_without_agreement(struct kunit *test)
{
	static const u16 asks[] = { 0, XTCP_CWR | XTCP_ECE };
	struct peer *p = peer_new(test, &(struct peer_opts){ .knobs = often });
	struct xtcp_plan plan;
	struct xtcp_half h;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(asks); i++) {
		struct xtcp_seg syn = { .flags = XTCP_SYN | asks[i] };

		xtcp_half_init(&h, &syn, 1, &p->conn.limits, &p->env.knob, &xtcp_cc_reno);
		xtcp_half_syn_ack(&h, p->now, &plan);
		KUNIT_EXPECT_STREQ(test, option_text(test, &plan.opt), "");
	}
	p = connecting(test, .knobs = often);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | XTCP_ECE, .accecn = XTCP_OPT_ACCECN0);
	expect_option(p, "");
	recv_ect(p, 1, 3000, XTCP_ECT_0);
	expect(p, "S0 A1 A3001");
	expect_option(p, "");
	write_bytes(p, 100);
	expect_option(p, "");
}

/* 3.2.3.2.1: the client's first ACK and its first text have it; no SYN ever. */
static void the_client_tries(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = sparingly, .mss = 1000, .nodelay = true);

	expect_option(p, "");
	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2));
	expect_option(p, "172 1 0 1");
	/* The SYN,ACK again: did the option stop our ACK? */
	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2));
	expect(p, "S0 A1 A1");
	expect_option(p, "");
	/* No room: the next that has some. */
	write_bytes(p, 1000);
	expect_option(p, "");
	write_bytes(p, 988);
	expect_option(p, "172 1 0 1");
	write_bytes(p, 10);
	expect_option(p, "");
	/* Text on the SYN,ACK counts (3.2). */
	p = connecting(test, .knobs = often, .mss = 1000);
	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2), .len = 100,
		 .ecn = XTCP_ECT_0);
	expect_option(p, "172 101 0 1");
	p = connecting(test, .knobs = never);
	recv_seg(p, .ack = 1, .mss = 1000, .flags = XTCP_SYN | XTCP_ACK | ACE(2));
	expect_option(p, "");
	write_bytes(p, 10);
	recv_ect(p, 1, 3000, XTCP_CE);
	expect(p, "S0 A1 1:11 A3001");
	expect_option(p, "");
}

/* The order and the length by what has ever come (3.2.3.3). */

struct order_row {
	const char *desc;
	u8 came[3];	/* a segment of 1000 bytes each */
	const char *option;
};

static const struct order_row orders[] = {
	{ "Not-ECT", { XTCP_NOT_ECT, XTCP_NOT_ECT, XTCP_NOT_ECT }, "" },
	{ "ECT(0)", { XTCP_NOT_ECT, XTCP_NOT_ECT, XTCP_ECT_0 }, "172 1001" },
	{ "ECT(1)", { XTCP_NOT_ECT, XTCP_NOT_ECT, XTCP_ECT_1 }, "174 1001" },
	{ "CE", { XTCP_NOT_ECT, XTCP_NOT_ECT, XTCP_CE }, "172 1 1000" },
	{ "ECT(0), CE", { XTCP_ECT_0, XTCP_CE, XTCP_ECT_0 }, "172 2001 1000" },
	{ "ECT(1), CE", { XTCP_ECT_1, XTCP_CE, XTCP_ECT_1 }, "174 2001 1000" },
	{ "ECT(0), ECT(1)", { XTCP_NOT_ECT, XTCP_ECT_0, XTCP_ECT_1 }, "172 1001 0 1001" },
	{ "all", { XTCP_ECT_1, XTCP_CE, XTCP_ECT_0 }, "172 1001 1000 1001" },
};

KUNIT_ARRAY_PARAM_DESC(order, orders, desc);

static void orders_and_lengths(struct kunit *test)
{
	const struct order_row *row = test->param_value;
	struct peer *p = client(test, .knobs = often);
	u32 i;

	for (i = 0; i < 3; i++)
		recv_ect(p, 1 + 1000 * i, 1000, row->came[i]);
	at(p, ms(200));
	KUNIT_EXPECT_EQ(test, p->last.ack, p->irs + 3001);
	expect_option(p, row->option);
}

/* 3.2: payload alone counts, that of each piece that GRO has merged, and what comes twice. */
static void what_is_counted(struct kunit *test)
{
	struct peer *p = client(test, .knobs = often);

	recv_seg(p, .seq = 1, .ack = 1, .ecn = XTCP_CE, .flags = XTCP_ACK | ACE(5));
	recv_seg(p, .seq = 1, .ack = 1, .len = 3000, .unit = 1000, .ecn = XTCP_ECT_0);
	expect_option(p, "172 3001");
	recv_ect(p, 5001, 1000, XTCP_ECT_0);
	expect_option(p, "172 4001");
	recv_ect(p, 5001, 1000, XTCP_ECT_0);
	expect_option(p, "172 5001");
	/* Outside the window it is not acceptable. */
	recv_ect(p, 1, 1000, XTCP_ECT_0);
	expect_option(p, "");
	/* Beyond 24 bits (3.2.3.1). */
	p->conn.accecn.option.received[XTCP_MARKS_ECT_0] = 0x2fffffe;
	recv_ect(p, 3001, 1000, XTCP_ECT_0);
	expect_option(p, "172 998");
}

/* The simple scheme of 3.2.3.3: with each ACK that has news. */
static void with_each_ack_that_has_news(struct kunit *test)
{
	struct peer *p = client(test, .knobs = often, .nodelay = true);

	recv_ect(p, 1, 2000, XTCP_ECT_0);
	expect_option(p, "172 2001");
	write_bytes(p, 100);
	expect_option(p, "");
	recv_ect(p, 2001, 2000, XTCP_ECT_0);
	expect_option(p, "172 4001");
	recv_ect(p, 4001, 2000, XTCP_NOT_ECT);
	expect_option(p, "");
	/* A counter that has changed once is in it for ever. */
	recv_ect(p, 6001, 2000, XTCP_CE);
	expect_option(p, "172 4001 2000");
	recv_ect(p, 8001, 2000, XTCP_ECT_0);
	expect_option(p, "172 6001 2000");
	/* With text that leaves room. */
	recv_ect(p, 10001, 100, XTCP_ECT_0);
	write_bytes(p, 992);
	expect_option(p, "172 6101 2000");
}

static void sparing(struct kunit *test)
{
	struct peer *p = client(test, .knobs = sparingly_without_beacon);

	p->conn.rtt.srtt_us = 0;	/* none was measured */
	/* The first, and the next after the change. */
	recv_ect(p, 1, 2000, XTCP_ECT_0);
	expect_option(p, "172 2001");
	recv_ect(p, 2001, 2000, XTCP_ECT_0);
	expect_option(p, "172 4001");
	recv_ect(p, 4001, 2000, XTCP_ECT_0);
	expect_option(p, "");
	/* While marks come, always. */
	recv_ect(p, 6001, 2000, XTCP_CE);
	expect_option(p, "172 6001 2000");
	recv_ect(p, 8001, 2000, XTCP_CE);
	recv_ect(p, 10001, 2000, XTCP_CE);
	expect_option(p, "172 6001 6000");
	recv_ect(p, 12001, 2000, XTCP_ECT_0);
	recv_ect(p, 14001, 2000, XTCP_ECT_0);
	recv_ect(p, 16001, 2000, XTCP_ECT_0);
	expect_option(p, "");
	/* A change needs no ACK between. */
	recv_ect(p, 18001, 500, XTCP_ECT_1);
	recv_ect(p, 18501, 1500, XTCP_ECT_0);
	expect_option(p, "172 13501 6000 501");
}

/* Every 2^22 bytes, and so many times a round trip. */
static void sparing_but_not_too_much(struct kunit *test)
{
	struct peer *p = client(test, .knobs = sparingly_without_beacon);
	u32 *received = &p->conn.accecn.option.received[XTCP_MARKS_ECT_0];
	u32 i;

	for (i = 0; i < 3; i++)
		recv_ect(p, 1 + 2000 * i, 2000, XTCP_ECT_0);
	expect_option(p, "");
	p->conn.accecn.option.unsent = (1 << 22) - 2000;
	recv_ect(p, 6001, 2000, XTCP_ECT_0);
	expect_option(p, "172 8001");
	KUNIT_EXPECT_EQ(test, *received, 8001U);

	p = client(test, .knobs = sparingly);
	write_bytes(p, 100);
	at(p, ms(90));
	recv_ect(p, 1, 2000, XTCP_ECT_0);
	recv_ect(p, 2001, 2000, XTCP_ECT_0);
	KUNIT_ASSERT_EQ(test, p->conn.rtt.srtt_us, 98750U);
	for (i = 0; i < 3; i++) {
		at(p, ms(120) + i * ms(30));
		recv_ect(p, 4001 + 4000 * i, 2000, XTCP_ECT_0);
		expect_option(p, "");
		at(p, ms(123) + i * ms(33));
		recv_ect(p, 6001 + 4000 * i, 2000, XTCP_ECT_0);
		KUNIT_EXPECT_EQ(test, p->last.opt.accecn, (u8)172);
	}
}

/* 3.2.3.3: two SACK blocks go before it, it goes before the third. */
static void beside_sack_blocks(struct kunit *test)
{
	struct peer *p = client(test, .knobs = often, .ts = true, .sack = true);

	p->show = SHOW_SACK;
	p->env.knob.comp_sack_nr = 0;
	recv_ect(p, 2001, 1000, XTCP_ECT_0);
	recv_ect(p, 4001, 1000, XTCP_ECT_0);
	expect(p, "A1<2001-3001> A1<4001-5001 2001-3001>");
	expect_option(p, "172 2001");
	recv_ect(p, 6001, 1000, XTCP_ECT_0);
	expect(p, "A1<6001-7001 4001-5001>");
	expect_option(p, "172 3001");
	recv_ect(p, 8001, 1000, XTCP_NOT_ECT);
	expect(p, "A1<8001-9001 6001-7001 4001-5001>");
	expect_option(p, "");
	/* Three counters have no room any more, but two. */
	recv_ect(p, 10001, 1000, XTCP_CE);
	expect_option(p, "172 3001 1000");
	recv_ect(p, 12001, 1000, XTCP_ECT_1);
	expect_option(p, "174 1001");
	/* Those that have changed are not left out: rather all. */
	p->conn.accecn.option.owed = 1 << XTCP_MARKS_ECT_0;
	recv_ect(p, 14001, 1000, XTCP_ECT_1);
	expect_option(p, "");
	KUNIT_EXPECT_EQ(test, p->last.opt.nr_sack, (u8)3);
	/* As soon as there is room, they go. */
	recv_ect(p, 1, 1000, XTCP_NOT_ECT);
	recv_ect(p, 1001, 1000, XTCP_NOT_ECT);
	recv_ect(p, 3001, 11000, XTCP_NOT_ECT);
	expect_option(p, "172 3001 1000 2001");
}

/* Text that fills its segments: an ACK by itself, now and then. */
static void where_text_leaves_no_room(struct kunit *test)
{
	struct peer *p = client(test, .knobs = often);

	at(p, ms(40));
	recv_ect(p, 1, 100, XTCP_ECT_0);
	write_bytes(p, 3000);
	expect(p, "1:1001 1001:2001 2001:3001 A101");
	expect_option(p, "172 101");
	/* A third of a round trip later, and not before. */
	at(p, ms(60));
	recv_seg(p, .seq = 101, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	write_bytes(p, 1000);
	expect(p, "3001:4001");
	at(p, ms(80));
	recv_seg(p, .seq = 201, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	write_bytes(p, 2000);
	expect(p, "4001:5001 5001:6001 A301");
	expect_option(p, "172 301");
	/* Room for a counter is room enough. */
	recv_seg(p, .seq = 301, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	write_bytes(p, 992);
	expect(p, "6001:6993");
	expect_option(p, "172 401");

	p = client(test, .knobs = often_without_beacon);
	recv_ect(p, 1, 100, XTCP_ECT_0);
	write_bytes(p, 1000);
	at(p, ms(100));
	expect(p, "1:1001");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(on_the_syn_ack),
	KUNIT_CASE(never_without_agreement),
	KUNIT_CASE(the_client_tries),
	KUNIT_CASE_PARAM(orders_and_lengths, order_gen_params),
	KUNIT_CASE(what_is_counted),
	KUNIT_CASE(with_each_ack_that_has_news),
	KUNIT_CASE(sparing),
	KUNIT_CASE(sparing_but_not_too_much),
	KUNIT_CASE(beside_sack_blocks),
	KUNIT_CASE(where_text_leaves_no_room),
	{}
};

static struct kunit_suite xtcp_accecn_option_suite = {
	.name = "xtcp_accecn_option",
	.test_cases = cases,
};

kunit_test_suite(xtcp_accecn_option_suite);
