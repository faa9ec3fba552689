/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checks of xtcp doctor share.
 */
#ifndef _XTCP_TOOLS_DOCTOR_H
#define _XTCP_TOOLS_DOCTOR_H

#include "counters.h"
#include "diag.h"

enum verdict {
	DOCTOR_OK,
	DOCTOR_LOOK,	/* it may be meant, or have been long ago */
	DOCTOR_BAD,
};

/**
 * struct doctor - an examination
 * @d: the module, for those checks that need more
 * @value: the counters of this namespace
 * @stat: its sockets and all memory
 * @listeners: its listeners
 * @nr: how many lines had which verdict
 */
struct doctor {
	struct diag d;
	uint64_t value[NR_COUNTERS];
	struct sockstat stat;
	struct diag_list listeners;
	unsigned int nr[DOCTOR_BAD + 1];
};

/* A line: what was looked at, what was found, and what to do, or NULL. */
void doctor_say(struct doctor *doc, enum verdict v, const char *subject, const char *todo,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

void doctor_counters(struct doctor *doc);
void doctor_rates(struct doctor *doc);

#endif /* _XTCP_TOOLS_DOCTOR_H */
