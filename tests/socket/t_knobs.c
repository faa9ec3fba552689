// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunables of net.xtcp that a socket shows: each changes what the API does. Those that change
 * what is sent are tested in kunit/ and tests/wire/. Run by st.c.
 */
#include <sched.h>
#include "st.h"

#define KNOB(name) "/proc/sys/net/xtcp/" name

TEST(knob_rmem_initial, V46 | XTCP_ONLY, "linux-surface 1 rmem[1]: receive buffer of a new socket")
{
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_RCVBUF), 131072);
	write_file(KNOB("rmem"), "4096 50000");
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_RCVBUF), 50000);
}

TEST(knob_wmem_initial, V46 | XTCP_ONLY, "linux-surface 1 wmem[1]: send buffer of a new socket")
{
	EQ(get_int(sock(server_af(), 0), SOL_SOCKET, SO_SNDBUF), 16384);
	write_file(KNOB("wmem"), "4096 50000");
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
TEST(knob_rmem_most, V46 | XTCP_ONLY, "rfcs 7323: the shift is that of the greatest window")
{
	struct pair p = connect_pair();

	EQ(rcv_wscale(p.c), 6);
	EQ(rcv_wscale(p.s), 6);
	/* net.core.rmem_max, 208 KB, is what SO_RCVBUF may still ask for (linux-surface 2). */
	write_file(KNOB("rmem"), "4096 65536 131070");
	p = connect_pair();
	EQ(rcv_wscale(p.c), 2);
	EQ(rcv_wscale(p.s), 2);
}

/* The send buffer grows with what is in flight, up to the bound. */
TEST(knob_wmem_most, V46 | XTCP_ONLY, "linux-surface 1 wmem[2]: greatest automatic send buffer")
{
	struct pair p;

	write_file(KNOB("wmem"), "4096 16384 100000");
	p = connect_pair();
	nonblock(p.c);
	for (int i = 0; i < 50; i++)
		drain(p.s, fill(p.c));
	EQ(get_int(p.c, SOL_SOCKET, SO_SNDBUF), 100000);
	write_file(KNOB("wmem"), "4096 16384 4194304");
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

TEST(knob_three_numbers, ONCE | XTCP_ONLY, "linux-surface 1 rmem, wmem: ranges, all or nothing")
{
	char text[64] = "";
	int fd = OK(open(KNOB("rmem"), O_RDWR));

	ERR(write(fd, "8192 8192 4095", 14), EINVAL);
	ERR(write(fd, "8192 2147483648", 15), EINVAL);
	OK(pread(fd, text, sizeof(text) - 1, 0));
	if (strncmp(text, "4096\t131072\t", 12))
		FAIL("rmem is %s", text);
	/* They need not rise. */
	OK(write(fd, "8192 5000 4096", 14));
	memset(text, 0, sizeof(text));
	OK(pread(fd, text, sizeof(text) - 1, 0));
	CHECK(!strcmp(text, "8192\t5000\t4096\n"));
	fd = OK(open(KNOB("wmem"), O_RDWR));
	ERR(write(fd, "0", 1), EINVAL);
	OK(write(fd, "1 1 1", 5));
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
	CHECK(!strcmp(text, "cubic reno bbr dctcp\n"));
}

TEST(knob_keepalive, V46 | XTCP_ONLY, "linux-surface 1 keepalive_time, _intvl, _probes")
{
	int fd = sock(server_af(), 0);

	write_file(KNOB("keepalive_time"), "600");
	write_file(KNOB("keepalive_intvl"), "60");
	write_file(KNOB("keepalive_probes"), "20");
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPIDLE), 600);
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPINTVL), 60);
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPCNT), 20);
	write_file(KNOB("keepalive_time_ms"), "5500");
	write_file(KNOB("keepalive_intvl_ms"), "2000");
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPIDLE), 5);
	EQ(get_int(fd, IPPROTO_TCP, TCP_KEEPINTVL), 2);
}

static int reordering_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_reordering;
}

TEST(knob_reordering, V46 | XTCP_ONLY, "linux-surface 1 reordering, max_reordering")
{
	struct pair p = connect_pair();

	EQ(reordering_of(p.c), 3);
	write_file(KNOB("reordering"), "10");
	EQ(reordering_of(p.c), 10);
	write_file(KNOB("max_reordering"), "7");
	EQ(reordering_of(p.c), 7);
}

/* net.core.message_cost, of the first namespace; 0: no line is left out for their number. */
static void message_cost(const char *seconds)
{
	int here = OK(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	int first = OK(open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC));

	OK(setns(first, CLONE_NEWNET));
	write_file("/proc/sys/net/core/message_cost", seconds);
	OK(setns(here, CLONE_NEWNET));
	close(first);
	close(here);
}

/* A connection whose client may not have a TIME-WAIT; what the log says of it. */
static int told_of_full(int log)
{
	struct pair p = connect_pair();
	char line[2048];
	long before = counter("TCPTimeWaitOverflow");
	int told = 0;
	ssize_t n;

	close(p.c);
	expect_eof(p.s);
	close(p.s);
	while (counter("TCPTimeWaitOverflow") == before)
		usleep(1000);
	while ((n = read(log, line, sizeof(line) - 1)) > 0) {
		line[n] = 0;
		told += strstr(line, "no room for another TIME-WAIT") != NULL;
	}
	return told;
}

TEST(knob_log_level, ONCE | XTCP_ONLY, "linux-surface 3 log_level")
{
	int log = OK(open("/dev/kmsg", O_RDONLY | O_NONBLOCK));
	int quiet, told;

	OK(lseek(log, 0, SEEK_END));
	write_file(KNOB("max_tw_buckets"), "0");
	message_cost("0");
	write_file(KNOB("log_level"), "0");
	quiet = told_of_full(log);
	write_file(KNOB("log_level"), "1");
	told = told_of_full(log);
	message_cost("5");
	EQ(quiet, 0);
	EQ(told, 1);
}
