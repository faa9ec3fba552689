// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP Fast Open, the server's side (RFC 7413; linux-surface 1 fastopen, 2
 * TCP_FASTOPEN): who gets a cookie, what a good one opens, and its bounds.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

#define COOKIE 8
#define OPTION_LEN (2 + COOKIE + 2)
#define WISH "\x22\x02\x01\x01"

#define SERVER 2
#define SERVER_BARE 0x200
#define ALL_LISTENERS 0x400

static void keys(struct wire *w, const char *text)
{
	knob_text(w, "fastopen_key", text);
}

static void fast_listener(struct wire *w, int max)
{
	knob(w, "fastopen", SERVER);
	dut_listen(w, 8);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN, max);
}

/* The option with the cookie that the SYN,ACK has brought. */
static void keep_cookie(struct wire *w, char *opts)
{
	const uint8_t *body = option(w, OPTION_FASTOPEN);

	if (!body || body[-1] != 2 + COOKIE)
		fail(w, "no cookie of 8 bytes");
	memcpy(opts, body - 2, 2 + COOKIE);
	memcpy(opts + 2 + COOKIE, "\x01\x01", 2);
}

static void expect_no_option(struct wire *w)
{
	if (option(w, OPTION_FASTOPEN))
		fail(w, "an option that was not due");
}

/* An ordinary handshake that brings a cookie, and is given up. */
static void ask(struct wire *w, char *opts)
{
	peer_send(w, .flags = SYN, .mss = 1460, OPTS(WISH));
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	keep_cookie(w, opts);
	peer_send(w, .flags = RST, .seq = 1);
	peer_new(w, 30000);
}

#define send_syn(w, cookie, ...) \
	peer_send(w, .flags = SYN, .mss = 1460, .opts = (cookie), .opts_len = OPTION_LEN, \
		  __VA_ARGS__)

/* A SYN with text that is taken. */
static void open_fast(struct wire *w, const char *opts)
{
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11);
}

static void fastopen_server(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	expect_no_option(w);
	/* Before the handshake is complete: both directions. */
	dut_accept(w);
	dut_read(w, 10);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 11, .len = 100);
	peer_send(w, .flags = ACK, .ack = 101);
	peer_send(w, .flags = ACK | PSH, .len = 20);
	dut_read(w, 20);
	peer_expect_ack(w, 31);
	expect_count(w, "TCPFastOpenCookieReqd", 1);
	expect_count(w, "TCPFastOpenPassive", 1);
	expect_count(w, "TCPFastOpenPassiveFail", 0);
}

/* The same with timestamps and scaling, whose windows the ACK scales. */
static void fastopen_server_options(struct wire *w)
{
	char opts[OPTION_LEN];

	knob(w, "timestamps", 1);
	knob(w, "sack", 1);
	fast_listener(w, 5);
	ask(w, opts);
	send_timestamped_with(w, &(struct out){
		.flags = SYN, .seq = NATURAL, .win = 1000, .wscale = 4, .mss = 1440, .len = 10,
		.opts = opts, .opts_len = OPTION_LEN }, 1000);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11, .mss = ANY);
	if (!option(w, OPTION_TS) || get32(option(w, OPTION_TS) + 4) != 1000 || w->seg.wscale < 0)
		fail(w, "options were not answered");
	dut_accept(w);
	dut_write(w, 3000);
	/* One window, as the SYN has it. */
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 11, .len = ANY);
	w->win = 1000;
	send_timestamped(w, ACK, 1001, 0);
	peer_expect(w, .flags = ACK, .seq = ANY, .ack = 11, .len = ANY);
	dut_read(w, 10);
}

static void fastopen_without_text(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	send_syn(w, opts);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	dut_accept(w);
	dut_expect_no_data(w);
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 10);
}

