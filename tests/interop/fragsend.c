// SPDX-License-Identifier: GPL-2.0-only
/*
 * A minimal TCP client on a raw socket whose data segments are larger than the MTU, so that
 * the kernel sends them as IPv4 or IPv6 fragments. Used by attach.sh:
 *
 *   fragsend SOURCE DESTINATION PORT SEGMENTS
 *
 * Sends SEGMENTS segments of 4000 bytes of zeros, one at a time, then FIN; prints
 * "sent N bytes" when all of it is acknowledged. The RSTs of the host's own TCP, which knows
 * nothing of the connection, must be filtered by whoever calls it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEGMENT		4000	/* bytes; any Ethernet MTU cuts it */
#define SOURCE_PORT	45000
#define WAIT_MS		60000
#define RETRANSMIT_MS	1000

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct header {
	uint16_t source, dest;
	uint32_t seq, ack;
	uint8_t offset, flags;
	uint16_t window, sum, urgent;
};

static int raw, af;
static uint8_t addresses[2][16];	/* source, destination */
static size_t addr_len;
static uint16_t port;
static uint32_t snd_nxt = 1000, rcv_nxt;
static int peer_closed;

static void die(const char *what)
{
	fprintf(stderr, "fragsend: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t add16(uint32_t sum, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += p[0] << 8 | p[1];
	return len ? sum + (p[0] << 8) : sum;
}

static void send_segment(uint8_t flags, size_t len)
{
	static uint8_t packet[sizeof(struct header) + SEGMENT];
	struct header h = {
		.source = htons(SOURCE_PORT), .dest = htons(port), .seq = htonl(snd_nxt),
		.ack = htonl(rcv_nxt), .offset = sizeof(h) / 4 << 4, .flags = flags,
		.window = htons(65535),
	};
	size_t total = sizeof(h) + len;
	uint32_t sum;

	memset(packet, 0, sizeof(packet));
	memcpy(packet, &h, sizeof(h));
	sum = add16(IPPROTO_TCP + total, addresses[0], addr_len);
	sum = add16(sum, addresses[1], addr_len);
	sum = add16(sum, packet, total);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	h.sum = htons(~sum);
	memcpy(packet, &h, sizeof(h));
	if (send(raw, packet, total, 0) != (ssize_t)total)
		die("send");
}

/* A segment of the connection; false when none comes in time. */
static int receive(struct header *h)
{
	struct pollfd p = { .fd = raw, .events = POLLIN };
	uint8_t packet[65536];

	while (poll(&p, 1, RETRANSMIT_MS) > 0) {
		ssize_t n = recv(raw, packet, sizeof(packet), 0);
		size_t skip = af == AF_INET ? (packet[0] & 15) * 4 : 0;

		if (n < (ssize_t)(skip + sizeof(*h)))
			continue;
		memcpy(h, packet + skip, sizeof(*h));
		if (h->source == htons(port) && h->dest == htons(SOURCE_PORT))
			return 1;
	}
	return 0;
}

/* The peer sends no data: its SYN and its FIN are all there is to acknowledge. */
static void note_sequence(const struct header *h)
{
	if (h->flags & (SYN | FIN))
		rcv_nxt = ntohl(h->seq) + 1;
	if (h->flags & FIN)
		peer_closed = 1;
}

/* Sends until all of it is acknowledged. */
static void deliver(uint8_t flags, size_t len)
{
	uint32_t end = snd_nxt + len + !!(flags & (SYN | FIN));
	struct header h;

	for (int tries = 0; tries < WAIT_MS / RETRANSMIT_MS; tries++) {
		send_segment(flags, len);
		while (receive(&h)) {
			if (h.flags & RST) {
				errno = ECONNRESET;
				die("the peer");
			}
			note_sequence(&h);
			if ((h.flags & ACK) && ntohl(h.ack) == end) {
				snd_nxt = end;
				return;
			}
		}
	}
	errno = ETIMEDOUT;
	die("no acknowledgment");
}

static void close_with_peer(void)
{
	struct header h;

	while (!peer_closed) {
		if (!receive(&h)) {
			errno = ETIMEDOUT;
			die("no FIN");
		}
		note_sequence(&h);
	}
	send_segment(ACK, 0);
}

static void open_raw(const char *source, const char *destination)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6 };
	struct sockaddr *sa;
	socklen_t len;

	af = strchr(source, ':') ? AF_INET6 : AF_INET;
	addr_len = af == AF_INET ? 4 : 16;
	if (inet_pton(af, source, addresses[0]) != 1 ||
	    inet_pton(af, destination, addresses[1]) != 1)
		die("address");
	raw = socket(af, SOCK_RAW, IPPROTO_TCP);
	if (raw < 0)
		die("socket");
	memcpy(&a4.sin_addr, addresses[1], 4);
	memcpy(&a6.sin6_addr, addresses[1], 16);
	sa = af == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
	len = af == AF_INET ? sizeof(a4) : sizeof(a6);
	if (connect(raw, sa, len) < 0)
		die("connect");
	if (af == AF_INET) {
		int off = IP_PMTUDISC_DONT;

		setsockopt(raw, IPPROTO_IP, IP_MTU_DISCOVER, &off, sizeof(off));
	}
}

int main(int argc, char **argv)
{
	int segments;

	if (argc != 5) {
		fprintf(stderr, "usage: fragsend SOURCE DESTINATION PORT SEGMENTS\n");
		return 2;
	}
	open_raw(argv[1], argv[2]);
	port = atoi(argv[3]);
	segments = atoi(argv[4]);
	deliver(SYN, 0);
	send_segment(ACK, 0);
	for (int i = 0; i < segments; i++)
		deliver(PSH | ACK, SEGMENT);
	deliver(FIN | ACK, 0);
	close_with_peer();
	printf("sent %d bytes\n", segments * SEGMENT);
	return 0;
}
