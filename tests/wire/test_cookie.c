// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of requests and its bounds, SYN cookies and what comes back of them,
 * each value of the tunable (mission S2.9, RFC 4987). Floods are in test_flood.c.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define SACK_OK		"\x01\x01\x04\x02"

/* A SYN of a new client, which is answered. */
static void syn(struct wire *w, uint32_t isn)
{
	peer_new(w, isn);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* A listener with as many requests as it takes, which will not speak again. */
static void full_queue(struct wire *w)
{
	knob(w, "synack_retries", 0);
	dut_listen(w, 1);
	syn(w, 1000);
	syn(w, 2000);
	expect_requests(w, 2);
}

static void completed(struct wire *w)
{
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

/* Nothing of the SYN is remembered: the SYN,ACK comes once. */
static void cookie_when_full(struct wire *w)
{
	knob(w, "syncookies", 1);
	full_queue(w);
	expect_count(w, "SyncookiesSent", 0);
	peer_new(w, 3000);
	peer_send(w, .flags = SYN, .mss = 1460, .wscale = 7, OPTS(SACK_OK));
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .wscale = -1);
	if (w->seg.opts_len != 4)
		fail(w, "more options than the MSS");
	expect_requests(w, 2);
	expect_count(w, "SyncookiesSent", 1);
	expect_count(w, "TCPReqQFullDoCookies", 1);
	peer_expect_nothing(w, 1500);
	completed(w);
	expect_count(w, "SyncookiesRecv", 1);
	expect_count(w, "TCPReqQFullDrop", 0);
	expect_mss(w, w->version == 4 ? 1460 : 1440);
}

/* The second bound: requests of one listener, whatever its backlog is. */
static void cookie_beyond_max_syn_backlog(struct wire *w)
{
	knob(w, "syncookies", 1);
	knob(w, "max_syn_backlog", 2);
	dut_listen(w, 100);
	syn(w, 1000);
	syn(w, 2000);
	syn(w, 3000);
	expect_requests(w, 2);
	completed(w);
	expect_count(w, "SyncookiesRecv", 1);
}

/* MSS, shift, SACK and timestamps as after any other handshake. */
static void cookie_options(struct wire *w)
{
	uint32_t first;

	knob(w, "syncookies", 2);
	knob(w, "timestamps", 1);
	knob(w, "sack", 1);
	dut_listen(w, 8);
	send_timestamped_with(w, &(struct out){
		.flags = SYN, .seq = NATURAL, .win = 1000, .wscale = 4, .mss = 1440,
		OPTS(SACK_OK) }, 1000);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	if (!option(w, OPTION_TS) || get32(option(w, OPTION_TS) + 4) != 1000)
		fail(w, "no timestamp that echoes ours");
	if (w->seg.wscale < 0 || !option(w, OPTION_SACK_OK))
		fail(w, "options were not answered");
	first = get32(option(w, OPTION_TS));
	expect_requests(w, 0);
	w->win = 1000;		/* times 16 */
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
	expect_mss(w, 1428);
	if (get32(option(w, OPTION_TS) + 4) != 1001)
		fail(w, "the timestamp of the ACK is not echoed");
	/* The same clock, and never back (RFC 7323 5.4). */
	if (get32(option(w, OPTION_TS)) - first > 1000)
		fail(w, "the clock of the timestamps jumps");
	send_timestamped(w, ACK, 1002, 0);
	w->snd_nxt += 10;
	send_timestamped(w, ACK | PSH, 1003, 10);
	peer_expect(w, .flags = ACK, .ack = 1);
	if (!option(w, OPTION_SACK))
		fail(w, "no SACK block");
}

static void cookie_ecn(struct wire *w)
{
	knob(w, "syncookies", 2);
	knob(w, "timestamps", 1);
	dut_listen(w, 8);
	send_timestamped(w, SYN | ECE | CWR, 1000, 0);
	peer_expect(w, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1);
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	if (w->seg.ecn != 2)
		fail(w, "text that is not ECN-capable");
}

/* No bit of ours tells of it: without timestamps too. */
static void cookie_accurate_ecn(struct wire *w)
{
	knob(w, "syncookies", 2);
	knob(w, "ecn", 5);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN | AE | CWR | ECE, .mss = 1460, .ecn = CE);
	peer_expect(w, .flags = SYN | ACK | AE | CWR, .seq = 0, .ack = 1);
	expect_requests(w, 0);
	peer_send(w, .flags = ACK | CWR);
	dut_accept(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK | AE | ECE, .seq = 1, .len = 100);
	if (w->seg.ecn != ECT_0)
		fail(w, "text that is not ECN-capable");
	peer_send(w, .flags = ACK | PSH | AE | ECE, .len = 100, .ecn = CE);
	peer_expect(w, .flags = ACK | AE | CWR, .seq = 101, .ack = 101);
	dut_read(w, 100);
	/* A client that does not speak of it has not agreed. */
	peer_new(w, 5000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	if (w->seg.ecn != NOT_ECT)
		fail(w, "text that is ECN-capable");
}

/* Rounded down, and what nearly everybody has exactly. */
static void cookie_sizes(struct wire *w)
{
	static const int sizes[][2] = {
		{ 48, 48 }, { 536, 536 }, { 700, 536 }, { 1220, 1220 }, { 1400, 1360 },
		{ 1440, 1440 }, { 1452, 1452 }, { 1460, 1460 }, { 8940, 8940 },
	};
	int big = 200000;
	size_t i;

	net_mtu(w, 9000);
	knob(w, "syncookies", 2);
	dut_listen(w, 32);
	setsockopt(w->listener, SOL_SOCKET, SO_SNDBUF, &big, sizeof(big));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		peer_new(w, 1000 * i);
		peer_send(w, .flags = SYN, .mss = sizes[i][0]);
		peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
		peer_send(w, .flags = ACK);
		dut_accept(w);
		w->max_len = sizes[i][1];
		expect_mss(w, sizes[i][1]);
		peer_send(w, .flags = ACK);
	}
}

