// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners by namespace and port, and which of them a segment is for. The
 * node of a listening socket, which has no place in the table of connections,
 * is its entry here. Called by ip/ for segments, by sock/ for listen() and
 * close().
 */
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>
#include <net/sock.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>
#include "table.h"

#define XTCP_LISTENER_BITS	10
#define XTCP_NR_CHAINS		(1U << XTCP_LISTENER_BITS)

/* Ends of chains differ from those of the table of connections. */
#define XTCP_LISTENER_NULLS	(1U << 24)

static struct hlist_nulls_head chains[XTCP_NR_CHAINS];
static DEFINE_SPINLOCK(chains_lock);

static u32 chain_of(const struct net *net, u16 port)
{
	return hash_32(net_hash_mix(net) ^ port, XTCP_LISTENER_BITS);
}

static bool is_wildcard(const struct in6_addr *addr)
{
	return ipv6_addr_any(addr) || (ipv6_addr_v4mapped(addr) && !addr->s6_addr32[3]);
}

/*
 * How well sk suits: -1 not at all. As Linux since 5.0, an address counts
 * more than an interface, and that more than being of the same family.
 */
static int score_of(const struct sock *sk, const struct xtcp_node *node, const struct net *net,
		    const struct xtcp_tuple *t, int dif, int sdif)
{
	bool v4 = ipv6_addr_v4mapped(&t->laddr), v4_socket = sk->sk_family == AF_INET;
	const struct in6_addr *addr = &node->tuple.laddr;
	int score = 0;

	if (node->net != net || node->tuple.lport != t->lport ||
	    !xtcp_dev_matches(node->bound_dev, dif, sdif))
		return -1;
	if (!is_wildcard(addr)) {
		if (!ipv6_addr_equal(addr, &t->laddr))
			return -1;
		score += 4;
	} else if (ipv6_addr_v4mapped(addr) ? !v4 : v4 && sk->sk_ipv6only) {
		return -1;
	}
	if (node->bound_dev)
		score += 2;
	if (v4_socket == v4)
		score += 1;
	return score;
}

static struct sock *best_of(u32 chain, const struct net *net, const struct xtcp_tuple *t,
			    int dif, int sdif, bool *moved)
{
	struct hlist_nulls_node *pos;
	struct sock *best = NULL;
	struct xtcp_node *node;
	int score, high = -1;
	u32 equals = 0, hash = 0;

	hlist_nulls_for_each_entry_rcu(node, pos, &chains[chain], link) {
		struct sock *sk = (struct sock *)xtcp_node_xs(node);

		score = score_of(sk, node, net, t, dif, sdif);
		if (score < 0 || score < high)
			continue;
		if (score > high) {
			high = score;
			equals = 1;
			best = sk;
			continue;
		}
		/* SO_REUSEPORT: each of n equals gets 1/n of the tuples. */
		if (equals == 1)
			hash = xtcp_tuple_hash(net, t);
		equals++;
		hash = hash * 1664525 + 1013904223;
		if (reciprocal_scale(hash, equals) == 0)
			best = sk;
	}
	*moved = get_nulls_value(pos) != XTCP_LISTENER_NULLS + chain;
	return best;
}

struct sock *xtcp_listener_select(struct net *net, const struct xtcp_tuple *tuple,
				  int dif, int sdif)
{
	u32 chain = chain_of(net, tuple->lport);
	struct sock *sk;
	bool moved;

	for (;;) {
		sk = best_of(chain, net, tuple, dif, sdif, &moved);
		if (moved)
			continue;
		if (!sk)
			return NULL;
		if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
			/* Just closed: there may be another. */
			smp_acquire__after_ctrl_dep();
			if (hlist_nulls_unhashed_lockless(&xtcp_sk(sk)->node.link))
				continue;
			return NULL;
		}
		if (score_of(sk, &xtcp_sk(sk)->node, net, tuple, dif, sdif) >= 0)
			return sk;
		sock_put(sk);
	}
}

void xtcp_listener_insert(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct xtcp_node *node = &xs->node;

	node->net = sock_net(sk);
	node->type = XTCP_NODE_CONN;
	node->bound_dev = sk->sk_bound_dev_if;
	memset(&node->tuple, 0, sizeof(node->tuple));
	node->tuple.laddr = xs->binding.addr;
	node->tuple.lport = xs->inet.inet_num;
	spin_lock_bh(&chains_lock);
	hlist_nulls_add_head_rcu(&node->link, &chains[chain_of(node->net, node->tuple.lport)]);
	spin_unlock_bh(&chains_lock);
}

void xtcp_listener_remove(struct sock *sk)
{
	spin_lock_bh(&chains_lock);
	hlist_nulls_del_init_rcu(&xtcp_sk(sk)->node.link);
	spin_unlock_bh(&chains_lock);
}

/* The first of net in a chain at or behind *index, which is set to its place. */
static struct sock *next_in_chain(struct net *net, u32 chain, u32 *index)
{
	struct hlist_nulls_node *pos;
	struct sock *found = NULL;
	struct xtcp_node *node;
	u32 i = 0;

	spin_lock_bh(&chains_lock);
	hlist_nulls_for_each_entry(node, pos, &chains[chain], link) {
		struct sock *sk = (struct sock *)xtcp_node_xs(node);

		if (i++ < *index || node->net != net || !refcount_inc_not_zero(&sk->sk_refcnt))
			continue;
		*index = i - 1;
		found = sk;
		break;
	}
	spin_unlock_bh(&chains_lock);
	return found;
}

struct sock *xtcp_listener_next(struct net *net, struct xtcp_cursor *at)
{
	struct sock *sk;

	for (; at->bucket < XTCP_NR_CHAINS; at->bucket++, at->index = 0) {
		if (hlist_nulls_empty(&chains[at->bucket]))
			continue;
		sk = next_in_chain(net, at->bucket, &at->index);
		if (sk)
			return sk;
	}
	return NULL;
}

void xtcp_listener_setup(void)
{
	u32 i;

	for (i = 0; i < XTCP_NR_CHAINS; i++)
		INIT_HLIST_NULLS_HEAD(&chains[i], XTCP_LISTENER_NULLS + i);
}
