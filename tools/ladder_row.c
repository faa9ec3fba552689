// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of a ladder on the terminal.
 */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "ladder_row.h"

static const char *const utf8_glyph[GLYPHS] = { "", "─", "▶", "◀", "✗", "│", "•" };
static const char ascii_glyph[GLYPHS + 1] = " -><x|*";

static const char *const colour_code[] = { "", "2", "1", "1;31", "32", "1;33", "94", "35", "36" };

struct ladder_style ladder_style(bool plain)
{
	struct ladder_style s = { .width = WIDTH_PLAIN };
	struct winsize w;

	if (plain)
		return s;
	s.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	s.colour = isatty(STDOUT_FILENO) && !(getenv("NO_COLOR") && *getenv("NO_COLOR"));
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		s.width = w.ws_col;
	else if (getenv("COLUMNS"))
		s.width = strtoul(getenv("COLUMNS"), NULL, 10);
	if (s.width < WIDTH_MIN)
		s.width = WIDTH_MIN;
	if (s.width > WIDTH_MAX)
		s.width = WIDTH_MAX;
	return s;
}

static unsigned int state_width(const struct ladder_style *s)
{
	return s->width >= WIDE ? COLUMN_LONG : COLUMN_STATE;
}

unsigned int lane_width(const struct ladder_style *s)
{
	return s->width - COLUMN_TIME - 2 * state_width(s) - 5;
}

void put_colour(const struct ladder_style *s, enum colour c)
{
	if (s->colour && c)
		printf("\033[%sm", colour_code[c]);
}

void end_colour(const struct ladder_style *s, enum colour c)
{
	if (s->colour && c)
		fputs("\033[0m", stdout);
}

static void put_cells(const struct ladder_style *s, const char *cells, unsigned int n)
{
	for (; n; n--, cells++) {
		if ((unsigned char)*cells >= GLYPHS)
			putchar(*cells);
		else if (s->utf8)
			fputs(utf8_glyph[(int)*cells], stdout);
		else
			putchar(ascii_glyph[(int)*cells]);
	}
}

static void put_bar(const struct ladder_style *s)
{
	static const char bar = BAR;

	put_colour(s, DIM);
	put_cells(s, &bar, 1);
	end_colour(s, DIM);
}

static const char *state_name(const struct ladder_style *s, const char *state)
{
	static const char *const names[][3] = {
		{ "CLOSED", "CLOSED", "CLOSED" },
		{ "LISTEN", "LISTEN", "LISTEN" },
		{ "SYN_SENT", "SYN-SENT", "SYN-SENT" },
		{ "SYN_RECEIVED", "SYN-RECEIVED", "SYN-RCVD" },
		{ "ESTABLISHED", "ESTABLISHED", "ESTAB" },
		{ "CLOSE_WAIT", "CLOSE-WAIT", "CLOSE-WAIT" },
		{ "FIN_WAIT_1", "FIN-WAIT-1", "FIN-WAIT-1" },
		{ "FIN_WAIT_2", "FIN-WAIT-2", "FIN-WAIT-2" },
		{ "CLOSING", "CLOSING", "CLOSING" },
		{ "LAST_ACK", "LAST-ACK", "LAST-ACK" },
		{ "TIME_WAIT", "TIME-WAIT", "TIME-WAIT" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(state, names[i][0]))
			return names[i][s->width >= WIDE ? 1 : 2];
	}
	return state;
}

/*
 * The state of a side, if it is another than before. A row stands at the time when its segment
 * left; what had left the other side before it arrived follows, and tells of an earlier moment.
 */
static bool is_news(struct ladder_side *side, const struct ladder_line *line, int i)
{
	bool arrives = line->is_segment && line->side != i && line->arrived;
	uint64_t ns = arrives ? line->arrived_ns : line->ns;

	if (!line->state[i][0] || ns < side->shown_ns || !strcmp(line->state[i], side->shown))
		return false;
	strcpy(side->shown, line->state[i]);
	side->shown_ns = ns;
	return true;
}

/* At one edge; line is NULL where there is nothing new. */
static void put_state(const struct ladder_style *s, struct ladder *l, int side,
		      const struct ladder_line *line)
{
	char text[TRACE_WORD + 2] = "";
	bool news = line && is_news(&l->side[side], line, side);

	if (news)
		snprintf(text, sizeof(text), l->side[side].ours ? "%s" : "(%s)",
			 state_name(s, line->state[side]));
	put_colour(s, news ? BOLD : PLAIN);
	if (side == LEFT)
		printf("%*s", (int)state_width(s), text);
	else if (news)
		printf(" %s", text);
	end_colour(s, news ? BOLD : PLAIN);
}

static void put_time(const struct ladder_style *s, struct ladder *l, uint64_t ns)
{
	double delta = ns > l->last_ns && l->last_ns ? (ns - l->last_ns) / 1e3 : 0;
	int decimals = delta < 1e7 ? 3 : 2;

	put_colour(s, DIM);
	printf("%10.6f", (ns - l->start_ns) / 1e9);
	if (delta < 1)
		printf("%10s", "");
	else if (delta < 1000)
		printf("  %+5.0f us", delta);
	else if (delta < 1e6)
		printf("  %+5.*f ms", delta < 1e5 ? 1 : 0, delta / 1e3);
	else
		printf("  %+6.*f s", decimals, delta / 1e6);
	end_colour(s, DIM);
	l->last_ns = ns;
}

void put_row(const struct ladder_style *s, struct ladder *l, const struct row *r,
	     struct ladder_line *line)
{
	if (line)
		put_time(s, l, line->ns);
	else
		printf("%*s", COLUMN_TIME, "");
	putchar(' ');
	put_state(s, l, LEFT, line);
	putchar(' ');
	put_bar(s);
	put_colour(s, r->colour);
	put_cells(s, r->lane, r->width);
	end_colour(s, r->colour);
	put_bar(s);
	put_state(s, l, RIGHT, line);
	putchar('\n');
}

void clear_row(const struct ladder_style *s, struct row *r, enum colour colour)
{
	r->width = lane_width(s);
	r->colour = colour;
	memset(r->lane, ' ', r->width);
}

void put_words(const struct ladder_style *s, struct ladder *l, int side, const char *words,
	       enum colour colour, struct ladder_line *line)
{
	unsigned int room = lane_width(s) - 4, n = strlen(words), cut;
	struct row r;

	do {
		cut = n;
		if (cut > room) {
			for (cut = room; cut > room / 2 && words[cut] != ' ';)
				cut--;
		}
		clear_row(s, &r, colour);
		memcpy(r.lane + (side == LEFT ? 2 : r.width - 2 - cut), words, cut);
		put_row(s, l, &r, line);
		line = NULL;
		words += cut;
		n -= cut;
		while (*words == ' ') {
			words++;
			n--;
		}
	} while (n);
}
