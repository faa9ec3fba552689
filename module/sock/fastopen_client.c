// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast Open for clients (RFC 7413 4.1.3): MSG_FASTOPEN and TCP_FASTOPEN_CONNECT,
 * what the cache of the namespace says of a host, and what a handshake tells it.
 * A SYN that waits for text is SYN-SENT with conn.fastopen.deferred. Called by
 * connect.c, send.c and drive.c, locked.
 */
#include <net/dst.h>
#include <xtcp/fastopen.h>
#include "internal.h"

static u32 knob_of(const struct xtcp_sock *xs)
{
	return READ_ONCE(xs->conn.env->knob.fastopen);
}

bool xtcp_fastopen_prepare(struct xtcp_sock *xs)
{
	struct xtcp_fastopen *f = &xs->conn.fastopen;
	bool bare = (knob_of(xs) & XTCP_FASTOPEN_CLIENT_BARE) || xs->fastopen_no_cookie;

	if (!xtcp_fastopen_cache_get(xs->node.net, &xs->node.tuple.raddr, &f->cookie, &f->mss))
		return false;
	f->ask = !bare;
	if (bare)
		f->cookie.len = 0;
	else if (!f->cookie.len)
		f->fail = XTCP_FASTOPEN_NO_COOKIE;
	return bare || f->cookie.len;
}

void xtcp_fastopen_learn(struct xtcp_sock *xs)
{
	struct xtcp_fastopen *f = &xs->conn.fastopen;
	struct xtcp_fastopen_news news = {
		.mss = xs->conn.snd.mss_peer,
		.cookie = f->learned ? &f->cookie : NULL,
		.refused = !f->learned && (f->lost || f->fail == XTCP_FASTOPEN_NOT_ACKED),
		.no_answer = !f->learned && !f->lost && !f->sent,
		.exp = f->cookie.exp,
	};

	f->ask = false;
	if (news.mss)
		xtcp_fastopen_cache_learn(xs->node.net, &xs->node.tuple.raddr, &news);
}

static bool is_to_this_host(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get(sk);

	return dst && (dst->dev->flags & IFF_LOOPBACK);
}

void xtcp_fastopen_over(struct xtcp_sock *xs)
{
	struct xtcp_conn *c = &xs->conn;

	if ((c->wake & XTCP_WAKE_HOLE) || xtcp_fastopen_fin_alone(c))
		xtcp_fastopen_pause(xs->node.net);
	else if (c->snd.mss_peer && xtcp_fastopen_has_text(c) && !is_to_this_host(&xs->inet.sk))
		xtcp_fastopen_works(xs->node.net, c->syn_sent_us);
	c->wake &= ~XTCP_WAKE_HOLE;
}

int xtcp_fastopen_start(struct sock *sk, struct msghdr *msg)
{
	struct sockaddr *sa = msg->msg_name;
	struct socket *sock = sk->sk_socket;
	int err;

	if (!(msg->msg_flags & MSG_FASTOPEN))
		return 0; /* connect() has prepared it all */
	if (!(knob_of(xtcp_sk(sk)) & XTCP_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (msg->msg_namelen >= (int)sizeof(sa->sa_family) && sa->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	switch (sock->state) {
	case SS_UNCONNECTED:
		if (sk->sk_state != TCP_CLOSE)
			return -EISCONN;
		if (msg->msg_namelen < (int)sizeof(sa->sa_family))
			return -EINVAL;
		err = xtcp_connect_start(sk, sa, msg->msg_namelen, true);
		if (!err)
			sock->state = SS_CONNECTING;
		return err;
	case SS_CONNECTING:
		return 0;
	case SS_CONNECTED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
}

int xtcp_set_fastopen_connect(struct xtcp_sock *xs, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	if (!(knob_of(xs) & XTCP_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (xs->inet.sk.sk_state != TCP_CLOSE)
		return -EINVAL;
	xs->fastopen_connect = val;
	return 0;
}

int xtcp_get_fastopen_connect(struct xtcp_sock *xs)
{
	return xs->fastopen_connect;
}
