// SPDX-License-Identifier: GPL-2.0-only
/*
 * How sockets come to be, by either door or as the child of a listener, and
 * how they end. A socket without a user lives on one reference, which
 * xtcp_sock_destroy() puts when its connection is CLOSED.
 */
#include <linux/bpf-cgroup.h>
#include <net/transp_v6.h>
#include <net/xfrm.h>
#include <xtcp/congestion.h>
#include <xtcp/fastopen.h>
#include "internal.h"

/*
 * The IPv6 part is ours. inet6_create() has filled one at the end of the
 * object if the kernel is older than struct proto.ipv6_pinfo_offset: it moves.
 */
static void settle_inet6(struct xtcp_sock *xs)
{
	struct ipv6_pinfo *at = xs->inet.pinet6;

	if (at == &xs->inet6)
		return;
	if (at) {
		xs->inet6 = *at;
		memset(at, 0, sizeof(*at));
	} else {
		xtcp_inet6_defaults(&xs->inet.sk, &xs->inet6);
	}
	xs->inet.pinet6 = &xs->inet6;
}

/* What belongs to one socket and to none of its children. */
static void init_own(struct xtcp_sock *xs)
{
	struct xtcp_net *xn = xtcp_net(sock_net(&xs->inet.sk));

	spin_lock_init(&xs->accept.lock);
	INIT_LIST_HEAD(&xs->accept.ready);
	INIT_LIST_HEAD(&xs->accept.requests);
	xs->accept.nr_ready = 0;
	xs->accept.nr_requests = 0;
	xs->accept.nr_young = 0;
	xs->accept.closing = false;
	memset(&xs->accept.fast, 0, sizeof(xs->accept.fast));
	xs->fast_listener = NULL;
	xs->saved_syn = NULL;
	xs->fastopen_connect = false;
	RCU_INIT_POINTER(xs->fastopen_keys, NULL);
	INIT_LIST_HEAD(&xs->accept_node);
	INIT_LIST_HEAD(&xs->binding.link);
	xs->binding.bucket = NULL;
	xs->binding.hold = NULL;
	memset(&xs->node, 0, sizeof(xs->node));
	xs->node.net = sock_net(&xs->inet.sk);
	xs->node.type = XTCP_NODE_CONN;
	xs->deferred = 0;
	xs->pmtu = 0;
	xs->timer_pending = false;
	xs->releasing = false;
	xtcp_autocork_init(xs);
	xs->cc = NULL;
	xtcp_hrtimer_setup(&xs->timer, xtcp_sock_timer_fired, CLOCK_MONOTONIC,
			   HRTIMER_MODE_ABS_SOFT);
	xtcp_conn_init(&xs->conn, &xn->env);
	atomic_inc(&xn->nr_sockets);
}

/* In the RCU section in which conn.cc.ops was read. */
static void hold_cc(struct xtcp_sock *xs)
{
	xs->cc = xtcp_congestion_take(xs->conn.cc.ops);
	if (xs->cc != xs->conn.cc.ops)
		xtcp_cc_choose(&xs->conn.cc, xs->cc);
}

/* The memory lasts, and others may read it (RCU): they find what does not go. */
static void put_cc(struct xtcp_sock *xs)
{
	xtcp_cc_choose(&xs->conn.cc, xtcp_cc_find(NULL));
	xtcp_congestion_put(xs->cc);
	xs->cc = NULL;
}

/* Called by both doors, at the end of their work. */
int xtcp_sock_init(struct sock *sk)
{
	const struct xtcp_sysctls *k = &xtcp_sock_env(sk)->knob;
	struct xtcp_sock *xs = xtcp_sk(sk);

	settle_inet6(xs);
	sk->sk_protocol = XTCP_SK_PROTOCOL;
	sk->sk_destruct = inet6_sock_destruct;
	sock_set_flag(sk, SOCK_RCU_FREE);
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(k->rmem[XTCP_INITIAL]));
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(k->wmem[XTCP_INITIAL]));
	sk_sockets_allocated_inc(sk);
	if (sk->sk_socket)
		xtcp_socket_begin(sk->sk_socket);
	rcu_read_lock();
	init_own(xs);
	hold_cc(xs);
	rcu_read_unlock();
	return 0;
}

/* io_uring asks whether a socket takes its pages without copying them. */
void xtcp_socket_begin(struct socket *sock)
{
	set_bit(SOCK_SUPPORT_ZC, &sock->flags);
	xtcp_see_sol_socket(sock);
}

static int check_kind(const struct socket *sock, int protocol)
{
	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (protocol && protocol != IPPROTO_TCP && protocol != IPPROTO_XTCP)
		return -EPROTONOSUPPORT;
	return 0;
}

static void init_inet(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->pmtudisc = IP_PMTUDISC_WANT;
	if (READ_ONCE(sock_net(sk)->ipv4.sysctl_ip_no_pmtu_disc))
		inet->pmtudisc = IP_PMTUDISC_DONT;
	inet->uc_ttl = -1;
	inet->mc_ttl = 1;
	xtcp_inet_defaults(sk);
	sk->sk_txrehash = READ_ONCE(sock_net(sk)->core.sysctl_txrehash);
}

