/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of sock/ share among themselves; sock.h is what others see.
 * "Locked" means that the caller owns the socket lock or holds its spinlock
 * while nobody owns it.
 */
#ifndef _XTCP_SOCK_INTERNAL_H
#define _XTCP_SOCK_INTERNAL_H

#include <linux/net.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <net/sock.h>
#include <net/xfrm.h>
#include <xtcp/compat.h>
#include <xtcp/half_open.h>
#include <xtcp/ip.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>
#include <xtcp/syn_text.h>

static inline const struct xtcp_ip_ops *xtcp_ip_ops_of(const struct xtcp_tuple *tuple)
{
	return ipv6_addr_v4mapped(&tuple->raddr) ? &xtcp_ipv4_ops : &xtcp_ipv6_ops;
}

/* Of how a packet came nothing is kept while it is queued: its device may go. */
static inline void xtcp_rx_detach(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	secpath_reset(skb);
	skb->dev = NULL;
}

static inline const struct xtcp_env *xtcp_sock_env(const struct sock *sk)
{
	return &xtcp_net(sock_net(sk))->env;
}

/* The same under rcu_read_lock(). That of conn is gone while a listener ends or begins. */
static inline const struct xtcp_env *xtcp_listener_env(const struct sock *sk)
{
	return &xtcp_net_rcu(sock_net(sk))->env;
}

/* life.c: sockets come and go */
int xtcp_sock_init(struct sock *sk);		/* struct proto.init */
void xtcp_sock_free_all(struct sock *sk);	/* struct proto.destroy */
int xtcp_sock_create(struct net *net, struct socket *sock, int protocol, int kern);
/* A user has this struct socket for one of ours. */
void xtcp_socket_begin(struct socket *sock);
/* Puts the reference of the user who is gone. sk is CLOSED, dead and locked. */
void xtcp_sock_destroy(struct sock *sk);
/* Resets the connection of a socket that has no user, and destroys it. Locked. */
void xtcp_sock_kill(struct sock *sk);
/* The socket for a request, locked by bh_lock_sock(), with two references. */
struct sock *xtcp_sock_child(struct sock *listener, struct xtcp_request *req,
			     struct sk_buff *skb);
/* Undoes xtcp_sock_child(): the child has never been in the table. */
void xtcp_sock_discard(struct sock *child) __releases(&child->sk_lock.slock);
/* The other end is no longer ours: addresses, route. Locked. */
void xtcp_sock_forget_peer(struct sock *sk);

/* rcv.c */
int xtcp_sock_backlog_rcv(struct sock *sk, struct sk_buff *skb);
/* A segment for a locked socket; consumes skb. */
void xtcp_sock_deliver(struct xtcp_sock *xs, struct sk_buff *skb, const struct xtcp_seg *seg,
		       u64 now_us);
void xtcp_sock_pmtu_deferred(struct xtcp_sock *xs);

/* drive.c */
void xtcp_sock_arm_timer(struct xtcp_sock *xs);
/* Wakes who waits for room; without the lock under rcu_read_lock(). */
void xtcp_sock_write_space(struct sock *sk);

/* autocork.c: locked */
void xtcp_autocork_init(struct xtcp_sock *xs);
/* Should what the user has written wait for more? */
bool xtcp_autocork(struct xtcp_sock *xs);
void xtcp_send_held(struct xtcp_sock *xs);

/*
 * skb->cb of a packet of the transmit queue: whom it is charged to, without a
 * reference; no text may join it behind its last byte, the end of a record
 * (MSG_EOR); and of that byte the time of the ACK is to be told.
 */
struct xtcp_tx_cb {
	struct sock *sk;
	bool eor;
	bool stamp_ack;
};

static inline struct xtcp_tx_cb *xtcp_tx_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct xtcp_tx_cb) > sizeof(skb->cb));
	return (struct xtcp_tx_cb *)skb->cb;
}

