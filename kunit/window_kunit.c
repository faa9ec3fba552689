// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/window.c: the window that is announced (RFC 9293 3.8.6, RFC 7323 2.2,
 * 2.4; rfc9293 MUST-39, SHLD-14, MAY-8) and the growth of the buffer.
 */
#include "peer.h"

struct wscale_row {
	const char *desc;
	u32 buffer;
	u8 shift;
};

static const struct wscale_row wscale_rows[] = {
	{ "none", 0, 0 },
	{ "65535 needs none", 65535, 0 },
	{ "65536", 65536, 1 },
	{ "131070", 131070, 1 },
	{ "131072", 131072, 2 },
	{ "6 MB", 6291456, 7 },
	{ "1 GB", 1U << 30, 14 },
	{ "14 is the greatest", 0xffffffff, 14 },
};

KUNIT_ARRAY_PARAM_DESC(wscale, wscale_rows, desc);

static void shift_for_a_buffer(struct kunit *test)
{
	const struct wscale_row *row = test->param_value;

	KUNIT_EXPECT_EQ(test, xtcp_wscale_for(row->buffer), row->shift);
}

/* What is received and not read is taken off, and the edge stays. */
static void window_shrinks_with_text(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000);

	p->show = SHOW_WND;
	recv_text(p, 1, 3000);
	expect(p, "A3001W7000");
	recv_text(p, 3001, 7000);
	expect(p, "A10001W0");
	KUNIT_EXPECT_EQ(test, xtcp_rcv_wnd(&p->conn), 0U);
}

/* MUST-39: the reader takes a byte at a time: no window of a byte. */
static void no_silly_windows(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000, .mss_adv = 1000);
	u32 i;

	p->show = SHOW_WND;
	recv_text(p, 1, 10000);
	expect(p, "A10001W0");
	for (i = 0; i < 999; i++)
		read_bytes(p, 1);
	expect(p, "");
	/* Who asks is not told of a small window either. */
	recv_text(p, 10001, 1);
	expect(p, "A10001W0");
	read_bytes(p, 1);
	recv_text(p, 10001, 1);
	KUNIT_EXPECT_EQ(test, p->last.wnd, (u16)1000);
}

/* With a small buffer half of it counts instead of the MSS. */
static void half_a_small_buffer(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 1000);

	p->show = SHOW_WND;
	recv_text(p, 1, 1000);
	peer_effects(p);
	read_bytes(p, 499);
	expect(p, "");
	read_bytes(p, 1);
	expect(p, "A1001W500");
}

/* A sender that waits is told when reading has made real room. */
static void reader_opens_a_closed_window(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 20000, .mss_adv = 1000);

	p->show = SHOW_WND;
	recv_text(p, 1, 20000);
	expect(p, "A20001W0");
	read_bytes(p, 1500);
	expect(p, "");
	read_bytes(p, 500);
	expect(p, "A20001W2000");
}

/* A wide open window is not worth a segment for each read. */
static void no_update_per_read(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 60000);
	u32 i;

	p->conn.delack.quick = 0;
	for (i = 0; i < 10; i++) {
		recv_text(p, 1 + 200 * i, 200);
		read_bytes(p, 200);
	}
	KUNIT_EXPECT_LE(test, p->nr_sent, 2U);
}

/* SHLD-14 while the buffer is made smaller: the edge waits. peer.c checks it. */
static void never_shrinks(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000);

	p->show = SHOW_WND;
	p->rcv_buf = 2000;
	recv_text(p, 1, 1000);
	expect(p, "A1001W9000");
	read_bytes(p, 1000);
	recv_text(p, 1001, 9000);
	expect(p, "A10001W0");
	read_bytes(p, 9000);
	expect(p, "A10001W2000");
}

