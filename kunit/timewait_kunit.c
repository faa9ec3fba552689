// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/timewait.c: what a segment means in TIME-WAIT (RFC 9293 3.10.7.4,
 * 3.6.1; rfc9293 section 4, MAY-2; mission E7, E13, S3.6).
 */
#include "peer.h"

#define SND	0xffffff00U
#define RCV	0x00000010U	/* their FIN was number 15, text ended over the wrap */

struct tw_row {
	const char *desc;
	int seq;	/* from RCV.NXT */
	u8 flags;
	u32 len;
	enum xtcp_tw_verdict verdict;
};

#define FIN_ACK	(XTCP_FIN | XTCP_ACK)

static const struct tw_row rows[] = {
	{ "the FIN again", -1, FIN_ACK, 0, XTCP_TW_RESTART },
	{ "text and the FIN again", -101, FIN_ACK, 100, XTCP_TW_RESTART },
	{ "old text", -500, XTCP_ACK, 100, XTCP_TW_ACK },
	{ "text in the window", 0, XTCP_ACK, 1, XTCP_TW_ACK },
	{ "text far away", 10000000, XTCP_ACK, 10, XTCP_TW_ACK },
	{ "a FIN that can't be theirs", 5, FIN_ACK, 0, XTCP_TW_ACK },
	{ "keep-alive probe", -1, XTCP_ACK, 0, XTCP_TW_ACK },
	{ "ACK of our FIN again", 0, XTCP_ACK, 0, XTCP_TW_DROP },
	{ "RST, exact", 0, XTCP_RST, 0, XTCP_TW_KILL },
	{ "RST with ACK, exact", 0, XTCP_RST | XTCP_ACK, 0, XTCP_TW_KILL },
	{ "RST in the window", 1, XTCP_RST, 0, XTCP_TW_DROP },
	{ "RST outside", -1, XTCP_RST, 0, XTCP_TW_DROP },
	{ "new SYN, just beyond", 1, XTCP_SYN, 0, XTCP_TW_SYN },
	{ "new SYN, far beyond", 1000000, XTCP_SYN, 0, XTCP_TW_SYN },
	{ "old SYN", -100, XTCP_SYN, 0, XTCP_TW_ACK },
	{ "SYN at RCV.NXT", 0, XTCP_SYN, 0, XTCP_TW_ACK },
	{ "SYN,ACK", 1000, XTCP_SYN | XTCP_ACK, 0, XTCP_TW_ACK },
	{ "no ACK", 0, 0, 10, XTCP_TW_DROP },
	{ "FIN without ACK", -1, XTCP_FIN, 0, XTCP_TW_DROP },
};

KUNIT_ARRAY_PARAM_DESC(tw, rows, desc);

static const struct xtcp_sysctls with_timestamps = { .timestamps = 1 };

static void to_time_wait(struct kunit *test)
{
	const struct tw_row *row = test->param_value;
	struct xtcp_tw tw = { .snd_nxt = SND, .rcv_nxt = RCV, .wnd = 8000 };
	struct xtcp_seg seg = { .seq = RCV + row->seq, .ack = SND, .flags = row->flags,
				.len = row->len };
	struct xtcp_plan plan;

	KUNIT_ASSERT_EQ(test, (int)xtcp_tw_segment(&tw, &with_timestamps, 0, &seg, &plan),
			(int)row->verdict);
	if (row->verdict != XTCP_TW_ACK && row->verdict != XTCP_TW_RESTART)
		return;
	KUNIT_EXPECT_EQ(test, plan.flags, (u8)XTCP_ACK);
	KUNIT_EXPECT_EQ(test, plan.seq, SND);
	KUNIT_EXPECT_EQ(test, plan.ack, RCV);
	KUNIT_EXPECT_EQ(test, plan.wnd, (u16)8000);
	KUNIT_EXPECT_EQ(test, plan.len, 0U);
}

struct tw_ts_row {
	const char *desc;
	u32 seq;	/* from RCV */
	u8 flags;
	int ts;		/* from TS.Recent */
	enum xtcp_tw_verdict verdict;
};

