// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: listen(), what a SYN begins, and the end. Segments to a request
 * are in request.c, SYN cookies in cookie.c. Segments find
 * a listener without taking its lock, so they may read its options and, under
 * accept.lock, its queues, but not its connection.
 */
#include <linux/bpf-cgroup.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/security.h>
#include <net/l3mdev.h>
#include <xtcp/tell.h>
#include "internal.h"

/* listen(n) holds n + 1. */
bool xtcp_accept_full(const struct xtcp_sock *listener)
{
	return READ_ONCE(listener->accept.nr_ready) > READ_ONCE(listener->accept.backlog);
}

static u32 request_room(const struct xtcp_sock *listener, const struct xtcp_env *env)
{
	return min(READ_ONCE(listener->accept.backlog) + 1, READ_ONCE(env->knob.max_syn_backlog));
}

u32 xtcp_request_room(const struct xtcp_sock *listener)
{
	return request_room(listener, xtcp_sock_env(&listener->inet.sk));
}

static bool requests_full(const struct xtcp_sock *listener, const struct xtcp_env *env)
{
	return READ_ONCE(listener->accept.nr_requests) >= request_room(listener, env);
}

/* Tells of the first SYN for which there was no room. */
static void warn_once(struct xtcp_sock *listener, const char *what)
{
	if (READ_ONCE(listener->accept.warned))
		return;
	WRITE_ONCE(listener->accept.warned, true);
	xtcp_tell(xtcp_listener_env(&listener->inet.sk),
		  "port %u has more SYNs than it has room for, perhaps a flood: %s\n",
		  listener->inet.inet_num, what);
}

/* Values of the knob. */
enum {
	COOKIES_NEVER,
	COOKIES_WHEN_FULL,
	COOKIES_ALWAYS,
};

/* What a SYN begins. */
enum beginning {
	FINDS_REQUESTS_FULL,
	FINDS_ACCEPT_FULL,
	BEGINS_REQUEST,
	BEGINS_COOKIE,
};

/*
 * Without cookies the last quarter of max_syn_backlog is for clients that have
 * been here before (as in Linux): a flood can't take it.
 */
static bool is_kept_for_others(const struct xtcp_sock *listener, const struct xtcp_tuple *tuple)
{
	const struct sock *sk = &listener->inet.sk;
	u32 max = READ_ONCE(xtcp_listener_env(sk)->knob.max_syn_backlog);

	return READ_ONCE(listener->accept.nr_requests) + max / 4 > max &&
	       !xtcp_peer_is_known(sock_net(sk), tuple);
}

static enum beginning drop_for_room(struct xtcp_sock *listener)
{
	const struct xtcp_env *env = xtcp_listener_env(&listener->inet.sk);

	xtcp_count(env, XTCP_MIB_REQQ_FULL_DROP);
	xtcp_count(env, XTCP_MIB_LISTEN_DROPS);
	warn_once(listener, "they are dropped");
	return FINDS_REQUESTS_FULL;
}

/*
 * A SYN that ended a TIME-WAIT made room itself, and the number that it needs
 * is no cookie: but for that it is as any other.
 */
static enum beginning what_begins(struct xtcp_sock *listener, const struct xtcp_tuple *tuple,
				  bool reopens)
{
	const struct xtcp_env *env = xtcp_listener_env(&listener->inet.sk);
	u32 cookies = READ_ONCE(env->knob.syncookies);

	if (xtcp_accept_full(listener)) {
		xtcp_count(env, XTCP_MIB_LISTEN_OVERFLOWS);
		xtcp_count(env, XTCP_MIB_LISTEN_DROPS);
		return FINDS_ACCEPT_FULL;
	}
	if (cookies == COOKIES_ALWAYS && !reopens)
		return BEGINS_COOKIE;
	if (cookies == COOKIES_NEVER && !reopens && is_kept_for_others(listener, tuple))
		return drop_for_room(listener);
	if (!requests_full(listener, env))
		return BEGINS_REQUEST;
	if (cookies == COOKIES_NEVER)
		return drop_for_room(listener);
	if (reopens)
		return BEGINS_REQUEST;
	xtcp_count(env, XTCP_MIB_REQQ_FULL_COOKIE);
	warn_once(listener, "they get cookies");
	return BEGINS_COOKIE;
}

