// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunables: /proc/sys/net/xtcp.
 */
#include <stdio.h>
#include "knobs.h"

const struct knob knobs[] = {
#define XTCP_SYSCTL(name, unit, initial, min, max, meaning) { #name, meaning, 1, { initial } },
#define XTCP_SYSCTL_VEC(name, unit, least, initial, most, min, max, meaning) \
	{ #name, meaning, 3, { least, initial, most } },
#include "../include/xtcp/defs/sysctl_defs.h"
#undef XTCP_SYSCTL
#undef XTCP_SYSCTL_VEC
};

const unsigned int nr_knobs = sizeof(knobs) / sizeof(knobs[0]);

bool knob_read(const char *name, unsigned int nr, unsigned long *value)
{
	char path[128];
	unsigned int i;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/xtcp/%s", name);
	f = fopen(path, "re");
	if (!f)
		return false;
	for (i = 0; i < nr && fscanf(f, "%lu", &value[i]) == 1; i++)
		;
	fclose(f);
	return i == nr;
}

unsigned long knob_number(const char *name, unsigned long otherwise)
{
	unsigned long value;

	return knob_read(name, 1, &value) ? value : otherwise;
}
