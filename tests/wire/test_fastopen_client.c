// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP Fast Open, the client's side (RFC 7413 4.1.3; linux-surface 2
 * TCP_FASTOPEN_CONNECT, 6 MSG_FASTOPEN): which SYN has what, and what happens if
 * it is not taken.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

#define COOKIE "\x22\x0a" \
	       "cookie!!" \
	       "\x01\x01"
#define COOKIE_2 "\x22\x0a" \
		 "another!" \
		 "\x01\x01"

#define CLIENT 1
#define CLIENT_BARE 4

/* The user writes len bytes with MSG_FASTOPEN; returns how many were taken. */
static int write_fast(struct wire *w, int len)
{
	uint8_t *buf = malloc(len);
	struct sockaddr_storage sa;
	int n, i;

	w->fast_open = true;
	w->fd = dut_socket(w);
	for (i = 0; i < len; i++)
		buf[i] = pattern(true, 1 + i);
	n = sendto(w->fd, buf, len, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&sa,
		   sockaddr_of(w, &w->peer, &sa));
	if (n < 0 && errno != EINPROGRESS)
		fail(w, "MSG_FASTOPEN: %s", strerror(errno));
	if (n > 0)
		w->written = n;
	free(buf);
	return n;
}

/* The SYN that came last has this cookie, none (""), or no option (NULL). */
static void expect_cookie(struct wire *w, const char *cookie)
{
	const uint8_t *body = option(w, OPTION_FASTOPEN);
	int len = body ? body[-1] - 2 : -1, want = cookie ? (int)strlen(cookie) : -1;

	if (len != want || (len > 0 && memcmp(body, cookie, len)))
		fail(w, "a cookie of %d bytes, or another one", len);
}

/* The first connection asks, and gets a cookie. */
static void ask(struct wire *w)
{
	knob(w, "fastopen", CLIENT);
	if (write_fast(w, 10) != -1)
		fail(w, "text was taken before there was a cookie");
	peer_expect(w, .flags = SYN, .seq = 0);
	expect_cookie(w, "");
	peer_send(w, .flags = SYN | ACK, .mss = 1000, OPTS(COOKIE));
	peer_expect(w, .flags = ACK, .seq = 1);
	dut_expect_connected(w);
	dut_linger(w, 0);
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = 1);
	peer_new(w, 2000000);
}

/* A SYN with ten bytes of text. */
static void syn_with_text(struct wire *w)
{
	if (write_fast(w, 10) != 10)
		fail(w, "the text was not taken");
	peer_expect(w, .flags = SYN, .seq = 0, .len = 10);
	expect_cookie(w, "cookie!!");
}

static void goes_on(struct wire *w)
{
	dut_expect_connected(w);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20);
	peer_send(w, .flags = ACK | PSH, .len = 30);
	dut_read(w, 30);
	peer_expect_ack(w, 31);
}

static void fastopen_client(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	goes_on(w);
	expect_count(w, "TCPFastOpenActive", 1);
	expect_count(w, "TCPFastOpenActiveFail", 0);
}

/* The server may answer before the handshake is complete. */
static void fastopen_client_text_behind_synack(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_send(w, .flags = ACK | PSH, .len = 40);
	dut_read(w, 40);
	peer_drain(w, 300);
	if (w->seg.ack != 41)
		fail(w, "the text was not acknowledged");
}

static void fastopen_client_not_taken(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	peer_send(w, .flags = SYN | ACK, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
	peer_send(w, .flags = ACK, .ack = 11);
	goes_on(w);
	expect_count(w, "TCPFastOpenActiveFail", 1);
}

/* The key has changed: the next SYN has the new cookie. */
static void fastopen_client_new_cookie(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	peer_send(w, .flags = SYN | ACK, .ack = 1, .mss = 1460, OPTS(COOKIE_2));
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
	peer_send(w, .flags = ACK, .ack = 11);
	peer_new(w, 3000000);
	write_fast(w, 10);
	peer_expect(w, .flags = SYN, .seq = 0, .len = 10);
	expect_cookie(w, "another!");
}

/* The SYN again is a plain one; text follows the handshake. */
static void fastopen_client_syn_lost(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	mark_seen(w);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 1000);
	expect_cookie(w, NULL);
	peer_send(w, .flags = SYN | ACK, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
	peer_send(w, .flags = ACK, .ack = 11);
	goes_on(w);
}

/* For a minute the host is left alone, then tried again, then for two. */
static void fastopen_client_refused_for_a_while(struct wire *w)
{
	int i;

	fastopen_client_syn_lost(w);
	for (i = 0; i < 2; i++) {
		peer_new(w, 3000000 + 1000000 * i);
		pass_time(w, i ? 70000 : 0);
		write_fast(w, 10);
		peer_expect(w, .flags = SYN, .seq = 0, .len = i ? 10 : 0);
		expect_cookie(w, i ? "cookie!!" : NULL);
		peer_send(w, .flags = RST | ACK, .seq = 0);
		dut_expect_error(w, ECONNREFUSED);
	}
}

/* As much as fits, with the MSS that the host has told, and options. */
static void fastopen_client_long(struct wire *w)
{
	ask(w);
	if (write_fast(w, 5000) != 960)
		fail(w, "%u bytes were taken, not 960", w->written);
	peer_expect(w, .flags = SYN, .seq = 0, .len = 960);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 961, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 961, .len = 100);
}

