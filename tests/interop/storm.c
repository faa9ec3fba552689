// SPDX-License-Identifier: GPL-2.0-only
/*
 * A SYN flood from a raw socket with clients who mean it in between, and the server for both;
 * flood.sh runs them.
 *
 *	storm serve FAMILY 4|6 PORT		one byte for whoever connects
 *	storm attack COUNT RATE 4|6 PORT [GAP]	COUNT SYNs from strangers, RATE a second (0: as fast
 *						as it goes), and clients one after another, GAP us
 *						apart, until the last SYN is sent
 *
 * The attack prints how many clients connected, and how long connect() took; it fails if one did
 * not. Addresses are those of lib.sh; strangers are 10.92/16 and fd92::/64.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "syn.h"

#define BACKLOG		128
#define MAX_CLIENTS	1000000
#define CLIENT_GAP_US	1000	/* on average, unless told otherwise */
#define CLIENT_LIMIT_S	30

#define SERVER4	0x0a5b0002u
#define FLOOD4	0x0a5c0000u

static const struct in6_addr server6 = { .s6_addr = { 0xfd, 0x91, [15] = 2 } };
static const struct in6_addr flood6 = { .s6_addr = { 0xfd, 0x92 } };

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "storm: error: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void send4(int fd, uint32_t i, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(SERVER4) };
	struct syn4 p;

	make_syn4(&p, i, FLOOD4 + 1 + i % 0xfffd, SERVER4, port);
	if (sendto(fd, &p, sizeof(p), 0, (void *)&to, sizeof(to)) < 0 && errno != ENOBUFS)
		die("send a SYN");
}

static void send6(int fd, uint32_t i, int port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = server6 };
	struct syn6 p;

	make_syn6(&p, i, &flood6, i + 1, &server6, port);
	if (sendto(fd, &p, sizeof(p), 0, (void *)&to, sizeof(to)) < 0 && errno != ENOBUFS)
		die("send a SYN");
}

static void pause_until(uint64_t ns)
{
	struct timespec t = { ns / 1000000000, ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void pour(uint32_t count, uint32_t rate, int version, int port)
{
	int fd = socket(version == 4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
	uint64_t start = now_ns();

	if (fd < 0)
		die("a raw socket");
	for (uint32_t i = 0; i < count; i++) {
		if (rate && i % 10 == 0)
			pause_until(start + i * 1000000000ull / rate);
		if (version == 4)
			send4(fd, i, port);
		else
			send6(fd, i, port);
	}
	close(fd);
}

static socklen_t server_address(struct sockaddr_storage *to, int version, int port)
{
	struct sockaddr_in6 *in6 = (void *)to;
	struct sockaddr_in *in = (void *)to;

	memset(to, 0, sizeof(*to));
	if (version == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		in->sin_addr.s_addr = htonl(SERVER4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_addr = server6;
	return sizeof(*in6);
}

/* us that connect() took; -1 if that failed or nobody was there. */
static int64_t connect_once(int version, int port)
{
	struct linger reset = { 1, 0 };
	struct timeval limit = { CLIENT_LIMIT_S, 0 };
	struct sockaddr_storage to;
	socklen_t len = server_address(&to, version, port);
	int fd = socket(to.ss_family, SOCK_STREAM, 0);
	uint64_t start = now_ns();
	int64_t us = -1;
	char c;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (!connect(fd, (void *)&to, len))
		us = (now_ns() - start) / 1000;
	if (us >= 0 && read(fd, &c, 1) != 1)
		us = -1;
	close(fd);
	return us;
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of no fixed length, lest clients keep step with the flood; the same in each run. */
static void pause_between(uint32_t n, uint32_t gap_us)
{
	usleep(gap_us / 2 + (n * 2654435761u >> 8) % gap_us);
}

static int attack(uint32_t count, uint32_t rate, int version, int port, uint32_t gap_us)
{
	int64_t *us = calloc(MAX_CLIENTS, sizeof(*us));
	int n = 0, failed = 0, status;
	uint64_t start = now_ns();
	pid_t flood = fork();

	if (flood < 0 || !us)
		die("begin");
	if (!flood) {
		pour(count, rate, version, port);
		exit(0);
	}
	do {
		us[n] = connect_once(version, port);
		failed += us[n] < 0;
		n++;
		pause_between(n, gap_us);
	} while (n < MAX_CLIENTS && !waitpid(flood, &status, WNOHANG));
	qsort(us, n, sizeof(*us), by_value);
	printf("%u SYNs in %.1f s; %d of %d clients connected; connect() p50 %lld us, p99 %lld us\n",
	       count, (now_ns() - start) / 1e9, n - failed, n, (long long)us[n / 2],
	       (long long)us[(n - 1) * 99 / 100]);
	return failed || status;
}

_Noreturn static void serve(int family, int version, int port)
{
	struct sockaddr_storage at;
	socklen_t len = server_address(&at, version, port);
	int on = 1, fd, conn;

	fd = socket(family ? family : at.ss_family, SOCK_STREAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (void *)&at, len) || listen(fd, BACKLOG))
		die("listen");
	puts("listening");
	fflush(stdout);
	for (;;) {
		conn = accept(fd, NULL, NULL);
		if (conn < 0)
			die("accept");
		if (write(conn, "", 1) < 0 && errno != EPIPE && errno != ECONNRESET)
			die("write");
		close(conn);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve"))
		serve(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if ((argc == 6 || argc == 7) && !strcmp(argv[1], "attack"))
		return attack(atol(argv[2]), atol(argv[3]), atoi(argv[4]), atoi(argv[5]),
			      argc == 7 ? atol(argv[6]) : CLIENT_GAP_US);
	fprintf(stderr, "usage: storm serve FAMILY 4|6 PORT\n"
			"       storm attack COUNT RATE 4|6 PORT [GAP]\n");
	return 2;
}