static const struct tw_ts_row ts_rows[] = {
	/* RFC 6191 2 */
	{ "SYN, newer timestamp, lower number", -5000, XTCP_SYN, 1, XTCP_TW_SYN },
	{ "SYN, same timestamp, higher number", 1, XTCP_SYN, 0, XTCP_TW_SYN },
	{ "SYN, same timestamp, lower number", -1, XTCP_SYN, 0, XTCP_TW_ACK },
	{ "SYN, older timestamp, higher number", 5000, XTCP_SYN, -1, XTCP_TW_ACK },
	/* RFC 7323 5.3: answered, and no reason to start 2MSL again */
	{ "FIN, older", -1, XTCP_FIN | XTCP_ACK, -1, XTCP_TW_ACK },
	{ "FIN, as it was", -1, XTCP_FIN | XTCP_ACK, 0, XTCP_TW_RESTART },
	{ "FIN, sent again", -1, XTCP_FIN | XTCP_ACK, 200, XTCP_TW_RESTART },
	/* 5.2: never a RST */
	{ "RST, older", 0, XTCP_RST, -1000, XTCP_TW_KILL },
};

KUNIT_ARRAY_PARAM_DESC(tw_ts, ts_rows, desc);

static void timestamps(struct kunit *test)
{
	const struct tw_ts_row *row = test->param_value;
	const u32 recent = 0xffffffff;
	struct xtcp_tw tw = { .snd_nxt = SND, .rcv_nxt = RCV, .ts_on = true,
			      .ts_recent = recent };
	struct xtcp_seg seg = { .seq = RCV + row->seq, .ack = SND, .flags = row->flags,
				.arrived_us = ms(5000) };
	bool taken = row->verdict == XTCP_TW_RESTART;
	struct xtcp_plan plan;

	seg.opt.has_ts = true;
	seg.opt.tsval = recent + row->ts;
	KUNIT_ASSERT_EQ(test, (int)xtcp_tw_segment(&tw, &with_timestamps, 77, &seg, &plan),
			(int)row->verdict);
	/* The FIN's timestamp is the last in order, and echoed (RFC 7323 4.3). */
	KUNIT_EXPECT_EQ(test, tw.ts_recent, taken ? seg.opt.tsval : recent);
	if (row->verdict != XTCP_TW_ACK && row->verdict != XTCP_TW_RESTART)
		return;
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_ts, 1);
	KUNIT_EXPECT_EQ(test, plan.opt.tsval, 5077U);
	KUNIT_EXPECT_EQ(test, plan.opt.tsecr, tw.ts_recent);
}

/* Timestamps are new with the SYN: what is old has none (RFC 6191 2). */
static void syn_brings_timestamps(struct kunit *test)
{
	struct xtcp_seg seg = { .seq = RCV - 5000, .flags = XTCP_SYN, .opt.has_ts = true };
	struct xtcp_tw tw = { .snd_nxt = SND, .rcv_nxt = RCV };
	struct xtcp_sysctls without = { .timestamps = 0 };
	struct xtcp_plan plan;

	KUNIT_EXPECT_EQ(test, (int)xtcp_tw_segment(&tw, &with_timestamps, 0, &seg, &plan),
			(int)XTCP_TW_SYN);
	KUNIT_EXPECT_EQ(test, (int)xtcp_tw_segment(&tw, &without, 0, &seg, &plan),
			(int)XTCP_TW_ACK);
}

/* RFC 1337 F1 */
static void rst_is_ignored(struct kunit *test)
{
	struct xtcp_seg seg = { .seq = RCV, .flags = XTCP_RST };
	struct xtcp_tw tw = { .snd_nxt = SND, .rcv_nxt = RCV };
	struct xtcp_sysctls knobs = { .rfc1337 = 1 };
	struct xtcp_plan plan;

	KUNIT_EXPECT_EQ(test, (int)xtcp_tw_segment(&tw, &knobs, 0, &seg, &plan),
			(int)XTCP_TW_DROP);
}

/* A window that does not fit is told as the greatest that does. */
static void window_fits_the_header(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 20000);
	struct xtcp_tw tw;

	p->conn.rcv.edge = p->conn.rcv.nxt + 100000;
	xtcp_tw_init(&tw, &p->conn);
	KUNIT_EXPECT_EQ(test, tw.wnd, (u16)65535);
	p->conn.rcv.edge = p->conn.rcv.nxt + 20000;
}

struct yield_row {
	const char *desc;
	u32 reuse;	/* tw_reuse */
	bool no_ts;
	bool knob_off;	/* timestamps are off by now */
	bool picked;
	bool loopback;
	u32 age_ms;
	bool yields;
};

