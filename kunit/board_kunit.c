// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/board.c: marks and their sums, whatever is cut and acknowledged
 * (RFC 6675 2).
 */
#include "peer.h"

static struct peer *a_run(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .gso = 65000);

	write_run(p, 5000);
	write_run(p, 5000);
	KUNIT_ASSERT_EQ(test, p->conn.snd.nxt, p->iss + 10001);
	peer_effects(p);
	return p;
}

static struct xtcp_tx *nth(struct peer *p, u32 n)
{
	struct xtcp_tx *tx = xtcp_txq_first_sent(&p->conn.txq);

	while (n--)
		tx = xtcp_txq_next_sent(&p->conn.txq, tx);
	return tx;
}

static void lost_is_not_in_flight(struct kunit *test)
{
	struct peer *p = a_run(test);

	xtcp_mark_lost(&p->conn, nth(p, 1));
	xtcp_mark_lost(&p->conn, nth(p, 1));
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 5000U);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 5000U);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_first_lost(&p->conn), nth(p, 1));
	/* A lower one, later, is the first nevertheless. */
	xtcp_mark_lost(&p->conn, nth(p, 0));
	KUNIT_EXPECT_PTR_EQ(test, xtcp_first_lost(&p->conn), nth(p, 0));
	xtcp_board_sent(&p->conn, nth(p, 0), p->now);
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 5000U);
	KUNIT_EXPECT_PTR_EQ(test, xtcp_first_lost(&p->conn), nth(p, 1));
	KUNIT_EXPECT_EQ(test, p->conn.board.high_resent, p->iss + 5001);
	xtcp_unmark(&p->conn, XTCP_LOST);
	KUNIT_EXPECT_NULL(test, xtcp_first_lost(&p->conn));
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 10000U);
}

/* What the acknowledgment covers of a lost run is not lost. */
static void part_of_a_lost_run(struct kunit *test)
{
	struct peer *p = a_run(test);
	struct xtcp_delivery d = { .una = p->conn.snd.una };
	struct xtcp_seg seg = { .ack = p->iss + 2001, .arrived_us = p->now };

	xtcp_mark_lost(&p->conn, nth(p, 0));
	xtcp_board_ack(&p->conn, &seg, &d);
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 3000U);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 5000U);
	KUNIT_EXPECT_EQ(test, xtcp_conn_check(&p->conn), 0);
}

static void sacked_is_no_longer_lost(struct kunit *test)
{
	struct peer *p = a_run(test);
	struct xtcp_delivery d = { .una = p->conn.snd.una };
	struct xtcp_seg seg = { .arrived_us = p->now };

	xtcp_mark_lost(&p->conn, nth(p, 1));
	xtcp_mark_sacked(&p->conn, nth(p, 1), &seg, &d);
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 5000U);
	KUNIT_EXPECT_EQ(test, d.bytes, 5000U);
	xtcp_mark_lost(&p->conn, nth(p, 1));
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
	xtcp_unmark(&p->conn, XTCP_SACKED);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 10000U);
}

/* RFC 6298 3: no sample of what went twice; the latest of what went once. */
static void round_trips(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(100));
	struct xtcp_delivery d = { .una = p->conn.snd.una };
	struct xtcp_seg seg = { .ack = p->iss + 2001, .arrived_us = p->now + ms(150) };

	write_bytes(p, 1000);
	at(p, ms(50));
	write_bytes(p, 1000);
	p->now = p->origin + ms(150);
	xtcp_board_ack(&p->conn, &seg, &d);
	KUNIT_EXPECT_EQ(test, d.acked, 2000U);
	KUNIT_EXPECT_EQ(test, d.bytes, 2000U);
	KUNIT_EXPECT_EQ(test, d.rtt_us, (u32)ms(100));
	KUNIT_EXPECT_FALSE(test, d.resent);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(lost_is_not_in_flight),
	KUNIT_CASE(part_of_a_lost_run),
	KUNIT_CASE(sacked_is_no_longer_lost),
	KUNIT_CASE(round_trips),
	{}
};

static struct kunit_suite xtcp_board_suite = {
	.name = "xtcp_board",
	.test_cases = cases,
};

kunit_test_suite(xtcp_board_suite);
