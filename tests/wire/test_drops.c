// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each reason to drop a segment has a counter (issue 7: "every drop has a named
 * reason, visible as skb drop reason and counter"), and others that count what
 * becomes of a connection.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "wire.h"

#define NAMED	.not_linux = "Linux names no counter for each reason"

static void drop_csum(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 10, .bad_csum = true, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropCsum", 1);
	expect_count(w, "InErrs", 1);
}

static void drop_header(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .doff = 4, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropHeader", 1);
	expect_count(w, "InErrs", 1);
}

static void drop_flags(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = PSH, .len = 10, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropFlags", 1);
}

static void drop_sequence(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK, .seq = (int64_t)w->dut_edge + 10, .len = 10, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_count(w, "XtcpDropSequence", 1);
}

/* Of what has come before, a part behind a hole is within the window. */
static void drop_old_data(struct wire *w)
{
	int i;

	established_server(w);
	for (i = 0; i < 2; i++) {
		peer_send(w, .flags = ACK | PSH, .seq = 101, .len = 10, .stray = true);
		peer_expect_ack(w, 1);
		expect_count(w, "XtcpDropOldData", i);
	}
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect_ack(w, 11);
	peer_send(w, .flags = ACK | PSH, .seq = 1, .len = 10, .stray = true);
	peer_expect_ack(w, 11);
	expect_count(w, "XtcpDropOldData", 1);
	expect_count(w, "XtcpDropSequence", 1);
}

/* A SYN that is answered with a cookie or with a request, both. */
static void drop_no_route(struct wire *w)
{
	int cookies;

	for (cookies = 0; cookies <= 2; cookies += 2) {
		knob(w, "syncookies", cookies);
		dut_listen(w, 4);
		net_route(w, "add unreachable", "");
		peer_send(w, .flags = SYN, .mss = 1000);
		peer_expect_nothing(w, 20);
		expect_count(w, "XtcpDropNoRoute", 1 + cookies / 2);
		net_route(w, "del unreachable", "");
		close(w->listener);
		peer_new(w, 2000);
	}
}

static void request(struct wire *w, uint32_t isn, struct talk *t)
{
	peer_new(w, isn);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK, .mss = ANY);
	peer_leave(w, t);
}

static void complete(struct wire *w, const struct talk *t)
{
	peer_return(w, t);
	peer_send(w, .flags = ACK);
}

static void drop_syn_full(struct wire *w)
{
	struct talk t;
	int i;

	knob(w, "max_syn_backlog", 2);
	dut_listen(w, 100);
	for (i = 1; i <= 2; i++)
		request(w, i * 1000, &t);
	expect_count(w, "XtcpDropSYNFull", 0);
	peer_new(w, i * 1000);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropSYNFull", 1);
}

/* An ACK and a SYN, both. */
static void drop_accept_full(struct wire *w)
{
	struct talk first, second, third;

	dut_listen(w, 1);
	request(w, 1000, &first);
	complete(w, &first);
	request(w, 2000, &second);
	request(w, 3000, &third);
	complete(w, &second);
	complete(w, &third);
	expect_count(w, "XtcpDropAcceptFull", 1);
	peer_new(w, 4000);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_drain(w, 20);
	expect_count(w, "XtcpDropAcceptFull", 2);
}

static void drop_acks(struct wire *w)
{
	established_server(w, .win = 1000);
	peer_send(w, .flags = ACK, .ack = 1000000, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_count(w, "XtcpDropUnsentAck", 1);
	peer_send(w, .flags = ACK, .ack = -100000, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropOldAck", 1);
}

static void drop_bad_ack(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = SYN | ACK, .ack = 100, .stray = true);
	peer_expect(w, .flags = RST, .seq = 100);
	expect_count(w, "XtcpDropBadAck", 1);
}

static void drop_rst(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = RST, .seq = 5, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_count(w, "XtcpDropBlindReset", 1);
	peer_send(w, .flags = RST);
	dut_expect_error(w, ECONNRESET);
	expect_count(w, "XtcpDropReset", 1);
	expect_count(w, "EstabResets", 1);
}

static void drop_syn(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = SYN, .seq = 50, .ack = 0, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_count(w, "XtcpDropSYN", 1);
	expect_count(w, "TCPSYNChallenge", 1);
}

static void drop_closed(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = ANY, .ack = ANY);
	expect_count(w, "XtcpDropClosed", 1);
}

