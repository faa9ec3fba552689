// SPDX-License-Identifier: GPL-2.0-only
/*
 * An answer of sock_diag: struct inet_diag_msg and its attributes. What is told
 * of a connection is told under its lock, so that the numbers fit each other.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>
#include <uapi/linux/xtcp_diag.h>
#include <xtcp/compat.h>
#include "diag.h"

static void put_addr(__be32 *to, const struct in6_addr *addr, sa_family_t family)
{
	if (family == AF_INET)
		to[0] = addr->s6_addr32[3];
	else
		memcpy(to, addr, sizeof(*addr));
}

void xtcp_diag_put_id(struct inet_diag_sockid *id, const struct xtcp_view_at *at)
{
	sa_family_t family = xtcp_view_family(at);
	struct sock *sk = xtcp_view_sk(at);
	const struct xtcp_tuple *t = sk ? &xtcp_sk(sk)->node.tuple : &at->node->tuple;

	id->idiag_sport = htons(t->lport);
	id->idiag_dport = htons(t->rport);
	put_addr(id->idiag_src, &t->laddr, family);
	put_addr(id->idiag_dst, &t->raddr, family);
	id->idiag_if = xtcp_view_dev(at);
	if (sk) {
		sock_diag_save_cookie(sk, id->idiag_cookie);
	} else {
		id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
		id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	}
}

static void put_head(struct inet_diag_msg *msg, const struct xtcp_view_at *at,
		     const struct xtcp_view *v, struct user_namespace *user_ns)
{
	u64 now_us = xtcp_now_us();

	memset(msg, 0, sizeof(*msg));
	msg->idiag_family = xtcp_view_family(at);
	msg->idiag_state = v->state;
	msg->idiag_timer = v->timer;
	msg->idiag_retrans = v->probes ?: v->retransmits;
	xtcp_diag_put_id(&msg->id, at);
	if (v->timer && v->timer_at_us > now_us)
		msg->idiag_expires = div_u64(v->timer_at_us - now_us + USEC_PER_MSEC - 1,
					     USEC_PER_MSEC);
	msg->idiag_rqueue = v->rx_queue;
	msg->idiag_wqueue = v->tx_queue;
	if (at->sk)
		msg->idiag_wqueue = READ_ONCE(xtcp_sk(at->sk)->accept.backlog);
	msg->idiag_uid = from_kuid_munged(user_ns, v->uid);
	msg->idiag_inode = v->inode;
}

static int put_meminfo(struct sk_buff *skb, struct sock *sk)
{
	struct inet_diag_meminfo info = {
		.idiag_rmem = sk_rmem_alloc_get(sk),
		.idiag_wmem = READ_ONCE(sk->sk_wmem_queued),
		.idiag_fmem = sk_forward_alloc_get(sk),
		.idiag_tmem = sk_wmem_alloc_get(sk),
	};

	return nla_put(skb, INET_DIAG_MEMINFO, sizeof(info), &info);
}

static int put_info(struct sk_buff *skb, struct sock *sk)
{
	struct nlattr *attr = nla_reserve_64bit(skb, INET_DIAG_INFO, sizeof(struct tcp_info),
						INET_DIAG_PAD);

	if (!attr)
		return -EMSGSIZE;
	xtcp_get_info(xtcp_sk(sk), nla_data(attr));
	return 0;
}

static u32 diag_flags(const struct sock *sk)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;

	return (c->orphan ? XTCP_DIAG_ORPHAN : 0) |
	       (c->passive ? XTCP_DIAG_PASSIVE : 0) |
	       (c->snd.fin_queued ? XTCP_DIAG_FIN_QUEUED : 0) |
	       (xtcp_fin_sent(c) ? XTCP_DIAG_FIN_SENT : 0) |
	       (xtcp_at_fin(c) ? XTCP_DIAG_FIN_RCVD : 0) |
	       (c->cwnd_limited ? XTCP_DIAG_CWND_LIMITED : 0) |
	       (xtcp_sk(sk)->corked ? XTCP_DIAG_CORKED : 0) |
	       (c->user.nodelay ? XTCP_DIAG_NODELAY : 0) |
	       (sock_flag(sk, SOCK_KEEPOPEN) ? XTCP_DIAG_KEEPALIVE : 0) |
	       (c->limits.rcv_short ? XTCP_DIAG_RCV_SHORT : 0);
}

static u8 diag_phase(const struct xtcp_conn *c)
{
	switch (c->recovery.phase) {
	case XTCP_RECOVERY:
		return XTCP_DIAG_RECOVERY;
	case XTCP_LOSS:
		return XTCP_DIAG_LOSS;
	default:
		return XTCP_DIAG_OPEN;
	}
}

static void conn_numbers(const struct xtcp_conn *c, struct xtcp_diag_conn *d)
{
	d->iss = c->snd.iss;
	d->irs = c->rcv.irs;
	d->snd_una = c->snd.una;
	d->snd_nxt = c->snd.nxt;
	d->snd_end = c->txq.end;
	d->snd_wnd = c->snd.wnd;
	d->snd_mss = c->snd.mss;
	d->rcv_nxt = c->rcv.nxt;
	d->rcv_copied = c->rcv.copied;
	d->rcv_wnd = xtcp_rcv_wnd(c);
	d->rcv_buf = c->limits.rcv_buf;
	d->cwnd = c->cc.cwnd;
	d->ssthresh = c->cc.ssthresh < XTCP_SSTHRESH_INFINITE ? c->cc.ssthresh : U32_MAX;
	d->flight = xtcp_flight(c);
	d->sacked = c->board.sacked;
	d->lost = c->board.lost;
	d->behind_hole = c->rxq.nr_ofo;
	d->srtt_us = c->rtt.srtt_us;
	d->rttvar_us = c->rtt.rttvar_us;
	d->rto_us = min_t(u64, xtcp_rto_us(c, c->rtt.backoff), U32_MAX);
	d->phase = diag_phase(c);
	d->retransmits = c->retransmits;
	d->probes = c->persist.backoff;
	d->keep_failed = c->keep_failed;
}

static int put_conn(struct sk_buff *skb, const struct sock *sk)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;
	u64 now_us = xtcp_now_us();
	struct xtcp_diag_conn d = {
		.flags = diag_flags(sk),
		.err = c->err ?: c->err_soft,
		.snd_buf = READ_ONCE(sk->sk_sndbuf),
		.snd_used = READ_ONCE(sk->sk_wmem_queued),
		.pace_bps = xtcp_paced(c) ? xtcp_pace_rate(c) : 0,
		.idle_us = c->heard_us && c->heard_us < now_us ? now_us - c->heard_us : 0,
	};

	conn_numbers(c, &d);
	return nla_put(skb, XTCP_DIAG_CONN, sizeof(d), &d);
}

static int put_timers(struct sk_buff *skb, const struct xtcp_conn *c)
{
	u64 now_us = xtcp_now_us();
	s64 left[XTCP_NR_TIMERS];
	int i;

	for (i = 0; i < XTCP_NR_TIMERS; i++)
		left[i] = c->deadline[i] ? max_t(s64, c->deadline[i] - now_us, 0) : -1;
	return nla_put(skb, XTCP_DIAG_TIMERS, sizeof(left), left);
}

static int put_listener(struct sk_buff *skb, const struct sock *sk)
{
	const struct xtcp_accept *q = &xtcp_sk(sk)->accept;
	struct xtcp_diag_listener d = {
		.ready = READ_ONCE(q->nr_ready),
		.backlog = READ_ONCE(q->backlog),
		.requests = READ_ONCE(q->nr_requests),
		.young = READ_ONCE(q->nr_young),
		.most_requests = xtcp_request_room(xtcp_sk(sk)),
	};

	return nla_put(skb, XTCP_DIAG_LISTENER, sizeof(d), &d);
}

static int put_request(struct sk_buff *skb, const struct xtcp_view *v)
{
	struct xtcp_diag_request d = {
		.retransmits = v->retransmits,
		.left_us = max_t(s64, v->timer_at_us - xtcp_now_us(), 0),
	};

	return nla_put(skb, XTCP_DIAG_REQUEST, sizeof(d), &d);
}

static int put_traffic_class(struct sk_buff *skb, const struct sock *sk, u8 ext)
{
	if ((ext & (1 << (INET_DIAG_TOS - 1))) &&
	    nla_put_u8(skb, INET_DIAG_TOS, inet_sk(sk)->tos))
		return -EMSGSIZE;
	if (sk->sk_family != AF_INET6)
		return 0;
	if ((ext & (1 << (INET_DIAG_TCLASS - 1))) &&
	    nla_put_u8(skb, INET_DIAG_TCLASS, inet6_sk(sk)->tclass))
		return -EMSGSIZE;
	return nla_put_u8(skb, INET_DIAG_SKV6ONLY, ipv6_only_sock(sk));
}

static int put_cong(struct sk_buff *skb, const struct sock *sk)
{
	const struct xtcp_cc_ops *ops = xtcp_sk(sk)->conn.cc.ops;

	return ops ? nla_put_string(skb, INET_DIAG_CONG, ops->name) : 0;
}

/* What our tables have and Linux's attributes do not tell. */
static int put_inside(struct sk_buff *skb, const struct sock *sk)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;

	if (sk->sk_state == TCP_LISTEN)
		return put_listener(skb, sk);
	return put_conn(skb, sk) ?: put_timers(skb, c);
}

