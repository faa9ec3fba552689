// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to send now (RFC 9293 3.8.6.2): a row of questions, the first that has
 * an answer makes the segment. xtcp_next_segment() only plans, but for the
 * window that it announces; xtcp_segment_sent() does the books.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>
#include <xtcp/syn_text.h>

static void fill(struct xtcp_conn *c, struct xtcp_plan *plan, u32 seq, u8 flags,
		 enum xtcp_reason why)
{
	plan->seq = seq;
	plan->flags = flags | XTCP_ACK;
	plan->ack = c->rcv.nxt;
	plan->wnd = xtcp_window_select(c, false);
	plan->mss = c->snd.mss;
	plan->reason = why;
	xtcp_urgent_plan(c, plan);
}

static bool plan_reset(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!(c->owes & XTCP_OWES_RST))
		return false;
	plan->seq = c->rst.seq;
	plan->ack = c->rst.ack;
	plan->flags = c->rst.flags;
	plan->reason = XTCP_WHY_RESET;
	return true;
}

static bool plan_syn(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!(c->owes & XTCP_OWES_SYN) || c->fastopen.deferred)
		return false;
	plan->seq = c->snd.iss;
	plan->flags = XTCP_SYN;
	if (c->state == XTCP_SYN_RECEIVED) {
		plan->flags |= XTCP_ACK;
		plan->ack = c->rcv.nxt;
	}
	plan->flags |= xtcp_ecn_syn_flags(c);
	plan->wnd = xtcp_window_select(c, true);
	plan->reason = XTCP_WHY_SYN;
	plan->again = c->snd.nxt != c->snd.iss;
	plan->opt.mss = c->limits.mss_adv;
	/* A SYN,ACK only takes up what their SYN offered (RFC 7323 2.2). */
	plan->opt.has_wscale = c->env->knob.window_scaling &&
			       (c->state == XTCP_SYN_SENT || c->rcv.wscale || c->snd.wscale);
	plan->opt.wscale = c->rcv.wscale;
	plan->opt.sack_ok = c->board.on;
	return true;
}

/* Text takes the blocks along if it leaves room; else a bare ACK follows it. */
static void add_report(const struct xtcp_conn *c, struct xtcp_plan *plan)
{
	u8 max = c->ts.on ? XTCP_MAX_SACK_BLOCKS - 1 : XTCP_MAX_SACK_BLOCKS;
	u8 n = xtcp_report_count(&c->report, max);

	if (n && !(plan->flags & (XTCP_SYN | XTCP_RST)) &&
	    (!plan->len || plan->len + xtcp_sack_space(n) <= c->snd.mss))
		xtcp_report_fill(&c->report, max, &plan->opt);
}

/* What every segment carries that belongs to the connection. */
static bool add_options(struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	if (c->board.on)
		add_report(c, plan);
	if (c->ts.on) {
		plan->opt.has_ts = true;
		plan->opt.tsval = xtcp_ts_val(c->ts.offset, now_us);
		plan->opt.tsecr = plan->flags & XTCP_ACK ? c->ts.recent : 0;
	}
	/* These take what room the others leave. */
	xtcp_fastopen_plan(c, plan);
	xtcp_ecn_fill(c, now_us, plan);
	return true;
}

/* The flags of text that ends at end; PSH on the last there is (MUST-61). */
static u8 text_flags(const struct xtcp_conn *c, u32 end, bool with_fin)
{
	if (end != c->txq.end)
		return 0;
	return XTCP_PSH | (with_fin ? XTCP_FIN : 0);
}

/* Bytes that the congestion window leaves for what is lost. */
static u32 room_for_lost(const struct xtcp_conn *c)
{
	u32 flight = xtcp_flight(c);

	return c->cc.cwnd > flight ? c->cc.cwnd - flight : 0;
}

/*
 * Shortens tx to what is not acknowledged and fits into room, in whole
 * segments, at least one. NULL if memory is short.
 */
static struct xtcp_tx *shorten(struct xtcp_conn *c, struct xtcp_tx *tx, u32 room)
{
	u32 max = max_t(u32, min(room, c->limits.gso_max), c->snd.mss);

	tx = xtcp_txq_trim(c, tx);
	if (!tx)
		return NULL;
	max -= max % c->snd.mss;
	if (tx->len > max && xtcp_txq_cut(c, tx, max))
		return NULL;
	return tx;
}

