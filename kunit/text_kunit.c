// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/text.c: the seventh step: what is kept, trimmed, thrown away
 * (RFC 9293 3.10.7.4, SHLD-3, SHLD-31, MAY-13; mission S1.3, S2.3d, E15).
 */
#include <linux/errno.h>
#include "peer.h"

static void in_order(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	recv_text(p, 101, 200);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 300U);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_READ);
	read_bytes(p, 50);
	read_bytes(p, 250);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

/* MAY-13, SHLD-31: acknowledged at once, and the hole's filling for all. */
static void out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.delack.quick = 0;
	recv_text(p, 101, 100);
	expect(p, "A1");
	recv_text(p, 301, 100);
	expect(p, "A1");
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 0U);
	KUNIT_EXPECT_FALSE(test, peer_wakes(p) & XTCP_WAKE_READ);
	recv_text(p, 1, 100);
	expect(p, "A201");
	recv_text(p, 201, 100);
	expect(p, "A401");
	read_bytes(p, 400);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_OFO_QUEUE), 2UL);
}

static void old_text_is_acked_and_dropped(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	p->conn.delack.quick = 0;
	peer_effects(p);
	recv_text(p, 1, 100);
	expect(p, "A101");
	expect_drop(p, SEQUENCE);
	read_bytes(p, 100);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

static void only_the_new_part_counts(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	recv_text(p, 51, 100);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 150U);
	read_bytes(p, 120);
	read_bytes(p, 30);
}

/* RFC 9293 3.10.7.4: segments are trimmed to the window. */
static void cut_at_the_edge(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 1000);

	recv_text(p, 501, 1000);
	recv_text(p, 1, 500);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 1000U);
	read_bytes(p, 1000);
	recv_text(p, 1001, 10);
	read_bytes(p, 10);
}

static void twice_out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 101, 100);
	recv_text(p, 101, 100);
	expect_drop(p, OLD_DATA);
	recv_text(p, 121, 10);
	expect_drop(p, OLD_DATA);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 1);
	recv_text(p, 1, 100);
	read_bytes(p, 200);
}

/* The buffer is full: what fills the hole still comes in, nothing else. */
static void no_room_out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	p->force_full = true;
	recv_text(p, 101, 100);
	expect_drop(p, OFO_FULL);
	expect(p, "A1");
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_OFO_DROP), 1UL);
}

static void no_room_in_order(struct kunit *test)
{
	struct peer *p = established(test);

	p->force_full = true;
	recv_text(p, 1, 100);		/* the reader has nothing else */
	expect_drop(p, NONE);
	peer_effects(p);
	recv_text(p, 101, 100);
	expect_drop(p, QUEUE_FULL);
	expect(p, "A101");
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 100U);
	read_bytes(p, 100);
	recv_text(p, 101, 100);
	expect_drop(p, NONE);
	read_bytes(p, 100);
}

struct state_row {
	const char *desc;
	enum xtcp_state state;
	bool taken;
};

static const struct state_row state_rows[] = {
	{ "ESTABLISHED", XTCP_ESTABLISHED, true },
	{ "FIN-WAIT-1", XTCP_FIN_WAIT_1, true },
	{ "FIN-WAIT-2", XTCP_FIN_WAIT_2, true },
	{ "CLOSE-WAIT", XTCP_CLOSE_WAIT, false },
	{ "CLOSING", XTCP_CLOSING, false },
	{ "LAST-ACK", XTCP_LAST_ACK, false },
};

KUNIT_ARRAY_PARAM_DESC(state, state_rows, desc);

static void text_in_state(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);
	u32 ack = row->state == XTCP_FIN_WAIT_2 ? 2 : 1;

	recv_seg(p, .seq = row->taken ? 1 : 2, .ack = ack, .len = 100);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), row->taken ? 100U : 0U);
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, row->taken ? 1 : 0);
}

/* SHLD-3, mission E15: text after close() is answered with a RST. */
static void text_after_close(struct kunit *test)
{
	struct peer *p = established(test);

	user_close(p);
	expect(p, "F1");
	recv_text(p, 1, 100);
	expect(p, "R2A1");
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_DATA), 1UL);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

static void text_after_close_in_fin_wait_2(struct kunit *test)
{
	struct peer *p = established(test);

	user_close(p);
	recv_ack(p, 2);
	peer_effects(p);
	recv_text(p, 1, 1);
	expect(p, "R2A1");
	expect_state(p, CLOSED);
}

/* Old text is no news: the peer just missed our ACK. */
static void old_text_after_close(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	read_bytes(p, 100);
	user_close(p);
	peer_effects(p);
	recv_text(p, 1, 100);
	expect(p, "A101");
	expect_state(p, FIN_WAIT_1);
}

/* A FIN without text is what a closed socket waits for. */
static void fin_after_close(struct kunit *test)
{
	struct peer *p = established(test);

	user_close(p);
	recv_ack(p, 2);
	recv_fin(p, 1);
	expect(p, "F1 A2");
	expect_state(p, TIME_WAIT);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(in_order),
	KUNIT_CASE(out_of_order),
	KUNIT_CASE(old_text_is_acked_and_dropped),
	KUNIT_CASE(only_the_new_part_counts),
	KUNIT_CASE(cut_at_the_edge),
	KUNIT_CASE(twice_out_of_order),
	KUNIT_CASE(no_room_out_of_order),
	KUNIT_CASE(no_room_in_order),
	KUNIT_CASE_PARAM(text_in_state, state_gen_params),
	KUNIT_CASE(text_after_close),
	KUNIT_CASE(text_after_close_in_fin_wait_2),
	KUNIT_CASE(old_text_after_close),
	KUNIT_CASE(fin_after_close),
	{}
};

static struct kunit_suite xtcp_text_suite = {
	.name = "xtcp_text",
	.test_cases = cases,
};

kunit_test_suite(xtcp_text_suite);
