// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is woken, by what and how often: signals of O_ASYNC, exclusive waiters of epoll, readers
 * with SO_RCVLOWAT, select() for urgent data. Run by st.c.
 */
#include "st.h"

#include <sched.h>
#include <sys/resource.h>

#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1u << 28)
#endif

/* Signals tell which event it was (fcntl(2), F_SETSIG). */
static void ask_for_signals(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	OK(sigprocmask(SIG_BLOCK, &set, NULL));
	OK(fcntl(fd, F_SETOWN, getpid()));
	OK(fcntl(fd, F_SETSIG, SIGRTMIN));
	OK(fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK));
}

/* Others may come before it. */
static void expect_signal(int fd, int code)
{
	struct timespec limit = { .tv_sec = DEADLINE_MS / 1000 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	do {
		if (sigtimedwait(&set, &info, &limit) < 0)
			FAIL("no signal with code %d", code);
		EQ(info.si_fd, fd);
	} while (info.si_code != code);
}

static int signals_left(void)
{
	struct timespec none = { 0 };
	sigset_t set;
	int n = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	while (sigtimedwait(&set, NULL, &none) > 0)
		n++;
	return n;
}

TEST(signal_in, V46, "linux-surface 8 O_ASYNC: SIGIO on IN; each arrival once")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	ask_for_signals(p.s);
	EQ(signals_left(), 0);
	send_all(p.c, "x", 1);
	expect_signal(p.s, POLL_IN);
	EQ(signals_left(), 0);
	OK(shutdown(p.c, SHUT_WR));
	expect_signal(p.s, POLL_IN);
}

TEST(signal_listener, V46, "linux-surface 8 O_ASYNC: SIGIO on a new connection")
{
	int l = listener(4);

	ask_for_signals(l);
	for (int i = 0; i < 2; i++) {
		OK(do_connect(csock(0), loop_addr(port_of(l))));
		expect_signal(l, POLL_IN);
	}
}

TEST(signal_connect, V46, "linux-surface 8 O_ASYNC: SIGIO when connect() is done")
{
	int l = listener(1), c = csock(0);

	ask_for_signals(c);
	ERR(do_connect(c, loop_addr(port_of(l))), EINPROGRESS);
	expect_signal(c, POLL_OUT);
	EXPECT_EVENTS(c, P_OUT);
}

TEST(signal_out, V46, "linux-surface 8 O_ASYNC: SIGIO on OUT, after EAGAIN")
{
	struct pair p = connect_pair();
	size_t n;

	ask_for_signals(p.c);
	n = fill(p.c);
	signals_left();
	drain(p.s, n);
	expect_signal(p.c, POLL_OUT);
}

TEST(signal_hup, V46, "linux-surface 8 O_ASYNC: SIGIO on HUP")
{
	struct pair p = connect_pair();

	OK(shutdown(p.s, SHUT_WR));
	expect_eof(p.c);
	ask_for_signals(p.s);
	OK(shutdown(p.c, SHUT_WR));
	expect_signal(p.s, POLL_HUP);
}

TEST(signal_err, V46, "linux-surface 8 O_ASYNC: SIGIO on ERR")
{
	struct pair p = connect_pair();

	ask_for_signals(p.s);
	reset_by(p.c);
	expect_signal(p.s, POLL_ERR);
	EQ(so_error(p.s), ECONNRESET);
}

TEST(signal_plain, V46, "linux-surface 8 O_ASYNC: SIGIO itself, and none once it is off")
{
	struct pair p = connect_pair();

	catch_signal(SIGIO, 0);
	OK(fcntl(p.s, F_SETOWN, getpid()));
	OK(fcntl(p.s, F_SETFL, O_ASYNC));
	send_all(p.c, "x", 1);
	wait_for(p.s, POLLIN);
	EQ(st_signals, 1);
	OK(fcntl(p.s, F_SETFL, 0));
	send_all(p.c, "y", 1);
	expect_bytes(p.s, "xy");
	EQ(st_signals, 1);
}

TEST(select_urgent, V46, "linux-surface 7: select() has urgent data among the exceptions")
{
	struct timeval limit = { .tv_sec = DEADLINE_MS / 1000 };
	struct pair p = connect_pair();
	fd_set e;
	char c;

	FD_ZERO(&e);
	FD_SET(p.s, &e);
	EQ(send(p.c, "!", 1, MSG_OOB), 1);
	EQ(select(p.s + 1, NULL, NULL, &e, &limit), 1);
	CHECK(FD_ISSET(p.s, &e));
	EQ(recv(p.s, &c, 1, MSG_OOB), 1);
	limit = (struct timeval){ 0 };
	EQ(select(p.s + 1, NULL, NULL, &e, &limit), 0);
}

