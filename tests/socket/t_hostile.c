// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options, ioctl() numbers and MSG_ flags that no program asks for, with lengths and pointers
 * that no program has, on sockets in every state. Nothing is said of what a call returns: the
 * kernel must not complain (scripts/vm looks), and a connection beside must not lose a byte.
 * XTCP_SEED repeats a run. Run by st.c.
 */
#include "st.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/random.h>

#define PAGE		4096
#define BIG		(40 * PAGE)	/* more than the greatest length that is real */
#define NR_OPTIONS	81
#define OPTIONS_A_SOCKET 9
#define KERNEL_ADDRESS	0xffff888000001000

enum state { FRESH, BOUND, LISTENING, OPENING, OPEN, CLOSE_WAIT, SHUT, RESET, NR_STATES };

static struct {
	uint64_t seed;
	int tun;
	int l;			/* where the sockets connect to */
	int decoy;		/* and where the calls may */
	struct pair beside;	/* what must not suffer */
	uint8_t sent, got;	/* its text */
	char *big;
	char *edge;		/* the end of what is mapped */
	char *constant;		/* may only be read */
} h;

static uint64_t draw(void)
{
	h.seed ^= h.seed << 13;
	h.seed ^= h.seed >> 7;
	h.seed ^= h.seed << 17;
	return h.seed;
}

static unsigned int below(unsigned int n)
{
	return (draw() >> 16) % n;
}

static char *map(size_t size, int prot)
{
	char *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/*
 * Who wants packets stamped makes the kernel patch its code; an emulated processor may run it
 * half patched. So somebody wants it all the time.
 */
static void stamp_packets(void)
{
	set_int(OK(socket(AF_INET, SOCK_DGRAM, 0)), SOL_SOCKET, SO_TIMESTAMP, 1);
}

static void begin(const char *what)
{
	const char *seed = getenv("XTCP_SEED");

	OK(getrandom(&h.seed, sizeof(h.seed), 0));
	if (seed)
		h.seed = strtoull(seed, NULL, 0);
	printf("# %s with XTCP_SEED=%#llx\n", what, (unsigned long long)h.seed);
	fflush(stdout);
	h.seed |= 1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	h.big = map(BIG, PROT_READ | PROT_WRITE);
	h.edge = map(2 * PAGE, PROT_READ | PROT_WRITE) + PAGE;
	OK(mprotect(h.edge, PAGE, PROT_NONE));
	h.constant = map(PAGE, PROT_READ);
	stamp_packets();
	h.tun = tun_open();
	h.l = listener(64);
	h.decoy = listener(64);
	h.beside = connect_pair();
}

static void look_beside(void)
{
	uint8_t text[999];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = h.sent++;
	send_all(h.beside.c, text, sizeof(text));
	recv_all(h.beside.s, text, sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		EQ(text[i], h.got++);
}

static int connected(int *peer)
{
	int fd = csock(0);

	OK(do_connect(fd, loop_addr(port_of(h.l))));
	*peer = OK(accept(h.l, NULL, NULL));
	return fd;
}

/* A socket in that state, which never blocks; *peer is its other end, or -1. */
static int make(enum state state, int *peer)
{
	int fd;

	*peer = -1;
	if (state >= OPEN) {
		fd = connected(peer);
	} else {
		fd = csock(0);
		if (state == BOUND || state == LISTENING)
			OK(do_bind(fd, loop_addr(0)));
		if (state == LISTENING)
			OK(listen(fd, 4));
	}
	nonblock(fd);
	if (state == OPENING)
		ERR(do_connect(fd, silent_addr(80)), EINPROGRESS);
	if (state == CLOSE_WAIT) {
		OK(shutdown(*peer, SHUT_WR));
		wait_for(fd, POLLRDHUP);
	} else if (state == SHUT) {
		OK(shutdown(fd, SHUT_RDWR));
	} else if (state == RESET) {
		reset_by(*peer);
		wait_for(fd, POLLERR);
		*peer = -1;
	}
	return fd;
}

/* In the end nothing of it is left, whatever its options are by now. */
static void done(int fd, int peer)
{
	struct linger hard = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	if (peer >= 0)
		reset_by(peer);
}

static int a_length(void)
{
	static const int lengths[] = {
		-1, 0, 1, 2, 3, 4, 4, 4, 4, 8, 12, 16, 16, 20, 28, 40, 136, 1000, 65537, INT_MAX,
	};

	return lengths[below(sizeof(lengths) / sizeof(*lengths))];
}

/* Something that a program could mean. */
static void fill_in(void *at, size_t size)
{
	static const int values[] = { 0, 1, 2, -1, 7, 64, 255, 256, 65535, INT_MAX, INT_MIN };
	struct addr a = loop_addr(port_of(h.decoy));
	uint64_t word;

	memset(at, 0, size);
	switch (below(4)) {
	case 0:
		break;
	case 1:
		memcpy(at, &values[below(11)], size < 4 ? size : 4);
		break;
	case 2:
		memcpy(at, &a.sa, size < a.len ? size : a.len);
		break;
	default:
		for (size_t i = 0; i + sizeof(word) <= size; i += sizeof(word)) {
			word = draw();
			memcpy((char *)at + i, &word, sizeof(word));
		}
	}
}

static void *a_pointer(int len)
{
	size_t size = len > 0 && len < PAGE ? len : PAGE;

	switch (below(10)) {
	case 0:
		return NULL;
	case 1:
		return (void *)16;
	case 2:
		return (void *)KERNEL_ADDRESS;
	case 3:
		return h.constant;
	case 4:
		size = below(size + 1);
		fill_in(h.edge - size, size);
		return h.edge - size;
	case 5:
		return h.edge;
	default:
		fill_in(h.big, size);
		return h.big;
	}
}

static void an_option(int fd, int level, int name)
{
	int len = a_length(), got = len;
	void *value = a_pointer(len);

	setsockopt(fd, level, name, value, len);
	len = a_length();
	value = a_pointer(len);
	getsockopt(fd, level, name, value,
		   below(8) ? (socklen_t *)&got : a_pointer(sizeof(socklen_t)));
}

/* So that nothing waits, however the socket was set. */
static void poke(int fd)
{
	char text[64];

	fcntl(fd, F_SETFL, O_NONBLOCK);
	send(fd, "text", 4, MSG_NOSIGNAL | MSG_DONTWAIT);
	recv(fd, text, sizeof(text), MSG_DONTWAIT);
	events_now(fd);
}

static void sweep_level(int level, int tries)
{
	for (int state = 0; state < NR_STATES; state++) {
		for (int first = 0; first < NR_OPTIONS; first += OPTIONS_A_SOCKET) {
			int peer, fd = make(state, &peer);

			for (int i = 0; i < OPTIONS_A_SOCKET * tries; i++)
				an_option(fd, level, first + i % OPTIONS_A_SOCKET);
			poke(fd);
			done(fd, peer);
			look_beside();
		}
	}
}

TEST(hostile_options, V46, "linux-surface 5: hostile lengths and pointers are safe")
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP, IPPROTO_IPV6 };
	int tries = small_run() ? 1 : 3;

	begin(__func__);
	for (int i = 0; i < 4; i++)
		sweep_level(levels[i], tries);
}

