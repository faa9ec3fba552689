// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of a network namespace, one set per CPU. Core and the shell count
 * by xtcp_count(); observe/ reads the sums.
 */
#include <linux/percpu.h>
#include <xtcp/netns.h>

int xtcp_mib_net_init(struct xtcp_net *xn)
{
	xn->env.mib = alloc_percpu(struct xtcp_mib);
	return xn->env.mib ? 0 : -ENOMEM;
}

void xtcp_mib_net_exit(struct xtcp_net *xn)
{
	free_percpu(xn->env.mib);
	xn->env.mib = NULL;
}

unsigned long xtcp_mib_sum(const struct xtcp_net *xn, enum xtcp_mib_id id)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(xn->env.mib, cpu)->count[id]);
	return sum;
}
