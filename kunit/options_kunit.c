// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/options.c: every way in which options can come, and the few in which
 * they go (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 9768).
 */
#include <linux/string.h>
#include "peer.h"
#include "sim.h"

#define MAX_OPTIONS	(XTCP_HEADER_MAX - XTCP_HEADER_MIN)

struct option_row {
	const char *desc;
	u8 bytes[MAX_OPTIONS];
	u8 len;
	u16 mss;
	int wscale;	/* -1: none */
	bool sack_ok;
	bool ts;
};

#define B(...)	.bytes = { __VA_ARGS__ }, .len = sizeof((u8[]){ __VA_ARGS__ })

static const struct option_row rows[] = {
	{ "none", .len = 0, .wscale = -1 },
	/* MUST-4 */
	{ "MSS", B(2, 4, 0x05, 0xb4), 1460, -1 },
	{ "EOL", B(0, 2, 4, 0x05), 0, -1 },
	{ "NOPs only", B(1, 1, 1, 1), 0, -1 },
	{ "MSS then EOL, garbage behind is not read", B(2, 4, 2, 0, 0, 3, 3, 9), 512, -1 },
	/* MUST-64 */
	{ "MSS at an odd offset", B(1, 2, 4, 0x05, 0xb4, 1, 1, 1), 1460, -1 },
	{ "as Linux sends them", B(2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7),
	  1460, 7, true, true },
	{ "the same with a scale beyond 14",
	  B(2, 4, 1, 2, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 99), 258, 14, true, true },
	{ "the same with padding",
	  B(2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7, 1, 1, 1, 1),
	  1460, 7, true, true },
	{ "the same without the scale",
	  B(2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 1, 1, 1), 1460, -1, true, true },
	{ "in another order", B(3, 3, 2, 4, 2, 2, 4, 5, 0xb4, 1, 0, 0), 1460, 2, true },
	/* MUST-6 */
	{ "unknown kind 253", B(253, 4, 2, 4, 2, 4, 1, 0), 256, -1 },
	{ "unknown kind without body", B(76, 2, 3, 3, 5, 0), 0, 5 },
	{ "unknown kind that fills all", .bytes = { 200, 40 }, .len = 40, .wscale = -1 },
	/* MUST-7: what came before stays */
	{ "length 0", B(2, 4, 1, 0, 253, 0, 3, 3), 256, -1 },
	{ "length 1", B(2, 4, 1, 0, 253, 1, 3, 3, 1), 256, -1 },
	{ "length 255", B(2, 4, 1, 0, 253, 255, 3, 3), 256, -1 },
	{ "length 0 of MSS", B(2, 0, 5, 0xb4), 0, -1 },
	{ "kind without length", B(3, 3, 4, 2), 0, 4 },
	{ "MSS cut off", B(1, 2, 4, 5), 0, -1 },
	{ "timestamp cut off", B(3, 3, 6, 8, 10, 1, 2, 3), 0, 6 },
	{ "lonely kind in the last byte", B(1, 1, 1, 2), 0, -1 },
	/* MUST-68: a known kind with a length that is not its own is skipped */
	{ "MSS of length 3", B(2, 3, 5, 3, 3, 1), 0, 1 },
	{ "MSS of length 5", B(2, 5, 5, 5, 5, 3, 3, 1), 0, 1 },
	{ "window scale of length 4", B(3, 4, 5, 5), 0, -1 },
	{ "SACK permitted of length 3", B(4, 3, 0, 1), 0, -1 },
	{ "timestamp of length 6", B(8, 6, 0, 0, 0, 0, 3, 3, 1), 0, 1 },
	/* RFC 7323 2.3 */
	{ "window scale 0", B(3, 3, 0), 0, 0 },
	{ "window scale 14", B(3, 3, 14), 0, 14 },
	{ "window scale 15 is taken for 14", B(3, 3, 15), 0, 14 },
	{ "window scale 255 is taken for 14", B(3, 3, 255), 0, 14 },
};

KUNIT_ARRAY_PARAM_DESC(option, rows, desc);

static void parse_row(struct kunit *test, bool syn)
{
	const struct option_row *row = test->param_value;
	/* A buffer of its own, so that reading beyond it is caught. */
	u8 *bytes = kunit_kmalloc(test, row->len, GFP_KERNEL);
	struct xtcp_options opt;

	memset(&opt, 0xff, sizeof(opt));
	memcpy(bytes, row->bytes, row->len);
	xtcp_options_parse(&opt, bytes, row->len, syn);
	KUNIT_EXPECT_EQ(test, opt.mss, syn ? row->mss : (u16)0);
	KUNIT_EXPECT_EQ(test, opt.has_wscale ? (int)opt.wscale : -1, syn ? row->wscale : -1);
	KUNIT_EXPECT_EQ(test, (bool)opt.sack_ok, syn && row->sack_ok);
	KUNIT_EXPECT_EQ(test, (bool)opt.has_ts, row->ts);
	KUNIT_EXPECT_EQ(test, opt.nr_sack, (u8)0);
}

