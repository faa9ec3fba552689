// SPDX-License-Identifier: GPL-2.0-only
/*
 * The world of one test: a network namespace with a TUN device behind which
 * the scripted peer lives, addresses on it, and the tunables of the dut.
 * main.c opens it once per test; tests call knob() and net_mtu().
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

static const char dut4[] = "192.0.2.1", peer4[] = "192.0.2.2";
static const char dut6[] = "2001:db8::1", peer6[] = "2001:db8::2";

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static void knob_path(struct wire *w, const char *name, char *path, size_t size)
{
	snprintf(path, size, "/proc/sys/net/%s%s",
		 w->xtcp ? "xtcp/" : "ipv4/tcp_", name);
}

void knob(struct wire *w, const char *name, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	knob_text(w, name, text);
}

void knob_text(struct wire *w, const char *name, const char *text)
{
	char path[128];

	knob_path(w, name, path, sizeof(path));
	if (!write_file(path, text))
		fail(w, "cannot write %s to %s: %s", text, path,
		     strerror(errno));
}

/* The value below name, of two lines; -1 if they don't have it. */
static long value_below(char *names, char *values, const char *name)
{
	char *n, *v, *np, *vp;

	n = strtok_r(names, " \n", &np);
	v = strtok_r(values, " \n", &vp);
	for (; n && v; n = strtok_r(NULL, " \n", &np), v = strtok_r(NULL, " \n", &vp))
		if (!strcmp(n, name))
			return atol(v);
	return -1;
}

/* In a file of the form of snmp or netstat. */
static long find_counter(struct wire *w, const char *file, const char *name)
{
	char path[32], *names = NULL, *values = NULL;
	size_t names_size = 0, values_size = 0;
	long found = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/net/%s%s", w->xtcp ? "xtcp_" : "", file);
	f = fopen(path, "r");
	if (!f)
		fail(w, "%s: %s", path, strerror(errno));
	while (found < 0 && getline(&names, &names_size, f) > 0 &&
	       getline(&values, &values_size, f) > 0)
		if (!strncmp(names, "Tcp", 3))
			found = value_below(names, values, name);
	free(names);
	free(values);
	fclose(f);
	return found;
}

/* A counter of the dut's namespace, by its name in netstat or snmp. */
long counter(struct wire *w, const char *name)
{
	long found = find_counter(w, "netstat", name);

	if (found < 0)
		found = find_counter(w, "snmp", name);
	if (found < 0)
		fail(w, "no counter %s", name);
	return found;
}

/* Lines of a state, as the kernel numbers them, among the dut's connections. */
int nr_in_state(struct wire *w, int wanted)
{
	char path[32], line[512];
	int state, n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/net/%s%s", w->xtcp ? "xtcp" : "tcp",
		 w->version == 6 ? "6" : "");
	f = fopen(path, "r");
	if (!f)
		fail(w, "%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%*d: %*s %*s %x", &state) == 1 && state == wanted;
	fclose(f);
	return n;
}

/* Half-open connections of the dut's listeners are lines of state SYN-RECEIVED. */
int nr_requests(struct wire *w)
{
	return nr_in_state(w, 3);
}

/*
 * A connection of that state is there until ms after the mark, and no longer. To read the list
 * takes time of its own, milliseconds on the debug kernel, and comes to the connection when it may.
 */
void expect_state_until(struct wire *w, int state, int ms)
{
	int64_t lo, hi, reading = now_us();

	nr_in_state(w, state);
	reading = now_us() - reading;
	time_window(w, ms, 0, &lo, &hi);
	pass_time_to(w, lo - (reading + 999) / 1000);
	if (!nr_in_state(w, state))
		fail(w, "no state 0x%X any more, %lld ms after its beginning", state,
		     (long long)lo);
	/* Looking all the time takes some, too. */
	while (w->times && nr_in_state(w, state) && now_us() < w->t0_us + hi * 1000)
		pass_time(w, 1);
	note_time(w, ms, w->t0_us, now_us());
	pass_time_to(w, hi);
	if (nr_in_state(w, state))
		fail(w, "still in state 0x%X, %lld ms after its beginning", state,
		     (long long)hi);
}

void net_port_range(struct wire *w, int low, int high)
{
	char text[32];

	snprintf(text, sizeof(text), "%d %d", low, high);
	if (!write_file("/proc/sys/net/ipv4/ip_local_port_range", text))
		fail(w, "ip_local_port_range %s: %s", text, strerror(errno));
}

void expect_count(struct wire *w, const char *name, long want)
{
	long got = counter(w, name);

	if (got != want)
		fail(w, "%s is %ld, not %ld", name, got, want);
}

void expect_requests(struct wire *w, int want)
{
	int got = nr_requests(w);

	if (got != want)
		fail(w, "%d requests, not %d", got, want);
}

/*
 * What the tests do not look at is switched off where it exists: timestamps,
 * SACK and tail loss probes, and what makes a retransmission time inexact.
 */
static void plain_tcp(struct wire *w)
{
	static const char *const plain[][2] = {
		{ "timestamps", "0" }, { "sack", "0" },
		{ "early_retrans", "0" },
		{ "syn_retries", "5" }, { "syn_linear_timeouts", "0" },
		{ "syncookies", "0" }, { "congestion_control", "reno" },
		{ "autocorking", "0" }, { "no_metrics_save", "1" },
		{ "fastopen", "0" },
	};
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		knob_path(w, plain[i][0], path, sizeof(path));
		write_file(path, plain[i][1]);
	}
	/* What is lost goes at once there, and not a little later. */
	if (!w->xtcp)
		knob(w, "recovery", 0);
}

