// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/timers.c: the earliest of all deadlines, and only what is due.
 */
#include "peer.h"

static void none(struct kunit *test)
{
	struct peer *p = established(test);

	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	xtcp_timeout(&p->conn, p->now + sec(1000));
	peer_drive(p);
	expect(p, "");
}

static void earliest(struct kunit *test)
{
	struct peer *p = established(test);
	struct xtcp_conn *c = &p->conn;
	int t;

	for (t = 0; t < XTCP_NR_TIMERS; t++) {
		KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(c, t));
		xtcp_timer_set(c, t, sec(2000 - t));
		KUNIT_EXPECT_TRUE(test, xtcp_timer_armed(c, t));
		KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(c), sec(2000 - t));
	}
	for (t = XTCP_NR_TIMERS - 1; t > 0; t--) {
		xtcp_timer_clear(c, t);
		KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(c), sec(2000 - (t - 1)));
	}
	xtcp_timer_clear(c, 0);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(c), 0ULL);
}

/* The shell may come early and late. */
static void early_call_does_nothing(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);
	u64 due;

	write_bytes(p, 1000);
	peer_effects(p);
	due = xtcp_earliest_deadline(&p->conn);
	xtcp_timeout(&p->conn, due - 1);
	peer_drive(p);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), due);
}

/* Late: once, and counted on from when it ran. */
static void late_call_runs_it_once(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	write_bytes(p, 1000);
	peer_effects(p);
	p->now += sec(10);
	xtcp_timeout(&p->conn, p->now);
	peer_drive(p);
	expect(p, "1:1001");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), p->now + 400002);
}

static void all_that_is_due(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	p->conn.delack.quick = 0;
	recv_text(p, 1, 10);
	KUNIT_EXPECT_TRUE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_DELACK));
	xtcp_timer_set(&p->conn, XTCP_TIMER_PERSIST, p->now + 1);
	xtcp_timeout(&p->conn, p->now + sec(1));
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	peer_drive(p);
	expect(p, "A11");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(none),
	KUNIT_CASE(earliest),
	KUNIT_CASE(early_call_does_nothing),
	KUNIT_CASE(late_call_runs_it_once),
	KUNIT_CASE(all_that_is_due),
	{}
};

static struct kunit_suite xtcp_timers_suite = {
	.name = "xtcp_timers",
	.test_cases = cases,
};

kunit_test_suite(xtcp_timers_suite);
