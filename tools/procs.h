/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which processes hold a socket, found in /proc/PID/fd.
 */
#ifndef _XTCP_TOOLS_PROCS_H
#define _XTCP_TOOLS_PROCS_H

#include <stddef.h>
#include <stdint.h>

struct proc_holder {
	uint64_t inode;
	int pid, fd;
	char name[17];
};

struct procs {
	struct proc_holder *at;	/* by inode, pid, fd */
	size_t nr;
};

/* Of another user's processes only root sees the sockets. */
void procs_read(struct procs *p);
void procs_free(struct procs *p);

/* The first holder of an inode; those that follow it, up to *nr, hold it as well. */
const struct proc_holder *procs_find(const struct procs *p, uint64_t inode, size_t *nr);

/* Inode of a descriptor, 0 where it is no socket. */
uint64_t procs_inode(int pid, int fd);

#endif /* _XTCP_TOOLS_PROCS_H */
