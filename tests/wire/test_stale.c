// SPDX-License-Identifier: GPL-2.0-only
/*
 * Old and repeated segments around the handshake (RFC 9293 3.5, mission 2.3
 * and 2.4), and segments of the handshake that get lost.
 */
#include <errno.h>

#include "wire.h"

/* The same peer port again, with another initial sequence number. */
static void same_port(struct wire *w, uint32_t isn)
{
	w->peer.port--;
	peer_new(w, isn);
}

static void syn(struct wire *w)
{
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
}

static void expect_synack(struct wire *w)
{
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void old_syn_then_rst(struct wire *w)
{
	dut_listen(w, 8);
	same_port(w, 90);
	syn(w);
	expect_synack(w);
	peer_send(w, .flags = RST, .seq = 1);
	same_port(w, 100);
	syn(w);
	expect_synack(w);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	w->fd = -1;
	dut_expect_no_accept(w);
}

static void old_syn_then_new_syn(struct wire *w)
{
	dut_listen(w, 8);
	same_port(w, 90);
	syn(w);
	expect_synack(w);
	same_port(w, 100);
	syn(w);
	expect_synack(w);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	w->fd = -1;
	dut_expect_no_accept(w);
}

/* The old SYN comes second: it lies before the window of the request. */
static void new_syn_then_old_syn(struct wire *w)
{
	uint32_t dut_isn;

	dut_listen(w, 8);
	same_port(w, 100);
	syn(w);
	expect_synack(w);
	dut_isn = w->dut.isn;
	peer_send(w, .flags = SYN, .seq = -10, .mss = 1460, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	if (w->dut.isn != dut_isn)
		fail(w, "the request was replaced");
}

static void repeated_syn(struct wire *w)
{
	dut_listen(w, 8);
	syn(w);
	expect_synack(w);
	peer_expect_nothing(w, 600);
	syn(w);
	expect_synack(w);
	syn(w);
	syn(w);
	peer_expect_nothing(w, 200);
	if (w->xtcp)
		expect_count(w, "TCPACKSkippedSynRecv", 2);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	w->fd = -1;
	dut_expect_no_accept(w);
}

static void repeated_third_segment(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK);
	peer_send(w, .flags = ACK);
	peer_expect_nothing(w, 50);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
	w->fd = -1;
	dut_expect_no_accept(w);
}

/* The third segment was lost: the SYN,ACK comes again (mission E3). */
static void repeated_synack(struct wire *w)
{
	established_client(w);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_expect_nothing(w, 600);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

static void lost_syn(struct wire *w)
{
	connect_syn_sent(w);
	mark_seen(w);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 1000);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	peer_expect_nothing(w, 100);
}

static void lost_synack(struct wire *w)
{
	dut_listen(w, 8);
	syn(w);
	expect_synack(w);
	mark_seen(w);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .at = 1000);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	peer_expect_nothing(w, 100);
}

/* A segment of an earlier connection with the same ports (mission 2.4). */
static void stale_data(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 500000, .len = 20, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 1);
	peer_send(w, .flags = ACK, .seq = -500000, .len = 20, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 1);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 20);
	dut_read(w, 20);
	dut_expect_no_data(w);
}

/* The old connection's data meets a restarted dut: reset (mission S2.4b). */
static void data_after_restart(struct wire *w)
{
	established_server(w);
	dut_linger(w, 0);
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1, .len = 20,
		  .stray = true);
	peer_expect(w, .flags = RST, .seq = 1);
	same_port(w, 7000000);
	syn(w);
	expect_synack(w);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	/* Held back in the network until now. */
	peer_send(w, .flags = ACK, .seq = 1000021 - 7000000, .len = 20,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_no_data(w);
}

const struct test stale_tests[] = {
	T(old_syn_then_rst, "mission S2.3a"),
	T(old_syn_then_new_syn, "mission S2.3b",
	  .not_linux = "Linux resets the new SYN (mission D20)"),
	T(new_syn_then_old_syn, "mission S2.3d, rfc9293 section 4 SYN-RECEIVED"),
	T(repeated_syn, "mission S2.3e S2.3f, rfc9293 section 4 SYN-RECEIVED"),
	T(repeated_third_segment, "mission S2.3e"),
	T(repeated_synack, "mission E3, RFC 5961 4.2"),
	T(lost_syn, "mission E1, rfc9293 MUST-22"),
	T(lost_synack, "mission E2"),
	T(stale_data, "mission S2.4b S2.4c"),
	T(data_after_restart, "mission S2.4b E16"),
	{ 0 }
};
