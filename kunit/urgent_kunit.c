// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/urgent.c: the urgent pointer, received and sent (RFC 9293 3.8.5, RFC
 * 6093; rfc9293 MUST-30 to MUST-33, MUST-62, MUST-66).
 */
#include "peer.h"

#define URG_ACK	(XTCP_URG | XTCP_ACK)

static void send_urgent(struct peer *p, u32 n)
{
	xtcp_txq_append(&p->conn, peer_tx_alloc(p, p->written, n));
	p->written += n;
	xtcp_urgent_send(&p->conn);
	peer_drive(p);
}

static void expect_mark(struct peer *p, enum xtcp_urgent_state state, u32 mark)
{
	KUNIT_EXPECT_EQ(p->test, (int)p->conn.urgent.state, (int)state);
	KUNIT_EXPECT_EQ(p->test, p->conn.urgent.mark - p->irs, mark);
}

#define URGENT_WAKES	(XTCP_WAKE_URGENT | XTCP_WAKE_URGENT_HERE)

/* MUST-62: the pointer names the octet behind the last urgent one. */
static void pointer_names_the_next_octet(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 10, .flags = URG_ACK, .urg = 10);
	expect_mark(p, XTCP_URGENT_HERE, 10);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, URGENT_WAKES);
	KUNIT_EXPECT_EQ(test, xtcp_urgent_limit(&p->conn, p->irs + 1, 10), 9U);
	KUNIT_EXPECT_EQ(test, xtcp_urgent_limit(&p->conn, p->irs + 1, 5), 5U);
}

static void set_stdurg(struct xtcp_sysctls *knob)
{
	knob->stdurg = 1;
}

/* linux-surface stdurg: with 1 it names the last urgent octet (RFC 1122). */
static void stdurg_names_the_octet(struct kunit *test)
{
	struct peer *p = established(test, .knobs = set_stdurg);

	recv_seg(p, .seq = 1, .ack = 1, .len = 11, .flags = URG_ACK, .urg = 10);
	expect_mark(p, XTCP_URGENT_HERE, 11);
}

/* MUST-32: told when it is announced, and again when it has come. */
static void announced_before_it_comes(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .flags = URG_ACK, .urg = 20);
	expect_mark(p, XTCP_URGENT_AWAITED, 20);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, XTCP_WAKE_URGENT);
	recv_text(p, 1, 19);
	expect_mark(p, XTCP_URGENT_AWAITED, 20);
	/* Ahead of its turn, and without a pointer of its own. */
	recv_text(p, 20, 5);
	expect_mark(p, XTCP_URGENT_HERE, 20);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, XTCP_WAKE_URGENT_HERE);
}

static void comes_out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 101, .ack = 1, .len = 10, .flags = URG_ACK, .urg = 1);
	expect_mark(p, XTCP_URGENT_HERE, 101);
}

/* MUST-66: with no window left. */
static void counts_at_a_closed_window(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 1000);

	recv_text(p, 1, 1000);
	KUNIT_EXPECT_EQ(test, xtcp_rcv_wnd(&p->conn), 0U);
	recv_seg(p, .seq = 1001, .ack = 1, .flags = URG_ACK, .urg = 500);
	expect_mark(p, XTCP_URGENT_AWAITED, 1500);
}

/* MUST-32: only news is told. */
static void news_is_told_once(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .flags = URG_ACK, .urg = 20);
	peer_wakes(p);
	recv_seg(p, .seq = 1, .ack = 1, .flags = URG_ACK, .urg = 20);
	recv_seg(p, .seq = 1, .ack = 1, .flags = URG_ACK, .urg = 19);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, 0);
	expect_mark(p, XTCP_URGENT_AWAITED, 20);
	recv_seg(p, .seq = 1, .ack = 1, .flags = URG_ACK, .urg = 21);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, XTCP_WAKE_URGENT);
	expect_mark(p, XTCP_URGENT_AWAITED, 21);
}

/* A pointer to what has been received already is of no use. */
static void old_pointer(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 1, 100);
	recv_seg(p, .seq = 51, .ack = 1, .len = 60, .flags = URG_ACK, .urg = 10);
	KUNIT_EXPECT_EQ(test, (int)p->conn.urgent.state, (int)XTCP_URGENT_NONE);
	KUNIT_EXPECT_EQ(test, peer_wakes(p) & URGENT_WAKES, 0);
}

/* The reader stands before an urgent octet, and another is announced. */
static void second_mark_skips_the_first(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 1, .flags = URG_ACK, .urg = 1);
	recv_seg(p, .seq = 2, .ack = 1, .len = 1, .flags = URG_ACK, .urg = 1);
	expect_mark(p, XTCP_URGENT_HERE, 2);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 1U);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 1);
}

static void second_mark_inline(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.limits.urgent_inline = true;
	recv_seg(p, .seq = 1, .ack = 1, .len = 1, .flags = URG_ACK, .urg = 1);
	recv_seg(p, .seq = 2, .ack = 1, .len = 1, .flags = URG_ACK, .urg = 1);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 2U);
}

/* MUST-33: a mark that was read over is no mark. */
static void read_over(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 10, .flags = URG_ACK, .urg = 5);
	read_bytes(p, 4);
	xtcp_urgent_read(&p->conn);
	KUNIT_EXPECT_TRUE(test, xtcp_urgent_at(&p->conn, p->conn.rcv.copied));
	read_bytes(p, 1);
	xtcp_urgent_read(&p->conn);
	KUNIT_EXPECT_EQ(test, (int)p->conn.urgent.state, (int)XTCP_URGENT_NONE);
}