/* RFC 7323 2.4: rounding to units never takes a promise back. */
static void rounding_keeps_the_edge(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 100000, .rcv_max = 6291456,
				     .scaling = true, .wscale = 1);
	u32 seq = 1;
	u32 i;

	KUNIT_EXPECT_EQ(test, p->conn.rcv.wscale, (u8)7);
	for (i = 1; i < 300; i++) {
		recv_text(p, seq, i);
		seq += i;
		if (i % 7 == 0)
			read_bytes(p, xtcp_readable(&p->conn) / 2);
	}
	/* All that is announced must be taken. */
	recv_text(p, seq, xtcp_rcv_wnd(&p->conn));
	KUNIT_EXPECT_EQ(test, xtcp_rcv_wnd(&p->conn), 0U);
}

/* The window of the SYN is not scaled, that of the first ACK is. */
static void more_than_64_k(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 200000, .rcv_max = 200000,
				     .scaling = true, .wscale = 2);

	p->show = SHOW_WND;
	recv_text(p, 1, 1000);
	expect(p, "A1001W199000");
	recv_text(p, 1001, 199000);
	expect(p, "A200001W0");
	read_bytes(p, 200000);
	expect(p, "A200001W200000");
}

static void without_scaling_at_most_65535(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 200000);

	p->show = SHOW_WND;
	recv_text(p, 1, 2000);
	expect(p, "A2001W65535");
}

static void not_below_0(struct xtcp_sysctls *knob)
{
	knob->workaround_signed_windows = 1;
}

/* linux-surface 1 workaround_signed_windows: where the peer scales too, the SYN alone. */
static void without_scaling_below_32_k(struct kunit *test)
{
	struct peer *p = connecting(test, .rcv_buf = 200000, .knobs = not_below_0);

	KUNIT_EXPECT_EQ(test, p->last.wnd, (u16)32767);
	p = established(test, .rcv_buf = 200000, .knobs = not_below_0);
	p->show = SHOW_WND;
	recv_text(p, 1, 2000);
	expect(p, "A2001W32767");
	p = established(test, .rcv_buf = 200000, .rcv_max = 200000, .scaling = true,
			.wscale = 2, .knobs = not_below_0);
	p->show = SHOW_WND;
	recv_text(p, 1, 2000);
	expect(p, "A2001W198000");
}

/* What was promised before is kept to (SHLD-14). */
static void signed_windows_later(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 200000);

	p->show = SHOW_WND;
	recv_text(p, 1, 2000);
	expect(p, "A2001W65535");
	not_below_0(&p->env.knob);
	recv_text(p, 2001, 30000);
	expect(p, "A32001W35535");
	recv_text(p, 32001, 30000);
	expect(p, "A62001W32767");
}

/* A reader that keeps up gets a greater buffer, up to the limit. */
static void buffer_grows_with_the_reader(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000, .rcv_max = 35000,
				     .scaling = true, .wscale = 1);
	u32 seq = 1;
	u32 i;

	for (i = 0; i < 100; i++) {
		recv_text(p, seq, 1000);
		seq += 1000;
		read_bytes(p, 1000);
	}
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 35000U);
}

/* What comes behind a hole cannot be read, and the sender goes on meanwhile. */
static void buffer_grows_behind_a_hole(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .rcv_buf = 10000, .rcv_max = 35000,
				     .scaling = true, .wscale = 1);
	u32 i;

	for (i = 1; i <= 5; i++)
		recv_text(p, 1 + i * 1000, 1000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 10000U);
	recv_text(p, 6001, 1000);
	recv_text(p, 7001, 1000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 20000U);
}

/* The hole does not matter where the reader takes his time. */
static void buffer_of_a_slow_reader_does_not(struct kunit *test)
{
	struct peer *p = established(test, .sack = true, .rcv_buf = 10000, .rcv_max = 35000,
				     .scaling = true, .wscale = 1);
	u32 i;

	for (i = 0; i < 3; i++)
		recv_text(p, 1 + i * 1000, 1000);
	for (i = 4; i < 10; i++)
		recv_text(p, 1 + i * 1000, 1000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 10000U);
}

