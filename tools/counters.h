/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of the network namespace that the program is in.
 */
#ifndef _XTCP_TOOLS_COUNTERS_H
#define _XTCP_TOOLS_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of mib_defs.h. */
enum counter_id {
#define XTCP_MIB(name, shown, meaning) COUNTER_##name,
#include "../include/xtcp/defs/mib_defs.h"
#undef XTCP_MIB
	NR_COUNTERS
};

/* The line of /proc/net/xtcp_sockstat. */
struct sockstat {
	unsigned int inuse, orphans, timewaits;
	unsigned int alloc;	/* in all namespaces */
	unsigned long pages;	/* of memory, of all namespaces */
};

const char *counter_name(unsigned int id);
const char *counter_meaning(unsigned int id);

/* False where /proc/net has no such files: there is no module. */
bool counters_read(uint64_t value[NR_COUNTERS]);
bool sockstat_read(struct sockstat *s);

/* NAME, its number and its meaning in columns. */
void counter_print(unsigned int id, uint64_t value);

#endif /* _XTCP_TOOLS_COUNTERS_H */
