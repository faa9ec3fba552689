// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket options of SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP and IPPROTO_IPV6 that are part of the
 * first surface, and what setsockopt() and getsockopt() do with bad arguments. Run by st.c.
 */
#include "st.h"

#define SNDBUF_MIN	4608	/* bytes, linux-surface 5 */
#define RCVBUF_MIN	2304

static void congestion_is(int fd, const char *want)
{
	char name[16] = "?";
	socklen_t len = sizeof(name);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	EQ(len, 16);
	if (strcmp(name, want))
		FAIL("TCP_CONGESTION is '%s', not '%s'", name, want);
}

static int choose(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
}

TEST(option_congestion, V46, "linux-surface 4 CONGESTION: by name; ENOENT unknown, EINVAL empty")
{
	int fd = sock(server_af(), 0);

	OK(choose(fd, "reno"));
	congestion_is(fd, "reno");
	OK(choose(fd, "cubic"));
	congestion_is(fd, "cubic");
	ERR(choose(fd, "no such one"), ENOENT);
	ERR(choose(fd, ""), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, NULL, 4), EFAULT);
	congestion_is(fd, "cubic");
}

TEST(option_user_timeout, V46, "linux-surface 4 USER_TIMEOUT: ms; EINVAL below 0; inherited")
{
	int l = sock(server_af(), 0), c = csock(0), s;

	set_int(l, IPPROTO_TCP, TCP_USER_TIMEOUT, 30000);
	EQ(get_int(l, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
	ERR(setsockopt(l, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int) { -1 }, 4), EINVAL);
	OK(do_bind(l, any_addr(0)));
	OK(listen(l, 1));
	EQ(get_int(c, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	EQ(get_int(s, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
	EQ(get_int(c, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	round_trip(c, s);
}

TEST(option_defer_accept, V46, "linux-surface 4 DEFER_ACCEPT: seconds, rounded up; below 0 is 0")
{
	int l = sock(server_af(), 0), c = csock(0), s;

	EQ(get_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
	EQ(get_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT), 15);
	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, -1);
	EQ(get_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT), 0);
	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	OK(do_bind(l, any_addr(0)));
	OK(listen(l, 1));
	nonblock(l);
	OK(do_connect(c, loop_addr(port_of(l))));
	ERR(accept(l, NULL, NULL), EAGAIN);
	send_all(c, "x", 1);
	wait_for(l, POLLIN);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "x");
	round_trip(s, c);
}

TEST(option_congestion_inherited, V46, "linux-surface 4 CONGESTION: children take the listener's")
{
	int l = sock(server_af(), 0), c = csock(0), s;

	OK(choose(l, "cubic"));
	OK(do_bind(l, any_addr(0)));
	OK(listen(l, 1));
	congestion_is(l, "cubic");
	OK(choose(c, "reno"));
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	congestion_is(s, "cubic");
	congestion_is(c, "reno");
	OK(choose(l, "reno"));
	congestion_is(s, "cubic");
	round_trip(c, s);
	round_trip(s, c);
}

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* 40 KB in segments of 1000 bytes at 200 kB/s: 200 ms, less the first quantum of two. */
TEST(option_max_pacing_rate, V46 | XTCP_ONLY, "linux-surface 5 SO_MAX_PACING_RATE: paces; bbr does")
{
	static char text[40000];
	int l = listener(1), c = csock(0), s;
	int64_t began;

	OK(choose(c, "bbr"));
	set_int(c, IPPROTO_TCP, TCP_MAXSEG, 1000);
	set_int(c, SOL_SOCKET, SO_MAX_PACING_RATE, 200000);
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	began = now_us();
	send_all(c, text, sizeof(text));
	recv_all(s, text, sizeof(text));
	CHECK(now_us() - began >= 180000);
}

TEST(option_acceptconn, V46, "linux-surface 5 SO_ACCEPTCONN: 1 in LISTEN")
{
	struct pair p = connect_pair();

	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_ACCEPTCONN), 0);
	EQ(get_int(p.l, SOL_SOCKET, SO_ACCEPTCONN), 1);
	EQ(get_int(p.c, SOL_SOCKET, SO_ACCEPTCONN), 0);
	EQ(get_int(p.s, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

TEST(option_error_is_read_once, V46, "linux-surface 5 SO_ERROR: read and clear")
{
	struct pair p = connect_pair();

	reset_by(p.s);
	wait_for(p.c, POLLERR);
	EQ(so_error(p.c), ECONNRESET);
	EQ(so_error(p.c), 0);
	ERR(setsockopt(p.c, SOL_SOCKET, SO_ERROR, &(int) { 1 }, 4), ENOPROTOOPT);
}

TEST(option_nodelay, V46, "linux-surface 4 TCP_NODELAY: 0/1")
{
	struct pair p = connect_pair();

	EQ(get_int(p.c, IPPROTO_TCP, TCP_NODELAY), 0);
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	EQ(get_int(p.c, IPPROTO_TCP, TCP_NODELAY), 1);
	for (int i = 0; i < 20; i++)
		send_all(p.c, "0123456789abcdefghij" + i, 1);
	expect_bytes(p.s, "0123456789abcdefghij");
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 0);
	EQ(get_int(p.c, IPPROTO_TCP, TCP_NODELAY), 0);
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 7);
	EQ(get_int(p.c, IPPROTO_TCP, TCP_NODELAY), 1);
}

TEST(option_maxseg, V46, "linux-surface 4 TCP_MAXSEG: 0 or 88..32767, get in CLOSE and LISTEN")
{
	int fd = sock(server_af(), 0), l = bound(any_addr(0), false), c = csock(0), mss;

	EQ(get_int(fd, IPPROTO_TCP, TCP_MAXSEG), 536);
	set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 88);
	EQ(get_int(fd, IPPROTO_TCP, TCP_MAXSEG), 88);
	set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 32767);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &(int) { 87 }, 4), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &(int) { 32768 }, 4), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &(int) { -1 }, 4), EINVAL);
	set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 0);
	EQ(get_int(fd, IPPROTO_TCP, TCP_MAXSEG), 536);
	/* The peer is told: its segments hold no more than that. */
	set_int(l, IPPROTO_TCP, TCP_MAXSEG, 1000);
	OK(listen(l, 1));
	EQ(get_int(l, IPPROTO_TCP, TCP_MAXSEG), 1000);
	OK(do_connect(c, loop_addr(port_of(l))));
	mss = get_int(c, IPPROTO_TCP, TCP_MAXSEG);
	CHECK(mss == 1000 || mss == 988);	/* less 12 bytes of timestamps */
	round_trip(c, OK(accept(l, NULL, NULL)));
}