static bool plan_again(struct xtcp_conn *c, struct xtcp_plan *plan, struct xtcp_tx *tx,
		       enum xtcp_reason why)
{
	plan->again = true;
	if (tx == &c->txq.fin) {
		fill(c, plan, tx->seq, XTCP_FIN, why);
		return true;
	}
	fill(c, plan, tx->seq, text_flags(c, xtcp_tx_end(tx), xtcp_fin_sent(c)), why);
	plan->tx = tx;
	plan->len = tx->len;
	return true;
}

static struct xtcp_tx *first_to_repair(struct xtcp_conn *c)
{
	if (c->recovery.first_waits)
		xtcp_newreno_first_lost(c);
	return xtcp_first_lost(c);
}

static bool plan_retransmit(struct xtcp_conn *c, struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_tx *tx = first_to_repair(c);
	u32 room = room_for_lost(c);
	bool now = c->owes & XTCP_OWES_RTX;
	bool wait = (room < c->snd.mss && xtcp_flight(c)) || c->recovery.frto == XTCP_FRTO_NEW;
	/* GSO would copy the urgent pointer, which counts from the first segment. */
	bool whole = !now && tx && !xtcp_urgent_unsent(c, tx->seq) && !xtcp_ecn_forbids_gso(c);

	if (tx && !now && (wait || xtcp_pace_holds(c, now_us)))
		return false;
	if (!tx && !c->recovery.first_waits) {
		c->owes &= ~XTCP_OWES_RTX;
		return false;
	}
	if (tx)
		tx = shorten(c, tx, whole ? min(room, xtcp_pace_quantum(c)) : 0);
	if (!tx) {
		xtcp_retry_later(c, now_us);
		return false;
	}
	return plan_again(c, plan, tx, XTCP_WHY_RETRANSMIT);
}

/* Bytes that the congestion window leaves; limited transmit is RFC 3042. */
static u32 cwnd_room(const struct xtcp_conn *c)
{
	u32 cwnd = c->cc.cwnd;
	u32 flight = xtcp_flight(c);

	if (c->recovery.phase == XTCP_OPEN && !c->board.on)
		cwnd += min_t(u32, c->recovery.dupacks, 2) * c->cc.mss;
	return cwnd > flight ? cwnd - flight : 0;
}

static u32 window_room(const struct xtcp_conn *c)
{
	u32 edge = c->snd.una + c->snd.wnd;

	return xtcp_seq_gt(edge, c->snd.nxt) ? edge - c->snd.nxt : 0;
}

static bool small_in_flight(const struct xtcp_conn *c)
{
	/* Half the numbers later it would seem to lie ahead. */
	return xtcp_seq_gt(c->snd.small_end, c->snd.una) &&
	       xtcp_seq_le(c->snd.small_end, c->snd.nxt);
}

/*
 * May a segment below the MSS go that ends the queue? Not while another such
 * is unacknowledged: Nagle's rule as Minshall bounded it (RFC 9293 3.7.4).
 */
static bool small_may_go(const struct xtcp_conn *c)
{
	return c->user.nodelay || c->snd.fin_queued || (c->owes & XTCP_OWES_PUSH) ||
	       xtcp_urgent_unsent(c, c->snd.nxt) || !small_in_flight(c);
}

/* Of len bytes that both windows allow, as many as sender SWS avoidance lets go. */
static u32 worth_sending(struct xtcp_conn *c, const struct xtcp_tx *tx, u32 len, bool by_window)
{
	u32 small = len % c->snd.mss;

	if (!small)
		return len;
	if (len == tx->len) {
		bool last = tx->seq + len == c->txq.end;

		return !last || small_may_go(c) ? len : len - small;
	}
	if (len > small)
		return len - small;
	/* Half of the greatest window ever is worth it (RFC 9293 3.8.6.2.1 (3)). */
	if (by_window && (len >= c->snd.max_wnd / 2 || (c->owes & XTCP_OWES_PUSH)))
		return len;
	return 0;
}

static bool plan_fin(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!c->snd.fin_queued || c->snd.nxt != c->txq.end)
		return false;
	fill(c, plan, c->snd.nxt, XTCP_FIN, XTCP_WHY_FIN);
	return true;
}

/* A probe waits until it fits, with what must follow it (RFC 4821 7.4). */
static bool plan_mtu_probe(struct xtcp_conn *c, struct xtcp_plan *plan, struct xtcp_tx *tx,
			   u32 len)
{
	u32 cwnd = cwnd_room(c);

	if (cwnd < len)
		c->cwnd_limited = true;
	if (cwnd < len || window_room(c) < xtcp_plpmtud_need(c, len) ||
	    (len < tx->len && xtcp_txq_cut(c, tx, len)))
		return false;
	fill(c, plan, tx->seq, 0, XTCP_WHY_MTU_PROBE);
	plan->tx = tx;
	plan->len = len;
	plan->mss = len;
	return true;
}

