// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds: sockets of the kernel's TCP, bound and never listening, that keep it
 * from ports which xtcp uses. One for each namespace, address and port,
 * counted; those of ports that connect() picked are kept a while without a
 * user, since such a port is wanted again soon. Called by bind.c.
 *
 * Locks: a mutex of the port guards the making and ending of its holds, inside
 * our socket lock and outside that of the kernel's socket. A spinlock inside it
 * guards the hash, the idle list and the step of "users" from and to 0.
 */
#include <linux/hash.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include <xtcp/bind.h>

#define XTCP_HOLD_IDLE		(2 * HZ)	/* life without a user */
#define XTCP_HOLD_IDLE_MAX	1024		/* of 3.4 KB each; more end early */
#define XTCP_HOLD_BITS		12
#define XTCP_HOLD_MUTEXES	64

struct xtcp_hold {
	struct hlist_node link;
	struct list_head idle;		/* in idle_list while users is 0, or a list of ends */
	struct xtcp_hold_key key;
	refcount_t users;
	unsigned long idle_since;	/* jiffies */
	struct socket *sock;
};

static struct hlist_head hash[1 << XTCP_HOLD_BITS];
static LIST_HEAD(idle_list);		/* longest idle first */
static u32 nr_idle;
static DEFINE_SPINLOCK(hash_lock);
static struct mutex mutexes[XTCP_HOLD_MUTEXES];

static void idle_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(idle_work, idle_work_fn);

static struct hlist_head *chain_of(u16 port)
{
	return &hash[hash_32(port, XTCP_HOLD_BITS)];
}

static u32 mutex_of(u16 port)
{
	return port % XTCP_HOLD_MUTEXES;
}

static bool is_any4(const struct in6_addr *a)
{
	return ipv6_addr_v4mapped(a) && !a->s6_addr32[3];
}

bool xtcp_addr_overlaps(const struct in6_addr *a, bool a_v6only,
			const struct in6_addr *b, bool b_v6only)
{
	bool a4 = ipv6_addr_v4mapped(a), b4 = ipv6_addr_v4mapped(b);

	if (ipv6_addr_any(a))
		return !(b4 && a_v6only);
	if (ipv6_addr_any(b))
		return !(a4 && b_v6only);
	if (a4 != b4)
		return false;
	return is_any4(a) || is_any4(b) || ipv6_addr_equal(a, b);
}

static bool same_key(const struct xtcp_hold_key *a, const struct xtcp_hold_key *b)
{
	return a->net == b->net && a->port == b->port && a->scope == b->scope &&
	       a->v6only == b->v6only && ipv6_addr_equal(&a->addr, &b->addr);
}

static bool keys_overlap(const struct xtcp_hold_key *a, const struct xtcp_hold_key *b)
{
	return a->net == b->net && a->port == b->port &&
	       (!a->scope || !b->scope || a->scope == b->scope) &&
	       xtcp_addr_overlaps(&a->addr, a->v6only, &b->addr, b->v6only);
}

/* Does a keep the kernel's TCP from all that b would? They overlap. */
static bool covers(const struct xtcp_hold_key *a, const struct xtcp_hold_key *b)
{
	if (ipv6_addr_any(&a->addr))
		return !a->v6only || !ipv6_addr_any(&b->addr) || b->v6only;
	return is_any4(&a->addr) && ipv6_addr_v4mapped(&b->addr);
}

/* hash_lock held. */
static void take(struct xtcp_hold *hold)
{
	if (refcount_inc_not_zero(&hold->users))
		return;
	refcount_set(&hold->users, 1);
	list_del_init(&hold->idle);
	nr_idle--;
}

static struct xtcp_hold *take_exact(const struct xtcp_hold_key *key)
{
	struct xtcp_hold *hold;

	spin_lock_bh(&hash_lock);
	hlist_for_each_entry(hold, chain_of(key->port), link)
		if (same_key(&hold->key, key)) {
			take(hold);
			break;
		}
	spin_unlock_bh(&hash_lock);
	return hold;
}

/* hash_lock held: an idle hold is to end. */
static void unhash(struct xtcp_hold *hold, struct list_head *ends)
{
	hlist_del(&hold->link);
	list_move(&hold->idle, ends);
	nr_idle--;
}

/* The mutex of their port is held. */
static void end_all(struct list_head *ends)
{
	struct xtcp_hold *hold, *next;

	list_for_each_entry_safe(hold, next, ends, idle) {
		sock_release(hold->sock);
		kfree(hold);
	}
}

