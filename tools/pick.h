/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sockets that the words of a user name: LOCAL, or LOCAL REMOTE, both as ADDRESS[:PORT] or
 * :PORT; PID/FD; an inode.
 */
#ifndef _XTCP_TOOLS_PICK_H
#define _XTCP_TOOLS_PICK_H

#include "filter.h"

struct pick {
	struct filter filter;
	uint64_t inode;		/* 0: any */
};

/* NULL, or what is wrong with the words. None at all are any socket. */
const char *pick_parse(struct pick *p, char *const *words, int nr);

/* All that are meant, of all states. Returns as diag_collect(). */
int pick_collect(struct diag *d, const struct pick *p, struct diag_list *list);

#endif /* _XTCP_TOOLS_PICK_H */
