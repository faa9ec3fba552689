// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracepoints of system xtcp (xtcp/trace.h), the names that they show, and
 * what the shell tells them when somebody listens (xtcp/tell.h).
 */
#include <linux/skbuff.h>
#include <xtcp/conn.h>

#define CREATE_TRACE_POINTS
#include <xtcp/tell.h>

static const char *name_in(const char *const *names, size_t n, u8 index)
{
	return index < n ? names[index] : "?";
}

const char *xtcp_reason_name(u8 reason)
{
	static const char *const names[] = {
#define XTCP_REASON(name, meaning) #name,
#include <xtcp/defs/reason_defs.h>
#undef XTCP_REASON
	};

	return name_in(names, ARRAY_SIZE(names), reason);
}

const char *xtcp_drop_name(u8 reason)
{
	static const char *const names[] = {
		"NONE",
#define XTCP_DROP(name, skb_reason, counter, meaning) #name,
#include <xtcp/defs/drop_defs.h>
#undef XTCP_DROP
	};

	return name_in(names, ARRAY_SIZE(names), reason);
}

const char *xtcp_timer_name(u8 timer)
{
	static const char *const names[] = {
#define XTCP_TIMER(name, handler, meaning) #name,
#include <xtcp/defs/timer_defs.h>
#undef XTCP_TIMER
	};

	return name_in(names, ARRAY_SIZE(names), timer);
}

const char *xtcp_phase_name(u8 phase)
{
	switch (phase) {
	case XTCP_RECOVERY:
		return "RECOVERY";
	case XTCP_LOSS:
		return "LOSS";
	default:
		return "OPEN";
	}
}

void xtcp_trace_in(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		   u8 state, const struct sk_buff *skb, const struct xtcp_seg *seg)
{
	struct xtcp_traced t = {
		.seq = seg->seq,
		.ack = seg->ack,
		.len = seg->len,
		.win = seg->wnd,
		.flags = seg->flags,
		.header = skb->data,
		.header_len = seg->header_len,
	};

	trace_xtcp_segment_in(net, tuple, c, state, &t);
}

void xtcp_trace_out(struct net *net, const struct xtcp_tuple *tuple, const struct xtcp_conn *c,
		    u8 state, const struct sk_buff *skb, const struct xtcp_plan *plan)
{
	struct xtcp_traced t = {
		.seq = plan->seq,
		.ack = plan->ack,
		.len = plan->len,
		.win = plan->wnd,
		.flags = plan->flags,
		.header = skb->data,
		.header_len = xtcp_segment_header_len(plan),
	};

	trace_xtcp_segment_out(net, tuple, c, state, plan->reason, plan->again, plan->mss, &t);
}

/* Of a segment of which nothing is left but its bytes. */
static void parse_bytes(struct xtcp_traced *t, const u8 *header, u32 avail, u32 total)
{
	struct xtcp_seg seg = {};

	t->header = header;
	t->header_len = min_t(u32, avail, XTCP_HEADER_MIN);
	if (xtcp_segment_parse(&seg, header, avail, total))
		return;
	t->seq = seg.seq;
	t->ack = seg.ack;
	t->len = seg.len;
	t->win = seg.wnd;
	t->flags = seg.flags;
	t->header_len = seg.header_len;
}

void xtcp_trace_answer(struct net *net, const struct xtcp_tuple *tuple, const u8 *header, u32 len)
{
	struct xtcp_traced t = {};

	parse_bytes(&t, header, len, len);
	trace_xtcp_segment_out(net, tuple, NULL, XTCP_LISTEN, XTCP_WHY_SYN, false, 0, &t);
}

void xtcp_trace_drop(struct net *net, const struct xtcp_tuple *tuple, const struct sk_buff *skb,
		     enum xtcp_drop why)
{
	struct xtcp_traced t = {};

	parse_bytes(&t, skb->data, skb_headlen(skb), skb->len);
	trace_xtcp_drop(net, tuple, why, &t);
}

void xtcp_trace_timers(const struct xtcp_sock *xs, u64 now_us)
{
	const struct xtcp_conn *c = &xs->conn;
	u8 i;

	for (i = 0; i < XTCP_NR_TIMERS; i++)
		if (c->deadline[i] && c->deadline[i] <= now_us)
			trace_xtcp_timer(xs, i, now_us - c->deadline[i]);
}

void xtcp_trace_state(const struct xtcp_sock *xs, u8 old_linux, u8 new)
{
	u8 old;

	for (old = 0; old < XTCP_NR_STATES; old++)
		if (xtcp_state_linux_number(old) == old_linux)
			break;
	trace_xtcp_set_state(&xs->node, xs, old, new);
}
