// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves generated data both ways at once over one connection after the other, compares each byte
 * that arrives with what the other end sends and prints the SHA-256 of all. Used by the interop
 * scripts, one instance per end:
 *
 *   xfer serve FAMILY ADDRESS PORT BYTES [COUNT]	prints "listening" when it is
 *   xfer fetch FAMILY ADDRESS PORT BYTES [COUNT]
 *   xfer sink FAMILY ADDRESS PORT		one connection, received until its end
 *   xfer pour FAMILY ADDRESS PORT BYTES		sends only, to a sink
 *   xfer hold FAMILY ADDRESS PORT		listens until its input ends
 *   xfer digest BYTES STREAM			what an end must have received
 *
 * FAMILY is xtcp, alias or inet. A server sends stream 2 and a client stream 1. The ends take
 * turns in closing first; every fourth connection both close at once. With XFER_DIGEST=no in the
 * environment nothing is hashed: an emulated machine hashes a gigabyte in minutes. XFER_DEVICE is
 * bound to (SO_BINDTODEVICE).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sha256.h"

#define IPPROTO_XTCP	253
#define BLOCK		65536
#define PERIOD		65521	/* of a stream, bytes; prime, so no segment size divides it */
#define STALL_MS	120000	/* no progress for so long is a failure */

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static uint8_t stream[PERIOD + BLOCK];

static void die(const char *what)
{
	fprintf(stderr, "xfer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_stream(void)
{
	uint64_t x = 88172645463325252ull;

	for (size_t i = 0; i < sizeof(stream); i++) {
		if (i >= PERIOD) {
			stream[i] = stream[i - PERIOD];
			continue;
		}
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		stream[i] = x;
	}
}

/* BLOCK bytes of stream `which`, from byte `at`. */
static const uint8_t *stream_at(int which, uint64_t at)
{
	return stream + (at + which * 1009) % PERIOD;
}

static int family_number(void)
{
	FILE *f = fopen("/sys/module/xtcp/parameters/family", "re");
	int number = 18;

	if (f) {
		if (fscanf(f, "%d", &number) != 1)
			die("the family's number");
		fclose(f);
	}
	return number;
}

static void bind_to_device(int fd)
{
	const char *device = getenv("XFER_DEVICE");

	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) < 0)
		die(device);
}

static int open_socket(const char *family, const char *address, const char *port,
		       union any_addr *to, socklen_t *len)
{
	int af = strchr(address, ':') ? AF_INET6 : AF_INET, fd;
	void *where = af == AF_INET ? (void *)&to->in.sin_addr : (void *)&to->in6.sin6_addr;

	memset(to, 0, sizeof(*to));
	to->sa.sa_family = af;
	*len = af == AF_INET ? sizeof(to->in) : sizeof(to->in6);
	to->in.sin_port = htons(atoi(port));	/* sin6_port lies at the same place */
	if (inet_pton(af, address, where) != 1)
		die(address);
	if (!strcmp(family, "xtcp"))
		fd = socket(family_number(), SOCK_STREAM, 0);
	else
		fd = socket(af, SOCK_STREAM, strcmp(family, "alias") ? 0 : IPPROTO_XTCP);
	if (fd < 0)
		die("socket");
	bind_to_device(fd);
	return fd;
}

struct xfer {
	int fd;
	int out;		/* the stream it sends, the other end the other; 0: unknown */
	uint64_t sent, received, bytes;
	bool eof;
	struct sha256 sum;
};

static bool hashes;

static bool would_block(ssize_t n)
{
	if (n < 0 && errno != EAGAIN)
		die("connection");
	return n < 0;
}

static void do_send(struct xfer *x)
{
	while (x->sent < x->bytes) {
		uint64_t left = x->bytes - x->sent;
		ssize_t n = send(x->fd, stream_at(x->out, x->sent), left < BLOCK ? left : BLOCK,
				 MSG_NOSIGNAL);

		if (would_block(n))
			return;
		x->sent += n;
	}
}

/* More than the other end was to send is found by its number. */
static void take(struct xfer *x, const uint8_t *buf, size_t n)
{
	const uint8_t *want = stream_at(3 - x->out, x->received);

	if (x->out && memcmp(buf, want, n)) {
		size_t i = 0;

		while (buf[i] == want[i])
			i++;
		fprintf(stderr, "xfer: byte %llu differs\n", (unsigned long long)x->received + i);
		exit(1);
	}
	if (hashes)
		sha256_add(&x->sum, buf, n);
	x->received += n;
}

/* Stops at the last byte it wants, unless it waits for the end. */
static void do_receive(struct xfer *x, bool to_end)
{
	static uint8_t buf[BLOCK];

	while (!x->eof && (to_end || x->received < x->bytes)) {
		ssize_t n = recv(x->fd, buf, sizeof(buf), 0);

		if (would_block(n))
			return;
		x->eof = !n;
		take(x, buf, n);
	}
}

