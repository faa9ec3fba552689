// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that do not belong to the step a connection is in: SEGMENT ARRIVES
 * in CLOSED, LISTEN, SYN-SENT and SYN-RECEIVED (RFC 9293 3.10.7.1-4), and
 * segments that nobody may answer.
 */
#include <errno.h>

#include "wire.h"

/* CLOSED: the kernel's TCP answers for ports that nobody uses. */

static void closed_syn(struct wire *w)
{
	w->dut.port = 9999;
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = RST | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = SYN, .seq = 0, .len = 10);
	peer_expect(w, .flags = RST | ACK, .seq = 0, .ack = 11);
	peer_send(w, .flags = FIN, .seq = 50, .len = 5);
	peer_expect(w, .flags = RST | ACK, .seq = 0, .ack = 56);
}

static void closed_ack(struct wire *w)
{
	w->dut.port = 9999;
	peer_send(w, .flags = ACK, .seq = 7, .ack = 12345, .len = 3);
	peer_expect(w, .flags = RST, .seq = 12345);
}

static void closed_rst(struct wire *w)
{
	w->dut.port = 9999;
	peer_send(w, .flags = RST, .seq = 7);
	peer_send(w, .flags = RST | ACK, .seq = 7, .ack = 99);
	peer_expect_nothing(w, 100);
}

static void handshake(struct wire *w)
{
	peer_new(w, 424242);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

static void listen_rst(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = RST, .seq = 7);
	peer_send(w, .flags = RST | ACK, .seq = 7, .ack = 99);
	peer_send(w, .flags = RST | SYN, .seq = 7);
	peer_expect_nothing(w, 100);
	handshake(w);
}

static void listen_ack(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = ACK, .seq = 7, .ack = 12345);
	peer_expect(w, .flags = RST, .seq = 12345);
	peer_send(w, .flags = SYN | ACK, .seq = 7, .ack = 555);
	peer_expect(w, .flags = RST, .seq = 555);
	peer_send(w, .flags = FIN | ACK, .seq = 7, .ack = 777);
	peer_expect(w, .flags = RST, .seq = 777);
	dut_expect_no_accept(w);
	handshake(w);
}

static void listen_other(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = 0, .seq = 7, .len = 5);
	peer_send(w, .flags = FIN, .seq = 7);
	peer_send(w, .flags = PSH | URG, .seq = 7, .len = 5);
	peer_expect_nothing(w, 100);
	dut_expect_no_accept(w);
	handshake(w);
}

static void listen_syn_fin(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | FIN, .mss = 1460);
	peer_expect_nothing(w, 100);
	handshake(w);
}

static void syn_sent_bad_ack(struct wire *w)
{
	connect_syn_sent(w);
	w->ignore_syn = true;
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 101, .mss = 1460,
		  .stray = true);
	peer_expect(w, .flags = RST, .seq = 101);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 0, .mss = 1460,
		  .stray = true);
	peer_expect(w, .flags = RST, .seq = 0);
	peer_send(w, .flags = ACK, .seq = 0, .ack = 102, .stray = true);
	peer_expect(w, .flags = RST, .seq = 102);
	dut_expect_pending(w);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

static void syn_sent_bad_ack_rst(struct wire *w)
{
	connect_syn_sent(w);
	w->ignore_syn = true;
	peer_send(w, .flags = RST | ACK, .seq = 0, .ack = 101);
	peer_send(w, .flags = RST | ACK, .seq = 0, .ack = 0);
	peer_expect_nothing(w, 100);
	dut_expect_pending(w);
}

static void syn_sent_rst(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = RST | ACK, .seq = 0, .ack = 1);
	dut_expect_error(w, ECONNREFUSED);
	peer_expect_nothing(w, 50);
}

static void syn_sent_rst_without_ack(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = RST, .seq = 0);
	peer_send(w, .flags = RST | SYN, .seq = 0);
	peer_expect_nothing(w, 100);
	dut_expect_pending(w);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

static void syn_sent_no_syn(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = FIN, .seq = 0, .stray = true);
	peer_send(w, .flags = FIN | ACK, .seq = 0, .ack = 1, .stray = true);
	peer_send(w, .flags = ACK, .seq = 0, .ack = 1, .len = 9,
		  .stray = true);
	peer_expect_nothing(w, 100);
	dut_expect_pending(w);
}

/* A request: SYN received, SYN,ACK sent. */
static void request(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

static void syn_received_rst(struct wire *w)
{
	request(w);
	peer_send(w, .flags = RST, .seq = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = RST, .seq = 1);
	dut_expect_no_accept(w);
	handshake(w);
}

static void syn_received_rst_active(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = RST, .seq = 1);
	dut_expect_error(w, ECONNREFUSED);
}

static void syn_received_rst_inexact(struct wire *w)
{
	request(w);
	peer_send(w, .flags = RST, .seq = 2);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
}

static void syn_received_rst_outside(struct wire *w)
{
	request(w);
	peer_send(w, .flags = RST, .seq = 0);
	peer_send(w, .flags = RST, .seq = 200000);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
}

static void syn_received_bad_ack(struct wire *w)
{
	request(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = RST, .seq = 2);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 0);
	peer_expect(w, .flags = RST, .seq = 0);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
}

