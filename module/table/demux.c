// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of connections, requests and TIME-WAITs by 4-tuple, and the keyed
 * hashes of tuples. ip/ looks segments up here, sock/ and the other files of
 * table/ enter and remove nodes. Listeners are in listener.c.
 *
 * Readers take no lock. A node may leave a chain and enter another while a
 * reader stands on it; the nulls at the end of a chain tell in which one the
 * reader ended up.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>
#include <net/sock.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>
#include "table.h"

#define XTCP_NR_BUCKETS	65536U
#define XTCP_NR_LOCKS	4096U	/* a lock guards XTCP_NR_BUCKETS / XTCP_NR_LOCKS buckets */
#define XTCP_TUPLE_WORDS 10	/* addresses, ports, namespace */

/*
 * Of the hash that each segment needs: NH of UMAC (RFC 4418 5.2), which adds up products of
 * words to which secret ones were added, and the upper half of the sum times a secret odd
 * number. Whatever tuples somebody chooses who does not know the key, two of them meet in a
 * bucket no more often than by chance, and it takes a fifth of the time of SipHash. What
 * must not be told from its results, as an ISN, is not made with it.
 */
struct xtcp_tuple_key {
	u32 add[XTCP_TUPLE_WORDS];
	u64 spread;
};

static struct {
	struct hlist_nulls_head *buckets;
	spinlock_t *locks;
	u32 mask;
	struct xtcp_tuple_key key;
	siphash_key_t isn_key;
	siphash_key_t port_key;
	siphash_key_t address_key;
} table __read_mostly;

/* What a hash is made of: no holes, a multiple of 8 bytes. */
struct xtcp_hash_input {
	struct xtcp_tuple tuple;
	u32 net;
} __aligned(SIPHASH_ALIGNMENT);

static void hash_input(struct xtcp_hash_input *in, const struct net *net,
		       const struct xtcp_tuple *tuple)
{
	BUILD_BUG_ON(sizeof(*in) != sizeof(in->tuple) + sizeof(in->net));
	in->tuple = *tuple;
	in->net = net_hash_mix(net);
}

static u64 nh_pair(__be32 a, __be32 b, const u32 *add)
{
	return (u64)((__force u32)a + add[0]) * ((__force u32)b + add[1]);
}

u32 xtcp_tuple_hash(const struct net *net, const struct xtcp_tuple *tuple)
{
	const __be32 *l = tuple->laddr.s6_addr32, *r = tuple->raddr.s6_addr32;
	__be32 ports = (__force __be32)((u32)tuple->lport << 16 | tuple->rport);
	__be32 mix = (__force __be32)net_hash_mix(net);
	const u32 *add = table.key.add;
	u64 sum = nh_pair(l[3], r[3], add) + nh_pair(ports, mix, add + 2);

	/* All that the addresses of IPv4 have in common is left out. */
	if (!ipv6_addr_v4mapped(&tuple->laddr))
		sum += nh_pair(l[0], l[1], add + 4) + nh_pair(r[0], r[1], add + 6) +
		       nh_pair(l[2], r[2], add + 8);
	return sum * table.key.spread >> 32;
}

/* As much of it as a node has room for. */
static u32 node_hash(const struct net *net, const struct xtcp_tuple *tuple)
{
	return xtcp_tuple_hash(net, tuple) >> 2;
}

/* Of the addresses of tuple and the ports that are given. */
static u32 secret_hash(const struct net *net, const struct xtcp_tuple *tuple, u16 lport, u16 rport,
		       const siphash_key_t *key)
{
	struct xtcp_hash_input in;

	if (ipv6_addr_v4mapped(&tuple->laddr))
		return siphash_4u32((__force u32)tuple->laddr.s6_addr32[3],
				    (__force u32)tuple->raddr.s6_addr32[3],
				    (u32)lport << 16 | rport, net_hash_mix(net), key);
	hash_input(&in, net, tuple);
	in.tuple.lport = lport;
	in.tuple.rport = rport;
	return siphash(&in, sizeof(in), key);
}

u32 xtcp_tuple_isn_hash(const struct net *net, const struct xtcp_tuple *tuple)
{
	return secret_hash(net, tuple, tuple->lport, tuple->rport, &table.isn_key);
}

static u64 two_words(const struct in6_addr *addr, int i)
{
	return (__force u64)addr->s6_addr32[i] << 32 | (__force u32)addr->s6_addr32[i + 1];
}