TEST(option_buffers, V46, "linux-surface 5 SO_SNDBUF/RCVBUF: doubled, bounded")
{
	int fd = sock(server_af(), 0);

	set_int(fd, SOL_SOCKET, SO_SNDBUF, 30000);
	EQ(get_int(fd, SOL_SOCKET, SO_SNDBUF), 60000);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 30000);
	EQ(get_int(fd, SOL_SOCKET, SO_RCVBUF), 60000);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_SNDBUF), SNDBUF_MIN);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_RCVBUF), RCVBUF_MIN);
	CHECK(st_wmem_max > 0);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, 0x3fffffff);
	EQ(get_int(fd, SOL_SOCKET, SO_SNDBUF), 2 * st_wmem_max);
}

TEST(option_small_buffers_work, V46D, "linux-surface 5 SO_SNDBUF/RCVBUF: the least lets data flow")
{
	struct pair p = { .l = bound(any_addr(0), false), .c = csock(0) };
	size_t len = small_run() ? 100000 : 1000000;
	char *data = calloc(1, len);

	set_int(p.l, SOL_SOCKET, SO_RCVBUF, 1);
	set_int(p.c, SOL_SOCKET, SO_SNDBUF, 1);
	OK(listen(p.l, 1));
	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	if (!fork()) {
		close(p.s);
		EQ(send(p.c, data, len, 0), len);
		_exit(0);
	}
	close(p.c);
	drain(p.s, len);
	expect_eof(p.s);
}

