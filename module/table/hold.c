// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds: what keeps the kernel's TCP from ports which xtcp uses. One for each
 * namespace, address and port, counted. Called by bind.c, which keeps the holds
 * of a port in the port's bucket; reserve.c enters them among the kernel's.
 */
#include <linux/err.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <xtcp/bind.h>
#include <xtcp/compat.h>
#include "table.h"

static struct kmem_cache *hold_cache;

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

/* The holds that overlap key let a new one in, or no more. */
static void let_in(struct hlist_head *holds, const struct xtcp_hold_key *key, bool on)
{
	struct xtcp_hold *hold;

	hlist_for_each_entry(hold, holds, link)
		if (keys_overlap(&hold->key, key))
			xtcp_reservation_let_in(&hold->reservation, on);
}

/*
 * First without SO_REUSEADDR, since with it a socket of the kernel's that has
 * it too would not stop us. But a TIME-WAIT of the kernel's must not stop a
 * user who has it. Where a hold of our own is in the way, both have it for
 * the moment of the bind.
 */
static int reserve(struct xtcp_hold *hold, struct hlist_head *holds, struct net *net, u16 port,
		   bool reuse, bool clash)
{
	struct xtcp_reservation *r = &hold->reservation;
	int err;

	if (clash) {
		let_in(holds, &hold->key, true);
		err = xtcp_reserve(r, net, port, &hold->key, true);
		let_in(holds, &hold->key, false);
		return err;
	}
	err = xtcp_reserve(r, net, port, &hold->key, false);
	if (err && reuse)
		err = xtcp_reserve(r, net, port, &hold->key, true);
	return err;
}

static struct xtcp_hold *make(struct hlist_head *holds, struct net *net, u16 port,
			      const struct xtcp_hold_key *key, bool reuse, bool clash)
{
	struct xtcp_hold *hold = kmem_cache_zalloc(hold_cache, GFP_ATOMIC | __GFP_NOWARN);
	int err;

	if (!hold)
		return ERR_PTR(-ENOMEM);
	hold->key = *key;
	INIT_LIST_HEAD(&hold->timewaits);
	err = reserve(hold, holds, net, port, reuse, clash);
	if (err) {
		kmem_cache_free(hold_cache, hold);
		return ERR_PTR(err);
	}
	hlist_add_head(&hold->link, holds);
	return hold;
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
	xtcp_unreserve(&hold->reservation);
	kmem_cache_free(hold_cache, hold);
}

int xtcp_hold_setup(void)
{
	int err = xtcp_reserve_setup();

	if (err)
		return err;
	hold_cache = kmem_cache_create("xtcp_hold", sizeof(struct xtcp_hold), 0, SLAB_NO_MERGE,
				       NULL);
	if (!hold_cache)
		xtcp_reserve_teardown();
	return hold_cache ? 0 : -ENOMEM;
}

void xtcp_hold_teardown(void)
{
	kmem_cache_destroy(hold_cache);
	hold_cache = NULL;
	xtcp_reserve_teardown();
}
