// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll() and epoll: the exact mask of every situation of linux-surface.md section 7, and the
 * level, edge and oneshot modes on top of it. Run by st.c.
 */
#include "st.h"

#define RESET_MASK	(P_EOF | P_OUT | POLLERR | POLLHUP)

TEST(poll_fresh, V46, "linux-surface 7: fresh socket OUT HUP")
{
	int fd = csock(0);

	EXPECT_EVENTS(fd, P_OUT | POLLHUP);
	EQ(so_error(fd), 0);
	fd = bound(any_addr(0), false);
	EXPECT_EVENTS(fd, P_OUT | POLLHUP);
}

TEST(poll_listen, V46D, "linux-surface 7: LISTEN empty none, with child IN")
{
	int l = listener(2);

	EQ(events_now(l), 0);
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	EXPECT_EVENTS(l, P_IN);
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	EXPECT_EVENTS(l, P_IN);
	OK(accept(l, NULL, NULL));
	EQ(events_now(l), P_IN);
	OK(accept(l, NULL, NULL));
	EQ(events_now(l), 0);
	EQ(so_error(l), 0);
}

TEST(poll_listen_shutdown, V46, "linux-surface 7: listener after shutdown(RD) OUT HUP")
{
	int l = listener(2);

	OK(shutdown(l, SHUT_RD));
	EXPECT_EVENTS(l, P_OUT | POLLHUP);
	EQ(so_error(l), 0);
}

TEST(poll_syn_sent, V46, "linux-surface 7: SYN-SENT none")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	EQ(events_now(fd), 0);
	EQ(so_error(fd), 0);
	close(tun);
}

TEST(poll_refused, V46, "linux-surface 7: connect refused, afterwards IN OUT HUP RDHUP")
{
	int fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, loop_addr(4000)), EINPROGRESS);
	EXPECT_EVENTS(fd, RESET_MASK);
	EQ(so_error(fd), ECONNREFUSED);
	EXPECT_EVENTS(fd, P_EOF | P_OUT | POLLHUP);
}

TEST(poll_unreachable, V46, "linux-surface 7: connect ICMP, the set of refused")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);
	uint8_t syn[256];
	size_t len;

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	len = tun_read_syn(tun, syn, sizeof(syn));
	tun_host_unreachable(tun, syn, len);
	EXPECT_EVENTS(fd, RESET_MASK);
	EQ(so_error(fd), EHOSTUNREACH);
}

TEST(poll_established, V46D, "linux-surface 7: ESTABLISHED OUT, +IN with data")
{
	struct pair p = connect_pair();

	EXPECT_EVENTS(p.c, P_OUT);
	EXPECT_EVENTS(p.s, P_OUT);
	send_all(p.c, "x", 1);
	EXPECT_EVENTS(p.s, P_IN | P_OUT);
	expect_bytes(p.s, "x");
	EXPECT_EVENTS(p.s, P_OUT);
	EQ(so_error(p.s), 0);
}

TEST(poll_rcvlowat, V46, "linux-surface 5, 7 SO_RCVLOWAT: IN with >= RCVLOWAT bytes")
{
	struct pair p = connect_pair();

	set_int(p.s, SOL_SOCKET, SO_RCVLOWAT, 4);
	EQ(get_int(p.s, SOL_SOCKET, SO_RCVLOWAT), 4);
	send_all(p.c, "abc", 3);
	wait_inq(p.s, 3);
	EQ(events_now(p.s), P_OUT);
	send_all(p.c, "d", 1);
	EXPECT_EVENTS(p.s, P_IN | P_OUT);
	expect_bytes(p.s, "a");
	EQ(events_now(p.s), P_OUT);
	set_int(p.s, SOL_SOCKET, SO_RCVLOWAT, 0);
	EQ(get_int(p.s, SOL_SOCKET, SO_RCVLOWAT), 1);
	EXPECT_EVENTS(p.s, P_IN | P_OUT);
}

