// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dut as a receiver: acknowledgments, reassembly, duplicates, its window
 * (RFC 9293 3.8.6, 3.10.7.4 seventh step, RFC 5681 4.2).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

static void delayed_ack(struct wire *w)
{
	int i;

	established_server(w);
	for (i = 0; i < 30; i++) {
		peer_send(w, .flags = ACK | PSH, .len = 10);
		peer_expect_ack(w, 11 + 10 * i);
	}
	dut_read(w, 300);
}

/* At most one full-sized segment stays unacknowledged for a while. */
static void ack_every_second_segment(struct wire *w)
{
	int i, mss = w->version == 4 ? 1460 : 1440;

	established_server(w, .mss = mss);
	for (i = 0; i < 30; i++) {
		peer_send(w, .flags = ACK, .len = mss);
		while (peer_receive(w, now_us()))
			;
		dut_read(w, mss);
		while (w->snd_nxt - w->seg.ack > (uint32_t)mss)
			peer_expect(w, .flags = ACK, .ack = ANY);
	}
}

static void hole_filled(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect_ack(w, 101);
	peer_send(w, .flags = ACK, .seq = 201, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 101);
	dut_read(w, 100);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 101, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 301);
	dut_read(w, 200);
}

static void reversed(struct wire *w)
{
	int i;

	established_server(w);
	for (i = 9; i > 0; i--) {
		peer_send(w, .flags = ACK, .seq = 1 + 100 * i, .len = 100);
		peer_expect(w, .flags = ACK, .ack = 1);
	}
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 1001);
	dut_read(w, 1000);
	dut_expect_no_data(w);
}

static void duplicate(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect_ack(w, 101);
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 101);
	peer_send(w, .flags = ACK, .seq = 51, .len = 50);
	peer_expect(w, .flags = ACK, .ack = 101);
	dut_read(w, 100);
	dut_expect_no_data(w);
}

static void overlap(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect_ack(w, 101);
	peer_send(w, .flags = ACK, .seq = 51, .len = 100);
	w->snd_nxt = 151;
	peer_expect_ack(w, 151);
	peer_send(w, .flags = ACK, .seq = 1, .len = 400);
	w->snd_nxt = 401;
	peer_expect_ack(w, 401);
	dut_read(w, 400);
	dut_expect_no_data(w);
}

/* Out-of-order pieces that overlap each other in every way. */
static void overlap_out_of_order(struct wire *w)
{
	static const struct {
		int seq, len;
	} pieces[] = {
		{ 201, 100 }, { 251, 100 }, { 151, 100 }, { 201, 100 },
		{ 221, 20 }, { 401, 50 }, { 141, 400 }, { 451, 10 },
		{ 601, 50 }, { 561, 60 },
	};
	size_t i;

	established_server(w);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		peer_send(w, .flags = ACK, .seq = pieces[i].seq,
			  .len = pieces[i].len);
		peer_expect(w, .flags = ACK, .ack = 1);
	}
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 145);
	peer_expect(w, .flags = ACK, .ack = 541);
	dut_read(w, 540);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 531, .len = 50);
	peer_expect(w, .flags = ACK, .ack = 651);
	dut_read(w, 110);
}

static void hole_at_wrap(struct wire *w)
{
	established_server(w, .isn = 0xffffff00u);
	peer_send(w, .flags = ACK, .seq = 401, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 201, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .len = 200);
	peer_expect(w, .flags = ACK, .ack = 301);
	peer_send(w, .flags = ACK, .seq = 301, .len = 100);
	peer_expect(w, .flags = ACK, .ack = 501);
	dut_read(w, 500);
}

static void fragments(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 1000, .fragment = 400);
	dut_read(w, 1000);
	peer_expect_ack(w, 1001);
}

/* Data beyond the window is not taken; in the window it is. */
static void beyond_window(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = (int64_t)w->dut_edge + 1, .len = 50);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = (int64_t)w->dut_edge + 70000,
		  .len = 50);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = (int64_t)w->dut_edge - 1000,
		  .len = 50);
	peer_expect(w, .flags = ACK, .ack = 1);
	dut_expect_no_data(w);
}

/* Send until the window is full; returns what was sent. */
static int fill(struct wire *w)
{
	int room, len;

	for (;;) {
		peer_drain(w, 60);
		room = w->dut_edge - w->snd_nxt;
		len = room < 1000 ? room : 1000;
		if (len <= 0)
			return w->snd_nxt - 1;
		peer_send(w, .flags = ACK, .len = len);
	}
}

