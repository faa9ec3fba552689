// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes along with text: flags of the calls, control messages, offsets, and buffers that
 * are not there or very long. Run by st.c.
 */
/* The kernel's, of which libc's has the beginning only; there is no having both. */
#include <linux/tcp.h>
#define _NETINET_TCP_H	1
#include "st.h"

#include <linux/sockios.h>
#include <linux/net_tstamp.h>
#include <stddef.h>
#include <sys/uio.h>

#ifndef SCM_TXTIME
#define SCM_TXTIME 61
#endif
#define MSG_PROBE_FLAG 0x10

static void expect_peek(int fd, const char *text, int flags)
{
	size_t len = strlen(text);
	char got[64] = "";

	EQ(recv(fd, got, len, MSG_PEEK | flags), len);
	if (strcmp(got, text))
		FAIL("peeked at '%s', not '%s'", got, text);
}

/* The kernel's TCP has the option since 6.9. */
static bool set_peek_off(int fd, int value)
{
	if (!setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &value, sizeof(value)))
		return true;
	if (st_family != ST_INET || errno != EOPNOTSUPP)
		FAIL("SO_PEEK_OFF: %s", st_errname(errno));
	return false;
}

TEST(msg_peek_off, V46D, "linux-surface 5 SO_PEEK_OFF: MSG_PEEK moves on, reading moves back")
{
	struct pair p = connect_pair();
	char got[8];

	EQ(get_int(p.s, SOL_SOCKET, SO_PEEK_OFF), -1);
	if (!set_peek_off(p.s, 0))
		return;
	send_all(p.c, "abcdefgh", 8);
	wait_inq(p.s, 8);
	expect_peek(p.s, "ab", 0);
	expect_peek(p.s, "cd", 0);
	EQ(get_int(p.s, SOL_SOCKET, SO_PEEK_OFF), 4);
	expect_bytes(p.s, "abc");
	EQ(get_int(p.s, SOL_SOCKET, SO_PEEK_OFF), 1);
	expect_peek(p.s, "ef", 0);
	expect_bytes(p.s, "def");
	expect_peek(p.s, "gh", 0);
	/* Beyond what there is. */
	ERR(recv(p.s, got, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	expect_bytes(p.s, "gh");
	EQ(get_int(p.s, SOL_SOCKET, SO_PEEK_OFF), 0);
}

TEST(msg_peek_off_waits, V46, "linux-surface 5 SO_PEEK_OFF: waits for the byte that it is at")
{
	struct pair p = connect_pair();

	if (!set_peek_off(p.s, 3))
		return;
	send_all(p.c, "abc", 3);
	wait_inq(p.s, 3);
	if (!fork()) {
		close(p.s);
		expect_bytes(p.c, "go");
		send_all(p.c, "def", 3);
		_exit(0);
	}
	send_all(p.s, "go", 2);
	expect_peek(p.s, "def", MSG_WAITALL);
	set_peek_off(p.s, -1);
	expect_peek(p.s, "abcdef", 0);
	expect_bytes(p.s, "abcdef");
}

TEST(msg_peek_waitall, V46, "linux-surface 6 PEEK with WAITALL: until full, and nothing is taken")
{
	struct pair p = connect_pair();

	if (!fork()) {
		close(p.s);
		for (int i = 0; i < 8; i++)
			send_all(p.c, "01234567" + i, 1);
		_exit(0);
	}
	close(p.c);
	expect_peek(p.s, "01234567", MSG_WAITALL);
	EQ(inq(p.s), 8);
	expect_bytes(p.s, "01234567");
}

TEST(msg_peek_trunc, V46, "linux-surface 6 PEEK with TRUNC: counts, takes and copies nothing")
{
	struct pair p = connect_pair();

	send_all(p.c, "abcdef", 6);
	wait_inq(p.s, 6);
	EQ(recv(p.s, NULL, 4, MSG_PEEK | MSG_TRUNC), 4);
	EQ(recv(p.s, NULL, 3, MSG_TRUNC), 3);
	expect_bytes(p.s, "def");
}

/* Segments for two writes, of a user who has more to write, with the end of it. */
static unsigned int segments_of_two(int flags)
{
	struct pair p = connect_pair();
	struct iovec iov[2] = { { "ab", 2 }, { "cd", 2 } };
	struct mmsghdr mm[2] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 1 } },
	};
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	EQ(sendmmsg(p.c, mm, 2, MSG_MORE | flags), 2);
	OK(shutdown(p.c, SHUT_WR));
	expect_bytes(p.s, "abcd");
	expect_eof(p.s);
	OK(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_data_segs_out - info.tcpi_total_retrans;
}