/* What the kernel says that the process does: S is to sleep. */
static char doing(pid_t pid)
{
	char path[64], state = '?';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return '?';
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(f);
	return state;
}

static void wait_asleep(pid_t pid)
{
	while (doing(pid) != 'S')
		sched_yield();
}

/* A process that waits for the listener as one of many, and tells of the first event. */
static pid_t exclusive_waiter(int l, int tell)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	pid_t pid = fork();
	int ep;

	if (pid)
		return pid;
	ep = OK(epoll_create1(0));
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev));
	EQ(epoll_wait(ep, &ev, 1, -1), 1);
	EQ(write(tell, &(pid_t) { getpid() }, sizeof(pid)), sizeof(pid));
	_exit(0);
}

TEST(epoll_exclusive, V46, "linux-surface 7: EPOLLEXCLUSIVE, a connection wakes one waiter")
{
	int l = listener(4), tell[2], status;
	pid_t pid[2], first, second;

	OK(pipe(tell));
	for (int i = 0; i < 2; i++) {
		pid[i] = exclusive_waiter(l, tell[1]);
		wait_asleep(pid[i]);
	}
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	EQ(read(tell[0], &first, sizeof(first)), sizeof(first));
	second = first == pid[0] ? pid[1] : pid[0];
	EQ(waitpid(first, &status, 0), first);
	EQ(doing(second), 'S');
	EQ(inq(tell[0]), 0);
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	EQ(read(tell[0], &first, sizeof(first)), sizeof(first));
	EQ(first, second);
}

/* Reads n bytes in one call; how often it slept meanwhile is its exit status. */
static pid_t reader(int fd, int n)
{
	struct rusage before, after;
	char text[64];
	pid_t pid = fork();

	if (pid)
		return pid;
	getrusage(RUSAGE_SELF, &before);
	EQ(recv(fd, text, sizeof(text), 0), n);
	getrusage(RUSAGE_SELF, &after);
	_exit(after.ru_nvcsw - before.ru_nvcsw);
}

TEST(wakes_once, V46, "linux-surface 7 wake-ups: one write wakes a reader once")
{
	struct pair p = connect_pair();
	int status;
	pid_t pid;

	round_trip(p.c, p.s);
	pid = reader(p.s, 10);
	wait_asleep(pid);
	send_all(p.c, "0123456789", 10);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 1 << 8);
}

TEST(wakes_at_rcvlowat, V46, "linux-surface 5, 7 SO_RCVLOWAT: a reader wakes when it is reached")
{
	struct pair p = connect_pair();
	int status;
	pid_t pid;

	round_trip(p.c, p.s);
	set_int(p.s, SOL_SOCKET, SO_RCVLOWAT, 4);
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	pid = reader(p.s, 4);
	wait_asleep(pid);
	for (int i = 1; i < 4; i++) {
		send_all(p.c, "x", 1);
		wait_inq(p.s, i);
		EQ(doing(pid), 'S');
	}
	send_all(p.c, "x", 1);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 1 << 8);
}

/* As inetd does: the program gets the connection as its input and output, and knows no socket. */
TEST(inetd, V46, "linux-surface 8: a connection as standard input and output of a program")
{
	struct pair p = connect_pair();
	int status;
	pid_t pid = fork();

	if (!pid) {
		OK(dup2(p.s, 0));
		OK(dup2(p.s, 1));
		close(p.c);
		close(p.l);
		close(p.s);
		execl("/bin/sh", "sh", "-c", "read a && echo \"got $a\"", (char *)NULL);
		_exit(127);
	}
	close(p.s);
	send_all(p.c, "line\n", 5);
	expect_bytes(p.c, "got line\n");
	expect_eof(p.c);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
}

TEST(inetd_listener, V46, "linux-surface 8: an inherited listener (socket activation)")
{
	int l = listener(1), c = csock(0), status;
	pid_t pid = fork();

	if (!pid) {
		int s;

		EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
		EQ(get_int(l, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
		s = OK(accept(l, NULL, NULL));
		send_all(s, "hello", 5);
		_exit(0);
	}
	OK(do_connect(c, loop_addr(port_of(l))));
	close(l);		/* that of the other process lives on */
	expect_bytes(c, "hello");
	expect_eof(c);
	EQ(waitpid(pid, &status, 0), pid);
	EQ(status, 0);
	ERR(do_connect(csock(0), peer_addr(c)), ECONNREFUSED);
}
