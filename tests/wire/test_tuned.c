// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of IPPROTO_TCP that say how a connection keeps time and how much it offers, as they
 * show at the wire (linux-surface.md section 4). TCP_KEEPIDLE and its like are tested in
 * test_keepalive.c, TCP_USER_TIMEOUT and TCP_SYNCNT in test_retries.c and test_open.c.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <linux/xtcp.h>

#include "wire.h"

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

const struct test tuned_tests[] = {
	T(rto_max, "linux-surface 4 RTO_MAX_MS", .slow = true, .not_linux = NOT_YET),
	T(rto_min, "linux-surface 4 RTO_MIN_US", .not_linux = NOT_YET),
	T(delack_max, "linux-surface 4 DELACK_MAX_US", .not_linux = NOT_YET),
	T(thin_linear, "linux-surface 4 THIN_LINEAR_TIMEOUTS", .slow = true),
	T(thin_linear_of_all, "linux-surface 1 thin_linear_timeouts", .slow = true),
	T(thin_linear_not_of_many, "linux-surface 4 THIN_LINEAR_TIMEOUTS"),
	T(window_clamp, "linux-surface 4 WINDOW_CLAMP",
	  .not_linux = "Linux offers whole segments of its own MSS"),
	{ 0 }
};
