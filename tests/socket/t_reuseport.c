// SPDX-License-Identifier: GPL-2.0-only
/*
 * SO_REUSEPORT: who may share a port, which of several listeners a client gets, and what the
 * kernel's own TCP has to do with it: nothing. Run by st.c.
 */
#include "st.h"

#define PORT		4000
#define CLIENT_PORT	5000
#define UNPRIVILEGED_UID 65534

/* A socket that wants to share, bound to that address, or minus errno. */
static int sharing(int fd, struct addr a)
{
	int err;

	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (!do_bind(fd, a))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int share(struct addr a)
{
	return sharing(sock(a.sa.sa_family, 0), a);
}

static int kshare(struct addr a)
{
	return sharing(ksock(a.sa.sa_family), a);
}

static int member(struct addr a)
{
	int fd = share(a);

	if (fd < 0)
		FAIL("bind: %s", st_errname(-fd));
	OK(listen(fd, 64));
	return fd;
}

/* Index of the one that has a connection for accept(), which is done. */
static int who_accepts(const int *l, int n, int *s)
{
	struct pollfd p[8];

	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = l[i], .events = POLLIN };
	EQ(poll(p, n, DEADLINE_MS), 1);
	for (int i = 0; i < n; i++) {
		if (!p[i].revents)
			continue;
		*s = OK(accept(l[i], NULL, NULL));
		return i;
	}
	FAIL("poll() named nobody");
}

/* Who gets a client that comes from that port, or from any if 0; nothing of it is left. */
static int who_gets(const int *l, int n, int port)
{
	int c = csock(0), s, i;

	if (port)
		OK(do_bind(c, loop_addr(port)));
	OK(do_connect(c, loop_addr(PORT)));
	i = who_accepts(l, n, &s);
	reset_by(c);
	EXPECT_EVENTS(s, P_EOF | P_OUT | POLLERR | POLLHUP);
	close(s);
	return i;
}

TEST(reuseport_both_must_ask, V46, "linux-surface 5 SO_REUSEPORT: flag before bind on all")
{
	int plain = bound(any_addr(PORT), false);

	EQ(share(any_addr(PORT)), -EADDRINUSE);
	EQ(share(loop_addr(PORT)), -EADDRINUSE);
	close(plain);
	CHECK(share(any_addr(PORT)) > 0);
	CHECK(share(any_addr(PORT)) > 0);
	ERR(do_bind(sock(server_af(), 0), any_addr(PORT)), EADDRINUSE);
	ERR(do_bind(sock(server_af(), 0), loop_addr(PORT)), EADDRINUSE);
}

TEST(reuseport_listen, V46, "linux-surface 5 SO_REUSEPORT: several listeners")
{
	int fd;

	for (int i = 0; i < 4; i++)
		member(any_addr(PORT));
	ERR(do_bind(sock(server_af(), 0), any_addr(PORT)), EADDRINUSE);
	/* SO_REUSEADDR is not enough. */
	fd = sock(server_af(), 0);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	ERR(do_bind(fd, any_addr(PORT)), EADDRINUSE);
}

TEST(reuseport_one_user, V46, "linux-surface 5 SO_REUSEPORT: same euid")
{
	int fd;

	member(any_addr(PORT));
	OK(seteuid(UNPRIVILEGED_UID));
	EQ(share(any_addr(PORT)), -EADDRINUSE);
	member(any_addr(PORT + 1));
	OK(seteuid(0));
	EQ(share(any_addr(PORT + 1)), -EADDRINUSE);
	/* Whose it is counts, not who calls bind(). */
	fd = sock(server_af(), 0);
	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	OK(seteuid(UNPRIVILEGED_UID));
	OK(do_bind(fd, any_addr(PORT)));
}