static void no_moderation(struct xtcp_sysctls *knob)
{
	knob->moderate_rcvbuf = 0;
}

/* linux-surface 1 moderate_rcvbuf. The shift is that of what it might have grown to. */
static void buffer_stays_where_growth_is_off(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000, .rcv_max = 3500000,
				     .scaling = true, .wscale = 1, .knobs = no_moderation);
	u32 i;

	for (i = 0; i < 100; i++) {
		recv_text(p, 1 + i * 1000, 1000);
		read_bytes(p, 1000);
	}
	for (i = 102; i < 110; i++)
		recv_text(p, 1 + i * 1000, 1000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 10000U);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.wscale, (u8)6);
}

/*
 * Memory is short: four segments are promised beyond what has come, the promise
 * of before is kept (SHLD-14), and nothing grows.
 */
static void little_is_promised_while_memory_is_short(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 20000, .rcv_max = 60000, .mss_adv = 1000);

	p->show = SHOW_WND;
	p->force_short = true;
	recv_text(p, 1, 2000);
	read_bytes(p, 2000);
	recv_text(p, 2001, 15000);
	read_bytes(p, 15000);
	expect(p, "A2001W18000 A17001W4000");
	recv_text(p, 17001, 2000);
	read_bytes(p, 2000);
	recv_text(p, 19001, 2000);
	read_bytes(p, 2000);
	expect(p, "A19001W4000 A21001W4000");
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 20000U);
	/* It is plenty again. */
	p->force_short = false;
	recv_text(p, 21001, 2000);
	expect(p, "A23001W18000");
}

static void buffer_waits_for_a_whole_one_to_be_read(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000, .rcv_max = 35000,
				     .scaling = true, .wscale = 1);

	recv_text(p, 1, 9000);
	read_bytes(p, 9000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 10000U);
	recv_text(p, 9001, 1000);
	read_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 20000U);
}

static void buffer_does_not_grow_for_a_slow_reader(struct kunit *test)
{
	struct peer *p = established(test, .rcv_buf = 10000, .rcv_max = 100000,
				     .scaling = true, .wscale = 1);
	u32 seq = 1;
	u32 i;

	recv_text(p, seq, 9000);
	seq += 9000;
	for (i = 0; i < 100; i++) {
		u32 n = min(500U, xtcp_rcv_wnd(&p->conn));

		if (n)
			recv_text(p, seq, n);
		seq += n;
		read_bytes(p, 300);
	}
	KUNIT_EXPECT_GT(test, seq, 20000U);
	KUNIT_EXPECT_EQ(test, p->rcv_buf, 10000U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(shift_for_a_buffer, wscale_gen_params),
	KUNIT_CASE(window_shrinks_with_text),
	KUNIT_CASE(no_silly_windows),
	KUNIT_CASE(half_a_small_buffer),
	KUNIT_CASE(reader_opens_a_closed_window),
	KUNIT_CASE(no_update_per_read),
	KUNIT_CASE(never_shrinks),
	KUNIT_CASE(rounding_keeps_the_edge),
	KUNIT_CASE(more_than_64_k),
	KUNIT_CASE(without_scaling_at_most_65535),
	KUNIT_CASE(without_scaling_below_32_k),
	KUNIT_CASE(signed_windows_later),
	KUNIT_CASE(buffer_grows_with_the_reader),
	KUNIT_CASE(buffer_grows_behind_a_hole),
	KUNIT_CASE(buffer_of_a_slow_reader_does_not),
	KUNIT_CASE(buffer_stays_where_growth_is_off),
	KUNIT_CASE(little_is_promised_while_memory_is_short),
	KUNIT_CASE(buffer_waits_for_a_whole_one_to_be_read),
	KUNIT_CASE(buffer_does_not_grow_for_a_slow_reader),
	{}
};

static struct kunit_suite xtcp_window_suite = {
	.name = "xtcp_window",
	.test_cases = cases,
};

kunit_test_suite(xtcp_window_suite);
