// SPDX-License-Identifier: GPL-2.0-only
/*
 * Explicit congestion notification as the peer sees it (RFC 3168 6.1, RFC 8257,
 * RFC 9768).
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

enum { NOT_ECT, ECT_1, ECT_0, CE };

static void expect_codepoint(struct wire *w, int want)
{
	if (w->seg.ecn != want)
		fail(w, "ECN bits %d in the IP header, not %d", w->seg.ecn, want);
}

static void with_ecn(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | ECE | CWR, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
	expect_codepoint(w, NOT_ECT);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

/* 6.1.1: a listener agrees when asked; new text is ECN-capable, ACKs are not. */
static void agreed_when_asked(struct wire *w)
{
	with_ecn(w);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	expect_codepoint(w, ECT_0);
	peer_send(w, .flags = ACK | PSH, .ack = 1001, .len = 10, .ecn = ECT_0);
	peer_expect_ack(w, 11);
	expect_codepoint(w, NOT_ECT);
	dut_read(w, 10);
}

/* 6.1.5: not what goes again. */
static void retransmissions_are_not_capable(struct wire *w)
{
	with_ecn(w);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	expect_codepoint(w, ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .within = 2000);
	expect_codepoint(w, NOT_ECT);
}

/* By default nobody asks. */
static void not_asked_for(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = SYN | ACK | ECE, .mss = 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	expect_codepoint(w, NOT_ECT);
}

/* 6.1.1: asked for by the knob; 6.1.1.1: and not again after a loss. */
static void asked_for(struct wire *w)
{
	knob(w, "ecn", 1);
	dut_connect(w);
	peer_expect(w, .flags = SYN | ECE | CWR, .seq = 0);
	expect_codepoint(w, NOT_ECT);
	peer_expect(w, .flags = SYN, .seq = 0, .within = 1500);
	peer_send(w, .flags = SYN | ACK | ECE, .mss = 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 100);
	/* The lost SYN may count as congestion. */
	peer_expect(w, .flags = ACK, .maybe = CWR, .seq = 1, .len = 100);
	expect_codepoint(w, ECT_0);
}

/* 6.1.3: ECE from the mark on, until CWR. */
static void marks_are_echoed(struct wire *w)
{
	with_ecn(w);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 101);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | ECE, .seq = 1, .ack = 201);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK | ECE, .seq = 1, .ack = 301);
	peer_send(w, .flags = ACK | PSH | CWR, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 401);
	dut_read(w, 400);
}

/* 6.1.2: the window is reduced once, and CWR says so with new text. */
static void echoes_slow_it_down(struct wire *w)
{
	int i;

	with_ecn(w);
	dut_write(w, 40000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	peer_send(w, .flags = ACK | ECE, .ack = 1001);
	peer_send(w, .flags = ACK | ECE, .ack = 2001);
	peer_expect_nothing(w, 50);
	peer_send(w, .flags = ACK | ECE, .ack = 10001);
	peer_expect(w, .flags = ACK | CWR, .seq = 10001, .len = 1000);
	expect_codepoint(w, ECT_0);
	peer_expect(w, .flags = ACK, .seq = 11001, .len = 1000);
}

/* RFC 8257 3.5, 3.2: all is ECN-capable, and ECE is of the text that came last. */
static void dctcp_tells_each_mark(struct wire *w)
{
	dut_listen(w, 8);
	if (setsockopt(w->listener, IPPROTO_TCP, TCP_CONGESTION, "dctcp", 5))
		fail(w, "TCP_CONGESTION dctcp: %m");
	peer_send(w, .flags = SYN | ECE | CWR, .mss = 1000, .ecn = ECT_0);
	peer_expect(w, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
	expect_codepoint(w, ECT_0);
	peer_send(w, .flags = ACK, .ecn = ECT_0);
	dut_accept(w);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | ECE, .seq = 1, .ack = 101);
	expect_codepoint(w, ECT_0);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 201);
	dut_read(w, 200);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	expect_codepoint(w, ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100, .within = 2000);
	expect_codepoint(w, ECT_0);
}

/* RFC 9768 tables 2 and 4, 3.2.2: counts of marks, the same in each segment. */
static void accurate_when_asked(struct wire *w)
{
	int i;

	knob(w, "ecn", 5);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | AE | CWR | ECE, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
	expect_codepoint(w, NOT_ECT);
	peer_send(w, .flags = ACK | CWR);
	dut_accept(w);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK | AE | ECE, .seq = 1, .len = 1000);
	expect_codepoint(w, ECT_0);
	peer_send(w, .flags = ACK | PSH | AE | ECE, .ack = 1001, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1001, .ack = 101);
	dut_read(w, 100);
	/* Segmentation must not clear CWR. */
	dut_write(w, 3000);
	for (i = 0; i < 3; i++)
		peer_expect(w, .flags = ACK | AE | CWR, .seq = 1001 + 1000 * i, .len = 1000);
}

/* RFC 9768 3.1.1, 3.2.2.1, table 3 */
static void accurate_asked_for(struct wire *w)
{
	knob(w, "ecn", 3);
	dut_connect(w);
	peer_expect(w, .flags = SYN | AE | CWR | ECE, .seq = 0);
	expect_codepoint(w, NOT_ECT);
	peer_send(w, .flags = SYN | ACK | CWR, .mss = 1000, .ecn = CE);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .len = 100);
	expect_codepoint(w, ECT_0);
}

/* RFC 9768 3.1.5: a SYN for each kind in one handshake. */
static void mixed_handshakes_are_reset(struct wire *w)
{
	knob(w, "ecn", 5);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | AE | CWR | ECE, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
	peer_send(w, .flags = SYN | CWR | ECE, .seq = 0, .mss = 1000, .stray = true);
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 1);
	dut_expect_no_accept(w);
}

const struct test ecn_tests[] = {
	T(agreed_when_asked, "RFC 3168 6.1.1"),
	T(retransmissions_are_not_capable, "RFC 3168 6.1.5"),
	T(not_asked_for, "RFC 3168 6.1.1"),
	T(asked_for, "RFC 3168 6.1.1.1"),
	T(marks_are_echoed, "RFC 3168 6.1.3"),
	T(dctcp_tells_each_mark, "RFC 8257 3.2, 3.5"),
	T(accurate_when_asked, "RFC 9768 3.1.1, 3.2.2"),
	T(accurate_asked_for, "RFC 9768 3.1.1, 3.2.2.1"),
	T(mixed_handshakes_are_reset, "RFC 9768 3.1.5"),
	T(echoes_slow_it_down, "RFC 3168 6.1.2"),
	{ 0 }
};
