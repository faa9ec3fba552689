// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP and ICMPv6 errors about a segment of the dut, as a router or the
 * peer's host sends them: the quoted IP header and 8 octets of the segment
 * (RFC 792), or more (RFC 4443). Tests call icmp_send().
 */
#include <netinet/in.h>
#include <string.h>

#include "wire.h"

static const struct {
	const char *name;
	int type4, code4, type6, code6;
} kinds[] = {
	[NET_UNREACHABLE]	= { "net unreachable",	3, 0, 1, 0 },
	[HOST_UNREACHABLE]	= { "host unreachable",	3, 1, 1, 3 },
	[PROTOCOL_UNREACHABLE]	= { "protocol unreachable", 3, 2, 4, 1 },
	[PORT_UNREACHABLE]	= { "port unreachable",	3, 3, 1, 4 },
	[ADMIN_PROHIBITED]	= { "prohibited",	3, 13, 1, 1 },
	[TIME_EXCEEDED]		= { "time exceeded",	11, 0, 3, 0 },
	[BAD_HEADER]		= { "parameter problem", 12, 0, 4, 0 },
	[TOO_BIG]		= { "packet too big",	3, 4, 2, 0 },
	[SOURCE_QUENCH]		= { "source quench",	4, 0, -1, 0 },
};

/* The quoted packet: from the dut to the peer. Returns its length. */
static int quote(struct wire *w, const struct report *r, uint8_t *p)
{
	int n = w->version == 4 ? 4 : 16, from = w->version == 4 ? 12 : 8;
	int sport = r->sport ? r->sport : w->dut.port, hlen;

	hlen = ip_header(w, p, IPPROTO_TCP, 20);
	memcpy(p + from, w->dut.addr, n);
	memcpy(p + from + n, w->peer.addr, n);
	if (w->version == 4) {
		p[10] = p[11] = 0;
		n = ~ones_sum(p, 20, 0);
		p[10] = n >> 8;
		p[11] = n;
	}
	p += hlen;
	p[0] = sport >> 8;
	p[1] = sport;
	p[2] = w->peer.port >> 8;
	p[3] = w->peer.port;
	put32(p + 4, w->dut.isn + (r->seq == NATURAL ? w->rcv_nxt : r->seq));
	return hlen + 8;
}

void wire_icmp(struct wire *w, const struct report *r)
{
	int hlen = w->version == 4 ? 20 : 40, len, sum;
	uint8_t buf[256] = { 0 }, *icmp = buf + hlen;
	char text[64];

	icmp[0] = w->version == 4 ? kinds[r->trouble].type4 :
				    kinds[r->trouble].type6;
	icmp[1] = w->version == 4 ? kinds[r->trouble].code4 :
				    kinds[r->trouble].code6;
	put32(icmp + 4, r->mtu);
	len = 8 + quote(w, r, icmp + 8);
	ip_header(w, buf, w->version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, len);
	sum = w->version == 4 ? 0 :
	      ones_sum(buf + 8, 32, IPPROTO_ICMPV6 + len);
	sum = ~ones_sum(icmp, len, sum);
	icmp[2] = sum >> 8;
	icmp[3] = sum;
	snprintf(text, sizeof(text), "> ICMP %s, mtu %d",
		 kinds[r->trouble].name, r->mtu);
	log_line(w, now_us(), text);
	peer_raw(w, buf, hlen + len);
}
