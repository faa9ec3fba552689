// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/isn.c: the clock of initial sequence numbers (RFC 9293 3.4.1, RFC 6528;
 * MUST-8, mission S2.4a).
 */
#include "peer.h"

/* One tick in 4 us, wrapping in 4.77 hours. */
static void clock_ticks_in_4_us(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xtcp_isn(0, 4) - xtcp_isn(0, 0), 1U);
	KUNIT_EXPECT_EQ(test, xtcp_isn(0, 3) - xtcp_isn(0, 0), 0U);
	KUNIT_EXPECT_EQ(test, xtcp_isn(7, sec(11)) - xtcp_isn(7, sec(10)), 250000U);
	KUNIT_EXPECT_EQ(test, xtcp_isn(0, (1ULL << 34) + 400), xtcp_isn(0, 400));
}

static void hash_moves_the_space(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xtcp_isn(0xfffffff0, 400) - xtcp_isn(0, 400), 0xfffffff0U);
	KUNIT_EXPECT_EQ(test, xtcp_isn(0xffffffff, 4), 0U);
}

/* For one 4-tuple they increase while the clock does (mission S2.4a). */
static void same_tuple_increases(struct kunit *test)
{
	u32 last = xtcp_isn(0xfffff000, sec(1));
	int i;

	for (i = 1; i <= 100; i++) {
		u32 isn = xtcp_isn(0xfffff000, sec(1) + ms(i));

		KUNIT_EXPECT_TRUE(test, xtcp_seq_gt(isn, last));
		last = isn;
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(clock_ticks_in_4_us),
	KUNIT_CASE(hash_moves_the_space),
	KUNIT_CASE(same_tuple_increases),
	{}
};

static struct kunit_suite xtcp_isn_suite = {
	.name = "xtcp_isn",
	.test_cases = cases,
};

kunit_test_suite(xtcp_isn_suite);
