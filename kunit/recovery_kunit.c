// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/recovery.c: fast recovery with SACK at the proportional rate, timeouts
 * and F-RTO (RFC 9937, RFC 8985, RFC 5682, RFC 2018 8).
 */
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

/* RFC 9937 6.2: the first retransmission does not wait for the rate. */
static void enters(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, p->conn.recovery.high, p->iss + 10001);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FAST_RETRANS), 1UL);
}

/* RFC 9937: ssthresh / RecoverFS = 1/2: one segment for two that arrived. */
static void at_half_the_rate(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	write_bytes(p, 20000);
	recv_sack(p, 1, { 1001, 2001 });
	expect(p, "10001:11001");	/* as limited transmit would */
	recv_sack(p, 1, { 1001, 3001 });
	expect(p, "11001:12001");
	recv_sack(p, 1, { 1001, 4001 });
	expect(p, "1:1001");
	recv_sack(p, 1, { 1001, 5001 });
	expect(p, "");
	recv_sack(p, 1, { 1001, 6001 });
	expect(p, "");
	recv_sack(p, 1, { 1001, 7001 });
	expect(p, "12001:13001");
	recv_sack(p, 1, { 1001, 8001 });
	expect(p, "");
}

/* RFC 9937: the window is ssthresh when it is over. */
static void leaves(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	write_bytes(p, 20000);
	recv_sack(p, 1, { 1001, 10001 });
	at(p, ms(200));
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, p->conn.cc.ssthresh);
	KUNIT_EXPECT_EQ(test, xtcp_flight(&p->conn), 5000U);
}

/* All that is lost goes again, in order, and nothing else. */
static void only_what_is_lost(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	recv_sack(p, 1, { 9001, 10001 }, { 6001, 7001 }, { 1001, 3001 });
	recv_sack(p, 1, { 7001, 8001 }, { 9001, 10001 }, { 1001, 3001 });
	at(p, ms(200));
	recv_sack(p, 1, { 1001, 4001 }, { 6001, 8001 }, { 9001, 10001 });
	recv_sack(p, 1001, { 9001, 10001 });
	recv_ack(p, 10001);
	expect(p, "1:1001 3001:4001 4001:5001 5001:6001 8001:9001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
}

/* RFC 9937: with less in flight than ssthresh, one for one and one more. */
static void bounded_catching_up(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	write_bytes(p, 20000);
	recv_sack(p, 1, { 8001, 10001 });
	peer_effects(p);
	recv_sack(p, 1, { 7001, 10001 });
	/* Seven lost of ten, one delivered: 1 goes, and what was held back. */
	KUNIT_EXPECT_LE(test, xtcp_flight(&p->conn), p->conn.cc.ssthresh);
	KUNIT_EXPECT_GE(test, p->conn.recovery.prr_delivered, p->conn.recovery.prr_out);
}

/* A loss behind the first recovery begins a second one. */
static void a_second_window(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	write_bytes(p, 20000);
	recv_sack(p, 1, { 1001, 10001 });
	at(p, ms(200));
	recv_ack(p, 10001);
	peer_effects(p);
	p->show = SHOW_TIME;
	at(p, ms(300));
	recv_sack(p, 10001, { 11001, 15001 });
	expect(p, "[300]10001:11001 [300]15001:16001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 2UL);
}

/*
 * RFC 6675 5: what was sent during a recovery and lost is another window's loss, also if it has
 * gone again before the recovery ends.
 */
static void lost_and_resent_meanwhile(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);
	u32 ssthresh;

	write_bytes(p, 20000);
	recv_sack(p, 1, { 1001, 10001 });
	ssthresh = p->conn.cc.ssthresh;
	peer_effects(p);
	p->show = SHOW_TIME;
	at(p, ms(200));
	recv_sack(p, 1, { 11001, 12001 }, { 1001, 10001 });
	expect(p, "[200]1:1001 [200]10001:11001 [200]14001:15001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 1UL);
	recv_sack(p, 10001, { 11001, 12001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 2UL);
	KUNIT_EXPECT_LT(test, p->conn.cc.ssthresh, ssthresh);
	recv_ack(p, p->conn.snd.nxt - p->iss);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
}

/* RFC 5681 3.1: after a timeout, one segment and slow start. */
static void timeout(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->conn.tlp.out = true;
	at(p, ms(301));
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
	at(p, ms(400));
	recv_ack(p, 1001);
	expect(p, "1001:2001 2001:3001");
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
}

/* RFC 2018 8: at a timeout the peer may have dropped what it had. */
static void reneging(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	recv_sack(p, 1, { 1001, 4001 });
	at(p, ms(200));
	recv_ack(p, 1001);
	peer_effects(p);
	at(p, sec(2));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RENEGING), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.board.sacked, 0U);
	recv_ack(p, 2001);
	recv_ack(p, 4001);
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
}

static struct peer *timed_out(struct kunit *test)
{
	struct peer *p = ten_in_flight(test, false);

	p->conn.tlp.out = true;
	at(p, ms(301));
	expect(p, "1:1001");
	return p;
}

/* RFC 5682 3: what was sent once has arrived: the rest was only late. */
static void frto_by_sack(struct kunit *test)
{
	struct peer *p = timed_out(test);

	recv_sack(p, 1, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SPURIOUS_RTOS), 1UL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10000U);
	expect(p, "");
	recv_ack(p, 10001);
	expect(p, "");
}

