// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is counted under the names that Linux's counters have (linux-surface 9): each moves where
 * its event happens. Those that go with a mechanism are looked at in its tests.
 */
#include <linux/math64.h>
#include "peer.h"

#define counted(p, name, n) \
	KUNIT_EXPECT_EQ((p)->test, peer_mib(XTCP_MIB_##name), (unsigned long)(n))

static struct peer *in_flight(struct kunit *test, u32 n, bool sack, bool ts)
{
	struct peer *p = established(test, .sack = sack, .rtt_us = ms(100), .ts = ts,
				     .mss = ts ? 1012 : 1000);

	write_bytes(p, n * 1000);
	KUNIT_ASSERT_EQ(test, p->nr_sent, n);
	at(p, ms(100));
	return p;
}

/* What our clock showed us before. */
static u32 our_ts(const struct peer *p, u64 us)
{
	return p->conn.ts.offset + (u32)div_u64(p->origin + us, 1000);
}

static void text_and_acks(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 10000, .nodelay = true);

	write_run(p, 2500);
	counted(p, ORIG_DATA_SENT, 3);
	counted(p, DELIVERED, 0);
	recv_ack(p, 2501);
	counted(p, DELIVERED, 3);
	counted(p, PURE_ACKS, 1);
	recv_text(p, 1, 10);
	recv_fin(p, 11);
	counted(p, PURE_ACKS, 1);
	write_bytes(p, 1000);
	at(p, sec(1));
	KUNIT_EXPECT_GT(test, peer_mib(XTCP_MIB_TIMEOUTS), 0UL);
	counted(p, ORIG_DATA_SENT, 4);
}

static void marked(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .ecn = true);

	p->conn.ecn.on = true;
	write_bytes(p, 5000);
	recv_seg(p, .seq = 1, .ack = 2001, .flags = XTCP_ACK | XTCP_ECE);
	recv_ack(p, 5001);
	counted(p, DELIVERED, 5);
	counted(p, DELIVERED_CE, 2);
}

/* RFC 9768: three more packets were marked, by ACE. */
static void marked_accurately(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->conn.ecn.on = true;
	p->conn.accecn.on = true;
	p->conn.accecn.checked = true;
	p->conn.accecn.told = XTCP_ACE_INITIAL;
	write_bytes(p, 5000);
	recv_seg(p, .seq = 1, .ack = 5001,
		 .flags = XTCP_ACK | xtcp_ace_flags(XTCP_ACE_INITIAL + 3));
	counted(p, DELIVERED_CE, 3);
}

static void after_a_timeout(struct kunit *test)
{
	struct peer *p = in_flight(test, 10, true, false);

	p->conn.tlp.out = true;
	at(p, ms(301));
	counted(p, SLOW_START_RETRANS, 1);
	counted(p, SACK_FAILURES, 0);
	at(p, ms(400));
	recv_ack(p, 1001);
	counted(p, SLOW_START_RETRANS, 3);
	counted(p, LOSS_FAILURES, 0);
	at(p, sec(2));
	counted(p, LOSS_FAILURES, 1);
	counted(p, FAST_RETRANS, 0);
}

static void timeout_in_disorder(struct kunit *test)
{
	struct peer *p = in_flight(test, 10, true, false);

	p->env.knob.recovery = 0;	/* or some would be lost by time */
	recv_sack(p, 1, { 1001, 2001 });
	at(p, ms(401));
	counted(p, SACK_FAILURES, 1);
	p = in_flight(test, 10, false, false);
	recv_ack(p, 1);
	at(p, ms(401));
	counted(p, RENO_FAILURES, 1);
	counted(p, SACK_FAILURES, 0);
}

static void timeout_in_recovery(struct kunit *test)
{
	struct peer *p = in_flight(test, 10, true, false);

	recv_sack(p, 1, { 1001, 4001 });
	counted(p, SLOW_START_RETRANS, 0);
	at(p, ms(401));
	counted(p, SACK_RECOVERY_FAIL, 1);
	counted(p, LOST_RETRANSMIT, 1);
	p = in_flight(test, 10, false, false);
	recv_ack(p, 1);
	recv_ack(p, 1);
	recv_ack(p, 1);
	at(p, ms(401));
	counted(p, RENO_RECOVERY_FAIL, 1);
	counted(p, SACK_RECOVERY_FAIL, 0);
}

