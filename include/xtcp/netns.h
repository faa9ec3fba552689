/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each network namespace has: tunables, counters, timed queues
 * (netns/netns.c, sysctl.c, mib.c).
 */
#ifndef _XTCP_NETNS_H
#define _XTCP_NETNS_H

#include <linux/ktime.h>
#include <linux/net.h>
#include <linux/siphash.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <xtcp/env.h>
#include <xtcp/fifo.h>

struct ctl_table;
struct ctl_table_header;
struct xtcp_fastopen_cache;
struct xtcp_fastopen_keys;

/**
 * struct xtcp_cookie_secret - of the SYN cookies of one period (table/cookie.c)
 * @period: which; 0: none yet
 * @key: random
 */
struct xtcp_cookie_secret {
	u32 period;
	siphash_key_t key;
};

/**
 * struct xtcp_net - state of one namespace
 * @net: whose
 * @env: what connections see of it
 * @requests: half-open connections by time of the next SYN,ACK
 * @timewaits: TIME-WAITs by time of their end
 * @nr_requests: objects on @requests
 * @nr_timewaits: objects on @timewaits
 * @nr_sockets: sockets that are not closed for good
 * @nr_orphans: sockets without a user
 * @resets: resets since @resets_us that answered segments
 * @resets_us: when the second began for which they are counted
 * @cookie_secrets: of even and of odd periods
 * @group_cookie_us: as xtcp_accept.cookie_us, of all listeners that may have others beside them
 * @fastopen_cache: what clients know of other hosts; NULL until one asks
 * @fastopen_keys: of the listeners that have none of their own
 */
struct xtcp_net {
	struct net *net;
	struct xtcp_env env;
	struct xtcp_fifo requests;
	struct xtcp_fifo timewaits;
	atomic_t nr_requests;
	atomic_t nr_timewaits;
	atomic_t nr_sockets;
	atomic_t nr_orphans;
	atomic_t resets;
	u64 resets_us;
	struct xtcp_cookie_secret cookie_secrets[2];
	u64 group_cookie_us;
	struct xtcp_fastopen_cache *fastopen_cache;
	struct xtcp_fastopen_keys __rcu *fastopen_keys;
	struct ctl_table *sysctl_table;
	struct ctl_table_header *sysctl_header;
};

extern unsigned int xtcp_net_id;

static inline struct xtcp_net *xtcp_net(const struct net *net)
{
	return net_generic(net, xtcp_net_id);
}

/* The same for whoever is under rcu_read_lock() already, which is half of the work. */
static inline struct xtcp_net *xtcp_net_rcu(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[xtcp_net_id];
}

/* Where our timestamps begin; address_hash is secret, a half of it is not. */
static inline u32 xtcp_tuple_ts_offset(const struct xtcp_env *env, u64 address_hash)
{
	return READ_ONCE(env->knob.timestamps) == 1 ? address_hash : 0;
}

/* For the administrator, who may not want to know (log_level): a line of the kernel's log. */
bool xtcp_may_tell(const struct xtcp_env *env);
#define xtcp_tell(env, fmt, ...)						\
	do {								\
		if (xtcp_may_tell(env))					\
			net_info_ratelimited("xtcp: " fmt, ##__VA_ARGS__);	\
	} while (0)

/* The clock of core: microseconds since boot, never 0. */
static inline u64 xtcp_now_us(void)
{
	return ktime_to_us(ktime_get()) + 1;
}

/* When a timer of CLOCK_MONOTONIC has to fire for it. */
static inline ktime_t xtcp_ktime(u64 now_us)
{
	return ns_to_ktime((now_us - 1) * NSEC_PER_USEC);
}

int xtcp_netns_setup(void);		/* register_pernet_subsys */
void xtcp_netns_teardown(void);
int xtcp_sysctl_net_init(struct xtcp_net *xn);
void xtcp_sysctl_net_exit(struct xtcp_net *xn);
/* May one more reset answer a segment (rst_per_sec)? Counts it, or that it may not. */
bool xtcp_may_reset(struct xtcp_net *xn);
int xtcp_mib_net_init(struct xtcp_net *xn);
void xtcp_mib_net_exit(struct xtcp_net *xn);
unsigned long xtcp_mib_sum(const struct xtcp_net *xn, enum xtcp_mib_id id);
int xtcp_proc_net_init(struct xtcp_net *xn);	/* observe/proc.c */
void xtcp_proc_net_exit(struct xtcp_net *xn);
int xtcp_diag_setup(void);			/* observe/diag.c: sock_diag of the family */
void xtcp_diag_teardown(void);
int xtcp_proc_stat_net_init(struct xtcp_net *xn);	/* observe/proc_stat.c */
void xtcp_proc_stat_net_exit(struct xtcp_net *xn);

#endif /* _XTCP_NETNS_H */
