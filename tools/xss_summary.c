// SPDX-License-Identifier: GPL-2.0-only
/*
 * xss --summary: how many sockets are in which state, and the counters that tell of load and of
 * trouble.
 */
#include <stdio.h>
#include <unistd.h>
#include "counters.h"
#include "show.h"
#include "xss.h"

static const uint8_t shown[] = {
	COUNTER_ACTIVE_OPENS,
	COUNTER_PASSIVE_OPENS,
	COUNTER_ATTEMPT_FAILS,
	COUNTER_ESTAB_RESETS,
	COUNTER_IN_SEGS,
	COUNTER_OUT_SEGS,
	COUNTER_RETRANS_SEGS,
	COUNTER_TIMEOUTS,
	COUNTER_OUT_RSTS,
	COUNTER_IN_ERRS,
	COUNTER_IN_CSUM_ERRS,
	COUNTER_LISTEN_OVERFLOWS,
	COUNTER_LISTEN_DROPS,
};

static void put_states(const struct diag_list *list)
{
	/* The order of state_defs.h is that of a life. */
	static const uint8_t order[] = {
#define XTCP_STATE(name, number) number,
#include "../include/xtcp/defs/state_defs.h"
#undef XTCP_STATE
	};
	unsigned int count[DIAG_NR_STATES][2] = {}, sum[2] = {}, i;
	size_t at;

	for (at = 0; at < list->nr; at++) {
		bool six = list->at[at].family == AF_INET6;

		if (list->at[at].state < DIAG_NR_STATES)
			count[list->at[at].state][six]++;
		sum[six]++;
	}
	printf("%-14s %8s %8s %8s\n", "State", "Total", "IPv4", "IPv6");
	for (i = 0; i < ARRAY_SIZE(order); i++)
		printf("%-14s %8u %8u %8u\n", show_state(order[i]),
		       count[order[i]][0] + count[order[i]][1], count[order[i]][0],
		       count[order[i]][1]);
	printf("%-14s %8u %8u %8u\n", "all", sum[0] + sum[1], sum[0], sum[1]);
}

void xss_summary(const struct diag_list *list)
{
	uint64_t value[NR_COUNTERS];
	struct sockstat stat;
	unsigned int i;

	put_states(list);
	if (sockstat_read(&stat))
		printf("\n%u sockets, %u orphans, %u in TIME-WAIT; memory of all namespaces: %lu KiB\n",
		       stat.inuse, stat.orphans, stat.timewaits,
		       stat.pages * (unsigned long)sysconf(_SC_PAGESIZE) / 1024);
	if (!counters_read(value))
		return;
	putchar('\n');
	for (i = 0; i < ARRAY_SIZE(shown); i++)
		counter_print(shown[i], value[shown[i]]);
}
