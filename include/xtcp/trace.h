/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of system xtcp: what a connection does and why. One that nobody
 * listens to is a jump over nothing.
 *
 * Each has the two ends, ours first: addresses as IPv6 ones (an IPv4 address is
 * mapped, and stands in ..._v4 besides), ports in host order, and the number of
 * the network namespace, the inode of /proc/PID/ns/net. Sequence numbers are
 * those on the wire; cwnd, ssthresh, flight are bytes.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xtcp

#if !defined(_XTCP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _XTCP_TRACE_H

#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <xtcp/compat.h>
#include <xtcp/conn.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>

#ifndef _XTCP_TRACE_ONCE
#define _XTCP_TRACE_ONCE

/* What happens to a request, of xtcp_request. */
enum xtcp_request_fate {
	XTCP_REQUEST_NEW,	/* a SYN was answered */
	XTCP_REQUEST_AGAIN,	/* the SYN,ACK went again */
	XTCP_REQUEST_DONE,	/* a connection took its place */
	XTCP_REQUEST_EXPIRED,	/* nobody answered */
	XTCP_REQUEST_RESET,	/* a RST ended it, or a newer SYN */
	XTCP_REQUEST_COOKIE,	/* a SYN was answered with a cookie, and there is no request */
};

/**
 * struct xtcp_traced - a segment as its event has it
 * @seq: SEG.SEQ
 * @ack: SEG.ACK
 * @len: bytes of text
 * @win: SEG.WND, not scaled
 * @flags: control bits
 * @header: its TCP header as on the wire
 * @header_len: bytes of it
 */
struct xtcp_traced {
	u32 seq;
	u32 ack;
	u32 len;
	u16 win;
	u16 flags;
	const u8 *header;
	u32 header_len;
};

/* An end as struct sockaddr_in or sockaddr_in6, for printing. */
static inline void xtcp_trace_end(u8 *to, const struct in6_addr *addr, u16 port)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(v6, 0, sizeof(*v6));
	if (ipv6_addr_v4mapped(addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = addr->s6_addr32[3];
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		v6->sin6_addr = *addr;
	}
}

/* observe/trace.c: names of enum xtcp_reason, xtcp_drop, xtcp_timer and of recovery's phases. */
const char *xtcp_reason_name(u8 reason);
const char *xtcp_drop_name(u8 reason);
const char *xtcp_timer_name(u8 timer);
const char *xtcp_phase_name(u8 phase);

#endif /* _XTCP_TRACE_ONCE */

/* clang-format off */

#define XTCP_TRACE_ENDS						\
	__field(u32, netns)					\
	__field(u16, lport)					\
	__field(u16, rport)					\
	__array(u8, laddr, 16)					\
	__array(u8, raddr, 16)					\
	__array(u8, laddr_v4, 4)				\
	__array(u8, raddr_v4, 4)				\
	__array(u8, local, sizeof(struct sockaddr_in6))		\
	__array(u8, remote, sizeof(struct sockaddr_in6))

#define XTCP_TRACE_ENDS_ARE(net, tuple) do {					\
	__entry->netns = (net)->ns.inum;					\
	__entry->lport = (tuple)->lport;					\
	__entry->rport = (tuple)->rport;					\
	memcpy(__entry->laddr, &(tuple)->laddr, 16);				\
	memcpy(__entry->raddr, &(tuple)->raddr, 16);				\
	memcpy(__entry->laddr_v4, &(tuple)->laddr.s6_addr32[3], 4);		\
	memcpy(__entry->raddr_v4, &(tuple)->raddr.s6_addr32[3], 4);		\
	xtcp_trace_end(__entry->local, &(tuple)->laddr, (tuple)->lport);	\
	xtcp_trace_end(__entry->remote, &(tuple)->raddr, (tuple)->rport);	\
} while (0)

#define XTCP_TRACE_SEGMENT					\
	__field(u32, seq)					\
	__field(u32, ack)					\
	__field(u32, len)					\
	__field(u16, win)					\
	__field(u16, flags)					\
	__dynamic_array(u8, header, seg->header_len)

#define XTCP_TRACE_SEGMENT_IS(seg) do {						\
	__entry->seq = (seg)->seq;						\
	__entry->ack = (seg)->ack;						\
	__entry->len = (seg)->len;						\
	__entry->win = (seg)->win;						\
	__entry->flags = (seg)->flags;						\
	memcpy(__get_dynamic_array(header), (seg)->header, (seg)->header_len);	\
} while (0)

