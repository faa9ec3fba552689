// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/undo.c: reductions that were in vain are taken back (RFC 3522,
 * RFC 3708, RFC 4015).
 */
#include <linux/math64.h>
#include "peer.h"

static struct peer *ten_in_flight(struct kunit *test, bool ts)
{
	struct peer *p = established(test, .sack = true, .rtt_us = ms(100), .ts = ts,
				     .mss = ts ? 1012 : 1000);

	write_bytes(p, 10000);
	KUNIT_ASSERT_EQ(test, p->nr_sent, 10U);
	peer_effects(p);
	at(p, ms(100));
	return p;
}

/* What our clock showed us before. */
static u32 our_ts(const struct peer *p, u64 us)
{
	return p->conn.ts.offset + (u32)div_u64(p->origin + us, 1000);
}

static struct peer *timed_out(struct kunit *test, bool ts)
{
	struct peer *p = ten_in_flight(test, ts);

	p->conn.tlp.out = true;
	at(p, ms(301));
	expect(p, "1:1001");
	KUNIT_ASSERT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	return p;
}

/* RFC 3522 3.2: the ACK echoes a time before the retransmission. */
static void the_original_is_echoed(struct kunit *test)
{
	struct peer *p = timed_out(test, true);

	recv_seg(p, .seq = 1, .ack = 1001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TS_UNDO), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
	expect(p, "");
}

static void the_retransmission_is_echoed(struct kunit *test)
{
	struct peer *p = timed_out(test, true);

	recv_seg(p, .seq = 1, .ack = 1001, .tsecr = our_ts(p, ms(300)));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TS_UNDO), 0UL);
}

/* The same in fast recovery; and three were no proof: wait longer. */
static void fast_retransmit_in_vain(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, true);

	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "1:1001");
	at(p, ms(110));
	recv_seg(p, .seq = 1, .ack = 4001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
	KUNIT_EXPECT_TRUE(test, p->conn.rack.reordered);
	KUNIT_EXPECT_EQ(test, (int)p->conn.rack.mult, 1);
}

/* A model that subtracts what is lost never hears of it, if between two ACKs it was and was not. */
static void a_model_is_not_told(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, true);

	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_bbr);
	p->conn.rack.reordered = true;
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "");
	at(p, ms(150));
	KUNIT_ASSERT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_ASSERT_EQ(test, p->conn.board.lost + p->conn.undo.resent, 1000U);
	recv_seg(p, .seq = 1, .ack = 4001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	/* What arrived in the start came on top of the first window. */
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U + 4000);
}

/*
 * It is none of the 16 recoveries after which the reordering window shrinks (RFC 8985 6.2.4), of
 * which a path that reorders makes more than that in a round trip.
 */
static void what_was_in_vain_is_no_recovery(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, true);
	struct xtcp_rack *r = &p->conn.rack;

	r->mult = 5;
	r->persist = 1;
	r->dup_round = true;
	r->round = p->conn.snd.nxt;
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "1:1001");
	at(p, ms(110));
	recv_seg(p, .seq = 1, .ack = 4001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, (int)r->mult, 5);
	KUNIT_EXPECT_EQ(test, (int)r->persist, 1);
}

/* Without SACK timestamps tell it as well. */
static void without_sack(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = ms(100), .ts = true, .mss = 1012);

	write_bytes(p, 10000);
	at(p, ms(100));
	recv_ack(p, 1);
	recv_ack(p, 1);
	recv_ack(p, 1);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	at(p, ms(110));
	recv_seg(p, .seq = 1, .ack = 4001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
}

