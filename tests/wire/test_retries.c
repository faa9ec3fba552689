// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens when nobody answers, at the real timeouts: SYN, SYN,ACK, data
 * and FIN are sent again and given up (RFC 9293 3.8.3, mission section 5).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "wire.h"

static const struct want syn_again = { DEFAULT_WANT, .flags = SYN, .seq = 0 };
static const struct want synack_again = { DEFAULT_WANT, .flags = SYN | ACK,
					  .seq = 0, .ack = 1 };
static const struct want data_again = { DEFAULT_WANT, .flags = ACK, .seq = 1,
					.len = 1000 };

/* A SYN was sent; n retransmissions, then ETIMEDOUT at total ms. */
static void syn_times_out(struct wire *w, int n, int total)
{
	uint64_t start = w->seen_us;

	expect_backoff(w, &syn_again, 1000, n);
	w->t0_us = start;
	dut_expect_error_at(w, ETIMEDOUT, total, 0);
	peer_expect_nothing(w, 1000);
}

static void connect_times_out(struct wire *w, int n, int total)
{
	connect_syn_sent(w);
	syn_times_out(w, n, total);
}

static void syn_default(struct wire *w)
{
	connect_times_out(w, 5, 63000);
}

static void syn_retries_1(struct wire *w)
{
	knob(w, "syn_retries", 1);
	connect_times_out(w, 1, 3000);
}

static void syn_count_of_user(struct wire *w)
{
	knob(w, "syn_retries", 4);
	w->fd = dut_socket(w);
	dut_option(w, IPPROTO_TCP, TCP_SYNCNT, 2);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	syn_times_out(w, 2, 7000);
}

/* The setting that RFC 9293 asks for: not less than 180 s. */
static void syn_retries_7(struct wire *w)
{
	knob(w, "syn_retries", 7);
	connect_times_out(w, 7, 247000);
}

static void synack_sent(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* The request is gone: a late third segment is reset. */
static void expect_no_request(struct wire *w)
{
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = RST, .seq = 1);
	dut_expect_no_accept(w);
}

static void synack_default(struct wire *w)
{
	synack_sent(w);
	expect_backoff(w, &synack_again, 1000, 5);
	peer_expect_nothing(w, w->xtcp ? 32100 : 37000);
	expect_no_request(w);
}

/* Just before the request goes, it can still be completed. */
static void synack_late_ack(struct wire *w)
{
	synack_sent(w);
	expect_backoff(w, &synack_again, 1000, 5);
	peer_expect_nothing(w, 31500);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
}

static void synack_retries_0(struct wire *w)
{
	knob(w, "synack_retries", 0);
	synack_sent(w);
	peer_expect_nothing(w, w->xtcp ? 1100 : 1300);
	expect_no_request(w);
}

static void synack_retries_1(struct wire *w)
{
	knob(w, "synack_retries", 1);
	synack_sent(w);
	expect_backoff(w, &synack_again, 1000, 1);
	peer_expect_nothing(w, w->xtcp ? 2100 : 2500);
	expect_no_request(w);
}

/* It counts for a listener's SYN,ACKs too. */
static void synack_count_of_user(struct wire *w)
{
	dut_listen(w, 8);
	dut_option(w, IPPROTO_TCP, TCP_SYNCNT, 1);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_backoff(w, &synack_again, 1000, 1);
	peer_expect_nothing(w, w->xtcp ? 2100 : 2500);
	expect_no_request(w);
}

/* Data that nobody acknowledges: n retransmissions, then ETIMEDOUT. */
static void data_times_out(struct wire *w, int n, int total)
{
	uint64_t start;

	established_server(w, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	start = w->seen_us;
	expect_backoff(w, &data_again, 200, n);
	w->t0_us = start;
	/* The timeout holds the round-trip time, which counts 2^n times. */
	dut_expect_error_at(w, ETIMEDOUT, total, total / 50 + 10);
	expect_gone(w);
}

static void data_retries2_5(struct wire *w)
{
	knob(w, "retries2", 5);
	data_times_out(w, 5, 12600);
}

static void data_retries2_8(struct wire *w)
{
	knob(w, "retries2", 8);
	data_times_out(w, 8, 102200);
}

static void data_default(struct wire *w)
{
	data_times_out(w, 15, 924600);
}

/* After a long silence the peer is back: everything arrives. */
static void data_peer_returns(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	expect_backoff(w, &data_again, 200, 6);
	dut_write(w, 2000);
	peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_drain(w, 100);
	peer_send(w, .flags = ACK, .ack = w->rcv_nxt);
	peer_drain(w, 100);
	if (w->rcv_nxt != 3001)
		fail(w, "%d of 3000 octets arrived", (int)w->rcv_nxt - 1);
}

/*
 * The FIN of a closed socket was sent: 8 retransmissions, gone silently after 102.2 s
 * (511 times the first timeout, the round-trip time included).
 */
static void expect_closed_after_fins(struct wire *w, const struct want *fin, int state)
{
	int left;

	expect_backoff(w, fin, 200, 8);
	left = next_gap(w, 25600);
	mark_seen(w);
	pass_time_to(w, 45000);
	/* An acknowledgment of less than the FIN shows that it lives. */
	w->rcv_nxt = 1;
	expect_alive(w);
	expect_state_until(w, state, left);
	peer_expect_nothing(w, 10000);
	expect_gone(w);
}

static void fin_times_out(struct wire *w, uint32_t ack, int state)
{
	struct want fin = { DEFAULT_WANT, .flags = FIN | ACK, .seq = 1,
			    .ack = ack };

	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = ack);
	expect_closed_after_fins(w, &fin, state);
}

