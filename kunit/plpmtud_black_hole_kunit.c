// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/plpmtud.c where the path has become a black hole: it drops what is too
 * big and does not say so (RFC 4821 7.7; rfcs "PMTUD"; linux-surface
 * mtu_probing, base_mss, mtu_probe_floor, min_snd_mss).
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include "peer.h"

#define RTT_MS	100

static void always(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
}

static void after_black_hole(struct xtcp_sysctls *k)
{
	k->mtu_probing = 1;
}

/* As many timeouts as are needed for one more retransmission, n times. */
static void next_timeout(struct peer *p)
{
	peer_effects(p);
	at(p, p->conn.deadline[XTCP_TIMER_RTO] - p->origin);
}

static struct peer *in_black_hole(struct kunit *test, void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = established(test, .sack = true, .gso = 20480, .rtt_us = ms(RTT_MS),
				     .knobs = knobs);

	write_bytes(p, 14600);
	p->conn.tlp.out = true;
	return p;
}

/* 7.6.4: at R1 the segments shrink to base_mss, then by halves. */
static void segments_shrink_in_a_black_hole(struct kunit *test)
{
	static const u32 len[] = { 1460, 1460, 1024, 512, 256, 128, 64, 48, 48 };
	struct peer *p = in_black_hole(test, after_black_hole);
	int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		next_timeout(p);
		KUNIT_EXPECT_EQ(test, p->last.seq, p->iss + 1);
		KUNIT_EXPECT_EQ(test, p->last.len, len[i]);
		KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, len[i]);
	}
	KUNIT_EXPECT_EQ(test, (int)p->conn.retransmits, (int)ARRAY_SIZE(len));
}

static void never_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 0;
}

static void retries1_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 1;
	k->retries1 = 5;
}

static void floor_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 1;
	k->mtu_probe_floor = 300;
}

static void min_snd_mss_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 1;
	k->min_snd_mss = 400;
}

static void base_700_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 1;
	k->base_mss = 700;
}

struct shrink_row {
	const char *desc;
	void (*knobs)(struct xtcp_sysctls *knob);
	u32 timeouts;
	u32 len;
};

static const struct shrink_row shrink_rows[] = {
	{ "mtu_probing 0", never_knob, 8, 1460 },
	{ "mtu_probing 2", always, 3, 512 },
	{ "R1 is not reached", retries1_knob, 4, 1460 },
	{ "R1 is reached", retries1_knob, 5, 1024 },
	{ "base_mss", base_700_knob, 3, 700 },
	{ "mtu_probe_floor", floor_knob, 8, 300 },
	{ "min_snd_mss", min_snd_mss_knob, 8, 400 },
};

KUNIT_ARRAY_PARAM_DESC(shrink, shrink_rows, desc);

static void how_far_segments_shrink(struct kunit *test)
{
	const struct shrink_row *row = test->param_value;
	struct peer *p = in_black_hole(test, row->knobs);
	u32 i;

	for (i = 0; i < row->timeouts; i++)
		next_timeout(p);
	KUNIT_EXPECT_EQ(test, p->last.len, row->len);
}

/* What was queued and sent in greater pieces arrives, and the search goes up. */
static void out_of_a_black_hole(struct kunit *test)
{
	struct peer *p = in_black_hole(test, after_black_hole);
	int i;

	write_bytes(p, 30000);
	for (i = 0; i < 3; i++)
		next_timeout(p);
	while (p->conn.snd.una != p->conn.snd.nxt) {
		KUNIT_ASSERT_LE(test, p->nr_sent, 200U);
		KUNIT_ASSERT_EQ(test, p->conn.snd.mss, (u16)1024);
		KUNIT_EXPECT_EQ(test, p->last.mss, (u16)1024);
		after(p, ms(RTT_MS));
		recv_ack(p, p->last.seq + p->last.len - p->iss);
		if (p->conn.plpmtud.len)
			break;
	}
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, (1024U + 1460) / 2);
	recv_ack(p, sent_to(p));
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1242);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_MTUP_SUCCESS), 1UL);
}

struct small_row {
	const char *desc;
	u32 len;
	u16 mss;
};

static const struct small_row small_rows[] = {
	{ "the least is not too big for any path", 48, 1460 },
	{ "a byte more may be", 49, 256 },
	{ "below base_mss, the same", 900, 256 },
};

KUNIT_ARRAY_PARAM_DESC(small, small_rows, desc);

static void small_segments(struct kunit *test)
{
	const struct small_row *row = test->param_value;
	struct peer *p = established(test, .rtt_us = ms(RTT_MS), .knobs = after_black_hole);
	int i;

	write_bytes(p, row->len);
	for (i = 0; i < 5; i++)
		next_timeout(p);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, row->mss);
	KUNIT_EXPECT_EQ(test, p->last.len, min_t(u32, row->len, row->mss));
}

/* There is no smaller FIN. */
static void fin_is_not_too_big(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = ms(RTT_MS), .knobs = after_black_hole);
	int i;

	user_shutdown(p);
	for (i = 0; i < 5; i++)
		next_timeout(p);
	expect(p, "F1");
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
}

/* An ICMP error has told why nothing arrives. */
static void unreachable_is_no_black_hole(struct kunit *test)
{
	struct peer *p = in_black_hole(test, after_black_hole);
	int i;

	xtcp_icmp_error(&p->conn, EHOSTUNREACH);
	for (i = 0; i < 5; i++)
		next_timeout(p);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
}

/* The peer takes nothing, whatever its size. */
static void closed_window_is_no_black_hole(struct kunit *test)
{
	struct peer *p = in_black_hole(test, after_black_hole);
	int i;

	recv_ack_wnd(p, 1, 0);
	for (i = 0; i < 5; i++)
		next_timeout(p);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
}

static void peer_mss_knob(struct xtcp_sysctls *k)
{
	k->min_snd_mss = 500;
}

/* min_snd_mss: what a peer announces is taken for this much at least. */
static void tiny_mss_of_the_peer(struct kunit *test)
{
	struct peer *p = established(test, .mss = 100, .knobs = peer_mss_knob);

	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)500);
	p = established(test, .mss = 501, .knobs = peer_mss_knob);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)501);
	p = accepted(test, .mss = 100, .knobs = peer_mss_knob);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)500);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(segments_shrink_in_a_black_hole),
	KUNIT_CASE_PARAM(how_far_segments_shrink, shrink_gen_params),
	KUNIT_CASE(out_of_a_black_hole),
	KUNIT_CASE_PARAM(small_segments, small_gen_params),
	KUNIT_CASE(fin_is_not_too_big),
	KUNIT_CASE(unreachable_is_no_black_hole),
	KUNIT_CASE(closed_window_is_no_black_hole),
	KUNIT_CASE(tiny_mss_of_the_peer),
	{}
};

static struct kunit_suite xtcp_plpmtud_black_hole_suite = {
	.name = "xtcp_plpmtud_black_hole",
	.test_cases = cases,
};

kunit_test_suite(xtcp_plpmtud_black_hole_suite);
