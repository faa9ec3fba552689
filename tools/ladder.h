/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection as a sequence diagram: events of one or both of its ends become lines, which are
 * arrows (a segment) or remarks (what happened at one end).
 */
#ifndef XTCP_TOOLS_LADDER_H
#define XTCP_TOOLS_LADDER_H

#include "trace.h"

enum {
	LEFT,
	RIGHT,
	SIDES,
};

struct ladder_side {
	struct sockaddr_storage address;
	bool ours; /* an xtcp socket of this host, whose events we see */
	uint64_t net; /* of ours */
	bool numbered;
	uint32_t base; /* number of its SYN, or one before the first that was seen */
	bool scaled;
	unsigned int scale; /* of its windows */
	bool finished;
	uint32_t fin_end; /* the number behind its FIN */
	/* State of one that isn't ours as its segments tell, and as drawn last. */
	char inferred[TRACE_WORD];
	char shown[TRACE_WORD];
	uint64_t shown_ns; /* the moment of which that one was told */
	struct trace_context context;
	struct ladder_line *last_in;
	uint64_t delay_ns; /* least time from the other side to this one */
};

struct ladder_line {
	struct ladder_line *next, *prev;
	uint64_t ns;
	int side; /* the sender, or where a remark belongs */
	bool is_segment;
	bool sent, arrived; /* seen at its sender, at its receiver */
	bool drawn, late;
	uint64_t arrived_ns;
	uint64_t arrived_bytes;
	struct trace_event e;
	char text[120]; /* words of a segment; a remark */
	char drop[TRACE_WORD];
	/* States as of this line; of one that isn't ours they are guessed. */
	char state[SIDES][TRACE_WORD];
};

struct ladder {
	struct ladder *next;
	struct ladder_side side[SIDES];
	struct ladder_line *first, *last;
	unsigned int segments, lost, again;
	unsigned int of_side[SIDES];
	bool oriented; /* its SYN was seen */
	bool headed; /* drawing has begun */
	uint64_t start_ns, last_ns;
};

struct ladders {
	struct ladder *first, *last;
	bool one; /* only the first connection */
	uint64_t segments;
};

void ladders_event(struct ladders *all, const struct trace_event *e);
void ladders_free(struct ladders *all);
struct ladder_line *ladder_add(struct ladder *l, int side, uint64_t ns);

/* What is known of the other side from a segment (ladder_infer.c). */
void ladder_number(struct ladder *l, int sender, const struct trace_event *e);
void ladder_infer(struct ladder *l, struct ladder_line *line);

/* A segment arrives (ladder_match.c). False: its sending wasn't seen. */
bool ladder_match(struct ladder *l, int receiver, const struct trace_event *in);

/* It has arrived once already. */
bool ladder_came_before(const struct ladder *l, int receiver, const struct trace_event *in);

struct ladder_style {
	unsigned int width;
	bool colour, utf8, brief;
	double limit; /* segments of each ladder; 0: all */
};

struct ladder_style ladder_style(bool plain);

/* Draws what will not change any more; all of it at UINT64_MAX. */
void ladder_draw(struct ladder *l, const struct ladder_style *style, uint64_t now);
void ladder_finish(struct ladder *l, const struct ladder_style *style);

/*
 * What a segment tells beside its numbers: "mss 1460", "sack 1-100", each with its NUL byte; base
 * is that of who is acknowledged.
 */
void ladder_options(const struct trace_event *e, uint32_t base, char *out, size_t size);

#endif