/* Older than what came before it, and without the option that was agreed. */
static void drop_timestamps(struct wire *w)
{
	knob(w, "timestamps", 1);
	dut_listen(w, 4);
	send_timestamped(w, SYN, 1000, 0);
	peer_expect(w, .flags = SYN | ACK);
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
	send_timestamped_with(w, &(struct out){ .flags = ACK | PSH, .seq = NATURAL, .ack = NATURAL,
						.win = NATURAL, .wscale = -1, .len = 10,
						.stray = true }, 900);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	expect_count(w, "XtcpDropPAWS", 1);
	peer_send(w, .flags = ACK | PSH, .len = 10, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropNoTimestamp", 1);
}

/* The window lets in more single octets between holes than there is memory for. */
static void drop_for_room(struct wire *w)
{
	int i;

	established_server(w, .rcvbuf = 4096);
	for (i = 0; i < 60; i++)
		peer_send(w, .flags = ACK, .seq = 101 + 2 * i, .len = 1, .stray = true);
	peer_drain(w, 20);
	if (!counter(w, "XtcpDropOFOFull"))
		fail(w, "XtcpDropOFOFull is 0");
}

static void drop_min_ttl(struct wire *w)
{
	established_server(w);
	if (w->version == 4)
		dut_option(w, IPPROTO_IP, IP_MINTTL, 255);
	else
		dut_option(w, IPPROTO_IPV6, 73, 255);	/* IPV6_MINHOPCOUNT */
	peer_send(w, .flags = ACK | PSH, .len = 10, .stray = true);
	peer_expect_nothing(w, 20);
	expect_count(w, "XtcpDropMinTTL", 1);
}

/* Unread text at close() is told by a RST (RFC 2525 2.17). */
static void count_abort_on_close(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect_ack(w, 11);
	dut_close(w);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = ANY, .ack = ANY);
	expect_count(w, "TCPAbortOnClose", 1);
}

/* A SYN,ACK, an ACK, a segment of text; the text again. */
static void count_segments(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect_ack(w, 11);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .len = 100);
	expect_count(w, "OutSegs", 3);
	expect_count(w, "RetransSegs", 0);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100, .within = 1000);
	expect_count(w, "OutSegs", 3);
	expect_count(w, "RetransSegs", 1);
}

static void count_stray_icmp(struct wire *w)
{
	established_server(w);
	icmp_send(w, .trouble = HOST_UNREACHABLE, .seq = 100000);
	expect_alive(w);
	expect_count(w, "OutOfWindowIcmps", 1);
}

const struct test drops_tests[] = {
	T(drop_csum, "issue 7; linux-surface 9 InErrs", NAMED),
	T(drop_header, "issue 7; linux-surface 9 InErrs", NAMED),
	T(drop_flags, "issue 7", NAMED),
	T(drop_sequence, "issue 7", NAMED),
	T(drop_old_data, "issue 7", NAMED),
	T(drop_no_route, "issue 7; rfc9293 MUST-63", NAMED),
	T(drop_syn_full, "issue 7", NAMED),
	T(drop_accept_full, "issue 7", NAMED),
	T(drop_acks, "issue 7; RFC 5961 5.2", NAMED),
	T(drop_bad_ack, "issue 7", NAMED),
	T(drop_rst, "issue 7; linux-surface 9 EstabResets", NAMED),
	T(drop_syn, "issue 7; linux-surface 9 TCPSYNChallenge", NAMED),
	T(drop_closed, "issue 7", NAMED),
	T(drop_timestamps, "issue 7; RFC 7323 5, 3.2", NAMED),
	T(drop_for_room, "issue 7", NAMED),
	T(drop_min_ttl, "issue 7; RFC 5082", NAMED),
	T(count_abort_on_close, "linux-surface 9 TCPAbortOnClose"),
	T(count_segments, "linux-surface 9 OutSegs RetransSegs"),
	T(count_stray_icmp, "linux-surface 9 OutOfWindowIcmps; RFC 5927 4"),
	{ 0 }
};
