// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/output.c: what goes when: Nagle, sender SWS avoidance, PSH, FIN, the
 * two windows (RFC 9293 3.7.4, 3.8.6.2; rfc9293 MUST-17, MUST-38, MUST-61,
 * SHLD-7, SHLD-27, SHLD-28).
 */
#include "peer.h"

/* MUST-61, SHLD-27: the last of a write, and no other. */
static void psh_on_the_last(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->show = SHOW_PSH;
	write_bytes(p, 2500);
	expect(p, "1:1001 1001:2001 2001:2501P");
}

/* SHLD-7, Minshall's form: one small segment in flight, not two. */
static void nagle(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 10);
	expect(p, "1:11");
	write_bytes(p, 10);
	write_bytes(p, 20);
	expect(p, "");
	recv_ack(p, 11);
	expect(p, "11:41");
}

/* A full segment goes whatever is in flight. */
static void nagle_lets_full_segments_go(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 10);
	write_bytes(p, 500);
	expect(p, "1:11");
	write_bytes(p, 600);
	expect(p, "11:1011");
	recv_ack(p, 11);
	expect(p, "1011:1111");
}

/* The last small one lies more than half of all sequence numbers back (RFC 9293 3.4). */
static void nagle_forgets(struct kunit *test)
{
	struct peer *p = established(test, .gso = 60 * 1460);

	pass_text(p, 1, 100);
	pass_text(p, 60000, 40 * 1460);
	write_bytes(p, 1460);
	write_bytes(p, 100);
	KUNIT_EXPECT_EQ(test, p->last.len, 100U);
}

/* Minshall: a small one may follow full ones that are in flight. */
static void small_tail_of_a_great_write(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 2100);
	expect(p, "1:1001 1001:2001 2001:2101");
	write_bytes(p, 100);
	expect(p, "");
	recv_ack(p, 2001);
	expect(p, "");
	recv_ack(p, 2101);
	expect(p, "2101:2201");
}

/* MUST-17 */
static void nodelay(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .nodelay = true);

	write_bytes(p, 10);
	write_bytes(p, 10);
	expect(p, "1:11 11:21");
}

/* What waits for an ACK goes when Nagle is switched off. */
static void nodelay_later(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 10);
	write_bytes(p, 10);
	p->conn.user.nodelay = true;
	peer_drive(p);
	expect(p, "1:11 11:21");
}

/* FIN on the last text, and Nagle does not hold it back. */
static void fin_rides_on_text(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 10);
	write_bytes(p, 10);
	user_shutdown(p);
	expect(p, "1:11 11:21F");
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->iss + 22);
}

static void fin_alone_needs_no_window(struct kunit *test)
{
	struct peer *p = established(test);

	recv_ack_wnd(p, 1, 0);
	user_shutdown(p);
	expect(p, "F1");
}

/* The receiver's window is never exceeded; peer.c checks each segment. */
static void fills_the_window_and_no_more(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 3000);

	write_bytes(p, 10000);
	expect(p, "1:1001 1001:2001 2001:3001");
	recv_ack(p, 1001);
	expect(p, "3001:4001");
	recv_ack_wnd(p, 1001, 5000);
	expect(p, "4001:5001 5001:6001");
}

static void fills_cwnd_and_no_more(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->conn.cc.cwnd = 2500;
	write_bytes(p, 10000);
	expect(p, "1:1001 1001:2001");
	KUNIT_EXPECT_TRUE(test, p->conn.cwnd_limited);
}

/* MUST-38: the window opens by bytes; segments stay worth sending. */
static void no_silly_segments(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);
	u32 wnd;

	write_bytes(p, 5000);
	expect(p, "1:1001 1001:2001");
	for (wnd = 2001; wnd < 3000; wnd += 111)
		recv_ack_wnd(p, 1, wnd);
	expect(p, "");
	recv_ack_wnd(p, 1, 3000);
	expect(p, "2001:3001");
}

