// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/syncookie.c: what a cookie brings back, for how long, and to whom
 * (RFC 4987 3.6; mission S2.9g, S2.9k, D21).
 */
#include <linux/string.h>
#include <xtcp/syncookie.h>
#include "peer.h"

#define IRS	0xffffffffU

/* What the shell does around the core, with a hash that is good enough here. */
struct server {
	struct xtcp_sysctls knobs;
	struct xtcp_limits limits;
	u64 key;
	u32 tuple;
	u64 now;
};

static struct server server;

static u32 hash_of(const struct server *s, const struct xtcp_half *h, u32 period)
{
	u64 x = s->key ^ ((u64)s->tuple << 32 | h->irs);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x ^= (u64)xtcp_cookie_terms(h) << 32 | period;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	return x ^ (x >> 32);
}

static struct server *new_server(u16 mss_default)
{
	memset(&server, 0, sizeof(server));
	peer_default_knobs(&server.knobs);
	server.limits.mss_adv = 1460;
	server.limits.mss_default = mss_default;
	server.limits.rcv_buf = 65535;
	server.limits.rcv_free = 65535;
	server.limits.rcv_max = 6291456;
	server.key = 0x0123456789abcdefULL;
	server.tuple = 4711;
	server.now = sec(600);
	return &server;
}

static u32 half_of(const struct server *s, const struct xtcp_seg *syn, u32 iss,
		   struct xtcp_half *h)
{
	xtcp_half_init(h, syn, iss, &s->limits, &s->knobs, &xtcp_cc_reno);
	h->ts_offset = 77;
	return xtcp_cookie_trim(h, s->limits.mss_default);
}

/* The SYN is answered with *plan; *ack is what a good client says to that. */
static void answer(const struct server *s, const struct xtcp_seg *syn, struct xtcp_plan *plan,
		   struct xtcp_seg *ack)
{
	struct xtcp_half h;
	u32 index = half_of(s, syn, 0, &h);

	h.iss = hash_of(s, &h, xtcp_cookie_period(s->now)) + index;
	xtcp_cookie_syn_ack(&h, s->now, plan);
	*ack = (struct xtcp_seg){
		.seq = syn->seq + 1,
		.ack = plan->seq + 1,
		.flags = XTCP_ACK,
		.wnd = 1000,
	};
	if (!plan->opt.has_ts)
		return;
	ack->opt.has_ts = true;
	ack->opt.tsval = syn->opt.tsval + 1;
	ack->opt.tsecr = plan->opt.tsval;
}

static bool brings_back(const struct server *s, const struct xtcp_seg *ack, struct xtcp_half *h)
{
	u32 period = xtcp_cookie_period(s->now);
	struct xtcp_seg syn;
	int i;

	xtcp_cookie_syn(ack, &syn);
	half_of(s, &syn, ack->ack - 1, h);
	for (i = 0; i < XTCP_COOKIE_PERIODS; i++)
		if (xtcp_cookie_open(h, hash_of(s, h, period - i)))
			return true;
	return false;
}

/* shift -1: none */
static struct xtcp_seg syn_of(u16 mss, bool ts, int shift, bool sack, bool ecn)
{
	struct xtcp_seg syn = {
		.seq = IRS,
		.flags = XTCP_SYN | (ecn ? XTCP_ECE | XTCP_CWR : 0),
		.wnd = 5000,
	};

	syn.opt.mss = mss;
	syn.opt.has_ts = ts;
	syn.opt.tsval = ts ? 0xffffffff : 0;
	syn.opt.has_wscale = shift >= 0;
	syn.opt.wscale = shift >= 0 ? shift : 0;
	syn.opt.sack_ok = sack;
	return syn;
}

struct size_row {
	const char *desc;
	u16 mss;
	u16 mss_default;
	u16 kept;
};

static const struct size_row size_rows[] = {
	{ "none, IPv4", 0, 536, 536 },
	{ "none, IPv6", 0, 1220, 1220 },
	{ "less than any", 10, 536, 48 },
	{ "the least", 48, 536, 48 },
	{ "below 536", 535, 536, 48 },
	{ "536", 536, 536, 536 },
	{ "least MTU of IPv6", 1220, 1220, 1220 },
	{ "tunnel over IPv6", 1360, 1220, 1360 },
	{ "WireGuard", 1380, 536, 1360 },
	{ "IPv6 over Ethernet", 1440, 1220, 1440 },
	{ "PPPoE", 1452, 536, 1452 },
	{ "Ethernet less one", 1459, 536, 1452 },
	{ "Ethernet", 1460, 536, 1460 },
	{ "jumbo frames, IPv6", 8940, 1220, 8940 },
	{ "jumbo frames", 8960, 536, 8940 },
	{ "the greatest", 65535, 536, 8940 },
};

