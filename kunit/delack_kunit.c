// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/delack.c: when to acknowledge (RFC 9293 3.8.6.3, RFC 5681 4.2; rfc9293
 * MUST-40, MUST-58, SHLD-18, SHLD-19).
 */
#include "peer.h"

/* Past the segments that are acknowledged at once. */
static struct peer *slow(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.delack.quick = 0;
	p->conn.rcv.unit = 1000;
	p->show = SHOW_TIME;
	return p;
}

static void first_ones_at_once(struct kunit *test)
{
	struct peer *p = established(test);
	u32 i;

	for (i = 0; i < 16; i++)
		recv_text(p, 1 + 100 * i, 100);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 16U);
	recv_text(p, 1601, 100);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 16U);
}

static void no_quick(struct xtcp_sysctls *knob)
{
	knob->quickack_max = 0;
}

static void quick_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .knobs = no_quick);

	recv_text(p, 1, 100);
	expect(p, "");
}

/* MUST-40: less than half a second; here 40 ms. */
static void lone_segment_waits(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 1000);
	at(p, ms(39));
	expect(p, "");
	at(p, ms(40));
	expect(p, "[40]A1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DELAYED_ACKS), 1UL);
	at(p, sec(10));
	expect(p, "");
}

static void wait_100_ms(struct xtcp_sysctls *knob)
{
	knob->quickack_max = 0;
	knob->delack_min_ms = 100;
}

static void wait_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .knobs = wait_100_ms);

	p->show = SHOW_TIME;
	recv_text(p, 1, 100);
	at(p, ms(200));
	expect(p, "[100]A101");
}

/* Small ones that follow do not push it back. */
static void later_text_does_not_delay_it(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 10);
	at(p, ms(30));
	recv_text(p, 11, 10);
	at(p, ms(100));
	expect(p, "[40]A21");
}

/* SHLD-19 */
static void second_full_segment_at_once(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 1000);
	expect(p, "");
	recv_text(p, 1001, 1000);
	expect(p, "[0]A2001");
	at(p, sec(1));
	expect(p, "");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DELAYED_ACKS), 0UL);
}

/* TCP_QUICKACK: what waits goes now, and the next ones at once. */
static void user_wants_quick_acks(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 10);
	expect(p, "");
	xtcp_delack_wish(&p->conn, true);
	peer_drive(p);
	expect(p, "[0]A11");
	recv_text(p, 11, 10);
	expect(p, "[0]A21");
	xtcp_delack_wish(&p->conn, false);
	recv_text(p, 21, 10);
	expect(p, "");
	KUNIT_EXPECT_TRUE(test, p->conn.delack.answers);
}

/* What GRO merged counts as what it was. */
static void merged_segments_count(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 3000, .unit = 1000);
	expect(p, "[0]A3001");
}

/* The greatest segment seen is what "full-sized" means. */
static void unit_follows_the_peer(struct kunit *test)
{
	struct peer *p = slow(test);

	p->conn.rcv.unit = 536;
	recv_text(p, 1, 1400);
	expect(p, "");
	recv_text(p, 1401, 1400);
	expect(p, "[0]A2801");
	KUNIT_EXPECT_EQ(test, p->conn.rcv.unit, (u16)1400);
}

static void text_carries_the_ack(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 1000);
	p->show |= SHOW_ACK;
	write_bytes(p, 50);
	expect(p, "[0]1:51A1001");
	recv_ack(p, 51);
	at(p, sec(1));
	expect(p, "");
}

/* Who answers soon after text came acknowledges by answers. */
static void conversation_ends_quick_acks(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	expect(p, "A101");
	write_bytes(p, 10);
	peer_effects(p);
	recv_text(p, 101, 100);
	expect(p, "");
	at(p, ms(100));
	expect(p, "A201");
}

/* linux-surface 1 pingpong_thresh: not after the first answer, nor one that is not in a row. */
static void conversation_of_two_answers(struct kunit *test)
{
	struct peer *p = established(test);
	u32 i;

	p->env.knob.pingpong_thresh = 2;
	recv_text(p, 1, 100);
	write_bytes(p, 10);
	expect(p, "A101 1:11");
	recv_text(p, 101, 100);
	expect(p, "A201");
	write_bytes(p, 10);
	expect(p, "11:21");
	KUNIT_EXPECT_TRUE(test, p->conn.delack.answers);
	recv_text(p, 201, 100);
	expect(p, "");
	/* In vain. */
	at(p, ms(100));
	expect(p, "A301");
	recv_text(p, 301, 100);
	write_bytes(p, 10);
	KUNIT_EXPECT_FALSE(test, p->conn.delack.answers);
	for (i = 0; i < 300; i++)
		xtcp_delack_on_sent(&p->conn, p->now);
	KUNIT_EXPECT_TRUE(test, p->conn.delack.answers);
}

static void recv_pushed(struct peer *p, u32 seq, u32 len)
{
	recv_seg(p, .seq = seq, .ack = 1, .len = len, .flags = XTCP_ACK | XTCP_PSH);
}

