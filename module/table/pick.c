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

#define XTCP_PICK_STEPS		256

/*
 * Ports that connect() looks at in search of one that is held already, since a
 * hold costs some 600 bytes: with a fifth of them held it finds one five times in six.
 */
#define XTCP_PICK_PROBES	8

/* RFC 6056 3.3.4: advances of the offset, by hash of the remote end. */
static u32 steps[XTCP_PICK_STEPS];

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

/* Tries the first "limit" ports; -EADDRNOTAVAIL if none will do. */
static int scan_ports(struct sock *sk, u32 hash, u32 limit, bool held, u32 *isn)
{
	u32 *step = &steps[hash % XTCP_PICK_STEPS];
	u32 low, n = port_range(sk, &low), i;
	u32 offset = hash / XTCP_PICK_STEPS + READ_ONCE(*step);
	int err;

	for (i = 0; i < min(n, limit); i++) {
		err = try_connect(sk, nth_port(low, n, offset, i, 0), held, isn);
		if (!err)
			WRITE_ONCE(*step, READ_ONCE(*step) + i + 1);
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
