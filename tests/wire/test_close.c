// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a connection: FIN in every order, half close, resets of close()
 * (RFC 9293 3.6, mission 3.1 to 3.10).
 */
#include <errno.h>
#include <netinet/in.h>

#include "wire.h"

/* The peer's FIN is acknowledged; the user sees the end of the stream. */
static void peer_fin(struct wire *w)
{
	uint32_t end = w->snd_nxt + 1;

	peer_send(w, .flags = FIN | ACK);
	dut_expect_eof(w);
	peer_expect_ack(w, end);
}

static void active_close(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_expect_nothing(w, 50);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	/* TIME-WAIT: the FIN once more is answered. */
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

static void active_close_fin_acks_fin(struct wire *w)
{
	established_client(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

static void passive_close(struct wire *w)
{
	established_server(w);
	peer_fin(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2);
	expect_gone(w);
}

static void three_segments(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = FIN | ACK);
	dut_expect_eof(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2);
	expect_gone(w);
}

static void data_then_fin(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .len = 100);
	peer_send(w, .flags = FIN | ACK | PSH, .len = 50);
	dut_read(w, 150);
	dut_expect_eof(w);
	dut_expect_eof(w);
	peer_drain(w, 60);
	if (w->seg.ack != 152)
		fail(w, "the FIN is not acknowledged");
}

static void fin_out_of_order(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = FIN | ACK, .seq = 101, .len = 50);
	peer_expect(w, .flags = ACK, .ack = 1);
	dut_expect_no_data(w);
	w->snd_nxt = 1;
	peer_send(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect_ack(w, 152);
	dut_read(w, 150);
	dut_expect_eof(w);
}

static void repeated_fin(struct wire *w)
{
	int i;

	established_server(w);
	peer_fin(w);
	for (i = 0; i < 3; i++) {
		peer_send(w, .flags = FIN | ACK, .seq = 1);
		peer_expect(w, .flags = ACK, .seq = 1, .ack = 2);
	}
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 2, .len = 10);
}

static void data_after_fin(struct wire *w)
{
	established_server(w);
	peer_fin(w);
	peer_send(w, .flags = ACK, .seq = 2, .len = 30, .stray = true);
	while (peer_receive(w, now_us() + 50000))
		if (w->seg.ack != 2)
			fail(w, "text after the FIN was acknowledged");
	dut_expect_eof(w);
}

/* Our half is closed, the peer goes on sending. */
static void half_close(struct wire *w)
{
	established_server(w);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 20);
	dut_shutdown(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 21, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 22);
	peer_send(w, .flags = ACK | PSH, .len = 100);
	peer_expect_ack(w, 101);
	dut_read(w, 100);
	peer_send(w, .flags = FIN | ACK);
	peer_expect(w, .flags = ACK, .seq = 22, .ack = 102);
	dut_expect_eof(w);
}

/* The peer's half is closed, the dut goes on sending. */
static void half_closed_by_peer(struct wire *w)
{
	established_server(w, .mss = 1000);
	peer_fin(w);
	dut_write(w, 2500);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 2, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .ack = 2, .len = 1000);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2001);
	peer_expect(w, .flags = ACK, .seq = 2001, .ack = 2, .len = 500);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 2501, .ack = 2);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2502);
	expect_gone(w);
}

/* close() with data queued: all of it is delivered before the FIN. */
static void close_flushes(struct wire *w)
{
	established_server(w, .mss = 1000, .win = 2000);
	dut_write(w, 3500);
	dut_close(w);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_expect_nothing(w, 50);
	peer_send(w, .flags = ACK, .ack = 2001, .win = 5000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
	peer_expect(w, .flags = FIN | ACK, .seq = 3001, .len = 500);
	peer_send(w, .flags = ACK, .ack = 3502);
	peer_send(w, .flags = FIN | ACK, .ack = 3502);
	peer_expect(w, .flags = ACK, .seq = 3502, .ack = 2);
}

/* Both FINs cross: CLOSING, then TIME-WAIT. */
static void simultaneous_close(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2);
	peer_expect_nothing(w, 300);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

static void close_with_unread_data(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 100);
	peer_drain(w, 60);
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 101);
	expect_gone(w);
}