/*
 * Looks for a hold that is used and covers key. Those that overlap and are
 * idle end, lest more than is needed is held. *clash: some that overlap are
 * used and do not cover key.
 */
static struct xtcp_hold *take_covering(const struct xtcp_hold_key *key, bool *clash)
{
	struct xtcp_hold *hold, *found = NULL;
	struct hlist_node *next;
	LIST_HEAD(ends);

	*clash = false;
	spin_lock_bh(&hash_lock);
	hlist_for_each_entry_safe(hold, next, chain_of(key->port), link) {
		if (!keys_overlap(&hold->key, key))
			continue;
		if (same_key(&hold->key, key) ||
		    (refcount_read(&hold->users) && covers(&hold->key, key))) {
			take(hold);
			found = hold;
			break;
		}
		if (!refcount_read(&hold->users))
			unhash(hold, &ends);
		else
			*clash = true;
	}
	spin_unlock_bh(&hash_lock);
	end_all(&ends);
	return found;
}

static int bind_socket(struct socket *sock, const struct xtcp_hold_key *key, u8 reuse)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(key->port),
		.sin6_addr = key->addr,
		.sin6_scope_id = key->scope,
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(key->port),
		.sin_addr.s_addr = key->addr.s6_addr32[3],
	};
	struct sock *sk = sock->sk;
	int err;

	sk->sk_reuse = reuse;
	if (sk->sk_family == AF_INET)
		err = kernel_bind(sock, (struct sockaddr *)&sin, sizeof(sin));
	else
		err = kernel_bind(sock, (struct sockaddr *)&sin6, sizeof(sin6));
	sk->sk_reuse = SK_NO_REUSE;
	/* A cgroup's program may have chosen another port. */
	if (!err && inet_sk(sk)->inet_num != key->port)
		err = -EADDRINUSE;
	return err;
}

/* The holds that overlap key let a new one in, or no more. Mutex held. */
static void set_reuse(const struct xtcp_hold_key *key, u8 reuse)
{
	struct xtcp_hold *hold;

	spin_lock_bh(&hash_lock);
	hlist_for_each_entry(hold, chain_of(key->port), link)
		if (keys_overlap(&hold->key, key))
			hold->sock->sk->sk_reuse = reuse;
	spin_unlock_bh(&hash_lock);
}

/*
 * First without SO_REUSEADDR, since with it a socket of the kernel's that has
 * it too would not stop us. But a TIME-WAIT of the kernel's must not stop a
 * user who has it. Where a hold of our own is in the way, both have it for
 * the moment of the bind.
 */
static int bind_hold(struct socket *sock, const struct xtcp_hold_key *key, bool reuse, bool clash)
{
	int err;

	if (clash) {
		set_reuse(key, SK_CAN_REUSE);
		err = bind_socket(sock, key, SK_CAN_REUSE);
		set_reuse(key, SK_NO_REUSE);
		return err;
	}
	err = bind_socket(sock, key, SK_NO_REUSE);
	if (err == -EADDRINUSE && reuse && !inet_sk(sock->sk)->inet_num)
		err = bind_socket(sock, key, SK_CAN_REUSE);
	return err;
}

/* Mutex held. */
static struct xtcp_hold *make(const struct xtcp_hold_key *key, bool reuse, bool clash)
{
	int family = ipv6_addr_v4mapped(&key->addr) ? AF_INET : AF_INET6;
	struct xtcp_hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL);
	int err;

	if (!hold)
		return ERR_PTR(-ENOMEM);
	hold->key = *key;
	INIT_LIST_HEAD(&hold->idle);
	refcount_set(&hold->users, 1);
	err = sock_create_kern(key->net, family, SOCK_STREAM, IPPROTO_TCP, &hold->sock);
	if (err)
		goto out_free;
	/* Whether the address is a local one is not asked here. */
	ip_sock_set_freebind(hold->sock->sk);
	hold->sock->sk->sk_ipv6only = key->v6only;
	err = bind_hold(hold->sock, key, reuse, clash);
	if (err)
		goto out_release;
	spin_lock_bh(&hash_lock);
	hlist_add_head(&hold->link, chain_of(key->port));
	spin_unlock_bh(&hash_lock);
	return hold;

out_release:
	sock_release(hold->sock);
out_free:
	kfree(hold);
	return ERR_PTR(err);
}

