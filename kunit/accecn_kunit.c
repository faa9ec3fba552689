// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/accecn.c: how accurate ECN is agreed on: tables 2 to 4 of RFC 9768, and
 * what is done when somebody changes the flags or the IP header on the way.
 */
#include "peer.h"

#define ASKS		(XTCP_AE | XTCP_CWR | XTCP_ECE)
#define CLASSIC		(XTCP_CWR | XTCP_ECE)
#define ECN_OF(flags)	((flags) & ASKS)
#define ACE(n)		xtcp_ace_flags(n)
#define LAST_ACE(p)	ECN_OF((p)->last.flags)

#define KNOB(n)								\
	static void knob_##n(struct xtcp_sysctls *knob) { knob->ecn = n; }
KNOB(0)
KNOB(1)
KNOB(2)
KNOB(3)
KNOB(4)
KNOB(5)

/* AE is the lowest bit of byte 12, before CWR and ECE of byte 13 (figure 2). */
static void place_of_the_flags(struct kunit *test)
{
	struct xtcp_plan plan = { .flags = XTCP_ACK | XTCP_AE | XTCP_ECE };
	u8 header[XTCP_HEADER_MAX];
	struct xtcp_seg seg;

	xtcp_segment_write(&plan, 1, 2, header);
	KUNIT_EXPECT_EQ(test, header[12], (u8)0x51);
	KUNIT_EXPECT_EQ(test, header[13], (u8)0x50);
	header[12] |= 0x0e;	/* what is still reserved means nothing */
	KUNIT_ASSERT_EQ(test, xtcp_segment_parse(&seg, header, 20, 20), 0);
	KUNIT_EXPECT_EQ(test, seg.flags, plan.flags);
}

/* The tunable */

struct knob_row {
	const char *desc;
	void (*knobs)(struct xtcp_sysctls *knob);
	u16 syn;		/* what connect() asks for */
	u16 to_accurate;	/* what a listener answers to 111 */
	u16 to_classic;
};

static const struct knob_row knobs[] = {
	{ "0", knob_0, 0, 0, 0 },
	{ "1", knob_1, CLASSIC, XTCP_ECE, XTCP_ECE },
	{ "2", knob_2, 0, XTCP_ECE, XTCP_ECE },
	{ "3", knob_3, ASKS, XTCP_CWR, XTCP_ECE },
	{ "4", knob_4, CLASSIC, XTCP_CWR, XTCP_ECE },
	{ "5", knob_5, 0, XTCP_CWR, XTCP_ECE },
};

KUNIT_ARRAY_PARAM_DESC(knob, knobs, desc);

static u16 syn_ack_flags(struct peer *p, u16 asks, u8 codepoint)
{
	struct xtcp_seg syn = { .flags = XTCP_SYN | asks, .ecn = codepoint };
	struct xtcp_plan plan;
	struct xtcp_half h;

	xtcp_half_init(&h, &syn, 1, &p->conn.limits, &p->env.knob, &xtcp_cc_reno);
	xtcp_half_syn_ack(&h, p->now, &plan);
	return ECN_OF(plan.flags);
}

static void the_tunable(struct kunit *test)
{
	const struct knob_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = row->knobs);

	KUNIT_EXPECT_EQ(test, LAST_ACE(p), row->syn);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, ASKS, XTCP_NOT_ECT), row->to_accurate);
	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, CLASSIC, XTCP_NOT_ECT), row->to_classic);
	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, 0, XTCP_NOT_ECT), 0);
}

/* 3.1.4.1: asked for twice, then not at all; but for ever without fallback. */
static void syns_that_get_lost(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = knob_3);

	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ASKS);
	at(p, sec(3));
	expect(p, "S0 S0 S0");
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), 0);
	p->env.knob.ecn_fallback = 0;
	at(p, sec(7));
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ASKS);
}

/* Table 2, as the client sees it; and what it sends for the IP header it saw. */

struct answer_row {
	const char *desc;
	u8 ace;
	bool on, accurate, mute;
};