TEST(msg_eor, V46, "linux-surface 6 EOR: no coalescing across")
{
	EQ(segments_of_two(0), 1);
	EQ(segments_of_two(MSG_EOR), 2);
}

TEST(msg_ignored_flags, V46, "linux-surface 6 DONTROUTE, CONFIRM, PROBE, CMSG_CLOEXEC: ignored")
{
	struct pair p = connect_pair();
	char got[8];

	EQ(send(p.c, "a", 1, MSG_PROBE_FLAG), 1);
	EQ(send(p.c, "b", 1, MSG_CONFIRM | MSG_DONTROUTE), 1);
	EQ(send(p.c, "c", 1, MSG_CMSG_CLOEXEC), 1);
	wait_inq(p.s, 3);
	EQ(recv(p.s, got, 2, MSG_CMSG_CLOEXEC), 2);
	EQ(recv(p.s, got, 2, MSG_CONFIRM | MSG_NOSIGNAL), 1);
}

/* send() of one byte with a control message of len bytes of data, which says cmsg_len. */
static ssize_t send_control(int fd, int level, int type, const void *data, size_t len,
			    size_t cmsg_len)
{
	union {
		struct cmsghdr align;
		char bytes[64];
	} u = { };
	struct iovec iov = { "x", 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = u.bytes, .msg_controllen = CMSG_SPACE(len),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = cmsg_len;
	memcpy(CMSG_DATA(c), data, len);
	return sendmsg(fd, &m, 0);
}

TEST(msg_control_sent, V46D, "linux-surface 6: control messages of sendmsg(), EINVAL if malformed")
{
	struct pair p = connect_pair();
	uint32_t mark = 7;
	uint64_t at = 1;

	EQ(send_control(p.c, SOL_SOCKET, SO_MARK, &mark, 4, CMSG_LEN(4)), 1);
	ERR(send_control(p.c, SOL_SOCKET, SO_MARK, &at, 8, CMSG_LEN(8)), EINVAL);
	ERR(send_control(p.c, SOL_SOCKET, SO_MARK, &mark, 4, 1), EINVAL);
	ERR(send_control(p.c, SOL_SOCKET, SO_MARK, &mark, 4, 100), EINVAL);
	ERR(send_control(p.c, SOL_SOCKET, SO_RCVBUF, &mark, 4, CMSG_LEN(4)), EINVAL);
	ERR(send_control(p.c, SOL_SOCKET, SCM_TXTIME, &at, 8, CMSG_LEN(8)), EINVAL);
	mark = SOF_TIMESTAMPING_RX_SOFTWARE;
	ERR(send_control(p.c, SOL_SOCKET, SO_TIMESTAMPING, &mark, 4, CMSG_LEN(4)), EINVAL);
	/* Of other levels a stream takes no notice. */
	EQ(send_control(p.c, IPPROTO_IP, IP_TTL, &mark, 4, CMSG_LEN(4)), 1);
	expect_bytes(p.s, "xx");
	round_trip(p.c, p.s);
}

TEST(msg_no_positions, V46, "linux-surface 8: pread(), pwrite() and lseek() give ESPIPE")
{
	struct pair p = connect_pair();
	char b;
	struct iovec iov = { &b, 1 };

	ERR(pread(p.c, &b, 1, 0), ESPIPE);
	ERR(pwrite(p.c, "x", 1, 0), ESPIPE);
	ERR(preadv(p.c, &iov, 1, 0), ESPIPE);
	ERR(pwritev(p.c, &iov, 1, 0), ESPIPE);
	ERR(lseek(p.c, 0, SEEK_CUR), ESPIPE);
	send_all(p.s, "y", 1);
	wait_inq(p.c, 1);
	EQ(preadv2(p.c, &iov, 1, -1, 0), 1);
	EQ(b, 'y');
	EQ(preadv2(p.c, &iov, 1, -1, RWF_NOWAIT), -1);
	CHECK(errno == EAGAIN || errno == EOPNOTSUPP);	/* the sockets of 6.1 know no RWF_NOWAIT */
}

TEST(msg_bad_pointer, V46, "linux-surface 8: EFAULT, or what was good before it counts")
{
	struct pair p = connect_pair();
	char got[4] = "";
	struct iovec out[2] = { { "good", 4 }, { (void *)16, 4 } };
	struct iovec in[2] = { { got, 2 }, { (void *)16, 2 } };
	struct mmsghdr mm[2] = {
		{ .msg_hdr = { .msg_iov = out, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = out + 1, .msg_iovlen = 1 } },
	};

	ERR(writev(p.c, out, 2), EFAULT);
	ERR(writev(p.c, out + 1, 1), EFAULT);
	EQ(sendmmsg(p.c, mm, 2, 0), 1);
	expect_bytes(p.s, "good");
	send_all(p.c, "kept", 4);
	wait_inq(p.s, 4);
	ERR(readv(p.s, in, 2), EFAULT);
	EQ(inq(p.s), 4);
	expect_bytes(p.s, "kept");
	ERR(sendmsg(p.c, (void *)16, 0), EFAULT);
	ERR(recvmsg(p.c, (void *)16, 0), EFAULT);
}

TEST(msg_very_long, V46, "linux-surface 8: lengths beyond all buffers")
{
	static char got[8];		/* not near the end of the addresses */
	struct pair p = connect_pair();
	struct iovec iov = { got, -1 };

	send_all(p.c, "abc", 3);
	wait_inq(p.s, 3);
	EQ(recv(p.s, got, 1UL << 40, 0), 3);
	ERR(readv(p.s, &iov, 1), EINVAL);
	/* Both ends of it are in the user's half of the addresses, but not all between. */
	nonblock(p.c);
	ERR(send(p.c, (void *)16, 1UL << 40, 0), EFAULT);
	round_trip(p.c, p.s);
}

TEST(msg_many, V46, "mission S1.3b: recvmmsg() with MSG_WAITFORONE, and with a time limit")
{
	struct pair p = connect_pair();
	struct timespec limit = { .tv_nsec = 20000000 };
	char a[2], b[2], c[2];
	struct iovec iov[3] = { { a, 2 }, { b, 2 }, { c, 2 } };
	struct mmsghdr mm[3] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 2, .msg_iovlen = 1 } },
	};

	send_all(p.c, "abcd", 4);
	wait_inq(p.s, 4);
	EQ(recvmmsg(p.s, mm, 3, MSG_WAITFORONE, NULL), 2);
	EQ(mm[1].msg_len, 2);
	send_all(p.c, "ef", 2);
	wait_inq(p.s, 2);
	EQ(recvmmsg(p.s, mm, 3, MSG_DONTWAIT, &limit), 1);
	EQ(memcmp(a, "ef", 2), 0);
}

TEST(msg_nothing, V46, "linux-surface 8: no bytes and no buffers")
{
	struct pair p = connect_pair();
	struct msghdr m = { };

	EQ(sendmsg(p.c, &m, 0), 0);
	EQ(sendmsg(p.c, &m, MSG_EOR), 0);
	EQ(recvmsg(p.c, &m, 0), 0);
	EQ(writev(p.c, NULL, 0), 0);
	EQ(readv(p.c, NULL, 0), 0);
	round_trip(p.c, p.s);
}