void net_add_address(struct wire *w, const char *text)
{
	struct {
		struct nlmsghdr nh;
		struct ifaddrmsg ifa;
		struct rtattr rta;
		uint8_t addr[16];
	} req = { 0 };
	struct {
		struct nlmsghdr nh;
		struct nlmsgerr err;
	} reply;
	bool v6 = strchr(text, ':');
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	req.nh.nlmsg_len = NLMSG_LENGTH(sizeof(req.ifa)) +
			   RTA_LENGTH(v6 ? 16 : 4);
	req.nh.nlmsg_type = RTM_NEWADDR;
	req.nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	req.ifa.ifa_family = v6 ? AF_INET6 : AF_INET;
	req.ifa.ifa_prefixlen = v6 ? 64 : 24;
	req.ifa.ifa_flags = v6 ? IFA_F_NODAD : 0;
	req.ifa.ifa_index = if_nametoindex("tun0");
	req.rta.rta_type = IFA_LOCAL;
	req.rta.rta_len = RTA_LENGTH(v6 ? 16 : 4);
	inet_pton(req.ifa.ifa_family, text, req.addr);
	if (fd < 0 || send(fd, &req, req.nh.nlmsg_len, 0) < 0 ||
	    recv(fd, &reply, sizeof(reply), 0) < 0)
		fail(w, "netlink: %s", strerror(errno));
	if (reply.err.error)
		fail(w, "address %s: %s", text, strerror(-reply.err.error));
	close(fd);
}

/*
 * The kernel adds an IPv6 address in two steps: only when the route to it is
 * there are packets for it received. A worker adds that, so look until it did.
 */
static void wait_for_address(struct wire *w)
{
	static const char route[] = "20010db8000000000000000000000001 80";
	struct timespec ms = { .tv_nsec = 1000000 };
	char line[256];
	int tries;
	FILE *f;

	for (tries = 0; tries < 2000; tries++) {
		f = fopen("/proc/net/ipv6_route", "r");
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, route, sizeof(route) - 1)) {
				fclose(f);
				return;
			}
		if (f)
			fclose(f);
		nanosleep(&ms, NULL);
	}
	fail(w, "no route to the dut's IPv6 address");
}

static void link_up(struct wire *w, int fd, const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };

	strcpy(ifr.ifr_name, name);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		fail(w, "%s up: %s", name, strerror(errno));
}

static int open_tun(struct wire *w)
{
	struct ifreq ifr = { .ifr_name = "tun0",
			     .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT) {
		mkdir("/dev/net", 0755);
		mknod("/dev/net/tun", S_IFCHR | 0600, makedev(10, 200));
		fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	}
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		fail(w, "/dev/net/tun: %s", strerror(errno));
	return fd;
}

void net_mtu(struct wire *w, int mtu)
{
	struct ifreq ifr = { .ifr_name = "tun0", .ifr_mtu = mtu };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFMTU, &ifr))
		fail(w, "MTU %d: %s", mtu, strerror(errno));
	w->mtu = mtu;
	close(fd);
}

void net_route(struct wire *w, const char *verb, const char *behind)
{
	char command[256];

	snprintf(command, sizeof(command), "ip -%d route %s %s %s", w->version, verb,
		 w->version == 4 ? peer4 : peer6, behind);
	if (system(command))
		fail(w, "%s", command);
}

void net_open(struct wire *w)
{
	static const char conf[] = "/proc/sys/net/ipv6/conf/default/";
	static const char *const quiet[][2] = {
		{ "accept_ra", "0" }, { "router_solicitations", "0" },
		{ "addr_gen_mode", "1" }, { "dad_transmits", "0" },
	};
	char path[128];
	int fd;
	size_t i;

	if (unshare(CLONE_NEWNET))
		fail(w, "unshare: %s (run as root)", strerror(errno));
	for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", conf, quiet[i][0]);
		write_file(path, quiet[i][1]);
	}
	w->tun = open_tun(w);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	link_up(w, fd, "lo");
	link_up(w, fd, "tun0");
	close(fd);
	net_add_address(w, dut4);
	net_add_address(w, dut6);
	inet_pton(w->version == 4 ? AF_INET : AF_INET6,
		  w->version == 4 ? dut4 : dut6, w->dut.addr);
	inet_pton(w->version == 4 ? AF_INET : AF_INET6,
		  w->version == 4 ? peer4 : peer6, w->peer.addr);
	wait_for_address(w);
	w->mtu = 1500;
	plain_tcp(w);
}

/* A struct sockaddr_in or sockaddr_in6 of an end; returns its length. */
int sockaddr_of(struct wire *w, const struct end *e, void *sa)
{
	struct sockaddr_in6 *in6 = sa;
	struct sockaddr_in *in = sa;

	if (w->version == 4) {
		memset(in, 0, sizeof(*in));
		in->sin_family = AF_INET;
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, e->addr, 4);
		return sizeof(*in);
	}
	memset(in6, 0, sizeof(*in6));
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(e->port);
	memcpy(&in6->sin6_addr, e->addr, 16);
	return sizeof(*in6);
}
