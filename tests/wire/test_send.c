// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the dut cuts and sends what its user writes: segments, PSH, Nagle, the
 * initial congestion window (RFC 9293 3.7, 3.8, RFC 5681, RFC 6928).
 */
#include <stdlib.h>

#include "wire.h"

static void segmentation(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 3500);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
	/* A sub-MSS tail waits for the acknowledgment (Nagle), or not. */
	peer_send(w, .flags = ACK, .ack = 3001);
	peer_expect(w, .flags = ACK, .seq = 3001, .len = 500, .psh = 1);
}

static void push_on_last(struct wire *w)
{
	established_server(w, .mss = 1000, .nodelay = true);
	dut_write(w, 300);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 300, .psh = 1);
	dut_write(w, 2500);
	peer_expect(w, .flags = ACK, .seq = 301, .len = 1000, .psh = 0);
	peer_expect(w, .flags = ACK, .seq = 1301, .len = 1000, .psh = 0);
	peer_expect(w, .flags = ACK, .seq = 2301, .len = 500, .psh = 1);
}

static void odd_lengths(struct wire *w)
{
	static const int lengths[] = { 1, 3, 7, 1001, 1439 };
	int i, at = 1;

	established_server(w);
	for (i = 0; i < 5; i++) {
		dut_write(w, lengths[i]);
		peer_expect(w, .flags = ACK, .seq = at, .len = lengths[i]);
		at += lengths[i];
		peer_send(w, .flags = ACK, .ack = at);
	}
}

static void nagle(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 10);
	dut_write(w, 20);
	dut_write(w, 30);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = 11);
	/* What was held goes out as one segment (SHLD-28). */
	peer_expect(w, .flags = ACK, .seq = 11, .len = 50);
}

static void nagle_full_segment(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 10);
	dut_write(w, 600);
	peer_expect_nothing(w, 50);
	dut_write(w, 600);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 1000);
	peer_expect_nothing(w, 50);
}

static void nodelay(struct wire *w)
{
	established_server(w, .mss = 1000, .nodelay = true);
	dut_write(w, 10);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 10);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20);
}

/* A FIN does not wait for Nagle, nor does the data before it. */
static void fin_overrides_nagle(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 10);
	dut_write(w, 20);
	peer_expect_nothing(w, 50);
	dut_shutdown(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 11, .len = 20);
}

static void initial_window(struct wire *w)
{
	int i;

	established_server(w, .mss = 1000, .sndbuf = 100000);
	dut_write(w, 30000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	peer_expect_nothing(w, 100);
}

/*
 * Slow start: ten acknowledgments of one segment each double the window.
 * Linux holds segments back to send bigger bursts, which costs it some growth.
 */
static void slow_start(struct wire *w)
{
	int i, flight, least = w->xtcp ? 20000 : 15000;

	established_server(w, .mss = 1000, .sndbuf = 100000);
	dut_write(w, 40000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	for (i = 1; i <= 10; i++)
		peer_send(w, .flags = ACK, .ack = 1 + 1000 * i);
	peer_drain(w, 50);
	flight = w->rcv_nxt - 10001;
	if (flight < least || flight > 20000)
		fail(w, "%d octets in flight, expected %d to 20000", flight,
		     least);
}

/* Segments that leave at once after a pause of a second, where 40 were in flight before. */
static int burst_after_pause(struct wire *w)
{
	uint32_t acked, before;

	established_server(w, .mss = 1000, .sndbuf = 200000);
	dut_write(w, 70000);
	for (acked = 1; acked < 70001; acked += 1000) {
		peer_drain(w, 0);
		peer_send(w, .flags = ACK, .ack = acked + 1000);
	}
	pass_time(w, 1000);
	before = w->rcv_nxt;
	dut_write(w, 40000);
	peer_drain(w, 50);
	return (w->rcv_nxt - before) / 1000;
}

static void window_after_idle(struct wire *w)
{
	int n = burst_after_pause(w);

	if (n != 10)
		fail(w, "%d segments after a pause, not an initial window of 10", n);
}

static void window_kept_when_idle(struct wire *w)
{
	int n;

	knob(w, "slow_start_after_idle", 0);
	n = burst_after_pause(w);
	if (n != 40)
		fail(w, "%d segments after a pause, not all 40", n);
}

/* The window is 65535, not -1: more than 32767 octets may be in flight. */
static void window_is_unsigned(struct wire *w)
{
	int i;

	established_server(w, .mss = 1000, .sndbuf = 100000);
	dut_write(w, 90000);
	for (i = 1; w->rcv_nxt < 90000; i++) {
		peer_drain(w, 5);
		if (w->rcv_nxt - (1000 * (i - 1) + 1) > 32767)
			break;
		peer_send(w, .flags = ACK, .ack = 1000 * i + 1);
	}
	if (w->rcv_nxt - (1000 * (i - 1) + 1) <= 32767)
		fail(w, "never more than 32767 octets in flight");
}

static void piggyback(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 100);
	dut_read(w, 100);
	peer_drain(w, 100);
	dut_write(w, 50);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 101, .len = 50,
		    .psh = 1);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ack = 51);
	dut_read(w, 100);
	dut_write(w, 60);
	peer_drain(w, 100);
	if (w->rcv_nxt != 111 || w->seg.ack != 201)
		fail(w, "not everything was sent and acknowledged");
}

