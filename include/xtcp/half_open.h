/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The small objects of the table: requests (table/request.c) and TIME-WAITs
 * (table/timewait.c). Each is in the table of nodes, on the timed queue of
 * its namespace, and a request also on its listener's list.
 *
 * References: one for the table and the timed queue together, dropped by
 * whoever takes the object off (xtcp_request_drop(), xtcp_timewait_drop()),
 * and one for each finder.
 */
#ifndef _XTCP_HALF_OPEN_H
#define _XTCP_HALF_OPEN_H

#include <linux/siphash.h>
#include <xtcp/bind.h>
#include <xtcp/fifo.h>
#include <xtcp/listen.h>
#include <xtcp/node.h>

struct sk_buff;
struct xtcp_saved_syn;
struct xtcp_net;

/* SYN-RECEIVED after a SYN to a listener. */
struct xtcp_request {
	struct xtcp_node node;
	struct xtcp_fifo_entry timer;
	struct list_head of_listener;
	/*
	 * Referenced. xtcp_request_move() changes it: who has not the lock of its
	 * accept may use what it finds to the end of the RCU section.
	 */
	struct sock *listener;
	struct xtcp_half half;
	struct xtcp_saved_syn *saved_syn;	/* or NULL; for the child */
	int iif;		/* interface of the SYN, for link-local peers */
	u8 family;		/* AF_INET or AF_INET6, by the peer's address */
	bool gone;		/* dropped; guarded by the listener's accept.lock */
	bool old;		/* not of accept.nr_young; so too */
	struct rcu_head rcu;
};

/*
 * of_hold: the share of the port, in the list of the hold (bind.h); empty where
 * there is none. Once it was given back nobody looks at it.
 */
struct xtcp_timewait {
	struct xtcp_node node;
	struct xtcp_fifo_entry timer;
	union {
		struct list_head of_hold;
		struct rcu_head rcu;
	};
	struct xtcp_tw tw;
};

int xtcp_request_setup(void);		/* slab cache "xtcp_request" */
void xtcp_request_teardown(void);
int xtcp_half_open_setup(void);		/* and "xtcp_timewait" */
void xtcp_half_open_teardown(void);

/*
 * Fills in all but iif and half of a zeroed one that stays with the caller: it
 * enters no table, and its reference on the listener is the caller's.
 */
void xtcp_request_init(struct xtcp_request *req, struct sock *listener,
		       const struct xtcp_tuple *tuple);
/*
 * GFP_ATOMIC; NULL if memory is short. One reference, the caller's, in no
 * table. Sets node, family and listener; node.bound_dev is the listener's and
 * may be changed before the insertion.
 */
struct xtcp_request *xtcp_request_alloc(struct sock *listener, const struct xtcp_tuple *tuple);
/*
 * Enters it in the table, on the listener's list and the timed queue.
 * 0, or -EADDRNOTAVAIL (a twin was quicker) or -EINVAL (the listener is
 * closing); then the caller's reference is all there is. On success the table
 * has one of its own, and the caller still has to put his. Counts the request
 * in accept.nr_requests of the listener and in its namespace.
 */
int xtcp_request_insert(struct xtcp_request *req, u64 deadline_us);
/* Queue again after a SYN,ACK was sent by timeout; nothing if it was dropped. */
void xtcp_request_rearm(struct xtcp_request *req, u64 deadline_us);
/* Takes it out of everything; false if somebody else did. */
bool xtcp_request_drop(struct xtcp_request *req);
/* As drop, but the node of a new connection takes its place in the table. */
bool xtcp_request_promote(struct xtcp_request *req, struct xtcp_node *conn);
/* Its first timeout is over. */
void xtcp_request_age(struct xtcp_request *req);
/*
 * Its listener, whose user stops it, leaves it to another. False if that one
 * stops too or the request was dropped meanwhile.
 */
bool xtcp_request_move(struct xtcp_request *req, struct sock *to);
void xtcp_request_put(struct xtcp_request *req);

/*
 * Turns the place of sk's node into a TIME-WAIT that lasts tw_timeout_ms; its
 * binding moves along. Counts it. Any context, socket locked. False if memory is short,
 * there are max_tw_buckets or the node was not in the table; then only the node is removed.
 */
bool xtcp_timewait_start(struct sock *sk, u64 now_us);
void xtcp_timewait_restart(struct xtcp_timewait *tw, u64 now_us);
bool xtcp_timewait_drop(struct xtcp_timewait *tw);
void xtcp_timewait_expired(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry);
void xtcp_timewait_put(struct xtcp_timewait *tw);
/* Where its timestamps begin. */
u32 xtcp_timewait_ts_offset(const struct xtcp_timewait *tw);

/*
 * connect(), whose node has a tuple that is in TIME-WAIT. picked: the port was not
 * asked for by bind(). May the node have its place? other has the same tuple.
 */
bool xtcp_timewait_yields(struct xtcp_node *other, const struct xtcp_node *node, bool picked);
/*
 * Enters the node of a connect() in the table. 0 or -EADDRNOTAVAIL. *isn is set where it
 * took the place of a TIME-WAIT: to begin beyond the numbers of that.
 */
int xtcp_node_enter(struct xtcp_node *node, bool picked, u32 *isn);

/**
 * struct xtcp_cookie_input - what a SYN cookie is the hash of
 * @addresses: xtcp_tuple_address_hash(): a word of any two addresses, and
 *	another where they differ, but for one chance in 2^64
 * @lport: ports
 * @rport: of the two ends
 * @irs: the peer's initial sequence number
 * @terms: xtcp_cookie_terms()
 * @period: xtcp_cookie_period(), which has a secret of its own
 */
struct xtcp_cookie_input {
	u64 addresses;
	u16 lport;
	u16 rport;
	u32 irs;
	u32 terms;
	u32 period;
};

/* Of a cookie to be sent: makes the secret of the period where there is none. */
u32 xtcp_cookie_hash(struct xtcp_net *xn, const struct xtcp_cookie_input *in);
/* Of one that came back. False if none can have been sent in its period. */
bool xtcp_cookie_hash_again(struct xtcp_net *xn, const struct xtcp_cookie_input *in, u32 *hash);

/* Ends all of a namespace that goes. */
void xtcp_half_open_net_exit(struct net *net);

#endif /* _XTCP_HALF_OPEN_H */
