// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent data: MSG_OOB, the mark, SO_OOBINLINE, SIGURG and POLLPRI (RFC 6093, rfc9293 MUST-30
 * to MUST-33). The kernel's TCP passes them too. Run by st.c.
 */
#include "st.h"

static void send_oob(int fd, const char *text)
{
	EQ(send(fd, text, strlen(text), MSG_OOB), strlen(text));
}

static void recv_is(int fd, int flags, const char *want)
{
	char buf[64] = "";

	EQ(recv(fd, buf, sizeof(buf) - 1, flags), strlen(want));
	if (strcmp(buf, want))
		FAIL("read '%s', not '%s'", buf, want);
}

static struct pair urgent_pair(const char *before, const char *urgent, const char *after)
{
	struct pair p = connect_pair();

	send_all(p.c, before, strlen(before));
	send_oob(p.c, urgent);
	send_all(p.c, after, strlen(after));
	wait_for(p.s, POLLPRI);
	return p;
}

TEST(urgent_apart, V46, "linux-surface OOB: the last byte is urgent, reads stop at the mark")
{
	struct pair p = urgent_pair("ab", "cd", "ef");
	char c = 0;

	EQ(inq(p.s), 3);
	EQ(sockatmark(p.s), 0);
	recv_is(p.s, 0, "abc");
	EQ(sockatmark(p.s), 1);
	EQ(inq(p.s), 0);
	EQ(recv(p.s, &c, 1, MSG_OOB | MSG_PEEK), 1);
	EQ(c, 'd');
	CHECK(events_now(p.s) & POLLPRI);
	EQ(recv(p.s, &c, 1, MSG_OOB), 1);
	EQ(c, 'd');
	EQ(events_now(p.s) & POLLPRI, 0);
	ERR(recv(p.s, &c, 1, MSG_OOB), EINVAL);
	recv_is(p.s, 0, "ef");
	EQ(sockatmark(p.s), 0);
}

TEST(urgent_never_taken, V46, "linux-surface OOB: skipped by a read; EINVAL afterwards")
{
	struct pair p = urgent_pair("", "x", "yz");
	char c;

	EQ(sockatmark(p.s), 1);
	recv_is(p.s, 0, "yz");
	ERR(recv(p.s, &c, 1, MSG_OOB), EINVAL);
}

TEST(urgent_alone, V46, "linux-surface 7: PRI without IN; the byte is no ordinary one")
{
	struct pair p = urgent_pair("", "x", "");
	char c;

	EXPECT_EVENTS(p.s, POLLPRI | P_OUT);
	ERR(recv(p.s, &c, 1, MSG_DONTWAIT), EAGAIN);
	EXPECT_EVENTS(p.s, P_OUT);
}

TEST(urgent_none, V46, "linux-surface OOB: EINVAL without one")
{
	struct pair p = connect_pair();
	char c;

	ERR(recv(p.s, &c, 1, MSG_OOB), EINVAL);
	EQ(sockatmark(p.s), 0);
}

TEST(urgent_inline, V46, "linux-surface SO_OOBINLINE, set while the byte is pending")
{
	struct pair p = urgent_pair("ab", "c", "de");
	char c;

	set_int(p.s, SOL_SOCKET, SO_OOBINLINE, 1);
	wait_inq(p.s, 5);
	ERR(recv(p.s, &c, 1, MSG_OOB), EINVAL);
	recv_is(p.s, 0, "ab");
	EQ(sockatmark(p.s), 1);
	recv_is(p.s, 0, "cde");
	EQ(events_now(p.s) & POLLPRI, 0);
}

TEST(urgent_waitall, V46, "linux-surface WAITALL: until the urgent mark")
{
	struct pair p = urgent_pair("ab", "c", "de");

	recv_is(p.s, MSG_WAITALL, "ab");
	recv_is(p.s, MSG_PEEK, "de");
	EQ(sockatmark(p.s), 1);
	recv_is(p.s, 0, "de");
}

TEST(urgent_corked, V46, "RFC 9293 3.8.5: what is held back goes with it")
{
	struct pair p = connect_pair();

	set_int(p.c, IPPROTO_TCP, TCP_CORK, 1);
	send_all(p.c, "ab", 2);
	send_oob(p.c, "c");
	wait_for(p.s, POLLPRI);
	recv_is(p.s, 0, "ab");
}

TEST(urgent_signal, V46, "rfc9293 MUST-32: SIGURG to the owner")
{
	struct pair p = connect_pair();

	catch_signal(SIGURG, 0);
	OK(fcntl(p.s, F_SETOWN, getpid()));
	send_all(p.c, "a", 1);
	wait_for(p.s, POLLIN);
	EQ(st_signals, 0);
	send_oob(p.c, "b");
	wait_for(p.s, POLLPRI);
	EQ(st_signals, 1);
}
