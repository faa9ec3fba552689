// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of IPPROTO_IP and IPPROTO_IPV6, by what they do to packets, routes and errors. Where
 * the two versions have an option of the same meaning one test is for both. Run by st.c.
 */
#include "st.h"

#include <linux/in6.h>
#include <net/if.h>

static int level(void)
{
	return client_af() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

/* The option of the version that the variant is of. */
static int opt(int v4, int v6)
{
	return client_af() == AF_INET ? v4 : v6;
}

#define TOS	opt(IP_TOS, IPV6_TCLASS)
#define TTL	opt(IP_TTL, IPV6_UNICAST_HOPS)
#define MINTTL	opt(IP_MINTTL, IPV6_MINHOPCOUNT)
#define MTU	opt(IP_MTU, IPV6_MTU)
#define MTU_DISCOVER opt(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER)
#define RECVERR	opt(IP_RECVERR, IPV6_RECVERR)

static struct pair connect_to(int l, int c)
{
	struct pair p = { .l = l, .c = c };

	OK(do_connect(c, loop_addr(port_of(l))));
	p.s = OK(accept(l, NULL, NULL));
	return p;
}

TEST(ip_tos, V46, "linux-surface 5 IP_TOS, IPV6_TCLASS: on the wire, inherited, ECN bits masked")
{
	int tap = tap_open(), l = listener(1), c = csock(0);
	struct pair p;

	set_int(l, level(), TOS, 0x48 | 3);
	EQ(get_int(l, level(), TOS), 0x48);
	set_int(c, level(), TOS, 0x20);
	p = connect_to(l, c);
	EQ(get_int(p.s, level(), TOS), 0x48);
	round_trip(p.c, p.s);
	EQ(tap_next(tap, 0, port_of(l), T_SYN).tos, 0x20);
	EQ(tap_next(tap, port_of(l), 0, T_SYN | T_ACK).tos, 0x48);
	EQ(tap_next(tap, 0, port_of(l), T_ACK).tos, 0x20);
	EQ(tap_next(tap, port_of(l), 0, T_ACK).tos, 0x48);
	set_int(c, level(), TOS, 0x28);
	close(tap);
	tap = tap_open();
	round_trip(p.c, p.s);
	EQ(tap_next(tap, 0, port_of(l), T_ACK).tos, 0x28);
}

TEST(ip_tos_priority, ONCE, "linux-surface 5 IP_TOS sets SO_PRIORITY, which may be set again")
{
	int fd = csock(0);

	set_int(fd, IPPROTO_IP, IP_TOS, 0x10);
	EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 6);
	set_int(fd, SOL_SOCKET, SO_PRIORITY, 3);
	EQ(get_int(fd, SOL_SOCKET, SO_PRIORITY), 3);
	EQ(get_int(fd, IPPROTO_IP, IP_TOS), 0x10);
}

TEST(ip_ttl, V46, "linux-surface 5 IP_TTL, IPV6_UNICAST_HOPS: on the wire, inherited, -1 the default")
{
	int tap = tap_open(), l = listener(1), c = csock(0);
	struct pair p;

	set_int(l, level(), TTL, 33);
	set_int(c, level(), TTL, 44);
	p = connect_to(l, c);
	EQ(get_int(p.s, level(), TTL), 33);
	round_trip(p.c, p.s);
	EQ(tap_next(tap, 0, port_of(l), T_SYN).ttl, 44);
	EQ(tap_next(tap, port_of(l), 0, T_SYN | T_ACK).ttl, 33);
	EQ(tap_next(tap, 0, port_of(l), T_ACK).ttl, 44);
	EQ(tap_next(tap, port_of(l), 0, T_ACK).ttl, 33);
	set_int(c, level(), TTL, -1);
	EQ(get_int(c, level(), TTL), 64);
	ERR(setsockopt(c, level(), TTL, &(int) { 256 }, 4), EINVAL);
}

