// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables as their readers meet them: from entry to entry with a reference
 * on one and no lock held, and what there is to tell of it. Of a connection
 * that is read without its lock, what is told may mix two moments.
 */
#include <net/ipv6.h>
#include <net/tcp_states.h>
#include <xtcp/half_open.h>
#include "view.h"

static void conn_timer(const struct xtcp_conn *c, struct xtcp_view *v)
{
	static const struct {
		u8 deadline;
		u8 shown;
	} order[] = {
		{ XTCP_TIMER_RTO, XTCP_VIEW_TIMER_RETRANSMIT },
		{ XTCP_TIMER_PERSIST, XTCP_VIEW_TIMER_PROBE },
		{ XTCP_TIMER_FIN_WAIT_2, XTCP_VIEW_TIMER_LIFE },
		{ XTCP_TIMER_KEEPALIVE, XTCP_VIEW_TIMER_LIFE },
	};
	u64 at;
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		at = READ_ONCE(c->deadline[order[i].deadline]);
		if (at) {
			v->timer = order[i].shown;
			v->timer_at_us = at;
			return;
		}
	}
}

static void socket_view(struct sock *sk, struct xtcp_view *v)
{
	const struct xtcp_sock *xs = xtcp_sk(sk);

	v->tuple = &xs->node.tuple;
	v->object = sk;
	v->inode = sock_i_ino(sk);
	v->uid = sk->sk_uid;
	v->refs = refcount_read(&sk->sk_refcnt) - 1;	/* less the reader's */
	v->full = true;
}

static void conn_view(struct sock *sk, struct xtcp_view *v)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;
	u32 mss = max_t(u32, READ_ONCE(c->cc.mss), 1);
	u32 ssthresh = READ_ONCE(c->cc.ssthresh);

	socket_view(sk, v);
	v->state = xtcp_state_linux_number(READ_ONCE(c->state));
	v->tx_queue = xtcp_unacked(c);
	v->rx_queue = max_t(int, xtcp_readable(c), 0);
	conn_timer(c, v);
	v->retransmits = c->retransmits;
	v->probes = c->persist.backoff;
	v->rto_us = (u64)c->rtt.rto_us << min_t(u32, c->rtt.backoff, 31);
	v->ato_us = READ_ONCE(c->delack.ato_us);
	v->quick = c->delack.quick << 1;
	v->cwnd = READ_ONCE(c->cc.cwnd) / mss;
	v->ssthresh = ssthresh >= XTCP_SSTHRESH_INFINITE ? -1 : (int)(ssthresh / mss);
}

static void listener_view(struct sock *sk, struct xtcp_view *v)
{
	const struct xtcp_sysctls *knob = &xtcp_net(sock_net(sk))->env.knob;

	socket_view(sk, v);
	v->state = TCP_LISTEN;
	v->rx_queue = READ_ONCE(xtcp_sk(sk)->accept.nr_ready);
	v->rto_us = READ_ONCE(knob->rto_init_ms) * XTCP_USEC_PER_MSEC;
	v->cwnd = READ_ONCE(knob->init_cwnd);
	v->ssthresh = READ_ONCE(xtcp_sk(sk)->accept.fast.max);
}

static void request_view(const struct xtcp_request *req, struct xtcp_view *v)
{
	v->tuple = &req->node.tuple;
	v->object = req;
	rcu_read_lock();
	v->uid = READ_ONCE(req->listener)->sk_uid;
	rcu_read_unlock();
	v->state = TCP_SYN_RECV;
	v->timer = XTCP_VIEW_TIMER_RETRANSMIT;
	v->timer_at_us = READ_ONCE(req->timer.deadline_us);
	v->retransmits = req->half.retransmits;
}

static void timewait_view(const struct xtcp_timewait *tw, struct xtcp_view *v)
{
	v->tuple = &tw->node.tuple;
	v->object = tw;
	v->state = TCP_TIME_WAIT;
	v->timer = XTCP_VIEW_TIMER_TIMEWAIT;
	v->timer_at_us = READ_ONCE(tw->timer.deadline_us);
	v->refs = refcount_read(&tw->node.refs) - 1;
}

static void node_view(struct xtcp_node *node, struct xtcp_view *v)
{
	switch (node->type) {
	case XTCP_NODE_CONN:
		conn_view((struct sock *)xtcp_node_xs(node), v);
		break;
	case XTCP_NODE_REQUEST:
		request_view(container_of(node, struct xtcp_request, node), v);
		break;
	case XTCP_NODE_TIMEWAIT:
		timewait_view(container_of(node, struct xtcp_timewait, node), v);
		break;
	}
}

void xtcp_view_fill(const struct xtcp_view_at *at, struct xtcp_view *v)
{
	*v = (struct xtcp_view){ .uid = GLOBAL_ROOT_UID };
	if (at->sk)
		listener_view(at->sk, v);
	else
		node_view(at->node, v);
}

static sa_family_t request_family(const struct xtcp_request *req)
{
	sa_family_t family;

	rcu_read_lock();
	family = READ_ONCE(req->listener)->sk_family;
	rcu_read_unlock();
	return family;
}

struct sock *xtcp_view_sk(const struct xtcp_view_at *at)
{
	if (at->sk)
		return at->sk;
	if (at->node->type != XTCP_NODE_CONN)
		return NULL;
	return &xtcp_node_xs(at->node)->inet.sk;
}

sa_family_t xtcp_view_family(const struct xtcp_view_at *at)
{
	const struct xtcp_node *node = at->node;

	if (at->sk)
		return at->sk->sk_family;
	switch (node->type) {
	case XTCP_NODE_REQUEST:
		return request_family(container_of(node, struct xtcp_request, node));
	case XTCP_NODE_TIMEWAIT:
		return ipv6_addr_v4mapped(&node->tuple.raddr) ? AF_INET : AF_INET6;
	default:
		return xtcp_view_sk(at)->sk_family;
	}
}

u32 xtcp_view_dev(const struct xtcp_view_at *at)
{
	return at->sk ? READ_ONCE(at->sk->sk_bound_dev_if) : at->node->bound_dev;
}

void xtcp_view_let_go(struct xtcp_view_at *at)
{
	if (at->sk)
		sock_put(at->sk);
	if (at->node)
		xtcp_node_put(at->node);
	at->sk = NULL;
	at->node = NULL;
}

static bool next_listener(struct net *net, struct xtcp_view_at *at)
{
	struct sock *sk = xtcp_listener_next(net, &at->at, at->sk);

	xtcp_view_let_go(at);
	at->sk = sk;
	return sk;
}

bool xtcp_view_next(struct net *net, struct xtcp_view_at *at)
{
	struct xtcp_node *node;

	if (!at->in_nodes) {
		if (next_listener(net, at))
			return true;
		at->in_nodes = true;
		at->at = (struct xtcp_cursor){};
	}
	node = xtcp_node_next(net, &at->at, at->node);
	xtcp_view_let_go(at);
	at->node = node;
	return node;
}
