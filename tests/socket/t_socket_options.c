// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of SOL_SOCKET by what they do: devices, marks, filters, times, and what a socket tells
 * of itself. Buffers, lingering and keepalive are elsewhere. Run by st.c.
 */
#include "st.h"

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <sched.h>

#ifndef SO_RESERVE_MEM
#define SO_RESERVE_MEM 73
#endif
#ifndef SO_TXREHASH
#define SO_TXREHASH 74
#endif
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

#define UNPRIVILEGED_UID 65534
#define MARK	0x77

static struct sock_filter pass_all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffffffff) };
static struct sock_filter pass_none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
/* Of a segment with a header of 32 bytes: 3 bytes of its text. */
static struct sock_filter pass_three[] = { BPF_STMT(BPF_RET | BPF_K, 32 + 3) };

static void detach(int fd)
{
	OK(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &(int) { 0 }, 4));
}

TEST(filter_listener, V46, "linux-surface 5 SO_ATTACH_FILTER: runs before the state machine")
{
	int l = listener(1), c = csock(SOCK_NONBLOCK), s;

	OK(ATTACH(l, pass_none));
	ERR(do_connect(c, loop_addr(port_of(l))), EINPROGRESS);
	EQ(events_now(c), 0);		/* no SYN,ACK and no RST */
	detach(l);
	wait_for(c, POLLOUT);		/* the SYN has come again */
	EQ(so_error(c), 0);
	OK(ATTACH(l, pass_all));
	s = OK(accept(l, NULL, NULL));
	round_trip(c, s);
	ERR(setsockopt(s, SOL_SOCKET, SO_DETACH_FILTER, &(int) { 0 }, 4), ENOENT);
}

TEST(filter_inherited, V46, "linux-surface 5 SO_ATTACH_FILTER: a child has its listener's")
{
	int l = listener(1), c = csock(0), s;

	OK(ATTACH(l, pass_all));
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	round_trip(c, s);
	detach(s);
	detach(l);
	ERR(setsockopt(l, SOL_SOCKET, SO_DETACH_FILTER, &(int) { 0 }, 4), ENOENT);
	ERR(ATTACH(l, ((struct sock_filter[]){ { .code = 0xffff } })), EINVAL);
}

TEST(filter_drops, V46, "linux-surface 5 SO_ATTACH_FILTER: what it refuses is as lost")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	OK(ATTACH(p.s, pass_none));
	send_all(p.c, "x", 1);
	EQ(inq(p.s), 0);
	detach(p.s);
	expect_bytes(p.s, "x");		/* when it is sent again */
}

TEST(filter_trims, V46, "linux-surface 5 SO_ATTACH_FILTER: text may be cut off")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	OK(ATTACH(p.s, pass_three));
	send_all(p.c, "abcdef", 6);
	wait_inq(p.s, 3);
	detach(p.s);
	expect_bytes(p.s, "abcdef");	/* the rest is sent again */
}

TEST(filter_trims_no_header, V46, "linux-surface 5 SO_ATTACH_FILTER: never below the header")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	OK(ATTACH(p.s, ((struct sock_filter[]){ BPF_STMT(BPF_RET | BPF_K, 1) })));
	send_all(p.s, "x", 1);
	expect_bytes(p.c, "x");
	while (outq(p.s))		/* the bare ACK passes */
		sched_yield();
	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
}

TEST(filter_locked, V46, "linux-surface 5 SO_LOCK_FILTER: for good")
{
	int fd = csock(0);

	OK(ATTACH(fd, pass_all));
	EQ(get_int(fd, SOL_SOCKET, SO_LOCK_FILTER), 0);
	set_int(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_LOCK_FILTER), 1);
	ERR(ATTACH(fd, pass_none), EPERM);
	ERR(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &(int) { 0 }, 4), EPERM);
	ERR(setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &(int) { 0 }, 4), EPERM);
}

#define PORT 4000

static int member(int reuse)
{
	int fd = sock(server_af(), 0);

	set_int(fd, SOL_SOCKET, SO_REUSEPORT, reuse);
	OK(do_bind(fd, any_addr(PORT)));
	return fd;
}

static int choose_by(int fd, struct sock_filter *code, int n)
{
	struct sock_fprog prog = { .len = n, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog, sizeof(prog));
}