static void await(const struct xfer *x, int events)
{
	struct pollfd p = { .fd = x->fd, .events = events };

	if (poll(&p, 1, STALL_MS) <= 0) {
		errno = ETIMEDOUT;
		die("no progress");
	}
}

static void move_all(struct xfer *x)
{
	for (;;) {
		do_receive(x, false);
		do_send(x);
		if (x->eof || (x->sent == x->bytes && x->received == x->bytes))
			return;
		await(x, POLLIN | (x->sent < x->bytes ? POLLOUT : 0));
	}
}

static void until_end(struct xfer *x)
{
	while (!x->eof) {
		await(x, POLLIN);
		do_receive(x, true);
	}
}

static void report(struct xfer *x)
{
	char hex[SHA256_HEX];

	sha256_hex(&x->sum, hex);
	printf("received %llu %s %s\n", (unsigned long long)x->received,
	       hashes ? "sha256" : "as", hashes ? hex : "sent");
	fflush(stdout);
}

/* One connection, both ways; turn says who closes first. */
static void run(int fd, bool server, uint64_t bytes, int turn)
{
	struct xfer x = { .fd = fd, .out = server ? 2 : 1, .bytes = bytes };

	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("fcntl");
	sha256_init(&x.sum);
	move_all(&x);
	if (turn % 4 == 3 || turn % 2 == server)
		shutdown(fd, SHUT_WR);
	until_end(&x);
	if (x.received != bytes || x.sent != bytes) {
		fprintf(stderr, "xfer: sent %llu, received %llu of %llu bytes\n",
			(unsigned long long)x.sent, (unsigned long long)x.received,
			(unsigned long long)bytes);
		exit(1);
	}
	close(fd);
	report(&x);
}

static int start_listening(char **argv)
{
	union any_addr a;
	socklen_t len;
	int fd = open_socket(argv[0], argv[1], argv[2], &a, &len), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a.sa, len) < 0)
		die("bind");
	if (listen(fd, 16) < 0)
		die("listen");
	puts("listening");
	fflush(stdout);
	return fd;
}

static int accept_one(int fd)
{
	int s = accept(fd, NULL, NULL);

	if (s < 0)
		die("accept");
	return s;
}

static void serve(char **argv, uint64_t bytes, int count)
{
	int fd = start_listening(argv);

	for (int i = 0; i < count; i++)
		run(accept_one(fd), true, bytes, i);
}

static void fetch(char **argv, uint64_t bytes, int count)
{
	union any_addr a;
	socklen_t len;

	for (int i = 0; i < count; i++) {
		int fd = open_socket(argv[0], argv[1], argv[2], &a, &len);

		if (connect(fd, &a.sa, len) < 0)
			die("connect");
		run(fd, false, bytes, i);
	}
}

static void pour(char **argv, uint64_t bytes)
{
	struct xfer x = { .out = 1, .bytes = bytes };
	union any_addr a;
	socklen_t len;

	x.fd = open_socket(argv[0], argv[1], argv[2], &a, &len);
	if (connect(x.fd, &a.sa, len) < 0)
		die("connect");
	fcntl(x.fd, F_SETFL, O_NONBLOCK);
	sha256_init(&x.sum);
	for (do_send(&x); x.sent < bytes; do_send(&x))
		await(&x, POLLOUT);
	shutdown(x.fd, SHUT_WR);
	until_end(&x);
}

static void sink(char **argv)
{
	struct xfer x = { .fd = accept_one(start_listening(argv)) };

	sha256_init(&x.sum);
	until_end(&x);
	report(&x);
}

static void hold(char **argv)
{
	char byte;

	start_listening(argv);
	while (read(0, &byte, 1) > 0)
		;
}

static void digest(uint64_t bytes, int which)
{
	struct xfer x = { .out = 3 - which };

	sha256_init(&x.sum);
	while (x.received < bytes) {
		uint64_t left = bytes - x.received;

		take(&x, stream_at(which, x.received), left < BLOCK ? left : BLOCK);
	}
	report(&x);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	const char *digests = getenv("XFER_DIGEST");

	hashes = !digests || strcmp(digests, "no");
	signal(SIGPIPE, SIG_IGN);
	make_stream();
	if (!strcmp(what, "digest") && argc == 4)
		digest(strtoull(argv[2], NULL, 10), atoi(argv[3]));
	else if (!strcmp(what, "sink") && argc == 5)
		sink(argv + 2);
	else if (!strcmp(what, "pour") && argc == 6)
		pour(argv + 2, strtoull(argv[5], NULL, 10));
	else if (!strcmp(what, "hold") && argc == 5)
		hold(argv + 2);
	else if (!strcmp(what, "serve") && argc >= 6)
		serve(argv + 2, strtoull(argv[5], NULL, 10), argc > 6 ? atoi(argv[6]) : 1);
	else if (!strcmp(what, "fetch") && argc >= 6)
		fetch(argv + 2, strtoull(argv[5], NULL, 10), argc > 6 ? atoi(argv[6]) : 1);
	else
		errno = EINVAL, die("usage: see the head of xfer.c");
	return 0;
}