/* RFC 9293 3.8.6.2.1 (3): half of the greatest window is worth it. */
static void half_of_a_small_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 600);

	write_bytes(p, 2000);
	expect(p, "1:601");
	recv_ack_wnd(p, 601, 250);
	expect(p, "");
	recv_ack_wnd(p, 601, 300);
	expect(p, "601:901");
}

/* One descriptor of many segments leaves at once; only whole segments. */
static void gso_sends_whole_segments(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 65000);

	write_bytes(p, 3500);
	expect(p, "1:3501");
	write_bytes(p, 4700);
	expect(p, "3501:7501");
	recv_ack(p, 7501);
	expect(p, "7501:8201");
}

static void gso_is_cut_by_the_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 65000, .wnd = 3500);

	write_bytes(p, 9000);
	expect(p, "1:3001");
	recv_ack(p, 3001);
	expect(p, "3001:6001");
}

/* Every segment but SYN and RST acknowledges all there is. */
static void ack_is_on_everything(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->conn.delack.quick = 0;
	recv_text(p, 1, 77);
	p->show = SHOW_ACK;
	write_bytes(p, 10);
	expect(p, "1:11A78");
	recv_seg(p, .seq = 78, .ack = 1, .len = 2);
	user_shutdown(p);
	expect(p, "F11A80");
}

/* RFC 5681 4.1: after an idle time longer than the timeout. */
static void restart_after_idle(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(10));
	u32 i;

	p->conn.cc.cwnd = 40000;
	write_bytes(p, 40000);
	recv_ack(p, 40001);
	KUNIT_EXPECT_GE(test, p->conn.cc.cwnd, 40000U);
	peer_effects(p);
	at(p, ms(100));
	p->nr_sent = 0;
	write_bytes(p, 30000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 30U);
	recv_ack(p, 70001);
	at(p, sec(2));
	p->nr_sent = 0;
	write_bytes(p, 30000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 10U);
	for (i = 0; i < 10; i++)
		recv_ack(p, 71001 + 1000 * i);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 30U);
}

static void nothing_to_say(struct kunit *test)
{
	struct peer *p = established(test);
	struct xtcp_plan plan;

	KUNIT_EXPECT_FALSE(test, xtcp_next_segment(&p->conn, p->now, &plan));
	at(p, sec(100000));
	expect(p, "");
}

/* Asking twice without sending gives the same answer. */
static void planning_is_not_sending(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	struct xtcp_plan first, second;

	xtcp_txq_append(&p->conn, peer_tx_alloc(p, 0, 1000));
	KUNIT_ASSERT_TRUE(test, xtcp_next_segment(&p->conn, p->now, &first));
	KUNIT_ASSERT_TRUE(test, xtcp_next_segment(&p->conn, p->now, &second));
	KUNIT_EXPECT_EQ(test, first.seq, second.seq);
	KUNIT_EXPECT_EQ(test, first.len, second.len);
	KUNIT_EXPECT_PTR_EQ(test, first.tx, second.tx);
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->iss + 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(psh_on_the_last),
	KUNIT_CASE(nagle),
	KUNIT_CASE(nagle_lets_full_segments_go),
	KUNIT_CASE(nagle_forgets),
	KUNIT_CASE(small_tail_of_a_great_write),
	KUNIT_CASE(nodelay),
	KUNIT_CASE(nodelay_later),
	KUNIT_CASE(fin_rides_on_text),
	KUNIT_CASE(fin_alone_needs_no_window),
	KUNIT_CASE(fills_the_window_and_no_more),
	KUNIT_CASE(fills_cwnd_and_no_more),
	KUNIT_CASE(no_silly_segments),
	KUNIT_CASE(half_of_a_small_window),
	KUNIT_CASE(gso_sends_whole_segments),
	KUNIT_CASE(gso_is_cut_by_the_window),
	KUNIT_CASE(ack_is_on_everything),
	KUNIT_CASE(restart_after_idle),
	KUNIT_CASE(nothing_to_say),
	KUNIT_CASE(planning_is_not_sending),
	{}
};

static struct kunit_suite xtcp_output_suite = {
	.name = "xtcp_output",
	.test_cases = cases,
};

kunit_test_suite(xtcp_output_suite);
