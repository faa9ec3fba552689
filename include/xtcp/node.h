/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who owns a segment: the table of connections, requests and TIME-WAITs by
 * 4-tuple, and that of listeners by port (table/demux.c). It knows tuples,
 * nodes and references and never looks inside a connection.
 *
 * Readers run under RCU and take a reference with refcount_inc_not_zero();
 * writers hold the spinlock of the bucket, with bottom halves off. Whatever
 * embeds a node is freed only after a grace period.
 */
#ifndef _XTCP_NODE_H
#define _XTCP_NODE_H

#include <linux/in6.h>
#include <linux/list_nulls.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct net;
struct sk_buff;
struct sock;

/*
 * Both ends of a connection, ours first; IPv4 addresses are mapped ones.
 * Ports are in host order.
 */
struct xtcp_tuple {
	struct in6_addr laddr;
	struct in6_addr raddr;
	u16 lport;
	u16 rport;
};

enum xtcp_node_type {
	XTCP_NODE_CONN,
	XTCP_NODE_REQUEST,
	XTCP_NODE_TIMEWAIT,
};

/**
 * struct xtcp_node - entry of the table
 * @link: in a bucket; hlist_nulls_unhashed() if in none
 * @net: namespace; not referenced, emptied before it goes
 * @bound_dev: only segments from this interface (or its VRF) match; 0 = any
 * @refs: references of requests and TIME-WAITs; a connection uses sk_refcnt
 * @hash: of net and tuple, set by xtcp_node_insert(); of a listener a random
 *	number, by which those of one address share their clients
 * @type: what embeds it
 */
struct xtcp_node {
	struct hlist_nulls_node link;
	struct net *net;
	struct xtcp_tuple tuple;
	int bound_dev;
	refcount_t refs;
	u32 hash:30;
	u32 type:2;
};

int xtcp_demux_setup(void);
void xtcp_demux_teardown(void);

/*
 * The node for a tuple with a reference, or NULL. dif and sdif are the
 * interface and its VRF's slave. Under rcu_read_lock().
 */
struct xtcp_node *xtcp_node_find(struct net *net, const struct xtcp_tuple *tuple,
				 int dif, int sdif);
void xtcp_node_put(struct xtcp_node *node);

/* 0, or -EADDRNOTAVAIL if the tuple is taken. */
int xtcp_node_insert(struct xtcp_node *node);
/* Takes it out; false if it was not in. */
bool xtcp_node_remove(struct xtcp_node *node);
/* One takes the other's place (same tuple); false if old was not in. */
bool xtcp_node_replace(struct xtcp_node *old, struct xtcp_node *new);

/**
 * struct xtcp_cursor - a place in a table, for a reader that comes and goes
 * @bucket: index of the bucket
 * @index: entry of the bucket
 *
 * A reader who goes on from an entry that he has a reference on meets all that
 * stay. One who has none is led by the numbers: should entries before the place
 * come or go meanwhile, one behind it may be met twice or not at all.
 */
struct xtcp_cursor {
	u32 bucket;
	u32 index;
};

/*
 * The first node of net behind the node after, which is at the cursor, or if
 * that is NULL the first at the cursor or behind. With a reference, or NULL.
 */
struct xtcp_node *xtcp_node_next(struct net *net, struct xtcp_cursor *at,
				 const struct xtcp_node *after);
/* As above for listeners; ends with sock_put(). */
struct sock *xtcp_listener_next(struct net *net, struct xtcp_cursor *at, const struct sock *after);

/*
 * Calls visit for each node of the table under the bucket's lock and RCU;
 * stops at the first that returns non-zero and returns it. For proc and for
 * the end of a namespace.
 */
int xtcp_node_walk(int (*visit)(struct xtcp_node *node, void *arg), void *arg);

/*
 * Listeners: the best match of address and interface, or NULL. Among equals
 * (SO_REUSEPORT) the tuple decides, the same way as long as that listener is
 * there; or a program of the user that looks at skb, whose data begins with the
 * TCP header. Under rcu_read_lock(), for so long it may be used: in a flood all
 * CPUs would write to the one counter of references.
 */
struct sock *xtcp_listener_select(struct net *net, const struct xtcp_tuple *tuple,
				  int dif, int sdif, struct sk_buff *skb);
/* A reference, unless it has been closed meanwhile or listens for something else. */
bool xtcp_listener_hold(struct sock *sk, const struct xtcp_tuple *tuple);
/*
 * Who gets the clients of sk, which is no longer in the table: another of the
 * same address, interface and user. A reference or NULL. Any context.
 */
struct sock *xtcp_listener_heir(const struct sock *sk, const struct xtcp_tuple *tuple);
/* Keys: sk's namespace, binding.addr, inet_num, sk_bound_dev_if; uses its node. 0 or -errno. */
int xtcp_listener_insert(struct sock *sk);
void xtcp_listener_remove(struct sock *sk);

/* Keyed hashes for ISNs (RFC 6528) and port choice (RFC 6056). */
u32 xtcp_tuple_isn_hash(const struct net *net, const struct xtcp_tuple *tuple);
/* The same for all connections of two hosts. */
u64 xtcp_tuple_address_hash(const struct net *net, const struct xtcp_tuple *tuple);
u32 xtcp_tuple_port_hash(const struct net *net, const struct xtcp_tuple *tuple);

/* table/known.c: the peer of tuple has proved that its address is its own. */
void xtcp_peer_learn(const struct net *net, const struct xtcp_tuple *tuple);
/* Has it, before others took its place? */
bool xtcp_peer_is_known(const struct net *net, const struct xtcp_tuple *tuple);

/* Local ports that xtcp uses in any namespace: the first test on input. */
extern unsigned long xtcp_port_map[];

#endif /* _XTCP_NODE_H */
