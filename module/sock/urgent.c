// SPDX-License-Identifier: GPL-2.0-only
/*
 * The user's view of received urgent text: recv(MSG_OOB), and what the octet
 * at the mark does to the number of readable ones. Called by recv.c, poll.c
 * and ioctl.c; core/urgent.c keeps the mark.
 */
#include <net/tcp.h>
#include "internal.h"

/* The octet is here; len is the user's room. 1, 0 without room, or -EFAULT. */
static int give_octet(struct xtcp_sock *xs, struct msghdr *msg, size_t len, int flags)
{
	u8 octet = xs->urgent_octet;

	if (!(flags & MSG_PEEK))
		WRITE_ONCE(xs->conn.urgent.state, XTCP_URGENT_TAKEN);
	msg->msg_flags |= MSG_OOB;
	if (!len) {
		msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &octet, 1))
		return -EFAULT;
	return 1;
}

int xtcp_recv_urgent(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct xtcp_sock *xs = xtcp_sk(sk);
	u8 state = xs->conn.urgent.state;

	if (sock_flag(sk, SOCK_URGINLINE) || state == XTCP_URGENT_NONE ||
	    state == XTCP_URGENT_TAKEN)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (state == XTCP_URGENT_HERE)
		return give_octet(xs, msg, len, flags);
	if (sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN))
		return 0;
	return -EAGAIN;
}

bool xtcp_urgent_hidden(const struct sock *sk)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;

	return !sock_flag(sk, SOCK_URGINLINE) && xtcp_urgent_at(c, READ_ONCE(c->rcv.copied));
}

u32 xtcp_urgent_inq(const struct sock *sk)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;
	u32 n = xtcp_readable(c);

	if (sock_flag(sk, SOCK_URGINLINE))
		return n;
	return xtcp_urgent_hidden(sk) ? 0 : xtcp_urgent_limit(c, c->rcv.copied, n);
}
