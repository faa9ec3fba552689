// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ends of a connection that the user makes: close(), shutdown(), and
 * connect() to AF_UNSPEC. RFC 9293 3.6.1 and 3.10.4, 3.10.5; SO_LINGER and
 * unread text as linux-surface.md section 8 says.
 */
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <net/tcp.h>
#include "internal.h"

static void abort_now(struct xtcp_sock *xs, int err)
{
	xtcp_conn_abort(&xs->conn, err);
	xtcp_sock_drive(xs, xtcp_now_us());
}

static void send_fin(struct xtcp_sock *xs)
{
	u64 now_us = xtcp_now_us();

	xtcp_conn_close(&xs->conn, now_us);
	xtcp_sock_drive(xs, now_us);
}

/* LISTEN to CLOSED, and nothing of it is left. */
static void stop_listening(struct xtcp_sock *xs)
{
	xtcp_listen_stop(&xs->inet.sk);
	send_fin(xs);	/* in LISTEN: CLOSED at once */
}

int xtcp_diag_destroy(struct sock *sk, int err)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN) {
		stop_listening(xs);
	} else if (sk->sk_state != TCP_CLOSE) {
		xtcp_sock_limits(xs);
		abort_now(xs, err);
	}
	release_sock(sk);
	return 0;
}

/* What the peer gets to see of close(). */
static void end_connection(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	bool unread = xtcp_readable(&xs->conn) > 0;

	if (sk->sk_state == TCP_LISTEN) {
		stop_listening(xs);
		return;
	}
	xtcp_rx_purge(xs);
	if (sk->sk_state == TCP_CLOSE)
		return;
	if (unread) {
		/* RFC 2525 2.17: a FIN would say that all of it was read. */
		xtcp_count(xs->conn.env, XTCP_MIB_ABORT_ON_CLOSE);
		abort_now(xs, 0);
	} else if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		xtcp_count(xs->conn.env, XTCP_MIB_ABORT_ON_DATA);
		abort_now(xs, ECONNRESET);
	} else {
		send_fin(xs);
	}
}

/* From here on nobody but the network knows the socket. */
static void orphan(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	u64 now_us = xtcp_now_us();

	sock_orphan(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->nr_orphans);
	xtcp_conn_orphan(&xs->conn, now_us);
	xtcp_pressure_ends(xs);
	if (sk->sk_state == TCP_CLOSE)
		xtcp_sock_destroy(sk);
	else
		xtcp_sock_drive(xs, now_us);
}

static bool waits_for_ack_of_fin(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK);
}

static ktime_t linger_end(long timeout)
{
	if (timeout >= 1000000L * HZ)
		return KTIME_MAX;
	return ktime_add_ns(ktime_get(), jiffies64_to_nsecs(timeout));
}

/*
 * SO_LINGER: until our FIN is acknowledged, a signal comes or the time is up. Not by
 * wait_woken(), whose timer may be an eighth late.
 */
static void linger(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	ktime_t end = linger_end(timeout);
	int left = -EINTR;

	add_wait_queue(sk_sleep(sk), &wait);
	while (left && waits_for_ack_of_fin(sk) && !signal_pending(current)) {
		release_sock(sk);
		set_current_state(TASK_INTERRUPTIBLE);
		if (!(READ_ONCE(wait.flags) & WQ_FLAG_WOKEN))
			left = schedule_hrtimeout(&end, HRTIMER_MODE_ABS);
		__set_current_state(TASK_RUNNING);
		/* Pairs with the barriers of woken_wake_function(). */
		smp_store_mb(wait.flags, wait.flags & ~WQ_FLAG_WOKEN);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* struct proto.close; timeout is that of SO_LINGER, in jiffies */
void xtcp_close(struct sock *sk, long timeout)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	sock_hold(sk);
	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	end_connection(xs);
	if (timeout)
		linger(sk, timeout);
	orphan(xs);
	/* Its backlog may hold what ends it. */
	release_sock(sk);
	sock_put(sk);
}

/* struct proto.disconnect: fit for another connect() or listen(). Locked. */
int xtcp_disconnect(struct sock *sk, int flags)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	if (sk->sk_state == TCP_LISTEN)
		stop_listening(xs);
	else if (sk->sk_state != TCP_CLOSE)
		abort_now(xs, ECONNRESET);
	xtcp_sock_done(xs);
	xtcp_rx_purge(xs);
	xtcp_syn_forget(xs);
	xtcp_conn_reset(&xs->conn);
	xtcp_sock_forget_peer(sk);
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	sk_error_report(sk);
	return 0;
}

static void shutdown_open(struct xtcp_sock *xs, int how)
{
	struct sock *sk = &xs->inet.sk;

	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | how);
	if (how & RCV_SHUTDOWN)
		xs->conn.rcv_shutdown = true;
	if ((how & SEND_SHUTDOWN) && sk->sk_state != TCP_CLOSE)
		send_fin(xs);
}

/* What a socket that was last seen connecting has come to. */
static socket_state settled_state(const struct sock *sk)
{
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_CLOSE))
		return SS_DISCONNECTING;
	return SS_CONNECTED;
}

static int shutdown_locked(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err;

	if (sock->state == SS_CONNECTING)
		sock->state = settled_state(sk);
	switch (sk->sk_state) {
	case TCP_LISTEN:
		if (!(how & RCV_SHUTDOWN))
			return 0;
		fallthrough;
	case TCP_SYN_SENT:
		err = xtcp_disconnect(sk, O_NONBLOCK);
		sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
		return err;
	case TCP_CLOSE:
		shutdown_open(xtcp_sk(sk), how);
		return -ENOTCONN;
	default:
		shutdown_open(xtcp_sk(sk), how);
		return 0;
	}
}

/* struct proto_ops.shutdown */
int xtcp_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err;

	/* SHUT_RD, SHUT_WR, SHUT_RDWR become bits */
	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	lock_sock(sk);
	err = shutdown_locked(sock, how + 1);
	sk->sk_state_change(sk);
	release_sock(sk);
	return err;
}
