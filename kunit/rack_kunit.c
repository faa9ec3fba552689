// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/rack.c: what is lost by time, and how long reordering is waited for
 * (RFC 8985 6).
 */
#include "peer.h"

#define MIN_RTT		ms(100)
#define WINDOW		(MIN_RTT / 4)

static struct peer *ten_in_flight(struct kunit *test, bool ts)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = MIN_RTT,
				     .ts = ts);

	p->conn.snd.mss = 1000;
	p->conn.cc.mss = 1000;
	p->conn.cc.cwnd = 10000;
	write_bytes(p, 10000);
	KUNIT_ASSERT_EQ(test, p->nr_sent, 10U);
	peer_effects(p);
	p->show = SHOW_TIME;
	return p;
}

/* 6.2: a quarter of the round trip for what may only be late. */
static void one_overtakes(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 2001, 3001 });
	at(p, ms(124));
	expect(p, "");
	at(p, ms(130));
	/* Both before it; at half the rate (RFC 9937), so the second waits. */
	expect(p, "[125]1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 1000U);
}

/* 6.2.1: three of them, and nothing was ever reordered: no patience. */
static void three_overtake(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 3001 });
	expect(p, "");
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "[100]1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
}

/* What comes in time is no loss. */
static void late_within_the_window(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 2001 });
	at(p, ms(120));
	recv_ack(p, 2001);
	at(p, ms(140));
	expect(p, "");
	KUNIT_EXPECT_TRUE(test, p->conn.rack.reordered);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_REORDER), 1UL);
}

/* 6.2.1: on a path that reorders, three are no proof any more. */
static void patience_after_reordering(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 2001 });
	recv_ack(p, 2001);
	recv_sack(p, 2001, { 3001, 9001 });
	at(p, ms(124));
	expect(p, "");
	at(p, ms(130));
	expect(p, "[125]2001:3001");
}

/* 6.2.4: a D-SACK makes the window a quarter longer, for 16 recoveries. */
static void window_grows_by_duplicates(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);
	int i;

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 2001 });
	recv_sack(p, 2001, { 1, 1001 });
	/* Once for a round trip. */
	recv_sack(p, 2001, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.rack.mult, 1);
	recv_sack(p, 2001, { 3001, 9001 });
	p->origin = p->now;
	at(p, ms(49));
	expect(p, "");
	at(p, ms(60));
	expect(p, "[50]2001:3001");
	for (i = 0; i < 16; i++)
		xtcp_rack_recovered(&p->conn);
	KUNIT_EXPECT_EQ(test, (int)p->conn.rack.mult, 0);
}

/* Never longer than the smoothed round trip. */
static void window_is_bounded(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->conn.rack.mult = 200;
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, p->conn.deadline[XTCP_TIMER_REO],
			p->origin + MIN_RTT + p->conn.rtt.srtt_us);
}

/* What went again and is overtaken again is lost again. */
static void a_lost_retransmission(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "[100]1:1001");
	at(p, ms(110));
	write_bytes(p, 1000);
	recv_sack(p, 1, { 1001, 8001 });
	expect(p, "[110]10001:11001");
	/* What was sent before it proves nothing. */
	at(p, ms(205));
	recv_sack(p, 1, { 1001, 10001 });
	expect(p, "");
	at(p, ms(210));
	recv_sack(p, 1, { 1001, 11001 });
	expect(p, "[210]1:1001");
}

/* 6.2.1: a round trip below the least ever: it was the first that arrived. */
static void ambiguous_by_time(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	at(p, ms(100));
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "[100]1:1001");
	at(p, ms(150));
	recv_ack(p, 4001);
	KUNIT_EXPECT_EQ(test, p->conn.rack.xmit_us, p->origin);
	KUNIT_EXPECT_EQ(test, p->conn.rack.rtt_us, (u32)MIN_RTT);
}

/* 6.3: a timeout does not mean that what was sent just now is lost. */
static void timeout_spares_the_young(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = MIN_RTT);

	write_bytes(p, 2000);
	p->conn.tlp.out = true;		/* leaves the probe out of it */
	at(p, ms(250));
	write_bytes(p, 2000);
	expect(p, "1:1001 1001:2001 2001:3001 3001:4001");
	at(p, ms(301));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 1000U);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 3000U);
}