static const struct answer_row answers[] = {
	{ "000: no ECN", 0, false, false, false },
	{ "001: classic", 1, true, false, false },
	{ "010: SYN came as Not-ECT", 2, true, true, false },
	{ "011: as ECT(1), which it was not", 3, true, true, true },
	{ "100: as ECT(0), which it was not", 4, true, true, true },
	{ "101: reserved, as if unchanged", 5, true, true, false },
	{ "110: as CE, which it was not", 6, true, true, true },
	{ "111: a broken reflector", 7, false, false, false },
};

KUNIT_ARRAY_PARAM_DESC(answer, answers, desc);

static void the_syn_ack(struct kunit *test)
{
	const struct answer_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = knob_3);

	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(row->ace), .mss = 1000);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->conn.ecn.on, row->on);
	KUNIT_EXPECT_EQ(test, p->conn.accecn.on, row->accurate);
	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)(row->on && !row->mute ? XTCP_ECT_0 : XTCP_NOT_ECT));
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), row->accurate ? ACE(5) : 0);
	/* A mark on the SYN is congestion, whoever made it (3.2.2.2). */
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), row->ace == 6 ? 1UL : 0UL);
}

/* DCTCP sends the SYN as ECT(0): that it comes as Not-ECT is the wrong change. */
static void the_syn_ack_for_dctcp(struct kunit *test)
{
	const struct answer_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = knob_3, .cc = &xtcp_cc_dctcp);

	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(row->ace), .mss = 1000);
	KUNIT_EXPECT_EQ(test, p->conn.accecn.mute, row->ace == 2);
	KUNIT_EXPECT_EQ(test, p->last.ecn,
			(u8)(row->on && row->ace != 2 ? XTCP_ECT_0 : XTCP_NOT_ECT));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 0UL);
}

struct reflect_row {
	const char *desc;
	u8 codepoint;
	u8 ace;			/* tables 2 and 3 */
	u8 count;		/* r.cep of the client */
};

static const struct reflect_row reflections[] = {
	{ "Not-ECT", XTCP_NOT_ECT, 2, 5 },
	{ "ECT(1)", XTCP_ECT_1, 3, 5 },
	{ "ECT(0)", XTCP_ECT_0, 4, 5 },
	{ "CE", XTCP_CE, 6, 6 },
};

KUNIT_ARRAY_PARAM_DESC(reflect, reflections, desc);

/* 3.2.2.1: a pure ACK tells of the SYN,ACK, even if text waits behind it. */
static void reflections_of_the_client(struct kunit *test)
{
	const struct reflect_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = knob_3);

	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(2), .mss = 1000,
		 .ecn = row->codepoint);
	expect(p, "S0 A1");
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(row->ace));
	/* From then on the count. */
	write_bytes(p, 10);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(row->count));
	/* The SYN,ACK again, marked: told each time, counted once. */
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(2), .mss = 1000, .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	recv_text(p, 1, 3000);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	p = connecting(test, .knobs = knob_3);
	write_bytes(p, 10);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(2), .mss = 1000);
	expect(p, "S0 A1 1:11");
}

static void reflections_of_the_listener(struct kunit *test)
{
	const struct reflect_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = knob_3);

	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, ASKS, row->codepoint), ACE(row->ace));
	/* 3.1.3: what is not defined asks for it too. */
	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, ACE(1), row->codepoint), ACE(row->ace));
	KUNIT_EXPECT_EQ(test, syn_ack_flags(p, ACE(4), row->codepoint), ACE(row->ace));
	/* SYNs that cross (3.1.2). */
	recv_seg(p, .flags = XTCP_SYN | ASKS, .mss = 1000, .ecn = row->codepoint);
	expect(p, "S0 S0A1");
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.on);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(row->ace));
}

static void syns_that_cross(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = knob_3);

	recv_seg(p, .flags = XTCP_SYN | CLASSIC, .mss = 1000);
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.on);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), (int)XTCP_ECE);
	p = connecting(test, .knobs = knob_3);
	recv_seg(p, .flags = XTCP_SYN, .mss = 1000);
	KUNIT_EXPECT_FALSE(test, p->conn.ecn.on);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), 0);
}

