// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes by the error queue (MSG_ERRQUEUE): which of the user's pages are his again
 * (MSG_ZEROCOPY), and when text went; and the times of received text. Run by st.c.
 */
#include "st.h"

#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <linux/net_tstamp.h>
#include <sys/utsname.h>
#include <time.h>

#define SCM_TIMES	SO_TIMESTAMPING		/* the cmsg has the number of the option */

struct note {
	struct sock_extended_err ee;
	bool stamped;
};

/* Takes the first of the error queue; false if it is empty. */
static bool take_note(int fd, struct note *note)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} u;
	struct msghdr m = { .msg_control = u.bytes, .msg_controllen = sizeof(u) };
	bool v4 = client_af() == AF_INET, found = false;

	if (recvmsg(fd, &m, MSG_ERRQUEUE) < 0) {
		EQ(errno, EAGAIN);
		return false;
	}
	EQ(m.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
	note->stamped = false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMES) {
			note->stamped = true;
		} else if (c->cmsg_level == (v4 ? IPPROTO_IP : IPPROTO_IPV6) &&
			   c->cmsg_type == (v4 ? IP_RECVERR : IPV6_RECVERR)) {
			memcpy(&note->ee, CMSG_DATA(c), sizeof(note->ee));
			found = true;
		}
	}
	CHECK(found);
	return true;
}

static void next_note(int fd, struct note *note)
{
	wait_for(fd, POLLERR);
	CHECK(take_note(fd, note));
}

/* Before 6.8 the kernel does not let SO_ZEROCOPY come to us. */
static bool zerocopy_is_refused(int fd)
{
	struct utsname u;
	int major, minor, on = 1;

	OK(uname(&u));
	EQ(sscanf(u.release, "%d.%d", &major, &minor), 2);
	if (st_family == ST_INET || major > 6 || (major == 6 && minor >= 8))
		return false;
	ERR(setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), EOPNOTSUPP);
	return true;
}

/* Until the calls up to last are all done with; returns whether their text was copied. */
static bool wait_zerocopy(int fd, unsigned int from, unsigned int last)
{
	bool copied = false;
	struct note note;

	while (from <= last) {
		next_note(fd, &note);
		EQ(note.ee.ee_errno, 0);
		EQ(note.ee.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
		EQ(note.ee.ee_info, from);
		CHECK(note.ee.ee_data >= from && note.ee.ee_data <= last);
		from = note.ee.ee_data + 1;
		copied |= note.ee.ee_code & SO_EE_CODE_ZEROCOPY_COPIED;
	}
	return copied;
}

TEST(zerocopy_option, V46, "linux-surface 5 SO_ZEROCOPY: 0 or 1, inherited by accept()")
{
	struct pair p = connect_pair();
	int two = 2;

	EQ(get_int(p.c, SOL_SOCKET, SO_ZEROCOPY), 0);
	if (zerocopy_is_refused(p.c))
		return;
	set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1);
	EQ(get_int(p.c, SOL_SOCKET, SO_ZEROCOPY), 1);
	ERR(setsockopt(p.c, SOL_SOCKET, SO_ZEROCOPY, &two, 4), EINVAL);
	ERR(setsockopt(p.c, SOL_SOCKET, SO_ZEROCOPY, &two, 2), EINVAL);
	ERR(setsockopt(p.c, SOL_SOCKET, SO_ZEROCOPY, (void *)16, 4), EFAULT);
	set_int(p.s, SOL_SOCKET, SO_ZEROCOPY, 1);
	set_int(p.s, SOL_SOCKET, SO_ZEROCOPY, 0);
	EQ(get_int(p.s, SOL_SOCKET, SO_ZEROCOPY), 0);
	set_int(p.l, SOL_SOCKET, SO_ZEROCOPY, 1);
	OK(do_connect(csock(0), loop_addr(port_of(p.l))));
	EQ(get_int(OK(accept(p.l, NULL, NULL)), SOL_SOCKET, SO_ZEROCOPY), 1);
	/* And what else there is at this level still does what it did. */
	set_int(p.c, SOL_SOCKET, SO_KEEPALIVE, 1);
	EQ(get_int(p.c, SOL_SOCKET, SO_KEEPALIVE), 1);
	ERR(setsockopt(p.c, SOL_SOCKET, 12345, &two, 4), ENOPROTOOPT);
}

TEST(zerocopy_not_asked_for, V46, "linux-surface 6 ZEROCOPY: without SO_ZEROCOPY a plain send()")
{
	struct pair p = connect_pair();
	struct note note;

	EQ(send(p.c, "text", 4, MSG_ZEROCOPY), 4);
	expect_bytes(p.s, "text");
	round_trip(p.c, p.s);
	CHECK(!take_note(p.c, &note));
}

