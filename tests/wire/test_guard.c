// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may not disturb an established connection: RST, SYN and ACK rules of
 * RFC 9293 3.10.7.4 with RFC 5961.
 */
#include <errno.h>

#include "wire.h"

static void expect_data_flows(struct wire *w)
{
	uint32_t next = w->snd_nxt;

	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	peer_expect_ack(w, next + 10);
}

static void rst_exact(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST);
	dut_expect_error(w, ECONNRESET);
	peer_expect_nothing(w, 50);
	expect_gone(w);
}

static void rst_exact_with_ack(struct wire *w)
{
	established_client(w);
	peer_send(w, .flags = RST | ACK);
	dut_expect_error(w, ECONNRESET);
}

static void rst_with_data(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST, .len = 20);
	dut_expect_error(w, ECONNRESET);
	peer_expect_nothing(w, 50);
}

static void rst_outside_window(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST, .seq = 0);
	peer_send(w, .flags = RST, .seq = (int64_t)w->dut_edge + 10);
	peer_send(w, .flags = RST, .seq = -100000);
	peer_send(w, .flags = RST | ACK, .seq = 0);
	peer_expect_nothing(w, 100);
	expect_data_flows(w);
}

static void rst_in_window(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST, .seq = 2);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_data_flows(w);
}

static void rst_at_window_end(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST, .seq = (int64_t)w->dut_edge - 1);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_data_flows(w);
}

/* Challenge acknowledgments are limited per connection (RFC 5961 7). */
static void challenge_limit(struct wire *w)
{
	int i;

	established_server(w);
	for (i = 0; i < 20; i++)
		peer_send(w, .flags = RST, .seq = 100 + i);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_expect_nothing(w, 200);
	pass_time(w, 400);
	peer_send(w, .flags = RST, .seq = 100);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_data_flows(w);
}

/* One SYN a connection, so that the rate limit does not matter. */
static void syn_challenged(struct wire *w, int64_t seq, int flags)
{
	established_server(w);
	peer_send(w, .flags = flags, .seq = seq, .ack = flags & ACK ? 1 : 0,
		  .mss = 1460, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_data_flows(w);
}

static void syn_exact(struct wire *w)
{
	syn_challenged(w, 1, SYN);
}

static void syn_repeated(struct wire *w)
{
	syn_challenged(w, 0, SYN);
}

static void syn_in_window(struct wire *w)
{
	syn_challenged(w, 500, SYN);
}

static void syn_below_window(struct wire *w)
{
	syn_challenged(w, -5000, SYN);
}

static void syn_above_window(struct wire *w)
{
	syn_challenged(w, 1000000, SYN);
}

static void synack_in_window(struct wire *w)
{
	syn_challenged(w, 500, SYN | ACK);
}

static void ack_of_unsent(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 2, .len = 10,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_no_data(w);
	expect_data_flows(w);
}

/* 2000 octets were acknowledged, so an older window is known. */
static void acked_2000(struct wire *w)
{
	established_server(w, .mss = 1000, .win = 4000);
	dut_write(w, 2000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 2001);
}

static void ack_too_old(struct wire *w)
{
	acked_2000(w);
	peer_send(w, .flags = ACK, .ack = -3000, .len = 10, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 2001, .ack = 1);
	dut_expect_no_data(w);
	expect_data_flows(w);
}

static void ack_a_bit_old(struct wire *w)
{
	acked_2000(w);
	peer_send(w, .flags = ACK | PSH, .ack = 1001, .len = 10);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

static void no_ack_bit(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = PSH, .len = 10, .stray = true);
	peer_send(w, .flags = FIN, .stray = true);
	peer_send(w, .flags = 0, .stray = true);
	peer_expect_nothing(w, 100);
	dut_expect_no_data(w);
	expect_data_flows(w);
}

static void old_data(struct wire *w)
{
	established_server(w);
	expect_data_flows(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 10, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 11);
	peer_send(w, .flags = ACK, .seq = -100, .len = 50, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 11);
	dut_expect_no_data(w);
}

/* A FIN outside the window does not end the stream. */
static void fin_outside_window(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = FIN | ACK, .seq = 900000, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 1);
	dut_expect_no_data(w);
	expect_data_flows(w);
}

/* All flags at once: the SYN and RST rules decide, the connection lives. */
static void christmas_tree(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = 0xff & ~RST, .seq = 10, .ack = 1, .len = 20,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = 0xff, .seq = 900000, .ack = 1, .stray = true);
	peer_expect_nothing(w, 100);
	expect_data_flows(w);
}

const struct test guard_tests[] = {
	T(rst_exact, "rfc9293 section 4 RST, MUST-12"),
	T(rst_exact_with_ack, "rfc9293 section 4 RST, MUST-12"),
	T(rst_with_data, "rfc9293 SHLD-2"),
	T(rst_outside_window, "rfc9293 section 4 RST, mission S2.4c"),
	T(rst_in_window, "rfc9293 section 4 RST, RFC 5961 3.2"),
	T(rst_at_window_end, "rfc9293 section 4 RST, RFC 5961 3.2"),
	T(challenge_limit, "rfcs RFC 5961 throttling"),
	T(syn_exact, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(syn_repeated, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(syn_in_window, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(syn_below_window, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(syn_above_window, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(synack_in_window, "rfc9293 section 4 SYN, RFC 5961 4.2"),
	T(ack_of_unsent, "rfc9293 section 4 SEG.ACK > SND.NXT",
	  .not_linux = "Linux 6.12 drops it without an acknowledgment"),
	T(ack_too_old, "rfc9293 section 4 old ACK, MAY-12, RFC 5961 5"),
	T(ack_a_bit_old, "rfc9293 section 4 old ACK"),
	T(no_ack_bit, "rfc9293 section 4 no ACK bit"),
	T(old_data, "rfc9293 section 4 acceptability"),
	T(fin_outside_window, "rfc9293 section 4 acceptability"),
	T(christmas_tree, "rfc9293 section 4, mission S2.4c"),
	{ 0 }
};
