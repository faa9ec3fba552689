// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory there is for all sockets together (net.xtcp.mem, struct proto),
 * and what a socket does when it is short. Nothing that was acknowledged is
 * given up: room is made at the cost of text out of order, segments that find
 * none are dropped, and sockets without a user are reset.
 */
#include <linux/net.h>
#include <linux/swap.h>
#include "internal.h"

/*
 * Pages: below the first memory is plenty again, above the second it is short,
 * the third is the end of it.
 */
long xtcp_mem_limits[XTCP_THREE];

/* Since when memory is short, in jiffies, not 0; 0: it is not. */
static unsigned long short_since;

/* As much as the kernel's TCP takes: a sixteenth of memory, more or less. */
void xtcp_pressure_setup(void)
{
	long limit = max(nr_free_buffer_pages() / 16, 128UL);

	xtcp_mem_limits[0] = limit / 4 * 3;
	xtcp_mem_limits[1] = limit;
	xtcp_mem_limits[2] = xtcp_mem_limits[0] * 2;
	xtcp_prot.memory_pressure = &short_since;
}

/* struct proto.enter_memory_pressure: at each allocation above the second limit */
void xtcp_pressure_enter(struct sock *sk)
{
	unsigned long now = jiffies ? jiffies : 1;

	if (!READ_ONCE(short_since) && !cmpxchg(&short_since, 0, now))
		xtcp_count(xtcp_sock_env(sk), XTCP_MIB_MEMORY_PRESSURES);
}

/* struct proto.leave_memory_pressure */
void xtcp_pressure_leave(struct sock *sk)
{
	unsigned long since = READ_ONCE(short_since) ? xchg(&short_since, 0) : 0;

	if (since)
		xtcp_count_by(xtcp_sock_env(sk), XTCP_MIB_MEMORY_PRESSURES_CHRONO,
			      jiffies_to_msecs(jiffies - since));
}

/* No memory is left for a socket that holds more than the least of buffers. */
static bool is_out_of_memory(const struct sock *sk)
{
	return READ_ONCE(sk->sk_wmem_queued) > SOCK_MIN_SNDBUF &&
	       sk_memory_allocated(sk) > READ_ONCE(xtcp_mem_limits[2]);
}

/* One of whom nobody hears counts twice, and so does one to whom there is no way. */
static u64 orphans_as_seen_by(const struct xtcp_sock *xs)
{
	const struct xtcp_conn *c = &xs->conn;
	u64 patience_us = 2ULL * xtcp_rto_most_us(c);
	u64 n = atomic_read(&xtcp_net(sock_net(&xs->inet.sk))->nr_orphans);

	if (xtcp_now_us() - c->heard_us > patience_us)
		n *= 2;
	return c->err_soft ? n * 2 : n;
}

static bool is_one_too_many(const struct xtcp_sock *xs)
{
	if (orphans_as_seen_by(xs) <= READ_ONCE(xs->conn.env->knob.max_orphans))
		return false;
	xtcp_tell(xs->conn.env,
		  "too many closed sockets wait for their peers (net.xtcp.max_orphans)\n");
	return true;
}

bool xtcp_pressure_ends(struct xtcp_sock *xs)
{
	struct sock *sk = &xs->inet.sk;

	if (!sock_flag(sk, SOCK_DEAD) || sk->sk_state == TCP_CLOSE)
		return false;
	if (!is_out_of_memory(sk) && !is_one_too_many(xs))
		return false;
	xtcp_count(xs->conn.env, XTCP_MIB_ABORT_ON_MEMORY);
	xtcp_conn_abort(&xs->conn, 0);
	return true;
}

/*
 * Gives up the last text out of order, if it lies beyond seq. The peer may
 * have been told of it, and keeps it until it is acknowledged for good
 * (RFC 2018 8).
 */
static bool prune(struct xtcp_sock *xs, u32 seq)
{
	struct xtcp_conn *c = &xs->conn;
	struct xtcp_rxd *last = xtcp_reasm_take_beyond(&c->rxq, seq);

	if (!last)
		return false;
	xtcp_report_forget(&c->report, last->seq);
	consume_skb(xtcp_rxd_skb(last));
	xtcp_sock_room(xs);
	return true;
}

static bool has_room(struct xtcp_sock *xs, struct sk_buff *skb)
{
	return !xs->conn.limits.rcv_full &&
	       sk_rmem_schedule(&xs->inet.sk, skb, skb->truesize);
}

/* Does it have text that the window allows and that has not come in order? */
static bool text_is_wanted(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	return xtcp_seq_gt(seg->seq + seg->len, c->rcv.nxt) &&
	       xtcp_seq_lt(seg->seq, c->rcv.edge);
}

/* Text that comes first is worth more than what lies behind it. */
void xtcp_rx_make_room(struct xtcp_sock *xs, struct sk_buff *skb, const struct xtcp_seg *seg)
{
	struct xtcp_conn *c = &xs->conn;
	bool pruned = false;

	if (has_room(xs, skb))
		return;
	xtcp_count(c->env, XTCP_MIB_PRUNE_CALLED);
	while (text_is_wanted(c, seg) && prune(xs, seg->seq)) {
		if (!pruned)
			xtcp_count(c->env, XTCP_MIB_OFO_PRUNED);
		pruned = true;
		if (has_room(xs, skb))
			return;
	}
	c->limits.rcv_full = true;
}
