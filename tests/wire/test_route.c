// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `ip route` says of the way to the peer, as it shows at the wire (linux-surface.md
 * section 2).
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <linux/xtcp.h>

#include "wire.h"

#define RWND_SEGMENTS	2

/* A route to the peer alone, with attributes in the words of ip-route(8). */
static void route(struct wire *w, const char *attributes)
{
	char behind[128];

	snprintf(behind, sizeof(behind), "dev tun0 %s", attributes);
	net_route(w, "add", behind);
}

static int headers(const struct wire *w)
{
	return w->version == 4 ? 40 : 60;
}

static void advmss(struct wire *w)
{
	route(w, "advmss 800");
	w->mtu = 800 + headers(w);
	dut_listen(w, 1);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK, .mss = 800);
}

/* What the peer is to send and what it may be sent, both. */
static void mtu(struct wire *w)
{
	route(w, "mtu 1300");
	w->mtu = 1300;
	dut_listen(w, 1);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .mss = 1300 - headers(w));
	peer_send(w, .flags = ACK);
	dut_accept(w);
	dut_write(w, 1300);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1300 - headers(w));
}

static void expect_initial_window(struct wire *w, int segments)
{
	int i;

	dut_write(w, 25000);
	for (i = 0; i < segments; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	peer_expect_nothing(w, 100);
}

static void initcwnd_below(struct wire *w)
{
	route(w, "initcwnd 2");
	established_server(w, .mss = 1000);
	expect_initial_window(w, 2);
}

static void initcwnd_above(struct wire *w)
{
	route(w, "initcwnd 20");
	established_client(w, .mss = 1000);
	expect_initial_window(w, 20);
}

static int rwnd(const struct wire *w)
{
	return RWND_SEGMENTS * (1500 - headers(w));
}

/* Until there is text the listener offers no more; then what its buffer has. */
static void initrwnd_of_listener(struct wire *w)
{
	route(w, "initrwnd 2");
	dut_listen(w, 1);
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK, .mss = ANY, .win = rwnd(w));
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK, .len = 1000);
	peer_expect(w, .flags = ACK, .ack = 1001);
	if (w->seg.win <= rwnd(w))
		fail(w, "the window is %d still", w->seg.win);
}

static void initrwnd_of_client(struct wire *w)
{
	route(w, "initrwnd 2");
	w->fd = dut_socket(w);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN, .seq = 0, .mss = ANY, .win = rwnd(w));
	peer_send(w, .flags = SYN | ACK, .mss = 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1, .win = rwnd(w));
	dut_expect_connected(w);
}

static void expect_timeout(struct wire *w, int ms)
{
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 1001);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	mark_seen(w);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000, .at = ms);
}

static void rto_min_of_route(struct wire *w)
{
	route(w, "rto_min 50ms");
	established_server(w, .mss = 1000);
	expect_timeout(w, 50);
}

/* As in Linux: whoever has made the route knows the path. */
static void rto_min_before_the_users(struct wire *w)
{
	route(w, "rto_min 400ms");
	established_server(w, .mss = 1000);
	dut_option(w, IPPROTO_TCP, TCP_RTO_MIN_US, 50000);
	expect_timeout(w, 400);
}

static void expect_window(struct wire *w, int window)
{
	peer_send(w, .flags = SYN, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK, .mss = ANY, .win = window);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	peer_send(w, .flags = ACK, .len = 1000);
	peer_expect(w, .flags = ACK, .ack = 1001, .win = window);
	dut_read(w, 1000);
	peer_expect_nothing(w, 100);
}

static void window_of_route(struct wire *w)
{
	route(w, "window 2000");
	dut_listen(w, 1);
	expect_window(w, 2000);
}

static void window_below_the_users(struct wire *w)
{
	route(w, "window 1500");
	dut_listen(w, 1);
	dut_option(w, IPPROTO_TCP, TCP_WINDOW_CLAMP, 2000);
	expect_window(w, 2000);
}

static void quickack_of_route(struct wire *w)
{
	int i;

	route(w, "quickack 1");
	knob(w, "quickack_max", 0);
	established_server(w, .mss = 1000);
	for (i = 1; i <= 4; i++) {
		peer_send(w, .flags = ACK, .len = 100);
		peer_expect(w, .flags = ACK, .ack = 1 + 100 * i);
	}
}

static void ecn_asked_by_route(struct wire *w)
{
	route(w, "features ecn");
	knob(w, "ecn", 0);
	w->fd = dut_socket(w);
	dut_start_connect(w);
	peer_expect(w, .flags = SYN | ECE | CWR, .seq = 0, .mss = ANY);
	peer_send(w, .flags = SYN | ACK | ECE, .mss = 1000);
	peer_expect(w, .flags = ACK, .seq = 1, .ack = 1);
	dut_expect_connected(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	if (w->seg.ecn != ECT_0)
		fail(w, "ECN bits %d, not ECT(0)", w->seg.ecn);
}

static void ecn_agreed_by_route(struct wire *w)
{
	route(w, "features ecn");
	knob(w, "ecn", 0);
	dut_listen(w, 1);
	peer_send(w, .flags = SYN | ECE | CWR, .mss = 1000);
	peer_expect(w, .flags = SYN | ACK | ECE, .seq = 0, .ack = 1, .mss = ANY);
}

static void exchange(struct wire *w, uint32_t seq)
{
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = seq, .len = 1000);
	peer_send(w, .flags = ACK, .ack = seq + 1000);
}

/* Under a connection: what leaves finds the new one, and what is measured of it then counts. */
static void route_changes(struct wire *w)
{
	route(w, "rto_min 50ms");
	established_server(w, .mss = 1000);
	expect_timeout(w, 50);
	peer_send(w, .flags = ACK, .ack = 2001);
	net_route(w, "del", "");
	exchange(w, 2001);
	exchange(w, 3001);
	dut_write(w, 1000);
	peer_expect(w, .flags = ACK, .seq = 4001, .len = 1000);
	mark_seen(w);
	peer_expect(w, .flags = ACK, .seq = 4001, .len = 1000, .at = 200);
}

const struct test route_tests[] = {
	T(advmss, "linux-surface 2 advmss"),
	T(mtu, "linux-surface 2 mtu"),
	T(initcwnd_below, "linux-surface 2 initcwnd"),
	T(initcwnd_above, "linux-surface 2 initcwnd"),
	T(initrwnd_of_listener, "linux-surface 2 initrwnd"),
	T(initrwnd_of_client, "linux-surface 2 initrwnd"),
	T(rto_min_of_route, "linux-surface 2 rto_min"),
	T(rto_min_before_the_users, "linux-surface 2 rto_min",
	  .not_linux = "kernels have TCP_RTO_MIN_US since 6.15"),
	T(window_of_route, "linux-surface 2 window",
	  .not_linux = "Linux offers whole segments of its own MSS"),
	T(window_below_the_users, "linux-surface 2 window",
	  .not_linux = "Linux offers whole segments of its own MSS"),
	T(quickack_of_route, "linux-surface 2 quickack", .not_linux = "Linux has no quickack_max"),
	T(ecn_asked_by_route, "linux-surface 2 features ecn"),
	T(ecn_agreed_by_route, "linux-surface 2 features ecn"),
	T(route_changes, "linux-surface 2 route attributes",
	  .not_linux = "Linux takes a change over in several round trips"),
	{ 0 }
};