/* Whatever it is, the handshake goes on without the text. */
static void refused(struct wire *w)
{
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	dut_expect_no_accept(w);
	w->snd_nxt = 1;
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

static void fastopen_wrong_cookie(struct wire *w)
{
	char opts[OPTION_LEN], again[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	opts[5] ^= 1;
	send_syn(w, opts, .len = 10);
	refused(w);
	expect_count(w, "TCPFastOpenPassiveFail", 1);
	expect_count(w, "TCPFastOpenPassive", 0);
	/* And the right one comes with its SYN,ACK. */
	peer_new(w, 5000);
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	keep_cookie(w, again);
	opts[5] ^= 1;
	if (memcmp(opts, again, sizeof(opts)))
		fail(w, "another cookie than before");
	peer_new(w, 6000);
	open_fast(w, again);
}

/* The cookie is of an address: of another host it is wrong. */
static void fastopen_cookie_of_another(struct wire *w)
{
	const char *other = w->version == 4 ? "192.0.2.77" : "2001:db8::77";
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	send_syn(w, opts, .len = 10, .src = other);
	expect_count(w, "TCPFastOpenPassive", 0);
	expect_count(w, "TCPFastOpenPassiveFail", 1);
}

static void no_cookie(struct wire *w)
{
	peer_send(w, .flags = SYN, .mss = 1460, OPTS(WISH), .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_no_option(w);
	peer_new(w, 40000);
	peer_send(w, .flags = SYN, .mss = 1460, .len = 10);
	refused(w);
	expect_no_option(w);
}

static void fastopen_off(struct wire *w)
{
	fast_listener(w, 5);
	knob(w, "fastopen", 1);
	no_cookie(w);
}

static void fastopen_other_listener(struct wire *w)
{
	knob(w, "fastopen", SERVER);
	dut_listen(w, 8);
	no_cookie(w);
}

static void fastopen_all_listeners(struct wire *w)
{
	char opts[OPTION_LEN];

	knob(w, "fastopen", SERVER | ALL_LISTENERS);
	dut_listen(w, 8);
	ask(w, opts);
	open_fast(w, opts);
	dut_accept(w);
	dut_read(w, 10);
}

static void no_cookie_is_needed(struct wire *w)
{
	peer_send(w, .flags = SYN, .mss = 1460, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11);
	expect_no_option(w);
	dut_accept(w);
	dut_read(w, 10);
}

static void fastopen_server_bare(struct wire *w)
{
	fast_listener(w, 5);
	knob(w, "fastopen", SERVER | SERVER_BARE);
	no_cookie_is_needed(w);
}

static void fastopen_no_cookie_option(struct wire *w)
{
	fast_listener(w, 5);
	dut_option(w, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1);
	no_cookie_is_needed(w);
}

/* The option's bound counts those whose handshake is not complete. */
static void fastopen_bound(struct wire *w)
{
	char opts[OPTION_LEN];
	struct talk first;

	fast_listener(w, 1);
	ask(w, opts);
	open_fast(w, opts);
	peer_leave(w, &first);
	peer_new(w, 5000);
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_no_option(w);
	expect_count(w, "TCPFastOpenListenOverflow", 1);
	peer_return(w, &first);
	peer_send(w, .flags = ACK);
	w->peer.port++;
	peer_new(w, 6000);
	open_fast(w, opts);
	expect_count(w, "TCPFastOpenPassive", 2);
}

/* A client that resets what it has opened counts for a while (RFC 7413 5.1). */
static void fastopen_reset_counts(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 1);
	ask(w, opts);
	open_fast(w, opts);
	dut_accept(w);
	peer_send(w, .flags = RST, .seq = 11);
	dut_expect_error(w, ECONNRESET);
	dut_close(w);
	mark(w);
	pass_time(w, 55000);
	peer_new(w, 5000);
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = RST, .seq = 1);
	pass_time(w, 70000);
	peer_new(w, 6000);
	open_fast(w, opts);
	expect_count(w, "TCPFastOpenListenOverflow", 1);
}

/* The SYN,ACK again acknowledges the text, and has neither text nor option. */
static void fastopen_synack_again(struct wire *w)
{
	struct want again = { DEFAULT_WANT, .flags = SYN | ACK, .seq = 0, .ack = 11 };
	char opts[OPTION_LEN];

	knob(w, "synack_retries", 2);
	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	dut_accept(w);
	dut_read(w, 10);
	mark_seen(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	again.at = 1000;
	wire_expect(w, &again);
	again.at = 3000;
	wire_expect(w, &again);
	dut_expect_error_at(w, ETIMEDOUT, 7000, 100);
}

/* What left behind a SYN,ACK that had to go again is taken for lost. */
static void fastopen_text_again(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	dut_accept(w);
	mark_seen(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11, .at = 1000);
	peer_send(w, .flags = ACK, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 11, .len = 100);
	peer_send(w, .flags = ACK, .ack = 101);
	peer_expect_nothing(w, 300);
	dut_read(w, 10);
}

/* The client has not got the SYN,ACK and asks again, without text and cookie. */
static void fastopen_syn_again(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460, .stray = true);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_nothing(w, 50);
	expect_count(w, "TCPFastOpenPassive", 1);
}

/* close() before the handshake is complete: what was written, then FIN. */
static void fastopen_close(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	dut_accept(w);
	dut_read(w, 10);
	dut_write(w, 50);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 50);
	dut_close(w);
	peer_send(w, .flags = ACK, .ack = 51);
	peer_expect(w, .flags = FIN | ACK, .seq = 51);
	peer_send(w, .flags = FIN | ACK);
	peer_expect(w, .flags = ACK, .seq = 52);
}

/* Nobody has accepted it when the listener goes. */
static void fastopen_listener_closes(struct wire *w)
{
	char opts[OPTION_LEN];

	fast_listener(w, 5);
	ask(w, opts);
	open_fast(w, opts);
	w->fd = w->listener;
	dut_close(w);
	peer_expect(w, .flags = RST | ACK, .seq = 1, .ack = 11);
}

