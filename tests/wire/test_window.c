// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flow control as a sender: the peer's window, zero windows and their probes,
 * shrinking windows, silly windows (RFC 9293 3.8.6, RFC 1122 4.2.3.4).
 */
#include <errno.h>

#include "wire.h"

/* The peer lets the dut send limit bytes, which it sends and has acked. */
static void fill_window(struct wire *w, int limit)
{
	int n;

	for (n = 0; n < limit; n += 1000)
		peer_expect(w, .flags = ACK, .seq = n + 1, .len = 1000);
}

static void window_limits(struct wire *w)
{
	established_server(w, .mss = 1000, .win = 3000);
	dut_write(w, 10000);
	fill_window(w, 3000);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = 1001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 3001, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 2000);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = 4001, .win = 2000);
	peer_expect(w, .flags = ACK, .seq = 4001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 5001, .len = 1000);
}

/* 2000 octets are acknowledged and the window is closed. */
static void close_window(struct wire *w, int more)
{
	established_server(w, .mss = 1000, .win = 2000);
	dut_write(w, 2000 + more);
	fill_window(w, 2000);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 0);
	mark(w);
	w->win = 0;
}

static void zero_window_update(struct wire *w)
{
	close_window(w, 3000);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 3001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 4001, .len = 1000);
}

static void zero_window_probe(struct wire *w)
{
	close_window(w, 3000);
	peer_expect_probe(w, 200);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 0);
	mark_seen(w);
	peer_expect_probe(w, 400);
	/* The answer to the probe opens the window. */
	peer_send(w, .flags = ACK, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
}

/* Answered probes go on for ever, with doubling distances up to 120 s. */
static void probes_answered(struct wire *w)
{
	int i, gap = 200, n = w->warp ? 30 : 5;

	close_window(w, 3000);
	w->seen_us = w->t0_us;
	for (i = 0; i < n; i++) {
		mark_seen(w);
		peer_expect_probe(w, gap);
		peer_send(w, .flags = ACK, .ack = 2001, .win = 0);
		gap = next_gap(w, gap);
		if (gap > RTO_MAX_MS)
			gap = RTO_MAX_MS;
	}
	peer_send(w, .flags = ACK, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
}

/* retries2 counts unanswered probes, and these are answered. */
static void probes_beyond_limit(struct wire *w)
{
	int i;

	knob(w, "retries2", 3);
	close_window(w, 3000);
	for (i = 0; i < 6; i++) {
		peer_expect_probe(w, 0);
		peer_send(w, .flags = ACK, .ack = 2001, .win = 0);
	}
	peer_send(w, .flags = ACK, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
}

/* Probes that nobody answers end with the connection (retries2). */
static void probes_unanswered(struct wire *w)
{
	knob(w, "retries2", 3);
	close_window(w, 3000);
	peer_expect_probe(w, 200);
	mark_seen(w);
	peer_expect_probe(w, 400);
	mark_seen(w);
	peer_expect_probe(w, 800);
	w->max_len = 1;
	peer_drain(w, 3200);
	dut_expect_error_within(w, ETIMEDOUT, 4000);
}

/* The window update is lost, the probe's answer brings it. */
static void lost_window_update(struct wire *w)
{
	close_window(w, 1000);
	peer_expect_probe(w, 200);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 5000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000, .psh = 1);
	peer_send(w, .flags = ACK, .ack = 3001);
	peer_expect_nothing(w, 300);
}

/*
 * Three octets of window for five queued: sent after 0.1 to 1 s (SWS), though
 * the probes before it have backed off to more.
 */
static void small_window_override(struct wire *w)
{
	int i;

	close_window(w, 5);
	for (i = 0; i < 3; i++) {
		peer_expect_probe(w, 0);
		peer_send(w, .flags = ACK, .ack = 2001, .win = 0);
	}
	peer_send(w, .flags = ACK, .ack = 2001, .win = 3);
	mark(w);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 3, .at = 550,
		    .tol = 450);
}

/* A window that opens in tiny steps draws no tiny segments. */
static void silly_window(struct wire *w)
{
	int i;

	close_window(w, 5000);
	for (i = 1; i <= 5; i++) {
		peer_send(w, .flags = ACK, .ack = 2001, .win = 10 * i);
		peer_expect_nothing(w, 5);
	}
	peer_send(w, .flags = ACK, .ack = 2001, .win = 1000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
}

/* 10000 octets are in flight when the window shrinks to 2000. */
static void shrink(struct wire *w, int win)
{
	int i;

	established_server(w, .mss = 1000, .win = 10000, .sndbuf = 100000);
	dut_write(w, 20000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 2001, .win = win);
	mark(w);
	peer_expect_nothing(w, 100);
}

static void shrunk_window(struct wire *w)
{
	shrink(w, 2000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000, .at = 200,
		    .tol = 30);
	peer_send(w, .flags = ACK, .ack = 10001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 10001, .len = 1000);
}

/* Shrunk to nothing: something probes after a timeout, nothing new is sent. */
static void shrunk_to_zero(struct wire *w)
{
	shrink(w, 0);
	peer_expect(w, .flags = ACK, .seq = ANY, .len = ANY, .at = 200,
		    .tol = 30);
	if (w->seg.seq + w->seg.len > 10001)
		fail(w, "new data in a zero window");
	peer_send(w, .flags = ACK, .ack = 10001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 10001, .len = 1000);
}

/* Old segments do not change the window (WL1, WL2). */
static void old_window_update(struct wire *w)
{
	close_window(w, 3000);
	/* Newer, beyond a hole of 100, with a zero window: WL1 = 101. */
	peer_send(w, .flags = ACK, .seq = 101, .ack = 2001, .len = 10,
		  .win = 0);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 2001, .len = 50,
		  .win = 9000, .stray = true);
	peer_expect_ack(w, 51);
	peer_expect_nothing(w, 50);
	w->snd_nxt = 51;
	peer_send(w, .flags = ACK, .seq = 111, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .ack = 51, .len = 1000);
}

/* The same SEQ with an older ACK: older than WL2. */
static void old_ack_window_update(struct wire *w)
{
	close_window(w, 3000);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1001, .win = 9000);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 2001, .win = 3000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
}

const struct test window_tests[] = {
	T(window_limits, "mission S1.4a, rfc9293 3.8.6"),
	T(zero_window_update, "rfc9293 3.8.6"),
	T(zero_window_probe, "rfc9293 MUST-36 SHLD-29 SHLD-30, mission E9"),
	T(probes_answered, "rfc9293 MUST-37 SHLD-30, mission E9", .slow = true),
	T(probes_beyond_limit, "rfc9293 MUST-37", .slow = true),
	T(probes_unanswered, "mission E9", .slow = true),
	T(lost_window_update, "mission E9"),
	T(small_window_override, "mission E9, rfcs SWS sender rule 4",
	  .not_linux = "Linux waits for the backed-off persist timer"),
	T(silly_window, "rfc9293 MUST-38"),
	T(shrunk_window, "rfc9293 MUST-34 SHLD-15 SHLD-16"),
	T(shrunk_to_zero, "rfc9293 MUST-35 SHLD-17"),
	T(old_window_update, "rfc9293 section 4 window update"),
	T(old_ack_window_update, "rfc9293 section 4 window update"),
	{ 0 }
};