/* linux-surface 1 reordering: so many, not three, are a proof. */
static void proof_is_a_knob(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->env.knob.reordering = 5;
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 5001 });
	expect(p, "");
	recv_sack(p, 1, { 1001, 6001 });
	expect(p, "[100]1:1001");
}

/* linux-surface 1 max_reordering: no more than that, whatever reordering says. */
static void proof_is_bounded(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->env.knob.reordering = 5;
	p->env.knob.max_reordering = 2;
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 2001 });
	expect(p, "");
	recv_sack(p, 1, { 1001, 3001 });
	expect(p, "[100]1:1001");
}

/* linux-surface 1 recovery, 2: what came twice widens nothing. */
static void window_that_stays(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->env.knob.recovery |= XTCP_RECOVERY_STATIC_WINDOW;
	p->conn.rack.mult = 3;
	at(p, ms(100));
	recv_sack(p, 1, { 2001, 3001 });
	at(p, ms(130));
	expect(p, "[125]1:1001");
}

/* linux-surface 1 recovery, 4: the window is waited for, however many have overtaken. */
static void no_number_is_proof(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->env.knob.recovery |= XTCP_RECOVERY_NO_DUPTHRESH;
	at(p, ms(100));
	recv_sack(p, 1, { 1001, 9001 });
	at(p, ms(124));
	expect(p, "");
	at(p, ms(126));
	expect(p, "[125]1:1001");
}

/* linux-surface 1 recovery, 0: RFC 6675 4, more than two segments behind it have arrived. */
static void without_rack(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->env.knob.recovery = 0;
	at(p, ms(100));
	recv_sack(p, 1, { 2001, 3001 });
	recv_sack(p, 1, { 2001, 4001 });
	at(p, ms(200));
	expect(p, "");
	recv_sack(p, 1, { 2001, 5001 });
	expect(p, "[200]1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 1000U);
	recv_sack(p, 1, { 2001, 5001 }, { 6001, 8001 });
	recv_sack(p, 1, { 2001, 5001 }, { 6001, 8001 }, { 9001, 10001 });
	expect(p, "[200]1001:2001 [200]5001:6001");
	/* Nor what went again and is overtaken again. */
	at(p, ms(290));
	write_bytes(p, 1000);
	recv_sack(p, 1, { 2001, 5001 }, { 6001, 8001 }, { 9001, 11001 });
	expect(p, "[290]10001:11001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
	KUNIT_EXPECT_EQ(test, p->conn.deadline[XTCP_TIMER_REO], 0ULL);
}

/* Then a timeout spares nothing, for all it knows is how much. */
static void timeout_without_rack(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = MIN_RTT);

	p->env.knob.recovery = 0;
	write_bytes(p, 2000);
	p->conn.tlp.out = true;
	at(p, ms(250));
	write_bytes(p, 2000);
	at(p, ms(301));
	expect(p, "1:1001 1001:2001 2001:3001 3001:4001 1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 3000U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_overtakes),
	KUNIT_CASE(three_overtake),
	KUNIT_CASE(late_within_the_window),
	KUNIT_CASE(patience_after_reordering),
	KUNIT_CASE(window_grows_by_duplicates),
	KUNIT_CASE(window_is_bounded),
	KUNIT_CASE(a_lost_retransmission),
	KUNIT_CASE(ambiguous_by_time),
	KUNIT_CASE(timeout_spares_the_young),
	KUNIT_CASE(proof_is_a_knob),
	KUNIT_CASE(proof_is_bounded),
	KUNIT_CASE(window_that_stays),
	KUNIT_CASE(no_number_is_proof),
	KUNIT_CASE(without_rack),
	KUNIT_CASE(timeout_without_rack),
	{}
};

static struct kunit_suite xtcp_rack_suite = {
	.name = "xtcp_rack",
	.test_cases = cases,
};

kunit_test_suite(xtcp_rack_suite);
