// SPDX-License-Identifier: GPL-2.0-only
/*
 * The runner of the socket tests: options, the table of tests (a linker section), one process
 * and one network namespace per test, a time limit, and the report.
 */
#include "st.h"

#include <stdarg.h>
#include <sys/mman.h>

#define TEST_LIMIT_S	300	/* of one test; an emulated debug kernel is 100 times slower */
#define REASON_SIZE	512

extern const struct st_test *const __start_st_tests[], *const __stop_st_tests[];

enum st_variant st_variant;
enum st_family st_family;
int st_wmem_max;
static char *reason;		/* shared with the test's process */
static int passed, failed;

const char *st_errname(int err)
{
	const char *name = strerrorname_np(err);

	return err && name ? name : "0";
}

/* Ends every process of the test, whichever of them failed; the first one's reason counts. */
void st_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (reason[0])
		_exit(1);
	n = snprintf(reason, REASON_SIZE, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vsnprintf(reason + n, REASON_SIZE - n, fmt, ap);
	va_end(ap);
	kill(0, SIGKILL);
	_exit(1);
}

static void run_child(const struct st_test *t)
{
	setpgid(0, 0);
	new_netns();
	t->run();
	_exit(0);
}

/* The test's exit status, or -1 when it was still running at the limit. */
static int wait_child(pid_t pid)
{
	struct timespec limit = { .tv_sec = TEST_LIMIT_S };
	sigset_t chld;
	int status;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (sigtimedwait(&chld, NULL, &limit) < 0 && errno == EAGAIN) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
	}
	kill(-pid, SIGKILL);	/* what a failed test left running */
	return status;
}

static void run_one(const struct st_test *t, const char *name)
{
	int status;
	pid_t pid;

	reason[0] = '\0';
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(2);
	}
	if (!pid) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		run_child(t);
	}
	status = wait_child(pid);
	if (status == 0) {
		passed++;
		printf("ok %s\n", name);
		return;
	}
	failed++;
	if (reason[0])
		printf("not ok %s: %s [%s]\n", name, reason, t->req);
	else if (status < 0)
		printf("not ok %s: no result in %d s [%s]\n", name, TEST_LIMIT_S, t->req);
	else
		printf("not ok %s: ended with wait status 0x%x [%s]\n", name, status, t->req);
}

static void each_variant(const struct st_test *t, const char *pattern, bool list)
{
	static const char *const suffix[] = { "_v4", "_v6", "_dual" };
	int kind = t->kind & 0xf, last = kind == V46D ? ST_DUAL : kind == V46 ? ST_V6 : ST_V4;
	char name[128];

	if ((t->kind & XTCP_ONLY) && st_family != ST_XTCP)
		return;
	for (int v = ST_V4; v <= last; v++) {
		st_variant = v;
		snprintf(name, sizeof(name), "%s%s", t->name, kind == ONCE ? "" : suffix[v]);
		if (pattern && !strstr(name, pattern))
			continue;
		if (list)
			printf("%s [%s]\n", name, t->req);
		else
			run_one(t, name);
	}
}

static void usage(FILE *to)
{
	fprintf(to, "Usage: socket_tests [--family xtcp|alias|inet] [--list] [PATTERN]\n"
		"Runs the tests whose name contains PATTERN; needs root.\n"
		"  --family xtcp   socket(AF_XTCP, SOCK_STREAM, 0), the default\n"
		"  --family alias  socket(AF_INET|AF_INET6, SOCK_STREAM, IPPROTO_XTCP)\n"
		"  --family inet   the kernel's own TCP\n");
}

static enum st_family parse_family(const char *name)
{
	if (name && !strcmp(name, "inet"))
		return ST_INET;
	if (name && !strcmp(name, "xtcp"))
		return ST_XTCP;
	if (name && !strcmp(name, "alias"))
		return ST_ALIAS;
	usage(stderr);
	exit(2);
}

static void read_wmem_max(void)
{
	FILE *f = fopen("/proc/sys/net/core/wmem_max", "re");

	if (!f || fscanf(f, "%d", &st_wmem_max) != 1)
		st_wmem_max = -1;
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	const char *pattern = NULL;
	bool list = false;
	sigset_t chld;

	st_family = ST_XTCP;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--family")) {
			st_family = parse_family(argv[++i]);
		} else if (!strcmp(argv[i], "--list")) {
			list = true;
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
	reason = mmap(NULL, REASON_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	read_wmem_max();
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	for (const struct st_test *const *t = __start_st_tests; t < __stop_st_tests; t++)
		each_variant(*t, pattern, list);
	if (list)
		return 0;
	printf("%d passed, %d failed\n", passed, failed);
	return failed || (!passed && !pattern);
}
