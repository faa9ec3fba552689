// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text waits and nothing is in flight whose acknowledgment would move things
 * on: the window is closed, and is probed (RFC 9293 3.8.6.1), or too small
 * for the segment, which goes all the same after a while (3.8.6.2.1).
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

void xtcp_persist_start(struct xtcp_conn *c, u64 now_us)
{
	const struct xtcp_sysctls *k = &c->env->knob;
	u64 wait_us = xtcp_rto_us(c, c->persist.backoff);

	if (c->snd.wnd)
		wait_us = min_t(u64, wait_us, k->sws_override_ms * XTCP_USEC_PER_MSEC);
	if (!c->persist.backoff)
		c->persist.since_us = now_us;
	xtcp_timer_set(c, XTCP_TIMER_PERSIST,
		       xtcp_user_limit(c, c->persist.since_us, now_us + wait_us));
}

void xtcp_persist_expired(struct xtcp_conn *c, u64 now_us)
{
	if (!c->txq.next || c->snd.una != c->snd.nxt)
		return;
	if (c->snd.wnd) {
		c->owes |= XTCP_OWES_PUSH;
		return;
	}
	/* Answers don't move the user's limit; they do that of the retries. */
	if (c->retransmits >= xtcp_retries(c) ||
	    xtcp_user_limit(c, c->persist.since_us, now_us + 1) <= now_us) {
		xtcp_give_up(c);
		return;
	}
	c->retransmits++;
	if (c->persist.backoff < 255)
		c->persist.backoff++;
	c->owes |= XTCP_OWES_PROBE;
	xtcp_persist_start(c, now_us);
}
