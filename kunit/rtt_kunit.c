// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/rtt.c: the estimator and the timeouts that follow from it (RFC 6298 2,
 * rfc9293 MUST-18; the time that so many retransmissions take: MUST-20,
 * mission E4, E8).
 */
#include "peer.h"

/* No more than the estimator needs: a new connection. */
static struct peer *fresh(struct kunit *test)
{
	struct peer *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	peer_default_knobs(&p->env.knob);
	p->conn.env = &p->env;
	xtcp_rtt_init(&p->conn);
	return p;
}

static void before_any_sample(struct kunit *test)
{
	struct peer *p = fresh(test);

	p->conn.rtt.srtt_us = 5;
	xtcp_rtt_init(&p->conn);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), sec(1));
	/* mission D2 */
	p->env.knob.rto_init_ms = 120000;
	xtcp_rtt_init(&p->conn);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), sec(120));
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
	struct peer *p = fresh(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(row->samples_us) && row->samples_us[i]; i++)
		xtcp_rtt_sample(&p->conn, row->samples_us[i]);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, row->srtt_us);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.rttvar_us, row->rttvar_us);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), row->rto_us);
}

static void sample_of_zero_is_a_sample(struct kunit *test)
{
	struct peer *p = fresh(test);

	xtcp_rtt_sample(&p->conn, 0);
	KUNIT_EXPECT_NE(test, p->conn.rtt.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0) / 1000, 200ULL);
}

static void floor_is_a_knob(struct kunit *test)
{
	struct peer *p = fresh(test);

	p->env.knob.rto_min_us = 1000000;
	xtcp_rtt_sample(&p->conn, 50000);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), 1050000ULL);
}

/* RFC 6298 5.5 and 2.5; the bound holds for any number of doublings. */
static void back_off_doubles_to_the_bound(struct kunit *test)
{
	static const u32 seconds[] = { 1, 2, 4, 8, 16, 32, 64, 120, 120 };
	struct peer *p = fresh(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(seconds); i++)
		KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, i), sec(seconds[i]));
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 255), sec(120));
	p->env.knob.rto_max_ms = 3600000;
	p->conn.rtt.rto_us = 120000000;
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 255), sec(3600));
}

/* linux-surface 4 RTO_MIN_US, RTO_MAX_MS: before the tunables. */
static void bounds_of_the_user(struct kunit *test)
{
	struct peer *p = fresh(test);

	p->conn.user.rto_min_us = 5000;
	p->conn.user.rto_max_ms = 2000;
	xtcp_rtt_sample(&p->conn, 1000);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), 6000ULL);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 20), sec(2));
	KUNIT_EXPECT_EQ(test, xtcp_retries_us(&p->conn, 2), 35000ULL);
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

	KUNIT_EXPECT_EQ(test, xtcp_retries_us(&fresh(test)->conn, row->retries), row->us);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(before_any_sample),
	KUNIT_CASE_PARAM(samples, rtt_gen_params),
	KUNIT_CASE(sample_of_zero_is_a_sample),
	KUNIT_CASE(floor_is_a_knob),
	KUNIT_CASE(back_off_doubles_to_the_bound),
	KUNIT_CASE(bounds_of_the_user),
	KUNIT_CASE_PARAM(time_of_retries, retries_gen_params),
	{}
};

static struct kunit_suite xtcp_rtt_suite = {
	.name = "xtcp_rtt",
	.test_cases = cases,
};

kunit_test_suite(xtcp_rtt_suite);
