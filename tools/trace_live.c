// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of system xtcp as they happen. The tracefs instance is the program's own, so that
 * nobody else's tracing is touched; it goes with the program, whatever ends it but SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "trace.h"

#define TRACEFS "/sys/kernel/tracing"
#define BUFFER_KB "4096" /* of each CPU: some 20 000 segments */

uint64_t trace_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static bool put(const struct trace_source *s, const char *file, const char *value)
{
	char path[160];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->path, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, value, strlen(value));
	close(fd);
	return n == (ssize_t)strlen(value);
}

static bool have_tracefs(void)
{
	return !access(TRACEFS "/instances", F_OK) ||
	       !mount("tracefs", TRACEFS, "tracefs", 0, NULL);
}

static bool refuse(const char *program, const char *why)
{
	fprintf(stderr, "%s: %s\n", program, why);
	return false;
}

static bool enable(struct trace_source *s)
{
	char path[160];

	/* Not in every kernel: without it poll() waits for half a buffer. */
	put(s, "buffer_percent", "0");
	if (!put(s, "trace_clock", "mono") || !put(s, "buffer_size_kb", BUFFER_KB) ||
	    !put(s, "events/xtcp/enable", "1"))
		return false;
	snprintf(path, sizeof(path), "%s/trace_pipe", s->path);
	s->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return s->pipe >= 0;
}

bool trace_open(struct trace_source *s, const char *program)
{
	memset(s, 0, sizeof(*s));
	s->pipe = -1;
	if (geteuid())
		return refuse(program, "only root may read what the kernel traces");
	if (access("/sys/module/xtcp", F_OK))
		return refuse(program, "the module xtcp is not loaded (modprobe xtcp)");
	if (!have_tracefs())
		return refuse(program, "tracefs can't be mounted on " TRACEFS);
	if (access(TRACEFS "/events/xtcp", F_OK))
		return refuse(program, "this kernel, or this module, has no tracepoints of xtcp");
	snprintf(s->path, sizeof(s->path), TRACEFS "/instances/xtcp-%d", getpid());
	if (mkdir(s->path, 0700) && errno != EEXIST) {
		fprintf(stderr, "%s: %s: %s\n", program, s->path, strerror(errno));
		return false;
	}
	if (enable(s))
		return true;
	fprintf(stderr, "%s: %s: cannot be set up: %s\n", program, s->path, strerror(errno));
	trace_close(s);
	return false;
}

static void take_lines(struct trace_source *s,
		       void (*event)(void *arg, const struct trace_event *e), void *arg)
{
	char *line = s->text, *end;
	struct trace_event e;

	while ((end = memchr(line, '\n', s->text + s->held - line))) {
		*end = '\0';
		if (trace_parse_line(line, &e))
			event(arg, &e);
		line = end + 1;
	}
	s->held -= line - s->text;
	memmove(s->text, line, s->held);
	if (s->held == sizeof(s->text))
		s->held = 0;
}

int trace_read(struct trace_source *s, int timeout_ms,
	       void (*event)(void *arg, const struct trace_event *e), void *arg)
{
	struct pollfd p = { .fd = s->pipe, .events = POLLIN };
	int events = 0;
	ssize_t n;

	if (!s->paused)
		poll(&p, 1, timeout_ms);
	while ((n = read(s->pipe, s->text + s->held, sizeof(s->text) - s->held)) > 0) {
		s->held += n;
		take_lines(s, event, arg);
		events++;
	}
	return s->paused ? -1 : events;
}

void trace_pause(struct trace_source *s)
{
	put(s, "tracing_on", "0");
	s->paused = true;
}

/* Of one CPU: lines "NAME: NUMBER". */
static uint64_t lost_of(const char *path)
{
	uint64_t sum = 0, n;
	char line[128];
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "overrun: %" SCNu64, &n) == 1 ||
		    sscanf(line, "dropped events: %" SCNu64, &n) == 1)
			sum += n;
	}
	fclose(f);
	return sum;
}

uint64_t trace_lost(const struct trace_source *s)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t sum = 0;
	char path[160];

	for (cpu = 0; cpu < cpus; cpu++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", s->path, cpu);
		sum += lost_of(path);
	}
	return sum;
}

void trace_close(struct trace_source *s)
{
	if (s->pipe >= 0)
		close(s->pipe);
	s->pipe = -1;
	if (s->path[0])
		rmdir(s->path);
	s->path[0] = '\0';
}