/* RFC 5682 2 (2b), (3b): new text, then an ACK of what was sent once. */
static void frto_by_new_text(struct kunit *test)
{
	struct peer *p = timed_out(test);

	write_bytes(p, 20000);
	recv_ack(p, 1001);
	expect(p, "10001:11001 11001:12001");
	recv_ack(p, 2001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SPURIOUS_RTOS), 1UL);
}

/* RFC 5682 2 (3a): a duplicate: it was lost indeed. */
static void frto_finds_a_loss(struct kunit *test)
{
	struct peer *p = timed_out(test);

	write_bytes(p, 20000);
	recv_ack(p, 1001);
	peer_effects(p);
	recv_sack(p, 1001, { 10001, 11001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	expect(p, "1001:2001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SPURIOUS_RTOS), 0UL);
}

static void no_frto(struct xtcp_sysctls *knob)
{
	knob->frto = 0;
}

static void no_frto_by_knob(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .rtt_us = ms(100), .mss = 1000,
				     .knobs = no_frto);

	write_bytes(p, 10000);
	p->conn.tlp.out = true;
	at(p, ms(301));
	recv_sack(p, 1, { 1001, 2001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
}

/* RFC 5681: ssthresh once for a window, not at each timeout of it. */
static void second_timeout_keeps_ssthresh(struct kunit *test)
{
	struct peer *p = timed_out(test);

	at(p, ms(2500));
	expect(p, "1:1001 1:1001");
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 5000U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(enters),
	KUNIT_CASE(at_half_the_rate),
	KUNIT_CASE(leaves),
	KUNIT_CASE(only_what_is_lost),
	KUNIT_CASE(bounded_catching_up),
	KUNIT_CASE(a_second_window),
	KUNIT_CASE(lost_and_resent_meanwhile),
	KUNIT_CASE(timeout),
	KUNIT_CASE(reneging),
	KUNIT_CASE(frto_by_sack),
	KUNIT_CASE(frto_by_new_text),
	KUNIT_CASE(frto_finds_a_loss),
	KUNIT_CASE(no_frto_by_knob),
	KUNIT_CASE(second_timeout_keeps_ssthresh),
	{}
};

static struct kunit_suite xtcp_recovery_suite = {
	.name = "xtcp_recovery",
	.test_cases = cases,
};

kunit_test_suite(xtcp_recovery_suite);