KUNIT_ARRAY_PARAM_DESC(size, size_rows, desc);

/* Never more than the peer takes. */
static void sizes_come_back(struct kunit *test)
{
	const struct size_row *row = test->param_value;
	struct server *s = new_server(row->mss_default);
	struct xtcp_seg syn = syn_of(row->mss, false, -1, false, false), ack;
	struct xtcp_half h;
	struct xtcp_plan plan;

	answer(s, &syn, &plan, &ack);
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	KUNIT_EXPECT_EQ(test, h.mss_peer, row->kept);
	KUNIT_EXPECT_EQ(test, h.irs, IRS);
	KUNIT_EXPECT_EQ(test, h.iss, plan.seq);
}

/* As a request would have had it, but that the MSS is one of the table. */
static void like_a_request(struct kunit *test, const struct xtcp_seg *syn, u32 clock)
{
	struct server *s = new_server(536);
	struct xtcp_half h, request;
	struct xtcp_plan plan;
	struct xtcp_seg ack;

	s->now += ms(clock);
	xtcp_half_init(&request, syn, 0, &s->limits, &s->knobs, &xtcp_cc_reno);
	request.ts_offset = 77;
	answer(s, syn, &plan, &ack);
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	request.iss = plan.seq;
	request.ts_recent++;
	KUNIT_EXPECT_MEMEQ(test, &h, &request, sizeof(h));
	/* RFC 7323 5.4: what follows may not be older. */
	KUNIT_EXPECT_TRUE(test, xtcp_seq_le(plan.opt.tsval, xtcp_ts_val(77, s->now)));
	KUNIT_EXPECT_TRUE(test, xtcp_seq_gt(plan.opt.tsval, xtcp_ts_val(77, s->now) - 64));
	KUNIT_EXPECT_EQ(test, plan.opt.tsecr, 0xffffffffU);
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_wscale, (int)syn->opt.has_wscale);
	KUNIT_EXPECT_EQ(test, (int)plan.opt.sack_ok, (int)syn->opt.sack_ok);
	KUNIT_EXPECT_EQ(test, plan.flags & XTCP_ECE, syn->flags & XTCP_ECE);
}

static void all_options_come_back(struct kunit *test)
{
	static const u16 sizes[] = { 48, 536, 1220, 1360, 1440, 1452, 1460, 8940 };
	u32 i, flags, clock = 0;
	int shift;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (shift = -1; shift <= XTCP_WSCALE_MAX; shift++)
			for (flags = 0; flags < 4; flags++) {
				struct xtcp_seg syn = syn_of(sizes[i], true, shift, flags & 1,
							     flags & 2);

				like_a_request(test, &syn, clock++);
			}
}

static void expect_same_header(struct kunit *test, const struct server *s,
			       const struct xtcp_seg *syn)
{
	struct xtcp_syn_ack header;
	u8 bytes[XTCP_HEADER_MAX];
	struct xtcp_plan plan;
	struct xtcp_half h;

	half_of(s, syn, 0xfedcba98, &h);
	xtcp_cookie_syn_ack(&h, s->now, &plan);
	xtcp_cookie_header(&h, xtcp_cookie_terms(&h), s->now, 443, 0xfffe, &header);
	KUNIT_ASSERT_EQ(test, (u32)header.len, xtcp_segment_write(&plan, 443, 0xfffe, bytes));
	KUNIT_EXPECT_MEMEQ(test, header.bytes, bytes, header.len);
	KUNIT_EXPECT_TRUE(test, header.ecn == plan.ecn && header.iss == h.iss);
}

/* The header that is written at once is the one that would be written by a plan. */
static void header_as_planned(struct kunit *test)
{
	struct server *s = new_server(536);
	u32 i;

	for (i = 0; i < 128; i++, s->now += ms(13)) {
		struct xtcp_seg syn = syn_of(1460, i & 1, i & 2 ? 7 : -1, i & 4, i & 8);

		s->knobs.ecn = i & 64 ? 3 : 0;
		syn.flags |= i & 16 ? XTCP_AE : 0;
		syn.ecn = i & 32 ? XTCP_CE : XTCP_NOT_ECT;
		expect_same_header(test, s, &syn);
	}
}

/* Mission D21: nothing of what the ACK could not bring back is agreed. */
static void without_timestamps_only_the_size(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, false, 7, true, true), ack;
	struct xtcp_plan plan;
	struct xtcp_half h;

	answer(s, &syn, &plan, &ack);
	KUNIT_EXPECT_EQ(test, plan.flags, (u16)(XTCP_SYN | XTCP_ACK));
	KUNIT_EXPECT_EQ(test, plan.opt.mss, (u16)1460);
	KUNIT_EXPECT_EQ(test, xtcp_options_len(&plan.opt), 4U);
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	KUNIT_EXPECT_EQ(test, h.mss_peer, (u16)1460);
	KUNIT_EXPECT_EQ(test, h.wscale, (u8)0);
	KUNIT_EXPECT_FALSE(test, h.wscale_ok || h.sack_ok || h.ecn_ok || h.ts_ok);
}

