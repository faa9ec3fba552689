// SPDX-License-Identifier: GPL-2.0-only
/*
 * shutdown(), close() and SO_LINGER: what the socket and the peer see. What poll() says of the
 * same situations is in t_poll.c. Run by st.c.
 */
#include "st.h"

static char byte;

TEST(shutdown_unconnected, V46, "linux-surface 8 shutdown: CLOSE ENOTCONN, but sets flags, wakes")
{
	int fd = csock(0);

	ERR(shutdown(fd, SHUT_RDWR), ENOTCONN);
	EXPECT_EVENTS(fd, P_EOF | P_OUT | POLLHUP);
}

TEST(shutdown_bad_how, V46, "linux-surface 8 shutdown: how > 2 EINVAL")
{
	struct pair p = connect_pair();

	ERR(shutdown(p.c, 3), EINVAL);
	ERR(shutdown(p.c, -1), EINVAL);
	round_trip(p.c, p.s);
}

TEST(shutdown_write_after_data, V46D, "linux-surface 8 shutdown: WR, FIN after queued data")
{
	enum { SIZE = 4 << 20 };
	struct pair p = connect_pair();
	char *data = calloc(1, SIZE);
	pid_t pid = fork();

	if (!pid) {
		EQ(send(p.c, data, SIZE, 0), SIZE);
		OK(shutdown(p.c, SHUT_WR));
		_exit(0);
	}
	drain(p.s, SIZE);
	expect_eof(p.s);
	send_all(p.s, "after", 5);
	expect_bytes(p.c, "after");
}

TEST(shutdown_read_is_local, V46D, "linux-surface 8 shutdown: RD, no packet, peer not told")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_RD));
	send_all(p.c, ">", 1);		/* arrives behind whatever shutdown() had sent */
	expect_bytes(p.s, ">");
	EXPECT_EVENTS(p.s, P_OUT);
	send_all(p.s, "x", 1);
	wait_inq(p.c, 1);
	expect_bytes(p.c, "x");
}

TEST(shutdown_after_both_fins, V46D, "linux-surface 8 shutdown: after both FIN ENOTCONN")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	OK(shutdown(p.s, SHUT_WR));
	expect_eof(p.c);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLHUP);
	ERR(shutdown(p.s, SHUT_WR), ENOTCONN);
	ERR(shutdown(p.c, SHUT_RDWR), ENOTCONN);
}

TEST(shutdown_twice, V46, "linux-surface 8 shutdown: a second WR changes nothing")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	send_all(p.s, "after", 5);
	expect_bytes(p.c, "after");
}

TEST(half_close, V46D, "mission S3.2a: data flows one way after a FIN, then closes")
{
	struct pair p = connect_pair();
	enum { SIZE = 1 << 20 };
	static char data[SIZE];

	send_all(p.c, "request", 7);
	OK(shutdown(p.c, SHUT_WR));
	expect_bytes(p.s, "request");
	expect_eof(p.s);
	if (!fork()) {
		EQ(send(p.s, data, SIZE, 0), SIZE);
		_exit(0);
	}
	close(p.s);
	drain(p.c, SIZE);
	expect_eof(p.c);
}

TEST(simultaneous_close, V46, "rfc9293 3.6 case 3; mission E14: both ends close at once")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	OK(shutdown(p.s, SHUT_WR));
	expect_eof(p.c);
	expect_eof(p.s);
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLHUP);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLHUP);
	EQ(so_error(p.c), 0);
	EQ(so_error(p.s), 0);
}

TEST(close_unread_resets, V46D, "linux-surface 8 close: unread data RST; mission D19 E15")
{
	struct pair p = connect_pair();

	send_all(p.c, "unread", 6);
	wait_for(p.s, POLLIN);
	close(p.s);
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLERR | POLLHUP);
	ERR(recv(p.c, &byte, 1, 0), ECONNRESET);
}

TEST(close_delivers_queued, V46D, "linux-surface 8 close: else FIN, behind all queued data")
{
	struct pair p = connect_pair();
	size_t n = fill(p.c);

	close(p.c);
	drain(p.s, n);
	expect_eof(p.s);
	EQ(so_error(p.s), 0);
}

TEST(close_then_peer_data, V46D, "mission E15: data after close() draws a RST")
{
	struct pair p = connect_pair();

	close(p.c);
	expect_eof(p.s);
	send_all(p.s, "late", 4);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLERR | POLLHUP);
	EQ(so_error(p.s), EPIPE);
}

TEST(linger_zero_resets, V46D, "linux-surface 8 SO_LINGER on,0: RST even with data queued; S3.8e")
{
	struct pair p = connect_pair();
	size_t n = fill(p.c);
	int port = port_of(p.c);

	CHECK(n > 0);
	reset_by(p.c);
	wait_for(p.s, POLLHUP);
	EQ(so_error(p.s), ECONNRESET);
	close(p.s);
	close(p.l);
	/* No TIME-WAIT on either side: both ports are free at once. */
	OK(do_bind(sock(client_af(), 0), loop_addr(port)));
}

