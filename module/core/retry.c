// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory was short for a segment that is due. It did not leave, so its loss says
 * nothing of the path: it is tried again soon, and not when a timer says so that
 * takes it for lost and backs off. Called by output.c and the shell.
 */
#include <xtcp/conn.h>

#define RETRY_US	(20 * XTCP_USEC_PER_MSEC)

void xtcp_retry_later(struct xtcp_conn *c, u64 now_us)
{
	if (!xtcp_timer_armed(c, XTCP_TIMER_RETRY))
		xtcp_timer_set(c, XTCP_TIMER_RETRY, now_us + RETRY_US);
}

/* What is due has remained so: it is planned after any timer. */
void xtcp_retry_expired(struct xtcp_conn *c, u64 now_us)
{
}

/* A SYN is repeated soon enough, and a RST is sent once. */
bool xtcp_segment_unsent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	if (plan->flags & XTCP_RST)
		xtcp_count(c->env, XTCP_MIB_ABORT_FAILED);
	if (plan->flags & (XTCP_SYN | XTCP_RST))
		return false;
	if (plan->again)
		xtcp_count(c->env, XTCP_MIB_RETRANS_FAIL);
	xtcp_retry_later(c, now_us);
	return true;
}
