// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user of the dut: socket calls that check their own results, on
 * nonblocking sockets, and the fixtures that bring a connection up. Tests
 * call these; what they write and read is the pattern of segment.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/xtcp.h>

#include "wire.h"

int dut_socket(struct wire *w)
{
	int family = w->version == 4 ? AF_INET : AF_INET6, fd;

	fd = socket(w->xtcp ? AF_XTCP : family,
		    SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		fail(w, "socket: %s", strerror(errno));
	return fd;
}

/* Poll w->fd for events, ms at most; returns what is set. */
static int wait_for(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) > 0 ? p.revents : 0;
}

void dut_option(struct wire *w, int level, int name, int value)
{
	int fd = w->fd >= 0 ? w->fd : w->listener;

	if (setsockopt(fd, level, name, &value, sizeof(value)))
		fail(w, "setsockopt %d %d: %s", level, name, strerror(errno));
}

void dut_linger(struct wire *w, int seconds)
{
	struct linger l = { .l_onoff = 1, .l_linger = seconds };

	if (setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)))
		fail(w, "SO_LINGER: %s", strerror(errno));
}

/* Bind to an address of struct end's size and a port. */
static void bind_to(struct wire *w, int fd, const uint8_t *addr, int port)
{
	struct end e = { .port = port };
	struct sockaddr_storage sa;
	int one = 1;

	memcpy(e.addr, addr, sizeof(e.addr));
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (void *)&sa, sockaddr_of(w, &e, &sa)))
		fail(w, "bind to port %d: %s", port, strerror(errno));
}

static void new_listener(struct wire *w)
{
	static const uint8_t any[16];

	w->listener = dut_socket(w);
	w->dut.port = DUT_PORT;
	bind_to(w, w->listener, any, DUT_PORT);
}

static void start_listening(struct wire *w, int backlog)
{
	if (listen(w->listener, backlog))
		fail(w, "listen: %s", strerror(errno));
}

void dut_listen(struct wire *w, int backlog)
{
	new_listener(w);
	start_listening(w, backlog);
}

void dut_start_connect(struct wire *w)
{
	struct sockaddr_storage sa;

	if (!connect(w->fd, (void *)&sa, sockaddr_of(w, &w->peer, &sa)))
		fail(w, "connect returned before the handshake");
	if (errno != EINPROGRESS)
		fail(w, "connect: %s", strerror(errno));
}

void dut_connect(struct wire *w)
{
	w->fd = dut_socket(w);
	dut_start_connect(w);
}

void dut_connect_from(struct wire *w, int port)
{
	w->fd = dut_socket(w);
	bind_to(w, w->fd, w->dut.addr, port);
	dut_start_connect(w);
}

/* connect() has no port to begin from: the named one, or with 0 any. */
void dut_expect_no_port(struct wire *w, int port)
{
	int fd = dut_socket(w), ret;
	struct sockaddr_storage sa;

	if (port)
		bind_to(w, fd, w->dut.addr, port);
	ret = connect(fd, (void *)&sa, sockaddr_of(w, &w->peer, &sa));
	if (!ret || errno != EADDRNOTAVAIL)
		fail(w, "connect: %s, not EADDRNOTAVAIL", ret ? strerror(errno) : "connected");
	close(fd);
}

void dut_accept(struct wire *w)
{
	struct sockaddr_storage sa = { 0 }, want;
	socklen_t len = sizeof(sa);

	wait_for(w->listener, POLLIN, soon_ms(w));
	w->fd = accept4(w->listener, (void *)&sa, &len, SOCK_NONBLOCK);
	if (w->fd < 0)
		fail(w, "accept: %s", strerror(errno));
	if ((int)len != sockaddr_of(w, &w->peer, &want) ||
	    memcmp(&sa, &want, len))
		fail(w, "accept returned a wrong peer address");
}

void dut_expect_no_accept(struct wire *w)
{
	int fd = accept(w->listener, NULL, NULL);

	if (fd >= 0)
		fail(w, "accept returned a connection");
	if (errno != EAGAIN)
		fail(w, "accept: %s", strerror(errno));
}

static int socket_error(struct wire *w)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		fail(w, "SO_ERROR: %s", strerror(errno));
	return err;
}

void dut_expect_connected(struct wire *w)
{
	int got = wait_for(w->fd, POLLOUT, soon_ms(w)), err;

	if (!got)
		fail(w, "not connected");
	err = socket_error(w);
	if (err)
		fail(w, "connect failed: %s", strerror(err));
}

/* connect() has neither succeeded nor failed. */
void dut_expect_pending(struct wire *w)
{
	int got = wait_for(w->fd, POLLOUT, 0);

	if (got)
		fail(w, "connect is over, poll gives 0x%x, error %s", got,
		     strerror(socket_error(w)));
}

void dut_expect_error_within(struct wire *w, int err, int ms)
{
	int got = wait_for(w->fd, 0, ms), found;

	if (!(got & (POLLERR | POLLHUP)))
		fail(w, "no error, expected %s", strerror(err));
	found = socket_error(w);
	if (found != err)
		fail(w, "the error is %s, expected %s",
		     found ? strerror(found) : "none", strerror(err));
}

void dut_expect_error(struct wire *w, int err)
{
	dut_expect_error_within(w, err, soon_ms(w));
}