static int choose(int fd, int index)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, index) };

	return choose_by(fd, code, 1);
}

/* Which of the listeners has got a client. */
static int who(const int *l, int n)
{
	struct pollfd p[4];
	int c = csock(0), found = -1;

	OK(do_connect(c, loop_addr(PORT)));
	for (int i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = l[i], .events = POLLIN };
	EQ(poll(p, n, DEADLINE_MS), 1);
	for (int i = 0; i < n; i++)
		if (p[i].revents)
			found = i;
	close(OK(accept(l[found], NULL, NULL)));
	close(c);
	return found;
}

TEST(reuseport_program, V46D, "linux-surface 5 ATTACH_REUSEPORT_CBPF: names the nth that listens")
{
	int l[3];

	for (int i = 0; i < 3; i++) {
		l[i] = member(1);
		OK(listen(l[i], 8));
	}
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3; i++) {
			OK(choose(l[(i + round) % 3], i));	/* whose option it is matters not */
			for (int j = 0; j < 4; j++)
				EQ(who(l, 3), i);
		}
	/* One that there is not: as without a program. */
	OK(choose(l[0], 7));
	who(l, 3);
	close(l[0]);		/* the last takes the place of one that goes */
	OK(choose(l[1], 0));
	EQ(who(l + 1, 2), 1);
	OK(choose(l[1], 1));
	EQ(who(l + 1, 2), 0);
	OK(setsockopt(l[1], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &(int) { 0 }, 4));
	ERR(setsockopt(l[2], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &(int) { 0 }, 4), ENOENT);
	who(l + 1, 2);
}

TEST(reuseport_program_early, V46, "linux-surface 5 ATTACH_REUSEPORT_CBPF: before listen(), EINVAL")
{
	int l[2] = { member(1), -1 }, fd = csock(0);

	ERR(choose(fd, 0), EINVAL);	/* without SO_REUSEPORT */
	OK(choose(l[0], 1));
	OK(listen(l[0], 8));
	EQ(who(l, 1), 0);		/* there is no other yet */
	l[1] = member(1);
	OK(listen(l[1], 8));
	for (int i = 0; i < 4; i++)
		EQ(who(l, 2), 1);
}

/* The program reads the port of the client from the header that lies before what it sees. */
TEST(reuseport_program_header, V46, "linux-surface 5 ATTACH_REUSEPORT_CBPF: sees the segment")
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	int l[2] = { member(1), member(1) };

	OK(listen(l[0], 8));
	OK(listen(l[1], 8));
	OK(choose_by(l[0], code, 2));
	for (int i = 0; i < 4; i++)
		EQ(who(l, 2), 0);	/* a SYN has no text */
}

TEST(incoming_cpu_listener, V46, "linux-surface 5 SO_INCOMING_CPU: of a group, the one of this CPU")
{
	cpu_set_t one;
	int l[3];

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	OK(sched_setaffinity(0, sizeof(one), &one));
	for (int i = 0; i < 3; i++) {
		l[i] = member(1);
		set_int(l[i], SOL_SOCKET, SO_INCOMING_CPU, i == 1 ? 0 : 1);
		OK(listen(l[i], 8));
	}
	for (int i = 0; i < 8; i++)
		EQ(who(l, 3), 1);
}

TEST(option_mark, V46, "linux-surface 5 SO_MARK: on all that is sent, of listeners too")
{
	int tap = tap_mark(MARK), l = listener(1), c = csock(0), s;

	set_int(l, SOL_SOCKET, SO_MARK, MARK);
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	EQ(get_int(s, SOL_SOCKET, SO_MARK), MARK);
	round_trip(s, c);
	tap_next(tap, port_of(l), 0, T_SYN | T_ACK);
	EQ(tap_next(tap, port_of(l), 0, T_ACK).text, 1);
	set_int(s, SOL_SOCKET, SO_MARK, 0);
	set_int(c, SOL_SOCKET, SO_MARK, MARK);
	reset_by(c);
	tap_next(tap, 0, port_of(l), T_RST | T_ACK);
	c = csock(0);
	set_int(c, SOL_SOCKET, SO_MARK, MARK);
	OK(do_connect(c, loop_addr(port_of(l))));
	tap_next(tap, 0, port_of(l), T_SYN);
}

