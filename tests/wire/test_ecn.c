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

static void dctcp_listener(struct wire *w)
{
	dut_listen(w, 8);
	if (setsockopt(w->listener, IPPROTO_TCP, TCP_CONGESTION, "dctcp", 5))
		fail(w, "TCP_CONGESTION dctcp: %m");
}

/* RFC 8257 3.5, 3.2: all is ECN-capable, and ECE is of the text that came last. */
static void dctcp_tells_each_mark(struct wire *w)
{
	dctcp_listener(w);
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

/* The option of accurate ECN (RFC 9768 3.2.3) */

#define UNTOUCHED	"\xac\x0b\0\0\1\0\0\0\0\0\1"	/* 172: 1, 0, 1 */
#define ACE_5		(ACK | AE | ECE)
#define expect_option(w, bytes)	option_is(w, bytes, sizeof(bytes) - 1)

static void option_is(struct wire *w, const char *bytes, int len)
{
	if (!memmem(w->seg.opts, w->seg.opts_len, bytes, len))
		fail(w, "the option of accurate ECN is not what was expected");
}

static void expect_no_option(struct wire *w)
{
	if (memchr(w->seg.opts, 172, w->seg.opts_len) || memchr(w->seg.opts, 174, w->seg.opts_len))
		fail(w, "an option of accurate ECN");
}

static void accurate_server(struct wire *w)
{
	knob(w, "ecn", 5);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | AE | CWR | ECE, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1);
}

static void accurate_client(struct wire *w)
{
	knob(w, "ecn", 3);
	dut_connect(w);
	peer_expect(w, .flags = SYN | AE | CWR | ECE, .seq = 0);
	expect_no_option(w);
	peer_send(w, .flags = SYN | ACK | CWR, .mss = 1000, OPTS(UNTOUCHED));
	peer_expect(w, .flags = ACK | CWR, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

/* 3.2.3.2.1, 3.2.3.3: on the SYN,ACK, then with what has changed, in both orders. */
static void bytes_are_told(struct wire *w)
{
	accurate_server(w);
	expect_option(w, UNTOUCHED);
	peer_send(w, .flags = ACK | CWR, OPTS(UNTOUCHED));
	dut_accept(w);
	peer_send(w, .flags = ACE_5 | PSH, .len = 100, .ecn = ECT_1);
	peer_expect(w, .flags = ACE_5, .seq = 1, .ack = 101);
	expect_option(w, "\xae\5\0\0\x65");
	peer_send(w, .flags = ACE_5 | PSH, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .ack = 201);
	expect_option(w, "\xae\x08\0\0\x65\0\0\x64");
	peer_send(w, .flags = ACE_5 | PSH, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .ack = 301);
	expect_option(w, "\xac\x0b\0\0\x65\0\0\x64\0\0\x65");
	peer_send(w, .flags = ACE_5 | PSH, .len = 100);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .ack = 401);
	expect_no_option(w);
	dut_read(w, 400);
}

/* 3.2.3.2.2: a SYN,ACK that goes again is without. */
static void repeated_syn_ack_has_no_option(struct wire *w)
{
	accurate_server(w);
	expect_option(w, UNTOUCHED);
	peer_expect(w, .flags = SYN | ACK | CWR, .seq = 0, .ack = 1, .within = 1500);
	expect_no_option(w);
}

/* 3.2.3.2.1, 3.2.3.2.2: tried on the first ACK and text, given up if that is lost. */
static void client_tries_the_option(struct wire *w)
{
	accurate_client(w);
	expect_option(w, UNTOUCHED);
	dut_write(w, 100);
	peer_expect(w, .flags = ACE_5, .seq = 1, .len = 100);
	expect_option(w, UNTOUCHED);
	peer_expect(w, .flags = ACE_5, .seq = 1, .len = 100, .within = 2000);
	expect_no_option(w);
	peer_send(w, .flags = ACE_5 | PSH, .ack = 101, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACE_5, .seq = 101, .ack = 101);
	expect_no_option(w);
	dut_read(w, 100);
}

/* Never where it was not agreed on, or is switched off. */
static void no_option_without_agreement(struct wire *w)
{
	knob(w, "ecn", 5);
	with_ecn(w);
	expect_no_option(w);
	peer_send(w, .flags = ACK | PSH, .len = 100, .ecn = ECT_0);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 101);
	expect_no_option(w);
	dut_read(w, 100);
}

