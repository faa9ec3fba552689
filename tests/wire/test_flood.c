// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYN floods: clients get through, nothing is left of the rest, and the log
 * tells of it once; how old requests and strangers leave room for young ones and
 * for those who were here before (mission S2.9, E11).
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

static int lines_of_log(int fd)
{
	char line[8192];
	int n = 0, len;

	while ((len = read(fd, line, sizeof(line) - 1)) > 0) {
		line[len] = 0;
		n += strstr(line, "xtcp: port 8080 ") && strstr(line, "flood");
	}
	return n;
}

/* One line for each listener, none if cookies are all that it knows. */
static void flood_in_the_log(struct wire *w)
{
	static const int lines[] = { 1, 1, 0 };
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK), n, mode, i;

	if (fd < 0)
		fail(w, "no /dev/kmsg");
	knob(w, "synack_retries", 0);
	for (mode = 0; mode < 3; mode++) {
		pass_time(w, 6000);	/* the kernel's limit of lines */
		lseek(fd, 0, SEEK_END);
		knob(w, "syncookies", mode);
		dut_listen(w, 0);
		for (i = 0; i < 3; i++) {
			peer_new(w, 1000);
			peer_send(w, .flags = SYN, .mss = 1460);
			peer_receive(w, now_us() + soon_ms(w) * 1000);
		}
		n = lines_of_log(fd);
		if (n != lines[mode])
			fail(w, "%d lines in the log with syncookies=%d, not %d", n, mode,
			     lines[mode]);
		close(w->listener);
	}
}

/* Whatever the dut says to those who have not asked. */
static void swallow(struct wire *w)
{
	uint8_t buf[2048];

	while (read(w->tun, buf, sizeof(buf)) > 0)
		;
}

static void spoofed_syns(struct wire *w, int from, int n)
{
	struct end peer = w->peer;
	int i;

	for (i = from; i < from + n; i++) {
		w->peer.port = 1024 + i % 60000;
		w->peer.isn = i * 2654435761u;
		w->peer.addr[w->version == 4 ? 3 : 15] = 3 + i % 250;
		peer_send(w, .flags = SYN, .seq = 0, .mss = 1460, .stray = true);
		swallow(w);
	}
	w->peer = peer;
}

/* Ten clients connect between ten thousand SYNs that nobody means. */
static void flood(struct wire *w, int mode, int requests)
{
	int i, n;

	knob(w, "syncookies", mode);
	knob(w, "synack_retries", 0);
	dut_listen(w, 8);
	for (i = 0; i < 10; i++) {
		spoofed_syns(w, i * 1000, 1000);
		n = nr_requests(w);
		if (n > requests)
			fail(w, "%d requests, more than %d", n, requests);
		peer_new(w, 5000 * i);
		peer_send(w, .flags = SYN, .mss = 1460);
		peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
		peer_send(w, .flags = ACK | PSH, .len = 10);
		dut_accept(w);
		dut_read(w, 10);
		peer_expect_ack(w, 11);
		dut_close(w);
		peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 11);
		peer_send(w, .flags = RST);
	}
	if (counter(w, "SyncookiesSent") < 9000)
		fail(w, "only %ld cookies", counter(w, "SyncookiesSent"));
	expect_count(w, "SyncookiesFailed", 0);
	expect_count(w, "ListenDrops", 0);
	pass_time(w, 1500);
	expect_requests(w, 0);
}

static void flood_with_cookies_when_full(struct wire *w)
{
	flood(w, 1, 9);
	if (!counter(w, "SyncookiesRecv"))
		fail(w, "no client came by a cookie");
}

static void flood_with_cookies_always(struct wire *w)
{
	flood(w, 2, 0);
	expect_count(w, "SyncookiesSent", 10010);
	expect_count(w, "SyncookiesRecv", 10);
}