TEST(ip_minttl_listener, V46, "linux-surface 5 IP_MINTTL, IPV6_MINHOPCOUNT: TCPMinTTLDrop")
{
	int l = listener(1), c = csock(SOCK_NONBLOCK);
	long before = counter("TCPMinTTLDrop");

	set_int(l, level(), MINTTL, 255);
	EQ(get_int(l, level(), MINTTL), 255);
	ERR(do_connect(c, loop_addr(port_of(l))), EINPROGRESS);
	EQ(counter("TCPMinTTLDrop"), before + 1);
	EQ(events_now(c), 0);
	set_int(c, level(), TTL, 255);
	wait_for(c, POLLOUT);		/* the SYN goes again */
	EQ(so_error(c), 0);
	EQ(get_int(OK(accept(l, NULL, NULL)), level(), MINTTL), 255);
}

TEST(ip_minttl_connection, V46, "linux-surface 5 IP_MINTTL, IPV6_MINHOPCOUNT: RFC 5082")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	set_int(p.s, level(), MINTTL, 65);
	send_all(p.c, "x", 1);
	EQ(inq(p.s), 0);
	CHECK(counter("TCPMinTTLDrop") > 0);
	set_int(p.c, level(), TTL, 65);
	expect_bytes(p.s, "x");
	ERR(setsockopt(p.s, level(), MINTTL, &(int) { 256 }, 4), EINVAL);
}

TEST(ip_mtu, V46, "linux-surface 5 IP_MTU, IPV6_MTU: of a connection only")
{
	struct pair p = connect_pair();
	int fd = csock(0), value;
	socklen_t len = sizeof(value);

	if (client_af() == AF_INET)
		ERR(getsockopt(fd, level(), MTU, &value, &len), ENOTCONN);
	EQ(get_int(p.c, level(), MTU), opt(65535, 65536));
	EQ(get_int(p.s, level(), MTU), opt(65535, 65536));
}

TEST(ip_mtu_discover, V46, "linux-surface 5 MTU_DISCOVER: the DF bit, as it is set")
{
	struct pair p = connect_pair();
	int tap;

	EQ(get_int(p.c, level(), MTU_DISCOVER), IP_PMTUDISC_WANT);
	for (int i = IP_PMTUDISC_DONT; i <= IP_PMTUDISC_OMIT; i++) {
		set_int(p.c, level(), MTU_DISCOVER, i);
		EQ(get_int(p.c, level(), MTU_DISCOVER), i);
		tap = tap_open();
		round_trip(p.c, p.s);
		if (client_af() == AF_INET)
			EQ(tap_next(tap, 0, port_of(p.l), T_ACK).df,
			   i == IP_PMTUDISC_WANT || i == IP_PMTUDISC_DO);
		close(tap);
	}
	ERR(setsockopt(p.c, level(), MTU_DISCOVER, &(int) { 6 }, 4), EINVAL);
}

TEST(ip_recverr, V46, "linux-surface 8: ICMP in later states, soft; hard with RECVERR")
{
	struct pair p = connect_pair();
	int tap = tap_open();
	struct seen ack;

	round_trip(p.s, p.c);
	round_trip(p.c, p.s);
	EQ(so_error(p.c), 0);
	/* What the client has sent last is beyond all that the server has acknowledged. */
	send_all(p.s, "x", 1);
	wait_for(p.c, POLLIN);
	ack = last_ack(tap, port_of(p.c), port_of(p.l));
	host_unreachable(&ack);
	EQ(events_now(p.c) & POLLERR, 0);
	set_int(p.c, level(), RECVERR, 1);
	host_unreachable(&ack);
	wait_for(p.c, POLLERR);
	EQ(so_error(p.c), EHOSTUNREACH);
	expect_bytes(p.c, "x");
	round_trip(p.c, p.s);
}

TEST(ip_freebind, V46, "linux-surface 5 IP_FREEBIND, IPV6_FREEBIND: an address that is not here yet")
{
	struct addr a = opt(1, 0) ? addr_of(AF_INET, "198.51.100.1", 4000) :
				    addr_of(AF_INET6, "2001:db8:1::1", 4000);
	int fd = csock(0);

	ERR(do_bind(fd, a), EADDRNOTAVAIL);
	set_int(fd, level(), opt(IP_FREEBIND, IPV6_FREEBIND), 1);
	OK(do_bind(fd, a));
	OK(listen(fd, 1));
	ERR(do_bind(fd, a), EINVAL);
}