static void parse_on_syn(struct kunit *test)
{
	parse_row(test, true);
}

/* MUST-5: any segment; MSS, window scale, SACK permitted count on a SYN only. */
static void parse_elsewhere(struct kunit *test)
{
	parse_row(test, false);
}

static void parse_timestamp(struct kunit *test)
{
	static const u8 bytes[] = { 1, 1, 8, 10, 0xff, 0xff, 0xff, 0xfe, 0, 0, 1, 2 };
	struct xtcp_options opt;

	xtcp_options_parse(&opt, bytes, sizeof(bytes), false);
	KUNIT_EXPECT_EQ(test, opt.tsval, 0xfffffffeU);
	KUNIT_EXPECT_EQ(test, opt.tsecr, 0x102U);
}

static void parse_sack_blocks(struct kunit *test)
{
	u8 bytes[34] = { 5, 34 };
	struct xtcp_options opt;
	int i;

	for (i = 2; i < 34; i++)
		bytes[i] = i;
	xtcp_options_parse(&opt, bytes, sizeof(bytes), false);
	KUNIT_EXPECT_EQ(test, opt.nr_sack, (u8)4);
	KUNIT_EXPECT_EQ(test, opt.sack[0].first, 0x02030405U);
	KUNIT_EXPECT_EQ(test, opt.sack[3].end, 0x1e1f2021U);
	/* Half a block, and none at all, mean nothing. */
	bytes[1] = 6;
	xtcp_options_parse(&opt, bytes, 6, false);
	KUNIT_EXPECT_EQ(test, opt.nr_sack, (u8)0);
	bytes[1] = 2;
	xtcp_options_parse(&opt, bytes, 2, false);
	KUNIT_EXPECT_EQ(test, opt.nr_sack, (u8)0);
}

/* RFC 9768 3.2.3: every length; of one that is not defined, the whole counters. */
static void parse_accecn(struct kunit *test)
{
	u8 bytes[MAX_OPTIONS] = { 172, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 };
	struct xtcp_options opt;
	u32 len;

	for (len = 2; len <= 15; len++) {
		bytes[0] = len % 2 ? XTCP_OPT_ACCECN0 : XTCP_OPT_ACCECN1;
		bytes[1] = len;
		memset(&opt, 0xff, sizeof(opt));
		xtcp_options_parse(&opt, bytes, len, false);
		KUNIT_EXPECT_EQ(test, opt.accecn, bytes[0]);
		KUNIT_EXPECT_EQ(test, opt.nr_marks, (u8)min_t(u32, (len - 2) / 3, 3));
		if (len >= 5)
			KUNIT_EXPECT_EQ(test, opt.marks[0], 0x010203U);
		if (len >= 11)
			KUNIT_EXPECT_EQ(test, opt.marks[2], 0x070809U);
	}
	/* Its neighbours are something else. */
	bytes[0] = 173;
	xtcp_options_parse(&opt, bytes, len, false);
	KUNIT_EXPECT_EQ(test, opt.accecn, (u8)0);
}

/* RFC 7413 4.1.1: 4 to 16 bytes, an even number of them, and in SYNs only. */
static void parse_fastopen(struct kunit *test)
{
	u8 bytes[32] = { XTCP_OPT_FASTOPEN };
	struct xtcp_options opt;
	u32 len;

	for (len = 0; len <= 20; len++) {
		bool good = !len || (len >= 4 && len <= 16 && len % 2 == 0);

		bytes[1] = 2 + len;
		xtcp_options_parse(&opt, bytes, 2 + len, true);
		KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, (int)good);
		if (good)
			KUNIT_EXPECT_EQ(test, opt.fastopen_len, (u8)len);
	}
	bytes[1] = 10;
	xtcp_options_parse(&opt, bytes, 10, false);
	KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, 0);
}

