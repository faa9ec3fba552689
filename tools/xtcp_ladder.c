// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp ladder: connections as sequence diagrams, live or from a recording.
 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include "ladder.h"
#include "live.h"
#include "pcapng.h"
#include "xtcp.h"

struct view {
	struct live live;
	struct ladders ladders;
	struct ladder_style style;
	struct ladder *drawn; /* that the last row is of */
	double limit;
};

static void add_event(void *arg, const struct trace_event *e)
{
	struct view *v = arg;

	ladders_event(&v->ladders, e);
}

static void draw(void *arg, uint64_t now)
{
	struct view *v = arg;
	struct ladder *l;

	for (l = v->ladders.first; l; l = l->next)
		ladder_draw(l, &v->style, now);
}

static bool is_full(void *arg)
{
	const struct view *v = arg;

	return v->limit && v->ladders.segments >= v->limit;
}

static void finish(struct view *v)
{
	struct ladder *l;

	for (l = v->ladders.first; l; l = l->next) {
		if (!l->segments)
			continue;
		ladder_finish(l, &v->style);
		if (l->next)
			putchar('\n');
	}
	ladders_free(&v->ladders);
}

static void keep_event(void *arg, const struct trace_event *e)
{
	struct view *v = arg;

	if (trace_filter_matches(v->live.filter, e) && !trace_queue_add(&v->live.queue, e))
		abort();
}

static int ladder_of_file(struct view *v, const char *name)
{
	FILE *f = !strcmp(name, "-") ? stdin : fopen(name, "re");
	const struct trace_event *e;
	const char *wrong = NULL;
	int first;

	if (!f) {
		fprintf(stderr, "xtcp ladder: %s: %s\n", name, strerror(errno));
		return 1;
	}
	first = getc(f);
	ungetc(first, f);
	if (first == 0x0a)
		wrong = pcapng_read(f, keep_event, v);
	else /* what trace_pipe has printed */
		live_read_text(f, keep_event, v);
	if (f != stdin)
		fclose(f);
	while (!is_full(v) && (e = trace_queue_take(&v->live.queue, UINT64_MAX)))
		add_event(v, e);
	trace_queue_free(&v->live.queue);
	if (wrong)
		fprintf(stderr, "xtcp ladder: %s: %s\n", name, wrong);
	else if (!v->ladders.segments)
		fprintf(stderr, "xtcp ladder: %s: no segments that match\n", name);
	finish(v);
	return !!wrong;
}

static int ladder_live(struct view *v, bool all)
{
	int status;

	v->ladders.one = !all;
	v->live.arg = v;
	v->live.event = add_event;
	/* Several at once would be mixed up: they are drawn at the end. */
	v->live.tick = all ? NULL : draw;
	v->live.done = is_full;
	status = live_run(&v->live);
	finish(v);
	if (v->live.lost)
		fprintf(stderr, "xtcp ladder: %llu events lost: arrows are missing\n",
			(unsigned long long)v->live.lost);
	return status;
}

int xtcp_ladder(int argc, char **argv)
{
	static struct view v;
	static struct trace_filter filter;
	const char *file = NULL;
	bool plain = false, all = false, brief = false;
	const struct live_option options[] = {
		{ 'r', "read", "FILE", "draw what xtcp record has written; - is standard input",
		  LIVE_TEXT, &file },
		{ 't', "time", "SECONDS", "end after so long", LIVE_NUMBER, &v.live.seconds },
		{ 'n', "number", "SEGMENTS", "end after so many", LIVE_NUMBER, &v.limit },
		{ 'a', "all", NULL, "every connection, not only the first; drawn at the end",
		  LIVE_FLAG, &all },
		{ 'b', "brief", NULL, "arrows only: no timers, no round-trip times", LIVE_FLAG,
		  &brief },
		{ 0, "plain", NULL, "ASCII, 100 columns, no colours", LIVE_FLAG, &plain },
		{ 0, NULL, NULL, NULL, LIVE_FLAG, NULL },
	};
	const struct live_usage usage = {
		.program = "xtcp ladder",
		.synopsis = "[OPTION]... [FILTER] [-- COMMAND...]",
		.about = "Draws connections of xtcp sockets as sequence diagrams: as they happen, until "
			 "interrupted\nor while COMMAND runs, or from a recording.",
		.options = options,
	};
	int status = live_parse(argc, argv, &usage, &filter, &v.live.command);

	if (status != LIVE_GO_ON)
		return status;
	setlocale(LC_ALL, "");
	v.live.program = usage.program;
	v.live.filter = &filter;
	v.style = ladder_style(plain);
	v.style.brief = brief;
	return file ? ladder_of_file(&v, file) : ladder_live(&v, all);
}
