// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of IPPROTO_TCP that say how a program reads and writes: TCP_INQ, TCP_NOTSENT_LOWAT,
 * TCP_QUICKACK (when ACKs go is tested in kunit/delack_kunit.c). Run by st.c.
 */
#include "st.h"
#include <linux/sockios.h>
#include <linux/xtcp.h>

/* The number in the control message of TCP_INQ; -1: there is none. */
static int inq_of_read(int fd, size_t len, int flags)
{
	char text[64], control[64];
	struct iovec iov = { text, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;

	OK(recvmsg(fd, &msg, flags));
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg)
		return -1;
	EQ(cmsg->cmsg_level, SOL_TCP);
	EQ(cmsg->cmsg_type, TCP_CM_INQ);
	EQ(cmsg->cmsg_len, CMSG_LEN(sizeof(int)));
	return *(int *)CMSG_DATA(cmsg);
}

TEST(inq_tells_what_is_left, V46D, "linux-surface 4 INQ: bytes left in a control message")
{
	struct pair p = connect_pair();

	send_all(p.c, "0123456789", 10);
	wait_inq(p.s, 10);
	EQ(inq_of_read(p.s, 1, 0), -1);
	set_int(p.s, IPPROTO_TCP, TCP_INQ, 1);
	EQ(get_int(p.s, IPPROTO_TCP, TCP_INQ), 1);
	EQ(inq_of_read(p.s, 4, 0), 5);
	EQ(inq_of_read(p.s, 2, MSG_PEEK), 5);
	EQ(inq_of_read(p.s, 5, 0), 0);
	set_int(p.s, IPPROTO_TCP, TCP_INQ, 0);
	send_all(p.c, "a", 1);
	EQ(inq_of_read(p.s, 1, 0), -1);
	ERR(setsockopt(p.s, IPPROTO_TCP, TCP_INQ, &(int) { 2 }, 4), EINVAL);
	ERR(setsockopt(p.s, IPPROTO_TCP, TCP_INQ, &(int) { -1 }, 4), EINVAL);
}

/* At the end of the stream 1, so that who goes by it reads once more. */
TEST(inq_at_the_end, V46, "linux-surface 4 INQ: an end that is yet to be read counts")
{
	struct pair p = connect_pair();

	set_int(p.s, IPPROTO_TCP, TCP_INQ, 1);
	send_all(p.c, "0123", 4);
	OK(shutdown(p.c, SHUT_WR));
	wait_for(p.s, POLLRDHUP);
	EQ(inq_of_read(p.s, 4, 0), 1);
	EQ(inq_of_read(p.s, 4, 0), 1);
}

static int unsent(int fd)
{
	int n;

	OK(ioctl(fd, SIOCOUTQNSD, &n));
	return n;
}

#define LOWAT	10000

/* Writes small pieces until there is no room for one more. */
static void write_until_full(int fd)
{
	char piece[100] = "";

	nonblock(fd);
	while (send(fd, piece, sizeof(piece), 0) > 0)
		;
	EQ(errno, EAGAIN);
}

/* What goes beyond is the rest of a packet that had been begun, 64 KB at most. */
TEST(notsent_lowat, V46, "linux-surface 4 NOTSENT_LOWAT: text that waits to be sent is bounded")
{
	struct pair p = connect_pair();
	int n;

	EQ(get_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 0);
	set_int(p.c, SOL_SOCKET, SO_SNDBUF, 2000000);
	set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, LOWAT);
	EQ(get_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT), LOWAT);
	write_until_full(p.c);
	n = unsent(p.c);
	CHECK(n >= LOWAT && n < LOWAT + 65536);
	EXPECT_EVENTS(p.c, 0);
	/* The reader makes room: writable is who has less than half of it waiting. */
	while (!(events_now(p.c) & POLLOUT))
		drain(p.s, 1000);
	CHECK(unsent(p.c) < LOWAT / 2);
	write_until_full(p.c);
	set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0);
	EQ(send(p.c, "a", 1, 0), 1);
}

TEST(notsent_lowat_of_all, V46, "linux-surface 1 notsent_lowat: where the socket has none of its own")
{
	struct pair p = connect_pair();

	tcp_knob("notsent_lowat", "10000");
	set_int(p.c, SOL_SOCKET, SO_SNDBUF, 2000000);
	write_until_full(p.c);
	CHECK(unsent(p.c) >= LOWAT && unsent(p.c) < LOWAT + 65536);
	EQ(get_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT), 0);
	set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1000000);
	EXPECT_EVENTS(p.c, P_OUT);
	EQ(send(p.c, "a", 1, 0), 1);
}

struct reader {
	int fd;
	size_t bytes;
};

static void *reads(void *arg)
{
	struct reader *r = arg;

	drain(r->fd, r->bytes);
	return NULL;
}

TEST(notsent_lowat_blocks, V46, "linux-surface 4 NOTSENT_LOWAT: a blocking write waits, and goes on")
{
	struct pair p = connect_pair();
	/* A packet more than any that was begun. */
	struct reader r = { p.s, 100000 };
	char text[1000] = "";
	pthread_t reader;

	set_int(p.c, SOL_SOCKET, SO_SNDBUF, 2000000);
	set_int(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, LOWAT);
	for (; unsent(p.c) < LOWAT; r.bytes += sizeof(text))
		send_all(p.c, text, sizeof(text));
	EQ(pthread_create(&reader, NULL, reads, &r), 0);
	for (int i = 0; i < 100; i++)
		send_all(p.c, text, sizeof(text));
	EQ(pthread_join(reader, NULL), 0);
}

TEST(quickack, V46, "linux-surface 4 QUICKACK: 1 unless ACKs wait for text")
{
	struct pair p = connect_pair();

	EQ(get_int(p.s, IPPROTO_TCP, TCP_QUICKACK), 1);
	set_int(p.s, IPPROTO_TCP, TCP_QUICKACK, 0);
	EQ(get_int(p.s, IPPROTO_TCP, TCP_QUICKACK), 0);
	set_int(p.s, IPPROTO_TCP, TCP_QUICKACK, 1);
	EQ(get_int(p.s, IPPROTO_TCP, TCP_QUICKACK), 1);
	/* Even numbers mean the ACK that waits. */
	set_int(p.s, IPPROTO_TCP, TCP_QUICKACK, 0);
	set_int(p.s, IPPROTO_TCP, TCP_QUICKACK, 2);
	EQ(get_int(p.s, IPPROTO_TCP, TCP_QUICKACK), 1);
	round_trip(p.c, p.s);
}

TEST(thin_dupack, V46, "linux-surface 4 THIN_DUPACK: taken and ignored")
{
	int fd = csock(0);

	set_int(fd, IPPROTO_TCP, TCP_THIN_DUPACK, 1);
	EQ(get_int(fd, IPPROTO_TCP, TCP_THIN_DUPACK), 0);
}

TEST(is_mptcp, V46, "linux-surface 4 IS_MPTCP: 0, and cannot be set")
{
	int fd = csock(0);

	EQ(get_int(fd, IPPROTO_TCP, TCP_IS_MPTCP), 0);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_IS_MPTCP, &(int) { 1 }, 4), ENOPROTOOPT);
}