#define KEY_1 "00010203-04050607-08090a0b-0c0d0e0f"
#define KEY_2 "f0e0d0c0-b0a09080-70605040-30201000"

/* A new key gives new cookies; those of the old one are good as long as it is there. */
static void fastopen_key_rotation(struct wire *w)
{
	char opts[OPTION_LEN], fresh[OPTION_LEN];

	keys(w, KEY_1);
	fast_listener(w, 5);
	ask(w, opts);
	keys(w, KEY_2 "," KEY_1);
	open_fast(w, opts);
	keep_cookie(w, fresh);
	if (!memcmp(opts, fresh, sizeof(opts)))
		fail(w, "the new key gives the old cookie");
	expect_count(w, "TCPFastOpenPassiveAltKey", 1);
	dut_accept(w);
	peer_new(w, 5000);
	open_fast(w, fresh);
	expect_no_option(w);
	expect_count(w, "TCPFastOpenPassiveAltKey", 1);
	keys(w, KEY_2);
	peer_new(w, 6000);
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	keep_cookie(w, opts);
	if (memcmp(opts, fresh, sizeof(opts)))
		fail(w, "another cookie of the same key");
}

/* A key of the listener's own. */
static void fastopen_key_option(struct wire *w)
{
	char opts[OPTION_LEN];
	uint8_t key[16] = { 1, 2, 3 };

	fast_listener(w, 5);
	ask(w, opts);
	if (setsockopt(w->listener, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, sizeof(key)))
		fail(w, "TCP_FASTOPEN_KEY: %s", strerror(errno));
	send_syn(w, opts, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	keep_cookie(w, opts);
	peer_new(w, 5000);
	open_fast(w, opts);
}

#define EXPERIMENT "\xfe\x04\xf9\x89"

/* The option as it was before RFC 7413: answered in kind. */
static void fastopen_experiment(struct wire *w)
{
	char opts[4 + COOKIE];
	const uint8_t *body;

	fast_listener(w, 5);
	peer_send(w, .flags = SYN, .mss = 1460, OPTS(EXPERIMENT));
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_no_option(w);
	body = option(w, OPTION_EXPERIMENT);
	if (!body || body[-1] != sizeof(opts) || memcmp(body, EXPERIMENT + 2, 2))
		fail(w, "no cookie in the form of the experiments");
	memcpy(opts, body - 2, sizeof(opts));
	peer_send(w, .flags = RST, .seq = 1);
	peer_new(w, 30000);
	peer_send(w, .flags = SYN, .mss = 1460, .opts = opts, .opts_len = sizeof(opts), .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 11);
	dut_accept(w);
	dut_read(w, 10);
	expect_count(w, "TCPFastOpenCookieReqd", 1);
	expect_count(w, "TCPFastOpenPassive", 1);
}

#define R "rfcs 7413 server"

const struct test fastopen_tests[] = {
	T(fastopen_server, R ": valid cookie"),
	T(fastopen_server_options, R ": valid cookie",
	  .not_linux = "it sends nothing of what exceeds the window of the SYN"),
	T(fastopen_without_text, R ": valid cookie"),
	T(fastopen_experiment, "rfcs 7413 option: exp kind 254 magic F989"),
	T(fastopen_wrong_cookie, R ": bad cookie -> new one, no data"),
	T(fastopen_cookie_of_another, "rfcs 7413 cookie: of the addresses"),
	T(fastopen_off, "linux-surface 1 fastopen: 2 server"),
	T(fastopen_other_listener, "linux-surface 2 TCP_FASTOPEN"),
	T(fastopen_all_listeners, "linux-surface 1 fastopen: 0x400 all listeners"),
	T(fastopen_server_bare, "linux-surface 1 fastopen: 0x200 server w/o cookie"),
	T(fastopen_no_cookie_option, "linux-surface 2 TCP_FASTOPEN_NO_COOKIE"),
	T(fastopen_bound, "rfcs 7413 limit: PendingFastOpenRequests"),
	T(fastopen_reset_counts, "rfcs 7413 limit: a RST keeps counting", .slow = true),
	T(fastopen_synack_again, "rfcs 7413 retransmit: SYN,ACK without data", .slow = true,
	  .not_linux = "it repeats one SYN,ACK more"),
	T(fastopen_text_again, "rfcs 7413 retransmit",
	  .not_linux = "it waits for another timeout"),
	T(fastopen_syn_again, "rfcs 7413 client: retransmits a plain SYN"),
	T(fastopen_close, R,
	  .not_linux = "Linux sends the FIN before the handshake is complete"),
	T(fastopen_listener_closes, R),
	T(fastopen_key_rotation, "linux-surface 1 fastopen_key: primary,backup key"),
	T(fastopen_key_option, "linux-surface 2 TCP_FASTOPEN_KEY"),
	{ 0 }
};
