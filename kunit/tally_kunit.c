// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/tally.c: the sums that TCP_INFO tells (RFC 4898, linux-surface 4).
 */
#include "peer.h"

#define BOUND_US(p, bound) \
	xtcp_tally_bound_us(&(p)->conn, bound, (p)->now)

/* As the shell does once all has been sent. */
static void sent_all(struct peer *p, bool wants_room)
{
	xtcp_tally_bound(&p->conn, wants_room, p->now);
}

/* SYN, ACK, two and a half segments: as on the wire, though they left in one. */
static void what_is_sent(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 10000, .nodelay = true);
	const struct xtcp_tally *t = &p->conn.tally;

	KUNIT_EXPECT_EQ(test, t->segs_out, 2U);
	KUNIT_EXPECT_EQ(test, t->segs_in, 1U);
	KUNIT_EXPECT_EQ(test, t->acked, 0ULL);
	write_bytes(p, 2500);
	KUNIT_EXPECT_EQ(test, t->segs_out, 5U);
	KUNIT_EXPECT_EQ(test, t->text_out, 3U);
	KUNIT_EXPECT_EQ(test, t->sent, 2500ULL);
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, t->acked, 1000ULL);
	recv_ack(p, 2501);
	KUNIT_EXPECT_EQ(test, t->acked, 2500ULL);
	KUNIT_EXPECT_EQ(test, t->resent, 0ULL);
	KUNIT_EXPECT_EQ(test, t->segs_in, 3U);
	KUNIT_EXPECT_EQ(test, t->text_in, 0U);
}

/* The peer's FIN and ours are no text. */
static void fin_is_no_text(struct kunit *test)
{
	struct peer *p = established(test);
	const struct xtcp_tally *t = &p->conn.tally;

	recv_seg(p, .seq = 1, .ack = 1, .len = 10, .flags = XTCP_ACK | XTCP_FIN);
	KUNIT_EXPECT_EQ(test, t->received, 10ULL);
	write_bytes(p, 10);
	user_shutdown(p);
	recv_seg(p, .seq = 12, .ack = 12);
	KUNIT_EXPECT_EQ(test, t->acked, 10ULL);
}

static void what_is_received(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	const struct xtcp_tally *t = &p->conn.tally;

	recv_seg(p, .seq = 1, .ack = 1, .len = 2500, .unit = 1000);
	KUNIT_EXPECT_EQ(test, t->segs_in, 4U);
	KUNIT_EXPECT_EQ(test, t->text_in, 3U);
	KUNIT_EXPECT_EQ(test, t->received, 2500ULL);
	recv_seg(p, .seq = 3501, .ack = 1, .len = 500);
	KUNIT_EXPECT_EQ(test, t->behind_hole, 1U);
	KUNIT_EXPECT_EQ(test, t->received, 2500ULL);
	/* The hole, and what has come before with it. */
	recv_seg(p, .seq = 2001, .ack = 1, .len = 1500);
	KUNIT_EXPECT_EQ(test, t->received, 4000ULL);
	KUNIT_EXPECT_EQ(test, t->text_in, 5U);
}

/* For one loss, with the least timeout and a round trip of 1 ms: at 201, 603 and 1407 ms. */
static void timeouts(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	const struct xtcp_tally *t = &p->conn.tally;

	write_bytes(p, 1000);
	at(p, ms(1500));
	KUNIT_EXPECT_EQ(test, t->timeouts, 3U);
	KUNIT_EXPECT_EQ(test, t->timeout_phases, 1U);
	KUNIT_EXPECT_EQ(test, t->segs_resent, 3U);
	KUNIT_EXPECT_EQ(test, t->resent, 3000ULL);
	KUNIT_EXPECT_EQ(test, t->sent, 4000ULL);
	KUNIT_EXPECT_EQ(test, t->timeout_us, 0ULL);
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, t->timeout_us, (u64)ms(1299));
	write_bytes(p, 1000);
	after(p, ms(5000));
	KUNIT_EXPECT_EQ(test, t->timeout_phases, 2U);
}

