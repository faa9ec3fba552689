// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/segment.c: header bytes to struct xtcp_seg and struct xtcp_plan to
 * header bytes (RFC 9293 3.1).
 */
#include <linux/errno.h>
#include <linux/string.h>
#include "peer.h"

static const u8 example[] = {
	0x12, 0x34, 0x00, 0x50,		/* ports 4660, 80 */
	0xff, 0xff, 0xff, 0xfe,		/* SEG.SEQ */
	0x80, 0x00, 0x00, 0x01,		/* SEG.ACK */
	0x6e, 0x18, 0xff, 0xff,		/* 24 bytes, reserved bits set; ACK, PSH; window */
	0xab, 0xcd, 0x00, 0x07,		/* checksum, urgent pointer */
	0x02, 0x04, 0x05, 0xb4,		/* MSS, which means nothing here */
	'a', 'b', 'c',
};

static void parse_fields(struct kunit *test)
{
	struct xtcp_seg seg = { .arrived_us = 77 };

	KUNIT_ASSERT_EQ(test, xtcp_segment_parse(&seg, example, sizeof(example),
						 sizeof(example)), 0);
	KUNIT_EXPECT_EQ(test, seg.sport, (u16)0x1234);
	KUNIT_EXPECT_EQ(test, seg.dport, (u16)80);
	KUNIT_EXPECT_EQ(test, seg.seq, 0xfffffffeU);
	KUNIT_EXPECT_EQ(test, seg.ack, 0x80000001U);
	KUNIT_EXPECT_EQ(test, seg.flags, (u8)(XTCP_ACK | XTCP_PSH));
	KUNIT_EXPECT_EQ(test, seg.wnd, (u16)0xffff);	/* MUST-1: unsigned */
	KUNIT_EXPECT_EQ(test, seg.urg, (u16)7);
	KUNIT_EXPECT_EQ(test, seg.header_len, (u8)24);
	KUNIT_EXPECT_EQ(test, seg.len, 3U);
	KUNIT_EXPECT_EQ(test, seg.unit, 3U);
	KUNIT_EXPECT_EQ(test, seg.opt.mss, (u16)0);
	KUNIT_EXPECT_EQ(test, seg.arrived_us, 77ULL);
}

/* Text may lie in fragments that can't be read yet. */
static void text_need_not_be_readable(struct kunit *test)
{
	struct xtcp_seg seg;

	KUNIT_ASSERT_EQ(test, xtcp_segment_parse(&seg, example, 24, 1024), 0);
	KUNIT_EXPECT_EQ(test, seg.len, 1000U);
}

struct bad_row {
	const char *desc;
	u8 offset;	/* of the text, in words */
	u32 avail;
	u32 total;
};

static const struct bad_row bad_rows[] = {
	{ "empty", 5, 0, 0 },
	{ "shorter than a header", 5, 19, 19 },
	{ "avail shorter than a header", 5, 19, 100 },
	{ "offset 0", 0, 60, 60 },
	{ "offset 4", 4, 60, 60 },
	{ "header longer than the segment", 6, 20, 20 },
	{ "header longer than what is readable", 15, 59, 100 },
	{ "header longer than total", 15, 60, 59 },
};

KUNIT_ARRAY_PARAM_DESC(bad, bad_rows, desc);

static void malformed_header(struct kunit *test)
{
	const struct bad_row *row = test->param_value;
	u8 *bytes = kunit_kzalloc(test, row->avail + 1, GFP_KERNEL);
	struct xtcp_seg seg;

	if (row->avail > 12)
		bytes[12] = row->offset << 4;
	KUNIT_EXPECT_EQ(test, xtcp_segment_parse(&seg, bytes, row->avail, row->total), -EINVAL);
}

static void seg_len_counts_syn_and_fin(struct kunit *test)
{
	struct xtcp_seg seg = { .len = 10 };

	KUNIT_EXPECT_EQ(test, xtcp_seg_len(&seg), 10U);
	seg.flags = XTCP_SYN;
	KUNIT_EXPECT_EQ(test, xtcp_seg_len(&seg), 11U);
	seg.flags = XTCP_SYN | XTCP_FIN | XTCP_ACK;
	KUNIT_EXPECT_EQ(test, xtcp_seg_len(&seg), 12U);
}

static void write_fields(struct kunit *test)
{
	static const u8 want[] = {
		0x12, 0x34, 0x00, 0x50,
		0xff, 0xff, 0xff, 0xfe,
		0x80, 0x00, 0x00, 0x01,
		0x60, 0x12, 0xff, 0xff,	/* reserved bits zero (mission D23) */
		0x00, 0x00, 0x00, 0x00,
		0x02, 0x04, 0x05, 0xb4,
	};
	struct xtcp_plan plan = {
		.seq = 0xfffffffe,
		.ack = 0x80000001,
		.wnd = 0xffff,
		.flags = XTCP_SYN | XTCP_ACK,
		.opt.mss = 1460,
	};
	u8 bytes[XTCP_HEADER_MAX];

	memset(bytes, 0xee, sizeof(bytes));
	KUNIT_EXPECT_EQ(test, xtcp_segment_header_len(&plan), 24U);
	KUNIT_EXPECT_EQ(test, xtcp_segment_write(&plan, 0x1234, 80, bytes), 24U);
	KUNIT_EXPECT_MEMEQ(test, bytes, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, bytes[24], (u8)0xee);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(parse_fields),
	KUNIT_CASE(text_need_not_be_readable),
	KUNIT_CASE_PARAM(malformed_header, bad_gen_params),
	KUNIT_CASE(seg_len_counts_syn_and_fin),
	KUNIT_CASE(write_fields),
	{}
};

static struct kunit_suite xtcp_segment_suite = {
	.name = "xtcp_segment",
	.test_cases = cases,
};

kunit_test_suite(xtcp_segment_suite);
