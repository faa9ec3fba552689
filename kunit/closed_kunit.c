// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/closed.c: what nobody's segment is answered (RFC 9293 3.10.7.1,
 * 3.5.2 group 1).
 */
#include "peer.h"

struct closed_row {
	const char *desc;
	u8 flags;
	u32 seq;
	u32 ack;
	u32 len;
	bool replies;
	u8 reply_flags;
	u32 reply_seq;
	u32 reply_ack;
};

#define RST_ACK	(XTCP_RST | XTCP_ACK)

static const struct closed_row rows[] = {
	{ "RST", XTCP_RST, 100, 0, 0, false },
	{ "RST with ACK", RST_ACK, 100, 5, 0, false },
	{ "RST with text", XTCP_RST, 100, 0, 20, false },
	{ "SYN", XTCP_SYN, 100, 0, 0, true, RST_ACK, 0, 101 },
	{ "SYN with text", XTCP_SYN, 100, 0, 10, true, RST_ACK, 0, 111 },
	{ "SYN and FIN", XTCP_SYN | XTCP_FIN, 100, 0, 0, true, RST_ACK, 0, 102 },
	{ "SYN at the wrap", XTCP_SYN, 0xffffffff, 0, 0, true, RST_ACK, 0, 0 },
	{ "FIN without ACK", XTCP_FIN, 100, 0, 3, true, RST_ACK, 0, 104 },
	{ "no flag at all", 0, 100, 0, 7, true, RST_ACK, 0, 107 },
	{ "ACK", XTCP_ACK, 100, 4000, 0, true, XTCP_RST, 4000, 0 },
	{ "ACK with text", XTCP_ACK | XTCP_PSH, 100, 4000, 9, true, XTCP_RST, 4000, 0 },
	{ "SYN,ACK", XTCP_SYN | XTCP_ACK, 100, 4000, 0, true, XTCP_RST, 4000, 0 },
	{ "FIN,ACK", XTCP_FIN | XTCP_ACK, 100, 0, 0, true, XTCP_RST, 0, 0 },
};

KUNIT_ARRAY_PARAM_DESC(closed, rows, desc);

static void answer(struct kunit *test)
{
	const struct closed_row *row = test->param_value;
	struct xtcp_seg seg = {
		.seq = row->seq,
		.ack = row->ack,
		.len = row->len,
		.flags = row->flags,
	};
	struct xtcp_plan plan;

	KUNIT_ASSERT_EQ(test, xtcp_reset_reply(&seg, &plan), row->replies);
	if (!row->replies)
		return;
	KUNIT_EXPECT_EQ(test, plan.flags, row->reply_flags);
	KUNIT_EXPECT_EQ(test, plan.seq, row->reply_seq);
	KUNIT_EXPECT_EQ(test, plan.ack, row->reply_ack);
	KUNIT_EXPECT_EQ(test, plan.len, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_segment_header_len(&plan), (u32)XTCP_HEADER_MIN);
	KUNIT_EXPECT_NULL(test, plan.tx);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(answer, closed_gen_params),
	{}
};

static struct kunit_suite xtcp_closed_suite = {
	.name = "xtcp_closed",
	.test_cases = cases,
};

kunit_test_suite(xtcp_closed_suite);
