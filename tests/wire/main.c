// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses and runs the tests. Every test is a process of its own, so that it
 * can have its own network namespace and simply exit when it fails; what it
 * prints comes through a pipe and is shown when it ends.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

/*
 * A test may leave a connection behind, which the dut gives up in its time.
 * That passes in the tests at the end, which wait for long.
 */
static const struct test *const tables[] = {
	open_tests, refuse_tests, cookie_tests, group_tests, flood_tests, stale_tests,
	fastopen_tests, fastopen_client_tests,
	isn_tests, options_tests, sack_tests, ecn_tests, urgent_tests,
	send_tests, window_tests, receive_tests, guard_tests, rto_tests, tuned_tests,
	drops_tests, route_tests,
	close_tests, icmp_tests, timewait_tests, reuse_tests, keepalive_tests,
	retries_tests,
};

#define MAX_RUNS	1024
#define MAX_JOBS	256
#define REPORT		16384

struct run {
	const struct test *test;
	int version;
	pid_t pid;
	int pipe;
	int used;
	char *report;
};

static struct {
	bool inet, warp, list, slow, times;
	int jobs;
	char **patterns;
} opt = { .jobs = 1 };

static struct run runs[MAX_RUNS];
static int nr_runs, passed, failed;

static void run_name(const struct run *r, char *buf, size_t size)
{
	snprintf(buf, size, "%s_v%d", r->test->name, r->version);
}

static bool name_matches(const char *name)
{
	char **p = opt.patterns;

	if (!*p)
		return true;
	for (; *p; p++)
		if (strstr(name, *p) || !fnmatch(*p, name, 0))
			return true;
	return false;
}

static bool selected(const struct run *r)
{
	const struct test *t = r->test;
	char name[128];

	if (t->only && t->only != r->version)
		return false;
	if (!opt.list && t->slow && !opt.warp && !opt.slow)
		return false;
	if (!opt.list && t->not_linux && opt.inet)
		return false;
	run_name(r, name, sizeof(name));
	return name_matches(name);
}

static void choose(void)
{
	const struct test *t;
	size_t i;
	int v;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (t = tables[i]; t->name; t++)
			for (v = 4; v <= 6 && nr_runs < MAX_RUNS; v += 2) {
				runs[nr_runs] = (struct run){
					.test = t, .version = v };
				nr_runs += selected(&runs[nr_runs]);
			}
}

static void list(void)
{
	char name[128];
	int i;

	for (i = 0; i < nr_runs; i++) {
		const struct test *t = runs[i].test;

		run_name(&runs[i], name, sizeof(name));
		printf("%-40s %s%s%s%s%s\n", name, t->covers,
		       t->slow ? " [slow]" : "",
		       t->not_linux ? " [xtcp only: " : "",
		       t->not_linux ? t->not_linux : "",
		       t->not_linux ? "]" : "");
	}
}

static void timed_out(int sig)
{
	static const char text[] = "the test does not end\n";

	(void)sig;
	if (write(1, text, sizeof(text) - 1) < 0)
		_exit(2);
	_exit(1);
}

/* In the child: the test itself. */
static void run_test(const struct run *r)
{
	static struct wire w;

	signal(SIGALRM, timed_out);
	/* Virtual time runs ahead while a program or a module is read from the disk. */
	alarm(r->test->slow || opt.warp ? 10000 : 60);
	w.xtcp = !opt.inet;
	w.warp = opt.warp;
	w.times = opt.times;
	w.version = r->version;
	w.fd = w.listener = -1;
	w.win = 65535;
	w.max_len = 65535;
	w.start_us = now_us();
	peer_new(&w, 1000000);
	w.peer.port = PEER_PORT;
	net_open(&w);
	r->test->run(&w);
	fflush(stdout);
	_exit(0);
}

