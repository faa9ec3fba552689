// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue of events, ordered by time.
 */
#include <stdlib.h>
#include <string.h>
#include "trace.h"

/* A segment is dropped at once, by the processor that has received it. */
#define DROP_NS 1000000

static bool make_room(struct trace_queue *q)
{
	struct trace_event *more;

	if (q->head) {
		memmove(q->events, q->events + q->head, q->n * sizeof(*q->events));
		q->head = 0;
		return true;
	}
	more = realloc(q->events, (q->room * 2 + 64) * sizeof(*more));
	if (!more)
		return false;
	q->events = more;
	q->room = q->room * 2 + 64;
	return true;
}

bool trace_queue_add(struct trace_queue *q, const struct trace_event *e)
{
	struct trace_event *at;

	if (q->head + q->n == q->room && !make_room(q))
		return false;
	at = q->events + q->head + q->n;
	while (at > q->events + q->head && at[-1].ns > e->ns) {
		at[0] = at[-1];
		at--;
	}
	*at = *e;
	q->n++;
	return true;
}

const struct trace_event *trace_queue_take(struct trace_queue *q, uint64_t ns)
{
	if (!q->n || q->events[q->head].ns >= ns)
		return NULL;
	q->n--;
	return &q->events[q->head++];
}

const struct trace_event *trace_queue_drop_of(const struct trace_queue *q,
					      const struct trace_event *in)
{
	const struct trace_event *e = q->events + q->head, *end = e + q->n;

	for (; e < end && e->ns - in->ns < DROP_NS; e++) {
		if (e->kind == TRACE_DROP && e->cpu == in->cpu && e->net == in->net &&
		    e->seq == in->seq && e->ack == in->ack && e->len == in->len &&
		    trace_same_endpoint(&e->local, &in->local) &&
		    trace_same_endpoint(&e->remote, &in->remote))
			return e;
	}
	return NULL;
}

void trace_queue_free(struct trace_queue *q)
{
	free(q->events);
	memset(q, 0, sizeof(*q));
}
