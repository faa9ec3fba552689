// SPDX-License-Identifier: GPL-2.0-only
/*
 * The seam between core and shell: whatever happened to a connection, this
 * file sends what core wants sent, frees what it is done with, lets the
 * kernel see its state, arms the one timer and tells the user. Called locked
 * from all of sock/ and from the timer, in softirq and process context.
 */
#include <net/tcp.h>
#include <xtcp/fastopen.h>
#include <xtcp/tell.h>
#include "internal.h"

/* For the qdisc fq. */
static void tell_pace(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	u64 rate = xtcp_pace_rate(&xs->conn);

	WRITE_ONCE(sk->sk_pacing_rate, rate ? min_t(u64, rate, ~0UL) : sk->sk_max_pacing_rate);
}

/* Nothing that the path or the pace has a say in. */
static bool owes_bare_ack(const struct xtcp_conn *c)
{
	return c->owes == XTCP_OWES_ACK && !c->txq.next && !c->board.lost &&
	       !c->recovery.first_waits;
}

static void send_all(struct xtcp_sock *xs, u64 now_us)
{
	struct xtcp_plan plan;

	if (!xtcp_wants_to_send(&xs->conn))
		return;
	/* Received text has changed what is free since core was called. */
	if (owes_bare_ack(&xs->conn))
		xtcp_sock_room(xs);
	else
		xtcp_sock_limits(xs);
	if (xtcp_paced(&xs->conn))
		tell_pace(xs);
	if (xs->held)
		WRITE_ONCE(xs->held, 0);
	/* What fails on its way down is as good as lost on the path: it is sent again. */
	while (xtcp_next_segment(&xs->conn, now_us, &plan)) {
		if (xtcp_egress(xs, &plan) == -ENOMEM &&
		    xtcp_segment_unsent(&xs->conn, &plan, now_us))
			break;
		xtcp_segment_sent(&xs->conn, &plan, now_us);
	}
}

/* The user found the send buffer full and has not been told of room since. */
static bool wants_room(const struct sock *sk)
{
	return sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
}

static void free_finished(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;

	if (!list_empty(&xs->conn.txq.acked)) {
		if (unlikely(READ_ONCE(sk->sk_tsflags)))
			xtcp_stamp_acked(sk, &xs->conn.txq.acked, xs->conn.snd.una);
		xtcp_tx_free_list(sk, &xs->conn.txq.acked);
	}
	if (!list_empty(&xs->conn.rxq.done))
		xtcp_rx_free_list(&xs->conn.rxq.done);
}

#define SNDBUF_SPARE	65536

/*
 * Room for what is in flight and as much behind it, that the flow not ebb, and for what has
 * arrived behind a hole; half as much again, and twice for the pieces around a hole, as each
 * is charged with what describes it.
 */
static u64 sndbuf_wanted(const struct xtcp_conn *c)
{
	u64 behind_holes = c->snd.nxt - c->snd.una - xtcp_flight(c);

	return 3ULL * c->cc.cwnd + 2 * behind_holes + SNDBUF_SPARE;
}

static void grow_buffers(struct xtcp_sock *xs)
{
	const struct xtcp_sysctls *k = &xs->conn.env->knob;
	struct sock *sk = &xs->inet.sk;
	u64 want;

	if (xs->conn.limits.rcv_short)
		return;
	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK)) {
		want = min_t(u64, 2ULL * xs->conn.rcv.want_buf, READ_ONCE(k->rmem[XTCP_MOST]));
		if (want > sk->sk_rcvbuf)
			WRITE_ONCE(sk->sk_rcvbuf, want);
	}
	if (!(sk->sk_userlocks & SOCK_SNDBUF_LOCK) && xtcp_may_send(xs->conn.state)) {
		want = min_t(u64, sndbuf_wanted(&xs->conn), READ_ONCE(k->wmem[XTCP_MOST]));
		if (want > sk->sk_sndbuf)
			WRITE_ONCE(sk->sk_sndbuf, want);
	}
}

static int visible_state(const struct xtcp_conn *c)
{
	/* The small object in the table has taken over (half_open.h). */
	if (c->state == XTCP_TIME_WAIT)
		return TCP_CLOSE;
	return xtcp_state_linux_number(c->state);
}

/*
 * Errors first, then the rest: poll() reads them the other way round. False
 * if the socket was destroyed.
 */
