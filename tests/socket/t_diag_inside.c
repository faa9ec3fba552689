// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag: programs of INET_DIAG_REQ_BYTECODE, what xtcp tells of its inside,
 * and all of it and of /proc/net/xtcp with many sockets. Run by st.c.
 */
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>
#include "st_diag.h"

/* How many of the sockets there are pass a program of one condition: op with operand. */
static int passing(int code, const void *operand, int size)
{
	struct inet_diag_req_v2 req = diag_request();
	char program[64] = "";
	struct inet_diag_bc_op *op = (struct inet_diag_bc_op *)program;
	int len = sizeof(*op) + size;

	*op = (struct inet_diag_bc_op){ .code = code, .yes = len, .no = len + 4 };
	if (size)
		memcpy(op + 1, operand, size);
	return diag_count(&req, program, len);
}

static int passing_port(int code, int port)
{
	struct inet_diag_bc_op operand = { .no = port };

	return passing(code, &operand, sizeof(operand));
}

TEST(diag_filter_ports, V46, "linux-surface 11 bytecode: S/D GE LE EQ")
{
	struct pair p = connect_pair();
	int client = port_of(p.c), server = port_of(p.s);

	EQ(passing_port(INET_DIAG_BC_S_EQ, client), 1);
	EQ(passing_port(INET_DIAG_BC_S_EQ, server), 2);
	EQ(passing_port(INET_DIAG_BC_D_EQ, client), 1);
	EQ(passing_port(INET_DIAG_BC_D_EQ, 0), 1);
	EQ(passing_port(INET_DIAG_BC_S_GE, 0), 3);
	EQ(passing_port(INET_DIAG_BC_S_GE, client), client > server ? 1 : 3);
	EQ(passing_port(INET_DIAG_BC_S_LE, client), client > server ? 3 : 1);
	EQ(passing_port(INET_DIAG_BC_D_GE, 1), 2);
	EQ(passing_port(INET_DIAG_BC_D_LE, 0), 1);
}

static int passing_host(int code, const struct addr *a, int prefix, int port)
{
	struct {
		struct inet_diag_hostcond cond;
		__be32 addr[4];
	} operand = { { .family = a->sa.sa_family, .prefix_len = prefix, .port = port }, {} };
	bool v4 = a->sa.sa_family == AF_INET;

	if (v4)
		operand.addr[0] = a->in.sin_addr.s_addr;
	else
		memcpy(operand.addr, &a->in6.sin6_addr, 16);
	return passing(code, &operand, sizeof(operand.cond) + (v4 ? 4 : 16));
}

TEST(diag_filter_hosts, V46, "linux-surface 11 bytecode: S/D_COND")
{
	struct pair p = connect_pair();
	bool v4 = server_af() == AF_INET;
	struct addr here = loop_addr(0), other = addr_of(server_af(), v4 ? "127.0.0.2" : "::2", 0);
	int all = v4 ? 32 : 128;

	EQ(passing_host(INET_DIAG_BC_D_COND, &here, all, -1), 2);
	EQ(passing_host(INET_DIAG_BC_D_COND, &other, all, -1), 0);
	/* "::" of the listener is in ::/126. */
	EQ(passing_host(INET_DIAG_BC_D_COND, &other, all - 2, -1), v4 ? 2 : 3);
	EQ(passing_host(INET_DIAG_BC_D_COND, &here, all, port_of(p.c)), 1);
	EQ(passing_host(INET_DIAG_BC_S_COND, &here, all, port_of(p.c)), 1);
	EQ(passing_host(INET_DIAG_BC_S_COND, &other, all, -1), 0);
}

