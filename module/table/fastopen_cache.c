// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a client knows of Fast Open at other hosts (RFC 7413 4.1.3): their
 * cookies and their MSS, and those that did not take the text of a SYN. Bounded:
 * where a set is full, what was used longest ago goes. And whether all are left
 * alone, since something near here seems to swallow such connections. Called by
 * sock/fastopen_client.c and netns/.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/ipv6.h>
#include <xtcp/fastopen.h>
#include <xtcp/netns.h>

#define SETS 64
#define WAYS 4

/* How long a host that refused is left alone: so long, twice, ... */
#define REFUSED_US (60 * XTCP_USEC_PER_SEC)
#define REFUSED_DOUBLINGS 6

/* The same of all hosts, where the first time is a tunable; as in Linux. */
#define PAUSE_DOUBLINGS 6

/* How to ask a host for a cookie: next time so, if it does not answer. */
enum form {
	FORM_STANDARD,
	FORM_EXPERIMENT,
	FORM_STANDARD_FOR_GOOD,
};

/**
 * struct host - one of them
 * @addr: its address; the unspecified one: none
 * @used_us: when it was last asked for, or learned of
 * @refused_us: when it last refused
 * @refusals: how often in a row
 * @form: enum form
 * @mss: that it announced
 * @cookie: of length 0 if it has given none
 */
struct host {
	struct in6_addr addr;
	u64 used_us;
	u64 refused_us;
	u8 refusals;
	u8 form;
	u16 mss;
	struct xtcp_fastopen_cookie cookie;
};

/**
 * struct xtcp_fastopen_cache - of one namespace
 * @lock: BH off
 * @seed: of the hash
 * @pauses: how many there were since one was in vain
 * @pause_us: when the last one began
 * @host: the hosts
 */
struct xtcp_fastopen_cache {
	spinlock_t lock;
	u32 seed;
	u32 pauses;
	u64 pause_us;
	struct host host[SETS][WAYS];
};

/* The cache of a namespace, made when it is first asked; NULL if memory is short. */
static struct xtcp_fastopen_cache *cache_of(struct net *net)
{
	struct xtcp_fastopen_cache **slot = &xtcp_net(net)->fastopen_cache;
	struct xtcp_fastopen_cache *cache = READ_ONCE(*slot);

	if (cache)
		return cache;
	cache = kvzalloc(sizeof(*cache), GFP_KERNEL);
	if (!cache)
		return NULL;
	spin_lock_init(&cache->lock);
	cache->seed = get_random_u32();
	if (cmpxchg(slot, NULL, cache))
		kvfree(cache);
	return *slot;
}

void xtcp_fastopen_cache_free(struct net *net)
{
	kvfree(xtcp_net(net)->fastopen_cache);
}

static struct host *find(struct xtcp_fastopen_cache *cache, const struct in6_addr *addr)
{
	struct host *set = cache->host[jhash2((const u32 *)addr, 4, cache->seed) % SETS];
	int i;

	for (i = 0; i < WAYS; i++) {
		if (ipv6_addr_equal(&set[i].addr, addr))
			return &set[i];
	}
	return NULL;
}

static struct host *find_or_replace(struct xtcp_fastopen_cache *cache, const struct in6_addr *addr)
{
	struct host *set = cache->host[jhash2((const u32 *)addr, 4, cache->seed) % SETS];
	struct host *host = find(cache, addr), *oldest = set;
	int i;