TEST(reuseport_restart, V46, "linux-surface 5 SO_REUSEPORT: beside connections and TIME-WAITs")
{
	struct pair p = { .l = member(any_addr(PORT)), .c = csock(0) };

	OK(do_connect(p.c, loop_addr(PORT)));
	p.s = OK(accept(p.l, NULL, NULL));
	close(p.l);
	p.l = member(any_addr(PORT));
	round_trip(p.c, p.s);
	close(p.l);
	close(p.s);
	expect_eof(p.c);
	close(p.c);
	ERR(do_bind(sock(server_af(), 0), any_addr(PORT)), EADDRINUSE);
	member(any_addr(PORT));
}

TEST(reuseport_spreads, V46D, "linux-surface 5 SO_REUSEPORT: hash selects, evenly")
{
	int l[4], got[4] = { 0 }, n = small_run() ? 100 : 400;

	for (int i = 0; i < 4; i++)
		l[i] = member(any_addr(PORT));
	for (int i = 0; i < n; i++)
		got[who_gets(l, 4, CLIENT_PORT + i)]++;
	/* Five standard deviations of n draws with a chance of one in four. */
	for (int i = 0; i < 4; i++)
		CHECK(abs(got[i] - n / 4) <= (n == 400 ? 43 : 22));
}

TEST(reuseport_stable, V46D, "linux-surface 5 SO_REUSEPORT: the four-tuple selects")
{
	int l[4], first[16];

	for (int i = 0; i < 4; i++)
		l[i] = member(any_addr(PORT));
	for (int i = 0; i < 16; i++)
		first[i] = who_gets(l, 4, CLIENT_PORT + i);
	for (int i = 0; i < 16; i++)
		EQ(who_gets(l, 4, CLIENT_PORT + i), first[i]);
}

/* Linux moves clients between listeners that stay. */
TEST(reuseport_others_stay, V46 | XTCP_ONLY, "docs/server: who comes or goes moves no other's clients")
{
	int l[4], first[32], now;

	for (int i = 0; i < 4; i++)
		l[i] = member(any_addr(PORT));
	for (int i = 0; i < 32; i++)
		first[i] = who_gets(l, 4, CLIENT_PORT + i);
	close(l[1]);
	l[1] = member(any_addr(PORT));
	for (int i = 0; i < 32; i++) {
		now = who_gets(l, 4, CLIENT_PORT + i);
		CHECK(now == first[i] || now == 1 || first[i] == 1);
	}
	close(l[1]);
	l[1] = l[3];
	for (int i = 0; i < 32; i++) {
		now = who_gets(l, 3, CLIENT_PORT + i);
		CHECK(first[i] == 1 || (now == 1 ? 3 : now) == first[i]);
	}
}

TEST(reuseport_address_first, V46, "linux-surface 5 SO_REUSEPORT: the more specific address wins")
{
	int l[] = { member(any_addr(PORT)), member(any_addr(PORT)), member(loop_addr(PORT)) };

	for (int i = 0; i < 16; i++)
		EQ(who_gets(l, 3, CLIENT_PORT + i), 2);
	close(l[2]);
	for (int i = 0; i < 16; i++)
		who_gets(l, 2, CLIENT_PORT + i);
}

static int member_on(struct addr a, const char *device)
{
	int fd = sock(a.sa.sa_family, 0);

	OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)));
	CHECK(sharing(fd, a) > 0);
	OK(listen(fd, 8));
	return fd;
}

/* Linux, with IPv6, takes the oldest group, whatever its device. */
TEST(reuseport_device, V46 | XTCP_ONLY, "linux-surface 5 SO_REUSEPORT, SO_BINDTODEVICE: the device wins")
{
	int tun = tun_open(), l[3] = { member(any_addr(PORT)) };

	l[1] = member_on(any_addr(PORT), "tun0");
	l[2] = member_on(any_addr(PORT), "lo");
	for (int i = 0; i < 16; i++)
		EQ(who_gets(l, 3, CLIENT_PORT + i), 2);
	close(l[2]);
	for (int i = 0; i < 16; i++)
		EQ(who_gets(l, 2, CLIENT_PORT + i), 0);
	close(tun);
}

