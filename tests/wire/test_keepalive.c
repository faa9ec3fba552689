// SPDX-License-Identifier: GPL-2.0-only
/*
 * A silent peer is probed and given up, at the real times (RFC 9293 3.8.4,
 * mission 3.9).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "wire.h"

static void keep_alive(struct wire *w, int idle, int intvl, int count)
{
	dut_option(w, IPPROTO_TCP, TCP_KEEPIDLE, idle);
	dut_option(w, IPPROTO_TCP, TCP_KEEPINTVL, intvl);
	dut_option(w, IPPROTO_TCP, TCP_KEEPCNT, count);
	dut_option(w, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* What the peer sends is the last that the dut has heard. */
static void sign_of_life(struct wire *w)
{
	peer_send(w, .flags = ACK);
	mark(w);
}

static void expect_end(struct wire *w, int at)
{
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 1, .at = at);
	dut_expect_error(w, ETIMEDOUT);
}

static void keepalive_default_times(struct wire *w)
{
	established_server(w);
	dut_option(w, SOL_SOCKET, SO_KEEPALIVE, 1);
	sign_of_life(w);
	for (int i = 0; i < 9; i++)
		peer_expect_probe(w, 7200000 + 75000 * i);
	expect_end(w, 7875000);
}

static void keepalive_unreachable(struct wire *w)
{
	established_client(w);
	keep_alive(w, 5, 2, 3);
	sign_of_life(w);
	peer_expect_probe(w, 5000);
	peer_expect_probe(w, 7000);
	peer_expect_probe(w, 9000);
	expect_end(w, 11000);
	expect_gone(w);
}

/* Text and probes that are answered begin it anew; one answer counts for all. */
static void keepalive_peer_answers(struct wire *w)
{
	established_server(w);
	keep_alive(w, 5, 2, 3);
	sign_of_life(w);
	peer_expect_probe(w, 5000);
	sign_of_life(w);
	peer_expect_probe(w, 5000);
	peer_expect_probe(w, 7000);
	peer_expect_probe(w, 9000);
	sign_of_life(w);
	peer_expect_nothing(w, 4000);
	peer_send(w, .flags = ACK, .len = 10);
	mark(w);
	peer_expect_ack(w, 11);
	peer_expect_probe(w, 5000);
	peer_expect_probe(w, 7000);
	expect_alive(w);
}

static void keepalive_rebooted(struct wire *w)
{
	established_server(w);
	keep_alive(w, 1, 2, 3);
	sign_of_life(w);
	peer_expect_probe(w, 1000);
	peer_send(w, .flags = RST);
	dut_expect_error(w, ECONNRESET);
}

static void keepalive_off_by_default(struct wire *w)
{
	knob(w, "keepalive_time", 1);
	established_server(w);
	peer_expect_nothing(w, 2500);
	expect_alive(w);
}

/* A listener's options are those of its children. */
static void keepalive_inherited(struct wire *w)
{
	int one = 1, fd;

	knob(w, "keepalive_intvl", 1);
	knob(w, "keepalive_probes", 1);
	dut_listen(w, 8);
	fd = w->fd;
	w->fd = w->listener;
	dut_option(w, SOL_SOCKET, SO_KEEPALIVE, one);
	dut_option(w, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	w->fd = fd;
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	mark(w);
	dut_accept(w);
	peer_expect_probe(w, 1000);
	expect_end(w, 2000);
}

static void keepalive_not_beside_text(struct wire *w)
{
	established_server(w);
	keep_alive(w, 1, 1, 1);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .len = 10);
	mark_seen(w);
	for (int at = 200; at <= 3000; at += at + 200)
		peer_expect(w, .flags = ACK, .seq = 1, .len = 10, .at = at);
	peer_send(w, .flags = ACK);
	mark(w);
	peer_expect_probe(w, 1000);
}

static void keepalive_user_timeout(struct wire *w)
{
	established_server(w);
	keep_alive(w, 1, 1, 3);
	dut_option(w, IPPROTO_TCP, TCP_USER_TIMEOUT, 5500);
	sign_of_life(w);
	for (int at = 1000; at <= 5000; at += 1000)
		peer_expect_probe(w, at);
	expect_end(w, w->xtcp ? 5500 : 6000);
}

const struct test keepalive_tests[] = {
	T(keepalive_default_times, "mission S3.9a S3.9b E10 D18, rfc9293 MUST-28", .slow = true),
	T(keepalive_unreachable, "mission S3.9e E10 D18, rfc9293 SHLD-12 MAY-5", .slow = true),
	T(keepalive_peer_answers, "mission S3.9c, rfc9293 MUST-26 MUST-29", .slow = true),
	T(keepalive_rebooted, "mission S3.9d"),
	T(keepalive_off_by_default, "rfc9293 MUST-24 MUST-25"),
	T(keepalive_inherited, "rfc9293 MUST-25 MUST-27, linux-surface SO_KEEPALIVE"),
	T(keepalive_not_beside_text, "rfc9293 MUST-26", .slow = true),
	T(keepalive_user_timeout, "linux-surface USER_TIMEOUT", .slow = true),
	{ 0 }
};