TEST(poll_peer_fin, V46D, "linux-surface 7: peer FIN IN OUT RDHUP, before and after reading")
{
	struct pair p = connect_pair();

	send_all(p.c, "x", 1);
	OK(shutdown(p.c, SHUT_WR));
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	expect_bytes(p.s, "x");
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	expect_eof(p.s);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	EQ(so_error(p.s), 0);
	EXPECT_EVENTS(p.c, P_OUT);
}

TEST(poll_reset_in_close_wait, V46D, "linux-surface 7: RST in CLOSE-WAIT, EPIPE")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	reset_by(p.c);
	EXPECT_EVENTS(p.s, RESET_MASK);
	EQ(so_error(p.s), EPIPE);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLHUP);
}

TEST(poll_reset, V46D, "linux-surface 7: RST in ESTABLISHED, ECONNRESET")
{
	struct pair p = connect_pair();

	reset_by(p.c);
	EXPECT_EVENTS(p.s, RESET_MASK);
	EQ(so_error(p.s), ECONNRESET);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLHUP);
}

TEST(poll_shutdown_write, V46D, "linux-surface 7: shutdown(WR) OUT; + peer FIN IN OUT HUP RDHUP")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	EXPECT_EVENTS(p.c, P_OUT);
	OK(shutdown(p.s, SHUT_WR));
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLHUP);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLHUP);
	EQ(so_error(p.c), 0);
	EQ(so_error(p.s), 0);
}

TEST(poll_shutdown_read, V46D, "linux-surface 7: shutdown(RD) IN OUT RDHUP")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_RD));
	EXPECT_EVENTS(p.c, P_EOF | P_OUT);
	round_trip(p.c, p.s);
	EXPECT_EVENTS(p.c, P_EOF | P_OUT);
	EXPECT_EVENTS(p.s, P_OUT);	/* the peer is not told */
}

TEST(poll_shutdown_both, V46D, "linux-surface 7: shutdown(RDWR) IN OUT HUP RDHUP")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_RDWR));
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLHUP);
	EXPECT_EVENTS(p.s, P_EOF | P_OUT);
	EQ(so_error(p.c), 0);
}

TEST(poll_shutdown_both_then_data, V46D, "linux-surface 7: then data arrives: RST, ECONNRESET")
{
	struct pair p = connect_pair();

	OK(shutdown(p.c, SHUT_RDWR));
	expect_eof(p.s);
	send_all(p.s, "late", 4);
	EXPECT_EVENTS(p.c, RESET_MASK);
	EQ(so_error(p.c), ECONNRESET);
	EXPECT_EVENTS(p.s, RESET_MASK);
	EQ(so_error(p.s), EPIPE);	/* it was in CLOSE-WAIT */
}

TEST(poll_full, V46D, "linux-surface 7 send buffer: no OUT when full, OUT with space (1/3 rule)")
{
	struct pair p = connect_pair();
	size_t n = fill(p.c);

	EQ(events_now(p.c), 0);
	drain(p.s, 1);
	EQ(events_now(p.c), 0);		/* far from a third */
	drain(p.s, n - 1);
	EXPECT_EVENTS(p.c, P_OUT);
}

TEST(poll_hup_err_unasked, V46, "linux-surface 7: HUP and ERR always, RDHUP by subscription")
{
	struct pair p = connect_pair();
	struct pollfd fd = { .fd = p.s };

	reset_by(p.c);
	EQ(poll(&fd, 1, DEADLINE_MS), 1);
	EQ(fd.revents, POLLERR | POLLHUP);
}

static int epoll_on(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	return ep;
}

static uint32_t epoll_next(int ep, int ms)
{
	struct epoll_event ev;

	return OK(epoll_wait(ep, &ev, 1, ms)) ? ev.events : 0;
}

TEST(epoll_level, V46, "linux-surface 7: level-triggered")
{
	struct pair p = connect_pair();
	int ep = epoll_on(p.s, EPOLLIN);

	EQ(epoll_next(ep, 0), 0);
	send_all(p.c, "ab", 2);
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
	expect_bytes(p.s, "a");
	EQ(epoll_next(ep, 0), EPOLLIN);
	expect_bytes(p.s, "b");
	EQ(epoll_next(ep, 0), 0);
}

