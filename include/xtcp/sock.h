/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct xtcp_sock: a socket of ours as the kernel sees it, and the calls
 * between the rooms of the shell.
 *
 * Locks: the socket lock guards conn and everything not said otherwise.
 * Order: listener's accept.lock is innermost and never held with a table
 * bucket's. The kernel's locks of bound ports lie inside those of table/bind.c.
 */
#ifndef _XTCP_SOCK_H
#define _XTCP_SOCK_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/inet_sock.h>
#include <uapi/linux/xtcp.h>
#include <xtcp/bind.h>
#include <xtcp/conn.h>
#include <xtcp/node.h>

/*
 * sk_protocol of our sockets. Its low byte is 6, which is what the IP layer
 * puts on the wire; as a whole it is not IPPROTO_TCP, so no generic code
 * takes our sockets for a struct tcp_sock.
 */
#define XTCP_SK_PROTOCOL	0x206

struct tcp_info;
struct xtcp_fifo;
struct xtcp_fifo_entry;
struct xtcp_ip_ops;
struct xtcp_request;
struct xtcp_saved_syn;

/**
 * struct xtcp_fast_queue - connections that a listener opened by a SYN alone
 * @max: TCP_FASTOPEN: how many of them may be in SYN-RECEIVED; 0: none at all
 * @pending: how many are
 * @resets: those that ended with a RST, in this period and in the last
 * @period: which is this
 */
struct xtcp_fast_queue {
	u32 max;
	u32 pending;
	u32 resets[2];
	u32 period;
};

/**
 * struct xtcp_accept - a listener's queues
 * @lock: guards the queues and the counts; BH off
 * @ready: children (struct xtcp_sock.accept_node) that accept() may take
 * @requests: struct xtcp_request.of_listener
 * @nr_ready: entries of @ready
 * @nr_requests: entries of @requests
 * @nr_young: of these, before their first timeout
 * @backlog: greatest @nr_ready is backlog + 1
 * @cookie_us: when the last SYN cookie was sent, to a second; 0: none was
 * @warned: the log has a line on a full @requests
 * @closing: the listener takes no more
 * @fast: of the entries of @ready, and some that accept() has taken
 */
struct xtcp_accept {
	spinlock_t lock;
	struct list_head ready;
	struct list_head requests;
	u32 nr_ready;
	u32 nr_requests;
	u32 nr_young;
	u32 backlog;
	u64 cookie_us;
	bool closing;
	bool warned;
	struct xtcp_fast_queue fast;
};

/* struct xtcp_sock.deferred: left for whoever holds the socket lock. */
enum xtcp_deferred {
	XTCP_DEFERRED_TIMER,
	XTCP_DEFERRED_PMTU,
	XTCP_DEFERRED_HELD,
	XTCP_KICKED,			/* xtcp_sock.kick is on its way, with a reference */
};

struct xtcp_sock {
	struct inet_sock inet;		/* first: generic code casts */
	struct ipv6_pinfo inet6;	/* inet.pinet6 points here */
	struct xtcp_conn conn;
	struct xtcp_node node;
	struct xtcp_binding binding;
	const struct xtcp_ip_ops *ip;	/* NULL until the address family is known */
	struct hrtimer timer;		/* one for all deadlines */
	u64 timer_us;			/* when it will fire; valid while pending */
	bool timer_pending;		/* started, and its function has not had the lock since */
	bool releasing;			/* in release_cb, the user has the spinlock, too */
	unsigned long deferred;		/* enum xtcp_deferred, atomic bits */
	u32 pmtu;			/* reported by ICMP, waits for the lock */
	u32 held;			/* text waits until less is charged for packets; 0: none */
	struct tasklet_struct kick;	/* for it */
	struct xtcp_accept accept;
	struct list_head accept_node;	/* in the listener's ready queue */
	struct {
		const struct dst_entry *dst;	/* compared, never followed; NULL: look again */
		u32 mtu;
	} path;				/* of which conn.limits tells */
	const struct xtcp_cc_ops *cc;	/* conn.cc.ops, with a reference (congestion.h) */
	bool cc_chosen;			/* TCP_CONGESTION: not the default of the namespace */
	struct sock *fast_listener;	/* in whose accept.fast it is pending, with a reference */
	struct xtcp_fastopen_keys __rcu *fastopen_keys;	/* of a listener; NULL: the namespace's */
	struct xtcp_saved_syn *saved_syn;	/* for TCP_SAVED_SYN, or NULL */
	u32 notsent_lowat;		/* TCP_NOTSENT_LOWAT; 0: the tunable */
	u32 window_clamp;		/* TCP_WINDOW_CLAMP; 0: no bound */
	u16 user_mss;			/* TCP_MAXSEG; 0 = not set */
	u8 defer_accept;		/* TCP_DEFER_ACCEPT, in timeouts of the SYN,ACK */
	u8 save_syn;			/* TCP_SAVE_SYN */
	bool corked;			/* TCP_CORK */
	bool tells_inq;			/* TCP_INQ */
	bool fastopen_no_cookie;	/* TCP_FASTOPEN_NO_COOKIE */
	bool fastopen_connect;		/* TCP_FASTOPEN_CONNECT */
	u8 urgent_octet;		/* while conn.urgent.state is XTCP_URGENT_HERE */
	bool family_open;		/* AF_XTCP and not yet IPv4 or IPv6 */
};