/* mem.c */
int xtcp_tx_setup(void);
void xtcp_tx_teardown(void);
struct xtcp_tx *xtcp_tx_alloc(struct sock *sk, gfp_t gfp);
void xtcp_tx_free(struct sock *sk, struct xtcp_tx *tx);
void xtcp_tx_free_list(struct sock *sk, struct list_head *list);
void xtcp_rx_free_list(struct list_head *list);
/* skb was kept by core: charges it to sk, or joins it to the packet before. */
void xtcp_rx_own(struct xtcp_sock *xs, struct sk_buff *skb);

/* pages.c */
/*
 * Append pages of from to skb, which is charged for them, up to room bytes: how
 * many, or -ENOSPC if it can take no further page, or another -errno. Locked.
 */
int xtcp_splice_to_skb(struct sock *sk, struct sk_buff *skb, struct iov_iter *from, u32 room);
int xtcp_zerocopy_to_skb(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, u32 room,
			 struct ubuf_info *ubuf);
/* SOL_SOCKET, where the kernel lets us see it. */
int xtcp_set_sol_socket(struct socket *sock, int optname, sockptr_t optval, unsigned int optlen);
ssize_t xtcp_sendpage(struct socket *sock, struct page *page, int offset, size_t size, int flags);

/* stamp.c: times of text, for SO_TIMESTAMPING and its like; the error queue. Locked. */
/* Bytes are counted from here, if they are and have not been (SOF_TIMESTAMPING_OPT_ID). */
void xtcp_stamp_begin(struct sock *sk);
/* Of the last byte of tx, which has not gone, the times in wanted are to be told. */
void xtcp_stamp_mark(struct xtcp_tx *tx, u32 wanted);
/* The packet skb was cut; rest begins with number seq. */
void xtcp_stamp_cut(struct sk_buff *skb, struct sk_buff *rest, u32 seq);
/* What list has of text up to una is acknowledged. */
void xtcp_stamp_acked(struct sock *sk, const struct list_head *list, u32 una);
/* recvmsg() with MSG_ERRQUEUE; not locked. */
int xtcp_recv_error(struct sock *sk, struct msghdr *msg, size_t len);
/* An ICMP error, as of xtcp_sock_icmp(), that the user has asked for. */
void xtcp_queue_icmp(struct sock *sk, struct sk_buff *skb, u32 at, int err);

/* Are times of this packet of the transmit queue to be told? */
static inline bool xtcp_is_stamped(struct sk_buff *skb)
{
	return skb_shinfo(skb)->tx_flags || xtcp_tx_cb(skb)->stamp_ack;
}

/* pressure.c */
void xtcp_pressure_setup(void);
void xtcp_pressure_enter(struct sock *sk);
void xtcp_pressure_leave(struct sock *sk);
/* Resets the connection if it has no user and memory is at its end, or max_orphans is. */
bool xtcp_pressure_ends(struct xtcp_sock *xs);
/*
 * Makes room for skb, parsed into seg, at the cost of text beyond its own; sets
 * limits.rcv_full if there is none.
 */
void xtcp_rx_make_room(struct xtcp_sock *xs, struct sk_buff *skb, const struct xtcp_seg *seg);

/* urgent.c: locked, but for xtcp_urgent_hidden() */
/* recv() with MSG_OOB: 1, 0 at the end or if there is no room, or -errno. */
int xtcp_recv_urgent(struct sock *sk, struct msghdr *msg, size_t len, int flags);
/* Is the next octet the urgent one, and not for ordinary readers? */
bool xtcp_urgent_hidden(const struct sock *sk);
/* Bytes of text before the mark, or behind the last. */
u32 xtcp_urgent_inq(const struct sock *sk);

/* memcg.c: a user has accepted sk. Locked. */
void xtcp_memcg_accept(struct sock *sk);

/* listen.c: the listener is not locked */
bool xtcp_accept_full(const struct xtcp_sock *listener);
/* Consumes skb if the listener's filter does not let it in, or shortens it. */
bool xtcp_listener_filter(struct sock *sk, struct sk_buff *skb, struct xtcp_seg *seg);
/* The interface for answers: that of the SYN where the address needs one. */
int xtcp_answer_dev(const struct sock *listener, const struct xtcp_tuple *tuple, int iif);
/*
 * What the SYN begins, but for defer, ts_offset and the times; oif is that for
 * answers. Returns the route of the answer with a reference, or ERR_PTR().
 */