/* rfcs 7413: the form of the experiments, kind 254 and two bytes that name them. */
static void parse_experiment(struct kunit *test)
{
	u8 bytes[32] = { XTCP_OPT_EXPERIMENT, 0, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct xtcp_options opt;
	u32 len;

	for (len = 0; len <= 20; len++) {
		bool good = !len || (len >= 4 && len <= 16 && len % 2 == 0);

		bytes[1] = 4 + len;
		xtcp_options_parse(&opt, bytes, 4 + len, true);
		KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, (int)good);
		KUNIT_EXPECT_EQ(test, (int)opt.fastopen_exp, (int)good);
		if (good)
			KUNIT_EXPECT_EQ(test, opt.fastopen_len, (u8)len);
	}
	bytes[1] = 12;
	xtcp_options_parse(&opt, bytes, 12, true);
	KUNIT_EXPECT_MEMEQ(test, opt.fastopen, bytes + 4, 8);
	xtcp_options_parse(&opt, bytes, 12, false);
	KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, 0);
	/* Another experiment, or too short to say which. */
	bytes[3]++;
	xtcp_options_parse(&opt, bytes, 12, true);
	KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, 0);
	bytes[1] = 3;
	bytes[3]--;
	xtcp_options_parse(&opt, bytes, 3, true);
	KUNIT_EXPECT_EQ(test, (int)opt.has_fastopen, 0);
}

/* Any 40 bytes: no crash, no loop, and nothing out of range comes out. */
static void parse_noise(struct kunit *test)
{
	u64 random = 20220801;
	int run;

	for (run = 0; run < 20000; run++) {
		u32 len = sim_random(&random, MAX_OPTIONS + 1);
		u8 *bytes = kunit_kmalloc(test, len, GFP_KERNEL);
		struct xtcp_options opt;
		u32 i;

		/* Small numbers make valid kinds and lengths likely. */
		for (i = 0; i < len; i++)
			bytes[i] = sim_random(&random, run % 2 ? 12 : 256);
		xtcp_options_parse(&opt, bytes, len, run % 3);
		KUNIT_EXPECT_LE(test, opt.nr_sack, (u8)XTCP_MAX_SACK_BLOCKS);
		KUNIT_EXPECT_LE(test, opt.nr_marks, (u8)XTCP_MAX_MARKS);
		if (opt.has_wscale)
			KUNIT_EXPECT_LE(test, opt.wscale, (u8)XTCP_WSCALE_MAX);
		kunit_kfree(test, bytes);
	}
}

struct write_row {
	const char *desc;
	struct xtcp_options opt;
	u32 len;
};

static const struct write_row write_rows[] = {
	{ "none", { 0 }, 0 },
	{ "MSS", { .mss = 1460 }, 4 },
	{ "MSS and window scale", { .mss = 536, .has_wscale = 1, .wscale = 14 }, 8 },
	{ "window scale 0", { .mss = 65495, .has_wscale = 1 }, 8 },
	{ "SACK permitted", { .mss = 1460, .sack_ok = 1 }, 8 },
	{ "timestamp", { .has_ts = 1, .tsval = 0xfffffffe, .tsecr = 258 }, 12 },
	{ "all of a SYN",
	  { .mss = 1460, .sack_ok = 1, .has_ts = 1, .tsval = 1, .has_wscale = 1, .wscale = 7 },
	  20 },
	{ "a SACK block", { .nr_sack = 1, .sack = { { 1, 0xfffffffe } } }, 12 },
	{ "four SACK blocks",
	  { .nr_sack = 4, .sack = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } } }, 36 },
	{ "three with a timestamp",
	  { .has_ts = 1, .tsval = 9, .nr_sack = 3, .sack = { { 1, 2 }, { 3, 4 }, { 5, 6 } } }, 40 },
	{ "an empty option of accurate ECN", { .accecn = 172 }, 4 },
	{ "one counter", { .accecn = 174, .nr_marks = 1, .marks = { 0xfedcba } }, 8 },
	{ "two counters", { .accecn = 172, .nr_marks = 2, .marks = { 1, 2 } }, 8 },
	{ "the wish for a Fast Open cookie", { .has_fastopen = 1 }, 4 },
	{ "a cookie of 4 bytes", { .has_fastopen = 1, .fastopen_len = 4, .fastopen = "abcd" }, 8 },
	{ "a cookie of 8 bytes",
	  { .has_fastopen = 1, .fastopen_len = 8, .fastopen = "abcdefgh" }, 12 },
	{ "a cookie of 16 bytes",
	  { .has_fastopen = 1, .fastopen_len = 16, .fastopen = "abcdefghabcdefg" }, 20 },
	{ "the same, experimental",
	  { .has_fastopen = 1, .fastopen_exp = 1, .fastopen_len = 16,
	    .fastopen = "abcdefghabcdefg" }, 20 },
	{ "the wish, experimental", { .has_fastopen = 1, .fastopen_exp = 1 }, 4 },
	{ "three counters", { .accecn = 174, .nr_marks = 3, .marks = { 1, 0, 0xffffff } }, 12 },
	{ "two counters with timestamp and SACK",
	  { .accecn = 172, .nr_marks = 2, .marks = { 1, 2 }, .has_ts = 1, .tsval = 9,
	    .nr_sack = 2, .sack = { { 1, 2 }, { 3, 4 } } }, 40 },
};

