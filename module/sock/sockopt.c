// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of level IPPROTO_TCP and of those below: those of IP go to the IP layer, those of
 * SOL_SOCKET to pages.c, which sees those that it has to. What is a number is in option.c.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <xtcp/congestion.h>
#include <xtcp/fastopen.h>
#include "internal.h"

/* To choose what it has changes nothing and needs no permission, as in Linux. */
static int choose_congestion(struct xtcp_sock *xs, const char *name)
{
	bool any = ns_capable(sock_net(&xs->inet.sk)->user_ns, CAP_NET_ADMIN);
	const struct xtcp_cc_ops *cc;

	if (strcmp(xs->cc->name, name)) {
		cc = xtcp_congestion_get(name, any);
		if (IS_ERR(cc))
			return PTR_ERR(cc);
		xtcp_cc_choose(&xs->conn.cc, cc);
		/* What a reduction has kept is of another algorithm, which may go. */
		xs->conn.undo.cc.ops = NULL;
		xtcp_congestion_put(xs->cc);
		xs->cc = cc;
	}
	xs->cc_chosen = true;
	return 0;
}

/* TCP_CONGESTION: a name, which need not end with 0. */
static int set_congestion(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	char name[XTCP_CC_NAME_MAX] = "";
	int err;

	if (!optlen)
		return -EINVAL;
	if (copy_from_sockptr(name, optval, min_t(unsigned int, optlen, sizeof(name) - 1)))
		return -EFAULT;
	xtcp_congestion_load(name);
	lock_sock(sk);
	err = choose_congestion(xtcp_sk(sk), name);
	release_sock(sk);
	return err;
}

/* Copies as much as the user has room for. */
static int give(const void *value, int size, char __user *optval, int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, optlen) || copy_to_user(optval, value, len))
		return -EFAULT;
	return 0;
}

static int get_congestion(struct sock *sk, char __user *optval, int __user *optlen)
{
	char name[XTCP_CC_NAME_MAX] = "";

	lock_sock(sk);
	strscpy(name, xtcp_sk(sk)->cc->name, sizeof(name));
	release_sock(sk);
	return give(name, sizeof(name), optval, optlen);
}

static int set_fastopen_key(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	return xtcp_set_fastopen_key(sk, optval, optlen);
}

static int get_fastopen_key(struct sock *sk, char __user *optval, int __user *optlen)
{
	u8 key[XTCP_FASTOPEN_KEYS * XTCP_FASTOPEN_KEY];

	return give(key, xtcp_get_fastopen_key(sk, key), optval, optlen);
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tcp_info info;

	lock_sock(sk);
	xtcp_get_info(xtcp_sk(sk), &info);
	release_sock(sk);
	return give(&info, sizeof(info), optval, optlen);
}

/* Once: what was given is gone. With too little room only the length is. */
static int give_saved_syn(struct xtcp_sock *xs, char __user *optval, int __user *optlen)
{
	struct xtcp_saved_syn *syn = xs->saved_syn;
	int len;

	if (!syn)
		return give(NULL, 0, optval, optlen);
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)syn->len)
		return put_user(syn->len, optlen) ? -EFAULT : -EINVAL;
	if (put_user(syn->len, optlen) || copy_to_user(optval, syn->bytes, syn->len))
		return -EFAULT;
	xtcp_syn_forget(xs);
	return 0;
}

static int get_saved_syn(struct sock *sk, char __user *optval, int __user *optlen)
{
	int err;

	lock_sock(sk);
	err = give_saved_syn(xtcp_sk(sk), optval, optlen);
	release_sock(sk);
	return err;
}

/* set is NULL of what cannot be set. */
struct bytes_option {
	int name;
	int (*set)(struct sock *sk, sockptr_t optval, unsigned int optlen);
	int (*get)(struct sock *sk, char __user *optval, int __user *optlen);
};

