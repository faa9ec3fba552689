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
	u32 left;

	for (left = c->armed; left; left &= left - 1) {
		u64 at_us = c->deadline[__builtin_ctz(left)];

		if (!first || at_us < first)
			first = at_us;
	}
	return first;
}

void xtcp_timeout(struct xtcp_conn *c, u64 now_us)
{
	int t;

	for (t = 0; t < XTCP_NR_TIMERS; t++) {
		if (!c->deadline[t] || c->deadline[t] > now_us)
			continue;
		xtcp_timer_clear(c, t);
		handlers[t](c, now_us);
	}
}
