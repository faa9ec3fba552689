/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scripted TCP peer behind a TUN device, for tests of the TCP on this side
 * of it (the dut, device under test): send this segment, expect that one.
 *
 * Every test runs in a process and a network namespace of its own, once over
 * IPv4 and once over IPv6. Sequence numbers in tests are relative, as in the
 * RFC: a SYN has number 0 and the first octet of data number 1. The payload
 * of both streams is a fixed pattern, which the harness checks by itself;
 * check.c lists what else it checks in every segment.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10
#define URG	0x20
#define ECE	0x40
#define CWR	0x80
#define AE	0x100	/* RFC 9768 */

/* Any value will do. */
#define ANY	INT64_MIN
/* What an ordinary peer would send or expect now: next in sequence, say. */
#define NATURAL	(INT64_MIN + 1)

#define DUT_PORT	8080	/* where the dut listens */
#define RTO_MAX_MS	120000
#define PEER_PORT	7000	/* the first port of the peer */

/* States as /proc/net/tcp has them. */
#define STATE_FIN_WAIT_1	4
#define STATE_FIN_WAIT_2	5
#define STATE_TIME_WAIT		6
#define STATE_LAST_ACK		9
#define STATE_CLOSING		11

struct end {
	uint8_t addr[16];
	uint16_t port;
	uint32_t isn;
	int scale;		/* shift offered in the last SYN, -1 none */
};

/* One segment in host order, with relative sequence numbers. */
struct seg {
	bool from_dut;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint32_t abs_seq, abs_ack;
	uint16_t flags;
	uint16_t win, urg;
	int mss, wscale;	/* -1 none */
	int doff, ttl, ecn;
	bool df, reserved;
	const char *bad_options;	/* why the option list is malformed */
	uint8_t opts[40];
	int opts_len;
	int len;
	const uint8_t *data;
	uint64_t at_us;
	uint8_t raw[65536];
	int raw_len;
};

/* What a test keeps of one connection while it looks at another. */
struct talk {
	struct end dut, peer;
	bool dut_known;
	uint32_t snd_nxt, rcv_nxt, peer_edge, dut_edge, written, read;
};

#define LOG_LEN		40
#define LOG_LINE	200

struct wire {
	bool xtcp;		/* the dut is AF_XTCP, not the kernel's TCP */
	bool warp;		/* guest time is virtual and exact */
	bool times;		/* print what was measured: note_time() */
	int version;		/* 4 or 6 */
	int tun, listener, fd;
	struct end dut, peer;
	uint32_t snd_nxt;	/* what the peer sends next */
	uint32_t rcv_nxt;	/* what the peer expects next */
	int win;		/* window field of the peer's segments */
	uint32_t peer_edge;	/* end of the window the peer offered */
	uint32_t dut_edge;	/* end of the window the dut offered */
	bool dut_known;		/* dut.isn was learned from a SYN */
	uint32_t written, read;	/* stream positions of the dut's user */
	int mtu;		/* of the TUN device */
	int max_len;		/* longest payload the dut may send */
	bool any_edge;		/* do not check the dut against peer_edge */
	bool fast_open;		/* SYNs of the dut may carry data */
	bool ignore_syn;	/* skip retransmitted SYNs of the dut */
	uint64_t t0_us;		/* origin of want.at */
	uint64_t seen_us;	/* arrival of the last received segment */
	struct seg seg;		/* the last received segment */
	char log[LOG_LEN][LOG_LINE];
	unsigned int logged;
	uint64_t start_us;
};

/* What the peer sends. */
struct out {
	int flags;
	int64_t seq, ack;	/* default: next in sequence, all received */
	int64_t win;		/* default: w->win */
	int len;
	int urg;
	int mss;		/* 0: no option */
	int wscale;		/* -1: no option */
	const char *opts;	/* further options, verbatim, zero padded */
	int opts_len;
	const char *ip_opts;	/* IPv4 options, a multiple of 4 bytes */
	int ip_opts_len;
	int ecn;		/* the two bits of the IP header */
	bool bad_csum;
	int doff;		/* a false data offset; 0: the right one */
	bool reserved;		/* set the reserved bits */
	bool stray;		/* outside the stream: do not advance snd_nxt */
	const char *src, *dst;	/* other addresses */
	int dport;
	int fragment;		/* as two IP fragments, first payload bytes */
};

