// SPDX-License-Identifier: GPL-2.0-only
/*
 * recv(), read(), recvmsg() and friends: errno by state, blocking, flags, timeouts, signals,
 * and the two queue lengths. Run by st.c.
 */
#include "st.h"

#include <linux/sockios.h>
#include <sys/uio.h>

static char byte;

TEST(recv_not_connected, V46, "linux-surface 8 recv: never connected, LISTEN ENOTCONN")
{
	ERR(recv(csock(0), &byte, 1, 0), ENOTCONN);
	ERR(read(listener(1), &byte, 1), ENOTCONN);
	ERR(recv(csock(0), &byte, 1, MSG_DONTWAIT), ENOTCONN);
}

TEST(recv_connecting, V46, "linux-surface 8 recv: SYN-SENT blocks/EAGAIN")
{
	struct timeval tv = { .tv_usec = 20000 };
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	ERR(recv(fd, &byte, 1, 0), EAGAIN);
	OK(fcntl(fd, F_SETFL, 0));
	OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	ERR(recv(fd, &byte, 1, 0), EAGAIN);
	EQ(inq(fd), 0);
	close(tun);
}

TEST(recv_empty, V46, "linux-surface 6 MSG_DONTWAIT: EAGAIN; 5 SO_RCVTIMEO EAGAIN")
{
	struct timeval tv = { .tv_usec = 20000 };
	struct pair p = connect_pair();

	ERR(recv(p.c, &byte, 1, MSG_DONTWAIT), EAGAIN);
	OK(setsockopt(p.c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	ERR(recv(p.c, &byte, 1, 0), EAGAIN);
	nonblock(p.c);
	ERR(read(p.c, &byte, 1), EAGAIN);
}

TEST(recv_fin_for_ever, V46D, "linux-surface 8 recv: FIN 0 for ever; mission S4.1b S4.4a")
{
	struct pair p = connect_pair();

	send_all(p.c, "last", 4);
	close(p.c);
	expect_bytes(p.s, "last");
	for (int i = 0; i < 3; i++)
		expect_eof(p.s);
}

TEST(recv_reset, V46D, "linux-surface 8 recv: ECONNRESET once, then 0")
{
	struct pair p = connect_pair();

	reset_by(p.c);
	wait_for(p.s, POLLHUP);
	ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	EQ(recv(p.s, &byte, 1, 0), 0);
	EQ(recv(p.s, &byte, 1, 0), 0);
}

TEST(recv_data_before_reset, V46D, "linux-surface 8 recv: queued data, then ECONNRESET, then 0")
{
	struct pair p = connect_pair();

	send_all(p.c, "kept", 4);
	wait_for(p.s, POLLIN);
	reset_by(p.c);
	wait_for(p.s, POLLHUP);
	expect_bytes(p.s, "kept");
	ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	EQ(recv(p.s, &byte, 1, 0), 0);
}

TEST(recv_reset_in_close_wait, V46, "linux-surface 8 recv: RST in CLOSE-WAIT after EOF: 0")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	reset_by(p.c);
	wait_for(p.s, POLLHUP);
	EQ(recv(p.s, &byte, 1, 0), 0);
	EQ(so_error(p.s), EPIPE);
}

TEST(recv_after_shutdown_read, V46D, "linux-surface 8 recv: shutdown(RD) 0, later data is readable")
{
	struct pair p = connect_pair();

	OK(shutdown(p.s, SHUT_RD));
	EQ(recv(p.s, &byte, 1, 0), 0);
	send_all(p.c, "still", 5);
	wait_inq(p.s, 5);
	expect_bytes(p.s, "still");
	EQ(recv(p.s, &byte, 1, 0), 0);
}

TEST(recv_zero_length, V46, "linux-surface 8 recv: len 0 returns 0")
{
	struct pair p = connect_pair();

	send_all(p.s, "x", 1);
	wait_for(p.c, POLLIN);
	EQ(recv(p.c, &byte, 0, 0), 0);
	EQ(recv(p.c, &byte, 0, MSG_PEEK), 0);
	expect_bytes(p.c, "x");
	close(p.s);
	expect_eof(p.c);
	EQ(recv(p.c, &byte, 0, 0), 0);
}

TEST(recv_peek, V46, "linux-surface 6 MSG_PEEK: copy without consuming; at EOF 0")
{
	struct pair p = connect_pair();
	char got[8] = "";

	send_all(p.c, "abcdef", 6);
	wait_for(p.s, POLLIN);
	EQ(recv(p.s, got, 3, MSG_PEEK), 3);
	EQ(recv(p.s, got, sizeof(got), MSG_PEEK), 6);
	EQ(memcmp(got, "abcdef", 6), 0);
	EQ(inq(p.s), 6);
	expect_bytes(p.s, "abcdef");
	ERR(recv(p.s, got, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	EQ(recv(p.s, got, 1, MSG_PEEK), 0);
}

TEST(recv_waitall, V46, "linux-surface 6 MSG_WAITALL: until full, or EOF")
{
	struct pair p = connect_pair();
	char got[8];

	if (!fork()) {
		close(p.s);
		for (int i = 0; i < 10; i++)
			send_all(p.c, "0123456789" + i, 1);
		_exit(0);
	}
	close(p.c);
	EQ(recv(p.s, got, 8, MSG_WAITALL), 8);
	EQ(memcmp(got, "01234567", 8), 0);
	EQ(recv(p.s, got, 8, MSG_WAITALL), 2);
	EQ(recv(p.s, got, 8, MSG_WAITALL), 0);
}

TEST(recv_waitall_signal, V46, "linux-surface 6 MSG_WAITALL: until a signal, partial count")
{
	struct pair p = connect_pair();
	char got[8];

	send_all(p.c, "abc", 3);
	catch_signal(SIGALRM, 0);
	wait_for(p.s, POLLIN);
	alarm_every_ms(10);
	EQ(recv(p.s, got, 8, MSG_WAITALL), 3);
	alarm_every_ms(0);
}

TEST(recv_waitall_timeout, V46, "linux-surface 5 SO_RCVTIMEO with MSG_WAITALL: partial count")
{
	struct timeval tv = { .tv_usec = 20000 };
	struct pair p = connect_pair();
	char got[8];

	OK(setsockopt(p.s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	send_all(p.c, "abc", 3);
	wait_for(p.s, POLLIN);
	EQ(recv(p.s, got, 8, MSG_WAITALL), 3);
}

TEST(recv_trunc, V46, "linux-surface 6 MSG_TRUNC: discard bytes, count returned")
{
	struct pair p = connect_pair();

	send_all(p.c, "abcdef", 6);
	wait_for(p.s, POLLIN);
	EQ(recv(p.s, NULL, 4, MSG_TRUNC), 4);
	expect_bytes(p.s, "ef");
}

TEST(recv_errqueue_empty, V46, "linux-surface 6 MSG_ERRQUEUE: EAGAIN if empty")
{
	struct pair p = connect_pair();

	send_all(p.c, "x", 1);
	wait_for(p.s, POLLIN);
	ERR(recv(p.s, &byte, 1, MSG_ERRQUEUE), EAGAIN);
	expect_bytes(p.s, "x");
}

TEST(recvmsg_name_is_empty, V46, "linux-surface 6: recvmsg name, msg_namelen = 0")
{
	struct pair p = connect_pair();
	struct addr a = { .len = 0 };
	char b[2], got[8];
	struct iovec iov[2] = { { b, 2 }, { got, 8 } };
	struct msghdr m = {
		.msg_name = &a.sa, .msg_namelen = sizeof(a.in6), .msg_iov = iov, .msg_iovlen = 2,
	};

	send_all(p.c, "abcde", 5);
	wait_for(p.s, POLLIN);
	EQ(recvmsg(p.s, &m, 0), 5);
	EQ(m.msg_namelen, 0);
	EQ(m.msg_flags, 0);
	EQ(memcmp(b, "ab", 2), 0);
	EQ(memcmp(got, "cde", 3), 0);
}

TEST(recvmmsg_and_readv, V46, "mission S1.3b: the read family")
{
	struct pair p = connect_pair();
	char a[2], b[2], c[4];
	struct iovec ia = { a, 2 }, ib = { b, 2 }, ic = { c, 4 };
	struct mmsghdr mm[2] = {
		{ .msg_hdr = { .msg_iov = &ia, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &ib, .msg_iovlen = 1 } },
	};

	send_all(p.c, "abcdef", 6);
	wait_for(p.s, POLLIN);
	EQ(recvmmsg(p.s, mm, 2, 0, NULL), 2);
	EQ(memcmp(b, "cd", 2), 0);
	EQ(readv(p.s, &ic, 1), 2);
	EQ(memcmp(c, "ef", 2), 0);
}

TEST(recv_bad_pointer, V46, "linux-surface 8: EFAULT loses nothing")
{
	struct pair p = connect_pair();

	send_all(p.c, "abc", 3);
	wait_for(p.s, POLLIN);
	ERR(recv(p.s, (void *)16, 3, 0), EFAULT);
	expect_bytes(p.s, "abc");
}

TEST(recv_interrupted, V46, "linux-surface 8: signals, EINTR without SA_RESTART")
{
	struct pair p = connect_pair();

	catch_signal(SIGALRM, 0);
	alarm_every_ms(10);
	ERR(recv(p.s, &byte, 1, 0), EINTR);
	ERR(accept(p.l, NULL, NULL), EINTR);
	alarm_every_ms(0);
}

static int restart_writer;

static void write_on_third(int signo)
{
	if (++st_signals == 3 && write(restart_writer, "r", 1) != 1)
		_exit(2);
}

TEST(recv_restarted, V46, "linux-surface 8: signals, SA_RESTART")
{
	struct sigaction sa = { .sa_handler = write_on_third, .sa_flags = SA_RESTART };
	struct pair p = connect_pair();

	restart_writer = p.c;
	OK(sigaction(SIGALRM, &sa, NULL));
	alarm_every_ms(10);
	EQ(recv(p.s, &byte, 1, 0), 1);
	alarm_every_ms(0);
	EQ(byte, 'r');
	CHECK(st_signals >= 3);
}

TEST(recv_timeout_never_restarts, V46, "linux-surface 8: with SO_RCVTIMEO EINTR despite SA_RESTART")
{
	struct timeval tv = { .tv_sec = 100 };
	struct pair p = connect_pair();

	OK(setsockopt(p.s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	catch_signal(SIGALRM, SA_RESTART);
	alarm_every_ms(10);
	ERR(recv(p.s, &byte, 1, 0), EINTR);
	alarm_every_ms(0);
}

static void *recv_thread(void *arg)
{
	return (void *)recv(*(int *)arg, &byte, 1, 0);
}

TEST(recv_wakes_on_shutdown, V46, "linux-surface 8 recv: shutdown(RD) meanwhile, 0")
{
	struct pair p = connect_pair();
	pthread_t t;
	void *res;

	EQ(pthread_create(&t, NULL, recv_thread, &p.s), 0);
	OK(shutdown(p.s, SHUT_RD));
	EQ(pthread_join(t, &res), 0);
	EQ((long)res, 0);
}

TEST(recv_reads_across_writes, V46D, "mission S1.3b: one read takes two writes, and reverse")
{
	struct pair p = connect_pair();
	char got[16];

	send_all(p.c, "ab", 2);
	send_all(p.c, "cd", 2);
	recv_all(p.s, got, 4);
	EQ(memcmp(got, "abcd", 4), 0);
	send_all(p.c, "efgh", 4);
	expect_bytes(p.s, "e");
	expect_bytes(p.s, "fgh");
}

TEST(queue_lengths, V46D, "linux-surface 6 SIOCINQ, SIOCOUTQ, SIOCOUTQNSD")
{
	struct pair p = connect_pair();
	int unsent = -1, total, queued;

	EQ(inq(p.s), 0);
	EQ(outq(p.c), 0);
	send_all(p.c, "12345", 5);
	wait_for(p.s, POLLIN);
	EQ(inq(p.s), 5);
	expect_bytes(p.s, "12");
	EQ(inq(p.s), 3);
	expect_bytes(p.s, "345");
	round_trip(p.s, p.c);		/* carries the acknowledgment */
	round_trip(p.s, p.c);
	EQ(outq(p.c) + outq(p.s) <= 1, 1);
	total = fill(p.c);
	queued = outq(p.c);
	if (queued <= 0 || queued > total + 1)	/* 1: the last round trip's, maybe */
		FAIL("%d bytes written to a peer that does not read, SIOCOUTQ %d", total, queued);
	OK(ioctl(p.c, SIOCOUTQNSD, &unsent));
	CHECK(unsent >= 0 && unsent <= outq(p.c));
	/* FIN is not counted by the reader. */
	drain(p.s, total);
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	EQ(inq(p.s), 0);
}

TEST(queue_lengths_listener, V46, "linux-surface 6: LISTEN EINVAL; SIOCATMARK ok")
{
	int l = listener(1), n;

	ERR(ioctl(l, SIOCINQ, &n), EINVAL);
	ERR(ioctl(l, SIOCOUTQ, &n), EINVAL);
	ERR(ioctl(l, SIOCOUTQNSD, &n), EINVAL);
	OK(ioctl(l, SIOCATMARK, &n));
}

TEST(fionbio, V46, "linux-surface 6 FIONBIO")
{
	struct pair p = connect_pair();
	int on = 1, off = 0;

	OK(ioctl(p.c, FIONBIO, &on));
	CHECK(OK(fcntl(p.c, F_GETFL)) & O_NONBLOCK);
	ERR(recv(p.c, &byte, 1, 0), EAGAIN);
	OK(ioctl(p.c, FIONBIO, &off));
	CHECK(!(OK(fcntl(p.c, F_GETFL)) & O_NONBLOCK));
}
