// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events of system xtcp as text, read and written by one table of keys. What is not known is
 * skipped, so that a module that tells more can be read, too.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trace.h"

static const char *const kind_name[TRACE_KINDS] = {
	[TRACE_SET_STATE] = "xtcp_set_state",
	[TRACE_SEGMENT_IN] = "xtcp_segment_in",
	[TRACE_SEGMENT_OUT] = "xtcp_segment_out",
	[TRACE_CONG_STATE] = "xtcp_cong_state",
	[TRACE_RTT_SAMPLE] = "xtcp_rtt_sample",
	[TRACE_DROP] = "xtcp_drop",
	[TRACE_REQUEST] = "xtcp_request",
	[TRACE_TIMER] = "xtcp_timer",
};

enum key_type {
	KEY_NUMBER,
	KEY_HEX,
	KEY_WORD,
	KEY_ENDPOINT,
	KEY_HEADER,
};

static const struct key {
	const char *name;
	enum key_type type;
	size_t offset;
	unsigned int kinds; /* that have it, a bit each */
	bool in_header; /* told by the TCP header, too */
} keys[] = {
#define K(name_, type_, member, kinds_, in_header_) \
	{ \
		name_, type_, offsetof(struct trace_event, member), kinds_, in_header_ \
	}
#define OF(kind_) (1u << TRACE_##kind_)
#define ALL ((1u << TRACE_KINDS) - 1)
#define SEGMENTS (OF(SEGMENT_IN) | OF(SEGMENT_OUT))
	K("net", KEY_NUMBER, net, ALL, false),
	K("local", KEY_ENDPOINT, local, ALL, true),
	K("remote", KEY_ENDPOINT, remote, ALL, true),
	K("state", KEY_WORD, state, SEGMENTS, false),
	K("old", KEY_WORD, before, OF(SET_STATE) | OF(CONG_STATE), false),
	K("new", KEY_WORD, after, OF(SET_STATE) | OF(CONG_STATE), false),
	K("why", KEY_WORD, why, OF(SEGMENT_OUT), false),
	K("again", KEY_NUMBER, again, OF(SEGMENT_OUT), false),
	K("reason", KEY_WORD, reason, OF(DROP), false),
	K("seq", KEY_NUMBER, seq, SEGMENTS | OF(DROP), true),
	K("ack", KEY_NUMBER, ack, SEGMENTS | OF(DROP), true),
	K("len", KEY_NUMBER, len, SEGMENTS | OF(DROP), true),
	K("mss", KEY_NUMBER, mss, OF(SEGMENT_OUT), false),
	K("win", KEY_NUMBER, win, SEGMENTS, true),
	K("flags", KEY_HEX, flags, SEGMENTS | OF(DROP), true),
	K("una", KEY_NUMBER, una, SEGMENTS, false),
	K("nxt", KEY_NUMBER, nxt, SEGMENTS, false),
	K("rcv_nxt", KEY_NUMBER, rcv_nxt, OF(SEGMENT_IN), false),
	K("cwnd", KEY_NUMBER, cwnd, OF(SEGMENT_OUT) | OF(CONG_STATE), false),
	K("ssthresh", KEY_NUMBER, ssthresh, OF(SEGMENT_OUT) | OF(CONG_STATE), false),
	K("flight", KEY_NUMBER, flight, OF(SEGMENT_OUT) | OF(CONG_STATE), false),
	K("sample_us", KEY_NUMBER, sample_us, OF(RTT_SAMPLE), false),
	K("srtt_us", KEY_NUMBER, srtt_us, OF(RTT_SAMPLE), false),
	K("rttvar_us", KEY_NUMBER, rttvar_us, OF(RTT_SAMPLE), false),
	K("rto_us", KEY_NUMBER, rto_us, OF(RTT_SAMPLE), false),
	K("what", KEY_WORD, what, OF(REQUEST), false),
	K("retransmits", KEY_NUMBER, retransmits, OF(REQUEST), false),
	K("timer", KEY_WORD, timer, OF(TIMER), false),
	K("late_us", KEY_NUMBER, late_us, OF(TIMER), false),
	K("hdr", KEY_HEADER, header, SEGMENTS, true),
#undef K
#undef OF
#undef ALL
#undef SEGMENTS
};

#define NR(rows) (sizeof(rows) / sizeof((rows)[0]))

const char *trace_kind_name(enum trace_kind kind)
{
	return kind < TRACE_KINDS ? kind_name[kind] : "?";
}

bool trace_is_drop(const struct trace_event *e)
{
	return e->kind == TRACE_DROP && (e->len || strcmp(e->reason, "CLOSED"));
}

bool trace_is_segment(const struct trace_event *e)
{
	return e->kind == TRACE_SEGMENT_IN || e->kind == TRACE_SEGMENT_OUT;
}

uint16_t trace_port(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
	return ntohs(((const struct sockaddr_in *)a)->sin_port);
}

const void *trace_address(const struct sockaddr_storage *a, size_t *len)
{
	if (a->ss_family == AF_INET6) {
		*len = 16;
		return &((const struct sockaddr_in6 *)a)->sin6_addr;
	}
	*len = 4;
	return &((const struct sockaddr_in *)a)->sin_addr;
}

bool trace_same_endpoint(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	size_t len, other;
	const void *address = trace_address(a, &len);

	return a->ss_family == b->ss_family && trace_port(a) == trace_port(b) &&
	       !memcmp(address, trace_address(b, &other), len);
}

