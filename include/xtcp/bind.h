/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Local ports: who of xtcp uses which (table/bind.c), and what holds them against
 * the kernel's TCP (table/hold.c).
 */
#ifndef _XTCP_BIND_H
#define _XTCP_BIND_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/types.h>
#include <xtcp/compat.h>

struct inet_bind2_bucket;
struct inet_bind_bucket;
struct net;
struct sock;
struct xtcp_bucket;
struct xtcp_hold;
struct xtcp_timewait;

/**
 * struct xtcp_binding - a socket's share of a port; part of struct xtcp_sock
 * @link: in the bucket's list of sharers
 * @bucket: of (namespace, port); NULL if not bound
 * @hold: reservation against the kernel's TCP, shared and counted
 * @addr: local address, IPv4 mapped, or the unspecified address
 *	(::ffff:0.0.0.0 for an IPv4 socket)
 * @chosen: the port was asked for by bind(), not picked by connect(): no
 *	connect() of another socket may pick it too
 */
struct xtcp_binding {
	struct list_head link;
	struct xtcp_bucket *bucket;
	struct xtcp_hold *hold;
	struct in6_addr addr;
	bool chosen;
};

int xtcp_bind_setup(void);
void xtcp_bind_teardown(void);

/*
 * Binds sk to addr and port; port 0 picks a free one. Reads sk_reuse,
 * sk_reuseport, sk_ipv6only, sk_family, sk_bound_dev_if and sk_state. Process
 * context, socket locked, may sleep. Sets inet_num, inet_sport. 0,
 * -EADDRINUSE, -EACCES (privileged port), -ENOMEM. Rules of Linux:
 * two sharers conflict if their addresses and interfaces may be the same,
 * unless both have SO_REUSEADDR and neither listens, or both have
 * SO_REUSEPORT and the same user. A TIME-WAIT counts as the socket that it was,
 * of any user.
 */
int xtcp_bind(struct sock *sk, const struct in6_addr *addr, u16 port);

/*
 * May sk listen? Its sharers are checked again: others that listen conflict.
 * 0 or -EADDRINUSE. Set sk_state to TCP_LISTEN before, so that of two that
 * try at the same time one sees the other.
 */
int xtcp_bind_recheck(struct sock *sk);

/*
 * Picks the local port of a connect() and enters sk's node: tuple.lport is
 * 0 and the rest of sk's node.tuple is set; the rest of the node is set here.
 * Tries ports of the range from a keyed offset on (RFC 6056 3.3.3), prefers
 * held ones, skips what conflicts here or in the kernel's TCP; several
 * connections may share a port if their remote ends differ, and one may take the
 * place of a TIME-WAIT (tw_reuse). Process context, socket locked. 0 with the
 * binding, the node inserted, inet_num/inet_sport and *isn set as by
 * xtcp_node_enter(), or -EADDRNOTAVAIL, -ENOMEM.
 */
int xtcp_bind_connect(struct sock *sk, u32 *isn);

/*
 * A child, whose node.tuple is set, shares its listener's port; any context.
 * Sets its inet_num and inet_sport.
 */
void xtcp_bind_inherit(struct sock *child, struct sock *listener);
/* Harmless where sk is not bound; any context. inet_num is 0 after. */
void xtcp_bind_release(struct sock *sk);

/*
 * A TIME-WAIT keeps its port: moves sk's share to it (sk is unbound after),
 * and later gives it back. Any context.
 */
void xtcp_bind_to_timewait(struct sock *sk, struct xtcp_timewait *tw);
void xtcp_bind_timewait_release(struct xtcp_timewait *tw);

/**
 * struct xtcp_hold_key - what a hold keeps the kernel's TCP from, of a port
 * @addr: as in struct xtcp_binding
 * @scope: interface of a link-local address, else 0
 * @v6only: the unspecified IPv6 address without IPv4
 */
struct xtcp_hold_key {
	struct in6_addr addr;
	int scope;
	bool v6only;
};

/**
 * struct xtcp_reservation - a port in the table of bound ports of the kernel's TCP
 * @owner: stands there for a socket
 * @tb: the port
 * @tb2: the port and address
 */
struct xtcp_reservation {
	union xtcp_port_owner owner;
	struct inet_bind_bucket *tb;
	struct inet_bind2_bucket *tb2;
};

/**
 * struct xtcp_hold - keeps the kernel's TCP from a port; one for each key
 * @link: among those of the port
 * @key: from what of it
 * @users: who has it: sockets, and all of @timewaits together
 * @reservation: among the kernel's
 * @timewaits: struct xtcp_timewait.of_hold
 */
struct xtcp_hold {
	struct hlist_node link;
	struct xtcp_hold_key key;
	u32 users;
	struct xtcp_reservation reservation;
	struct list_head timewaits;
};

/* table/hold.c, for bind.c, under the lock of the port's chain */
/*
 * A hold that covers key, with a reference; holds are those of port in net.
 * reuse: the user has SO_REUSEADDR. Or ERR_PTR() of -EADDRINUSE, -ENOMEM.
 */
struct xtcp_hold *xtcp_hold_get(struct hlist_head *holds, struct net *net, u16 port,
				const struct xtcp_hold_key *key, bool reuse);
void xtcp_hold_dup(struct xtcp_hold *hold);
void xtcp_hold_put(struct xtcp_hold *hold);
int xtcp_hold_setup(void);		/* slab cache "xtcp_hold" */
void xtcp_hold_teardown(void);

/* May the same segment be for both? Unspecified addresses match their kind. */
bool xtcp_addr_overlaps(const struct in6_addr *a, bool a_v6only,
			const struct in6_addr *b, bool b_v6only);

#endif /* _XTCP_BIND_H */
