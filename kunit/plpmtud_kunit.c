// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/plpmtud.c: probes of the path MTU, when they go and what becomes of
 * them (RFC 4821 7.4, 7.6; rfcs "PMTUD"; linux-surface mtu_probing,
 * TCPMTUPSuccess, TCPMTUPFail).
 */
#include "peer.h"

#define RTT_MS	100

static void always(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
}

/* cwnd is 10 segments of base_mss. */
#define searching(test, ...) \
	established(test, .nodelay = true, .rtt_us = ms(RTT_MS), .knobs = always, __VA_ARGS__)
#define searching_with_sack(test) \
	searching(test, .sack = true, .gso = 20480)

/* What a probe of 1460 bytes has with four segments of 1024 behind it. */
#define NEED	(1460 + 4 * 1024)

static void expect_results(struct peer *p, unsigned long successes, unsigned long failures)
{
	KUNIT_EXPECT_EQ(p->test, peer_mib(XTCP_MIB_MTUP_SUCCESS), successes);
	KUNIT_EXPECT_EQ(p->test, peer_mib(XTCP_MIB_MTUP_FAIL), failures);
}

/* mtu_probing 0: segments have the size that the interfaces take. */
static void off_by_default(struct kunit *test)
{
	struct peer *p = established(test, .sack = true);

	write_bytes(p, 2920);
	expect(p, "1:1461 1461:2921");
	KUNIT_EXPECT_NE(test, p->last.reason, (u8)XTCP_WHY_MTU_PROBE);
	recv_ack(p, 2921);
	expect_results(p, 0, 0);
}

/* mtu_probing 2: from base_mss on, and what the interfaces take is tried first. */
static void probe_that_arrives_raises_the_mss(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);
	u32 cwnd = p->conn.cc.cwnd;

	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1024);
	KUNIT_EXPECT_EQ(test, cwnd, 10240U);
	write_bytes(p, 1460 + 5120);
	expect(p, "1:1461 1461:6581");
	recv_ack(p, 1461);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
	KUNIT_EXPECT_EQ(test, p->conn.cc.mss, 1460U);
	expect_results(p, 1, 0);
	recv_ack(p, 6581);
	write_bytes(p, 8760);
	expect(p, "6581:15341");
	KUNIT_EXPECT_EQ(test, p->last.mss, (u16)1460);
	expect_results(p, 1, 0);
}

/* The options are in the size: a probe fills the packet, and no more. */
static void timestamps_are_in_the_size(struct kunit *test)
{
	struct peer *p = searching(test, .sack = true, .ts = true, .gso = 20480);

	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1012);
	write_bytes(p, 1448 + 4 * 1012);
	expect(p, "1:1449 1449:5497");
	recv_ack(p, 5497);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1448);
}

static void peers_mss_is_not_exceeded(struct kunit *test)
{
	struct peer *p = searching(test, .sack = true, .gso = 20480, .mss = 1200);

	write_bytes(p, 8000);
	expect(p, "1:1201 1201:8001");
	recv_ack(p, 8001);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1200);
	write_bytes(p, 8000);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 0U);
}

/* RFC 4821 7.4: a loss must be found without a timeout. */
struct enough_row {
	const char *desc;
	u32 text;
	u16 wnd;
	u32 cwnd;
	bool probes;
};

static const struct enough_row enough_rows[] = {
	{ "all of it", NEED, NEED, NEED, true },
	{ "too little text", NEED - 1, 65535, 65535, false },
	{ "too narrow a window", 20000, NEED - 1, 65535, false },
	{ "too narrow a congestion window", 20000, 65535, NEED - 1, false },
};

KUNIT_ARRAY_PARAM_DESC(enough, enough_rows, desc);

static void needs_text_and_windows(struct kunit *test)
{
	const struct enough_row *row = test->param_value;
	struct peer *p = searching_with_sack(test);

	recv_ack_wnd(p, 1, row->wnd);
	p->conn.cc.cwnd = row->cwnd;
	write_bytes(p, row->text);
	KUNIT_EXPECT_GT(test, p->nr_sent, 0U);
	KUNIT_EXPECT_EQ(test, (int)p->conn.plpmtud.len, row->probes ? 1460 : 0);
}

/* Text is held back until the congestion window takes the probe. */
static void waits_for_the_congestion_window(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 5000);
	write_bytes(p, 4200);
	peer_effects(p);
	write_bytes(p, 20000);
	expect(p, "");
	KUNIT_EXPECT_TRUE(test, p->conn.cwnd_limited);
	recv_ack(p, 1025);
	expect(p, "9201:10661 10661:11685");
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 1460U);
}

/* The same of the peer's window, which must take the segments behind it, too. */
static void waits_for_the_window(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	recv_ack_wnd(p, 1, NEED + 1024);
	write_bytes(p, 4096);
	peer_effects(p);
	write_bytes(p, 20000);
	expect(p, "");
	recv_ack(p, 2049);
	expect(p, "");
	recv_ack(p, 3073);
	expect(p, "4097:5557 5557:9653");
}

