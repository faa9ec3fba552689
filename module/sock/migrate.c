// SPDX-License-Identifier: GPL-2.0-only
/*
 * The accept queue's entrance, and what becomes of the clients of a listener
 * that stops while others listen at the same port (SO_REUSEPORT): with
 * migrate_req they are left to these, as if they had come to them in the first
 * place. Called by listen.c when the user stops it and by request.c for a
 * handshake that was completed meanwhile.
 */
#include "internal.h"

bool xtcp_accept_add(struct sock *listener, struct xtcp_sock *child)
{
	struct xtcp_accept *accept = &xtcp_sk(listener)->accept;
	bool taken;

	spin_lock_bh(&accept->lock);
	taken = !accept->closing;
	if (taken) {
		list_add_tail(&child->accept_node, &accept->ready);
		accept->nr_ready++;
		WRITE_ONCE(listener->sk_ack_backlog, accept->nr_ready);
	}
	spin_unlock_bh(&accept->lock);
	if (taken)
		listener->sk_data_ready(listener);
	return taken;
}

static bool migrates(const struct sock *from)
{
	return from->sk_reuseport && READ_ONCE(xtcp_sock_env(from)->knob.migrate_req);
}

static void count(const struct sock *from, bool success)
{
	xtcp_count(xtcp_sock_env(from), success ? XTCP_MIB_MIGRATE_SUCCESS :
						  XTCP_MIB_MIGRATE_FAILURE);
}

/* The bounds of its queues hold for its own clients: these are there already. */
bool xtcp_migrate_child(struct sock *from, struct xtcp_sock *child)
{
	bool moves = false;
	struct sock *to;

	if (!migrates(from))
		return false;
	/* Who takes no more is none of the next. */
	while (!moves && (to = xtcp_listener_heir(from, &child->node.tuple))) {
		/* Made when the listener was gone, by a cookie, it does not hold its port. */
		if (!child->binding.bucket && child->inet.sk.sk_state != TCP_CLOSE)
			xtcp_bind_inherit(&child->inet.sk, to);
		moves = xtcp_accept_add(to, child);
		sock_put(to);
	}
	count(from, moves);
	return moves;
}

bool xtcp_migrate_request(struct xtcp_request *req)
{
	struct sock *from = req->listener, *to;
	bool moves = false;

	if (!migrates(from))
		return false;
	while (!moves && !READ_ONCE(req->gone) &&
	       (to = xtcp_listener_heir(from, &req->node.tuple))) {
		moves = xtcp_request_move(req, to);
		sock_put(to);
	}
	count(from, moves);
	return moves;
}