/* RFC 9768 5.1: with timestamps or without, ACE of the ACK tells. */
static void accurate_ecn(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_plan plan;
	struct xtcp_seg ack;
	struct xtcp_half h;
	u32 ace;
	int ts;

	s->knobs.ecn = 3;
	for (ts = 0; ts < 2; ts++) {
		struct xtcp_seg syn = syn_of(1460, ts, 7, true, true);

		syn.flags |= XTCP_AE;
		answer(s, &syn, &plan, &ack);
		KUNIT_EXPECT_EQ(test, plan.flags, (u16)(XTCP_SYN | XTCP_ACK | XTCP_CWR));
		for (ace = 0; ace < 8; ace++) {
			ack.flags = XTCP_ACK | xtcp_ace_flags(ace);
			KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
			KUNIT_EXPECT_EQ(test, (int)h.accecn, (int)(ace > 1));
			KUNIT_EXPECT_EQ(test, (int)h.ecn_ok, (int)(ts || ace > 1));
		}
	}
}

/* How the SYN arrived: told once, since nothing of it is remembered. */
static void accurate_ecn_of_a_marked_syn(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, true), ack;
	struct xtcp_plan plan;

	s->knobs.ecn = 3;
	syn.flags |= XTCP_AE;
	syn.ecn = XTCP_CE;
	answer(s, &syn, &plan, &ack);
	KUNIT_EXPECT_EQ(test, plan.flags, (u16)(XTCP_SYN | XTCP_ACK | XTCP_AE | XTCP_CWR));
}

/* Whom nobody has offered it, and who does not offer it. */
static void no_accurate_ecn(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, false), ack;
	struct xtcp_plan plan;
	struct xtcp_half h;

	s->knobs.ecn = 3;
	answer(s, &syn, &plan, &ack);
	ack.flags |= XTCP_CWR;
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	KUNIT_EXPECT_FALSE(test, h.accecn || h.ecn_ok);
	s->knobs.ecn = 2;
	syn = syn_of(1460, true, 7, true, true);
	answer(s, &syn, &plan, &ack);
	ack.flags |= XTCP_CWR;
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	KUNIT_EXPECT_TRUE(test, h.ecn_ok);
	KUNIT_EXPECT_FALSE(test, h.accecn);
}

struct age_row {
	const char *desc;
	u32 sent_ms;	/* into the period */
	u32 age_ms;
	bool good;
};

static const struct age_row age_rows[] = {
	{ "at once", 0, 0, true },
	{ "end of the period", 0, 59999, true },
	{ "next period", 0, 60000, true },
	{ "end of the next period", 0, 119999, true },
	{ "two minutes", 0, 120000, false },
	{ "four minutes", 0, 240000, false },
	{ "sent late, next period", 59999, 1, true },
	{ "sent late, a minute", 59999, 60000, true },
	{ "sent late, the second after", 59999, 60001, false },
	{ "sent late, two minutes", 59999, 120000, false },
};

KUNIT_ARRAY_PARAM_DESC(age, age_rows, desc);

/* Mission S2.9k: two minutes at most, one at least. */
static void ages(struct kunit *test)
{
	const struct age_row *row = test->param_value;
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, false), ack;
	struct xtcp_plan plan;
	struct xtcp_half h;

	s->now += ms(row->sent_ms);
	answer(s, &syn, &plan, &ack);
	s->now += ms(row->age_ms);
	KUNIT_EXPECT_EQ(test, brings_back(s, &ack, &h), row->good);
}

static void period_is_never_0(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xtcp_cookie_period(1), 1U);
	KUNIT_EXPECT_EQ(test, xtcp_cookie_period(sec(60) - 1), 1U);
	KUNIT_EXPECT_EQ(test, xtcp_cookie_period(sec(60)), 2U);
}

/* Mission S2.9k: good for this connection, this SYN and this key alone. */
static void for_nobody_else(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, true), ack, other;
	struct xtcp_plan plan;
	struct xtcp_half h;

	answer(s, &syn, &plan, &ack);
	s->tuple++;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &ack, &h));
	s->tuple--;
	s->key++;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &ack, &h));
	s->key--;
	other = ack;
	other.seq++;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &other, &h));
	KUNIT_EXPECT_TRUE(test, brings_back(s, &ack, &h));
}