static int put_socket(struct sk_buff *skb, struct sock *sk, u8 ext, bool privileged)
{
	if (nla_put_u8(skb, INET_DIAG_SHUTDOWN, sk->sk_shutdown) ||
	    (privileged && nla_put_u32(skb, INET_DIAG_MARK, READ_ONCE(sk->sk_mark))) ||
	    put_traffic_class(skb, sk, ext))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_MEMINFO - 1))) && put_meminfo(skb, sk))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_SKMEMINFO - 1))) &&
	    sock_diag_put_meminfo(sk, skb, INET_DIAG_SKMEMINFO))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_INFO - 1))) && put_info(skb, sk))
		return -EMSGSIZE;
	if ((ext & (1 << (INET_DIAG_CONG - 1))) && put_cong(skb, sk))
		return -EMSGSIZE;
	return ext & XTCP_DIAG_EXT_BIT ? put_inside(skb, sk) : 0;
}

static int put_attributes(struct sk_buff *skb, const struct xtcp_view_at *at,
			  const struct xtcp_view *v, const struct xtcp_diag_asked *a)
{
	struct sock *sk = xtcp_view_sk(at);

	if (sk)
		return put_socket(skb, sk, a->req->idiag_ext, a->privileged);
	if (v->state == TCP_SYN_RECV && (a->req->idiag_ext & XTCP_DIAG_EXT_BIT))
		return put_request(skb, v);
	return 0;
}

