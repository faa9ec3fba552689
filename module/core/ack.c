// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fifth step of SEGMENT ARRIVES: the ACK field (RFC 9293 3.10.7.4, RFC 5961 5,
 * RFC 5681, RFC 6298). Called by input.c only.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>
#include <xtcp/syn_text.h>

static enum xtcp_drop ack_of_syn(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;

	if (xtcp_seq_le(seg->ack, c->snd.una) || xtcp_seq_gt(seg->ack, c->snd.nxt)) {
		c->owes |= XTCP_OWES_RST;
		c->rst.seq = seg->ack;
		c->rst.ack = 0;
		c->rst.flags = XTCP_RST;
		return XTCP_DROP_BAD_ACK;
	}
	c->snd.una = c->snd.iss + 1;
	c->snd.wnd = (u32)seg->wnd << c->snd.wscale;
	c->snd.max_wnd = c->snd.wnd;
	c->snd.wl1 = seg->seq;
	c->snd.wl2 = seg->ack;
	xtcp_accecn_third_ack(c, seg);
	xtcp_fastopen_established(c, seg);
	xtcp_conn_event(c, XTCP_EV_RCV_ACK_OF_SYN);
	if (c->passive)
		xtcp_count(c->env, XTCP_MIB_PASSIVE_OPENS);
	xtcp_established(c, seg->arrived_us);
	return XTCP_DROP_NONE;
}

static enum xtcp_drop check_range(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;

	if (xtcp_seq_gt(seg->ack, c->snd.nxt)) {
		if (xtcp_seg_len(seg))
			xtcp_ack_now(c);
		else
			xtcp_challenge_ack(c, a->now_us);
		return XTCP_DROP_UNSENT_ACK;
	}
	if (xtcp_seq_lt(seg->ack, c->snd.una - c->snd.max_wnd)) {
		xtcp_challenge_ack(c, a->now_us);
		return XTCP_DROP_OLD_ACK;
	}
	return XTCP_DROP_NONE;
}

/* Takes the window if the segment is not older than the last that told one. */
static bool update_window(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u32 wnd = (u32)seg->wnd << c->snd.wscale;
	bool changed = wnd != c->snd.wnd;

	if (xtcp_seq_lt(seg->ack, c->snd.una))
		return false;
	if (!xtcp_seq_lt(c->snd.wl1, seg->seq) &&
	    (c->snd.wl1 != seg->seq || xtcp_seq_gt(c->snd.wl2, seg->ack)))
		return false;
	c->snd.wl1 = seg->seq;
	c->snd.wl2 = seg->ack;
	c->snd.wnd = wnd;
	if (wnd > c->snd.max_wnd)
		c->snd.max_wnd = wnd;
	/* An opened window ends the probing; output starts anew if it must. */
	if (changed && wnd) {
		xtcp_timer_clear(c, XTCP_TIMER_PERSIST);
		c->persist.backoff = 0;
	}
	return changed;
}

/*
 * One sample per ACK (RFC 6298 3): by our clock, which is finer, if it is
 * clear what is answered; else by the echo, if that is of new text.
 */
static void sample_rtt(struct xtcp_conn *c, const struct xtcp_seg *seg,
		       const struct xtcp_delivery *d)
{
	u32 rtt_us = d->resent ? 0 : d->rtt_us;

	if (!rtt_us && d->acked)
		rtt_us = xtcp_ts_rtt(c, seg);
	if (!rtt_us)
		return;
	xtcp_rtt_sample(c, rtt_us);
	c->rtt.backoff = 0;
}

/* Not by a loss: the algorithm has found that the path is full (RFC 9406). */
static void slow_start_ended(const struct xtcp_conn *c, const struct xtcp_cc_sample *s, u32 was)
{
	if (!s->hystart || was < XTCP_SSTHRESH_INFINITE)
		return;
	xtcp_count(c->env, XTCP_MIB_HYSTART_DELAY_DETECT);
	xtcp_count_by(c->env, XTCP_MIB_HYSTART_DELAY_CWND, xtcp_segments(c->cc.cwnd, c->cc.mss));
}