static void zero_window(struct wire *w)
{
	int sent;

	established_server(w, .rcvbuf = 8192);
	sent = fill(w);
	if (w->seg.win || w->seg.ack != w->snd_nxt)
		fail(w, "window %d, ack %u after %d octets", w->seg.win,
		     w->seg.ack, sent);
	/* A probe is answered and its octet is not taken (RFC 9293 3.8.6.1). */
	peer_send(w, .flags = ACK, .len = 1, .stray = true);
	peer_expect(w, .flags = ACK, .win = 0);
	dut_read(w, sent);
	dut_expect_no_data(w);
	/* The user made room: the peer must hear of it. */
	peer_expect(w, .flags = ACK);
	if (w->seg.win < 1460)
		fail(w, "the update opens only %d octets", w->seg.win);
	peer_send(w, .flags = ACK, .len = 1);
	dut_read(w, 1);
}

/*
 * Single octets with holes between them take all the memory there is. What fills
 * the first hole comes in nevertheless, at their cost, and they can come again.
 */
static void out_of_order_gives_way(struct wire *w)
{
	int i;

	established_server(w, .rcvbuf = 8192);
	for (i = 0; i < 100; i++)
		peer_send(w, .flags = ACK, .seq = 101 + 2 * i, .len = 1, .stray = true);
	peer_drain(w, 10);
	for (i = 0; i < 200; i++) {
		peer_send(w, .flags = ACK, .len = 1);
		peer_drain(w, 1);
		if (i % 20 == 19)
			dut_read(w, 20);
	}
	dut_expect_no_data(w);
	if (!counter(w, "OfoPruned") || counter(w, "OfoPruned") > counter(w, "PruneCalled"))
		fail(w, "OfoPruned is %ld", counter(w, "OfoPruned"));
}

/* Single octets are read: the window does not grow by single octets. */
static void silly_reader(struct wire *w)
{
	uint32_t edge;
	int i;

	established_server(w, .rcvbuf = 8192);
	fill(w);
	edge = w->dut_edge;
	for (i = 0; i < 100; i++) {
		dut_read(w, 1);
		while (peer_receive(w, now_us()))
			if (w->dut_edge != edge && w->dut_edge - edge < 1000)
				fail(w, "the window grew by %u octets",
				     w->dut_edge - edge);
	}
	peer_expect_nothing(w, 50);
}

static void zero_window_reset(struct wire *w)
{
	int sent;

	established_server(w, .rcvbuf = 8192);
	sent = fill(w);
	peer_send(w, .flags = RST);
	dut_read(w, sent);
	dut_expect_error(w, ECONNRESET);
}

/* An acknowledgment in a zero window counts (MUST-66 asks it of RST, URG). */
static void zero_window_ack(struct wire *w)
{
	established_server(w, .rcvbuf = 8192, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	fill(w);
	peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect_nothing(w, 300);
}

/* Keep-alives of the peer are answered: SEQ = RCV.NXT - 1, no data. */
static void keepalive_answered(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	pass_time(w, 600);
	peer_send(w, .flags = ACK, .seq = 0, .len = 1, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_no_data(w);
}

/* An acknowledgment is never acknowledged. */
static void ack_is_not_answered(struct wire *w)
{
	established_server(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	peer_send(w, .flags = ACK, .ack = 101);
	peer_send(w, .flags = ACK, .ack = 101);
	peer_send(w, .flags = ACK, .ack = 51);
	peer_expect_nothing(w, 100);
}

const struct test receive_tests[] = {
	T(delayed_ack, "rfc9293 MUST-40 SHLD-18"),
	T(ack_every_second_segment, "rfc9293 SHLD-19"),
	T(hole_filled, "rfc9293 SHLD-31 MAY-13, mission S1.3c"),
	T(reversed, "rfc9293 SHLD-31, mission S1.3c"),
	T(duplicate, "mission S1.3d"),
	T(overlap, "mission S1.3d"),
	T(overlap_out_of_order, "mission S1.3c S1.3d"),
	T(hole_at_wrap, "rfc9293 3.4 SHLD-31"),
	T(fragments, "ARCHITECTURE 6: reassembled fragments"),
	T(beyond_window, "rfc9293 section 4 acceptability"),
	T(zero_window, "rfc9293 3.8.6.1 MAY-8"),
	T(silly_reader, "rfc9293 MUST-39"),
	T(out_of_order_gives_way, "rfcs 2018 8: text out of order is not promised"),
	T(zero_window_reset, "rfc9293 MUST-66"),
	T(zero_window_ack, "rfc9293 section 4 acceptability"),
	T(keepalive_answered, "rfc9293 section 4 acceptability"),
	T(ack_is_not_answered, "rfc9293 section 4"),
	{ 0 }
};
