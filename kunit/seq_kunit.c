// SPDX-License-Identifier: GPL-2.0-only
/*
 * <xtcp/seq.h>: comparison modulo 2^32, with rows on both sides of the wrap
 * (RFC 9293 3.4, MUST-1, REC-1).
 */
#include "peer.h"

struct seq_row {
	const char *desc;
	u32 a;
	u32 b;
	bool lt;
	bool gt;
};

static const struct seq_row rows[] = {
	{ "equal", 5, 5, false, false },
	{ "one below", 4, 5, true, false },
	{ "one above", 6, 5, false, true },
	{ "below the wrap", 0xfffffffe, 0xffffffff, true, false },
	{ "over the wrap", 0xffffffff, 0, true, false },
	{ "over the wrap, back", 0, 0xffffffff, false, true },
	{ "far over the wrap", 0xffff0000, 0x0000ffff, true, false },
	{ "almost half", 0, 0x7fffffff, true, false },
	{ "almost half, back", 0x7fffffff, 0, false, true },
	{ "sign bit changes", 0x7fffffff, 0x80000000, true, false },
};

KUNIT_ARRAY_PARAM_DESC(seq, rows, desc);

static void compare(struct kunit *test)
{
	const struct seq_row *row = test->param_value;
	bool eq = row->a == row->b;

	KUNIT_EXPECT_EQ(test, xtcp_seq_lt(row->a, row->b), row->lt);
	KUNIT_EXPECT_EQ(test, xtcp_seq_gt(row->a, row->b), row->gt);
	KUNIT_EXPECT_EQ(test, xtcp_seq_le(row->a, row->b), row->lt || eq);
	KUNIT_EXPECT_EQ(test, xtcp_seq_ge(row->a, row->b), row->gt || eq);
	KUNIT_EXPECT_EQ(test, xtcp_seq_max(row->a, row->b), row->gt ? row->a : row->b);
	KUNIT_EXPECT_EQ(test, xtcp_seq_min(row->a, row->b), row->lt ? row->a : row->b);
}

struct range_row {
	const char *desc;
	u32 seq;
	u32 first;
	u32 len;
	bool in;
};

static const struct range_row ranges[] = {
	{ "first", 100, 100, 10, true },
	{ "last", 109, 100, 10, true },
	{ "behind", 110, 100, 10, false },
	{ "before", 99, 100, 10, false },
	{ "empty", 100, 100, 0, false },
	{ "first over the wrap", 0xfffffff8, 0xfffffff8, 16, true },
	{ "last over the wrap", 7, 0xfffffff8, 16, true },
	{ "behind over the wrap", 8, 0xfffffff8, 16, false },
	{ "before over the wrap", 0xfffffff7, 0xfffffff8, 16, false },
	{ "greatest window", 0x3fffffff, 0, 0x40000000, true },
};

KUNIT_ARRAY_PARAM_DESC(range, ranges, desc);

static void is_in_range(struct kunit *test)
{
	const struct range_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, xtcp_seq_in(row->seq, row->first, row->len), row->in);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(compare, seq_gen_params),
	KUNIT_CASE_PARAM(is_in_range, range_gen_params),
	{}
};

static struct kunit_suite xtcp_seq_suite = {
	.name = "xtcp_seq",
	.test_cases = cases,
};

kunit_test_suite(xtcp_seq_suite);