static bool plan_text(struct xtcp_conn *c, struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_tx *tx = c->txq.next;
	u32 window = window_room(c);
	u32 most = min(tx->len, xtcp_pace_quantum(c));
	u32 cwnd, len;

	xtcp_validate_on_send(c, now_us);
	if (xtcp_pace_holds(c, now_us))
		return false;
	len = xtcp_plpmtud_next(c, tx, now_us);
	if (len)
		return plan_mtu_probe(c, plan, tx, len);
	cwnd = cwnd_room(c);
	len = min3(most, window, cwnd);
	if (cwnd < most && cwnd <= window)
		c->cwnd_limited = true;
	len = min(len, max_t(u32, c->limits.gso_max, c->snd.mss));
	/* GSO would copy the pointer to each segment, and it counts from the first. */
	if (xtcp_urgent_unsent(c, tx->seq) || xtcp_ecn_forbids_gso(c))
		len = min_t(u32, len, c->snd.mss);
	len = worth_sending(c, tx, len, window <= cwnd);
	if (!len)
		return false;
	if (len < tx->len && xtcp_txq_cut(c, tx, len)) {
		xtcp_retry_later(c, now_us);
		return false;
	}
	fill(c, plan, tx->seq, text_flags(c, tx->seq + len, c->snd.fin_queued),
	     XTCP_WHY_NEW_DATA);
	plan->tx = tx;
	plan->len = len;
	return true;
}

static bool plan_new(struct xtcp_conn *c, struct xtcp_plan *plan, u64 now_us)
{
	/* What is lost goes first. */
	if (c->board.lost && c->recovery.frto != XTCP_FRTO_NEW)
		return false;
	return c->txq.next ? plan_text(c, plan, now_us) : plan_fin(c, plan);
}

/* The last segment in flight, apart from what is sent with it. */
static struct xtcp_tx *last_segment(struct xtcp_conn *c)
{
	struct xtcp_tx *tx = xtcp_txq_last_sent(&c->txq);
	u32 tail;

	if (tx)
		tx = xtcp_txq_trim(c, tx);
	if (!tx || tx->len <= c->snd.mss)
		return tx;
	tail = tx->len % c->snd.mss;
	if (xtcp_txq_cut(c, tx, tx->len - (tail ? tail : c->snd.mss)))
		return NULL;
	return list_next_entry(tx, node);
}

/* RFC 8985 7.3: new text if there is any, else the last again. */
static bool plan_tlp(struct xtcp_conn *c, struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_tx *tx = c->txq.next;
	u32 len;

	if (!(c->owes & XTCP_OWES_TLP))
		return false;
	len = tx ? min_t(u32, tx->len, c->snd.mss) : 0;
	if (tx && window_room(c) >= len && (len == tx->len || !xtcp_txq_cut(c, tx, len))) {
		fill(c, plan, tx->seq, text_flags(c, tx->seq + len, c->snd.fin_queued),
		     XTCP_WHY_TLP);
		plan->tx = tx;
		plan->len = len;
		return true;
	}
	tx = last_segment(c);
	if (tx)
		return plan_again(c, plan, tx, XTCP_WHY_TLP);
	if (xtcp_txq_last_sent(&c->txq))
		xtcp_retry_later(c, now_us);
	else
		c->owes &= ~XTCP_OWES_TLP;
	return false;
}

/*
 * One number below what the peer has: it must answer with an ACK. Without text
 * that waits it is to find out whether the peer is there (SHLD-12).
 */
static bool plan_probe(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!(c->owes & XTCP_OWES_PROBE))
		return false;
	fill(c, plan, c->snd.una - 1, 0, c->txq.next ? XTCP_WHY_PROBE : XTCP_WHY_KEEPALIVE);
	return true;
}

static bool plan_ack(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	if (!(c->owes & (XTCP_OWES_ACK | XTCP_OWES_URGENT)))
		return false;
	fill(c, plan, c->snd.nxt, 0, XTCP_WHY_ACK);
	return true;
}