static const struct yield_row yield_rows[] = {
	{ "to any peer, after the delay", .reuse = 1, .picked = true, .age_ms = 1000,
	  .yields = true },
	{ "to any peer, before", .reuse = 1, .picked = true, .age_ms = 999 },
	{ "loopback only, another peer", .reuse = 2, .picked = true, .age_ms = 50000 },
	{ "loopback only, loopback", .reuse = 2, .picked = true, .loopback = true,
	  .age_ms = 1000, .yields = true },
	{ "loopback only, before", .reuse = 2, .picked = true, .loopback = true, .age_ms = 999 },
	{ "never", .reuse = 0, .picked = true, .loopback = true, .age_ms = 50000 },
	{ "no timestamps were used", .reuse = 1, .no_ts = true, .picked = true,
	  .loopback = true, .age_ms = 50000 },
	{ "none would be", .reuse = 1, .knob_off = true, .picked = true, .age_ms = 50000 },
	/* mission D8: a port that bind() has asked for, at once */
	{ "by name", .reuse = 0, .yields = true },
	{ "by name, no timestamps were used", .reuse = 1, .no_ts = true, .age_ms = 50000 },
};

KUNIT_ARRAY_PARAM_DESC(yield, yield_rows, desc);

static void yields(struct kunit *test)
{
	const struct yield_row *row = test->param_value;
	struct xtcp_sysctls knobs = { .timestamps = !row->knob_off, .tw_reuse = row->reuse,
				      .tw_reuse_delay_ms = 1000 };
	struct xtcp_tw tw = { .ts_on = !row->no_ts };

	KUNIT_EXPECT_EQ(test, (int)xtcp_tw_yields(&tw, &knobs, row->picked, row->loopback,
						  ms(row->age_ms)), (int)row->yields);
}

/* Beyond all that the old connection sent (mission E13). */
static void isn_of_the_successor(struct kunit *test)
{
	struct xtcp_tw tw = { .snd_nxt = 5000 };

	KUNIT_EXPECT_EQ(test, xtcp_tw_isn(&tw), 5000U + 65537);
	/* 0 means "choose one" to the listener. */
	tw.snd_nxt = 0U - 65537;
	KUNIT_EXPECT_NE(test, xtcp_tw_isn(&tw), 0U);
}

static void taken_from_the_connection(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 20000, .rcv_max = 200000,
				     .scaling = true, .wscale = 1);
	struct xtcp_tw tw;

	write_bytes(p, 100);
	user_shutdown(p);
	recv_ack(p, 102);
	recv_fin(p, 1);
	expect(p, "1:101 F101 A2");
	expect_state(p, TIME_WAIT);
	xtcp_tw_init(&tw, &p->conn);
	KUNIT_EXPECT_EQ(test, tw.snd_nxt, p->iss + 102);
	KUNIT_EXPECT_EQ(test, tw.rcv_nxt, p->irs + 2);
	KUNIT_EXPECT_EQ(test, (u32)tw.wnd, xtcp_rcv_wnd(&p->conn) >> 2);
	KUNIT_EXPECT_EQ(test, (int)tw.ts_on, 0);
}

static void timestamps_are_taken(struct kunit *test)
{
	struct peer *p = established(test, .ts = true);
	struct xtcp_tw tw;

	p->conn.ts.offset = 0;
	xtcp_tw_init(&tw, &p->conn);
	KUNIT_EXPECT_EQ(test, (int)tw.ts_on, 1);
	KUNIT_EXPECT_EQ(test, (int)tw.ts_shifted, 0);
	KUNIT_EXPECT_EQ(test, tw.ts_recent, p->conn.ts.recent);
	p->conn.ts.offset = 1;
	xtcp_tw_init(&tw, &p->conn);
	KUNIT_EXPECT_EQ(test, (int)tw.ts_shifted, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(to_time_wait, tw_gen_params),
	KUNIT_CASE_PARAM(timestamps, tw_ts_gen_params),
	KUNIT_CASE(syn_brings_timestamps),
	KUNIT_CASE(rst_is_ignored),
	KUNIT_CASE(window_fits_the_header),
	KUNIT_CASE_PARAM(yields, yield_gen_params),
	KUNIT_CASE(isn_of_the_successor),
	KUNIT_CASE(taken_from_the_connection),
	KUNIT_CASE(timestamps_are_taken),
	{}
};

static struct kunit_suite xtcp_timewait_suite = {
	.name = "xtcp_timewait",
	.test_cases = cases,
};

kunit_test_suite(xtcp_timewait_suite);