static bool follow_state(struct xtcp_sock *xs, u64 now_us)
{
	struct xtcp_conn *c = &xs->conn;
	struct sock *sk = &xs->inet.sk;
	int state = visible_state(c);

	if (c->wake & XTCP_WAKE_ERROR)
		WRITE_ONCE(sk->sk_err, c->err);
	WRITE_ONCE(sk->sk_err_soft, c->err_soft);
	/* Pairs with the barriers in xtcp_poll(): who sees the end sees its error. */
	smp_wmb();
	if (xtcp_at_fin(c) && !sock_flag(sk, SOCK_DONE)) {
		sock_set_flag(sk, SOCK_DONE);
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	}
	if (state == sk->sk_state)
		return true;
	if (xs->fast_listener)
		xtcp_fastopen_settled(xs);
	if (c->fastopen.ask && sk->sk_state == TCP_SYN_SENT)
		xtcp_fastopen_learn(xs);
	if (state != TCP_CLOSE) {
		inet_sk_set_state(sk, state);
		return true;
	}
	if (c->fastopen.tried)
		xtcp_fastopen_over(xs);
	if (c->state == XTCP_TIME_WAIT)
		xtcp_timewait_start(sk, now_us);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	inet_sk_set_state(sk, state);
	xtcp_sock_done(xs);
	if (!sock_flag(sk, SOCK_DEAD))
		return true;
	c->wake = 0;
	xtcp_sock_destroy(sk);
	return false;
}

/* ACKs that wait for others are in no hurry. */
static u32 slack_ns(const struct xtcp_sock *xs, u64 at_us)
{
	if (likely(at_us != xs->conn.deadline[XTCP_TIMER_COMPRESS]))
		return 0;
	return READ_ONCE(xs->conn.env->knob.comp_sack_slack_ns);
}

/*
 * The function of the timer takes the spinlock alone, which a user who owns the socket does not
 * hold, but for the moment in which he gives it back.
 */
static bool shuts_timer_out(const struct xtcp_sock *xs)
{
	return !sock_owned_by_user(&xs->inet.sk) || xs->releasing;
}

/* Its function sees the timer as it was before, or with its reference. */
static void start_timer(struct xtcp_sock *xs, u64 at_us)
{
	struct sock *sk = &xs->inet.sk;

	if (!xs->timer_pending)
		sock_hold(sk);
	WRITE_ONCE(xs->timer_pending, true);
	xs->timer_us = at_us;
	hrtimer_start_range_ns(&xs->timer, xtcp_ktime(at_us), slack_ns(xs, at_us),
			       HRTIMER_MODE_ABS_SOFT);
}

/*
 * The timer moves only to fire earlier; an early one finds nothing due and
 * comes back here. From being started until its function has the lock, a
 * timer holds one reference, and is pending. That a function which still
 * waits for the lock is started anew is seen there.
 */
void xtcp_sock_arm_timer(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	u64 at_us;

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	at_us = xtcp_earliest_deadline(&xs->conn);
	/* Should it fire just now, the user comes here again (XTCP_DEFERRED_TIMER). */
	if (!at_us || (READ_ONCE(xs->timer_pending) && xs->timer_us <= at_us))
		return;
	if (shuts_timer_out(xs)) {
		start_timer(xs, at_us);
		return;
	}
	spin_lock_bh(&sk->sk_lock.slock);
	start_timer(xs, at_us);
	spin_unlock_bh(&sk->sk_lock.slock);
}

static void wake_on_state(struct sock *sk)
{
	sk->sk_state_change(sk);
	if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
		sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
	else if (sk->sk_state == TCP_ESTABLISHED)
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
}

static bool is_worth_reading(const struct xtcp_sock *xs)
{
	const struct xtcp_conn *c = &xs->conn;
	const struct sock *sk = &xs->inet.sk;

	return xtcp_at_fin(c) || xtcp_readable(c) >= READ_ONCE(sk->sk_rcvlowat) ||
	       atomic_read(&sk->sk_rmem_alloc) >= READ_ONCE(sk->sk_rcvbuf);
}

static void doubt_path(struct sock *sk, u8 wake)
{
	if (wake & XTCP_WAKE_ROUTE)
		dst_negative_advice(sk);
	if (wake & XTCP_WAKE_HOLE)
		xtcp_fastopen_pause(sock_net(sk));
}

