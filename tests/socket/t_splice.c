// SPDX-License-Identifier: GPL-2.0-only
/*
 * splice(), tee(), vmsplice() and sendfile(): text that goes from and to sockets by way of
 * pipes and files. Run by st.c.
 */
#include "st.h"

#include <linux/sockios.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define LARGE (1 << 20)

struct pipes {
	int r, w;
};

static struct pipes new_pipe(void)
{
	int fd[2];

	OK(pipe(fd));
	return (struct pipes){ fd[0], fd[1] };
}

/* A byte of the pattern that long texts have. */
static uint8_t pattern(size_t at)
{
	return at ^ (at >> 8) ^ (at >> 16);
}

static char *pattern_text(size_t from, size_t len)
{
	char *text = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = pattern(from + i);
	return text;
}

static void expect_pattern(const char *got, size_t from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)got[i] != pattern(from + i))
			FAIL("byte %zu of the text is wrong", from + i);
}

/* A process that reads the pattern from fd up to its end, and returns then. */
static pid_t pattern_reader(int fd, int other, size_t len)
{
	static char got[65536];
	size_t at = 0;
	pid_t pid = fork();
	ssize_t n;

	if (pid)
		return pid;
	close(other);
	while ((n = OK(read(fd, got, sizeof(got)))) > 0) {
		expect_pattern(got, at, n);
		at += n;
	}
	EQ(at, len);
	_exit(0);
}

static void wait_ok(pid_t pid)
{
	int status;

	OK(waitpid(pid, &status, 0));
	EQ(status, 0);
}

/* A file of len bytes of the pattern. */
static int pattern_file(size_t len)
{
	int fd = OK(memfd_create("pattern", 0));
	char *text = pattern_text(0, len);

	EQ(pwrite(fd, text, len, 0), len);
	free(text);
	return fd;
}

static int unsent(int fd)
{
	int n = -1;

	OK(ioctl(fd, SIOCOUTQNSD, &n));
	return n;
}

TEST(splice_from, V46D, "linux-surface 8 splice: what there is, then the rest")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	char got[16] = "";

	send_all(p.c, "hello, world", 12);
	wait_inq(p.s, 12);
	EQ(splice(p.s, NULL, pp.w, NULL, 5, 0), 5);
	EQ(inq(p.s), 7);
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 7);
	EQ(read(pp.r, got, sizeof(got)), 12);
	EQ(memcmp(got, "hello, world", 12), 0);
	EQ(splice(p.s, NULL, pp.w, NULL, 0, 0), 0);
	OK(shutdown(p.c, SHUT_WR));
	wait_for(p.s, POLLRDHUP);
	EQ(splice(p.s, NULL, pp.w, NULL, 5, 0), 0);
}

TEST(splice_from_waits, V46, "linux-surface 8 splice: waits for the first bytes")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	pid_t pid = fork();

	if (!pid) {
		close(p.s);
		expect_bytes(p.c, "go");
		send_all(p.c, "text", 4);
		_exit(0);
	}
	send_all(p.s, "go", 2);
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 4);
	wait_ok(pid);
}

TEST(splice_from_never_waits, V46, "linux-surface 8 splice: EAGAIN for O_NONBLOCK, SO_RCVTIMEO")
{
	struct timeval tv = { .tv_usec = 20000 };
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();

	OK(setsockopt(p.s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	ERR(splice(p.s, NULL, pp.w, NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);
	nonblock(p.s);
	ERR(splice(p.s, NULL, pp.w, NULL, 5, 0), EAGAIN);
	fill(p.c);
	wait_for(p.s, POLLIN);
	CHECK(splice(p.s, NULL, pp.w, NULL, LARGE, 0) > 0);
	/* As the pipe is full, to its own reader's account. */
	while (splice(p.s, NULL, pp.w, NULL, LARGE, SPLICE_F_NONBLOCK) > 0)
		;
	EQ(errno, EAGAIN);
	CHECK(inq(p.s) > 0);
}

TEST(splice_from_interrupted, V46, "linux-surface 8: signals, EINTR without SA_RESTART")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();

	catch_signal(SIGALRM, 0);
	alarm_every_ms(10);
	ERR(splice(p.s, NULL, pp.w, NULL, 5, 0), EINTR);
	alarm_every_ms(0);
}

TEST(splice_from_errors, V46, "linux-surface 8 recv: errno by state")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	loff_t at = 1;

	ERR(splice(csock(0), NULL, pp.w, NULL, 5, 0), ENOTCONN);
	ERR(splice(p.l, NULL, pp.w, NULL, 5, 0), ENOTCONN);
	ERR(splice(p.s, &at, pp.w, NULL, 5, 0), EINVAL);
	send_all(p.c, "kept", 4);
	wait_inq(p.s, 4);
	reset_by(p.c);
	wait_for(p.s, POLLHUP);
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 4);
	ERR(splice(p.s, NULL, pp.w, NULL, LARGE, 0), ECONNRESET);
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 0);
}