/* What the peer expects. */
struct want {
	int flags;		/* exactly these, PSH apart */
	int maybe;		/* flags that may be set or not */
	int64_t seq, ack;	/* default: next in sequence, all sent */
	int64_t len;		/* default 0 */
	int64_t win, mss, wscale;
	int64_t psh;
	int at;			/* ms after the mark; 0: soon */
	int within;		/* ms from now, instead of soon */
	int tol;		/* ms around at; 0: the usual */
	int nominal;		/* what at is by the book; 0: the same */
};

struct setup {
	int mss;		/* offered by the peer; 0: no option */
	int wscale;		/* -1: no option */
	int win;
	int rcvbuf, sndbuf;	/* SO_RCVBUF, SO_SNDBUF of the dut */
	int mtu;
	uint32_t isn;		/* of the peer */
	bool nodelay;
};

#define OPTS(s)	.opts = (s), .opts_len = sizeof(s) - 1

#define peer_send(w, ...) \
	wire_send(w, &(struct out){ .seq = NATURAL, .ack = NATURAL, \
				    .win = NATURAL, .wscale = -1, __VA_ARGS__ })
#define DEFAULT_WANT \
	.seq = NATURAL, .ack = NATURAL, .win = ANY, .mss = ANY, .wscale = ANY, \
	.psh = ANY
#define peer_expect(w, ...) \
	wire_expect(w, &(struct want){ DEFAULT_WANT, __VA_ARGS__ })
