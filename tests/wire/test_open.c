// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connection setup, active, passive and simultaneous, when nothing is lost
 * (RFC 9293 3.5, mission 2.1, 2.3, 2.5).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

static void passive_open(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1,
		    .mss = w->version == 4 ? 1460 : 1440);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	peer_expect_nothing(w, 50);
}

static void active_open(struct wire *w)
{
	dut_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0,
		    .mss = w->version == 4 ? 1460 : 1440);
	dut_expect_pending(w);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	peer_expect_nothing(w, 50);
}

static void data_on_third_segment(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
	dut_accept(w);
	dut_read(w, 100);
	peer_expect_ack(w, 101);
}

static void data_without_third_segment(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	/* The bare ACK and the first of two data segments are lost. */
	peer_send(w, .flags = ACK, .seq = 101, .ack = 1, .len = 100);
	dut_accept(w);
	peer_expect(w, .flags = ACK, .ack = 1);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1, .len = 100);
	peer_expect_ack(w, 201);
	dut_read(w, 200);
}

static void syn_with_data(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460, .len = 10);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	w->snd_nxt = 1;
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	dut_expect_no_data(w);
	peer_send(w, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 10);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

static void simultaneous(struct wire *w, int answer, int wscale)
{
	connect_syn_sent(w);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460, .wscale = wscale);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	dut_expect_pending(w);
	peer_send(w, .flags = answer, .seq = answer & SYN ? 0 : 1, .ack = 1,
		  .mss = answer & SYN ? 1460 : 0,
		  .wscale = answer & SYN ? wscale : -1);
	dut_expect_connected(w);
}

static void simultaneous_open(struct wire *w)
{
	simultaneous(w, ACK, 7);
	peer_send(w, .flags = ACK | PSH, .len = 50);
	dut_read(w, 50);
	peer_expect_ack(w, 51);
}

static void simultaneous_open_unscaled(struct wire *w)
{
	simultaneous(w, ACK, -1);
	peer_send(w, .flags = ACK | PSH, .len = 50);
	dut_read(w, 50);
	peer_expect_ack(w, 51);
}

/* Both ends answer the other's SYN with a SYN,ACK (figure 7). */
static void simultaneous_open_two_synacks(struct wire *w)
{
	simultaneous(w, SYN | ACK, 7);
	/* The old SYN in it may be acknowledged (RFC 5961 4.2). */
	if (peer_receive(w, now_us() + 50000) &&
	    (w->seg.flags != ACK || w->seg.seq != 1 || w->seg.ack != 1))
		fail(w, "an answer that is no acknowledgment");
	dut_write(w, 50);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .len = 50);
}

static void synack_with_data(struct wire *w)
{
	connect_syn_sent(w);
	peer_send(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .mss = 1460,
		  .len = 20);
	dut_expect_connected(w);
	dut_read(w, 20);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = ANY);
	if (w->seg.ack == 1)
		peer_expect_ack(w, 21);
}

static void fin_completes_handshake(struct wire *w)
{
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	dut_accept(w);
	dut_expect_eof(w);
	peer_expect_ack(w, 2);
	dut_write(w, 30);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 2, .len = 30);
}

static void no_fourth_segment(struct wire *w)
{
	established_client(w);
	peer_send(w, .flags = ACK, .seq = 1, .ack = 1);
	peer_expect_nothing(w, 50);
}

static void mtu_sets_mss(struct wire *w)
{
	int mtu[] = { 9000, 1280, 1400 };
	size_t i;

	dut_listen(w, 8);
	for (i = 0; i < 3; i++) {
		net_mtu(w, mtu[i]);
		peer_new(w, 5000 + i);
		peer_send(w, .flags = SYN, .mss = 1460);
		peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1,
			    .mss = mtu[i] - (w->version == 4 ? 40 : 60));
	}
	peer_new(w, 6000);
	connect_syn_sent(w);
	if (w->seg.mss != 1400 - (w->version == 4 ? 40 : 60))
		fail(w, "MSS %d in the SYN", w->seg.mss);
}