/* Nobody can have agreed to what the SYN,ACK did not say. */
static void options_are_sealed(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, true), ack, other;
	struct xtcp_plan plan;
	struct xtcp_half h;
	int bit;

	answer(s, &syn, &plan, &ack);
	for (bit = 0; bit < 6; bit++) {
		other = ack;
		other.opt.tsecr ^= 1U << bit;
		KUNIT_EXPECT_FALSE(test, brings_back(s, &other, &h));
	}
	/* The bits above are the clock's, and say nothing. */
	other = ack;
	other.opt.tsecr ^= 1U << 6;
	KUNIT_EXPECT_TRUE(test, brings_back(s, &other, &h));
	other = ack;
	other.opt.has_ts = false;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &other, &h));
	/* Our own shift is one of the terms. */
	s->limits.rcv_max *= 2;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &ack, &h));
}

static void timestamps_nobody_agreed_to(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, false, -1, false, false), ack;
	struct xtcp_plan plan;
	struct xtcp_half h;

	answer(s, &syn, &plan, &ack);
	ack.opt.has_ts = true;
	ack.opt.tsecr = 0x2f;
	KUNIT_EXPECT_FALSE(test, brings_back(s, &ack, &h));
}

/* Eight numbers of 2^32 in a period, and they are neighbours. */
static void few_numbers_are_cookies(struct kunit *test)
{
	struct xtcp_half h = { .iss = 0xffffff00 };
	u32 hits = 0, i;

	for (i = 0; i < 512; i++, h.iss++)
		hits += xtcp_cookie_open(&h, 0xfffffffe);
	KUNIT_EXPECT_EQ(test, hits, 8U);
}

/* One blind ACK in 2^28 is taken: of so many, none to speak of. */
static void blind_acks(struct kunit *test)
{
	struct server *s = new_server(536);
	struct xtcp_seg syn = syn_of(1460, true, 7, true, false), ack;
	struct xtcp_plan plan;
	struct xtcp_half h;
	u32 hits = 0, i;

	answer(s, &syn, &plan, &ack);
	for (i = 0; i < 200000; i++) {
		ack.ack = ack.ack * 1664525 + 1013904223;
		hits += brings_back(s, &ack, &h);
	}
	KUNIT_EXPECT_LE(test, hits, 1U);
}

/* The round trip of the handshake is not known: the timeout stays the first. */
static void connection_of_a_cookie(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){ .mss = 1460 });
	struct xtcp_seg syn = syn_of(1400, true, 4, true, false), ack;
	struct server *s = new_server(536);
	struct xtcp_plan plan;
	struct xtcp_half h;

	s->limits = p->conn.limits;
	s->now = p->now;
	answer(s, &syn, &plan, &ack);
	p->now += ms(500);
	s->now = p->now;
	ack.arrived_us = p->now;
	KUNIT_ASSERT_TRUE(test, brings_back(s, &ack, &h));
	p->irs = h.irs;
	p->iss = h.iss;
	p->edge_known = false;
	xtcp_conn_from_half(&p->conn, &h, p->now);
	peer_arrives(p, &ack, 0);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), sec(1));
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)(1360 - XTCP_TS_SPACE));
	KUNIT_EXPECT_EQ(test, p->conn.snd.wscale, (u8)4);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wnd, 1000U << 4);
	KUNIT_EXPECT_TRUE(test, p->conn.ts.on);
	KUNIT_EXPECT_TRUE(test, p->conn.board.on);
	KUNIT_EXPECT_EQ(test, p->conn.ts.recent, ack.opt.tsval);
	KUNIT_EXPECT_EQ(test, p->conn.ts.recent_us, p->now);
	KUNIT_EXPECT_EQ(test, p->conn.ts.offset, 77U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_PASSIVE_OPENS), 1UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(period_is_never_0),
	KUNIT_CASE_PARAM(sizes_come_back, size_gen_params),
	KUNIT_CASE(all_options_come_back),
	KUNIT_CASE(header_as_planned),
	KUNIT_CASE(without_timestamps_only_the_size),
	KUNIT_CASE(accurate_ecn),
	KUNIT_CASE(accurate_ecn_of_a_marked_syn),
	KUNIT_CASE(no_accurate_ecn),
	KUNIT_CASE_PARAM(ages, age_gen_params),
	KUNIT_CASE(for_nobody_else),
	KUNIT_CASE(options_are_sealed),
	KUNIT_CASE(timestamps_nobody_agreed_to),
	KUNIT_CASE(few_numbers_are_cookies),
	KUNIT_CASE(blind_acks),
	KUNIT_CASE(connection_of_a_cookie),
	{}
};

static struct kunit_suite xtcp_syncookie_suite = {
	.name = "xtcp_syncookie",
	.test_cases = cases,
};

kunit_test_suite(xtcp_syncookie_suite);