bool trace_parse_endpoint(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	char address[64];
	unsigned long port;
	size_t len;
	char *end;

	if (!colon || colon == text)
		return false;
	port = strtoul(colon + 1, &end, 10);
	len = colon - text - (bracket ? 2 : 0);
	if (end == colon + 1 || *end || port > 65535 || len >= sizeof(address) ||
	    (bracket && colon[-1] != ']'))
		return false;
	memcpy(address, text + bracket, len);
	address[len] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		return true;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	return inet_pton(AF_INET, address, &v4->sin_addr) == 1;
}

void trace_format_endpoint(const struct sockaddr_storage *a, char *out, size_t size)
{
	char address[INET6_ADDRSTRLEN] = "?";
	size_t len;
	const void *bytes = trace_address(a, &len);

	inet_ntop(a->ss_family == AF_INET6 ? AF_INET6 : AF_INET, bytes, address, sizeof(address));
	snprintf(out, size, a->ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", address, trace_port(a));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes may be apart, as the kernel prints arrays ("0a 0b" is cut to words before). */
static bool parse_header(const char *value, struct trace_event *e)
{
	size_t n = 0;

	for (; value[0] && value[1]; value += 2) {
		int high = hex_digit(value[0]), low = hex_digit(value[1]);

		if (high < 0 || low < 0 || n == sizeof(e->header))
			return false;
		e->header[n++] = high << 4 | low;
	}
	e->header_len = n;
	return !value[0];
}

static bool parse_value(const struct key *key, const char *value, struct trace_event *e)
{
	char *member = (char *)e + key->offset;
	char *end;

	switch (key->type) {
	case KEY_NUMBER:
	case KEY_HEX:
		*(uint64_t *)member = strtoull(value, &end, 0);
		return end != value && !*end;
	case KEY_WORD:
		if (strlen(value) >= TRACE_WORD)
			return false;
		strcpy(member, value);
		return true;
	case KEY_ENDPOINT:
		return trace_parse_endpoint(value, (struct sockaddr_storage *)member);
	default:
		return parse_header(value, e);
	}
}

static bool parse_pair(char *pair, struct trace_event *e)
{
	char *equals = strchr(pair, '=');
	unsigned int i;

	if (!equals)
		return true;
	*equals = '\0';
	for (i = 0; i < NR(keys); i++) {
		if (!strcmp(keys[i].name, pair))
			return parse_value(&keys[i], equals + 1, e);
	}
	return true;
}

static bool parse_kind(const char *text, size_t len, struct trace_event *e)
{
	unsigned int i;

	for (i = 0; i < TRACE_KINDS; i++) {
		if (strlen(kind_name[i]) == len && !memcmp(kind_name[i], text, len)) {
			e->kind = i;
			return true;
		}
	}
	return false;
}

bool trace_parse_text(const char *text, struct trace_event *e)
{
	const char *colon = strchr(text, ':');
	char copy[TRACE_TEXT_MAX], *rest, *pair;

	if (!colon || !parse_kind(text, colon - text, e) || strlen(colon) > sizeof(copy))
		return false;
	strcpy(copy, colon + 1);
	for (pair = strtok_r(copy, " \n", &rest); pair; pair = strtok_r(NULL, " \n", &rest)) {
		if (!parse_pair(pair, e))
			return false;
	}
	return true;
}

/* The last "N.N" and "[N]" before the name of the event: a program's name may hold anything. */
static bool parse_stamp(const char *line, const char *name, struct trace_event *e)
{
	const char *p = name, *dot;
	uint64_t fraction = 0, unit = 1000000000;

	while (p > line && strchr("0123456789.", p[-1]))
		p--;
	dot = memchr(p, '.', name - p);
	if (!dot)
		return false;
	e->ns = strtoull(p, NULL, 10) * 1000000000;
	while (++dot < name && unit > 1) {
		unit /= 10;
		fraction += (*dot - '0') * unit;
	}
	e->ns += fraction;
	while (p > line && *p != '[')
		p--;
	e->cpu = *p == '[' ? strtoul(p + 1, NULL, 10) : 0;
	return true;
}

bool trace_parse_line(const char *line, struct trace_event *e)
{
	const char *p = line, *name = NULL;

	memset(e, 0, sizeof(*e));
	while ((p = strstr(p, ": xtcp_"))) {
		name = p;
		p += 2;
	}
	return name && parse_stamp(line, name, e) && trace_parse_text(name + 2, e) &&
	       e->local.ss_family && e->remote.ss_family;
}

static int format_value(const struct key *key, const struct trace_event *e, char *out, size_t size)
{
	const char *member = (const char *)e + key->offset;
	char endpoint[80];

	switch (key->type) {
	case KEY_NUMBER:
		return snprintf(out, size, " %s=%" PRIu64, key->name, *(const uint64_t *)member);
	case KEY_HEX:
		return snprintf(out, size, " %s=0x%03" PRIx64, key->name, *(const uint64_t *)member);
	case KEY_WORD:
		return *member ? snprintf(out, size, " %s=%s", key->name, member) : 0;
	case KEY_ENDPOINT:
		trace_format_endpoint((const struct sockaddr_storage *)member, endpoint,
				      sizeof(endpoint));
		return snprintf(out, size, " %s=%s", key->name, endpoint);
	default:
		return 0;
	}
}

size_t trace_format(const struct trace_event *e, bool brief, char *out, size_t size)
{
	size_t n = snprintf(out, size, "%s:", trace_kind_name(e->kind));
	unsigned int i;

	for (i = 0; i < NR(keys); i++) {
		if (!(keys[i].kinds & 1u << e->kind) || (brief && keys[i].in_header))
			continue;
		if (n < size)
			n += format_value(&keys[i], e, out + n, size - n);
	}
	return n < size ? n : size - 1;
}
