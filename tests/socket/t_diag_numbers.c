// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag: numbers of a connection in trouble, and those that TCP_INFO has as well. Run by
 * st.c.
 */
#include <linux/filter.h>
#include "st_diag.h"

#define HOLE	7	/* bytes of a segment that never arrives */
#define PIECE	100

static struct sock_filter no_hole[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 32 + HOLE, 0, 1),	/* header with timestamps */
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
};
static struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };

static const struct xtcp_diag_conn *conn_of(struct diag *d, int fd, int peer)
{
	const unsigned char ext = XTCP_DIAG_EXT_BIT | (1 << (INET_DIAG_MEMINFO - 1));
	const struct xtcp_diag_conn *c;

	*d = diag_find(port_of(fd), port_of(peer), ext);
	c = diag_attr(d, XTCP_DIAG_CONN, NULL);
	CHECK(c);
	return c;
}

TEST(diag_numbers_hole, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN: losses")
{
	struct pair p = connect_pair();
	const struct xtcp_diag_conn *c, *s;
	struct diag dc, ds;

	OK(ATTACH(p.s, no_hole));
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	write_file("/proc/sys/net/xtcp/autocorking", "0");
	send_all(p.c, "1234567", HOLE);
	for (int i = 0; i < 3; i++) {
		char piece[PIECE] = "";

		send_all(p.c, piece, sizeof(piece));
	}
	do
		c = conn_of(&dc, p.c, p.s);
	while (!c->retransmits);
	EQ(c->phase, XTCP_DIAG_LOSS);
	EQ(c->snd_nxt - c->snd_una, HOLE + 3 * PIECE);
	EQ(c->sacked, 3 * PIECE);
	EQ(c->lost + c->flight, HOLE);	/* lost until it goes again */
	EQ(dc.msg.idiag_retrans, c->retransmits);
	s = conn_of(&ds, p.s, p.c);
	CHECK(s->behind_hole > 0 && s->behind_hole <= 3);	/* some may have been joined */
	EQ(s->rcv_nxt, s->rcv_copied);
}

/* Found to be lost by what came behind it, before any timeout. */
TEST(diag_numbers_recovery, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN.phase")
{
	struct pair p = connect_pair();
	const struct xtcp_diag_conn *c;
	uint32_t lost = 0;
	struct diag d;

	OK(ATTACH(p.s, no_hole));
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	/* One segment in 400 ms: there is time to look. */
	set_int(p.c, SOL_SOCKET, 47, PIECE + 60);	/* SO_MAX_PACING_RATE */
	send_all(p.c, "1234567", HOLE);
	for (int i = 0; i < 20; i++) {
		char piece[PIECE] = "";

		send_all(p.c, piece, sizeof(piece));
	}
	do {
		c = conn_of(&d, p.c, p.s);
		lost = c->lost > lost ? c->lost : lost;
	} while (c->phase != XTCP_DIAG_RECOVERY && c->phase != XTCP_DIAG_LOSS);
	CHECK(c->pace_bps == PIECE + 60);
	do {
		c = conn_of(&d, p.c, p.s);
		lost = c->lost > lost ? c->lost : lost;
	} while (!lost);
	EQ(lost, HOLE);
}

TEST(diag_numbers_closed_window, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN: windows, probes")
{
	struct pair p = { .c = csock(0) };
	const struct inet_diag_meminfo *mem;
	const struct xtcp_diag_conn *c, *s;
	struct diag dc, ds;
	int l = listener(1);

	set_int(l, SOL_SOCKET, SO_RCVBUF, 4096);
	OK(do_connect(p.c, loop_addr(port_of(l))));
	p.s = OK(accept(l, NULL, NULL));
	fill(p.c);
	do
		c = conn_of(&dc, p.c, p.s);
	while (!c->probes);
	EQ(c->snd_wnd, 0);
	EQ(dc.msg.idiag_retrans, c->probes);
	mem = diag_attr(&dc, INET_DIAG_MEMINFO, NULL);
	CHECK(mem && mem->idiag_wmem > 0);
	EQ(c->snd_used, mem->idiag_wmem);
	s = conn_of(&ds, p.s, p.c);
	EQ(s->rcv_wnd, 0);
	EQ(s->rcv_buf, get_int(p.s, SOL_SOCKET, SO_RCVBUF) / 2);
}

TEST(diag_numbers_of_info, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN: as TCP_INFO has them")
{
	struct pair p = connect_pair();
	const struct xtcp_diag_conn *c, *s;
	struct tcp_info info;
	struct diag d, ds;
	int i;

	for (i = 0; i < 5; i++)
		round_trip(p.c, p.s);
	OK(setsockopt(p.c, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	c = conn_of(&d, p.c, p.s);
	OK(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, &info, &(socklen_t) { sizeof(info) }));
	EQ(c->snd_mss, info.tcpi_snd_mss);
	EQ(c->rttvar_us, info.tcpi_rttvar);
	CHECK(c->rttvar_us > 0);
	EQ(d.msg.id.idiag_if, 1);
	EQ(c->flight, 0);
	s = conn_of(&ds, p.s, p.c);
	CHECK(s->rcv_wnd > 0);
	EQ(c->snd_wnd, s->rcv_wnd);
	do
		c = conn_of(&d, p.c, p.s);
	while (c->idle_us < 20000);
	round_trip(p.c, p.s);
	c = conn_of(&d, p.c, p.s);
	CHECK(c->idle_us > 0);
}

TEST(diag_numbers_keepalive, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN.keep_failed")
{
	struct pair p = connect_pair();
	const struct xtcp_diag_conn *c;
	struct diag d;

	write_file("/proc/sys/net/xtcp/keepalive_time_ms", "50");
	write_file("/proc/sys/net/xtcp/keepalive_intvl_ms", "500");
	OK(ATTACH(p.s, nothing));
	set_int(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
	do
		c = conn_of(&d, p.c, p.s);
	while (!c->keep_failed);
	EQ(c->keep_failed, 1);
}

/* That of an ICMP message, until something is acknowledged. */
TEST(diag_numbers_error, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN.err")
{
	struct pair p = connect_pair();
	int tap = tap_open();
	struct seen ack;
	struct diag d;

	send_all(p.s, "x", 1);
	expect_bytes(p.c, "x");
	ack = last_ack(tap, port_of(p.c), port_of(p.l));
	EQ(conn_of(&d, p.c, p.s)->err, 0);
	host_unreachable(&ack);
	EQ(conn_of(&d, p.c, p.s)->err, EHOSTUNREACH);
	round_trip(p.c, p.s);
	EQ(conn_of(&d, p.c, p.s)->err, 0);
}

/* The SYN,ACK is lost each time. */
TEST(diag_numbers_request, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_REQUEST.retransmits")
{
	int l = listener(1), c = csock(SOCK_NONBLOCK);
	const struct xtcp_diag_request *r;
	struct diag d;

	write_file("/proc/sys/net/xtcp/rto_init_ms", "200");
	OK(ATTACH(c, nothing));
	ERR(do_connect(c, loop_addr(port_of(l))), EINPROGRESS);
	do {
		d = diag_find(port_of(l), port_of(c), XTCP_DIAG_EXT_BIT);
		r = diag_attr(&d, XTCP_DIAG_REQUEST, NULL);
		CHECK(r);
	} while (!r->retransmits);
	EQ(d.msg.idiag_state, 3);	/* SYN-RECEIVED */
	EQ(d.msg.idiag_retrans, r->retransmits);
}
