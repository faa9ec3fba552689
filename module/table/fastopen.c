// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of Fast Open cookies and the cookies that they make (RFC 7413
 * 4.1.2): SipHash of both addresses, in the form that Linux's TCP gives them.
 * So hosts that share an address and a key, of whichever TCP, know each other's
 * cookies. Called by sock/fastopen.c, sock/sockopt.c and netns/.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <xtcp/compat.h>
#include <xtcp/compat_core.h>
#include <xtcp/fastopen.h>
#include <xtcp/netns.h>

struct xtcp_fastopen_keys *xtcp_fastopen_keys_new(const u8 *bytes, u32 len)
{
	struct xtcp_fastopen_keys *keys = kzalloc(sizeof(*keys), GFP_KERNEL);
	u32 i;

	if (!keys)
		return NULL;
	keys->nr = len / XTCP_FASTOPEN_KEY;
	for (i = 0; i < keys->nr; i++, bytes += XTCP_FASTOPEN_KEY) {
		keys->key[i].key[0] = get_unaligned_le64(bytes);
		keys->key[i].key[1] = get_unaligned_le64(bytes + 8);
	}
	return keys;
}

void xtcp_fastopen_keys_set(struct xtcp_fastopen_keys __rcu **slot,
			    struct xtcp_fastopen_keys *keys)
{
	struct xtcp_fastopen_keys *old = unrcu_pointer(xchg(slot, RCU_INITIALIZER(keys)));

	if (old)
		kfree_rcu(old, rcu);
}

u32 xtcp_fastopen_keys_get(struct xtcp_fastopen_keys __rcu **slot, u8 *bytes)
{
	const struct xtcp_fastopen_keys *keys;
	u32 i, len = 0;

	rcu_read_lock();
	keys = rcu_dereference(*slot);
	for (i = 0; keys && i < keys->nr; i++, len += XTCP_FASTOPEN_KEY) {
		put_unaligned_le64(keys->key[i].key[0], bytes + len);
		put_unaligned_le64(keys->key[i].key[1], bytes + len + 8);
	}
	rcu_read_unlock();
	return len;
}

/* Theirs, then ours: the addresses of the SYN as it came. */
static __le64 hash(const siphash_key_t *key, const struct xtcp_tuple *tuple)
{
	struct in6_addr both[2] __aligned(SIPHASH_ALIGNMENT) = { tuple->raddr, tuple->laddr };
	__be32 both4[2] __aligned(SIPHASH_ALIGNMENT) = {
		tuple->raddr.s6_addr32[3], tuple->laddr.s6_addr32[3]
	};

	if (ipv6_addr_v4mapped(&tuple->raddr))
		return cpu_to_le64(siphash(both4, sizeof(both4), key));
	return cpu_to_le64(siphash(both, sizeof(both), key));
}

void xtcp_fastopen_cookie_make(const struct xtcp_fastopen_keys *keys,
			       const struct xtcp_tuple *tuple,
			       struct xtcp_fastopen_cookie *cookie)
{
	__le64 val = hash(&keys->key[0], tuple);

	BUILD_BUG_ON(sizeof(val) != XTCP_FASTOPEN_COOKIE);
	cookie->len = XTCP_FASTOPEN_COOKIE;
	memcpy(cookie->val, &val, sizeof(val));
}

int xtcp_fastopen_cookie_key(const struct xtcp_fastopen_keys *keys,
			     const struct xtcp_tuple *tuple, const u8 *cookie, u32 len)
{
	__le64 val;
	int i;

	for (i = 0; len == XTCP_FASTOPEN_COOKIE && i < keys->nr; i++) {
		val = hash(&keys->key[i], tuple);
		if (!memcmp(&val, cookie, sizeof(val)))
			return i;
	}
	return -1;
}

int xtcp_fastopen_net_init(struct net *net)
{
	struct xtcp_fastopen_keys *keys;
	u8 bytes[XTCP_FASTOPEN_KEY];

	get_random_bytes(bytes, sizeof(bytes));
	keys = xtcp_fastopen_keys_new(bytes, sizeof(bytes));
	memzero_explicit(bytes, sizeof(bytes));
	if (!keys)
		return -ENOMEM;
	RCU_INIT_POINTER(xtcp_net(net)->fastopen_keys, keys);
	return 0;
}

void xtcp_fastopen_net_exit(struct net *net)
{
	xtcp_fastopen_keys_set(&xtcp_net(net)->fastopen_keys, NULL);
	xtcp_fastopen_cache_free(net);
}
