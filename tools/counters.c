// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of /proc/net/xtcp_snmp, xtcp_netstat and xtcp_sockstat.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "counters.h"

static const struct {
	const char *name;
	const char *meaning;
} rows[] = {
#define XTCP_MIB(name, shown, meaning) { shown, meaning },
#include "../include/xtcp/defs/mib_defs.h"
#undef XTCP_MIB
};

const char *counter_name(unsigned int id)
{
	return rows[id].name;
}

const char *counter_meaning(unsigned int id)
{
	return rows[id].meaning;
}

static void take(const char *name, const char *number, uint64_t value[NR_COUNTERS])
{
	unsigned int i;

	for (i = 0; i < NR_COUNTERS; i++) {
		if (!strcmp(rows[i].name, name))
			value[i] = strtoull(number, NULL, 10);
	}
}

/* A line of names, and one of as many numbers. */
static bool read_pair(const char *path, uint64_t value[NR_COUNTERS])
{
	char *names = NULL, *numbers = NULL, *name, *number, *at_name, *at_number;
	size_t name_room = 0, number_room = 0;
	FILE *f = fopen(path, "re");
	bool whole;

	if (!f)
		return false;
	whole = getline(&names, &name_room, f) > 0 && getline(&numbers, &number_room, f) > 0;
	fclose(f);
	if (whole) {
		name = strtok_r(names, " \n", &at_name);
		number = strtok_r(numbers, " \n", &at_number);
		while (name && number) {
			take(name, number, value);
			name = strtok_r(NULL, " \n", &at_name);
			number = strtok_r(NULL, " \n", &at_number);
		}
	}
	free(names);
	free(numbers);
	return whole;
}

bool counters_read(uint64_t value[NR_COUNTERS])
{
	memset(value, 0, NR_COUNTERS * sizeof(*value));
	return read_pair("/proc/net/xtcp_snmp", value) &&
	       read_pair("/proc/net/xtcp_netstat", value);
}

bool sockstat_read(struct sockstat *s)
{
	FILE *f = fopen("/proc/net/xtcp_sockstat", "re");
	int got;

	if (!f)
		return false;
	got = fscanf(f, "TCP: inuse %u orphan %u tw %u alloc %u mem %lu", &s->inuse, &s->orphans,
		     &s->timewaits, &s->alloc, &s->pages);
	fclose(f);
	return got == 5;
}

void counter_print(unsigned int id, uint64_t value)
{
	printf("  %-25s %12" PRIu64 "  %s\n", rows[id].name, value, rows[id].meaning);
}
