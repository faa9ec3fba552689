/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of table/ share among themselves.
 */
#ifndef _XTCP_TABLE_H
#define _XTCP_TABLE_H

#include <linux/types.h>
#include <net/l3mdev.h>
#include <xtcp/bind.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>

u32 xtcp_tuple_hash(const struct net *net, const struct xtcp_tuple *tuple);

/* The hash of listeners; part of xtcp_demux_setup(). */
void xtcp_listener_setup(void);

/* timewait.c: the node that has node's tuple, with a reference, or NULL. */
struct xtcp_node *xtcp_node_find_other(const struct xtcp_node *node);

/*
 * bind.c for pick.c: sk gets this very port. 0, -EADDRINUSE or another error.
 * strict: only if nobody else has the address there. held: only if connections
 * have the port already; the node is entered, *isn as in xtcp_node_enter().
 */
int xtcp_port_bind(struct sock *sk, const struct in6_addr *addr, u16 port, bool strict);
int xtcp_port_connect(struct sock *sk, u16 port, bool held, u32 *isn);
/* pick.c for bind.c: bind() to port 0. */
int xtcp_port_bind_any(struct sock *sk, const struct in6_addr *addr);

/*
 * reserve.c for hold.c, bottom halves off: r, which is zeroed, keeps the kernel's TCP
 * from port. 0 or -EADDRINUSE. reuse: its sockets with SO_REUSEADDR don't mind, as long
 * as they don't listen; afterwards r minds everybody, but while it lets one in.
 */
int xtcp_reserve(struct xtcp_reservation *r, struct net *net, u16 port,
		 const struct xtcp_hold_key *key, bool reuse);
void xtcp_reservation_let_in(struct xtcp_reservation *r, bool on);
void xtcp_unreserve(struct xtcp_reservation *r);
int xtcp_reserve_setup(void);
void xtcp_reserve_teardown(void);

/**
 * struct xtcp_walk - how a reader finds his place in a chain again
 * @after: the entry that he was at; it may have left
 * @from: the place to go on at if it has, or if there was none
 * @i: entries met
 * @past: @after was met
 */
struct xtcp_walk {
	const struct xtcp_node *after;
	u32 from;
	u32 i;
	bool past;
};

/* Asked about each entry of the chain in turn: is it behind the place? */
static inline bool xtcp_walk_is_behind(struct xtcp_walk *w, const struct xtcp_node *node)
{
	u32 i = w->i++;

	if (!w->after)
		return i >= w->from;
	if (w->past)
		return true;
	w->past = node == w->after;
	return false;
}

/* The chain has ended: is it to be walked once more, for the entry has left it? */
static inline bool xtcp_walk_again(struct xtcp_walk *w)
{
	bool again = w->after && !w->past;

	w->after = NULL;
	w->i = 0;
	return again;
}

/* Are sockets that are bound to no device for segments of VRFs, too? */
static inline bool xtcp_accepts_vrfs(const struct net *net)
{
	return READ_ONCE(xtcp_net(net)->env.knob.l3mdev_accept);
}

/*
 * Is a segment for something bound to dev, or to none: dev is 0? It came from VRF dif by its
 * interface sdif, or from interface dif, and sdif is 0.
 */
static inline bool xtcp_dev_matches(const struct net *net, int dev, int dif, int sdif)
{
	if (!dev)
		return likely(!sdif) || xtcp_accepts_vrfs(net);
	return dev == dif || dev == sdif;
}

/* Could one segment be for both? */
static inline bool xtcp_devs_overlap(struct net *net, int a, int b)
{
	if (a == b)
		return true;
	if (a && b)
		return false;
	return xtcp_accepts_vrfs(net) || !l3mdev_master_ifindex_by_index(net, a | b);
}

#endif /* _XTCP_TABLE_H */
