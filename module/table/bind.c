// SPDX-License-Identifier: GPL-2.0-only
/*
 * Local ports: who of xtcp uses which, and who may use it too. A bucket for
 * each namespace and port in use lists its sharers, sockets and TIME-WAITs;
 * each sharer has a reference on a hold (hold.c) that keeps the kernel's TCP
 * away. Called by sock/ for bind(), listen(), accept() and close(), by
 * timewait.c, and by pick.c, which chooses ports.
 *
 * The lock of a chain of buckets guards the buckets, their lists and holds and
 * the bits of xtcp_port_map. Inside it are those of the kernel's bound ports.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <xtcp/bind.h>
#include <xtcp/compat.h>
#include <xtcp/half_open.h>
#include <xtcp/sock.h>
#include "table.h"

#define XTCP_BIND_CHAINS 4096

/**
 * struct xtcp_bucket - a port in use
 * @link: in the chain of the port
 * @net: namespace, not referenced
 * @sharers: struct xtcp_binding.link
 * @holds: what keeps the kernel's TCP away, with the TIME-WAITs that share the port
 * @users: sharers and TIME-WAITs; the bucket goes with the last
 * @timewaits: how many of them are TIME-WAITs
 * @strict: how many of these are of sockets without SO_REUSEADDR
 * @chosen: how many of them have "chosen" set
 * @port: host order
 */
struct xtcp_bucket {
	struct hlist_node link;
	struct net *net;
	struct list_head sharers;
	struct hlist_head holds;
	u32 users;
	u32 timewaits;
	u32 strict;
	u32 chosen;
	u16 port;
};

struct xtcp_bind_chain {
	spinlock_t lock;
	struct hlist_head buckets;
};

unsigned long xtcp_port_map[BITS_TO_LONGS(65536)];

static struct xtcp_bind_chain *bind_chains;

/* By port alone: all buckets of a port are in one chain, as the map needs. */
static struct xtcp_bind_chain *bind_chain(u16 port)
{
	return &bind_chains[port % XTCP_BIND_CHAINS];
}

static struct xtcp_bucket *find_bucket(const struct net *net, u16 port)
{
	struct xtcp_bucket *b;

	hlist_for_each_entry(b, &bind_chain(port)->buckets, link)
		if (b->port == port && b->net == net)
			return b;
	return NULL;
}

static struct xtcp_bucket *make_bucket(struct net *net, u16 port)
{
	struct xtcp_bucket *b = kzalloc(sizeof(*b), GFP_ATOMIC);

	if (!b)
		return NULL;
	b->net = net;
	b->port = port;
	INIT_LIST_HEAD(&b->sharers);
	hlist_add_head(&b->link, &bind_chain(port)->buckets);
	set_bit(port, xtcp_port_map);
	return b;
}

static void free_bucket(struct xtcp_bucket *b)
{
	struct xtcp_bucket *other;
	u16 port = b->port;

	hlist_del(&b->link);
	kfree(b);
	hlist_for_each_entry(other, &bind_chain(port)->buckets, link)
		if (other->port == port)
			return;
	clear_bit(port, xtcp_port_map);
}

static void join(struct xtcp_bucket *b, struct list_head *link, bool chosen)
{
	list_add(link, &b->sharers);
	b->users++;
	b->chosen += chosen;
}

/* hold: whose last user goes, perhaps; or NULL. */
static void leave(struct xtcp_bucket *b, struct list_head *link, bool chosen,
		  struct xtcp_hold *hold)
{
	list_del_init(link);
	if (hold)
		xtcp_hold_put(hold);
	b->users--;
	b->chosen -= chosen;
	if (!b->users)
		free_bucket(b);
}

static struct sock *sharer_sk(struct xtcp_binding *binding)
{
	return (struct sock *)container_of(binding, struct xtcp_sock, binding);
}

/* Do two sharers whose addresses overlap tolerate each other, as in Linux? */
static bool tolerates(const struct sock *sk, const struct sock *other)
{
	if (sk->sk_reuse && other->sk_reuse && other->sk_state != TCP_LISTEN)
		return true;
	return sk->sk_reuseport && other->sk_reuseport && uid_eq(sk->sk_uid, other->sk_uid);
}

static bool timewait_conflicts(const struct sock *sk, const struct in6_addr *addr,
			       const struct xtcp_timewait *tw)
{
	if ((sk->sk_reuse && tw->tw.reuse) || (sk->sk_reuseport && tw->tw.reuseport))
		return false;
	return xtcp_devs_overlap(sock_net(sk), sk->sk_bound_dev_if, tw->node.bound_dev) &&
	       xtcp_addr_overlaps(addr, sk->sk_ipv6only, &tw->node.tuple.laddr, false);
}