static struct peer *in_vain(struct kunit *test, u32 ack)
{
	struct peer *p = in_flight(test, 10, true, true);

	recv_sack(p, 1, { 1001, 4001 });
	at(p, ms(110));
	recv_seg(p, .seq = 1, .ack = ack, .tsecr = our_ts(p, 0));
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	return p;
}

static void undone_by_timestamps(struct kunit *test)
{
	struct peer *p = in_vain(test, 4001);

	counted(p, PARTIAL_UNDO, 1);
	counted(p, FULL_UNDO, 0);
	counted(p, TS_REORDER, 1);
	p = in_vain(test, p->conn.recovery.high - p->iss);
	counted(p, FULL_UNDO, 1);
	counted(p, PARTIAL_UNDO, 0);
	counted(p, LOSS_UNDO, 0);
}

static struct peer *timed_out(struct kunit *test, bool ts)
{
	struct peer *p = in_flight(test, 10, true, ts);

	p->conn.tlp.out = true;
	at(p, ms(301));
	return p;
}

static void undone_timeout(struct kunit *test)
{
	struct peer *p = timed_out(test, true);

	recv_seg(p, .seq = 1, .ack = 1001, .tsecr = our_ts(p, 0));
	counted(p, LOSS_UNDO, 1);
	counted(p, TS_REORDER, 0);
	p = timed_out(test, false);
	recv_sack(p, 1, { 1001, 2001 });
	counted(p, LOSS_UNDO, 1);
	counted(p, SPURIOUS_RTOS, 1);
}

static void reports_of_duplicates(struct kunit *test)
{
	struct peer *p = in_flight(test, 10, true, false);

	recv_sack(p, 2001, { 1, 2001 });
	counted(p, DSACK_RECV, 1);
	counted(p, DSACK_RECV_SEGS, 2);
	recv_sack(p, 2001, { 4001, 5001 }, { 3001, 6001 });
	counted(p, DSACK_RECV, 1);
	counted(p, DSACK_OFO_RECV, 1);
	counted(p, DSACK_RECV_SEGS, 3);
}

/* Of what is so old that it cannot have been sent twice. */
static void reports_that_are_ignored(struct kunit *test)
{
	struct peer *p = in_flight(test, 10, true, false);

	recv_sack(p, 1, { 0U - 100000, 0U - 99000 });
	counted(p, DSACK_IGNORED_NO_UNDO, 1);
	recv_sack(p, 1, { 1001, 4001 });
	recv_sack(p, 1, { 0U - 100000, 0U - 99000 });
	counted(p, DSACK_IGNORED_OLD, 1);
	counted(p, DSACK_IGNORED_NO_UNDO, 1);
	counted(p, DSACK_RECV, 0);
	counted(p, SACK_DISCARD, 0);
	recv_sack(p, 1, { 1001, 4001 }, { 9001, 11001 });
	counted(p, SACK_DISCARD, 1);
	recv_sack(p, 1, { 1001, 4001 }, { 6001, 6001 });
	counted(p, SACK_DISCARD, 2);
}

static void text_that_comes_again(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 1000);

	recv_text(p, 1, 100);
	recv_text(p, 51, 100);
	counted(p, DELACK_LOST, 0);
	recv_text(p, 1, 100);
	counted(p, DELACK_LOST, 1);
	recv_text(p, 201, 100);
	recv_text(p, 221, 10);
	counted(p, OFO_MERGE, 1);
	recv_text(p, 401, 100);
	recv_text(p, 191, 400);
	counted(p, OFO_MERGE, 3);
	counted(p, OFO_QUEUE, 3);
}

static void text_without_room(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 1000);

	recv_text(p, 1, 900);
	p->force_full = true;
	recv_text(p, 901, 50);
	counted(p, RCVQ_DROP, 1);
	p->force_full = false;
	recv_text(p, 901, 100);
	counted(p, ZERO_WINDOW_DROP, 0);
	recv_text(p, 1001, 1);
	counted(p, ZERO_WINDOW_DROP, 1);
}

