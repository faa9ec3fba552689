// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/report.c: which SACK blocks tell the peer what is out of order, and
 * what came twice (RFC 2018 2 to 4, 8; RFC 2883 4).
 */
#include "peer.h"

/* Each ACK is looked at. */
static void none_waits(struct xtcp_sysctls *knob)
{
	knob->comp_sack_nr = 0;
}

static struct peer *sacking(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rcv_buf = 60000,
				     .knobs = none_waits);

	p->show = SHOW_SACK;
	return p;
}

/* RFC 2018 2: on a SYN only, and blocks only if both ends said so. */
static void negotiation(struct kunit *test)
{
	struct peer *p = connecting(test, .sack = true);

	KUNIT_EXPECT_EQ(test, (int)p->last.opt.sack_ok, 1);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1000);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.sack_ok, 0);
	KUNIT_EXPECT_TRUE(test, p->conn.board.on);
	p = established(test);
	p->show = SHOW_SACK;
	recv_text(p, 101, 100);
	expect(p, "A1");
	p = accepted(test, .sack = true);
	p->show = SHOW_SACK;
	recv_text(p, 101, 100);
	expect(p, "A1<101-201>");
}

static void switch_off(struct xtcp_sysctls *knob)
{
	knob->sack = 0;
}

static void not_by_knob(struct kunit *test)
{
	struct peer *p = connecting(test, .sack = true, .knobs = switch_off);

	KUNIT_EXPECT_EQ(test, (int)p->last.opt.sack_ok, 0);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1000);
	KUNIT_EXPECT_FALSE(test, p->conn.board.on);
	p = accepted(test, .sack = true, .knobs = switch_off);
	KUNIT_EXPECT_FALSE(test, p->conn.board.on);
}

/* RFC 2018 4: the block of the segment that came last is the first. */
static void the_latest_first(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 1001, 100);
	expect(p, "A1<1001-1101>");
	recv_text(p, 3001, 100);
	expect(p, "A1<3001-3101 1001-1101>");
	recv_text(p, 2001, 100);
	expect(p, "A1<2001-2101 3001-3101 1001-1101>");
	recv_text(p, 1101, 50);
	expect(p, "A1<1001-1151 2001-2101 3001-3101>");
}

static void blocks_merge(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 1001, 100);
	recv_text(p, 1201, 100);
	recv_text(p, 1101, 100);
	expect(p, "A1<1001-1101> A1<1201-1301 1001-1101> A1<1001-1301>");
}

/* Four fit, three beside a timestamp (RFC 2018 3). */
static void as_many_as_fit(struct kunit *test)
{
	struct peer *p = sacking(test);
	int i;

	for (i = 1; i <= 6; i++)
		recv_text(p, 1000 * i, 10);
	peer_effects(p);
	recv_text(p, 7000, 10);
	expect(p, "A1<7000-7010 6000-6010 5000-5010 4000-4010>");
	p = established(test, .sack = true, .ts = true, .rcv_buf = 60000, .knobs = none_waits);
	p->show = SHOW_SACK;
	for (i = 1; i <= 6; i++)
		recv_text(p, 1000 * i, 10);
	peer_effects(p);
	recv_text(p, 7000, 10);
	expect(p, "A1<7000-7010 6000-6010 5000-5010>");
}

/* What is in order is acknowledged, not reported. */
static void filled_gap(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 101, 100);
	recv_text(p, 301, 100);
	peer_effects(p);
	recv_text(p, 1, 100);
	expect(p, "A201<301-401>");
	recv_text(p, 201, 100);
	expect(p, "A401");
}

/* RFC 2883 4.1: below the acknowledgment; once only. */
static void duplicate_of_old_text(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 1, 100);
	recv_text(p, 1, 100);
	expect(p, "A101 A101<1-101>");
	recv_text(p, 101, 10);
	expect(p, "A111");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_OLD_SENT), 1UL);
}

