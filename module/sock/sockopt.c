// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of level IPPROTO_TCP as a table; those of the levels below go to
 * the IP layer, those of SOL_SOCKET never come here.
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

/* Bounds of TCP_MAXSEG, as Linux's TCP has them. */
#define USER_MSS_MIN	88
#define USER_MSS_MAX	32767

/* set and get are called locked. */
struct option {
	int name;
	int (*set)(struct xtcp_sock *xs, int val);
	int (*get)(struct xtcp_sock *xs);
};

static void push(struct xtcp_sock *xs)
{
	if (!xs->conn.txq.next || !xtcp_is_synchronized(xs->conn.state))
		return;
	xs->conn.owes |= XTCP_OWES_PUSH;
	xtcp_sock_drive(xs, xtcp_now_us());
}

static int set_nodelay(struct xtcp_sock *xs, int val)
{
	xs->conn.user.nodelay = val;
	if (val)
		push(xs);
	return 0;
}

static int get_nodelay(struct xtcp_sock *xs)
{
	return xs->conn.user.nodelay;
}

static int set_cork(struct xtcp_sock *xs, int val)
{
	xs->corked = val;
	if (!val)
		push(xs);
	return 0;
}

static int get_cork(struct xtcp_sock *xs)
{
	return xs->corked;
}

/* Even numbers but 0: for the ACK that waits, if one does. */
static int set_quickack(struct xtcp_sock *xs, int val)
{
	bool waits = xtcp_timer_armed(&xs->conn, XTCP_TIMER_DELACK);

	xtcp_delack_wish(&xs->conn, val);
	if (!val || !waits)
		return 0;
	xtcp_sock_drive(xs, xtcp_now_us());
	if (!(val & 1))
		xtcp_delack_wish(&xs->conn, false);
	return 0;
}

static int get_quickack(struct xtcp_sock *xs)
{
	return !xs->conn.delack.answers;
}

static int set_inq(struct xtcp_sock *xs, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	xs->tells_inq = val;
	return 0;
}

static int get_inq(struct xtcp_sock *xs)
{
	return xs->tells_inq;
}

static int set_notsent_lowat(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->notsent_lowat, val);
	/* Asked before each write: until now it would have been in vain. */
	WRITE_ONCE(xtcp_prot.stream_memory_free, xtcp_stream_memory_free);
	xs->inet.sk.sk_write_space(&xs->inet.sk);
	return 0;
}

static int get_notsent_lowat(struct xtcp_sock *xs)
{
	return xs->notsent_lowat;
}

static int refuse(struct xtcp_sock *xs, int val)
{
	return -ENOPROTOOPT;
}

static int get_no(struct xtcp_sock *xs)
{
	return 0;
}

static int set_maxseg(struct xtcp_sock *xs, int val)
{
	if (val && (val < USER_MSS_MIN || val > USER_MSS_MAX))
		return -EINVAL;
	xs->user_mss = val;
	return 0;
}

static int get_maxseg(struct xtcp_sock *xs)
{
	int state = xs->inet.sk.sk_state;

	if (state != TCP_CLOSE && state != TCP_LISTEN && xs->conn.snd.mss)
		return xs->conn.snd.mss;
	return xs->user_mss ? xs->user_mss : xtcp_ipv4_ops.mss_default;
}

static int set_user_timeout(struct xtcp_sock *xs, int val)
{
	if (val < 0)
		return -EINVAL;
	xs->conn.user.timeout_ms = val;
	return 0;
}

static int get_user_timeout(struct xtcp_sock *xs)
{
	return xs->conn.user.timeout_ms;
}

#define SYN_LIMIT_MAX	127
#define LINGER2_MAX	120	/* s */

static int set_syncnt(struct xtcp_sock *xs, int val)
{
	if (val < 1 || val > SYN_LIMIT_MAX)
		return -EINVAL;
	WRITE_ONCE(xs->conn.user.syn_limit, val);
	return 0;
}

static int get_syncnt(struct xtcp_sock *xs)
{
	u8 limit = xs->conn.user.syn_limit;

	return limit ? limit : READ_ONCE(xs->conn.env->knob.syn_retries);
}

static int set_linger2(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->conn.user.linger2_s, clamp(val, -1, LINGER2_MAX));
	return 0;
}

static int get_linger2(struct xtcp_sock *xs)
{
	s16 life_s = xs->conn.user.linger2_s;

	return life_s ? life_s : READ_ONCE(xs->conn.env->knob.fin_timeout);
}

/* Bounds as Linux's TCP has them; 0, what a new socket has, is the tunable. */
#define KEEP_SECONDS_MAX	32767
#define KEEP_PROBES_MAX		127

static int set_keep_seconds(u32 *ms, int val)
{
	if (val < 1 || val > KEEP_SECONDS_MAX)
		return -EINVAL;
	WRITE_ONCE(*ms, val * MSEC_PER_SEC);
	return 0;
}

/* struct proto.keepalive: SO_KEEPALIVE is on, or not; or the time before has changed. */
void xtcp_keepalive(struct sock *sk, int on)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	xtcp_keepalive_set(&xs->conn, on, xtcp_now_us());
	xtcp_sock_arm_timer(xs);
}

