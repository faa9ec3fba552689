/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vocabulary of the socket tests: how a test is declared, how it asserts, and the
 * sockets, addresses and connections it starts from. Owned by st.c (runner), st_net.c
 * (sockets), st_tun.c (a silent host) and st_tap.c (the wire); used by every t_*.c.
 *
 * A test runs in a process and a network namespace of its own, with lo up. Its first failed
 * assertion ends it.
 */
#ifndef ST_H
#define ST_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51	/* from 6.3 on */
#endif

/* The address families a test is run for. */
#define ONCE	0		/* IPv4 where an address is needed */
#define V46	1		/* IPv4; IPv6 */
#define V46D	2		/* IPv4; IPv6; IPv4 client of a dual-stack IPv6 listener */
#define XTCP_ONLY 0x10		/* about the family AF_XTCP alone: its address family is open */

enum st_variant { ST_V4, ST_V6, ST_DUAL };
enum st_family { ST_INET, ST_XTCP, ST_ALIAS };

struct st_test {
	const char *name;
	const char *req;	/* where the expected values come from */
	void (*run)(void);
	unsigned int kind;
};

#define TEST(id, kind, req)						\
	static void id(void);						\
	static const struct st_test st_##id = { #id, req, id, kind };	\
	static const struct st_test *const st_p_##id			\
		__attribute__((used, section("st_tests"))) = &st_##id;	\
	static void id(void)

/* net.core.wmem_max, read where the tests begin: 6.1 shows it to no other namespace. */
extern int st_wmem_max;
extern enum st_variant st_variant;
extern enum st_family st_family;

/* Limit of one wait for something that must happen. Long: a debug kernel may be emulated. */
#define DEADLINE_MS	60000

void st_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
const char *st_errname(int err);

#define FAIL(...) st_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond) do { if (!(cond)) FAIL("%s", #cond); } while (0)

#define EQ(expr, want) do {						\
		long long got_ = (expr), want_ = (want);		\
		if (got_ != want_)					\
			FAIL("%s is %lld, not %lld (errno %s)", #expr,	\
			     got_, want_, st_errname(errno));		\
	} while (0)

#define OK(expr) ({							\
		long ok_ = (expr);					\
		if (ok_ < 0)						\
			FAIL("%s: %s", #expr, st_errname(errno));	\
		ok_; })

/* A call that must fail with exactly this errno. */
#define ERR(expr, want) do {						\
		long res_ = (errno = 0, (expr));			\
		int errno_ = errno;					\
		if (res_ != -1 || errno_ != (want))			\
			FAIL("%s gave %ld %s, not -1 %s", #expr, res_,	\
			     st_errname(errno_), st_errname(want));	\
	} while (0)

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

/* st_net.c: addresses of the running variant, sockets of the family under test. */
int server_af(void);
int client_af(void);
struct addr addr_of(int af, const char *text, int port);
struct addr any_addr(int port);		/* where a server binds */
struct addr loop_addr(int port);	/* where a client connects */
int addr_port(const struct addr *a);
struct addr local_addr(int fd);
struct addr peer_addr(int fd);
bool addr_is(const struct addr *a, const char *text);

int sock(int af, int flags);		/* family under test */
int ksock(int af);			/* kernel's own TCP */
/* A program of the classic BPF, an array, becomes the socket's filter. */
#define ATTACH(fd, code) ({						\
		struct sock_fprog prog_ = { sizeof(code) / sizeof(*(code)), code };	\
		setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog_, sizeof(prog_)); })

int csock(int flags);			/* client side of the variant */
int do_bind(int fd, struct addr a);
int do_connect(int fd, struct addr a);
int bound(struct addr a, bool reuse);	/* family under test; fails the test on error */
int listener(int backlog);		/* any address, port 0 */
int port_of(int fd);
void set_int(int fd, int level, int opt, int value);
int get_int(int fd, int level, int opt);
void nonblock(int fd);

struct pair {
	int l, c, s;			/* listener, client, accepted */
};

struct pair connect_pair(void);
void reset_by(int fd);			/* SO_LINGER 0 and close: a RST */

/* Waiting. Masks hold POLL*; IN and OUT stand for both of their bits. */
#define P_IN	(POLLIN | POLLRDNORM)
#define P_OUT	(POLLOUT | POLLWRNORM)
#define P_EOF	(P_IN | POLLRDHUP)
int events_now(int fd);
void expect_events_at(const char *file, int line, int fd, int mask);
#define EXPECT_EVENTS(fd, mask) expect_events_at(__FILE__, __LINE__, fd, mask)
void wait_for(int fd, int events);	/* until any of them is reported */
void wait_inq(int fd, int bytes);	/* for a socket that is always readable */
int so_error(int fd);

void send_all(int fd, const void *data, size_t len);
void recv_all(int fd, void *data, size_t len);
void expect_bytes(int fd, const char *text);
void expect_eof(int fd);
void round_trip(int from, int to);	/* a byte each way: all earlier segments arrived */
size_t fill(int fd);			/* nonblocking writes until EAGAIN; bytes written */
size_t drain(int fd, size_t len);
int inq(int fd);
int outq(int fd);

/* st_net.c: the namespace. */
void new_netns(void);
void write_file(const char *path, const char *text);
void port_range(int low, int high);	/* net.ipv4.ip_local_port_range */
void tcp_knob(const char *name, const char *text);	/* of the family under test */
bool small_run(void);			/* XTCP_SMALL=1 or XTCP_KERNEL=debug */

/* signals */
extern volatile sig_atomic_t st_signals;	/* deliveries of what catch_signal() caught */
void catch_signal(int signo, int sa_flags);
void alarm_every_ms(int ms);

/* st_tun.c: 192.0.2.2 and 2001:db8::2, a host that never answers by itself. */
int tun_open(void);
struct addr silent_addr(int port);
size_t tun_read_syn(int tun, uint8_t *packet, size_t size);
void tun_host_unreachable(int tun, const uint8_t *packet, size_t len);

/* st_tap.c: packets on lo from now on; or only those with that mark. */
int tap_open(void);
int tap_mark(unsigned int mark);

#define T_SYN	0x02
#define T_RST	0x04
#define T_ACK	0x10

struct seen {
	uint8_t bytes[2048];		/* from the IP header on */
	int len;
	bool v4, df;
	uint8_t tos, ttl, flags;
	unsigned int label;
	int header, text;		/* bytes, of the header of IP and behind that of TCP */
};

/* The next segment with exactly these of SYN, ACK, RST and FIN; a port of 0 is any. */
struct seen tap_next(int tap, int from, int to, int flags);
bool tap_has(int tap, int from, int to, int flags);	/* among those that are here */
void host_unreachable(const struct seen *s);	/* to whoever has sent it */
struct seen last_ack(int tap, int from, int to);	/* behind all that to has sent to from */
long counter(const char *name);		/* of the family under test */

#endif
