// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold for every segment that the dut sends, whatever the test is
 * about. peer.c calls segment_check() for each received segment.
 */
#include <string.h>

#include "wire.h"

#define after(a, b)	((int32_t)((a) - (b)) > 0)

static const char *check_header(struct wire *w, const struct seg *s)
{
	const uint8_t *from = s->raw + (w->version == 4 ? 12 : 8);
	int n = w->version == 4 ? 4 : 16;

	if (s->bad_options)
		return s->bad_options;
	if (!s->df)
		return "DF is not set (mission S2.5b)";
	if (s->ttl != 64)
		return "the TTL is not 64 (mission S3.5a)";
	if (s->reserved)
		return "a reserved bit is set";
	if (!(s->flags & SYN) && (s->mss >= 0 || s->wscale >= 0))
		return "MSS or window scale outside a SYN (MUST-65)";
	if ((s->flags & SYN) && s->mss != w->mtu - (w->version == 4 ? 40 : 60))
		return "MSS is not the MTU less fixed headers (MUST-67)";
	if ((s->flags & SYN) && s->len && !w->fast_open)
		return "a SYN carries data (mission S2.1a)";
	if (s->sport != w->dut.port || s->dport != w->peer.port ||
	    memcmp(from, w->dut.addr, n) || memcmp(from + n, w->peer.addr, n))
		return "it belongs to another connection (MUST-45)";
	return NULL;
}

static const char *check_payload(struct wire *w, const struct seg *s)
{
	uint32_t first = s->seq + !!(s->flags & SYN), end = first + s->len;
	int i;

	if (s->len > w->max_len)
		return "the payload is longer than the MSS (MUST-14, MUST-16)";
	if (s->len && !(s->flags & SYN) && !w->any_edge && after(end, w->peer_edge) &&
	    !(s->len == 1 && s->seq == w->peer_edge))
		return "data lies beyond the window (RFC 9293 3.8.6)";
	for (i = 0; i < s->len; i++)
		if (s->data[i] != pattern(true, first + i))
			return "the payload is not what was written";
	return NULL;
}

/* Acknowledgments stay below what was sent, and the edge never moves left. */
static const char *check_window(struct wire *w, const struct seg *s)
{
	int shift = scale_of(w, &w->dut, s->flags);
	uint32_t edge = s->ack + ((uint32_t)s->win << shift);

	if (!(s->flags & ACK) || (s->flags & RST))
		return NULL;
	if (!w->dut_edge || after(edge, w->dut_edge))
		w->dut_edge = edge;
	else if (after(w->dut_edge, edge + (1 << shift) - 1))
		return "the right window edge moved left (SHLD-14)";
	return NULL;
}

const char *segment_check(struct wire *w, const struct seg *s)
{
	const char *bad = check_header(w, s);

	if (!bad)
		bad = check_payload(w, s);
	if (!bad)
		bad = check_window(w, s);
	return bad;
}
