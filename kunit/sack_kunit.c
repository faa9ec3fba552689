// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/sack.c: which blocks are believed and what they mark (RFC 2018 5,
 * RFC 2883 5; RFC 6675 2).
 */
#include "peer.h"

static struct peer *ten_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(100));

	write_bytes(p, 10000);
	KUNIT_ASSERT_EQ(test, p->nr_sent, 10U);
	peer_effects(p);
	at(p, ms(100));
	return p;
}

static void blocks_are_counted_once(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_sack(p, 1, { 3001, 5001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 2000U);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 8000U);
	KUNIT_EXPECT_EQ(test, p->conn.board.fack, p->iss + 5001);
	recv_sack(p, 1, { 3001, 5001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 2000U);
	recv_sack(p, 1, { 3001, 6001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 3000U);
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, p->conn.board.fack, p->iss + 10001);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
}

/* The acknowledgment moves into the middle of what was SACKed. */
static void acknowledged_in_part(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_sack(p, 1, { 1001, 2001 });
	recv_ack(p, 1501);
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 500U);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 8000U);
}

/* A run that went as one is cut where the blocks have their edges. */
static void a_run_is_cut(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .gso = 65000);

	write_run(p, 5000);
	expect(p, "1:5001");
	recv_sack(p, 1, { 2001, 3001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 1000U);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 3);
	recv_sack(p, 1, { 2001, 5001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 3000U);
}

/* Part of a segment is not news: it could be of any size. */
static void parts_of_segments(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .gso = 65000);

	write_run(p, 5000);
	recv_sack(p, 1, { 1500, 2700 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 1);
	recv_sack(p, 1, { 1500, 3700 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 1000U);
}

static void short_of_memory(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .gso = 65000);

	write_run(p, 5000);
	p->fail_cuts = 1;
	recv_sack(p, 1, { 2001, 3001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
	recv_sack(p, 1, { 2001, 3001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 1000U);
}

/* What we have not sent, what is over, and what is no range at all. */
static void senseless_blocks(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_ack(p, 2001);
	recv_sack(p, 2001, { 9001, 10002 });
	recv_sack(p, 2001, { 5001, 5001 });
	recv_sack(p, 2001, { 5001, 4001 });
	recv_sack(p, 2001, { 0x80000000, 0x90000000 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, p->conn.board.fack, p->iss + 2001);
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->iss + 10001);
}

/* Blocks of an old ACK say nothing. */
static void old_ack(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_ack(p, 2001);
	recv_sack(p, 1, { 3001, 4001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
}

/* RFC 2018 2: not if our SYN, or theirs, did not say so. */
static void not_agreed(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 3000);
	recv_sack(p, 1, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
}

/* RFC 2883 5: below the ACK, or within the second block. */
static void duplicates(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_sack(p, 2001, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_RECV), 1UL);
	recv_sack(p, 2001, { 4001, 5001 }, { 3001, 6001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_OFO_RECV), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 3000U);
	recv_sack(p, 2001, { 3001, 6001 }, { 8001, 9001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_RECV), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_OFO_RECV), 1UL);
}

/* A FIN can be out of order as text can. */
static void the_fin(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(100));

	write_bytes(p, 3000);
	user_shutdown(p);
	expect(p, "1:1001 1001:2001 2001:3001 F3001");
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 3002 });
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 2001U);
	at(p, ms(130));
	expect(p, "1:1001");
	recv_ack(p, 3002);
	expect_state(p, FIN_WAIT_2);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(blocks_are_counted_once),
	KUNIT_CASE(acknowledged_in_part),
	KUNIT_CASE(a_run_is_cut),
	KUNIT_CASE(parts_of_segments),
	KUNIT_CASE(short_of_memory),
	KUNIT_CASE(senseless_blocks),
	KUNIT_CASE(old_ack),
	KUNIT_CASE(not_agreed),
	KUNIT_CASE(duplicates),
	KUNIT_CASE(the_fin),
	{}
};

static struct kunit_suite xtcp_sack_suite = {
	.name = "xtcp_sack",
	.test_cases = cases,
};

kunit_test_suite(xtcp_sack_suite);
