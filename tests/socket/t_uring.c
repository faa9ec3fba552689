// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: the calls of a socket as entries of a ring, without a library. Run by st.c.
 */
#include "st.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define ENTRIES	16

/* Each entry is submitted by itself, so only the ends of the rings matter. */
struct ring {
	int fd;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int *sq_tail, *sq_array, sq_mask;
	unsigned int *cq_head, *cq_tail, cq_mask;
};

static void *ring_map(int fd, size_t size, off_t at)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, at);

	CHECK(map != MAP_FAILED);
	return map;
}

static struct ring new_ring(void)
{
	struct io_uring_params prm = { 0 };
	struct ring r = { .fd = OK(syscall(SYS_io_uring_setup, ENTRIES, &prm)) };
	char *sq, *cq;

	sq = ring_map(r.fd, prm.sq_off.array + prm.sq_entries * 4, IORING_OFF_SQ_RING);
	cq = ring_map(r.fd, prm.cq_off.cqes + prm.cq_entries * sizeof(*r.cqes), IORING_OFF_CQ_RING);
	r.sqes = ring_map(r.fd, prm.sq_entries * sizeof(*r.sqes), IORING_OFF_SQES);
	r.sq_tail = (void *)(sq + prm.sq_off.tail);
	r.sq_array = (void *)(sq + prm.sq_off.array);
	r.sq_mask = *(unsigned int *)(sq + prm.sq_off.ring_mask);
	r.cq_head = (void *)(cq + prm.cq_off.head);
	r.cq_tail = (void *)(cq + prm.cq_off.tail);
	r.cq_mask = *(unsigned int *)(cq + prm.cq_off.ring_mask);
	r.cqes = (void *)(cq + prm.cq_off.cqes);
	return r;
}

/* Of struct io_uring_cqe, which has no end. */
struct completion {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

/* An entry with this much filled in, as all have it. */
static struct io_uring_sqe entry(int op, int fd, const void *addr, unsigned int len)
{
	return (struct io_uring_sqe){
		.opcode = op, .fd = fd, .addr = (uintptr_t)addr, .len = len,
	};
}

static void submit(struct ring *r, struct io_uring_sqe sqe)
{
	unsigned int i = *r->sq_tail & r->sq_mask;

	r->sqes[i] = sqe;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, *r->sq_tail + 1, __ATOMIC_RELEASE);
	EQ(syscall(SYS_io_uring_enter, r->fd, 1, 0, 0, NULL, 0), 1);
}

static bool is_complete(struct ring *r)
{
	return __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) != *r->cq_head;
}

static struct completion next(struct ring *r)
{
	struct completion cqe;