static void timeouts_of_the_syn(struct kunit *test)
{
	struct peer *p = connecting(test);
	const struct xtcp_tally *t = &p->conn.tally;

	at(p, ms(3500));
	KUNIT_EXPECT_EQ(test, t->timeouts, 2U);
	KUNIT_EXPECT_EQ(test, t->segs_resent, 2U);
	KUNIT_EXPECT_EQ(test, t->sent, 0ULL);
	recv_seg(p, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1000);
	KUNIT_EXPECT_EQ(test, t->timeout_us, (u64)ms(2500));
	KUNIT_EXPECT_EQ(test, t->timeout_phases, 1U);
}

/* The SYN and the SYN,ACK, which the request has seen. */
static void passive_open(struct kunit *test)
{
	struct peer *p = accepted(test);

	KUNIT_EXPECT_EQ(test, p->conn.tally.segs_in, 2U);
	KUNIT_EXPECT_EQ(test, p->conn.tally.segs_out, 1U);
}

static void duplicates_and_reordering(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .sack = true);
	const struct xtcp_tally *t = &p->conn.tally;

	write_bytes(p, 6000);
	recv_sack(p, 1, { 3001, 4001 });
	KUNIT_EXPECT_EQ(test, t->reorderings, 0U);
	recv_sack(p, 1001, { 3001, 4001 });
	KUNIT_EXPECT_EQ(test, t->reorderings, 1U);
	KUNIT_EXPECT_EQ(test, t->reordering, 3U);
	recv_ack(p, 4001);
	KUNIT_EXPECT_EQ(test, t->reorderings, 3U);
	KUNIT_EXPECT_EQ(test, t->dups, 0U);
	recv_sack(p, 4001, { 1, 1001 });
	KUNIT_EXPECT_EQ(test, t->dups, 1U);
}

/* Of classic ECN, an echo is for all that the ACK acknowledges. */
static void marks(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .ecn = true);

	p->conn.ecn.on = true;
	write_bytes(p, 5000);
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | XTCP_ECE);
	recv_ack(p, 5001);
	KUNIT_EXPECT_EQ(test, p->conn.tally.marked, 2U);
}

static void bound_by_user_and_path(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	sent_all(p, false);
	at(p, ms(100));
	write_bytes(p, 1000);
	sent_all(p, false);
	at(p, ms(140));
	recv_ack(p, 1001);
	sent_all(p, false);
	at(p, ms(1000));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_PATH), (u64)ms(40));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_WINDOW), 0ULL);
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_BUFFER), 0ULL);
}

/* 2000 bytes of window and room for ten segments in cwnd. */
static void bound_by_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);

	write_bytes(p, 5000);
	sent_all(p, false);
	at(p, ms(30));
	p->wnd = 20000;
	recv_ack(p, 1001);
	sent_all(p, false);
	at(p, ms(50));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_WINDOW), (u64)ms(30));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_PATH), (u64)ms(20));
}

/* More waits than cwnd lets go: that the window is small as well is not why. */
static void bound_by_cwnd(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 10000);

	write_bytes(p, 30000);
	sent_all(p, false);
	at(p, ms(30));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_PATH), (u64)ms(30));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_WINDOW), 0ULL);
}

static void bound_by_buffer(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 5000);
	sent_all(p, true);
	at(p, ms(30));
	recv_ack(p, 5001);
	sent_all(p, true);
	at(p, ms(50));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_BUFFER), (u64)ms(30));
	KUNIT_EXPECT_EQ(test, BOUND_US(p, XTCP_BY_PATH), 0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(what_is_sent),
	KUNIT_CASE(fin_is_no_text),
	KUNIT_CASE(what_is_received),
	KUNIT_CASE(timeouts),
	KUNIT_CASE(timeouts_of_the_syn),
	KUNIT_CASE(passive_open),
	KUNIT_CASE(duplicates_and_reordering),
	KUNIT_CASE(marks),
	KUNIT_CASE(bound_by_user_and_path),
	KUNIT_CASE(bound_by_window),
	KUNIT_CASE(bound_by_cwnd),
	KUNIT_CASE(bound_by_buffer),
	{}
};

static struct kunit_suite xtcp_tally_suite = {
	.name = "xtcp_tally",
	.test_cases = cases,
};

kunit_test_suite(xtcp_tally_suite);