/* The SYN,ACK behind a SYN that has crossed ours: table 2, with the mode settled. */
static void syn_ack_after_syns_that_crossed(struct kunit *test)
{
	const struct answer_row *row = test->param_value;
	struct peer *p = connecting(test, .knobs = knob_3);

	recv_seg(p, .flags = XTCP_SYN | ASKS, .mss = 1000);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK | ACE(row->ace), .mss = 1000,
		 .ecn = XTCP_CE);
	if (row->ace == 1) {	/* classic now: 3.1.5 */
		expect_state(p, CLOSED);
		expect(p, "S0 S0A1 R1A1");
		return;
	}
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.on);
	KUNIT_EXPECT_EQ(test, p->conn.accecn.mute,
			row->mute || row->ace == 0 || row->ace == 7);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), row->ace == 6 ? 1UL : 0UL);
	/* The SYN,ACK was marked itself: that is counted, and told. */
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	/* What it told is no count: the next mark is the first. */
	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn,
			(u8)(p->conn.accecn.mute ? XTCP_NOT_ECT : XTCP_ECT_0));
	at(p, ms(200));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), row->ace == 6 ? 1UL : 0UL);
}

/* 3.1.5, where SYNs cross: the peer repeats its SYN, and asks otherwise. */
static void syns_that_cross_again(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = knob_3);

	recv_seg(p, .flags = XTCP_SYN | ASKS, .mss = 1000);
	recv_seg(p, .flags = XTCP_SYN | ASKS, .mss = 1000, .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.mute);
	recv_seg(p, .flags = XTCP_SYN, .mss = 1000, .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(4));
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.mute);
	expect_state(p, SYN_RECEIVED);
	recv_seg(p, .flags = XTCP_SYN | CLASSIC, .mss = 1000);
	expect_state(p, CLOSED);
	p = connecting(test, .knobs = knob_3);
	recv_seg(p, .flags = XTCP_SYN | CLASSIC, .mss = 1000);
	recv_seg(p, .flags = XTCP_SYN | CLASSIC, .mss = 1000);
	expect_state(p, SYN_RECEIVED);
	recv_seg(p, .flags = XTCP_SYN | ASKS, .mss = 1000);
	expect_state(p, CLOSED);
}

/* The listener's request */

#define IRS	1000U

struct request {
	struct peer *p;
	struct xtcp_half half;
	struct xtcp_plan plan;
};

static struct request *request(struct kunit *test, u16 asks)
{
	struct xtcp_seg syn = { .seq = IRS, .flags = XTCP_SYN | asks, .wnd = 5000 };
	struct request *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->p = peer_new(test, &(struct peer_opts){ .knobs = knob_3 });
	r->p->irs = IRS;
	xtcp_half_init(&r->half, &syn, r->p->iss, &r->p->conn.limits, &r->p->env.knob,
		       &xtcp_cc_reno);
	return r;
}

static enum xtcp_half_verdict syn_again(struct request *r, u16 asks, u8 codepoint)
{
	struct xtcp_seg syn = { .seq = IRS, .flags = XTCP_SYN | asks, .ecn = codepoint };

	return xtcp_half_segment(&r->half, &syn, &r->plan);
}

static u16 syn_ack_again(struct request *r)
{
	xtcp_half_syn_ack(&r->half, r->p->now, &r->plan);
	return ECN_OF(r->plan.flags);
}

static struct peer *finish_open(struct request *r, u16 ace)
{
	struct peer *p = r->p;

	xtcp_conn_from_half(&p->conn, &r->half, p->now);
	recv_seg(p, .seq = 1, .ack = 1, .flags = XTCP_ACK | ACE(ace));
	expect_state(p, ESTABLISHED);
	write_bytes(p, 1000);
	return p;
}

/* 3.1.5: classic and accurate in one handshake. */
static void mixed_handshakes_are_reset(struct kunit *test)
{
	struct request *r = request(test, ASKS);

	KUNIT_EXPECT_EQ(test, (int)syn_again(r, CLASSIC, 0), (int)XTCP_HALF_RESET);
	KUNIT_EXPECT_EQ(test, r->plan.flags, (u16)(XTCP_RST | XTCP_ACK));
	KUNIT_EXPECT_EQ(test, r->plan.seq, r->p->iss + 1);
	r = request(test, CLASSIC);
	KUNIT_EXPECT_EQ(test, (int)syn_again(r, ASKS, 0), (int)XTCP_HALF_RESET);
	r = request(test, CLASSIC);
	KUNIT_EXPECT_EQ(test, (int)syn_again(r, CLASSIC, 0), (int)XTCP_HALF_SYN_ACK);
	/* Nobody who knows RFC 3168 only has to. */
	r->half.accecn_able = false;
	KUNIT_EXPECT_EQ(test, (int)syn_again(r, ASKS, 0), (int)XTCP_HALF_SYN_ACK);
}