u64 xtcp_tuple_address_hash(const struct net *net, const struct xtcp_tuple *tuple)
{
	const struct in6_addr *l = &tuple->laddr, *r = &tuple->raddr;
	u64 mix = net_hash_mix(net);

	/* The same in two namespaces only for pairs of hosts that nobody can know. */
	if (ipv6_addr_v4mapped(l))
		return siphash_1u64(((__force u64)l->s6_addr32[3] << 32 |
				     (__force u32)r->s6_addr32[3]) ^
					    mix,
				    &table.address_key);
	return siphash_4u64(two_words(l, 0), two_words(l, 2) ^ mix, two_words(r, 0),
			    two_words(r, 2), &table.address_key);
}

/* The local port is what is being chosen: it has no part in it. */
u32 xtcp_tuple_port_hash(const struct net *net, const struct xtcp_tuple *tuple)
{
	return secret_hash(net, tuple, 0, tuple->rport, &table.port_key);
}

static struct hlist_nulls_head *bucket_of(u32 hash)
{
	return &table.buckets[hash & table.mask];
}

static spinlock_t *lock_of(u32 hash)
{
	return &table.locks[hash & (XTCP_NR_LOCKS - 1)];
}

static bool same_tuple(const struct xtcp_tuple *a, const struct xtcp_tuple *b)
{
	return a->lport == b->lport && a->rport == b->rport &&
	       ipv6_addr_equal(&a->raddr, &b->raddr) &&
	       ipv6_addr_equal(&a->laddr, &b->laddr);
}

static bool node_matches(const struct xtcp_node *node, const struct net *net, u32 hash,
			 const struct xtcp_tuple *tuple, int dif, int sdif)
{
	return node->hash == hash && node->net == net &&
	       xtcp_dev_matches(net, node->bound_dev, dif, sdif) &&
	       same_tuple(&node->tuple, tuple);
}

static bool node_get(struct xtcp_node *node)
{
	refcount_t *refs = &node->refs;

	if (node->type == XTCP_NODE_CONN)
		refs = &xtcp_node_xs(node)->inet.sk.sk_refcnt;
	return refcount_inc_not_zero(refs);
}

void xtcp_node_put(struct xtcp_node *node)
{
	switch (node->type) {
	case XTCP_NODE_CONN:
		sock_put((struct sock *)xtcp_node_xs(node));
		break;
	case XTCP_NODE_REQUEST:
		xtcp_request_put(container_of(node, struct xtcp_request, node));
		break;
	case XTCP_NODE_TIMEWAIT:
		xtcp_timewait_put(container_of(node, struct xtcp_timewait, node));
		break;
	}
}

/* What has no reference left was taken out before. */
static bool was_removed(const struct xtcp_node *node)
{
	smp_acquire__after_ctrl_dep();
	return hlist_nulls_unhashed_lockless(&node->link);
}

struct xtcp_node *xtcp_node_find(struct net *net, const struct xtcp_tuple *tuple,
				 int dif, int sdif)
{
	u32 hash = node_hash(net, tuple);
	struct hlist_nulls_node *pos;
	struct xtcp_node *node;

again:
	hlist_nulls_for_each_entry_rcu(node, pos, bucket_of(hash), link) {
		if (!node_matches(node, net, hash, tuple, dif, sdif))
			continue;
		if (!node_get(node)) {
			if (was_removed(node))
				goto again; /* its place may have another */
			continue;
		}
		if (node_matches(node, net, hash, tuple, dif, sdif))
			return node;
		xtcp_node_put(node);
		goto again;
	}
	if (get_nulls_value(pos) != (hash & table.mask))
		goto again;
	return NULL;
}

/* Two nodes that no segment could tell apart may not both be in. */
static bool is_taken(const struct xtcp_node *node)
{
	const struct hlist_nulls_node *pos;
	const struct xtcp_node *other;

	hlist_nulls_for_each_entry(other, pos, bucket_of(node->hash), link)
		if (other->hash == node->hash && other->net == node->net &&
		    xtcp_devs_overlap(node->net, other->bound_dev, node->bound_dev) &&
		    same_tuple(&other->tuple, &node->tuple))
			return true;
	return false;
}

int xtcp_node_insert(struct xtcp_node *node)
{
	int err = -EADDRNOTAVAIL;
	spinlock_t *lock;

	node->hash = node_hash(node->net, &node->tuple);
	lock = lock_of(node->hash);
	spin_lock_bh(lock);
	if (!is_taken(node)) {
		hlist_nulls_add_head_rcu(&node->link, bucket_of(node->hash));
		err = 0;
	}
	spin_unlock_bh(lock);
	return err;
}

bool xtcp_node_remove(struct xtcp_node *node)
{
	spinlock_t *lock = lock_of(node->hash);
	bool was_in;

	spin_lock_bh(lock);
	was_in = !hlist_nulls_unhashed(&node->link);
	hlist_nulls_del_init_rcu(&node->link);
	spin_unlock_bh(lock);
	return was_in;
}

