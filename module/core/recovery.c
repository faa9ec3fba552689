// SPDX-License-Identifier: GPL-2.0-only
/*
 * The phases of loss recovery: what an ACK and a timeout do, and how fast
 * text may go meanwhile (RFC 9937). board.c knows what is lost, output.c does
 * the sending.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

void xtcp_recovery_enter(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	struct xtcp_recovery *r = &c->recovery;
	/* What limited transmit sent beyond cwnd does not count (RFC 5681 3.2). */
	u32 flight = min(c->snd.nxt - d->una, c->cc.cwnd);

	xtcp_undo_arm(c);
	c->cc.ssthresh = c->cc.ops->on_loss(&c->cc, xtcp_validate_on_loss(c, flight), false);
	r->phase = XTCP_RECOVERY;
	r->high = c->snd.nxt;
	r->prr_flight = d->flight;
	r->prr_delivered = 0;
	r->prr_out = 0;
	r->frto = XTCP_FRTO_NONE;
	xtcp_ecn_reduced(c);
	xtcp_count(c->env, c->board.on ? XTCP_MIB_SACK_RECOVERY : XTCP_MIB_RENO_RECOVERY);
}

void xtcp_recovery_leave(struct xtcp_conn *c)
{
	struct xtcp_recovery *r = &c->recovery;

	r->phase = XTCP_OPEN;
	r->frto = XTCP_FRTO_NONE;
	r->dupacks = 0;
}

/* RFC 9937 6.2: as many bytes may go as what arrived makes room for. */
static void proportional_rate(struct xtcp_conn *c, const struct xtcp_delivery *d, u32 lost)
{
	struct xtcp_recovery *r = &c->recovery;
	u32 flight = xtcp_flight(c);
	u32 ssthresh = c->cc.ssthresh;
	s64 may;

	if (c->cc.ops->control || (!d->bytes && r->prr_out))
		return;
	r->prr_delivered += d->bytes;
	if (flight > ssthresh) {
		may = div_u64((u64)r->prr_delivered * ssthresh + r->prr_flight - 1,
			      max(r->prr_flight, 1U));
		may -= r->prr_out;
	} else {
		may = max_t(s64, (s64)r->prr_delivered - r->prr_out, d->bytes);
		/* Good news alone let it catch up. */
		if (d->acked && !lost)
			may += c->cc.mss;
		may = min_t(s64, may, ssthresh - flight);
	}
	/* The first retransmission does not wait. */
	may = max_t(s64, may, r->prr_out ? 0 : c->cc.mss);
	c->cc.cwnd = clamp_t(u64, flight + may, c->cc.mss, XTCP_CWND_MAX);
}

/*
 * F-RTO with SACK (RFC 5682 3): if text that was sent once arrives after a
 * timeout, it had only been late. So once the first segment is acknowledged
 * new text goes rather than more of the old. True if the phase has ended.
 */
static bool timeout_was_in_vain(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	struct xtcp_recovery *r = &c->recovery;

	if (r->frto == XTCP_FRTO_NONE)
		return false;
	if (d->fresh) {
		xtcp_count(c->env, XTCP_MIB_SPURIOUS_RTOS);
		xtcp_count(c->env, XTCP_MIB_LOSS_UNDO);
		xtcp_undo(c, d);
		return true;
	}
	if (r->frto == XTCP_FRTO_RESENT && d->acked && c->txq.next) {
		r->frto = XTCP_FRTO_NEW;
		c->cc.cwnd = xtcp_flight(c) + 2 * c->cc.mss;
	} else {
		r->frto = XTCP_FRTO_NONE;
	}
	return false;
}

static void count_dupacks(struct xtcp_recovery *r, const struct xtcp_delivery *d)
{
	if (d->acked)
		r->dupacks = 0;
	else if (d->bytes && r->dupacks < U16_MAX)
		r->dupacks++;
}

/* Text may have been lost, as this ACK or the time that has passed tells. */
static void look_for_loss(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d)
{
	struct xtcp_recovery *r = &c->recovery;
	u32 lost = c->board.lost;

	xtcp_rack_detect(c, now_us);
	if (c->board.lost > lost && r->phase == XTCP_OPEN && !xtcp_plpmtud_lost(c, now_us))
		xtcp_recovery_enter(c, d);
	if (r->phase == XTCP_RECOVERY)
		proportional_rate(c, d, c->board.lost > lost);
}

void xtcp_reo_expired(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_delivery d = { .una = c->snd.una, .flight = xtcp_flight(c) };

	look_for_loss(c, now_us, &d);
}

