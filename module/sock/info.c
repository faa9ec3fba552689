// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct tcp_info from a connection, for TCP_INFO. Fields that nothing here
 * measures stay 0.
 */
#include <linux/tcp.h>
#include <net/dst.h>
#include "internal.h"

static u32 segments(u32 bytes, u32 mss)
{
	return mss ? DIV_ROUND_UP(bytes, mss) : 0;
}

static u32 ms_since(u64 then_us, u64 now_us)
{
	return then_us && now_us > then_us ? div_u64(now_us - then_us, USEC_PER_MSEC) : 0;
}

static void listener_info(const struct xtcp_sock *xs, struct tcp_info *info)
{
	/* As Linux's TCP: the accept queue and its bound. */
	info->tcpi_unacked = READ_ONCE(xs->accept.nr_ready);
	info->tcpi_sacked = READ_ONCE(xs->accept.backlog);
}

static u8 ca_state(const struct xtcp_conn *c)
{
	switch (c->recovery.phase) {
	case XTCP_RECOVERY:
		return TCP_CA_Recovery;
	case XTCP_LOSS:
		return TCP_CA_Loss;
	default:
		if (c->ecn.on && xtcp_seq_lt(c->snd.una, c->ecn.high))
			return TCP_CA_CWR;
		return c->board.sacked || c->recovery.dupacks ? TCP_CA_Disorder : TCP_CA_Open;
	}
}

static void sender_info(struct xtcp_conn *c, struct tcp_info *info)
{
	info->tcpi_ca_state = ca_state(c);
	info->tcpi_snd_mss = c->snd.mss;
	info->tcpi_snd_wscale = c->snd.wscale;
	info->tcpi_unacked = segments(c->snd.nxt - c->snd.una, c->snd.mss);
	info->tcpi_sacked = segments(c->board.sacked, c->snd.mss);
	info->tcpi_lost = segments(c->board.lost, c->snd.mss);
	info->tcpi_retrans = segments(xtcp_board_resent(c), c->snd.mss);
	info->tcpi_retransmits = c->retransmits;
	info->tcpi_backoff = c->rtt.backoff;
	info->tcpi_probes = c->persist.backoff;
	info->tcpi_rto = c->rtt.rto_us;
	info->tcpi_rtt = c->rtt.srtt_us;
	info->tcpi_rttvar = c->rtt.rttvar_us;
	info->tcpi_snd_cwnd = segments(c->cc.cwnd, c->cc.mss);
	info->tcpi_snd_ssthresh = c->cc.ssthresh;
	if (c->cc.ssthresh < XTCP_SSTHRESH_INFINITE)
		info->tcpi_snd_ssthresh = segments(c->cc.ssthresh, c->cc.mss);
	if (xtcp_seq_gt(c->txq.end, c->snd.nxt))
		info->tcpi_notsent_bytes = c->txq.end - c->snd.nxt;
	info->tcpi_snd_wnd = c->snd.wnd;
	info->tcpi_delivered = div_u64(c->rate.delivered + c->snd.mss - 1, c->snd.mss ?: 1);
	info->tcpi_delivered_ce = c->accecn.on ? c->accecn.told - XTCP_ACE_INITIAL :
						 c->tally.marked;
	info->tcpi_delivery_rate = xtcp_rate_shown(&c->rate);
	info->tcpi_delivery_rate_app_limited = c->rate.shown_limited;
	/* As Linux's TCP has it where none is known. */
	info->tcpi_min_rtt = xtcp_min_rtt_get(&c->rate.min_rtt) ?: ~0U;
}

static void receiver_info(const struct xtcp_conn *c, struct tcp_info *info)
{
	info->tcpi_rcv_mss = c->rcv.unit;
	info->tcpi_rcv_wscale = c->rcv.wscale;
	info->tcpi_rcv_space = c->limits.rcv_buf;
	info->tcpi_rcv_ssthresh = xtcp_rcv_wnd(c);
	xtcp_info_rcv_wnd(info, xtcp_rcv_wnd(c));
	info->tcpi_advmss = c->limits.mss_adv;
	info->tcpi_ato = c->delack.ato_us;
}

static void sums(const struct xtcp_conn *c, struct tcp_info *info, u64 now_us)
{
	const struct xtcp_tally *t = &c->tally;
	u32 farthest = READ_ONCE(c->env->knob.max_reordering);

	info->tcpi_bytes_sent = t->sent;
	info->tcpi_bytes_retrans = t->resent;
	info->tcpi_bytes_acked = t->acked;
	info->tcpi_bytes_received = t->received;
	info->tcpi_segs_out = t->segs_out;
	info->tcpi_segs_in = t->segs_in;
	info->tcpi_data_segs_out = t->text_out;
	info->tcpi_data_segs_in = t->text_in;
	info->tcpi_total_retrans = t->segs_resent;
	info->tcpi_rcv_ooopack = t->behind_hole;
	info->tcpi_dsack_dups = t->dups;
	info->tcpi_reord_seen = t->reorderings;
	info->tcpi_reordering = min(max(t->reordering, xtcp_dupthresh(c)), farthest);
	info->tcpi_rwnd_limited = xtcp_tally_bound_us(c, XTCP_BY_WINDOW, now_us);
	info->tcpi_sndbuf_limited = xtcp_tally_bound_us(c, XTCP_BY_BUFFER, now_us);
	info->tcpi_busy_time = info->tcpi_rwnd_limited + info->tcpi_sndbuf_limited +
			       xtcp_tally_bound_us(c, XTCP_BY_PATH, now_us);
	xtcp_info_timeouts(info, t->timeouts, t->timeout_phases,
			   div_u64(t->timeout_us, USEC_PER_MSEC));
}

static u8 options_of(const struct xtcp_conn *c)
{
	return (c->ecn.on ? TCPI_OPT_ECN : 0) | (c->ecn.seen ? TCPI_OPT_ECN_SEEN : 0) |
	       (c->board.on ? TCPI_OPT_SACK : 0) | (c->ts.on ? TCPI_OPT_TIMESTAMPS : 0) |
	       (c->snd.wscale || c->rcv.wscale ? TCPI_OPT_WSCALE : 0) |
	       (c->fastopen.acked ? TCPI_OPT_SYN_DATA : 0);
}

void xtcp_get_info(struct xtcp_sock *xs, struct tcp_info *info)
{
	struct xtcp_conn *c = &xs->conn;
	struct sock *sk = &xs->inet.sk;
	const struct dst_entry *dst;
	u64 now_us = xtcp_now_us();

	memset(info, 0, sizeof(*info));
	info->tcpi_state = sk->sk_state;
	if (sk->sk_state == TCP_LISTEN) {
		listener_info(xs, info);
		return;
	}
	if (c->state == XTCP_CLOSED)
		return;
	sender_info(c, info);
	info->tcpi_pacing_rate = xtcp_pace_rate(c) ?: READ_ONCE(sk->sk_max_pacing_rate);
	info->tcpi_max_pacing_rate = READ_ONCE(sk->sk_max_pacing_rate);
	receiver_info(c, info);
	sums(c, info, now_us);
	info->tcpi_options = options_of(c);
	info->tcpi_fastopen_client_fail = c->fastopen.fail;
	info->tcpi_last_data_sent = ms_since(c->sent_us, now_us);
	info->tcpi_last_data_recv = ms_since(c->delack.last_data_us, now_us);
	info->tcpi_last_ack_recv = ms_since(c->heard_us, now_us);
	dst = __sk_dst_get(sk);
	if (dst)
		info->tcpi_pmtu = dst_mtu(dst);
}
