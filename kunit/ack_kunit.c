// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/ack.c: the fifth step: which ACKs count, the send window, round-trip
 * samples (RFC 9293 3.10.7.4, RFC 5961 5, RFC 5681 2; rfc9293 section 4,
 * MUST-1, MUST-34, MAY-12, SHLD-14 to SHLD-16).
 */
#include "peer.h"

static void ack_of_what_was_not_sent(struct kunit *test)
{
	struct peer *p = established(test);

	write_bytes(p, 100);
	peer_effects(p);
	recv_ack(p, 102);
	expect(p, "A1");
	expect_drop(p, UNSENT_ACK);
	KUNIT_EXPECT_EQ(test, p->conn.snd.una, p->iss + 1);
	/* Its text does not count either. */
	recv_seg(p, .seq = 1, .ack = 5000, .len = 50);
	expect_drop(p, UNSENT_ACK);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 0U);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

struct old_row {
	const char *desc;
	u32 back;	/* SND.UNA - SEG.ACK */
	bool kept;
};

/* MAX.SND.WND is 3000; RFC 5961 5.2 */
static const struct old_row old_rows[] = {
	{ "SND.UNA", 0, true },
	{ "a window back", 3000, true },
	{ "a window and one back", 3001, false },
	{ "long ago", 0x70000000, false },
};

KUNIT_ARRAY_PARAM_DESC(old, old_rows, desc);

static void old_ack(struct kunit *test)
{
	const struct old_row *row = test->param_value;
	struct peer *p = established(test, .wnd = 3000, .mss = 1000);

	p->conn.delack.quick = 0;
	write_bytes(p, 3000);
	recv_ack(p, 3001);
	write_bytes(p, 3000);
	recv_ack(p, 6001);
	peer_effects(p);
	recv_seg(p, .seq = 1, .ack = 6001 - row->back, .len = 10);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), row->kept ? 10U : 0U);
	KUNIT_EXPECT_EQ(test, p->conn.snd.una, p->iss + 6001);
	if (!row->kept) {
		expect_drop(p, OLD_ACK);
		expect(p, "A1");
	}
}

static void ack_frees_what_it_covers(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 3000);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 3);
	peer_wakes(p);
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 2);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_WRITE);
	/* Half of a descriptor keeps it whole. */
	recv_ack(p, 1501);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 2);
	KUNIT_EXPECT_EQ(test, xtcp_unacked(&p->conn), 1500U);
	recv_ack(p, 3001);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
	KUNIT_EXPECT_EQ(test, xtcp_unacked(&p->conn), 0U);
}

struct wnd_row {
	const char *desc;
	int seq;	/* from the last update's */
	int ack;
	bool taken;
};

/* WL1 is 101, WL2 is 1001; figure 4 of 3.10.7.4 */
static const struct wnd_row wnd_rows[] = {
	{ "same segment again", 0, 0, true },
	{ "newer SEQ, same ACK", 100, 0, true },
	{ "newer SEQ, newer ACK", 100, 1000, true },
	{ "same SEQ, newer ACK", 0, 1000, true },
	{ "same SEQ, older ACK", 0, -500, false },
	{ "older SEQ", -50, 1000, false },
};

KUNIT_ARRAY_PARAM_DESC(wnd, wnd_rows, desc);

static void window_update(struct kunit *test)
{
	const struct wnd_row *row = test->param_value;
	struct peer *p = established(test, .mss = 1000);
	u32 before;

	write_bytes(p, 3000);
	recv_seg(p, .seq = 1, .ack = 1001, .len = 100);
	recv_seg(p, .seq = 101, .ack = 1001);
	before = p->conn.snd.wnd;
	KUNIT_EXPECT_EQ(test, before, 65535U);
	p->wnd = 7777;
	recv_seg(p, .seq = 101 + row->seq, .ack = 1001 + row->ack,
		 .len = row->seq < 0 ? 100 : 10);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wnd, row->taken ? 7777U : before);
	KUNIT_EXPECT_EQ(test, p->conn.snd.max_wnd, 65535U);
}

/* MUST-1: 65535 is not -1. */
static void window_is_unsigned(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1460);

	p->conn.cc.cwnd = 1000000;
	write_bytes(p, 200000);
	KUNIT_EXPECT_GT(test, p->conn.snd.nxt - p->conn.snd.una, 32767U);
	KUNIT_EXPECT_LE(test, p->conn.snd.nxt - p->conn.snd.una, 65535U);
}

static void window_is_scaled(struct kunit *test)
{
	struct peer *p = established(test, .scaling = true, .wscale = 14, .mss = 1000);

	KUNIT_EXPECT_EQ(test, p->conn.snd.wnd, 65535U);
	recv_ack(p, 1);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wnd, 65535U << 14);
}

/* MUST-34, SHLD-15: no new text; SHLD-16: what was sent may go again. */
static void window_shrinks(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	write_bytes(p, 8000);
	peer_effects(p);
	recv_ack_wnd(p, 1001, 2000);
	write_bytes(p, 5000);
	expect(p, "");
	at(p, ms(250));
	expect(p, "1001:2001");
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->iss + 8001);
	recv_ack_wnd(p, 8001, 3000);
	expect(p, "8001:9001 9001:10001 10001:11001");
}

/* RFC 5681 2: each condition of a duplicate, alone missing. */
static void what_is_a_duplicate(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	struct xtcp_recovery *r = &p->conn.recovery;

	recv_ack(p, 1);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 0);	/* nothing outstanding */
	write_bytes(p, 5000);
	recv_ack(p, 1);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 1);
	recv_seg(p, .seq = 1, .ack = 1, .len = 10);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 1);	/* text */
	recv_ack_wnd(p, 1, 60000);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 1);	/* window changed */
	recv_ack(p, 1);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 2);
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, (int)r->dupacks, 0);	/* new data acknowledged */
}

/* One sample, of the newest segment that the ACK covers. */
static void sample_of_the_newest(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(64));

	write_bytes(p, 1000);
	at(p, ms(64));
	write_bytes(p, 1000);
	at(p, ms(128));
	recv_ack(p, 2001);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 64000U);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.rttvar_us, 24000U);
}

/* In the states after our FIN the ACK of the FIN alone moves on. */
static void ack_of_text_is_not_of_fin(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 1000);
	user_shutdown(p);
	expect(p, "1:1001 F1001");
	recv_ack(p, 1001);
	expect_state(p, FIN_WAIT_1);
	recv_ack(p, 1002);
	expect_state(p, FIN_WAIT_2);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(ack_of_what_was_not_sent),
	KUNIT_CASE_PARAM(old_ack, old_gen_params),
	KUNIT_CASE(ack_frees_what_it_covers),
	KUNIT_CASE_PARAM(window_update, wnd_gen_params),
	KUNIT_CASE(window_is_unsigned),
	KUNIT_CASE(window_is_scaled),
	KUNIT_CASE(window_shrinks),
	KUNIT_CASE(what_is_a_duplicate),
	KUNIT_CASE(sample_of_the_newest),
	KUNIT_CASE(ack_of_text_is_not_of_fin),
	{}
};

static struct kunit_suite xtcp_ack_suite = {
	.name = "xtcp_ack",
	.test_cases = cases,
};

kunit_test_suite(xtcp_ack_suite);