static void no_option_by_the_knob(struct wire *w)
{
	knob(w, "ecn_option", 0);
	accurate_server(w);
	expect_no_option(w);
	peer_send(w, .flags = ACK | CWR, OPTS(UNTOUCHED));
	dut_accept(w);
	peer_send(w, .flags = ACE_5 | PSH, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 1, .ack = 101);
	expect_no_option(w);
	dut_read(w, 100);
}

/* 3.2.3.3: sparingly is after a change, once more, and no more. */
static void option_is_sent_sparingly(struct wire *w)
{
	int i;

	knob(w, "ecn_option", 1);
	knob(w, "ecn_option_beacon", 0);
	accurate_server(w);
	peer_send(w, .flags = ACK | CWR, OPTS(UNTOUCHED));
	dut_accept(w);
	for (i = 1; i <= 4; i++) {
		peer_send(w, .flags = ACE_5 | PSH, .len = 100, .ecn = ECT_0);
		peer_expect(w, .flags = ACE_5, .seq = 1, .ack = 1 + 100 * i);
		if (i == 2)
			expect_option(w, "\xac\5\0\0\xc9");
		if (i > 2)
			expect_no_option(w);
	}
	dut_read(w, 400);
}

/* By the option alone: ACE says that one packet was marked, and the window halves. */
static void told_bytes_slow_it_down(struct wire *w)
{
	int i;

	accurate_client(w);
	dut_write(w, 40000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACE_5, .seq = 1 + 1000 * i, .len = 1000);
	/* A marked ACK of ours is no congestion of our text. */
	peer_send(w, .flags = ACK | AE | CWR, .ack = 2001, OPTS("\xac\x08\0\7\xd1\0\0\0"));
	for (i = 10; i < 14; i++)
		peer_expect(w, .flags = ACE_5, .seq = 1 + 1000 * i, .len = 1000);
	peer_send(w, .flags = ACK | AE | CWR | ECE, .ack = 3001,
		  OPTS("\xac\x08\0\7\xd1\0\3\xe8"));
	peer_send(w, .flags = ACK | AE | CWR | ECE, .ack = 7001,
		  OPTS("\xac\x08\0\x17\x71\0\3\xe8"));
	peer_expect_nothing(w, 50);
}

/* 3.2.2.3: four round trips without an unmarked byte. */
static void marks_on_everything_are_not_heeded(struct wire *w)
{
	static const int ace[] = { 0, ECE, CWR, CWR | ECE, AE, AE | ECE, AE | CWR, AE | CWR | ECE };
	int round, marks = 5;
	uint32_t una = 1;

	accurate_client(w);
	for (round = 0; round < 5; round++) {
		dut_write(w, 1000);
		peer_expect(w, .flags = ACE_5, .seq = una, .len = 1000);
		expect_codepoint(w, ECT_0);
		una += 1000;
		peer_send(w, .flags = ACK | ace[++marks & 7], .ack = una);
	}
	dut_write(w, 1000);
	peer_expect(w, .flags = ACE_5, .seq = una, .len = 1000);
	expect_codepoint(w, NOT_ECT);
}