TEST(zerocopy_notes, V46D, "linux-surface 5 SO_ZEROCOPY: calls are numbered and told when done")
{
	enum { SIZE = 300000 };
	struct pair p = connect_pair();
	char *data = malloc(SIZE);
	struct note note;

	if (zerocopy_is_refused(p.c))
		return;
	memset(data, 'z', SIZE);
	set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1);
	EQ(send(p.c, "small", 5, MSG_ZEROCOPY), 5);
	EQ(send(p.c, "plain", 5, 0), 5);
	expect_bytes(p.s, "smallplain");
	/* On lo the text is copied for who receives it: he might keep it for ever. */
	CHECK(wait_zerocopy(p.c, 0, 0));
	if (!fork()) {
		close(p.c);
		drain(p.s, 2 * SIZE);
		expect_bytes(p.s, "end");
		_exit(0);
	}
	EQ(send(p.c, data, SIZE, MSG_ZEROCOPY), SIZE);
	EQ(send(p.c, data, SIZE, MSG_ZEROCOPY), SIZE);
	CHECK(wait_zerocopy(p.c, 1, 2));
	CHECK(!take_note(p.c, &note));
	send_all(p.c, "end", 3);
	close(p.s);
	expect_eof(p.c);
}

TEST(zerocopy_is_by_reference, V46, "linux-surface 6 ZEROCOPY: what waits is the user's page")
{
	struct pair p = connect_pair();
	char *page = aligned_alloc(4096, 4096), got[4096];
	size_t before;

	if (zerocopy_is_refused(p.c))
		return;
	set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1);
	memset(page, 'a', 4096);
	before = fill(p.c);
	/* Room for little more than this: the window is full, so that it must wait. */
	set_int(p.c, SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20);
	EQ(send(p.c, page, 4096, MSG_ZEROCOPY), 4096);
	memset(page, 'b', 4096);
	drain(p.s, before);
	recv_all(p.s, got, 4096);
	for (int i = 0; i < 4096; i++)
		EQ(got[i], 'b');
}

TEST(zerocopy_fails, V46, "linux-surface 6 ZEROCOPY: of what was not sent nothing is told")
{
	struct pair p = connect_pair();
	struct note note;

	if (zerocopy_is_refused(p.c))
		return;
	set_int(p.c, SOL_SOCKET, SO_ZEROCOPY, 1);
	ERR(send(p.c, (void *)16, 4096, MSG_ZEROCOPY), EFAULT);
	EQ(send(p.c, "", 0, MSG_ZEROCOPY), 0);
	EQ(send(p.c, "text", 4, MSG_ZEROCOPY), 4);
	expect_bytes(p.s, "text");
	wait_zerocopy(p.c, 0, 0);
	OK(shutdown(p.c, SHUT_WR));
	ERR(send(p.c, "text", 4, MSG_ZEROCOPY | MSG_NOSIGNAL), EPIPE);
	CHECK(!take_note(p.c, &note));
}

struct icmp_note {
	struct sock_extended_err ee;
	struct sockaddr_in6 offender;	/* or one of IPv4 */
};