TEST(diag_filter_others, V46, "linux-surface 11 bytecode: AUTO, DEV_COND, MARK_COND, JMP, NOP")
{
	struct pair p = connect_pair();
	struct inet_diag_markcond mark = { .mark = 5, .mask = 7 };
	unsigned int dev = 1, none = 0;
	int chosen = csock(0);

	set_int(p.c, SOL_SOCKET, SO_MARK, 13);
	EQ(passing(INET_DIAG_BC_MARK_COND, &mark, sizeof(mark)), 1);
	EQ(passing(INET_DIAG_BC_DEV_COND, &dev, sizeof(dev)), 0);
	EQ(passing(INET_DIAG_BC_DEV_COND, &none, sizeof(none)), 3);
	OK(setsockopt(p.c, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	EQ(passing(INET_DIAG_BC_AUTO, NULL, 0), 3);
	OK(do_bind(chosen, loop_addr(7777)));
	OK(listen(chosen, 1));
	EQ(passing(INET_DIAG_BC_AUTO, NULL, 0), 3);
	EQ(passing(INET_DIAG_BC_DEV_COND, &none, sizeof(none)), 3);
	EQ(passing(INET_DIAG_BC_NOP, NULL, 0), 4);
	EQ(passing(INET_DIAG_BC_JMP, NULL, 0), 0);
}

TEST(diag_filter_or, V46, "linux-surface 11 bytecode: two conditions, either of which will do")
{
	struct pair p = connect_pair();
	struct inet_diag_req_v2 req = diag_request();
	struct inet_diag_bc_op program[] = {
		{ .code = INET_DIAG_BC_S_EQ, .yes = 8, .no = 12 }, { .no = port_of(p.c) },
		{ .code = INET_DIAG_BC_JMP, .yes = 4, .no = 12 },
		{ .code = INET_DIAG_BC_D_EQ, .yes = 8, .no = 12 }, { .no = 0 },
	};

	/* The client, or a listener. */
	EQ(diag_count(&req, program, sizeof(program)), 2);
}

TEST(diag_filter_malformed, V46, "linux-surface 11 bytecode: EINVAL for what is none")
{
	struct inet_diag_req_v2 req = diag_request();
	struct inet_diag_bc_op bad[][2] = {
		{ { .code = 200, .yes = 4, .no = 8 } },			/* no such instruction */
		{ { .code = INET_DIAG_BC_S_EQ, .yes = 4, .no = 12 } },	/* into its operand */
		{ { .code = INET_DIAG_BC_S_EQ, .yes = 12, .no = 16 } },	/* beyond the end */
		{ { .code = INET_DIAG_BC_S_EQ, .yes = 8, .no = 0 } },	/* on the spot */
		{ { .code = INET_DIAG_BC_S_EQ, .yes = 8, .no = 16 } },	/* farther than the end */
		{ { .code = INET_DIAG_BC_S_EQ, .yes = 8, .no = 10 } },	/* not a multiple of 4 */
		{ { .code = INET_DIAG_BC_D_COND, .yes = 8, .no = 12 } },/* half an operand */
	};
	struct addr here = loop_addr(0);
	bool v4 = here.sa.sa_family == AF_INET;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EQ(diag_count(&req, bad[i], sizeof(bad[i])), -EINVAL);
	EQ(diag_count(&req, bad[0], 3), -EINVAL);
	EQ(passing_host(INET_DIAG_BC_S_COND, &here, v4 ? 33 : 129, -1), -EINVAL);
}

TEST(diag_inside_conn, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN, XTCP_DIAG_TIMERS")
{
	struct pair p = connect_pair();
	const struct xtcp_diag_conn *c, *s;
	struct diag dc, ds;
	const __s64 *timers;
	int len, i, on = 0;

	fill(p.c);
	set_int(p.s, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(p.s, SOL_SOCKET, SO_KEEPALIVE, 1);
	dc = diag_find(port_of(p.c), port_of(p.s), XTCP_DIAG_EXT_BIT);
	ds = diag_find(port_of(p.s), port_of(p.c), XTCP_DIAG_EXT_BIT);
	c = diag_attr(&dc, XTCP_DIAG_CONN, &len);
	EQ(len, sizeof(*c));
	s = diag_attr(&ds, XTCP_DIAG_CONN, NULL);
	CHECK(s);
	EQ(c->snd_end - c->snd_una, outq(p.c));
	EQ(s->rcv_nxt - s->rcv_copied, inq(p.s));
	EQ(c->iss, s->irs);
	EQ(s->iss, c->irs);
	EQ(c->snd_una - c->iss - 1, inq(p.s));	/* nobody has read */
	EQ(c->flags & (XTCP_DIAG_PASSIVE | XTCP_DIAG_NODELAY | XTCP_DIAG_KEEPALIVE), 0);
	EQ(s->flags, XTCP_DIAG_PASSIVE | XTCP_DIAG_NODELAY | XTCP_DIAG_KEEPALIVE);
	EQ(c->phase, XTCP_DIAG_OPEN);
	CHECK(c->srtt_us > 0 && c->cwnd > 0 && c->rto_us >= 200000);
	EQ(c->snd_buf, get_int(p.c, SOL_SOCKET, SO_SNDBUF));
	timers = diag_attr(&dc, XTCP_DIAG_TIMERS, &len);
	CHECK(timers && len % 8 == 0);
	for (i = 0; i < len / 8; i++)
		on += timers[i] >= 0;
	CHECK(on > 0);
}

TEST(diag_inside_fin, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_CONN.flags of the ends")
{
	struct pair p = connect_pair();
	int client = port_of(p.c), server = port_of(p.s);
	const struct xtcp_diag_conn *c;
	struct diag d;

	OK(shutdown(p.c, SHUT_WR));
	expect_eof(p.s);
	d = diag_find(client, server, XTCP_DIAG_EXT_BIT);
	c = diag_attr(&d, XTCP_DIAG_CONN, NULL);
	CHECK(c);
	EQ(c->flags, XTCP_DIAG_FIN_QUEUED | XTCP_DIAG_FIN_SENT);
	d = diag_find(server, client, XTCP_DIAG_EXT_BIT);
	c = diag_attr(&d, XTCP_DIAG_CONN, NULL);
	EQ(c->flags, XTCP_DIAG_PASSIVE | XTCP_DIAG_FIN_RCVD);
	close(p.c);
	/* The FIN may be acknowledged with text that there is none of: a little later. */
	do
		d = diag_find(client, server, XTCP_DIAG_EXT_BIT);
	while (d.msg.idiag_state == 4);
	EQ(d.msg.idiag_state, 5);
	c = diag_attr(&d, XTCP_DIAG_CONN, NULL);
	CHECK(c->flags & XTCP_DIAG_ORPHAN);
	EQ(d.msg.idiag_timer, 2);	/* life of FIN-WAIT-2 */
}

TEST(diag_inside_listener, V46 | XTCP_ONLY, "uapi/linux/xtcp_diag.h XTCP_DIAG_LISTENER")
{
	int l = listener(5), c[2] = { csock(0), csock(0) };
	const struct xtcp_diag_listener *q;
	struct diag d;

	OK(do_connect(c[0], loop_addr(port_of(l))));
	wait_for(l, POLLIN);
	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
	OK(do_connect(c[1], loop_addr(port_of(l))));
	d = diag_find(port_of(l), 0, XTCP_DIAG_EXT_BIT);
	q = diag_attr(&d, XTCP_DIAG_LISTENER, NULL);
	CHECK(q);
	EQ(q->ready, 1);
	EQ(q->backlog, 5);
	EQ(q->requests, 1);
	EQ(q->young, 1);
	EQ(q->most_requests, 6);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Lines of the table of the family under test, in *took seconds. */
static int lines_of_table(double *took)
{
	const char *path = st_family == ST_INET ? "/proc/net/tcp" : "/proc/net/xtcp";
	int fd = OK(open(path, O_RDONLY)), n = 0;
	double start = seconds();
	static char buf[65536];
	ssize_t got;

	while ((got = OK(read(fd, buf, sizeof(buf)))))
		for (char *at = buf; (at = memchr(at, '\n', buf + got - at)); at++)
			n++;
	close(fd);
	*took = seconds() - start;
	return n - 1;
}

static int lines_of_diag(double *took)
{
	struct inet_diag_req_v2 req = diag_request();
	double start = seconds();
	int n = diag_count(&req, NULL, 0);

	*took = seconds() - start;
	return n;
}

/* To several addresses of a listener: half of the ports to each are found without a search. */
static void many_pairs(int l, int n)
{
	struct addr to = loop_addr(port_of(l));

	for (int i = 0; i < n; i++) {
		to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK + i / 14000);
		OK(do_connect(csock(0), to));
		OK(accept(l, NULL, NULL));
	}
}

static double fastest(int (*lines)(double *took), int want)
{
	double best = 1e9, took;

	for (int i = 0; i < 3; i++) {
		EQ(lines(&took), want);
		if (took < best)
			best = took;
	}
	return best / want;
}

TEST(table_of_many, ONCE, "issue 7: /proc/net/xtcp and sock_diag with 100 000 sockets")
{
	int few = 1000, many = small_run() ? 2000 : 50000, l = listener(64);
	struct rlimit limit = { 2 * many + 100, 2 * many + 100 };
	double proc, diag;

	OK(setrlimit(RLIMIT_NOFILE, &limit));
	tcp_knob("max_syn_backlog", "4096");
	many_pairs(l, few);
	proc = fastest(lines_of_table, 2 * few + 1);
	diag = fastest(lines_of_diag, 2 * few + 1);
	many_pairs(l, many - few);
	/* A line takes as long: a walk that begins anew for each page takes fifty times as long. */
	CHECK(fastest(lines_of_table, 2 * many + 1) < 8 * proc);
	CHECK(fastest(lines_of_diag, 2 * many + 1) < 8 * diag);
}

static volatile int churn_ends;

static void *churn(void *arg)
{
	int l = *(int *)arg;

	while (!churn_ends) {
		int c = csock(0), s;

		OK(do_connect(c, loop_addr(port_of(l))));
		s = OK(accept(l, NULL, NULL));
		reset_by(c);
		close(s);
	}
	return NULL;
}

TEST(table_while_it_changes, V46, "issue 7: right under concurrent change")
{
	struct pair p = connect_pair();
	int local = port_of(p.c), peer = port_of(p.s), l = listener(8);
	pthread_t thread;

	/* Who is there all the time is in each dump, whoever comes and goes. */
	EQ(pthread_create(&thread, NULL, churn, &l), 0);
	for (int i = 0; i < 200; i++)
		CHECK(diag_has(local, peer) && diag_has(peer, local));
	churn_ends = 1;
	EQ(pthread_join(thread, NULL), 0);
}