/* struct net_proto_family.create: socket(AF_XTCP, SOCK_STREAM, 0). */
int xtcp_sock_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	struct sock *sk;
	int err;

	err = check_kind(sock, protocol);
	if (err)
		return err;
	sock->state = SS_UNCONNECTED;
	sock->ops = &xtcp_stream_ops;
	/* The number of the family gives the locks classes of their own. */
	sk = sk_alloc(net, xtcp_family_param, GFP_KERNEL, &xtcp_prot, kern);
	if (!sk)
		return -ENOBUFS;
	sock_init_data(sock, sk);
	sk->sk_family = AF_INET;
	sk->sk_backlog_rcv = xtcp_prot.backlog_rcv;
	init_inet(sk);
	err = xtcp_sock_init(sk);
	xtcp_sk(sk)->family_open = true;
	if (!err && !kern)
		err = BPF_CGROUP_RUN_PROG_INET_SOCK(sk);
	if (err) {
		sk_common_release(sk);
		sock->sk = NULL;
	}
	return err;
}

int xtcp_sock_set_family(struct sock *sk, sa_family_t family)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;
	if (!xs->family_open)
		return family == sk->sk_family ? 0 : -EAFNOSUPPORT;
	if (family == AF_INET6) {
		if (!ipv6_mod_enabled())
			return -EAFNOSUPPORT;
		sk->sk_ipv6only = READ_ONCE(sock_net(sk)->ipv6.sysctl.bindv6only);
	}
	sk->sk_family = family;
	xs->family_open = false;
	return 0;
}

/*
 * A copy of the listener as it was at some moment, without its lock: all that
 * is not an option or an address starts anew. ip->child() does the addresses.
 */
static int init_child(struct xtcp_sock *xs, struct sock *listener,
		      struct xtcp_request *req, struct sk_buff *skb)
{
	struct sock *sk = &xs->inet.sk;
	int err;

	init_own(xs);
	xtcp_conn_inherit(&xs->conn, &xtcp_sk(listener)->conn);
	/* As in Linux, what the listener's user has not chosen is the default of now. */
	if (!xs->cc_chosen)
		xtcp_cc_choose(&xs->conn.cc, READ_ONCE(xs->conn.env->cc));
	hold_cc(xs);
	inet_sk_set_state(sk, TCP_SYN_RECV);
	/* The listener may have been about to close. */
	sock_reset_flag(sk, SOCK_DEAD);
	sk->sk_shutdown = 0;
	sk->sk_ack_backlog = 0;
	sk->sk_max_ack_backlog = 0;
	xs->ip = xtcp_ip_ops_for(req->family);
	err = xs->ip->child(xs, req, skb);
	if (err)
		return err;
	xtcp_sock_limits(xs);
	xtcp_sock_rcv_max(xs);
	xtcp_conn_from_half(&xs->conn, &req->half, xtcp_now_us());
	xtcp_bind_inherit(sk, listener);
	return 0;
}

struct sock *xtcp_sock_child(struct sock *listener, struct xtcp_request *req,
			     struct sk_buff *skb)
{
	struct sock *sk = sk_clone_lock(listener, GFP_ATOMIC | __GFP_NOWARN);

	if (!sk)
		return NULL;
	if (!init_child(xtcp_sk(sk), listener, req, skb))
		return sk;
	__acquire(&sk->sk_lock.slock); /* sk_clone_lock() did, unseen by sparse */
	xtcp_sock_discard(sk);
	return NULL;
}

void xtcp_sock_discard(struct sock *child)
	__releases(&child->sk_lock.slock)
{
	struct xtcp_sock *xs = xtcp_sk(child);

	/* Not a connection that failed: forget it without a trace. */
	xtcp_conn_init(&xs->conn, xs->conn.env);
	sock_orphan(child);
	inet_sk_set_state(child, TCP_CLOSE);
	xtcp_sock_destroy(child);
	bh_unlock_sock(child);
	sock_put(child);
}

void xtcp_sock_free_all(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	xtcp_sock_done(xs);
	xtcp_rx_purge(xs);
	xtcp_bind_release(sk);
	put_cc(xs);
	xtcp_fastopen_keys_set(&xs->fastopen_keys, NULL);
	xtcp_syn_forget(xs);
	sk_sockets_allocated_dec(sk);
	atomic_dec(&xtcp_net(sock_net(sk))->nr_sockets);
}

void xtcp_sock_destroy(struct sock *sk)
{
	WARN_ON_ONCE(sk->sk_state != TCP_CLOSE || !sock_flag(sk, SOCK_DEAD));
	xtcp_sock_free_all(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	if (xtcp_sk(sk)->conn.orphan)
		atomic_dec(&xtcp_net(sock_net(sk))->nr_orphans);
	sock_put(sk);
}

void xtcp_sock_kill(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	sock_orphan(sk);
	if (sk->sk_state == TCP_CLOSE) {
		xtcp_sock_destroy(sk);
		return;
	}
	xtcp_conn_abort(&xs->conn, 0);
	xtcp_sock_drive(xs, xtcp_now_us());
}

void xtcp_sock_forget_peer(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_dport = 0;
	inet->inet_daddr = 0;
	memset(&sk->sk_v6_daddr, 0, sizeof(sk->sk_v6_daddr));
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		inet->inet_saddr = 0;
		inet->inet_rcv_saddr = 0;
		memset(&sk->sk_v6_rcv_saddr, 0, sizeof(sk->sk_v6_rcv_saddr));
		memset(&inet6_sk(sk)->saddr, 0, sizeof(inet6_sk(sk)->saddr));
	}
	sk_dst_reset(sk);
}