static void data_both_ways(struct wire *w)
{
	int i;

	established_client(w, .mss = 1000, .nodelay = true);
	for (i = 0; i < 50; i++) {
		dut_write(w, 100 + i);
		peer_drain(w, 0);
		peer_send(w, .flags = ACK | PSH, .len = 200 + i);
		dut_read(w, 200 + i);
	}
	peer_drain(w, 100);
	if (w->rcv_nxt != w->written + 1)
		fail(w, "%u of %u octets arrived", w->rcv_nxt - 1, w->written);
}

/* Sequence numbers of the peer wrap around in the middle of the data. */
static void sequence_wrap(struct wire *w)
{
	int i;

	established_server(w, .isn = 0xfffffff0u - 2500);
	for (i = 0; i < 5; i++) {
		peer_send(w, .flags = ACK | PSH, .len = 1000);
		dut_read(w, 1000);
		peer_expect_ack(w, 1 + 1000 * (i + 1));
	}
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 5001, .len = 10);
}

/*
 * 2000 octets and then 10 and 20 for a device that sends 10 octets a millisecond, at first
 * 1600 at once: the second segment stays in its queue for 50 ms. Twice, because what was sent
 * before the first time may go unnoticed, when it goes. The peer acknowledges nothing while
 * it looks.
 */
static void write_to_slow_device(struct wire *w)
{
	uint32_t at;

	established_server(w, .mss = 1000, .nodelay = true);
	if (system("tc qdisc replace dev tun0 root tbf rate 80kbit burst 1600 limit 100000"))
		fail(w, "no tbf");
	dut_write(w, 2000);
	dut_write(w, 10);
	peer_drain(w, 80);
	peer_send(w, .flags = ACK);
	pass_time(w, 300);
	at = w->rcv_nxt;
	dut_write(w, 2000);
	dut_write(w, 10);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = at, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = at + 1000, .len = 1000, .within = 100);
}

static void autocorking(struct wire *w)
{
	knob(w, "autocorking", 1);
	write_to_slow_device(w);
	peer_expect(w, .flags = ACK, .len = 30, .within = 100);
	if (!counter(w, "TCPAutoCorking"))
		fail(w, "TCPAutoCorking is 0");
}

static void autocorking_off(struct wire *w)
{
	write_to_slow_device(w);
	peer_expect(w, .flags = ACK, .len = 10, .within = 100);
	peer_expect(w, .flags = ACK, .len = 20, .within = 100);
	if (counter(w, "TCPAutoCorking"))
		fail(w, "TCPAutoCorking is not 0");
}

/* Nothing waits where nothing is in a queue. */
static void autocorking_idle_device(struct wire *w)
{
	knob(w, "autocorking", 1);
	nodelay(w);
}

const struct test send_tests[] = {
	T(segmentation, "mission S1.4c S2.5b, rfc9293 SHLD-28"),
	T(push_on_last, "rfc9293 MUST-61 MUST-60 SHLD-27"),
	T(odd_lengths, "rfc9293 MUST-2"),
	T(nagle, "rfc9293 SHLD-7 SHLD-28 MAY-16"),
	T(nagle_full_segment, "rfc9293 SHLD-7"),
	T(nodelay, "rfc9293 MUST-17"),
	T(autocorking, "linux-surface autocorking"),
	T(autocorking_off, "linux-surface autocorking"),
	T(autocorking_idle_device, "linux-surface autocorking, rfc9293 MUST-17"),
	T(fin_overrides_nagle, "rfcs SWS"),
	T(initial_window, "rfcs RFC 6928"),
	T(slow_start, "rfc9293 MUST-19, rfcs RFC 5681"),
	T(window_after_idle, "rfcs RFC 5681 idle restart, RFC 2861"),
	T(window_kept_when_idle, "linux-surface slow_start_after_idle"),
	T(window_is_unsigned, "rfc9293 MUST-1 REC-1"),
	T(piggyback, "rfc9293 3.10.7.4"),
	T(data_both_ways, "mission S1.3b S4.1a"),
	T(sequence_wrap, "rfc9293 3.4"),
	{ 0 }
};
