// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp doctor: a list of checks, each a line or some: ok, look or bad, what was found, and what to
 * do about it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "doctor.h"
#include "filter.h"
#include "knobs.h"
#include "show.h"
#include "xtcp.h"

#define AF_XTCP_USUAL	18	/* what programs are built with, <linux/xtcp.h> */
#define RECORD_SIZE	8192	/* of /dev/kmsg, at most */
#define LEVEL_WARNING	4
#define NEARLY	80		/* percent of a bound that is worth a look */

void doctor_say(struct doctor *doc, enum verdict v, const char *subject, const char *todo,
		const char *format, ...)
{
	static const char *const words[] = { "ok", "look", "bad" };
	va_list args;

	printf("%-5s %-16s ", words[v], subject);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	if (v != DOCTOR_OK && todo)
		printf("%23s> %s\n", "", todo);
	doc->nr[v]++;
}

static void check_module(struct doctor *doc)
{
	char version[64] = "?";
	FILE *f = fopen("/sys/module/xtcp/version", "re");

	if (f && fgets(version, sizeof(version), f))
		version[strcspn(version, "\n")] = 0;
	if (f)
		fclose(f);
	doctor_say(doc, strcmp(version, XTCP_VERSION) ? DOCTOR_LOOK : DOCTOR_OK, "module",
		   "the tools are of version " XTCP_VERSION ": install both from one source",
		   "loaded, version %s", version);
	doctor_say(doc, doc->d.family == AF_XTCP_USUAL ? DOCTOR_OK : DOCTOR_LOOK, "family",
		   "programs built with AF_XTCP of <linux/xtcp.h> do not reach it",
		   "number %d", doc->d.family);
}

static void check_knobs(struct doctor *doc)
{
	unsigned long now[KNOB_MOST];
	unsigned int i, j, away = 0;

	for (i = 0; i < nr_knobs; i++) {
		const struct knob *k = &knobs[i];
		char text[64] = "", usual[64] = "";

		if (!knob_read(k->name, k->nr, now))
			continue;
		for (j = 0; j < k->nr && now[j] == k->initial[j]; j++)
			;
		if (j == k->nr)
			continue;
		for (j = 0; j < k->nr; j++) {
			sprintf(text + strlen(text), " %lu", now[j]);
			sprintf(usual + strlen(usual), " %u", k->initial[j]);
		}
		doctor_say(doc, DOCTOR_LOOK, "sysctl", NULL, "%s is%s, usually%s: %s", k->name,
			   text, usual, k->meaning);
		away++;
	}
	if (!away)
		doctor_say(doc, DOCTOR_OK, "sysctl", NULL, "all as they are at first");
}

static void check_listeners(struct doctor *doc)
{
	char end[SHOW_END_SIZE];
	unsigned int full = 0;
	size_t i;

	for (i = 0; i < doc->listeners.nr; i++) {
		const struct diag_socket *s = &doc->listeners.at[i];
		const struct xtcp_diag_listener *l = &s->listener;

		if (l->ready > l->backlog) {
			doctor_say(doc, DOCTOR_BAD, "accept queue",
				   "the program does not accept(), or too slowly; xss -lp names it",
				   "%s is full: %u are ready where the backlog is %u",
				   show_local(end, s), l->ready, l->backlog);
			full++;
		}
		if (l->requests >= l->most_requests) {
			doctor_say(doc, DOCTOR_BAD, "SYN queue",
				   "a flood of SYNs, or raise max_syn_backlog and the backlog",
				   "%s is full: %u requests", show_local(end, s), l->requests);
			full++;
		}
	}
	if (!full)
		doctor_say(doc, DOCTOR_OK, "listeners", NULL, "%zu, and no queue is full",
			   doc->listeners.nr);
}