/* 3.1.5: the mode stays, the latest SYN is told of, but nothing is ECN-capable. */
static void a_syn_again_that_does_not_ask(struct kunit *test)
{
	struct request *r = request(test, ASKS);
	struct peer *p;

	KUNIT_EXPECT_EQ(test, (int)syn_again(r, ASKS, XTCP_CE), (int)XTCP_HALF_SYN_ACK);
	KUNIT_EXPECT_EQ(test, syn_ack_again(r), ACE(6));
	KUNIT_EXPECT_EQ(test, (int)syn_again(r, 0, XTCP_ECT_0), (int)XTCP_HALF_SYN_ACK);
	KUNIT_EXPECT_EQ(test, syn_ack_again(r), ACE(4));
	p = finish_open(r, 2);
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.on);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	/* 3.2.2.2: marks on SYNs are not counted. */
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(5));
}

/* 3.2.3.2.2: the second repetition of the SYN,ACK is without. */
static void syn_acks_that_get_lost(struct kunit *test)
{
	struct request *r = request(test, ASKS);
	struct peer *p;

	r->half.retransmits = 1;
	KUNIT_EXPECT_EQ(test, syn_ack_again(r), ACE(2));
	r->half.retransmits = 2;
	KUNIT_EXPECT_EQ(test, syn_ack_again(r), 0);
	p = finish_open(r, 2);
	KUNIT_EXPECT_TRUE(test, p->conn.accecn.on);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(5));
}

/* Table 4 */

struct third_row {
	const char *desc;
	u8 ace;
	u32 told;
	bool mute, deaf;
};

static const struct third_row thirds[] = {
	{ "000: cleared", 0, 5, true, true },
	{ "001", 1, 5, false, false },
	{ "010: SYN,ACK came as Not-ECT", 2, 5, false, false },
	{ "011: as ECT(1), which it was not", 3, 5, true, false },
	{ "100: as ECT(0), which it was not", 4, 5, true, false },
	{ "101", 5, 5, false, false },
	{ "110: as CE, which it was not", 6, 6, true, false },
	{ "111", 7, 5, false, false },
};

KUNIT_ARRAY_PARAM_DESC(third, thirds, desc);

static void the_third_ack(struct kunit *test)
{
	const struct third_row *row = test->param_value;
	struct peer *p = finish_open(request(test, ASKS), row->ace);

	KUNIT_EXPECT_EQ(test, p->conn.accecn.told, row->told);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)(row->mute ? XTCP_NOT_ECT : XTCP_ECT_0));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), row->ace == 6 ? 1UL : 0UL);
	/* Marks are told whatever happens (3.1.5); what the peer tells may not count. */
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(5));
	at(p, ms(200));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(row->told + 1));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS),
			(row->ace == 6) + (row->deaf ? 0UL : 1UL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(place_of_the_flags),
	KUNIT_CASE_PARAM(the_tunable, knob_gen_params),
	KUNIT_CASE(syns_that_get_lost),
	KUNIT_CASE_PARAM(the_syn_ack, answer_gen_params),
	KUNIT_CASE_PARAM(the_syn_ack_for_dctcp, answer_gen_params),
	KUNIT_CASE_PARAM(reflections_of_the_client, reflect_gen_params),
	KUNIT_CASE_PARAM(reflections_of_the_listener, reflect_gen_params),
	KUNIT_CASE(syns_that_cross),
	KUNIT_CASE_PARAM(syn_ack_after_syns_that_crossed, answer_gen_params),
	KUNIT_CASE(syns_that_cross_again),
	KUNIT_CASE(mixed_handshakes_are_reset),
	KUNIT_CASE(a_syn_again_that_does_not_ask),
	KUNIT_CASE(syn_acks_that_get_lost),
	KUNIT_CASE_PARAM(the_third_ack, third_gen_params),
	{}
};

static struct kunit_suite xtcp_accecn_suite = {
	.name = "xtcp_accecn",
	.test_cases = cases,
};

kunit_test_suite(xtcp_accecn_suite);
