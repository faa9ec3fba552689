/* SPDX-License-Identifier: GPL-2.0-only */
/* The SYNs of a flood, as clients send them: with MSS, SACK, timestamps and window scale. */
#ifndef SYN_H
#define SYN_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct syn {
	struct tcphdr tcp;
	uint8_t options[20];
};

struct syn4 {
	struct iphdr ip;
	struct syn syn;
};

struct syn6 {
	struct ip6_hdr ip;
	struct syn syn;
};

/* The sum of an even number of bytes, added to start. */
static inline uint32_t sum(const void *data, size_t len, uint32_t start)
{
	const uint8_t *p = data;
	uint16_t word;

	for (; len; len -= 2, p += 2) {
		memcpy(&word, p, 2);
		start += word;
	}
	return start;
}

static inline uint16_t folded(uint32_t s)
{
	s = (s & 0xffff) + (s >> 16);
	return ~((s & 0xffff) + (s >> 16));
}

/* The ith; addresses points to both of the packet, len bytes. */
static inline void make_syn(struct syn *syn, uint32_t i, int port, const void *addresses,
			    size_t len)
{
	static const uint8_t options[sizeof(syn->options)] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0,
							       0, 1, 0, 0, 0, 0, 1, 3, 3, 7 };

	memset(syn, 0, sizeof(*syn));
	syn->tcp.source = htons(1024 + i % 60000);
	syn->tcp.dest = htons(port);
	syn->tcp.seq = htonl(i * 2654435761u);
	syn->tcp.doff = sizeof(*syn) / 4;
	syn->tcp.syn = 1;
	syn->tcp.window = htons(64240);
	memcpy(syn->options, options, sizeof(options));
	syn->tcp.check = folded(sum(syn, sizeof(*syn),
				    sum(addresses, len, htons(IPPROTO_TCP) + htons(sizeof(*syn)))));
}

/* Addresses in the host's order. */
static inline void make_syn4(struct syn4 *p, uint32_t i, uint32_t from, uint32_t to, int port)
{
	memset(&p->ip, 0, sizeof(p->ip));
	p->ip.version = 4;
	p->ip.ihl = 5;
	p->ip.tot_len = htons(sizeof(*p));
	p->ip.ttl = 64;
	p->ip.protocol = IPPROTO_TCP;
	p->ip.saddr = htonl(from);
	p->ip.daddr = htonl(to);
	p->ip.check = folded(sum(&p->ip, sizeof(p->ip), 0));
	make_syn(&p->syn, i, port, &p->ip.saddr, 8);
}

/* The last 32 bits of the source are host. */
static inline void make_syn6(struct syn6 *p, uint32_t i, const struct in6_addr *net, uint32_t host,
			     const struct in6_addr *to, int port)
{
	memset(&p->ip, 0, sizeof(p->ip));
	p->ip.ip6_vfc = 0x60;
	p->ip.ip6_plen = htons(sizeof(p->syn));
	p->ip.ip6_nxt = IPPROTO_TCP;
	p->ip.ip6_hlim = 64;
	p->ip.ip6_src = *net;
	p->ip.ip6_src.s6_addr32[3] = htonl(host);
	p->ip.ip6_dst = *to;
	make_syn(&p->syn, i, port, &p->ip.ip6_src, 32);
}

#endif /* SYN_H */
