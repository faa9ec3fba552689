/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shell tells its tracepoints (trace.h): calls that cost a jump over
 * nothing as long as nobody listens. observe/trace.c has what they do then.
 */
#ifndef _XTCP_TELL_H
#define _XTCP_TELL_H

#include <xtcp/trace.h>

struct sk_buff;

void xtcp_trace_in(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		   u8 state, const struct sk_buff *skb, const struct xtcp_seg *seg);
void xtcp_trace_out(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		    u8 state, const struct sk_buff *skb, const struct xtcp_plan *plan);
void xtcp_trace_answer(struct net *net, const struct xtcp_tuple *tuple, const u8 *header,
		       u32 len);
void xtcp_trace_drop(struct net *net, const struct xtcp_tuple *tuple, const struct sk_buff *skb,
		     enum xtcp_drop why);
void xtcp_trace_timers(const struct xtcp_sock *xs, u64 now_us);
void xtcp_trace_state(const struct xtcp_sock *xs, u8 old_linux, u8 new);

/* skb->data is at the TCP header, parsed into seg; c is NULL where it is of no connection. */
static inline void xtcp_tell_in(struct net *net, const struct xtcp_tuple *tuple,
				const struct xtcp_conn *c, u8 state, const struct sk_buff *skb,
				const struct xtcp_seg *seg)
{
	if (trace_xtcp_segment_in_enabled())
		xtcp_trace_in(net, tuple, c, state, skb, seg);
}

/* The header of plan was written at skb->data. */
static inline void xtcp_tell_out(struct net *net, const struct xtcp_tuple *tuple,
				 const struct xtcp_conn *c, u8 state, const struct sk_buff *skb,
				 const struct xtcp_plan *plan)
{
	if (trace_xtcp_segment_out_enabled())
		xtcp_trace_out(net, tuple, c, state, skb, plan);
}

/* A SYN,ACK that has no plan: with a cookie. */
static inline void xtcp_tell_answer(struct net *net, const struct xtcp_tuple *tuple,
				    const u8 *header, u32 len)
{
	if (trace_xtcp_segment_out_enabled())
		xtcp_trace_answer(net, tuple, header, len);
	trace_xtcp_request(net, tuple, XTCP_REQUEST_COOKIE, 0);
}

/* Before the deadlines that have passed are acted upon. */
static inline void xtcp_tell_timers(const struct xtcp_sock *xs, u64 now_us)
{
	if (trace_xtcp_timer_enabled())
		xtcp_trace_timers(xs, now_us);
}

/* From the number that Linux shows to a state of ours. */
static inline void xtcp_tell_state(const struct xtcp_sock *xs, u8 old_linux, u8 new)
{
	if (trace_xtcp_set_state_enabled())
		xtcp_trace_state(xs, old_linux, new);
}

/* The end of a TIME-WAIT. */
static inline void xtcp_tell_timewait_over(const struct xtcp_node *node)
{
	trace_xtcp_set_state(node, NULL, XTCP_TIME_WAIT, XTCP_CLOSED);
}

/* What core has noted of a round trip since xtcp_tell_rtt_begins(). */
static inline void xtcp_tell_rtt_begins(struct xtcp_conn *c)
{
	if (trace_xtcp_rtt_sample_enabled())
		c->rtt.sample_us = 0;
}

static inline void xtcp_tell_rtt(const struct xtcp_sock *xs)
{
	if (trace_xtcp_rtt_sample_enabled() && xs->conn.rtt.sample_us)
		trace_xtcp_rtt_sample(xs);
}

/* Recovery was in this phase before something happened. */
static inline void xtcp_tell_phase(const struct xtcp_sock *xs, u8 before)
{
	if (trace_xtcp_cong_state_enabled() && xs->conn.recovery.phase != before)
		trace_xtcp_cong_state(xs, before);
}

#endif /* _XTCP_TELL_H */
