// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws a ladder:
 *
 *     time     delta   state of left | lane with arrows and remarks | state of right
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "ladder_row.h"

/* How long a line may still change: its segment may arrive, a state may follow it. */
#define ARRIVAL_NS 1500000000ull
#define STATE_NS 50000000ull

/* Columns that an arrow must have left to tell how long it took. */
#define DELAY_ROOM 16

/* Pieces of a label, in the order of their weight. */
struct label {
	unsigned int n;
	char piece[16][96];
};

__attribute__((format(printf, 2, 3))) static void
piece(struct label *label, const char *format, ...)
{
	va_list args;

	if (label->n == sizeof(label->piece) / sizeof(label->piece[0]))
		return;
	va_start(args, format);
	vsnprintf(label->piece[label->n], sizeof(label->piece[0]), format, args);
	va_end(args);
	if (label->piece[label->n][0])
		label->n++;
}

static uint64_t window_of(const struct ladder *l, int side, const struct trace_event *e)
{
	bool scaled = l->side[LEFT].scaled && l->side[RIGHT].scaled;

	return e->flags & TCP_FLAG_SYN_BIT || !scaled ? e->win : e->win << l->side[side].scale;
}

static void make_label(const struct ladder *l, const struct ladder_line *line, struct label *label)
{
	const struct ladder_side *from = &l->side[line->side], *to = &l->side[!line->side];
	const struct trace_event *e = &line->e;
	char flags[48], options[200], *option;

	label->n = 0;
	piece(label, "%s", trace_flags(e->flags, flags, sizeof(flags)));
	piece(label, "seq %u", (uint32_t)e->seq - from->base);
	if (e->flags & TCP_FLAG_ACK_BIT)
		piece(label, "ack %u", (uint32_t)e->ack - to->base);
	if (e->mss && e->len > e->mss)
		piece(label, "len %" PRIu64 " (%" PRIu64 " segments)", e->len,
		      (e->len + e->mss - 1) / e->mss);
	else if (e->len)
		piece(label, "len %" PRIu64, e->len);
	piece(label, "win %" PRIu64, window_of(l, line->side, e));
	piece(label, "%s", line->text);
	ladder_options(e, to->base, options, sizeof(options));
	for (option = options; *option; option += strlen(option) + 1)
		piece(label, "%s", option);
}

static bool is_lost(const struct ladder *l, const struct ladder_line *line)
{
	return line->sent && !line->arrived && l->side[!line->side].ours;
}

static enum colour colour_of(const struct ladder *l, const struct ladder_line *line)
{
	const struct trace_event *e = &line->e;

	if (is_lost(l, line) || e->flags & TCP_FLAG_RST_BIT || line->drop[0])
		return RED;
	if (e->again || !strcmp(e->why, "RETRANSMIT") || !strcmp(e->why, "TLP"))
		return YELLOW;
	if (e->flags & TCP_FLAG_SYN_BIT)
		return GREEN;
	if (e->flags & TCP_FLAG_FIN_BIT)
		return MAGENTA;
	return e->len ? CYAN : PLAIN;
}

/* The time on its way, where the arrow has room for it. */
static void put_delay(struct row *r, const struct ladder_line *line, unsigned int from,
		      unsigned int to)
{
	uint64_t ns = line->arrived_ns - line->ns;
	char text[24];
	int n;

	if (!line->sent || !line->arrived || to < from + DELAY_ROOM)
		return;
	n = snprintf(text, sizeof(text), ns < 1000000 ? " %.0f us " : " %.1f ms ",
		     ns / (ns < 1000000 ? 1e3 : 1e6));
	memcpy(r->lane + (line->side == LEFT ? to - n - 2 : from + 2), text, n);
}

/* It ends two thirds of its way, or behind its label. */
static void cut_arrow(struct row *r, int side, unsigned int end)
{
	static const char lost[] = "lost";
	unsigned int w = r->width, n = sizeof(lost) - 1;

	if (side == LEFT) {
		memset(r->lane + end, ' ', w - end);
		r->lane[end] = CROSS;
		memcpy(r->lane + end + 2, lost, n);
	} else {
		memset(r->lane, ' ', w - end);
		r->lane[w - 1 - end] = CROSS;
		memcpy(r->lane + w - 2 - end - n, lost, n);
	}
}

static void draw_arrow(struct row *r, const struct ladder_line *line, const char *label, bool lost)
{
	unsigned int n = strlen(label), w = r->width;

	memset(r->lane, DASH, w);
	if (line->side == LEFT) {
		memcpy(r->lane + 2, label, n);
		put_delay(r, line, n + 2, w - 1);
		r->lane[w - 1] = HEAD_RIGHT;
	} else {
		memcpy(r->lane + w - 2 - n, label, n);
		put_delay(r, line, 1, w - 2 - n);
		r->lane[0] = HEAD_LEFT;
	}
	if (lost)
		cut_arrow(r, line->side, n + 4 > w * 2 / 3 ? n + 4 : w * 2 / 3);
}

/* The number of the first piece that does not fit any more. */
static unsigned int join_apart(const struct label *label, unsigned int first, unsigned int room,
			       const char *gap, char *out)
{
	unsigned int i, n = 0, len;

	*out = '\0';
	for (i = first; i < label->n; i++) {
		len = strlen(label->piece[i]) + (i > first ? strlen(gap) : 0);
		if (n + len > room && i > first)
			break;
		n += snprintf(out + n, room + 1 - n, "%s%s", i > first ? gap : "", label->piece[i]);
	}
	return i;
}

