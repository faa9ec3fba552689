/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of xss.
 */
#ifndef _XTCP_TOOLS_XSS_H
#define _XTCP_TOOLS_XSS_H

#include "diag.h"
#include "procs.h"

/* Of what is shown beside the columns. */
enum {
	XSS_PROCESSES	= 1 << 0,
	XSS_INFO	= 1 << 1,
	XSS_TIMERS	= 1 << 2,
	XSS_MEMORY	= 1 << 3,
	XSS_EXTENDED	= 1 << 4,
	XSS_NO_HEADER	= 1 << 5,
	XSS_JSON	= 1 << 6,
	XSS_ALL		= 1 << 7,
	XSS_LISTENING	= 1 << 8,
	XSS_SUMMARY	= 1 << 9,
	XSS_KILL	= 1 << 10,
};

/* procs is empty without XSS_PROCESSES. */
void xss_text(const struct diag_list *list, const struct procs *procs, unsigned int what);
void xss_json(const struct diag_list *list, const struct procs *procs, unsigned int what);
void xss_summary(const struct diag_list *list);

#endif /* _XTCP_TOOLS_XSS_H */
