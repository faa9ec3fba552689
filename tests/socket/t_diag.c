// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag: what is told of each socket, request and TIME-WAIT, and
 * SOCK_DESTROY. linux-surface section 11. Run by st.c.
 */
#include <sys/stat.h>
#include "st_diag.h"

#define EXT(attr)	(1 << ((attr) - 1))

static unsigned long inode_of(int fd)
{
	struct stat st;

	OK(fstat(fd, &st));
	return st.st_ino;
}

static struct diag diag_of(int fd, int peer, unsigned char ext)
{
	return diag_find(port_of(fd), port_of(peer), ext);
}

/* As struct sockaddr has it, IPv4 in the first word. */
static void check_address(const __be32 *got, const struct addr *a)
{
	if (a->sa.sa_family == AF_INET)
		CHECK(got[0] == a->in.sin_addr.s_addr && !got[1] && !got[2] && !got[3]);
	else
		CHECK(!memcmp(got, &a->in6.sin6_addr, 16));
}

TEST(diag_connection, V46, "linux-surface 11 inet_diag_msg")
{
	struct pair p = connect_pair();
	struct addr local = local_addr(p.s), peer = peer_addr(p.s);
	struct diag d;

	send_all(p.c, "hello", 5);
	wait_inq(p.s, 5);
	d = diag_of(p.s, p.c, 0);
	EQ(d.msg.idiag_family, server_af());
	EQ(d.msg.idiag_state, 1);	/* ESTABLISHED */
	EQ(d.msg.idiag_rqueue, 5);
	EQ(d.msg.idiag_wqueue, 0);
	EQ(d.msg.idiag_uid, getuid());
	EQ(d.msg.idiag_inode, inode_of(p.s));
	EQ(d.msg.id.idiag_if, 0);
	check_address(d.msg.id.idiag_src, &local);
	check_address(d.msg.id.idiag_dst, &peer);
}

