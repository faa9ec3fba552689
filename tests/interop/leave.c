// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that go while sockets are in every state: netns.sh runs it.
 *
 *	leave namespaces N	N of them, one after another
 *	leave sockets		the same sockets in this namespace
 *
 * Those that it leaves are listening, half open on either side, connected, and orphans in
 * FIN-WAIT-1, FIN-WAIT-2 and LAST-ACK, whose peers hear nothing any more since lo is down, and
 * in TIME-WAIT on either side. Over IPv4 and IPv6.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
	int c, s;
};

static int family = 18;

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static void read_family(void)
{
	FILE *f = fopen("/sys/module/xtcp/parameters/family", "r");

	if (!f || fscanf(f, "%d", &family) != 1)
		fail("family");
	fclose(f);
}

static void knob(const char *name, const char *value)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/xtcp/%s", name);
	f = fopen(path, "w");
	if (!f || fputs(value, f) < 0 || fclose(f))
		fail(path);
}

static void link_set(bool up)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		fail("lo");
	close(fd);
}

static int new_socket(void)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	return fd;
}

static struct sockaddr_in6 address(bool v6, int port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in *in = (void *)&a;

	if (!v6)
		*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return a;
}

static int new_listener(bool v6, int port, int backlog, int defer)
{
	struct sockaddr_in6 a = address(v6, port);
	int fd = new_socket();

	if (defer && setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer, sizeof(defer)))
		fail("TCP_DEFER_ACCEPT");
	if (bind(fd, (void *)&a, sizeof(a)) || listen(fd, backlog))
		fail("listen");
	return fd;
}

static int start_connect(bool v6, int port, bool wait)
{
	struct sockaddr_in6 a = address(v6, port);
	int fd = new_socket();

	if (!wait)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (void *)&a, sizeof(a)) && (wait || errno != EINPROGRESS))
		fail("connect");
	return fd;
}

static struct pair new_pair(bool v6, int l, int port)
{
	struct pair p = { .c = start_connect(v6, port, true) };

	p.s = accept(l, NULL, NULL);
	if (p.s < 0 || write(p.c, "hello", 5) != 5)
		fail("pair");
	return p;
}

static void swallow(int fd)
{
	char buf[64];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

static void into_time_wait(struct pair p, bool server_first)
{
	int first = server_first ? p.s : p.c, second = server_first ? p.c : p.s;
	char buf[5];

	if (read(p.s, buf, sizeof(buf)) != sizeof(buf))
		fail("read");
	close(first);
	swallow(second);
	close(second);
}

static void leave_all(bool v6, struct pair *last_ack, struct pair *fin_wait)
{
	int l = new_listener(v6, 1000, 16, 0), full = new_listener(v6, 1001, 0, 0);
	struct pair p;

	new_listener(v6, 1002, 16, 100);
	start_connect(v6, 1002, true);		/* SYN-RECEIVED there */
	for (int i = 0; i < 3; i++)
		start_connect(v6, 1001, false);	/* the last in SYN-SENT */
	(void)full;
	into_time_wait(new_pair(v6, l, 1000), false);
	into_time_wait(new_pair(v6, l, 1000), true);
	new_pair(v6, l, 1000);			/* with text unread */
	p = new_pair(v6, l, 1000);
	close(p.c);				/* FIN-WAIT-2 */
	*fin_wait = new_pair(v6, l, 1000);
	*last_ack = new_pair(v6, l, 1000);
	shutdown(last_ack->s, SHUT_WR);
	swallow(last_ack->c);
}

static void leave_sockets(void)
{
	struct pair last_ack[2], fin_wait[2];

	for (int i = 0; i < 2; i++)
		leave_all(i, &last_ack[i], &fin_wait[i]);
	link_set(false);
	for (int i = 0; i < 2; i++) {
		close(fin_wait[i].c);
		close(last_ack[i].c);
	}
}

static void one_namespace(void)
{
	if (unshare(CLONE_NEWNET))
		fail("unshare");
	link_set(true);
	/* So that no orphan keeps a namespace for long. */
	knob("orphan_retries", "1");
	knob("fin_timeout", "1");
	leave_sockets();
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0, status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "sockets")) {
		read_family();
		leave_sockets();
		return 0;
	}
	if (argc != 3 || strcmp(argv[1], "namespaces") || n < 1)
		return 2;
	read_family();
	for (int i = 0; i < n; i++) {
		if (!fork()) {
			one_namespace();
			exit(0);
		}
		wait(&status);
		if (status) {
			printf("namespace %d fails\n", i);
			return 1;
		}
	}
	return 0;
}
