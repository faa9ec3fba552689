// SPDX-License-Identifier: GPL-2.0-only
/*
 * send(), write(), sendmsg() and friends: errno and SIGPIPE by state, blocking, flags.
 * Run by st.c.
 */
#include "st.h"

#include <linux/sockios.h>
#include <sys/uio.h>

/* One send() of one byte with SIGPIPE caught: what it gave and whether the signal came. */
static void expect_send(int fd, int flags, int want_errno, int want_signals)
{
	st_signals = 0;
	ERR(send(fd, "x", 1, flags), want_errno);
	EQ(st_signals, want_signals);
}

TEST(send_never_connected, V46, "linux-surface 8 send: CLOSE never connected EPIPE+SIGPIPE")
{
	int fd = csock(0);

	catch_signal(SIGPIPE, 0);
	expect_send(fd, 0, EPIPE, 1);
	expect_send(fd, MSG_NOSIGNAL, EPIPE, 0);
	st_signals = 0;
	ERR(write(fd, "x", 1), EPIPE);
	EQ(st_signals, 1);
}

TEST(send_listening, V46, "linux-surface 8 send: LISTEN EPIPE+SIGPIPE")
{
	int l = listener(1);

	catch_signal(SIGPIPE, 0);
	expect_send(l, 0, EPIPE, 1);
	expect_send(l, MSG_NOSIGNAL, EPIPE, 0);
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

TEST(send_connecting, V46, "linux-surface 8 send: SYN-SENT EAGAIN")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	catch_signal(SIGPIPE, 0);
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	expect_send(fd, 0, EAGAIN, 0);
	close(tun);
}

TEST(send_connecting_timeout, V46, "linux-surface 8 send: SYN-SENT blocks; 5 SO_SNDTIMEO EAGAIN")
{
	struct timeval tv = { .tv_usec = 20000 };
	int tun = tun_open(), fd = csock(0);

	OK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	ERR(send(fd, "x", 1, MSG_NOSIGNAL), EAGAIN);
	close(tun);
}

TEST(send_blocks_until_connected, V46, "linux-surface 8 send: SYN-SENT blocks until connected")
{
	int l = listener(0), fd = csock(SOCK_NONBLOCK);
	struct addr a = loop_addr(port_of(l));

	OK(do_connect(csock(0), a));	/* fills the queue */
	ERR(do_connect(fd, a), EINPROGRESS);
	EQ(events_now(fd), 0);
	OK(fcntl(fd, F_SETFL, 0));
	if (!fork()) {			/* makes room, which completes the connection */
		close(fd);
		OK(accept(l, NULL, NULL));
		expect_bytes(OK(accept(l, NULL, NULL)), "hello");
		_exit(0);
	}
	send_all(fd, "hello", 5);
	expect_eof(fd);
}

TEST(send_after_shutdown, V46D, "linux-surface 8 send: after shutdown(WR) EPIPE+SIGPIPE")
{
	struct pair p = connect_pair();

	catch_signal(SIGPIPE, 0);
	OK(shutdown(p.c, SHUT_WR));
	expect_send(p.c, 0, EPIPE, 1);
	expect_send(p.c, MSG_NOSIGNAL, EPIPE, 0);
	EQ(send(p.c, "", 0, MSG_NOSIGNAL), -1);
	EQ(errno, EPIPE);
}

TEST(send_in_close_wait, V46D, "linux-surface 8 send: CLOSE-WAIT ok; mission S3.2a")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	send_all(p.s, "after", 5);
	expect_bytes(p.c, "after");
}

TEST(send_after_reset, V46D, "linux-surface 8 send: after RST ECONNRESET, no SIGPIPE, then EPIPE")
{
	struct pair p = connect_pair();

	catch_signal(SIGPIPE, 0);
	reset_by(p.s);
	wait_for(p.c, POLLHUP);
	expect_send(p.c, 0, ECONNRESET, 0);
	expect_send(p.c, 0, EPIPE, 1);
	expect_send(p.c, MSG_NOSIGNAL, EPIPE, 0);
}

TEST(send_after_reset_in_close_wait, V46, "linux-surface 8: RST in CLOSE-WAIT is EPIPE")
{
	struct pair p = connect_pair();

	catch_signal(SIGPIPE, 0);
	OK(shutdown(p.s, SHUT_WR));
	expect_eof(p.c);
	reset_by(p.s);
	wait_for(p.c, POLLHUP);
	expect_send(p.c, 0, EPIPE, 1);
	expect_send(p.c, 0, EPIPE, 1);
}