KUNIT_ARRAY_PARAM_DESC(write, write_rows, desc);

static void written_is_parsed_again(struct kunit *test)
{
	const struct write_row *row = test->param_value;
	u32 len = xtcp_options_len(&row->opt);
	u8 bytes[MAX_OPTIONS + 1];
	struct xtcp_options back;

	memset(bytes, 0xee, sizeof(bytes));
	KUNIT_EXPECT_EQ(test, len, row->len);
	KUNIT_EXPECT_EQ(test, len % 4, 0U);
	xtcp_options_write(&row->opt, bytes);
	KUNIT_EXPECT_EQ(test, bytes[len], (u8)0xee);
	xtcp_options_parse(&back, bytes, len, !row->opt.nr_sack);
	KUNIT_EXPECT_EQ(test, (int)back.sack_ok, (int)row->opt.sack_ok);
	KUNIT_EXPECT_EQ(test, (int)back.has_ts, (int)row->opt.has_ts);
	KUNIT_EXPECT_EQ(test, back.tsval, row->opt.tsval);
	KUNIT_EXPECT_EQ(test, back.tsecr, row->opt.tsecr);
	KUNIT_EXPECT_EQ(test, back.nr_sack, row->opt.nr_sack);
	KUNIT_EXPECT_MEMEQ(test, back.sack, row->opt.sack,
			   row->opt.nr_sack * sizeof(back.sack[0]));
	KUNIT_EXPECT_EQ(test, back.accecn, row->opt.accecn);
	KUNIT_EXPECT_EQ(test, back.nr_marks, row->opt.nr_marks);
	KUNIT_EXPECT_MEMEQ(test, back.marks, row->opt.marks,
			   row->opt.nr_marks * sizeof(back.marks[0]));
	KUNIT_EXPECT_EQ(test, (int)back.has_fastopen, (int)row->opt.has_fastopen);
	KUNIT_EXPECT_EQ(test, (int)back.fastopen_exp, (int)row->opt.fastopen_exp);
	KUNIT_EXPECT_EQ(test, back.fastopen_len, row->opt.fastopen_len);
	KUNIT_EXPECT_MEMEQ(test, back.fastopen, row->opt.fastopen, row->opt.fastopen_len);
	KUNIT_EXPECT_EQ(test, back.mss, row->opt.mss);
	KUNIT_EXPECT_EQ(test, (int)back.has_wscale, (int)row->opt.has_wscale);
	KUNIT_EXPECT_EQ(test, back.wscale, row->opt.wscale);
}

/* MUST-69: nothing but NOP or zeros fills a header up. */
static void padding(struct kunit *test)
{
	struct xtcp_options opt = { .mss = 1460, .has_wscale = 1, .wscale = 7 };
	struct xtcp_options marks = { .accecn = 172, .nr_marks = 1, .marks = { 0x98765432 } };
	static const u8 want[] = { 2, 4, 0x05, 0xb4, 1, 3, 3, 7 };
	static const u8 want_marks[] = { 1, 1, 1, 172, 5, 0x76, 0x54, 0x32 };
	u8 bytes[8];

	xtcp_options_write(&opt, bytes);
	KUNIT_EXPECT_MEMEQ(test, bytes, want, sizeof(want));
	/* Counters are the low 24 bits (RFC 9768 3.2.3.1). */
	xtcp_options_write(&marks, bytes);
	KUNIT_EXPECT_MEMEQ(test, bytes, want_marks, sizeof(want_marks));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(parse_on_syn, option_gen_params),
	KUNIT_CASE_PARAM(parse_elsewhere, option_gen_params),
	KUNIT_CASE(parse_timestamp),
	KUNIT_CASE(parse_sack_blocks),
	KUNIT_CASE(parse_accecn),
	KUNIT_CASE(parse_fastopen),
	KUNIT_CASE(parse_experiment),
	KUNIT_CASE(parse_noise),
	KUNIT_CASE_PARAM(written_is_parsed_again, write_gen_params),
	KUNIT_CASE(padding),
	{}
};

static struct kunit_suite xtcp_options_suite = {
	.name = "xtcp_options",
	.test_cases = cases,
};

kunit_test_suite(xtcp_options_suite);
