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
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>

static struct kmem_cache *cache;

static struct xtcp_net *net_of(const struct xtcp_timewait *tw)
{
	return xtcp_net(tw->node.net);
}

static u64 end_us(const struct xtcp_timewait *tw, u64 now_us)
{
	return now_us + READ_ONCE(net_of(tw)->env.knob.tw_timeout_ms) * XTCP_USEC_PER_MSEC;
}

/* One reference of the table and the queue, and one of the caller. */
static struct xtcp_timewait *make(const struct xtcp_sock *xs)
{
	struct xtcp_timewait *tw = kmem_cache_zalloc(cache, GFP_ATOMIC);

	if (!tw)
		return NULL;
	tw->node.net = xs->node.net;
	tw->node.tuple = xs->node.tuple;
	tw->node.type = XTCP_NODE_TIMEWAIT;
	tw->node.bound_dev = xs->node.bound_dev;
	refcount_set(&tw->node.refs, 2);
	xtcp_fifo_entry_init(&tw->timer);
	tw->family = ipv6_addr_v4mapped(&tw->node.tuple.raddr) ? AF_INET : AF_INET6;
	xtcp_tw_init(&tw->tw, &xs->conn);
	return tw;
}

bool xtcp_timewait_start(struct sock *sk, u64 now_us)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct xtcp_timewait *tw;

	/* Only the socket's own code moves its node, under the socket lock. */
	if (hlist_nulls_unhashed(&xs->node.link))
		return false;
	tw = make(xs);
	if (!tw) {
		xtcp_node_remove(&xs->node);
		return false;
	}
	/* Complete before it can be found, and dropped, by others. */
	xtcp_bind_to_timewait(sk, &tw->share);
	atomic_inc(&net_of(tw)->nr_timewaits);
	xtcp_count(&net_of(tw)->env, XTCP_MIB_TW);
	WARN_ON_ONCE(!xtcp_node_replace(&xs->node, &tw->node));
	xtcp_fifo_add(&net_of(tw)->timewaits, &tw->timer, end_us(tw, now_us));
	xtcp_timewait_put(tw);
	return true;
}

void xtcp_timewait_restart(struct xtcp_timewait *tw, u64 now_us)
{
	xtcp_fifo_move(&net_of(tw)->timewaits, &tw->timer, end_us(tw, now_us));
}

bool xtcp_timewait_drop(struct xtcp_timewait *tw)
{
	if (!xtcp_node_remove(&tw->node))
		return false;
	xtcp_fifo_kill(&net_of(tw)->timewaits, &tw->timer);
	atomic_dec(&net_of(tw)->nr_timewaits);
	xtcp_bind_timewait_release(&tw->share);
	xtcp_timewait_put(tw);
	return true;
}

void xtcp_timewait_expired(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry)
{
	xtcp_timewait_drop(container_of(entry, struct xtcp_timewait, timer));
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
	cache = kmem_cache_create("xtcp_timewait", sizeof(struct xtcp_timewait), 0, 0, NULL);
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