/* After close() nobody reads: late data is answered with a reset. */
static void data_in_fin_wait_1(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 1, .len = 10);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = ANY, .ack = ANY);
	expect_gone(w);
}

static void data_in_fin_wait_2(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_send(w, .flags = ACK, .ack = 2, .len = 10);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = 2, .ack = ANY);
	expect_gone(w);
}

static void linger_zero(struct wire *w)
{
	established_server(w, .mss = 1000, .win = 2000);
	dut_write(w, 4000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	dut_linger(w, 0);
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = ANY, .ack = 1);
	expect_gone(w);
}

static void close_in_syn_sent(struct wire *w)
{
	connect_syn_sent(w);
	dut_close(w);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = RST, .seq = 1);
}

/* Connections that nobody accepted are reset when the listener closes. */
static void close_listener(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	w->fd = w->listener;
	dut_close(w);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = 1);
	peer_send(w, .flags = SYN, .seq = 500000, .mss = 1460);
	peer_expect(w, .flags = RST | ACK, .seq = -w->dut.isn, .ack = 500001);
}

/* RST ends every state after the first FIN. */
static void rst_in_fin_wait_1(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = RST);
	peer_expect_nothing(w, 300);
	expect_gone(w);
}

static void rst_in_fin_wait_2(struct wire *w)
{
	established_server(w);
	dut_shutdown(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_send(w, .flags = RST, .seq = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 1);
	peer_send(w, .flags = RST, .seq = 1);
	dut_expect_error(w, ECONNRESET);
	expect_gone(w);
}

static void rst_in_close_wait(struct wire *w)
{
	established_server(w);
	peer_fin(w);
	peer_send(w, .flags = RST);
	dut_expect_error(w, EPIPE);
	expect_gone(w);
}

static void rst_in_last_ack(struct wire *w)
{
	established_server(w);
	peer_fin(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_send(w, .flags = RST);
	peer_expect_nothing(w, 300);
	expect_gone(w);
}

static void rst_in_closing(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	peer_send(w, .flags = RST);
	peer_expect_nothing(w, 300);
	expect_gone(w);
}

const struct test close_tests[] = {
	T(active_close, "mission S3.1a S3.1c S3.1e, rfc9293 MUST-13"),
	T(active_close_fin_acks_fin, "rfc9293 section 4 FIN-WAIT-1"),
	T(passive_close, "mission S3.1b S3.1d S3.1e, rfc9293 MUST-12"),
	T(three_segments, "mission S3.2b D17"),
	T(data_then_fin, "mission S4.4a S4.1b"),
	T(fin_out_of_order, "mission S1.3c, rfc9293 section 4"),
	T(repeated_fin, "mission E5"),
	T(data_after_fin, "rfc9293 section 4 text after FIN"),
	T(half_close, "mission S3.2a, rfc9293 MAY-1"),
	T(half_closed_by_peer, "mission S3.2a"),
	T(close_flushes, "mission S3.1a"),
	T(simultaneous_close, "mission E14 D16, rfc9293 section 4 CLOSING"),
	T(close_with_unread_data, "rfc9293 SHLD-3, mission D19 E15"),
	T(data_in_fin_wait_1, "rfc9293 SHLD-3, mission E15"),
	T(data_in_fin_wait_2, "rfc9293 SHLD-3, mission E5 E15"),
	T(linger_zero, "mission S3.8e"),
	T(close_in_syn_sent, "rfc9293 3.10.4"),
	T(close_listener, "linux-surface section 8 close"),
	T(rst_in_fin_wait_1, "rfc9293 section 4 RST"),
	T(rst_in_fin_wait_2, "rfc9293 section 4 RST, RFC 5961 3.2"),
	T(rst_in_close_wait, "rfc9293 MUST-12"),
	T(rst_in_last_ack, "rfc9293 section 4 RST"),
	T(rst_in_closing, "rfc9293 section 4 RST"),
	{ 0 }
};
