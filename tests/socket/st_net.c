// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the socket tests start from: addresses of the running variant, sockets of the family
 * under test, connected pairs, and waiting for readiness without sleeping.
 */
#include "st.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>

#define FAMILY_FILE	"/sys/module/xtcp/parameters/family"
#define AF_XTCP_DEFAULT	18
#define IPPROTO_XTCP	253

volatile sig_atomic_t st_signals;

int server_af(void)
{
	return st_variant == ST_V4 ? AF_INET : AF_INET6;
}

int client_af(void)
{
	return st_variant == ST_V6 ? AF_INET6 : AF_INET;
}

struct addr addr_of(int af, const char *text, int port)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	a.sa.sa_family = af;
	if (af == AF_INET) {
		a.len = sizeof(a.in);
		a.in.sin_port = htons(port);
		EQ(inet_pton(af, text, &a.in.sin_addr), 1);
	} else {
		a.len = sizeof(a.in6);
		a.in6.sin6_port = htons(port);
		EQ(inet_pton(af, text, &a.in6.sin6_addr), 1);
	}
	return a;
}

struct addr any_addr(int port)
{
	return addr_of(server_af(), server_af() == AF_INET ? "0.0.0.0" : "::", port);
}

struct addr loop_addr(int port)
{
	return addr_of(client_af(), client_af() == AF_INET ? "127.0.0.1" : "::1", port);
}

int addr_port(const struct addr *a)
{
	return ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port : a->in6.sin6_port);
}

struct addr local_addr(int fd)
{
	struct addr a = { .len = sizeof(a.in6) };

	OK(getsockname(fd, &a.sa, &a.len));
	return a;
}

struct addr peer_addr(int fd)
{
	struct addr a = { .len = sizeof(a.in6) };

	OK(getpeername(fd, &a.sa, &a.len));
	return a;
}

bool addr_is(const struct addr *a, const char *text)
{
	char got[INET6_ADDRSTRLEN];
	bool v4 = a->sa.sa_family == AF_INET;

	inet_ntop(a->sa.sa_family, v4 ? (void *)&a->in.sin_addr : (void *)&a->in6.sin6_addr,
		  got, sizeof(got));
	return a->len == (v4 ? sizeof(a->in) : sizeof(a->in6)) && !strcmp(got, text);
}

static int xtcp_family(void)
{
	FILE *f = fopen(FAMILY_FILE, "re");
	int family = AF_XTCP_DEFAULT;

	if (f && fscanf(f, "%d", &family) != 1)
		FAIL("no number in " FAMILY_FILE);
	if (f)
		fclose(f);
	return family;
}

int sock(int af, int flags)
{
	switch (st_family) {
	case ST_XTCP:
		return OK(socket(xtcp_family(), SOCK_STREAM | flags, 0));
	case ST_ALIAS:
		return OK(socket(af, SOCK_STREAM | flags, IPPROTO_XTCP));
	default:
		return OK(socket(af, SOCK_STREAM | flags, 0));
	}
}

int ksock(int af)
{
	return OK(socket(af, SOCK_STREAM, 0));
}

int csock(int flags)
{
	return sock(client_af(), flags);
}

int do_bind(int fd, struct addr a)
{
	return bind(fd, &a.sa, a.len);
}

int do_connect(int fd, struct addr a)
{
	return connect(fd, &a.sa, a.len);
}

int bound(struct addr a, bool reuse)
{
	int fd = sock(a.sa.sa_family, 0);

	set_int(fd, SOL_SOCKET, SO_REUSEADDR, reuse);
	OK(do_bind(fd, a));
	return fd;
}

int listener(int backlog)
{
	int fd = bound(any_addr(0), false);

	OK(listen(fd, backlog));
	return fd;
}

int port_of(int fd)
{
	struct addr a = local_addr(fd);

	return addr_port(&a);
}

void set_int(int fd, int level, int opt, int value)
{
	OK(setsockopt(fd, level, opt, &value, sizeof(value)));
}

int get_int(int fd, int level, int opt)
{
	int value = -1;
	socklen_t len = sizeof(value);

	OK(getsockopt(fd, level, opt, &value, &len));
	EQ(len, sizeof(value));
	return value;
}

void nonblock(int fd)
{
	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
}

struct pair connect_pair(void)
{
	struct pair p;

	p.l = listener(8);
	p.c = csock(0);
	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	return p;
}

void reset_by(int fd)
{
	struct linger hard = { .l_onoff = 1 };

	OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)));
	OK(close(fd));
}

static int poll_ms(int fd, int events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	OK(poll(&p, 1, ms));
	return p.revents;
}

#define ALL_EVENTS (P_IN | P_OUT | POLLPRI | POLLRDHUP | POLLRDBAND | POLLWRBAND)

int events_now(int fd)
{
	return poll_ms(fd, ALL_EVENTS, 0);
}

