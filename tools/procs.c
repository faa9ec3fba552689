// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes hold a socket.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "procs.h"

static void add(struct procs *p, const struct proc_holder *h)
{
	struct proc_holder *more;

	/* Room doubles at each power of two. */
	if (!(p->nr & (p->nr - 1))) {
		more = realloc(p->at, (p->nr ? 2 * p->nr : 1) * sizeof(*more));
		if (!more) {
			fputs("no memory for a list of processes\n", stderr);
			exit(1);
		}
		p->at = more;
	}
	p->at[p->nr++] = *h;
}

static uint64_t inode_of(const char *path)
{
	unsigned long long inode;
	char link[64];
	ssize_t len = readlink(path, link, sizeof(link) - 1);

	if (len < 0)
		return 0;
	link[len] = 0;
	return sscanf(link, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

static void read_name(int pid, char *name, size_t size)
{
	char path[64], *c;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	strcpy(name, "?");
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(name, size, f))
		name[strcspn(name, "\n")] = 0;
	fclose(f);
	/* A process may call itself anything, what moves the cursor too. */
	for (c = name; *c; c++) {
		if (iscntrl((unsigned char)*c))
			*c = '?';
	}
}

static void read_process(struct procs *p, int pid)
{
	struct proc_holder h = { .pid = pid };
	struct dirent *entry;
	char path[320];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, entry->d_name);
		h.inode = inode_of(path);
		if (!h.inode)
			continue;
		if (!h.name[0])
			read_name(pid, h.name, sizeof(h.name));
		h.fd = atoi(entry->d_name);
		add(p, &h);
	}
	closedir(dir);
}

static int by_inode(const void *a, const void *b)
{
	const struct proc_holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->fd > y->fd) - (x->fd < y->fd);
}

void procs_read(struct procs *p)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int pid;

	memset(p, 0, sizeof(*p));
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid > 0)
			read_process(p, pid);
	}
	closedir(dir);
	if (p->nr)
		qsort(p->at, p->nr, sizeof(*p->at), by_inode);
}

void procs_free(struct procs *p)
{
	free(p->at);
	memset(p, 0, sizeof(*p));
}

const struct proc_holder *procs_find(const struct procs *p, uint64_t inode, size_t *nr)
{
	size_t low = 0, high = p->nr, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (p->at[mid].inode < inode)
			low = mid + 1;
		else
			high = mid;
	}
	for (*nr = 0; low + *nr < p->nr && p->at[low + *nr].inode == inode;)
		++*nr;
	return inode && *nr ? &p->at[low] : NULL;
}

uint64_t procs_inode(int pid, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	return inode_of(path);
}