TEST(epoll_edge_in, V46, "linux-surface 7: EPOLLET, one event per arrival")
{
	struct pair p = connect_pair();
	int ep = epoll_on(p.s, EPOLLIN | EPOLLET);

	send_all(p.c, "a", 1);
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
	EQ(epoll_next(ep, 0), 0);	/* unread, but no news */
	send_all(p.c, "b", 1);
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
	expect_bytes(p.s, "ab");
	EQ(epoll_next(ep, 0), 0);
	OK(shutdown(p.c, SHUT_WR));
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
}

TEST(epoll_edge_out, V46, "linux-surface 7: EPOLLET OUT, an edge after EAGAIN only")
{
	struct pair p = connect_pair();
	int ep = epoll_on(p.c, EPOLLOUT | EPOLLET);
	size_t n;

	EQ(epoll_next(ep, 0), EPOLLOUT);
	round_trip(p.c, p.s);
	round_trip(p.s, p.c);
	n = fill(p.c);
	drain(p.s, n);
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLOUT);
	send_all(p.c, "x", 1);
	expect_bytes(p.s, "x");
	round_trip(p.s, p.c);
}

TEST(epoll_oneshot, V46, "linux-surface 7: EPOLLONESHOT, silent until armed again")
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	struct pair p = connect_pair();
	int ep = epoll_on(p.s, ev.events);

	send_all(p.c, "a", 1);
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
	send_all(p.c, "b", 1);
	wait_for(p.s, POLLIN);
	EQ(epoll_next(ep, 0), 0);
	OK(epoll_ctl(ep, EPOLL_CTL_MOD, p.s, &ev));
	EQ(epoll_next(ep, 0), EPOLLIN);
}

TEST(epoll_rdhup_subscription, V46, "linux-surface 7: EPOLLRDHUP needs subscription")
{
	struct pair p = connect_pair();
	int plain = epoll_on(p.s, EPOLLIN), with = epoll_on(p.s, EPOLLIN | EPOLLRDHUP);

	OK(shutdown(p.c, SHUT_WR));
	EQ(epoll_next(with, DEADLINE_MS), EPOLLIN | EPOLLRDHUP);
	EQ(epoll_next(plain, DEADLINE_MS), EPOLLIN);
}

TEST(epoll_accept_edge, V46, "linux-surface 7: wake-up for each connection")
{
	int l = listener(4), ep = epoll_on(l, EPOLLIN | EPOLLET);

	for (int i = 0; i < 3; i++) {
		OK(do_connect(csock(0), loop_addr(port_of(l))));
		EQ(epoll_next(ep, DEADLINE_MS), EPOLLIN);
	}
	EQ(epoll_next(ep, 0), 0);
}

TEST(epoll_connect_edge, V46, "linux-surface 7: wake-ups, a state change")
{
	int l = listener(0), fd = csock(SOCK_NONBLOCK), ep;

	OK(do_connect(csock(0), loop_addr(port_of(l))));
	ERR(do_connect(fd, loop_addr(port_of(l))), EINPROGRESS);
	ep = epoll_on(fd, EPOLLOUT | EPOLLET);
	EQ(epoll_next(ep, 0), 0);
	OK(accept(l, NULL, NULL));
	EQ(epoll_next(ep, DEADLINE_MS), EPOLLOUT);
}

TEST(select_agrees, V46, "linux-surface 7: select() from the same mask")
{
	struct pair p = connect_pair();
	fd_set r, w, e;

	send_all(p.c, "x", 1);
	wait_for(p.s, POLLIN);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(p.s, &r);
	FD_SET(p.s, &w);
	FD_SET(p.s, &e);
	EQ(select(p.s + 1, &r, &w, &e, NULL), 2);
	CHECK(FD_ISSET(p.s, &r) && FD_ISSET(p.s, &w) && !FD_ISSET(p.s, &e));
}
