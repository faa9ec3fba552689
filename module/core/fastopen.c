// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP Fast Open (RFC 7413): text in SYNs. Who may have it is the shell's to say
 * (sock/fastopen.c, sock/fastopen_client.c): cookies are made and kept there.
 * What is sent again goes without text and without the option, in case somebody
 * on the way does not like them (4.1.3, 4.2.1); and what looks as if he did is
 * told. Called by connect.c, input.c, ack.c, output.c, rto.c.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/icmp.h>
#include <xtcp/syn_text.h>

/* As much of the SYN's text as the window takes; the rest comes again. */
static void take_text(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	u32 end = xtcp_seq_min(c->rcv.nxt + a->seg->len, c->rcv.edge);

	if (!a->rxd || end == c->rcv.nxt)
		return;
	a->rxd->seq = c->rcv.nxt;
	a->rxd->end = end;
	list_add_tail(&a->rxd->list, &c->rxq.ready);
	a->kept = true;
	c->rcv.nxt = end;
	c->rcv.edge = xtcp_seq_max(c->rcv.edge, end + min_t(u32, c->limits.rcv_free, U16_MAX));
	c->delack.last_data_us = a->now_us;
	c->fastopen.acked = true;
	c->wake |= XTCP_WAKE_READ;
}

void xtcp_fastopen_begin(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	c->fastopen.early = true;
	/* No request has sent the SYN,ACK. */
	c->snd.nxt = c->snd.iss;
	c->owes |= XTCP_OWES_SYN;
	c->accecn.option.proved = false;
	c->snd.wnd = a->seg->wnd; /* never scaled in a SYN (RFC 7323 2.2) */
	c->snd.max_wnd = c->snd.wnd;
	c->snd.wl2 = c->snd.iss;
	xtcp_transfer_begins(c);
	c->cc.cwnd++; /* the SYN,ACK is in flight too */
	take_text(c, a);
}

void xtcp_fastopen_syn_again(struct xtcp_conn *c, const struct xtcp_seg *syn)
{
	if (!c->fastopen.early || !c->ts.on || !syn->opt.has_ts)
		return;
	c->ts.recent = syn->opt.tsval;
	c->ts.recent_us = syn->arrived_us;
}

void xtcp_fastopen_text_is_here(struct xtcp_conn *c, u64 now_us)
{
	c->fastopen.deferred = false;
	c->syn_sent_us = now_us;
}

/* Whatever options there are: all that they could take is kept for them. */
u32 xtcp_fastopen_room(const struct xtcp_conn *c)
{
	u16 mss = c->fastopen.mss ? c->fastopen.mss : c->limits.mss_default;

	mss = min(mss, c->limits.mss_path);
	return mss > XTCP_OPTION_SPACE ? mss - XTCP_OPTION_SPACE : 0;
}

/* Without PSH, as everybody sends it: what a SYN has is read at once anyway. */
static void add_text(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	struct xtcp_tx *tx = c->txq.next;
	u32 room = xtcp_fastopen_room(c);

	if (!tx || !room || (tx->len > room && xtcp_txq_cut(c, tx, room)))
		return;
	plan->tx = tx;
	plan->len = tx->len;
	plan->mss = tx->len; /* one segment, however long */
	c->fastopen.sent = true;
}

void xtcp_fastopen_plan(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	const struct xtcp_fastopen_cookie *cookie = &c->fastopen.cookie;

	if (!(plan->flags & XTCP_SYN) || plan->again)
		return;
	if (c->fastopen.ask || (c->passive && cookie->len)) {
		plan->opt.has_fastopen = true;
		plan->opt.fastopen_exp = cookie->exp;
		plan->opt.fastopen_len = cookie->len;
		memcpy(plan->opt.fastopen, cookie->val, sizeof(cookie->val));
	}
	if (c->state != XTCP_SYN_SENT)
		return;
	add_text(c, plan);
	c->fastopen.tried = c->fastopen.ask || c->fastopen.sent;
}

/* Nobody gives a cookie unasked. */
static void learn(struct xtcp_conn *c, const struct xtcp_options *opt)
{
	if (!c->fastopen.ask || !opt->fastopen_len)
		return;
	c->fastopen.cookie.len = opt->fastopen_len;
	c->fastopen.cookie.exp = opt->fastopen_exp;
	memcpy(c->fastopen.cookie.val, opt->fastopen, sizeof(opt->fastopen));
	c->fastopen.learned = true;
}

void xtcp_fastopen_answered(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u8 fail = c->retransmits ? XTCP_FASTOPEN_SYN_LOST : XTCP_FASTOPEN_NOT_ACKED;
	struct xtcp_delivery d = { .una = c->snd.una };

	c->fastopen.lost = c->retransmits > 0;
	learn(c, &seg->opt);
	if (!c->fastopen.sent)
		return;
	if (xtcp_seq_gt(seg->ack, c->snd.una)) {
		xtcp_board_ack(c, seg, &d);
		c->tally.acked += d.acked;
		c->fastopen.acked = true;
		xtcp_count(c->env, XTCP_MIB_FASTOPEN_ACTIVE);
	} else {
		c->fastopen.fail = fail;
		xtcp_count(c->env, XTCP_MIB_FASTOPEN_ACTIVE_FAIL);
	}
	xtcp_longer_is_lost(c, 0);
}

/*
 * Text that left behind a SYN,ACK which had to go again is as good as lost, and
 * so is that of our SYN after a simultaneous open: nobody takes it there.
 */
void xtcp_fastopen_established(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	bool again = c->fastopen.early && c->retransmits;

	if ((again || c->fastopen.sent) && seg->ack == c->snd.una)
		xtcp_longer_is_lost(c, 0);
}

/* Timeouts in a row that make a black hole likely, as in Linux. */
#define HOLE_TIMEOUTS 3

void xtcp_fastopen_timed_out(struct xtcp_conn *c, bool last)
{
	u32 timeouts = c->retransmits + 1;

	if (!c->fastopen.tried || timeouts > HOLE_TIMEOUTS || (timeouts < HOLE_TIMEOUTS && !last))
		return;
	if (c->state == XTCP_SYN_SENT)
		c->fastopen.fail = XTCP_FASTOPEN_SYN_LOST;
	c->wake |= XTCP_WAKE_HOLE;
}

/* Number of the first octet of text that the peer may have sent. */
static u32 first_text(const struct xtcp_conn *c)
{
	return c->rcv.irs + 1;
}

static bool is_fin_taken(const struct xtcp_conn *c)
{
	return c->rcv.fin_known && c->rcv.nxt == c->rcv.fin_seq + 1;
}

bool xtcp_fastopen_has_text(const struct xtcp_conn *c)
{
	return c->report.nr || c->rcv.nxt - is_fin_taken(c) != first_text(c);
}

void xtcp_fastopen_blind_reset(struct xtcp_conn *c)
{
	if (c->fastopen.tried && c->state == XTCP_ESTABLISHED && !xtcp_fastopen_has_text(c))
		c->wake |= XTCP_WAKE_HOLE;
}

bool xtcp_fastopen_fin_alone(const struct xtcp_conn *c)
{
	return c->rcv.fin_known && !is_fin_taken(c) && !xtcp_fastopen_has_text(c);
}