/* SYNs that cross: each SYN,ACK tells what became of the other's SYN. */
static void crossed(struct wire *w, int reflection)
{
	const int asks = AE | CWR | ECE;

	knob(w, "ecn", 3);
	dut_connect(w);
	peer_expect(w, .flags = SYN | asks, .seq = 0);
	peer_send(w, .flags = SYN | asks, .seq = 0, .mss = 1000, .ecn = CE);
	peer_expect(w, .flags = SYN | ACK | AE | CWR, .seq = 0, .ack = 1);
	peer_send(w, .flags = SYN | ACK | reflection, .seq = 0, .ack = 1, .mss = 1000);
	peer_expect(w, .flags = ACE_5, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 20000);
	peer_drain(w, 50);
}

static void accurate_syns_cross(struct wire *w)
{
	crossed(w, CWR);
	expect_codepoint(w, ECT_0);
	if (w->rcv_nxt != 10001)
		fail(w, "%u bytes were sent", w->rcv_nxt - 1);
}

/* Our SYN, which was not ECN-capable, came marked: half of the window. */
static void accurate_syns_cross_marked(struct wire *w)
{
	crossed(w, AE | CWR);
	expect_codepoint(w, NOT_ECT);
	if (w->rcv_nxt != 5001)
		fail(w, "%u bytes were sent", w->rcv_nxt - 1);
}

/* All is marked, in each of 20 round trips: the least window, and it goes on. */
static void all_marked(struct wire *w, bool accurate)
{
	static const int ace[] = { 0, ECE, CWR, CWR | ECE, AE, AE | ECE, AE | CWR, AE | CWR | ECE };
	uint32_t una, flight, marks = 5;
	int round;

	dut_write(w, 100000);
	for (round = 0; round < 20; round++) {
		una = w->rcv_nxt;
		peer_drain(w, 20);
		expect_codepoint(w, ECT_0);
		flight = w->rcv_nxt - una;
		if (!round && flight != 10000)
			fail(w, "%u bytes in the first flight", flight);
		if (!flight || (round > 3 && (flight < 2000 || flight > 3000)))
			fail(w, "%u bytes in flight %d", flight, round);
		marks += flight / 1000;
		peer_send(w, .flags = ACK | (accurate ? ace[marks & 7] : ECE));
	}
}

static void dctcp_all_marked(struct wire *w)
{
	dctcp_listener(w);
	peer_send(w, .flags = SYN | ECE | CWR, .mss = 1000, .ecn = ECT_0);
	peer_expect(w, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK, .ecn = ECT_0);
	dut_accept(w);
	all_marked(w, false);
}

static void dctcp_all_marked_accurate(struct wire *w)
{
	knob(w, "ecn", 5);
	dctcp_listener(w);
	peer_send(w, .flags = SYN | AE | ECE | CWR, .mss = 1000, .ecn = ECT_0);
	peer_expect(w, .flags = SYN | ACK | AE, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK | AE, .ecn = ECT_0);
	dut_accept(w);
	all_marked(w, true);
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
	T(bytes_are_told, "RFC 9768 3.2.3"),
	T(repeated_syn_ack_has_no_option, "RFC 9768 3.2.3.2.2"),
	T(client_tries_the_option, "RFC 9768 3.2.3.2"),
	T(no_option_without_agreement, "RFC 9768 3.2.3"),
	T(no_option_by_the_knob, "ecn_option"),
	T(option_is_sent_sparingly, "RFC 9768 3.2.3.3"),
	T(told_bytes_slow_it_down, "RFC 9768 3.2.3.1"),
	T(marks_on_everything_are_not_heeded, "RFC 9768 3.2.2.3"),
	T(accurate_syns_cross, "RFC 9768 3.1.2"),
	T(accurate_syns_cross_marked, "RFC 9768 3.1.2, 3.2.2.3"),
	T(dctcp_all_marked, "RFC 8257 3.3"),
	T(dctcp_all_marked_accurate, "RFC 8257 3.3, RFC 9768 3.2.2.3"),
	T(echoes_slow_it_down, "RFC 3168 6.1.2"),
	{ 0 }
};
