// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sockets that the words of a user name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "pick.h"
#include "procs.h"

#define DIGITS	"0123456789"

static const char *parse_number(struct pick *p, const char *word)
{
	int pid, fd;

	if (!strchr(word, '/')) {
		p->inode = strtoull(word, NULL, 10);
		return p->inode ? NULL : "0 is no inode";
	}
	if (sscanf(word, "%d/%d", &pid, &fd) != 2)
		return "PID/FD has two numbers";
	p->inode = procs_inode(pid, fd);
	return p->inode ? NULL : "that process has no such descriptor, or it is no socket";
}

const char *pick_parse(struct pick *p, char *const *words, int nr)
{
	struct filter_term *t = p->filter.terms;
	int i;

	memset(p, 0, sizeof(*p));
	if (nr > 2)
		return "a socket is named by one word or two";
	if (nr == 1 && !words[0][strspn(words[0], DIGITS "/")])
		return parse_number(p, words[0]);
	for (i = 0; i < nr; i++, t++) {
		t->remote = i == 1;
		if (!filter_parse_end(t, words[i]))
			return "not ADDRESS[:PORT], :PORT, PID/FD or an inode";
	}
	p->filter.nr = nr;
	return NULL;
}

int pick_collect(struct diag *d, const struct pick *p, struct diag_list *list)
{
	struct diag_query q = filter_query(&p->filter, filter_states("all"));
	size_t i, kept = 0;

	if (diag_collect(d, &q, list))
		return -1;
	for (i = 0; i < list->nr; i++) {
		if (filter_passes(&p->filter, &list->at[i]) &&
		    (!p->inode || p->inode == list->at[i].inode))
			list->at[kept++] = list->at[i];
	}
	list->nr = kept;
	return 0;
}