/* limits.c: limits.rcv_max, which nothing else fills, anew. Locked. */
void xtcp_sock_rcv_max(struct xtcp_sock *xs);
/*
 * As xtcp_sock_limits(), of a connection that has no socket yet; dst may be an
 * error. What xtcp_half_init() does not ask for is left as it is.
 */
void xtcp_request_limits(const struct sock *listener, const struct xtcp_ip_ops *ip,
			 const struct dst_entry *dst, struct xtcp_limits *limits);
struct dst_entry *xtcp_half_begin(struct xtcp_half *half, const struct xtcp_ip_ops *ip,
				  struct sock *sk, const struct xtcp_seg *syn,
				  const struct xtcp_tuple *tuple, int oif, u32 iss);
/*
 * Fills in iif and half but for the times; iif is the interface of the SYN.
 * Returns the route of the answer with a reference, or ERR_PTR().
 */
struct dst_entry *xtcp_request_begin(struct xtcp_request *req, const struct xtcp_seg *syn,
				     int iif, u32 iss);
void xtcp_listen_stop(struct sock *sk);		/* locked by the user */
int xtcp_listen(struct socket *sock, int backlog);

/*
 * migrate.c: a connection for accept(); false if the listener takes no more. And
 * what is left of one that stops, which others of its port may take: false if
 * not. Any context.
 */
bool xtcp_accept_add(struct sock *listener, struct xtcp_sock *child);
bool xtcp_migrate_child(struct sock *from, struct xtcp_sock *child);
bool xtcp_migrate_request(struct xtcp_request *req);	/* by its listener's user alone */

/* request.c */
/* Takes the locked child on, once the segment has made it what it is. */
void xtcp_request_hand_over(struct sock *listener, struct sock *child);
/* The segment that completes the handshake; consumes skb. */
void xtcp_request_establish(struct xtcp_request *req, struct sk_buff *skb, struct xtcp_seg *seg);

/* cookie.c: answers the SYN in skb, which it consumes. */
void xtcp_cookie_answer(struct sock *listener, struct sk_buff *skb, const struct xtcp_seg *syn,
			const struct xtcp_tuple *tuple);
/* May there still be clients to whom the listener, or one of its port, has sent a cookie? */
bool xtcp_cookie_expected(const struct sock *listener, u64 now_us);
/*
 * A segment that passed the filter: consumes skb if it brings back a cookie.
 * old is a request of the same tuple, or NULL.
 */
bool xtcp_cookie_rcv(struct sock *listener, struct sk_buff *skb, struct xtcp_seg *seg,
		     const struct xtcp_tuple *tuple, struct xtcp_request *old);

/* fastopen.c */
/*
 * A SYN for which there is room. True if it has made a connection at once: then
 * skb is consumed. Else *give is the cookie for its SYN,ACK, if any.
 */
bool xtcp_fastopen_syn(struct sock *listener, struct sk_buff *skb, const struct xtcp_seg *seg,
		       const struct xtcp_tuple *tuple, u32 isn,
		       struct xtcp_fastopen_cookie *give);
/* The connection with a fast_listener has left SYN-RECEIVED. Locked. */
void xtcp_fastopen_settled(struct xtcp_sock *xs);
/* listen(), locked: the listener may be one of all that do it. */
void xtcp_fastopen_listen(struct xtcp_sock *xs, u32 backlog);
/* Options, locked, but for the keys. */
int xtcp_set_fastopen(struct xtcp_sock *xs, int val);
int xtcp_get_fastopen(struct xtcp_sock *xs);
int xtcp_set_fastopen_no_cookie(struct xtcp_sock *xs, int val);
int xtcp_get_fastopen_no_cookie(struct xtcp_sock *xs);
int xtcp_set_fastopen_key(struct sock *sk, sockptr_t optval, unsigned int optlen);
/* Bytes of the keys, as many as it returns. */
u32 xtcp_get_fastopen_key(struct sock *sk, u8 *bytes);

