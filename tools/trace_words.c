// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments put into words, and filters of them.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trace.h"

/* A segment that an expired timer sends follows it at once. */
#define TIMER_NS 1000000

const char *trace_flags(unsigned int flags, char *out, size_t size)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} names[] = {
		{ TCP_FLAG_SYN_BIT, "SYN" },
		{ TCP_FLAG_FIN_BIT, "FIN" },
		{ TCP_FLAG_RST_BIT, "RST" },
		{ TCP_FLAG_PSH_BIT, "PSH" },
		{ TCP_FLAG_ACK_BIT, "ACK" },
		{ TCP_FLAG_URG_BIT, "URG" },
		{ TCP_FLAG_ECE_BIT, "ECE" },
		{ TCP_FLAG_CWR_BIT, "CWR" },
		{ TCP_FLAG_AE_BIT, "AE" },
	};
	size_t n = 0, i;

	out[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].bit && n < size)
			n += snprintf(out + n, size - n, "%s%s", n ? "," : "", names[i].name);
	}
	return out[0] ? out : "none";
}

void trace_remember(struct trace_context *c, const struct trace_event *e)
{
	if (e->kind == TRACE_TIMER) {
		strcpy(c->timer, e->timer);
		c->timer_ns = e->ns;
	}
	if (e->kind == TRACE_CONG_STATE)
		strcpy(c->congestion, e->after);
}

static bool after_timer(const struct trace_event *e, const struct trace_context *c,
			const char *name)
{
	return !strcmp(c->timer, name) && e->ns - c->timer_ns < TIMER_NS;
}

static const char *retransmission(const struct trace_event *e, const struct trace_context *c)
{
	if (after_timer(e, c, "RTO"))
		return "retransmission timeout: lost";
	if (!strcmp(c->congestion, "LOSS"))
		return "lost before the timeout, too";
	if (after_timer(e, c, "REO"))
		return "overtaken and too late: lost";
	return "fast retransmission: lost";
}

static const char *acknowledgment(const struct trace_event *e, const struct trace_context *c)
{
	if (after_timer(e, c, "DELACK"))
		return "delayed ACK";
	if (after_timer(e, c, "COMPRESS"))
		return "ACK for several segments behind a hole";
	return "pure ACK";
}

const char *trace_words(const struct trace_event *e, const struct trace_context *c)
{
	bool answer = e->flags & TCP_FLAG_ACK_BIT;

	if (e->flags & TCP_FLAG_RST_BIT)
		return "reset";
	if (e->flags & TCP_FLAG_SYN_BIT) {
		if (e->again)
			return answer ? "no ACK came: SYN,ACK again" : "no answer came: SYN again";
		return answer ? "agrees" : "opens";
	}
	if (!strcmp(e->why, "NEW_DATA"))
		return "new text";
	if (!strcmp(e->why, "FIN"))
		return "no more text";
	if (!strcmp(e->why, "RETRANSMIT"))
		return retransmission(e, c);
	if (!strcmp(e->why, "TLP"))
		return "tail loss probe";
	if (!strcmp(e->why, "MTU_PROBE"))
		return "probe of the path MTU";
	if (!strcmp(e->why, "PROBE"))
		return "zero window probe";
	if (!strcmp(e->why, "KEEPALIVE"))
		return "keep-alive probe";
	if (!strcmp(e->why, "ACK"))
		return acknowledgment(e, c);
	return e->why;
}

static const char *parse_term(struct filter_term *t, const char *what, const char *value)
{
	char *end;

	if (!strcmp(what, "host")) {
		t->what = FILTER_HOST;
		for (t->family = AF_INET;; t->family = AF_INET6) {
			if (inet_pton(t->family, value, t->address) == 1)
				return NULL;
			if (t->family == AF_INET6)
				return "host wants an IPv4 or IPv6 address";
		}
	}
	if (strcmp(what, "port") && strcmp(what, "net"))
		return "a filter is of port N, host ADDRESS and net INODE, joined by and";
	t->what = *what == 'p' ? FILTER_PORT : FILTER_NET;
	t->number = strtoull(value, &end, 10);
	if (end == value || *end || (t->what == FILTER_PORT && t->number > 65535))
		return "port and net want a number";
	return NULL;
}

const char *trace_filter_add(struct trace_filter *f, const char *words)
{
	char copy[512], *rest, *what, *value;
	const char *wrong;

	if (strlen(words) >= sizeof(copy))
		return "the filter is too long";
	strcpy(copy, words);
	for (what = strtok_r(copy, " ", &rest); what; what = strtok_r(NULL, " ", &rest)) {
		if (!strcmp(what, "and"))
			continue;
		value = strtok_r(NULL, " ", &rest);
		if (!value)
			return "a filter's last word wants a value";
		if (f->n == FILTER_TERMS)
			return "the filter has too many terms";
		wrong = parse_term(&f->term[f->n], what, value);
		if (wrong)
			return wrong;
		f->n++;
	}
	return NULL;
}

static bool is_address(const struct filter_term *t, const struct sockaddr_storage *a)
{
	size_t len;
	const void *bytes = trace_address(a, &len);

	return a->ss_family == t->family && !memcmp(bytes, t->address, len);
}

bool trace_filter_matches(const struct trace_filter *f, const struct trace_event *e)
{
	const struct filter_term *t;

	for (t = f->term; t < f->term + f->n; t++) {
		if (t->what == FILTER_PORT && trace_port(&e->local) != t->number &&
		    trace_port(&e->remote) != t->number)
			return false;
		if (t->what == FILTER_HOST && !is_address(t, &e->local) &&
		    !is_address(t, &e->remote))
			return false;
		if (t->what == FILTER_NET && e->net != t->number)
			return false;
	}
	return true;
}
