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

#define EXPERIMENT "\xf9\x89"
#define EXPERIMENT_COOKIE "\xfe\x0c" EXPERIMENT "cookie!!"

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
static void expect_cookie_in(struct wire *w, int kind, const char *cookie)
{
	const uint8_t *body = option(w, kind);
	int len = body ? body[-1] - 2 : -1, want = cookie ? (int)strlen(cookie) : -1;

	if (len != want || (len > 0 && memcmp(body, cookie, len)))
		fail(w, "a cookie of %d bytes, or another one", len);
}

static void expect_cookie(struct wire *w, const char *cookie)
{
	expect_cookie_in(w, OPTION_FASTOPEN, cookie);
}

/* A connection that asks for a cookie; what is answered has these options. */
static void ask_for(struct wire *w, int kind, const char *opts, int opts_len)
{
	knob(w, "fastopen", CLIENT);
	if (write_fast(w, 10) != -1)
		fail(w, "text was taken before there was a cookie");
	peer_expect(w, .flags = SYN, .seq = 0);
	expect_cookie_in(w, kind, kind == OPTION_EXPERIMENT ? EXPERIMENT : "");
	peer_send(w, .flags = SYN | ACK, .mss = 1000, .opts = opts, .opts_len = opts_len);
	peer_expect(w, .flags = ACK, .seq = 1);
	dut_expect_connected(w);
	dut_linger(w, 0);
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = 1);
	peer_new(w, 2000000);
}

/* The first connection asks, and gets a cookie. */
static void ask(struct wire *w)
{
	ask_for(w, OPTION_FASTOPEN, COOKIE, sizeof(COOKIE) - 1);
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

/* A host that does not answer may know the option as it was before RFC 7413. */
static void fastopen_client_experiment(struct wire *w)
{
	ask_for(w, OPTION_FASTOPEN, "", 0);
	ask_for(w, OPTION_EXPERIMENT, EXPERIMENT_COOKIE, sizeof(EXPERIMENT_COOKIE) - 1);
	if (write_fast(w, 10) != 10)
		fail(w, "the text was not taken");
	peer_expect(w, .flags = SYN, .seq = 0, .len = 10);
	expect_cookie(w, NULL);
	expect_cookie_in(w, OPTION_EXPERIMENT, EXPERIMENT "cookie!!");
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	goes_on(w);
}

static void fastopen_client_experiment_in_vain(struct wire *w)
{
	ask_for(w, OPTION_FASTOPEN, "", 0);
	ask_for(w, OPTION_EXPERIMENT, "", 0);
	ask_for(w, OPTION_FASTOPEN, "", 0);
	ask(w);
	syn_with_text(w);
}

/* Black holes: after one, all hosts are left alone for so long. */

#define PAUSE_S 100

static void look_for_holes(struct wire *w)
{
	ask(w);
	knob(w, "fastopen_blackhole_timeout_sec", PAUSE_S);
}

static void open_with_text(struct wire *w)
{
	syn_with_text(w);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	dut_expect_connected(w);
}

static void drop(struct wire *w)
{
	dut_linger(w, 0);
	dut_close(w);
	peer_drain(w, 50);
	peer_new(w, w->peer.isn + 1000000);
}

/* A connection ends at once, by a RST behind text that never came. */
static void fall_in(struct wire *w)
{
	open_with_text(w);
	peer_send(w, .flags = RST, .seq = 101, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	drop(w);
}

/* The next SYN is one with text, or a plain one. */
static void expect_paused(struct wire *w, bool paused)
{
	write_fast(w, 10);
	peer_expect(w, .flags = SYN, .seq = 0, .len = paused ? 0 : 10);
	expect_cookie(w, paused ? NULL : "cookie!!");
	peer_send(w, .flags = RST | ACK, .seq = 0);
	dut_expect_error(w, ECONNREFUSED);
	peer_new(w, w->peer.isn + 1000000);
}

static void fastopen_hole_reset(struct wire *w)
{
	look_for_holes(w);
	expect_count(w, "TCPFastOpenBlackhole", 0);
	fall_in(w);
	expect_count(w, "TCPFastOpenBlackhole", 1);
	expect_paused(w, true);
}

static void fastopen_hole_fin(struct wire *w)
{
	look_for_holes(w);
	open_with_text(w);
	peer_send(w, .flags = FIN | ACK, .seq = 101, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 11, .ack = 1);
	drop(w);
	expect_count(w, "TCPFastOpenBlackhole", 1);
	expect_paused(w, true);
}

/* Text that comes shows that it is none. */
static void fastopen_hole_none(struct wire *w)
{
	look_for_holes(w);
	open_with_text(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	peer_send(w, .flags = FIN | ACK, .seq = 101, .stray = true);
	peer_drain(w, 50);
	peer_send(w, .flags = RST, .seq = 101, .stray = true);
	peer_drain(w, 50);
	drop(w);
	expect_count(w, "TCPFastOpenBlackhole", 0);
	expect_paused(w, false);
}

static void fastopen_hole_off(struct wire *w)
{
	ask(w);
	fall_in(w);
	expect_count(w, "TCPFastOpenBlackhole", 0);
	expect_paused(w, false);
}

/* The third SYN gets no answer either. */
static void fastopen_hole_syn(struct wire *w)
{
	look_for_holes(w);
	syn_with_text(w);
	mark_seen(w);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 1000);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 3000);
	expect_count(w, "TCPFastOpenBlackhole", 0);
	peer_expect(w, .flags = SYN, .seq = 0, .at = 7000);
	expect_count(w, "TCPFastOpenBlackhole", 1);
	drop(w);
	expect_paused(w, true);
}

/* The handshake is complete, and then text goes three times in vain. */
static void fastopen_hole_text(struct wire *w)
{
	look_for_holes(w);
	knob(w, "early_retrans", 0);
	open_with_text(w);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20, .within = 500);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20, .within = 1000);
	expect_count(w, "TCPFastOpenBlackhole", 0);
	peer_expect(w, .flags = ACK, .seq = 11, .len = 20, .within = 2000);
	expect_count(w, "TCPFastOpenBlackhole", 1);
	drop(w);
	expect_paused(w, true);
}