/* The end of a stream may wait at the sender for the ACK of what came before. */
static void reader_of_all_acknowledges(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_pushed(p, 1, 100);
	read_bytes(p, 60);
	expect(p, "");
	read_bytes(p, 40);
	expect(p, "[0]A101");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_DELAYED_ACKS), 0UL);
}

/* More comes by itself, and with it the reason to acknowledge. */
static void reader_waits_in_the_middle_of_a_write(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 100);
	read_bytes(p, 100);
	expect(p, "");
	at(p, ms(40));
	expect(p, "[40]A101");
}

/* Until an answer stays away for as long as the ACK may wait. */
static void answerer_does_not_acknowledge_by_reading(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_pushed(p, 1, 100);
	write_bytes(p, 10);
	peer_effects(p);
	recv_seg(p, .seq = 101, .ack = 11, .len = 100, .flags = XTCP_ACK | XTCP_PSH);
	read_bytes(p, 200);
	expect(p, "");
	at(p, ms(40));
	expect(p, "[40]A201");
	recv_seg(p, .seq = 201, .ack = 11, .len = 100, .flags = XTCP_ACK | XTCP_PSH);
	read_bytes(p, 100);
	expect(p, "[40]A301");
}

/* mission D17: a user who closes at the end of the stream needs no ACK before. */
static void fin_waits_for_ours(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 10);
	recv_fin(p, 11);
	expect(p, "");
	at(p, ms(100));
	expect(p, "[40]A12");
}

/* It waits as long as the next segment takes to come, within bounds. */
static void wait_follows_the_gaps(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 10);
	at(p, ms(30));
	recv_text(p, 11, 10);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, (u32)ms(50));
	at(p, ms(100));
	expect(p, "[40]A21");
	/* In vain: twice as long, and never more than delack_max_ms. */
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, (u32)ms(100));
	recv_text(p, 21, 10);
	at(p, ms(300));
	expect(p, "[220]A31");
	recv_text(p, 31, 10);
	at(p, ms(600));
	expect(p, "[500]A41");
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, (u32)ms(200));
	/* A quick succession makes it short again. */
	at(p, ms(601));
	recv_text(p, 41, 10);
	recv_text(p, 51, 10);
	recv_text(p, 61, 10);
	recv_text(p, 71, 10);
	KUNIT_EXPECT_LE(test, p->conn.delack.ato_us, (u32)ms(60));
}

static void wait_60_ms_at_most(struct xtcp_sysctls *knob)
{
	knob->quickack_max = 0;
	knob->delack_max_ms = 60;
}

static void longest_wait_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .knobs = wait_60_ms_at_most);

	recv_text(p, 1, 100);
	at(p, ms(100));
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, (u32)ms(60));
}

/* linux-surface 4 DELACK_MAX_US: before the tunables, the least one too. */
static void longest_wait_of_the_user(struct kunit *test)
{
	struct peer *p = slow(test);

	p->conn.user.delack_max_us = ms(10);
	xtcp_delack_init(&p->conn);
	p->conn.delack.quick = 0;
	recv_text(p, 1, 100);
	at(p, ms(100));
	expect(p, "[10]A101");
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, (u32)ms(10));
}

/* A sender that has paused begins with a small window: it waits for ACKs. */
static void quick_again_after_a_pause(struct kunit *test)
{
	struct peer *p = slow(test);

	recv_text(p, 1, 10);
	at(p, ms(41));
	peer_effects(p);
	at(p, sec(1));
	recv_text(p, 11, 10);
	expect(p, "[1000]A21");
}

static void no_ack_of_an_ack(struct kunit *test)
{
	struct peer *p = established(test);

	write_bytes(p, 100);
	peer_effects(p);
	recv_ack(p, 101);
	recv_ack(p, 101);
	recv_ack_wnd(p, 101, 1000);
	at(p, sec(1));
	expect(p, "");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(first_ones_at_once),
	KUNIT_CASE(quick_is_a_knob),
	KUNIT_CASE(lone_segment_waits),
	KUNIT_CASE(wait_is_a_knob),
	KUNIT_CASE(later_text_does_not_delay_it),
	KUNIT_CASE(second_full_segment_at_once),
	KUNIT_CASE(user_wants_quick_acks),
	KUNIT_CASE(merged_segments_count),
	KUNIT_CASE(unit_follows_the_peer),
	KUNIT_CASE(text_carries_the_ack),
	KUNIT_CASE(conversation_ends_quick_acks),
	KUNIT_CASE(conversation_of_two_answers),
	KUNIT_CASE(reader_of_all_acknowledges),
	KUNIT_CASE(reader_waits_in_the_middle_of_a_write),
	KUNIT_CASE(answerer_does_not_acknowledge_by_reading),
	KUNIT_CASE(fin_waits_for_ours),
	KUNIT_CASE(wait_follows_the_gaps),
	KUNIT_CASE(longest_wait_is_a_knob),
	KUNIT_CASE(longest_wait_of_the_user),
	KUNIT_CASE(quick_again_after_a_pause),
	KUNIT_CASE(no_ack_of_an_ack),
	{}
};

static struct kunit_suite xtcp_delack_suite = {
	.name = "xtcp_delack",
	.test_cases = cases,
};

kunit_test_suite(xtcp_delack_suite);
