// SPDX-License-Identifier: GPL-2.0-only
/*
 * listen(), accept(), accept4(), the accept queue, and what becomes of a listener's children.
 * Run by st.c.
 */
#include "st.h"

#include <sys/resource.h>

TEST(listen_unbound, V46, "linux-surface 8 listen: CLOSE unbound autobinds")
{
	int fd = sock(server_af(), 0);

	if (st_variant == ST_V6)	/* an open family is told by an option */
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	OK(listen(fd, 1));
	CHECK(port_of(fd) != 0);
	OK(do_connect(csock(0), loop_addr(port_of(fd))));
	OK(accept(fd, NULL, NULL));
}

TEST(listen_wrong_state, V46, "linux-surface 8 listen: not CLOSE or LISTEN EINVAL")
{
	struct pair p = connect_pair();

	ERR(listen(p.c, 1), EINVAL);
	ERR(listen(p.s, 1), EINVAL);
	OK(listen(p.l, 5));
}

TEST(listen_conflict, V46, "linux-surface 8 listen: conflict EADDRINUSE; 5 SO_REUSEADDR")
{
	int a = bound(any_addr(4000), true), b = bound(any_addr(4000), true);

	OK(listen(a, 1));
	ERR(listen(b, 1), EADDRINUSE);
	close(a);
	OK(listen(b, 1));
}

TEST(accept_not_listening, V46, "linux-surface 8 accept: not LISTEN EINVAL")
{
	struct pair p = connect_pair();

	ERR(accept(sock(server_af(), 0), NULL, NULL), EINVAL);
	ERR(accept(bound(any_addr(0), false), NULL, NULL), EINVAL);
	ERR(accept(p.c, NULL, NULL), EINVAL);
}

TEST(accept_empty_nonblocking, V46, "linux-surface 8 accept: empty nonblocking EAGAIN")
{
	int l = listener(1);

	nonblock(l);
	ERR(accept(l, NULL, NULL), EAGAIN);
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	OK(accept(l, NULL, NULL));
	ERR(accept(l, NULL, NULL), EAGAIN);
}

TEST(accept_timeout, V46, "linux-surface 5 SO_RCVTIMEO: accept EAGAIN")
{
	struct timeval tv = { .tv_usec = 20000 };
	int l = listener(1);

	OK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	ERR(accept(l, NULL, NULL), EAGAIN);
}