static void check_memory(struct doctor *doc)
{
	unsigned long bound[3], kib = sysconf(_SC_PAGESIZE) / 1024;
	enum verdict v = DOCTOR_OK;

	if (!knob_read("mem", 3, bound))
		return;
	if (doc->stat.pages > bound[2])
		v = DOCTOR_BAD;
	else if (doc->stat.pages > bound[1])
		v = DOCTOR_LOOK;
	doctor_say(doc, v, "memory",
		   "raise net.xtcp.mem, or find with xss -am who has so much queued",
		   "%lu KiB of %lu, short above %lu", doc->stat.pages * kib, bound[2] * kib,
		   bound[1] * kib);
}

/* How near a number of things is to what a tunable allows. */
static void check_bound(struct doctor *doc, const char *subject, const char *knob,
			unsigned long now, const char *todo)
{
	unsigned long most = knob_number(knob, ~0ul);
	enum verdict v = DOCTOR_OK;

	if (now && now >= most)
		v = DOCTOR_BAD;
	else if (now > most / 100 * NEARLY)
		v = DOCTOR_LOOK;
	doctor_say(doc, v, subject, todo, "%lu of %lu (%s)", now, most, knob);
}

static void check_bounds(struct doctor *doc)
{
	check_bound(doc, "TIME-WAIT", "max_tw_buckets", doc->stat.timewaits,
		    "raise max_tw_buckets, or let clients close first");
	check_bound(doc, "orphans", "max_orphans", doc->stat.orphans,
		    "peers do not take what was sent to them, or raise max_orphans");
}

/*
 * "number,sequence,time,flags;text" is a record of the log; the number is the level, and above it
 * who wrote, the kernel being 0. That a module taints the kernel is not worth a word.
 */
static bool is_warning_of_xtcp(const char *record)
{
	const char *text = strchr(record, ';');

	return text && strtoul(record, NULL, 10) <= LEVEL_WARNING && strstr(text, "xtcp") &&
	       !strstr(text, "taint");
}

static void check_log(struct doctor *doc)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[RECORD_SIZE + 1], first[160] = "";
	unsigned int nr = 0;
	ssize_t len;

	if (fd < 0) {
		doctor_say(doc, DOCTOR_LOOK, "kernel log", "run it as root", "can't be read");
		return;
	}
	lseek(fd, 0, SEEK_DATA);	/* behind what dmesg -C has wiped */
	while ((len = read(fd, record, RECORD_SIZE)) > 0) {
		record[len] = 0;
		if (!is_warning_of_xtcp(record))
			continue;
		if (!nr++)
			snprintf(first, sizeof(first), "%.*s",
				 (int)strcspn(strchr(record, ';') + 1, "\n"),
				 strchr(record, ';') + 1);
	}
	close(fd);
	if (nr)
		doctor_say(doc, DOCTOR_BAD, "kernel log", "read it, with dmesg -l err,warn; dmesg -C wipes it",
			   "%u warnings name xtcp, the first: %s", nr, first);
	else
		doctor_say(doc, DOCTOR_OK, "kernel log", NULL, "no warning names xtcp");
}

static void (*const checks[])(struct doctor *doc) = {
	check_module,
	check_knobs,
	check_listeners,
	check_memory,
	check_bounds,
	doctor_rates,
	doctor_counters,
	check_log,
};

int xtcp_doctor(int argc, char **argv)
{
	struct diag_query q = { .states = filter_states("listening") };
	struct doctor doc = {};
	unsigned int i;

	if (argc != 1)
		return xtcp_usage(argv[0], "what?");
	if (diag_open(&doc.d) || diag_collect(&doc.d, &q, &doc.listeners)) {
		doctor_say(&doc, DOCTOR_BAD, "module", NULL, "%s", doc.d.error);
		return 1;
	}
	if (!counters_read(doc.value) || !sockstat_read(&doc.stat))
		doctor_say(&doc, DOCTOR_BAD, "counters", "is /proc mounted?", "can't be read");
	for (i = 0; i < ARRAY_SIZE(checks); i++)
		checks[i](&doc);
	printf("%u ok, %u to look at, %u bad\n", doc.nr[DOCTOR_OK], doc.nr[DOCTOR_LOOK],
	       doc.nr[DOCTOR_BAD]);
	diag_free(&doc.listeners);
	diag_close(&doc.d);
	return doc.nr[DOCTOR_BAD] > 0;
}
