// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workloads of the benchmark, over loopback with default buffer sizes (setting them would
 * turn off autotuning). Where two ends are needed they are two processes which take turns: a
 * SCHED_FIFO process runs until it blocks. Called by bench.c.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK	65536

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static char block[BLOCK];

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* A listener on loopback; *to and *len are where to connect. */
static int listener(const struct ends *e, union any_addr *to, socklen_t *len)
{
	int fd = e->open(e->af);

	*to = (union any_addr) { .sa.sa_family = e->af };
	if (e->af == AF_INET)
		to->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		to->in6.sin6_addr = in6addr_loopback;
	*len = e->af == AF_INET ? sizeof(to->in) : sizeof(to->in6);
	if (bind(fd, &to->sa, *len) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, &to->sa, len) < 0)
		die("listen");
	return fd;
}

static int connected(const struct ends *e, const union any_addr *to, socklen_t len)
{
	int fd = e->open(e->af);

	if (connect(fd, &to->sa, len) < 0)
		die("connect");
	return fd;
}

static int accepted(int l)
{
	int fd = accept(l, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

static void put(int fd, size_t len)
{
	if (send(fd, block, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send");
}

static size_t get(int fd, size_t len)
{
	ssize_t n = recv(fd, block, len, 0);

	if (n < 0)
		die("recv");
	return n;
}

static void ended_well(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		die("the server's process");
}

/* ops is in bytes. The server answers the last byte, so the region holds all of the work. */
static uint64_t bulk(const struct ends *e, uint64_t ops)
{
	union any_addr to;
	socklen_t len;
	int l = listener(e, &to, &len), c;
	uint64_t start, end;
	pid_t pid = fork();

	if (!pid) {
		int s = accepted(l);

		for (uint64_t got = 0; got < ops;)
			got += get(s, BLOCK);
		put(s, 1);
		get(s, 1);
		_exit(0);
	}
	c = connected(e, &to, len);
	put(c, BLOCK);			/* not measured: the first window opens */
	start = now_ns();
	for (uint64_t sent = BLOCK; sent < ops; sent += BLOCK)
		put(c, BLOCK);
	get(c, 1);
	end = now_ns();
	close(c);
	ended_well(pid);
	return end - start;
}

static uint64_t request_response(const struct ends *e, uint64_t ops)
{
	union any_addr to;
	socklen_t len;
	int l = listener(e, &to, &len), c;
	uint64_t start, end;
	pid_t pid = fork();

	if (!pid) {
		int s = accepted(l);

		while (get(s, 1))
			put(s, 1);
		_exit(0);
	}
	c = connected(e, &to, len);
	put(c, 1);
	get(c, 1);
	start = now_ns();
	for (uint64_t i = 0; i < ops; i++) {
		put(c, 1);
		get(c, 1);
	}
	end = now_ns();
	close(c);
	ended_well(pid);
	return end - start;
}

static uint64_t crr(const struct ends *e, uint64_t ops, bool server_closes)
{
	union any_addr to;
	socklen_t len;
	int l = listener(e, &to, &len);
	uint64_t start = 0, end;
	pid_t pid = fork();

	if (!pid) {
		for (uint64_t i = 0; i <= ops; i++) {
			int s = accepted(l);

			get(s, 1);
			put(s, 1);
			if (!server_closes)
				get(s, 1);
			close(s);
		}
		_exit(0);
	}
	for (uint64_t i = 0; i <= ops; i++) {
		int c;

		if (i == 1)		/* the first one is not measured */
			start = now_ns();
		c = connected(e, &to, len);
		put(c, 1);
		get(c, 1);
		if (server_closes)
			get(c, 1);
		close(c);
	}
	end = now_ns();
	ended_well(pid);
	return end - start;
}

/* Connect, a request of a byte, a response of a byte, close: TIME-WAIT is the client's. */
static uint64_t crr_client_closes(const struct ends *e, uint64_t ops)
{
	return crr(e, ops, false);
}

static uint64_t crr_server_closes(const struct ends *e, uint64_t ops)
{
	return crr(e, ops, true);
}

/* One process: on loopback the handshake is complete when connect() returns. */
static uint64_t connections(const struct ends *e, uint64_t ops, bool closes)
{
	int *fds = calloc(2 * ops, sizeof(*fds));
	union any_addr to;
	socklen_t len;
	int l = listener(e, &to, &len);
	uint64_t start, open, closed;

	close(connected(e, &to, len));
	close(accepted(l));
	start = now_ns();
	for (uint64_t i = 0; i < ops; i++) {
		fds[2 * i] = connected(e, &to, len);
		fds[2 * i + 1] = accepted(l);
	}
	open = now_ns();
	for (uint64_t i = 0; i < 2 * ops; i++)
		close(fds[i]);
	closed = now_ns();
	free(fds);
	return (closes ? closed : open) - start;
}

static uint64_t connect_accept(const struct ends *e, uint64_t ops)
{
	return connections(e, ops, false);
}

static uint64_t connect_accept_close(const struct ends *e, uint64_t ops)
{
	return connections(e, ops, true);
}

const struct workload workloads[] = {
	{ "bulk 64 KB writes", "byte", 3, 64 << 20, bulk },
	{ "request/response 1 B", "round trip", 0, 4000, request_response },
	{ "connect, 1 B, client closes", "connection", 0, 500, crr_client_closes },
	{ "connect, 1 B, server closes", "connection", 0, 500, crr_server_closes },
	{ "connect + accept", "connection", 0, 400, connect_accept },
	{ "connect + accept + close", "connection", 0, 400, connect_accept_close },
	{ "SYN flood, damaged", "SYN", 0, 5000, flood_damaged },
	{ "SYN flood, cookies 1", "SYN", 0, 5000, flood_full },
	{ "SYN flood, cookies 2", "SYN", 0, 5000, flood_always },
};

const int nr_workloads = sizeof(workloads) / sizeof(workloads[0]);
