// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a connection: the calls of the user (RFC 9293 3.10.1 to 3.10.5), the
 * only writer of its state, and the invariants that hold between calls.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

void xtcp_conn_init(struct xtcp_conn *c, const struct xtcp_env *env)
{
	const struct xtcp_cc_ops *cc = READ_ONCE(env->cc);

	memset(c, 0, sizeof(*c));
	c->env = env;
	xtcp_cc_choose(&c->cc, cc ? cc : xtcp_cc_find(NULL));
	c->cc.ssthresh = XTCP_SSTHRESH_INFINITE;
	xtcp_rtt_init(c);
	xtcp_txq_init(&c->txq, 0);
	xtcp_rxq_init(&c->rxq);
}

void xtcp_conn_inherit(struct xtcp_conn *c, const struct xtcp_conn *from)
{
	const struct xtcp_cc_ops *cc = READ_ONCE(from->cc.ops);

	/* A listener's user may be changing it: each number is the old one or the new. */
	data_race(c->user = from->user);
	if (cc != c->cc.ops)
		xtcp_cc_choose(&c->cc, cc);
}

void xtcp_conn_reset(struct xtcp_conn *c)
{
	const struct xtcp_cc_ops *cc = c->cc.ops;
	struct xtcp_user user = c->user;

	xtcp_conn_init(c, c->env);
	c->user = user;
	xtcp_cc_choose(&c->cc, cc);
}

static u8 owes_for(enum xtcp_sends sends)
{
	switch (sends) {
	case XTCP_SENDS_SYN:
	case XTCP_SENDS_SYN_ACK:
		return XTCP_OWES_SYN;
	case XTCP_SENDS_ACK:
		return XTCP_OWES_ACK;
	default:
		return 0;
	}
}

void xtcp_conn_event(struct xtcp_conn *c, enum xtcp_event event)
{
	const struct xtcp_arrow *arrow = xtcp_arrow(c->state, event);

	if (!arrow->drawn) {
		xtcp_count(c->env, XTCP_MIB_BAD_TRANSITION);
		return;
	}
	if (arrow->to == XTCP_CLOSED) {
		xtcp_conn_die(c, 0);
		return;
	}
	c->state = arrow->to;
	c->owes |= owes_for(arrow->sends);
	if (arrow->sends == XTCP_SENDS_FIN)
		c->snd.fin_queued = true;
	c->wake |= XTCP_WAKE_STATE;
}

static void count_death(const struct xtcp_conn *c, int err)
{
	if (c->state == XTCP_SYN_SENT || c->state == XTCP_SYN_RECEIVED)
		xtcp_count(c->env, XTCP_MIB_ATTEMPT_FAILS);
	else if (err && (c->state == XTCP_ESTABLISHED || c->state == XTCP_CLOSE_WAIT))
		xtcp_count(c->env, XTCP_MIB_ESTAB_RESETS);
}

void xtcp_conn_die(struct xtcp_conn *c, int err)
{
	if (c->state == XTCP_CLOSED)
		return;
	count_death(c, err);
	c->state = XTCP_CLOSED;
	c->owes = 0;
	memset(c->deadline, 0, sizeof(c->deadline));
	c->armed = 0;
	c->wake |= XTCP_WAKE_STATE;
	if (err) {
		c->err = err;
		c->wake |= XTCP_WAKE_ERROR;
	}
}

/* The peer holds a connection that a RST would end (RFC 9293 3.10.5). */
static bool peer_needs_reset(const struct xtcp_conn *c)
{
	switch (c->state) {
	case XTCP_SYN_RECEIVED:
	case XTCP_ESTABLISHED:
	case XTCP_FIN_WAIT_1:
	case XTCP_FIN_WAIT_2:
	case XTCP_CLOSE_WAIT:
		return true;
	case XTCP_CLOSING:
	case XTCP_LAST_ACK:
		/* Beyond 3.10.5: a peer that has not got the text before our FIN waits for it. */
		return c->snd.nxt - c->snd.una != 1;
	default:
		return false;
	}
}

void xtcp_conn_abort(struct xtcp_conn *c, int err)
{
	bool reset = peer_needs_reset(c);

	xtcp_conn_die(c, err);
	if (!reset)
		return;
	c->owes = XTCP_OWES_RST;
	c->rst.seq = c->snd.nxt;
	c->rst.ack = c->rcv.nxt;
	c->rst.flags = XTCP_RST | XTCP_ACK;
}

