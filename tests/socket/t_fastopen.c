// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast Open: its options, MSG_FASTOPEN and connect() that waits for text, and both TCPs with
 * each other. What is on the wire is tested in tests/wire/. Run by st.c.
 */
#include "st.h"

#define KERNEL_KNOB "/proc/sys/net/ipv4/tcp_fastopen"
#define OUR_KNOB "/proc/sys/net/xtcp/fastopen"
#define SYN_DATA 32 /* TCPI_OPT_SYN_DATA of <linux/tcp.h> */

/* Of both TCPs. */
static void fastopen_is(const char *bits)
{
	write_file(KERNEL_KNOB, bits);
	if (!access(OUR_KNOB, F_OK))
		write_file(OUR_KNOB, bits);
}

static bool text_was_in_syn(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_options & SYN_DATA;
}

static int fast_listener(void)
{
	int fd = listener(8);

	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 5);
	return fd;
}

static ssize_t send_fast(int fd, struct addr to, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, MSG_FASTOPEN | MSG_NOSIGNAL | flags, &to.sa, to.len);
}

TEST(fastopen_option, V46, "linux-surface 2 TCP_FASTOPEN: >= 0 in CLOSE or LISTEN")
{
	int fd = sock(server_af(), 0), zero = -1;
	struct pair p = connect_pair();

	EQ(get_int(fd, IPPROTO_TCP, TCP_FASTOPEN), 0);
	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 7);
	EQ(get_int(fd, IPPROTO_TCP, TCP_FASTOPEN), 7);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &zero, sizeof(zero)), EINVAL);
	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 100000000);
	EQ(get_int(fd, IPPROTO_TCP, TCP_FASTOPEN), 4096); /* somaxconn */
	set_int(p.l, IPPROTO_TCP, TCP_FASTOPEN, 3);
	zero = 0;
	ERR(setsockopt(p.c, IPPROTO_TCP, TCP_FASTOPEN, &zero, sizeof(zero)), EINVAL);
	EQ(get_int(p.s, IPPROTO_TCP, TCP_FASTOPEN), 0);
}

TEST(fastopen_all, V46, "linux-surface 1 fastopen: 0x400 all listeners")
{
	int l;

	fastopen_is("1026");
	l = listener(8);
	EQ(get_int(l, IPPROTO_TCP, TCP_FASTOPEN), 8);
}

TEST(fastopen_client_options, V46, "linux-surface 2 TCP_FASTOPEN_CONNECT, _NO_COOKIE: 0/1")
{
	static const int names[] = { TCP_FASTOPEN_CONNECT, TCP_FASTOPEN_NO_COOKIE };
	struct pair p = connect_pair();
	int fd = csock(0), two = 2, one = 1;

	for (int i = 0; i < 2; i++) {
		EQ(get_int(fd, IPPROTO_TCP, names[i]), 0);
		ERR(setsockopt(fd, IPPROTO_TCP, names[i], &two, sizeof(two)), EINVAL);
		set_int(fd, IPPROTO_TCP, names[i], 1);
		EQ(get_int(fd, IPPROTO_TCP, names[i]), 1);
		ERR(setsockopt(p.c, IPPROTO_TCP, names[i], &one, sizeof(one)), EINVAL);
	}
	fastopen_is("2");
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)), EOPNOTSUPP);
}

TEST(fastopen_key_option, V46, "linux-surface 2 TCP_FASTOPEN_KEY: 16 or 32 bytes")
{
	char key[32] = "0123456789abcdefFEDCBA987654321", got[40];
	int fd = sock(server_af(), 0);
	socklen_t len = sizeof(got);

	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 7);
	OK(getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, got, &len));
	if (st_family != ST_INET)	/* has one once a server has asked for it */
		EQ(len, 16); /* the namespace's */
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 15), EINVAL);
	ERR(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 24), EINVAL);
	for (unsigned int n = 16; n <= 32; n += 16) {
		OK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, n));
		len = sizeof(got);
		OK(getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, got, &len));
		EQ(len, n);
		EQ(memcmp(got, key, n), 0);
	}
}

TEST(fastopen_sendto, V46D, "linux-surface 6 MSG_FASTOPEN; RFC 7413 4.1.3")
{
	int l, c, s;

	fastopen_is("3");
	l = fast_listener();
	c = csock(0);
	EQ(send_fast(c, loop_addr(port_of(l)), "first", 5, 0), 5);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "first");
	CHECK(!text_was_in_syn(c));
	CHECK(!text_was_in_syn(s));

	c = csock(SOCK_NONBLOCK);
	EQ(send_fast(c, loop_addr(port_of(l)), "second", 6, 0), 6);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "second");
	wait_for(c, POLLOUT);
	CHECK(text_was_in_syn(c));
	CHECK(text_was_in_syn(s));
	round_trip(c, s);
}

TEST(fastopen_sendto_nonblocking, V46, "linux-surface 6 MSG_FASTOPEN: EINPROGRESS")
{
	int l, c, s;

	fastopen_is("3");
	l = fast_listener();
	c = csock(SOCK_NONBLOCK);
	ERR(send_fast(c, loop_addr(port_of(l)), "text", 4, 0), EINPROGRESS);
	wait_for(c, POLLOUT);
	send_all(c, "text", 4);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "text");
}

TEST(fastopen_sendto_long, V46, "linux-surface 6 MSG_FASTOPEN: what a SYN can't take follows")
{
	static char text[100000];
	int l, c, s, i;

	fastopen_is("3");
	l = fast_listener();
	for (i = 0; i < 2; i++) {
		c = csock(0);
		set_int(c, SOL_SOCKET, SO_SNDBUF, 400000);
		EQ(send_fast(c, loop_addr(port_of(l)), text, sizeof(text), 0), sizeof(text));
		s = OK(accept(l, NULL, NULL));
		EQ(drain(s, sizeof(text)), sizeof(text));
		EQ(text_was_in_syn(s), i);
	}
}