TEST(ip_transparent, V46, "linux-surface 5 IP_TRANSPARENT: a foreign address of a proxy's client")
{
	const char *text = opt(1, 0) ? "198.51.100.7" : "2001:db8:1::7";
	struct addr a = addr_of(client_af(), text, 4001), peer;
	int l = listener(1), c = csock(0), s;

	ERR(do_bind(c, a), EADDRNOTAVAIL);
	set_int(c, level(), opt(IP_TRANSPARENT, IPV6_TRANSPARENT), 1);
	OK(do_bind(c, a));
	EQ(system(opt(1, 0) ? "ip route add local 198.51.100.0/24 dev lo" :
			      "ip -6 route add local 2001:db8:1::/64 dev lo"), 0);
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	peer = peer_addr(s);
	CHECK(addr_is(&peer, text));
	round_trip(c, s);
}

TEST(ip_any_address, V46, "linux-surface 5: a listener at a network that is local as a whole")
{
	struct addr to, at;
	int l = sock(client_af(), 0), c = csock(0), s;

	EQ(system(opt(1, 0) ? "ip route add local 198.51.100.0/24 dev lo" :
			      "ip -6 route add local 2001:db8:1::/64 dev lo"), 0);
	OK(do_bind(l, any_addr(0)));
	OK(listen(l, 1));
	to = addr_of(client_af(), opt(1, 0) ? "198.51.100.9" : "2001:db8:1::9", port_of(l));
	OK(do_connect(c, to));
	s = OK(accept(l, NULL, NULL));
	at = local_addr(s);
	CHECK(addr_is(&at, opt(1, 0) ? "198.51.100.9" : "2001:db8:1::9"));
	round_trip(c, s);
}

TEST(ip_bind_address_no_port, V46, "linux-surface 5 BIND_ADDRESS_NO_PORT: connect() takes the port")
{
	int l[2] = { listener(2), listener(2) }, c[2];
	struct addr a;

	port_range(4500, 4500);
	for (int i = 0; i < 2; i++) {
		c[i] = csock(0);
		set_int(c[i], IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
		OK(do_bind(c[i], loop_addr(0)));
		EQ(port_of(c[i]), 0);
	}
	for (int i = 0; i < 2; i++) {	/* the one port there is, to both */
		OK(do_connect(c[i], loop_addr(port_of(l[i]))));
		EQ(port_of(c[i]), 4500);
		round_trip(c[i], OK(accept(l[i], NULL, NULL)));
	}
	port_range(4600, 4600);
	c[0] = csock(0);
	set_int(c[0], IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	OK(do_bind(c[0], loop_addr(0)));
	OK(listen(c[0], 1));
	a = local_addr(c[0]);
	EQ(addr_port(&a), 4600);
	CHECK(addr_is(&a, opt(1, 0) ? "127.0.0.1" : "::1"));
	c[1] = csock(0);
	port_range(4700, 4700);
	OK(do_connect(c[1], a));
	round_trip(c[1], OK(accept(c[0], NULL, NULL)));
}

TEST(ip_local_port_range, V46, "linux-surface 5 LOCAL_PORT_RANGE: of one socket, where there is it")
{
	int l = listener(2), c = csock(0), fd = csock(0), range = 4402 << 16 | 4402;

	if (setsockopt(c, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &range, sizeof(range)) < 0) {
		EQ(errno, ENOPROTOOPT);	/* since 6.3 */
		return;
	}
	port_range(4000, 4999);
	EQ(get_int(c, IPPROTO_IP, IP_LOCAL_PORT_RANGE), range);
	OK(do_connect(c, loop_addr(port_of(l))));
	EQ(port_of(c), 4402);
	set_int(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, 4404 << 16 | 4404);
	OK(do_bind(fd, loop_addr(0)));
	EQ(port_of(fd), 4404);
	ERR(setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &(int) { 4000 << 16 | 5000 }, 4),
	    EINVAL);
}

/* The value of a control message of IP_PKTOPTIONS. */
static int told(const uint8_t *at, size_t len, int type)
{
	struct msghdr m = { .msg_control = (void *)at, .msg_controllen = len };
	struct cmsghdr *c;
	int value = 0;

	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != type)
			continue;
		memcpy(&value, CMSG_DATA(c), type == IP_TOS ? 1 : sizeof(value));
		return value;
	}
	FAIL("IP_PKTOPTIONS does not tell of %d", type);
}