/* Small descriptors: where there is no GSO each is to be one segment. */
static void text_is_queued_for_a_probe(struct kunit *test)
{
	struct peer *p = searching(test, .sack = true);

	write_bytes(p, 8000);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 1460U);
	KUNIT_EXPECT_LE(test, p->last.len, 1024U);
	recv_ack(p, 8001);
	/* Once it is found, descriptors are segments again. */
	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 0), 1460U);
}

/* Of the text behind the probe nothing waits for an ACK (Nagle). */
static void probe_is_no_small_segment(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .gso = 20480, .knobs = always);

	write_bytes(p, 1460 + 5000);
	expect(p, "1:1461 1461:6461");
}

/* 7.6.2: not congestion, and the text goes again in segments that pass. */
static void probe_lost_alone(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460 + 5120);
	peer_effects(p);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1461, 4533 });
	expect(p, "1:1461");
	KUNIT_EXPECT_EQ(test, p->last.mss, (u16)1024);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10240U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
	KUNIT_EXPECT_EQ(test, p->conn.rate.lost, 0ULL);
	expect_results(p, 0, 1);
	after(p, ms(RTT_MS));
	recv_ack(p, 6581);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1024);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.high, (u16)1459);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 0UL);
	/* search_low to search_high, in halves. */
	write_bytes(p, 8000);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, (1024U + 1459 + 1) / 2);
}

/* A pacer may hold back what goes again: the next ACK finds nothing new lost. */
static void lost_probe_waits_for_its_turn(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460 + 5120);
	peer_effects(p);
	after(p, ms(RTT_MS));
	p->conn.limits.pace_max = 10000;
	p->conn.pace.next_ns = (p->now + ms(50)) * 1000;
	recv_sack(p, 1, { 1461, 4533 });
	expect(p, "");
	recv_sack(p, 1, { 1461, 5557 });
	expect(p, "");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
	expect_results(p, 0, 1);
}

/* What goes again for the probe and is lost then is congestion. */
static void text_of_the_probe_lost_again(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460 + 5120);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1461, 4533 });
	peer_effects(p);
	write_bytes(p, 3072);
	peer_effects(p);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1461, 9653 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_LT(test, p->conn.cc.ssthresh, 10240U);
	expect_results(p, 0, 1);
}

/* Three duplicate ACKs tell the same, and those that follow nothing more. */
static void probe_lost_without_sack(struct kunit *test)
{
	struct peer *p = searching(test, .gso = 20480);
	int i;

	write_bytes(p, 1460 + 5120);
	peer_effects(p);
	after(p, ms(RTT_MS));
	for (i = 0; i < 2; i++)
		recv_ack(p, 1);
	expect(p, "");
	for (i = 0; i < 3; i++)
		recv_ack(p, 1);
	expect(p, "1:1461");
	KUNIT_EXPECT_EQ(test, p->last.mss, (u16)1024);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10240U);
	expect_results(p, 0, 1);
	after(p, ms(RTT_MS));
	recv_ack(p, 6581);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_RENO_RECOVERY), 0UL);
}

/* A loss just behind the probe brings duplicate ACKs of its own. */
static void loss_behind_the_probe_without_sack(struct kunit *test)
{
	struct peer *p = searching(test, .gso = 20480);
	int i;

	write_bytes(p, 1460 + 5120);
	after(p, ms(RTT_MS));
	for (i = 0; i < 3; i++)
		recv_ack(p, 1);
	after(p, ms(RTT_MS));
	recv_ack(p, 1461);
	peer_effects(p);
	for (i = 0; i < 3; i++)
		recv_ack(p, 1461);
	expect(p, "1461:2485");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
}

/* 7.6.5: then it may have met the same congestion, and is sent once more. */
static void probe_lost_with_others(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460 + 8192);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 2485, 9653 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	KUNIT_EXPECT_LT(test, p->conn.cc.ssthresh, 10240U);
	after(p, ms(RTT_MS));
	recv_ack(p, 9653);
	expect_results(p, 0, 0);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1024);
	p->conn.cc.cwnd = 10240;
	write_bytes(p, 8000);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 1460U);
	recv_ack(p, sent_to(p));
	expect_results(p, 1, 0);
}

/* As many bytes as the probe has are lost, but not those of the probe. */
static void loss_before_the_probe(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460);
	at(p, ms(10));
	write_bytes(p, 500);
	at(p, ms(20));
	write_bytes(p, 8000);
	KUNIT_ASSERT_EQ(test, p->conn.plpmtud.len, 1460U);
	at(p, ms(110));
	recv_sack(p, 1, { 1461, 1961 });
	at(p, ms(140));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	expect_results(p, 0, 0);
	recv_ack(p, sent_to(p));
	expect_results(p, 1, 0);
}

