// SPDX-License-Identifier: GPL-2.0-only
/*
 * TIME-WAITs: what is left of a connection for 2MSL after its last ACK
 * (RFC 9293 3.6.1). ip/ingress.c finds them by segments, sock/ makes them.
 * They hold no reference on the module or the namespace: netns/ ends them
 * before either goes. Also the common life of all half-open objects.
 *
 * Whoever takes one out of the table owns its end. Its place on the timed
 * queue goes with it.
 */
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <xtcp/compat.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>
#include <xtcp/tell.h>
#include "table.h"

static struct kmem_cache *cache;

static struct xtcp_net *net_of(const struct xtcp_timewait *tw)
{
	return xtcp_net(tw->node.net);
}

/* When it ends if 2MSL begin now. */
static u64 begin(struct xtcp_timewait *tw, u64 now_us)
{
	u32 ms = READ_ONCE(net_of(tw)->env.knob.tw_timeout_ms);	/* half an hour at most */

	tw->tw.seconds = ms / MSEC_PER_SEC;
	return now_us + ms * XTCP_USEC_PER_MSEC;
}

/* Since the peer was last heard; rather too little than too much. */
static u64 age_us(const struct xtcp_timewait *tw)
{
	u64 end_us = READ_ONCE(tw->timer.deadline_us);
	u64 since_us = end_us - tw->tw.seconds * XTCP_USEC_PER_SEC;
	u64 now_us = xtcp_now_us();

	return end_us && now_us > since_us ? now_us - since_us : 0;
}

/* One reference of the table and the queue, and one of the caller. */
static struct xtcp_timewait *make(const struct xtcp_sock *xs)
{
	struct xtcp_timewait *tw;

	/* IPv6 and all: what an attacker or a busy client may have very many of. */
	BUILD_BUG_ON(sizeof(*tw) > 128);
	tw = kmem_cache_zalloc(cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tw)
		return NULL;
	tw->node.net = xs->node.net;
	tw->node.tuple = xs->node.tuple;
	tw->node.type = XTCP_NODE_TIMEWAIT;
	tw->node.bound_dev = xs->node.bound_dev;
	refcount_set(&tw->node.refs, 2);
	xtcp_fifo_entry_init(&tw->timer);
	xtcp_tw_init(&tw->tw, &xs->conn);
	return tw;
}

/* The bound is approximate: others may be adding theirs at this moment. */
static bool is_full(const struct xtcp_net *xn)
{
	return atomic_read(&xn->nr_timewaits) >= READ_ONCE(xn->env.knob.max_tw_buckets);
}

static void count_overflow(const struct xtcp_net *xn)
{
	xtcp_count(&xn->env, XTCP_MIB_TW_OVERFLOW);
	xtcp_tell(&xn->env, "no room for another TIME-WAIT (net.xtcp.max_tw_buckets)\n");
}

bool xtcp_timewait_start(struct sock *sk, u64 now_us)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct xtcp_net *xn = xtcp_net(xs->node.net);
	struct xtcp_timewait *tw;
	u64 end_us;

	/* Only the socket's own code moves its node, under the socket lock. */
	if (hlist_nulls_unhashed(&xs->node.link))
		return false;
	tw = is_full(xn) ? NULL : make(xs);
	if (!tw) {
		count_overflow(xn);
		xtcp_node_remove(&xs->node);
		return false;
	}
	/* Complete before it can be found, and dropped, by others. */
	xtcp_bind_to_timewait(sk, tw);
	atomic_inc(&xn->nr_timewaits);
	end_us = begin(tw, now_us);
	WARN_ON_ONCE(!xtcp_node_replace(&xs->node, &tw->node));
	xtcp_fifo_add(&xn->timewaits, &tw->timer, end_us);
	xtcp_timewait_put(tw);
	return true;
}

void xtcp_timewait_restart(struct xtcp_timewait *tw, u64 now_us)
{
	xtcp_fifo_move(&net_of(tw)->timewaits, &tw->timer, begin(tw, now_us));
}

/* By whoever has taken it out of the table. */
static void end(struct xtcp_timewait *tw)
{
	xtcp_tell_timewait_over(&tw->node);
	xtcp_fifo_kill(&net_of(tw)->timewaits, &tw->timer);
	atomic_dec(&net_of(tw)->nr_timewaits);
	xtcp_bind_timewait_release(tw);
	xtcp_timewait_put(tw);
}

