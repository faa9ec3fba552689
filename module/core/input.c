// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEGMENT ARRIVES (RFC 9293 3.10.7.4): the eight steps, in their order. Each
 * returns XTCP_DROP_NONE to go on or the reason to stop. The fifth step is in
 * ack.c, the sixth in urgent.c, the seventh in text.c, SYN-SENT in connect.c.
 */
#include <linux/errno.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>
#include <xtcp/syn_text.h>

/* The table of RFC 9293 3.4, with RCV.WND = edge - nxt. */
static bool acceptable(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u32 len = xtcp_seg_len(seg);
	u32 wnd = xtcp_rcv_wnd(c);

	if (!wnd)
		return !len && seg->seq == c->rcv.nxt;
	if (!len)
		return xtcp_seq_in(seg->seq, c->rcv.nxt, wnd);
	return xtcp_seq_in(seg->seq, c->rcv.nxt, wnd) ||
	       xtcp_seq_in(seg->seq + len - 1, c->rcv.nxt, wnd);
}

/*
 * At a closed window the next segment's ACK, RST and URG still count
 * (MUST-66), and so does a FIN that has no text before it.
 */
static bool acceptable_at_closed_window(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;

	if (xtcp_rcv_wnd(c) || seg->seq != c->rcv.nxt)
		return false;
	if (seg->len) {
		xtcp_count(c->env, XTCP_MIB_ZERO_WINDOW_DROP);
		a->rxd = NULL;
		xtcp_ack_now(c);
	}
	return true;
}

/*
 * A peer that has filled the window numbers its ACKs with the edge. The table
 * refuses them; but if both ends have filled the other's window and lost some
 * of it, neither would ever learn what the other has.
 */
static bool is_ack_at_edge(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	return seg->seq == c->rcv.edge && !xtcp_seg_len(seg) && !(seg->flags & XTCP_RST);
}

static void challenge_syn(struct xtcp_conn *c, u64 now_us)
{
	xtcp_count(c->env, XTCP_MIB_SYN_CHALLENGE);
	xtcp_challenge_ack(c, now_us);
}

static enum xtcp_drop check_sequence(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;

	if (acceptable(c, seg) || acceptable_at_closed_window(c, a) || is_ack_at_edge(c, seg)) {
		xtcp_ts_take(c, seg);
		xtcp_ecn_received(c, seg);
		return XTCP_DROP_NONE;
	}
	if (seg->flags & XTCP_RST)
		return XTCP_DROP_SEQUENCE;
	/* A SYN proves nothing, whatever its number (RFC 5961 4.2). */
	if (seg->flags & XTCP_SYN) {
		challenge_syn(c, a->now_us);
		xtcp_accecn_syn_again(c, seg);
		return XTCP_DROP_SYN;
	}
	if (seg->len && xtcp_seq_le(seg->seq + seg->len, c->rcv.nxt))
		xtcp_text_known(c, seg->seq, seg->seq + seg->len);
	/* Text and FIN are answered always; the rest could go back and forth. */
	if (xtcp_seg_len(seg))
		xtcp_ack_now(c);
	else
		xtcp_ack_stray(c, a->now_us, XTCP_MIB_ACK_SKIPPED_SEQ);
	return XTCP_DROP_SEQUENCE;
}

static int reset_error(const struct xtcp_conn *c)
{
	switch (c->state) {
	case XTCP_SYN_RECEIVED:
		return c->passive ? ECONNRESET : ECONNREFUSED;
	case XTCP_CLOSE_WAIT:
		return EPIPE;
	default:
		return ECONNRESET;
	}
}

static enum xtcp_drop check_reset(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	if (!(a->seg->flags & XTCP_RST))
		return XTCP_DROP_NONE;
	if (a->seg->seq != c->rcv.nxt) {
		xtcp_fastopen_blind_reset(c);
		xtcp_challenge_ack(c, a->now_us);
		return XTCP_DROP_BLIND_RESET;
	}
	xtcp_conn_die(c, reset_error(c));
	return XTCP_DROP_RESET;
}

static enum xtcp_drop check_syn(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	if (!(a->seg->flags & XTCP_SYN))
		return XTCP_DROP_NONE;
	challenge_syn(c, a->now_us);
	return XTCP_DROP_SYN;
}

