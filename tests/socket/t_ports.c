// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may have a port: conflicts between sockets of the family under test, and between them
 * and the kernel's own TCP, which shares the port space (architecture 6); automatic ports and
 * their exhaustion. With --family inet both sides are the kernel's. Run by st.c.
 */
#include "st.h"

#define PORT 4000

/* A kernel TCP socket bound to that address with that option set, or minus errno. */
static int kbind(struct addr a, int option)
{
	int fd = ksock(a.sa.sa_family), err;

	if (option)
		set_int(fd, SOL_SOCKET, option, 1);
	if (!do_bind(fd, a))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/* The same for the family under test. */
static int tbind(struct addr a, bool reuse)
{
	int fd = sock(a.sa.sa_family, 0), err;

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
	if (!do_bind(fd, a))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static struct addr v4(const char *text)
{
	return addr_of(AF_INET, text, PORT);
}

static struct addr v6(const char *text)
{
	return addr_of(AF_INET6, text, PORT);
}

TEST(port_taken, V46, "linux-surface 8 bind: taken EADDRINUSE")
{
	int fd = bound(any_addr(PORT), false);

	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	EQ(tbind(any_addr(PORT), true), -EADDRINUSE);
	EQ(tbind(loop_addr(PORT), false), -EADDRINUSE);
	CHECK(tbind(any_addr(PORT + 1), false) > 0);
	close(fd);
	CHECK(tbind(any_addr(PORT), false) > 0);
}

TEST(port_other_address, ONCE, "linux-surface 8 bind: other addresses, one port")
{
	bound(v4("127.0.0.1"), false);
	CHECK(tbind(v4("127.0.0.2"), false) > 0);
	EQ(tbind(v4("0.0.0.0"), false), -EADDRINUSE);
	EQ(tbind(v4("127.0.0.1"), false), -EADDRINUSE);
}

TEST(port_reuseaddr, V46, "linux-surface 5 SO_REUSEADDR: bound, not listening, both with the flag")
{
	int a = bound(any_addr(PORT), true), b = tbind(any_addr(PORT), true);

	CHECK(b > 0);
	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	close(b);
	OK(listen(a, 1));
	EQ(tbind(any_addr(PORT), true), -EADDRINUSE);
	EQ(tbind(loop_addr(PORT), true), -EADDRINUSE);
}

TEST(port_reuseaddr_restart, V46, "linux-surface 5 SO_REUSEADDR: a server starts again; E13")
{
	struct pair p = { .l = bound(any_addr(PORT), true), .c = csock(0) };

	OK(listen(p.l, 1));
	OK(do_connect(p.c, loop_addr(PORT)));
	p.s = OK(accept(p.l, NULL, NULL));
	close(p.l);
	/* A connection of the old server lives. */
	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	p.l = tbind(any_addr(PORT), true);
	CHECK(p.l > 0);
	OK(listen(p.l, 1));
	close(p.l);
	/* Then it is in TIME-WAIT, on the side that closes first: the server. */
	close(p.s);
	expect_eof(p.c);
	close(p.c);
	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	p.l = tbind(any_addr(PORT), true);
	CHECK(p.l > 0);
	OK(listen(p.l, 1));
	OK(do_connect(csock(0), loop_addr(PORT)));
}

TEST(port_dual_stack, ONCE, "KERNEL.md 3 dual stack, among sockets of the family")
{
	int fd = bound(v4("0.0.0.0"), false), six;

	EQ(tbind(v6("::"), false), -EADDRINUSE);
	six = sock(AF_INET6, 0);
	set_int(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	OK(do_bind(six, v6("::")));
	close(six);
	close(fd);
	fd = bound(v6("::"), false);
	EQ(tbind(v4("0.0.0.0"), false), -EADDRINUSE);
	EQ(tbind(v4("127.0.0.1"), false), -EADDRINUSE);
	close(fd);
	bound(v6("::1"), false);
	CHECK(tbind(v4("127.0.0.1"), false) > 0);
}

TEST(kernel_respects_our_port, V46, "KERNEL.md 3: we hold any:P, kernel EADDRINUSE")
{
	int fd = bound(any_addr(PORT), false);

	for (int listening = 0; listening < 2; listening++) {
		EQ(kbind(any_addr(PORT), 0), -EADDRINUSE);
		EQ(kbind(loop_addr(PORT), 0), -EADDRINUSE);
		EQ(kbind(any_addr(PORT), SO_REUSEADDR), -EADDRINUSE);
		EQ(kbind(any_addr(PORT), SO_REUSEPORT), -EADDRINUSE);
		OK(listen(fd, 1));
	}
	CHECK(kbind(any_addr(PORT + 1), 0) > 0);
	close(fd);
	CHECK(kbind(any_addr(PORT), 0) > 0);
}

TEST(kernel_respects_our_reuse_port, V46, "KERNEL.md 3: also with SO_REUSEADDR on both, listening")
{
	OK(listen(bound(any_addr(PORT), true), 1));
	EQ(kbind(any_addr(PORT), SO_REUSEADDR), -EADDRINUSE);
}

TEST(kernel_may_have_other_address, ONCE, "KERNEL.md 3: we hold 127.0.0.1:P, kernel 127.0.0.2:P ok")
{
	bound(v4("127.0.0.1"), false);
	EQ(kbind(v4("0.0.0.0"), 0), -EADDRINUSE);
	EQ(kbind(v4("127.0.0.1"), 0), -EADDRINUSE);
	CHECK(kbind(v4("127.0.0.2"), 0) > 0);
	CHECK(kbind(v6("::1"), 0) > 0);
}

TEST(kernel_dual_stack, ONCE, "KERNEL.md 3 dual stack, the kernel against us")
{
	int fd = bound(v4("0.0.0.0"), false), six;

	EQ(kbind(v6("::"), 0), -EADDRINUSE);
	six = ksock(AF_INET6);
	set_int(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	OK(do_bind(six, v6("::")));
	close(six);
	close(fd);
	fd = bound(v6("::"), false);
	EQ(kbind(v4("0.0.0.0"), 0), -EADDRINUSE);
	close(fd);
	fd = sock(AF_INET6, 0);
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	OK(do_bind(fd, v6("::")));
	EQ(kbind(v6("::1"), 0), -EADDRINUSE);
	CHECK(kbind(v4("0.0.0.0"), 0) > 0);
}

TEST(we_respect_kernel_port, V46, "KERNEL.md 3: kernel owns P, our bind EADDRINUSE")
{
	int fd = kbind(any_addr(PORT), 0);

	CHECK(fd > 0);
	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	EQ(tbind(loop_addr(PORT), false), -EADDRINUSE);
	EQ(tbind(any_addr(PORT), true), -EADDRINUSE);
	close(fd);
	fd = tbind(any_addr(PORT), false);
	CHECK(fd > 0);
	close(fd);
	fd = kbind(any_addr(PORT), SO_REUSEADDR);
	CHECK(fd > 0);
	OK(listen(fd, 1));
	EQ(tbind(any_addr(PORT), true), -EADDRINUSE);
}

TEST(we_may_have_other_address, ONCE, "KERNEL.md 3: kernel 127.0.0.1 listener, we 127.0.0.2")
{
	int kl = kbind(v4("127.0.0.1"), 0), l;

	OK(listen(kl, 1));
	l = tbind(v4("127.0.0.2"), false);
	CHECK(l > 0);
	OK(listen(l, 1));
	OK(do_connect(sock(AF_INET, 0), v4("127.0.0.2")));
	OK(accept(l, NULL, NULL));
	OK(do_connect(sock(AF_INET, 0), v4("127.0.0.1")));
	OK(accept(kl, NULL, NULL));
}

TEST(kernel_time_wait, V46, "KERNEL.md 3: kernel TIME_WAIT, we need SO_REUSEADDR")
{
	int l = kbind(any_addr(PORT), SO_REUSEADDR), c = ksock(client_af()), s;

	OK(listen(l, 1));
	OK(do_connect(c, loop_addr(PORT)));
	s = OK(accept(l, NULL, NULL));
	close(l);
	close(s);
	expect_eof(c);
	close(c);
	EQ(tbind(any_addr(PORT), false), -EADDRINUSE);
	l = tbind(any_addr(PORT), true);
	CHECK(l > 0);
	OK(listen(l, 1));
	EQ(kbind(any_addr(PORT), SO_REUSEADDR), -EADDRINUSE);
	OK(do_connect(ksock(client_af()), loop_addr(PORT)));
	OK(accept(l, NULL, NULL));
}

TEST(our_time_wait, V46, "architecture 6: a port of ours in TIME-WAIT is held")
{
	struct pair p = { .l = bound(any_addr(PORT), false), .c = csock(0) };

	OK(listen(p.l, 1));
	OK(do_connect(p.c, loop_addr(PORT)));
	p.s = OK(accept(p.l, NULL, NULL));
	close(p.l);
	close(p.s);
	expect_eof(p.c);
	close(p.c);
	EQ(kbind(any_addr(PORT), 0), -EADDRINUSE);
}

TEST(kernel_respects_our_connection, V46, "architecture 6: the port we connected from is held")
{
	struct pair p = connect_pair();
	int port = port_of(p.c), fd;

	EQ(kbind(any_addr(port), 0), -EADDRINUSE);
	EQ(kbind(loop_addr(port), 0), -EADDRINUSE);
	fd = ksock(client_af());
	ERR(do_bind(fd, loop_addr(port)), EADDRINUSE);
}

TEST(port_exhaustion, V46, "mission S3.7a: no port left EADDRNOTAVAIL, other destination works")
{
	int a = listener(16), b = listener(16), fds[4];

	port_range(40000, 40003);
	for (int i = 0; i < 4; i++) {
		fds[i] = csock(0);
		OK(do_connect(fds[i], loop_addr(port_of(a))));
		CHECK(port_of(fds[i]) >= 40000 && port_of(fds[i]) <= 40003);
		for (int j = 0; j < i; j++)
			CHECK(port_of(fds[i]) != port_of(fds[j]));
	}
	ERR(do_connect(csock(0), loop_addr(port_of(a))), EADDRNOTAVAIL);
	OK(do_connect(csock(0), loop_addr(port_of(b))));
	reset_by(fds[2]);
	OK(do_connect(csock(0), loop_addr(port_of(a))));
}

/* The client closes first: its end is in TIME-WAIT. */
static void into_time_wait_from(int c, int l)
{
	struct pair p = { .c = c };

	OK(do_connect(p.c, loop_addr(port_of(l))));
	p.s = OK(accept(l, NULL, NULL));
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	close(p.s);
	expect_eof(p.c);
	close(p.c);
}

static void into_time_wait(int l, int port)
{
	into_time_wait_from(port ? bound(loop_addr(port), true) : csock(0), l);
}

/* Four ports, and a listener to whom all of them are in TIME-WAIT. */
static int exhausted(void)
{
	int l = listener(16);

	port_range(40000, 40003);
	for (int i = 0; i < 4; i++)
		into_time_wait(l, 0);
	return l;
}

TEST(port_exhaustion_time_wait, V46, "mission S3.7a: n ports, n TIME-WAITs: EADDRNOTAVAIL")
{
	int l, other = listener(16);

	tcp_knob("tw_reuse", "0");
	l = exhausted();
	ERR(do_connect(csock(0), loop_addr(port_of(l))), EADDRNOTAVAIL);
	OK(do_connect(csock(0), loop_addr(port_of(other))));
}

/* The default, 2: to this host it may. */
TEST(port_reuse_loopback, V46 | XTCP_ONLY, "mission S3.8a D8: after tw_reuse_delay_ms a port is had")
{
	int l;

	tcp_knob("tw_reuse_delay_ms", "3600000");
	l = exhausted();
	ERR(do_connect(csock(0), loop_addr(port_of(l))), EADDRNOTAVAIL);
	tcp_knob("tw_reuse_delay_ms", "1");
	usleep(2000); /* is what is tested */
	for (int i = 0; i < 4; i++)
		into_time_wait(l, 0);
}

TEST(port_reuse_needs_timestamps, V46, "mission D8: without timestamps EADDRNOTAVAIL")
{
	int l;

	tcp_knob("timestamps", "0");
	tcp_knob("tw_reuse", "1");
	l = exhausted();
	ERR(do_connect(csock(0), loop_addr(port_of(l))), EADDRNOTAVAIL);
}

TEST(port_reuse_by_name, V46, "mission D8: SO_REUSEADDR, bind(), connect() over TIME-WAIT, at once")
{
	int l = listener(16), c;

	tcp_knob("tw_reuse", "0");
	into_time_wait(l, PORT);
	EQ(tbind(loop_addr(PORT), false), -EADDRINUSE);
	c = bound(loop_addr(PORT), true);
	OK(do_connect(c, loop_addr(port_of(l))));
	round_trip(c, OK(accept(l, NULL, NULL)));
}

/* A TIME-WAIT is in the way of those alone whose address it has. */
TEST(port_time_wait_address, ONCE, "mission E13: SO_REUSEADDR over TIME-WAIT, other addresses")
{
	int l = listener(16);

	into_time_wait(l, PORT);
	CHECK(tbind(v4("127.0.0.2"), false) > 0);
	EQ(tbind(v4("127.0.0.1"), false), -EADDRINUSE);
	EQ(tbind(v4("0.0.0.0"), false), -EADDRINUSE);
	CHECK(tbind(v4("127.0.0.1"), true) > 0);
}

/* Of a socket that had no SO_REUSEADDR. */
TEST(port_time_wait_strict, V46, "linux-surface 5 SO_REUSEADDR: both must have it, a TIME-WAIT too")
{
	int l = listener(16);

	into_time_wait_from(bound(loop_addr(PORT), false), l);
	EQ(tbind(loop_addr(PORT), true), -EADDRINUSE);
	EQ(tbind(any_addr(PORT), true), -EADDRINUSE);
}

TEST(port_exhaustion_bind, V46, "linux-surface 8 bind: port 0 and none free EADDRINUSE")
{
	port_range(40000, 40003);
	for (int i = 0; i < 4; i++)
		CHECK(tbind(any_addr(0), false) > 0);
	EQ(tbind(any_addr(0), false), -EADDRINUSE);
}

TEST(auto_port_skips_kernel, V46, "architecture 6: automatic ports skip what the kernel holds")
{
	struct addr a = any_addr(40001);
	int l = listener(16);

	port_range(40000, 40003);
	CHECK(kbind(a, 0) > 0);
	for (int i = 0; i < 3; i++) {
		int fd = csock(0);

		OK(do_connect(fd, loop_addr(port_of(l))));
		CHECK(port_of(fd) != 40001);
	}
	ERR(do_connect(csock(0), loop_addr(port_of(l))), EADDRNOTAVAIL);
}

TEST(kernel_auto_port_skips_ours, V46, "KERNEL.md 3 autobind: the kernel skips what we hold")
{
	int l = kbind(any_addr(0), 0);

	OK(listen(l, 16));
	port_range(40000, 40003);
	CHECK(tbind(any_addr(40001), false) > 0);
	for (int i = 0; i < 3; i++) {
		int fd = ksock(client_af());

		OK(do_connect(fd, loop_addr(port_of(l))));
		CHECK(port_of(fd) != 40001);
	}
	ERR(do_connect(ksock(client_af()), loop_addr(port_of(l))), EADDRNOTAVAIL);
}

TEST(reserved_ports, V46, "linux-surface 2 ip_local_reserved_ports: never picked automatically")
{
	int l = listener(16), fd;

	port_range(40000, 40001);
	write_file("/proc/sys/net/ipv4/ip_local_reserved_ports", "40000");
	fd = csock(0);
	OK(do_connect(fd, loop_addr(port_of(l))));
	EQ(port_of(fd), 40001);
	ERR(do_connect(csock(0), loop_addr(port_of(l))), EADDRNOTAVAIL);
	CHECK(tbind(any_addr(40000), false) > 0);
}

TEST(same_tuple, V46, "mission S1.3a: one connection per 4-tuple, EADDRNOTAVAIL")
{
	struct pair p = { .l = listener(4), .c = bound(loop_addr(PORT), true) };
	int twin = bound(loop_addr(PORT), true);

	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	ERR(do_connect(twin, loop_addr(port_of(p.l))), EADDRNOTAVAIL);
	OK(do_connect(twin, loop_addr(port_of(listener(1)))));
}

TEST(two_namespaces, V46, "architecture 9: per-namespace everything")
{
	int outer = bound(any_addr(PORT), false), inner;

	OK(listen(outer, 4));
	new_netns();
	inner = bound(any_addr(PORT), false);
	ERR(do_connect(csock(0), loop_addr(PORT)), ECONNREFUSED);
	OK(listen(inner, 4));
	OK(do_connect(csock(0), loop_addr(PORT)));
	OK(accept(inner, NULL, NULL));
	EQ(events_now(outer), 0);
}

TEST(kernel_talks_to_us, V46D, "issue 2: kernel client, our server; our client, kernel server")
{
	struct pair p = { .l = listener(1), .c = ksock(client_af()) };

	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	round_trip(p.c, p.s);
	round_trip(p.s, p.c);
	p.l = kbind(any_addr(0), 0);
	OK(listen(p.l, 1));
	p.c = csock(0);
	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	round_trip(p.c, p.s);
	round_trip(p.s, p.c);
}
