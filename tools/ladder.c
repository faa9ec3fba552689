// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events become lines of the ladder of their connection.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ladder.h"

/* A segment that closes a connection has just arrived. */
#define CLOSE_NS 1000000

struct ladder_line *ladder_add(struct ladder *l, int side, uint64_t ns)
{
	struct ladder_line *line = calloc(1, sizeof(*line));

	if (!line)
		abort();
	line->side = side;
	line->ns = ns;
	line->prev = l->last;
	if (l->last)
		l->last->next = line;
	else
		l->first = line;
	l->last = line;
	return line;
}

static struct ladder *new_ladder(struct ladders *all, const struct trace_event *e)
{
	struct ladder *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->side[LEFT].address = e->local;
	l->side[RIGHT].address = e->remote;
	l->start_ns = e->ns;
	if (all->last)
		all->last->next = l;
	else
		all->first = l;
	all->last = l;
	return l;
}

static bool is_side(const struct ladder *l, int side, const struct trace_event *e)
{
	const struct ladder_side *s = &l->side[side];

	return trace_same_endpoint(&s->address, &e->local) &&
	       trace_same_endpoint(&l->side[!side].address, &e->remote) &&
	       (!s->ours || s->net == e->net);
}

/* The first SYN of a connection that follows one between the same ports. */
static bool begins_another(const struct ladder *l, int side, const struct trace_event *e)
{
	int sender = e->kind == TRACE_SEGMENT_IN ? !side : side;

	return l->side[sender].numbered && trace_is_segment(e) && e->flags & TCP_FLAG_SYN_BIT &&
	       !(e->flags & TCP_FLAG_ACK_BIT) && l->side[sender].base != (uint32_t)e->seq;
}

/* The latest connection of these ends. */
static struct ladder *find_ladder(struct ladders *all, const struct trace_event *e, int *side)
{
	struct ladder *l, *found = NULL;
	int i, at = LEFT;

	for (l = all->first; l; l = l->next) {
		for (i = LEFT; i < SIDES; i++) {
			if (is_side(l, i, e)) {
				found = l;
				at = i;
				break;
			}
		}
	}
	if (!found || begins_another(found, at, e)) {
		if (all->one && all->first)
			return NULL;
		found = new_ladder(all, e);
		at = LEFT;
	}
	*side = at;
	return found;
}

/* Who has sent the SYN stands left; as long as nothing is drawn the sides can be changed. */
static int orient(struct ladder *l, int side, const struct trace_event *e)
{
	bool out = e->kind == TRACE_SEGMENT_OUT;
	bool syn = e->flags & TCP_FLAG_SYN_BIT, ack = e->flags & TCP_FLAG_ACK_BIT;
	struct ladder_side other;
	int opener;

	if (l->oriented || !trace_is_segment(e))
		return side;
	l->oriented = true;
	opener = out ? side : !side;
	if (syn && ack)
		opener = !opener;
	else if (!syn && trace_port(&l->side[LEFT].address) < trace_port(&l->side[RIGHT].address))
		opener = RIGHT;
	else if (!syn)
		opener = LEFT;
	if (opener == LEFT || l->first)
		return side;
	other = l->side[LEFT];
	l->side[LEFT] = l->side[RIGHT];
	l->side[RIGHT] = other;
	return !side;
}

static struct ladder_line *add_segment(struct ladders *all, struct ladder *l, int sender,
				       const struct trace_event *e)
{
	struct ladder_line *line = ladder_add(l, sender, e->ns);

	line->is_segment = true;
	line->e = *e;
	l->segments++;
	l->of_side[sender]++;
	all->segments++;
	ladder_number(l, sender, e);
	return line;
}

static void segment_out(struct ladders *all, struct ladder *l, int side,
			const struct trace_event *e)
{
	struct ladder_line *line = add_segment(all, l, side, e);

	line->sent = true;
	l->again += e->again || !strcmp(e->why, "RETRANSMIT") || !strcmp(e->why, "TLP");
	snprintf(line->text, sizeof(line->text), "%s", trace_words(e, &l->side[side].context));
	if (strcmp(e->state, "CLOSED") || e->flags & TCP_FLAG_RST_BIT)
		strcpy(line->state[side], e->state);
	ladder_infer(l, line);
}

/* A segment of which the network makes two is sent once. */
static void comes_again(struct ladder *l, int side, const struct trace_event *e)
{
	struct ladder_line *line = ladder_add(l, side, e->ns);

	line->e = *e;
	l->side[side].last_in = line;
	snprintf(line->text, sizeof(line->text), "seq %u comes a second time",
		 (uint32_t)e->seq - l->side[!side].base);
}

static void segment_in(struct ladders *all, struct ladder *l, int side, const struct trace_event *e)
{
	struct ladder_line *line;

	if (ladder_match(l, side, e)) {
		if (l->side[side].last_in->late) {
			line = ladder_add(l, side, e->ns);
			snprintf(line->text, sizeof(line->text), "what seemed lost arrives");
		}
		return;
	}
	if (l->side[!side].ours && ladder_came_before(l, side, e)) {
		comes_again(l, side, e);
		return;
	}
	line = add_segment(all, l, !side, e);
	line->arrived = true;
	line->arrived_ns = e->ns;
	line->arrived_bytes = UINT64_MAX / 2;
	l->side[side].last_in = line;
	ladder_infer(l, line);
}

static void remark(struct ladder *l, int side, uint64_t ns, const char *text)
{
	struct ladder_line *line = ladder_add(l, side, ns);

	snprintf(line->text, sizeof(line->text), "%s", text);
}

