/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of a ladder, put together in bytes, one a column; those below GLYPHS stand for lines and
 * heads of arrows.
 */
#ifndef XTCP_TOOLS_LADDER_ROW_H
#define XTCP_TOOLS_LADDER_ROW_H

#include "ladder.h"

enum {
	WIDTH_MIN = 80,
	WIDTH_MAX = 140,
	WIDTH_PLAIN = 100,
	WIDE = 110, /* from here on states have their long names */
	COLUMN_TIME = 20, /* time and delta */
	COLUMN_STATE = 12, /* "(CLOSE-WAIT)" */
	COLUMN_LONG = 14, /* "(SYN-RECEIVED)" */
};

enum {
	DASH = 1,
	HEAD_RIGHT,
	HEAD_LEFT,
	CROSS,
	BAR,
	DOT,
	GLYPHS,
};

enum colour {
	PLAIN,
	DIM,
	BOLD,
	RED,
	GREEN,
	YELLOW,
	BLUE,
	MAGENTA,
	CYAN,
};

struct row {
	enum colour colour;
	unsigned int width; /* of the lane */
	char lane[WIDTH_MAX + 1];
};

unsigned int lane_width(const struct ladder_style *s);
void put_colour(const struct ladder_style *s, enum colour c);
void end_colour(const struct ladder_style *s, enum colour c);
void clear_row(const struct ladder_style *s, struct row *r, enum colour colour);

/* One row; the first of a line has its time and states. */
void put_row(const struct ladder_style *s, struct ladder *l, const struct row *r,
	     struct ladder_line *line);

/* Words at the side where they belong, in as many rows as they need. */
void put_words(const struct ladder_style *s, struct ladder *l, int side, const char *words,
	       enum colour colour, struct ladder_line *line);

#endif
