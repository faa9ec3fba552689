// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page of characters.
 */
#include <stdarg.h>
#include <string.h>
#include "canvas.h"

#define BRIGHT	"\033[1;7m"
#define PLAIN	"\033[0m"
#define WIPE	"\033[K"	/* to the end of the line */

void canvas_put(struct canvas *c, int row, int column, uint32_t code)
{
	if (row < 0 || row >= CANVAS_ROWS || column < 0 || column >= CANVAS_COLUMNS)
		return;
	c->cell[row][column] = code;
	if (row >= c->rows)
		c->rows = row + 1;
}

/* A code point of UTF-8 that is well formed, as what is drawn here is, or the byte. */
static int decode(const char *text, uint32_t *code)
{
	const unsigned char *b = (const unsigned char *)text;

	*code = b[0];
	if (b[0] < 0xc0 || !b[1])
		return 1;
	*code = (b[0] & 0x1f) << 6 | (b[1] & 0x3f);
	if (b[0] < 0xe0 || !b[2])
		return 2;
	*code = (b[0] & 0x0f) << 12 | (b[1] & 0x3f) << 6 | (b[2] & 0x3f);
	return 3;
}

static void encode(uint32_t code, FILE *f)
{
	if (code < 0x80) {
		fputc(code, f);
	} else if (code < 0x800) {
		fputc(0xc0 | code >> 6, f);
		fputc(0x80 | (code & 0x3f), f);
	} else {
		fputc(0xe0 | code >> 12, f);
		fputc(0x80 | (code >> 6 & 0x3f), f);
		fputc(0x80 | (code & 0x3f), f);
	}
}

int canvas_text(struct canvas *c, int row, int column, const char *text)
{
	uint32_t code;

	for (; *text; column++) {
		text += decode(text, &code);
		canvas_put(c, row, column, code);
	}
	return column;
}

int canvas_printf(struct canvas *c, int row, int column, const char *format, ...)
{
	char text[CANVAS_COLUMNS + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return canvas_text(c, row, column, text);
}

void canvas_across(struct canvas *c, int row, int from, int to, const char *character)
{
	for (; from <= to; from++)
		canvas_text(c, row, from, character);
}

void canvas_down(struct canvas *c, int column, int from, int to, const char *character)
{
	for (; from <= to; from++)
		canvas_text(c, from, column, character);
}

void canvas_box(struct canvas *c, int row, int column, int width, const char *label, bool bright)
{
	static const char *const lines[2][6] = {
		{ "┌", "─", "┐", "│", "└", "┘" },
		{ "╔", "═", "╗", "║", "╚", "╝" },
	};
	const char *const *line = lines[bright];
	int right = column + width - 1, x, y;

	canvas_across(c, row, column + 1, right - 1, line[1]);
	canvas_across(c, row + 2, column + 1, right - 1, line[1]);
	canvas_text(c, row, column, line[0]);
	canvas_text(c, row, right, line[2]);
	canvas_text(c, row + 1, column, line[3]);
	canvas_text(c, row + 1, right, line[3]);
	canvas_text(c, row + 2, column, line[4]);
	canvas_text(c, row + 2, right, line[5]);
	canvas_text(c, row + 1, column + (width - (int)strlen(label)) / 2, label);
	for (y = row; y < row + BOX_HEIGHT; y++) {
		for (x = column; bright && x <= right; x++)
			c->bright[y][x] = true;
	}
}

static int width_of(const struct canvas *c, int row)
{
	int width = CANVAS_COLUMNS;

	while (width && !c->cell[row][width - 1])
		width--;
	return width;
}

void canvas_print(const struct canvas *c, FILE *f, bool escapes)
{
	bool bright = false;
	int row, column;

	for (row = 0; row < c->rows; row++) {
		for (column = 0; column < width_of(c, row); column++) {
			if (escapes && c->bright[row][column] != bright)
				fputs(bright ? PLAIN : BRIGHT, f);
			bright = c->bright[row][column];
			encode(c->cell[row][column] ?: ' ', f);
		}
		if (escapes)
			fputs(bright ? PLAIN WIPE : WIPE, f);
		bright = false;
		fputc('\n', f);
	}
}
