// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/timestamps.c: the option on every segment, what is echoed, PAWS, and
 * round-trip times by echoes (RFC 7323 3, 4, 5).
 */
#include <linux/math64.h>
#include "peer.h"

#define FLAGS_SA	(XTCP_SYN | XTCP_ACK)

/* What our clock shows in the cases' time. */
static u32 our_ts(const struct peer *p)
{
	return p->conn.ts.offset + (u32)div_u64(p->now, 1000);
}

static void expect_timestamp(struct peer *p, u32 tsecr)
{
	KUNIT_EXPECT_EQ(p->test, (int)p->last.opt.has_ts, 1);
	KUNIT_EXPECT_EQ(p->test, p->last.opt.tsval, our_ts(p));
	KUNIT_EXPECT_EQ(p->test, p->last.opt.tsecr, tsecr);
}

/* RFC 7323 3.2: offered in the SYN; TSecr is 0 without ACK. */
static void offered(struct kunit *test)
{
	struct peer *p = connecting(test);

	expect_timestamp(p, 0);
	at(p, sec(1));
	expect(p, "S0 S0");
	expect_timestamp(p, 0);
}

static void switch_off(struct xtcp_sysctls *knob)
{
	knob->timestamps = 0;
}

static void not_offered_by_knob(struct kunit *test)
{
	struct peer *p = connecting(test, .knobs = switch_off, .ts = true);

	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_ts, 0);
	recv_seg(p, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_ts, 0);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1460);
}

/* Both or neither; then in every segment, at the cost of its text. */
static void on_every_segment(struct kunit *test)
{
	struct peer *p = established(test, .ts = true, .wnd = 2000);

	write_bytes(p, 3000);
	expect(p, "1:1449");
	expect_timestamp(p, peer_ts(p));
	at(p, ms(7));
	recv_seg(p, .seq = 1, .ack = 1, .len = 10);
	expect(p, "A11");
	expect_timestamp(p, peer_ts(p));
	recv_ack_wnd(p, 1449, 0);
	at(p, sec(1));
	KUNIT_EXPECT_EQ(test, p->last.reason, (u8)XTCP_WHY_PROBE);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_ts, 1);
	recv_ack_wnd(p, 1449, 5000);
	user_shutdown(p);
	KUNIT_EXPECT_TRUE(test, p->last.flags & XTCP_FIN);
	expect_timestamp(p, peer_ts(p));
	user_abort(p);
	KUNIT_EXPECT_TRUE(test, p->last.flags & XTCP_RST);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_ts, 1);
}

static void not_agreed(struct kunit *test)
{
	struct peer *p = established(test);

	write_bytes(p, 2920);
	expect(p, "1:1461 1461:2921");
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_ts, 0);
}

static void agreed_by_a_listener(struct kunit *test)
{
	struct peer *p = accepted(test, .ts = true);

	write_bytes(p, 1448);
	expect(p, "1:1449");
	expect_timestamp(p, peer_ts(p));
}

/* 3.2: the path's MSS counts without options, the peer's as well. */
static void smaller_path(struct kunit *test)
{
	struct peer *p = established(test, .ts = true, .gso = 65000);

	p->conn.limits.mss_path = 1000;
	xtcp_pmtu_changed(&p->conn, p->now);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)988);
}

/* 4.3: of the segments that one ACK covers, the oldest is echoed. */
static void delayed_ack_echoes_the_first(struct kunit *test)
{
	struct peer *p = established(test, .ts = true, .rcv_buf = 60000);
	u32 first;

	p->conn.delack.quick = 0;
	at(p, ms(10));
	first = peer_ts(p);
	recv_text(p, 1, 1448);
	at(p, ms(20));
	expect(p, "");
	recv_text(p, 1449, 1448);
	expect(p, "A2897");
	expect_timestamp(p, first);
}

/* 4.3: not what lies behind a gap, but what fills it. */
static void echo_across_a_gap(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);
	u32 before, filling;

	at(p, ms(10));
	before = peer_ts(p);
	recv_text(p, 1, 100);
	at(p, ms(20));
	recv_text(p, 201, 100);
	expect_timestamp(p, before);
	at(p, ms(30));
	filling = peer_ts(p);
	recv_text(p, 101, 100);
	expect(p, "A101 A101 A301");
	expect_timestamp(p, filling);
}

/* 5.3 R1: older than TS.Recent: dropped, and answered with an ACK. */
static void older_text_is_dropped(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);

	at(p, ms(100));
	recv_text(p, 1, 100);
	expect(p, "A101");
	recv_seg(p, .seq = 101, .ack = 1, .len = 100, .tsval = peer_ts(p) - 1);
	expect(p, "A101");
	expect_drop(p, PAWS);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_PAWS_ESTAB), 1UL);
	/* The same tick is not older. */
	recv_seg(p, .seq = 101, .ack = 1, .len = 100, .tsval = peer_ts(p));
	expect(p, "A201");
	expect_drop(p, NONE);
}

/* The clock wraps: newer is what is less than half the circle ahead. */
static void clock_wraps(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);

	KUNIT_EXPECT_GT(test, p->conn.ts.recent, 0xffff0000U);
	at(p, ms(100));
	KUNIT_EXPECT_LT(test, peer_ts(p), 100U);
	recv_text(p, 1, 100);
	expect(p, "A101");
	expect_timestamp(p, peer_ts(p));
}

