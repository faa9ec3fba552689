// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ICMP errors mean to a connection (RFC 9293 3.9.2.2, RFC 5927) and what
 * a change of the path MTU does (RFC 1191, RFC 8201).
 */
#include <linux/minmax.h>
#include <xtcp/icmp.h>

bool xtcp_icmp_plausible(const struct xtcp_conn *c, u32 seq)
{
	if (c->state == XTCP_CLOSED || c->state == XTCP_LISTEN)
		return false;
	return xtcp_seq_ge(seq, c->snd.una) && xtcp_seq_le(seq, c->snd.nxt);
}

void xtcp_icmp_error(struct xtcp_conn *c, int err)
{
	bool opening = c->state == XTCP_SYN_SENT || (c->state == XTCP_SYN_RECEIVED && !c->passive);

	/* No state is worth keeping yet; later all errors are soft (RFC 5461). */
	if (opening)
		xtcp_conn_die(c, err);
	else
		c->err_soft = err;
}

void xtcp_longer_is_lost(struct xtcp_conn *c, u32 len)
{
	struct xtcp_tx *tx;

	for (tx = xtcp_txq_first_sent(&c->txq); tx; tx = xtcp_txq_next_sent(&c->txq, tx))
		if (tx->len > len)
			xtcp_mark_lost(c, tx);
	if (!c->board.lost)
		return;
	c->recovery.phase = XTCP_LOSS;
	c->recovery.frto = XTCP_FRTO_NONE;
	c->recovery.high = c->snd.nxt;
	c->recovery.dupacks = 0;
	c->undo.armed = false;
}

void xtcp_pmtu_changed(struct xtcp_conn *c, u64 now_us)
{
	u16 mss;

	if (!c->snd.mss_peer)
		return;
	xtcp_plpmtud_on_path(c, now_us);
	mss = xtcp_eff_mss(c);
	if (mss == c->snd.mss)
		return;
	if (mss < c->snd.mss && c->snd.una != c->snd.nxt &&
	    c->state > XTCP_SYN_RECEIVED) {
		/* What was too big is gone; that is not congestion. */
		xtcp_longer_is_lost(c, mss);
	}
	c->snd.mss = mss;
	c->cc.mss = mss;
	c->cc.cwnd = max_t(u32, c->cc.cwnd, mss);
}
