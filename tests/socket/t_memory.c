// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: net.xtcp.mem and what happens beyond its limits. It is the same for all
 * namespaces, so each test puts it back before it judges. Run by st.c.
 */
#include <sched.h>
#include <sys/stat.h>
#include "st.h"

#define MEM "/proc/sys/net/xtcp/mem"

/* More than all CPUs may keep back from the sum (1 MB each) in any machine for tests. */
#define MUCH	(12 << 20)

/* In the first namespace, which alone has it. */
static int open_mem(void)
{
	int here = OK(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	int first = OK(open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC));
	int fd;

	OK(setns(first, CLONE_NEWNET));
	fd = open(MEM, O_RDWR | O_CLOEXEC);
	OK(setns(here, CLONE_NEWNET));
	close(first);
	close(here);
	return OK(fd);
}

static char mem_before[64];
static int mem_fd;

static void set_mem(const char *text)
{
	mem_fd = open_mem();
	EQ(read(mem_fd, mem_before, sizeof(mem_before) - 1) > 0, 1);
	OK(pwrite(mem_fd, text, strlen(text), 0));
}

static void restore_mem(void)
{
	OK(pwrite(mem_fd, mem_before, strlen(mem_before), 0));
	close(mem_fd);
}

/* A connection that holds much memory: nobody reads. */
static struct pair greedy_pair(void)
{
	struct pair p = connect_pair();

	set_int(p.c, SOL_SOCKET, SO_SNDBUFFORCE, MUCH);
	CHECK(fill(p.c) > MUCH / 2);
	return p;
}

TEST(memory_limits, ONCE | XTCP_ONLY, "linux-surface 1 mem: low, pressure, high; global")
{
	long low, pressure, high;
	char text[64] = "";

	ERR(open(MEM, O_RDONLY), ENOENT);
	OK(read(open_mem(), text, sizeof(text) - 1));
	EQ(sscanf(text, "%ld %ld %ld", &low, &pressure, &high), 3);
	CHECK(low > 0 && low < pressure && pressure < high);
}

static void churn(struct pair *p)
{
	for (int i = 0; i < 50; i++)
		drain(p->s, fill(p->c));
}

TEST(memory_pressure, ONCE | XTCP_ONLY, "linux-surface 1 mem: buffers do not grow, data flows")
{
	struct pair much = greedy_pair(), p;
	int sndbuf, rcvbuf;
	long pressures;

	set_mem("1 1 1000000000");
	drain(much.s, 1 << 20);
	fill(much.c);
	p = connect_pair();
	nonblock(p.c);
	churn(&p);
	sndbuf = get_int(p.c, SOL_SOCKET, SO_SNDBUF);
	rcvbuf = get_int(p.s, SOL_SOCKET, SO_RCVBUF);
	pressures = counter("TCPMemoryPressures");
	usleep(50000);	/* so long it lasts at least */
	restore_mem();
	EQ(pressures, 1);
	EQ(rcvbuf, 131072);
	CHECK(sndbuf <= 16384);
	churn(&p);
	CHECK(get_int(p.s, SOL_SOCKET, SO_RCVBUF) > 131072);
	CHECK(get_int(p.c, SOL_SOCKET, SO_SNDBUF) > 131072);
	CHECK(counter("TCPMemoryPressuresChrono") >= 40);
	close(much.c);
}

/* Each end has one packet at least, so what is sent in small pieces arrives all the same. */
TEST(memory_end_moves_on, ONCE | XTCP_ONLY, "linux-surface 1 mem: what was acknowledged is kept")
{
	struct pair much = greedy_pair(), p = connect_pair();
	long called, pruned, full;
	char got[20000];

	set_mem("1 1 1");
	if (!fork()) {
		for (int i = 0; i < 20; i++) {
			char piece[1000];

			memset(piece, 'a' + i, sizeof(piece));
			send_all(p.c, piece, sizeof(piece));
		}
		_exit(0);
	}
	while (!counter("RcvPruned"))
		usleep(1000);
	called = counter("PruneCalled");
	pruned = counter("RcvPruned");
	full = counter("XtcpDropQueueFull");
	recv_all(p.s, got, sizeof(got));
	restore_mem();
	CHECK(called >= pruned);
	CHECK(full > 0);
	for (int i = 0; i < 20000; i++)
		if (got[i] != 'a' + i / 1000)
			FAIL("octet %d is %d, not %d", i, got[i], 'a' + i / 1000);
	close(much.c);
}

