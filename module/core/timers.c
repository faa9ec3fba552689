// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deadlines: the earliest, and what happens when they pass. Arming is done by
 * those who know when; the shell has one timer for all.
 */
#include <xtcp/conn.h>

static void (*const handlers[XTCP_NR_TIMERS])(struct xtcp_conn *c, u64 now_us) = {
#define XTCP_TIMER(name, handler, meaning) [XTCP_TIMER_##name] = handler,
#include <xtcp/defs/timer_defs.h>
#undef XTCP_TIMER
};

u64 xtcp_earliest_deadline(const struct xtcp_conn *c)
{
	u64 first = 0;
	int t;

	for (t = 0; t < XTCP_NR_TIMERS; t++) {
		if (c->deadline[t] && (!first || c->deadline[t] < first))
			first = c->deadline[t];
	}
	return first;
}

void xtcp_timeout(struct xtcp_conn *c, u64 now_us)
{
	int t;

	for (t = 0; t < XTCP_NR_TIMERS; t++) {
		if (!c->deadline[t] || c->deadline[t] > now_us)
			continue;
		c->deadline[t] = 0;
		handlers[t](c, now_us);
	}
}
