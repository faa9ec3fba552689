// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners by namespace and port, and which of them a segment is for. The
 * node of a listening socket, which has no place in the table of connections,
 * is its entry here. Called by ip/ for segments, by sock/ for listen() and
 * close().
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
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

static struct sock *node_sk(struct xtcp_node *node)
{
	return (struct sock *)xtcp_node_xs(node);
}

static bool is_wildcard(const struct in6_addr *addr)
{
	const __be32 *word = addr->s6_addr32;

	return !(word[0] | word[1] | word[3]) && (!word[2] || word[2] == htonl(0xffff));
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
	    !xtcp_dev_matches(net, node->bound_dev, dif, sdif))
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

/* SO_INCOMING_CPU: a listener of this one. */
static bool is_here(struct xtcp_node *node)
{
	return READ_ONCE(node_sk(node)->sk_incoming_cpu) == raw_smp_processor_id();
}

/*
 * SO_REUSEPORT: each of the equals draws for each tuple, and the highest has it.
 * So each of n gets 1/n of the tuples, and one that comes or goes moves none
 * between the others.
 */
static bool outdraws(const struct xtcp_node *a, const struct xtcp_node *b, u32 tuple_hash)
{
	return jhash_2words(a->hash, tuple_hash, 0) > jhash_2words(b->hash, tuple_hash, 0);
}

static struct sock *best_of(u32 chain, const struct net *net, const struct xtcp_tuple *t,
			    int dif, int sdif, bool *moved)
{
	struct xtcp_node *node, *best = NULL;
	struct hlist_nulls_node *pos;
	int score, high = -1;
	u32 hash = 0;

	hlist_nulls_for_each_entry_rcu(node, pos, &chains[chain], link) {
		score = score_of(node_sk(node), node, net, t, dif, sdif);
		if (score < 0 || score < high)
			continue;
		if (score == high) {
			hash = hash ?: xtcp_tuple_hash(net, t);
			if (is_here(node) != is_here(best) ? !is_here(node) :
							     !outdraws(node, best, hash))
				continue;
		}
		high = score;
		best = node;
	}
	*moved = get_nulls_value(pos) != XTCP_LISTENER_NULLS + chain;
	return best ? node_sk(best) : NULL;
}

/*
 * SO_ATTACH_REUSEPORT_CBPF, _EBPF: a program that one of the group has, and the others with it,
 * names a listener by its place in their order of listen(). It sees the text of skb.
 */
static struct sock *ask_program(struct sock *sk, const struct net *net,
				const struct xtcp_tuple *tuple, struct sk_buff *skb)
{
	const struct sock_reuseport *group = rcu_dereference(sk->sk_reuseport_cb);
	struct sock *named;

	if (!group || !rcu_access_pointer(group->prog))
		return sk;
	named = reuseport_select_sock(sk, xtcp_tuple_hash(net, tuple), skb,
				      (skb->data[12] >> 4) * 4);
	return IS_ERR_OR_NULL(named) ? sk : named;
}

struct sock *xtcp_listener_select(struct net *net, const struct xtcp_tuple *tuple,
				  int dif, int sdif, struct sk_buff *skb)
{
	u32 chain = chain_of(net, tuple->lport);
	struct sock *sk;
	bool moved;

	do
		sk = best_of(chain, net, tuple, dif, sdif, &moved);
	while (moved);
	return sk && sk->sk_reuseport ? ask_program(sk, net, tuple, skb) : sk;
}

bool xtcp_listener_hold(struct sock *sk, const struct xtcp_tuple *tuple)
{
	const struct in6_addr *addr = &xtcp_sk(sk)->node.tuple.laddr;

	if (!refcount_inc_not_zero(&sk->sk_refcnt))
		return false;
	if (xtcp_sk(sk)->node.tuple.lport == tuple->lport &&
	    (is_wildcard(addr) || ipv6_addr_equal(addr, &tuple->laddr)))
		return true;
	sock_put(sk);
	return false;
}

/* Would the segments of one be the other's if it were not there (SO_REUSEPORT)? */
static bool same_group(const struct sock *a, const struct sock *b)
{
	const struct xtcp_node *x = &xtcp_sk(a)->node, *y = &xtcp_sk(b)->node;

	return a->sk_reuseport && b->sk_reuseport && uid_eq(a->sk_uid, b->sk_uid) &&
	       a->sk_family == b->sk_family && a->sk_ipv6only == b->sk_ipv6only &&
	       x->net == y->net && x->bound_dev == y->bound_dev &&
	       x->tuple.lport == y->tuple.lport &&
	       ipv6_addr_equal(&x->tuple.laddr, &y->tuple.laddr);
}

