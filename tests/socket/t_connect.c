// SPDX-License-Identifier: GPL-2.0-only
/*
 * connect(): blocking and not, the errno of each state and each destination, disconnect, and
 * interruption. A host that never answers keeps SYN-SENT still (st_tun.c). Run by st.c.
 */
#include "st.h"

TEST(connect_refused, V46D, "linux-surface 8 errno: RST in SYN-SENT ECONNREFUSED")
{
	int fd = csock(0);

	ERR(do_connect(fd, loop_addr(4000)), ECONNREFUSED);
	EQ(so_error(fd), 0);		/* connect() has reported it */
	OK(listen(bound(any_addr(4000), false), 1));
	OK(do_connect(fd, loop_addr(4000)));
}

TEST(connect_nonblocking, V46D, "linux-surface 8 connect: EINPROGRESS, then done, then EISCONN")
{
	int l = listener(1), fd = csock(SOCK_NONBLOCK);
	struct addr a = loop_addr(port_of(l));

	ERR(do_connect(fd, a), EINPROGRESS);
	wait_for(fd, POLLOUT);
	EQ(so_error(fd), 0);
	OK(do_connect(fd, a));		/* the call that was in progress has succeeded */
	ERR(do_connect(fd, a), EISCONN);
}

TEST(connect_nonblocking_refused, V46, "linux-surface 8 connect: then ECONNABORTED, then works")
{
	int fd = csock(SOCK_NONBLOCK);
	struct addr a = loop_addr(4000);

	ERR(do_connect(fd, a), EINPROGRESS);
	wait_for(fd, POLLHUP);
	EQ(so_error(fd), ECONNREFUSED);
	EQ(so_error(fd), 0);
	ERR(do_connect(fd, a), ECONNABORTED);
	OK(listen(bound(any_addr(4000), false), 1));
	ERR(do_connect(fd, a), EINPROGRESS);
	wait_for(fd, POLLOUT);
	EQ(so_error(fd), 0);
}

TEST(connect_nonblocking_refused_by_connect, V46, "linux-surface 8 connect: a pending error")
{
	int fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, loop_addr(4000)), EINPROGRESS);
	wait_for(fd, POLLHUP);
	ERR(do_connect(fd, loop_addr(4000)), ECONNREFUSED);
	EQ(so_error(fd), 0);
}

TEST(connect_in_progress, V46, "linux-surface 8 connect: in progress EALREADY")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	ERR(do_connect(fd, silent_addr(80)), EALREADY);
	ERR(do_connect(fd, silent_addr(81)), EALREADY);
	close(tun);
}

TEST(connect_wrong_state, V46, "linux-surface 8 connect: connected EISCONN, LISTEN EISCONN")
{
	struct pair p = connect_pair();
	struct addr a = loop_addr(port_of(p.l));

	ERR(do_connect(p.c, a), EISCONN);
	ERR(do_connect(p.s, a), EISCONN);
	ERR(do_connect(p.l, a), EISCONN);
	OK(shutdown(p.c, SHUT_WR));
	ERR(do_connect(p.c, a), EISCONN);
}

TEST(connect_bad_address, V46, "linux-surface 8 connect: short EINVAL, family EAFNOSUPPORT")
{
	int fd = csock(0);
	struct addr a = loop_addr(4000);

	ERR(connect(fd, &a.sa, 0), EINVAL);
	ERR(connect(fd, &a.sa, 1), EINVAL);
	ERR(connect(fd, &a.sa, (st_variant == ST_V4 ? sizeof(a.in) : 24) - 1), EINVAL);
	ERR(connect(fd, NULL, a.len), EFAULT);
	a.sa.sa_family = AF_UNIX;
	ERR(do_connect(fd, a), EAFNOSUPPORT);
	ERR(do_connect(fd, loop_addr(4000)), ECONNREFUSED);
}

TEST(connect_no_route, V46, "linux-surface 8 connect: no route ENETUNREACH")
{
	struct addr a = client_af() == AF_INET ? addr_of(AF_INET, "198.51.100.1", 80) :
						 addr_of(AF_INET6, "2001:db8:1::1", 80);
	int fd = csock(0);

	ERR(do_connect(fd, a), ENETUNREACH);
	EQ(so_error(fd), 0);
	OK(do_connect(fd, loop_addr(port_of(listener(1)))));
}