/* Does an address on the other side of iif mean nothing without it? */
static bool needs_dev(const struct sock *listener, const struct in6_addr *peer, int iif)
{
	/* fe80::/10 */
	if ((peer->s6_addr32[0] & htonl(0xffc00000)) == htonl(0xfe800000))
		return true;
	return unlikely(READ_ONCE(xtcp_listener_env(listener)->knob.l3mdev_accept)) &&
	       netif_index_is_l3_master(sock_net(listener), iif);
}

int xtcp_answer_dev(const struct sock *listener, const struct xtcp_tuple *tuple, int iif)
{
	int bound = READ_ONCE(listener->sk_bound_dev_if);

	if (bound)
		return bound;
	return needs_dev(listener, &tuple->raddr, iif) ? iif : 0;
}

struct dst_entry *xtcp_half_begin(struct xtcp_half *half, const struct xtcp_ip_ops *ip,
				  struct sock *sk, const struct xtcp_seg *syn,
				  const struct xtcp_tuple *tuple, int oif, u32 iss)
{
	struct dst_entry *dst = ip->reply_route(sock_net(sk), sk, tuple, oif);
	struct xtcp_limits limits XTCP_NOT_CLEARED;

	xtcp_request_limits(sk, ip, dst, &limits);
	xtcp_half_init(half, syn, iss, &limits, &xtcp_listener_env(sk)->knob,
		       READ_ONCE(xtcp_sk(sk)->conn.cc.ops));
	return dst;
}

struct dst_entry *xtcp_request_begin(struct xtcp_request *req, const struct xtcp_seg *syn,
				     int iif, u32 iss)
{
	const struct xtcp_tuple *tuple = &req->node.tuple;
	struct sock *sk = req->listener;
	struct dst_entry *dst;

	req->iif = xtcp_answer_dev(sk, tuple, iif);
	req->node.bound_dev = req->iif;
	dst = xtcp_half_begin(&req->half, xtcp_ip_ops_for(req->family), sk, syn, tuple, req->iif,
			      iss);
	req->half.defer = READ_ONCE(xtcp_sk(sk)->defer_accept);
	req->half.ts_offset = xtcp_tuple_ts_offset(xtcp_listener_env(sk),
						   xtcp_tuple_address_hash(sock_net(sk), tuple));
	return dst;
}

static int make_request(struct sock *sk, const struct sk_buff *skb, const struct xtcp_seg *seg,
			const struct xtcp_tuple *tuple, u32 isn,
			const struct xtcp_fastopen_cookie *give)
{
	const struct xtcp_env *env = xtcp_listener_env(sk);
	const struct xtcp_ip_ops *ip = xtcp_ip_ops_of(tuple);
	u64 now_us = xtcp_now_us();
	u32 hash = xtcp_tuple_isn_hash(sock_net(sk), tuple);
	struct xtcp_request *req;
	struct dst_entry *dst;
	struct xtcp_plan plan;
	int err;

	req = xtcp_request_alloc(sk, tuple);
	if (!req)
		return -ENOMEM;
	dst = xtcp_request_begin(req, seg, skb->skb_iif, isn ?: xtcp_isn(hash, now_us));
	if (IS_ERR(dst)) {
		xtcp_request_put(req);
		return PTR_ERR(dst);
	}
	req->saved_syn = xtcp_syn_save(sk, skb, seg);
	req->half.sent_us = now_us;
	req->half.last_us = now_us;
	xtcp_half_syn_ack(&req->half, now_us, &plan);
	if (give->len)
		xtcp_half_give(&plan, give);
	/* In the table first: the ACK may be here before this CPU goes on. */
	err = xtcp_request_insert(req, xtcp_half_deadline(&req->half, &env->knob));
	if (!err) {
		trace_xtcp_request(sock_net(sk), tuple, XTCP_REQUEST_NEW, 0);
		xtcp_egress_reply_by(ip, sock_net(sk), sk, tuple, dst, &plan);
	} else {
		dst_release(dst);
	}
	xtcp_request_put(req);
	return err;
}