TEST(ip_pktoptions, ONCE, "linux-surface 5 PKTOPTIONS: RECVTOS, RECVTTL of a connection")
{
	int l = listener(1), c = csock(0);
	uint8_t control[256] = { 0 };
	socklen_t len = sizeof(control);
	struct pair p;

	set_int(c, IPPROTO_IP, IP_TTL, 44);
	set_int(c, IPPROTO_IP, IP_TOS, 0x20);
	p = connect_to(l, c);
	set_int(p.s, IPPROTO_IP, IP_RECVTTL, 1);
	set_int(p.s, IPPROTO_IP, IP_RECVTOS, 1);
	OK(getsockopt(p.s, IPPROTO_IP, IP_PKTOPTIONS, control, &len));
	EQ(told(control, len, IP_TTL), 44);
	EQ(told(control, len, IP_TOS) & 0xfc, 0x20);
}

TEST(ip_unicast_if, V46, "linux-surface 5 UNICAST_IF: kept; an interface that is not there")
{
	int option = opt(IP_UNICAST_IF, IPV6_UNICAST_IF), fd = csock(0);
	struct pair p;

	set_int(fd, level(), option, htonl(if_nametoindex("lo")));
	EQ(get_int(fd, level(), option), htonl(1));
	ERR(setsockopt(fd, level(), option, &(int) { htonl(9999) }, 4), EADDRNOTAVAIL);
	p = connect_to(listener(1), fd);
	round_trip(p.c, p.s);
}

TEST(ip_groups, V46, "linux-surface 5: what is of datagrams is refused")
{
	struct ip_mreq four = { .imr_multiaddr.s_addr = htonl(0xe0000105) };
	struct ipv6_mreq six = { .ipv6mr_interface = 1 };
	int fd = csock(0);

	inet_pton(AF_INET6, "ff02::5", &six.ipv6mr_multiaddr);
	if (client_af() == AF_INET) {
		ERR(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four)), EPROTO);
		ERR(setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &four, sizeof(four)), EPROTO);
		return;
	}
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, sizeof(six)), EPROTO);
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &six, sizeof(six)), EPROTO);
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &(int) { 1 }, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &(int) { 1 }, 4), ENOPROTOOPT);
}

TEST(ipv6_autoflowlabel, ONCE, "linux-surface 5 AUTOFLOWLABEL: labels, or none")
{
	struct pair p;
	int tap;

	st_variant = ST_V6;
	p = connect_pair();
	tap = tap_open();
	round_trip(p.c, p.s);
	CHECK(tap_next(tap, 0, port_of(p.l), T_ACK).label);
	set_int(p.c, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0);
	EQ(get_int(p.c, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL), 0);
	close(tap);
	tap = tap_open();
	round_trip(p.c, p.s);
	EQ(tap_next(tap, 0, port_of(p.l), T_ACK).label, 0);
}

TEST(ipv6_addrform, ONCE, "linux-surface 5 ADDRFORM (X): fails, and the socket is what it was")
{
	int fd, l;

	if (st_family == ST_INET)	/* which turns it into one of IPv4 */
		return;
	st_variant = ST_DUAL;
	l = listener(1);
	fd = sock(AF_INET6, 0);
	OK(do_connect(fd, addr_of(AF_INET6, "::ffff:127.0.0.1", port_of(l))));
	EQ(setsockopt(fd, IPPROTO_IPV6, IPV6_ADDRFORM, &(int) { AF_INET }, 4), -1);
	EQ(get_int(fd, SOL_SOCKET, SO_DOMAIN), AF_INET6);
	EQ(get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	round_trip(fd, OK(accept(l, NULL, NULL)));
}

TEST(ipv6_dontfrag, ONCE, "linux-surface 5 DONTFRAG, ADDR_PREFERENCES: kept; bad values EINVAL")
{
	int fd = sock(AF_INET6, 0);

	set_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
	EQ(get_int(fd, IPPROTO_IPV6, IPV6_DONTFRAG), 1);
	set_int(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, IPV6_PREFER_SRC_PUBLIC);
	EQ(get_int(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES) & IPV6_PREFER_SRC_PUBLIC,
	   IPV6_PREFER_SRC_PUBLIC);
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES,
		       &(int) { IPV6_PREFER_SRC_PUBLIC | IPV6_PREFER_SRC_TMP }, 4), EINVAL);
}
