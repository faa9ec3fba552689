// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/plpmtud.c: where the search for the path MTU begins and ends, and what
 * ICMP says meanwhile (RFC 4821 7.2, 7.3; rfcs "PMTUD"; linux-surface
 * base_mss, probe_interval, probe_threshold).
 */
#include "peer.h"

#define RTT_MS	100

static void always(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
}

/* cwnd is 10 segments of base_mss. */
#define searching(test, ...) \
	established(test, .sack = true, .gso = 20480, .rtt_us = ms(RTT_MS), __VA_ARGS__)

static void expect_results(struct peer *p, unsigned long successes, unsigned long failures)
{
	KUNIT_EXPECT_EQ(p->test, peer_mib(XTCP_MIB_MTUP_SUCCESS), successes);
	KUNIT_EXPECT_EQ(p->test, peer_mib(XTCP_MIB_MTUP_FAIL), failures);
}

/*
 * One flight and its ACKs over a path that takes segments of up to most bytes.
 * Returns the size of the probe in it; 0: there was none.
 */
static u32 flight(struct peer *p, u32 bytes, u32 most)
{
	u32 first, len;

	write_bytes(p, bytes);
	first = p->conn.plpmtud.seq - p->iss;
	len = p->conn.plpmtud.len;
	peer_effects(p);
	after(p, ms(RTT_MS));
	if (len > most) {
		recv_sack(p, first, { first + len, sent_to(p) });
		after(p, ms(RTT_MS));
	}
	recv_ack(p, sent_to(p));
	after(p, ms(RTT_MS));
	recv_ack(p, sent_to(p));
	return len;
}

struct base_row {
	const char *desc;
	u32 base;
	u16 path;
	u16 mss;
};

static const struct base_row base_rows[] = {
	{ "as it is set", 600, 1460, 600 },
	{ "the path is narrower", 1024, 700, 700 },
	{ "least", 48, 1460, 48 },
};

KUNIT_ARRAY_PARAM_DESC(base, base_rows, desc);

static u32 knob_value;

static void base_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
	k->base_mss = knob_value;
}

static void base_mss_begins(struct kunit *test)
{
	const struct base_row *row = test->param_value;
	struct peer *p;

	knob_value = row->base;
	p = established(test, .mss_path = row->path, .knobs = base_knob);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, row->mss);
}

static u32 threshold;

static void threshold_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
	k->probe_threshold = threshold;
}

struct converge_row {
	const char *desc;
	u32 threshold;
	u32 path;
};

static const struct converge_row converge_rows[] = {
	{ "by default", 8, 1300 },
	{ "to the byte", 0, 1300 },
	{ "to the byte, almost nothing", 0, 1025 },
	{ "to the byte, almost all", 0, 1459 },
	{ "coarse", 200, 1300 },
};

KUNIT_ARRAY_PARAM_DESC(converge, converge_rows, desc);

/* probe_threshold: the search ends when so few bytes are in doubt. */
static void search_converges(struct kunit *test)
{
	const struct converge_row *row = test->param_value;
	struct peer *p;
	int probes = 0;

	threshold = row->threshold;
	p = searching(test, .knobs = threshold_knob);
	while (flight(p, 9000, row->path))
		KUNIT_ASSERT_LE(test, ++probes, 12);
	KUNIT_EXPECT_LE(test, (u32)p->conn.snd.mss, row->path);
	KUNIT_EXPECT_GT(test, p->conn.snd.mss + max(row->threshold, 1U), row->path);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 0UL);
	/* And has ended. */
	KUNIT_EXPECT_EQ(test, flight(p, 9000, row->path), 0U);
}

static u32 interval;

static void interval_knob(struct xtcp_sysctls *k)
{
	k->mtu_probing = 2;
	k->probe_threshold = 600;
	k->probe_interval = interval;
}

/* probe_interval: paths change, so in time the greatest is tried again. */
static void search_begins_anew(struct kunit *test)
{
	static const u32 intervals[] = { 600, 30 };
	int i;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		struct peer *p;
		u64 settled;

		interval = intervals[i];
		p = searching(test, .mss = 1960, .mss_path = 1960, .knobs = interval_knob);
		KUNIT_EXPECT_EQ(test, flight(p, 9000, 1300), 1960U);
		KUNIT_EXPECT_EQ(test, flight(p, 9000, 1300), (1024U + 1959 + 1) / 2);
		settled = p->conn.plpmtud.settled_us - p->origin;
		at(p, settled + sec(interval) - 1);
		KUNIT_EXPECT_EQ(test, flight(p, 9000, 1300), 0U);
		KUNIT_EXPECT_EQ(test, flight(p, 9000, 9000), 1960U);
		KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1960);
	}
}

static void path_mtu(struct peer *p, u16 mss)
{
	p->conn.limits.mss_path = mss;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
}

/* It is told that the probe is too big: no need to wait for duplicate ACKs. */
static void icmp_about_the_probe(struct kunit *test)
{
	struct peer *p = searching(test, .knobs = always);

	write_bytes(p, 1460 + 5120);
	peer_effects(p);
	path_mtu(p, 1400);
	expect(p, "1:1461");
	KUNIT_EXPECT_EQ(test, p->last.mss, (u16)1024);
	expect_results(p, 0, 1);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 10240U);
	recv_ack(p, 6581);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1024);
	/* What was told is what passes. */
	KUNIT_EXPECT_EQ(test, flight(p, 9000, 1400), 1400U);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1400);
	KUNIT_EXPECT_EQ(test, flight(p, 9000, 1400), 0U);
}

/* Of the probe nothing was said: it may arrive. */
static void icmp_that_leaves_the_probe_alone(struct kunit *test)
{
	struct peer *p = searching(test, .mss = 1200, .knobs = always);

	write_bytes(p, 8000);
	KUNIT_ASSERT_EQ(test, p->conn.plpmtud.len, 1200U);
	peer_effects(p);
	path_mtu(p, 1300);
	expect(p, "");
	recv_ack(p, 8001);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1200);
	expect_results(p, 1, 0);
}

static void icmp_below_what_was_found(struct kunit *test)
{
	struct peer *p = searching(test, .knobs = always);

	KUNIT_EXPECT_EQ(test, flight(p, 9000, 9000), 1460U);
	path_mtu(p, 800);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)800);
	KUNIT_EXPECT_EQ(test, flight(p, 9000, 800), 0U);
	/* In time the route forgets it, and the search finds out. */
	path_mtu(p, 1460);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)800);
	KUNIT_EXPECT_EQ(test, flight(p, 9000, 9000), 0U);
	after(p, sec(600));
	KUNIT_EXPECT_EQ(test, flight(p, 9000, 9000), 1460U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(base_mss_begins, base_gen_params),
	KUNIT_CASE_PARAM(search_converges, converge_gen_params),
	KUNIT_CASE(search_begins_anew),
	KUNIT_CASE(icmp_about_the_probe),
	KUNIT_CASE(icmp_that_leaves_the_probe_alone),
	KUNIT_CASE(icmp_below_what_was_found),
	{}
};

static struct kunit_suite xtcp_plpmtud_search_suite = {
	.name = "xtcp_plpmtud_search",
	.test_cases = cases,
};

kunit_test_suite(xtcp_plpmtud_search_suite);