TEST(fastopen_sendto_errors, V46, "linux-surface 6 MSG_FASTOPEN: errno")
{
	struct addr nobody = loop_addr(4000), none = { .sa.sa_family = AF_UNSPEC, .len = 16 };
	struct pair p = connect_pair();
	int c = csock(0);

	ERR(send_fast(p.c, nobody, "x", 1, 0), EISCONN);
	ERR(send_fast(c, none, "x", 1, 0), EOPNOTSUPP);
	ERR(send_fast(c, nobody, "x", 1, 0), ECONNREFUSED);
	ERR(send_fast(p.l, nobody, "x", 1, 0), EISCONN);
	none.len = 0;
	ERR(send_fast(csock(0), none, "x", 1, 0), EINVAL);
	fastopen_is("2");
	ERR(send_fast(csock(0), nobody, "x", 1, 0), EOPNOTSUPP);
}

TEST(fastopen_connect, V46D, "linux-surface 2 TCP_FASTOPEN_CONNECT")
{
	int l, c, s, i;

	fastopen_is("3");
	l = fast_listener();
	for (i = 0; i < 2; i++) {
		c = csock(0);
		set_int(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
		OK(do_connect(c, loop_addr(port_of(l))));
		if (i) {
			nonblock(c);	/* or the kernel's TCP waits for ever */
			ERR(do_connect(c, loop_addr(port_of(l))), EISCONN);
		}
		EQ(events_now(c) & P_OUT, P_OUT);
		send_all(c, "text", 4);
		s = OK(accept(l, NULL, NULL));
		expect_bytes(s, "text");
		EQ(text_was_in_syn(c), i);
		EQ(text_was_in_syn(s), i);
		round_trip(c, s);
	}
}

/* What waits for text may be given up. */
TEST(fastopen_connect_closed, V46, "linux-surface 2 TCP_FASTOPEN_CONNECT; 8 close")
{
	struct addr none = { .sa.sa_family = AF_UNSPEC, .len = 16 };
	int l, c, s;

	fastopen_is("5");
	l = listener(8);
	c = csock(0);
	set_int(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	OK(do_connect(c, loop_addr(port_of(l))));
	OK(do_connect(c, none));
	OK(do_connect(c, loop_addr(port_of(l))));
	OK(close(c));
	/* Nothing listens for text in SYNs: it comes behind the handshake. */
	c = csock(0);
	set_int(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	OK(do_connect(c, loop_addr(port_of(l))));
	send_all(c, "text", 4);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "text");
	CHECK(!text_was_in_syn(s));
	ERR(accept4(l, NULL, NULL, (nonblock(l), 0)), EAGAIN);
}

/* Twice: the second one has the cookie of the first. */
static void twice(int l, int (*client)(void), const char *text)
{
	int c, s, i;

	for (i = 0; i < 2; i++) {
		c = client();
		EQ(send_fast(c, loop_addr(port_of(l)), text, strlen(text), 0), strlen(text));
		s = OK(accept(l, NULL, NULL));
		expect_bytes(s, text);
		EQ(text_was_in_syn(s), i);
		EQ(text_was_in_syn(c), i);
		round_trip(c, s);
	}
}

static int our_client(void)
{
	return csock(0);
}

static int kernel_client(void)
{
	return ksock(client_af());
}

static int kernel_listener(int port)
{
	struct addr a = any_addr(port);
	int fd = ksock(server_af());

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	OK(do_bind(fd, a));
	OK(listen(fd, 8));
	set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, 5);
	return fd;
}

TEST(fastopen_kernel_to_ours, V46D, "mission interop: the kernel's client")
{
	fastopen_is("3");
	twice(fast_listener(), kernel_client, "to xtcp");
}

TEST(fastopen_ours_to_kernel, V46D, "mission interop: the kernel's server")
{
	fastopen_is("3");
	twice(kernel_listener(0), our_client, "to the kernel");
}

#define KEY "00010203-04050607-08090a0b-0c0d0e0f"

TEST(fastopen_key, V46 | XTCP_ONLY, "linux-surface 1 fastopen_key: hex, primary and backup")
{
	char text[128] = "";
	int fd, l, c, s;

	fd = OK(open("/proc/sys/net/xtcp/fastopen_key", O_RDWR));
	OK(pread(fd, text, sizeof(text) - 1, 0));
	EQ(strlen(text), 36);
	ERR(write(fd, "1-2-3", 5), EINVAL);
	ERR(write(fd, KEY "," KEY "," KEY, 3 * 36 - 1), EINVAL);
	EQ(write(fd, KEY ",f-e-d-c", 43), 43);
	memset(text, 0, sizeof(text));
	OK(pread(fd, text, sizeof(text) - 1, 0));
	if (strcmp(text, KEY ",0000000f-0000000e-0000000d-0000000c\n"))
		FAIL("fastopen_key is %s", text);

	/* With the kernel's key its cookies are good here. */
	fastopen_is("3");
	write_file("/proc/sys/net/ipv4/tcp_fastopen_key", KEY);
	l = kernel_listener(0);
	c = csock(0);
	EQ(send_fast(c, loop_addr(port_of(l)), "cookie", 6, 0), 6);
	expect_bytes(OK(accept(l, NULL, NULL)), "cookie");
	l = fast_listener();
	c = csock(0);
	EQ(send_fast(c, loop_addr(port_of(l)), "text", 4, 0), 4);
	s = OK(accept(l, NULL, NULL));
	expect_bytes(s, "text");
	CHECK(text_was_in_syn(s));
}
