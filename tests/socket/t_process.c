// SPDX-License-Identifier: GPL-2.0-only
/*
 * A socket in several hands: dup(), fork(), descriptors passed over a UNIX socket, threads.
 * The last close() is the one that acts. Run by st.c.
 */
#include "st.h"

static char byte;

TEST(dup_last_close_acts, V46, "linux-surface 8 dup: last close acts")
{
	struct pair p = connect_pair();
	int copy = OK(dup(p.c));

	close(p.c);
	round_trip(copy, p.s);
	EXPECT_EVENTS(p.s, P_OUT);
	close(copy);
	expect_eof(p.s);
}

TEST(dup_shares_flags, V46, "linux-surface 8 dup: one open file")
{
	struct pair p = connect_pair();
	int copy = OK(dup(p.c));

	nonblock(copy);
	ERR(recv(p.c, &byte, 1, 0), EAGAIN);
	OK(shutdown(copy, SHUT_WR));
	expect_eof(p.s);
	ERR(send(p.c, "x", 1, MSG_NOSIGNAL), EPIPE);
}

TEST(fork_last_close_acts, V46, "linux-surface 8 fork: last close acts")
{
	struct pair p = connect_pair();
	pid_t pid = fork();
	int status;

	if (!pid) {
		close(p.s);
		expect_bytes(p.c, "go");
		send_all(p.c, "child", 5);
		_exit(0);
	}
	close(p.c);
	send_all(p.s, ">", 0);
	EXPECT_EVENTS(p.s, P_OUT);	/* the child holds it */
	send_all(p.s, "go", 2);
	expect_bytes(p.s, "child");
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	expect_eof(p.s);
}

TEST(fork_listener, V46, "linux-surface 8 fork: a listener shared by processes")
{
	int l = listener(8), c[3];

	for (int i = 0; i < 3; i++) {
		if (!fork()) {
			int s = OK(accept(l, NULL, NULL));

			send_all(s, "served", 6);
			_exit(0);
		}
	}
	for (int i = 0; i < 3; i++) {
		c[i] = csock(0);
		OK(do_connect(c[i], loop_addr(port_of(l))));
	}
	for (int i = 0; i < 3; i++) {
		expect_bytes(c[i], "served");
		expect_eof(c[i]);
	}
}

static void pass_fd(int via, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { "f", 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	EQ(sendmsg(via, &m, 0), 1);
}

static int take_fd(int via)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	EQ(recvmsg(via, &m, 0), 1);
	CHECK(CMSG_FIRSTHDR(&m));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

TEST(scm_rights, V46, "linux-surface 8 SCM_RIGHTS: last close acts, also in flight")
{
	struct pair p = connect_pair();
	int u[2], fd;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, u));
	pass_fd(u[0], p.c);
	close(p.c);
	EXPECT_EVENTS(p.s, P_OUT);
	fd = take_fd(u[1]);
	round_trip(fd, p.s);
	/* Never received: the last reference goes with the UNIX socket. */
	pass_fd(u[0], fd);
	close(fd);
	EXPECT_EVENTS(p.s, P_OUT);
	close(u[0]);
	close(u[1]);
	wait_for(p.s, POLLRDHUP);
}

TEST(scm_rights_to_process, V46, "linux-surface 8 SCM_RIGHTS: a connection served elsewhere")
{
	int l = listener(1), c = csock(0), u[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, u));
	if (!fork()) {
		int s = take_fd(u[1]);

		expect_bytes(s, "ping");
		send_all(s, "pong", 4);
		_exit(0);
	}
	OK(do_connect(c, loop_addr(port_of(l))));
	int s = OK(accept(l, NULL, NULL));

	pass_fd(u[0], s);
	close(s);
	send_all(c, "ping", 4);
	expect_bytes(c, "pong");
	expect_eof(c);
}

TEST(namespace_outlived, V46, "architecture 9: a socket outlives its namespace's maker")
{
	struct pair p = connect_pair();

	new_netns();		/* only the sockets hold the old one now */
	round_trip(p.c, p.s);
	close(p.c);
	expect_eof(p.s);
}

struct hammer {
	int fd;
	size_t total;
};

static void *send_thread(void *arg)
{
	struct hammer *h = arg;
	char block[1000] = "";

	for (size_t done = 0; done < h->total; done += sizeof(block))
		if (send(h->fd, block, sizeof(block), 0) != sizeof(block))
			return (void *)1;
	return NULL;
}

TEST(threads_send_on_one_socket, V46, "mission S4.1c: concurrent writers lose nothing")
{
	struct pair p = connect_pair();
	struct hammer h = { p.c, small_run() ? 100000 : 1000000 };
	pthread_t t[4];
	void *res;

	for (int i = 0; i < 4; i++)
		EQ(pthread_create(&t[i], NULL, send_thread, &h), 0);
	drain(p.s, 4 * h.total);
	for (int i = 0; i < 4; i++) {
		EQ(pthread_join(t[i], &res), 0);
		CHECK(!res);
	}
	ERR(recv(p.s, &byte, 1, MSG_DONTWAIT), EAGAIN);
}

static void *close_thread(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

TEST(threads_close_and_accept, V46, "linux-surface 8: close() of a listener while clients connect")
{
	int rounds = small_run() ? 20 : 100;

	for (int i = 0; i < rounds; i++) {
		int l = listener(4), port = port_of(l), c = csock(0);
		pthread_t t;

		EQ(pthread_create(&t, NULL, close_thread, &l), 0);
		if (do_connect(c, loop_addr(port)) < 0)
			CHECK(errno == ECONNREFUSED || errno == ECONNRESET);
		EQ(pthread_join(t, NULL), 0);
		close(c);
	}
}