	if (host)
		return host;
	for (i = 1; i < WAYS; i++) {
		if (set[i].used_us < oldest->used_us)
			oldest = &set[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->addr = *addr;
	return oldest;
}

static bool is_left_alone(const struct host *host, u64 now_us)
{
	u32 doublings = min_t(u32, host->refusals, REFUSED_DOUBLINGS + 1) - 1;

	return host->refusals && now_us - host->refused_us < REFUSED_US << doublings;
}

static bool is_paused(const struct net *net, const struct xtcp_fastopen_cache *cache, u64 now_us)
{
	u32 knob = READ_ONCE(xtcp_net(net)->env.knob.fastopen_blackhole_timeout_sec);
	u64 first_us = (u64)knob * XTCP_USEC_PER_SEC;
	u32 doublings = min_t(u32, cache->pauses, PAUSE_DOUBLINGS + 1) - 1;

	return cache->pauses && now_us - cache->pause_us < first_us << doublings;
}

bool xtcp_fastopen_cache_get(struct net *net, const struct in6_addr *addr,
			     struct xtcp_fastopen_cookie *cookie, u16 *mss)
{
	struct xtcp_fastopen_cache *cache = cache_of(net);
	u64 now_us = xtcp_now_us();
	struct host *host;
	bool may = true;

	cookie->len = 0;
	cookie->exp = false;
	*mss = 0;
	if (!cache)
		return true;
	spin_lock_bh(&cache->lock);
	host = find(cache, addr);
	if (host) {
		host->used_us = now_us;
		*cookie = host->cookie;
		if (!cookie->len)
			cookie->exp = host->form == FORM_EXPERIMENT;
		*mss = host->mss;
		may = !is_left_alone(host, now_us);
	}
	may = may && !is_paused(net, cache, now_us);
	spin_unlock_bh(&cache->lock);
	return may;
}

/* Who gives no cookie may know the form of the experiments, and the other way round. */
static void try_another_form(struct host *host, bool exp)
{
	if (!host->cookie.len)
		host->form = max_t(u8, host->form,
				   exp ? FORM_STANDARD_FOR_GOOD : FORM_EXPERIMENT);
}

void xtcp_fastopen_cache_learn(struct net *net, const struct in6_addr *addr,
			       const struct xtcp_fastopen_news *news)
{
	struct xtcp_fastopen_cache *cache = READ_ONCE(xtcp_net(net)->fastopen_cache);
	struct host *host;

	if (!cache)
		return;
	spin_lock_bh(&cache->lock);
	host = find_or_replace(cache, addr);
	host->used_us = xtcp_now_us();
	host->mss = news->mss;
	if (news->cookie)
		host->cookie = *news->cookie;
	if (news->no_answer)
		try_another_form(host, news->exp);
	if (!news->refused)
		host->refusals = 0;
	else if (host->refusals < U8_MAX)
		host->refusals++;
	if (news->refused)
		host->refused_us = host->used_us;
	spin_unlock_bh(&cache->lock);
}

void xtcp_fastopen_pause(struct net *net)
{
	struct xtcp_fastopen_cache *cache = READ_ONCE(xtcp_net(net)->fastopen_cache);
	struct xtcp_env *env = &xtcp_net(net)->env;

	if (!cache || !READ_ONCE(env->knob.fastopen_blackhole_timeout_sec))
		return;
	spin_lock_bh(&cache->lock);
	cache->pauses++;
	cache->pause_us = xtcp_now_us();
	spin_unlock_bh(&cache->lock);
	xtcp_count(env, XTCP_MIB_FASTOPEN_BLACKHOLE);
}

void xtcp_fastopen_works(struct net *net, u64 syn_us)
{
	struct xtcp_fastopen_cache *cache = READ_ONCE(xtcp_net(net)->fastopen_cache);

	if (!cache || !READ_ONCE(cache->pauses))
		return;
	spin_lock_bh(&cache->lock);
	if (syn_us > cache->pause_us)
		cache->pauses = 0;
	spin_unlock_bh(&cache->lock);
}

void xtcp_fastopen_resume(struct net *net)
{
	struct xtcp_fastopen_cache *cache = READ_ONCE(xtcp_net(net)->fastopen_cache);

	if (!cache)
		return;
	spin_lock_bh(&cache->lock);
	cache->pauses = 0;
	spin_unlock_bh(&cache->lock);
}