/* What congestion control gets to know; grow: it may open the window. */
static void tell_cc(struct xtcp_conn *c, const struct xtcp_delivery *d, bool grow, u64 now_us)
{
	struct xtcp_cc_sample s = {
		.now_us = now_us,
		.srtt_us = c->rtt.srtt_us,
		.rtt_us = d->resent ? 0 : d->rtt_us,
		.una = c->snd.una,
		.nxt = c->snd.nxt,
		.acked = d->bytes,
		.flight = d->flight,
		.cwnd_limited = c->cwnd_limited,
		.hystart = c->env->knob.hystart,
		.paced = xtcp_paced(c),
	};
	u32 ssthresh = c->cc.ssthresh;

	xtcp_rate_finish(c, &s, now_us);
	grow &= xtcp_validate_on_ack(c, d->flight, now_us);
	if (grow && c->cc.ops->on_ack) {
		c->cc.ops->on_ack(&c->cc, &s);
		c->cwnd_limited = false;
		if (unlikely(c->cc.ssthresh < ssthresh))
			slow_start_ended(c, &s, ssthresh);
	}
	if (!c->cc.ops->control)
		return;
	s.recovery = c->recovery.phase != XTCP_OPEN;
	s.in_flight = xtcp_flight(c);
	c->cc.ops->control(&c->cc, &s);
	if (c->cc.held)
		xtcp_rate_limited(c);
}

static void fin_is_acked(struct xtcp_conn *c, u64 now_us)
{
	c->tally.acked--;	/* ack_new() took it for text */
	xtcp_conn_event(c, XTCP_EV_RCV_ACK_OF_FIN);
	if (c->state == XTCP_FIN_WAIT_2 && c->orphan)
		xtcp_conn_orphan(c, now_us);
}

static void ack_new(struct xtcp_conn *c, struct xtcp_arrival *a, struct xtcp_delivery *d)
{
	xtcp_board_ack(c, a->seg, d);
	c->tally.acked += d->acked;
	xtcp_tally_progress(c, a->now_us);
	c->retransmits = 0;
	c->err_soft = 0;	/* whatever it was, it did not stop the connection */
	c->stuck_us = a->now_us;
	c->wake |= XTCP_WAKE_WRITE;
}

/*
 * What is SACKed may be the first sign of a loss; only where text is known to
 * overtake text it is as good as acknowledged (RFC 3042 2).
 */
static bool may_grow(const struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	return d->bytes && (d->acked || c->rack.reordered) &&
	       c->recovery.phase != XTCP_RECOVERY && c->recovery.frto == XTCP_FRTO_NONE;
}

/* What has arrived by this ACK, and what that means for the rest. */
static void take_delivery(struct xtcp_conn *c, struct xtcp_arrival *a, struct xtcp_delivery *d)
{
	u8 phase = c->recovery.phase;
	bool reduced;

	if (d->bytes)
		xtcp_count_by(c->env, XTCP_MIB_DELIVERED, xtcp_segments(d->bytes, c->snd.mss));
	sample_rtt(c, a->seg, d);
	reduced = xtcp_ecn_on_ack(c, a->seg, d);
	xtcp_recovery_on_ack(c, a->now_us, d);
	tell_cc(c, d, !reduced && phase != XTCP_RECOVERY && may_grow(c, d), a->now_us);
	if (!d->acked)
		return;
	xtcp_rto_restart(c, a->now_us);
	xtcp_tlp_schedule(c, a->now_us);
}

/* RFC 5681 2: what counts as a duplicate. */
static bool is_duplicate(const struct xtcp_conn *c, const struct xtcp_seg *seg,
			 bool window_changed)
{
	return seg->ack == c->snd.una && c->snd.una != c->snd.nxt && !window_changed &&
	       !seg->len && !(seg->flags & XTCP_FIN);
}

enum xtcp_drop xtcp_ack(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;
	struct xtcp_delivery d = { 0 };
	enum xtcp_drop drop;
	bool changed;
	bool fin;

	if (!(seg->flags & XTCP_ACK))
		return XTCP_DROP_FLAGS;
	drop = c->state == XTCP_SYN_RECEIVED ? ack_of_syn(c, a) : XTCP_DROP_NONE;
	drop = drop ?: check_range(c, a);
	if (drop)
		return drop;

	if (!xtcp_seg_len(seg))
		xtcp_count(c->env, XTCP_MIB_PURE_ACKS);
	c->heard_us = a->now_us;
	if (c->keep_failed)
		xtcp_keepalive_start(c, a->now_us);
	if (xtcp_timer_armed(c, XTCP_TIMER_PERSIST))
		c->retransmits = 0;	/* an answered probe is no failure (MUST-37) */
	d.una = c->snd.una;
	d.flight = xtcp_flight(c);
	fin = xtcp_fin_sent(c) && xtcp_seq_le(d.una, c->txq.end) &&
	      xtcp_seq_gt(seg->ack, c->txq.end);
	changed = update_window(c, seg);
	d.repeats = is_duplicate(c, seg, changed);
	if (xtcp_seq_gt(seg->ack, c->snd.una))
		ack_new(c, a, &d);
	if (xtcp_seq_ge(seg->ack, c->snd.una))
		xtcp_sack_take(c, seg, &d);
	if (d.acked || d.bytes || d.dup || d.repeats)
		take_delivery(c, a, &d);
	if (fin)
		fin_is_acked(c, a->now_us);
	return XTCP_DROP_NONE;
}
