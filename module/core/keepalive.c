// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep-alive (RFC 9293 3.8.4): a peer that has been silent for long is asked for
 * an ACK, and given up if it answers none of some probes. Nobody asks while text
 * waits for an ACK: the retransmission timer finds out as well.
 *
 * Silence begins with the last segment received. Not each segment moves the
 * deadline; one that passes looks when the last one came.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

static u64 idle_us(const struct xtcp_conn *c)
{
	u32 ms = c->user.keep_idle_ms ?: c->env->knob.keepalive_time_ms;

	return ms ? ms * XTCP_USEC_PER_MSEC : c->env->knob.keepalive_time * XTCP_USEC_PER_SEC;
}

static u64 intvl_us(const struct xtcp_conn *c)
{
	u32 ms = c->user.keep_intvl_ms ?: c->env->knob.keepalive_intvl_ms;

	return ms ? ms * XTCP_USEC_PER_MSEC : c->env->knob.keepalive_intvl * XTCP_USEC_PER_SEC;
}

static u8 most_probes(const struct xtcp_conn *c)
{
	return c->user.keep_probes ? c->user.keep_probes : c->env->knob.keepalive_probes;
}

/* An orphan's end has timers of its own. */
static bool is_wanted(const struct xtcp_conn *c)
{
	return c->user.keepalive && xtcp_is_synchronized(c->state) && !c->orphan &&
	       c->state != XTCP_SYN_RECEIVED && c->state != XTCP_TIME_WAIT;
}

static void wait_for_silence(struct xtcp_conn *c, u64 now_us)
{
	xtcp_timer_set(c, XTCP_TIMER_KEEPALIVE, max(c->heard_us + idle_us(c), now_us + 1));
}

void xtcp_keepalive_start(struct xtcp_conn *c, u64 now_us)
{
	c->keep_failed = 0;
	if (is_wanted(c))
		wait_for_silence(c, now_us);
	else
		xtcp_timer_clear(c, XTCP_TIMER_KEEPALIVE);
}

void xtcp_keepalive_set(struct xtcp_conn *c, bool on, u64 now_us)
{
	WRITE_ONCE(c->user.keepalive, on);
	xtcp_keepalive_start(c, now_us);
}

/* The user's limit, if there is one, takes the place of the number (RFC 5482 4.2). */
static bool is_dead(const struct xtcp_conn *c, u64 now_us)
{
	if (c->user.timeout_ms)
		return c->keep_failed && xtcp_user_limit(c, c->heard_us, now_us + 1) <= now_us;
	return c->keep_failed >= most_probes(c);
}

void xtcp_keepalive_expired(struct xtcp_conn *c, u64 now_us)
{
	bool busy = c->snd.una != c->snd.nxt || c->txq.next;
	u64 next_us = now_us + intvl_us(c);

	if (!is_wanted(c))
		return;
	if (busy) {
		c->keep_failed = 0;
		xtcp_timer_set(c, XTCP_TIMER_KEEPALIVE, now_us + idle_us(c));
		return;
	}
	if (now_us < c->heard_us + idle_us(c)) {
		wait_for_silence(c, now_us);
		return;
	}
	if (is_dead(c, now_us)) {
		xtcp_count(c->env, XTCP_MIB_ABORT_ON_TIMEOUT);
		xtcp_conn_abort(c, c->err_soft ? c->err_soft : ETIMEDOUT);
		return;
	}
	if (c->keep_failed < 255)
		c->keep_failed++;
	c->owes |= XTCP_OWES_PROBE;
	xtcp_timer_set(c, XTCP_TIMER_KEEPALIVE,
		       max(xtcp_user_limit(c, c->heard_us, next_us), now_us + 1));
}