TEST(option_sndlowat, V46, "linux-surface 5 SO_SNDLOWAT: ENOPROTOOPT on set, 1 on get")
{
	int fd = sock(server_af(), 0);

	ERR(setsockopt(fd, SOL_SOCKET, SO_SNDLOWAT, &(int) { 5 }, 4), ENOPROTOOPT);
	EQ(get_int(fd, SOL_SOCKET, SO_SNDLOWAT), 1);
}

TEST(option_timeouts, V46, "linux-surface 5 SO_RCVTIMEO/SNDTIMEO: set and read back")
{
	struct timeval tv = { .tv_sec = 3 }, got;
	socklen_t len = sizeof(got);
	int fd = sock(server_af(), 0);

	OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	OK(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	EQ(got.tv_sec, 3);
	OK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &got, &len));
	EQ(got.tv_sec, 0);
	ERR(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, 1), EINVAL);
	tv.tv_usec = 1000000;
	ERR(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), EDOM);
}

TEST(option_keepalive, V46, "linux-surface 5 SO_KEEPALIVE: get, set, remembered in CLOSE")
{
	struct pair p = connect_pair();
	int fd = sock(server_af(), 0);

	EQ(get_int(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	set_int(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
	EQ(get_int(p.c, SOL_SOCKET, SO_KEEPALIVE), 1);
	EQ(get_int(p.s, SOL_SOCKET, SO_KEEPALIVE), 0);
	set_int(p.c, SOL_SOCKET, SO_KEEPALIVE, 0);
	EQ(get_int(p.c, SOL_SOCKET, SO_KEEPALIVE), 0);
	round_trip(p.c, p.s);
}

static void expect_keepalive(int fd, int idle, int intvl, int probes)
{
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPIDLE), idle);
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPINTVL), intvl);
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPCNT), probes);
}

TEST(option_keepalive_times, V46, "linux-surface 4 KEEPIDLE KEEPINTVL KEEPCNT, rfc9293 MUST-27")
{
	static const int bounds[][2] = {
		{ TCP_KEEPIDLE, 32767 }, { TCP_KEEPINTVL, 32767 }, { TCP_KEEPCNT, 127 },
	};
	int l = listener(1), c = csock(0), s;

	expect_keepalive(l, 7200, 75, 9);
	for (int i = 0; i < 3; i++) {
		int over = bounds[i][1] + 1, zero = 0;

		set_int(l, IPPROTO_TCP, bounds[i][0], bounds[i][1]);
		ERR(setsockopt(l, IPPROTO_TCP, bounds[i][0], &over, sizeof(over)), EINVAL);
		ERR(setsockopt(l, IPPROTO_TCP, bounds[i][0], &zero, sizeof(zero)), EINVAL);
	}
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	expect_keepalive(s, 32767, 32767, 127);
	expect_keepalive(c, 7200, 75, 9);
}

TEST(option_syncnt, V46, "linux-surface 4 SYNCNT: 1..127, EINVAL, inherited")
{
	int l = listener(1), c = csock(0), zero = 0, over = 128;

	set_int(l, IPPROTO_TCP, TCP_SYNCNT, 127);
	EQ(get_int(l, IPPROTO_TCP, TCP_SYNCNT), 127);
	ERR(setsockopt(l, IPPROTO_TCP, TCP_SYNCNT, &zero, sizeof(zero)), EINVAL);
	ERR(setsockopt(l, IPPROTO_TCP, TCP_SYNCNT, &over, sizeof(over)), EINVAL);
	OK(do_connect(c, loop_addr(port_of(l))));
	EQ(get_int(OK(accept(l, NULL, NULL)), IPPROTO_TCP, TCP_SYNCNT), 127);
}