static const struct bytes_option bytes_options[] = {
#define SETTER_RW(stem) set_##stem
#define SETTER_RO(stem) NULL
#define XTCP_SOCKOPT(name, stem, unit, least, most, initial, reads, meaning)
#define XTCP_SOCKOPT_READ(name, stem, meaning)
#define XTCP_SOCKOPT_BYTES(name, stem, access, meaning) \
	{ TCP_##name, SETTER_##access(stem), get_##stem },
#include <xtcp/defs/sockopt_defs.h>
#undef XTCP_SOCKOPT
#undef XTCP_SOCKOPT_READ
#undef XTCP_SOCKOPT_BYTES
};

static const struct bytes_option *find_bytes(int name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bytes_options); i++) {
		if (bytes_options[i].name == name)
			return &bytes_options[i];
	}
	return NULL;
}

static int set_number(struct sock *sk, int name, sockptr_t optval, unsigned int optlen)
{
	int val, err;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	err = xtcp_set_option(xtcp_sk(sk), name, val);
	release_sock(sk);
	return err;
}

static int set_tcp(struct sock *sk, int name, sockptr_t optval, unsigned int optlen)
{
	const struct bytes_option *option = find_bytes(name);

	if (!option)
		return set_number(sk, name, optval, optlen);
	return option->set ? option->set(sk, optval, optlen) : -ENOPROTOOPT;
}

static int get_tcp(struct sock *sk, int name, char __user *optval, int __user *optlen)
{
	const struct bytes_option *option = find_bytes(name);
	int val, err;

	if (option)
		return option->get(sk, optval, optlen);
	lock_sock(sk);
	err = xtcp_get_option(xtcp_sk(sk), name, &val);
	release_sock(sk);
	return err ? err : give(&val, sizeof(val), optval, optlen);
}

/* An option of IPv6 makes an IPv6 socket of one that is neither yet. */
static void decide_family(struct sock *sk)
{
	if (!READ_ONCE(xtcp_sk(sk)->family_open))
		return;
	lock_sock(sk);
	if (xtcp_sk(sk)->family_open)
		xtcp_sock_set_family(sk, AF_INET6);
	release_sock(sk);
}

/* Generic code lets all but the kernel's TCP join groups; whose text would be whose there? */
static bool joins_group(int level, int optname, unsigned int optlen)
{
	if (level == SOL_IP)
		return optname == IP_ADD_MEMBERSHIP || optname == IP_DROP_MEMBERSHIP;
	return (optname == IPV6_ADD_MEMBERSHIP || optname == IPV6_DROP_MEMBERSHIP) &&
	       optlen >= sizeof(struct ipv6_mreq);
}

static int set_option(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	switch (level) {
	case SOL_SOCKET:
		return xtcp_set_sol_socket(sk->sk_socket, optname, optval, optlen);
	case SOL_TCP:
		return set_tcp(sk, optname, optval, optlen);
	case SOL_IP:
		if (joins_group(level, optname, optlen))
			return -EPROTO;
		return ip_setsockopt(sk, level, optname, optval, optlen);
	case SOL_IPV6:
		decide_family(sk);
		if (sk->sk_family != AF_INET6)
			return -ENOPROTOOPT;
		if (joins_group(level, optname, optlen))
			return -EPROTO;
		return ipv6_setsockopt(sk, level, optname, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}

/* struct proto_ops.setsockopt */
int xtcp_setsockopt(struct socket *sock, int level, int optname, sockptr_t optval,
		    unsigned int optlen)
{
	int err = set_option(sock->sk, level, optname, optval, optlen);

	/* IP options, say, leave less room for text. */
	WRITE_ONCE(xtcp_sk(sock->sk)->path.dst, NULL);
	return err;
}

/* struct proto_ops.getsockopt */
int xtcp_getsockopt(struct socket *sock, int level, int optname, char __user *optval,
		    int __user *optlen)
{
	struct sock *sk = sock->sk;

	switch (level) {
	case SOL_TCP:
		return get_tcp(sk, optname, optval, optlen);
	case SOL_IP:
		return ip_getsockopt(sk, level, optname, optval, optlen);
	case SOL_IPV6:
		decide_family(sk);
		if (sk->sk_family != AF_INET6)
			return -ENOPROTOOPT;
		return ipv6_getsockopt(sk, level, optname, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}
