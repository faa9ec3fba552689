// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads recordings back. A packet's comments are events as text, the first that of its own.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "pcapng.h"
#include "pcapng_format.h"

enum {
	BLOCK_MAX = 1 << 20,
	TCP_HEADER = 20,
};

struct reading {
	void (*event)(void *arg, const struct trace_event *e);
	void *arg;
	unsigned long packets, ours;
};

bool pcapng_is(const uint8_t *start)
{
	uint32_t type;

	memcpy(&type, start, sizeof(type));
	return type == PCAPNG_SECTION;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void endpoint(struct sockaddr_storage *a, const uint8_t *address, size_t len,
		     const uint8_t *port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;
	struct sockaddr_in *v4 = (struct sockaddr_in *)a;

	memset(a, 0, sizeof(*a));
	if (len == 16) {
		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr, address, len);
		memcpy(&v6->sin6_port, port, 2);
	} else {
		v4->sin_family = AF_INET;
		memcpy(&v4->sin_addr, address, len);
		memcpy(&v4->sin_port, port, 2);
	}
}

/* What the headers tell: addresses, numbers, length. False: no TCP of ours. */
static bool read_headers(const uint8_t *data, uint32_t captured, uint32_t original, bool out,
			 struct trace_event *e)
{
	struct sockaddr_storage *from = out ? &e->local : &e->remote;
	struct sockaddr_storage *to = out ? &e->remote : &e->local;
	bool v6 = captured && data[0] >> 4 == 6;
	uint32_t ip = v6 ? IPV6_HEADER : IPV4_HEADER;
	uint32_t at = v6 ? 8 : 12, size = v6 ? 16 : 4;
	const uint8_t *tcp = data + ip;

	if (captured < ip + TCP_HEADER || data[v6 ? 6 : 9] != IPPROTO_TCP)
		return false;
	e->header_len = (tcp[12] >> 4) * 4;
	if (e->header_len < TCP_HEADER || captured < ip + e->header_len || original < captured)
		return false;
	endpoint(from, data + at, size, tcp);
	endpoint(to, data + at + size, size, tcp + 2);
	memcpy(e->header, tcp, e->header_len);
	e->seq = get32(tcp + 4);
	e->ack = get32(tcp + 8);
	e->flags = get16(tcp + 12) & 0x1ff;
	e->win = get16(tcp + 14);
	e->len = original - ip - e->header_len;
	return true;
}

/* Behind the words for people, if there are any. */
static bool parse_comment(const char *comment, struct trace_event *e)
{
	const char *text = strstr(comment, "xtcp_"), *at = strstr(comment, " at=");
	char *dot;

	if (!text || !trace_parse_text(text, e))
		return false;
	if (at) {
		e->ns = strtoull(at + 4, &dot, 10) * 1000000000;
		e->ns += *dot == '.' ? strtoull(dot + 1, NULL, 10) : 0;
	}
	return true;
}

/* The next option of those from *p on. */
static bool next_option(const uint8_t **p, const uint8_t *end, uint16_t *code, uint16_t *len,
			const uint8_t **value)
{
	if (end - *p < 4)
		return false;
	memcpy(code, *p, 2);
	memcpy(len, *p + 2, 2);
	*value = *p + 4;
	if (*code == PCAPNG_END_OF_OPTIONS || end - *value < *len)
		return false;
	*p = *value + ((*len + 3) & ~3u);
	if (*p > end)
		*p = end;
	return true;
}

static bool comment_event(const uint8_t *value, uint16_t len, struct trace_event *e)
{
	char text[TRACE_TEXT_MAX];

	if (len >= sizeof(text))
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	return parse_comment(text, e);
}

/* Events of comments behind the first; brief ones are of the packet's connection. */
static void tell_others(struct reading *r, const uint8_t *options, const uint8_t *end,
			const struct trace_event *packet)
{
	uint16_t code, len;
	const uint8_t *value;
	struct trace_event e;

	while (next_option(&options, end, &code, &len, &value)) {
		memset(&e, 0, sizeof(e));
		if (packet) {
			e.ns = packet->ns;
			e.local = packet->local;
			e.remote = packet->remote;
			e.seq = packet->seq;
			e.ack = packet->ack;
			e.len = packet->len;
			e.flags = packet->flags;
		}
		if (code == PCAPNG_COMMENT && comment_event(value, len, &e) &&
		    !trace_is_segment(&e) && e.local.ss_family && e.remote.ss_family)
			r->event(r->arg, &e);
	}
}

static void read_packet(struct reading *r, const uint8_t *body, uint32_t size)
{
	const uint8_t *end = body + size, *options, *p, *value;
	struct trace_event e = { 0 };
	struct pcapng_packet h;
	uint16_t code, len;
	bool told = false;

	r->packets++;
	if (size < sizeof(h))
		return;
	memcpy(&h, body, sizeof(h));
	body += sizeof(h);
	if (h.captured > size - sizeof(h) || ((h.captured + 3) & ~3u) > size - sizeof(h))
		return;
	options = body + ((h.captured + 3) & ~3u);
	e.ns = (uint64_t)h.high << 32 | h.low;
	for (p = options; next_option(&p, end, &code, &len, &value);) {
		if (code == PCAPNG_COMMENT && !told)
			told = comment_event(value, len, &e);
	}
	e.cpu = h.interface;
	if (!told || !trace_is_segment(&e) ||
	    !read_headers(body, h.captured, h.original, e.kind == TRACE_SEGMENT_OUT, &e))
		return;
	r->ours++;
	tell_others(r, options, end, &e);
	r->event(r->arg, &e);
}

static const char *read_block(struct reading *r, uint32_t type, const uint8_t *body, uint32_t size)
{
	uint32_t magic = 0;

	if (type == PCAPNG_SECTION) {
		memcpy(&magic, body, size < 4 ? size : 4);
		if (magic != PCAPNG_MAGIC)
			return "it is of a machine with another byte order";
	}
	if (type == PCAPNG_PACKET)
		read_packet(r, body, size);
	if (type == PCAPNG_STATISTICS && size >= sizeof(struct pcapng_statistics))
		tell_others(r, body + sizeof(struct pcapng_statistics), body + size, NULL);
	return NULL;
}

static const char *read_blocks(FILE *f, struct reading *r, uint8_t *buffer)
{
	const char *wrong = NULL;
	uint32_t head[2];

	while (!wrong && fread(head, sizeof(head), 1, f) == 1) {
		uint32_t size = head[1] - sizeof(head);

		if (head[1] < 12 || head[1] % 4 || size > BLOCK_MAX)
			return "it is damaged";
		if (fread(buffer, 1, size, f) != size)
			return "it ends within a block";
		wrong = read_block(r, head[0], buffer, size - 4);
	}
	if (!wrong && r->packets && !r->ours)
		return "it was not made by xtcp record";
	return wrong;
}

const char *pcapng_read(FILE *f, void (*event)(void *arg, const struct trace_event *e), void *arg)
{
	struct reading r = { .event = event, .arg = arg };
	uint8_t *buffer = malloc(BLOCK_MAX);
	const char *wrong;

	if (!buffer)
		return "memory is short";
	wrong = read_blocks(f, &r, buffer);
	free(buffer);
	return wrong;
}