static bool plan_some(struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	if (plan_reset(c, plan) || plan_syn(c, plan))
		return true;
	if (!xtcp_is_synchronized(c->state))
		return false;
	if (xtcp_is_early(c) && c->txq.next && plan_text(c, plan, now_us))
		return true;
	if (c->state == XTCP_SYN_RECEIVED || c->state == XTCP_TIME_WAIT)
		return plan_ack(c, plan);
	if (c->accecn.greet && plan_ack(c, plan))
		return true;
	if (plan_retransmit(c, plan, now_us) || plan_tlp(c, plan, now_us) ||
	    plan_new(c, plan, now_us) || plan_probe(c, plan) || plan_ack(c, plan))
		return true;
	/* Only a timer can move on what waits with nothing in flight. */
	if (c->txq.next && c->snd.una == c->snd.nxt &&
	    !xtcp_timer_armed(c, XTCP_TIMER_PERSIST) && !xtcp_timer_armed(c, XTCP_TIMER_PACE))
		xtcp_persist_start(c, now_us);
	return false;
}

bool xtcp_wants_to_send(const struct xtcp_conn *c)
{
	return c->owes || c->txq.next || c->board.lost || c->recovery.first_waits ||
	       (c->snd.fin_queued && c->snd.nxt == c->txq.end);
}

bool xtcp_next_segment(struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	/* The answer to most calls, at the least cost. */
	if (!xtcp_wants_to_send(c))
		return false;
	memset(plan, 0, offsetof(struct xtcp_plan, opt.sack));
	return plan_some(c, now_us, plan) && add_options(c, now_us, plan);
}

/* What leaves is in the network from now on. */
static void sent_on_board(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	if (plan->tx) {
		xtcp_pace_on_sent(c, plan->len, now_us);
		xtcp_board_sent(c, plan->tx, now_us);
		xtcp_delack_on_sent(c, now_us);
		c->sent_us = now_us;
	}
	if (plan->flags & XTCP_FIN)
		xtcp_board_sent(c, &c->txq.fin, now_us);
	if (unlikely(plan->again) && c->recovery.phase == XTCP_LOSS)
		xtcp_count_by(c->env, XTCP_MIB_SLOW_START_RETRANS,
			      xtcp_segments(plan->len, plan->mss));
	if (c->recovery.phase != XTCP_RECOVERY)
		return;
	c->recovery.prr_out += plan->len;
	if (plan->again)
		xtcp_count(c->env, XTCP_MIB_FAST_RETRANS);
}

static void sent_text(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	u32 end = plan->seq + plan->len + !!(plan->flags & (XTCP_FIN | XTCP_SYN));

	if (c->snd.una == c->snd.nxt)
		c->stuck_us = now_us;
	sent_on_board(c, plan, now_us);
	xtcp_plpmtud_sent(c, plan);
	if (!plan->again && plan->len && plan->len % plan->mss)
		c->snd.small_end = end;
	c->snd.nxt = xtcp_seq_max(c->snd.nxt, end);
	c->owes &= ~(XTCP_OWES_SYN | XTCP_OWES_RTX | XTCP_OWES_PUSH);
	xtcp_timer_clear(c, XTCP_TIMER_PERSIST);
	if (plan->reason == XTCP_WHY_TLP)
		xtcp_tlp_sent(c, plan->again);
	if (plan->reason == XTCP_WHY_TLP || !xtcp_timer_armed(c, XTCP_TIMER_RTO))
		xtcp_rto_restart(c, now_us);
	if (!plan->again)
		xtcp_tlp_schedule(c, now_us);
}

static void sent_ack(struct xtcp_conn *c, const struct xtcp_plan *plan)
{
	c->rcv.acked = plan->ack;
	if (plan->opt.nr_sack) {
		c->report.has_dup = false;
		c->report.untold = 0;
	} else if (c->board.on && xtcp_report_count(&c->report, 1)) {
		return;
	}
	c->owes &= ~XTCP_OWES_ACK;
	xtcp_timer_clear(c, XTCP_TIMER_DELACK);
	xtcp_compress_sent(c);
}

void xtcp_segment_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	xtcp_tally_sent(c, plan);
	if (plan->reason == XTCP_WHY_RESET) {
		c->owes &= ~XTCP_OWES_RST;
		return;
	}
	if (plan->len || (plan->flags & (XTCP_SYN | XTCP_FIN)))
		sent_text(c, plan, now_us);
	xtcp_urgent_sent(c, plan);
	if (plan->reason == XTCP_WHY_PROBE) {
		c->owes &= ~XTCP_OWES_PROBE;
		xtcp_count(c->env, XTCP_MIB_WIN_PROBE);
	} else if (plan->reason == XTCP_WHY_KEEPALIVE) {
		c->owes &= ~XTCP_OWES_PROBE;
		xtcp_count(c->env, XTCP_MIB_KEEPALIVE);
	}
	if (plan->flags & XTCP_ACK)
		sent_ack(c, plan);
	xtcp_ecn_sent(c, plan, now_us);
}