static void request(struct wire *w, uint32_t isn)
{
	peer_new(w, isn);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* listen(1) keeps two connections; SYNs beyond are dropped (mission D13). */
static void accept_queue_full(struct wire *w)
{
	struct talk first, third;

	dut_listen(w, 1);
	request(w, 1);
	peer_send(w, .flags = ACK);
	peer_leave(w, &first);
	request(w, 1001);
	peer_send(w, .flags = ACK);
	peer_new(w, 5000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect_nothing(w, 200);
	peer_leave(w, &third);
	peer_return(w, &first);
	dut_accept(w);
	peer_return(w, &third);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/*
 * The queue is full when the third segment comes: it is ignored, the SYN,ACK
 * comes again, and its answer is taken once there is room (mission E12).
 */
static void accept_queue_full_late(struct wire *w)
{
	struct talk first, second, third;

	dut_listen(w, 1);
	request(w, 1);
	peer_send(w, .flags = ACK);
	peer_leave(w, &first);
	request(w, 1001);
	peer_leave(w, &second);
	request(w, 2001);
	mark_seen(w);
	peer_leave(w, &third);
	peer_return(w, &second);
	peer_send(w, .flags = ACK);
	peer_return(w, &third);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .at = 1000);
	peer_return(w, &first);
	dut_accept(w);
	peer_return(w, &third);
	peer_send(w, .flags = ACK, .seq = 1);
	peer_return(w, &second);
	dut_accept(w);
	peer_return(w, &third);
	dut_accept(w);
}

/* Or it is told so (linux-surface 1 abort_on_overflow). */
static void abort_on_overflow(struct wire *w)
{
	struct talk first, late;

	knob(w, "abort_on_overflow", 1);
	dut_listen(w, 1);
	request(w, 1);
	peer_leave(w, &first);
	request(w, 1001);
	peer_leave(w, &late);
	peer_return(w, &first);
	peer_send(w, .flags = ACK);
	peer_return(w, &late);
	request(w, 2001);
	peer_send(w, .flags = ACK);
	peer_return(w, &late);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect(w, .flags = RST, .seq = 1);
	expect_requests(w, 0);
	expect_count(w, "ListenOverflows", 1);
	expect_count(w, "ListenDrops", 1);
	expect_count(w, "EmbryonicRsts", 1);
	/* The request is gone, and those in the queue are well. */
	peer_expect_nothing(w, 1200);
	peer_return(w, &first);
	dut_accept(w);
}

static void deferred(struct wire *w)
{
	dut_listen(w, 8);
	dut_option(w, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
	request(w, 1);
	mark_seen(w);
	peer_send(w, .flags = ACK);
	dut_expect_no_accept(w);
}

/* No connection without text, and then at once. */
static void defer_accept(struct wire *w)
{
	deferred(w);
	peer_expect_nothing(w, 1500);	/* whoever has answered is not asked again */
	dut_expect_no_accept(w);
	expect_count(w, "TCPDeferAcceptDrop", 1);
	peer_send(w, .flags = ACK | PSH, .len = 20);
	dut_accept(w);
	dut_read(w, 20);
	peer_expect_ack(w, 21);
}

/* 10 s are 15: the SYN,ACK goes again, and its ACK is taken as it is. */
static void defer_accept_ends(struct wire *w)
{
	deferred(w);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .at = 15000);
	dut_expect_no_accept(w);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

/* The client has text for the server, and says so. */
static void client_with_text(struct wire *w)
{
	w->fd = dut_socket(w);
	dut_option(w, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	mark(w);
}

/* One segment less: the text acknowledges the SYN,ACK. */
static void client_acks_with_text(struct wire *w)
{
	client_with_text(w);
	peer_expect_nothing(w, 100);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
	peer_send(w, .flags = ACK);
	peer_expect_nothing(w, 300);
}

static void client_acks_without_text(struct wire *w)
{
	client_with_text(w);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .at = 200);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
}

/* So too with a write() that waits for the handshake; without one the ACK goes at once. */
static void client_writes_early(struct wire *w)
{
	pid_t writer;
	int status;

	connect_syn_sent(w);
	fcntl(w->fd, F_SETFL, 0);
	writer = fork();
	if (!writer) {
		uint8_t text[100];
		int i;

		for (i = 0; i < 100; i++)
			text[i] = pattern(true, 1 + i);
		_exit(write(w->fd, text, sizeof(text)) != sizeof(text));
	}
	pass_time(w, 100);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	w->written = 100;
	peer_expect(w, .flags = ACK | PSH, .seq = 1, .ack = 1, .len = 100);
	if (waitpid(writer, &status, 0) != writer || status)
		fail(w, "write: status %d", status);
	peer_expect_nothing(w, 100);
}

static void two_clients(struct wire *w)
{
	struct talk first;

	dut_listen(w, 8);
	request(w, 55);
	peer_leave(w, &first);
	request(w, 77);
	peer_send(w, .flags = ACK | PSH, .len = 30);
	dut_accept(w);
	dut_read(w, 30);
	peer_expect_ack(w, 31);
	dut_expect_no_accept(w);
	peer_return(w, &first);
	peer_send(w, .flags = ACK | PSH, .len = 40);
	dut_accept(w);
	dut_read(w, 40);
	peer_expect_ack(w, 41);
}

/* Requests of one listener that wait for their last ACK; with cookies off. */
static void syn_queue_full(struct wire *w)
{
	int i;

	knob(w, "max_syn_backlog", 2);
	dut_listen(w, 100);
	for (i = 0; i < 2; i++) {
		peer_new(w, 1000);
		peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
		peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	}
	peer_new(w, 1000);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect_nothing(w, 100);
}

/* connect() to a group is refused and sends nothing (MUST-46). */
static void connect_to_group(struct wire *w)
{
	static const char *const groups[][2] = {
		{ "255.255.255.255", "ff0e::1" },
		{ "192.0.2.255", "ff0e::2" },
		{ "224.0.0.1", "ff05::2" },
	};
	struct sockaddr_storage sa;
	struct end to = w->peer;
	int i, n;

	for (i = 0; i < 3; i++) {
		inet_pton(w->version == 4 ? AF_INET : AF_INET6,
			  groups[i][w->version == 6], to.addr);
		w->fd = dut_socket(w);
		n = connect(w->fd, (void *)&sa, sockaddr_of(w, &to, &sa));
		if (!n || errno != ENETUNREACH)
			fail(w, "connect to %s: %s", groups[i][w->version == 6],
			     n ? strerror(errno) : "no error");
		dut_close(w);
	}
	peer_expect_nothing(w, 50);
}

/* check.c compares the addresses of every segment. */
static void address_is_kept(struct wire *w)
{
	established_server(w);
	net_add_address(w, w->version == 4 ? "192.0.2.9" : "2001:db8::9");
	dut_write(w, 10);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 10);
}

/* Source address and port that bind() chose are on the wire (MUST-43). */
static void bound_client(struct wire *w)
{
	dut_connect_from(w, 4321);
	peer_expect(w, .flags = SYN, .seq = 0);
	if (w->dut.port != 4321)
		fail(w, "the SYN comes from port %d", w->dut.port);
	peer_send(w, .flags = SYN | ACK, .mss = 1460);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
}

const struct test open_tests[] = {
	T(passive_open, "mission S2.1a S2.1b S2.1d S4.3a, rfc9293 MUST-14"),
	T(active_open, "mission S2.1a S2.1c, rfc9293 MUST-14 SHLD-5"),
	T(no_fourth_segment, "rfc9293 3.10.7.4"),
	T(data_on_third_segment, "mission S2.1e"),
	T(data_without_third_segment, "mission E3, rfc9293 SHLD-31"),
	T(syn_with_data, "mission S2.1f, rfc9293 section 4 LISTEN"),
	T(simultaneous_open, "rfc9293 MUST-10, mission E14"),
	T(simultaneous_open_two_synacks, "rfc9293 MUST-10, mission E14"),
	T(simultaneous_open_unscaled, "rfc9293 MUST-10, RFC 7323 2.2",
	  .not_linux = "Linux scales its window though the peer's SYN had no scaling"),
	T(synack_with_data, "rfc9293 section 4 SYN-SENT",
	  .not_linux = "Linux drops data on a SYN,ACK without Fast Open"),
	T(fin_completes_handshake, "rfc9293 section 4 SYN-RECEIVED"),
	T(mtu_sets_mss, "rfc9293 MUST-67 SHLD-6, mission S2.5a"),
	T(accept_queue_full, "mission D13 S2.9b S4.2a"),
	T(accept_queue_full_late, "mission D13 E12"),
	T(defer_accept, "mission S2.1e, linux-surface 4 DEFER_ACCEPT"),
	T(client_acks_with_text, "linux-surface 4 DEFER_ACCEPT; mission S2.1e"),
	T(client_acks_without_text, "linux-surface 4 DEFER_ACCEPT; mission S2.1e"),
	T(client_writes_early, "mission S2.1e"),
	T(defer_accept_ends, "linux-surface 4 DEFER_ACCEPT", .slow = true),
	T(abort_on_overflow, "mission D13 E12, linux-surface 1 abort_on_overflow"),
	T(syn_queue_full, "mission S2.9b, linux-surface 1 max_syn_backlog",
	  .not_linux = "Linux takes one more, and keeps the last quarter for peers that it knows"),
	T(connect_to_group, "rfc9293 MUST-46, mission S1.3a"),
	T(two_clients, "mission S1.3a S2.9a"),
	T(address_is_kept, "rfc9293 MUST-45"),
	T(bound_client, "rfc9293 MUST-43 MUST-44"),
	{ 0 }
};