TEST(connect_multicast, V46, "linux-surface 8 connect: bcast/mcast ENETUNREACH; mission S1.3a")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	if (client_af() == AF_INET) {
		ERR(do_connect(fd, addr_of(AF_INET, "224.0.0.1", 80)), ENETUNREACH);
		ERR(do_connect(fd, addr_of(AF_INET, "255.255.255.255", 80)), ENETUNREACH);
		ERR(do_connect(fd, addr_of(AF_INET, "192.0.2.255", 80)), ENETUNREACH);
	} else {
		struct addr a = addr_of(AF_INET6, "ff02::1", 80);

		a.in6.sin6_scope_id = 1;
		ERR(do_connect(fd, a), ENETUNREACH);
		ERR(do_connect(fd, addr_of(AF_INET6, "ff0e::1", 80)), ENETUNREACH);
	}
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	close(tun);
}

TEST(connect_any_is_loopback, V46, "linux-surface 8 connect: the any address is this host")
{
	int l = listener(1), fd = csock(0);

	OK(do_connect(fd, any_addr(port_of(l))));
	round_trip(fd, OK(accept(l, NULL, NULL)));
}

TEST(connect_bound, V46, "linux-surface 8 connect: from the bound address and port")
{
	int l = listener(1), fd = bound(loop_addr(4001), false);
	struct addr a;

	OK(do_connect(fd, loop_addr(port_of(l))));
	a = peer_addr(OK(accept(l, NULL, NULL)));
	EQ(addr_port(&a), 4001);
}

TEST(connect_other_loopback_source, ONCE, "linux-surface 8 connect: source follows the bind")
{
	int l = listener(1), fd = bound(addr_of(AF_INET, "127.0.0.9", 0), false);
	struct addr a;

	OK(do_connect(fd, loop_addr(port_of(l))));
	a = peer_addr(OK(accept(l, NULL, NULL)));
	CHECK(addr_is(&a, "127.0.0.9"));
}

TEST(connect_to_itself, V46, "rfc9293 3.5 simultaneous open on one socket")
{
	int fd = bound(loop_addr(4001), false);

	OK(do_connect(fd, loop_addr(4001)));
	send_all(fd, "mirror", 6);
	expect_bytes(fd, "mirror");
	OK(shutdown(fd, SHUT_WR));
	expect_eof(fd);
}

TEST(connect_host_unreachable, V46, "linux-surface 8 errno: ICMP in SYN-SENT, immediate")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);
	uint8_t syn[256];
	size_t len;

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	len = tun_read_syn(tun, syn, sizeof(syn));
	EQ(events_now(fd), 0);
	tun_host_unreachable(tun, syn, len);
	wait_for(fd, POLLERR);
	EQ(so_error(fd), EHOSTUNREACH);
}

TEST(connect_timeout_send_timeo, V46, "linux-surface 5 SO_SNDTIMEO: connect EINPROGRESS")
{
	struct timeval tv = { .tv_usec = 20000 };
	int tun = tun_open(), fd = csock(0);

	OK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	EQ(events_now(fd), 0);
	nonblock(fd);
	ERR(do_connect(fd, silent_addr(80)), EALREADY);
	close(tun);
}

/* One SYN retransmission: 1 + 2 s instead of a minute. */
static void few_syns(void)
{
	if (st_family != ST_INET) {
		write_file("/proc/sys/net/xtcp/syn_retries", "1");
		write_file("/proc/sys/net/xtcp/syn_linear_timeouts", "0");
		return;
	}
	write_file("/proc/sys/net/ipv4/tcp_syn_retries", "1");
	if (!access("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", F_OK))
		write_file("/proc/sys/net/ipv4/tcp_syn_linear_timeouts", "0");
}

TEST(connect_times_out, V46, "linux-surface 8 errno: ETIMEDOUT; 7 connect timeout; mission E1")
{
	int tun = tun_open(), fd = csock(0), nb = csock(SOCK_NONBLOCK);

	few_syns();
	ERR(do_connect(nb, silent_addr(81)), EINPROGRESS);
	ERR(do_connect(fd, silent_addr(80)), ETIMEDOUT);
	EXPECT_EVENTS(nb, P_EOF | P_OUT | POLLERR | POLLHUP);
	EQ(so_error(nb), ETIMEDOUT);
	OK(do_connect(fd, loop_addr(port_of(listener(1)))));
	close(tun);
}

