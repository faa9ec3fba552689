// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goodput over simulated links for each congestion control: text that end 1
 * has read, in per mille of what the link could carry. The simulation is
 * deterministic, so the figures are kept exactly (sim_goodput_rows.h): who
 * changes behaviour sees it here, judges it and runs "make goodput". Floors
 * and ceilings with a reason stand in the shapes below and stay by hand
 * (mission S2.6 to S2.8).
 */
#include <linux/math64.h>
#include <linux/string.h>
#include "sim.h"

#define MBIT	(1000000 / 8)	/* bytes a second */

/**
 * struct shape - a link and what can be asked of it
 * @name: one word
 * @floor: per mille of the rate that every algorithm must reach
 * @why: the reason for @floor
 * @once: nothing is lost, and nothing looks as if: no text goes twice
 * @o: the link; seed, MSS and buffers are those of all
 */
struct shape {
	const char *name;
	u32 floor;
	const char *why;
	bool once;
	struct sim_opts o;
};

#define LINK(mbit, ms_one_way, queue_bytes) \
	.rate = (mbit) * MBIT, .delay_us = (ms_one_way) * 1000, .queue = (queue_bytes)

/* 10 Mbit/s and 40 ms there and back are 50000 bytes in flight. */
static const struct shape shapes[] = {
	{ "clean", 900, "nothing is lost: headers, handshake and slow start only", true,
	  { LINK(10, 20, 1000000) } },
	{ "loss_0.1%", 0, "", false, { LINK(10, 20, 1000000), .loss = 1 } },
	{ "loss_1%", 200, "MSS / RTT * 0.87 / sqrt(p) is 254 (Mathis et al., 1997), less 1/5",
	  false,
	  { LINK(10, 20, 1000000), .loss = 10 } },
	{ "loss_5%", 0, "", false, { LINK(10, 20, 1000000), .loss = 50 } },
	{ "ack_loss_20%", 850, "later ACKs cover those that are lost (RFC 9293 3.4)", false,
	  { LINK(10, 20, 1000000), .ack_loss = 200 } },
	{ "duplication_5%", 900, "a duplicate is no loss (RFC 5681 3.2)", true,
	  { LINK(10, 20, 1000000), .dup = 50 } },
	{ "reordering_slight", 900, "held back by less than three segments (RFC 5681 3.2)",
	  true,
	  { LINK(10, 20, 1000000), .reorder = 50, .jitter_us = 2000 } },
	{ "reordering_5%", 0, "", false,
	  { LINK(10, 20, 1000000), .reorder = 50, .jitter_us = 20000 } },
	{ "bursts", 0, "", false,
	  { LINK(10, 20, 1000000), .burst_begins = 2, .burst_ends = 200,
	    .burst_loss = 500 } },
	{ "corruption_1%", 0, "", false, { LINK(10, 20, 1000000), .corrupt = 10 } },
	{ "queue_1_bdp", 900, "a queue of what the path holds keeps it full at half", false,
	  { LINK(10, 20, 50000) } },
	{ "queue_small", 600, "half of what fills path and queue is 60 % of the path", false,
	  { LINK(10, 20, 10000) } },
	{ "long_fat", 0, "", false, { LINK(100, 50, 1250000) } },
};

struct row {
	const char *shape;
	const char *cc;
	u32 per_mille;
};

static const struct row rows[] = {
#define GOODPUT(shape, cc, per_mille) { shape, cc, per_mille },
#include "sim_goodput_rows.h"
#undef GOODPUT
	{}
};

static const struct row *find_row(const char *shape, const char *cc)
{
	const struct row *row;

	for (row = rows; row->shape; row++)
		if (!strcmp(row->shape, shape) && !strcmp(row->cc, cc))
			return row;
	return NULL;
}

/* Seconds at full rate, so that slow start is a small part. */
static u32 bytes_of(const struct shape *shape)
{
	return shape->o.rate > 50 * MBIT ? 20000000 : 4000000;
}

static void transfer(struct kunit *test, const struct shape *shape,
		     const struct xtcp_cc_ops *cc, struct sim_result *r)
{
	struct sim_opts o = shape->o;

	o.seed = 1;
	o.bytes[0] = bytes_of(shape);
	o.mss = 1460;
	o.gso = o.mss;
	o.scaling = true;
	o.timestamps = 3;
	o.sack = 3;
	o.rcv_buf = o.rate > 50 * MBIT ? 4000000 : 250000;
	o.sndbuf = o.rcv_buf;
	o.cc = cc;
	sim_run(test, &o, r);
	KUNIT_ASSERT_GT(test, r->read_us, 0ULL);
}

static u32 per_mille_of_rate(const struct shape *shape, u64 us)
{
	return div64_u64(bytes_of(shape) * 1000ULL * XTCP_USEC_PER_SEC, us * shape->o.rate);
}

static void measure(struct kunit *test, const struct shape *shape,
		    const struct xtcp_cc_ops *cc)
{
	const struct row *row = find_row(shape->name, cc->name);
	struct sim_result r;
	u32 got;

	transfer(test, shape, cc, &r);
	got = per_mille_of_rate(shape, r.read_us);
	kunit_info(test, "goodput %s %s %u", shape->name, cc->name, got);
	KUNIT_EXPECT_TRUE_MSG(test, row && row->per_mille == got,
			      "%s over %s: %u per mille, the table has %u (make goodput)",
			      cc->name, shape->name, got, row ? row->per_mille : 0);
	KUNIT_EXPECT_TRUE_MSG(test, got >= shape->floor, "%s over %s: %u per mille, but %s",
			      cc->name, shape->name, got, shape->why);
	if (shape->once)
		KUNIT_EXPECT_EQ(test, r.again, 0U);
	/* 1460 of 1500 bytes are text: more would be counted wrongly. */
	KUNIT_EXPECT_LE(test, got, 973U);
}

/* One will do in a kernel that checks itself: each takes it half a minute. */
#ifdef __KERNEL__
#define NR_SHAPES	1
#else
#define NR_SHAPES	ARRAY_SIZE(shapes)
#endif

static const void *shape_gen_params(const void *prev, char *desc)
{
	const struct shape *next = prev ? (const struct shape *)prev + 1 : shapes;

	if (next == shapes + NR_SHAPES)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static void goodput(struct kunit *test)
{
	const struct xtcp_cc_ops *cc;
	unsigned int i;

	for (i = 0; (cc = xtcp_cc_nth(i)); i++)
		measure(test, test->param_value, cc);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(goodput, shape_gen_params),
	{}
};

static struct kunit_suite xtcp_sim_goodput_suite = {
	.name = "xtcp_sim_goodput",
	.test_cases = cases,
};

kunit_test_suite(xtcp_sim_goodput_suite);
