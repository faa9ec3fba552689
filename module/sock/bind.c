// SPDX-License-Identifier: GPL-2.0-only
/*
 * bind(): which address (ip/ decides whether it is ours) and which port
 * (table/bind.c). Also the automatic port of listen().
 */
#include "internal.h"

int xtcp_take_scope(struct sock *sk, const struct in6_addr *addr, int scope)
{
	if (!(ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL))
		return 0;
	if (scope) {
		if (sk->sk_bound_dev_if && sk->sk_bound_dev_if != scope)
			return -EINVAL;
		sk->sk_bound_dev_if = scope;
	}
	/* The address means nothing without an interface. */
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

static void forget_address(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_saddr = 0;
	inet->inet_rcv_saddr = 0;
	memset(&sk->sk_v6_rcv_saddr, 0, sizeof(sk->sk_v6_rcv_saddr));
	memset(&inet6_sk(sk)->saddr, 0, sizeof(inet6_sk(sk)->saddr));
	sk->sk_userlocks &= ~SOCK_BINDADDR_LOCK;
}

static int bind_locked(struct sock *sk, const struct in6_addr *addr, u16 port, int scope)
{
	bool v6only = sk->sk_ipv6only;
	int err;

	if (sk->sk_state != TCP_CLOSE || inet_sk(sk)->inet_num)
		return -EINVAL;
	err = xtcp_take_scope(sk, addr, scope);
	if (err)
		return err;
	err = xtcp_ip_ops_for(sk->sk_family)->bind_addr(sk, addr, scope);
	if (err)
		return err;
	/* IP_BIND_ADDRESS_NO_PORT: connect() or listen() takes one. */
	if (port || !xtcp_binds_no_port(sk))
		err = xtcp_bind(sk, addr, port);
	if (err) {
		forget_address(sk);
		sk->sk_ipv6only = v6only;
		return err;
	}
	xtcp_sk(sk)->ip = ipv6_addr_v4mapped(addr) ? &xtcp_ipv4_ops : &xtcp_ipv6_ops;
	if (port)
		sk->sk_userlocks |= SOCK_BINDPORT_LOCK;
	inet_sk(sk)->inet_dport = 0;
	inet_sk(sk)->inet_daddr = 0;
	sk_dst_reset(sk);
	return 0;
}

/* Programs that never set the family mean IPv4 if they ask for any address. */
static sa_family_t family_of(const struct sockaddr *sa, int len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)sa;

	if (sa->sa_family == AF_UNSPEC && len >= (int)sizeof(*sin) &&
	    sin->sin_addr.s_addr == htonl(INADDR_ANY))
		return AF_INET;
	return sa->sa_family;
}

/* struct proto_ops.bind */
int xtcp_bind_call(struct socket *sock, struct sockaddr *sa, int len)
{
	struct sock *sk = sock->sk;
	struct sockaddr_storage copy = {};
	sa_family_t family;
	struct in6_addr addr;
	int scope = 0;
	u16 port;
	int err;

	if (len < (int)sizeof(sa->sa_family) || len > (int)sizeof(copy))
		return -EINVAL;
	memcpy(&copy, sa, len);
	family = family_of(sa, len);
	copy.ss_family = family;
	if (family != AF_INET && family != AF_INET6)
		return -EAFNOSUPPORT;

	lock_sock(sk);
	err = xtcp_ip_ops_for(family)->parse_addr((struct sockaddr *)&copy, len, &addr, &port,
						  &scope);
	if (!err)
		err = xtcp_sock_set_family(sk, family);
	if (!err)
		err = bind_locked(sk, &addr, port, scope);
	release_sock(sk);
	return err;
}

int xtcp_bind_auto(struct sock *sk)
{
	struct in6_addr addr = in6addr_any;

	if (xtcp_sk(sk)->family_open)
		xtcp_sock_set_family(sk, AF_INET);
	if (sk->sk_userlocks & SOCK_BINDADDR_LOCK) {
		addr = sk->sk_v6_rcv_saddr;
	} else {
		if (sk->sk_family == AF_INET)
			ipv6_addr_set_v4mapped(0, &addr);
		xtcp_sk(sk)->ip = xtcp_ip_ops_for(sk->sk_family);
	}
	return xtcp_bind(sk, &addr, 0);
}
