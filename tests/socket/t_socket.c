// SPDX-License-Identifier: GPL-2.0-only
/*
 * socket(), getsockname(), getpeername(), and errors of bind() that concern one socket alone.
 * Conflicts between sockets are in t_ports.c. Run by st.c.
 */
#include "st.h"

#define IPPROTO_XTCP	253
#define UNPRIVILEGED_UID 65534

static int family_domain(int fd)
{
	(void)fd;
	return st_family == ST_XTCP ? get_int(fd, SOL_SOCKET, SO_DOMAIN) : server_af();
}

TEST(socket_type_and_domain, V46, "linux-surface 5 SO_TYPE SO_DOMAIN, architecture 6")
{
	int fd = sock(server_af(), 0);

	EQ(get_int(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	OK(do_bind(fd, any_addr(0)));
	EQ(get_int(fd, SOL_SOCKET, SO_DOMAIN), server_af());
	EQ(get_int(fd, SOL_SOCKET, SO_PROTOCOL), st_family == ST_INET ? IPPROTO_TCP : 0x206);
}

TEST(socket_protocol_tcp, ONCE, "architecture 1: protocol 0 or IPPROTO_TCP")
{
	int fd = sock(AF_INET, 0), domain = family_domain(fd), protocol = IPPROTO_TCP;

	if (st_family == ST_ALIAS)
		protocol = IPPROTO_XTCP;
	if (st_family == ST_XTCP) {
		char text[16] = "18";
		FILE *f = fopen("/sys/module/xtcp/parameters/family", "re");

		CHECK(f && fgets(text, sizeof(text), f));
		domain = atoi(text);
	}
	OK(socket(domain, SOCK_STREAM, protocol));
	/* Another type, another protocol. */
	if (st_family == ST_XTCP) {
		ERR(socket(domain, SOCK_DGRAM, 0), ESOCKTNOSUPPORT);
		ERR(socket(domain, SOCK_RAW, 0), ESOCKTNOSUPPORT);
		ERR(socket(domain, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
		ERR(socketpair(domain, SOCK_STREAM, 0, (int[2]) { 0 }), EOPNOTSUPP);
	} else {
		ERR(socket(domain, SOCK_DGRAM, protocol), EPROTONOSUPPORT);
	}
}

TEST(socket_flags, ONCE, "linux-surface 8 socket: SOCK_NONBLOCK, SOCK_CLOEXEC")
{
	int fd = sock(AF_INET, SOCK_NONBLOCK | SOCK_CLOEXEC);

	CHECK(OK(fcntl(fd, F_GETFL)) & O_NONBLOCK);
	CHECK(OK(fcntl(fd, F_GETFD)) & FD_CLOEXEC);
	fd = sock(AF_INET, 0);
	CHECK(!(OK(fcntl(fd, F_GETFL)) & O_NONBLOCK));
	CHECK(!(OK(fcntl(fd, F_GETFD)) & FD_CLOEXEC));
}

TEST(bind_reports_address, V46, "linux-surface 8 getsockname: always")
{
	int fd = sock(server_af(), 0);
	struct addr a = local_addr(fd);

	EQ(addr_port(&a), 0);
	OK(do_bind(fd, loop_addr(4321)));
	a = local_addr(fd);
	EQ(a.sa.sa_family, server_af());
	EQ(addr_port(&a), 4321);
	CHECK(addr_is(&a, st_variant == ST_V4 ? "127.0.0.1" : "::1"));
}

TEST(bind_port_zero, V46, "linux-surface 2 ip_local_port_range: automatic ports")
{
	int port;

	port_range(40000, 40099);
	port = port_of(bound(any_addr(0), false));
	CHECK(port >= 40000 && port <= 40099);
	CHECK(port != port_of(bound(any_addr(0), false)));
}

TEST(bind_short_address, V46, "linux-surface 8 bind: short addr EINVAL")
{
	int fd = sock(server_af(), 0);
	struct addr a = any_addr(0);

	ERR(bind(fd, &a.sa, 0), EINVAL);
	ERR(bind(fd, &a.sa, 1), EINVAL);
	ERR(bind(fd, &a.sa, (st_variant == ST_V4 ? sizeof(a.in) : 24) - 1), EINVAL);
	ERR(bind(fd, &a.sa, -1), EINVAL);
	ERR(bind(fd, NULL, a.len), EFAULT);
	OK(do_bind(fd, a));
}

TEST(bind_wrong_family, V46, "linux-surface 8 bind: wrong family EAFNOSUPPORT")
{
	int fd = sock(server_af(), 0);
	struct addr a = loop_addr(4000);
	struct addr other = addr_of(AF_INET6, "::1", 4000);

	a.sa.sa_family = AF_UNIX;
	ERR(do_bind(fd, a), EAFNOSUPPORT);
	if (st_family == ST_XTCP)
		return;
	/* The family of these sockets is fixed: the other one's address is refused. */
	if (st_variant == ST_V6)
		other.in6.sin6_family = AF_INET;
	ERR(do_bind(fd, other), EAFNOSUPPORT);
}

TEST(bind_unspec_any, ONCE, "linux-surface 8 bind: AF_UNSPEC with the any address is AF_INET")
{
	int fd = sock(AF_INET, 0);
	struct addr a = any_addr(4000);

	a.sa.sa_family = AF_UNSPEC;
	OK(do_bind(fd, a));
	EQ(port_of(fd), 4000);
	fd = sock(AF_INET, 0);
	a = loop_addr(4001);
	a.sa.sa_family = AF_UNSPEC;
	ERR(do_bind(fd, a), EAFNOSUPPORT);
}

TEST(bind_foreign_address, V46, "linux-surface 8 bind: nonlocal EADDRNOTAVAIL")
{
	int fd = sock(server_af(), 0);

	ERR(do_bind(fd, st_variant == ST_V4 ? addr_of(AF_INET, "198.51.100.7", 4000) :
					      addr_of(AF_INET6, "2001:db8::7", 4000)),
	    EADDRNOTAVAIL);
	if (st_variant == ST_V6)
		ERR(do_bind(fd, addr_of(AF_INET6, "ff02::1", 4000)), EINVAL);
	OK(do_bind(fd, loop_addr(4000)));
}

TEST(bind_twice, V46, "linux-surface 8 bind: second bind or not CLOSE EINVAL")
{
	struct pair p = connect_pair();
	int fd = bound(any_addr(0), false);

	ERR(do_bind(fd, any_addr(0)), EINVAL);
	ERR(do_bind(p.l, any_addr(0)), EINVAL);
	ERR(do_bind(p.c, any_addr(0)), EINVAL);
	ERR(do_bind(p.s, any_addr(0)), EINVAL);
}

TEST(bind_privileged_port, V46, "linux-surface 8 bind: < 1024 EACCES; 2 ip_unprivileged_port_start")
{
	int fd = sock(server_af(), 0);

	OK(seteuid(UNPRIVILEGED_UID));
	ERR(do_bind(fd, any_addr(1023)), EACCES);
	OK(do_bind(fd, any_addr(1024)));
	OK(seteuid(0));
	OK(do_bind(sock(server_af(), 0), any_addr(1023)));
	write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "1000");
	OK(seteuid(UNPRIVILEGED_UID));
	OK(do_bind(sock(server_af(), 0), any_addr(1000)));
}

TEST(names_of_a_connection, V46D, "linux-surface 8 getpeername, getsockname; architecture 1")
{
	struct pair p = connect_pair();
	struct addr client = local_addr(p.c), server = local_addr(p.s);
	const char *text = st_variant == ST_V4 ? "127.0.0.1" :
			   st_variant == ST_V6 ? "::1" : "::ffff:127.0.0.1";
	const char *client_text = st_variant == ST_DUAL ? "127.0.0.1" : text;
	struct addr a;

	CHECK(addr_is(&client, client_text));
	CHECK(addr_is(&server, text));
	EQ(addr_port(&server), port_of(p.l));
	a = peer_addr(p.c);
	CHECK(addr_is(&a, client_text));
	EQ(addr_port(&a), addr_port(&server));
	a = peer_addr(p.s);
	CHECK(addr_is(&a, text));
	EQ(addr_port(&a), addr_port(&client));
	/* Another connection gets another name, which accept() returns too. */
	a.len = sizeof(a.in6);
	int c = csock(0);

	OK(do_connect(c, loop_addr(port_of(p.l))));
	int s = OK(accept(p.l, &a.sa, &a.len));
	struct addr again = peer_addr(s);

	CHECK(addr_is(&a, text));
	EQ(addr_port(&a), port_of(c));
	EQ(memcmp(&a, &again, a.len), 0);
}

TEST(getpeername_unconnected, V46, "linux-surface 8 getpeername: not connected ENOTCONN")
{
	struct addr a = { .len = sizeof(a.in6) };
	int fd = sock(server_af(), 0), tun = tun_open();

	ERR(getpeername(fd, &a.sa, &a.len), ENOTCONN);
	ERR(getpeername(listener(1), &a.sa, &a.len), ENOTCONN);
	nonblock(fd);
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	ERR(getpeername(fd, &a.sa, &a.len), ENOTCONN);
	a = local_addr(fd);
	CHECK(addr_is(&a, st_variant == ST_V4 ? "192.0.2.1" : "2001:db8::1"));
	close(tun);
}

TEST(getpeername_after_close, V46, "linux-surface 8 getpeername: ENOTCONN in CLOSE")
{
	struct addr a = { .len = sizeof(a.in6) };
	struct pair p = connect_pair();

	OK(shutdown(p.s, SHUT_WR));
	expect_eof(p.c);
	OK(getpeername(p.c, &a.sa, &a.len));
	reset_by(p.s);
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLERR | POLLHUP);
	ERR(getpeername(p.c, &a.sa, &a.len), ENOTCONN);
	OK(getsockname(p.c, &a.sa, &a.len));
}

TEST(getsockname_buffer, ONCE, "linux-surface 8 getsockname: short buffer is cut, length is full")
{
	struct addr a;
	int fd = bound(loop_addr(4000), false);

	memset(&a, 0xaa, sizeof(a));
	a.len = 4;
	OK(getsockname(fd, &a.sa, &a.len));
	EQ(a.len, sizeof(a.in));
	EQ(ntohs(a.in.sin_port), 4000);
	EQ(a.in.sin_addr.s_addr, 0xaaaaaaaa);
	a.len = -1;
	ERR(getsockname(fd, &a.sa, &a.len), EINVAL);
	a.len = sizeof(a.in);
	ERR(getsockname(fd, NULL, &a.len), EFAULT);
}

TEST(open_family_takes_the_first_address, XTCP_ONLY, "architecture 1: family of first address")
{
	int fd = sock(AF_UNSPEC, 0);
	struct addr a = addr_of(AF_INET6, "::1", 4000);

	OK(do_bind(fd, a));
	EQ(get_int(fd, SOL_SOCKET, SO_DOMAIN), AF_INET6);
	EQ(local_addr(fd).sa.sa_family, AF_INET6);
	OK(listen(fd, 1));
	fd = sock(AF_UNSPEC, 0);
	OK(do_connect(fd, a));
	EQ(local_addr(fd).sa.sa_family, AF_INET6);
	/* Once taken, the family stays. */
	fd = bound(addr_of(AF_INET, "127.0.0.1", 4000), false);
	EQ(get_int(fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
	ERR(do_connect(fd, a), EAFNOSUPPORT);
}

TEST(open_family_v6_option, XTCP_ONLY, "architecture 1: IPv6 as soon as an IPv6 option is set")
{
	int fd = sock(AF_UNSPEC, 0);

	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_DOMAIN), AF_INET6);
	ERR(do_bind(fd, addr_of(AF_INET, "127.0.0.1", 4000)), EAFNOSUPPORT);
	OK(do_bind(fd, addr_of(AF_INET6, "::", 4000)));
	OK(listen(fd, 1));
	ERR(do_connect(sock(AF_INET, 0), addr_of(AF_INET, "127.0.0.1", 4000)), ECONNREFUSED);
}

TEST(open_family_listen_is_v4, XTCP_ONLY, "architecture 1: listen() without bind() is IPv4 any")
{
	int fd = sock(AF_UNSPEC, 0);
	struct addr a;

	OK(listen(fd, 1));
	a = local_addr(fd);
	CHECK(addr_is(&a, "0.0.0.0"));
	OK(do_connect(sock(AF_INET, 0), loop_addr(addr_port(&a))));
}
