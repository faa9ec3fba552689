// SPDX-License-Identifier: GPL-2.0-only
/*
 * The retransmission timer on short distances: RFC 6298 and Karn's rule
 * (RFC 9293 3.8.1). test_retries.c has the long series.
 */
#include <errno.h>

#include "wire.h"

/* Write n segments of 1000 octets and see them; marks the first one. */
static void in_flight(struct wire *w, int n)
{
	uint32_t seq = w->rcv_nxt;
	int i;

	dut_write(w, 1000 * n);
	for (i = 0; i < n; i++) {
		peer_expect(w, .flags = ACK, .seq = seq + 1000 * i,
			    .len = 1000);
		if (!i)
			mark_seen(w);
	}
}

static void first_timeout(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 1);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 200);
	peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect_nothing(w, 600);
}

static void timeout_doubles(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 1);
	expect_backoff(w, &(struct want){ DEFAULT_WANT, .flags = ACK, .seq = 1, .len = 1000 },
		       200, 3);
}

/* Only the first unacknowledged segment is sent again. */
static void first_segment_only(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 5);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 200);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = 5001);
	peer_expect_nothing(w, 600);
}

/* An acknowledgment of new data restarts the timer (RFC 6298 5.3). */
static void timer_restarts(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 2);
	pass_time(w, 150);
	peer_send(w, .flags = ACK, .ack = 1001);
	/* SRTT 19 + 200 ms after that, and not 200 ms after the segment. */
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000, .at = 369,
		    .tol = 15);
}

/* A repeated acknowledgment does not restart it. */
static void timer_keeps_running(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 2);
	pass_time(w, 100);
	peer_send(w, .flags = ACK, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 200);
}

static void nothing_outstanding(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 2);
	peer_send(w, .flags = ACK, .ack = 2001);
	peer_expect_nothing(w, 700);
}

/*
 * No round-trip time is taken from a retransmitted segment. Taken, it would
 * be 590 or 390 ms and lead to a timeout of 660 or 440 ms; without it, the
 * timeout stays at 400 ms (backed off) or goes back to 200.
 */
static void karn(struct wire *w)
{
	double gap;

	established_server(w, .mss = 1000);
	in_flight(w, 1);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 200);
	mark_seen(w);
	pass_time(w, 390 - (int)((now_us() - w->t0_us) / 1000));
	peer_send(w, .flags = ACK, .ack = 1001);
	in_flight(w, 1);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000, .within = 700);
	gap = (w->seen_us - w->t0_us) / 1000.0;
	if (gap > (w->xtcp ? 415 : 500))
		fail(w, "the timeout is %.0f ms: measured a retransmission",
		     gap);
}

/* A longer round trip makes a longer timeout: 300 ms gives 37 + 450 ms. */
static void long_round_trip(struct wire *w)
{
	int i;

	connect_syn_sent(w);
	pass_time(w, 300);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	in_flight(w, 1);
	/* First sample R = 300: RTO = R + 4 * R / 2 = 900. */
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 900,
		    .tol = 15);
	for (i = 0; i < 2; i++)
		peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect_nothing(w, 100);
}

static void initial_timeout_knob(struct wire *w)
{
	knob(w, "rto_init_ms", 300);
	connect_syn_sent(w);
	mark_seen(w);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 300);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 900);
}

static void retransmission_is_coalesced_right(struct wire *w)
{
	established_server(w, .mss = 1000, .nodelay = true);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	mark_seen(w);
	dut_write(w, 150);
	peer_expect(w, .flags = ACK, .seq = 101, .len = 150);
	/* The whole or the first segment again; check.c compares the octets. */
	peer_expect(w, .flags = ACK, .seq = 1, .len = ANY, .at = 200);
	if (w->seg.len != 100 && w->seg.len != 250)
		fail(w, "retransmitted %d octets", w->seg.len);
	peer_send(w, .flags = ACK, .ack = 251);
	peer_expect_nothing(w, 300);
}

/* Half a segment is acknowledged: the rest of it is sent again. */
static void partial_ack(struct wire *w)
{
	established_server(w, .mss = 1000);
	in_flight(w, 1);
	peer_send(w, .flags = ACK, .ack = 401);
	peer_expect(w, .flags = ACK, .seq = ANY, .len = ANY, .within = 400);
	if (w->seg.seq + w->seg.len != 1001 || w->seg.seq > 401)
		fail(w, "sent %u:%u again", w->seg.seq,
		     w->seg.seq + w->seg.len);
	peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect_nothing(w, 600);
}

const struct test rto_tests[] = {
	T(first_timeout, "rfc9293 MUST-18, rfcs RFC 6298"),
	T(timeout_doubles, "rfc9293 MUST-19, rfcs RFC 6298 5.5"),
	T(first_segment_only, "mission S1.4c S2.5c, RFC 6298 5.4"),
	T(timer_restarts, "rfcs RFC 6298 5.3"),
	T(timer_keeps_running, "rfcs RFC 6298 5.3"),
	T(nothing_outstanding, "rfcs RFC 6298 5.2"),
	T(karn, "rfc9293 MUST-18, rfcs RFC 6298 Karn"),
	T(long_round_trip, "rfcs RFC 6298 2.2"),
	T(initial_timeout_knob, "mission D2",
	  .not_linux = "Linux has no such tunable"),
	T(retransmission_is_coalesced_right, "rfc9293 3.8.1"),
	T(partial_ack, "rfc9293 3.8.1"),
	{ 0 }
};
