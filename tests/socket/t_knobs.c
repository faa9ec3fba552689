// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunables of net.xtcp that a socket shows: each changes what the API does. Those that change
 * what is sent are tested in kunit/ and tests/wire/. Run by st.c.
 */
#include "st.h"

#define KNOB(name) "/proc/sys/net/xtcp/" name

TEST(knob_rmem_default, V46 | XTCP_ONLY, "linux-surface 1 rmem[1]: receive buffer of a new socket")
{
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_RCVBUF), 131072);
	write_file(KNOB("rmem_default"), "50000");
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_RCVBUF), 50000);
}

TEST(knob_wmem_default, V46 | XTCP_ONLY, "linux-surface 1 wmem[1]: send buffer of a new socket")
{
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_SNDBUF), 87040);
	write_file(KNOB("wmem_default"), "50000");
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_SNDBUF), 50000);
}

static int rcv_wscale(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_rcv_wscale;
}

/* Half of the buffer is for text: 3 MB take a shift of 6, 64 KB less a byte none. */
TEST(knob_rmem_max, V46 | XTCP_ONLY, "rfcs 7323: the shift is that of the greatest window")
{
	struct pair p = connect_pair();

	EQ(rcv_wscale(p.c), 6);
	EQ(rcv_wscale(p.s), 6);
	write_file(KNOB("rmem_default"), "65536");
	write_file(KNOB("rmem_max"), "131070");
	p = connect_pair();
	EQ(rcv_wscale(p.c), 0);
	EQ(rcv_wscale(p.s), 0);
}

/* The send buffer grows with what is in flight, up to the bound. */
TEST(knob_wmem_max, V46 | XTCP_ONLY, "linux-surface 1 wmem[2]: greatest automatic send buffer")
{
	struct pair p;

	write_file(KNOB("wmem_max"), "100000");
	p = connect_pair();
	nonblock(p.c);
	for (int i = 0; i < 50; i++)
		drain(p.s, fill(p.c));
	EQ(get_int(p.c, SOL_SOCKET, SO_SNDBUF), 100000);
	write_file(KNOB("wmem_max"), "4194304");
	for (int i = 0; i < 50; i++)
		drain(p.s, fill(p.c));
	CHECK(get_int(p.c, SOL_SOCKET, SO_SNDBUF) > 100000);
}

TEST(knob_out_of_range, ONCE | XTCP_ONLY, "linux-surface 1: EINVAL, and the old value is kept")
{
	char text[32] = "";
	int fd = OK(open(KNOB("syn_retries"), O_RDWR));

	ERR(write(fd, "0", 1), EINVAL);
	ERR(write(fd, "128", 3), EINVAL);
	ERR(write(fd, "many", 4), EINVAL);
	OK(pread(fd, text, sizeof(text) - 1, 0));
	EQ(atoi(text), 5);
}

static void default_congestion_is(const char *want)
{
	char name[16] = "?";
	socklen_t len = sizeof(name);

	OK(getsockopt(sock(server_af(), 0), IPPROTO_TCP, TCP_CONGESTION, name, &len));
	if (strcmp(name, want))
		FAIL("the default algorithm is '%s', not '%s'", name, want);
}

TEST(knob_congestion_control, V46 | XTCP_ONLY, "linux-surface 1 congestion_control: the default")
{
	char text[64] = "";
	int fd = OK(open(KNOB("congestion_control"), O_RDWR));

	default_congestion_is("cubic");
	write_file(KNOB("congestion_control"), "reno");
	default_congestion_is("reno");
	ERR(write(fd, "no such one", 11), ENOENT);
	OK(pread(fd, text, sizeof(text) - 1, 0));
	CHECK(!strcmp(text, "reno\n"));
	new_netns();
	default_congestion_is("cubic");
}

TEST(knob_available_congestion_control, ONCE | XTCP_ONLY, "linux-surface 1: names of all")
{
	char text[64] = "";
	int fd = OK(open(KNOB("available_congestion_control"), O_RDONLY));

	OK(pread(fd, text, sizeof(text) - 1, 0));
	CHECK(!strcmp(text, "cubic reno bbr\n"));
}
