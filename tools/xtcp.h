/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands of xtcp and what they share.
 */
#ifndef _XTCP_TOOLS_XTCP_H
#define _XTCP_TOOLS_XTCP_H

/* Called with its name as argv[0]; the exit status: 0, 1 on failure, 2 on wrong words. */
int xtcp_status(int argc, char **argv);
int xtcp_why(int argc, char **argv);
int xtcp_doctor(int argc, char **argv);
int xtcp_watch(int argc, char **argv);
int xtcp_record(int argc, char **argv);
int xtcp_ladder(int argc, char **argv);

/* Says why the words of a subcommand are wrong (NULL: it has been said) and how they go; 2. */
int xtcp_usage(const char *command, const char *why);

/* Says what went wrong; 1. */
int xtcp_failure(const char *why);

/* Prints text in lines of at most width columns, each behind indent blanks. */
void xtcp_wrap(const char *text, int indent, int width);

#endif /* _XTCP_TOOLS_XTCP_H */