TEST(option_mark_routes, V46, "linux-surface 5 SO_MARK: connect() goes by ip rule")
{
	bool four = client_af() == AF_INET;
	int c = csock(0), l = listener(1);

	EQ(system(four ? "ip rule add fwmark 0x77 unreachable pref 1 && ip rule del pref 0 && "
			 "ip rule add pref 2 table local" :
			 "ip -6 rule add fwmark 0x77 unreachable pref 1 && ip -6 rule del pref 0 && "
			 "ip -6 rule add pref 2 table local"), 0);
	set_int(c, SOL_SOCKET, SO_MARK, MARK);
	ERR(do_connect(c, loop_addr(port_of(l))), ENETUNREACH);
	set_int(c, SOL_SOCKET, SO_MARK, 0);
	OK(do_connect(c, loop_addr(port_of(l))));
}

static int bind_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name));
}

TEST(option_bindtodevice_rules, V46, "linux-surface 5 BINDTODEVICE, BINDTOIFINDEX: who may what")
{
	char name[IFNAMSIZ] = "";
	socklen_t len = sizeof(name);
	int fd = csock(0), other = csock(0);

	ERR(bind_device(fd, "nosuch"), ENODEV);
	ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &(int) { -1 }, 4), EINVAL);
	OK(setresuid(UNPRIVILEGED_UID, UNPRIVILEGED_UID, 0));
	OK(bind_device(fd, "lo"));	/* it was bound to none */
	EQ(get_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX), 1);
	OK(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	CHECK(!strcmp(name, "lo"));
	ERR(bind_device(fd, ""), EPERM);
	ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &(int) { 0 }, 4), EPERM);
	set_int(other, SOL_SOCKET, SO_BINDTOIFINDEX, 1);
}

TEST(option_bindtodevice_connect, V46, "linux-surface 5 BINDTODEVICE: connect() goes out there")
{
	int tun = tun_open(), c = csock(SOCK_NONBLOCK), l = listener(1);
	uint8_t syn[256];

	/* The way to a local address is the device as well. */
	OK(bind_device(c, "tun0"));
	ERR(do_connect(c, silent_addr(80)), EINPROGRESS);
	CHECK(tun_read_syn(tun, syn, sizeof(syn)) > 0);
	OK(bind_device(l, "tun0"));
	ERR(do_connect(csock(0), loop_addr(port_of(l))), ECONNREFUSED);
}

TEST(option_listener_each_device, V46, "linux-surface 5 BINDTODEVICE: a listener for each device")
{
	int tun = tun_open(), l[2], c = csock(0);

	for (int i = 0; i < 2; i++) {
		l[i] = sock(server_af(), 0);
		OK(bind_device(l[i], i ? "lo" : "tun0"));
		OK(do_bind(l[i], any_addr(PORT)));
		OK(listen(l[i], 1));
	}
	OK(do_connect(c, loop_addr(PORT)));
	round_trip(c, OK(accept(l[1], NULL, NULL)));
	close(tun);
}

TEST(option_without_effect, V46, "linux-surface 5 BROADCAST NO_CHECK RXQ_OVFL BSDCOMPAT DEBUG")
{
	static const int names[] = { SO_BROADCAST, SO_NO_CHECK, SO_RXQ_OVFL, SO_DEBUG,
				     SO_DONTROUTE };
	struct pair p = connect_pair();

	for (int i = 0; i < 5; i++) {
		EQ(get_int(p.c, SOL_SOCKET, names[i]), 0);
		set_int(p.c, SOL_SOCKET, names[i], 1);
		EQ(get_int(p.c, SOL_SOCKET, names[i]), 1);
	}
	set_int(p.c, SOL_SOCKET, SO_BSDCOMPAT, 1);
	round_trip(p.c, p.s);
}

TEST(option_fixed, V46, "linux-surface 5 SO_SNDLOWAT; SO_TYPE and others are for reading")
{
	int fd = csock(0);

	EQ(get_int(fd, SOL_SOCKET, SO_SNDLOWAT), 1);
	ERR(setsockopt(fd, SOL_SOCKET, SO_SNDLOWAT, &(int) { 9 }, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, SOL_SOCKET, SO_TYPE, &(int) { 1 }, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, SOL_SOCKET, SO_DOMAIN, &(int) { 1 }, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &(int) { 1 }, 4), ENOPROTOOPT);
	ERR(setsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &(int) { 1 }, 4), ENOPROTOOPT);
}