/* All that a socket of any kind, a network or a terminal knows, and what nobody does. */
static unsigned long a_request(void)
{
	switch (below(4)) {
	case 0:
		return 0x5400 + below(0x80);
	case 1:
		return 0x8900 + below(0x100);
	case 2:
		return draw();
	default:
		return (0x8900 + below(0x20)) | draw() << 16;
	}
}

/* Networks and devices are not to change: then the connection beside would suffer rightly. */
static bool changes_the_host(unsigned long request)
{
	unsigned int nr = request & 0xffff;

	return (nr >= 0x890b && nr <= 0x890c) || (nr >= 0x8914 && nr <= 0x8999) ||
	       nr == 0x5423 /* TIOCSETD loads modules */;
}

TEST(hostile_ioctl, V46, "linux-surface 6 ioctl: hostile numbers and pointers are safe")
{
	int rounds = small_run() ? 2 : 8;

	begin(__func__);
	for (int i = 0; i < rounds * NR_STATES; i++) {
		int peer, fd = make(i % NR_STATES, &peer);

		for (int j = 0; j < 100; j++) {
			unsigned long request = a_request();

			if (!changes_the_host(request))
				ioctl(fd, request, a_pointer(below(200)));
		}
		poke(fd);
		done(fd, peer);
		look_beside();
	}
}

static void a_message(struct msghdr *m, struct iovec *iov, int nr)
{
	for (int i = 0; i < nr; i++) {
		int len = a_length();

		iov[i].iov_base = a_pointer(len);
		iov[i].iov_len = len < 0 && below(4) ? 0 : len;
	}
	memset(m, 0, sizeof(*m));
	m->msg_iov = below(10) ? iov : a_pointer(sizeof(*iov) * nr);
	m->msg_iovlen = below(10) ? (unsigned int)nr : below(2000);
	if (!below(3)) {
		m->msg_namelen = below(200);
		m->msg_name = a_pointer(m->msg_namelen);
	}
	if (!below(3)) {
		m->msg_controllen = below(200);
		m->msg_control = a_pointer(m->msg_controllen);
	}
}

TEST(hostile_messages, V46, "linux-surface 6 MSG_: hostile flags, vectors and names are safe")
{
	int rounds = small_run() ? 2 : 8;
	struct iovec iov[4];
	struct msghdr m;

	begin(__func__);
	for (int i = 0; i < rounds * NR_STATES; i++) {
		int peer, fd = make(i % NR_STATES, &peer);

		for (int j = 0; j < 40; j++) {
			int flags = draw() & draw();

			a_message(&m, iov, 1 + below(4));
			sendmsg(fd, &m, flags | MSG_NOSIGNAL | MSG_DONTWAIT);
			flags = draw() & draw();
			a_message(&m, iov, 1 + below(4));
			recvmsg(fd, &m, flags | MSG_DONTWAIT);
			if (peer >= 0)
				send(peer, h.big, 1 + below(3000),
				     MSG_DONTWAIT | (below(4) ? 0 : MSG_OOB));
		}
		done(fd, peer);
		look_beside();
	}
}