struct xtcp_hold *xtcp_hold_get(const struct xtcp_hold_key *key, bool reuse)
{
	struct xtcp_hold *hold = take_exact(key);
	struct mutex *mutex = &mutexes[mutex_of(key->port)];
	bool clash;

	if (hold)
		return hold;
	mutex_lock(mutex);
	hold = take_covering(key, &clash);
	if (!hold)
		hold = make(key, reuse, clash);
	mutex_unlock(mutex);
	return hold;
}

void xtcp_hold_dup(struct xtcp_hold *hold)
{
	if (hold)
		refcount_inc(&hold->users);
}

/* hash_lock held. The list is by idle_since. */
static void make_idle(struct xtcp_hold *hold, bool keep)
{
	nr_idle++;
	if (keep) {
		hold->idle_since = jiffies;
		list_add_tail(&hold->idle, &idle_list);
	} else {
		hold->idle_since = jiffies - XTCP_HOLD_IDLE;
		list_add(&hold->idle, &idle_list);
	}
	if (keep && nr_idle <= XTCP_HOLD_IDLE_MAX)
		queue_delayed_work(system_wq, &idle_work, XTCP_HOLD_IDLE);
	else
		mod_delayed_work(system_wq, &idle_work, 0);
}

void xtcp_hold_put(struct xtcp_hold *hold, bool keep)
{
	if (!hold || refcount_dec_not_one(&hold->users))
		return;
	spin_lock_bh(&hash_lock);
	if (refcount_dec_and_test(&hold->users))
		make_idle(hold, keep);
	spin_unlock_bh(&hash_lock);
}

/* hash_lock held. */
static struct xtcp_hold *first_due(void)
{
	struct xtcp_hold *hold = list_first_entry_or_null(&idle_list, struct xtcp_hold, idle);

	if (hold && nr_idle <= XTCP_HOLD_IDLE_MAX &&
	    time_before(jiffies, hold->idle_since + XTCP_HOLD_IDLE))
		return NULL;
	return hold;
}

/* The port of the hold that is due first; -1 if none is, and the work comes again. */
static int due_port(void)
{
	struct xtcp_hold *hold;
	int port = -1;

	spin_lock_bh(&hash_lock);
	hold = first_due();
	if (hold)
		port = hold->key.port;
	else if (!list_empty(&idle_list))
		queue_delayed_work(system_wq, &idle_work, XTCP_HOLD_IDLE / 4);
	spin_unlock_bh(&hash_lock);
	return port;
}

static void end_due(void)
{
	struct xtcp_hold *hold;
	struct mutex *mutex;
	int port;

	while ((port = due_port()) >= 0) {
		LIST_HEAD(ends);

		mutex = &mutexes[mutex_of(port)];
		mutex_lock(mutex);
		spin_lock_bh(&hash_lock);
		hold = first_due();
		/* Somebody may have been quicker: then its mutex may be another. */
		if (hold && hold->key.port == port)
			unhash(hold, &ends);
		spin_unlock_bh(&hash_lock);
		end_all(&ends);
		mutex_unlock(mutex);
		cond_resched();
	}
}

static void idle_work_fn(struct work_struct *work)
{
	end_due();
}

void xtcp_hold_settle(u16 port)
{
	struct mutex *mutex = &mutexes[mutex_of(port)];

	end_due();
	/* Another may have taken the port's hold out and be about to end it. */
	mutex_lock(mutex);
	mutex_unlock(mutex);
}

/* Ends the idle holds of a namespace; NULL: of all. */
static void end_idle(const struct net *net)
{
	struct xtcp_hold *hold, *next;
	u32 i;

	for (i = 0; i < XTCP_HOLD_MUTEXES; i++) {
		LIST_HEAD(ends);

		mutex_lock(&mutexes[i]);
		spin_lock_bh(&hash_lock);
		list_for_each_entry_safe(hold, next, &idle_list, idle)
			if (mutex_of(hold->key.port) == i && (!net || hold->key.net == net))
				unhash(hold, &ends);
		spin_unlock_bh(&hash_lock);
		end_all(&ends);
		mutex_unlock(&mutexes[i]);
	}
}

void xtcp_hold_net_exit(struct net *net)
{
	end_idle(net);
}

int xtcp_hold_setup(void)
{
	u32 i;

	for (i = 0; i < XTCP_HOLD_MUTEXES; i++)
		mutex_init(&mutexes[i]);
	return 0;
}

void xtcp_hold_teardown(void)
{
	end_idle(NULL);
	cancel_delayed_work_sync(&idle_work);
}