/* Eighth step. Also remembers a FIN that is ahead of missing text. */
enum xtcp_drop xtcp_fin(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;
	bool owed;

	if (!xtcp_may_receive(c->state))
		return XTCP_DROP_NONE;
	if ((seg->flags & XTCP_FIN) && !c->rcv.fin_known &&
	    xtcp_seq_le(seg->seq + seg->len, c->rcv.edge)) {
		c->rcv.fin_known = true;
		c->rcv.fin_seq = seg->seq + seg->len;
		if (c->rcv.fin_seq != c->rcv.nxt)
			xtcp_ack_now(c);
	}
	if (!c->rcv.fin_known || c->rcv.fin_seq != c->rcv.nxt)
		return XTCP_DROP_NONE;
	c->rcv.nxt++;
	c->rcv.edge = xtcp_seq_max(c->rcv.edge, c->rcv.nxt);
	xtcp_reasm_purge(&c->rxq);
	xtcp_report_advance(&c->report, c->rcv.edge);
	c->wake |= XTCP_WAKE_READ;
	owed = c->owes & XTCP_OWES_ACK;
	xtcp_conn_event(c, XTCP_EV_RCV_FIN);
	/* A user who closes at once sends it with his own FIN (mission D17). */
	if (c->state == XTCP_CLOSE_WAIT && !owed)
		xtcp_ack_later(c, a->now_us);
	return XTCP_DROP_NONE;
}

/* clang-format off */
static enum xtcp_drop eight_steps(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	return xtcp_ts_check(c, a)	/* RFC 7323 5.3           */
	    ?: check_sequence(c, a)	/* first                  */
	    ?: check_reset(c, a)	/* second, RFC 5961 3.2   */
	    ?: check_syn(c, a)		/* fourth, RFC 5961 4.2   */
	    ?: xtcp_ack(c, a)		/* fifth                  */
	    ?: xtcp_urgent(c, a)	/* sixth                  */
	    ?: xtcp_text(c, a)		/* seventh                */
	    ?: xtcp_fin(c, a);		/* eighth                 */
}

/* clang-format on */

/*
 * The SYN that we know already, in SYN-RECEIVED after a simultaneous or a fast open.
 * Bare, it asks for our SYN,ACK again; with an ACK it completes the handshake
 * (RFC 9293 figure 7).
 */
static enum xtcp_drop same_syn(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *whole = a->seg;
	struct xtcp_seg behind_syn = *whole;
	enum xtcp_drop drop;

	if (!xtcp_accecn_same_syn(c, whole)) {
		xtcp_conn_abort(c, reset_error(c));
		return XTCP_DROP_SYN;
	}
	if (!(whole->flags & XTCP_ACK)) {
		xtcp_fastopen_syn_again(c, whole);
		c->owes |= XTCP_OWES_SYN;
		return XTCP_DROP_SYN;
	}
	behind_syn.seq++;
	behind_syn.flags &= ~XTCP_SYN;
	/* It came unscaled, as in every SYN; the steps scale it (RFC 7323 2.2). */
	behind_syn.wnd >>= c->snd.wscale;
	/* The pointer counts from the SYN, and has nothing to say of it alone. */
	if (behind_syn.urg > 1)
		behind_syn.urg--;
	else
		behind_syn.flags &= ~XTCP_URG;
	a->seg = &behind_syn;
	xtcp_ack_now(c);
	drop = eight_steps(c, a);
	a->seg = whole;
	return drop;
}

/* Only who has sent a SYN himself answers one with another. */
static bool may_repeat(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	return !c->passive || (c->fastopen.early && !(seg->flags & XTCP_ACK));
}

enum xtcp_drop xtcp_segment_arrives(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const u8 syn_or_rst = XTCP_SYN | XTCP_RST;

	if (c->state == XTCP_CLOSED || c->state == XTCP_LISTEN || c->state == XTCP_TIME_WAIT)
		return XTCP_DROP_CLOSED;
	xtcp_tally_arrived(c, a->seg);
	if (c->state == XTCP_SYN_SENT)
		return xtcp_syn_sent_arrives(c, a);
	if (c->state == XTCP_SYN_RECEIVED && may_repeat(c, a->seg) && a->seg->seq == c->rcv.irs &&
	    (a->seg->flags & syn_or_rst) == XTCP_SYN)
		return same_syn(c, a);
	return eight_steps(c, a);
}
