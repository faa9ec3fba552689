// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/rtt.c: the estimator and the timeouts that follow from it (RFC 6298 2,
 * rfc9293 MUST-18; the time that so many retransmissions take: MUST-20,
 * mission E4, E8).
 */
#include "peer.h"

static struct xtcp_sysctls *default_knobs(struct kunit *test)
{
	struct xtcp_sysctls *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, k);
	peer_default_knobs(k);
	return k;
}

static void before_any_sample(struct kunit *test)
{
	struct xtcp_sysctls *k = default_knobs(test);
	struct xtcp_rtt r = { .srtt_us = 5, .backoff = 3 };

	xtcp_rtt_init(&r, k);
	KUNIT_EXPECT_EQ(test, r.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 0), sec(1));
	/* mission D2 */
	k->rto_init_ms = 120000;
	xtcp_rtt_init(&r, k);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 0), sec(120));
}

struct rtt_row {
	const char *desc;
	u32 samples_us[4];
	u32 srtt_us;
	u32 rttvar_us;
	u64 rto_us;
};

static const struct rtt_row rows[] = {
	{ "first 100 ms", { 100000 }, 100000, 50000, 300000 },
	{ "first 1 s", { 1000000 }, 1000000, 500000, 3000000 },
	{ "LAN: the floor is that of the variance", { 1000 }, 1000, 500, 201000 },
	{ "0 counts as the least there is", { 1, 1 }, 1, 0, 200001 },
	{ "second: variance before average", { 100000, 200000 }, 112500, 62500, 362500 },
	{ "second, faster", { 200000, 100000 }, 187500, 100000, 587500 },
	{ "steady", { 80000, 80000, 80000, 80000 }, 80000, 16875, 280000 },
	{ "greatest", { 100000000 }, 100000000, 50000000, 120000000 },
};

KUNIT_ARRAY_PARAM_DESC(rtt, rows, desc);

static void samples(struct kunit *test)
{
	const struct rtt_row *row = test->param_value;
	struct xtcp_sysctls *k = default_knobs(test);
	struct xtcp_rtt r;
	u32 i;

	xtcp_rtt_init(&r, k);
	for (i = 0; i < ARRAY_SIZE(row->samples_us) && row->samples_us[i]; i++)
		xtcp_rtt_sample(&r, k, row->samples_us[i]);
	KUNIT_EXPECT_EQ(test, r.srtt_us, row->srtt_us);
	KUNIT_EXPECT_EQ(test, r.rttvar_us, row->rttvar_us);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 0), row->rto_us);
}

static void sample_of_zero_is_a_sample(struct kunit *test)
{
	struct xtcp_sysctls *k = default_knobs(test);
	struct xtcp_rtt r;

	xtcp_rtt_init(&r, k);
	xtcp_rtt_sample(&r, k, 0);
	KUNIT_EXPECT_NE(test, r.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 0) / 1000, 200ULL);
}

static void floor_is_a_knob(struct kunit *test)
{
	struct xtcp_sysctls *k = default_knobs(test);
	struct xtcp_rtt r;

	k->rto_min_us = 1000000;
	xtcp_rtt_init(&r, k);
	xtcp_rtt_sample(&r, k, 50000);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 0), 1050000ULL);
}

/* RFC 6298 5.5 and 2.5; the bound holds for any number of doublings. */
static void back_off_doubles_to_the_bound(struct kunit *test)
{
	static const u32 seconds[] = { 1, 2, 4, 8, 16, 32, 64, 120, 120 };
	struct xtcp_sysctls *k = default_knobs(test);
	struct xtcp_rtt r;
	u32 i;

	xtcp_rtt_init(&r, k);
	for (i = 0; i < ARRAY_SIZE(seconds); i++)
		KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, i), sec(seconds[i]));
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 255), sec(120));
	k->rto_max_ms = 3600000;
	r.rto_us = 120000000;
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&r, k, 255), sec(3600));
}

struct retries_row {
	const char *desc;
	u32 retries;
	u64 us;
};

static const struct retries_row retries_rows[] = {
	{ "0", 0, 200000 },
	{ "1", 1, 600000 },
	{ "3", 3, 3000000 },
	{ "5", 5, 12600000 },
	{ "8", 8, 102200000 },
	{ "9: 102.4 s is below the bound", 9, 204600000 },
	{ "10: 120 s is the bound", 10, 324600000 },
	{ "15", 15, 924600000 },
};

KUNIT_ARRAY_PARAM_DESC(retries, retries_rows, desc);

static void time_of_retries(struct kunit *test)
{
	const struct retries_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, xtcp_retries_us(default_knobs(test), row->retries), row->us);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(before_any_sample),
	KUNIT_CASE_PARAM(samples, rtt_gen_params),
	KUNIT_CASE(sample_of_zero_is_a_sample),
	KUNIT_CASE(floor_is_a_knob),
	KUNIT_CASE(back_off_doubles_to_the_bound),
	KUNIT_CASE_PARAM(time_of_retries, retries_gen_params),
	{}
};

static struct kunit_suite xtcp_rtt_suite = {
	.name = "xtcp_rtt",
	.test_cases = cases,
};

kunit_test_suite(xtcp_rtt_suite);
