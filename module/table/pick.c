// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which port, where the user leaves it to us: bind() to port 0 and connect()
 * of an unbound socket. Whether a port may be had is asked of bind.c.
 */
#include <linux/random.h>
#include <net/ip.h>
#include <net/sock.h>
#include <xtcp/bind.h>
#include <xtcp/half_open.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>
#include "table.h"

#define XTCP_PICK_PLACES	256

/*
 * Ports that connect() looks at in search of one that is held already, since a
 * hold costs some 600 bytes: with a fifth of them held it finds one five times in six.
 */
#define XTCP_PICK_PROBES	8

/*
 * So many times connect() begins with the other parity after it has found the ports of its own in
 * use to the last: that costs as many looks as there are such ports.
 */
#define XTCP_PICK_TRUST		64

/* By hash of the remote end. Users race for it, and the last one's word is as good as any. */
struct pick_place {
	u32 step;	/* advances of the offset (RFC 6056 3.3.4) */
	u32 full;	/* how often parity 0 is still taken to be in use as a whole, */
	u32 to;		/* to the remote end with this hash; others here know nothing of it */
};

static struct pick_place places[XTCP_PICK_PLACES];

/* How many ports there are to choose from; *low is the first. */
static u32 port_range(const struct sock *sk, u32 *low)
{
	int first, last;

	inet_sk_get_local_port_range(sk, &first, &last);
	*low = first;
	return last >= first ? last - first + 1 : 0;
}

/*
 * The i-th of n ports to try, from the slot "offset" on: all of one parity
 * first, then all of the other. bind() begins with parity 1 and connect() with
 * 0, so that neither uses up what the other prefers (as in Linux).
 */
static u16 nth_port(u32 low, u32 n, u32 offset, u32 i, u32 parity)
{
	u32 half = n / 2;

	if (i >= half * 2)
		return low + n - 1;	/* n is odd: the last one */
	if (i >= half)
		parity ^= 1;
	return low + (offset % half + i) % half * 2 + parity;
}

int xtcp_port_bind_any(struct sock *sk, const struct in6_addr *addr)
{
	u32 low, n = port_range(sk, &low), offset = get_random_u32(), i;
	u16 port;
	int err;

	for (i = 0; i < n; i++) {
		port = nth_port(low, n, offset, i, 1);
		if (inet_is_local_reserved_port(sock_net(sk), port))
			continue;
		err = xtcp_port_bind(sk, addr, port, true);
		if (err != -EADDRINUSE)
			return err;
		cond_resched();
	}
	return -EADDRINUSE;
}

/* A look without the price of an attempt; the insertion has the last word. */
static bool tuple_is_free(const struct xtcp_node *node)
{
	struct xtcp_node *other = xtcp_node_find_other(node);
	bool free;

	free = !other || xtcp_timewait_yields(other, node, true);
	if (other)
		xtcp_node_put(other);
	return free;
}

/* 0, or -EADDRINUSE: try the next port; or another error. */
static int try_connect(struct sock *sk, u16 port, bool held, u32 *isn)
{
	struct xtcp_node *node = &xtcp_sk(sk)->node;
	bool in_use = test_bit(port, xtcp_port_map);

	if ((held && !in_use) || inet_is_local_reserved_port(sock_net(sk), port))
		return -EADDRINUSE;
	node->tuple.lport = port;
	if (in_use && !tuple_is_free(node))
		return -EADDRINUSE;
	return xtcp_port_connect(sk, port, held, isn);
}

static u32 full_for(const struct pick_place *place, u32 hash)
{
	return READ_ONCE(place->to) == hash ? READ_ONCE(place->full) : 0;
}

/* The i-th port has been had; one beyond "first" means that the first so many are in use. */
static void picked(struct pick_place *place, u32 hash, u32 i, u32 first)
{
	u32 full = full_for(place, hash);

	WRITE_ONCE(place->step, READ_ONCE(place->step) + i + 1);
	if (i >= first) {
		WRITE_ONCE(place->to, hash);
		WRITE_ONCE(place->full, full ? 0 : XTCP_PICK_TRUST);
	} else if (full) {
		WRITE_ONCE(place->full, full - 1);
	}
}

/* Tries the first "limit" ports; -EADDRNOTAVAIL if none will do. */
static int scan_ports(struct sock *sk, u32 hash, u32 limit, bool held, u32 *isn)
{
	struct pick_place *place = &places[hash % XTCP_PICK_PLACES];
	u32 offset = hash / XTCP_PICK_PLACES + READ_ONCE(place->step);
	u32 low, n = port_range(sk, &low), i;
	u32 parity = !!full_for(place, hash);
	int err;

	for (i = 0; i < min(n, limit); i++) {
		err = try_connect(sk, nth_port(low, n, offset, i, parity), held, isn);
		if (!err)
			picked(place, hash, i, held ? n : n / 2);
		if (err != -EADDRINUSE)
			return err;
		cond_resched();
	}
	return -EADDRNOTAVAIL;
}

int xtcp_bind_connect(struct sock *sk, u32 *isn)
{
	struct xtcp_node *node = &xtcp_sk(sk)->node;
	int err;
	u32 hash;

	node->net = sock_net(sk);
	node->type = XTCP_NODE_CONN;
	node->bound_dev = sk->sk_bound_dev_if;
	hash = xtcp_tuple_port_hash(node->net, &node->tuple);
	err = scan_ports(sk, hash, XTCP_PICK_PROBES, true, isn);
	if (err == -EADDRNOTAVAIL)
		err = scan_ports(sk, hash, U32_MAX, false, isn);
	if (err)
		node->tuple.lport = 0;
	return err;
}
