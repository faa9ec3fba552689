// SPDX-License-Identifier: GPL-2.0-only
/*
 * A short way to the route of an answer: the lookup itself and what the kernel
 * keeps ready at the next hop that it finds, where nothing else has a say: no
 * rules, no IPsec, no VRF, no choice of paths, no exception for the address.
 * Else NULL, and the caller takes the long way. Called by ipv4.c and ipv6.c.
 *
 * In a flood this is done for each SYN, and no two come from the same address.
 */
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>
#include "internal.h"

/* Has IPsec nothing to say about what sk sends? As xfrm_lookup() begins. */
static bool without_ipsec(const struct net *net, const struct sock *sk)
{
#ifdef CONFIG_XFRM
	return !net->xfrm.policy_count[XFRM_POLICY_OUT] &&
	       net->xfrm.policy_default[XFRM_POLICY_OUT] == XFRM_USERPOLICY_ACCEPT &&
	       !rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]);
#else
	return true;
#endif
}

/* As the kernel judges those that it has cached (rt_cache_valid()). */
static bool still_good(const struct net *net, const struct rtable *rt)
{
	return rt && rt->dst.obsolete == DST_OBSOLETE_FORCE_CHK &&
	       rt->rt_genid == rt_genid_ipv4(net);
}

static bool one_way4(const struct fib_result *res)
{
	const struct fib_nh_common *nhc = res->nhc;

	if (res->type != RTN_UNICAST || !res->fi || fib_info_num_path(res->fi) > 1)
		return false;
	/* Which of several default routes is alive, fib_select_path() knows. */
	if (!res->prefixlen && res->table->tb_num_default > 1)
		return false;
	return nhc && nhc->nhc_pcpu_rth_output && !rcu_access_pointer(nhc->nhc_exceptions);
}

struct dst_entry *xtcp_shortcut4(struct net *net, const struct sock *sk, struct flowi4 *fl4)
{
	struct fib_result res XTCP_NOT_CLEARED;
	struct dst_entry *dst = NULL;
	struct rtable *rt;

	if (!sk || fl4->flowi4_oif || fl4->flowi4_tos || fib4_has_custom_rules(net) ||
	    ipv4_is_loopback(fl4->saddr) || !without_ipsec(net, sk))
		return NULL;
	if (!fib_lookup(net, fl4, &res, 0) && one_way4(&res)) {
		rt = rcu_dereference(*raw_cpu_ptr(res.nhc->nhc_pcpu_rth_output));
		if (still_good(net, rt) && dst_hold_safe(&rt->dst))
			dst = &rt->dst;
	}
	return dst;
}

static bool has_rules6(const struct net *net)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	return net->ipv6.fib6_has_custom_rules;
#else
	return false;
#endif
}

static bool one_way6(const struct net *net, const struct fib6_result *res)
{
	return res->f6i != net->ipv6.fib6_null_entry && res->fib6_type == RTN_UNICAST &&
	       !res->f6i->nh && !res->f6i->fib6_nsiblings && res->nh->rt6i_pcpu &&
	       !rcu_access_pointer(res->nh->rt6i_exception_bucket);
}

/* A source that may yet be somebody else's has rules of its own (RFC 4429). */
static bool maybe_optimistic(const struct net *net, const struct dst_entry *dst)
{
#ifdef CONFIG_IPV6_OPTIMISTIC_DAD
	const struct inet6_dev *idev = ip6_dst_idev((struct dst_entry *)dst);

	return !idev || idev->cnf.optimistic_dad || net->ipv6.devconf_all->optimistic_dad;
#else
	return false;
#endif
}

struct dst_entry *xtcp_shortcut6(struct net *net, const struct sock *sk, struct flowi6 *fl6)
{
	int flags = READ_ONCE(net->ipv6.devconf_all->forwarding) ? 0 : RT6_LOOKUP_F_REACHABLE;
	struct dst_entry *dst = NULL;
	struct fib6_result res = {};
	struct rt6_info *rt;

	if (!sk || fl6->flowi6_oif || has_rules6(net) || !without_ipsec(net, sk) ||
	    rcu_access_pointer(inet6_sk(sk)->opt))
		return NULL;
	if (!ipv6_stub->fib6_lookup(net, 0, fl6, &res, flags) && one_way6(net, &res)) {
		rt = raw_cpu_read(*res.nh->rt6i_pcpu);
		if (rt && (!rt->sernum || rt->sernum == rt_genid_ipv6(net)) && !rt->dst.error &&
		    !maybe_optimistic(net, &rt->dst) && dst_hold_safe(&rt->dst))
			dst = &rt->dst;
	}
	return dst;
}