static enum xtcp_drop why_no_request(int err)
{
	switch (err) {
	case 0:
		return XTCP_DROP_NONE;
	case -ENOMEM:
		return XTCP_DROP_NO_MEMORY;
	case -EADDRNOTAVAIL:
	case -EINVAL:
		return XTCP_DROP_NO_SOCKET;
	default:
		return XTCP_DROP_NO_ROUTE;
	}
}

/* Consumes skb. sk is held. Not inlined: a flood that gets cookies has no use for its frame. */
static noinline void begin_request(struct sock *sk, struct sk_buff *skb,
				   const struct xtcp_seg *seg, const struct xtcp_tuple *tuple,
				   u32 isn)
{
	struct xtcp_fastopen_cookie give;
	int err;

	if (xtcp_fastopen_syn(sk, skb, seg, tuple, isn, &give))
		return;
	err = make_request(sk, skb, seg, tuple, isn, &give);
	if (err == -ENOMEM)
		xtcp_count(xtcp_listener_env(sk), XTCP_MIB_LISTEN_DROPS);
	xtcp_drop_skb(sock_net(sk), skb, why_no_request(err));
}

void xtcp_listener_syn(struct sock *sk, struct sk_buff *skb, const struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple, u32 isn)
{
	enum beginning beginning = what_begins(xtcp_sk(sk), tuple, isn);

	if (beginning == BEGINS_COOKIE) {
		xtcp_cookie_answer(sk, skb, seg, tuple);
	} else if (beginning == FINDS_ACCEPT_FULL) {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_ACCEPT_FULL);
	} else if (beginning == FINDS_REQUESTS_FULL) {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_SYN_FULL);
	} else if (xtcp_listener_hold(sk, tuple)) {
		begin_request(sk, skb, seg, tuple, isn);
		sock_put(sk);
	} else {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_NO_SOCKET);
	}
}

/* As sk_filter_trim_cap(), of a socket that has no filter of its own, as nearly all have. */
static int without_filter(struct sock *sk, struct sk_buff *skb)
{
	int err = BPF_CGROUP_RUN_PROG_INET_INGRESS(sk, skb);

	return err ?: security_sock_rcv_skb(sk, skb);
}

static int ask_filters(struct sock *sk, struct sk_buff *skb, u32 header_len)
{
	if (rcu_access_pointer(sk->sk_filter) || skb_pfmemalloc(skb))
		return sk_filter_trim_cap(sk, skb, header_len);
	return without_filter(sk, skb);
}

bool xtcp_listener_filter(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg)
{
	if (ask_filters(sk, skb, seg->header_len)) {
		xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_FILTER);
		return false;
	}
	seg->len = skb->len - seg->header_len;
	seg->unit = min(seg->unit, seg->len);
	return true;
}

/* Did skb, consumed then, bring back a cookie? */
static bool brings_cookie(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg,
			  const struct xtcp_tuple *tuple)
{
	bool brings;

	if (!xtcp_listener_hold(sk, tuple))
		return false;
	brings = xtcp_cookie_rcv(sk, skb, seg, tuple, NULL);
	sock_put(sk);
	return brings;
}

/* Not inlined for its plan, which takes time to clear. */
static noinline void others_rcv(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg,
				const struct xtcp_tuple *tuple)
{
	struct xtcp_plan plan;

	switch (xtcp_listen_segment(seg, &plan)) {
	case XTCP_LISTEN_RESET:
		if (brings_cookie(sk, skb, seg, tuple))
			return;
		xtcp_egress_reply(xtcp_ip_ops_of(tuple), sock_net(sk), sk, tuple,
				  xtcp_answer_dev(sk, tuple, skb->skb_iif), &plan);
		break;
	case XTCP_LISTEN_REQUEST:
	case XTCP_LISTEN_IGNORE:
		break;
	}
	xtcp_drop_skb(sock_net(sk), skb, XTCP_DROP_FLAGS);
}

