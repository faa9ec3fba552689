/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tunables of the network namespace that the program is in.
 */
#ifndef _XTCP_TOOLS_KNOBS_H
#define _XTCP_TOOLS_KNOBS_H

#include <stdbool.h>
#include <stdint.h>

#define KNOB_MOST	3	/* numbers of one */

/**
 * struct knob - a row of sysctl_defs.h
 * @name: file in /proc/sys/net/xtcp
 * @meaning: what it is for
 * @nr: how many numbers it has
 * @initial: they, as the module begins with
 */
struct knob {
	const char *name;
	const char *meaning;
	unsigned int nr;
	uint32_t initial[KNOB_MOST];
};

extern const struct knob knobs[];
extern const unsigned int nr_knobs;

/* Reads nr numbers of a file there, which need be none of the table. */
bool knob_read(const char *name, unsigned int nr, unsigned long *value);

/* The first number, or what to take where it can't be read. */
unsigned long knob_number(const char *name, unsigned long otherwise);

#endif /* _XTCP_TOOLS_KNOBS_H */
