// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network namespaces of the host: those that have a name, and those that a process is in.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "namespaces.h"

#define NAMED	"/run/netns"
#define MOST	4096	/* namespaces that are told apart */

/**
 * struct walk - a walk under way
 * @own: descriptor of the namespace where it began
 * @seen: inodes of those that were visited
 */
struct walk {
	void (*each)(const struct namespace_at *at, void *arg);
	void *arg;
	int own;
	ino_t seen[MOST];
	unsigned int nr;
};

static bool is_new(struct walk *w, ino_t inode)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		if (w->seen[i] == inode)
			return false;
	}
	if (w->nr == MOST)
		return false;
	w->seen[w->nr++] = inode;
	return true;
}

static void visit(struct walk *w, const char *path, const char *name)
{
	struct namespace_at at = { .name = name };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && is_new(w, st.st_ino)) {
		if (!setns(fd, CLONE_NEWNET)) {
			w->each(&at, w->arg);
			if (setns(w->own, CLONE_NEWNET))
				exit(1);
		}
	}
	close(fd);
}

static void visit_named(struct walk *w)
{
	DIR *dir = opendir(NAMED);
	struct dirent *entry;
	char path[320];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NAMED "/%s", entry->d_name);
		visit(w, path, entry->d_name);
	}
	closedir(dir);
}

static void visit_processes(struct walk *w)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[320], name[32];

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (atoi(entry->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", entry->d_name);
		snprintf(name, sizeof(name), "pid %d", atoi(entry->d_name));
		visit(w, path, name);
	}
	closedir(dir);
}

void namespaces_each(void (*each)(const struct namespace_at *at, void *arg), void *arg)
{
	struct namespace_at here = { .name = "this", .own = true };
	static struct walk w;
	struct stat st;

	w = (struct walk){ .each = each, .arg = arg };
	each(&here, arg);
	w.own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (w.own < 0)
		return;
	if (!fstat(w.own, &st))
		w.seen[w.nr++] = st.st_ino;
	visit_named(&w);
	visit_processes(&w);
	close(w.own);
}