/* A SYN of a new client, which is answered. */
static void syn(struct wire *w, uint32_t isn)
{
	peer_new(w, isn);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* SYNs of that many hosts, none of which will speak again; all are answered. */
static void strangers(struct wire *w, int from, int n)
{
	struct talk us;
	int i;

	peer_leave(w, &us);
	for (i = 0; i < n; i++) {
		w->peer.addr[w->version == 4 ? 3 : 15] = 10 + from + i;
		syn(w, 1000 * i);
	}
	peer_return(w, &us);
}

/*
 * Nobody is young after a second, and more than half of the room is taken: the
 * SYN,ACK goes twice again, until only half of the room is.
 */
static void old_requests_give_way(struct wire *w)
{
	dut_listen(w, 16);
	mark(w);
	strangers(w, 0, 12);
	pass_time(w, 6500);
	swallow(w);
	expect_requests(w, 12);
	pass_time(w, 1000);
	expect_requests(w, 8);
	/* As long as ever: for 63 s. */
	pass_time(w, 55000);
	swallow(w);
	expect_requests(w, 8);
	pass_time(w, 1000);
	expect_requests(w, 0);
}

/* New ones come, so that the old are not too many: 12 and 8. */
static void old_requests_beside_young(struct wire *w)
{
	dut_listen(w, 24);
	strangers(w, 0, 8);
	pass_time(w, 6500);
	swallow(w);
	strangers(w, 8, 12);
	pass_time(w, 800);
	expect_requests(w, 20);
}

/* A last quarter of 2: the client that was here before gets in, others do not. */
static void room_for_known_peers(struct wire *w)
{
	struct talk known;

	knob(w, "syncookies", 0);
	knob(w, "max_syn_backlog", 8);
	dut_listen(w, 100);
	syn(w, 1000);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = RST);
	peer_new(w, 2000);
	strangers(w, 0, 7);
	peer_leave(w, &known);
	w->peer.addr[w->version == 4 ? 3 : 15] = 99;
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect_nothing(w, 100);
	expect_requests(w, 7);
	expect_count(w, "TCPReqQFullDrop", 1);
	peer_return(w, &known);
	syn(w, 3000);
	expect_requests(w, 8);
	/* The bound is one for them too. */
	peer_new(w, 4000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect_nothing(w, 100);
	expect_count(w, "TCPReqQFullDrop", 2);
}

/* A client whose SYN goes under. */
static void unheard(struct wire *w)
{
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect_nothing(w, 500);
}

/*
 * The requests are those of the first SYNs as long as the flood lasts. At 7 s, when their SYN,ACK
 * would go for the fourth time, they give way, as they are old and too many. Nothing is left of
 * the others.
 */
static void flood_without_cookies(struct wire *w)
{
	const int backlog = 8, seconds = 3, per_second = 300;
	int s, dropped = seconds * (per_second + 1) + 1;

	knob(w, "syncookies", 0);
	knob(w, "synack_retries", 5);
	dut_listen(w, backlog);
	mark(w);
	spoofed_syns(w, 0, backlog + 1);
	peer_new(w, 1000);
	for (s = 0; s < seconds; s++) {
		spoofed_syns(w, (s + 1) * per_second, per_second);
		unheard(w);
		pass_time(w, 500);
		swallow(w);
		expect_requests(w, backlog + 1);
	}
	pass_time_to(w, 6000);
	swallow(w);
	unheard(w);
	expect_count(w, "TCPReqQFullDrop", dropped);
	expect_count(w, "ListenDrops", dropped);
	expect_count(w, "SyncookiesSent", 0);
	pass_time_to(w, 7500);
	expect_requests(w, backlog / 2);
	swallow(w);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

const struct test flood_tests[] = {
	T(flood_in_the_log, "mission S2.9h S2.9e", .slow = true,
	  .not_linux = "Linux says it in other words"),
	T(flood_without_cookies, "mission S2.9c E11", .slow = true,
	  .not_linux = "TCPReqQFullDrop and ListenDrops count more there"),
	T(flood_with_cookies_when_full, "mission S2.9d E11"),
	T(flood_with_cookies_always, "mission S2.9e E11"),
	T(old_requests_give_way, "mission S2.9l", .slow = true),
	T(old_requests_beside_young, "mission S2.9l", .slow = true),
	T(room_for_known_peers, "mission D12", .not_linux = "it would have to measure a round trip"),
	{ 0 }
};
