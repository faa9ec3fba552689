// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/newreno.c: fast retransmit, fast recovery, timeouts without SACK
 * (RFC 5681 3.2, RFC 6582, RFC 3042; rfc9293 MUST-19; mission S1.4).
 */
#include "peer.h"

static struct peer *ten_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(100));

	write_bytes(p, 10000);
	KUNIT_ASSERT_EQ(test, p->nr_sent, 10U);
	peer_effects(p);
	at(p, ms(100));
	return p;
}

static void dupacks(struct peer *p, u32 ack, u32 n)
{
	while (n--)
		recv_ack(p, ack);
}

/* RFC 5681 3.2 (2) */
static void third_duplicate_ack_retransmits(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_ack(p, 1);
	recv_ack(p, 1);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	recv_ack(p, 1);
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, p->conn.recovery.high, p->iss + 10001);
	/* Half of what is in flight, and three segments that have left. */
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 8000U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FAST_RETRANS), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_RENO_RECOVERY), 1UL);
}

/* RFC 3042: one new segment for each of the first two. */
static void limited_transmit(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	write_bytes(p, 5000);
	expect(p, "");
	recv_ack(p, 1);
	expect(p, "10001:11001");
	recv_ack(p, 1);
	expect(p, "11001:12001");
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
	recv_ack(p, 1);
	expect(p, "1:1001");
	/* "must not count limited-transmit data" */
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
}

/* RFC 5681 3.2 (4), (5): each further one inflates, and new text may go. */
static void further_duplicates_inflate(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	dupacks(p, 1, 3);
	write_bytes(p, 5000);
	expect(p, "1:1001");
	dupacks(p, 1, 2);
	expect(p, "");			/* 10 000 of 10 000 */
	recv_ack(p, 1);
	expect(p, "10001:11001");
	recv_ack(p, 1);
	expect(p, "11001:12001");
}

/* RFC 6582 3.2 (3): the full ACK ends it, without a burst. */
static void full_ack(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	dupacks(p, 1, 9);
	expect(p, "1:1001");
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_LE(test, p->conn.cc.cwnd, 5000U);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 2000U);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.dupacks, 0);
}

/* RFC 6582: a partial ACK sends the next hole at once and deflates. */
static void partial_ack(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);
	u32 cwnd;

	dupacks(p, 1, 8);
	expect(p, "1:1001");
	cwnd = p->conn.cc.cwnd;
	recv_ack(p, 4001);
	expect(p, "4001:5001");
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, cwnd - 4000 + 1000);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	recv_ack(p, 6001);
	expect(p, "6001:7001");
	recv_ack(p, 10001);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
}

/* Only the lost segment goes again, not what followed (mission S2.5c). */
static void only_the_lost_segment(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	recv_ack(p, 3001);
	dupacks(p, 3001, 6);
	expect(p, "3001:4001");
	recv_ack(p, 10001);
	at(p, sec(10));
	expect(p, "");
}

/* A run of several segments is cut: one of them goes again. */
static void a_lost_piece_of_a_run(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 65000);

	write_run(p, 5000);
	expect(p, "1:5001");
	recv_ack(p, 2001);
	dupacks(p, 2001, 3);
	expect(p, "2001:3001");
	recv_ack(p, 5001);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
}

/* RFC 6582 3.2 (1): not twice for one window. */
static void duplicates_after_recovery(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	dupacks(p, 1, 3);
	write_bytes(p, 10000);
	dupacks(p, 1, 7);
	peer_effects(p);
	recv_ack(p, 10001);
	peer_effects(p);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	/* ACKs of copies: three of them, just at "recover" */
	dupacks(p, 10001, 3);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FAST_RETRANS), 1UL);
}

/* RFC 5681 3.1, mission: one segment after a timeout, then slow start. */
static void timeout(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	at(p, ms(301));
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	recv_ack(p, 1001);
	expect(p, "1001:2001 2001:3001");
	recv_ack(p, 2001);
	expect(p, "3001:4001 4001:5001");
	recv_ack(p, 3001);
	recv_ack(p, 4001);
	recv_ack(p, 5001);
	peer_effects(p);
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* RFC 5681: ssthresh once for a window, not at each timeout of it. */
static void second_timeout_keeps_ssthresh(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	at(p, ms(2500));
	expect(p, "1:1001 1:1001 1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1000U);
}

/* What the ACK jumps over need not go again. */
static void timeout_of_one_segment(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	at(p, ms(301));
	expect(p, "1:1001");
	recv_ack(p, 10001);
	expect(p, "");
	/* Slow start ends at ssthresh, avoidance adds one segment at most. */
	write_bytes(p, 20000);
	KUNIT_EXPECT_LE(test, p->conn.snd.nxt - p->conn.snd.una, 6000U);
	KUNIT_EXPECT_GE(test, p->conn.snd.nxt - p->conn.snd.una, 2000U);
}

/* RFC 6582: duplicates of what the timeout sent start no recovery. */
static void duplicates_after_timeout(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	at(p, ms(301));
	peer_effects(p);
	dupacks(p, 1, 9);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FAST_RETRANS), 0UL);
}

/* A timeout in recovery ends it. */
static void timeout_in_recovery(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	dupacks(p, 1, 5);
	expect(p, "1:1001");
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1000U);
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
}

/* A lost FIN is text as far as loss goes, and may ride on it. */
static void lost_fin_goes_again(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	write_bytes(p, 1000);
	user_shutdown(p);
	expect(p, "1:1001 F1001");
	at(p, ms(250));
	expect(p, "1:1001F");
	recv_ack(p, 1001);
	at(p, ms(700));
	expect(p, "F1001");
	recv_ack(p, 1002);
	expect_state(p, FIN_WAIT_2);
}

/* Loss is not the application's pause: the window of a lost ACK stays. */
static void duplicate_with_nothing_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 1000);
	recv_ack(p, 1001);
	dupacks(p, 1001, 10);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 10000U);
}

/* linux-surface 1 reordering, 300 here. */
static void as_many_duplicates_as_wanted(struct kunit *test)
{
	struct peer *p = ten_in_flight(test);

	p->env.knob.reordering = 300;
	dupacks(p, 1, 299);
	expect(p, "");
	recv_ack(p, 1);
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, p->conn.cc.ssthresh + 300000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(third_duplicate_ack_retransmits),
	KUNIT_CASE(limited_transmit),
	KUNIT_CASE(further_duplicates_inflate),
	KUNIT_CASE(full_ack),
	KUNIT_CASE(partial_ack),
	KUNIT_CASE(only_the_lost_segment),
	KUNIT_CASE(a_lost_piece_of_a_run),
	KUNIT_CASE(duplicates_after_recovery),
	KUNIT_CASE(timeout),
	KUNIT_CASE(second_timeout_keeps_ssthresh),
	KUNIT_CASE(timeout_of_one_segment),
	KUNIT_CASE(duplicates_after_timeout),
	KUNIT_CASE(timeout_in_recovery),
	KUNIT_CASE(lost_fin_goes_again),
	KUNIT_CASE(duplicate_with_nothing_in_flight),
	KUNIT_CASE(as_many_duplicates_as_wanted),
	{}
};

static struct kunit_suite xtcp_newreno_suite = {
	.name = "xtcp_newreno",
	.test_cases = cases,
};

kunit_test_suite(xtcp_newreno_suite);