void xtcp_conn_listen(struct xtcp_conn *c)
{
	xtcp_conn_event(c, XTCP_EV_OPEN_PASSIVE);
}

void xtcp_conn_connect(struct xtcp_conn *c, u32 iss, u64 now_us)
{
	c->snd.iss = iss;
	c->snd.una = iss;
	c->snd.nxt = iss;
	c->snd.small_end = iss;
	c->recovery.high = iss;
	c->board.fack = iss;
	c->board.high_resent = iss;
	c->rcv.wscale = xtcp_wscale_for(c->limits.rcv_max);
	c->syn_sent_us = now_us;
	c->ts.on = c->env->knob.timestamps;
	c->board.on = c->env->knob.sack;
	c->ecn.high = iss;
	xtcp_ecn_ask(c);
	xtcp_txq_init(&c->txq, iss + 1);
	xtcp_count(c->env, XTCP_MIB_ACTIVE_OPENS);
	xtcp_conn_event(c, XTCP_EV_OPEN_ACTIVE);
}

void xtcp_conn_close(struct xtcp_conn *c, u64 now_us)
{
	if (c->snd.fin_queued || c->state == XTCP_CLOSED || c->state == XTCP_TIME_WAIT)
		return;
	/* In SYN-RECEIVED the FIN waits for ESTABLISHED (RFC 9293 3.10.4). */
	if (c->state == XTCP_SYN_RECEIVED)
		c->snd.fin_queued = true;
	else
		xtcp_conn_event(c, XTCP_EV_CLOSE);
}

void xtcp_conn_orphan(struct xtcp_conn *c, u64 now_us)
{
	u32 life_s;

	c->orphan = true;
	xtcp_timer_clear(c, XTCP_TIMER_KEEPALIVE);
	if (c->state != XTCP_FIN_WAIT_2)
		return;
	if (c->user.linger2_s < 0) {
		xtcp_count(c->env, XTCP_MIB_ABORT_ON_LINGER);
		xtcp_conn_abort(c, 0);
		return;
	}
	life_s = c->user.linger2_s ? c->user.linger2_s : c->env->knob.fin_timeout;
	xtcp_timer_set(c, XTCP_TIMER_FIN_WAIT_2, now_us + life_s * XTCP_USEC_PER_SEC);
}

void xtcp_fin_wait_2_expired(struct xtcp_conn *c, u64 now_us)
{
	if (c->state != XTCP_FIN_WAIT_2)
		return;
	xtcp_count(c->env, XTCP_MIB_ABORT_ON_LINGER);
	xtcp_conn_die(c, 0);
}

u16 xtcp_eff_mss(const struct xtcp_conn *c)
{
	u16 mss = c->snd.mss_peer < c->limits.mss_path ? c->snd.mss_peer : c->limits.mss_path;

	if (c->plpmtud.on && c->plpmtud.low < mss)
		mss = c->plpmtud.low;
	return mss - (c->ts.on ? XTCP_TS_SPACE : 0);
}

void xtcp_agree(struct xtcp_conn *c, const struct xtcp_options *opt, bool wscale_offered)
{
	u16 mss = opt->mss ? opt->mss : c->limits.mss_default;
	u16 least = c->env->knob.min_snd_mss;

	/* Tiny segments would cost us more than the peer (CVE-2019-11479). */
	c->snd.mss_peer = mss < least ? least : mss;
	/* Both or neither (RFC 7323 2.2). */
	if (!opt->has_wscale || !wscale_offered) {
		c->snd.wscale = 0;
		c->rcv.wscale = 0;
	} else {
		c->snd.wscale = opt->wscale;
	}
	c->ts.on = c->ts.on && opt->has_ts;
	c->board.on = c->board.on && opt->sack_ok;
	xtcp_plpmtud_begin(c);
	c->snd.mss = xtcp_eff_mss(c);
	c->cc.mss = c->snd.mss;
	c->rcv.unit = c->limits.mss_adv < 536 ? c->limits.mss_adv : 536;
}

/* How long an unmeasured path may take before data goes again (RFC 6298 5.7). */
#define RTO_AFTER_LOST_SYN_US	(3 * XTCP_USEC_PER_SEC)

