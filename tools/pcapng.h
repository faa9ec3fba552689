/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of pcapng (draft-ietf-opsawg-pcapng) that a recording of segments needs: packets of
 * LINKTYPE_RAW with a direction and comments. IP headers are made up from the addresses.
 */
#ifndef XTCP_TOOLS_PCAPNG_H
#define XTCP_TOOLS_PCAPNG_H

#include <stdio.h>
#include "trace.h"

struct pcapng_writer {
	FILE *file;
	uint64_t wall_ns; /* what to add to the clock of events */
};

void pcapng_begin(struct pcapng_writer *w, FILE *f);

/* A segment as a packet, with comments; the last is NULL. */
void pcapng_segment(struct pcapng_writer *w, const struct trace_event *e,
		    const char *const comments[]);

/* What was heard after the last packet, and the number of events that were not heard. */
void pcapng_end(struct pcapng_writer *w, uint64_t lost, const char *const comments[]);

/*
 * Hands on the events of a recording: those that came before a packet, then the packet itself.
 * NULL, or what is wrong with the file.
 */
const char *pcapng_read(FILE *f, void (*event)(void *arg, const struct trace_event *e), void *arg);

/* Whether a file that begins with these four bytes claims to be one. */
bool pcapng_is(const uint8_t *start);

#endif
