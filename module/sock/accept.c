// SPDX-License-Identifier: GPL-2.0-only
/*
 * accept(): takes a connection that request.c has put into the listener's
 * queue, or waits for one.
 */
#include <linux/sched/signal.h>
#include "internal.h"

static bool nothing_ready(const struct xtcp_sock *xs)
{
	return !READ_ONCE(xs->accept.nr_ready);
}

/* One of the waiters is woken for each connection. */
static int wait_for_child(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	int err;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (nothing_ready(xtcp_sk(sk)))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);
		err = 0;
		if (!nothing_ready(xtcp_sk(sk)))
			break;
		err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
	}
	finish_wait(sk_sleep(sk), &wait);
	return err;
}

static struct xtcp_sock *take_child(struct sock *sk)
{
	struct xtcp_accept *accept = &xtcp_sk(sk)->accept;
	struct xtcp_sock *child;

	spin_lock_bh(&accept->lock);
	child = list_first_entry_or_null(&accept->ready, struct xtcp_sock, accept_node);
	if (child) {
		list_del_init(&child->accept_node);
		accept->nr_ready--;
		WRITE_ONCE(sk->sk_ack_backlog, accept->nr_ready);
	}
	spin_unlock_bh(&accept->lock);
	return child;
}

/* With the listener locked; waits if it must. */
static int next_child(struct sock *sk, int flags, struct xtcp_sock **child)
{
	long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);
	int err;

	if (sk->sk_state != TCP_LISTEN)
		return -EINVAL;
	while (!(*child = take_child(sk))) {
		if (!timeo)
			return -EAGAIN;
		err = wait_for_child(sk, timeo);
		if (err)
			return err;
	}
	return 0;
}

/* For struct proto_ops.accept */
int xtcp_accept_call(struct socket *sock, struct socket *newsock, int flags, bool *is_empty)
{
	struct sock *sk = sock->sk;
	struct xtcp_sock *child = NULL;
	int err;

	lock_sock(sk);
	err = next_child(sk, flags, &child);
	*is_empty = nothing_ready(xtcp_sk(sk));
	release_sock(sk);
	if (err)
		return err;

	lock_sock(&child->inet.sk);
	xtcp_memcg_accept(&child->inet.sk);
	sock_graft(&child->inet.sk, newsock);
	xtcp_socket_begin(newsock);
	newsock->state = SS_CONNECTED;
	release_sock(&child->inet.sk);
	return 0;
}