/* That the probe was only late says nothing of an earlier reduction (RFC 3522). */
static void late_probe_takes_no_reduction_back(struct kunit *test)
{
	struct peer *p = searching(test, .sack = true, .ts = true, .gso = 20480);
	u32 echo;

	write_bytes(p, 5000);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1013, 5001 });
	after(p, ms(RTT_MS));
	recv_ack(p, 5001);
	p->conn.cc.cwnd = 10120;
	write_bytes(p, 8000);
	echo = p->echo;
	KUNIT_ASSERT_EQ(test, p->conn.plpmtud.len, 1448U);
	after(p, ms(RTT_MS));
	recv_sack(p, 5001, { 6449, 13001 });
	expect_results(p, 0, 1);
	after(p, ms(10));
	recv_seg(p, .seq = 1, .ack = 13001, .tsecr = echo);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TS_UNDO), 0UL);
	KUNIT_EXPECT_LT(test, p->conn.cc.ssthresh, 10120U);
}

/* Another is lost and the probe has come: that is all that it wants to know. */
static void probe_arrives_and_another_is_lost(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1024);
	write_bytes(p, 1460 + 5120);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1025, 7605 });
	expect_results(p, 1, 0);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
}

static void no_probe_in_recovery(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 5000);
	after(p, ms(RTT_MS));
	recv_sack(p, 1, { 1025, 5001 });
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	p->conn.cc.cwnd = 65535;
	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 0U);
}

/* After a timeout, too, though nothing is known to be missing any more. */
static void no_probe_after_a_timeout(struct kunit *test)
{
	struct peer *p = searching(test, .gso = 20480);

	write_bytes(p, 5000);
	at(p, ms(301));
	recv_ack(p, 1025);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	p->conn.cc.cwnd = 65535;
	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->conn.board.lost, 0U);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 0U);
}

static void no_probe_with_urgent_text(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1);
	recv_ack_wnd(p, 2, 0);
	write_bytes(p, 8000);
	xtcp_urgent_send(&p->conn);
	recv_ack_wnd(p, 2, 65535);
	KUNIT_EXPECT_GT(test, p->nr_sent, 1U);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 0U);
}

static void short_of_memory(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	p->fail_cuts = 1;
	write_bytes(p, 8000);
	expect(p, "");
	after(p, ms(250));
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->conn.txq.end);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.len, 1460U);
}

/* Found by a timeout only: congestion, and it is not tried again at once. */
static void timeout_of_the_probe(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1460 + 5120);
	p->conn.tlp.out = true;
	peer_effects(p);
	at(p, ms(301));
	expect(p, "1:1025");
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_LOSS);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1024U);
	expect_results(p, 0, 1);
	KUNIT_EXPECT_EQ(test, p->conn.plpmtud.high, (u16)1459);
}

/* Of what goes again an ACK does not tell which has arrived. */
static void probe_sent_again_proves_nothing(struct kunit *test)
{
	struct peer *p = searching_with_sack(test);

	write_bytes(p, 1024);
	write_bytes(p, 1460 + 5120);
	p->conn.tlp.out = true;
	at(p, ms(301));
	peer_effects(p);
	recv_ack(p, 1025);
	expect(p, "1025:2485");
	after(p, ms(RTT_MS));
	recv_ack(p, 2485);
	expect_results(p, 0, 0);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1024);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(off_by_default),
	KUNIT_CASE(probe_that_arrives_raises_the_mss),
	KUNIT_CASE(timestamps_are_in_the_size),
	KUNIT_CASE(peers_mss_is_not_exceeded),
	KUNIT_CASE_PARAM(needs_text_and_windows, enough_gen_params),
	KUNIT_CASE(waits_for_the_congestion_window),
	KUNIT_CASE(waits_for_the_window),
	KUNIT_CASE(text_is_queued_for_a_probe),
	KUNIT_CASE(probe_is_no_small_segment),
	KUNIT_CASE(probe_lost_alone),
	KUNIT_CASE(lost_probe_waits_for_its_turn),
	KUNIT_CASE(text_of_the_probe_lost_again),
	KUNIT_CASE(probe_lost_without_sack),
	KUNIT_CASE(loss_behind_the_probe_without_sack),
	KUNIT_CASE(probe_lost_with_others),
	KUNIT_CASE(loss_before_the_probe),
	KUNIT_CASE(late_probe_takes_no_reduction_back),
	KUNIT_CASE(probe_arrives_and_another_is_lost),
	KUNIT_CASE(no_probe_in_recovery),
	KUNIT_CASE(no_probe_after_a_timeout),
	KUNIT_CASE(no_probe_with_urgent_text),
	KUNIT_CASE(short_of_memory),
	KUNIT_CASE(timeout_of_the_probe),
	KUNIT_CASE(probe_sent_again_proves_nothing),
	{}
};

static struct kunit_suite xtcp_plpmtud_suite = {
	.name = "xtcp_plpmtud",
	.test_cases = cases,
};

kunit_test_suite(xtcp_plpmtud_suite);