TEST(icmp_error_connecting, V46, "linux-surface 5 RECVERR: the ICMP error in the error queue")
{
	bool v4 = client_af() == AF_INET;
	int tun = tun_open(), fd = csock(SOCK_NONBLOCK);
	struct addr to = silent_addr(80), about = { .len = 0 };
	uint8_t syn[256], quoted[256];
	union {
		struct cmsghdr c;
		char bytes[512];
	} u;
	struct iovec iov = { quoted, sizeof(quoted) };
	struct msghdr m = {
		.msg_name = &about.sa, .msg_namelen = sizeof(about.in6),
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u),
	};
	struct icmp_note *note = (void *)CMSG_DATA(&u.c);
	size_t len;

	set_int(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
	ERR(do_connect(fd, to), EINPROGRESS);
	len = tun_read_syn(tun, syn, sizeof(syn));
	tun_host_unreachable(tun, syn, len);
	wait_for(fd, POLLERR);
	CHECK(OK(recvmsg(fd, &m, MSG_ERRQUEUE)) >= 8);
	EQ(m.msg_flags & MSG_ERRQUEUE, MSG_ERRQUEUE);
	EQ(note->ee.ee_errno, EHOSTUNREACH);
	EQ(note->ee.ee_origin, v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
	EQ(note->ee.ee_type, v4 ? 3 : 1);
	EQ(note->ee.ee_code, v4 ? 1 : 3);
	EQ(note->offender.sin6_family, client_af());
	/* What it is about: our SYN, to this address. */
	EQ(memcmp(quoted, syn + (v4 ? 20 : 40), 8), 0);
	EQ(m.msg_namelen, to.len);
	EQ(addr_port(&about), 80);
	EQ(memcmp(v4 ? (void *)&about.in.sin_addr : (void *)&about.in6.sin6_addr,
		  v4 ? (void *)&to.in.sin_addr : (void *)&to.in6.sin6_addr, v4 ? 4 : 16), 0);
	/* It was told, so it is no longer the socket's. */
	ERR(recvmsg(fd, &m, MSG_ERRQUEUE), EAGAIN);
	EQ(so_error(fd), 0);
}

/* The next packet with text from this port, as it passes through lo; its IP header's length. */
static size_t sniff_text(int sniffer, int port, uint8_t *packet, size_t size)
{
	for (;;) {
		ssize_t n;
		size_t ip;

		wait_for(sniffer, POLLIN);
		n = OK(recv(sniffer, packet, size, 0));
		ip = packet[0] >> 4 == 4 ? 20 : 40;
		if (n > (ssize_t)ip + (packet[ip + 12] >> 4) * 4 &&
		    (packet[ip] << 8 | packet[ip + 1]) == port)
			return ip;
	}
}

/* An ICMP error, host unreachable, about the packet with this IP header and 8 bytes behind. */
static void lo_unreachable(const uint8_t *packet, size_t ip)
{
	bool v4 = ip == 20;
	int raw = OK(socket(v4 ? AF_INET : AF_INET6, SOCK_RAW,
			    v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6));
	uint8_t m[8 + 48] = { v4 ? 3 : 1, v4 ? 1 : 3 };
	struct addr to = loop_addr(0);
	uint32_t sum = 0;

	memcpy(m + 8, packet, ip + 8);
	for (size_t i = 0; v4 && i < 8 + ip + 8; i += 2)
		sum += m[i] << 8 | m[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	m[2] = sum >> 8;
	m[3] = sum;
	EQ(sendto(raw, m, 8 + ip + 8, 0, &to.sa, to.len), 8 + ip + 8);
	close(raw);
}

TEST(icmp_error_connected, V46, "linux-surface 5 RECVERR: an error at once, and the connection lasts")
{
	bool v4 = client_af() == AF_INET;
	int sniffer = OK(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)));
	struct pair p = connect_pair();
	uint8_t packet[256];
	struct note note;
	uint32_t seq;
	size_t ip;

	send_all(p.c, "x", 1);
	ip = sniff_text(sniffer, port_of(p.c), packet, sizeof(packet));
	expect_bytes(p.s, "x");
	/* Not of what the peer may have, but of what is to come. */
	memcpy(&seq, packet + ip + 4, 4);
	seq = htonl(ntohl(seq) + 1);
	memcpy(packet + ip + 4, &seq, 4);
	lo_unreachable(packet, ip);
	CHECK(!(events_now(p.c) & POLLERR));
	set_int(p.c, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
	lo_unreachable(packet, ip);
	wait_for(p.c, POLLERR);
	EQ(so_error(p.c), EHOSTUNREACH);
	CHECK(!take_note(p.c, &note));
	round_trip(p.c, p.s);
}

/* The time that comes with a byte, in ns; 0 if none does. */
static int64_t received_at(struct pair p, int type)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} u;
	char b;
	struct iovec iov = { &b, 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.bytes,
		.msg_controllen = sizeof(u),
	};
	struct cmsghdr *c;
	int64_t t[2];

	send_all(p.c, "x", 1);
	wait_for(p.s, POLLIN);
	EQ(recvmsg(p.s, &m, 0), 1);
	c = CMSG_FIRSTHDR(&m);
	if (!c)
		return 0;
	EQ(c->cmsg_level, SOL_SOCKET);
	EQ(c->cmsg_type, type);
	memcpy(t, CMSG_DATA(c), sizeof(t));
	return t[0] * 1000000000 + (type == SO_TIMESTAMP ? t[1] * 1000 : t[1]);
}