#define DEFAULT_SETUP	.mss = 1460, .wscale = -1, .win = 65535, .mtu = 1500
#define established_server(w, ...) \
	wire_server(w, &(struct setup){ DEFAULT_SETUP, ##__VA_ARGS__ })
#define established_client(w, ...) \
	wire_client(w, &(struct setup){ DEFAULT_SETUP, ##__VA_ARGS__ })

/* net.c: namespace, device, addresses, tunables */
void net_open(struct wire *w);
void net_add_address(struct wire *w, const char *text);
void net_mtu(struct wire *w, int mtu);
/* ip(8): "ip route VERB PEER BEHIND" */
void net_route(struct wire *w, const char *verb, const char *behind);
void knob(struct wire *w, const char *name, int value);
void knob_text(struct wire *w, const char *name, const char *text);
long counter(struct wire *w, const char *name);
int nr_in_state(struct wire *w, int wanted);
int nr_requests(struct wire *w);
void expect_state_until(struct wire *w, int state, int ms);
void net_port_range(struct wire *w, int low, int high);
void expect_count(struct wire *w, const char *name, long want);
void expect_requests(struct wire *w, int want);
int sockaddr_of(struct wire *w, const struct end *e, void *sa);
uint64_t now_us(void);

/* segment.c: bytes to struct seg and back */
const char *segment_parse(struct wire *w, struct seg *s);
int segment_build(struct wire *w, const struct out *o, uint8_t *buf);
void segment_checksum(struct wire *w, uint8_t *ip, int len);
int ip_header(struct wire *w, uint8_t *buf, int proto, int len);
uint16_t ones_sum(const void *p, int len, uint32_t sum);
uint8_t pattern(bool from_dut, uint32_t seq);
int scale_of(const struct wire *w, const struct end *e, int flags);

uint32_t get32(const uint8_t *p);
void put32(uint8_t *p, uint32_t v);

/* Of the IP header. */
enum { NOT_ECT, ECT_1, ECT_0, CE };

#define OPTION_SACK_OK	4
#define OPTION_SACK	5
#define OPTION_TS	8
#define OPTION_FASTOPEN	34
#define OPTION_EXPERIMENT 254

const uint8_t *option(const struct wire *w, int kind);

/* check.c: what must hold for every segment of the dut */
const char *segment_check(struct wire *w, const struct seg *s);

/* print.c */
void print_seg(char *out, size_t size, const struct seg *s);
void print_want(char *out, size_t size, const struct want *t);
void note_time(const struct wire *w, int nominal_ms, uint64_t since_us, uint64_t at_us);
void log_line(struct wire *w, uint64_t at_us, const char *text);
void fail(struct wire *w, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* peer.c: the scripted side */
void wire_send(struct wire *w, const struct out *o);
void send_timestamped(struct wire *w, int flags, uint32_t tsval, int len);
void send_timestamped_with(struct wire *w, const struct out *o, uint32_t tsval);
void wire_expect(struct wire *w, struct want *t);
bool peer_receive(struct wire *w, uint64_t until_us);
void peer_expect_nothing(struct wire *w, int ms);
void peer_drain(struct wire *w, int ms);
void peer_expect_ack(struct wire *w, uint32_t ack);
void peer_expect_probe(struct wire *w, int at);
int next_gap(const struct wire *w, int gap);
void expect_backoff(struct wire *w, const struct want *t, int first_ms, int n);
void peer_new(struct wire *w, uint32_t isn);
void peer_leave(const struct wire *w, struct talk *t);
void peer_return(struct wire *w, const struct talk *t);
void peer_raw(struct wire *w, const void *buf, int len);
void mark(struct wire *w);
void mark_seen(struct wire *w);
void pass_time(struct wire *w, int ms);
void pass_time_to(struct wire *w, int ms);
void time_window(const struct wire *w, int ms, int tol, int64_t *lo,
		 int64_t *hi);
int soon_ms(const struct wire *w);

/* dut.c: the user of the dut, and fixtures */
int dut_socket(struct wire *w);
void dut_listen(struct wire *w, int backlog);
void dut_start_connect(struct wire *w);	/* w->fd is a socket */
void dut_connect(struct wire *w);
void dut_connect_from(struct wire *w, int port);
void dut_expect_no_port(struct wire *w, int port);
void dut_accept(struct wire *w);
void dut_expect_no_accept(struct wire *w);
void dut_expect_connected(struct wire *w);
void dut_expect_error(struct wire *w, int err);
void dut_expect_error_within(struct wire *w, int err, int ms);
void dut_expect_error_at(struct wire *w, int err, int at, int tol);
void dut_expect_pending(struct wire *w);
void dut_write(struct wire *w, int len);
void expect_mss(struct wire *w, int len);
void dut_read(struct wire *w, int len);
void dut_expect_no_data(struct wire *w);
void dut_expect_eof(struct wire *w);
void dut_shutdown(struct wire *w);
void dut_close(struct wire *w);
void dut_option(struct wire *w, int level, int name, int value);
void dut_linger(struct wire *w, int seconds);
void wire_server(struct wire *w, const struct setup *s);
void wire_client(struct wire *w, const struct setup *s);
void connect_syn_sent(struct wire *w);
void expect_alive(struct wire *w);
void expect_gone(struct wire *w);

/* icmp.c: errors from a router or the peer's host */
enum trouble {
	NET_UNREACHABLE, HOST_UNREACHABLE, PROTOCOL_UNREACHABLE,
	PORT_UNREACHABLE, ADMIN_PROHIBITED, TIME_EXCEEDED, BAD_HEADER,
	TOO_BIG, SOURCE_QUENCH,
};

struct report {
	enum trouble trouble;
	int64_t seq;		/* quoted; default: oldest unacknowledged */
	int mtu;
	int sport;		/* quoted; default: the dut's */
};

#define icmp_send(w, ...) \
	wire_icmp(w, &(struct report){ .seq = NATURAL, __VA_ARGS__ })
void wire_icmp(struct wire *w, const struct report *r);

/* main.c */
struct test {
	const char *name;
	void (*run)(struct wire *w);
	const char *covers;	/* requirement */
	bool slow;		/* > 3 s of timeouts: only in virtual time */
	int only;		/* 4 or 6: one IP version */
	const char *not_linux;	/* why the kernel's TCP fails it */
};

#define T(fn, req, ...)	{ .name = #fn, .run = fn, .covers = req, ##__VA_ARGS__ }

extern const struct test open_tests[], refuse_tests[], stale_tests[],
	isn_tests[], options_tests[], send_tests[], window_tests[],
	receive_tests[], guard_tests[], rto_tests[], close_tests[],
	timewait_tests[], icmp_tests[], retries_tests[], sack_tests[],
	ecn_tests[], urgent_tests[], cookie_tests[], group_tests[],
	flood_tests[], keepalive_tests[], reuse_tests[], fastopen_tests[],
	fastopen_client_tests[], tuned_tests[], drops_tests[], route_tests[];

#endif /* WIRE_H */