TEST(option_linger2, V46, "linux-surface 4 LINGER2: 60 s; at most 120; below 0: -1; inherited")
{
	int l = listener(1), c = csock(0);

	EQ(get_int(l, IPPROTO_TCP, TCP_LINGER2), 60);
	set_int(l, IPPROTO_TCP, TCP_LINGER2, 500);
	EQ(get_int(l, IPPROTO_TCP, TCP_LINGER2), 120);
	set_int(l, IPPROTO_TCP, TCP_LINGER2, -5);
	EQ(get_int(l, IPPROTO_TCP, TCP_LINGER2), -1);
	set_int(l, IPPROTO_TCP, TCP_LINGER2, 7);
	EQ(get_int(l, IPPROTO_TCP, TCP_LINGER2), 7);
	OK(do_connect(c, loop_addr(port_of(l))));
	EQ(get_int(OK(accept(l, NULL, NULL)), IPPROTO_TCP, TCP_LINGER2), 7);
	set_int(l, IPPROTO_TCP, TCP_LINGER2, 0);
	EQ(get_int(l, IPPROTO_TCP, TCP_LINGER2), 60);
}

TEST(option_linger, V46, "linux-surface 5 SO_LINGER: set and read back")
{
	struct linger got, set = { .l_onoff = 5, .l_linger = 30 };
	socklen_t len = sizeof(got);
	int fd = sock(server_af(), 0);

	OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 0);
	OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, sizeof(set)));
	OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 1);
	EQ(got.l_linger, 30);
	ERR(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, 4), EINVAL);
}

TEST(option_bad_arguments, V46, "linux-surface 4: ENOPROTOOPT, EINVAL, EFAULT")
{
	int fd = sock(server_af(), 0), value = 1;
	char small[2] = { 0x7f, 0x7f };
	socklen_t len = -1;

	ERR(setsockopt(fd, IPPROTO_TCP, 9999, &value, 4), ENOPROTOOPT);
	ERR(getsockopt(fd, IPPROTO_TCP, 9999, &value, &(socklen_t) { 4 }), ENOPROTOOPT);
	ERR(setsockopt(fd, SOL_SOCKET, 9999, &value, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, 99, 1, &value, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 3), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 0), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, -1), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)16, 4), EFAULT);
	ERR(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len), EINVAL);
	ERR(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, (void *)16, &(socklen_t) { 4 }), EFAULT);
	ERR(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, NULL), EFAULT);
	/* getsockopt copies min(len, 4) bytes. */
	len = 1;
	OK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, small, &len));
	EQ(len, 1);
	EQ(small[0], 0);
	EQ(small[1], 0x7f);
}

TEST(option_ip_ttl_tos, ONCE, "linux-surface 5: IP_TTL, IP_TOS (ECN bits masked)")
{
	struct pair p = connect_pair();

	EQ(get_int(p.c, IPPROTO_IP, IP_TTL), 64);
	set_int(p.c, IPPROTO_IP, IP_TTL, 7);
	EQ(get_int(p.c, IPPROTO_IP, IP_TTL), 7);
	ERR(setsockopt(p.c, IPPROTO_IP, IP_TTL, &(int) { 256 }, 4), EINVAL);
	round_trip(p.c, p.s);
	EQ(get_int(p.s, IPPROTO_IP, IP_TTL), 64);
}

