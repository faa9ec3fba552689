// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests: connections in SYN-RECEIVED that a listener made, from the SYN to
 * the ACK that makes a socket of them. sock/listen.c decides, this file keeps
 * them in the table, on the listener's list and on the timed queue.
 *
 * Whoever sets "gone", under the listener's accept.lock, takes the request off
 * all three and drops their one reference. The lock is not held while the
 * table's or the queue's is taken. A request may change its listener.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>

static struct kmem_cache *request_cache;

static struct xtcp_net *net_of(const struct xtcp_request *req)
{
	return xtcp_net(req->node.net);
}

void xtcp_request_init(struct xtcp_request *req, struct sock *listener,
		       const struct xtcp_tuple *tuple)
{
	req->node.net = sock_net(listener);
	req->node.tuple = *tuple;
	req->node.type = XTCP_NODE_REQUEST;
	req->node.bound_dev = listener->sk_bound_dev_if;
	refcount_set(&req->node.refs, 1);
	xtcp_fifo_entry_init(&req->timer);
	INIT_LIST_HEAD(&req->of_listener);
	req->family = ipv6_addr_v4mapped(&tuple->raddr) ? AF_INET : AF_INET6;
	req->listener = listener;
}

struct xtcp_request *xtcp_request_alloc(struct sock *listener, const struct xtcp_tuple *tuple)
{
	struct xtcp_request *req = kmem_cache_zalloc(request_cache, GFP_ATOMIC);

	if (!req)
		return NULL;
	sock_hold(listener);
	xtcp_request_init(req, listener, tuple);
	return req;
}

static void free_rcu_cb(struct rcu_head *rcu)
{
	struct xtcp_request *req = container_of(rcu, struct xtcp_request, rcu);

	kfree(req->saved_syn);
	kmem_cache_free(request_cache, req);
}

void xtcp_request_put(struct xtcp_request *req)
{
	if (!refcount_dec_and_test(&req->node.refs))
		return;
	sock_put(req->listener);
	call_rcu(&req->rcu, free_rcu_cb);
}

/* -EINVAL if the listener is closing. Somebody may have dropped req already. */
static int enlist(struct xtcp_request *req)
{
	struct xtcp_accept *accept = &xtcp_sk(req->listener)->accept;
	int err = 0;

	spin_lock_bh(&accept->lock);
	if (!req->gone) {
		if (accept->closing) {
			req->gone = true;
			err = -EINVAL;
		} else {
			list_add_tail(&req->of_listener, &accept->requests);
			accept->nr_requests++;
			accept->nr_young += !req->old;
			atomic_inc(&net_of(req)->nr_requests);
		}
	}
	spin_unlock_bh(&accept->lock);
	return err;
}

static struct xtcp_accept *accept_of(const struct xtcp_request *req)
{
	return &xtcp_sk(READ_ONCE(req->listener))->accept;
}

/* It may be on its way to another listener. Once locked it is not. */
static struct xtcp_accept *lock_accept(const struct xtcp_request *req)
	__acquires(req)
{
	struct xtcp_accept *accept;

	rcu_read_lock();
	for (;;) {
		accept = accept_of(req);
		spin_lock_bh(&accept->lock);
		if (accept == accept_of(req))
			break;
		spin_unlock_bh(&accept->lock);
	}
	rcu_read_unlock();
	return accept;
}

/* True for the one who has to take it off the rest. */
static bool delist(struct xtcp_request *req)
{
	struct xtcp_accept *accept = lock_accept(req);
	bool first;

	first = !req->gone;
	req->gone = true;
	if (!list_empty(&req->of_listener)) {
		list_del_init(&req->of_listener);
		accept->nr_requests--;
		accept->nr_young -= !req->old;
		atomic_dec(&net_of(req)->nr_requests);
	}
	spin_unlock_bh(&accept->lock);
	return first;
}

void xtcp_request_age(struct xtcp_request *req)
{
	struct xtcp_accept *accept = lock_accept(req);

	if (!req->old && !list_empty(&req->of_listener))
		accept->nr_young--;
	req->old = true;
	spin_unlock_bh(&accept->lock);
}

int xtcp_request_insert(struct xtcp_request *req, u64 deadline_us)
{
	int err;

	refcount_inc(&req->node.refs);
	err = xtcp_node_insert(&req->node);
	if (err)
		goto out_put;
	err = enlist(req);
	if (err)
		goto out_remove;
	xtcp_fifo_add(&net_of(req)->requests, &req->timer, deadline_us);
	return 0;

out_remove:
	xtcp_node_remove(&req->node);
out_put:
	xtcp_request_put(req);
	return err;
}

void xtcp_request_rearm(struct xtcp_request *req, u64 deadline_us)
{
	xtcp_fifo_add(&net_of(req)->requests, &req->timer, deadline_us);
}

bool xtcp_request_drop(struct xtcp_request *req)
{
	if (!delist(req))
		return false;
	xtcp_fifo_kill(&net_of(req)->requests, &req->timer);
	xtcp_node_remove(&req->node);
	xtcp_request_put(req);
	return true;
}

bool xtcp_request_promote(struct xtcp_request *req, struct xtcp_node *conn)
{
	bool replaced;

	if (!delist(req))
		return false;
	xtcp_fifo_kill(&net_of(req)->requests, &req->timer);
	replaced = xtcp_node_replace(&req->node, conn);
	xtcp_request_put(req);
	return replaced;
}

/* Two listeners may leave requests to each other: the order is that of addresses. */
static void lock_both(struct xtcp_accept *a, struct xtcp_accept *b)
	__acquires(a) __acquires(b)
{
	if (a > b)
		swap(a, b);
	spin_lock_bh(&a->lock);
	spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void unlock_both(struct xtcp_accept *a, struct xtcp_accept *b)
	__releases(a) __releases(b)
{
	spin_unlock(&a->lock);
	spin_unlock_bh(&b->lock);
}

bool xtcp_request_move(struct xtcp_request *req, struct sock *to)
{
	struct sock *from = req->listener;
	struct xtcp_accept *a = &xtcp_sk(from)->accept, *b = &xtcp_sk(to)->accept;
	bool moves;

	lock_both(a, b);
	moves = !req->gone && !b->closing;
	if (moves) {
		list_move_tail(&req->of_listener, &b->requests);
		a->nr_requests--;
		b->nr_requests++;
		a->nr_young -= !req->old;
		b->nr_young += !req->old;
		sock_hold(to);
		WRITE_ONCE(req->listener, to);
	}
	unlock_both(a, b);
	if (moves)
		sock_put(from);
	return moves;
}

int xtcp_request_setup(void)
{
	/* A full SYN queue of the default length is one megabyte. */
	BUILD_BUG_ON(sizeof(struct xtcp_request) > 256);
	request_cache = kmem_cache_create("xtcp_request", sizeof(struct xtcp_request), 0, 0, NULL);
	return request_cache ? 0 : -ENOMEM;
}

void xtcp_request_teardown(void)
{
	kmem_cache_destroy(request_cache);
	request_cache = NULL;
}
