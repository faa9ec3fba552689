// SPDX-License-Identifier: GPL-2.0-only
/*
 * A host that never answers, for the states a loopback connection passes through too fast:
 * a TUN device whose far side, 192.0.2.2 and 2001:db8::2, is this program. It can be made to
 * answer with one kind of packet, ICMP host (address) unreachable.
 */
#include "st.h"

#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>

#define QUOTE_V4 (20 + 8)		/* RFC 792: header and 64 bits */

struct add_request {
	struct nlmsghdr nlh;
	struct ifaddrmsg ifa;
	struct rtattr local_attr;
	struct in6_addr local;
	struct rtattr flags_attr;
	uint32_t flags;
};

/* Is this message the news that packets to that address are for this host? */
static bool is_local_route(const struct nlmsghdr *nlh, const struct in6_addr *address)
{
	const struct rtmsg *rtm = NLMSG_DATA(nlh);
	const struct rtattr *rta = RTM_RTA(rtm);
	int len = RTM_PAYLOAD(nlh);

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_type != RTN_LOCAL)
		return false;
	for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
		if (rta->rta_type == RTA_DST && !memcmp(RTA_DATA(rta), address, sizeof(*address)))
			return true;
	return false;
}

/*
 * The kernel brings an IPv6 address into use in the background. IFA_F_NODAD makes it a source
 * address at once, and its local route, which is awaited here, makes it a destination.
 */
static void add_address_v6(int ifindex)
{
	struct add_request req = {
		.nlh = { .nlmsg_len = sizeof(req), .nlmsg_type = RTM_NEWADDR,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE },
		.ifa = { .ifa_family = AF_INET6, .ifa_prefixlen = 64, .ifa_index = ifindex },
		.local_attr = { RTA_LENGTH(sizeof(req.local)), IFA_LOCAL },
		.flags_attr = { RTA_LENGTH(sizeof(req.flags)), IFA_FLAGS },
		.flags = IFA_F_NODAD,
	};
	struct sockaddr_nl groups = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_ROUTE };
	int fd = OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	struct nlmsghdr *nlh;
	char buf[8192];

	OK(bind(fd, (struct sockaddr *)&groups, sizeof(groups)));
	inet_pton(AF_INET6, "2001:db8::1", &req.local);
	EQ(send(fd, &req, sizeof(req), 0), sizeof(req));
	for (;;) {
		int len;

		wait_for(fd, POLLIN);
		len = OK(recv(fd, buf, sizeof(buf), 0));
		for (nlh = (void *)buf; NLMSG_OK(nlh, (unsigned int)len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_ERROR)
				FAIL("adding an address: %s",
				     st_errname(-((struct nlmsgerr *)NLMSG_DATA(nlh))->error));
			if (is_local_route(nlh, &req.local)) {
				close(fd);
				return;
			}
		}
	}
}

static void add_addresses(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	struct addr a = addr_of(AF_INET, "192.0.2.1", 0);
	struct addr mask = addr_of(AF_INET, "255.255.255.0", 0);
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = (char *)name };
	int fd = OK(socket(AF_INET, SOCK_DGRAM, 0));

	strcpy(ifr.ifr_name, name);
	OK(ioctl(fd, SIOCSIFFLAGS, &ifr));
	memcpy(&ifr.ifr_addr, &a.sa, sizeof(a.in));
	OK(ioctl(fd, SIOCSIFADDR, &ifr));
	memcpy(&ifr.ifr_addr, &mask.sa, sizeof(a.in));
	OK(ioctl(fd, SIOCSIFNETMASK, &ifr));
	route.rt_dst.sa_family = route.rt_genmask.sa_family = AF_INET;
	OK(ioctl(fd, SIOCADDRT, &route));	/* everything else goes there too */
	OK(ioctl(fd, SIOCGIFINDEX, &ifr));
	add_address_v6(ifr.ifr_ifindex);
	close(fd);
}

int tun_open(void)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun;

	if (access("/dev/net/tun", F_OK) < 0 && system("modprobe tun") != 0)
		FAIL("there is no /dev/net/tun, and modprobe tun fails");
	tun = OK(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
	OK(ioctl(tun, TUNSETIFF, &ifr));
	add_addresses(ifr.ifr_name);
	return tun;
}

struct addr silent_addr(int port)
{
	return client_af() == AF_INET ? addr_of(AF_INET, "192.0.2.2", port) :
					addr_of(AF_INET6, "2001:db8::2", port);
}

/* The next SYN; anything else (multicast listener reports) is passed over. */
size_t tun_read_syn(int tun, uint8_t *packet, size_t size)
{
	for (;;) {
		ssize_t n;
		int hdr;

		wait_for(tun, POLLIN);
		n = OK(read(tun, packet, size));
		hdr = packet[0] >> 4 == 4 ? 20 : 40;
		if (n >= hdr + 20 && packet[hdr == 20 ? 9 : 6] == IPPROTO_TCP &&
		    (packet[hdr + 13] & 0x12) == 0x02)
			return n;
	}
}

static uint32_t sum16(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len > 1; p += 2, len -= 2)
		sum += p[0] << 8 | p[1];
	return len ? sum + (p[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void unreachable_v4(int tun, const uint8_t *packet)
{
	struct { struct iphdr ip; struct icmphdr icmp; uint8_t quote[QUOTE_V4]; } m = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP,
			.tot_len = htons(sizeof(m)) },
		.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH },
	};

	memcpy(&m.ip.saddr, packet + 16, 4);
	memcpy(&m.ip.daddr, packet + 12, 4);
	memcpy(m.quote, packet, QUOTE_V4);
	m.ip.check = fold(sum16(0, &m.ip, sizeof(m.ip)));
	m.icmp.checksum = fold(sum16(0, &m.icmp, sizeof(m) - sizeof(m.ip)));
	EQ(write(tun, &m, sizeof(m)), sizeof(m));
}

static void unreachable_v6(int tun, const uint8_t *packet, size_t len)
{
	struct { struct ip6_hdr ip; struct icmp6_hdr icmp; uint8_t quote[128]; } m = {
		.icmp = { .icmp6_type = ICMP6_DST_UNREACH, .icmp6_code = ICMP6_DST_UNREACH_ADDR },
	};
	size_t quote = len < sizeof(m.quote) ? len : sizeof(m.quote);
	size_t body = sizeof(m.icmp) + quote;
	uint32_t sum;

	m.ip.ip6_flow = htonl(6u << 28);
	m.ip.ip6_nxt = IPPROTO_ICMPV6;
	m.ip.ip6_hlim = 64;
	m.ip.ip6_plen = htons(body);
	memcpy(&m.ip.ip6_src, packet + 24, 16);
	memcpy(&m.ip.ip6_dst, packet + 8, 16);
	memcpy(m.quote, packet, quote);
	sum = sum16(IPPROTO_ICMPV6 + body, &m.ip.ip6_src, 32);
	m.icmp.icmp6_cksum = fold(sum16(sum, &m.icmp, body));
	EQ(write(tun, &m, sizeof(m.ip) + body), sizeof(m.ip) + body);
}

void tun_host_unreachable(int tun, const uint8_t *packet, size_t len)
{
	if (packet[0] >> 4 == 4)
		unreachable_v4(tun, packet);
	else
		unreachable_v6(tun, packet, len);
}