TEST(accept4_flags, V46, "linux-surface 8 accept4: SOCK_NONBLOCK, SOCK_CLOEXEC; others EINVAL")
{
	int l = listener(4), fd;

	for (int i = 0; i < 2; i++)
		OK(do_connect(csock(0), loop_addr(port_of(l))));
	fd = OK(accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	CHECK(OK(fcntl(fd, F_GETFL)) & O_NONBLOCK);
	CHECK(OK(fcntl(fd, F_GETFD)) & FD_CLOEXEC);
	ERR(accept4(l, NULL, NULL, 1), EINVAL);
	nonblock(l);			/* the child does not inherit it */
	wait_for(l, POLLIN);
	fd = OK(accept(l, NULL, NULL));
	CHECK(!(OK(fcntl(fd, F_GETFL)) & O_NONBLOCK));
	CHECK(!(OK(fcntl(fd, F_GETFD)) & FD_CLOEXEC));
}

TEST(accept_no_descriptor, V46, "linux-surface 8 accept: EMFILE, the connection stays queued")
{
	int l = listener(4), c = csock(0), s;
	struct rlimit limit;
	rlim_t old;

	OK(do_connect(c, loop_addr(port_of(l))));
	OK(getrlimit(RLIMIT_NOFILE, &limit));
	old = limit.rlim_cur;
	limit.rlim_cur = c + 1;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	ERR(accept(l, NULL, NULL), EMFILE);
	limit.rlim_cur = old;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	s = OK(accept(l, NULL, NULL));
	round_trip(c, s);
}

TEST(accept_order, V46, "linux-surface 8 accept: first come, first served")
{
	int l = listener(16), ports[10];
	struct addr a;

	for (int i = 0; i < 10; i++) {
		int c = csock(0);

		OK(do_connect(c, loop_addr(port_of(l))));
		ports[i] = port_of(c);
	}
	for (int i = 0; i < 10; i++) {
		a = peer_addr(OK(accept(l, NULL, NULL)));
		EQ(addr_port(&a), ports[i]);
	}
}

TEST(accept_child_already_reset, V46, "linux-surface 8 accept: a child already reset is returned")
{
	int l = listener(1), c = csock(0), s;
	char byte;

	OK(do_connect(c, loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	reset_by(c);
	s = OK(accept(l, NULL, NULL));
	EXPECT_EVENTS(s, P_EOF | P_OUT | POLLERR | POLLHUP);
	ERR(recv(s, &byte, 1, 0), ECONNRESET);
}

TEST(accept_data_before_accept, V46D, "mission S4.3a; data and FIN wait for accept()")
{
	int l = listener(1), c = csock(0), s;

	OK(do_connect(c, loop_addr(port_of(l))));
	send_all(c, "early", 5);
	OK(shutdown(c, SHUT_WR));
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "early");
	expect_eof(s);
	send_all(s, "late", 4);
	expect_bytes(c, "late");
}

/* listen(backlog): how many connections complete while nobody accepts. */
static void check_queue_limit(int backlog, int holds)
{
	int l = listener(backlog), spare = listener(8), fds[8];

	for (int i = 0; i <= holds; i++) {
		fds[i] = csock(SOCK_NONBLOCK);
		ERR(do_connect(fds[i], loop_addr(port_of(l))), EINPROGRESS);
	}
	for (int i = 0; i < holds; i++)
		EXPECT_EVENTS(fds[i], P_OUT);
	/* A later connection through the same loopback is done, so the dropped SYN was seen. */
	OK(do_connect(csock(0), loop_addr(port_of(spare))));
	EQ(events_now(fds[holds]), 0);
	for (int i = 0; i < holds; i++)
		OK(accept(l, NULL, NULL));
	/* Room again: the retransmitted SYN gets in. */
	EXPECT_EVENTS(fds[holds], P_OUT);
	OK(accept(l, NULL, NULL));
}

TEST(backlog_holds_n_plus_1, V46, "mission D13: listen(N) holds N+1, the next SYN is dropped")
{
	check_queue_limit(2, 3);
}

TEST(backlog_zero_holds_one, V46, "mission D13: listen(0) holds 1")
{
	check_queue_limit(0, 1);
}

TEST(backlog_capped_by_somaxconn, V46, "linux-surface 2 net.core.somaxconn; mission D25")
{
	write_file("/proc/sys/net/core/somaxconn", "1");
	check_queue_limit(100, 2);
}

TEST(backlog_negative_is_somaxconn, V46, "mission S4.2a: backlog < 0 is somaxconn")
{
	write_file("/proc/sys/net/core/somaxconn", "1");
	check_queue_limit(-1, 2);
}

TEST(listen_again_changes_backlog, V46, "linux-surface 8 listen: LISTEN only changes backlog")
{
	int l = listener(0), a = csock(0), b = csock(0);

	OK(do_connect(a, loop_addr(port_of(l))));
	OK(listen(l, 1));
	OK(do_connect(b, loop_addr(port_of(l))));
	OK(accept(l, NULL, NULL));
	OK(accept(l, NULL, NULL));
}

TEST(listener_close_resets_children, V46, "linux-surface 8 close: LISTEN, resets the unaccepted")
{
	int l = listener(4), c = csock(0);
	char byte;

	OK(do_connect(c, loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	close(l);
	EXPECT_EVENTS(c, P_EOF | P_OUT | POLLERR | POLLHUP);
	ERR(recv(c, &byte, 1, 0), ECONNRESET);
}

TEST(listener_close_keeps_accepted, V46D, "linux-surface 8 close: accepted children live on")
{
	struct pair p = connect_pair();
	int port = port_of(p.l);

	close(p.l);
	round_trip(p.c, p.s);
	ERR(do_connect(csock(0), loop_addr(port)), ECONNREFUSED);
}

TEST(listener_shutdown_write, V46, "linux-surface 8 shutdown: LISTEN + WR changes nothing")
{
	int l = listener(1);

	OK(shutdown(l, SHUT_WR));
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	OK(accept(l, NULL, NULL));
}

TEST(listener_shutdown_read, V46, "linux-surface 8 shutdown: LISTEN + RD stops listening, CLOSE")
{
	int port = 4000, l = bound(any_addr(port), false);

	OK(listen(l, 1));
	OK(shutdown(l, SHUT_RD));
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
	ERR(do_connect(csock(0), loop_addr(port)), ECONNREFUSED);
	ERR(accept(l, NULL, NULL), EINVAL);
	OK(listen(l, 1));		/* the port is still bound */
	EQ(port_of(l), port);
	OK(do_connect(csock(0), loop_addr(port)));
}

static void *accept_thread(void *arg)
{
	long fd = accept(*(int *)arg, NULL, NULL);

	return (void *)(fd < 0 ? -(long)errno : fd);
}

TEST(accept_wakes_on_shutdown, V46, "linux-surface 8 accept: shutdown(RD) meanwhile EINVAL")
{
	int l = listener(1);
	pthread_t t;
	void *res;

	EQ(pthread_create(&t, NULL, accept_thread, &l), 0);
	/* Before the thread sleeps or after: the answer is the same. */
	OK(shutdown(l, SHUT_RD));
	EQ(pthread_join(t, &res), 0);
	EQ((long)res, -EINVAL);
}

TEST(accept_threads_share_a_listener, V46, "linux-surface 8 accept: one connection, one thread")
{
	int l = listener(16), n = 8, seen[1024] = { 0 };
	pthread_t t[8];

	for (int i = 0; i < n; i++)
		EQ(pthread_create(&t[i], NULL, accept_thread, &l), 0);
	for (int i = 0; i < n; i++)
		OK(do_connect(csock(0), loop_addr(port_of(l))));
	for (int i = 0; i < n; i++) {
		void *res;

		EQ(pthread_join(t[i], &res), 0);
		CHECK((long)res > 0 && (long)res < 1024);
		EQ(seen[(long)res]++, 0);
	}
}

TEST(accept_inherits_options, V46, "linux-surface 5: options of the listener reach the child")
{
	struct linger linger = { .l_onoff = 1, .l_linger = 7 }, got;
	socklen_t len = sizeof(got);
	int l = bound(any_addr(0), false), c = csock(0), s;

	set_int(l, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(l, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(l, SOL_SOCKET, SO_RCVBUF, 20000);
	OK(setsockopt(l, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	OK(listen(l, 1));
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	EQ(get_int(s, SOL_SOCKET, SO_KEEPALIVE), 1);
	EQ(get_int(s, IPPROTO_TCP, TCP_NODELAY), 1);
	EQ(get_int(s, SOL_SOCKET, SO_RCVBUF), 40000);
	OK(getsockopt(s, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 1);
	EQ(got.l_linger, 7);
	EQ(get_int(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
}
