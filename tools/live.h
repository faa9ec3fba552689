/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that show events share: their options, and the loop that watches while a
 * command runs, a time passes or nobody has interrupted it.
 */
#ifndef XTCP_TOOLS_LIVE_H
#define XTCP_TOOLS_LIVE_H

#include <stdio.h>
#include "trace.h"

struct live_option {
	char letter; /* or 0 */
	const char *name;
	const char *argument; /* NULL: a flag */
	const char *meaning;
	enum {
		LIVE_FLAG,
		LIVE_TEXT,
		LIVE_NUMBER,
	} type;
	void *value; /* bool, const char *, double */
};

struct live_usage {
	const char *program; /* "xtcp record" */
	const char *synopsis;
	const char *about;
	const struct live_option *options; /* the last has no name */
};

enum { LIVE_GO_ON = -1 };

/*
 * Options, filter and, behind "--", a command, whose place in argv is *command. What to end with,
 * or LIVE_GO_ON.
 */
int live_parse(int argc, char **argv, const struct live_usage *u, struct trace_filter *f,
	       char ***command);

struct live {
	const char *program;
	const struct trace_filter *filter;
	double seconds; /* 0: no limit */
	char **command; /* or NULL */
	bool quiet_command; /* its output goes to stderr */
	void *arg;
	void (*event)(void *arg, const struct trace_event *e);
	/* Called often; NULL if there is nothing to do. */
	void (*tick)(void *arg, uint64_t now);
	bool (*done)(void *arg);
	struct trace_queue queue; /* what follows the event that is told */
	uint64_t lost;
};

/* Events of a file of what trace_pipe has printed. */
void live_read_text(FILE *f, void (*event)(void *arg, const struct trace_event *e), void *arg);

/* The same for events of such a file, in the place of those that happen. */
void live_replay(struct live *l, FILE *text);

/* The status of the command, or 0; 1 if tracing does not work. */
int live_run(struct live *l);

#endif