#define XTCP_TRACE_SEGMENT_FORMAT "seq=%u ack=%u len=%u win=%u flags=0x%03x "
#define XTCP_TRACE_SEGMENT_VALUES __entry->seq, __entry->ack, __entry->len, __entry->win, \
	__entry->flags
#define XTCP_TRACE_HEADER __print_hex_str(__get_dynamic_array(header),	\
	__get_dynamic_array_len(header))

#define XTCP_TRACE_ENDS_FORMAT "net=%u local=%pISpc remote=%pISpc "
#define XTCP_TRACE_ENDS_VALUES __entry->netns, __entry->local, __entry->remote

/*
 * A change of the state; TIME_WAIT is the last one of a socket, and its end is that of none:
 * without xs.
 */
TRACE_EVENT(xtcp_set_state,
	TP_PROTO(const struct xtcp_node *node, const struct xtcp_sock *xs, u8 old, u8 new),
	TP_ARGS(node, xs, old, new),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		__field(const void *, skaddr)
		__field(u8, old)
		__field(u8, new)
		__field(u64, sent)
		__field(u64, received)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(node->net, &node->tuple);
		__entry->skaddr = xs;
		__entry->old = old;
		__entry->new = new;
		__entry->sent = xs ? xs->conn.tally.sent : 0;
		__entry->received = xs ? xs->conn.tally.received : 0;
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "old=%s new=%s", XTCP_TRACE_ENDS_VALUES,
		  xtcp_state_name(__entry->old), xtcp_state_name(__entry->new))
);

/*
 * A segment has come to its owner, and nothing was done yet. Of less than a connection there
 * are no numbers.
 */
TRACE_EVENT(xtcp_segment_in,
	TP_PROTO(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		 u8 state, const struct xtcp_traced *seg),
	TP_ARGS(net, tuple, c, state, seg),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		XTCP_TRACE_SEGMENT
		__field(u8, state)
		__field(u32, una)
		__field(u32, nxt)
		__field(u32, rcv_nxt)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(net, tuple);
		XTCP_TRACE_SEGMENT_IS(seg);
		__entry->state = state;
		__entry->una = c ? c->snd.una : 0;
		__entry->nxt = c ? c->snd.nxt : 0;
		__entry->rcv_nxt = c ? c->rcv.nxt : 0;
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "state=%s " XTCP_TRACE_SEGMENT_FORMAT
		  "una=%u nxt=%u rcv_nxt=%u hdr=%s", XTCP_TRACE_ENDS_VALUES,
		  xtcp_state_name(__entry->state), XTCP_TRACE_SEGMENT_VALUES, __entry->una,
		  __entry->nxt, __entry->rcv_nxt, XTCP_TRACE_HEADER)
);

/* A segment goes to the IP layer; of one longer than mss, the device makes several. */
TRACE_EVENT(xtcp_segment_out,
	TP_PROTO(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		 u8 state, u8 why, bool again, u16 mss, const struct xtcp_traced *seg),
	TP_ARGS(net, tuple, c, state, why, again, mss, seg),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		XTCP_TRACE_SEGMENT
		__field(u8, state)
		__field(u8, why)
		__field(u8, again)
		__field(u16, mss)
		__field(u32, una)
		__field(u32, nxt)
		__field(u32, cwnd)
		__field(u32, ssthresh)
		__field(u32, flight)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(net, tuple);
		XTCP_TRACE_SEGMENT_IS(seg);
		__entry->state = state;
		__entry->why = why;
		__entry->again = again;
		__entry->mss = mss;
		__entry->una = c ? c->snd.una : 0;
		__entry->nxt = c ? c->snd.nxt : 0;
		__entry->cwnd = c ? c->cc.cwnd : 0;
		__entry->ssthresh = c ? c->cc.ssthresh : 0;
		__entry->flight = c ? xtcp_flight(c) : 0;
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "state=%s why=%s again=%u mss=%u "
		  XTCP_TRACE_SEGMENT_FORMAT
		  "una=%u nxt=%u cwnd=%u ssthresh=%u flight=%u hdr=%s", XTCP_TRACE_ENDS_VALUES,
		  xtcp_state_name(__entry->state), xtcp_reason_name(__entry->why), __entry->again,
		  __entry->mss, XTCP_TRACE_SEGMENT_VALUES, __entry->una, __entry->nxt,
		  __entry->cwnd, __entry->ssthresh, __entry->flight, XTCP_TRACE_HEADER)
);

