/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What proc.c and diag.c show: the entries of the tables of a network
 * namespace, one after another, and what there is to tell of each (view.c).
 */
#ifndef _XTCP_VIEW_H
#define _XTCP_VIEW_H

#include <linux/uidgid.h>
#include <net/sock.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>

/* As the column "tr" of /proc/net/tcp and idiag_timer have it. */
enum xtcp_view_timer {
	XTCP_VIEW_TIMER_NONE		= 0,
	XTCP_VIEW_TIMER_RETRANSMIT	= 1,
	XTCP_VIEW_TIMER_LIFE		= 2,
	XTCP_VIEW_TIMER_TIMEWAIT	= 3,
	XTCP_VIEW_TIMER_PROBE		= 4,
};

/**
 * struct xtcp_view_at - a place in the tables: the listeners, then the nodes
 * @at: in one of them
 * @in_nodes: in which
 * @sk: listener there, referenced, or NULL
 * @node: node there, referenced, or NULL
 */
struct xtcp_view_at {
	struct xtcp_cursor at;
	bool in_nodes;
	struct sock *sk;
	struct xtcp_node *node;
};

/**
 * struct xtcp_view - what is to be told of an entry
 * @tuple: its ends
 * @object: its address
 * @inode: of a socket with a user
 * @timer_at_us: when @timer fires
 * @rto_us: retransmission timeout
 * @ato_us: how long an acknowledgment waits
 * @uid: whose
 * @tx_queue: text that is not acknowledged, bytes
 * @rx_queue: text that is not read, bytes; of a listener the connections that are ready
 * @retransmits: in a row
 * @quick: acknowledgments that go at once, twice as many
 * @cwnd: congestion window, segments
 * @probes: of a zero window, in a row
 * @refs: references of others
 * @ssthresh: segments, -1 for none; of a listener the length of the Fast Open queue
 * @state: number of /proc/net/tcp
 * @timer: enum xtcp_view_timer
 * @full: it is a socket
 */
struct xtcp_view {
	const struct xtcp_tuple *tuple;
	const void *object;
	unsigned long inode;
	u64 timer_at_us;
	u64 rto_us;
	u64 ato_us;
	kuid_t uid;
	u32 tx_queue;
	u32 rx_queue;
	u32 retransmits;
	u32 quick;
	u32 cwnd;
	int probes;
	int refs;
	int ssthresh;
	u8 state;
	u8 timer;
	bool full;
};

/*
 * From the entry there to the next, or if there is none to the one at the place;
 * false at the end. The other lets it go, and the place stays.
 */
bool xtcp_view_next(struct net *net, struct xtcp_view_at *at);
void xtcp_view_let_go(struct xtcp_view_at *at);
/* Its socket, or NULL. */
struct sock *xtcp_view_sk(const struct xtcp_view_at *at);
/* Whose line it is: AF_INET or AF_INET6; a request is its listener's, as in Linux. */
sa_family_t xtcp_view_family(const struct xtcp_view_at *at);
/* The interface that it is bound to, or 0. */
u32 xtcp_view_dev(const struct xtcp_view_at *at);
void xtcp_view_fill(const struct xtcp_view_at *at, struct xtcp_view *v);

#endif /* _XTCP_VIEW_H */