TEST(send_to_closed_peer, V46D, "mission S3.2a: data after the peer's close() draws a RST")
{
	struct pair p = connect_pair();

	close(p.s);
	wait_for(p.c, POLLRDHUP);
	send_all(p.c, "x", 1);
	wait_for(p.c, POLLHUP);
	EQ(so_error(p.c), EPIPE);
}

TEST(send_full_nonblocking, V46, "linux-surface 6 MSG_DONTWAIT: EAGAIN when full, partial counts")
{
	struct pair p = connect_pair();
	size_t n = fill(p.c);

	CHECK(n > 0);
	expect_send(p.c, MSG_DONTWAIT, EAGAIN, 0);
	nonblock(p.c);
	expect_send(p.c, 0, EAGAIN, 0);
	drain(p.s, n);
	wait_for(p.c, POLLOUT);
	send_all(p.c, "end", 3);
	expect_bytes(p.s, "end");
}

TEST(send_timeout, V46, "linux-surface 5 SO_SNDTIMEO: send EAGAIN")
{
	struct timeval tv = { .tv_usec = 20000 };
	struct pair p = connect_pair();

	OK(setsockopt(p.c, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	fill(p.c);
	ERR(send(p.c, "x", 1, 0), EAGAIN);
}

TEST(send_blocks_for_space, V46, "linux-surface 8 send: a blocking send takes everything")
{
	enum { SIZE = 8 << 20 };
	struct pair p = connect_pair();
	char *data = calloc(1, SIZE);
	pid_t pid = fork();

	if (!pid) {
		close(p.c);
		drain(p.s, SIZE);
		expect_eof(p.s);
		_exit(0);
	}
	close(p.s);
	EQ(send(p.c, data, SIZE, 0), SIZE);
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.c);
}

TEST(send_interrupted, V46, "linux-surface 8: signals, EINTR without SA_RESTART")
{
	struct pair p = connect_pair();

	fill(p.c);
	catch_signal(SIGALRM, 0);
	alarm_every_ms(10);
	ERR(send(p.c, "x", 1, 0), EINTR);
	alarm_every_ms(0);
}

TEST(send_vectors, V46D, "mission S1.3b: write boundaries are not kept; writev, sendmsg, sendmmsg")
{
	struct pair p = connect_pair();
	struct iovec iov[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	struct mmsghdr mm[2] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 3 } },
	};

	EQ(writev(p.c, iov, 3), 5);
	EQ(sendmsg(p.c, &mm[1].msg_hdr, 0), 5);
	EQ(sendmmsg(p.c, mm, 2, 0), 2);
	EQ(mm[0].msg_len, 2);
	EQ(mm[1].msg_len, 5);
	expect_bytes(p.s, "abcdeabcdeababcde");
}

TEST(send_zero_bytes, V46, "linux-surface 8 send: no data, no effect")
{
	struct pair p = connect_pair();

	EQ(send(p.c, "", 0, 0), 0);
	EQ(write(p.c, "", 0), 0);
	round_trip(p.c, p.s);
	EQ(inq(p.s), 0);
}

TEST(send_address_ignored, V46, "linux-surface 6: the address of a connected sendto() is ignored")
{
	struct pair p = connect_pair();
	struct addr a = loop_addr(1);

	EQ(sendto(p.c, "x", 1, 0, &a.sa, a.len), 1);
	expect_bytes(p.s, "x");
}

TEST(send_bad_pointer, V46, "linux-surface 8: EFAULT, and the connection goes on")
{
	struct pair p = connect_pair();

	ERR(send(p.c, (void *)16, 10, 0), EFAULT);
	round_trip(p.c, p.s);
}

TEST(send_more, V46, "linux-surface 6 MSG_MORE: held until the next send")
{
	struct pair p = connect_pair();
	int unsent = -1;

	EQ(send(p.c, "one ", 4, MSG_MORE), 4);
	OK(ioctl(p.c, SIOCOUTQNSD, &unsent));
	EQ(unsent, 4);
	EQ(send(p.c, "two", 3, 0), 3);
	expect_bytes(p.s, "one two");
	/* And a FIN pushes what is held. */
	EQ(send(p.c, "three", 5, MSG_MORE), 5);
	OK(shutdown(p.c, SHUT_WR));
	expect_bytes(p.s, "three");
	expect_eof(p.s);
}

TEST(send_other_flags, V46, "linux-surface 6: EOR, DONTROUTE, CONFIRM change nothing here")
{
	struct pair p = connect_pair();

	EQ(send(p.c, "a", 1, MSG_EOR), 1);
	EQ(send(p.c, "b", 1, MSG_CONFIRM), 1);
	EQ(send(p.c, "c", 1, MSG_DONTROUTE), 1);
	expect_bytes(p.s, "abc");
}