static void cookie_without_mss(struct wire *w)
{
	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	expect_mss(w, w->version == 4 ? 536 : 1220);
}

/* The bare ACK was lost: text brings the cookie back, or a FIN. */
static void cookie_with_text(struct wire *w)
{
	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	syn(w, 1000);
	peer_send(w, .flags = ACK | PSH, .len = 100);
	dut_accept(w);
	dut_read(w, 100);
	peer_expect_ack(w, 101);
	syn(w, 2000);
	peer_send(w, .flags = ACK | FIN, .len = 30);
	dut_accept(w);
	dut_read(w, 30);
	dut_expect_eof(w);
	peer_expect_ack(w, 32);
}

/* Always: no request ever, and nothing in the log. */
static void cookies_always(struct wire *w)
{
	int i;

	knob(w, "syncookies", 2);
	dut_listen(w, 1);
	for (i = 0; i < 10; i++)
		syn(w, 1000 * i);
	expect_requests(w, 0);
	expect_count(w, "SyncookiesSent", 10);
	expect_count(w, "ListenDrops", 0);
	/* The SYN again is answered again, as if it were the first. */
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	completed(w);
	expect_count(w, "SyncookiesSent", 11);
	expect_count(w, "SyncookiesRecv", 1);
}

/* Never: what finds the queue full is dropped. */
static void cookies_never(struct wire *w)
{
	knob(w, "syncookies", 0);
	full_queue(w);
	peer_new(w, 3000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect_nothing(w, 100);
	expect_requests(w, 2);
	expect_count(w, "TCPReqQFullDrop", 1);
	expect_count(w, "ListenDrops", 1);
	expect_count(w, "SyncookiesSent", 0);
	/* A second later the requests are gone: the client's next try succeeds. */
	pass_time(w, 1000);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	completed(w);
}

/* A full accept queue: the ACK is dropped, and may come again. */
static void cookie_accept_queue_full(struct wire *w)
{
	struct talk first, second;

	knob(w, "syncookies", 2);
	dut_listen(w, 0);
	syn(w, 1000);
	peer_leave(w, &first);
	syn(w, 2000);
	peer_leave(w, &second);
	peer_return(w, &first);
	peer_send(w, .flags = ACK);
	peer_leave(w, &first);
	peer_return(w, &second);
	peer_send(w, .flags = ACK);
	peer_expect_nothing(w, 100);
	expect_count(w, "ListenOverflows", 1);
	expect_count(w, "ListenDrops", 1);
	peer_leave(w, &second);
	/* And so is a SYN. */
	peer_new(w, 3000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect_nothing(w, 100);
	expect_count(w, "ListenOverflows", 2);
	peer_return(w, &first);
	dut_accept(w);
	peer_return(w, &second);
	completed(w);
}

static void cookie_abort_on_overflow(struct wire *w)
{
	struct talk second;

	knob(w, "syncookies", 2);
	knob(w, "abort_on_overflow", 1);
	dut_listen(w, 0);
	syn(w, 1000);
	peer_leave(w, &second);
	syn(w, 2000);
	peer_send(w, .flags = ACK);
	peer_return(w, &second);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = RST, .seq = 1);
	expect_count(w, "ListenOverflows", 1);
}

static void cookie_lives_a_minute(struct wire *w)
{
	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	syn(w, 1000);
	pass_time(w, 59900);
	completed(w);
}

/* Others still get cookies and bring them back; this one is too old. */
static void cookie_expires(struct wire *w)
{
	struct talk old;

	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	syn(w, 1000);
	peer_leave(w, &old);
	pass_time(w, 100000);
	syn(w, 2000);
	pass_time(w, 20000);
	completed(w);
	peer_return(w, &old);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = RST, .seq = 1);
	expect_count(w, "SyncookiesFailed", 1);
	dut_expect_no_accept(w);
}

