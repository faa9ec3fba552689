// SPDX-License-Identifier: GPL-2.0-only
/*
 * What core must know of the socket's buffers, its route and its pace: fills struct xtcp_limits.
 */
#include <net/dst.h>
#include <net/tcp.h>
#include "internal.h"

/* A minute, well below what would overflow in us. */
#define RTO_MIN_MOST_MS	60000U

static u32 ip_options_len(const struct xtcp_sock *xs)
{
	const struct ipv6_txoptions *opt6;
	const struct ip_options_rcu *opt4;
	u32 len;

	rcu_read_lock();
	if (xs->ip->family == AF_INET) {
		opt4 = rcu_dereference(xs->inet.inet_opt);
		len = opt4 ? opt4->opt.optlen : 0;
	} else {
		opt6 = rcu_dereference(xs->inet6.opt);
		len = opt6 ? opt6->opt_flen + opt6->opt_nflen : 0;
	}
	rcu_read_unlock();
	return len;
}

/*
 * The floor of the RTO counts only if it is locked, as `ip route` does of itself: else it is what
 * the kernel's TCP of old has measured.
 */
static noinline void take_metrics(const struct dst_entry *dst, struct xtcp_route *route)
{
	if (dst_metric_locked(dst, RTAX_RTO_MIN))
		route->rto_min_us = min_t(u32, dst_metric(dst, RTAX_RTO_MIN), RTO_MIN_MOST_MS) *
				    USEC_PER_MSEC;
	route->window = dst_metric(dst, RTAX_WINDOW);
	route->init_cwnd = min_t(u32, dst_metric(dst, RTAX_INITCWND), U16_MAX);
	route->init_rwnd = min_t(u32, dst_metric(dst, RTAX_INITRWND), U16_MAX);
	route->quickack = dst_metric(dst, RTAX_QUICKACK);
	route->ecn = dst_feature(dst, RTAX_FEATURE_ECN);
}

/* Most routes say nothing. */
static __always_inline void take_route(const struct dst_entry *dst, struct xtcp_route *route)
{
	memset(route, 0, sizeof(*route));
	if (unlikely(DST_METRICS_PTR(dst) != dst_default_metrics.metrics))
		take_metrics(dst, route);
}

/* Without a route what was found last stays in force. */
static void path_limits(struct xtcp_sock *xs)
{
	struct xtcp_limits *limits = &xs->conn.limits;
	struct sock *sk = &xs->inet.sk;
	struct dst_entry *dst = __sk_dst_get(sk);
	u32 headers = xs->ip->header_len + XTCP_HEADER_MIN;
	u32 mtu, path, adv, whole;

	limits->mss_default = xs->ip->mss_default;
	if (!dst)
		return;
	mtu = dst_mtu(dst);
	if (limits->mss_path && dst == xs->path.dst && mtu == xs->path.mtu)
		return;
	xs->path.dst = dst;
	xs->path.mtu = mtu;
	take_route(dst, &limits->route);
	path = mtu - headers - ip_options_len(xs);
	path = clamp_t(s32, path, XTCP_MSS_MIN, U16_MAX - headers);
	adv = clamp_t(u32, dst_metric_advmss(dst), XTCP_MSS_MIN, U16_MAX);
	if (xs->user_mss) {
		path = min_t(u32, path, xs->user_mss);
		adv = min_t(u32, adv, xs->user_mss);
	}
	limits->mss_path = path;
	limits->mss_adv = adv;
	limits->gso_max = path;
	if (!sk_can_gso(sk))
		return;
	whole = min_t(u64, (u64)sk->sk_gso_max_segs * path, sk->sk_gso_max_size);
	limits->gso_max = clamp_t(u32, whole, path, U16_MAX - headers - MAX_TCP_OPTION_SPACE);
}

static void pace_limits(const struct sock *sk, struct xtcp_limits *limits)
{
	unsigned long most = READ_ONCE(sk->sk_max_pacing_rate);

	limits->pace_max = most == ~0UL ? 0 : most;
	/* The qdisc fq says that it paces; it goes by sk_pacing_rate. */
	limits->pace_by_qdisc = READ_ONCE(sk->sk_pacing_status) == SK_PACING_FQ;
}

/* As much of a window as TCP_WINDOW_CLAMP, or else the route, lets be offered; 0: any. */
static u32 window_most(const struct xtcp_sock *xs, const struct xtcp_route *route)
{
	return READ_ONCE(xs->window_clamp) ?: route->window;
}

static u32 bounded(u32 window, u32 most)
{
	return unlikely(most) ? min(window, most) : window;
}

/*
 * Text that the receive buffer may come to hold: the user's word is final.
 * Of a connection that only begins it counts what he may still ask for, because
 * the window scale cannot be changed later.
 */
static u32 rcv_max(const struct sock *sk, const struct xtcp_sysctls *k, bool begins, u32 most)
{
	u32 buf = READ_ONCE(sk->sk_rcvbuf);
	u32 text = max(buf, READ_ONCE(k->rmem[XTCP_MOST])) / 2;

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		text = buf / 2;
	else if (begins)
		text = max(text, READ_ONCE(sysctl_rmem_max));
	return bounded(text, most);
}

/*
 * A byte of text costs about two of memory. Small segments cost more: those
 * that the window has allowed are taken until twice the buffer is in use.
 */
void xtcp_sock_room(struct xtcp_sock *xs)
{
	const struct sock *sk = &xs->inet.sk;
	struct xtcp_limits *limits = &xs->conn.limits;
	u32 used = atomic_read(&sk->sk_rmem_alloc);
	u32 buf = READ_ONCE(sk->sk_rcvbuf);
	u32 most = window_most(xs, &limits->route);

	limits->rcv_buf = bounded(buf / 2, most);
	limits->rcv_free = used < buf ? bounded((buf - used) / 2, most) : 0;
	limits->rcv_full = used / 2 > buf;
	limits->rcv_short = sk_under_memory_pressure(sk);
	limits->urgent_inline = sock_flag(sk, SOCK_URGINLINE);
}

void xtcp_sock_rcv_max(struct xtcp_sock *xs)
{
	const struct sock *sk = &xs->inet.sk;
	struct xtcp_limits *limits = &xs->conn.limits;

	limits->rcv_max = rcv_max(sk, &xs->conn.env->knob,
				  sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN,
				  window_most(xs, &limits->route));
}

void xtcp_sock_limits(struct xtcp_sock *xs)
{
	const struct sock *sk = &xs->inet.sk;
	struct xtcp_limits *limits = &xs->conn.limits;

	if (xs->ip)
		path_limits(xs);
	xtcp_sock_room(xs);
	pace_limits(sk, limits);
}

void xtcp_request_limits(const struct sock *listener, const struct xtcp_ip_ops *ip,
			 const struct dst_entry *dst, struct xtcp_limits *limits)
{
	u32 mss = 0, most;

	if (IS_ERR(dst)) {
		memset(&limits->route, 0, sizeof(limits->route));
	} else {
		take_route(dst, &limits->route);
		mss = dst_metric_advmss(dst);
	}
	if (mss < XTCP_MSS_MIN)
		mss = ip->mss_default;
	if (xtcp_sk(listener)->user_mss)
		mss = min_t(u32, mss, xtcp_sk(listener)->user_mss);
	limits->mss_adv = min_t(u32, mss, U16_MAX);
	most = window_most(xtcp_sk(listener), &limits->route);
	limits->rcv_free = bounded((u32)READ_ONCE(listener->sk_rcvbuf) / 2, most);
	limits->rcv_max = rcv_max(listener, &xtcp_listener_env(listener)->knob, true, most);
}