TEST(memory_orphan_is_reset, V46 | XTCP_ONLY, "mission 8: tcp_mem exhausted: RST, TCPAbortOnMemory")
{
	struct pair much = greedy_pair();
	long aborts;

	set_mem("1 1 1");
	close(much.c);
	aborts = counter("TCPAbortOnMemory");
	restore_mem();
	EQ(aborts, 1);
	wait_for(much.s, POLLERR);
	EQ(so_error(much.s), ECONNRESET);
}

/* One that was closed in better times is reset when its timer comes. */
TEST(memory_orphan_is_reset_later, ONCE | XTCP_ONLY, "mission 8: tcp_mem exhausted: RST")
{
	struct pair much = greedy_pair();

	close(much.c);
	EQ(counter("TCPAbortOnMemory"), 0);
	set_mem("1 1 1");
	wait_for(much.s, POLLERR);
	restore_mem();
	EQ(so_error(much.s), ECONNRESET);
	EQ(counter("TCPAbortOnMemory"), 1);
}

#define GROUPS "/sys/fs/cgroup"

/* Bytes of sockets that are charged to the group of the test. */
static long charged(void)
{
	FILE *f = fopen(GROUPS "/xtcp_test/memory.stat", "re");
	char line[128];
	long n = -1;

	CHECK(f);
	while (n < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "sock %ld", &n);
	fclose(f);
	return n;
}

/* The test process is alone in a group of its own. */
static void enter_group(void)
{
	write_file(GROUPS "/cgroup.subtree_control", "+memory");
	if (mkdir(GROUPS "/xtcp_test", 0755) && errno != EEXIST)
		FAIL("mkdir: %s", st_errname(errno));
	write_file(GROUPS "/xtcp_test/cgroup.procs", "0");
	EQ(charged(), 0);
}

static void leave_group(void)
{
	write_file(GROUPS "/cgroup.procs", "0");
	OK(rmdir(GROUPS "/xtcp_test"));
}

/* Both ways: the kernel charges a socket that a user makes, xtcp one that he accepts. */
TEST(memory_group_pays, V46 | XTCP_ONLY, "linux-surface: memory.stat sock counts queued data")
{
	struct pair p;
	size_t n;

	enter_group();
	p = connect_pair();
	set_int(p.c, SOL_SOCKET, SO_SNDBUFFORCE, MUCH);
	CHECK(fill(p.c) > MUCH);
	CHECK(charged() > MUCH);
	close(p.c);
	close(p.s);
	while (charged())
		usleep(1000);
	p = connect_pair();
	set_int(p.s, SOL_SOCKET, SO_SNDBUFFORCE, MUCH);
	n = fill(p.s);
	CHECK(n > MUCH);
	CHECK(charged() > MUCH);
	drain(p.c, n);
	close(p.s);
	close(p.c);
	while (charged())
		usleep(1000);
	leave_group();
}

/* A child belongs to nobody until it is accepted; then its user owes what it has already. */
TEST(memory_group_pays_for_earlier, V46 | XTCP_ONLY, "linux-surface: memory.stat sock, accept()")
{
	int l = listener(8), c = csock(0), s;
	size_t n;

	OK(do_connect(c, loop_addr(port_of(l))));
	n = fill(c);
	enter_group();
	s = OK(accept(l, NULL, NULL));
	/* What the file says is up to two seconds old where little has changed. */
	while (charged() < inq(s))
		usleep(1000);
	drain(s, n);
	close(s);
	close(c);
	while (charged())
		usleep(1000);
	leave_group();
}