/* 4.2: the second block is the one in which the duplicate lies. */
static void duplicate_out_of_order(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 501, 500);
	recv_text(p, 2001, 100);
	peer_effects(p);
	recv_text(p, 601, 100);
	expect(p, "A1<601-701 501-1001 2001-2101>");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_OFO_SENT), 1UL);
	recv_text(p, 3001, 100);
	expect(p, "A1<3001-3101 501-1001 2001-2101>");
}

/* 4.3: of a segment that brings news too, the part that is none. */
static void partly_old_text(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 1, 100);
	peer_effects(p);
	recv_text(p, 51, 100);
	expect(p, "A151<51-101>");
	recv_text(p, 201, 100);
	recv_text(p, 151, 200);
	expect(p, "A151<201-301> A351<201-301>");
}

static void no_dsack(struct xtcp_sysctls *knob)
{
	knob->dsack = 0;
}

static void no_duplicates_by_knob(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .knobs = no_dsack);

	p->show = SHOW_SACK;
	recv_text(p, 1, 100);
	recv_text(p, 1, 100);
	expect(p, "A101 A101");
}

/* A peer without SACK hears nothing of it. */
static void no_duplicates_without_sack(struct kunit *test)
{
	struct peer *p = established(test);

	p->show = SHOW_SACK;
	recv_text(p, 1, 100);
	recv_text(p, 1, 100);
	expect(p, "A101 A101");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_OLD_SENT), 0UL);
}

/*
 * RFC 2018 4: in every ACK. Text that leaves no room is followed by a bare
 * one, so that segments keep their size.
 */
static void beside_text(struct kunit *test)
{
	struct peer *p = sacking(test);

	write_bytes(p, 100);
	expect(p, "1:101");
	recv_seg(p, .seq = 101, .ack = 101, .len = 100);
	expect(p, "A1<101-201>");
	write_bytes(p, 100);
	expect(p, "101:201<101-201>");
	recv_seg(p, .seq = 201, .ack = 201, .len = 100);
	expect(p, "A1<101-301>");
	write_bytes(p, 1000);
	expect(p, "201:1201");
	recv_ack(p, 1201);
	p->conn.owes |= XTCP_OWES_ACK;
	write_bytes(p, 1000);
	expect(p, "1201:2201 A1<101-301>");
}

static void nothing_after_the_fin(struct kunit *test)
{
	struct peer *p = sacking(test);

	recv_text(p, 101, 100);
	peer_effects(p);
	recv_seg(p, .seq = 1, .ack = 1, .len = 10, .flags = XTCP_ACK | XTCP_FIN);
	KUNIT_EXPECT_EQ(test, (int)p->conn.report.nr, 0);
}

/* RFC 2018 8: what is given up is not reported any longer. */
static void forgotten(struct kunit *test)
{
	struct xtcp_report r = { 0 };

	xtcp_report_add(&r, 100, 200);
	xtcp_report_add(&r, 300, 400);
	xtcp_report_add(&r, 500, 600);
	xtcp_report_forget(&r, 550);
	KUNIT_EXPECT_EQ(test, r.block[0].end, 550U);
	xtcp_report_forget(&r, 300);
	KUNIT_EXPECT_EQ(test, (int)r.nr, 1);
	KUNIT_EXPECT_EQ(test, r.block[0].first, 100U);
	KUNIT_EXPECT_EQ(test, r.block[0].end, 200U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(negotiation),
	KUNIT_CASE(not_by_knob),
	KUNIT_CASE(the_latest_first),
	KUNIT_CASE(blocks_merge),
	KUNIT_CASE(as_many_as_fit),
	KUNIT_CASE(filled_gap),
	KUNIT_CASE(duplicate_of_old_text),
	KUNIT_CASE(duplicate_out_of_order),
	KUNIT_CASE(partly_old_text),
	KUNIT_CASE(no_duplicates_by_knob),
	KUNIT_CASE(no_duplicates_without_sack),
	KUNIT_CASE(beside_text),
	KUNIT_CASE(nothing_after_the_fin),
	KUNIT_CASE(forgotten),
	{}
};

static struct kunit_suite xtcp_report_suite = {
	.name = "xtcp_report",
	.test_cases = cases,
};

kunit_test_suite(xtcp_report_suite);