static const char *event_names(int mask, char *out, size_t size)
{
	static const struct { int bit; const char *name; } names[] = {
		{ POLLIN, "IN" }, { POLLRDNORM, "RDNORM" }, { POLLOUT, "OUT" },
		{ POLLWRNORM, "WRNORM" }, { POLLPRI, "PRI" }, { POLLRDHUP, "RDHUP" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLRDBAND, "RDBAND" },
		{ POLLWRBAND, "WRBAND" }, { POLLNVAL, "NVAL" },
	};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (mask & names[i].bit)
			n += snprintf(out + n, size - n, "%s%s", n ? " " : "", names[i].name);
	return n ? out : "none";
}

/*
 * The mask must become exactly this one. Each change is an edge of an epoll set, so there is
 * nothing to sleep for; poll() is the judge because its mask is the one of the requirement.
 */
void expect_events_at(const char *file, int line, int fd, int mask)
{
	struct epoll_event ev = { .events = EPOLLET | EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP };
	int ep = epoll_create1(EPOLL_CLOEXEC), got;
	char a[128], b[128];

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
		st_fail(file, line, "epoll: %s", st_errname(errno));
	while ((got = events_now(fd)) != mask)
		if (epoll_wait(ep, &ev, 1, DEADLINE_MS) <= 0)
			st_fail(file, line, "events are %s, not %s", event_names(got, a, sizeof(a)),
				event_names(mask, b, sizeof(b)));
	close(ep);
}

void wait_for(int fd, int events)
{
	char names[128];

	if (!poll_ms(fd, events, DEADLINE_MS))
		FAIL("no %s", event_names(events, names, sizeof(names)));
}

void wait_inq(int fd, int bytes)
{
	struct epoll_event ev = { .events = EPOLLET | EPOLLIN };
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	while (inq(fd) < bytes)
		if (epoll_wait(ep, &ev, 1, DEADLINE_MS) <= 0)
			FAIL("%d bytes are readable, not %d", inq(fd), bytes);
	close(ep);
}

int so_error(int fd)
{
	return get_int(fd, SOL_SOCKET, SO_ERROR);
}

void send_all(int fd, const void *data, size_t len)
{
	EQ(send(fd, data, len, MSG_NOSIGNAL), len);
}

void recv_all(int fd, void *data, size_t len)
{
	wait_for(fd, POLLIN);
	EQ(recv(fd, data, len, MSG_WAITALL), len);
}

void expect_bytes(int fd, const char *text)
{
	char got[256] = "";

	recv_all(fd, got, strlen(text));
	if (strcmp(got, text))
		FAIL("received '%s', not '%s'", got, text);
}

void expect_eof(int fd)
{
	char byte;

	wait_for(fd, POLLIN);
	EQ(recv(fd, &byte, 1, 0), 0);
}

void round_trip(int from, int to)
{
	send_all(from, ">", 1);
	expect_bytes(to, ">");
	send_all(to, "<", 1);
	expect_bytes(from, "<");
}

size_t fill(int fd)
{
	static char zero[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = send(fd, zero, sizeof(zero), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		total += n;
	if (errno != EAGAIN)
		FAIL("filling stopped with %s", st_errname(errno));
	return total;
}

size_t drain(int fd, size_t len)
{
	static char buf[65536];
	size_t left = len;

	while (left) {
		ssize_t n;

		wait_for(fd, POLLIN);
		n = OK(recv(fd, buf, left < sizeof(buf) ? left : sizeof(buf), 0));
		if (!n)
			FAIL("end of file with %zu bytes missing", left);
		left -= n;
	}
	return len;
}

int inq(int fd)
{
	int n = -1;

	OK(ioctl(fd, SIOCINQ, &n));
	return n;
}

int outq(int fd)
{
	int n = -1;

	OK(ioctl(fd, SIOCOUTQ, &n));
	return n;
}

void new_netns(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	OK(unshare(CLONE_NEWNET));
	fd = OK(socket(AF_INET, SOCK_DGRAM, 0));
	OK(ioctl(fd, SIOCSIFFLAGS, &ifr));
	close(fd);
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		FAIL("%s: %s", path, st_errname(errno));
	close(fd);
}

void port_range(int low, int high)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d", low, high);
	write_file("/proc/sys/net/ipv4/ip_local_port_range", text);
}

void tcp_knob(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/%s%s",
		 st_family == ST_INET ? "ipv4/tcp_" : "xtcp/", name);
	write_file(path, text);
}

bool small_run(void)
{
	const char *kernel = getenv("XTCP_KERNEL");

	return getenv("XTCP_SMALL") || (kernel && !strcmp(kernel, "debug"));
}

static void count_signal(int signo)
{
	st_signals++;
}

void catch_signal(int signo, int sa_flags)
{
	struct sigaction sa = { .sa_handler = count_signal, .sa_flags = sa_flags };

	st_signals = 0;
	OK(sigaction(signo, &sa, NULL));
}

void alarm_every_ms(int ms)
{
	struct itimerval it = {
		.it_interval.tv_usec = ms * 1000, .it_value.tv_usec = ms * 1000,
	};

	OK(setitimer(ITIMER_REAL, &it, NULL));
}
