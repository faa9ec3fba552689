/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of a program are one table: what is parsed, the help, the OPTIONS part of the man
 * page and the completion for bash come from it.
 */
#ifndef _XTCP_TOOLS_OPTIONS_H
#define _XTCP_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_MOST	32	/* rows of a table */

/**
 * struct option_row - an option
 * @letter: as "-a"; above 255 where it has none
 * @name: as "--all"
 * @argument: name of what it takes, or NULL
 * @help: what it does; NULL hides it
 */
struct option_row {
	int letter;
	const char *name;
	const char *argument;
	const char *help;
};

/* As getopt_long(): the letter, -1 at the end, '?' after having complained. */
int options_next(int argc, char **argv, const struct option_row *rows, size_t nr);
void options_help(const struct option_row *rows, size_t nr);
void options_man(const struct option_row *rows, size_t nr);

/* One word after the other, as `compgen -W` wants them. */
void options_words(const struct option_row *rows, size_t nr);

#endif /* _XTCP_TOOLS_OPTIONS_H */
