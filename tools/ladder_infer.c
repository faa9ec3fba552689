// SPDX-License-Identifier: GPL-2.0-only
/*
 * What segments tell of an end that isn't ours. Its states are guessed from figure 5 of RFC 9293:
 * what it sends shows what it has received; an ACK, which nothing answers, is taken as received.
 */
#include <stdio.h>
#include <string.h>
#include "ladder.h"

static bool is(const struct ladder_side *s, const char *state)
{
	return !strcmp(s->inferred, state);
}

static void become(struct ladder_side *s, const char *state)
{
	snprintf(s->inferred, sizeof(s->inferred), "%s", state);
}

static bool acks_fin(const struct trace_event *e, const struct ladder_side *other)
{
	return e->flags & TCP_FLAG_ACK_BIT && other->finished &&
	       (int32_t)((uint32_t)e->ack - other->fin_end) >= 0;
}

static bool acks_syn(const struct trace_event *e, const struct ladder_side *other)
{
	return e->flags & TCP_FLAG_ACK_BIT && other->numbered &&
	       (int32_t)((uint32_t)e->ack - other->base) > 0;
}

/* It has sent this. */
static void infer_sender(struct ladder_side *s, const struct ladder_side *other,
			 const struct trace_event *e)
{
	bool fin_before = s->finished && !(e->flags & TCP_FLAG_FIN_BIT);

	if (e->flags & TCP_FLAG_RST_BIT) {
		become(s, "CLOSED");
	} else if (e->flags & TCP_FLAG_SYN_BIT) {
		become(s, e->flags & TCP_FLAG_ACK_BIT ? "SYN_RECEIVED" : "SYN_SENT");
	} else if (e->flags & TCP_FLAG_FIN_BIT) {
		if (is(s, "CLOSE_WAIT") || is(s, "LAST_ACK"))
			become(s, "LAST_ACK");
		else if (acks_fin(e, other) && !is(s, "FIN_WAIT_1"))
			become(s, "LAST_ACK");
		else
			become(s, "FIN_WAIT_1");
	} else if (acks_fin(e, other)) {
		if (is(s, "FIN_WAIT_1"))
			become(s, "CLOSING");
		else if (is(s, "FIN_WAIT_2"))
			become(s, "TIME_WAIT");
		else if (!fin_before)
			become(s, "CLOSE_WAIT");
	} else if (!s->inferred[0] || is(s, "SYN_SENT") || is(s, "SYN_RECEIVED")) {
		become(s, "ESTABLISHED");
	}
}

/* It is sent this. */
static void infer_receiver(struct ladder_side *s, const struct trace_event *e)
{
	if (e->flags & TCP_FLAG_RST_BIT) {
		become(s, "CLOSED");
	} else if (is(s, "SYN_RECEIVED") && acks_syn(e, s)) {
		become(s, "ESTABLISHED");
	} else if (acks_fin(e, s)) {
		if (is(s, "LAST_ACK"))
			become(s, "CLOSED");
		else if (is(s, "FIN_WAIT_1"))
			become(s, "FIN_WAIT_2");
		else if (is(s, "CLOSING"))
			become(s, "TIME_WAIT");
	}
}

void ladder_infer(struct ladder *l, struct ladder_line *line)
{
	struct ladder_side *sender = &l->side[line->side], *receiver = &l->side[!line->side];

	infer_sender(sender, receiver, &line->e);
	infer_receiver(receiver, &line->e);
	if (!sender->ours)
		strcpy(line->state[line->side], sender->inferred);
	if (!receiver->ours)
		strcpy(line->state[!line->side], receiver->inferred);
}

/* The shift count of a SYN (RFC 7323 2.2); without the option there is none. */
static void read_scale(struct ladder_side *s, const struct trace_event *e)
{
	uint32_t i = 20;

	s->scaled = false;
	while (i + 1 < e->header_len && e->header[i]) {
		if (e->header[i] == 1) {
			i++;
			continue;
		}
		if (e->header[i] == 3 && i + 2 < e->header_len) {
			s->scaled = true;
			s->scale = e->header[i + 2] > 14 ? 14 : e->header[i + 2];
		}
		if (e->header[i + 1] < 2)
			return;
		i += e->header[i + 1];
	}
}

void ladder_number(struct ladder *l, int sender, const struct trace_event *e)
{
	struct ladder_side *s = &l->side[sender], *other = &l->side[!sender];

	if (e->flags & TCP_FLAG_SYN_BIT) {
		s->base = e->seq;
		s->numbered = true;
		read_scale(s, e);
	} else if (!s->numbered) {
		s->base = e->seq - 1;
		s->numbered = true;
	}
	if (e->flags & TCP_FLAG_ACK_BIT && !other->numbered) {
		other->base = e->ack - 1;
		other->numbered = true;
	}
	if (e->flags & TCP_FLAG_FIN_BIT) {
		s->finished = true;
		s->fin_end = e->seq + e->len + 1;
	}
}

static uint32_t number_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int one_option(const uint8_t *o, bool syn, uint32_t base, char *out, size_t size)
{
	int n = 0, i;

	switch (o[0]) {
	case 2:
		return o[1] == 4 ? snprintf(out, size, "mss %u", o[2] << 8 | o[3]) : 0;
	case 3:
		return o[1] == 3 ? snprintf(out, size, "wscale %u", o[2]) : 0;
	case 4:
		return snprintf(out, size, "sackOK");
	case 5:
		for (i = 2; i + 8 <= o[1] && (size_t)n < size; i += 8)
			n += snprintf(out + n, size - n, "%s%u-%u", n ? " " : "sack ", number_at(o + i) - base,
				      number_at(o + i + 4) - base);
		return n;
	case 8:
		return syn ? snprintf(out, size, "timestamps") : 0;
	case 34:
		return snprintf(out, size, o[1] > 2 ? "fast open cookie" : "fast open?");
	case 172:
	case 174:
		return syn ? snprintf(out, size, "accurate ECN") : 0;
	}
	return 0;
}

/* Each ends with a NUL byte, the last with two. */
void ladder_options(const struct trace_event *e, uint32_t base, char *out, size_t size)
{
	bool syn = e->flags & TCP_FLAG_SYN_BIT;
	uint32_t i = 20, len;
	size_t n = 0;
	int added;

	memset(out, 0, size);
	for (; i + 1 < e->header_len && e->header[i]; i += len) {
		len = e->header[i] == 1 ? 1 : e->header[i + 1];
		if (!len || i + len > e->header_len)
			break;
		if (len < 2)
			continue;
		added = one_option(e->header + i, syn, base, out + n, size - n);
		if (n + added + 2 > size)
			break;
		n += added ? added + 1 : 0;
	}
}
