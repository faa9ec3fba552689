// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of IPPROTO_TCP about the handshake: TCP_SAVE_SYN, TCP_SAVED_SYN, TCP_WINDOW_CLAMP (the
 * window on the wire is tested in wire/test_window.c). Run by st.c.
 */
#include "st.h"

#ifndef TCP_SAVE_SYN
#define TCP_SAVE_SYN	27
#define TCP_SAVED_SYN	28
#endif

#define ETHERNET	14

/* A listener that keeps SYNs, and a connection to it; *syn holds what is kept. */
struct saved {
	struct pair p;
	unsigned char syn[256];
	socklen_t len;
};

static struct saved connected(int mode)
{
	struct saved s = { .len = 0 };

	s.p.l = sock(server_af(), 0);
	set_int(s.p.l, IPPROTO_TCP, TCP_SAVE_SYN, mode);
	OK(do_bind(s.p.l, any_addr(0)));
	OK(listen(s.p.l, 1));
	s.p.c = csock(0);
	OK(do_connect(s.p.c, loop_addr(port_of(s.p.l))));
	s.p.s = OK(accept(s.p.l, NULL, NULL));
	s.len = sizeof(s.syn);
	return s;
}

static int read_syn(struct saved *s)
{
	s->len = sizeof(s->syn);
	return getsockopt(s->p.s, IPPROTO_TCP, TCP_SAVED_SYN, s->syn, &s->len);
}

/* The headers from IP on, to the end of TCP's: ports, SYN alone. */
static void expect_headers(const struct saved *s, int link)
{
	const unsigned char *ip = s->syn + link;
	bool v4 = st_variant != ST_V6;
	const unsigned char *tcp = ip + (v4 ? 20 : 40);

	EQ(ip[0] >> 4, v4 ? 4 : 6);
	EQ(v4 ? ip[9] : ip[6], IPPROTO_TCP);
	struct addr client = local_addr(s->p.c);

	EQ(tcp[0] << 8 | tcp[1], addr_port(&client));
	EQ(tcp[2] << 8 | tcp[3], port_of(s->p.l));
	EQ(tcp[13] & 0x3f, 0x02);
	EQ(s->len, tcp + (tcp[12] >> 4) * 4 - s->syn);
}

TEST(save_syn, V46D, "linux-surface 4 SAVE_SYN: its headers, once")
{
	struct saved s = connected(1);

	OK(read_syn(&s));
	expect_headers(&s, 0);
	OK(read_syn(&s));
	EQ(s.len, 0);
	round_trip(s.p.c, s.p.s);
}

TEST(save_syn_from_link, V46, "linux-surface 4 SAVE_SYN 2: from the header of the link on")
{
	struct saved s = connected(2);

	OK(read_syn(&s));
	EQ(s.syn[12] << 8 | s.syn[13], st_variant == ST_V6 ? 0x86dd : 0x0800);
	expect_headers(&s, ETHERNET);
}

TEST(save_syn_with_little_room, V46, "linux-surface 4 SAVED_SYN: EINVAL and the length; it stays")
{
	struct saved s = connected(1);
	socklen_t whole;

	s.len = 1;
	ERR(getsockopt(s.p.s, IPPROTO_TCP, TCP_SAVED_SYN, s.syn, &s.len), EINVAL);
	whole = s.len;
	CHECK(whole >= 40);
	OK(read_syn(&s));
	EQ(s.len, whole);
	expect_headers(&s, 0);
}

TEST(save_syn_not_asked, V46, "linux-surface 4 SAVED_SYN: nothing where nobody asked")
{
	struct saved s = connected(0);

	OK(read_syn(&s));
	EQ(s.len, 0);
}

TEST(window_clamp, V46, "linux-surface 4 WINDOW_CLAMP: 1152 at least; 0 before connect() and listen()")
{
	int l = sock(server_af(), 0), c = csock(0), s;
	char text[4000] = "";

	set_int(l, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1);
	EQ(get_int(l, IPPROTO_TCP, TCP_WINDOW_CLAMP), 1152);
	set_int(l, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0);
	EQ(get_int(l, IPPROTO_TCP, TCP_WINDOW_CLAMP), 0);
	set_int(l, IPPROTO_TCP, TCP_WINDOW_CLAMP, 2000);
	OK(do_bind(l, any_addr(0)));
	OK(listen(l, 1));
	OK(do_connect(c, loop_addr(port_of(l))));
	s = OK(accept(l, NULL, NULL));
	ERR(setsockopt(s, IPPROTO_TCP, TCP_WINDOW_CLAMP, &(int) { 0 }, 4), EINVAL);
	send_all(c, text, sizeof(text));
	/* All of it comes, a window at a time. */
	EQ(drain(s, sizeof(text)), sizeof(text));
}
