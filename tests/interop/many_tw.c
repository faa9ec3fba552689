// SPDX-License-Identifier: GPL-2.0-only
/*
 * Very many TIME-WAITs: what one takes of memory, what connect() and close() cost beside them,
 * and what their end costs. In a namespace of its own, over 127/8, with each end closing first.
 * timewait.sh asserts it in small; `make bench PART=timewait` prints the figures of 100 000.
 *
 *	many_tw [--check] [--inet] [N]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVER_PORT	5000
#define FIRST_PORT	10000	/* of clients: explicit, for no four-tuple may come twice */
#define NR_PORTS	50000
#define CYCLES		300	/* connections whose cost is measured */
/* All end within 1 us times N, so that the timer's own cost is shared by many. */
#define AHEAD_US	60000000ull
#define AHEAD_CHECK_US	15000000ull	/* in real time, of few of them */
#define LIMIT		128	/* bytes that one may take */

static struct {
	bool check, inet;
	int family, n;
} opt = { .n = 100000 };

static uint64_t end_us;		/* when the next TIME-WAIT is to end */

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static void write_knob(const char *path, uint64_t value)
{
	FILE *f = fopen(path, "w");

	if (!f || fprintf(f, "%llu\n", (unsigned long long)value) < 0 || fclose(f))
		fail(path);
}

/* The number after a word of a file; 0 if it is not there. */
static long number_after(const char *path, const char *word)
{
	char line[512], *at;
	long value = 0;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		at = strstr(line, word);
		if (at && (at == line || at[-1] == ' ')) {
			value = strtol(at + strlen(word), NULL, 10);
			break;
		}
	}
	if (f)
		fclose(f);
	return value;
}

static long nr_timewaits(void)
{
	return number_after(opt.inet ? "/proc/net/sockstat" : "/proc/net/xtcp_sockstat", "tw ");
}

static struct sockaddr_in address(int host, int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + host) };
}

static int new_socket(void)
{
	int fd = socket(opt.family, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	return fd;
}

static int new_listener(int port)
{
	struct sockaddr_in a = address(0, port);
	int fd = new_socket(), on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (void *)&a, sizeof(a)) || listen(fd, 16))
		fail("listen");
	return fd;
}

static void expect_eof(int fd)
{
	char c;

	if (read(fd, &c, 1))
		fail("read");
}

/* One connection. host and port 0: connect() picks the port. */
static void one(int l, int host, int port, bool server_first)
{
	struct sockaddr_in from = address(host, port), to = address(0, SERVER_PORT);
	int c = new_socket(), s;

	if (port && bind(c, (void *)&from, sizeof(from)))
		fail("bind");
	if (connect(c, (void *)&to, sizeof(to)))
		fail("connect");
	s = accept(l, NULL, NULL);
	if (s < 0)
		fail("accept");
	if (server_first) {
		close(s);
		expect_eof(c);
		close(c);
	} else {
		close(c);
		expect_eof(s);
		close(s);
	}
}

static void ends_at(uint64_t us)
{
	uint64_t now = now_us();

	if (!opt.inet)
		write_knob("/proc/sys/net/xtcp/tw_timeout_ms", us > now + 1000 ? (us - now) / 1000 : 1);
}

static double cost_us(int l, bool server_first)
{
	uint64_t start = now_us();

	for (int i = 0; i < CYCLES; i++)
		one(l, 0, 0, server_first);
	return (double)(now_us() - start) / CYCLES;
}

static void make(int l, bool server_first)
{
	for (int i = 0; i < opt.n; i++) {
		ends_at(end_us + i);
		one(l, 1 + i / NR_PORTS, FIRST_PORT + i % NR_PORTS, server_first);
	}
}

/* --- memory --- */

static const char *const caches[] = {
	"xtcp_timewait", "xtcp_hold", "tw_sock_TCP", "tcp_bind_bucket", "tcp_bind2_bucket",
	"TCP", "kmalloc-64", "kmalloc-96",
};

#define NR_CACHES	(sizeof(caches) / sizeof(caches[0]))

struct memory {
	long objects[NR_CACHES], size[NR_CACHES];
	long slab_kb, free_kb;
};

static void read_caches(struct memory *m)
{
	char line[512], name[64];
	long active, objects, size;
	FILE *f = fopen("/proc/slabinfo", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %ld %ld %ld", name, &active, &objects, &size) != 4)
			continue;
		for (size_t i = 0; i < NR_CACHES; i++)
			if (!strcmp(name, caches[i])) {
				m->objects[i] = active;
				m->size[i] = size;
			}
	}
	if (f)
		fclose(f);
}

/* Free objects on lists of a CPU would count as used. */
static void shrink_caches(void)
{
	char path[128];
	FILE *f;

	usleep(300000);		/* virtual, or short: what waits for RCU */
	for (size_t i = 0; i < NR_CACHES; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", caches[i]);
		f = fopen(path, "w");
		if (!f)
			continue;
		fputs("1", f);
		fclose(f);
	}
}

