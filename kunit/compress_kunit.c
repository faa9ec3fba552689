// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/compress.c: fewer ACKs for text behind a hole (linux-surface
 * comp_sack_nr, comp_sack_delay_ns; RFC 5681 4.2, MAY-13).
 */
#include "peer.h"

/* A path of 40 ms, of which ACKs may wait 2; the knob allows 1. */
static struct peer *on_path(struct kunit *test, void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = established(test, .sack = true, .mss = 1000, .rcv_buf = 60000,
				     .rtt_us = ms(40), .knobs = knobs);

	p->show = SHOW_TIME | SHOW_SACK;
	return p;
}

static struct peer *behind_hole(struct kunit *test, void (*knobs)(struct xtcp_sysctls *knob))
{
	struct peer *p = on_path(test, knobs);

	recv_text(p, 1001, 1000);
	recv_text(p, 2001, 1000);
	recv_text(p, 3001, 1000);
	expect(p, "[0]A1<1001-2001> [0]A1<1001-3001> [0]A1<1001-4001>");
	return p;
}

/* The first three, by which a sender knows of the loss, are sent (behind_hole()). */
static void later_ones_wait(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	recv_text(p, 4001, 1000);
	recv_text(p, 5001, 1000);
	after(p, 500);
	recv_text(p, 7001, 1000);
	after(p, 499);
	expect(p, "");
	after(p, 1);
	expect(p, "[1]A1<7001-8001 1001-6001>");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACK_COMPRESSED), 2UL);
	at(p, sec(1));
	expect(p, "");
}

/* A sender that knows the path for short must not be kept waiting for long. */
static void twentieth_of_round_trip(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .rtt_us = ms(10));

	recv_text(p, 1001, 100);
	recv_text(p, 1101, 100);
	recv_text(p, 1201, 100);
	recv_text(p, 1301, 100);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 3U);
	after(p, 499);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 3U);
	after(p, 1);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 4U);
}

static void wait_long(struct xtcp_sysctls *knob)
{
	knob->comp_sack_delay_ns = 400000000;
}

static void wait_not(struct xtcp_sysctls *knob)
{
	knob->comp_sack_delay_ns = 999;
}

static void delay_is_a_knob(struct kunit *test)
{
	struct peer *p = behind_hole(test, wait_long);

	recv_text(p, 4001, 1000);
	at(p, ms(10));
	expect(p, "[2]A1<1001-5001>");
	p = behind_hole(test, wait_not);
	recv_text(p, 4001, 1000);
	expect(p, "[0]A1<1001-5001>");
}

static void at_most_two(struct xtcp_sysctls *knob)
{
	knob->comp_sack_nr = 2;
}

static void number_is_a_knob(struct kunit *test)
{
	struct peer *p = behind_hole(test, at_most_two);

	recv_text(p, 4001, 1000);
	recv_text(p, 5001, 1000);
	expect(p, "");
	recv_text(p, 6001, 1000);
	expect(p, "[0]A1<1001-7001>");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACK_COMPRESSED), 2UL);
	recv_text(p, 7001, 1000);
	expect(p, "");
	at(p, sec(1));
	expect(p, "[1]A1<1001-8001>");
}

static void off(struct xtcp_sysctls *knob)
{
	knob->comp_sack_nr = 0;
}

static void off_by_knob(struct kunit *test)
{
	struct peer *p = behind_hole(test, off);

	recv_text(p, 4001, 1000);
	recv_text(p, 5001, 1000);
	expect(p, "[0]A1<1001-5001> [0]A1<1001-6001>");
}

/* Without SACK a later ACK tells less than all of them. */
static void not_without_sack(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = ms(40));
	u32 i;

	for (i = 0; i < 10; i++)
		recv_text(p, 1001 + 100 * i, 100);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 10U);
}

static void filled_hole_is_told_at_once(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	recv_text(p, 4001, 1000);
	recv_text(p, 6001, 1000);
	expect(p, "");
	recv_text(p, 1, 1000);
	expect(p, "[0]A5001<6001-7001>");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACK_COMPRESSED), 2UL);
	/* The next hole has its own first three. */
	recv_text(p, 7001, 1000);
	recv_text(p, 8001, 1000);
	recv_text(p, 9001, 1000);
	expect(p, "[0]A5001<6001-8001> [0]A5001<6001-9001> [0]A5001<6001-10001>");
	recv_text(p, 10001, 1000);
	expect(p, "");
	at(p, sec(1));
	expect(p, "[1]A5001<6001-11001>");
}

/* RFC 2883 4: in the first ACK that could. */
static void duplicate_is_told_at_once(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	recv_text(p, 4001, 1000);
	recv_text(p, 2001, 1000);
	expect(p, "[0]A1<2001-3001 1001-5001>");
	at(p, sec(1));
	expect(p, "");
}

static void text_takes_it_along(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	recv_text(p, 4001, 1000);
	write_bytes(p, 10);
	expect(p, "[0]1:11<1001-5001>");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACK_COMPRESSED), 1UL);
	recv_seg(p, .seq = 1, .ack = 11);
	at(p, sec(1));
	expect(p, "");
}

static void ask_for_ecn(struct xtcp_sysctls *knob)
{
	knob->ecn = 1;
}

/* The sender is to slow down, and not later (RFC 3168 6.1.3). */
static void mark_is_told_at_once(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .ecn = true, .rtt_us = ms(40),
				     .knobs = ask_for_ecn);
	u32 i;

	for (i = 0; i < 3; i++)
		recv_text(p, 1001 + 100 * i, 100);
	recv_seg(p, .seq = 1301, .ack = 1, .len = 100, .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 4U);
}

/* What is behind a hole when the room is gone is asked for again, by each. */
static void refused_is_told_at_once(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	p->force_full = true;
	recv_text(p, 4001, 1000);
	expect(p, "[0]A1<1001-4001>");
}

/* RFC 2018 3: an ACK has room for three blocks; a fourth that changes would push one out. */
static void no_block_is_pushed_out(struct kunit *test)
{
	struct peer *p = behind_hole(test, NULL);

	recv_text(p, 4001, 1000);
	recv_text(p, 6001, 1000);
	expect(p, "");
	recv_text(p, 8001, 1000);
	expect(p, "[0]A1<8001-9001 6001-7001 1001-5001>");
	/* Those that were told do not count, nor those that have become one. */
	recv_text(p, 9001, 1000);
	recv_text(p, 11001, 1000);
	recv_text(p, 10001, 1000);
	recv_text(p, 13001, 1000);
	expect(p, "");
	recv_text(p, 15001, 1000);
	expect(p, "[0]A1<15001-16001 13001-14001 8001-12001 6001-7001>");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(later_ones_wait),
	KUNIT_CASE(twentieth_of_round_trip),
	KUNIT_CASE(delay_is_a_knob),
	KUNIT_CASE(number_is_a_knob),
	KUNIT_CASE(off_by_knob),
	KUNIT_CASE(not_without_sack),
	KUNIT_CASE(filled_hole_is_told_at_once),
	KUNIT_CASE(duplicate_is_told_at_once),
	KUNIT_CASE(text_takes_it_along),
	KUNIT_CASE(mark_is_told_at_once),
	KUNIT_CASE(refused_is_told_at_once),
	KUNIT_CASE(no_block_is_pushed_out),
	{}
};

static struct kunit_suite xtcp_compress_suite = {
	.name = "xtcp_compress",
	.test_cases = cases,
};

kunit_test_suite(xtcp_compress_suite);
