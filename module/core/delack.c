// SPDX-License-Identifier: GPL-2.0-only
/*
 * When to acknowledge (RFC 9293 3.8.6.3, RFC 5681 4.2): the second full-sized
 * segment at once, less after a while, everything at once when a connection
 * starts; and how many ACKs a peer can provoke (RFC 5961 7).
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

static u32 at_least_us(const struct xtcp_conn *c)
{
	u32 least_us = c->env->knob.delack_min_ms * (u32)XTCP_USEC_PER_MSEC;

	return c->user.delack_max_us ? min(least_us, c->user.delack_max_us) : least_us;
}

u32 xtcp_delack_most_us(const struct xtcp_conn *c)
{
	u32 most_us = c->env->knob.delack_max_ms * (u32)XTCP_USEC_PER_MSEC;

	return max(at_least_us(c), c->user.delack_max_us ? c->user.delack_max_us : most_us);
}

void xtcp_delack_bound(struct xtcp_conn *c, u32 most_us)
{
	c->user.delack_max_us = most_us;
	c->delack.ato_us = clamp(c->delack.ato_us, at_least_us(c), most_us);
}

void xtcp_delack_init(struct xtcp_conn *c)
{
	c->delack.quick = c->env->knob.quickack_max;
	c->delack.ato_us = at_least_us(c);
}

void xtcp_ack_now(struct xtcp_conn *c)
{
	c->owes |= XTCP_OWES_ACK;
}

void xtcp_ack_later(struct xtcp_conn *c, u64 now_us)
{
	c->owes &= ~XTCP_OWES_ACK;
	if (!xtcp_timer_armed(c, XTCP_TIMER_DELACK))
		xtcp_timer_set(c, XTCP_TIMER_DELACK, now_us + c->delack.ato_us);
}

void xtcp_ack_with_text(struct xtcp_conn *c, u64 now_us)
{
	c->owes &= ~XTCP_OWES_ACK;
	xtcp_timer_set(c, XTCP_TIMER_DELACK, now_us + xtcp_delack_most_us(c));
}

/* May a bad segment provoke an ACK? Counts by skipped if not. */
static bool may_be_provoked(struct xtcp_conn *c, u64 now_us, enum xtcp_mib_id skipped)
{
	u64 gap_us = c->env->knob.invalid_ratelimit * XTCP_USEC_PER_MSEC;

	if (c->challenged_us && now_us - c->challenged_us < gap_us) {
		xtcp_count(c->env, skipped);
		return false;
	}
	c->challenged_us = now_us;
	return true;
}

void xtcp_challenge_ack(struct xtcp_conn *c, u64 now_us)
{
	if (!may_be_provoked(c, now_us, XTCP_MIB_ACK_SKIPPED))
		return;
	xtcp_count(c->env, XTCP_MIB_CHALLENGE_ACK);
	xtcp_ack_now(c);
}

void xtcp_ack_stray(struct xtcp_conn *c, u64 now_us, enum xtcp_mib_id skipped)
{
	if (may_be_provoked(c, now_us, skipped))
		xtcp_ack_now(c);
}

/*
 * An ACK should wait a little longer than the next segment takes to come. After
 * a pause the sender starts slowly, and wants to hear of each.
 */
static void learn_gap(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_delack *d = &c->delack;
	u64 gap_us = d->last_data_us ? now_us - d->last_data_us : 0;

	d->last_data_us = now_us;
	if (gap_us > xtcp_rto_us(c, 0))
		d->quick = c->env->knob.quickack_max;
	else if (gap_us <= at_least_us(c) / 2)
		d->ato_us = max(d->ato_us / 2 + at_least_us(c) / 2, at_least_us(c));
	else if (gap_us < d->ato_us)
		d->ato_us = clamp_t(u32, d->ato_us / 2 + gap_us, at_least_us(c),
				    xtcp_delack_most_us(c));
}

void xtcp_delack_on_text(struct xtcp_conn *c, const struct xtcp_seg *seg, u64 now_us)
{
	u32 unacked;

	c->rcv.unit = min_t(u32, max_t(u32, c->rcv.unit, seg->unit), c->limits.mss_adv);
	learn_gap(c, now_us);
	c->delack.pushed = seg->flags & XTCP_PSH;
	unacked = c->rcv.nxt - c->rcv.acked;
	/* If the window is more than half used up, the sender may be waiting. */
	if (c->delack.quick || unacked >= 2U * c->rcv.unit || unacked > xtcp_rcv_wnd(c)) {
		if (c->delack.quick)
			c->delack.quick--;
		xtcp_ack_now(c);
	} else if (c->limits.route.quickack) {
		xtcp_ack_now(c);
	} else if (!(c->owes & XTCP_OWES_ACK)) {
		xtcp_ack_later(c, now_us);
	}
}

/* Text went out soon after text came in: answers will carry the ACKs. */
void xtcp_delack_on_sent(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_delack *d = &c->delack;

	if (now_us - d->last_data_us >= d->ato_us)
		return;
	if (!d->answers && d->replies < U8_MAX)
		d->replies++;
	if (d->replies < c->env->knob.pingpong_thresh)
		return;
	d->quick = 0;
	d->answers = true;
}

/*
 * The user has read all there is. If he does not use to answer, waiting gains
 * nothing and may cost: the sender perhaps holds back the end of its text
 * until this ACK (Nagle's rule).
 */
void xtcp_delack_on_read(struct xtcp_conn *c)
{
	if (xtcp_timer_armed(c, XTCP_TIMER_DELACK) && c->delack.pushed &&
	    !c->delack.answers && !xtcp_readable(c))
		xtcp_ack_now(c);
}

/* No delay for as many segments as at the start; or as much as there may be. */
void xtcp_delack_wish(struct xtcp_conn *c, bool quick)
{
	c->delack.answers = !quick;
	c->delack.replies = quick ? 0 : U8_MAX;
	c->delack.quick = quick ? c->env->knob.quickack_max : 0;
	if (quick && xtcp_timer_armed(c, XTCP_TIMER_DELACK))
		xtcp_ack_now(c);
}

void xtcp_delack_expired(struct xtcp_conn *c, u64 now_us)
{
	xtcp_count(c->env, XTCP_MIB_DELAYED_ACKS);
	/* In vain: the next may come later still, or the user answers no more. */
	if (c->delack.answers)
		c->delack.ato_us = at_least_us(c);
	else if (c->delack.last_data_us)	/* not that of a SYN,ACK, which waited for ours */
		c->delack.ato_us = min(2 * c->delack.ato_us, xtcp_delack_most_us(c));
	c->delack.answers = false;
	c->delack.replies = 0;
	xtcp_ack_now(c);
}
