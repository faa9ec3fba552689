// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunables, and options of IPPROTO_TCP, that say how a connection keeps time and how much it
 * offers, as they show at the wire (linux-surface.md sections 1, 3 and 4). TCP_KEEPIDLE and its
 * like are tested in test_keepalive.c, TCP_USER_TIMEOUT and TCP_SYNCNT in test_retries.c and
 * test_open.c, the tunable recovery in test_sack.c.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <linux/xtcp.h>

#include "wire.h"

#define NO_KNOB "Linux has no such tunable"
#define NOT_YET "kernels have the option since 6.15"

static void text_again_at(struct wire *w, int at)
{
	mark_seen(w);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = at);
}

static void one_in_flight(struct wire *w)
{
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
}

static void rto_max(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_RTO_MAX_MS, 1000);
	one_in_flight(w);
	text_again_at(w, 200);
	text_again_at(w, 400);
	text_again_at(w, 800);
	text_again_at(w, 1000);
	text_again_at(w, 1000);
}

/* From the next measurement on. */
static void rto_min(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_RTO_MIN_US, 50000);
	one_in_flight(w);
	peer_send(w, .flags = ACK, .ack = 1001);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	mark_seen(w);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000, .at = 50);
}

static void delack_max(struct wire *w)
{
	knob(w, "quickack_max", 0);
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_DELACK_MAX_US, 10000);
	peer_send(w, .flags = ACK, .len = 100);
	mark(w);
	peer_expect(w, .flags = ACK, .ack = 101, .at = 10);
}

static void expect_linear(struct wire *w)
{
	int i;

	one_in_flight(w);
	for (i = 0; i < 7; i++)
		text_again_at(w, 200);
	text_again_at(w, 400);
	text_again_at(w, 800);
}

static void thin_linear(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1);
	expect_linear(w);
}

static void thin_linear_of_all(struct wire *w)
{
	knob(w, "thin_linear_timeouts", 1);
	established_server(w, .mss = 1000);
	expect_linear(w);
}

/* Four segments are not few. */
static void thin_linear_not_of_many(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1);
	dut_write(w, 4000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 3001, .len = 1000);
	text_again_at(w, 200);
	text_again_at(w, 400);
}

/* On a listener: its children offer no more from the SYN,ACK on, whatever the buffer has. */
static void window_clamp(struct wire *w)
{
	dut_listen(w, 1);
	dut_option(w, IPPROTO_TCP, TCP_WINDOW_CLAMP, 2000);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK, .mss = ANY, .win = 2000);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK, .len = 1000);
	peer_expect(w, .flags = ACK, .ack = 1001, .win = 2000);
	peer_send(w, .flags = ACK, .len = 1000);
	peer_expect(w, .flags = ACK, .ack = 2001, .win = 2000);
	dut_read(w, 2000);
	peer_expect_nothing(w, 100);
}

static void flight_of_ten(struct wire *w)
{
	int i;

	established_server(w, .mss = 1000);
	dut_write(w, 10000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
}

static void duplicates_until_again(struct wire *w, int n)
{
	while (--n)
		peer_send(w, .flags = ACK, .ack = 1);
	peer_expect_nothing(w, 50);
	peer_send(w, .flags = ACK, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
}

static void reordering(struct wire *w)
{
	knob(w, "reordering", 5);
	flight_of_ten(w);
	duplicates_until_again(w, 5);
}

static void max_reordering(struct wire *w)
{
	knob(w, "reordering", 5);
	knob(w, "max_reordering", 2);
	flight_of_ten(w);
	duplicates_until_again(w, 2);
}

static void answer(struct wire *w)
{
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .len = 10);
}

/* Until the second answer each segment is acknowledged at once. */
static void pingpong_thresh(struct wire *w)
{
	knob(w, "pingpong_thresh", 2);
	established_server(w, .mss = 1000);
	peer_send(w, .flags = ACK, .len = 100);
	peer_expect_ack(w, 101);
	answer(w);
	peer_send(w, .flags = ACK, .len = 100);
	peer_expect_ack(w, 201);
	answer(w);
	peer_send(w, .flags = ACK, .len = 100);
	mark(w);
	peer_expect(w, .flags = ACK, .ack = 301, .at = 40);
}

static void signed_windows(struct wire *w)
{
	int mss = w->mtu - (w->version == 4 ? 40 : 60);

	knob(w, "workaround_signed_windows", 1);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .mss = ANY, .win = 32767);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK, .len = mss);
	peer_expect(w, .flags = ACK, .ack = 1 + mss, .win = 32767);
}

static void keepalive_ms(struct wire *w)
{
	knob(w, "keepalive_time_ms", 350);
	knob(w, "keepalive_intvl_ms", 120);
	knob(w, "keepalive_probes", 2);
	established_server(w);
	dut_option(w, SOL_SOCKET, SO_KEEPALIVE, 1);
	peer_send(w, .flags = ACK);
	mark(w);
	peer_expect_probe(w, 350);
	peer_expect_probe(w, 470);
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 1, .at = 590);
}

static void strangers_ack(struct wire *w)
{
	peer_send(w, .flags = ACK, .seq = 7, .ack = 12345);
}

/* Connections are none of it, and the next second has resets of its own. */
static void rst_per_sec(struct wire *w)
{
	int i;

	knob(w, "rst_per_sec", 2);
	dut_listen(w, 8);
	strangers_ack(w);
	peer_expect(w, .flags = RST, .seq = 12345);
	mark_seen(w);
	strangers_ack(w);
	peer_expect(w, .flags = RST, .seq = 12345);
	for (i = 0; i < 3; i++)
		strangers_ack(w);
	peer_expect_nothing(w, 50);
	expect_count(w, "XtcpResetsSkipped", 3);
	pass_time_to(w, 1000);
	strangers_ack(w);
	peer_expect(w, .flags = RST, .seq = 12345);
	expect_count(w, "XtcpResetsSkipped", 3);
}

const struct test tuned_tests[] = {
	T(rto_max, "linux-surface 4 RTO_MAX_MS", .slow = true, .not_linux = NOT_YET),
	T(rto_min, "linux-surface 4 RTO_MIN_US", .not_linux = NOT_YET),
	T(delack_max, "linux-surface 4 DELACK_MAX_US", .not_linux = NOT_YET),
	T(thin_linear, "linux-surface 4 THIN_LINEAR_TIMEOUTS", .slow = true),
	T(thin_linear_of_all, "linux-surface 1 thin_linear_timeouts", .slow = true),
	T(thin_linear_not_of_many, "linux-surface 4 THIN_LINEAR_TIMEOUTS"),
	T(window_clamp, "linux-surface 4 WINDOW_CLAMP",
	  .not_linux = "Linux offers whole segments of its own MSS"),
	T(reordering, "linux-surface 1 reordering"),
	T(max_reordering, "linux-surface 1 max_reordering",
	  .not_linux = "Linux bounds what it learns alone"),
	T(pingpong_thresh, "linux-surface 1 pingpong_thresh"),
	T(signed_windows, "linux-surface 1 workaround_signed_windows"),
	T(keepalive_ms, "linux-surface 3 keepalive_time_ms keepalive_intvl_ms",
	  .not_linux = NO_KNOB),
	T(rst_per_sec, "linux-surface 3 rst_per_sec", .not_linux = NO_KNOB),
	{ 0 }
};