static bool timewaits_conflict(const struct sock *sk, const struct in6_addr *addr,
			       const struct xtcp_bucket *b)
{
	const struct xtcp_timewait *tw;
	const struct xtcp_hold *hold;

	/* A server that starts again must not look at all of its TIME-WAITs. */
	if (sk->sk_reuse && !b->strict)
		return false;
	hlist_for_each_entry(hold, &b->holds, link)
		list_for_each_entry(tw, &hold->timewaits, of_hold)
			if (timewait_conflicts(sk, addr, tw))
				return true;
	return false;
}

/* strict: nobody else at all; for a port that xtcp chooses. Lock held. */
static bool conflicts(struct sock *sk, const struct in6_addr *addr, struct xtcp_bucket *b,
		      bool strict)
{
	struct xtcp_binding *other;

	list_for_each_entry(other, &b->sharers, link) {
		struct sock *sk2 = sharer_sk(other);

		if (sk2 != sk &&
		    xtcp_devs_overlap(sock_net(sk), sk->sk_bound_dev_if, sk2->sk_bound_dev_if) &&
		    xtcp_addr_overlaps(addr, sk->sk_ipv6only, &other->addr, sk2->sk_ipv6only) &&
		    (strict || !tolerates(sk, sk2)))
			return true;
	}
	return strict ? b->timewaits > 0 : timewaits_conflict(sk, addr, b);
}

static void set_port(struct sock *sk, u16 port)
{
	inet_sk(sk)->inet_num = port;
	inet_sk(sk)->inet_sport = htons(port);
}

static struct xtcp_hold *hold_port(struct sock *sk, struct xtcp_bucket *b,
				   const struct in6_addr *addr)
{
	struct xtcp_hold_key key = {
		.addr = *addr,
		.v6only = ipv6_addr_any(addr) && sk->sk_ipv6only,
	};

	if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
		key.scope = sk->sk_bound_dev_if;
	return xtcp_hold_get(&b->holds, b->net, b->port, &key, sk->sk_reuse);
}

/*
 * Enters sk among the sharers of a port, whose bucket b is made if there is
 * none, unless the kernel's TCP has the port. Lock held.
 */
static int enter(struct sock *sk, struct xtcp_bucket *b, const struct in6_addr *addr, u16 port,
		 bool chosen)
{
	struct xtcp_binding *binding = &xtcp_sk(sk)->binding;
	struct xtcp_hold *hold;

	if (!b)
		b = make_bucket(sock_net(sk), port);
	if (!b)
		return -ENOMEM;
	hold = hold_port(sk, b, addr);
	if (IS_ERR(hold)) {
		if (!b->users)
			free_bucket(b);
		return PTR_ERR(hold);
	}
	binding->addr = *addr;
	binding->bucket = b;
	binding->hold = hold;
	binding->chosen = chosen;
	join(b, &binding->link, chosen);
	return 0;
}

/* Shares a port that the user has named, if nobody minds. */
static int share_port(struct sock *sk, const struct in6_addr *addr, u16 port, bool strict)
{
	struct xtcp_bind_chain *chain = bind_chain(port);
	struct xtcp_bucket *b;
	int err;

	spin_lock_bh(&chain->lock);
	b = find_bucket(sock_net(sk), port);
	if (b && conflicts(sk, addr, b, strict))
		err = -EADDRINUSE;
	else
		err = enter(sk, b, addr, port, true);
	spin_unlock_bh(&chain->lock);
	return err;
}

/* xtcp_bind_inherit() reads bucket and hold of another under the same lock. */
static void unshare_port(struct sock *sk, u16 port)
{
	struct xtcp_binding *binding = &xtcp_sk(sk)->binding;
	struct xtcp_bind_chain *chain = bind_chain(port);

	spin_lock_bh(&chain->lock);
	leave(binding->bucket, &binding->link, binding->chosen, binding->hold);
	binding->bucket = NULL;
	binding->hold = NULL;
	spin_unlock_bh(&chain->lock);
}

int xtcp_port_bind(struct sock *sk, const struct in6_addr *addr, u16 port, bool strict)
{
	int err = share_port(sk, addr, port, strict);

	if (!err)
		set_port(sk, port);
	return err;
}

int xtcp_bind(struct sock *sk, const struct in6_addr *addr, u16 port)
{
	struct net *net = sock_net(sk);

	if (!port)
		return xtcp_port_bind_any(sk, addr);
	if (inet_port_requires_bind_service(net, port) &&
	    !ns_capable(net->user_ns, CAP_NET_BIND_SERVICE))
		return -EACCES;
	return xtcp_port_bind(sk, addr, port, false);
}

int xtcp_bind_recheck(struct sock *sk)
{
	struct xtcp_binding *binding = &xtcp_sk(sk)->binding;
	struct xtcp_bind_chain *chain = bind_chain(inet_sk(sk)->inet_num);
	int err = 0;

	spin_lock_bh(&chain->lock);
	if (!binding->bucket || conflicts(sk, &binding->addr, binding->bucket, false))
		err = -EADDRINUSE;
	spin_unlock_bh(&chain->lock);
	return err;
}