/* A client of that family gets the one of its own where there is one. */
TEST(reuseport_dual_stack, ONCE, "linux-surface 5 SO_REUSEPORT: IPv4, IPv6 and both")
{
	struct addr any4 = addr_of(AF_INET, "0.0.0.0", PORT), any6 = addr_of(AF_INET6, "::", PORT);
	int l[] = { member(any6), member(any4) };

	st_variant = ST_V4;
	EQ(who_gets(l, 2, 0), 1);
	st_variant = ST_V6;
	EQ(who_gets(l, 2, 0), 0);
	ERR(do_bind(sock(AF_INET, 0), any4), EADDRINUSE);
	ERR(do_bind(sock(AF_INET6, 0), any6), EADDRINUSE);
	close(l[1]);
	st_variant = ST_DUAL;
	EQ(who_gets(l, 1, 0), 0);
}

TEST(reuseport_kernel_apart, V46 | XTCP_ONLY, "architecture 6: the kernel's TCP never shares a port with us")
{
	int ours = member(any_addr(PORT)), theirs, c, s;

	EQ(kshare(any_addr(PORT)), -EADDRINUSE);
	EQ(kshare(loop_addr(PORT)), -EADDRINUSE);
	theirs = kshare(any_addr(PORT + 1));
	CHECK(theirs > 0);
	EQ(share(any_addr(PORT + 1)), -EADDRINUSE);
	OK(listen(theirs, 8));
	EQ(share(any_addr(PORT + 1)), -EADDRINUSE);
	EQ(share(loop_addr(PORT + 1)), -EADDRINUSE);
	/* Their group grows, ours too, and clients find whom they mean. */
	CHECK(kshare(any_addr(PORT + 1)) > 0);
	for (int i = 0; i < 8; i++) {
		OK(do_connect(ksock(client_af()), loop_addr(PORT)));
		OK(accept(ours, NULL, NULL));
	}
	c = csock(0);
	OK(do_connect(c, loop_addr(PORT + 1)));
	s = OK(accept(theirs, NULL, NULL));
	round_trip(c, s);
	/* Held as long as one of us is there. */
	theirs = member(any_addr(PORT));
	close(ours);
	EQ(kshare(any_addr(PORT)), -EADDRINUSE);
	close(theirs);
}

#define CLIENTS		4

static volatile bool enough;

/* Comes again and again; each time somebody must be there who says hello. */
static void *client_thread(void *arg)
{
	long served = 0;

	while (!enough) {
		int fd = csock(0);

		OK(do_connect(fd, loop_addr(PORT)));
		expect_bytes(fd, "x");
		reset_by(fd);
		served++;
	}
	return (void *)served;
}

static void serve_one(int l)
{
	int fd = accept4(l, NULL, NULL, 0);

	if (fd < 0)
		FAIL("accept: %s", st_errname(errno));
	send_all(fd, "x", 1);
	close(fd);
}

TEST(reuseport_rolling_restart, V46 | XTCP_ONLY, "linux-surface 1 migrate_req: no client notices")
{
	int l[2] = { member(any_addr(PORT)), -1 }, rounds = small_run() ? 20 : 200;
	pthread_t t[CLIENTS];
	void *served;

	write_file("/proc/sys/net/xtcp/migrate_req", "1");
	for (int i = 0; i < CLIENTS; i++)
		EQ(pthread_create(&t[i], NULL, client_thread, NULL), 0);
	for (int i = 0; i < rounds; i++) {
		for (int j = 0; j < 4; j++)
			serve_one(l[0]);
		l[1] = member(any_addr(PORT));
		close(l[0]);
		l[0] = l[1];
	}
	enough = true;
	nonblock(l[0]);
	for (int i = 0; i < CLIENTS; i++) {
		while (pthread_tryjoin_np(t[i], &served)) {
			struct pollfd p = { .fd = l[0], .events = POLLIN };

			if (poll(&p, 1, 10) > 0)
				serve_one(l[0]);
		}
		CHECK((long)served > 0);
	}
}