/* 5.2: a RST is never dropped for its timestamp, nor for having none. */
static void reset_needs_no_timestamp(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);

	recv_seg(p, .seq = 1, .flags = XTCP_RST, .tsval = 5);
	expect_state(p, CLOSED);
	p = established(test, .ts = true);
	recv_seg(p, .seq = 1, .flags = XTCP_RST, .no_ts = true);
	expect_state(p, CLOSED);
}

/* A RST that must still prove itself leaves no timestamp behind. */
static void blind_reset_is_not_echoed(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);
	u32 recent = p->conn.ts.recent;

	at(p, ms(10));
	recv_seg(p, .seq = 0, .flags = XTCP_RST, .tsval = recent + 1000000);
	recv_seg(p, .seq = 5, .flags = XTCP_RST, .tsval = recent + 1000000);
	KUNIT_EXPECT_EQ(test, p->conn.ts.recent, recent);
	expect_state(p, ESTABLISHED);
}

/* 3.2: once agreed, what comes without is dropped in silence. */
static void missing_timestamp(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);

	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .no_ts = true);
	expect(p, "");
	expect_drop(p, NO_TIMESTAMP);
	expect_state(p, ESTABLISHED);
}

/* 5.5: after 24 days TS.Recent may be from before the clock's last turn. */
static void recent_grows_stale(struct kunit *test)
{
	const u64 day = 86400 * sec(1);
	struct peer *p = established(test, .ts = true);

	at(p, 24 * day - sec(1));
	recv_seg(p, .seq = 1, .ack = 1, .len = 1, .tsval = PEER_TS - 1);
	expect_drop(p, PAWS);
	at(p, 24 * day + sec(1));
	recv_seg(p, .seq = 1, .ack = 1, .len = 1, .tsval = PEER_TS - 1);
	expect_drop(p, NONE);
}

/* 4.1: Karn's ambiguity is gone: the echo tells which one was answered. */
static void round_trip_of_a_retransmission(struct kunit *test)
{
	struct peer *p = established(test, .ts = true, .rtt_us = ms(100));
	u32 srtt = p->conn.rtt.srtt_us;

	write_bytes(p, 100);
	at(p, ms(400));
	expect(p, "1:101 1:101");
	KUNIT_EXPECT_EQ(test, (int)p->conn.rtt.backoff, 1);
	at(p, ms(450));
	recv_seg(p, .seq = 1, .ack = 101, .tsecr = (u32)div_u64(p->origin + ms(300), 1000));
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, (srtt * 7 + 150000) / 8);
	KUNIT_EXPECT_EQ(test, (int)p->conn.rtt.backoff, 0);
}

/* An echo from the future, or of nothing, is no measure. */
static void senseless_echoes(struct kunit *test)
{
	struct peer *p = established(test, .ts = true, .rtt_us = ms(100));
	u32 srtt = p->conn.rtt.srtt_us;

	write_bytes(p, 100);
	at(p, ms(400));
	recv_seg(p, .seq = 1, .ack = 101, .tsecr = our_ts(p) + 100);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, srtt);
	KUNIT_EXPECT_EQ(test, p->conn.snd.una, p->iss + 101);
}

/* A SYN,ACK that echoes what this attempt never sent is from another one. */
static void echo_of_another_attempt(struct kunit *test)
{
	struct peer *p = connecting(test, .ts = true);

	peer_effects(p);
	recv_seg(p, .ack = 1, .flags = FLAGS_SA, .mss = 1460, .tsecr = our_ts(p) - 1);
	expect(p, "R1");
	expect_state(p, SYN_SENT);
	recv_seg(p, .ack = 1, .flags = FLAGS_SA, .mss = 1460, .tsecr = our_ts(p) + 1);
	expect(p, "R1");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_PAWS_ACTIVE), 2UL);
	/* The answer to the first SYN may come after the second. */
	at(p, ms(1500));
	expect(p, "S0");
	recv_seg(p, .ack = 1, .flags = FLAGS_SA, .mss = 1460, .tsecr = our_ts(p) - 1500);
	expect_state(p, ESTABLISHED);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(offered),
	KUNIT_CASE(not_offered_by_knob),
	KUNIT_CASE(on_every_segment),
	KUNIT_CASE(not_agreed),
	KUNIT_CASE(agreed_by_a_listener),
	KUNIT_CASE(smaller_path),
	KUNIT_CASE(delayed_ack_echoes_the_first),
	KUNIT_CASE(echo_across_a_gap),
	KUNIT_CASE(older_text_is_dropped),
	KUNIT_CASE(clock_wraps),
	KUNIT_CASE(reset_needs_no_timestamp),
	KUNIT_CASE(blind_reset_is_not_echoed),
	KUNIT_CASE(missing_timestamp),
	KUNIT_CASE(recent_grows_stale),
	KUNIT_CASE(round_trip_of_a_retransmission),
	KUNIT_CASE(senseless_echoes),
	KUNIT_CASE(echo_of_another_attempt),
	{}
};

static struct kunit_suite xtcp_timestamps_suite = {
	.name = "xtcp_timestamps",
	.test_cases = cases,
};

kunit_test_suite(xtcp_timestamps_suite);
