// SPDX-License-Identifier: GPL-2.0-only
/*
 * The retransmission timer (RFC 6298 5) and the point where a connection is
 * given up (RFC 9293 3.8.3: R1, R2). Armed by output.c, restarted by ack.c.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/syn_text.h>

#define ORPHAN_RETRIES	8	/* what orphan_retries = 0 means, as in Linux */

u64 xtcp_user_limit(const struct xtcp_conn *c, u64 since_us, u64 at_us)
{
	u64 limit_us = since_us + c->user.timeout_ms * XTCP_USEC_PER_MSEC;

	return c->user.timeout_ms ? min(limit_us, at_us) : at_us;
}

static bool is_opening(const struct xtcp_conn *c)
{
	return c->state == XTCP_SYN_SENT || c->state == XTCP_SYN_RECEIVED;
}

/* Since when the peer has owed us an ACK. */
static u64 waiting_since(const struct xtcp_conn *c)
{
	return is_opening(c) ? c->syn_sent_us : c->stuck_us;
}

void xtcp_rto_restart(struct xtcp_conn *c, u64 now_us)
{
	u64 at_us = now_us + xtcp_rto_us(c, c->rtt.backoff);

	if (c->snd.una == c->snd.nxt)
		xtcp_timer_clear(c, XTCP_TIMER_RTO);
	else
		xtcp_timer_set(c, XTCP_TIMER_RTO,
			       max(xtcp_user_limit(c, waiting_since(c), at_us), now_us + 1));
}

/* The user's own limit (RFC 9293 3.8.3), or a time so far not reached. */
static bool user_gave_up(const struct xtcp_conn *c, u64 now_us)
{
	return xtcp_user_limit(c, waiting_since(c), now_us + 1) <= now_us;
}

/* A router has no way to the peer, and the timeout does not grow any more. */
static bool is_lost_case(const struct xtcp_conn *c)
{
	return c->err_soft && xtcp_rto_us(c, c->rtt.backoff) >= xtcp_rto_most_us(c);
}

u32 xtcp_retries(const struct xtcp_conn *c)
{
	const struct xtcp_sysctls *k = &c->env->knob;

	if (!c->orphan)
		return k->retries2;
	if (is_lost_case(c))
		return 0;
	return k->orphan_retries ? k->orphan_retries : ORPHAN_RETRIES;
}

void xtcp_give_up(struct xtcp_conn *c)
{
	xtcp_count(c->env, XTCP_MIB_ABORT_ON_TIMEOUT);
	xtcp_conn_die(c, c->err_soft ? c->err_soft : ETIMEDOUT);
}

static void give_up(struct xtcp_conn *c)
{
	xtcp_fastopen_timed_out(c, true);
	xtcp_give_up(c);
}

static void count_retransmit(struct xtcp_conn *c)
{
	xtcp_fastopen_timed_out(c, false);
	if (c->retransmits < 255)
		c->retransmits++;
	if (c->retransmits == c->env->knob.retries1)
		c->wake |= XTCP_WAKE_ROUTE;
}

/* SYN and SYN,ACK are counted, not timed; the linear ones come on top. */
static void syn_expired(struct xtcp_conn *c, u64 now_us)
{
	const struct xtcp_sysctls *k = &c->env->knob;
	bool syn = c->state == XTCP_SYN_SENT;
	u32 linear = syn ? k->syn_linear_timeouts : 0;
	u32 synacks = (c->passive ? c->user.syn_limit : 0) ?: k->synack_retries;
	u32 limit = syn ? (c->user.syn_limit ?: k->syn_retries) + linear : synacks;

	if (c->retransmits >= limit || user_gave_up(c, now_us)) {
		give_up(c);
		return;
	}
	count_retransmit(c);
	c->rtt.backoff = c->retransmits > linear ? c->retransmits - linear : 0;
	c->owes |= XTCP_OWES_SYN;
	xtcp_count(c->env, XTCP_MIB_SYN_RETRANS);
	xtcp_rto_restart(c, now_us);
}

/*
 * R2 is a time: that which so many retransmissions take on a fast path. A
 * peer that answers with a closed window is not given up (RFC 9293 3.8.6.1).
 */
static bool out_of_time(const struct xtcp_conn *c, u64 now_us)
{
	u64 limit_us = xtcp_retries_us(c, xtcp_retries(c));
	u64 since_us = c->stuck_us;

	if (c->user.timeout_ms)
		return user_gave_up(c, now_us);
	if (!c->snd.wnd)
		since_us = max(since_us, c->heard_us);
	return now_us - since_us >= limit_us;
}

#define THIN_SEGMENTS	4	/* with fewer in flight no three duplicate ACKs can come */
#define THIN_TIMEOUTS	6

/* Against RFC 6298 5.5, by the user's wish: so little does not congest the path. */
static bool stays_linear(const struct xtcp_conn *c)
{
	bool wish = c->user.thin_linear || c->env->knob.thin_linear_timeouts;

	return wish && c->retransmits <= THIN_TIMEOUTS &&
	       c->snd.nxt - c->snd.una < THIN_SEGMENTS * c->snd.mss;
}

void xtcp_rto_expired(struct xtcp_conn *c, u64 now_us)
{
	if (c->snd.una == c->snd.nxt)
		return;
	xtcp_count(c->env, XTCP_MIB_TIMEOUTS);
	xtcp_tally_timeout(c, now_us);
	if (is_opening(c)) {
		syn_expired(c, now_us);
		return;
	}
	if (out_of_time(c, now_us)) {
		give_up(c);
		return;
	}
	xtcp_plpmtud_on_rto(c, now_us);
	xtcp_recovery_on_rto(c, now_us);
	count_retransmit(c);
	if (c->rtt.backoff < 255 && !stays_linear(c))
		c->rtt.backoff++;
	xtcp_rto_restart(c, now_us);
}

/*
 * A router had no way for what went again: that is no congestion, so the last
 * doubling is taken back (RFC 6069 4).
 */
void xtcp_rto_unreachable(struct xtcp_conn *c, u32 seq, u64 now_us)
{
	u64 at_us = c->deadline[XTCP_TIMER_RTO];
	u64 wait_us = xtcp_rto_us(c, c->rtt.backoff);

	if (!at_us || is_opening(c) || !c->retransmits || !c->rtt.backoff || seq != c->snd.una)
		return;
	c->rtt.backoff--;
	at_us -= wait_us - xtcp_rto_us(c, c->rtt.backoff);
	xtcp_timer_set(c, XTCP_TIMER_RTO, max(at_us, now_us));
}