TEST(option_ipv6_hops_tclass, ONCE, "linux-surface 5: IPV6_UNICAST_HOPS, IPV6_TCLASS")
{
	st_variant = ST_V6;

	struct pair p = connect_pair();

	EQ(get_int(p.c, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 64);
	set_int(p.c, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7);
	EQ(get_int(p.c, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 7);
	set_int(p.c, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
	EQ(get_int(p.c, IPPROTO_IPV6, IPV6_TCLASS), 0x20);
	round_trip(p.c, p.s);
}

static int v6_listener(int v6only)
{
	int fd = sock(AF_INET6, 0);

	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, v6only);
	OK(do_bind(fd, addr_of(AF_INET6, "::", 4000)));
	OK(listen(fd, 2));
	return fd;
}

TEST(option_v6only, ONCE, "linux-surface 5 V6ONLY; architecture 1: dual-stack unless IPV6_V6ONLY")
{
	struct addr v4 = addr_of(AF_INET, "127.0.0.1", 4000), v6 = addr_of(AF_INET6, "::1", 4000);
	int fd = v6_listener(1);

	EQ(get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	ERR(do_connect(sock(AF_INET, 0), v4), ECONNREFUSED);
	OK(do_connect(sock(AF_INET6, 0), v6));
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int) { 0 }, 4), EINVAL);
	close(fd);
	fd = v6_listener(0);
	OK(do_connect(sock(AF_INET, 0), v4));
	OK(do_connect(sock(AF_INET6, 0), v6));
}

TEST(option_bindv6only_default, ONCE, "linux-surface 2 net.ipv6.bindv6only: default of V6ONLY")
{
	struct addr v4 = addr_of(AF_INET, "127.0.0.1", 4000);
	int fd;

	write_file("/proc/sys/net/ipv6/bindv6only", "1");
	fd = bound(addr_of(AF_INET6, "::", 4000), false);
	OK(listen(fd, 1));
	ERR(do_connect(sock(AF_INET, 0), v4), ECONNREFUSED);
}

TEST(mapped_client, ONCE, "architecture 1: an IPv6 socket reaches IPv4 by a mapped address")
{
	struct addr a;
	struct pair p = { .l = listener(1), .c = sock(AF_INET6, 0) };

	OK(do_connect(p.c, addr_of(AF_INET6, "::ffff:127.0.0.1", port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	a = peer_addr(p.c);
	CHECK(addr_is(&a, "::ffff:127.0.0.1"));
	a = local_addr(p.c);
	CHECK(addr_is(&a, "::ffff:127.0.0.1"));
	a = peer_addr(p.s);
	CHECK(addr_is(&a, "127.0.0.1"));
	round_trip(p.c, p.s);
}

TEST(mapped_client_v6only, ONCE, "architecture 1: but not with IPV6_V6ONLY")
{
	int fd = sock(AF_INET6, 0), l = listener(1);

	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	ERR(do_connect(fd, addr_of(AF_INET6, "::ffff:127.0.0.1", port_of(l))), ENETUNREACH);
}

TEST(mapped_bind, ONCE, "architecture 1: an IPv6 socket bound to a mapped address is IPv4")
{
	int l = sock(AF_INET6, 0);
	struct addr a;

	OK(do_bind(l, addr_of(AF_INET6, "::ffff:127.0.0.1", 4000)));
	OK(listen(l, 1));
	OK(do_connect(sock(AF_INET, 0), addr_of(AF_INET, "127.0.0.1", 4000)));
	a = peer_addr(OK(accept(l, NULL, NULL)));
	CHECK(addr_is(&a, "::ffff:127.0.0.1"));
	ERR(do_connect(sock(AF_INET6, 0), addr_of(AF_INET6, "::1", 4000)), ECONNREFUSED);
}

static int connect_marked(const char *value)
{
	int fd = csock(0);

	OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, value, strlen(value)));
	return fd;
}

TEST(option_bindtodevice, V46, "linux-surface 5 SO_BINDTODEVICE: the device must match")
{
	int tun = tun_open(), l = listener(1);

	OK(do_connect(connect_marked("lo"), loop_addr(port_of(l))));
	OK(accept(l, NULL, NULL));
	OK(setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, "tun0", 4));
	ERR(do_connect(csock(0), loop_addr(port_of(l))), ECONNREFUSED);
	close(tun);
}