/*
 * All that the phase was about has arrived. If of what was sent meanwhile some was lost and has
 * gone again, that window has met congestion of its own (RFC 6675 5: IsLost (HighACK + 1)).
 */
static void window_is_through(struct xtcp_conn *c, const struct xtcp_delivery *d)
{
	if (c->recovery.phase == XTCP_RECOVERY)
		xtcp_rack_recovered(c);
	xtcp_recovery_leave(c);
	if (xtcp_board_resent(c))
		xtcp_recovery_enter(c, d);
}

static void sack_on_ack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d)
{
	struct xtcp_recovery *r = &c->recovery;

	xtcp_tlp_on_ack(c, d);
	count_dupacks(r, d);
	if (r->phase == XTCP_RECOVERY && xtcp_seq_ge(c->snd.una, r->high)) {
		xtcp_validate_recovered(c);
		if (!c->cc.ops->control)
			c->cc.cwnd = max(c->cc.ssthresh, c->cc.mss);
		window_is_through(c, d);
	} else if (r->phase == XTCP_LOSS && !timeout_was_in_vain(c, d) &&
		   xtcp_seq_ge(c->snd.una, r->high)) {
		window_is_through(c, d);
	}
	look_for_loss(c, now_us, d);
}

void xtcp_recovery_on_ack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d)
{
	xtcp_plpmtud_on_ack(c, now_us);
	if (xtcp_undo_on_ack(c, d))
		return;
	if (c->board.on)
		sack_on_ack(c, now_us, d);
	else
		xtcp_newreno_on_ack(c, now_us, d);
}

/* The peer has thrown away what it had SACKed (RFC 2018 8). */
static bool has_reneged(struct xtcp_conn *c)
{
	const struct xtcp_tx *tx = xtcp_txq_first_sent(&c->txq);

	return tx && (tx->mark & XTCP_SACKED);
}

static void mark_for_timeout(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_tx *tx;

	if (has_reneged(c)) {
		xtcp_count(c->env, XTCP_MIB_SACK_RENEGING);
		xtcp_unmark(c, XTCP_SACKED);
	} else if (c->board.on && xtcp_by_time(c)) {
		xtcp_rack_on_rto(c, now_us);
		return;
	}
	for (tx = xtcp_txq_first_sent(&c->txq); tx; tx = xtcp_txq_next_sent(&c->txq, tx))
		xtcp_mark_lost(c, tx);
}

/* What the timeout interrupts: a repair, or signs of a loss that were not enough for one. */
static void count_failure(const struct xtcp_conn *c)
{
	bool sack = c->board.on;

	switch (c->recovery.phase) {
	case XTCP_RECOVERY:
		xtcp_count(c->env,
			   sack ? XTCP_MIB_SACK_RECOVERY_FAIL : XTCP_MIB_RENO_RECOVERY_FAIL);
		break;
	case XTCP_LOSS:
		xtcp_count(c->env, XTCP_MIB_LOSS_FAILURES);
		break;
	case XTCP_OPEN:
		if (c->board.sacked || c->recovery.dupacks)
			xtcp_count(c->env, sack ? XTCP_MIB_SACK_FAILURES : XTCP_MIB_RENO_FAILURES);
		break;
	}
}

void xtcp_recovery_on_rto(struct xtcp_conn *c, u64 now_us)
{
	struct xtcp_recovery *r = &c->recovery;

	/* Once for a window: the second timeout of the same text says nothing new. */
	if (!c->retransmits) {
		count_failure(c);
		if (r->phase != XTCP_RECOVERY)
			xtcp_undo_arm(c);
		c->cc.ssthresh = c->cc.ops->on_loss(&c->cc,
						    min(c->snd.nxt - c->snd.una, c->cc.cwnd),
						    true);
	}
	r->frto = XTCP_FRTO_NONE;
	if (c->board.on && c->env->knob.frto && r->phase == XTCP_OPEN && !c->retransmits)
		r->frto = XTCP_FRTO_RESENT;
	xtcp_ecn_reduced(c);
	mark_for_timeout(c, now_us);
	c->cc.cwnd = xtcp_flight(c) + c->cc.mss;
	r->phase = XTCP_LOSS;
	r->dupacks = 0;
	r->high = c->snd.nxt;
	c->tlp.out = false;
	xtcp_timer_clear(c, XTCP_TIMER_REO);
	xtcp_timer_clear(c, XTCP_TIMER_TLP);
}
