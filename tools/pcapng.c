// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes recordings: a section, an interface, a packet for each segment.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include "pcapng.h"
#include "pcapng_format.h"

/* A block is put together here; it is as long as the room for its comments says. */
struct block {
	uint32_t len;
	uint8_t bytes[16384];
};

static void add(struct block *b, const void *bytes, size_t len)
{
	size_t padded = (len + 3) & ~3ul;

	if (b->len + padded + 16 > sizeof(b->bytes))
		return;
	memcpy(b->bytes + b->len, bytes, len);
	memset(b->bytes + b->len + len, 0, padded - len);
	b->len += padded;
}

static void add_option(struct block *b, uint16_t code, const void *value, size_t len)
{
	uint16_t head[2] = { code, len };

	if (b->len + len + 32 > sizeof(b->bytes))
		return;
	add(b, head, sizeof(head));
	add(b, value, len);
}

static void add_text(struct block *b, uint16_t code, const char *text)
{
	add_option(b, code, text, strlen(text));
}

static void add_comments(struct block *b, const char *const comments[])
{
	for (; *comments; comments++)
		add_text(b, PCAPNG_COMMENT, *comments);
}

static void begin_block(struct block *b, uint32_t type)
{
	uint32_t head[2] = { type, 0 };

	b->len = 0;
	add(b, head, sizeof(head));
}

static void end_block(struct block *b, FILE *f)
{
	uint32_t len = b->len + 8, end[2] = { PCAPNG_END_OF_OPTIONS, len };

	memcpy(b->bytes + 4, &len, sizeof(len));
	add(b, end, sizeof(end));
	fwrite(b->bytes, 1, b->len, f);
}

/* libpcap reads no more than one of this type; which namespace it was is in a comment. */
static void add_interface(FILE *f)
{
	struct pcapng_interface i = { .linktype = PCAPNG_LINKTYPE_RAW };
	uint8_t resolution = 9; /* nanoseconds */
	struct block b;

	begin_block(&b, PCAPNG_INTERFACE);
	add(&b, &i, sizeof(i));
	add_text(&b, PCAPNG_IF_NAME, "xtcp");
	add_option(&b, PCAPNG_IF_TSRESOL, &resolution, 1);
	end_block(&b, f);
}

void pcapng_begin(struct pcapng_writer *w, FILE *f)
{
	struct pcapng_section s = { .magic = PCAPNG_MAGIC, .major = 1, .length = -1 };
	struct timespec wall;
	struct block b;

	memset(w, 0, sizeof(*w));
	w->file = f;
	clock_gettime(CLOCK_REALTIME, &wall);
	w->wall_ns = wall.tv_sec * 1000000000ull + wall.tv_nsec - trace_now();
	begin_block(&b, PCAPNG_SECTION);
	add(&b, &s, sizeof(s));
	add_text(&b, PCAPNG_COMMENT,
		 "Segments of xtcp sockets. IP headers are made up, text is left out: "
		 "TCP checksums can't be verified.");
	add_text(&b, PCAPNG_PROGRAM, "xtcp record");
	end_block(&b, f);
	add_interface(f);
}

static uint16_t header_checksum(const uint8_t *header)
{
	uint32_t sum = 0, i;

	for (i = 0; i < IPV4_HEADER; i += 2)
		sum += header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = value >> 8;
	p[1] = value;
}

/* A length that the field can't hold is 0, as for segments that a device cuts (and RFC 2675). */
static size_t ip_header(uint8_t *h, const struct trace_event *e, bool out)
{
	const struct sockaddr_storage *from = out ? &e->local : &e->remote;
	const struct sockaddr_storage *to = out ? &e->remote : &e->local;
	uint64_t len = e->header_len + e->len;
	size_t size;

	if (from->ss_family == AF_INET6) {
		memset(h, 0, IPV6_HEADER);
		h[0] = 0x60;
		put16(h + 4, len > 65535 ? 0 : len);
		h[6] = IPPROTO_TCP;
		h[7] = 64;
		memcpy(h + 8, trace_address(from, &size), 16);
		memcpy(h + 24, trace_address(to, &size), 16);
		return IPV6_HEADER;
	}
	memset(h, 0, IPV4_HEADER);
	h[0] = 0x45;
	put16(h + 2, len + IPV4_HEADER > 65535 ? 0 : len + IPV4_HEADER);
	h[6] = 0x40; /* do not fragment */
	h[8] = 64;
	h[9] = IPPROTO_TCP;
	memcpy(h + 12, trace_address(from, &size), 4);
	memcpy(h + 16, trace_address(to, &size), 4);
	put16(h + 10, header_checksum(h));
	return IPV4_HEADER;
}

void pcapng_segment(struct pcapng_writer *w, const struct trace_event *e,
		    const char *const comments[])
{
	bool out = e->kind == TRACE_SEGMENT_OUT;
	uint32_t flags = out ? PCAPNG_OUTBOUND : PCAPNG_INBOUND;
	uint8_t data[IPV6_HEADER + TRACE_HEADER_MAX];
	uint64_t ns = e->ns + w->wall_ns;
	struct pcapng_packet p = {
		.high = ns >> 32,
		.low = ns,
	};
	struct block b;
	size_t ip = ip_header(data, e, out);

	memcpy(data + ip, e->header, e->header_len);
	p.captured = ip + e->header_len;
	p.original = p.captured + e->len;
	begin_block(&b, PCAPNG_PACKET);
	add(&b, &p, sizeof(p));
	add(&b, data, p.captured);
	add_option(&b, PCAPNG_FLAGS, &flags, sizeof(flags));
	add_comments(&b, comments);
	end_block(&b, w->file);
}

void pcapng_end(struct pcapng_writer *w, uint64_t lost, const char *const comments[])
{
	uint64_t ns = trace_now() + w->wall_ns;
	struct pcapng_statistics s = { .high = ns >> 32, .low = ns };
	struct block b;

	do {
		begin_block(&b, PCAPNG_STATISTICS);
		add(&b, &s, sizeof(s));
		add_option(&b, PCAPNG_IF_DROPS, &lost, sizeof(lost));
		/* As many as surely fit; what is dropped is told once. */
		while (*comments && b.len + strlen(*comments) + 64 < sizeof(b.bytes))
			add_text(&b, PCAPNG_COMMENT, *comments++);
		end_block(&b, w->file);
	} while (*comments);
}
