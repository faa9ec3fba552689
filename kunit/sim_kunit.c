// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole connections over hostile links: every byte arrives, in order and
 * once, both ends close, and no invariant breaks on the way
 * (mission S1.4, S2.6 to S2.8, S3.2 to S3.4). Each seed is a case.
 */
#include "sim.h"

/* make -C tests/host SEEDS=100000 T=xtcp_sim for a long run. */
#if defined(SIM_SEEDS)
#define SEEDS	SIM_SEEDS
#elif defined(__KERNEL__)
#define SEEDS	40
#else
#define SEEDS	10000
#endif

static char seeds[SEEDS];

static const void *seed_gen_params(const void *prev, char *desc)
{
	const char *next = prev ? (const char *)prev + 1 : seeds;

	if (next == seeds + SEEDS)
		return NULL;
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed_%d", (int)(next - seeds));
	return next;
}

static void hostile_link(struct kunit *test)
{
	struct sim_opts o;
	struct sim_result r;

	sim_random_opts(&o, (const char *)test->param_value - seeds);
	sim_run(test, &o, &r);
}

static void same_seed_same_run(struct kunit *test)
{
	struct sim_opts o;
	struct sim_result first, second;

	sim_random_opts(&o, 4711);
	sim_run(test, &o, &first);
	sim_run(test, &o, &second);
	KUNIT_EXPECT_EQ(test, first.us, second.us);
	KUNIT_EXPECT_EQ(test, first.packets, second.packets);
}

/* 1 MB over 10 ms and no loss: nobody waits for a timer. */
static void clean_link_is_fast(struct kunit *test)
{
	struct sim_opts o = {
		.seed = 1,
		.delay_us = ms(5),
		.bytes = { 1000000, 0 },
		.rcv_buf = 65535,
		.mss = 1460,
		.gso = 65536,
	};
	struct sim_result r;

	sim_run(test, &o, &r);
	/* 32 KB of send buffer a round trip. */
	KUNIT_EXPECT_LE(test, r.us, ms(10) * (1000000 / 32768 + 12));
	KUNIT_EXPECT_LE(test, r.packets, 1600U);
}

/* The troubles happen when they are asked for, and the stream survives them. */
static void troubles_happen(struct kunit *test)
{
	struct sim_opts o = {
		.seed = 2,
		.delay_us = ms(10),
		.bytes = { 300000, 300000 },
		.rcv_buf = 20000,
		.mss = 1000,
		.gso = 1000,
		.rate = 500000,
		.queue = 8000,
		.corrupt = 20,
		.mtu_at_us = ms(200),
		.mtu_mss = 700,
		.sleep_us = 5000000,
	};
	struct sim_result r;

	sim_run(test, &o, &r);
	KUNIT_EXPECT_GT(test, r.overflows, 0U);
	KUNIT_EXPECT_GT(test, r.too_big, 0U);
	KUNIT_EXPECT_GT(test, r.damaged, 0U);
	KUNIT_EXPECT_GT(test, r.dropped, 0U);
	KUNIT_EXPECT_GT(test, r.zero_windows, 0U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(hostile_link, seed_gen_params),
	KUNIT_CASE(troubles_happen),
	KUNIT_CASE(same_seed_same_run),
	KUNIT_CASE(clean_link_is_fast),
	{}
};

static struct kunit_suite xtcp_sim_suite = {
	.name = "xtcp_sim",
	.test_cases = cases,
};

kunit_test_suite(xtcp_sim_suite);