static void wake_user(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;
	u8 wake = xs->conn.wake;

	xs->conn.wake = 0;
	if (wake & (XTCP_WAKE_ROUTE | XTCP_WAKE_HOLE))
		doubt_path(sk, wake);
	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (wake & XTCP_WAKE_ERROR)
		sk_error_report(sk);
	if (wake & XTCP_WAKE_STATE)
		wake_on_state(sk);
	if (wake & XTCP_WAKE_URGENT)
		sk_send_sigurg(sk);
	if (((wake & XTCP_WAKE_READ) && is_worth_reading(xs)) || (wake & XTCP_WAKE_URGENT_HERE))
		sk->sk_data_ready(sk);
	/* Pairs with the barrier of those who set it and look for room again. */
	smp_mb();
	if (wants_room(sk))
		xtcp_sock_write_space(sk);
}

void xtcp_sock_write_space(struct sock *sk)
{
	struct socket *sock = READ_ONCE(sk->sk_socket);
	struct socket_wq *wq;

	if (!sock || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/* Before what the new state sends. */
static noinline void tell_state(const struct xtcp_sock *xs)
{
	u8 old = xs->inet.sk.sk_state;

	if (visible_state(&xs->conn) != old)
		xtcp_trace_state(xs, old, xs->conn.state);
}

void xtcp_sock_drive(struct xtcp_sock *xs, u64 now_us)
{
	if (trace_xtcp_set_state_enabled())
		tell_state(xs);
	send_all(xs, now_us);
	free_finished(xs);
	xtcp_tally_bound(&xs->conn, wants_room(&xs->inet.sk), now_us);
	grow_buffers(xs);
	if (!follow_state(xs, now_us))
		return;
	xtcp_sock_arm_timer(xs);
	wake_user(xs);
}

void xtcp_sock_done(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;

	/* The caller has a reference of his own. */
	if (xs->timer_pending && hrtimer_try_to_cancel(&xs->timer) == 1) {
		WRITE_ONCE(xs->timer_pending, false);
		__sock_put(sk);
	}
	xtcp_node_remove(&xs->node);
	xtcp_tx_purge(xs);
	xtcp_reasm_purge(&xs->conn.rxq);
	xtcp_rx_free_list(&xs->conn.rxq.done);
	/* A port that the user asked for stays his until close(). */
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK) || sock_flag(sk, SOCK_DEAD))
		xtcp_bind_release(sk);
}

static void timer_due(struct xtcp_sock *xs)
{
	u8 phase = xs->conn.recovery.phase;
	u64 now_us = xtcp_now_us();

	if (xs->inet.sk.sk_state == TCP_CLOSE)
		return;
	xtcp_sock_limits(xs);
	xtcp_tell_timers(xs, now_us);
	if (!xtcp_pressure_ends(xs))
		xtcp_timeout(&xs->conn, now_us);
	xtcp_tell_phase(xs, phase);
	xtcp_sock_drive(xs, now_us);
}

static void count_late_ack(const struct xtcp_sock *xs)
{
	/* The user is at it, so this is but a look. */
	u64 at_us = data_race(xs->conn.deadline[XTCP_TIMER_DELACK]);

	if (at_us && at_us <= xtcp_now_us())
		xtcp_count(xs->conn.env, XTCP_MIB_DELACK_LOCKED);
}

enum hrtimer_restart xtcp_sock_timer_fired(struct hrtimer *timer)
{
	struct xtcp_sock *xs = container_of(timer, struct xtcp_sock, timer);
	struct sock *sk = &xs->inet.sk;

	bh_lock_sock(sk);
	/* Started anew before we had the lock: the reference goes with that. */
	if (hrtimer_is_queued(timer)) {
		bh_unlock_sock(sk);
		return HRTIMER_NORESTART;
	}
	WRITE_ONCE(xs->timer_pending, false);
	if (sock_owned_by_user(sk)) {
		count_late_ack(xs);
		set_bit(XTCP_DEFERRED_TIMER, &xs->deferred);
	} else {
		timer_due(xs);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
	return HRTIMER_NORESTART;
}

/* struct proto.release_cb: under the spinlock, while the user still owns it. */
void xtcp_sock_release_cb(struct sock *sk)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	if (likely(!READ_ONCE(xs->deferred)))
		return;
	xs->releasing = true;
	if (test_and_clear_bit(XTCP_DEFERRED_PMTU, &xs->deferred))
		xtcp_sock_pmtu_deferred(xs);
	if (test_and_clear_bit(XTCP_DEFERRED_TIMER, &xs->deferred))
		timer_due(xs);
	if (test_and_clear_bit(XTCP_DEFERRED_HELD, &xs->deferred))
		xtcp_send_held(xs);
	xs->releasing = false;
}
