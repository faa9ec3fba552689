/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The network namespaces of the host.
 */
#ifndef _XTCP_TOOLS_NAMESPACES_H
#define _XTCP_TOOLS_NAMESPACES_H

#include <stdbool.h>

/**
 * struct namespace_at - a namespace, while the program is in it
 * @name: of /run/netns, or of a process in it, or its number
 * @own: it is the one that the program began in
 */
struct namespace_at {
	const char *name;
	bool own;
};

/* Calls back inside of each, the own one first; only root gets into others. */
void namespaces_each(void (*each)(const struct namespace_at *at, void *arg), void *arg);

#endif /* _XTCP_TOOLS_NAMESPACES_H */