/* 0, -EMSGSIZE if skb has no room for it. The socket, if it is one, is locked or a listener. */
static int put_answer(struct sk_buff *skb, const struct xtcp_view_at *at,
		      const struct xtcp_view *v, const struct xtcp_diag_asked *a)
{
	struct nlmsghdr *h = nlmsg_put(skb, a->portid, a->seq, SOCK_DIAG_BY_FAMILY,
				       sizeof(struct inet_diag_msg), a->flags);

	if (!h)
		return -EMSGSIZE;
	put_head(nlmsg_data(h), at, v, a->user_ns);
	if (put_attributes(skb, at, v, a)) {
		nlmsg_cancel(skb, h);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, h);
	return 0;
}

int xtcp_diag_tell(struct sk_buff *skb, const struct xtcp_view_at *at,
		   const struct xtcp_diag_asked *a)
{
	struct sock *sk = at->sk ? NULL : xtcp_view_sk(at);
	struct xtcp_view v;
	bool slow;
	int err;

	if (!sk) {
		xtcp_view_fill(at, &v);
		return put_answer(skb, at, &v, a);
	}
	slow = lock_sock_fast(sk);
	xtcp_view_fill(at, &v);
	err = put_answer(skb, at, &v, a);
	unlock_sock_fast(sk, slow);
	return err;
}
