// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/tlp.c: the probe of the tail, when it goes and what its ACK means
 * (RFC 8985 7).
 */
#include "peer.h"

static struct peer *three_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50));

	write_bytes(p, 3000);
	p->show = SHOW_TIME;
	peer_effects(p);
	return p;
}

/* 7.2, 7.3: after two round trips and a little, the last segment again. */
static void the_last_goes_again(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	at(p, ms(101));
	expect(p, "");
	at(p, ms(110));
	expect(p, "[102]2001:3001");
	KUNIT_EXPECT_EQ(test, p->last.reason, (u8)XTCP_WHY_TLP);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBES), 1UL);
	/* 7.3: then the timeout, anew; no second probe. */
	at(p, ms(351));
	expect(p, "");
	at(p, ms(353));
	expect(p, "[352]1:1001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
}

/* 7.2: the ACK of a single segment may be delayed; the timeout is sooner. */
static void a_single_segment(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50));

	write_bytes(p, 1000);
	p->show = SHOW_TIME;
	peer_effects(p);
	at(p, ms(260));
	expect(p, "[250]1:1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBES), 0UL);
}

/* 7.3: new text rather than old, one segment beyond cwnd if need be. */
static void new_text_first(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	p->conn.cc.cwnd = 3000;
	write_bytes(p, 5000);
	expect(p, "");
	at(p, ms(110));
	expect(p, "[102]3001:4001");
	KUNIT_EXPECT_FALSE(test, p->conn.tlp.again);
	recv_ack(p, 4001);
	KUNIT_EXPECT_FALSE(test, p->conn.tlp.out);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBE_RECOVERY), 0UL);
}

/* The peer's window allows none: the last again. */
static void window_is_full(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50),
				     .wnd = 3000);

	write_bytes(p, 9000);
	p->show = SHOW_TIME;
	peer_effects(p);
	at(p, ms(110));
	expect(p, "[102]2001:3001");
}

/* Each ACK of new text is a new beginning. */
static void an_ack_starts_it_anew(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	at(p, ms(90));
	recv_ack(p, 1001);
	at(p, ms(103));
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.deadline[XTCP_TIMER_TLP],
			p->origin + ms(90) + 2 * p->conn.rtt.srtt_us + ms(2));
}

/* 7.4.2: acknowledged once only: it has repaired a loss, which has its price. */
static void it_repaired_a_loss(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	p->conn.cc.cwnd = 10000;
	at(p, ms(110));
	recv_ack(p, 3001);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
	write_bytes(p, 4000);
	at(p, ms(160));
	recv_ack(p, 5001);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBE_RECOVERY), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 2000U);
}

/* 7.4.2: the original arrived too, as D-SACK or a bare duplicate tells. */
static void it_was_superfluous(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	at(p, ms(110));
	recv_sack(p, 3001, { 2001, 3001 });
	KUNIT_EXPECT_FALSE(test, p->conn.tlp.out);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBE_RECOVERY), 0UL);
	p = three_in_flight(test);
	at(p, ms(110));
	recv_ack(p, 3001);
	write_bytes(p, 1000);
	recv_ack(p, 3001);
	KUNIT_EXPECT_FALSE(test, p->conn.tlp.out);
	recv_ack(p, 4001);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBE_RECOVERY), 0UL);
}

/* 7.2: what SACK knows to be missing is RACK's matter. */
static void not_beside_sack_blocks(struct kunit *test)
{
	struct peer *p = three_in_flight(test);

	at(p, ms(50));
	recv_sack(p, 1, { 2001, 3001 });
	at(p, ms(240));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBES), 0UL);
}

static void switch_off(struct xtcp_sysctls *knob)
{
	knob->early_retrans = 2;
}

static void not_by_knob(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50),
				     .knobs = switch_off);

	write_bytes(p, 3000);
	at(p, ms(249));
	expect(p, "1:1001 1001:2001 2001:3001");
}

/* 7.1: it needs SACK to tell what it brings. */
static void not_without_sack(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(50));

	write_bytes(p, 3000);
	at(p, ms(249));
	expect(p, "1:1001 1001:2001 2001:3001");
}

/* The FIN is the highest, then. */
static void the_fin(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50));

	write_bytes(p, 2000);
	user_shutdown(p);
	peer_effects(p);
	at(p, ms(110));
	expect(p, "F2001");
	recv_ack(p, 2002);
	expect_state(p, FIN_WAIT_2);
}

/* A run that went as one: its last segment. */
static void the_tail_of_a_run(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rtt_us = ms(50),
				     .gso = 65000);

	write_run(p, 3500);
	expect(p, "1:3501");
	at(p, ms(110));
	expect(p, "3001:3501");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_last_goes_again),
	KUNIT_CASE(a_single_segment),
	KUNIT_CASE(new_text_first),
	KUNIT_CASE(window_is_full),
	KUNIT_CASE(an_ack_starts_it_anew),
	KUNIT_CASE(it_repaired_a_loss),
	KUNIT_CASE(it_was_superfluous),
	KUNIT_CASE(not_beside_sack_blocks),
	KUNIT_CASE(not_by_knob),
	KUNIT_CASE(not_without_sack),
	KUNIT_CASE(the_fin),
	KUNIT_CASE(the_tail_of_a_run),
	{}
};

static struct kunit_suite xtcp_tlp_suite = {
	.name = "xtcp_tlp",
	.test_cases = cases,
};

kunit_test_suite(xtcp_tlp_suite);
