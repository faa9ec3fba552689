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

static void sender_info(const struct xtcp_conn *c, struct tcp_info *info)
{
	info->tcpi_snd_mss = c->snd.mss;
	info->tcpi_snd_wscale = c->snd.wscale;
	info->tcpi_unacked = segments(c->snd.nxt - c->snd.una, c->snd.mss);
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

void xtcp_get_info(struct xtcp_sock *xs, struct tcp_info *info)
{
	const struct xtcp_conn *c = &xs->conn;
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
	if (c->ecn.on)
		info->tcpi_options |= TCPI_OPT_ECN;
	if (c->board.on)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (c->ts.on)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (c->snd.wscale || c->rcv.wscale)
		info->tcpi_options |= TCPI_OPT_WSCALE;
	if (c->fastopen.acked)
		info->tcpi_options |= TCPI_OPT_SYN_DATA;
	info->tcpi_fastopen_client_fail = c->fastopen.fail;
	info->tcpi_last_data_sent = ms_since(c->sent_us, now_us);
	info->tcpi_last_data_recv = ms_since(c->delack.last_data_us, now_us);
	info->tcpi_last_ack_recv = ms_since(c->heard_us, now_us);
	dst = __sk_dst_get(sk);
	if (dst)
		info->tcpi_pmtu = dst_mtu(dst);
}
