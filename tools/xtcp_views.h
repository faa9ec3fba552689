/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subcommands of xtcp that show segments.
 */
#ifndef XTCP_TOOLS_XTCP_VIEWS_H
#define XTCP_TOOLS_XTCP_VIEWS_H

int xtcp_record(int argc, char **argv);
int xtcp_ladder(int argc, char **argv);

#endif