/* After the peer's FIN there is nothing more to be urgent. */
static void ignored_after_fin(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_CLOSE_WAIT);

	recv_seg(p, .seq = 2, .ack = 1, .flags = URG_ACK, .urg = 5);
	KUNIT_EXPECT_EQ(test, (int)p->conn.urgent.state, (int)XTCP_URGENT_NONE);
}

/* RFC 9293 3.10.7.3: the sixth step for a SYN,ACK too; it counts from the SYN. */
static void pointer_in_a_syn_ack(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .seq = 0, .ack = 1, .len = 5, .mss = 1460, .urg = 4,
		 .flags = XTCP_SYN | URG_ACK);
	expect_mark(p, XTCP_URGENT_HERE, 3);
}

/* MUST-62, MUST-31: SND.UP is behind the last octet of whatever length. */
static void sent_pointer(struct kunit *test)
{
	struct peer *p = established(test);

	send_urgent(p, 3);
	expect(p, "1:4U4");
	recv_ack(p, 4);
	write_bytes(p, 5);
	expect(p, "4:9");
}

/* Every segment before SND.UP says it, none behind, each of one MSS (GSO). */
static void each_segment_has_its_pointer(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 10000);

	send_urgent(p, 2500);
	expect(p, "1:1001U2501 1001:2001U2501 2001:2501U2501");
	write_run(p, 5000);
	expect(p, "2501:7501");
}

/* MUST-31: it moves on with each urgent send. */
static void pointer_moves_on(struct kunit *test)
{
	struct peer *p = established(test);

	send_urgent(p, 1);
	send_urgent(p, 1);
	expect(p, "1:2U2 2:3U3");
}

/* Nagle's rule does not hold back what is urgent. */
static void not_held_by_nagle(struct kunit *test)
{
	struct peer *p = established(test);

	write_run(p, 1);
	write_run(p, 1);
	expect(p, "1:2");
	send_urgent(p, 1);
	expect(p, "2:3U4 3:4U4");
}

/* Announced though no text may go, and again with each probe (3.8.5). */
static void announced_at_a_closed_window(struct kunit *test)
{
	struct peer *p = established(test);

	recv_ack_wnd(p, 1, 0);
	peer_effects(p);
	send_urgent(p, 10);
	expect(p, "A1U11");
	at(p, ms(1000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 2UL);
	expect(p, "A1@0U11 A1U11 A1@0U11 A1U11");
	recv_ack_wnd(p, 1, 1000);
	expect(p, "1:11U11");
}

static void announced_when_cwnd_is_full(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 10000);
	peer_effects(p);
	send_urgent(p, 1);
	expect(p, "A1U10002");
}

static void retransmitted_with_pointer(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	send_urgent(p, 1500);
	expect(p, "1:1001U1501 1001:1501U1501");
	at(p, ms(300));
	expect(p, "1:1001U1501");
}

/*
 * What lies farther than a pointer of 16 bits reaches is announced by the
 * greatest, but not where text was sent already.
 */
static void farther_than_a_pointer(struct kunit *test)
{
	struct peer *p = established(test, .scaling = true, .wscale = 7, .mss = 1000,
				     .rcv_max = 1000000);

	p->conn.cc.cwnd = 90000;
	recv_ack_wnd(p, 1, 1000);
	peer_effects(p);
	write_bytes(p, 80000);
	peer_effects(p);
	send_urgent(p, 20000);
	/* cwnd ends with the segment from 89001; 100001 is behind the urgent text. */
	KUNIT_EXPECT_EQ(test, p->last.urg, (u16)11000);
	peer_effects(p);
	at(p, ms(300));
	/* From 1 the pointer would fall on 65536 of 90000 that the peer may have. */
	expect(p, "1:1001");
	recv_ack(p, 60001);
	KUNIT_EXPECT_TRUE(test, p->last.flags & XTCP_URG);
}

static void greatest_pointer(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	recv_ack_wnd(p, 1, 0);
	peer_effects(p);
	send_urgent(p, 70000);
	expect(p, "A1U65536");
}

/* Stale after 2 GB: SND.UP must not come round as something ahead. */
static void forgotten_when_acked(struct kunit *test)
{
	struct peer *p = established(test);

	send_urgent(p, 1);
	recv_ack(p, 2);
	write_bytes(p, 1);
	peer_effects(p);
	KUNIT_EXPECT_FALSE(test, p->conn.snd.urgent);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pointer_names_the_next_octet),
	KUNIT_CASE(stdurg_names_the_octet),
	KUNIT_CASE(announced_before_it_comes),
	KUNIT_CASE(comes_out_of_order),
	KUNIT_CASE(counts_at_a_closed_window),
	KUNIT_CASE(news_is_told_once),
	KUNIT_CASE(old_pointer),
	KUNIT_CASE(second_mark_skips_the_first),
	KUNIT_CASE(second_mark_inline),
	KUNIT_CASE(read_over),
	KUNIT_CASE(ignored_after_fin),
	KUNIT_CASE(pointer_in_a_syn_ack),
	KUNIT_CASE(sent_pointer),
	KUNIT_CASE(each_segment_has_its_pointer),
	KUNIT_CASE(pointer_moves_on),
	KUNIT_CASE(not_held_by_nagle),
	KUNIT_CASE(announced_at_a_closed_window),
	KUNIT_CASE(announced_when_cwnd_is_full),
	KUNIT_CASE(retransmitted_with_pointer),
	KUNIT_CASE(farther_than_a_pointer),
	KUNIT_CASE(greatest_pointer),
	KUNIT_CASE(forgotten_when_acked),
	{}
};

static struct kunit_suite xtcp_urgent_suite = {
	.name = "xtcp_urgent",
	.test_cases = cases,
};

kunit_test_suite(xtcp_urgent_suite);
