// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners that share a port (SO_REUSEPORT), as their clients see it when one
 * of them stops: who asked for nothing but to be served notices nothing
 * (net.xtcp.migrate_req), or all that it had begun is gone.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

/* One more listener of the port, at that address (NULL: any), which accepts from now on. */
static int join_at(struct wire *w, const uint8_t *addr)
{
	struct end e = { .port = DUT_PORT };
	struct sockaddr_storage sa;
	int one = 1, fd = dut_socket(w);

	if (addr)
		memcpy(e.addr, addr, sizeof(e.addr));
	w->dut.port = DUT_PORT;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(fd, (void *)&sa, sockaddr_of(w, &e, &sa)) || listen(fd, 8))
		fail(w, "no listener that shares its port");
	w->listener = fd;
	return fd;
}

static int join(struct wire *w)
{
	return join_at(w, NULL);
}

static void syn(struct wire *w)
{
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
}

/* The client speaks and is served. */
static void served(struct wire *w)
{
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 20);
	peer_send(w, .flags = ACK);
}

/* The ACK meets another listener than the one that sent the cookie. */
static void group_cookie(struct wire *w)
{
	int old = join(w);

	knob(w, "syncookies", 2);
	syn(w);
	join(w);
	close(old);
	expect_requests(w, 0);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	served(w);
	expect_count(w, "SyncookiesRecv", 1);
}

static void group_request_migrates(struct wire *w)
{
	int old = join(w);

	knob(w, "migrate_req", 1);
	mark(w);
	syn(w);
	join(w);
	close(old);
	expect_requests(w, 1);
	expect_count(w, "TCPMigrateReqSuccess", 1);
	/* Its time goes on: the SYN,ACK is due as ever. */
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1, .at = 1000);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	served(w);
	expect_requests(w, 0);
	expect_count(w, "TCPMigrateReqFailure", 0);
}

static void group_request_vanishes(struct wire *w)
{
	int old = join(w);

	knob(w, "migrate_req", 0);
	syn(w);
	join(w);
	close(old);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = RST, .seq = 1);
	expect_requests(w, 0);
	expect_count(w, "TCPMigrateReqSuccess", 0);
	dut_expect_no_accept(w);
}

static void group_child_migrates(struct wire *w)
{
	int old = join(w);

	knob(w, "migrate_req", 1);
	syn(w);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect_ack(w, 11);
	join(w);
	close(old);
	peer_expect_nothing(w, 100);
	dut_accept(w);
	dut_read(w, 10);
	dut_write(w, 20);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 20);
	expect_count(w, "TCPMigrateReqSuccess", 1);
}

static void group_child_is_reset(struct wire *w)
{
	int old = join(w);

	knob(w, "migrate_req", 0);
	syn(w);
	peer_send(w, .flags = ACK);
	pass_time(w, soon_ms(w));
	join(w);
	close(old);
	peer_expect(w, .flags = RST | ACK, .seq = 1);
	expect_count(w, "TCPMigrateReqSuccess", 0);
	dut_expect_no_accept(w);
}

/* From one to the next, half open and complete; shutdown() is as good as close(). */
static void group_migrates_again(struct wire *w)
{
	int old = join(w), i;

	knob(w, "migrate_req", 1);
	syn(w);
	for (i = 0; i < 2; i++) {
		join(w);
		shutdown(old, SHUT_RDWR);
		close(old);
		old = w->listener;
	}
	peer_send(w, .flags = ACK | PSH, .len = 10);
	peer_expect_ack(w, 11);
	for (i = 0; i < 2; i++) {
		join(w);
		shutdown(old, SHUT_RDWR);
		old = w->listener;
	}
	dut_accept(w);
	dut_read(w, 10);
	expect_alive(w);
	expect_count(w, "TCPMigrateReqSuccess", 4);
	expect_requests(w, 0);
}

/* There is nobody, or only one whom these clients have not called. */
static void group_migration_fails(struct wire *w)
{
	struct talk half;
	int old = join(w);

	knob(w, "migrate_req", 1);
	syn(w);
	peer_leave(w, &half);
	peer_new(w, 5000);
	syn(w);
	peer_send(w, .flags = ACK);
	pass_time(w, soon_ms(w));
	join_at(w, w->dut.addr);
	close(old);
	peer_expect(w, .flags = RST | ACK, .seq = 1);
	expect_requests(w, 0);
	expect_count(w, "TCPMigrateReqSuccess", 0);
	expect_count(w, "TCPMigrateReqFailure", 2);
	peer_return(w, &half);
	peer_send(w, .flags = ACK);
	peer_expect(w, .flags = RST, .seq = 1);
	dut_expect_no_accept(w);
}

/* A listener that does not share its port leaves nothing to anybody. */
static void group_of_one(struct wire *w)
{
	knob(w, "migrate_req", 1);
	dut_listen(w, 8);
	syn(w);
	peer_send(w, .flags = ACK);
	pass_time(w, soon_ms(w));
	close(w->listener);
	peer_expect(w, .flags = RST | ACK, .seq = 1);
	expect_count(w, "TCPMigrateReqFailure", 0);
}

#define LATER	"Linux moves a request when its next segment comes or is due"

const struct test group_tests[] = {
	T(group_cookie, "linux-surface 5 SO_REUSEPORT; mission S2.9g"),
	T(group_request_migrates, "linux-surface 1 migrate_req", .not_linux = LATER),
	T(group_request_vanishes, "linux-surface 1 migrate_req; 8 close: LISTEN"),
	T(group_child_migrates, "linux-surface 1 migrate_req"),
	T(group_child_is_reset, "linux-surface 1 migrate_req; 8 close: LISTEN"),
	T(group_migrates_again, "linux-surface 1 migrate_req; 8 shutdown: LISTEN",
	  .not_linux = LATER),
	T(group_migration_fails, "linux-surface 1 migrate_req", .not_linux = LATER),
	T(group_of_one, "linux-surface 1 migrate_req"),
	{ 0 }
};
