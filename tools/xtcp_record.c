// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp record: segments of xtcp sockets into a pcapng file. The comments of a packet tell why it
 * was sent, how its connection stood, and what happened there since the packet before.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "live.h"
#include "pcapng.h"
#include "xtcp.h"

enum {
	BUCKETS = 4096,
	COMMENTS = 64,
};

/* One end of a connection, and what is to be told with its next segment. */
struct record_end {
	struct record_end *next;
	uint64_t net;
	struct sockaddr_storage local, remote;
	struct trace_context context;
	unsigned int n;
	char *comments[COMMENTS + 1];
};

struct record {
	struct live live;
	struct pcapng_writer writer;
	struct record_end *ends[BUCKETS];
	/* Of ends that are gone. */
	char **left;
	size_t n_left;
	double limit;
	uint64_t segments;
};

static unsigned int hash(const struct trace_event *e)
{
	uint64_t h = e->net ^ (uint64_t)trace_port(&e->local) << 32 ^ trace_port(&e->remote);
	size_t len, i;
	const uint8_t *bytes = trace_address(&e->remote, &len);

	for (i = 0; i < len; i++)
		h = h * 31 + bytes[i];
	return (h * 0x9e3779b97f4a7c15ull >> 40) % BUCKETS;
}

static struct record_end **find_end(struct record *r, const struct trace_event *e)
{
	struct record_end **at = &r->ends[hash(e)];

	while (*at && ((*at)->net != e->net || !trace_same_endpoint(&(*at)->local, &e->local) ||
		       !trace_same_endpoint(&(*at)->remote, &e->remote)))
		at = &(*at)->next;
	return at;
}

static struct record_end *end_of(struct record *r, const struct trace_event *e)
{
	struct record_end **at = find_end(r, e);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return NULL;
		(*at)->net = e->net;
		(*at)->local = e->local;
		(*at)->remote = e->remote;
	}
	return *at;
}

static void tell(struct record *r, struct record_end *end, const struct trace_event *e, bool brief)
{
	char text[TRACE_TEXT_MAX];
	uint64_t ns = e->ns + r->writer.wall_ns;
	size_t n = trace_format(e, brief, text, sizeof(text));

	snprintf(text + n, sizeof(text) - n, " at=%" PRIu64 ".%09" PRIu64, ns / 1000000000,
		 ns % 1000000000);
	if (end->n == COMMENTS) {
		free(end->comments[0]);
		memmove(end->comments, end->comments + 1, (COMMENTS - 1) * sizeof(char *));
		end->n--;
	}
	end->comments[end->n] = strdup(text);
	end->n += !!end->comments[end->n];
}

static void forget_comments(struct record_end *end)
{
	while (end->n)
		free(end->comments[--end->n]);
}

/* Comments for which no segment comes any more are told at the end of the file. */
static void forget_end(struct record *r, struct record_end **at)
{
	struct record_end *end = *at;
	char **more = realloc(r->left, (r->n_left + end->n + 1) * sizeof(*more));
	unsigned int i;

	if (more) {
		r->left = more;
		for (i = 0; i < end->n; i++)
			r->left[r->n_left++] = end->comments[i];
		r->left[r->n_left] = NULL;
	} else {
		forget_comments(end);
	}
	*at = end->next;
	free(end);
}

static void write_segment(struct record *r, struct record_end *end, const struct trace_event *e)
{
	const struct trace_event *drop = trace_queue_drop_of(&r->live.queue, e);
	char text[TRACE_TEXT_MAX], state[TRACE_TEXT_MAX - 100];
	const char *comments[COMMENTS + 3] = { text };
	const char *words = "received";
	unsigned int i;

	if (e->kind == TRACE_SEGMENT_OUT)
		words = trace_words(e, &end->context);
	trace_format(e, true, state, sizeof(state));
	if (drop)
		snprintf(text, sizeof(text), "received, dropped: %s | %s", drop->reason, state);
	else
		snprintf(text, sizeof(text), "%s | %s", words, state);
	if (drop)
		tell(r, end, drop, true);
	for (i = 0; i < end->n; i++)
		comments[i + 1] = end->comments[i];
	comments[i + 1] = NULL;
	pcapng_segment(&r->writer, e, comments);
	forget_comments(end);
	r->segments++;
}