static int64_t now_ns(void)
{
	struct timespec t;

	OK(clock_gettime(CLOCK_REALTIME, &t));
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* The kernel begins to take times some time after it was asked to. */
static void expect_receive_times(int option, int value)
{
	struct pair p = connect_pair();
	int64_t from, at;

	EQ(received_at(p, option), 0);
	set_int(p.s, SOL_SOCKET, option, value);
	while (!received_at(p, option))
		;
	from = now_ns();
	at = received_at(p, option);
	CHECK(at >= from / 1000 * 1000 && at <= now_ns());
	set_int(p.s, SOL_SOCKET, option, 0);
	EQ(received_at(p, option), 0);
}

TEST(receive_times, V46D, "linux-surface 5 SO_TIMESTAMP, TIMESTAMPNS, TIMESTAMPING: of what is read")
{
	expect_receive_times(SO_TIMESTAMP, 1);
	expect_receive_times(SO_TIMESTAMPNS, 1);
	expect_receive_times(SO_TIMESTAMPING,
			     SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE);
}

/* The times of the byte with this number, in their order. */
static void expect_send_times(int fd, unsigned int number, int kinds)
{
	static const int order[] = { SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK };
	struct note note;

	for (int i = 0; i < 3; i++) {
		if (!(kinds & (1 << order[i])))
			continue;
		next_note(fd, &note);
		EQ(note.ee.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
		EQ(note.ee.ee_errno, ENOMSG);
		EQ(note.ee.ee_info, order[i]);
		EQ(note.ee.ee_data, number);
		CHECK(note.stamped);
	}
}

#define KIND(k) (1 << SCM_TSTAMP_##k)

#define STAMP_IDS (SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | \
		   SOF_TIMESTAMPING_OPT_TSONLY)
#define STAMP_ALL (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED | \
		   SOF_TIMESTAMPING_TX_ACK)

TEST(send_times, V46D, "linux-surface 5 SO_TIMESTAMPING: queued, sent, acknowledged; by number")
{
	struct pair p = connect_pair();
	struct note note;

	set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING, STAMP_IDS | STAMP_ALL);
	send_all(p.c, "0123456789", 10);
	expect_bytes(p.s, "0123456789");
	round_trip(p.s, p.c);		/* acknowledges it, and sends one byte more */
	expect_send_times(p.c, 9, KIND(SCHED) | KIND(SND) | KIND(ACK));
	send_all(p.s, "!", 1);
	expect_bytes(p.c, "!");
	expect_send_times(p.c, 10, KIND(SCHED) | KIND(SND) | KIND(ACK));
	CHECK(!take_note(p.c, &note));
}

TEST(send_times_of_a_call, V46, "linux-surface 5 SO_TIMESTAMPING: asked for by a control message")
{
	struct pair p = connect_pair();
	union {
		struct cmsghdr c;
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
	} u = { .c = { CMSG_LEN(sizeof(uint32_t)), SOL_SOCKET, SO_TIMESTAMPING } };
	struct iovec iov = { "times", 5 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u),
	};
	struct note note;

	*(uint32_t *)CMSG_DATA(&u.c) = SOF_TIMESTAMPING_TX_SCHED;
	set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING, STAMP_IDS);
	send_all(p.c, "none", 4);
	EQ(sendmsg(p.c, &m, 0), 5);
	expect_bytes(p.s, "nonetimes");
	round_trip(p.s, p.c);
	expect_send_times(p.c, 8, KIND(SCHED));
	CHECK(!take_note(p.c, &note));
}

TEST(send_times_of_many, V46, "linux-surface 5 SO_TIMESTAMPING: of a long text cut into segments")
{
	enum { SIZE = 500000 };
	static char text[SIZE];
	struct pair p = connect_pair();
	struct note note;

	set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING, STAMP_IDS | SOF_TIMESTAMPING_TX_ACK);
	if (!fork()) {
		close(p.c);
		drain(p.s, SIZE);
		expect_bytes(p.s, "end");
		_exit(0);
	}
	EQ(send(p.c, text, SIZE, 0), SIZE);
	expect_send_times(p.c, SIZE - 1, KIND(ACK));
	CHECK(!take_note(p.c, &note));
	set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING, 0);
	send_all(p.c, "end", 3);
	close(p.s);
	expect_eof(p.c);
}

/* The text itself comes along where nobody says that the time will do. */
TEST(send_times_with_text, V46, "linux-surface 5 SO_TIMESTAMPING: without OPT_TSONLY the packet too")
{
	struct pair p = connect_pair();
	char got[256];

	set_int(p.c, SOL_SOCKET, SO_TIMESTAMPING,
		SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE);
	send_all(p.c, "text", 4);
	expect_bytes(p.s, "text");
	wait_for(p.c, POLLERR);
	CHECK(OK(recv(p.c, got, sizeof(got), MSG_ERRQUEUE)) > 20 + 4);
}
