// SPDX-License-Identifier: GPL-2.0-only
/*
 * The urgent pointer on the wire, both ways (RFC 9293 3.8.5, RFC 6093).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

/* The dut's user sends the next len octets of the pattern, the last urgent. */
static void dut_write_urgent(struct wire *w, int len)
{
	uint8_t buf[65536];
	int i;

	for (i = 0; i < len; i++)
		buf[i] = pattern(true, 1 + w->written + i);
	if (send(w->fd, buf, len, MSG_OOB | MSG_NOSIGNAL) != len)
		fail(w, "send of urgent octets: %s", strerror(errno));
	w->written += len;
}

/* The octet with this number is the urgent one. */
static void dut_expect_urgent(struct wire *w, uint32_t seq)
{
	struct pollfd p = { .fd = w->fd, .events = POLLPRI };
	uint8_t c;

	if (poll(&p, 1, soon_ms(w)) != 1)
		fail(w, "no urgent octet");
	if (recv(w->fd, &c, 1, MSG_OOB) != 1)
		fail(w, "urgent octet: %s", strerror(errno));
	if (c != pattern(false, seq))
		fail(w, "the urgent octet is not number %u", seq);
}

static void expect_urgent(struct wire *w, uint32_t seq, int len, int urg)
{
	peer_expect(w, .flags = ACK | URG, .seq = seq, .len = len);
	if (w->seg.urg != urg)
		fail(w, "the urgent pointer is %d, not %d", w->seg.urg, urg);
}

static void urgent_sent(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write_urgent(w, 3);
	expect_urgent(w, 1, 3, 3);
	peer_send(w, .flags = ACK, .ack = 4);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 4, .len = 10);
}

/* Several segments, sent again too: each counts from its own first octet. */
static void urgent_segments(struct wire *w)
{
	established_server(w, .mss = 1000);
	dut_write_urgent(w, 2500);
	expect_urgent(w, 1, 1000, 2500);
	expect_urgent(w, 1001, 1000, 1500);
	expect_urgent(w, 2001, 500, 500);
	peer_send(w, .flags = ACK, .ack = 1001);
	peer_expect(w, .flags = ACK | URG, .seq = 1001, .len = 1000, .within = 1000);
	if (w->seg.urg != 1500)
		fail(w, "the urgent pointer, sent again, is %d", w->seg.urg);
}

/* A window of 0 does not keep the news. */
static void urgent_at_zero_window(struct wire *w)
{
	established_server(w, .mss = 1000, .win = 1000);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 1001, .win = 0);
	peer_expect_nothing(w, 50);
	dut_write_urgent(w, 5);
	expect_urgent(w, 1001, 0, 5);
}

static void urgent_received(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | URG, .len = 10, .urg = 5);
	dut_expect_urgent(w, 5);
	dut_read(w, 4);
	w->read++;
	dut_read(w, 5);
}

/* Pointer first; the octet then ahead of its turn. */
static void urgent_out_of_order(struct wire *w)
{
	established_server(w);
	peer_send(w, .flags = ACK | URG, .urg = 20);
	peer_send(w, .flags = ACK, .seq = 11, .len = 10, .stray = true);
	dut_expect_urgent(w, 20);
	dut_expect_no_data(w);
}

static void urgent_stdurg(struct wire *w)
{
	knob(w, "stdurg", 1);
	established_server(w);
	peer_send(w, .flags = ACK | URG, .len = 10, .urg = 5);
	dut_expect_urgent(w, 6);
}

const struct test urgent_tests[] = {
	T(urgent_sent, "rfc9293 MUST-62"),
	T(urgent_segments, "rfc9293 MUST-31 MUST-62"),
	T(urgent_at_zero_window, "RFC 9293 3.8.5",
	  .not_linux = "Linux announces it with its first probe"),
	T(urgent_received, "rfc9293 MUST-30 MUST-33"),
	T(urgent_out_of_order, "rfc9293 MUST-32, linux-surface OOB"),
	T(urgent_stdurg, "linux-surface stdurg"),
	{ 0 }
};
