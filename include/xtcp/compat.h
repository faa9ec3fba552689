/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that differs between kernels, from 6.1 on, as far as the shell meets it.
 */
#ifndef _XTCP_COMPAT_H
#define _XTCP_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/ipv6.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

/* --- timers --- */

/* hrtimer_setup() takes the place of hrtimer_init() and a store (6.13). */
static inline void xtcp_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *),
				      clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = function;
#endif
}

/* --- tunables --- */

/* Handlers get a const table since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
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
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE SKB_DROP_REASON_TCP_INVALID_SEQUENCE
#endif

/* The list of IPv6 flow labels moved from ipv6_pinfo to inet_sock. */
static inline void xtcp_forget_flow_labels(struct inet_sock *inet, struct ipv6_pinfo *np)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
	RCU_INIT_POINTER(np->ipv6_fl_list, NULL);
#else
	RCU_INIT_POINTER(inet->ipv6_fl_list, NULL);
#endif
}

/* --- sockets --- */

/* accept() gets its arguments in a structure since 6.10. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define XTCP_HAVE_PROTO_ACCEPT_ARG
#endif

/* Since 6.5 a protocol tells where its struct ipv6_pinfo is. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define XTCP_PINFO_OFFSET(offset) .ipv6_pinfo_offset = (offset),
#else
#define XTCP_PINFO_OFFSET(offset)
#endif

/* TCP_INFO tells the window that we announce since 6.2. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define XTCP_HAVE_INFO_RCV_WND
#endif

/* What inet_create() sets and 6.6 moved to flags. */
static inline void xtcp_inet_defaults(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
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
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	inet6_set_bit(MC6_LOOP, sk);
	inet6_set_bit(MC6_ALL, sk);
	inet6_assign_bit(REPFLOW, sk, reflect);
#else
	np->mc_loop = 1;
	np->mc_all = 1;
	np->repflow = reflect;
#endif
}

#endif /* _XTCP_COMPAT_H */