/* fastopen_client.c: locked */
/* Before the SYN: true if it should wait for text. */
bool xtcp_fastopen_prepare(struct xtcp_sock *xs);
/* The SYN with conn.fastopen.ask has been answered, or never will be. */
void xtcp_fastopen_learn(struct xtcp_sock *xs);
/* The end of a connection that has tried it. */
void xtcp_fastopen_over(struct xtcp_sock *xs);
/* sendmsg() with MSG_FASTOPEN: connects; or where the SYN waits for text. */
int xtcp_fastopen_start(struct sock *sk, struct msghdr *msg);
int xtcp_set_fastopen_connect(struct xtcp_sock *xs, int val);
int xtcp_get_fastopen_connect(struct xtcp_sock *xs);

/* connect.c */
/* Sends the SYN; with fast it has the option, or waits for text. Locked. */
int xtcp_connect_start(struct sock *sk, struct sockaddr *sa, int len, bool fast);
/* SS_CONNECTING: waits; err is what a caller gets who does not. Locked. */
int xtcp_connect_finish(struct socket *sock, int flags, int err);

/* bind.c */
int xtcp_bind_call(struct socket *sock, struct sockaddr *addr, int len);
/* A port for a socket that has none, at its address or at any. */
int xtcp_bind_auto(struct sock *sk);
/* Rules for an address with a scope (RFC 4007); sets sk_bound_dev_if. */
int xtcp_take_scope(struct sock *sk, const struct in6_addr *addr, int scope);

/* connect.c, accept.c, send.c, recv.c, close.c, poll.c, ioctl.c, sockopt.c, info.c */
int xtcp_connect_call(struct socket *sock, struct sockaddr *addr, int len, int flags);
int xtcp_accept_call(struct socket *sock, struct socket *newsock, int flags, bool *is_empty);
int xtcp_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int xtcp_send_page(struct sock *sk, struct msghdr *msg);	/* of pages; not locked */
void xtcp_splice_eof(struct socket *sock);
int xtcp_recvmsg(struct socket *sock, struct msghdr *msg, size_t len, int flags);
ssize_t xtcp_splice_read(struct socket *sock, loff_t *ppos, struct pipe_inode_info *pipe,
			 size_t len, unsigned int flags);
void xtcp_close(struct sock *sk, long timeout);
int xtcp_shutdown(struct socket *sock, int how);
int xtcp_disconnect(struct sock *sk, int flags);
__poll_t xtcp_poll(struct file *file, struct socket *sock, struct poll_table_struct *wait);
int xtcp_set_rcvlowat(struct sock *sk, int val);
int xtcp_getname(struct socket *sock, struct sockaddr *addr, int peer);
int xtcp_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
int xtcp_compat_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
void xtcp_keepalive(struct sock *sk, int on);
int xtcp_setsockopt(struct socket *sock, int level, int optname, sockptr_t optval,
		    unsigned int optlen);
int xtcp_getsockopt(struct socket *sock, int level, int optname, char __user *optval,
		    int __user *optlen);
/* option.c: locked. Options of IPPROTO_TCP that are numbers; -ENOPROTOOPT, -EINVAL */
int xtcp_set_option(struct xtcp_sock *xs, int name, int val);
int xtcp_get_option(struct xtcp_sock *xs, int name, int *val);

/**
 * struct xtcp_saved_syn - what TCP_SAVE_SYN keeps
 * @len: bytes
 * @bytes: headers of a SYN, from the one that the listener's user asked for
 */
struct xtcp_saved_syn {
	u32 len;
	u8 bytes[];
};

/* saved_syn.c: of the SYN in skb, parsed into seg; NULL if nobody wants it or memory is short. */
struct xtcp_saved_syn *xtcp_syn_save(const struct sock *listener, const struct sk_buff *skb,
				     const struct xtcp_seg *seg);
/* The child, which has taken its place, has what the request had. */
void xtcp_syn_hand_over(struct xtcp_request *req, struct xtcp_sock *child);
void xtcp_syn_forget(struct xtcp_sock *xs);

#endif /* _XTCP_SOCK_INTERNAL_H */
