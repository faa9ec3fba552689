// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP_INFO: what ss -ti and iperf3 print of a connection (linux-surface 4). What only a damaged
 * path shows is tested in kunit/tally_kunit.c. Run by st.c.
 */
/* The kernel's, of which libc's has the beginning only; there is no having both. */
#include <linux/tcp.h>
#define _NETINET_TCP_H	1
#include "st.h"

#define TEXT	100000

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info;
}

struct infos {
	struct tcp_info c, s;
};

static void send_text(const struct pair *p)
{
	static char text[TEXT];

	nonblock(p->c);
	for (size_t sent = 0; sent < TEXT;) {
		ssize_t n = send(p->c, text + sent, TEXT - sent, 0);

		if (n < 0)
			CHECK(errno == EAGAIN);
		else
			drain(p->s, n);
		sent += n > 0 ? n : 0;
	}
}

/* Of both ends, once TEXT and a byte have gone one way, and a byte the other. */
static struct infos after_text(void)
{
	struct pair p = connect_pair();

	send_text(&p);
	round_trip(p.c, p.s);
	return (struct infos) { info_of(p.c), info_of(p.s) };
}

/* Linux counts the SYN of a client among the bytes acknowledged. */
TEST(info_bytes, V46D, "linux-surface 4 INFO: bytes sent, acknowledged, received, sent again")
{
	struct infos of = after_text();
	struct tcp_info c = of.c, s = of.s;

	EQ(c.tcpi_bytes_sent, TEXT + 1);
	CHECK(c.tcpi_bytes_acked == TEXT + 1 || c.tcpi_bytes_acked == TEXT + 2);
	EQ(c.tcpi_bytes_received, 1);
	EQ(s.tcpi_bytes_received, TEXT + 1);
	EQ(s.tcpi_bytes_sent, 1);
	EQ(c.tcpi_bytes_retrans, 0);
	EQ(c.tcpi_total_retrans, 0);
	EQ(c.tcpi_notsent_bytes, 0);
}

TEST(info_segments, V46D, "linux-surface 4 INFO: segments, and those with text, on both ends alike")
{
	struct infos of = after_text();
	struct tcp_info c = of.c, s = of.s;

	CHECK(c.tcpi_data_segs_out >= 3);
	EQ(s.tcpi_data_segs_in, c.tcpi_data_segs_out);
	EQ(c.tcpi_data_segs_in, 1);
	/* SYN and ACK of the handshake besides; perhaps an ACK of what came back. */
	CHECK(c.tcpi_segs_out >= c.tcpi_data_segs_out + 2);
	CHECK(s.tcpi_segs_in >= s.tcpi_data_segs_in + 2);
	CHECK(s.tcpi_segs_out >= 2);
}

TEST(info_fresh, V46D, "linux-surface 4 INFO: a connection on which nothing was lost")
{
	struct pair p = connect_pair();
	struct tcp_info c;

	round_trip(p.c, p.s);
	c = info_of(p.c);
	EQ(c.tcpi_state, 1);
	EQ(c.tcpi_ca_state, 0);
	EQ(c.tcpi_unacked + c.tcpi_sacked + c.tcpi_lost + c.tcpi_retrans, 0);
	EQ(c.tcpi_reordering, 3);
	EQ(c.tcpi_reord_seen + c.tcpi_dsack_dups + c.tcpi_rcv_ooopack + c.tcpi_delivered_ce, 0);
	EQ(c.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE),
	   TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
	EQ(c.tcpi_rwnd_limited, 0);
	EQ(c.tcpi_sndbuf_limited, 0);
	CHECK(c.tcpi_rtt > 0 && c.tcpi_snd_mss > 0 && c.tcpi_advmss > 0 && c.tcpi_pmtu > 0);
}

/* The reader does not read: what waits is held by his window, and by nothing else. */
TEST(info_limited_by_window, V46, "linux-surface 4 INFO: busy_time, rwnd_limited")
{
	struct pair p = connect_pair();
	struct tcp_info c;

	nonblock(p.c);
	fill(p.c);
	do
		c = info_of(p.c);
	while (c.tcpi_rwnd_limited < 20000);
	CHECK(c.tcpi_busy_time >= c.tcpi_rwnd_limited);
	CHECK(c.tcpi_notsent_bytes > 0);
	EQ(c.tcpi_sndbuf_limited, 0);
}

TEST(info_of_a_listener, V46, "linux-surface 4 INFO: accept queue and its bound")
{
	int l = listener(3), a = csock(0), b = csock(0);
	struct tcp_info info;

	OK(do_connect(a, loop_addr(port_of(l))));
	OK(do_connect(b, loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	info = info_of(l);
	EQ(info.tcpi_state, 10);
	EQ(info.tcpi_unacked, 2);
	EQ(info.tcpi_sacked, 3);
}

/* Old programs have a shorter one, newer ones a longer one than the kernel. */
TEST(info_length, V46, "linux-surface 4 INFO: cut to the length asked for, and the length told")
{
	struct pair p = connect_pair();
	char buf[1000];
	socklen_t len = 8;

	memset(buf, 0x55, sizeof(buf));
	OK(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, buf, &len));
	EQ(len, 8);
	EQ(buf[0], 1);
	EQ(buf[8], 0x55);
	len = sizeof(buf);
	OK(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, buf, &len));
	CHECK(len >= 232 && len < sizeof(buf));
	EQ(buf[len], 0x55);
}