TEST(linger_zero_is_for_close, V46, "linux-surface 8 SO_LINGER 0: shutdown() still sends a FIN")
{
	struct linger hard = { .l_onoff = 1 }, got;
	socklen_t len = sizeof(got);
	struct pair p = connect_pair();

	OK(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)));
	OK(getsockopt(p.c, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 1);
	EQ(got.l_linger, 0);
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	EQ(so_error(p.s), 0);
}

TEST(linger_waits_for_the_peer, V46, "linux-surface 8 SO_LINGER on,n: waits for FIN's ACK, gives 0")
{
	struct linger linger = { .l_onoff = 1, .l_linger = 300 };
	struct pair p = connect_pair();
	size_t n = fill(p.c);
	int ready[2];
	pid_t pid;

	OK(pipe(ready));
	OK(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	pid = fork();
	if (!pid) {
		close(p.c);		/* first, so that the parent's close() is the last */
		close(ready[0]);
		EQ(write(ready[1], "", 1), 1);
		drain(p.s, n);
		expect_eof(p.s);
		_exit(0);
	}
	close(p.s);
	EQ(read(ready[0], &byte, 1), 1);
	OK(close(p.c));
	EQ(waitpid(pid, NULL, 0), pid);
}

TEST(linger_times_out, V46, "linux-surface 8 SO_LINGER on,n: returns after n s, 0; mission S3.8f")
{
	struct linger linger = { .l_onoff = 1, .l_linger = 1 };
	struct pair p = connect_pair();
	struct timespec from, to;
	size_t n = fill(p.c);

	OK(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	nonblock(p.c);			/* lingers all the same */
	clock_gettime(CLOCK_MONOTONIC, &from);
	OK(close(p.c));
	clock_gettime(CLOCK_MONOTONIC, &to);
	CHECK((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 990);
	drain(p.s, n);			/* the rest was not lost */
	expect_eof(p.s);
}

TEST(linger_not_at_exit, V46, "mission S3.8f: a process that ends does not linger")
{
	struct linger linger = { .l_onoff = 1, .l_linger = 300 };
	struct pair p = connect_pair();
	pid_t pid;

	CHECK(fill(p.c) > 0);
	OK(setsockopt(p.c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	pid = fork();
	if (!pid) {
		close(p.s);
		for (;;)
			pause();
	}
	close(p.l);
	OK(dup2(p.s, p.c));	/* the child's is the last descriptor of the client */
	OK(kill(pid, SIGKILL));
	EQ(waitpid(pid, NULL, 0), pid);
}

/* "orphan" or "tw" of /proc/net/xtcp_sockstat. */
static int sockstat(const char *name)
{
	FILE *f = fopen("/proc/net/xtcp_sockstat", "re");
	char word[32] = "";
	int n = -1;

	CHECK(f);
	while (strcmp(word, name) && fscanf(f, "%31s", word) == 1)
		;
	EQ(fscanf(f, "%d", &n), 1);
	fclose(f);
	return n;
}

TEST(close_is_counted, V46 | XTCP_ONLY, "linux-surface 9 sockstat: orphans, TIME-WAITs")
{
	struct pair p = connect_pair();

	EQ(sockstat("orphan"), 0);
	close(p.c);
	expect_eof(p.s);
	EQ(sockstat("orphan"), 1);
	EQ(sockstat("tw"), 0);
	close(p.s);
	while (sockstat("tw") != 1 || sockstat("orphan") != 0)
		usleep(1000);
}

TEST(close_while_connecting, V46, "linux-surface 8 close: SYN-SENT")
{
	int tun = tun_open(), fd = bound(any_addr(4001), false);

	nonblock(fd);
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	OK(close(fd));
	OK(do_bind(sock(server_af(), 0), any_addr(4001)));
	close(tun);
}

TEST(kill_sends_fin, V46D, "mission S3.10a: SIGKILL of the process: FIN, four-way close")
{
	struct pair p = connect_pair();
	pid_t pid = fork();

	if (!pid) {
		close(p.s);
		send_all(p.c, "alive", 5);
		for (;;)
			pause();
	}
	close(p.c);
	expect_bytes(p.s, "alive");
	OK(kill(pid, SIGKILL));
	expect_eof(p.s);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	EQ(so_error(p.s), 0);
}

TEST(kill_with_unread_resets, V46, "mission D19: SIGKILL with unread data: RST")
{
	struct pair p = connect_pair();
	pid_t pid = fork();

	if (!pid) {
		close(p.s);
		wait_for(p.c, POLLIN);
		send_all(p.c, "alive", 5);
		for (;;)
			pause();
	}
	close(p.c);
	send_all(p.s, "unread", 6);
	expect_bytes(p.s, "alive");
	OK(kill(pid, SIGKILL));
	wait_for(p.s, POLLHUP);
	EQ(so_error(p.s), ECONNRESET);
}