	while (!is_complete(r))
		OK(syscall(SYS_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	memcpy(&cqe, &r->cqes[*r->cq_head & r->cq_mask], sizeof(cqe));
	__atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
	return cqe;
}

static int call(struct ring *r, struct io_uring_sqe sqe)
{
	submit(r, sqe);
	return next(r).res;
}

TEST(uring_send_recv, V46D, "mission S1.3b: send and recv, as they are and when they must wait")
{
	struct pair p = connect_pair();
	struct ring r = new_ring();
	char got[8] = "";

	EQ(call(&r, entry(IORING_OP_SEND, p.c, "hello", 5)), 5);
	EQ(call(&r, entry(IORING_OP_RECV, p.s, got, 8)), 5);
	EQ(memcmp(got, "hello", 5), 0);
	submit(&r, entry(IORING_OP_RECV, p.s, got, 8));
	CHECK(!is_complete(&r));
	send_all(p.c, "later", 5);
	EQ(next(&r).res, 5);
	EQ(memcmp(got, "later", 5), 0);
	OK(shutdown(p.c, SHUT_WR));
	EQ(call(&r, entry(IORING_OP_RECV, p.s, got, 8)), 0);
	EQ(call(&r, entry(IORING_OP_SEND, p.c, "x", 1)), -EPIPE);
}

TEST(uring_nonblocking, V46, "linux-surface 6 MSG_DONTWAIT: EAGAIN, not a wait")
{
	struct pair p = connect_pair();
	struct io_uring_sqe sqe = entry(IORING_OP_RECV, p.s, NULL, 8);
	struct ring r = new_ring();

	sqe.msg_flags = MSG_DONTWAIT;
	EQ(call(&r, sqe), -EAGAIN);
}

TEST(uring_connect_accept, V46D, "mission S1.3b: connect and accept, waiting or not")
{
	struct ring r = new_ring();
	int l = listener(8), fd;
	struct addr a = loop_addr(port_of(l));
	struct io_uring_sqe sqe = entry(IORING_OP_CONNECT, csock(0), &a.sa, 0);

	submit(&r, entry(IORING_OP_ACCEPT, l, NULL, 0));
	sqe.off = a.len;
	sqe.user_data = 1;
	submit(&r, sqe);
	fd = -1;
	for (int i = 0; i < 2; i++) {
		struct completion cqe = next(&r);

		if (cqe.user_data)
			EQ(cqe.res, 0);
		else
			fd = cqe.res;
	}
	CHECK(fd >= 0);
	round_trip(fd, sqe.fd);
	close(l);
	sqe.fd = csock(0);
	EQ(call(&r, sqe), -ECONNREFUSED);
}

TEST(uring_accept_many, V46, "mission S1.3b: one entry that accepts many")
{
	struct ring r = new_ring();
	int l = listener(8);
	struct addr a = loop_addr(port_of(l));
	struct io_uring_sqe sqe = entry(IORING_OP_ACCEPT, l, NULL, 0);

	sqe.ioprio = IORING_ACCEPT_MULTISHOT;
	OK(do_connect(csock(0), a));
	submit(&r, sqe);
	for (int i = 0; i < 3; i++) {
		int c = csock(0);
		struct completion cqe;

		cqe = next(&r);
		CHECK(cqe.res >= 0);
		CHECK(cqe.flags & IORING_CQE_F_MORE);
		OK(do_connect(c, a));
	}
}

TEST(uring_recv_many, V46, "mission S1.3b: one entry that receives many times, to the end")
{
	static char buffers[4][16];
	struct pair p = connect_pair();
	struct ring r = new_ring();
	struct io_uring_sqe sqe = entry(IORING_OP_PROVIDE_BUFFERS, 4, buffers, sizeof(buffers[0]));
	struct completion cqe;

	sqe.buf_group = 1;
	CHECK(call(&r, sqe) >= 0);
	sqe = entry(IORING_OP_RECV, p.s, NULL, 0);
	sqe.ioprio = IORING_RECV_MULTISHOT;
	sqe.flags = IOSQE_BUFFER_SELECT;
	sqe.buf_group = 1;
	submit(&r, sqe);
	for (int i = 0; i < 3; i++) {
		send_all(p.c, "text" + i, 1);
		cqe = next(&r);
		EQ(cqe.res, 1);
		CHECK((cqe.flags & IORING_CQE_F_MORE) && (cqe.flags & IORING_CQE_F_BUFFER));
		EQ(buffers[cqe.flags >> IORING_CQE_BUFFER_SHIFT][0], "text"[i]);
	}
	OK(shutdown(p.c, SHUT_WR));
	cqe = next(&r);
	EQ(cqe.res, 0);
	CHECK(!(cqe.flags & IORING_CQE_F_MORE));
}

TEST(uring_messages, V46, "mission S1.3b: sendmsg and recvmsg")
{
	struct pair p = connect_pair();
	struct ring r = new_ring();
	char a[2], b[8];
	struct iovec out[2] = { { "ab", 2 }, { "cde", 3 } }, in[2] = { { a, 2 }, { b, 8 } };
	struct msghdr mo = { .msg_iov = out, .msg_iovlen = 2 };
	struct msghdr mi = { .msg_iov = in, .msg_iovlen = 2 };

	EQ(call(&r, entry(IORING_OP_SENDMSG, p.c, &mo, 1)), 5);
	EQ(call(&r, entry(IORING_OP_RECVMSG, p.s, &mi, 1)), 5);
	EQ(memcmp(b, "cde", 3), 0);
	EQ(call(&r, entry(IORING_OP_WRITEV, p.c, out, 2)), 5);
	EQ(call(&r, entry(IORING_OP_READ, p.s, b, 8)), 5);
	EQ(memcmp(b, "abcde", 5), 0);
}

TEST(uring_splice, V46, "linux-surface 8 splice: by way of a ring")
{
	struct pair p = connect_pair();
	struct ring r = new_ring();
	struct io_uring_sqe sqe;
	int pp[2];

	OK(pipe(pp));
	send_all(p.c, "there and back", 14);
	wait_inq(p.s, 14);
	sqe = entry(IORING_OP_SPLICE, pp[1], NULL, 100);
	sqe.splice_fd_in = p.s;
	sqe.splice_off_in = -1;
	sqe.off = -1;
	EQ(call(&r, sqe), 14);
	sqe = entry(IORING_OP_SPLICE, p.s, NULL, 14);
	sqe.splice_fd_in = pp[0];
	sqe.splice_off_in = -1;
	sqe.off = -1;
	EQ(call(&r, sqe), 14);
	expect_bytes(p.c, "there and back");
}

TEST(uring_send_zc, V46, "linux-surface 6 ZEROCOPY: SEND_ZC tells when the buffer is free again")
{
	enum { SIZE = 100000 };
	static char text[SIZE];
	struct pair p = connect_pair();
	struct ring r = new_ring();
	struct completion cqe;
	bool done = false, noted = false;
	int sent = 0;

	memset(text, 'z', SIZE);
	if (!fork()) {
		close(p.c);
		for (int i = 0; i < SIZE; i++) {
			char b;

			EQ(recv(p.s, &b, 1, 0), 1);
			EQ(b, 'z');
		}
		_exit(0);
	}
	submit(&r, entry(IORING_OP_SEND_ZC, p.c, text, SIZE));
	while (!done || !noted) {
		cqe = next(&r);
		if (cqe.flags & IORING_CQE_F_NOTIF) {
			noted = true;
			continue;
		}
		done = true;
		sent = cqe.res;
		CHECK(cqe.flags & IORING_CQE_F_MORE);
	}
	CHECK(sent > 0 && sent <= SIZE);
}

TEST(uring_cancel, V46, "mission S1.3b: what waits can be called off, and closing is a call too")
{
	struct pair p = connect_pair();
	struct ring r = new_ring();
	struct io_uring_sqe sqe = entry(IORING_OP_RECV, p.s, NULL, 8);
	char b[8];

	sqe.addr = (uintptr_t)b;
	sqe.user_data = 7;
	submit(&r, sqe);
	sqe = entry(IORING_OP_ASYNC_CANCEL, -1, (void *)7, 0);
	sqe.user_data = 8;
	submit(&r, sqe);
	for (int i = 0; i < 2; i++) {
		struct completion cqe = next(&r);

		EQ(cqe.res, cqe.user_data == 7 ? -ECANCELED : 0);
	}
	sqe = entry(IORING_OP_SHUTDOWN, p.c, NULL, SHUT_WR);
	EQ(call(&r, sqe), 0);
	expect_eof(p.s);
	EQ(call(&r, entry(IORING_OP_CLOSE, p.c, NULL, 0)), 0);
	ERR(fcntl(p.c, F_GETFL), EBADF);
}