/* Loss recovery begins or ends. */
TRACE_EVENT(xtcp_cong_state,
	TP_PROTO(const struct xtcp_sock *xs, u8 old),
	TP_ARGS(xs, old),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		__field(u8, old)
		__field(u8, new)
		__field(u32, cwnd)
		__field(u32, ssthresh)
		__field(u32, flight)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(xs->node.net, &xs->node.tuple);
		__entry->old = old;
		__entry->new = xs->conn.recovery.phase;
		__entry->cwnd = xs->conn.cc.cwnd;
		__entry->ssthresh = xs->conn.cc.ssthresh;
		__entry->flight = xtcp_flight(&xs->conn);
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "old=%s new=%s cwnd=%u ssthresh=%u flight=%u",
		  XTCP_TRACE_ENDS_VALUES, xtcp_phase_name(__entry->old),
		  xtcp_phase_name(__entry->new), __entry->cwnd, __entry->ssthresh,
		  __entry->flight)
);

/* A round trip was measured; what the estimator makes of it. */
TRACE_EVENT(xtcp_rtt_sample,
	TP_PROTO(const struct xtcp_sock *xs),
	TP_ARGS(xs),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		__field(u32, sample_us)
		__field(u32, srtt_us)
		__field(u32, rttvar_us)
		__field(u32, rto_us)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(xs->node.net, &xs->node.tuple);
		__entry->sample_us = xs->conn.rtt.sample_us;
		__entry->srtt_us = xs->conn.rtt.srtt_us;
		__entry->rttvar_us = xs->conn.rtt.rttvar_us;
		__entry->rto_us = xs->conn.rtt.rto_us;
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "sample_us=%u srtt_us=%u rttvar_us=%u rto_us=%u",
		  XTCP_TRACE_ENDS_VALUES, __entry->sample_us, __entry->srtt_us,
		  __entry->rttvar_us, __entry->rto_us)
);

/* A segment of ours was dropped. */
TRACE_EVENT(xtcp_drop,
	TP_PROTO(struct net *net, const struct xtcp_tuple *tuple, u8 reason,
		 const struct xtcp_traced *seg),
	TP_ARGS(net, tuple, reason, seg),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		XTCP_TRACE_SEGMENT
		__field(u8, reason)
		__string(reason_name, xtcp_drop_name(reason))
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(net, tuple);
		XTCP_TRACE_SEGMENT_IS(seg);
		__entry->reason = reason;
		XTCP_ASSIGN_STR(reason_name, xtcp_drop_name(reason));
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "reason=%s " XTCP_TRACE_SEGMENT_FORMAT "hdr=%s",
		  XTCP_TRACE_ENDS_VALUES, __get_str(reason_name), XTCP_TRACE_SEGMENT_VALUES,
		  XTCP_TRACE_HEADER)
);

/* What becomes of a SYN to a listener. */
TRACE_EVENT(xtcp_request,
	TP_PROTO(struct net *net, const struct xtcp_tuple *tuple, u8 what, u8 retransmits),
	TP_ARGS(net, tuple, what, retransmits),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		__field(u8, what)
		__field(u8, retransmits)
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(net, tuple);
		__entry->what = what;
		__entry->retransmits = retransmits;
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "what=%s retransmits=%u", XTCP_TRACE_ENDS_VALUES,
		  __print_symbolic(__entry->what,
				   { XTCP_REQUEST_NEW, "new" },
				   { XTCP_REQUEST_AGAIN, "again" },
				   { XTCP_REQUEST_DONE, "done" },
				   { XTCP_REQUEST_EXPIRED, "expired" },
				   { XTCP_REQUEST_RESET, "reset" },
				   { XTCP_REQUEST_COOKIE, "cookie" }),
		  __entry->retransmits)
);

/* A deadline of a connection has passed, by so much. */
TRACE_EVENT(xtcp_timer,
	TP_PROTO(const struct xtcp_sock *xs, u8 timer, u64 late_us),
	TP_ARGS(xs, timer, late_us),
	TP_STRUCT__entry(
		XTCP_TRACE_ENDS
		__field(u8, timer)
		__field(u64, late_us)
		__string(timer_name, xtcp_timer_name(timer))
	),
	TP_fast_assign(
		XTCP_TRACE_ENDS_ARE(xs->node.net, &xs->node.tuple);
		__entry->timer = timer;
		__entry->late_us = late_us;
		XTCP_ASSIGN_STR(timer_name, xtcp_timer_name(timer));
	),
	TP_printk(XTCP_TRACE_ENDS_FORMAT "timer=%s late_us=%llu", XTCP_TRACE_ENDS_VALUES,
		  __get_str(timer_name), __entry->late_us)
);

/* clang-format on */

#endif /* _XTCP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH xtcp
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