bool xtcp_timewait_drop(struct xtcp_timewait *tw)
{
	if (!xtcp_node_remove(&tw->node))
		return false;
	end(tw);
	return true;
}

u32 xtcp_timewait_ts_offset(const struct xtcp_timewait *tw)
{
	if (!tw->tw.ts_on || !tw->tw.ts_shifted)
		return 0;
	return xtcp_tuple_address_hash(tw->node.net, &tw->node.tuple);
}

static bool is_loopback_addr(const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return ipv4_is_loopback(addr->s6_addr32[3]);
	return ipv6_addr_loopback(addr);
}

static bool is_loopback(const struct xtcp_node *node)
{
	return node->bound_dev == LOOPBACK_IFINDEX || is_loopback_addr(&node->tuple.laddr) ||
	       is_loopback_addr(&node->tuple.raddr);
}

/* With one interface more or less it could meet a third one that has the same tuple. */
bool xtcp_timewait_yields(struct xtcp_node *other, const struct xtcp_node *node, bool picked)
{
	struct xtcp_timewait *tw = container_of(other, struct xtcp_timewait, node);

	return other->type == XTCP_NODE_TIMEWAIT && other->bound_dev == node->bound_dev &&
	       xtcp_tw_yields(&tw->tw, &net_of(tw)->env.knob, picked, is_loopback(node),
			      age_us(tw));
}

struct xtcp_node *xtcp_node_find_other(const struct xtcp_node *node)
{
	struct xtcp_node *other;

	rcu_read_lock();
	other = xtcp_node_find(node->net, &node->tuple, node->bound_dev, 0);
	rcu_read_unlock();
	return other;
}

/* False if there is none that yields, or it is just ending. */
static bool take_place(struct xtcp_node *node, bool picked, u32 *isn)
{
	struct xtcp_node *other = xtcp_node_find_other(node);
	struct xtcp_timewait *tw;
	bool taken = false;

	if (!other)
		return false;
	if (xtcp_timewait_yields(other, node, picked) && xtcp_node_replace(other, node)) {
		tw = container_of(other, struct xtcp_timewait, node);
		*isn = xtcp_tw_isn(&tw->tw);
		xtcp_count(&net_of(tw)->env, XTCP_MIB_TW_RECYCLED);
		end(tw);
		taken = true;
	}
	xtcp_node_put(other);
	return taken;
}

int xtcp_node_enter(struct xtcp_node *node, bool picked, u32 *isn)
{
	int err = xtcp_node_insert(node);

	return err && take_place(node, picked, isn) ? 0 : err;
}

void xtcp_timewait_expired(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry)
{
	struct xtcp_timewait *tw = container_of(entry, struct xtcp_timewait, timer);

	if (xtcp_timewait_drop(tw))
		xtcp_count(&container_of(fifo, struct xtcp_net, timewaits)->env, XTCP_MIB_TW);
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct xtcp_timewait, rcu));
}

void xtcp_timewait_put(struct xtcp_timewait *tw)
{
	if (refcount_dec_and_test(&tw->node.refs))
		call_rcu(&tw->rcu, free_rcu_cb);
}

/* No listener and no segment is left, so nothing is added meanwhile. */
void xtcp_half_open_net_exit(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	struct xtcp_fifo_entry *entry;

	rcu_read_lock();
	while ((entry = xtcp_fifo_pop(&xn->requests)))
		xtcp_request_drop(container_of(entry, struct xtcp_request, timer));
	rcu_read_unlock();
	do {
		rcu_read_lock();
		entry = xtcp_fifo_pop(&xn->timewaits);
		if (entry)
			xtcp_timewait_expired(&xn->timewaits, entry);
		rcu_read_unlock();
		cond_resched();
	} while (entry);
}

int xtcp_half_open_setup(void)
{
	int err = xtcp_request_setup();

	if (err)
		return err;
	cache = kmem_cache_create("xtcp_timewait", sizeof(struct xtcp_timewait), 0,
				  SLAB_NO_MERGE, NULL);
	if (!cache)
		xtcp_request_teardown();
	return cache ? 0 : -ENOMEM;
}

void xtcp_half_open_teardown(void)
{
	rcu_barrier();	/* frees that are under way */
	kmem_cache_destroy(cache);
	cache = NULL;
	xtcp_request_teardown();
}
