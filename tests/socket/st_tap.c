// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sockets put on the wire of the loopback device: a packet socket that has seen everything
 * since it was opened, and the errors a router would send about it.
 */
#include "st.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#define QUOTED 64

int tap_open(void)
{
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = 1,
	};
	int fd = OK(socket(AF_PACKET, SOCK_DGRAM, 0));

	EQ(if_nametoindex("lo"), 1);
	OK(bind(fd, (struct sockaddr *)&lo, sizeof(lo)));
	return fd;
}

int tap_mark(unsigned int mark)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_MARK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mark, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };
	int fd = tap_open();

	OK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	return fd;
}

static bool is_wanted(struct seen *s, int from, int to, int flags)
{
	const uint8_t *p = s->bytes;
	int header;

	s->v4 = p[0] >> 4 == 4;
	header = s->v4 ? (p[0] & 15) * 4 : 40;
	s->header = header;
	if (s->len < header + 20 || p[s->v4 ? 9 : 6] != IPPROTO_TCP)
		return false;
	s->tos = s->v4 ? p[1] : (p[0] << 4 | p[1] >> 4) & 0xff;
	s->ttl = p[s->v4 ? 8 : 7];
	s->df = s->v4 && (p[6] & 0x40);
	s->label = s->v4 ? 0 : (p[1] & 15) << 16 | p[2] << 8 | p[3];
	s->flags = p[header + 13] & 0x17;
	s->text = s->len - header - (p[header + 12] >> 4) * 4;
	if (from && (p[header] << 8 | p[header + 1]) != from)
		return false;
	if (to && (p[header + 2] << 8 | p[header + 3]) != to)
		return false;
	return s->flags == flags;
}

struct seen tap_next(int tap, int from, int to, int flags)
{
	struct sockaddr_ll at;
	struct seen s;

	for (;;) {
		socklen_t len = sizeof(at);

		wait_for(tap, POLLIN);
		s.len = OK(recvfrom(tap, s.bytes, sizeof(s.bytes), 0, (void *)&at, &len));
		if (at.sll_pkttype == PACKET_OUTGOING && is_wanted(&s, from, to, flags))
			return s;
	}
}

bool tap_has(int tap, int from, int to, int flags)
{
	struct sockaddr_ll at;
	socklen_t len = sizeof(at);
	struct seen s;

	while ((s.len = recvfrom(tap, s.bytes, sizeof(s.bytes), MSG_DONTWAIT, (void *)&at,
				 &len)) >= 0) {
		if (at.sll_pkttype == PACKET_OUTGOING && is_wanted(&s, from, to, flags))
			return true;
		len = sizeof(at);
	}
	return false;
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* As a router that finds no way on for the packet; the kernel sums up what is ICMPv6. */
void host_unreachable(const struct seen *s)
{
	uint8_t m[8 + QUOTED] = { 0 };
	int af = s->v4 ? AF_INET : AF_INET6, fd;
	struct addr to = addr_of(af, s->v4 ? "127.0.0.1" : "::1", 0);
	uint16_t sum;

	m[0] = s->v4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
	m[1] = s->v4 ? ICMP_HOST_UNREACH : ICMP6_DST_UNREACH_ADDR;
	memcpy(m + 8, s->bytes, s->len < QUOTED ? s->len : QUOTED);
	if (s->v4) {
		sum = checksum(m, sizeof(m));
		memcpy(m + 2, &sum, sizeof(sum));
	}
	fd = OK(socket(af, SOCK_RAW, s->v4 ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6));
	EQ(sendto(fd, m, sizeof(m), 0, &to.sa, to.len), sizeof(m));
	close(fd);
}

struct seen last_ack(int tap, int from, int to)
{
	struct seen ack;

	do
		ack = tap_next(tap, from, to, T_ACK);
	while (ack.text || tap_has(tap, to, from, T_ACK));
	return ack;
}

long counter(const char *name)
{
	const char *path = st_family == ST_INET ? "/proc/net/netstat" : "/proc/net/xtcp_netstat";
	char names[16384], values[16384];
	FILE *f = fopen(path, "re");

	if (!f)
		FAIL("%s: %s", path, st_errname(errno));
	while (fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f)) {
		char *a = names, *b = values, *n, *v;

		while ((n = strsep(&a, " \n")) && (v = strsep(&b, " \n"))) {
			if (strcmp(n, name))
				continue;
			fclose(f);
			return atol(v);
		}
	}
	FAIL("%s has no %s", path, name);
}