struct sock *xtcp_listener_heir(const struct sock *sk, const struct xtcp_tuple *tuple)
{
	const struct xtcp_node *of = &xtcp_sk(sk)->node;
	u32 hash = xtcp_tuple_hash(of->net, tuple);
	struct xtcp_node *node, *best = NULL;
	struct hlist_nulls_node *pos;

	spin_lock_bh(&chains_lock);
	hlist_nulls_for_each_entry(node, pos, &chains[chain_of(of->net, of->tuple.lport)], link) {
		if (node != of && same_group(sk, node_sk(node)) &&
		    !READ_ONCE(xtcp_sk(node_sk(node))->accept.closing) &&
		    (!best || outdraws(node, best, hash)))
			best = node;
	}
	if (best && !refcount_inc_not_zero(&node_sk(best)->sk_refcnt))
		best = NULL;
	spin_unlock_bh(&chains_lock);
	return best ? node_sk(best) : NULL;
}

/* The kernel's group, for what programs go by. chains_lock held, sk not in its chain yet. */
static int join_group(struct sock *sk, u32 chain)
{
	bool any = is_wildcard(&xtcp_sk(sk)->node.tuple.laddr);
	struct hlist_nulls_node *pos;
	struct xtcp_node *node;

	if (!sk->sk_reuseport)
		return 0;
	hlist_nulls_for_each_entry(node, pos, &chains[chain], link)
		if (same_group(sk, node_sk(node)))
			return reuseport_add_sock(sk, node_sk(node), any);
	return reuseport_alloc(sk, any);
}

int xtcp_listener_insert(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct xtcp_node *node = &xs->node;
	u32 chain;
	int err;

	node->net = sock_net(sk);
	node->type = XTCP_NODE_CONN;
	node->bound_dev = sk->sk_bound_dev_if;
	node->hash = get_random_u32();
	memset(&node->tuple, 0, sizeof(node->tuple));
	node->tuple.laddr = xs->binding.addr;
	node->tuple.lport = xs->inet.inet_num;
	chain = chain_of(node->net, node->tuple.lport);
	spin_lock_bh(&chains_lock);
	err = join_group(sk, chain);
	if (!err)
		hlist_nulls_add_head_rcu(&node->link, &chains[chain]);
	spin_unlock_bh(&chains_lock);
	return err;
}

void xtcp_listener_remove(struct sock *sk)
{
	spin_lock_bh(&chains_lock);
	hlist_nulls_del_init_rcu(&xtcp_sk(sk)->node.link);
	spin_unlock_bh(&chains_lock);
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
}

/* The first of net in a chain behind the place, which becomes its own; under chains_lock. */
static struct sock *next_in_chain(struct net *net, u32 chain, struct xtcp_walk *walk, u32 *index)
{
	struct hlist_nulls_node *pos;
	struct xtcp_node *node;

	hlist_nulls_for_each_entry(node, pos, &chains[chain], link) {
		if (!xtcp_walk_is_behind(walk, node) || node->net != net ||
		    !refcount_inc_not_zero(&node_sk(node)->sk_refcnt))
			continue;
		*index = walk->i - 1;
		return node_sk(node);
	}
	return NULL;
}

struct sock *xtcp_listener_next(struct net *net, struct xtcp_cursor *at, const struct sock *after)
{
	struct xtcp_walk walk = {
		.after = after ? &xtcp_sk(after)->node : NULL,
		.from = at->index,
	};
	struct sock *sk = NULL;

	for (; at->bucket < XTCP_NR_CHAINS; at->bucket++, at->index = 0) {
		spin_lock_bh(&chains_lock);
		do
			sk = next_in_chain(net, at->bucket, &walk, &at->index);
		while (!sk && xtcp_walk_again(&walk));
		spin_unlock_bh(&chains_lock);
		if (sk)
			break;
		walk.from = 0;
	}
	return sk;
}

void xtcp_listener_setup(void)
{
	u32 i;

	for (i = 0; i < XTCP_NR_CHAINS; i++)
		INIT_HLIST_NULLS_HEAD(&chains[i], XTCP_LISTENER_NULLS + i);
}
