// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table of options: parsed, told in words, as a man page, and completed.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "options.h"

#define HELP_COLUMN	24	/* where --help says what an option does */

int options_next(int argc, char **argv, const struct option_row *rows, size_t nr)
{
	struct option longs[OPTIONS_MOST + 1] = {};
	char shorts[2 * OPTIONS_MOST + 2] = "+", *s = shorts + 1;
	size_t i;

	for (i = 0; i < nr; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].argument ? required_argument : no_argument;
		longs[i].val = rows[i].letter;
		if (rows[i].letter > 255)
			continue;
		*s++ = rows[i].letter;
		if (rows[i].argument)
			*s++ = ':';
	}
	return getopt_long(argc, argv, shorts, longs, NULL);
}

void options_help(const struct option_row *rows, size_t nr)
{
	char left[80], letter[8];
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!rows[i].help)
			continue;
		snprintf(letter, sizeof(letter), rows[i].letter > 255 ? "   " : "-%c,",
			 rows[i].letter);
		snprintf(left, sizeof(left), "  %s --%s%s%s", letter, rows[i].name,
			 rows[i].argument ? " " : "", rows[i].argument ?: "");
		printf("%-*s %s\n", HELP_COLUMN - 1, left, rows[i].help);
	}
}

/* A hyphen of roff is none that a reader could paste. */
static void man_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			putchar('\\');
		putchar(*text);
	}
}

void options_man(const struct option_row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!rows[i].help)
			continue;
		fputs(".TP\n", stdout);
		if (rows[i].letter <= 255)
			printf(".BR \\-%c \", \" ", rows[i].letter);
		else
			fputs(".BR ", stdout);
		fputs("\\-\\-", stdout);
		man_text(rows[i].name);
		if (rows[i].argument)
			printf(" \" \\fI%s\\fP\"", rows[i].argument);
		putchar('\n');
		man_text(rows[i].help);
		fputs(".\n", stdout);
	}
}

void options_words(const struct option_row *rows, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!rows[i].help)
			continue;
		if (rows[i].letter <= 255)
			printf(" -%c", rows[i].letter);
		printf(" --%s", rows[i].name);
	}
}