/* As share_port(), with others that only connect. held: only if there are any. */
static int share_for_connect(struct sock *sk, u16 port, bool held)
{
	struct xtcp_bind_chain *chain = bind_chain(port);
	struct xtcp_bucket *b;
	int err;

	spin_lock_bh(&chain->lock);
	b = find_bucket(sock_net(sk), port);
	if (b ? b->chosen : held)
		err = -EADDRINUSE;
	else
		err = enter(sk, b, &xtcp_sk(sk)->node.tuple.laddr, port, false);
	spin_unlock_bh(&chain->lock);
	return err;
}

int xtcp_port_connect(struct sock *sk, u16 port, bool held, u32 *isn)
{
	int err = share_for_connect(sk, port, held);

	if (err)
		return err;
	if (xtcp_node_enter(&xtcp_sk(sk)->node, true, isn)) {
		unshare_port(sk, port);
		return -EADDRINUSE;
	}
	set_port(sk, port);
	return 0;
}

void xtcp_bind_inherit(struct sock *child, struct sock *listener)
{
	const struct xtcp_binding *from = &xtcp_sk(listener)->binding;
	struct xtcp_binding *to = &xtcp_sk(child)->binding;
	const struct xtcp_tuple *tuple = &xtcp_sk(child)->node.tuple;
	struct xtcp_bind_chain *chain = bind_chain(tuple->lport);

	INIT_LIST_HEAD(&to->link);
	to->addr = tuple->laddr;
	spin_lock_bh(&chain->lock);
	to->bucket = from->bucket;
	to->hold = from->hold;
	to->chosen = from->chosen;
	if (to->bucket) { /* else the listener was just closed */
		join(to->bucket, &to->link, to->chosen);
		xtcp_hold_dup(to->hold);
	}
	spin_unlock_bh(&chain->lock);
	set_port(child, tuple->lport);
}

void xtcp_bind_release(struct sock *sk)
{
	struct xtcp_bucket *b = xtcp_sk(sk)->binding.bucket;

	if (b)
		unshare_port(sk, b->port);
	inet_sk(sk)->inet_num = 0;
}

void xtcp_bind_to_timewait(struct sock *sk, struct xtcp_timewait *tw)
{
	struct xtcp_binding *binding = &xtcp_sk(sk)->binding;
	struct xtcp_bucket *b = binding->bucket;
	struct xtcp_hold *hold = binding->hold;

	INIT_LIST_HEAD(&tw->of_hold);
	inet_sk(sk)->inet_num = 0;
	if (!b)
		return;
	tw->tw.reuse = sk->sk_reuse;
	tw->tw.reuseport = sk->sk_reuseport;
	tw->tw.chosen = binding->chosen;
	spin_lock_bh(&bind_chain(b->port)->lock);
	list_del_init(&binding->link);
	b->timewaits++;
	b->strict += !tw->tw.reuse;
	/* The first brings the reference of all. */
	if (!list_empty(&hold->timewaits))
		xtcp_hold_put(hold);
	list_add(&tw->of_hold, &hold->timewaits);
	binding->bucket = NULL;
	binding->hold = NULL;
	spin_unlock_bh(&bind_chain(b->port)->lock);
}

/* The hold of a TIME-WAIT that is alone in the list: both neighbours are its head. */
static struct xtcp_hold *hold_of_last(const struct xtcp_timewait *tw)
{
	if (tw->of_hold.next != tw->of_hold.prev)
		return NULL;
	return container_of(tw->of_hold.next, struct xtcp_hold, timewaits);
}

void xtcp_bind_timewait_release(struct xtcp_timewait *tw)
{
	struct xtcp_bind_chain *chain = bind_chain(tw->node.tuple.lport);
	struct xtcp_bucket *b;

	if (list_empty(&tw->of_hold))
		return;
	spin_lock_bh(&chain->lock);
	b = find_bucket(tw->node.net, tw->node.tuple.lport);
	b->timewaits--;
	b->strict -= !tw->tw.reuse;
	leave(b, &tw->of_hold, tw->tw.chosen, hold_of_last(tw));
	spin_unlock_bh(&chain->lock);
}

int xtcp_bind_setup(void)
{
	int err = xtcp_hold_setup();
	u32 i;

	if (err)
		return err;
	bind_chains = kvmalloc_array(XTCP_BIND_CHAINS, sizeof(*bind_chains), GFP_KERNEL);
	if (!bind_chains) {
		xtcp_hold_teardown();
		return -ENOMEM;
	}
	for (i = 0; i < XTCP_BIND_CHAINS; i++) {
		spin_lock_init(&bind_chains[i].lock);
		INIT_HLIST_HEAD(&bind_chains[i].buckets);
	}
	return 0;
}

void xtcp_bind_teardown(void)
{
	kvfree(bind_chains);
	bind_chains = NULL;
	xtcp_hold_teardown();
}
