// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds: sockets of the kernel's TCP, bound and nothing else, that keep it from
 * ports which xtcp uses. One for each namespace, address and port, counted.
 * Called by bind.c, which keeps the holds of a port in the port's bucket.
 *
 * Such a socket belongs to no file and TCP is not set up in it, for it is only
 * ever compared with those that want the same port. It has no type, by which
 * sock_diag, the one other to come across it, knows that there is no more to see.
 */
#include <linux/err.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <net/inet_connection_sock.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include <xtcp/bind.h>

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
	return a->scope == b->scope && a->v6only == b->v6only &&
	       ipv6_addr_equal(&a->addr, &b->addr);
}

static bool keys_overlap(const struct xtcp_hold_key *a, const struct xtcp_hold_key *b)
{
	return (!a->scope || !b->scope || a->scope == b->scope) &&
	       xtcp_addr_overlaps(&a->addr, a->v6only, &b->addr, b->v6only);
}

/* Does a keep the kernel's TCP from all that b would? They overlap. */
static bool covers(const struct xtcp_hold_key *a, const struct xtcp_hold_key *b)
{
	if (same_key(a, b))
		return true;
	if (ipv6_addr_any(&a->addr))
		return !a->v6only || !ipv6_addr_any(&b->addr) || b->v6only;
	return is_any4(&a->addr) && ipv6_addr_v4mapped(&b->addr);
}

/* *clash: some that overlap do not cover key. */
static struct xtcp_hold *find(const struct hlist_head *holds, const struct xtcp_hold_key *key,
			      bool *clash)
{
	struct xtcp_hold *hold;

	*clash = false;
	hlist_for_each_entry(hold, holds, link) {
		if (!keys_overlap(&hold->key, key))
			continue;
		if (covers(&hold->key, key))
			return hold;
		*clash = true;
	}
	return NULL;
}

static void set_addr6(struct sock *sk, const struct xtcp_hold_key *key)
{
	/* At the end of the object, where the kernel's TCP has it. */
	inet_sk(sk)->pinet6 = (void *)sk + sk->sk_prot->obj_size - sizeof(struct ipv6_pinfo);
	sk->sk_v6_rcv_saddr = key->addr;
	sk->sk_ipv6only = key->v6only || !ipv6_addr_any(&key->addr);
	sk->sk_bound_dev_if = key->scope;
}

static struct sock *make_sk(struct net *net, const struct xtcp_hold_key *key)
{
	bool v4 = ipv6_addr_v4mapped(&key->addr);
	struct sock *sk = sk_alloc(net, v4 ? PF_INET : PF_INET6, GFP_ATOMIC | __GFP_NOWARN,
				   v4 ? &tcp_prot : &tcpv6_prot, true);

	if (!sk)
		return NULL;
	sock_init_data(NULL, sk);
	if (v4)
		sk->sk_rcv_saddr = key->addr.s6_addr32[3];
	else
		set_addr6(sk, key);
	return sk;
}

static int bind_sk(struct sock *sk, u16 port, u8 reuse)
{
	int err;

	sk->sk_reuse = reuse;
	err = inet_csk_get_port(sk, port);
	sk->sk_reuse = SK_NO_REUSE;
	return err ? -EADDRINUSE : 0;
}

/* The holds that overlap key let a new one in, or no more. */
static void set_reuse(struct hlist_head *holds, const struct xtcp_hold_key *key, u8 reuse)
{
	struct xtcp_hold *hold;

	hlist_for_each_entry(hold, holds, link)
		if (keys_overlap(&hold->key, key))
			hold->sk->sk_reuse = reuse;
}

/*
 * First without SO_REUSEADDR, since with it a socket of the kernel's that has
 * it too would not stop us. But a TIME-WAIT of the kernel's must not stop a
 * user who has it. Where a hold of our own is in the way, both have it for
 * the moment of the bind.
 */
static int bind_hold(struct xtcp_hold *hold, struct hlist_head *holds, u16 port, bool reuse,
		     bool clash)
{
	int err;

	if (clash) {
		set_reuse(holds, &hold->key, SK_CAN_REUSE);
		err = bind_sk(hold->sk, port, SK_CAN_REUSE);
		set_reuse(holds, &hold->key, SK_NO_REUSE);
		return err;
	}
	err = bind_sk(hold->sk, port, SK_NO_REUSE);
	if (err && reuse)
		err = bind_sk(hold->sk, port, SK_CAN_REUSE);
	return err;
}

static struct xtcp_hold *make(struct hlist_head *holds, struct net *net, u16 port,
			      const struct xtcp_hold_key *key, bool reuse, bool clash)
{
	struct xtcp_hold *hold = kmalloc(sizeof(*hold), GFP_ATOMIC);
	int err = -ENOMEM;

	if (!hold)
		return ERR_PTR(-ENOMEM);
	hold->key = *key;
	hold->users = 0;
	INIT_LIST_HEAD(&hold->timewaits);
	hold->sk = make_sk(net, key);
	if (!hold->sk)
		goto out_free;
	err = bind_hold(hold, holds, port, reuse, clash);
	if (err)
		goto out_put;
	hlist_add_head(&hold->link, holds);
	return hold;

out_put:
	sock_put(hold->sk);
out_free:
	kfree(hold);
	return ERR_PTR(err);
}

struct xtcp_hold *xtcp_hold_get(struct hlist_head *holds, struct net *net, u16 port,
				const struct xtcp_hold_key *key, bool reuse)
{
	bool clash;
	struct xtcp_hold *hold = find(holds, key, &clash);

	if (!hold)
		hold = make(holds, net, port, key, reuse, clash);
	if (!IS_ERR(hold))
		hold->users++;
	return hold;
}

void xtcp_hold_dup(struct xtcp_hold *hold)
{
	hold->users++;
}

void xtcp_hold_put(struct xtcp_hold *hold)
{
	if (--hold->users)
		return;
	hlist_del(&hold->link);
	inet_put_port(hold->sk);
	sock_put(hold->sk);
	kfree(hold);
}
