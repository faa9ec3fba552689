// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp status: the module, the namespaces, memory, and the counters that moved.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "counters.h"
#include "filter.h"
#include "knobs.h"
#include "namespaces.h"
#include "show.h"
#include "xtcp.h"

#define MODULE	"/sys/module/xtcp/"

/* A line of a file of the module without its end, or "?". */
static const char *module_line(char *out, size_t size, const char *file)
{
	char path[320];
	FILE *f;

	snprintf(path, sizeof(path), MODULE "%s", file);
	f = fopen(path, "re");
	if (!f || !fgets(out, size, f))
		snprintf(out, size, "?");
	if (f)
		fclose(f);
	out[strcspn(out, "\n")] = 0;
	return out;
}

static void put_module(void)
{
	DIR *dir = opendir(MODULE "parameters");
	struct dirent *entry;
	char line[128], file[300];

	printf("Module      version %s", module_line(line, sizeof(line), "version"));
	printf(", in use %s times", module_line(line, sizeof(line), "refcnt"));
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "parameters/%s", entry->d_name);
		printf(", %s=%s", entry->d_name, module_line(line, sizeof(line), file));
	}
	putchar('\n');
	if (dir)
		closedir(dir);
}

static void put_memory(void)
{
	unsigned long bound[3], kib = sysconf(_SC_PAGESIZE) / 1024;
	struct sockstat stat;

	if (!sockstat_read(&stat))
		return;
	printf("Memory      %lu KiB of all sockets", stat.pages * kib);
	if (knob_read("mem", 3, bound))
		printf("; plenty below %lu, short above %lu, refused above %lu KiB", bound[0] * kib,
		       bound[1] * kib, bound[2] * kib);
	printf("\nSockets     %u in all namespaces; here %u, %u orphans, %u in TIME-WAIT\n",
	       stat.alloc, stat.inuse, stat.orphans, stat.timewaits);
}

static void count(const struct diag_socket *s, void *arg)
{
	unsigned int *nr = arg;

	if (s->state < DIAG_NR_STATES)
		nr[s->state]++;
}

/* In the order of a life. A namespace without sockets is not worth a line, but for the own. */
static void put_namespace(const struct namespace_at *at, void *arg)
{
	static const uint8_t order[] = {
#define XTCP_STATE(name, number) number,
#include "../include/xtcp/defs/state_defs.h"
#undef XTCP_STATE
	};
	struct diag_query q = { .states = filter_states("all") };
	unsigned int nr[DIAG_NR_STATES] = {}, i;
	const char *before = "";
	struct diag d;
	int *status = arg;

	if (diag_open(&d) || diag_dump(&d, &q, count, nr)) {
		diag_close(&d);
		*status = at->own ? xtcp_failure(d.error) : *status;
		return;
	}
	diag_close(&d);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (!nr[order[i]])
			continue;
		if (!*before)
			printf("  %-20s ", at->name);
		printf("%s%u %s", before, nr[order[i]], show_state(order[i]));
		before = ", ";
	}
	if (*before || at->own)
		puts(*before ? "" : "  this                 none");
}

static void put_those_that_count(const uint64_t value[NR_COUNTERS])
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_COUNTERS; i++) {
		if (!value[i])
			continue;
		counter_print(i, value[i]);
		nr++;
	}
	if (!nr)
		puts("  none");
}

static void put_counters(void)
{
	uint64_t value[NR_COUNTERS];

	if (!counters_read(value))
		return;
	puts("Counters of this namespace that are not 0");
	put_those_that_count(value);
}

static int put_differences(const char *seconds)
{
	uint64_t before[NR_COUNTERS], value[NR_COUNTERS];
	struct timespec pause;
	unsigned int i;
	char *end;
	double wait = strtod(seconds, &end);

	if (*end || !*seconds || !(wait > 0) || wait > 1e6)
		return xtcp_usage("status", "-w wants a number of seconds");
	pause = (struct timespec){ .tv_sec = wait, .tv_nsec = (wait - (time_t)wait) * 1e9 };
	if (!counters_read(before))
		return xtcp_failure("xtcp is not loaded: insmod xtcp.ko");
	nanosleep(&pause, NULL);
	if (!counters_read(value))
		return xtcp_failure("xtcp was unloaded");
	printf("Counters of this namespace that moved in %s s\n", seconds);
	for (i = 0; i < NR_COUNTERS; i++)
		value[i] -= before[i];
	put_those_that_count(value);
	return 0;
}

int xtcp_status(int argc, char **argv)
{
	struct diag d;
	int status = 0;

	if (argc == 3 && !strcmp(argv[1], "-w"))
		return put_differences(argv[2]);
	if (argc != 1)
		return xtcp_usage(argv[0], "what?");
	if (diag_open(&d))
		return xtcp_failure(d.error);
	diag_close(&d);
	put_module();
	put_memory();
	puts("Namespaces");
	namespaces_each(put_namespace, &status);
	put_counters();
	return status;
}