TEST(diag_listener, V46, "linux-surface 11 inet_diag_msg of a listener: accept queue and backlog")
{
	int l = listener(7), c = csock(0);
	struct diag d;

	OK(do_connect(c, loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	d = diag_find(port_of(l), 0, 0);
	EQ(d.msg.idiag_state, 10);	/* LISTEN */
	EQ(d.msg.idiag_rqueue, 1);
	EQ(d.msg.idiag_wqueue, 7);
	EQ(d.msg.idiag_inode, inode_of(l));
}

TEST(diag_unacknowledged, V46, "linux-surface 11 wqueue, timer, expires")
{
	struct pair p = connect_pair();
	struct diag d;
	size_t n;

	n = fill(p.c);
	d = diag_of(p.c, p.s, 0);
	EQ(d.msg.idiag_wqueue, outq(p.c));
	CHECK(n >= d.msg.idiag_wqueue && d.msg.idiag_wqueue > 0);
	CHECK(d.msg.idiag_timer == 1 || d.msg.idiag_timer == 4);	/* retransmission, probe */
	CHECK(d.msg.idiag_expires > 0 && d.msg.idiag_expires < 120000);
}

TEST(diag_keepalive_timer, V46, "linux-surface 10 tr: 2 keep-alive")
{
	struct pair p = connect_pair();
	struct diag d;

	set_int(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
	d = diag_of(p.c, p.s, 0);
	EQ(d.msg.idiag_timer, 2);
	CHECK(d.msg.idiag_expires > 7190000 && d.msg.idiag_expires <= 7200000);
}

/* Of a client that has closed first. */
static struct diag time_wait(void)
{
	struct pair p = connect_pair();
	int local = port_of(p.c), peer = port_of(p.s);

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	close(p.s);
	expect_eof(p.c);
	close(p.c);
	return diag_find(local, peer, 0);
}

TEST(diag_time_wait, V46, "linux-surface 11 TIME-WAIT: timer 3 and no inode")
{
	struct diag d = time_wait();

	EQ(d.msg.idiag_state, 6);
	EQ(d.msg.idiag_timer, 3);
	EQ(d.msg.idiag_inode, 0);
	CHECK(d.msg.idiag_expires > 50000 && d.msg.idiag_expires <= 60000);
}

/* A client that the listener has not believed yet: TCP_DEFER_ACCEPT. */
static int half_open(int l)
{
	int c = csock(0);

	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
	OK(do_connect(c, loop_addr(port_of(l))));
	return c;
}

TEST(diag_request_tells, V46, "linux-surface 11 a SYN that was answered is SYN-RECEIVED")
{
	int l = listener(8), c = half_open(l);
	struct diag d = diag_of(l, c, XTCP_DIAG_EXT_BIT);
	const struct xtcp_diag_request *req;

	EQ(d.msg.idiag_state, 3);
	EQ(d.msg.idiag_timer, 1);
	EQ(d.msg.idiag_inode, 0);
	CHECK(d.msg.idiag_expires > 0 && d.msg.idiag_expires <= 20000);
	if (st_family == ST_INET)
		return;
	req = diag_attr(&d, XTCP_DIAG_REQUEST, NULL);
	CHECK(req);
	EQ(req->retransmits, 0);
	CHECK(req->left_us > 0 && req->left_us <= 20000000);
}

TEST(diag_info, V46, "linux-surface 11 INFO: struct tcp_info as TCP_INFO has it")
{
	struct pair p = connect_pair();
	const struct tcp_info *info;
	struct tcp_info own;
	socklen_t size = sizeof(own);
	struct diag d;
	int len;

	round_trip(p.c, p.s);
	d = diag_of(p.c, p.s, EXT(INET_DIAG_INFO));
	info = diag_attr(&d, INET_DIAG_INFO, &len);
	CHECK(info && len >= (int)sizeof(own));
	OK(getsockopt(p.c, IPPROTO_TCP, TCP_INFO, &own, &size));
	EQ(info->tcpi_state, own.tcpi_state);
	EQ(info->tcpi_rtt, own.tcpi_rtt);
	EQ(info->tcpi_snd_cwnd, own.tcpi_snd_cwnd);
	EQ(info->tcpi_snd_mss, own.tcpi_snd_mss);
}

TEST(diag_attributes, V46, "linux-surface 11 MEMINFO CONG TOS TCLASS SKMEMINFO SHUTDOWN MARK")
{
	struct pair p = connect_pair();
	unsigned char ext = EXT(INET_DIAG_MEMINFO) | EXT(INET_DIAG_CONG) | EXT(INET_DIAG_TOS) |
			    EXT(INET_DIAG_TCLASS) | EXT(INET_DIAG_SKMEMINFO);
	const struct inet_diag_meminfo *mem;
	const unsigned int *skmem;
	struct diag d;
	int len;

	OK(setsockopt(p.s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	set_int(p.s, IPPROTO_IP, IP_TOS, 0x20);
	set_int(p.s, SOL_SOCKET, SO_MARK, 77);
	set_int(p.s, SOL_SOCKET, SO_RCVBUF, 50000);
	if (st_variant == ST_V6)
		set_int(p.s, IPPROTO_IPV6, IPV6_TCLASS, 0x40);
	OK(shutdown(p.s, SHUT_WR));
	send_all(p.c, "x", 1);
	wait_inq(p.s, 1);
	d = diag_of(p.s, p.c, ext);
	CHECK(!strcmp(diag_attr(&d, INET_DIAG_CONG, NULL) ?: "", "reno"));
	CHECK(diag_attr(&d, INET_DIAG_TOS, NULL));
	EQ(*(uint8_t *)diag_attr(&d, INET_DIAG_TOS, NULL) & ~3, 0x20);
	if (st_variant == ST_V6)
		EQ(*(uint8_t *)diag_attr(&d, INET_DIAG_TCLASS, NULL) & ~3, 0x40);
	EQ(*(uint8_t *)diag_attr(&d, INET_DIAG_SHUTDOWN, NULL), 2);	/* SEND_SHUTDOWN */
	EQ(*(uint32_t *)diag_attr(&d, INET_DIAG_MARK, NULL), 77);
	mem = diag_attr(&d, INET_DIAG_MEMINFO, NULL);
	CHECK(mem && mem->idiag_rmem > 0);
	skmem = diag_attr(&d, INET_DIAG_SKMEMINFO, &len);
	CHECK(skmem && len >= 8 * 4);
	EQ(skmem[1], get_int(p.s, SOL_SOCKET, SO_RCVBUF));	/* SK_MEMINFO_RCVBUF */
	CHECK(skmem[0] > 0);
}

TEST(diag_v6only, ONCE, "linux-surface 11 SKV6ONLY")
{
	int s = sock(AF_INET6, 0);
	const uint8_t *only;
	struct diag d;

	set_int(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	OK(do_bind(s, addr_of(AF_INET6, "::1", 0)));
	OK(listen(s, 1));
	if (st_family == ST_INET)
		return;		/* a request for AF_INET would not see it */
	d = diag_find(port_of(s), 0, 0);
	only = diag_attr(&d, INET_DIAG_SKV6ONLY, NULL);
	CHECK(only && *only == 1);
}

TEST(diag_unasked_attributes, V46, "linux-surface 11 ext bitmap")
{
	struct pair p = connect_pair();
	struct diag d = diag_of(p.c, p.s, 0);

	CHECK(!diag_attr(&d, INET_DIAG_INFO, NULL));
	CHECK(!diag_attr(&d, INET_DIAG_MEMINFO, NULL));
	CHECK(!diag_attr(&d, INET_DIAG_SKMEMINFO, NULL));
	CHECK(!diag_attr(&d, INET_DIAG_CONG, NULL));
	CHECK(!diag_attr(&d, XTCP_DIAG_CONN, NULL));
}

TEST(diag_one, V46, "linux-surface 11 sockid: a socket by its ends and cookie")
{
	struct pair p = connect_pair();
	struct diag d = diag_of(p.c, p.s, 0), one;
	struct inet_diag_req_v2 req = diag_request_for(&d, EXT(INET_DIAG_INFO));

	EQ(diag_get(&req, &one), 0);
	EQ(one.msg.idiag_inode, inode_of(p.c));
	CHECK(diag_attr(&one, INET_DIAG_INFO, NULL));
	req.id.idiag_cookie[0] ^= 1;
	EQ(diag_get(&req, &one), -ENOENT);
	req.id.idiag_cookie[0] = req.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	EQ(diag_get(&req, &one), 0);
	req.id.idiag_dport = htons(1);
	EQ(diag_get(&req, &one), -ENOENT);
}

TEST(diag_one_listener, V46, "linux-surface 11 sockid: a listener")
{
	int l = listener(3);
	struct diag d = diag_find(port_of(l), 0, 0), one;
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);

	EQ(diag_get(&req, &one), 0);
	EQ(one.msg.idiag_inode, inode_of(l));
	EQ(one.msg.idiag_state, 10);
}

TEST(diag_states, V46, "linux-surface 11 states bitmap")
{
	struct pair p = connect_pair();
	struct inet_diag_req_v2 req = diag_request();

	(void)p;
	EQ(diag_count(&req, NULL, 0), 3);
	req.idiag_states = 1 << 10;
	EQ(diag_count(&req, NULL, 0), 1);
	req.idiag_states = 1 << 1;
	EQ(diag_count(&req, NULL, 0), 2);
	req.idiag_states = 1 << 8;
	EQ(diag_count(&req, NULL, 0), 0);
}

TEST(diag_ports, V46, "linux-surface 11 sockid of a dump: ports")
{
	struct pair p = connect_pair();
	struct inet_diag_req_v2 req = diag_request();

	req.id.idiag_sport = htons(port_of(p.c));
	EQ(diag_count(&req, NULL, 0), 1);
	req.id.idiag_sport = htons(port_of(p.s));
	EQ(diag_count(&req, NULL, 0), 2);
	req.id.idiag_dport = htons(port_of(p.c));
	EQ(diag_count(&req, NULL, 0), 1);
}

TEST(diag_namespaces, V46, "issue 7: namespaces see their own only")
{
	struct pair p = connect_pair();
	struct inet_diag_req_v2 req = diag_request();

	EQ(diag_count(&req, NULL, 0), 3);
	new_netns();
	EQ(diag_count(&req, NULL, 0), 0);
	close(p.c);
}

TEST(diag_malformed, V46, "linux-surface 11: a request that is too short")
{
	struct {
		struct nlmsghdr h;
		unsigned char family;
	} q = { .h = { .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.family = diag_request().sdiag_family };
	int fd = OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	struct { struct nlmsghdr h; struct nlmsgerr e; } answer;

	q.h.nlmsg_len = NLMSG_LENGTH(4);
	EQ(send(fd, &q, q.h.nlmsg_len, 0), q.h.nlmsg_len);
	OK(recv(fd, &answer, sizeof(answer), 0));
	EQ(answer.h.nlmsg_type, NLMSG_ERROR);
	EQ(answer.e.error, -EINVAL);
}

TEST(diag_destroy, V46, "linux-surface 11 SOCK_DESTROY: ECONNABORTED here, a RST there")
{
	struct pair p = connect_pair();
	struct diag d = diag_of(p.c, p.s, 0);
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);
	char byte;

	EQ(diag_kill(&req), 0);
	ERR(recv(p.c, &byte, 1, 0), ECONNABORTED);
	EXPECT_EVENTS(p.c, P_EOF | P_OUT | POLLHUP);
	ERR(recv(p.s, &byte, 1, 0), ECONNRESET);
	EQ(diag_kill(&req), -ENOENT);
}

TEST(diag_destroy_listener, V46, "linux-surface 11 SOCK_DESTROY: a listener listens no more")
{
	int l = listener(3), c = csock(0);
	struct diag d = diag_find(port_of(l), 0, 0);
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);
	struct addr to = loop_addr(port_of(l));

	EQ(diag_kill(&req), 0);
	ERR(accept(l, NULL, NULL), EINVAL);
	ERR(do_connect(c, to), ECONNREFUSED);
}

TEST(diag_destroy_request, V46, "linux-surface 11 SOCK_DESTROY: a request is gone")
{
	int l = listener(8), c = half_open(l);
	struct diag d = diag_of(l, c, 0);
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);

	EQ(diag_kill(&req), 0);
	CHECK(!diag_has(port_of(l), port_of(c)));
}

TEST(diag_destroy_time_wait, V46, "linux-surface 11 SOCK_DESTROY: a TIME-WAIT is gone")
{
	struct diag d = time_wait();
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);

	EQ(diag_kill(&req), 0);
	CHECK(!diag_has(ntohs(d.msg.id.idiag_sport), ntohs(d.msg.id.idiag_dport)));
}

TEST(diag_destroy_unprivileged, V46, "linux-surface 11 SOCK_DESTROY needs CAP_NET_ADMIN, so does MARK")
{
	struct pair p = connect_pair();
	struct diag d = diag_of(p.c, p.s, 0);
	struct inet_diag_req_v2 req = diag_request_for(&d, 0);
	struct inet_diag_bc_op marked[3] = {	/* its operand is two numbers */
		{ .code = INET_DIAG_BC_MARK_COND, .yes = sizeof(marked), .no = sizeof(marked) + 4 },
	};

	OK(setresuid(65534, 65534, 65534));
	EQ(diag_kill(&req), -EPERM);
	d = diag_of(p.c, p.s, 0);
	CHECK(!diag_attr(&d, INET_DIAG_MARK, NULL));
	req = diag_request();
	EQ(diag_count(&req, marked, sizeof(marked)), -EPERM);
	round_trip(p.c, p.s);
}