static uint64_t get_u64(int fd, int name)
{
	uint64_t value = 0;
	socklen_t len = sizeof(value);

	OK(getsockopt(fd, SOL_SOCKET, name, &value, &len));
	EQ(len, sizeof(value));
	return value;
}

TEST(option_cookies, V46, "linux-surface 5 SO_COOKIE, NETNS_COOKIE: of each socket, of all here")
{
	struct pair p = connect_pair();

	CHECK(get_u64(p.c, SO_COOKIE));
	EQ(get_u64(p.c, SO_COOKIE), get_u64(p.c, SO_COOKIE));
	CHECK(get_u64(p.c, SO_COOKIE) != get_u64(p.s, SO_COOKIE));
	CHECK(get_u64(p.l, SO_COOKIE) != get_u64(p.s, SO_COOKIE));
	EQ(get_u64(p.c, SO_NETNS_COOKIE), get_u64(p.s, SO_NETNS_COOKIE));
}

TEST(option_meminfo, V46, "linux-surface 5 SO_MEMINFO: buffers and what is in them")
{
	uint32_t m[SK_MEMINFO_VARS];
	struct pair p = connect_pair();
	socklen_t len = sizeof(m);

	fill(p.c);
	OK(getsockopt(p.s, SOL_SOCKET, SO_MEMINFO, m, &len));
	CHECK(m[SK_MEMINFO_RMEM_ALLOC] > 0);
	EQ(m[SK_MEMINFO_RCVBUF], get_int(p.s, SOL_SOCKET, SO_RCVBUF));
	EQ(m[SK_MEMINFO_DROPS], 0);
	OK(getsockopt(p.c, SOL_SOCKET, SO_MEMINFO, m, &len));
	CHECK(m[SK_MEMINFO_WMEM_QUEUED] > 0);
	EQ(m[SK_MEMINFO_SNDBUF], get_int(p.c, SOL_SOCKET, SO_SNDBUF));
}

TEST(option_buf_lock, V46, "linux-surface 5 SO_BUF_LOCK: what SO_RCVBUF and SO_SNDBUF fix")
{
	int fd = csock(0);

	EQ(get_int(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	set_int(fd, SOL_SOCKET, SO_RCVBUF, 20000);
	EQ(get_int(fd, SOL_SOCKET, SO_BUF_LOCK), 2);
	set_int(fd, SOL_SOCKET, SO_SNDBUF, 20000);
	EQ(get_int(fd, SOL_SOCKET, SO_BUF_LOCK), 3);
	set_int(fd, SOL_SOCKET, SO_BUF_LOCK, 0);
	EQ(get_int(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	ERR(setsockopt(fd, SOL_SOCKET, SO_BUF_LOCK, &(int) { 4 }, 4), EINVAL);
}

TEST(option_txrehash, V46, "linux-surface 5 SO_TXREHASH: 0, 1, -1; SO_BUSY_POLL is kept")
{
	int fd = csock(0);

	EQ(get_int(fd, SOL_SOCKET, SO_TXREHASH), 1);
	set_int(fd, SOL_SOCKET, SO_TXREHASH, 0);
	EQ(get_int(fd, SOL_SOCKET, SO_TXREHASH), 0);
	ERR(setsockopt(fd, SOL_SOCKET, SO_TXREHASH, &(int) { 2 }, 4), EINVAL);
	set_int(fd, SOL_SOCKET, SO_BUSY_POLL, 50);
	EQ(get_int(fd, SOL_SOCKET, SO_BUSY_POLL), 50);
	set_int(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1);
	EQ(get_int(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL), 1);
}

TEST(option_busy_poll, V46, "linux-surface 5 SO_BUSY_POLL: readers and poll() still get all")
{
	struct pair p = connect_pair();

	set_int(p.s, SOL_SOCKET, SO_BUSY_POLL, 100);
	send_all(p.c, "x", 1);
	EXPECT_EVENTS(p.s, P_IN | P_OUT);
	expect_bytes(p.s, "x");
	round_trip(p.c, p.s);
}