static void expect_forged(struct wire *w, int64_t seq, uint32_t ack)
{
	peer_send(w, .flags = ACK, .seq = seq, .ack = ack, .stray = true);
	peer_expect(w, .flags = RST, .seq = ack);
}

/* Another number, another port, another sequence number. */
static void cookie_forged(struct wire *w)
{
	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	syn(w, 1000);
	expect_forged(w, 1, 1000);
	expect_forged(w, 1, -1000);
	expect_forged(w, 2, 1);
	expect_forged(w, 0, 1);
	w->peer.port++;
	expect_forged(w, 1, 1);
	w->peer.port--;
	expect_count(w, "SyncookiesFailed", 5);
	expect_count(w, "SyncookiesRecv", 0);
	dut_expect_no_accept(w);
	completed(w);
}

/* Where no cookie was sent none is looked for. */
static void no_cookie_expected(struct wire *w)
{
	knob(w, "syncookies", 1);
	dut_listen(w, 8);
	expect_forged(w, 7, 12345);
	expect_count(w, "SyncookiesFailed", 0);
}

/* Nor by a listener on the same port that has sent none itself. */
static void cookie_of_another_listener(struct wire *w)
{
	knob(w, "syncookies", 2);
	dut_listen(w, 8);
	syn(w, 1000);
	close(w->listener);
	dut_listen(w, 8);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = RST, .seq = 1);
	expect_count(w, "SyncookiesFailed", 0);
}

/*
 * The SYN comes again when there is room, and makes a request; but the client
 * has taken the cookie that was on its way.
 */
static void cookie_beside_request(struct wire *w)
{
	struct talk first, cookie;

	knob(w, "syncookies", 1);
	dut_listen(w, 0);
	syn(w, 1000);
	peer_leave(w, &first);
	syn(w, 2000);
	peer_leave(w, &cookie);
	peer_return(w, &first);
	peer_send(w, .flags = RST);
	peer_return(w, &cookie);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = ANY, .ack = 1);
	expect_requests(w, 1);
	peer_return(w, &cookie);
	completed(w);
	expect_requests(w, 0);
	expect_count(w, "SyncookiesRecv", 1);
	expect_count(w, "SyncookiesSent", 1);
}

/* A request after a cookie is as good as any: its own ACK completes it. */
static void request_beside_cookie(struct wire *w)
{
	struct talk first;

	knob(w, "syncookies", 1);
	dut_listen(w, 0);
	syn(w, 1000);
	peer_leave(w, &first);
	syn(w, 2000);
	peer_return(w, &first);
	completed(w);
	expect_count(w, "SyncookiesRecv", 0);
	expect_count(w, "SyncookiesFailed", 0);
}

#define NOT_THE_SIZES	"Linux has another table of segment sizes"
#define SHRINKS		"the window of Linux shrinks after a cookie"

const struct test cookie_tests[] = {
	T(cookie_when_full, "mission S2.9d S2.9g D21, linux-surface 1 syncookies"),
	T(cookie_beyond_max_syn_backlog, "mission S2.9b S2.9i",
	  .not_linux = "Linux looks at max_syn_backlog only with syncookies=0"),
	T(cookie_options, "mission S2.9g, linux-surface 1 syncookies", .not_linux = SHRINKS),
	T(cookie_ecn, "mission S2.9g", .not_linux = SHRINKS),
	T(cookie_accurate_ecn, "rfcs 9768 SYN cookies", .not_linux = "Linux 6.12 has none"),
	T(cookie_sizes, "mission S2.9k", .not_linux = NOT_THE_SIZES),
	T(cookie_without_mss, "mission S2.9k, rfc9293 MUST-15", .not_linux = SHRINKS),
	T(cookie_with_text, "mission S2.9g S2.1e"),
	T(cookies_always, "mission S2.9e"),
	T(cookies_never, "mission S2.9c S2.9f S2.9i D12"),
	T(cookie_accept_queue_full, "mission S2.9g D13"),
	T(cookie_abort_on_overflow, "linux-surface 1 abort_on_overflow",
	  .not_linux = "Linux drops it all the same"),
	T(cookie_lives_a_minute, "mission S2.9k", .slow = true),
	T(cookie_expires, "mission S2.9k", .slow = true),
	T(cookie_forged, "mission S2.9g S2.9k",
	  .not_linux = "to Linux a number that is one off is a cookie for another size"),
	T(no_cookie_expected, "mission S2.9g"),
	T(cookie_of_another_listener, "mission S2.9g",
	  .not_linux = "Linux keeps its secret for all listeners"),
	T(cookie_beside_request, "mission S2.9d",
	  .not_linux = "Linux drops the ACK"),
	T(request_beside_cookie, "mission S2.9a S2.9d"),
	{ 0 }
};