TEST(splice_from_no_reader, V46, "linux-surface 8 splice: EPIPE and SIGPIPE of the pipe")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();

	catch_signal(SIGPIPE, 0);
	close(pp.r);
	send_all(p.c, "text", 4);
	wait_inq(p.s, 4);
	ERR(splice(p.s, NULL, pp.w, NULL, 4, 0), EPIPE);
	EQ(st_signals, 1);
	expect_bytes(p.s, "text");
}

TEST(splice_from_urgent, V46, "linux-surface 6 OOB: splice stops before the mark")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	char got[8];

	send_all(p.c, "ab", 2);
	EQ(send(p.c, "!", 1, MSG_OOB), 1);
	send_all(p.c, "cd", 2);
	wait_for(p.s, POLLPRI);
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 2);
	EQ(read(pp.r, got, 8), 2);
	/* Linux says 0 here, as at the end, until somebody has read past the mark. */
	if (st_family == ST_INET)
		return;
	EQ(splice(p.s, NULL, pp.w, NULL, LARGE, 0), 2);
	EQ(read(pp.r, got, 8), 2);
	EQ(memcmp(got, "cd", 2), 0);
}

TEST(splice_from_large, V46D, "linux-surface 8 splice: a long text, and its end")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	char *text = pattern_text(0, LARGE);
	pid_t writer = fork(), reader;

	if (!writer) {
		close(p.s);
		EQ(send(p.c, text, LARGE, 0), LARGE);
		_exit(0);
	}
	close(p.c);
	reader = pattern_reader(pp.r, pp.w, LARGE);
	while (OK(splice(p.s, NULL, pp.w, NULL, 100000, SPLICE_F_MOVE)))
		;
	close(pp.w);
	wait_ok(reader);
	wait_ok(writer);
}

TEST(splice_to, V46D, "linux-surface 8 splice: text of a pipe; SPLICE_F_MORE holds it")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();

	EQ(write(pp.w, "one two", 7), 7);
	EQ(splice(pp.r, NULL, p.c, NULL, 4, SPLICE_F_MORE), 4);
	EQ(unsent(p.c), 4);
	EQ(splice(pp.r, NULL, p.c, NULL, 3, 0), 3);
	expect_bytes(p.s, "one two");
	round_trip(p.c, p.s);
}

TEST(splice_to_full, V46, "linux-surface 8 splice: EAGAIN when the send buffer is full")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	size_t n;

	nonblock(p.c);
	n = fill(p.c);
	EQ(write(pp.w, "rest", 4), 4);
	ERR(splice(pp.r, NULL, p.c, NULL, 4, 0), EAGAIN);
	drain(p.s, n);
	wait_for(p.c, POLLOUT);
	EQ(splice(pp.r, NULL, p.c, NULL, 4, 0), 4);
	expect_bytes(p.s, "rest");
}

TEST(splice_to_ended, V46, "linux-surface 8 send: after shutdown(WR) EPIPE+SIGPIPE")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();

	catch_signal(SIGPIPE, 0);
	OK(shutdown(p.c, SHUT_WR));
	EQ(write(pp.w, "text", 4), 4);
	ERR(splice(pp.r, NULL, p.c, NULL, 4, 0), EPIPE);
	EQ(st_signals, 1);
}

TEST(splice_tee, V46, "linux-surface 8 tee: one text for two pipes")
{
	struct pair p = connect_pair();
	struct pipes a = new_pipe(), b = new_pipe();
	char got[8];

	send_all(p.c, "twice", 5);
	wait_inq(p.s, 5);
	EQ(splice(p.s, NULL, a.w, NULL, 5, 0), 5);
	EQ(tee(a.r, b.w, 5, 0), 5);
	EQ(read(a.r, got, 8), 5);
	EQ(splice(b.r, NULL, p.s, NULL, 5, 0), 5);
	expect_bytes(p.c, "twice");
}