static struct memory memory_now(void)
{
	struct memory m = { 0 };

	shrink_caches();
	read_caches(&m);
	m.slab_kb = number_after("/proc/meminfo", "Slab:");
	m.free_kb = number_after("/proc/meminfo", "MemFree:");
	return m;
}

/* Without what a debug kernel puts around it, which the list of caches counts. */
static long bare_size(const char *cache, long size)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/object_size", cache);
	f = fopen(path, "r");
	if (!f)
		return size;
	if (fscanf(f, "%ld", &size) != 1) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return size;
}

static void print_memory(const struct memory *a, const struct memory *b)
{
	for (size_t i = 0; i < NR_CACHES; i++) {
		double each = (double)(b->objects[i] - a->objects[i]) / opt.n;

		if (each > 0.01)
			printf("#   %.2f objects of %ld bytes in %s\n", each, b->size[i], caches[i]);
		if (opt.check && !strcmp(caches[i], "xtcp_timewait") &&
		    (bare_size(caches[i], b->size[i]) > LIMIT || each < 0.9)) {
			printf("%.2f objects of %ld bytes for each\n", each, b->size[i]);
			exit(1);
		}
	}
}

/* --- the end --- */

static volatile uint64_t spun;

static void spin(uint64_t us)
{
	uint64_t until = now_us() + us;

	while (now_us() < until)
		for (int i = 0; i < 200; i++)
			spun++;
}

/* ns that a TIME-WAIT's end takes: what a busy loop gets less done meanwhile. */
static double end_ns(long left)
{
	uint64_t start, took;
	double pace;

	while (now_us() + 200000 < end_us)
		usleep(10000);
	spun = 0;
	start = now_us();
	spin(100000);
	pace = (double)spun / (now_us() - start);
	spun = 0;
	start = now_us();
	while (nr_timewaits() > left)
		spin(20000);
	spin(100000);	/* memory is given back later */
	took = now_us() - start;
	return (took - spun / pace) * 1000 / opt.n;
}

/* When the first is to end: all must be there by then, however slow the machine is. */
static uint64_t ahead_us(double each_us)
{
	return opt.check ? AHEAD_CHECK_US + 4 * opt.n * each_us : AHEAD_US;
}

static void check_all_ended(void)
{
	uint64_t limit = now_us() + AHEAD_US * 4;

	while (nr_timewaits() > 0) {
		if (now_us() > limit) {
			printf("%ld are left\n", nr_timewaits());
			exit(1);
		}
		usleep(10000);
	}
}

static void run(bool server_first)
{
	int l = new_listener(SERVER_PORT);
	double before, after, end = 0;
	struct memory a, b;
	long first;

	if (!opt.inet) {
		write_knob("/proc/sys/net/xtcp/max_tw_buckets", 10000000);
		write_knob("/proc/sys/net/xtcp/tw_timeout_ms", 1);
	} else {
		write_knob("/proc/sys/net/ipv4/tcp_max_tw_buckets", 10000000);
	}
	cost_us(l, server_first);	/* what is made once exists from here on */
	before = cost_us(l, server_first);
	first = opt.inet ? nr_timewaits() : 0;
	if (!opt.inet)
		check_all_ended();
	a = memory_now();
	end_us = now_us() + ahead_us(before);
	make(l, server_first);
	if (nr_timewaits() < first + opt.n) {
		printf("%ld TIME-WAITs of %d\n", nr_timewaits(), opt.n);
		exit(1);
	}
	b = memory_now();
	ends_at(end_us + opt.n + 5000000);
	after = cost_us(l, server_first);
	if (!opt.inet)
		end = end_ns(nr_timewaits() - opt.n);
	if (!opt.inet && opt.check)
		check_all_ended();
	printf("| %s | %s | %d | %ld | %ld | %.1f | %.1f | %.0f |\n", opt.inet ? "kernel" : "xtcp",
	       server_first ? "server" : "client", opt.n, (b.slab_kb - a.slab_kb) * 1024 / opt.n,
	       (a.free_kb - b.free_kb) * 1024 / opt.n, before, after, end);
	print_memory(&a, &b);
}

static void own_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		fail("unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		fail("lo");
	close(fd);
}

static bool run_apart(bool server_first)
{
	int status;

	fflush(stdout);
	if (!fork()) {
		own_namespace();
		run(server_first);
		exit(0);
	}
	wait(&status);
	return !status;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--check"))
			opt.check = true;
		else if (!strcmp(argv[i], "--inet"))
			opt.inet = true;
		else
			opt.n = atoi(argv[i]);
	}
	opt.family = opt.inet ? AF_INET : number_after("/sys/module/xtcp/parameters/family", "");
	if (opt.n < 1 || opt.n > 4 * NR_PORTS) {
		fprintf(stderr, "usage: many_tw [--check] [--inet] [N]\n");
		return 2;
	}
	return !(run_apart(true) && run_apart(false));
}
