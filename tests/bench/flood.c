// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workload of a SYN flood: SYNs from addresses that nobody has come out of a TUN device to a
 * listener, and its answers go into the device's queue, where those that find no room are
 * dropped. What it costs to write a SYN and to bring it to TCP is the same for both and in all
 * figures; that of SYNs with a wrong checksum, which go no further, is next to nothing else.
 * Called by bench.c.
 */
#include "bench.h"
#include "../interop/syn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT	80
#define BACKLOG	128

/* Ours is .1 of the net; the flood comes from all that follow. */
#define OUR4	0x0a070001u
#define FIRST4	0x0a070100u

static const struct in6_addr our6 = { .s6_addr = { 0xfd, 7, [15] = 1 } };
static const struct in6_addr router6 = { .s6_addr = { 0xfd, 7, [15] = 2 } };
static const struct in6_addr flood6 = { .s6_addr = { 0xfd, 8 } };

/* As the kernel has it in linux/ipv6.h, which does not go with netinet/in.h. */
struct address6 {
	struct in6_addr addr;
	uint32_t prefix_len;
	int index;
};

static void set(const char *path, int value)
{
	FILE *f = fopen(path, "we");

	if (!f || fprintf(f, "%d", value) < 0 || fclose(f))
		die(path);
}

/*
 * Strangers come by way of a router. For neighbours the kernel would make an entry each, which
 * costs more than the answer and is no business of TCP's. IPv4 makes none on such a device.
 */
static void route_by_router(int index)
{
	struct in6_rtmsg route = {
		.rtmsg_dst = flood6, .rtmsg_dst_len = 16, .rtmsg_gateway = router6,
		.rtmsg_flags = RTF_UP | RTF_GATEWAY, .rtmsg_metric = 1, .rtmsg_ifindex = index,
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCADDRT, &route))
		die("the route");
	close(fd);
}

static void give_address(int af, int index, const struct ifreq *name)
{
	struct ifreq ifr = *name;
	struct sockaddr_in *in = (void *)&ifr.ifr_addr;
	struct address6 ifr6 = { our6, 64, index };
	int fd = socket(af, SOCK_DGRAM, 0), err;

	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(OUR4);
	err = ioctl(fd, SIOCSIFADDR, af == AF_INET ? (void *)&ifr : &ifr6);
	if (!err && af == AF_INET) {
		in->sin_addr.s_addr = htonl(0xff000000);
		err = ioctl(fd, SIOCSIFNETMASK, &ifr);
	}
	if (err)
		die("the device's address");
	close(fd);
}

static int open_tun(int af)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK), fd = socket(AF_INET, SOCK_DGRAM, 0);
	int index;

	if (tun < 0 || ioctl(tun, TUNSETIFF, &ifr) || ioctl(fd, SIOCGIFINDEX, &ifr))
		die("/dev/net/tun");
	index = ifr.ifr_ifindex;
	ifr.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("the device");
	close(fd);
	give_address(af, index, &ifr);
	usleep(100000);		/* a work queue makes addresses and routes of IPv6 ready */
	if (af == AF_INET6)
		route_by_router(index);
	return tun;
}

static int open_listener(const struct ends *e)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	bool v4 = e->af == AF_INET;
	int fd = e->open(e->af);

	if (bind(fd, v4 ? (void *)&in : (void *)&in6, v4 ? sizeof(in) : sizeof(in6)) ||
	    listen(fd, BACKLOG))
		die("listen");
	return fd;
}

static size_t make4(struct syn4 *p, uint32_t i)
{
	make_syn4(p, i, FIRST4 + i, OUR4, PORT);
	return sizeof(*p);
}

static size_t make6(struct syn6 *p, uint32_t i)
{
	make_syn6(p, i, &flood6, FIRST4 + i, &our6, PORT);
	return sizeof(*p);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t pour(int tun, int af, uint32_t from, uint32_t n, bool damaged)
{
	uint64_t start = now_ns();
	union {
		struct syn4 v4;
		struct syn6 v6;
	} p;

	for (uint32_t i = from; i < from + n; i++) {
		size_t len = af == AF_INET ? make4(&p.v4, i) : make6(&p.v6, i);
		struct syn *syn = af == AF_INET ? &p.v4.syn : &p.v6.syn;

		syn->tcp.check ^= damaged;
		if (write(tun, &p, len) != (ssize_t)len)
			die("write a SYN");
	}
	return now_ns() - start;
}

/* Those that the queue of the device has kept. */
static int answers(int tun)
{
	char packet[2048];
	int n = 0;

	while (read(tun, packet, sizeof(packet)) > 0)
		n++;
	return n;
}

static uint64_t flood(const struct ends *e, uint64_t ops, int cookies, bool damaged)
{
	int tun = open_tun(e->af), n;
	uint64_t ns;

	set("/proc/sys/net/ipv4/tcp_syncookies", cookies);
	set("/proc/sys/net/xtcp/syncookies", cookies);
	open_listener(e);
	pour(tun, e->af, 0, 2 * BACKLOG, false);	/* not measured: the queue is full then */
	n = answers(tun);
	ns = pour(tun, e->af, 2 * BACKLOG, ops, damaged);
	if (n < 2 * BACKLOG || !answers(tun) != damaged) {
		errno = EIO;
		die("answers to SYNs");
	}
	return ns;
}

uint64_t flood_full(const struct ends *e, uint64_t ops)
{
	return flood(e, ops, 1, false);
}

uint64_t flood_always(const struct ends *e, uint64_t ops)
{
	return flood(e, ops, 2, false);
}

uint64_t flood_damaged(const struct ends *e, uint64_t ops)
{
	return flood(e, ops, 2, true);
}
