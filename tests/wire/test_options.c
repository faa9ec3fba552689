// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP options: parsing of good and bad lists, maximum segment size and window
 * scale (RFC 9293 3.1, 3.2, 3.7.1, RFC 7323 2).
 */
#include <string.h>

#include "wire.h"

/* Handshake with these option bytes in the SYN of the peer. */
static void open_with(struct wire *w, const char *opts, int opts_len)
{
	peer_send(w, .flags = SYN, .opts = opts, .opts_len = opts_len);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

static void peer_mss(struct wire *w)
{
	established_server(w, .mss = 700);
	expect_mss(w, 700);
}

static void peer_mss_in_synack(struct wire *w)
{
	established_client(w, .mss = 700);
	expect_mss(w, 700);
}

static void no_mss_option(struct wire *w)
{
	established_server(w, .mss = 0);
	expect_mss(w, w->version == 4 ? 536 : 1220);
}

static void no_mss_option_in_synack(struct wire *w)
{
	established_client(w, .mss = 0);
	expect_mss(w, w->version == 4 ? 536 : 1220);
}

/* The smaller of both ends' limits holds (mission S2.5b). */
static void peer_mss_above_mtu(struct wire *w)
{
	established_server(w, .mss = 8960);
	expect_mss(w, w->version == 4 ? 1460 : 1440);
}

static void tiny_mss(struct wire *w)
{
	established_server(w, .mss = 10);
	w->max_len = 48;
	dut_write(w, 200);
	if (!peer_receive(w, now_us() + soon_ms(w) * 1000) || !w->seg.len)
		fail(w, "no data with an MSS of 10");
}

/* MSS among end-of-list and no-operation, at odd places (MUST-4, MUST-64). */
static void mss_placement(struct wire *w)
{
	static const char front[] = "\x02\x04\x02\xbc";
	static const char nop[] = "\x01\x02\x04\x02\xbc";
	static const char nops[] = "\x01\x01\x01\x02\x04\x02\xbc\x00";
	static const struct {
		const char *opts;
		int len;
	} lists[] = {
		{ front, 4 }, { nop, 5 }, { nops, 8 },
	};
	int i;

	dut_listen(w, 8);
	for (i = 0; i < 3; i++) {
		peer_new(w, 1000 * i);
		open_with(w, lists[i].opts, lists[i].len);
		expect_mss(w, 700);
	}
}

/* What follows the end of the list is not an option. */
static void end_of_list(struct wire *w)
{
	dut_listen(w, 8);
	open_with(w, "\x01\x00\x02\x04\x02\xbc", 6);
	expect_mss(w, w->version == 4 ? 536 : 1220);
}

static void unknown_options(struct wire *w)
{
	static const uint8_t kinds[] = { 253, 76, 200, 6, 27 };
	static const uint8_t lengths[] = { 2, 3, 7, 20, 34 };
	char opts[40];
	int i, j, n;

	dut_listen(w, 64);
	for (i = 0; i < 5; i++) {
		for (j = 0; j < 5; j++) {
			n = lengths[j];
			memset(opts, 0xa5, sizeof(opts));
			opts[0] = kinds[i];
			opts[1] = n;
			memcpy(opts + n, "\x02\x04\x02\xbc", 4);
			peer_new(w, 1000 * i);
			open_with(w, opts, n + 4);
			peer_send(w, .flags = ACK | PSH, .len = 10,
				  .opts = opts, .opts_len = n);
			dut_read(w, 10);
			peer_expect_ack(w, 11);
			expect_mss(w, 700);
		}
	}
}

/* Illegal lengths end the list; what came before counts (MUST-7). */
static const struct {
	const char *opts;
	int len;
} bad_lists[] = {
	{ "\x02\x04\x02\xbc\xfd\x00\x01\x01", 8 },	/* length 0 */
	{ "\x02\x04\x02\xbc\xfd\x01\x01\x01", 8 },	/* length 1 */
	{ "\x02\x04\x02\xbc\xfd\xff\x01\x01", 8 },	/* beyond the header */
	{ "\x02\x04\x02\xbc\x01\x01\x01\xfd", 8 },	/* no length */
	{ "\x02\x04\x02\xbc\x01\x01\x02\x04", 8 },	/* MSS cut off */
	{ "\x02\x04\x02\xbc\x08\x0a\x01\x01", 8 },	/* timestamps cut off */
	{ "\x02\x04\x02\xbc\x01\x01\x05\x0a", 8 },	/* SACK cut off */
	{ "\x02\x04\x02\xbc\x01\x02\x03\x05", 8 },	/* MSS of length 3 */
};

static void bad_lengths_in_syn(struct wire *w)
{
	size_t i;

	dut_listen(w, 64);
	for (i = 0; i < sizeof(bad_lists) / sizeof(bad_lists[0]); i++) {
		peer_new(w, 1000 * i);
		open_with(w, bad_lists[i].opts, bad_lists[i].len);
		expect_mss(w, 700);
	}
}

/* The list begins with the bad option: nothing is kept. */
static void bad_length_first(struct wire *w)
{
	dut_listen(w, 8);
	open_with(w, "\xfd\x00\x02\x04\x02\xbc", 6);
	expect_mss(w, w->version == 4 ? 536 : 1220);
}

static void bad_lengths_in_data(struct wire *w)
{
	size_t i;

	established_server(w);
	for (i = 0; i < sizeof(bad_lists) / sizeof(bad_lists[0]); i++) {
		peer_send(w, .flags = ACK | PSH, .len = 10,
			  .opts = bad_lists[i].opts,
			  .opts_len = bad_lists[i].len);
		dut_read(w, 10);
		peer_expect_ack(w, 11 + 10 * i);
	}
	/* The MSS options in them were not in a SYN. */
	expect_mss(w, w->version == 4 ? 1460 : 1440);
}

static void options_on_data(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 10,
		  OPTS("\x01\x01\x01\x01"));
	peer_send(w, .flags = ACK | PSH, .len = 10,
		  OPTS("\x00\x00\x00\x00"));
	peer_send(w, .flags = ACK | PSH, .len = 10,
		  OPTS("\x01\x01\x08\x0a\x01\x02\x03\x04\x00\x00\x00\x00"));
	peer_send(w, .flags = ACK | PSH, .len = 10,
		  OPTS("\x02\x04\x00\x64"));
	dut_read(w, 40);
	peer_drain(w, 100);
	expect_mss(w, w->version == 4 ? 1460 : 1440);
}