static void first_rtt(struct xtcp_conn *c, u32 rtt_us, u64 now_us)
{
	const struct xtcp_sysctls *k = &c->env->knob;

	xtcp_rtt_sample(c, rtt_us);
	xtcp_min_rtt_update(&c->rate.min_rtt, rtt_us, k->min_rtt_wlen * XTCP_USEC_PER_SEC, now_us);
}

void xtcp_transfer_begins(struct xtcp_conn *c)
{
	bool lost_twice = c->retransmits > 1;

	c->cc.cwnd = lost_twice ? c->cc.mss : xtcp_initial_window(c);
	xtcp_delack_init(c);
	c->tlp.measured = true;
	c->rcv.copied = c->rcv.nxt;
	c->rcv.drained = c->rcv.nxt;
}

void xtcp_established(struct xtcp_conn *c, u64 now_us)
{
	if (c->retransmits)
		c->rtt.rto_us = max_t(u32, c->rtt.rto_us, RTO_AFTER_LOST_SYN_US);
	else if (c->syn_sent_us)
		first_rtt(c, now_us - c->syn_sent_us, now_us);
	if (!c->fastopen.early)
		xtcp_transfer_begins(c);
	xtcp_tally_progress(c, now_us);
	c->rtt.backoff = 0;
	c->retransmits = 0;
	c->heard_us = now_us;
	c->stuck_us = now_us;
	xtcp_rto_restart(c, now_us);
	c->wake |= XTCP_WAKE_WRITE;
	xtcp_ecn_established(c);
	xtcp_keepalive_start(c, now_us);
	if (c->snd.fin_queued)
		xtcp_conn_event(c, XTCP_EV_CLOSE);
}

/* The sums are what the marks say. */
static bool board_adds_up(const struct xtcp_conn *c)
{
	const struct xtcp_tx *tx;
	u32 sacked = 0;
	u32 lost = 0;

	list_for_each_entry(tx, &c->txq.queue, node) {
		u32 n = xtcp_tx_end(tx) - xtcp_seq_max(tx->seq, c->snd.una);

		if (tx->mark & XTCP_SACKED)
			sacked += n;
		if (tx->mark & XTCP_LOST)
			lost += n;
		if (tx->mark && !tx->times_sent)
			return false;
	}
	return sacked == c->board.sacked && lost == c->board.lost;
}

static bool queue_is_whole(const struct xtcp_conn *c)
{
	const struct xtcp_tx *tx;
	bool seen_unsent = false;
	bool first = true;
	u32 at = 0;

	list_for_each_entry(tx, &c->txq.queue, node) {
		if (!tx->len || (!first && tx->seq != at))
			return false;
		if (tx == c->txq.next)
			seen_unsent = true;
		if (seen_unsent == !!tx->times_sent)
			return false;
		if (tx == &c->txq.fin)
			return tx->seq == c->txq.end && list_is_last(&tx->node, &c->txq.queue);
		at = tx->seq + tx->len;
		first = false;
	}
	return first || at == c->txq.end;
}

int xtcp_conn_check(const struct xtcp_conn *c)
{
	if (c->state == XTCP_CLOSED || c->state == XTCP_LISTEN)
		return 0;
	if (xtcp_seq_gt(c->snd.una, c->snd.nxt))
		return 1;
	if (c->snd.nxt != c->snd.iss &&
	    xtcp_seq_gt(c->snd.nxt, c->txq.end + c->snd.fin_queued))
		return 2;
	if (!queue_is_whole(c))
		return 3;
	if (!xtcp_is_synchronized(c->state))
		return 0;
	if (xtcp_seq_gt(c->rcv.nxt, c->rcv.edge))
		return 4;
	if (xtcp_seq_gt(c->rcv.copied, c->rcv.nxt))
		return 5;
	if (c->state != XTCP_SYN_RECEIVED && c->cc.cwnd < c->cc.mss)
		return 6;
	if (!board_adds_up(c))
		return 7;
	/* What is in flight has a timer, unless output still owes it. */
	if (c->snd.una != c->snd.nxt && c->state != XTCP_TIME_WAIT &&
	    !xtcp_timer_armed(c, XTCP_TIMER_RTO) && !c->owes)
		return 8;
	return 0;
}