/*
 * In place, so that a reader who walks the chain meets one or the other. The
 * old one keeps its way on for those who stand on it.
 */
static void replace_in_chain(struct hlist_nulls_node *old, struct hlist_nulls_node *new)
{
	struct hlist_nulls_node *next = old->next;

	new->next = next;
	WRITE_ONCE(new->pprev, old->pprev);
	smp_store_release(new->pprev, new); /* new is complete: readers may come */
	if (!is_a_nulls(next))
		WRITE_ONCE(next->pprev, &new->next);
	WRITE_ONCE(old->pprev, NULL);
}

bool xtcp_node_replace(struct xtcp_node *old, struct xtcp_node *new)
{
	spinlock_t *lock = lock_of(old->hash);
	bool was_in;

	new->hash = old->hash;
	spin_lock_bh(lock);
	was_in = !hlist_nulls_unhashed(&old->link);
	if (was_in)
		replace_in_chain(&old->link, &new->link);
	spin_unlock_bh(lock);
	return was_in;
}

static int walk_bucket(u32 bucket, int (*visit)(struct xtcp_node *node, void *arg), void *arg)
{
	struct hlist_nulls_node *pos;
	struct xtcp_node *node;
	int ret = 0;

	rcu_read_lock();
	spin_lock_bh(lock_of(bucket));
	hlist_nulls_for_each_entry(node, pos, bucket_of(bucket), link) {
		ret = visit(node, arg);
		if (ret)
			break;
	}
	spin_unlock_bh(lock_of(bucket));
	rcu_read_unlock();
	return ret;
}

int xtcp_node_walk(int (*visit)(struct xtcp_node *node, void *arg), void *arg)
{
	u32 bucket;
	int ret;

	for (bucket = 0; bucket <= table.mask; bucket++) {
		if (hlist_nulls_empty(bucket_of(bucket)))
			continue;
		ret = walk_bucket(bucket, visit, arg);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

/* The first of net in a bucket behind the place, which becomes its own; under its lock. */
static struct xtcp_node *next_in_bucket(struct net *net, u32 bucket, struct xtcp_walk *walk,
					u32 *index)
{
	struct hlist_nulls_node *pos;
	struct xtcp_node *node;

	hlist_nulls_for_each_entry(node, pos, bucket_of(bucket), link) {
		if (!xtcp_walk_is_behind(walk, node) || node->net != net || !node_get(node))
			continue;
		*index = walk->i - 1;
		return node;
	}
	return NULL;
}

struct xtcp_node *xtcp_node_next(struct net *net, struct xtcp_cursor *at,
				 const struct xtcp_node *after)
{
	struct xtcp_walk walk = { .after = after, .from = at->index };
	struct xtcp_node *node;

	for (; at->bucket <= table.mask; at->bucket++, at->index = 0, walk.from = 0) {
		if (hlist_nulls_empty(bucket_of(at->bucket))) {
			walk.after = NULL;
			continue;
		}
		rcu_read_lock();
		spin_lock_bh(lock_of(at->bucket));
		do
			node = next_in_bucket(net, at->bucket, &walk, &at->index);
		while (!node && xtcp_walk_again(&walk));
		spin_unlock_bh(lock_of(at->bucket));
		rcu_read_unlock();
		if (node)
			return node;
		cond_resched();
	}
	return NULL;
}

int xtcp_demux_setup(void)
{
	u32 i;

	table.buckets = kvmalloc_array(XTCP_NR_BUCKETS, sizeof(*table.buckets), GFP_KERNEL);
	table.locks = kvmalloc_array(XTCP_NR_LOCKS, sizeof(*table.locks), GFP_KERNEL);
	if (!table.buckets || !table.locks) {
		xtcp_demux_teardown();
		return -ENOMEM;
	}
	for (i = 0; i < XTCP_NR_BUCKETS; i++)
		INIT_HLIST_NULLS_HEAD(&table.buckets[i], i);
	for (i = 0; i < XTCP_NR_LOCKS; i++)
		spin_lock_init(&table.locks[i]);
	table.mask = XTCP_NR_BUCKETS - 1;
	get_random_bytes(&table.key, sizeof(table.key));
	table.key.spread |= 1;
	get_random_bytes(&table.isn_key, sizeof(table.isn_key));
	get_random_bytes(&table.port_key, sizeof(table.port_key));
	get_random_bytes(&table.address_key, sizeof(table.address_key));
	xtcp_listener_setup();
	return 0;
}

void xtcp_demux_teardown(void)
{
	kvfree(table.buckets);
	kvfree(table.locks);
	table.buckets = NULL;
	table.locks = NULL;
}