TEST(splice_through, V46D, "linux-surface 8 splice: from one connection into another")
{
	struct pair from = connect_pair(), to = connect_pair();
	struct pipes pp = new_pipe();
	char *text = pattern_text(0, LARGE);
	pid_t writer = fork(), reader;
	ssize_t n, m;

	if (!writer) {
		close(from.s);
		EQ(send(from.c, text, LARGE, 0), LARGE);
		_exit(0);
	}
	close(from.c);
	reader = pattern_reader(to.s, to.c, LARGE);
	while ((n = OK(splice(from.s, NULL, pp.w, NULL, 65536, SPLICE_F_MOVE)))) {
		for (; n; n -= m)
			m = OK(splice(pp.r, NULL, to.c, NULL, n, SPLICE_F_MORE));
	}
	OK(shutdown(to.c, SHUT_WR));
	wait_ok(reader);
	wait_ok(writer);
}

TEST(splice_user_pages, V46, "linux-surface 8 vmsplice: the user's pages into a connection")
{
	struct pair p = connect_pair();
	struct pipes pp = new_pipe();
	char *text = pattern_text(0, LARGE);
	struct iovec iov = { text + 1, LARGE - 1 };
	pid_t reader = fork();
	char *got;

	if (!reader) {
		close(p.c);
		got = malloc(LARGE);
		EQ(recv(p.s, got, LARGE - 1, MSG_WAITALL), LARGE - 1);
		expect_pattern(got, 1, LARGE - 1);
		_exit(0);
	}
	while (iov.iov_len) {
		ssize_t n = OK(vmsplice(pp.w, &iov, 1, 0)), m;

		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
		for (; n; n -= m)
			m = OK(splice(pp.r, NULL, p.c, NULL, n, 0));
	}
	wait_ok(reader);
}

TEST(sendfile_whole, V46D, "linux-surface 8 sendfile: a file from any byte on")
{
	struct pair p = connect_pair();
	int file = pattern_file(LARGE);
	off_t at = 0;
	pid_t reader = pattern_reader(p.s, p.c, LARGE);

	while (at < 5000)
		OK(sendfile(p.c, file, &at, 5000 - at));
	OK(lseek(file, at, SEEK_SET));
	while (OK(sendfile(p.c, file, NULL, LARGE)))
		;
	EQ(lseek(file, 0, SEEK_CUR), LARGE);
	OK(shutdown(p.c, SHUT_WR));
	wait_ok(reader);
}

TEST(sendfile_short, V46, "linux-surface 8 sendfile: of a file that ends early nothing is held")
{
	struct pair p = connect_pair();
	int file = pattern_file(5000);
	off_t at = 0;
	char got[5000];

	EQ(sendfile(p.c, file, &at, LARGE), 5000);
	EQ(unsent(p.c), 0);
	recv_all(p.s, got, 5000);
	expect_pattern(got, 0, 5000);
}

TEST(sendfile_full, V46, "linux-surface 8 sendfile: partial count, EAGAIN when full")
{
	struct pair p = connect_pair();
	int file = pattern_file(LARGE);
	size_t total = 0;
	off_t at = 0;
	ssize_t n;

	nonblock(p.c);
	while ((n = sendfile(p.c, file, &at, LARGE)) >= 0) {
		total += n;
		at = at == LARGE ? 0 : at;
	}
	EQ(errno, EAGAIN);
	drain(p.s, total);
	ERR(recv(p.s, &n, 1, MSG_DONTWAIT), EAGAIN);
}

TEST(sendfile_refers, V46, "linux-surface 8 sendfile: pages of the file, not copies of them")
{
	struct pair p = connect_pair();
	int file = pattern_file(8192);
	off_t at = 0;
	char got[8192];

	EQ(sendfile(p.c, file, &at, 8192), 8192);
	wait_inq(p.s, 8192);
	EQ(pwrite(file, "later", 5, 4096), 5);
	recv_all(p.s, got, 8192);
	EQ(memcmp(got + 4096, "later", 5), 0);
	expect_pattern(got, 0, 4096);
}
