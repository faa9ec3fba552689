// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which control group pays for a socket. The kernel decides it for a socket that
 * a user makes; a child of a listener is made by a packet and belongs to nobody,
 * until accept() gives it to a user. What the kernel's own TCP calls then is not
 * for modules, so this does the same by what is.
 */
#include <linux/memcontrol.h>
#include "internal.h"

#ifdef CONFIG_MEMCG

/* With a reference; NULL if nobody limits or counts the user's memory. */
static struct mem_cgroup *group_of_user(void)
{
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = mem_cgroup_from_task(current);
	if (memcg && (!memcg->css.parent || !css_tryget(&memcg->css)))
		memcg = NULL;
	rcu_read_unlock();
	return memcg;
}

/*
 * What it holds already is given back while nobody pays, and taken again. Where
 * the group has no room for it, the socket owes it until it is read or sent.
 */
void xtcp_memcg_accept(struct sock *sk)
{
	int held = sk->sk_forward_alloc + atomic_read(&sk->sk_rmem_alloc) + sk->sk_wmem_queued;
	struct mem_cgroup *memcg;

	if (!mem_cgroup_sockets_enabled || !cgroup_subsys_on_dfl(memory_cgrp_subsys) ||
	    sk->sk_memcg)
		return;
	memcg = group_of_user();
	if (!memcg)
		return;
	if (held > 0)
		__sk_mem_reclaim(sk, held);
	sk->sk_memcg = memcg;
	if (held > 0)
		__sk_mem_schedule(sk, held, SK_MEM_RECV);
}

#else

void xtcp_memcg_accept(struct sock *sk)
{
}

#endif
