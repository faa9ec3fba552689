// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp why: in words what a socket waits for.
 */
#include <stdio.h>
#include <stdlib.h>
#include "pick.h"
#include "procs.h"
#include "show.h"
#include "why.h"
#include "xtcp.h"

#define INDENT	2
#define WIDTH	92

static void put_holders(const struct diag_socket *s, const struct procs *procs)
{
	const struct proc_holder *h;
	size_t nr, i;

	h = procs_find(procs, s->inode, &nr);
	for (i = 0; h && i < nr; i++)
		printf(", %s (pid %d, descriptor %d)", h[i].name, h[i].pid, h[i].fd);
}

static void put_head(const struct diag_socket *s, const struct procs *procs)
{
	char end[SHOW_END_SIZE];

	fputs(show_local(end, s), stdout);
	if (s->state != DIAG_LISTEN)
		printf(" - %s", show_remote(end, s));
	put_holders(s, procs);
	putchar('\n');
}

static void put_socket(const struct diag_socket *s, const struct procs *procs)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	why_tell(f, s);
	fclose(f);
	put_head(s, procs);
	xtcp_wrap(text, INDENT, WIDTH);
	free(text);
}

int xtcp_why(int argc, char **argv)
{
	struct diag_list list;
	struct procs procs;
	struct pick pick;
	struct diag d;
	const char *why = argc < 2 ? "which socket?" : NULL;
	int status;
	size_t i;

	why = why ?: pick_parse(&pick, argv + 1, argc - 1);
	if (why)
		return xtcp_usage(argv[0], why);
	if (diag_open(&d))
		return xtcp_failure(d.error);
	if (pick_collect(&d, &pick, &list)) {
		diag_close(&d);
		return xtcp_failure(d.error);
	}
	procs_read(&procs);
	for (i = 0; i < list.nr; i++)
		put_socket(&list.at[i], &procs);
	status = list.nr ? 0 : xtcp_failure("there is no such socket of xtcp in this namespace");
	procs_free(&procs);
	diag_free(&list);
	diag_close(&d);
	return status;
}
