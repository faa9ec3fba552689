// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect() from a port that is in TIME-WAIT: when it may, and with which
 * number it begins (mission 3.8, D8). The range of automatic ports has one
 * port, so that there is nothing else to pick.
 */
#include "wire.h"

#define PORT 40000

/* The dut has closed a connection from PORT and is in TIME-WAIT since the mark. */
static void time_wait(struct wire *w, int timestamps, bool by_name)
{
	knob(w, "timestamps", timestamps);
	net_port_range(w, PORT, PORT);
	if (by_name)
		dut_connect_from(w, PORT);
	else
		dut_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	if (w->dut.port != PORT)
		fail(w, "the port is %d", w->dut.port);
	send_timestamped(w, SYN | ACK, 1000, 0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	send_timestamped(w, FIN | ACK, 1001, 0);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	mark_seen(w);
}

/* The same two ports again: a connection that works. */
static void connect_again(struct wire *w, bool by_name)
{
	w->peer.port--;
	peer_new(w, w->peer.isn + 777);
	if (by_name)
		dut_connect_from(w, PORT);
	else
		dut_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	send_timestamped(w, SYN | ACK, 3000, 0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	send_timestamped(w, ACK | PSH, 3001, 10);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

/* It took the place of the TIME-WAIT and begins beyond the old numbers. */
static void expect_reuse(struct wire *w, bool by_name)
{
	uint32_t end = w->dut.isn + 2;

	connect_again(w, by_name);
	if (w->dut.isn - end != 65537)
		fail(w, "the new ISN is %u beyond the old numbers", w->dut.isn - end);
	if (nr_in_state(w, STATE_TIME_WAIT))
		fail(w, "the TIME-WAIT is still there");
	expect_count(w, "TWRecycled", 1);
}

/* No port until ms, then TIME-WAIT yields. */
static void reuse_after(struct wire *w, int ms)
{
	int64_t lo, hi;

	time_window(w, ms, 0, &lo, &hi);
	dut_expect_no_port(w, 0);
	pass_time_to(w, lo);
	dut_expect_no_port(w, 0);
	pass_time_to(w, hi);
	expect_reuse(w, false);
}

static void reuse_after_a_second(struct wire *w)
{
	knob(w, "tw_reuse", 1);
	time_wait(w, 1, false);
	reuse_after(w, 1000);
}

static void reuse_delay(struct wire *w)
{
	knob(w, "tw_reuse", 1);
	knob(w, "tw_reuse_delay_ms", 2500);
	time_wait(w, 1, false);
	reuse_after(w, 2500);
}

/* The delay is that of the peer's silence. */
static void reuse_after_fin_again(struct wire *w)
{
	knob(w, "tw_reuse", 1);
	time_wait(w, 1, false);
	pass_time(w, 900);
	send_timestamped_with(w, &(struct out){
		.flags = FIN | ACK, .seq = 1, .ack = 2, .win = 65535, .wscale = -1 }, 1900);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	mark_seen(w);
	reuse_after(w, 1000);
}

/* All 60 s long there is no port; then there is one, and a number of its own. */
static void expect_no_reuse(struct wire *w)
{
	pass_time_to(w, 59900);
	dut_expect_no_port(w, 0);
	pass_time_to(w, 60010);
	connect_again(w, false);
	expect_count(w, "TWRecycled", 0);
}

/* The default: only to this host. */
static void reuse_loopback_only(struct wire *w)
{
	time_wait(w, 1, false);
	expect_no_reuse(w);
}

static void reuse_off(struct wire *w)
{
	knob(w, "tw_reuse", 0);
	time_wait(w, 1, false);
	expect_no_reuse(w);
}

static void reuse_needs_timestamps(struct wire *w)
{
	knob(w, "tw_reuse", 1);
	time_wait(w, 0, false);
	expect_no_reuse(w);
}

/* Whoever names the port gets it at once, whatever tw_reuse says. */
static void reuse_by_name(struct wire *w)
{
	knob(w, "tw_reuse", 0);
	time_wait(w, 1, true);
	expect_reuse(w, true);
}

static void reuse_by_name_needs_timestamps(struct wire *w)
{
	time_wait(w, 0, true);
	dut_expect_no_port(w, PORT);
}

/* Another peer is another four-tuple. */
static void reuse_other_peer(struct wire *w)
{
	time_wait(w, 0, false);
	dut_expect_no_port(w, 0);
	peer_new(w, 1000);
	dut_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	if (w->dut.port != PORT)
		fail(w, "the port is %d", w->dut.port);
	expect_count(w, "TWRecycled", 0);
}

const struct test reuse_tests[] = {
	T(reuse_after_a_second, "mission S3.8a D8",
	  .not_linux = "Linux counts seconds of the clock"),
	T(reuse_delay, "linux-surface 1 tcp_tw_reuse_delay",
	  .not_linux = "6.12 has no such tunable"),
	T(reuse_after_fin_again, "mission D8",
	  .not_linux = "Linux counts seconds of the clock"),
	T(reuse_loopback_only, "mission D8 S3.7a", .slow = true,
	  .not_linux = "its timer is up to an eighth late"),
	T(reuse_off, "mission D8 S3.7a", .slow = true,
	  .not_linux = "its timer is up to an eighth late"),
	T(reuse_needs_timestamps, "mission D8", .slow = true,
	  .not_linux = "its timer is up to an eighth late"),
	T(reuse_by_name, "mission D8"),
	T(reuse_by_name_needs_timestamps, "mission D8"),
	T(reuse_other_peer, "mission S3.7a"),
	{ 0 }
};