/* One that was told with its segment is not told again. */
static bool is_told(struct trace_event *last, const struct trace_event *e)
{
	return e->kind == TRACE_DROP && last->kind == TRACE_SEGMENT_IN && last->cpu == e->cpu &&
	       last->seq == e->seq && last->ack == e->ack && last->len == e->len &&
	       trace_same_endpoint(&last->local, &e->local) &&
	       trace_same_endpoint(&last->remote, &e->remote);
}

static void record_event(void *arg, const struct trace_event *e)
{
	static struct trace_event last_in;
	struct record *r = arg;
	struct record_end *end = end_of(r, e);

	if (!end)
		return;
	trace_remember(&end->context, e);
	if (trace_is_segment(e)) {
		write_segment(r, end, e);
		if (e->kind == TRACE_SEGMENT_IN)
			last_in = *e;
		return;
	}
	if (!is_told(&last_in, e))
		tell(r, end, e, false);
	if (e->kind == TRACE_SET_STATE && !strcmp(e->after, "CLOSED"))
		forget_end(r, find_end(r, e));
}

static bool record_full(void *arg)
{
	const struct record *r = arg;

	return r->limit && r->segments >= r->limit;
}

static void finish(struct record *r)
{
	static const char *const none[] = { NULL };
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		while (r->ends[i])
			forget_end(r, &r->ends[i]);
	}
	pcapng_end(&r->writer, r->live.lost, r->left ? (const char *const *)r->left : none);
	while (r->n_left)
		free(r->left[--r->n_left]);
	free(r->left);
}

static FILE *open_file(const char *name, const char *mode)
{
	FILE *f;

	if (!strcmp(name, "-"))
		return *mode == 'r' ? stdin : stdout;
	f = fopen(name, mode);
	if (!f)
		fprintf(stderr, "xtcp record: %s: %s\n", name, strerror(errno));
	return f;
}

static int record_to(struct record *r, const char *name, const char *text)
{
	FILE *in = text ? open_file(text, "re") : NULL;
	FILE *f = in || !text ? open_file(name, "we") : NULL;
	int status = 0;

	if (!f)
		return 1;
	pcapng_begin(&r->writer, f);
	if (in)
		live_replay(&r->live, in);
	else
		status = live_run(&r->live);
	finish(r);
	if (fflush(f) || ferror(f)) {
		fprintf(stderr, "xtcp record: %s: %s\n", name, strerror(errno));
		status = status ? status : 1;
	}
	if (f != stdout)
		fclose(f);
	fprintf(stderr, "xtcp record: %" PRIu64 " segments, %" PRIu64 " events lost\n",
		r->segments, r->live.lost);
	return status;
}

int xtcp_record(int argc, char **argv)
{
	static struct record r;
	static struct trace_filter filter;
	const char *output = "xtcp.pcapng", *text = NULL;
	const struct live_option options[] = {
		{ 'o', "output", "FILE", "where to; - is standard output (xtcp.pcapng)", LIVE_TEXT,
		  &output },
		{ 'r', "read", "FILE", "from what trace_pipe has printed; - is standard input", LIVE_TEXT,
		  &text },
		{ 't', "time", "SECONDS", "end after so long", LIVE_NUMBER, &r.live.seconds },
		{ 'n', "number", "SEGMENTS", "end after so many", LIVE_NUMBER, &r.limit },
		{ 0, NULL, NULL, NULL, LIVE_FLAG, NULL },
	};
	const struct live_usage usage = {
		.program = "xtcp record",
		.synopsis = "[OPTION]... [FILTER] [-- COMMAND...]",
		.about = "Records segments of xtcp sockets as pcapng, each with why it was sent and how "
			 "its\nconnection stood; until interrupted, or while COMMAND runs.",
		.options = options,
	};
	int status = live_parse(argc, argv, &usage, &filter, &r.live.command);

	if (status != LIVE_GO_ON)
		return status;
	r.live.program = usage.program;
	r.live.filter = &filter;
	r.live.quiet_command = !strcmp(output, "-");
	r.live.arg = &r;
	r.live.event = record_event;
	r.live.done = record_full;
	return record_to(&r, output, text);
}
