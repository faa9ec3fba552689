// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures xtcp beside the kernel's TCP in one boot and prints medians and their ratio. Meant
 * for a VM whose clock counts instructions (scripts/vm --warp: 1 ns is one instruction, idle
 * time is skipped); elsewhere the figures are wall clock and mean little.
 *
 * After a warm-up the two are interleaved A B B A, so that a drift of the machine falls on
 * both alike; each run has fresh processes, scheduled SCHED_FIFO so that the ends take turns
 * only when one blocks, and a network namespace of its own, so that no run meets the ports
 * and TIME-WAITs of another.
 */
#include "bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define IPPROTO_XTCP	253
#define MAX_RUNS	400	/* per family and workload */
#define SETTLE_US	300000

static const char *const family_names[] = { "inet", "xtcp", "alias" };
static int xtcp_family = 18;

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int checked(int fd)
{
	if (fd < 0)
		die("socket");
	return fd;
}

static int open_inet(int af)
{
	return checked(socket(af, SOCK_STREAM, 0));
}

static int open_xtcp(int af)
{
	(void)af;
	return checked(socket(xtcp_family, SOCK_STREAM, 0));
}

static int open_alias(int af)
{
	return checked(socket(af, SOCK_STREAM, IPPROTO_XTCP));
}

static int (*const openers[])(int) = { open_inet, open_xtcp, open_alias };

static void own_network(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		die("a network namespace");
	fd = checked(socket(AF_INET, SOCK_DGRAM, 0));
	if (ioctl(fd, SIOCSIFFLAGS, &lo) < 0)
		die("lo");
	close(fd);
}

/*
 * One run in fresh processes; ns per operation. What the run before has left to RCU and to
 * work queues would else be done within this one, whichever family it is of.
 */
static double run(const struct workload *w, enum family which, int af)
{
	struct ends e = { openers[which], af };
	uint64_t ns = 0;
	int result[2], status;
	pid_t pid;

	usleep(SETTLE_US);
	if (pipe(result) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		struct sched_param fifo = { .sched_priority = 1 };

		if (sched_setscheduler(0, SCHED_FIFO, &fifo) < 0)
			die("SCHED_FIFO");
		own_network();
		ns = w->run(&e, w->ops);
		_exit(write(result[1], &ns, sizeof(ns)) != sizeof(ns));
	}
	close(result[1]);
	if (read(result[0], &ns, sizeof(ns)) != sizeof(ns))
		ns = 0;
	close(result[0]);
	if (waitpid(pid, &status, 0) != pid || status || !ns) {
		fprintf(stderr, "bench: '%s' over %s failed\n", w->name, family_names[which]);
		exit(1);
	}
	return (double)ns / w->ops;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct series {
	double v[MAX_RUNS];
	int n;
};

static double median(struct series *s)
{
	qsort(s->v, s->n, sizeof(s->v[0]), by_value);
	return s->n % 2 ? s->v[s->n / 2] : (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

/* Range of the runs in % of the median; after median() has sorted. */
static double spread(const struct series *s)
{
	return 100 * (s->v[s->n - 1] - s->v[0]) / s->v[s->n / 2];
}

static void measure(const struct workload *w, const enum family *pair, int af, int reps)
{
	static const int order[] = { 0, 1, 1, 0 };
	static struct series series[2];
	double m[2];

	series[0].n = series[1].n = 0;
	run(w, pair[0], af);
	run(w, pair[1], af);
	for (int i = 0; i < reps * 4; i++) {
		struct series *s = &series[order[i % 4]];

		s->v[s->n++] = run(w, pair[order[i % 4]], af);
	}
	m[0] = median(&series[0]);
	m[1] = median(&series[1]);
	printf("%-27s %-11s %12.*f %12.*f %8.3f %7.2f%% %7.2f%%\n", w->name, w->unit, w->digits,
	       m[0], w->digits, m[1], m[1] / m[0], spread(&series[0]), spread(&series[1]));
	fflush(stdout);
}

static enum family parse_family(const char *name)
{
	for (int i = 0; i < 3; i++)
		if (name && !strcmp(name, family_names[i]))
			return i;
	fprintf(stderr, "bench: a family is inet, xtcp or alias\n");
	exit(2);
}

static void find_family(const enum family *pair)
{
	FILE *f = fopen("/sys/module/xtcp/parameters/family", "re");

	if (f) {
		if (fscanf(f, "%d", &xtcp_family) != 1)
			die("the family's number");
		fclose(f);
	} else if (pair[0] != FAMILY_INET || pair[1] != FAMILY_INET) {
		fprintf(stderr, "bench: the module xtcp is not loaded\n");
		exit(1);
	}
}

static void usage(FILE *to)
{
	fprintf(to, "Usage: bench [-6] [--reps N] [--a FAMILY] [--b FAMILY] [PATTERN]\n"
		"Measures FAMILY b (xtcp) beside FAMILY a (inet), N times A B B A (5).\n"
		"A family is inet, xtcp or alias.\n");
}

int main(int argc, char **argv)
{
	enum family pair[2] = { FAMILY_INET, FAMILY_XTCP };
	struct rlimit files = { 8192, 8192 };
	const char *pattern = NULL;
	int af = AF_INET, reps = 5;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--a")) {
			pair[0] = parse_family(argv[++i]);
		} else if (!strcmp(argv[i], "--b")) {
			pair[1] = parse_family(argv[++i]);
		} else if (!strcmp(argv[i], "--reps") && i + 1 < argc) {
			reps = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "-6")) {
			af = AF_INET6;
		} else if (!strcmp(argv[i], "--help")) {
			usage(stdout);
			return 0;
		} else if (argv[i][0] != '-' && !pattern) {
			pattern = argv[i];
		} else {
			usage(stderr);
			return 2;
		}
	}
	if (reps < 1 || reps * 2 > MAX_RUNS) {
		fprintf(stderr, "bench: --reps is 1 to %d\n", MAX_RUNS / 2);
		return 2;
	}
	find_family(pair);
	setrlimit(RLIMIT_NOFILE, &files);
	printf("%-27s %-11s %12s %12s %8s %8s %8s\n", af == AF_INET ? "IPv4" : "IPv6", "ns per",
	       family_names[pair[0]], family_names[pair[1]], "ratio", "spread a", "spread b");
	fflush(stdout);
	for (int i = 0; i < nr_workloads; i++)
		if (!pattern || strstr(workloads[i].name, pattern))
			measure(&workloads[i], pair, af, reps);
	return 0;
}