TEST(connect_interrupted, V46, "linux-surface 8 connect: EINTR, continues, then EALREADY")
{
	int tun = tun_open(), fd = csock(0);

	catch_signal(SIGALRM, 0);
	alarm_every_ms(10);
	ERR(do_connect(fd, silent_addr(80)), EINTR);
	alarm_every_ms(0);
	nonblock(fd);
	ERR(do_connect(fd, silent_addr(80)), EALREADY);
	close(tun);
}

TEST(connect_interrupted_completes, V46, "linux-surface 8 connect: EINTR, then EISCONN")
{
	int l = listener(0), fd = csock(0);
	struct addr a = loop_addr(port_of(l));

	OK(do_connect(csock(0), a));	/* fills the queue: the next SYN waits for room */
	catch_signal(SIGALRM, 0);
	alarm_every_ms(10);
	ERR(do_connect(fd, a), EINTR);
	alarm_every_ms(0);
	OK(accept(l, NULL, NULL));
	wait_for(fd, POLLOUT);
	EQ(so_error(fd), 0);
	OK(do_connect(fd, a));
	ERR(do_connect(fd, a), EISCONN);
	round_trip(fd, OK(accept(l, NULL, NULL)));
}

struct connecting {
	int fd;
	struct addr to;
};

static void *connect_thread(void *arg)
{
	struct connecting *c = arg;

	return (void *)(long)(do_connect(c->fd, c->to) < 0 ? errno : 0);
}

TEST(connect_aborted_by_shutdown, V46, "linux-surface 8 shutdown: SYN-SENT, ECONNRESET")
{
	struct connecting c = { csock(0), silent_addr(80) };
	int tun = tun_open();
	uint8_t syn[256];
	pthread_t t;
	void *res;

	EQ(pthread_create(&t, NULL, connect_thread, &c), 0);
	tun_read_syn(tun, syn, sizeof(syn));
	OK(shutdown(c.fd, SHUT_RDWR));
	EQ(pthread_join(t, &res), 0);
	EQ((long)res, ECONNRESET);
}

TEST(connect_nonblocking_aborted_by_shutdown, V46, "linux-surface 8 shutdown: SYN-SENT aborts")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	OK(shutdown(fd, SHUT_WR));
	EQ(so_error(fd), ECONNRESET);
	close(tun);
}

static struct addr unspec(void)
{
	struct addr a = addr_of(AF_INET, "0.0.0.0", 0);

	a.sa.sa_family = AF_UNSPEC;
	return a;
}

TEST(disconnect_connected, V46D, "linux-surface 8 connect: AF_UNSPEC disconnects, RST if needed")
{
	struct pair p = connect_pair();
	struct addr a = { .len = sizeof(a.in6) };
	char byte;

	send_all(p.s, "unread", 6);
	wait_for(p.c, POLLIN);
	OK(do_connect(p.c, unspec()));
	EXPECT_EVENTS(p.s, P_EOF | P_OUT | POLLERR | POLLHUP);
	ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	ERR(getpeername(p.c, &a.sa, &a.len), ENOTCONN);
	/* The socket is as good as new: what was unread is gone. */
	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	close(p.s);
	p.s = OK(accept(p.l, NULL, NULL));
	round_trip(p.c, p.s);
}

TEST(disconnect_in_progress, V46, "linux-surface 8 connect: AF_UNSPEC in SYN-SENT")
{
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK), l = listener(1);

	ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	OK(do_connect(fd, unspec()));
	EQ(so_error(fd), ECONNRESET);
	ERR(do_connect(fd, loop_addr(port_of(l))), EINPROGRESS);
	EXPECT_EVENTS(fd, P_OUT);
	close(tun);
}

TEST(disconnect_listener, V46, "linux-surface 8 connect: AF_UNSPEC in LISTEN stops listening")
{
	int l = bound(any_addr(4000), false);

	OK(listen(l, 1));
	OK(do_connect(l, unspec()));
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
	ERR(do_connect(csock(0), loop_addr(4000)), ECONNREFUSED);
}

TEST(disconnect_keeps_bound_port, V46, "linux-surface 8 connect: AF_UNSPEC, a bound port stays")
{
	int fd = bound(any_addr(4001), false);
	struct pair p;

	p.l = listener(1);
	OK(do_connect(fd, loop_addr(port_of(p.l))));
	OK(do_connect(fd, unspec()));
	EQ(port_of(fd), 4001);
	ERR(do_bind(sock(server_af(), 0), any_addr(4001)), EADDRINUSE);
}