/* RFC 3708 2: all that went again came twice. */
static void all_came_twice(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	recv_sack(p, 1, { 2001, 5001 });
	expect(p, "1:1001");
	recv_sack(p, 1, { 2001, 7001 });
	expect(p, "1001:2001");
	at(p, ms(110));
	recv_ack(p, 7001);
	recv_sack(p, 7001, { 1, 1001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	recv_sack(p, 7001, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_UNDO), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
}

/* Duplicates of what went before that are no matter of this recovery. */
static void older_duplicates(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	recv_ack(p, 2001);
	recv_sack(p, 2001, { 3001, 6001 });
	expect(p, "2001:3001");
	recv_sack(p, 2001, { 1, 1001 }, { 3001, 6001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_UNDO), 0UL);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
}

/* What went again in the recovery before, and is still out, may have been in vain as well. */
static void resent_in_the_recovery_before(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);
	u32 cwnd;

	write_bytes(p, 20000);
	recv_sack(p, 1, { 1001, 10001 });
	at(p, ms(200));
	recv_sack(p, 1, { 11001, 12001 }, { 1001, 10001 });
	cwnd = p->conn.cc.ssthresh;
	recv_sack(p, 10001, { 11001, 12001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 2UL);
	peer_effects(p);
	recv_ack(p, 12001);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_UNDO), 0UL);
	recv_sack(p, 12001, { 10001, 11001 });
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DSACK_UNDO), 1UL);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, cwnd);
}

/* RFC 4015 3.2 (6): no burst where all has been acknowledged meanwhile. */
static void no_burst(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .rtt_us = ms(100), .mss = 1000);

	p->conn.cc.cwnd = 40000;
	write_bytes(p, 40000);
	p->conn.tlp.out = true;
	at(p, ms(301));
	peer_effects(p);
	recv_sack(p, 1, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 40000U);
	p = established(test, .sack = true, .rtt_us = ms(100), .mss = 1000, .ts = true);
	p->conn.cc.cwnd = 40000;
	write_bytes(p, 9880);
	p->conn.tlp.out = true;
	at(p, ms(301));
	recv_seg(p, .seq = 1, .ack = 9881, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10 * 988U);
	/* From there slow start: the path has taken more before. */
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
}

/* The user has chosen another algorithm: what the old one kept is not its own. */
static void another_algorithm(struct kunit *test)
{
	struct peer *p = timed_out(test, true);

	p->conn.undo.cc.priv[0] = 77;
	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_cubic);
	recv_seg(p, .seq = 1, .ack = 1001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_PTR_EQ(test, p->conn.cc.ops, &xtcp_cc_cubic);
	KUNIT_EXPECT_EQ(test, p->conn.cc.priv[0], 0ULL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
}

static int undone;

static void count_undo(struct xtcp_cc *cc)
{
	undone++;
}

/* The algorithm is told, once; not if it is another one than was told of the loss. */
static void algorithm_is_told(struct kunit *test)
{
	struct xtcp_cc_ops ops = xtcp_cc_reno;
	struct peer *p;

	ops.on_undo = count_undo;
	undone = 0;
	p = ten_in_flight(test, true);
	p->conn.cc.ops = &ops;
	recv_sack(p, 1, { 1001, 4001 });
	at(p, ms(110));
	recv_seg(p, .seq = 1, .ack = 4001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, undone, 1);
	p = timed_out(test, true);
	p->conn.cc.ops = &ops;
	recv_seg(p, .seq = 1, .ack = 1001, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, undone, 1);
	p->conn.cc.ops = &xtcp_cc_reno;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_original_is_echoed),
	KUNIT_CASE(the_retransmission_is_echoed),
	KUNIT_CASE(fast_retransmit_in_vain),
	KUNIT_CASE(a_model_is_not_told),
	KUNIT_CASE(what_was_in_vain_is_no_recovery),
	KUNIT_CASE(without_sack),
	KUNIT_CASE(all_came_twice),
	KUNIT_CASE(older_duplicates),
	KUNIT_CASE(resent_in_the_recovery_before),
	KUNIT_CASE(no_burst),
	KUNIT_CASE(another_algorithm),
	KUNIT_CASE(algorithm_is_told),
	{}
};

static struct kunit_suite xtcp_undo_suite = {
	.name = "xtcp_undo",
	.test_cases = cases,
};

kunit_test_suite(xtcp_undo_suite);
