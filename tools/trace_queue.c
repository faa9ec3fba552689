// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue of events, ordered by time.
 */
#include <stdlib.h>
#include <string.h>
#include "trace.h"

/* Another owner has it nearly as soon. */
#define HANDED_NS 100000000

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

static bool same_ends(const struct trace_event *a, const struct trace_event *b)
{
	return a->net == b->net && trace_same_endpoint(&a->local, &b->local) &&
	       trace_same_endpoint(&a->remote, &b->remote);
}

/* Who has no numbers is no connection, and may have handed it on. */
static bool is_handed_on(const struct trace_event *before, const struct trace_event *e)
{
	bool another = e->nxt || strcmp(before->state, e->state);

	return another && before->header_len && !before->nxt && before->cpu == e->cpu &&
	       e->ns - before->ns < HANDED_NS && before->header_len == e->header_len &&
	       !memcmp(before->header, e->header, e->header_len) && same_ends(before, e);
}

const struct trace_event *trace_queue_take(struct trace_queue *q, uint64_t ns)
{
	const struct trace_event *e;
	bool again;

	while (q->n && q->events[q->head].ns < ns) {
		e = &q->events[q->head++];
		q->n--;
		if (e->kind != TRACE_SEGMENT_IN)
			return e;
		again = is_handed_on(&q->last_in, e);
		q->last_in = *e;
		if (!again)
			return e;
	}
	return NULL;
}

const struct trace_event *trace_queue_drop_of(const struct trace_queue *q,
					      const struct trace_event *in)
{
	const struct trace_event *e = q->events + q->head, *end = e + q->n;

	for (; e < end && e->ns - in->ns < DROP_NS; e++) {
		if (trace_is_drop(e) && e->cpu == in->cpu && e->seq == in->seq &&
		    e->ack == in->ack && e->len == in->len && same_ends(e, in))
			return e;
	}
	return NULL;
}

void trace_queue_free(struct trace_queue *q)
{
	free(q->events);
	memset(q, 0, sizeof(*q));
}
