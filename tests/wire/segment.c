// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments as bytes: building what the peer sends, parsing what the dut sent,
 * checksums and the pattern that both byte streams carry (RFC 9293 3.1).
 * peer.c is the caller; icmp.c borrows the IP header.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "wire.h"

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* The octet at a relative sequence number; the two directions differ. */
uint8_t pattern(bool from_dut, uint32_t seq)
{
	return seq * 7 + (seq >> 8) * 13 + (from_dut ? 0x55 : 0);
}

/* One's complement sum, folded; a block with a right checksum gives 0xffff. */
uint16_t ones_sum(const void *data, int len, uint32_t sum)
{
	const uint8_t *p = data;

	for (; len > 1; p += 2, len -= 2)
		sum += get16(p);
	if (len)
		sum += *p << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t pseudo_sum(struct wire *w, const uint8_t *ip, int len)
{
	if (w->version == 4)
		return ones_sum(ip + 12, 8, IPPROTO_TCP + len);
	return ones_sum(ip + 8, 32, IPPROTO_TCP + len);
}

static int ip_header_len(struct wire *w, const uint8_t *ip)
{
	return w->version == 4 ? (ip[0] & 15) * 4 : 40;
}

/* Fill in the TCP checksum of an IP packet of len bytes. */
void segment_checksum(struct wire *w, uint8_t *ip, int len)
{
	int hlen = ip_header_len(w, ip);
	uint8_t *tcp = ip + hlen;

	put16(tcp + 16, 0);
	put16(tcp + 16, ~ones_sum(tcp, len - hlen,
				  pseudo_sum(w, ip, len - hlen)));
}

/* An IP header from the peer to the dut for len bytes of payload. */
int ip_header(struct wire *w, uint8_t *buf, int proto, int len)
{
	if (w->version == 4) {
		memset(buf, 0, 20);
		buf[0] = 0x45;
		put16(buf + 2, 20 + len);
		buf[6] = 0x40;
		buf[8] = 64;
		buf[9] = proto;
		memcpy(buf + 12, w->peer.addr, 4);
		memcpy(buf + 16, w->dut.addr, 4);
		put16(buf + 10, ~ones_sum(buf, 20, 0));
		return 20;
	}
	memset(buf, 0, 8);
	buf[0] = 0x60;
	put16(buf + 4, len);
	buf[6] = proto;
	buf[7] = 64;
	memcpy(buf + 8, w->peer.addr, 16);
	memcpy(buf + 24, w->dut.addr, 16);
	return 40;
}

static void other_address(struct wire *w, uint8_t *p, const char *text)
{
	if (text)
		inet_pton(w->version == 4 ? AF_INET : AF_INET6, text, p);
}

/* Move the segment behind IPv4 options and mend the header. */
static int insert_ip_options(uint8_t *buf, int len, const struct out *o)
{
	memmove(buf + 20 + o->ip_opts_len, buf + 20, len - 20);
	memcpy(buf + 20, o->ip_opts, o->ip_opts_len);
	buf[0] += o->ip_opts_len / 4;
	put16(buf + 2, len + o->ip_opts_len);
	put16(buf + 10, 0);
	put16(buf + 10, ~ones_sum(buf, 20 + o->ip_opts_len, 0));
	return len + o->ip_opts_len;
}

static int build_options(const struct out *o, uint8_t *p)
{
	int n = 0;

	if (o->mss) {
		p[n++] = 2;
		p[n++] = 4;
		put16(p + n, o->mss);
		n += 2;
	}
	if (o->wscale >= 0) {
		p[n++] = 1;
		p[n++] = 3;
		p[n++] = 3;
		p[n++] = o->wscale;
	}
	memcpy(p + n, o->opts, o->opts_len);
	n += o->opts_len;
	while (n % 4)
		p[n++] = 0;
	return n;
}

/* Build the IP packet of a segment whose defaults peer.c filled in. */
int segment_build(struct wire *w, const struct out *o, uint8_t *buf)
{
	int hlen = w->version == 4 ? 20 : 40, doff, len, i;
	uint8_t *tcp = buf + hlen;
	uint32_t first = o->seq + !!(o->flags & SYN);

	doff = 20 + build_options(o, tcp + 20);
	len = doff + o->len;
	put16(tcp, w->peer.port);
	put16(tcp + 2, o->dport ? o->dport : w->dut.port);
	put32(tcp + 4, w->peer.isn + o->seq);
	put32(tcp + 8, o->flags & ACK ? w->dut.isn + o->ack : o->ack);
	tcp[12] = (o->doff ? o->doff : doff / 4) << 4 |
		  (o->reserved ? 0x0e : 0) | o->flags >> 8;
	tcp[13] = o->flags;
	put16(tcp + 14, o->win);
	put16(tcp + 18, o->urg);
	for (i = 0; i < o->len; i++)
		tcp[doff + i] = pattern(false, first + i);
	ip_header(w, buf, IPPROTO_TCP, len);
	other_address(w, buf + (w->version == 4 ? 12 : 8), o->src);
	other_address(w, buf + (w->version == 4 ? 16 : 24), o->dst);
	if (w->version == 4) {
		buf[1] = o->ecn;
		put16(buf + 10, 0);
		put16(buf + 10, ~ones_sum(buf, 20, 0));
	}
	if (w->version == 6)
		buf[1] |= o->ecn << 4;
	segment_checksum(w, buf, hlen + len);
	if (o->bad_csum)
		tcp[16] ^= 0x10;
	if (o->ip_opts_len)
		return insert_ip_options(buf, hlen + len, o);
	return hlen + len;
}

/* Options of a segment; what is wrong with them goes to s->bad_options. */
static void parse_options(struct seg *s)
{
	int i = 0, kind, len;

	s->mss = -1;
	s->wscale = -1;
	while (i < s->opts_len) {
		kind = s->opts[i];
		if (kind == 0) {
			for (; i < s->opts_len; i++)
				if (s->opts[i])
					s->bad_options = "not zero after the end of option list";
			return;
		}
		if (kind == 1) {
			i++;
			continue;
		}
		len = i + 1 < s->opts_len ? s->opts[i + 1] : 0;
		if (len < 2 || i + len > s->opts_len) {
			s->bad_options = "an option has a wrong length";
			return;
		}
		if (kind == 2 && len == 4)
			s->mss = get16(s->opts + i + 2);
		if (kind == 3 && len == 3)
			s->wscale = s->opts[i + 2];
		i += len;
	}
}

/* Parse s->raw, sent by the dut; returns what is wrong with the bytes. */
const char *segment_parse(struct wire *w, struct seg *s)
{
	const uint8_t *ip = s->raw, *tcp;
	int hlen = ip_header_len(w, ip), len = s->raw_len - hlen;

	tcp = ip + hlen;
	if (len < 20 || (tcp[12] >> 4) * 4 < 20 || (tcp[12] >> 4) * 4 > len)
		return "the header is cut off";
	if (get16(ip + (w->version == 4 ? 2 : 4)) !=
	    (w->version == 4 ? s->raw_len : len))
		return "the IP length is wrong";
	s->from_dut = true;
	s->sport = get16(tcp);
	s->dport = get16(tcp + 2);
	s->abs_seq = get32(tcp + 4);
	s->abs_ack = get32(tcp + 8);
	s->doff = (tcp[12] >> 4) * 4;
	s->reserved = tcp[12] & 0x0e;
	s->flags = tcp[13] | (tcp[12] & 1) << 8;
	s->win = get16(tcp + 14);
	s->urg = get16(tcp + 18);
	s->ttl = w->version == 4 ? ip[8] : ip[7];
	s->ecn = (w->version == 4 ? ip[1] : ip[1] >> 4) & 3;
	s->df = w->version == 6 || (ip[6] & 0x40);
	s->bad_options = NULL;
	s->opts_len = s->doff - 20;
	memcpy(s->opts, tcp + 20, s->opts_len);
	parse_options(s);
	s->data = tcp + s->doff;
	s->len = len - s->doff;
	if ((s->flags & SYN) && !w->dut_known) {
		w->dut_known = true;
		w->dut.isn = s->abs_seq;
		w->dut.scale = s->wscale;
		if (!(s->flags & ACK))
			w->dut.port = s->sport;
	}
	s->seq = s->abs_seq - w->dut.isn;
	s->ack = s->abs_ack - w->peer.isn;
	if (ones_sum(tcp, len, pseudo_sum(w, ip, len)) != 0xffff)
		return "the checksum is wrong (MUST-2)";
	return NULL;
}

/* The body of an option of the segment that came last; NULL if absent. */
const uint8_t *option(const struct wire *w, int kind)
{
	int i = 0;

	while (i < w->seg.opts_len && w->seg.opts[i]) {
		if (w->seg.opts[i] == kind)
			return w->seg.opts + i + 2;
		i += w->seg.opts[i] == 1 ? 1 : w->seg.opts[i + 1];
	}
	return NULL;
}

/* The shift that applies to the window field of an end's segment. */
int scale_of(const struct wire *w, const struct end *e, int flags)
{
	if ((flags & SYN) || w->peer.scale < 0 || w->dut.scale < 0)
		return 0;
	return e->scale > 14 ? 14 : e->scale;
}