/*
 * States that a call of the user brings about show with the segment that follows; all others with
 * the segment that has arrived.
 */
static void state_changed(struct ladder *l, int side, const struct trace_event *e)
{
	static const char *const calls[] = { "SYN_SENT", "FIN_WAIT_1", "LAST_ACK", "LISTEN" };
	struct ladder_line *line = l->side[side].last_in;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!strcmp(e->after, calls[i]))
			return;
	}
	if (line && !line->drawn &&
	    (strcmp(e->after, "CLOSED") || e->ns - line->arrived_ns < CLOSE_NS)) {
		strcpy(line->state[side], e->after);
		return;
	}
	if (!l->first)
		return;
	line = ladder_add(l, side, e->ns);
	strcpy(line->state[side], e->after);
	if (!strcmp(e->before, "TIME_WAIT"))
		strcpy(line->text, "TIME-WAIT is over");
}

static void requested(struct ladder *l, int side, const struct trace_event *e)
{
	struct ladder_line *line = l->side[side].last_in;
	char text[100];

	if (!strcmp(e->what, "new") && line) {
		strcpy(line->state[side], "SYN_RECEIVED");
	} else if (!strcmp(e->what, "expired")) {
		snprintf(text, sizeof(text), "given up after %" PRIu64 " retransmissions",
			 e->retransmits);
		remark(l, side, e->ns, text);
	} else if (!strcmp(e->what, "cookie")) {
		remark(l, side, e->ns, "answered with a SYN cookie: nothing is kept");
	} else if (!strcmp(e->what, "reset")) {
		remark(l, side, e->ns, "the request was reset");
	}
}

static const char *timer_meaning(const char *name)
{
	static const struct {
		const char *name, *meaning;
	} timers[] = {
#define XTCP_TIMER(name_, handler, meaning_) { #name_, meaning_ },
#include "../include/xtcp/defs/timer_defs.h"
#undef XTCP_TIMER
	};
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
		if (!strcmp(timers[i].name, name))
			return timers[i].meaning;
	}
	return name;
}

/* Timers that only let wait what then goes have no line; the segment tells. */
static void timer_expired(struct ladder *l, int side, const struct trace_event *e)
{
	static const char *const quiet[] = { "DELACK", "COMPRESS", "PACE", "RETRY" };
	char text[100];
	size_t i;

	for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		if (!strcmp(e->timer, quiet[i]))
			return;
	}
	snprintf(text, sizeof(text), "timer: %s", timer_meaning(e->timer));
	remark(l, side, e->ns, text);
}

static void congestion_changed(struct ladder *l, int side, const struct trace_event *e)
{
	char text[120], ssthresh[24] = "none";

	if (e->ssthresh < INT32_MAX)
		snprintf(ssthresh, sizeof(ssthresh), "%" PRIu64, e->ssthresh);
	snprintf(text, sizeof(text), "%s -> %s  cwnd %" PRIu64 " ssthresh %s flight %" PRIu64,
		 e->before, e->after, e->cwnd, ssthresh, e->flight);
	remark(l, side, e->ns, text);
}

static void round_trip(struct ladder *l, int side, const struct trace_event *e)
{
	char text[100];

	snprintf(text, sizeof(text), "RTT %.2f ms  smoothed %.2f  timeout %.0f ms",
		 e->sample_us / 1e3, e->srtt_us / 1e3, e->rto_us / 1e3);
	remark(l, side, e->ns, text);
}

static void dropped(struct ladders *all, struct ladder *l, int side, const struct trace_event *e)
{
	struct ladder_line *line = l->side[side].last_in;

	if (!trace_is_drop(e))
		return;
	if (!line || (uint32_t)(e->seq - line->e.seq) > line->e.len || line->e.ack != e->ack) {
		segment_in(all, l, side, e);
		line = l->side[side].last_in;
	}
	strcpy(line->drop, e->reason);
}

static void ladder_event(struct ladders *all, struct ladder *l, int side,
			 const struct trace_event *e)
{
	trace_remember(&l->side[side].context, e);
	switch (e->kind) {
	case TRACE_SEGMENT_OUT:
		segment_out(all, l, side, e);
		break;
	case TRACE_SEGMENT_IN:
		segment_in(all, l, side, e);
		break;
	case TRACE_SET_STATE:
		state_changed(l, side, e);
		break;
	case TRACE_REQUEST:
		requested(l, side, e);
		break;
	case TRACE_TIMER:
		timer_expired(l, side, e);
		break;
	case TRACE_CONG_STATE:
		congestion_changed(l, side, e);
		break;
	case TRACE_RTT_SAMPLE:
		round_trip(l, side, e);
		break;
	default:
		dropped(all, l, side, e);
	}
}

void ladders_event(struct ladders *all, const struct trace_event *e)
{
	struct ladder *l;
	int side;

	/* What a listener does concerns no connection. */
	if (!trace_port(&e->remote))
		return;
	l = find_ladder(all, e, &side);
	if (!l)
		return;
	side = orient(l, side, e);
	/* Who can't have got a segment isn't an end; a reset of none is no socket. */
	l->side[side].ours = true;
	l->side[side].net = e->net;
	ladder_event(all, l, side, e);
}

void ladders_free(struct ladders *all)
{
	struct ladder_line *line;
	struct ladder *l;

	while ((l = all->first)) {
		all->first = l->next;
		while ((line = l->first)) {
			l->first = line->next;
			free(line);
		}
		free(l);
	}
	all->last = NULL;
}
