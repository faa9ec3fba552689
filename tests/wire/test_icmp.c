// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors: which end connect(), which are ignored, and the path MTU
 * (RFC 9293 3.9.2.2, RFC 5927, RFC 1191, RFC 8201).
 */
#include <errno.h>

#include "wire.h"

static void refused(struct wire *w, enum trouble which, int err)
{
	peer_new(w, 1000);
	connect_syn_sent(w);
	icmp_send(w, .trouble = which, .seq = 0);
	dut_expect_error(w, err);
	dut_close(w);
}

/* linux-surface section 8: the errors of connect() at once. */
static void connect_errors(struct wire *w)
{
	bool v4 = w->version == 4;

	refused(w, PORT_UNREACHABLE, ECONNREFUSED);
	refused(w, HOST_UNREACHABLE, EHOSTUNREACH);
	refused(w, NET_UNREACHABLE, ENETUNREACH);
	refused(w, TIME_EXCEEDED, EHOSTUNREACH);
	refused(w, BAD_HEADER, EPROTO);
	refused(w, ADMIN_PROHIBITED, v4 ? EHOSTUNREACH : EACCES);
	if (v4)
		refused(w, PROTOCOL_UNREACHABLE, ENOPROTOOPT);
}

static void connect_wrong_seq(struct wire *w)
{
	connect_syn_sent(w);
	icmp_send(w, .trouble = PORT_UNREACHABLE, .seq = 5);
	icmp_send(w, .trouble = PORT_UNREACHABLE, .seq = -1);
	icmp_send(w, .trouble = HOST_UNREACHABLE, .seq = 100000);
	peer_expect_nothing(w, 50);
	dut_expect_pending(w);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

static void other_connection(struct wire *w)
{
	connect_syn_sent(w);
	icmp_send(w, .trouble = PORT_UNREACHABLE, .seq = 0,
		  .sport = w->dut.port - 1);
	peer_expect_nothing(w, 50);
	dut_expect_pending(w);
}

/* Data is outstanding; the connection must still be able to carry more. */
static void expect_survives(struct wire *w)
{
	uint32_t next = w->rcv_nxt;

	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	dut_expect_connected(w);
	dut_write(w, 1000);
	peer_drain(w, 100);
	if (w->rcv_nxt != next + 1000)
		fail(w, "the connection does not send any more");
}

static void established_survives(struct wire *w)
{
	static const enum trouble all[] = {
		NET_UNREACHABLE, HOST_UNREACHABLE, TIME_EXCEEDED, BAD_HEADER,
		ADMIN_PROHIBITED, PROTOCOL_UNREACHABLE, PORT_UNREACHABLE,
	};
	size_t i;

	established_client(w, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		icmp_send(w, .trouble = all[i], .seq = 1);
	expect_survives(w);
}

static void source_quench(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	icmp_send(w, .trouble = SOURCE_QUENCH, .seq = 1);
	expect_survives(w);
}

/* Two full segments are in flight; returns their length. */
static int two_in_flight(struct wire *w)
{
	int mss = w->version == 4 ? 1460 : 1440;

	established_server(w);
	dut_write(w, 2 * mss);
	peer_expect(w, .flags = ACK, .seq = 1, .len = mss);
	peer_expect(w, .flags = ACK, .seq = 1 + mss, .len = mss);
	return mss;
}

/* Both segments go out again at once, cut to the new size (RFC 1191). */
static void packet_too_big(struct wire *w)
{
	int mtu = w->version == 4 ? 1000 : 1300;
	int mss = mtu - (w->version == 4 ? 40 : 60);
	uint32_t end;

	two_in_flight(w);
	end = w->rcv_nxt;
	w->max_len = mss;
	icmp_send(w, .trouble = TOO_BIG, .seq = 1, .mtu = mtu);
	peer_expect(w, .flags = ACK, .seq = 1, .len = mss);
	peer_send(w, .flags = ACK, .ack = 1 + mss);
	peer_drain(w, 50);
	peer_send(w, .flags = ACK, .ack = end);
	dut_write(w, 3 * mss);
	peer_expect(w, .flags = ACK, .seq = end, .len = mss);
	peer_expect(w, .flags = ACK, .seq = end + mss, .len = mss);
}

static void expect_mtu_unchanged(struct wire *w, int mss)
{
	uint32_t end = w->rcv_nxt;

	peer_expect_nothing(w, 100);
	peer_send(w, .flags = ACK, .ack = end);
	dut_write(w, 2 * mss);
	peer_expect(w, .flags = ACK, .seq = end, .len = mss);
	peer_expect(w, .flags = ACK, .seq = end + mss, .len = mss);
}

static void too_big_wrong_seq(struct wire *w)
{
	int mss = two_in_flight(w);

	icmp_send(w, .trouble = TOO_BIG, .seq = -10, .mtu = 1300);
	icmp_send(w, .trouble = TOO_BIG, .seq = 100000, .mtu = 1300);
	expect_mtu_unchanged(w, mss);
}

static void too_big_not_smaller(struct wire *w)
{
	int mss = two_in_flight(w);

	icmp_send(w, .trouble = TOO_BIG, .seq = 1, .mtu = 1500);
	icmp_send(w, .trouble = TOO_BIG, .seq = 1, .mtu = 9000);
	expect_mtu_unchanged(w, mss);
}

static void too_big_below_1280(struct wire *w)
{
	int mss = two_in_flight(w);

	icmp_send(w, .trouble = TOO_BIG, .seq = 1, .mtu = 1000);
	expect_mtu_unchanged(w, mss);
}

/* A soft error explains the timeout later (MUST-47). */
static void soft_error_reported(struct wire *w)
{
	knob(w, "retries2", 3);
	established_client(w, .mss = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	icmp_send(w, .trouble = HOST_UNREACHABLE, .seq = 1);
	peer_drain(w, 2000);
	dut_expect_error_within(w, EHOSTUNREACH, 10000);
}

const struct test icmp_tests[] = {
	T(connect_errors, "rfc9293 MUST-54 MUST-56, linux-surface section 8"),
	T(connect_wrong_seq, "rfc9293 MUST-54"),
	T(other_connection, "rfc9293 MUST-54"),
	T(established_survives, "rfc9293 MUST-56 SHLD-26, mission S3.5b"),
	T(source_quench, "rfc9293 MUST-55", .only = 4),
	T(packet_too_big, "mission D22 S2.5b, rfcs PMTUD"),
	T(too_big_wrong_seq, "rfc9293 MUST-54, rfcs PMTUD"),
	T(too_big_not_smaller, "rfcs PMTUD"),
	T(too_big_below_1280, "rfcs PMTUD", .only = 6),
	T(soft_error_reported, "rfc9293 MUST-47 SHLD-25", .slow = true),
	{ 0 }
};
