/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of characters that is drawn in any order and then printed from top to bottom.
 */
#ifndef _XTCP_TOOLS_CANVAS_H
#define _XTCP_TOOLS_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CANVAS_ROWS	48
#define CANVAS_COLUMNS	160

#define BOX_HEIGHT	3

/**
 * struct canvas - a page; all 0 is an empty one
 * @cell: code points of Unicode, 0 for a blank
 * @bright: cells that stand out
 * @rows: of them, those in use
 */
struct canvas {
	uint32_t cell[CANVAS_ROWS][CANVAS_COLUMNS];
	bool bright[CANVAS_ROWS][CANVAS_COLUMNS];
	int rows;
};

/* What is outside of the page is not drawn. Text is UTF-8; returns the column behind it. */
void canvas_put(struct canvas *c, int row, int column, uint32_t code);
int canvas_text(struct canvas *c, int row, int column, const char *text);
int canvas_printf(struct canvas *c, int row, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Of one character each. */
void canvas_across(struct canvas *c, int row, int from, int to, const char *character);
void canvas_down(struct canvas *c, int column, int from, int to, const char *character);

/* BOX_HEIGHT rows with a label in the middle; double lines where it is the bright one. */
void canvas_box(struct canvas *c, int row, int column, int width, const char *label, bool bright);

/* With escapes a bright cell is shown in reverse, and what an earlier page left is wiped. */
void canvas_print(const struct canvas *c, FILE *f, bool escapes);

#endif /* _XTCP_TOOLS_CANVAS_H */
