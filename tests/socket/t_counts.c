// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of what happens between the network and a socket whose user is at it, or does not
 * read (linux-surface.md section 9). Run by st.c.
 */
#include <linux/filter.h>
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "st.h"

#define KNOB(name) "/proc/sys/net/xtcp/" name

/* The user is at fd: he sends a byte of a page that comes when it is let. */
struct user {
	int fd, faults;
	char *page;
	long size;
	pthread_t thread;
};

static void *send_byte(void *arg)
{
	struct user *u = arg;

	return (void *)send(u->fd, u->page, 1, 0);
}

static bool can_hold(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENOSYS;
}

/* Returns when he owns the socket. */
static void hold(struct user *u, int fd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	u->fd = fd;
	u->size = sysconf(_SC_PAGESIZE);
	u->page = mmap(NULL, u->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(u->page != MAP_FAILED);
	/* poll() fails where it blocks. */
	u->faults = OK(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK));
	OK(ioctl(u->faults, UFFDIO_API, &api));
	reg.range.start = (uintptr_t)u->page;
	reg.range.len = u->size;
	OK(ioctl(u->faults, UFFDIO_REGISTER, &reg));
	EQ(pthread_create(&u->thread, NULL, send_byte, u), 0);
	wait_for(u->faults, POLLIN);
}

static void let_go(struct user *u)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)u->page, u->size } };
	void *sent;

	OK(ioctl(u->faults, UFFDIO_ZEROPAGE, &zero));
	EQ(pthread_join(u->thread, &sent), 0);
	EQ((long)sent, 1);
	close(u->faults);
}

static void wait_count(const char *name, long n)
{
	while (counter(name) < n)
		usleep(1000);
	EQ(counter(name), n);
}

/* His text takes the acknowledgment along that was due meanwhile. */
TEST(count_delayed_ack_locked, V46 | XTCP_ONLY, "linux-surface 9 DelayedACKLocked")
{
	struct user user;
	struct pair p;

	if (!can_hold())
		return;
	write_file(KNOB("quickack_max"), "0");
	write_file(KNOB("delack_max_ms"), "499");
	write_file(KNOB("delack_min_ms"), "499");
	p = connect_pair();
	send_all(p.c, "x", 1);
	wait_for(p.s, POLLIN);
	EQ(counter("DelayedACKLocked"), 0);
	hold(&user, p.s);
	wait_count("DelayedACKLocked", 1);
	let_go(&user);
	wait_for(p.c, POLLIN);
	EQ(counter("DelayedACKs"), 0);
}

TEST(count_lock_dropped_icmp, V46, "linux-surface 9 LockDroppedIcmps")
{
	struct pair p = connect_pair();
	int tap = tap_open();
	struct user user;
	struct seen text;
	char got[2];

	if (!can_hold())
		return;
	send_all(p.c, "x", 1);
	text = tap_next(tap, port_of(p.c), 0, T_ACK);
	hold(&user, p.c);
	EQ(counter("LockDroppedIcmps"), 0);
	host_unreachable(&text);
	wait_count("LockDroppedIcmps", 1);
	let_go(&user);
	recv_all(p.s, got, sizeof(got));
	EQ(so_error(p.c), 0);
}

/* What comes while he is at it waits in the backlog, and that has an end. */
TEST(count_backlog_drop, V46 | XTCP_ONLY, "linux-surface 9 TCPBacklogDrop")
{
	struct pair p = connect_pair();
	struct user user;
	char got[300];

	if (!can_hold())
		return;
	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	set_int(p.s, SOL_SOCKET, SO_RCVBUF, 1);
	set_int(p.s, SOL_SOCKET, SO_SNDBUF, 1);
	hold(&user, p.s);
	for (size_t i = 0; i < sizeof(got); i++)
		send_all(p.c, "x", 1);
	CHECK(counter("TCPBacklogDrop") > 0);
	EQ(counter("XtcpDropBacklog"), counter("TCPBacklogDrop"));
	let_go(&user);
	recv_all(p.s, got, sizeof(got));
}

/* A listener's filter, and then one of a connection. */
TEST(count_filter_drop, V46 | XTCP_ONLY, "issue 7: every drop has a counter")
{
	struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	int l = listener(1), c = csock(SOCK_NONBLOCK);
	struct pair p = connect_pair();

	OK(ATTACH(l, none));
	EQ(counter("XtcpDropFilter"), 0);
	ERR(do_connect(c, loop_addr(port_of(l))), EINPROGRESS);
	EQ(counter("XtcpDropFilter"), 1);
	OK(ATTACH(p.s, none));
	send_all(p.c, "x", 1);
	CHECK(counter("XtcpDropFilter") > 1);
}

/* Small segments that nobody reads: the packet of one takes those that follow. */
TEST(count_coalesced, V46 | XTCP_ONLY, "linux-surface 9 TCPRcvCoalesce, TCPRcvCollapsed")
{
	struct pair p = connect_pair();
	char got[5000], piece[100] = "";
	long joined, copied;

	set_int(p.c, IPPROTO_TCP, TCP_NODELAY, 1);
	for (int i = 0; i < 50; i++)
		send_all(p.c, piece, sizeof(piece));
	wait_inq(p.s, sizeof(got));
	joined = counter("TCPRcvCoalesce");
	copied = counter("TCPRcvCollapsed");
	CHECK(copied > 0 && joined > 0 && copied + joined < 50);
	recv_all(p.s, got, sizeof(got));
}