static void fin_wait_1_default(struct wire *w)
{
	established_server(w);
	dut_close(w);
	fin_times_out(w, 1, STATE_FIN_WAIT_1);
}

static void last_ack_default(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = FIN | ACK);
	dut_expect_eof(w);
	peer_expect_ack(w, 2);
	dut_close(w);
	fin_times_out(w, 2, STATE_LAST_ACK);
}

/* Both FINs crossed, and ours was lost. */
static void closing_default(struct wire *w)
{
	struct want fin = { DEFAULT_WANT, .flags = FIN | ACK, .seq = 1, .ack = 2 };

	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	expect_closed_after_fins(w, &fin, STATE_CLOSING);
}

/* One more than may be is reset at once; the others go on. */
static void orphans_beyond_limit(struct wire *w)
{
	struct talk first;

	knob(w, "max_orphans", 1);
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	expect_count(w, "TCPAbortOnMemory", 0);
	peer_leave(w, &first);
	peer_new(w, 5000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = RST | ACK, .seq = 2, .ack = 1);
	expect_count(w, "TCPAbortOnMemory", 1);
	peer_return(w, &first);
	w->rcv_nxt = 1;
	expect_alive(w);
}

/* close() waits as long as it was told to, and the connection goes on without it. */
static void linger_for_two_seconds(struct wire *w)
{
	int64_t lo, hi, took;

	established_server(w);
	dut_linger(w, 2);
	mark(w);
	dut_close(w);
	took = (now_us() - w->t0_us) / 1000;
	time_window(w, 2000, 0, &lo, &hi);
	if (took < lo || took > hi)
		fail(w, "close() took %lld ms", (long long)took);
	note_time(w, 2000, w->t0_us, now_us());
	w->rcv_nxt = 1;
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_drain(w, 10);
	if (!nr_in_state(w, STATE_FIN_WAIT_1))
		fail(w, "the connection is gone");
}

/* Fewer retries for orphans: n = 1 means 0.6 s after the first one. */
static void orphan_retries_1(struct wire *w)
{
	int n = 0;

	knob(w, "orphan_retries", 1);
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	while (peer_receive(w, now_us() + 1700000))
		n++;
	if (n < 1 || n > 2)
		fail(w, "%d retransmissions, expected 1 or 2", n);
	expect_gone(w);
}

/* shutdown() leaves a live socket: retries2 decides, the user hears of it. */
static void fin_of_shutdown(struct wire *w)
{
	struct want fin = { DEFAULT_WANT, .flags = FIN | ACK, .seq = 1,
			    .ack = 1 };
	uint64_t start;

	knob(w, "orphan_retries", 1);
	knob(w, "retries2", 5);
	established_server(w);
	dut_shutdown(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	start = w->seen_us;
	expect_backoff(w, &fin, 200, 5);
	w->t0_us = start;
	dut_expect_error_at(w, ETIMEDOUT, 12600, 260);
}

static void lost_fin(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	mark_seen(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1, .at = 200);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_expect_nothing(w, 600);
	peer_send(w, .flags = FIN | ACK, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

const struct test retries_tests[] = {
	T(syn_default, "mission E1 D1, rfc9293 MUST-22", .slow = true),
	T(syn_retries_1, "mission E1"),
	T(syn_retries_7, "rfc9293 MUST-23, mission E1", .slow = true),
	T(syn_count_of_user, "linux-surface 4 SYNCNT, rfc9293 MUST-21", .slow = true),
	T(synack_count_of_user, "linux-surface 4 SYNCNT"),
	T(synack_default, "mission E2", .slow = true),
	T(synack_late_ack, "mission E2", .slow = true),
	T(synack_retries_0, "mission S2.9j"),
	T(synack_retries_1, "mission S2.9j E2"),
	T(orphans_beyond_limit, "mission E4, linux-surface 1 max_orphans",
	  .not_linux = "its limit is of all namespaces together"),
	T(linger_for_two_seconds, "mission S3.8f"),
	T(data_retries2_5, "mission E8, rfc9293 MUST-20", .slow = true),
	T(data_retries2_8, "mission E8, rfc9293 MUST-20", .slow = true),
	T(data_default, "mission E8, rfc9293 SHLD-11", .slow = true),
	T(data_peer_returns, "rfc9293 3.8.1", .slow = true),
	T(fin_wait_1_default, "mission E4 D3 D4 D5", .slow = true),
	T(last_ack_default, "mission E6", .slow = true),
	T(closing_default, "mission E14 E4", .slow = true),
	T(orphan_retries_1, "mission E4"),
	T(fin_of_shutdown, "mission E4 D4", .slow = true),
	T(lost_fin, "mission E4 E5 S3.2c"),
	{ 0 }
};
