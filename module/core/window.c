// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window that we announce (RFC 9293 3.8.6): its right edge never moves
 * left (SHLD-14) and moves right by worthwhile steps only (MUST-39). Also the
 * growth of the receive buffer with the reader's speed.
 */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define WND_WIRE_MAX	0xffffU
#define WND_WIRE_BITS 16
#define WND_SIGNED_MAX	0x7fffU	/* for those to whom more is below 0 */

/* Segments to promise while memory is short. */
#define SHORT_SEGMENTS	4U

u8 xtcp_wscale_for(u32 buffer)
{
	int shift = fls(buffer) - WND_WIRE_BITS;

	return clamp(shift, 0, XTCP_WSCALE_MAX);
}

static u32 unscaled(const struct xtcp_sysctls *k, u32 free)
{
	return min(free, k->workaround_signed_windows ? WND_SIGNED_MAX : WND_WIRE_MAX);
}

/* What the route lets be offered before there is text. */
static u32 at_first(const struct xtcp_limits *limits, u32 free)
{
	u32 segments = limits->route.init_rwnd;

	return unlikely(segments) ? min(free, segments * limits->mss_adv) : free;
}

u32 xtcp_window_first(const struct xtcp_limits *limits, const struct xtcp_sysctls *k)
{
	return unscaled(k, at_first(limits, limits->rcv_free));
}

/* Where the edge would be if all that we are willing to take were announced. */
static u32 possible_edge(const struct xtcp_conn *c)
{
	u32 free = c->limits.rcv_free;

	if (c->limits.rcv_short)
		free = min(free, SHORT_SEGMENTS * c->limits.mss_adv);
	if (c->rcv.nxt == c->rcv.irs + 1)
		free = at_first(&c->limits, free);
	free = c->rcv.wscale ? min(free, WND_WIRE_MAX << c->rcv.wscale) :
			       unscaled(&c->env->knob, free);
	return c->rcv.nxt + free;
}

/* By how much the edge could move right. */
static u32 possible_gain(const struct xtcp_conn *c)
{
	u32 edge = possible_edge(c);

	return xtcp_seq_gt(edge, c->rcv.edge) ? edge - c->rcv.edge : 0;
}

/* One of them is closed, or would be if less could be offered than was. */
static void count_closed(const struct xtcp_conn *c, bool was_closed, bool closed)
{
	if (closed != was_closed)
		xtcp_count(c->env, closed ? XTCP_MIB_TO_ZERO_WINDOW : XTCP_MIB_FROM_ZERO_WINDOW);
	if (!closed && !c->limits.rcv_free)
		xtcp_count(c->env, XTCP_MIB_WANT_ZERO_WINDOW);
}

u16 xtcp_window_select(struct xtcp_conn *c, bool syn)
{
	bool was_closed = c->rcv.edge == c->rcv.acked;
	u32 unit = 1U << c->rcv.wscale;
	u32 wire;

	if (syn)
		return c->state == XTCP_SYN_SENT ?
			       xtcp_window_first(&c->limits, &c->env->knob) :
			       min(xtcp_rcv_wnd(c), WND_WIRE_MAX);
	if (possible_gain(c) >= min_t(u32, c->limits.rcv_buf / 2, c->limits.mss_adv))
		c->rcv.edge = possible_edge(c);
	/* Rounded up, lest the edge seem to move left (RFC 7323 2.4). */
	wire = min((xtcp_rcv_wnd(c) + unit - 1) >> c->rcv.wscale, WND_WIRE_MAX);
	c->rcv.edge = xtcp_seq_max(c->rcv.edge, c->rcv.nxt + (wire << c->rcv.wscale));
	if (unlikely(was_closed || !wire || !c->limits.rcv_free))
		count_closed(c, was_closed, !wire);
	return wire;
}

static void ask_for_double(struct xtcp_conn *c)
{
	if (!c->limits.rcv_short && c->limits.rcv_buf < c->limits.rcv_max)
		c->rcv.want_buf = min(2 * c->limits.rcv_buf, c->limits.rcv_max);
}

/*
 * The window may be what limits the sender if the reader keeps up with it: it
 * has read a whole buffer since the last look and left little behind.
 */
static void grow_buffer(struct xtcp_conn *c)
{
	u32 read = c->rcv.copied - c->rcv.drained;

	if (read < c->limits.rcv_buf || !c->env->knob.moderate_rcvbuf)
		return;
	c->rcv.drained = c->rcv.copied;
	if (xtcp_readable(c) < c->limits.rcv_buf / 2)
		ask_for_double(c);
}

/*
 * Behind a hole nothing can be read: what is sent while the hole is being repaired needs room
 * of its own, or the sender would have to wait for that, too.
 */
void xtcp_grow_for_hole(struct xtcp_conn *c)
{
	const struct xtcp_limits *l = &c->limits;

	if (l->rcv_free >= l->rcv_buf / 2 || xtcp_readable(c) >= l->rcv_buf / 4)
		return;
	if (c->env->knob.moderate_rcvbuf)
		ask_for_double(c);
}

void xtcp_data_consumed(struct xtcp_conn *c)
{
	u32 gain = possible_gain(c);

	if (!xtcp_may_receive(c->state))
		return;
	grow_buffer(c);
	xtcp_delack_on_read(c);
	/* Tell at once what lets a waiting sender go on, not each little gain. */
	if (gain >= min_t(u32, c->limits.rcv_buf / 2, 2 * c->limits.mss_adv) &&
	    gain >= xtcp_rcv_wnd(c))
		xtcp_ack_now(c);
}
