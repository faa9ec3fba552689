// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same segment at its sender and at its receiver is one arrow. Devices cut what was sent in
 * one piece and join what came in several, so text is matched by its numbers.
 */
#include <string.h>
#include "ladder.h"

enum { LOOK_BACK = 20000 }; /* lines */

/* Flags that stay with every piece of a segment. */
#define STEADY (TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT | TCP_FLAG_ACK_BIT | TCP_FLAG_URG_BIT)

static const uint8_t *timestamps(const struct trace_event *e)
{
	uint32_t i = 20;

	while (i + 10 <= e->header_len && e->header[i]) {
		if (e->header[i] == 1) {
			i++;
			continue;
		}
		if (e->header[i] == 8)
			return e->header + i + 2;
		if (e->header[i + 1] < 2)
			break;
		i += e->header[i + 1];
	}
	return NULL;
}

static uint64_t extent(const struct trace_event *e)
{
	return e->len + !!(e->flags & TCP_FLAG_SYN_BIT) + !!(e->flags & TCP_FLAG_FIN_BIT);
}

/* in may be what line has sent, or a part of it, beginning at seq. */
static bool may_be(const struct ladder_line *line, const struct trace_event *in, uint32_t seq)
{
	const uint8_t *a = timestamps(&line->e), *b = timestamps(in);
	uint32_t offset = seq - (uint32_t)line->e.seq;

	if (!line->is_segment || !line->sent || line->ns > in->ns)
		return false;
	if ((line->e.flags ^ in->flags) & STEADY || line->e.ack != in->ack || !a != !b ||
	    (a && memcmp(a, b, 8)))
		return false;
	if (!extent(in))
		return !offset && !extent(&line->e) && line->e.win == in->win;
	return offset < extent(&line->e);
}

static void arrive(struct ladder_line *line, const struct trace_event *in, uint64_t bytes)
{
	if (!line->arrived) {
		line->late = line->drawn;
		line->arrived_ns = in->ns;
	}
	line->arrived = true;
	line->arrived_bytes += bytes;
}

/*
 * The last that was sent in time to be here now: of two that look the same, the first is lost if
 * only one arrives.
 */
static struct ladder_line *find(struct ladder *l, int receiver, const struct trace_event *in,
				uint32_t seq)
{
	uint64_t least = l->side[receiver].delay_ns - l->side[receiver].delay_ns / 10;
	struct ladder_line *line, *late = NULL;
	unsigned int n = 0;

	for (line = l->last; line && n < LOOK_BACK; line = line->prev, n++) {
		if (line->side == receiver || !may_be(line, in, seq))
			continue;
		if (line->arrived && line->arrived_bytes >= extent(&line->e))
			continue;
		if (in->ns - line->ns >= least)
			return line;
		late = late ? late : line;
	}
	return late;
}

bool ladder_came_before(const struct ladder *l, int receiver, const struct trace_event *in)
{
	const struct ladder_line *line;
	unsigned int n = 0;

	for (line = l->last; line && n < LOOK_BACK; line = line->prev, n++) {
		if (line->side != receiver && line->arrived && may_be(line, in, in->seq))
			return true;
	}
	return false;
}

static void note_delay(struct ladder_side *s, uint64_t ns)
{
	if (!s->delay_ns || ns < s->delay_ns)
		s->delay_ns = ns;
}

bool ladder_match(struct ladder *l, int receiver, const struct trace_event *in)
{
	uint64_t left = extent(in), part;
	uint32_t seq = in->seq;
	struct ladder_line *line;
	bool found = false;

	do {
		line = find(l, receiver, in, seq);
		if (!line)
			break;
		part = extent(&line->e) - (seq - (uint32_t)line->e.seq);
		part = part < left ? part : left;
		arrive(line, in, part);
		note_delay(&l->side[receiver], in->ns - line->ns);
		l->side[receiver].last_in = line;
		found = true;
		left -= part;
		seq += part;
	} while (left);
	return found;
}