void xtcp_listener_rcv(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple)
{
	if (!xtcp_listener_filter(sk, skb, seg))
		return;
	if (xtcp_opens(seg->flags))
		xtcp_listener_syn(sk, skb, seg, tuple, 0);
	else
		others_rcv(sk, skb, seg, tuple);
}

static void open_queues(struct xtcp_sock *xs, u32 backlog)
{
	spin_lock_bh(&xs->accept.lock);
	xs->accept.closing = false;
	xs->accept.backlog = backlog;
	xs->accept.cookie_us = 0;
	xs->accept.warned = false;
	spin_unlock_bh(&xs->accept.lock);
}

/* From CLOSE. The state comes first: others judge the port by it. */
static int start(struct sock *sk, u32 backlog)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	int err;

	if (!inet_sk(sk)->inet_num) {
		err = xtcp_bind_auto(sk);
		if (err)
			return err;
	}
	xtcp_conn_reset(&xs->conn);
	open_queues(xs, backlog);
	xtcp_fastopen_listen(xs, backlog);
	inet_sk_set_state(sk, TCP_LISTEN);
	err = xtcp_bind_recheck(sk);
	if (err) {
		inet_sk_set_state(sk, TCP_CLOSE);
		return err;
	}
	xtcp_conn_listen(&xs->conn);
	xs->conn.wake = 0;
	sk_dst_reset(sk);
	err = xtcp_listener_insert(sk);
	if (err) {
		xtcp_conn_reset(&xs->conn);
		inet_sk_set_state(sk, TCP_CLOSE);
	} else {
		xtcp_tell_state(xs, TCP_CLOSE, XTCP_LISTEN);
	}
	return err;
}

/* struct proto_ops.listen */
int xtcp_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	struct xtcp_sock *xs = xtcp_sk(sk);
	u32 limit = READ_ONCE(xtcp_sock_env(sk)->knob.somaxconn);
	int err = -EINVAL;

	/* A negative one is a great one. */
	limit = min_t(u32, backlog, limit);
	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED)
		goto out;
	if (sk->sk_state == TCP_LISTEN) {
		WRITE_ONCE(xs->accept.backlog, limit);
		err = 0;
	} else if (sk->sk_state == TCP_CLOSE) {
		err = start(sk, limit);
	}
	if (!err)
		WRITE_ONCE(sk->sk_max_ack_backlog, limit);
out:
	release_sock(sk);
	return err;
}

/* The first request of the list with a reference, or NULL. */
static struct xtcp_request *first_request(struct xtcp_accept *accept)
{
	struct xtcp_request *req;

	spin_lock_bh(&accept->lock);
	req = list_first_entry_or_null(&accept->requests, struct xtcp_request, of_listener);
	/* The list's reference is dropped by whoever took it off before. */
	if (req)
		refcount_inc(&req->node.refs);
	spin_unlock_bh(&accept->lock);
	return req;
}

static void reset_child(struct xtcp_sock *child)
{
	struct sock *sk = &child->inet.sk;

	sock_hold(sk);
	local_bh_disable();
	bh_lock_sock(sk);
	xtcp_sock_kill(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
	cond_resched();
}

void xtcp_listen_stop(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	struct xtcp_accept *accept = &xs->accept;
	struct xtcp_sock *child, *next;
	struct xtcp_request *req;
	LIST_HEAD(children);

	spin_lock_bh(&accept->lock);
	accept->closing = true;
	list_splice_init(&accept->ready, &children);
	accept->nr_ready = 0;
	spin_unlock_bh(&accept->lock);
	WRITE_ONCE(sk->sk_ack_backlog, 0);

	xtcp_listener_remove(sk);
	while ((req = first_request(accept))) {
		if (!xtcp_migrate_request(req))
			xtcp_request_drop(req);
		xtcp_request_put(req);
		cond_resched();
	}
	list_for_each_entry_safe(child, next, &children, accept_node) {
		list_del_init(&child->accept_node);
		if (!xtcp_migrate_child(sk, child))
			reset_child(child);
	}
}