static void syn_received_outside(struct wire *w)
{
	request(w);
	peer_send(w, .flags = ACK, .seq = 200000, .ack = 1, .len = 10);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
}

static void syn_received_no_ack(struct wire *w)
{
	request(w);
	peer_send(w, .flags = PSH, .seq = 1, .len = 10, .stray = true);
	peer_send(w, .flags = FIN, .seq = 1, .stray = true);
	peer_expect_nothing(w, 100);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	dut_expect_no_data(w);
}

static void bad_checksum(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460, .bad_csum = true);
	peer_send(w, .flags = ACK, .seq = 5, .ack = 5, .bad_csum = true);
	peer_expect_nothing(w, 100);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1, .bad_csum = true);
	peer_expect_nothing(w, 50);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 11, .bad_csum = true);
	peer_send(w, .flags = RST, .seq = 1, .bad_csum = true);
	peer_expect_nothing(w, 50);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 1, .len = 11);
	dut_read(w, 11);
}

static void bad_data_offset(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460, .doff = 4, .stray = true);
	peer_send(w, .flags = SYN, .mss = 1460, .doff = 1, .stray = true);
	peer_send(w, .flags = SYN, .mss = 1460, .doff = 15, .stray = true);
	peer_expect_nothing(w, 100);
	handshake(w);
}

/* Reserved bits of a received segment mean nothing (RFC 9293 3.1). */
static void reserved_bits(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460, .reserved = true);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK, .reserved = true);
	dut_accept(w);
	peer_send(w, .flags = ACK | PSH, .len = 20, .reserved = true);
	dut_read(w, 20);
	peer_expect_ack(w, 21);
}

static void syn_to_group(struct wire *w)
{
	static const char *const groups4[] = {
		"255.255.255.255", "192.0.2.255", "224.0.0.1", "239.1.2.3" };
	static const char *const groups6[] = {
		"ff02::1", "ff01::1", "ff05::2", "ff0e::1" };
	int i;

	dut_listen(w, 8);
	for (i = 0; i < 4; i++)
		peer_send(w, .flags = SYN, .seq = 0, .mss = 1460,
			  .dst = w->version == 4 ? groups4[i] : groups6[i]);
	peer_expect_nothing(w, 200);
	dut_expect_no_accept(w);
	handshake(w);
}

static void syn_from_nowhere(struct wire *w)
{
	static const char *const from4[] = {
		"255.255.255.255", "0.1.2.3", "224.0.0.1", "127.0.0.1" };
	static const char *const from6[] = { "ff02::1", "::1", "ff0e::1", "::" };
	int i;

	dut_listen(w, 8);
	for (i = 0; i < 4; i++)
		peer_send(w, .flags = SYN, .seq = 0, .mss = 1460,
			  .src = w->version == 4 ? from4[i] : from6[i]);
	peer_expect_nothing(w, 200);
	handshake(w);
}

static void syn_from_broadcast(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460,
		  .src = "192.0.2.255");
	peer_expect_nothing(w, 200);
	expect_count(w, "XtcpDropNoRoute", 1);
	handshake(w);
}

const struct test refuse_tests[] = {
	T(closed_syn, "rfc9293 section 4 CLOSED"),
	T(closed_ack, "rfc9293 section 4 CLOSED"),
	T(closed_rst, "rfc9293 section 4 CLOSED"),
	T(listen_rst, "rfc9293 section 4 LISTEN"),
	T(listen_ack, "rfc9293 section 4 LISTEN"),
	T(listen_other, "rfc9293 section 4 LISTEN"),
	T(listen_syn_fin, "rfc9293 section 4 LISTEN"),
	T(syn_sent_bad_ack, "mission S2.3c, rfc9293 section 4 SYN-SENT"),
	T(syn_sent_bad_ack_rst, "rfc9293 section 4 SYN-SENT"),
	T(syn_sent_rst, "rfc9293 section 4 SYN-SENT"),
	T(syn_sent_rst_without_ack, "rfc9293 section 4 SYN-SENT, mission E18"),
	T(syn_sent_no_syn, "rfc9293 section 4 SYN-SENT"),
	T(syn_received_rst, "rfc9293 MUST-11, section 4 SYN-RECEIVED"),
	T(syn_received_rst_active, "rfc9293 MUST-11, section 4 SYN-RECEIVED",
	  .not_linux = "Linux reports ECONNRESET, RFC 9293 connection refused"),
	T(syn_received_rst_inexact, "rfc9293 section 4 SYN-RECEIVED"),
	T(syn_received_rst_outside, "rfc9293 section 4 SYN-RECEIVED"),
	T(syn_received_bad_ack, "rfc9293 section 4 SYN-RECEIVED"),
	T(syn_received_outside, "rfc9293 section 4 SYN-RECEIVED"),
	T(syn_received_no_ack, "rfc9293 section 4 SYN-RECEIVED"),
	T(bad_checksum, "rfc9293 MUST-3"),
	T(bad_data_offset, "mission S1.1a"),
	T(reserved_bits, "mission D23 S1.1a"),
	T(syn_to_group, "rfc9293 MUST-57, mission S1.3a"),
	T(syn_from_nowhere, "rfc9293 MUST-63"),
	T(syn_from_broadcast, "rfc9293 MUST-63", .only = 4,
	  .not_linux = "Linux answers it unless rp_filter is on"),
	{ 0 }
};