static void start(struct run *r)
{
	int fds[2];

	r->report = calloc(1, REPORT);
	if (!r->report || pipe(fds)) {
		perror("wire_tests");
		exit(2);
	}
	fflush(stdout);
	r->pid = fork();
	if (r->pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!r->pid) {
		dup2(fds[1], 1);
		close(fds[0]);
		close(fds[1]);
		run_test(r);
	}
	close(fds[1]);
	r->pipe = fds[0];
}

/* One line: the test, its requirement, and NOMINAL/MEASURED ms of each event. */
static void print_times(const struct run *r, const char *name)
{
	char *line, *rest = r->report;
	bool any = false;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "time ", 5))
			continue;
		if (!any)
			printf("times; %s; %s;", name, r->test->covers);
		any = true;
		printf(" %s", line + 5);
	}
	if (any)
		printf("\n");
}

/* Print "ok" or "not ok" and, as comments, what a failed test said. */
static void finish(struct run *r)
{
	char name[128], *line, *rest = r->report;
	int status;

	waitpid(r->pid, &status, 0);
	close(r->pipe);
	r->pid = 0;
	run_name(r, name, sizeof(name));
	if (status == 0) {
		passed++;
		printf("ok %s\n", name);
		print_times(r, name);
	} else {
		failed++;
		line = strsep(&rest, "\n");
		if (WIFSIGNALED(status))
			line = strsignal(WTERMSIG(status));
		printf("not ok %s: %s\n", name, line);
		while ((line = strsep(&rest, "\n")) && *line)
			printf("#   %s\n", line);
		printf("#   covers: %s\n", r->test->covers);
	}
	free(r->report);
	fflush(stdout);
}

/* Take output of the running tests first..next; true if one has ended. */
static void collect(int first, int next)
{
	struct pollfd p[MAX_JOBS];
	struct run *who[MAX_JOBS];
	int n = 0, i, len;

	for (i = first; i < next; i++)
		if (runs[i].pid) {
			p[n] = (struct pollfd){ runs[i].pipe, POLLIN, 0 };
			who[n++] = &runs[i];
		}
	poll(p, n, -1);
	for (i = 0; i < n; i++) {
		if (!p[i].revents)
			continue;
		len = read(p[i].fd, who[i]->report + who[i]->used,
			   REPORT - 1 - who[i]->used);
		if (len <= 0)
			finish(who[i]);
		else
			who[i]->used += len;
	}
}

static int running(int next)
{
	int i, n = 0;

	for (i = 0; i < next; i++)
		n += !!runs[i].pid;
	return n;
}

static void run_all(void)
{
	int next = 0;

	while (next < nr_runs || running(next)) {
		if (next < nr_runs && running(next) < opt.jobs)
			start(&runs[next++]);
		else
			collect(0, next);
	}
}

static void usage(void)
{
	fprintf(stderr,
		"usage: wire_tests [--family xtcp|inet] [--warp] [--slow]\n"
		"                  [--jobs N] [--times] [--list] [PATTERN...]\n"
		"--warp: guest time is virtual and exact; runs slow tests too\n"
		"--slow: run slow tests in real time\n"
		"--times: print nominal and measured times too\n");
	exit(2);
}

static void parse_args(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "family", required_argument, NULL, 'f' },
		{ "warp", no_argument, NULL, 'w' },
		{ "slow", no_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		{ "times", no_argument, NULL, 't' },
		{ "jobs", required_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (c == 'f' && !strcmp(optarg, "inet"))
			opt.inet = true;
		else if (c == 'f' && strcmp(optarg, "xtcp"))
			usage();
		else if (c == 'w')
			opt.warp = true;
		else if (c == 's')
			opt.slow = true;
		else if (c == 'l')
			opt.list = true;
		else if (c == 't')
			opt.times = true;
		else if (c == 'j')
			opt.jobs = atoi(optarg);
		else if (c == '?')
			usage();
	}
	if (opt.jobs < 1 || opt.jobs > MAX_JOBS)
		usage();
	opt.patterns = argv + optind;
}

int main(int argc, char **argv)
{
	parse_args(argc, argv);
	choose();
	if (opt.list) {
		list();
		return 0;
	}
	run_all();
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