/* The error comes at a time after the mark; see time_window(). */
void dut_expect_error_at(struct wire *w, int err, int at, int tol)
{
	int64_t lo, hi, ms;

	time_window(w, at, tol, &lo, &hi);
	dut_expect_error_within(w, err,
				hi - (int64_t)(now_us() - w->t0_us) / 1000);
	ms = (now_us() - w->t0_us) / 1000;
	if (ms < lo)
		fail(w, "%s already at %lld ms, expected %lld to %lld",
		     strerror(err), (long long)ms, (long long)lo,
		     (long long)hi);
	note_time(w, at, w->t0_us, now_us());
}

void dut_write(struct wire *w, int len)
{
	uint8_t *buf = malloc(len);
	ssize_t n;
	int i;

	for (i = 0; i < len; i++)
		buf[i] = pattern(true, 1 + w->written + i);
	n = send(w->fd, buf, len, MSG_NOSIGNAL);
	if (n != len)
		fail(w, "write of %d bytes: %zd, %s", len, n,
		     n < 0 ? strerror(errno) : "short");
	w->written += len;
	free(buf);
}

/* After the handshake, segments of a long write must have len bytes. */
void expect_mss(struct wire *w, int len)
{
	dut_write(w, 3 * len);
	peer_expect(w, .flags = ACK, .seq = 1, .len = len);
	peer_expect(w, .flags = ACK, .seq = 1 + len, .len = len);
	peer_expect(w, .flags = ACK, .seq = 1 + 2 * len, .len = len);
}

/* Read len bytes that are there or arrive soon. */
void dut_read(struct wire *w, int len)
{
	uint8_t *buf = malloc(len);
	int got = 0, n, i;

	while (got < len) {
		wait_for(w->fd, POLLIN, soon_ms(w));
		n = recv(w->fd, buf + got, len - got, 0);
		if (n <= 0)
			fail(w, "read %d of %d bytes: %s", got, len,
			     n ? strerror(errno) : "end of file");
		got += n;
	}
	for (i = 0; i < len; i++)
		if (buf[i] != pattern(false, 1 + w->read + i))
			fail(w, "read a wrong octet at %u", w->read + i + 1);
	w->read += len;
	free(buf);
}

void dut_expect_no_data(struct wire *w)
{
	char c;
	int n = recv(w->fd, &c, 1, 0);

	if (n >= 0)
		fail(w, n ? "there is data to read" : "end of file");
	if (errno != EAGAIN)
		fail(w, "read: %s", strerror(errno));
}

void dut_expect_eof(struct wire *w)
{
	char c;
	int n;

	if (!(wait_for(w->fd, POLLIN, soon_ms(w)) & POLLIN))
		fail(w, "no end of file");
	n = recv(w->fd, &c, 1, 0);
	if (n)
		fail(w, "expected end of file, read gives %s",
		     n > 0 ? "data" : strerror(errno));
}

void dut_shutdown(struct wire *w)
{
	if (shutdown(w->fd, SHUT_WR))
		fail(w, "shutdown: %s", strerror(errno));
}

void dut_close(struct wire *w)
{
	if (close(w->fd))
		fail(w, "close: %s", strerror(errno));
	w->fd = -1;
}

static void apply(struct wire *w, int fd, const struct setup *s)
{
	int one = 1;

	if (s->rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &s->rcvbuf, sizeof(int));
	if (s->sndbuf)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &s->sndbuf, sizeof(int));
	if (s->nodelay &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		fail(w, "TCP_NODELAY: %s", strerror(errno));
}

static void prepare(struct wire *w, const struct setup *s)
{
	w->win = s->win;
	if (s->isn)
		w->peer.isn = s->isn;
	if (s->mtu != w->mtu)
		net_mtu(w, s->mtu);
}

/* The peer has connected to the dut; the dut's MSS rule is in force. */
void wire_server(struct wire *w, const struct setup *s)
{
	prepare(w, s);
	new_listener(w);
	apply(w, w->listener, s);
	start_listening(w, 8);
	peer_send(w, .flags = SYN, .mss = s->mss, .wscale = s->wscale);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	if (s->mss)
		w->max_len = s->mss;
}

/* The dut has connected to the peer. */
void wire_client(struct wire *w, const struct setup *s)
{
	prepare(w, s);
	w->fd = dut_socket(w);
	apply(w, w->fd, s);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
	peer_send(w, .flags = SYN | ACK, .mss = s->mss, .wscale = s->wscale);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	if (s->mss)
		w->max_len = s->mss;
}

/* The dut has sent its SYN. */
void connect_syn_sent(struct wire *w)
{
	dut_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0);
}

/*
 * The connection is there: an old octet is answered with an acknowledgment
 * (RFC 9293 3.10.7.4, first step), and not with a reset.
 */
void expect_alive(struct wire *w)
{
	peer_send(w, .flags = ACK, .seq = (int64_t)w->snd_nxt - 1, .len = 1,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = ANY);
}

/* Nobody knows the connection: the same octet is answered with a reset. */
void expect_gone(struct wire *w)
{
	peer_send(w, .flags = ACK, .seq = (int64_t)w->snd_nxt - 1, .len = 1,
		  .stray = true);
	peer_expect(w, .flags = RST, .seq = w->rcv_nxt);
}