/* Each pause is twice as long as the one before, six times. */
static void fastopen_hole_again(struct wire *w)
{
	int i;

	look_for_holes(w);
	knob(w, "fastopen_blackhole_timeout_sec", 1);
	for (i = 0; i < 8; i++) {
		int ms = 1000 << (i < 6 ? i : 6);

		fall_in(w);
		mark(w);
		pass_time_to(w, ms - 300);
		expect_paused(w, true);
		pass_time_to(w, ms + 300);
		expect_paused(w, false);
	}
}

/* One that went well begins anew. */
static void fastopen_hole_is_gone(struct wire *w)
{
	look_for_holes(w);
	fall_in(w);
	pass_time(w, PAUSE_S * 1000);
	open_with_text(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	drop(w);
	fall_in(w);
	pass_time(w, PAUSE_S * 1000);
	expect_paused(w, false);
}

/* The administrator has mended it. */
static void fastopen_hole_is_forgotten(struct wire *w)
{
	look_for_holes(w);
	fall_in(w);
	knob(w, "fastopen_blackhole_timeout_sec", PAUSE_S);
	expect_paused(w, false);
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
#define HOLE "rfcs 7413 blackhole, linux-surface fastopen_blackhole_timeout_sec"

const struct test fastopen_client_tests[] = {
	T(fastopen_client, R),
	T(fastopen_client_text_behind_synack, R),
	T(fastopen_client_not_taken, R ": else ACK only SYN"),
	T(fastopen_client_new_cookie, "rfcs 7413 cookie: rotate keys"),
	T(fastopen_client_syn_lost, R ": retransmit SYN without data and without option"),
	T(fastopen_client_refused_for_a_while, R ": cached negative entries", .slow = true,
	  .not_linux = "it remembers no refusals"),
	T(fastopen_client_experiment, "rfcs 7413 option: exp kind 254 magic F989"),
	T(fastopen_client_experiment_in_vain, "rfcs 7413 option: exp kind 254 magic F989"),
	T(fastopen_hole_reset, HOLE),
	T(fastopen_hole_fin, HOLE),
	T(fastopen_hole_none, HOLE),
	T(fastopen_hole_off, HOLE),
	T(fastopen_hole_syn, HOLE ": timeouts 3x", .slow = true),
	T(fastopen_hole_text, HOLE ": timeouts 3x", .slow = true),
	T(fastopen_hole_again, HOLE, .slow = true),
	T(fastopen_hole_is_gone, HOLE, .slow = true),
	T(fastopen_hole_is_forgotten, HOLE),
	T(fastopen_client_long, R ": SYN data <= cached MSS - options"),
	T(fastopen_client_bare, "linux-surface 1 fastopen: 4 client w/o cookie",
	  .not_linux = "it takes the MSS of the path for that of the host"),
	T(fastopen_client_no_cookie_option, "linux-surface 2 TCP_FASTOPEN_NO_COOKIE"),
	T(fastopen_connect, "linux-surface 2 TCP_FASTOPEN_CONNECT"),
	T(fastopen_connect_asks, "linux-surface 2 TCP_FASTOPEN_CONNECT"),
	T(fastopen_client_refused, R),
	{ 0 }
};
