// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options that the kernel keeps for all its protocols, and what they do on a stream: programs of
 * the extended BPF, buffers beyond the limits, options of IP, labels of flows. Run by st.c.
 */
#include "st.h"

#include <linux/bpf.h>
#include <linux/in6.h>
#include <sched.h>
#include <sys/syscall.h>

#define PORT	4000
#define RUNS	8
#define LABEL	0x12345

/* A program of the type of socket filters that returns value. */
static int program(int value)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};

	return OK(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

TEST(shared_bpf_filter, V46, "linux-surface 5 SO_ATTACH_BPF: what it refuses is as lost")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	set_int(p.s, SOL_SOCKET, SO_ATTACH_BPF, program(0));
	send_all(p.c, "x", 1);
	EQ(inq(p.s), 0);
	set_int(p.s, SOL_SOCKET, SO_ATTACH_BPF, program(-1));
	expect_bytes(p.s, "x");		/* when it is sent again */
}

static int member(void)
{
	int fd = sock(server_af(), SOCK_NONBLOCK);

	set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	OK(do_bind(fd, any_addr(PORT)));
	OK(listen(fd, RUNS));
	return fd;
}

TEST(shared_bpf_chooses, V46, "linux-surface 5 ATTACH_REUSEPORT_EBPF: names the nth that listens")
{
	int first = member(), second = member();

	for (int chosen = 0; chosen < 2; chosen++) {
		set_int(first, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, program(chosen));
		for (int i = 0; i < RUNS; i++) {
			OK(do_connect(csock(0), loop_addr(PORT)));
			OK(accept(chosen ? second : first, NULL, NULL));
		}
		ERR(accept(chosen ? first : second, NULL, NULL), EAGAIN);
	}
}

TEST(shared_rcvbuf_force, V46, "linux-surface 5 RCVBUFFORCE: beyond rmem_max, for who may")
{
	int fd = csock(0), most = 64 << 20;

	set_int(fd, SOL_SOCKET, SO_RCVBUF, most);
	CHECK(get_int(fd, SOL_SOCKET, SO_RCVBUF) < most);
	set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, most);
	EQ(get_int(fd, SOL_SOCKET, SO_RCVBUF), 2 * most);
}

/* The loopback device takes a packet where it was sent. */
TEST(shared_incoming_cpu, V46, "linux-surface 5 SO_INCOMING_CPU: where the last segment was taken")
{
	struct pair p = connect_pair();
	cpu_set_t one, all;

	OK(sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < 2; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		OK(sched_setaffinity(0, sizeof(one), &one));
		round_trip(p.c, p.s);
		EQ(get_int(p.s, SOL_SOCKET, SO_INCOMING_CPU), cpu);
		EQ(get_int(p.c, SOL_SOCKET, SO_INCOMING_CPU), cpu);
	}
}

TEST(shared_napi_id, V46, "linux-surface 5 SO_INCOMING_NAPI_ID: the loopback device has none")
{
	struct pair p = connect_pair();

	round_trip(p.c, p.s);
	EQ(get_int(p.s, SOL_SOCKET, SO_INCOMING_NAPI_ID), 0);
}

/* So long is the header of IP of what the client sends. */
static void expect_header(struct pair p, int len)
{
	int tap = tap_open();

	send_all(p.c, "x", 1);
	EQ(tap_next(tap, 0, port_of(p.l), T_ACK).header, len);
	expect_bytes(p.s, "x");
	close(tap);
}

TEST(shared_ip_options, ONCE, "linux-surface 5 IP_OPTIONS: on what a connection sends")
{
	uint8_t nops[] = { 1, 1, 1, 0 }, room[40];
	socklen_t len = sizeof(room);
	struct pair p = connect_pair();

	expect_header(p, 20);
	OK(setsockopt(p.c, IPPROTO_IP, IP_OPTIONS, nops, sizeof(nops)));
	OK(getsockopt(p.c, IPPROTO_IP, IP_OPTIONS, room, &len));
	EQ(len, sizeof(nops));
	expect_header(p, 24);
	OK(setsockopt(p.c, IPPROTO_IP, IP_OPTIONS, nops, 0));
	expect_header(p, 20);
}

TEST(shared_pktinfo, ONCE, "linux-surface 5 PKTOPTIONS: PKTINFO has the address of this end")
{
	uint8_t control[256] = { 0 };
	struct msghdr m = { .msg_control = control };
	struct pair p = connect_pair();
	socklen_t len = sizeof(control);
	struct in_pktinfo info;
	struct cmsghdr *c;

	set_int(p.s, IPPROTO_IP, IP_PKTINFO, 1);
	OK(getsockopt(p.s, IPPROTO_IP, IP_PKTOPTIONS, control, &len));
	m.msg_controllen = len;
	c = CMSG_FIRSTHDR(&m);
	CHECK(c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO);
	memcpy(&info, CMSG_DATA(c), sizeof(info));
	EQ(ntohl(info.ipi_addr.s_addr), INADDR_LOOPBACK);
}

TEST(shared_flow_labels, ONCE, "linux-surface 5 FLOWLABEL_MGR: labels can be had and given back")
{
	struct in6_flowlabel_req want = {
		.flr_label = htonl(LABEL), .flr_action = IPV6_FL_A_GET,
		.flr_share = IPV6_FL_S_EXCL, .flr_flags = IPV6_FL_F_CREATE,
	};
	int fd;

	st_variant = ST_V6;
	fd = csock(0);
	inet_pton(AF_INET6, "::1", &want.flr_dst);
	OK(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &want, sizeof(want)));
	want.flr_flags |= IPV6_FL_F_EXCL;
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &want, sizeof(want)), EEXIST);
	want.flr_action = IPV6_FL_A_PUT;
	OK(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &want, sizeof(want)));
	ERR(setsockopt(fd, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &want, sizeof(want)), ESRCH);
}
