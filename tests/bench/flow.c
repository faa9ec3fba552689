// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows that send as much as they can, all at once, for a number of seconds; prints what the
 * readers got of each, in Mbit/s, on one line:
 *
 *   flow FROM TO ADDRESS SECONDS FAMILY:ALGORITHM [FAMILY:ALGORITHM]...
 *
 * FROM and TO are network namespaces (of ip netns), ADDRESS is one of TO, FAMILY is inet or xtcp
 * and holds for both ends of a flow. The time counts from before the first connect(), so what
 * a start costs is in the figure. Buffer sizes are not set: that would turn off autotuning.
 * Ends with 3 if a family does not have the algorithm. Used by goodput.sh.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		65536
#define PORT		5201	/* of the first flow */
#define MAX_FLOWS	16
#define NO_ALGORITHM	3

union any_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct flow {
	const char *algorithm;
	int family;		/* of sockets, 0 for the address's */
	int number;
	pid_t sender, reader;
};

struct shared {			/* by all processes */
	uint64_t received[MAX_FLOWS];
};

static const char *from, *to, *address;
static uint64_t end_ns;
static struct shared *shared;
static char block[BLOCK];

static void die(const char *what)
{
	fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int xtcp_family(void)
{
	FILE *f = fopen("/sys/module/xtcp/parameters/family", "re");
	int number;

	if (!f || fscanf(f, "%d", &number) != 1)
		die("the module xtcp is not loaded");
	fclose(f);
	return number;
}

static void parse_flow(struct flow *f, char *text, int number)
{
	char *colon = strchr(text, ':');

	if (!colon) {
		fprintf(stderr, "flow: a flow is FAMILY:ALGORITHM, not '%s'\n", text);
		exit(2);
	}
	*colon = '\0';
	f->algorithm = colon + 1;
	f->number = number;
	f->family = strcmp(text, "xtcp") ? 0 : xtcp_family();
}

static void enter(const char *namespace)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		die(path);
	close(fd);
}

/* A socket that leaves nothing behind when its process ends: the next run has the path alone. */
static int open_socket(const struct flow *f, union any_addr *a, socklen_t *len)
{
	int af = strchr(address, ':') ? AF_INET6 : AF_INET;
	struct linger at_once = { .l_onoff = 1 };
	int fd = socket(f->family ?: af, SOCK_STREAM, 0);
	size_t n = strlen(f->algorithm);

	if (fd < 0)
		die("socket");
	*a = (union any_addr) { .sa.sa_family = af };
	a->in.sin_port = htons(PORT + f->number);	/* sin6_port lies at the same place */
	*len = af == AF_INET ? sizeof(a->in) : sizeof(a->in6);
	if (inet_pton(af, address, af == AF_INET ? (void *)&a->in.sin_addr :
						   (void *)&a->in6.sin6_addr) != 1)
		die(address);
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0)
		die("SO_LINGER");
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, f->algorithm, n) < 0) {
		if (errno == ENOENT)
			exit(NO_ALGORITHM);
		die("TCP_CONGESTION");
	}
	return fd;
}

static void await(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now = now_ns();

	if (now < end_ns)
		poll(&p, 1, (end_ns - now) / 1000000 + 1);
}

static void reader(const struct flow *f, int ready)
{
	union any_addr a;
	socklen_t len;
	int l, fd, on = 1;

	enter(to);
	l = open_socket(f, &a, &len);
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(l, &a.sa, len) < 0 || listen(l, 1) < 0)
		die("listen");
	if (write(ready, "", 1) != 1)
		die("write");
	fd = accept(l, NULL, NULL);
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		die("accept");
	while (now_ns() < end_ns) {
		ssize_t n = recv(fd, block, sizeof(block), 0);

		if (n > 0)
			shared->received[f->number] += n;
		else if (n < 0 && errno == EAGAIN)
			await(fd, POLLIN);
		else
			die("recv");
	}
	exit(0);
}

/* Stays until it is ended: a sender that left early would take its data with it. */
static void sender(const struct flow *f)
{
	union any_addr a;
	socklen_t len;
	int fd;

	enter(from);
	fd = open_socket(f, &a, &len);
	if (connect(fd, &a.sa, len) < 0)
		die("connect");
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		;
	if (now_ns() < end_ns)
		die("send");
	exit(0);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void start(struct flow *f, int n)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		die("pipe");
	for (int i = 0; i < n; i++) {
		f[i].reader = child();
		if (!f[i].reader) {
			close(ready[0]);
			reader(&f[i], ready[1]);
		}
	}
	close(ready[1]);
	for (int i = 0; i < n; i++)	/* the end of the file: a reader gave up */
		if (read(ready[0], &byte, 1) != 1)
			exit(ended(f[i].reader));
	close(ready[0]);
	for (int i = 0; i < n; i++) {
		f[i].sender = child();
		if (!f[i].sender)
			sender(&f[i]);
	}
}

int main(int argc, char **argv)
{
	struct flow flows[MAX_FLOWS];
	double seconds = argc > 5 ? atof(argv[4]) : 0;
	int n = argc - 5, status = 0;

	if (n < 1 || n > MAX_FLOWS || seconds <= 0) {
		fprintf(stderr, "usage: see the head of flow.c\n");
		return 2;
	}
	from = argv[1];
	to = argv[2];
	address = argv[3];
	for (int i = 0; i < n; i++)
		parse_flow(&flows[i], argv[5 + i], i);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	end_ns = now_ns() + (uint64_t)(seconds * 1e9);
	start(flows, n);
	for (int i = 0; i < n; i++)
		status = ended(flows[i].reader) ?: status;
	for (int i = 0; i < n; i++) {
		kill(flows[i].sender, SIGKILL);
		ended(flows[i].sender);
	}
	if (status)
		return status;
	for (int i = 0; i < n; i++)
		printf("%.3f%s", shared->received[i] * 8 / seconds / 1e6, i + 1 < n ? " " : "\n");
	return 0;
}
