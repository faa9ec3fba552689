// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments as text, the way tcpdump prints them, and the report of a failed
 * test: why, and the last segments in both directions.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

struct text {
	char *p;
	size_t left;
};

static void add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = vsnprintf(t->p, t->left, fmt, ap);
	va_end(ap);
	if (n >= t->left)
		n = t->left ? t->left - 1 : 0;
	t->p += n;
	t->left -= n;
}

static void add_flags(struct text *t, int flags)
{
	static const char letters[] = "FSRP.UEWA";
	int i;

	add(t, "Flags [");
	for (i = 0; i < 9; i++)
		if (flags & 1 << i)
			add(t, "%c", letters[i]);
	add(t, "]");
}

static void add_field(struct text *t, const char *name, int64_t value)
{
	if (value == ANY)
		add(t, ", %s any", name);
	else
		add(t, ", %s %lld", name, (long long)value);
}

static void add_options(struct text *t, const struct seg *s)
{
	int i;

	if (!s->opts_len)
		return;
	add(t, ", options [");
	if (s->mss >= 0)
		add(t, "mss %d ", s->mss);
	if (s->wscale >= 0)
		add(t, "wscale %d ", s->wscale);
	for (i = 0; i < s->opts_len; i++)
		add(t, "%02x", s->opts[i]);
	add(t, "]");
}

void print_seg(char *out, size_t size, const struct seg *s)
{
	struct text t = { out, size };

	add_flags(&t, s->flags);
	add(&t, ", seq %d", (int)s->seq);
	if (s->len)
		add(&t, ":%d", (int)s->seq + s->len);
	if (s->flags & ACK)
		add(&t, ", ack %d", (int)s->ack);
	add(&t, ", win %d", s->win);
	if (s->flags & URG)
		add(&t, ", urg %d", s->urg);
	add_options(&t, s);
	add(&t, ", length %d", s->len);
}

void print_want(char *out, size_t size, const struct want *want)
{
	struct text t = { out, size };

	add_flags(&t, want->flags | (want->psh == 1 ? PSH : 0));
	add_field(&t, "seq", want->seq);
	if (want->seq != ANY && want->len > 0)
		add(&t, ":%lld", (long long)(want->seq + want->len));
	if (want->flags & ACK)
		add_field(&t, "ack", want->ack);
	add_field(&t, "win", want->win);
	if (want->mss != ANY)
		add(&t, ", mss %lld", (long long)want->mss);
	if (want->wscale != ANY)
		add(&t, ", wscale %lld", (long long)want->wscale);
	add_field(&t, "length", want->len);
}

/* For the table of --times: what was to happen so long after "since" happened then. */
void note_time(const struct wire *w, int nominal_ms, uint64_t since_us, uint64_t at_us)
{
	if (w->times)
		printf("time %d/%.1f\n", nominal_ms, (at_us - since_us) / 1000.0);
}

void log_line(struct wire *w, uint64_t at_us, const char *text)
{
	char *line = w->log[w->logged++ % LOG_LEN];
	uint64_t us = at_us - w->start_us;

	snprintf(line, LOG_LINE, "%4llu.%06llu %s",
		 (unsigned long long)(us / 1000000),
		 (unsigned long long)(us % 1000000), text);
}

/* Report on standard output, which main.c collects, and end the test. */
void fail(struct wire *w, const char *fmt, ...)
{
	unsigned int i = w->logged > LOG_LEN ? w->logged - LOG_LEN : 0;
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (i < w->logged)
		printf("transcript, seconds, < from the dut, > to the dut:\n");
	for (; i < w->logged; i++)
		printf("%s\n", w->log[i % LOG_LEN]);
	fflush(stdout);
	_exit(1);
}