/* Unknown IP options are none of TCP's business (MUST-50). */
static void ip_options(struct wire *w)
{
	static const char opts[] = "\x01\x01\xde\x04\x00\x00\x01\x00";

	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 700, .ip_opts = opts,
		  .ip_opts_len = 8);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK | PSH, .len = 10, .ip_opts = opts,
		  .ip_opts_len = 8);
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

static void scale_in_synack(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460, .wscale = 7);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	if (w->seg.wscale < 0 || w->seg.wscale > 14)
		fail(w, "window scale %d in the SYN,ACK", w->seg.wscale);
	peer_new(w, 1000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .wscale = -1);
}

static void scale_in_syn(struct wire *w)
{
	connect_syn_sent(w);
	if (w->seg.wscale < 0 || w->seg.wscale > 14)
		fail(w, "window scale %d in the SYN", w->seg.wscale);
}

/* The dut fills a window of limit bytes with segments of 100 and stops. */
static void expect_window(struct wire *w, int from, int limit)
{
	int n;

	dut_write(w, limit - from + 500);
	for (n = from; n < limit; n += 100)
		peer_expect(w, .flags = ACK, .seq = n + 1, .len = 100);
	peer_expect_nothing(w, 100);
}

/* 800 of the window field 100, not scaled: it came in a SYN. */
static void syn_window_unscaled(struct wire *w)
{
	established_client(w, .mss = 100, .wscale = 7, .win = 800);
	expect_window(w, 0, 800);
}

static void window_scaled(struct wire *w)
{
	established_server(w, .mss = 100, .wscale = 7, .win = 5);
	expect_window(w, 0, 600);
}

static void window_not_scaled(struct wire *w)
{
	established_client(w, .mss = 100, .win = 700);
	expect_window(w, 0, 700);
}

/* A shift above 14 counts as 14 (RFC 7323 2.3): the window is 16384. */
static void scale_above_14(struct wire *w)
{
	int i;

	established_server(w, .mss = 1000, .wscale = 15, .win = 1,
			   .sndbuf = 100000);
	dut_write(w, 40000);
	peer_drain(w, 20);
	for (i = 1; i <= 10; i++)
		peer_send(w, .flags = ACK, .ack = 1000 * i + 1);
	peer_drain(w, 20);
	if (w->rcv_nxt < 10001 + 16000)
		fail(w, "%d of 16384 octets sent", (int)w->rcv_nxt - 10001);
}

const struct test options_tests[] = {
	T(peer_mss, "rfc9293 MUST-14 MUST-16"),
	T(peer_mss_in_synack, "rfc9293 MUST-14 MUST-16"),
	T(no_mss_option, "rfc9293 MUST-15"),
	T(no_mss_option_in_synack, "rfc9293 MUST-15"),
	T(peer_mss_above_mtu, "mission S2.5b, rfc9293 MUST-16"),
	T(tiny_mss, "rfcs RFC 6691, least MSS 48"),
	T(mss_placement, "rfc9293 MUST-4 MUST-64"),
	T(end_of_list, "rfc9293 MUST-4"),
	T(unknown_options, "rfc9293 MUST-6"),
	T(bad_lengths_in_syn, "rfc9293 MUST-7"),
	T(bad_length_first, "rfc9293 MUST-7"),
	T(bad_lengths_in_data, "rfc9293 MUST-5 MUST-7"),
	T(options_on_data, "rfc9293 MUST-5"),
	T(ip_options, "rfc9293 MUST-50", .only = 4),
	T(scale_in_synack, "RFC 7323 2.2"),
	T(scale_in_syn, "RFC 7323 2.2"),
	T(syn_window_unscaled, "RFC 7323 2.2"),
	T(window_scaled, "RFC 7323 2.3"),
	T(window_not_scaled, "RFC 7323 2.2, rfc9293 MUST-1"),
	T(scale_above_14, "RFC 7323 2.3"),
	{ 0 }
};
