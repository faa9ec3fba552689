/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between kernels, from 6.1 on, as far as the shell meets it.
 * XTCP_HAVE_... are found by trying to compile: module/probe.sh.
 */
#ifndef _XTCP_COMPAT_H
#define _XTCP_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/ipv6.h>
#include <linux/sysctl.h>
#include <linux/tcp.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <xtcp_probes.h>

/* What asks about the memory of all sockets moved there from net/sock.h (6.10). */
#ifdef XTCP_HAVE_PROTO_MEMORY
#include <net/proto_memory.h>
#endif

/* Kept apart from other caches, so that it shows how many there are (6.5). */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE SLAB_NOLEAKTRACE
#endif

/* --- compilers --- */

/*
 * Of a variable that is filled in at once, where the way of a segment is short: kernels clear
 * all others first (CONFIG_INIT_STACK_ALL_ZERO).
 */
#if __has_attribute(__uninitialized__)
#define XTCP_NOT_CLEARED __attribute__((__uninitialized__))
#else
#define XTCP_NOT_CLEARED
#endif

/* --- timers --- */

/* hrtimer_setup() takes the place of hrtimer_init() and a store (6.13). */
static inline void xtcp_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *),
				      clockid_t clock, enum hrtimer_mode mode)
{
#ifdef XTCP_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* --- tunables --- */

/* Handlers get a const table since 6.11. */
#ifdef XTCP_HAVE_CONST_CTL_TABLE
#define XTCP_CTL_CONST const
#else
#define XTCP_CTL_CONST
#endif

/* The table has one empty row behind its n: 6.1 ends there. */
static inline struct ctl_table_header *xtcp_register_sysctl(struct net *net, const char *path,
							    struct ctl_table *table, size_t n)
{
#ifdef register_net_sysctl
	return register_net_sysctl_sz(net, path, table, n);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* --- packets and addresses --- */

/* Drop reasons that 6.1 does not have get the nearest that it has. */
#ifndef XTCP_HAVE_DROP_INVALID_ACK
#define SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE SKB_DROP_REASON_TCP_INVALID_SEQUENCE
#endif
#ifndef XTCP_HAVE_DROP_MINTTL
#define SKB_DROP_REASON_TCP_MINTTL SKB_DROP_REASON_SOCKET_FILTER
#endif

/* IP_BIND_ADDRESS_NO_PORT: a flag since 6.6. */
static inline bool xtcp_binds_no_port(const struct sock *sk)
{
#ifdef XTCP_HAVE_INET_FLAGS
	return inet_test_bit(BIND_ADDRESS_NO_PORT, sk);
#else
	return inet_sk(sk)->bind_address_no_port;
#endif
}

/* The list of IPv6 flow labels moved from ipv6_pinfo to inet_sock. */
static inline void xtcp_forget_flow_labels(struct inet_sock *inet, struct ipv6_pinfo *np)
{
#ifndef XTCP_HAVE_INET_FLOW_LABELS
	RCU_INIT_POINTER(np->ipv6_fl_list, NULL);
#else
	RCU_INIT_POINTER(inet->ipv6_fl_list, NULL);
#endif
}

/* --- sockets --- */

/* accept() gets its arguments in a structure since 6.10. */
/* clang-format off */
#ifdef XTCP_HAVE_PROTO_ACCEPT_ARG
#define XTCP_DEFINE_ACCEPT(name, call)						\
	static int name(struct socket *sock, struct socket *newsock,		\
			struct proto_accept_arg *arg)				\
	{									\
		bool is_empty = false;						\
		int err = call(sock, newsock, arg->flags, &is_empty);		\
										\
		arg->is_empty = is_empty;					\
		return err;							\
	}
#else
#define XTCP_DEFINE_ACCEPT(name, call)						\
	static int name(struct socket *sock, struct socket *newsock, int flags,	\
			bool kern)						\
	{									\
		bool is_empty;							\
										\
		return call(sock, newsock, flags, &is_empty);			\
	}
#endif
/* clang-format on */

/* Since 6.5 a protocol tells where its struct ipv6_pinfo is. */
#ifdef XTCP_HAVE_PINFO_OFFSET
#define XTCP_PINFO_OFFSET(offset) .ipv6_pinfo_offset = (offset),
#else
#define XTCP_PINFO_OFFSET(offset)
#endif

/*
 * How pages are sent by reference: a flag of sendmsg() since 6.5, with a call at the end of the
 * file; before it a call for each page. Debian's 6.1 has the names of both.
 */
#if defined(XTCP_HAVE_SENDPAGE) && defined(MSG_SPLICE_PAGES)
#define XTCP_SPLICE_OPS .sendpage = xtcp_sendpage, .splice_eof = xtcp_splice_eof
#elif defined(XTCP_HAVE_SENDPAGE)
#define XTCP_SPLICE_OPS .sendpage = xtcp_sendpage
#else
#define XTCP_SPLICE_OPS .splice_eof = xtcp_splice_eof
#endif

static inline bool xtcp_msg_splices(const struct msghdr *msg)
{
#ifdef MSG_SPLICE_PAGES
	return (msg->msg_flags & MSG_SPLICE_PAGES) && iov_iter_is_bvec(&msg->msg_iter);
#else
	return false;
#endif
}

/* More pages follow: told with the last but one since 6.5, MSG_MORE. */
static inline int xtcp_sendpage_more(int flags)
{
#ifdef MSG_SENDPAGE_NOTLAST
	return flags & MSG_SENDPAGE_NOTLAST ? MSG_MORE : 0;
#else
	return 0;
#endif
}

/* Options of SOL_SOCKET come to struct proto_ops.setsockopt for who asks for it since 6.8. */
static inline void xtcp_see_sol_socket(struct socket *sock)
{
#ifdef SOCK_CUSTOM_SOCKOPT
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
#endif
}

/* TCP_INFO tells the window that we announce since 6.2. */
static inline void xtcp_info_rcv_wnd(struct tcp_info *info, u32 wnd)
{
#ifdef XTCP_HAVE_INFO_RCV_WND
	info->tcpi_rcv_wnd = wnd;
#endif
}

/* TCP_INFO tells of timeouts since 6.7; ms in milliseconds. */
static inline void xtcp_info_timeouts(struct tcp_info *info, u16 n, u16 phases, u32 ms)
{
#ifdef XTCP_HAVE_INFO_TIMEOUTS
	info->tcpi_total_rto = n;
	info->tcpi_total_rto_recoveries = phases;
	info->tcpi_total_rto_time = ms;
#endif
}

/* What inet_create() sets and 6.6 moved to flags. */
static inline void xtcp_inet_defaults(struct sock *sk)
{
#ifdef XTCP_HAVE_INET_FLAGS
	inet_set_bit(MC_LOOP, sk);
	inet_set_bit(MC_ALL, sk);
#else
	inet_sk(sk)->mc_loop = 1;
	inet_sk(sk)->mc_all = 1;
#endif
}

/* What inet6_create() sets; flags since 6.7. */
static inline void xtcp_inet6_defaults(struct sock *sk, struct ipv6_pinfo *np)
{
	bool reflect = READ_ONCE(sock_net(sk)->ipv6.sysctl.flowlabel_reflect) &
		       FLOWLABEL_REFLECT_ESTABLISHED;

	np->hop_limit = -1;
	np->mcast_hops = IPV6_DEFAULT_MCASTHOPS;
	np->pmtudisc = IPV6_PMTUDISC_WANT;
#ifdef XTCP_HAVE_INET6_FLAGS
	inet6_set_bit(MC6_LOOP, sk);
	inet6_set_bit(MC6_ALL, sk);
	inet6_assign_bit(REPFLOW, sk, reflect);
#else
	np->mc_loop = 1;
	np->mc_all = 1;
	np->repflow = reflect;
#endif
}

/* IP_RECVERR and IPV6_RECVERR: is the user to know of errors that came by this protocol? */
static inline bool xtcp_wants_errors(const struct sock *sk, __be16 protocol)
{
	bool v4 = protocol == htons(ETH_P_IP);

#ifdef XTCP_HAVE_INET6_FLAGS
	return v4 ? inet_test_bit(RECVERR, sk) : inet6_test_bit(RECVERR6, sk);
#else
	return v4 ? inet_sk(sk)->recverr : inet6_sk(sk)->recverr;
#endif
}

/* sock_diag holds the module by itself since 6.8; before, who answers has to. */
#ifdef XTCP_HAVE_DIAG_OWNER
#define XTCP_DIAG_OWNER(module) .owner = (module),
#else
#define XTCP_DIAG_OWNER(module)
#endif

/* --- tracing --- */

/* A string of an event is named once since 6.10, where its room is made. */
#ifdef XTCP_HAVE_ASSIGN_STR_1
#define XTCP_ASSIGN_STR(name, from) __assign_str(name)
#else
#define XTCP_ASSIGN_STR(name, from) __assign_str(name, from)
#endif

/* --- bound ports of the kernel's TCP --- */

/*
 * What may stand for a socket among those that have a port: the kernel's own
 * TIME-WAITs do, of which nobody looks at more than this. Till 6.7 they are
 * listed by port as sockets are, and by address in lists of their own.
 */
union xtcp_port_owner {
	struct sock_common common;
#ifdef XTCP_HAVE_BIND_DEATHROW
	struct inet_timewait_sock tw;
#endif
};

/* Under the locks of the chains of both; sk leaves or enters meanwhile. */
static inline void xtcp_port_owner_enter(union xtcp_port_owner *owner, struct inet_bind_bucket *tb,
					 struct inet_bind2_bucket *tb2)
{
#ifdef XTCP_HAVE_BIND_DEATHROW
	hlist_add_head(&owner->tw.tw_bind_node, &tb->owners);
	hlist_add_head(&owner->tw.tw_bind2_node, &tb2->deathrow);
#else
	hlist_add_head(&owner->common.skc_bind_node, &tb2->owners);
#endif
}

static inline void xtcp_port_owner_leave(union xtcp_port_owner *owner)
{
	__hlist_del(&owner->common.skc_bind_node);
#ifdef XTCP_HAVE_BIND_DEATHROW
	__hlist_del(&owner->tw.tw_bind2_node);
#endif
}

static inline void xtcp_port_sk_enter(struct sock *sk, struct inet_bind_bucket *tb,
				      struct inet_bind2_bucket *tb2)
{
#ifdef XTCP_HAVE_BIND_DEATHROW
	sk_add_bind_node(sk, &tb->owners);
	sk_add_bind2_node(sk, &tb2->owners);
#else
	sk_add_bind_node(sk, &tb2->owners);
#endif
}

static inline void xtcp_port_sk_leave(struct sock *sk)
{
	__sk_del_bind_node(sk);
#ifdef XTCP_HAVE_BIND_DEATHROW
	__sk_del_bind2_node(sk);
#endif
}

#endif /* _XTCP_COMPAT_H */
