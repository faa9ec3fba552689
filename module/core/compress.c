// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fewer ACKs behind a hole. Each segment out of order asks for one at once
 * (RFC 5681 4.2), and the first three make the sender repair the hole. Of
 * those that follow the last tells what all would have told, as SACK blocks
 * accumulate, so they wait for it: a small part of the round-trip time, which
 * the sender's loss detection by time does not notice (RFC 8985 6.2). What
 * fills the hole or has come before is never kept from the sender (text.c).
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

/* ACKs by which any sender knows that a segment is lost (RFC 5681 3.2). */
#define FIRST_ACKS	3

/* Blocks that an ACK has room for beside timestamps: one more would be forgotten. */
#define BLOCKS		(XTCP_MAX_SACK_BLOCKS - 1)

#define NSECS_OF_USEC	1000

/* A twentieth of the round trip, at most what the user lets it be. */
static u32 wait_us(const struct xtcp_conn *c)
{
	return min(c->rtt.srtt_us / 20, c->env->knob.comp_sack_delay_ns / NSECS_OF_USEC);
}

static bool is_among_first(struct xtcp_conn *c)
{
	struct xtcp_compress *p = &c->compress;

	if (p->hole != c->rcv.nxt) {
		p->hole = c->rcv.nxt;
		p->asked = 0;
	}
	if (p->asked >= FIRST_ACKS)
		return false;
	p->asked++;
	return true;
}

void xtcp_compress_ack(struct xtcp_conn *c, u64 now_us)
{
	bool first = is_among_first(c);
	u32 us = wait_us(c);

	/* Who has asked for one already does not wait. */
	if (c->owes & XTCP_OWES_ACK)
		return;
	if (first || !c->board.on || !us || c->report.untold >= BLOCKS ||
	    c->compress.held >= c->env->knob.comp_sack_nr) {
		xtcp_ack_now(c);
		return;
	}
	c->compress.held++;
	if (xtcp_timer_armed(c, XTCP_TIMER_COMPRESS))
		xtcp_count(c->env, XTCP_MIB_ACK_COMPRESSED);
	else
		xtcp_timer_set(c, XTCP_TIMER_COMPRESS, now_us + us);
}

void xtcp_compress_sent(struct xtcp_conn *c)
{
	c->compress.held = 0;
	if (!xtcp_timer_armed(c, XTCP_TIMER_COMPRESS))
		return;
	/* Another has told what was waiting. */
	xtcp_count(c->env, XTCP_MIB_ACK_COMPRESSED);
	xtcp_timer_clear(c, XTCP_TIMER_COMPRESS);
}

void xtcp_compress_expired(struct xtcp_conn *c, u64 now_us)
{
	xtcp_ack_now(c);
}