/* Without a cookie nothing is known of the host but what every one takes. */
static void fastopen_client_bare(struct wire *w)
{
	int room = (w->version == 4 ? 536 : 1220) - 40;

	knob(w, "fastopen", CLIENT | CLIENT_BARE);
	if (write_fast(w, 5000) != room)
		fail(w, "%u bytes were taken, not %d", w->written, room);
	peer_expect(w, .flags = SYN, .seq = 0, .len = room);
	expect_cookie(w, NULL);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1 + room, .ack = 1);
}

static void fastopen_client_no_cookie_option(struct wire *w)
{
	struct sockaddr_storage sa;

	knob(w, "fastopen", CLIENT);
	w->fast_open = true;
	w->fd = dut_socket(w);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	if (connect(w->fd, (void *)&sa, sockaddr_of(w, &w->peer, &sa)))
		fail(w, "connect: %s", strerror(errno));
	peer_expect_nothing(w, 50);
	dut_write(w, 10);
	peer_expect(w, .flags = SYN, .seq = 0, .len = 10);
	expect_cookie(w, NULL);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	goes_on(w);
}

/* connect() that waits for the text of the first write. */
static void fastopen_connect(struct wire *w)
{
	struct sockaddr_storage sa;

	ask(w);
	w->fd = dut_socket(w);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	if (connect(w->fd, (void *)&sa, sockaddr_of(w, &w->peer, &sa)))
		fail(w, "connect: %s", strerror(errno));
	peer_expect_nothing(w, 2000);
	dut_write(w, 10);
	peer_expect(w, .flags = SYN, .seq = 0, .len = 10);
	expect_cookie(w, "cookie!!");
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	goes_on(w);
}

/* Without a cookie it is an ordinary connect() that asks for one. */
static void fastopen_connect_asks(struct wire *w)
{
	knob(w, "fastopen", CLIENT);
	w->fd = dut_socket(w);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	expect_cookie(w, "");
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

static void fastopen_client_refused(struct wire *w)
{
	ask(w);
	syn_with_text(w);
	peer_send(w, .flags = RST | ACK, .seq = 0, .ack = 11);
	dut_expect_error(w, ECONNREFUSED);
}

#define R "rfcs 7413 client"

const struct test fastopen_client_tests[] = {
	T(fastopen_client, R),
	T(fastopen_client_text_behind_synack, R),
	T(fastopen_client_not_taken, R ": else ACK only SYN"),
	T(fastopen_client_new_cookie, "rfcs 7413 cookie: rotate keys"),
	T(fastopen_client_syn_lost, R ": retransmit SYN without data and without option"),
	T(fastopen_client_refused_for_a_while, R ": cached negative entries", .slow = true,
	  .not_linux = "it remembers no refusals"),
	T(fastopen_client_long, R ": SYN data <= cached MSS - options"),
	T(fastopen_client_bare, "linux-surface 1 fastopen: 4 client w/o cookie",
	  .not_linux = "it takes the MSS of the path for that of the host"),
	T(fastopen_client_no_cookie_option, "linux-surface 2 TCP_FASTOPEN_NO_COOKIE"),
	T(fastopen_connect, "linux-surface 2 TCP_FASTOPEN_CONNECT"),
	T(fastopen_connect_asks, "linux-surface 2 TCP_FASTOPEN_CONNECT"),
	T(fastopen_client_refused, R),
	{ 0 }
};
