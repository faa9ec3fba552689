// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions about a socket: names of its ends, and the ioctl()s of streams.
 * What we do not know goes to the IP layer of the socket's family.
 */
#include <asm/ioctls.h>
#include <linux/compat.h>
#include <linux/sockios.h>
#include <linux/uaccess.h>
#include <net/inet_common.h>
#include <net/tcp.h>
#include "internal.h"

/* struct proto_ops.getname */
int xtcp_getname(struct socket *sock, struct sockaddr *addr, int peer)
{
	if (READ_ONCE(sock->sk->sk_family) == AF_INET)
		return inet_getname(sock, addr, peer);
	return inet6_getname(sock, addr, peer);
}

static bool is_opening(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
}

/* Text to be read; after the connection's death, too. */
static int inq(const struct xtcp_sock *xs)
{
	return is_opening(&xs->inet.sk) ? 0 : xtcp_urgent_inq(&xs->inet.sk);
}

/* Our FIN counts as one until it is sent, or acknowledged. */
static int queued_from(const struct xtcp_sock *xs, u32 seq)
{
	const struct xtcp_conn *c = &xs->conn;
	u32 end = c->txq.end + c->snd.fin_queued;

	if (is_opening(&xs->inet.sk) || xs->inet.sk.sk_state == TCP_CLOSE)
		return 0;
	return xtcp_seq_gt(end, seq) ? end - seq : 0;
}

static bool answer(const struct xtcp_sock *xs, unsigned int cmd, int *value)
{
	switch (cmd) {
	case SIOCINQ:
		*value = inq(xs);
		return true;
	case SIOCOUTQ:
		*value = queued_from(xs, xs->conn.snd.una);
		return true;
	case SIOCOUTQNSD:
		*value = queued_from(xs, xs->conn.snd.nxt);
		return true;
	case SIOCATMARK:
		*value = xtcp_urgent_at(&xs->conn, xs->conn.rcv.copied);
		return true;
	default:
		return false;
	}
}

/* -ENOIOCTLCMD if cmd is not about streams */
static int stream_ioctl(struct sock *sk, unsigned int cmd, void __user *arg)
{
	bool known, listens;
	int value = 0;

	lock_sock(sk);
	listens = sk->sk_state == TCP_LISTEN && cmd != SIOCATMARK;
	known = answer(xtcp_sk(sk), cmd, &value);
	release_sock(sk);
	if (!known)
		return -ENOIOCTLCMD;
	if (listens)
		return -EINVAL;
	return put_user(value, (int __user *)arg);
}

/* struct proto_ops.ioctl */
int xtcp_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	int ret = stream_ioctl(sock->sk, cmd, (void __user *)arg);

	if (ret != -ENOIOCTLCMD)
		return ret;
	if (READ_ONCE(sock->sk->sk_family) == AF_INET)
		return inet_ioctl(sock, cmd, arg);
	return inet6_ioctl(sock, cmd, arg);
}

#ifdef CONFIG_COMPAT
int xtcp_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return stream_ioctl(sock->sk, cmd, compat_ptr(arg));
}
#endif
