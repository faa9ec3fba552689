// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the network has for a socket: segments and news about the path. Called
 * by ip/ in softirq context; what finds the socket owned by its user waits in
 * the backlog or as a deferred bit until release_sock().
 */
#include <linux/filter.h>
#include <linux/security.h>
#include <net/busy_poll.h>
#include <xtcp/icmp.h>
#include <xtcp/tell.h>
#include "internal.h"

/* Beyond the buffers, for what the user is about to free. */
#define BACKLOG_SPARE	65536

static u32 backlog_limit(const struct sock *sk)
{
	u64 limit = 2ULL * READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf) + BACKLOG_SPARE;

	return min_t(u64, limit, INT_MAX);
}

void xtcp_sock_deliver(struct xtcp_sock *xs, struct sk_buff *skb, const struct xtcp_seg *seg,
		       u64 now_us)
{
	struct xtcp_rx_cb *cb = xtcp_rx_cb(skb);
	struct xtcp_arrival a = {
		.seg = seg,
		.rxd = seg->len ? &cb->rxd : NULL,
		.now_us = now_us,
	};
	u8 phase = xs->conn.recovery.phase;
	bool opening = xs->conn.state == XTCP_SYN_SENT;
	enum xtcp_drop why;

	sk_mark_napi_id(&xs->inet.sk, skb);
	xtcp_tell_in(xs->node.net, &xs->node.tuple, &xs->conn, xs->conn.state, skb, seg);
	xtcp_tell_rtt_begins(&xs->conn);
	cb->text_offset = seg->header_len;
	xtcp_sock_room(xs);
	if (unlikely(opening))
		xs->conn.limits.text_coming = xs->defer_accept || xs->inet.sk.sk_write_pending;
	if (seg->len)
		xtcp_rx_make_room(xs, skb, seg);
	why = xtcp_segment_arrives(&xs->conn, &a);
	if (unlikely(opening) && xs->conn.state >= XTCP_ESTABLISHED)
		security_inet_conn_established(&xs->inet.sk, skb);
	if (why == XTCP_DROP_QUEUE_FULL || why == XTCP_DROP_OFO_FULL)
		xtcp_count(xs->conn.env, XTCP_MIB_RCV_PRUNED);
	xtcp_tell_rtt(xs);
	xtcp_tell_phase(xs, phase);
	if (a.has_urgent)
		skb_copy_bits(skb, cb->text_offset + a.urgent_at, &xs->urgent_octet, 1);
	if (a.kept)
		xtcp_rx_own(xs, skb);
	else
		xtcp_drop_skb(xs->node.net, skb, why);
	xtcp_sock_drive(xs, now_us);
}

/* Struct sock.sk_backlog_rcv. The header was parsed once and is intact. */
int xtcp_sock_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_seg seg;

	if (xtcp_segment_parse(&seg, skb->data, skb_headlen(skb), skb->len)) {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_HEADER);
		return 0;
	}
	seg.arrived_us = xtcp_rx_cb(skb)->arrived_us;
	seg.ecn = xtcp_rx_cb(skb)->ecn;
	if (skb_is_gso(skb))
		seg.unit = min_t(u32, seg.unit, skb_shinfo(skb)->gso_size);
	xtcp_sock_deliver(xtcp_sk(sk), skb, &seg, xtcp_now_us());
	return 0;
}

void xtcp_sock_rcv(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg)
{
	/* A filter may cut text off, not the header. */
	if (sk_filter_trim_cap(sk, skb, seg->header_len)) {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_FILTER);
		return;
	}
	seg->len = skb->len - seg->header_len;
	seg->unit = min(seg->unit, seg->len);
	xtcp_rx_detach(skb);

	sk_incoming_cpu_update(sk);
	bh_lock_sock_nested(sk);
	/* Not before: another CPU may have been at it, and for core time does not go back. */
	seg->arrived_us = xtcp_now_us();
	if (!sock_owned_by_user(sk)) {
		xtcp_sock_deliver(xtcp_sk(sk), skb, seg, seg->arrived_us);
	} else {
		xtcp_rx_cb(skb)->arrived_us = seg->arrived_us;
		xtcp_rx_cb(skb)->ecn = seg->ecn;
		if (sk_add_backlog(sk, skb, backlog_limit(sk))) {
			xtcp_count(xtcp_sock_env(sk), XTCP_MIB_BACKLOG_DROP);
			xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_BACKLOG);
		}
	}
	bh_unlock_sock(sk);
}

/* An error about what is not in flight is old, or forged (RFC 5927 4). */
static bool is_plausible(struct sock *sk, u32 seq)
{
	if (xtcp_icmp_plausible(&xtcp_sk(sk)->conn, seq))
		return true;
	xtcp_count(xtcp_sock_env(sk), XTCP_MIB_OUT_OF_WINDOW_ICMPS);
	return false;
}

/* The connection is not over, but who asks for errors (IP_RECVERR) is to know at once. */
static void tell_error(struct sock *sk, int err)
{
	if (sk->sk_state == TCP_CLOSE || sock_flag(sk, SOCK_DEAD))
		return;
	WRITE_ONCE(sk->sk_err, err);
	sk_error_report(sk);
}

/* One that finds the socket in use is lost: so might the packet have been. */
void xtcp_sock_icmp(struct sock *sk, u32 seq, int err, struct sk_buff *skb, u32 at)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	bh_lock_sock(sk);
	if (sock_owned_by_user(sk)) {
		xtcp_count(xs->conn.env, XTCP_MIB_LOCK_DROPPED_ICMPS);
	} else if (is_plausible(sk, seq)) {
		bool asked = xtcp_wants_errors(sk, skb->protocol);
		u64 now_us = xtcp_now_us();

		xtcp_icmp_error(&xs->conn, err);
		/* What ends an attempt to connect tells more of itself. */
		if (asked && xs->conn.state == XTCP_CLOSED)
			xtcp_queue_icmp(sk, skb, at, err);
		if (err == ENETUNREACH || err == EHOSTUNREACH)
			xtcp_rto_unreachable(&xs->conn, seq, now_us);
		xtcp_sock_drive(xs, now_us);
		if (asked)
			tell_error(sk, err);
	}
	bh_unlock_sock(sk);
}

void xtcp_sock_pmtu_deferred(struct xtcp_sock *xs)
{
	struct xtcp_limits *limits = &xs->conn.limits;
	u64 now_us = xtcp_now_us();
	u32 mtu;

	if (xs->inet.sk.sk_state == TCP_CLOSE)
		return;
	mtu = xs->ip->update_pmtu(xs, xs->pmtu);
	xtcp_sock_limits(xs);
	if (mtu > xs->ip->header_len + XTCP_HEADER_MIN + XTCP_MSS_MIN)
		limits->mss_path = min_t(u32, limits->mss_path,
					 mtu - xs->ip->header_len - XTCP_HEADER_MIN);
	xtcp_pmtu_changed(&xs->conn, now_us);
	xtcp_sock_drive(xs, now_us);
}

void xtcp_sock_pmtu(struct sock *sk, u32 seq, u32 mtu)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	bh_lock_sock(sk);
	if (sk->sk_state != TCP_CLOSE && is_plausible(sk, seq)) {
		xs->pmtu = mtu;
		if (sock_owned_by_user(sk))
			set_bit(XTCP_DEFERRED_PMTU, &xs->deferred);
		else
			xtcp_sock_pmtu_deferred(xs);
	}
	bh_unlock_sock(sk);
}