static int set_keepidle(struct xtcp_sock *xs, int val)
{
	int err = set_keep_seconds(&xs->conn.user.keep_idle_ms, val);

	if (!err)
		xtcp_keepalive(&xs->inet.sk, xs->conn.user.keepalive);
	return err;
}

static int get_keepidle(struct xtcp_sock *xs)
{
	u32 ms = xs->conn.user.keep_idle_ms;

	return ms ? ms / MSEC_PER_SEC : READ_ONCE(xs->conn.env->knob.keepalive_time);
}

static int set_keepintvl(struct xtcp_sock *xs, int val)
{
	return set_keep_seconds(&xs->conn.user.keep_intvl_ms, val);
}

static int get_keepintvl(struct xtcp_sock *xs)
{
	u32 ms = xs->conn.user.keep_intvl_ms;

	return ms ? ms / MSEC_PER_SEC : READ_ONCE(xs->conn.env->knob.keepalive_intvl);
}

static int set_keepcnt(struct xtcp_sock *xs, int val)
{
	if (val < 1 || val > KEEP_PROBES_MAX)
		return -EINVAL;
	WRITE_ONCE(xs->conn.user.keep_probes, val);
	return 0;
}

static int get_keepcnt(struct xtcp_sock *xs)
{
	u8 probes = xs->conn.user.keep_probes;

	return probes ? probes : READ_ONCE(xs->conn.env->knob.keepalive_probes);
}

/* In seconds, rounded up to a time at which a SYN,ACK is due. */
static int set_defer_accept(struct xtcp_sock *xs, int val)
{
	u8 timeouts = xtcp_defer_timeouts(max(val, 0), &xtcp_sock_env(&xs->inet.sk)->knob);

	WRITE_ONCE(xs->defer_accept, timeouts);
	return 0;
}

static int get_defer_accept(struct xtcp_sock *xs)
{
	return xtcp_defer_seconds(xs->defer_accept, &xtcp_sock_env(&xs->inet.sk)->knob);
}

static const struct option options[] = {
	{ TCP_NODELAY, set_nodelay, get_nodelay },
	{ TCP_CORK, set_cork, get_cork },
	{ TCP_MAXSEG, set_maxseg, get_maxseg },
	{ TCP_SYNCNT, set_syncnt, get_syncnt },
	{ TCP_LINGER2, set_linger2, get_linger2 },
	{ TCP_KEEPIDLE, set_keepidle, get_keepidle },
	{ TCP_KEEPINTVL, set_keepintvl, get_keepintvl },
	{ TCP_KEEPCNT, set_keepcnt, get_keepcnt },
	{ TCP_DEFER_ACCEPT, set_defer_accept, get_defer_accept },
	{ TCP_FASTOPEN, xtcp_set_fastopen, xtcp_get_fastopen },
	{ TCP_FASTOPEN_CONNECT, xtcp_set_fastopen_connect, xtcp_get_fastopen_connect },
	{ TCP_FASTOPEN_NO_COOKIE, xtcp_set_fastopen_no_cookie, xtcp_get_fastopen_no_cookie },
	{ TCP_USER_TIMEOUT, set_user_timeout, get_user_timeout },
	{ TCP_QUICKACK, set_quickack, get_quickack },
	{ TCP_NOTSENT_LOWAT, set_notsent_lowat, get_notsent_lowat },
	{ TCP_INQ, set_inq, get_inq },
	{ TCP_IS_MPTCP, refuse, get_no },
};

static const struct option *find(int name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].name == name)
			return &options[i];
	}
	return NULL;
}

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

static int set_tcp(struct sock *sk, int name, sockptr_t optval, unsigned int optlen)
{
	const struct option *option = find(name);
	int val;
	int err;

	if (name == TCP_CONGESTION)
		return set_congestion(sk, optval, optlen);
	if (name == TCP_FASTOPEN_KEY)
		return xtcp_set_fastopen_key(sk, optval, optlen);
	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (!option)
		return -ENOPROTOOPT;
	lock_sock(sk);
	err = option->set(xtcp_sk(sk), val);
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

static int get_tcp(struct sock *sk, int name, char __user *optval, int __user *optlen)
{
	const struct option *option = find(name);
	u8 key[XTCP_FASTOPEN_KEYS * XTCP_FASTOPEN_KEY];
	struct tcp_info info;
	int val;

	if (name == TCP_CONGESTION)
		return get_congestion(sk, optval, optlen);
	if (name == TCP_FASTOPEN_KEY)
		return give(key, xtcp_get_fastopen_key(sk, key), optval, optlen);
	if (name == TCP_INFO) {
		lock_sock(sk);
		xtcp_get_info(xtcp_sk(sk), &info);
		release_sock(sk);
		return give(&info, sizeof(info), optval, optlen);
	}
	if (!option)
		return -ENOPROTOOPT;
	lock_sock(sk);
	val = option->get(xtcp_sk(sk));
	release_sock(sk);
	return give(&val, sizeof(val), optval, optlen);
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

static int set_option(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	switch (level) {
	case SOL_TCP:
		return set_tcp(sk, optname, optval, optlen);
	case SOL_IP:
		return ip_setsockopt(sk, level, optname, optval, optlen);
	case SOL_IPV6:
		decide_family(sk);
		if (sk->sk_family != AF_INET6)
			return -ENOPROTOOPT;
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