static void closed_windows(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 20000, .mss_adv = 1000);

	recv_text(p, 1, 19000);
	counted(p, TO_ZERO_WINDOW, 0);
	recv_text(p, 19001, 1000);
	counted(p, TO_ZERO_WINDOW, 1);
	recv_text(p, 20001, 1);
	counted(p, TO_ZERO_WINDOW, 1);
	counted(p, FROM_ZERO_WINDOW, 0);
	read_bytes(p, 2000);
	counted(p, FROM_ZERO_WINDOW, 1);
	counted(p, WANT_ZERO_WINDOW, 0);
	/* Text that costs more memory than was thought. */
	p->rcv_buf = 18000;
	recv_text(p, 20001, 1000);
	counted(p, WANT_ZERO_WINDOW, 1);
	counted(p, TO_ZERO_WINDOW, 1);
}

static void challenges(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);

	recv_seg(p, .seq = 1, .ack = 1, .len = 1);
	recv_seg(p, .seq = 100000, .ack = 1);
	recv_seg(p, .seq = 100000, .ack = 1);
	counted(p, ACK_SKIPPED_SEQ, 1);
	recv_seg(p, .seq = 2, .ack = 1, .tsval = PEER_TS - 1000);
	counted(p, ACK_SKIPPED_PAWS, 1);
	counted(p, CHALLENGE_ACK, 0);
	recv_seg(p, .seq = 100, .flags = XTCP_SYN);
	recv_seg(p, .seq = 100000, .flags = XTCP_SYN);
	counted(p, SYN_CHALLENGE, 2);
	counted(p, ACK_SKIPPED, 2);
	at(p, sec(1));
	recv_seg(p, .seq = 100, .flags = XTCP_SYN);
	counted(p, SYN_CHALLENGE, 3);
	counted(p, CHALLENGE_ACK, 1);
}

static void reset_without_memory(struct kunit *test)
{
	struct peer *p = established(test);

	p->fail_sends = 1;
	user_abort(p);
	counted(p, ABORT_FAILED, 1);
}

static void round_trip(struct peer *p, u64 rtt_us)
{
	u32 end = sent_to(p);
	u32 una = p->conn.snd.una - p->iss;

	after(p, rtt_us);
	while (una != end) {
		una = min(una + 1000, end);
		recv_ack(p, una);
		peer_effects(p);
	}
}

/* RFC 9406: the round trip rises, and five rounds later it has not come down. */
static void slow_start_ends(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = ms(100), .scaling = true,
				     .wscale = 8, .cc = &xtcp_cc_cubic);
	u32 i;

	write_bytes(p, 3000000);
	peer_effects(p);
	for (i = 0; i < 3; i++)
		round_trip(p, ms(100));
	for (i = 0; i < 4; i++)
		round_trip(p, ms(150));
	counted(p, HYSTART_DELAY_DETECT, 0);
	for (i = 0; i < 3; i++)
		round_trip(p, ms(150));
	counted(p, HYSTART_DELAY_DETECT, 1);
	KUNIT_EXPECT_LT(test, p->conn.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
	counted(p, HYSTART_DELAY_CWND, DIV_ROUND_UP(p->conn.cc.ssthresh, 1000));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(text_and_acks),
	KUNIT_CASE(marked),
	KUNIT_CASE(marked_accurately),
	KUNIT_CASE(after_a_timeout),
	KUNIT_CASE(timeout_in_disorder),
	KUNIT_CASE(timeout_in_recovery),
	KUNIT_CASE(undone_by_timestamps),
	KUNIT_CASE(undone_timeout),
	KUNIT_CASE(reports_of_duplicates),
	KUNIT_CASE(reports_that_are_ignored),
	KUNIT_CASE(text_that_comes_again),
	KUNIT_CASE(text_without_room),
	KUNIT_CASE(closed_windows),
	KUNIT_CASE(challenges),
	KUNIT_CASE(reset_without_memory),
	KUNIT_CASE(slow_start_ends),
	{}
};

static struct kunit_suite xtcp_counts_suite = {
	.name = "xtcp_counts",
	.test_cases = cases,
};

kunit_test_suite(xtcp_counts_suite);
