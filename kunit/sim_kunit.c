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

/* Those of black holes, which take longer. */
#define BLACK_HOLES	(SEEDS / 20)

static char seeds[SEEDS];

static const void *next_seed(const void *prev, char *desc, int nr)
{
	const char *next = prev ? (const char *)prev + 1 : seeds;

	if (next == seeds + nr)
		return NULL;
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "seed_%d", (int)(next - seeds));
	return next;
}

static const void *seed_gen_params(const void *prev, char *desc)
{
	return next_seed(prev, desc, SEEDS);
}

static const void *black_hole_gen_params(const void *prev, char *desc)
{
	return next_seed(prev, desc, BLACK_HOLES);
}

static void hostile_link(struct kunit *test)
{
	struct sim_opts o;
	struct sim_result r;

	sim_random_opts(&o, (const char *)test->param_value - seeds);
	sim_run(test, &o, &r);
}

/* The same, where the path drops in silence what is too big (rfcs "PMTUD", RFC 4821). */
static void hostile_black_hole(struct kunit *test)
{
	struct sim_opts o;
	struct sim_result r;
	u64 seed = (const char *)test->param_value - seeds;
	u64 random = seed;

	sim_random_opts(&o, seed);
	o.black_hole = true;
	o.mtu_probing = 1 + seed % 2;
	o.mtu_at_us = 1 + sim_random(&random, 1000000);
	o.mtu_mss = XTCP_MSS_MIN + sim_random(&random, o.mss);
	sim_run(test, &o, &r);
}

/* A megabyte over a path that drops in silence what is beyond 1300 bytes. */
static const struct sim_opts narrow = {
	.delay_us = 10 * XTCP_USEC_PER_MSEC,
	.bytes = { 1000000, 0 },
	.rcv_buf = 65535,
	.mss = 1460,
	.gso = 65536,
	.sack = 3,
	.rate = 2000000,
	.black_hole = true,
	.mtu_mss = 1300,
};

/* mtu_probing 1: R1 is reached within two seconds, and text flows again. */
static void black_hole_is_left(struct kunit *test)
{
	struct sim_opts o = narrow;
	struct sim_result r;

	o.seed = 3;
	o.timestamps = 3;
	o.queue = 65536;
	o.mtu_at_us = ms(200);
	o.mtu_probing = 1;
	sim_run(test, &o, &r);
	KUNIT_EXPECT_GT(test, r.too_big, 0U);
	KUNIT_EXPECT_GT(test, r.us, ms(1400));
	KUNIT_EXPECT_LT(test, r.us, sec(4));
	/* From 1024 on: 1242, then 1351 is too much, and so on until 8 are in doubt. */
	KUNIT_EXPECT_GT(test, peer_mib(XTCP_MIB_MTUP_SUCCESS), 1UL);
	KUNIT_EXPECT_GT(test, peer_mib(XTCP_MIB_MTUP_FAIL), 1UL);
}

/* mtu_probing 2: it is found before it could do harm. */
static void narrow_path_is_found(struct kunit *test)
{
	struct sim_opts o = narrow;
	struct sim_result r;

	o.seed = 4;
	o.queue = 200000;
	o.sndbuf = 200000;
	o.mtu_at_us = 1;
	o.mtu_probing = 2;
	sim_run(test, &o, &r);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 0UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SACK_RECOVERY), 0UL);
	KUNIT_EXPECT_GT(test, r.too_big, 1U);
	KUNIT_EXPECT_EQ(test, (unsigned long)r.too_big, peer_mib(XTCP_MIB_MTUP_FAIL));
	/* The time of the text at the link, and a round trip of a full window for each. */
	KUNIT_EXPECT_LT(test, r.us, ms(20 + 500) + r.too_big * ms(20 + 33));
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
	KUNIT_CASE_PARAM(hostile_black_hole, black_hole_gen_params),
	KUNIT_CASE(black_hole_is_left),
	KUNIT_CASE(narrow_path_is_found),
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
