// SPDX-License-Identifier: GPL-2.0-only
/*
 * Much data and many connections: integrity of 100 MB each way at once, 200 connections in
 * one epoll loop, 1000 connections one after the other. Run by st.c.
 */
#include "st.h"

#include <sys/resource.h>

#define BLOCK	65536

/*
 * A stream repeats with a prime period that no segment size divides, so a lost, doubled or
 * moved block shows. Copied and compared from a table: an emulated machine checks 100 MB too.
 */
#define PERIOD	65521

static const uint8_t *pattern(uint64_t from, uint32_t seed)
{
	static uint8_t table[PERIOD + BLOCK];
	uint64_t x = 88172645463325252ull;

	if (!table[PERIOD]) {
		for (int i = 0; i < PERIOD; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			table[i] = x | 1;	/* never 0: PERIOD tells whether it is filled */
		}
		memcpy(table + PERIOD, table, PERIOD);
		memcpy(table + 2 * PERIOD, table, sizeof(table) - 2 * PERIOD);
	}
	return table + (from + seed * 1009) % PERIOD;
}

static void make(uint8_t *buf, uint64_t from, size_t len, uint32_t seed)
{
	memcpy(buf, pattern(from, seed), len);
}

static void check(const uint8_t *buf, uint64_t from, size_t len, uint32_t seed)
{
	if (memcmp(buf, pattern(from, seed), len))
		FAIL("the %zu bytes from %llu differ", len, (unsigned long long)from);
}

/* Writes sizes that follow no segment size. */
static void write_stream(int fd, uint64_t total, uint32_t seed)
{
	static uint8_t buf[BLOCK];
	uint64_t done = 0;
	size_t len = 1;

	while (done < total) {
		len = len * 7 % 65521;
		if (len > total - done)
			len = total - done;
		make(buf, done, len, seed);
		EQ(send(fd, buf, len, MSG_NOSIGNAL), len);
		done += len;
		len = len ? len : 1;
	}
	OK(shutdown(fd, SHUT_WR));
}

static void read_stream(int fd, uint64_t total, uint32_t seed)
{
	static uint8_t buf[BLOCK];
	uint64_t done = 0;

	for (;;) {
		ssize_t n = OK(recv(fd, buf, sizeof(buf), 0));

		if (!n)
			break;
		check(buf, done, n, seed);
		done += n;
	}
	EQ(done, total);
}

static pid_t writer(int fd, uint64_t total, uint32_t seed)
{
	pid_t pid = fork();

	if (!pid) {
		write_stream(fd, total, seed);
		_exit(0);
	}
	return pid;
}

TEST(data_both_ways, V46D, "issue 2: 100 MB each way; mission S1.3d S4.1b")
{
	uint64_t total = small_run() ? 10000000 : 100000000;
	struct pair p = connect_pair();
	pid_t a = writer(p.c, total, 1), b = writer(p.s, total, 2), reader = fork();
	int status;

	if (!reader) {
		read_stream(p.c, total, 2);
		_exit(0);
	}
	read_stream(p.s, total, 1);
	EQ(waitpid(reader, &status, 0), reader);
	EQ(status, 0);
	EQ(waitpid(a, &status, 0), a);
	EQ(status, 0);
	EQ(waitpid(b, &status, 0), b);
	EQ(status, 0);
}

TEST(data_small_writes, V46, "mission S1.3b S1.3c: 20000 writes of 1 to 40 bytes")
{
	int writes = small_run() ? 2000 : 20000;
	struct pair p = connect_pair();
	uint64_t total = 0;
	uint8_t buf[40];

	for (int i = 0; i < writes; i++)
		total += 1 + i % sizeof(buf);
	if (!fork()) {
		uint64_t done = 0;

		set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
		for (int i = 0; i < writes; i++) {
			size_t len = 1 + i % sizeof(buf);

			make(buf, done, len, 3);
			EQ(send(p.c, buf, len, 0), len);
			done += len;
		}
		OK(shutdown(p.c, SHUT_WR));
		_exit(0);
	}
	read_stream(p.s, total, 3);
}

#define MANY		200
#define EACH		20000	/* bytes echoed per connection */

struct conn {
	int fd;
	bool server;
	size_t sent, received;
};

static struct conn conns[2 * MANY];

/* A server echoes what it has read; a client sends its stream and checks the echo. */
static void move(struct conn *c, uint32_t seed)
{
	uint8_t buf[4096];
	ssize_t n;

	while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0) {
		check(buf, c->received, n, seed);
		c->received += n;
	}
	if (n < 0 && errno != EAGAIN)
		FAIL("recv: %s", st_errname(errno));
	for (;;) {
		size_t limit = c->server ? c->received : EACH, len = limit - c->sent;

		if (!len)
			break;
		len = len < sizeof(buf) ? len : sizeof(buf);
		make(buf, c->sent, len, seed);
		n = send(c->fd, buf, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			break;
		c->sent += OK(n);
	}
}

static void add(int ep, int index, int fd, bool server)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = index };

	conns[index] = (struct conn) { .fd = fd, .server = server };
	nonblock(fd);
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
}

TEST(many_connections, V46D, "issue 2: 200 concurrent connections, one epoll loop")
{
	int ep = OK(epoll_create1(0)), l = listener(MANY), done = 0;
	struct rlimit limit = { 4096, 4096 };
	struct epoll_event ev[64];

	OK(setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i < MANY; i++) {
		int c = csock(0);

		OK(do_connect(c, loop_addr(port_of(l))));
		add(ep, 2 * i, c, false);
		add(ep, 2 * i + 1, OK(accept(l, NULL, NULL)), true);
	}
	while (done < MANY) {
		int n = OK(epoll_wait(ep, ev, 64, DEADLINE_MS));

		if (!n)
			FAIL("%d of %d connections finished", done, MANY);
		for (int i = 0; i < n; i++) {
			struct conn *c = &conns[ev[i].data.u32];
			bool before = c->received == EACH;

			move(c, ev[i].data.u32 / 2);
			done += !c->server && !before && c->received == EACH;
		}
	}
}

TEST(many_cycles, V46D, "issue 2: 1000 connects and closes")
{
	int l = listener(8);
	struct addr a = loop_addr(port_of(l));
	char byte;

	for (int i = 0; i < 1000; i++) {
		int c = csock(0), s;

		OK(do_connect(c, a));
		s = OK(accept(l, NULL, NULL));
		switch (i % 4) {
		case 0:			/* client first */
			close(c);
			EQ(recv(s, &byte, 1, 0), 0);
			close(s);
			break;
		case 1:			/* server first, with data */
			send_all(s, "x", 1);
			close(s);
			expect_bytes(c, "x");
			EQ(recv(c, &byte, 1, 0), 0);
			close(c);
			break;
		case 2:			/* reset */
			reset_by(c);
			ERR(recv(s, &byte, 1, 0), ECONNRESET);
			close(s);
			break;
		default:		/* both at once */
			close(c);
			close(s);
		}
	}
}

TEST(many_refused, V46, "linux-surface 8 connect: 1000 refused connects on one socket each")
{
	struct addr a = loop_addr(4000);

	for (int i = 0; i < 1000; i++) {
		int c = csock(0);

		ERR(do_connect(c, a), ECONNREFUSED);
		close(c);
	}
}