static inline struct xtcp_sock *xtcp_sk(const struct sock *sk)
{
	return (struct xtcp_sock *)sk;
}

static inline struct sock *xtcp_conn_sk(struct xtcp_conn *c)
{
	return (struct sock *)container_of(c, struct xtcp_sock, conn);
}

static inline struct xtcp_sock *xtcp_node_xs(struct xtcp_node *node)
{
	return container_of(node, struct xtcp_sock, node);
}

/*
 * skb->cb of a packet on its way in: the arrival stamp while it waits in the
 * backlog, the descriptor once core has it.
 */
struct xtcp_rx_cb {
	union {
		u64 arrived_us;
		struct xtcp_rxd rxd;
	};
	u32 text_offset;	/* of the first byte of text from skb->data */
	u8 ecn;			/* of the packet, while it waits in the backlog */
};

static inline struct xtcp_rx_cb *xtcp_rx_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct xtcp_rx_cb) > sizeof(skb->cb));
	return (struct xtcp_rx_cb *)skb->cb;
}

static inline struct sk_buff *xtcp_rxd_skb(struct xtcp_rxd *rxd)
{
	return container_of((void *)rxd, struct sk_buff, cb);
}

/* sock/family.c: proto, proto_ops, both doors */
extern int xtcp_family_param;		/* main.c: the module parameter "family" */
extern struct proto xtcp_prot;
extern const struct proto_ops xtcp_stream_ops;
int xtcp_family_setup(void);		/* opens the doors: last on the init ladder */
void xtcp_family_teardown(void);
int xtcp_prot_setup(void);		/* proto_register and slab of descriptors */
void xtcp_prot_teardown(void);
/* Makes sk an IPv4 or IPv6 socket if it is neither yet; -EAFNOSUPPORT if other. */
int xtcp_sock_set_family(struct sock *sk, sa_family_t family);

/*
 * Input (called by ip/ingress.c under rcu_read_lock(), BH off; they own skb;
 * skb->data is at the TCP header, already verified, seg parsed from it).
 * skb->skb_iif is the interface as sk_bound_dev_if counts it (a VRF, not its
 * slave). skb->dev is left for socket filters and must be NULL before skb is
 * queued: nothing holds the device.
 */
void xtcp_sock_rcv(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg);
/* Neither this nor the next holds the listener: under rcu_read_lock(). */
void xtcp_listener_rcv(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple);
/*
 * A SYN to listener sk: makes a request and sends its SYN,ACK, or one with a
 * cookie. isn is 0 but for a SYN that ended a TIME-WAIT. Consumes skb.
 */
void xtcp_listener_syn(struct sock *sk, struct sk_buff *skb, const struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple, u32 isn);
/*
 * A segment to a request; consumes skb and the reference. Returns true if the
 * request was replaced by a newer SYN: then skb is not consumed and goes to
 * the listener again.
 */
bool xtcp_request_rcv(struct xtcp_request *req, struct sk_buff *skb, struct xtcp_seg *seg);
/* Its SYN,ACK is due (table/fifo.c through netns): sock/listen.c. */
void xtcp_request_expired(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry);
/*
 * An ICMP error, skb with skb->data at the quoted IP header and the TCP header
 * at bytes behind; err as icmp_err_convert[] and its like give it.
 */
void xtcp_sock_icmp(struct sock *sk, u32 seq, int err, struct sk_buff *skb, u32 at);
/* The path MTU is now mtu: ip/icmp.c. */
void xtcp_sock_pmtu(struct sock *sk, u32 seq, u32 mtu);

/* sock/drive.c: the seam */
void xtcp_sock_drive(struct xtcp_sock *xs, u64 now_us);
void xtcp_sock_limits(struct xtcp_sock *xs);	/* conn.limits but rcv_max */
void xtcp_sock_room(struct xtcp_sock *xs);	/* only what is about received text */
enum hrtimer_restart xtcp_sock_timer_fired(struct hrtimer *timer);
void xtcp_sock_release_cb(struct sock *sk);
/* Takes it out of the table and frees what the connection holds. */
void xtcp_sock_done(struct xtcp_sock *xs);

/* sock/info.c, for TCP_INFO; locked, or a listener */
void xtcp_get_info(struct xtcp_sock *xs, struct tcp_info *info);
/* sock/listen.c: for how many requests a listener has room. */
u32 xtcp_request_room(const struct xtcp_sock *listener);
/* sock/close.c, struct proto.diag_destroy: who may, ends it with err. 0. */
int xtcp_diag_destroy(struct sock *sk, int err);

/* sock/poll.c: from now on writers are asked how much waits: before, it would be in vain. */
void xtcp_bound_unsent(void);

/* sock/pressure.c */
extern long xtcp_mem_limits[XTCP_THREE];	/* net.xtcp.mem */

/* sock/mem.c: descriptors and packets */
struct xtcp_tx *xtcp_tx_cut(struct xtcp_tx *tx, u32 at);
void xtcp_tx_purge(struct xtcp_sock *xs);
void xtcp_rx_purge(struct xtcp_sock *xs);

#endif /* _XTCP_SOCK_H */
