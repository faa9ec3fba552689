// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secrets of SYN cookies: a new one for each period in which a namespace
 * sends any. That of the period before still opens what was sealed with it; the
 * older ones are gone, and their cookies with them. Called by sock/cookie.c.
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>

/* Making a secret: seldom, so that one lock does for all namespaces. */
static DEFINE_SPINLOCK(making);

static struct xtcp_cookie_secret *secret_of(struct xtcp_net *xn, u32 period)
{
	return &xn->cookie_secrets[period & 1];
}

static void make_secret(struct xtcp_cookie_secret *secret, u32 period)
{
	spin_lock_bh(&making);
	if (secret->period != period) {
		get_random_bytes(&secret->key, sizeof(secret->key));
		/* Its key is there before anybody takes it for that of the period. */
		smp_store_release(&secret->period, period);
	}
	spin_unlock_bh(&making);
}

/*
 * A reader who is two minutes late may find half of another key: then what he
 * makes of it is as good as a cookie that is too old.
 */
static u32 hash_with(const struct xtcp_cookie_secret *secret, const struct xtcp_cookie_input *in)
{
	u64 ends = (u64)in->lport << 48 | (u64)in->rport << 32 | in->irs;

	/*
	 * The secret is of one period, so that its number need not go in. The terms go where the
	 * word of the addresses is never seen on the wire: with the same addresses no two terms
	 * are alike, with others it is one chance in 2^64, less what the peers of both can see.
	 */
	return siphash_2u64(in->addresses ^ (u64)in->terms << 32, ends, &secret->key);
}

u32 xtcp_cookie_hash(struct xtcp_net *xn, const struct xtcp_cookie_input *in)
{
	struct xtcp_cookie_secret *secret = secret_of(xn, in->period);

	/* Pairs with make_secret(). */
	if (smp_load_acquire(&secret->period) != in->period)
		make_secret(secret, in->period);
	return hash_with(secret, in);
}

bool xtcp_cookie_hash_again(struct xtcp_net *xn, const struct xtcp_cookie_input *in, u32 *hash)
{
	const struct xtcp_cookie_secret *secret = secret_of(xn, in->period);

	/* Pairs with make_secret(). */
	if (smp_load_acquire(&secret->period) != in->period)
		return false;
	*hash = hash_with(secret, in);
	return true;
}