/* The pieces from first on that fit; all, if they do so when they stand nearer. */
static unsigned int join(const struct label *label, unsigned int first, unsigned int room,
			 char *out)
{
	if (join_apart(label, first, room, "  ", out) == label->n ||
	    join_apart(label, first, room, " ", out) == label->n)
		return label->n;
	return join_apart(label, first, room, "  ", out);
}

static const char *drop_meaning(const char *name)
{
	static const struct {
		const char *name, *meaning;
	} drops[] = {
#define XTCP_DROP(name_, reason, counter, meaning_) { #name_, meaning_ },
#include "../include/xtcp/defs/drop_defs.h"
#undef XTCP_DROP
	};
	size_t i;

	for (i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		if (!strcmp(drops[i].name, name))
			return drops[i].meaning;
	}
	return name;
}

static void draw_notes(const struct ladder_style *s, struct ladder *l, struct ladder_line *line)
{
	bool part = line->sent && line->arrived && line->e.len > line->arrived_bytes;
	char text[200];

	if (part) {
		snprintf(text, sizeof(text), "lost in part: %" PRIu64 " of %" PRIu64 " bytes arrived",
			 line->arrived_bytes, line->e.len);
		put_words(s, l, !line->side, text, RED, NULL);
	}
	if (line->drop[0]) {
		snprintf(text, sizeof(text), "dropped: %s", drop_meaning(line->drop));
		put_words(s, l, line->is_segment ? !line->side : line->side, text, RED, NULL);
	}
	l->lost += is_lost(l, line) || part;
}

static void draw_segment(const struct ladder_style *s, struct ladder *l, struct ladder_line *line)
{
	char text[WIDTH_MAX * 4];
	bool lost = is_lost(l, line);
	struct label label;
	unsigned int next;
	struct row r;

	make_label(l, line, &label);
	clear_row(s, &r, colour_of(l, line));
	text[0] = ' ';
	next = join(&label, 0, r.width - (lost ? 14 : 6), text + 1);
	strcat(text, " ");
	draw_arrow(&r, line, text, lost);
	put_row(s, l, &r, line);
	while (next < label.n) {
		next = join(&label, next, r.width - 4, text);
		put_words(s, l, line->side, text, r.colour == PLAIN ? DIM : r.colour, NULL);
	}
	draw_notes(s, l, line);
}

static void draw_line(const struct ladder_style *s, struct ladder *l, struct ladder_line *line)
{
	char text[130];

	if (line->is_segment) {
		draw_segment(s, l, line);
	} else if (!s->brief || line->state[LEFT][0] || line->state[RIGHT][0]) {
		snprintf(text, sizeof(text), line->text[0] ? "%c %s" : "", DOT, line->text);
		put_words(s, l, line->side, text, BLUE, line);
		draw_notes(s, l, line);
	}
	line->drawn = true;
}

static void draw_head(const struct ladder_style *s, struct ladder *l)
{
	char name[SIDES][80], kind[SIDES][80];
	unsigned int left = COLUMN_TIME + 2, i;

	for (i = LEFT; i < SIDES; i++) {
		const struct ladder_side *side = &l->side[i];

		trace_format_endpoint(&side->address, name[i], sizeof(name[i]));
		if (side->ours)
			snprintf(kind[i], sizeof(kind[i]), "xtcp, net %" PRIu64, side->net);
		else
			snprintf(kind[i], sizeof(kind[i]), "(states inferred)");
	}
	put_colour(s, BOLD);
	printf("%*s%s%*s\n", left, "", name[LEFT], (int)(s->width - left - strlen(name[LEFT])),
	       name[RIGHT]);
	end_colour(s, BOLD);
	put_colour(s, DIM);
	printf("%10s%10s  %s%*s\n", "seconds", "later", kind[LEFT],
	       (int)(s->width - left - strlen(kind[LEFT])), kind[RIGHT]);
	end_colour(s, DIM);
	l->headed = true;
	l->start_ns = l->first->ns;
}

static bool settled(const struct ladder *l, const struct ladder_line *line, uint64_t now)
{
	bool waits = line->is_segment && line->sent && !line->arrived;

	if (waits && (l->side[!line->side].ours || line->e.flags & TCP_FLAG_SYN_BIT))
		return now - line->ns >= ARRIVAL_NS;
	return !line->is_segment || now - line->ns >= STATE_NS;
}

void ladder_draw(struct ladder *l, const struct ladder_style *style, uint64_t now)
{
	struct ladder_line *line = l->last;

	while (line && !line->drawn)
		line = line->prev;
	line = line ? line->next : l->first;
	for (; line && settled(l, line, now); line = line->next) {
		if (!l->headed)
			draw_head(style, l);
		draw_line(style, l, line);
	}
	fflush(stdout);
}

void ladder_finish(struct ladder *l, const struct ladder_style *style)
{
	ladder_draw(l, style, UINT64_MAX);
	if (!l->headed)
		return;
	put_colour(style, DIM);
	printf("%*s%u segments: %u from the left, %u from the right; %u retransmitted, %u lost\n",
	       COLUMN_TIME + 2, "", l->segments, l->of_side[LEFT], l->of_side[RIGHT], l->again,
	       l->lost);
	end_colour(style, DIM);
}
