// SPDX-License-Identifier: GPL-2.0-only
/*
 * Urgent text (RFC 9293 3.8.5, RFC 6093): sixth step of SEGMENT ARRIVES, the
 * mark that readers stop at, and the pointer in what is sent. Called by
 * input.c, connect.c and output.c; the shell asks about the mark.
 *
 * As in Linux, the last urgent octet alone is apart from the stream: its
 * number is the mark. That of a later pointer replaces it.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define POINTER_MAX	0xffffU

/*
 * The number of the last urgent octet. The pointer names the octet behind it
 * (MUST-62); RFC 1122 and stdurg have it name the octet itself. A pointer of 0
 * names the first octet either way.
 */
static u32 last_octet(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	bool behind = seg->urg && !c->env->knob.stdurg;

	return seg->seq + seg->urg - behind;
}

/* An octet that waits right before the reader when another takes its place. */
static void skip_old_octet(struct xtcp_conn *c)
{
	struct xtcp_rxd *first;

	if (c->limits.urgent_inline || !xtcp_urgent_at(c, c->rcv.copied) ||
	    c->rcv.copied == c->rcv.nxt)
		return;
	WRITE_ONCE(c->rcv.copied, c->rcv.copied + 1);
	/* No reader comes for what has no more text: it would only take room. */
	first = list_first_entry(&c->rxq.ready, struct xtcp_rxd, list);
	if (first->end == c->rcv.copied)
		list_move_tail(&first->list, &c->rxq.done);
}

static void take_pointer(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	struct xtcp_urgent *u = &c->urgent;
	u32 mark = last_octet(c, seg);

	/* Said again, or late: the octet has come already. */
	if (xtcp_seq_lt(mark, c->rcv.nxt) || (u->state && xtcp_seq_le(mark, u->mark)))
		return;
	skip_old_octet(c);
	WRITE_ONCE(u->mark, mark);
	WRITE_ONCE(u->state, XTCP_URGENT_AWAITED);
	c->wake |= XTCP_WAKE_URGENT;
}

enum xtcp_drop xtcp_urgent(struct xtcp_conn *c, struct xtcp_arrival *a)
{
	const struct xtcp_seg *seg = a->seg;
	struct xtcp_urgent *u = &c->urgent;
	u32 first = seg->seq + !!(seg->flags & XTCP_SYN);

	if (!xtcp_may_receive(c->state))
		return XTCP_DROP_NONE;
	if (seg->flags & XTCP_URG)
		take_pointer(c, seg);
	/* Out of order, too: urgent is what does not wait for its turn. */
	if (u->state == XTCP_URGENT_AWAITED && xtcp_seq_in(u->mark, first, seg->len)) {
		WRITE_ONCE(u->state, XTCP_URGENT_HERE);
		a->has_urgent = true;
		a->urgent_at = u->mark - first;
		c->wake |= XTCP_WAKE_URGENT_HERE;
	}
	return XTCP_DROP_NONE;
}

u32 xtcp_urgent_limit(const struct xtcp_conn *c, u32 seq, u32 len)
{
	u32 ahead = c->urgent.mark - seq;

	return c->urgent.state && ahead && ahead < len ? ahead : len;
}

void xtcp_urgent_read(struct xtcp_conn *c)
{
	if (c->urgent.state && xtcp_seq_gt(c->rcv.copied, c->urgent.mark))
		WRITE_ONCE(c->urgent.state, XTCP_URGENT_NONE);
}

void xtcp_urgent_send(struct xtcp_conn *c)
{
	c->snd.up = c->txq.end;
	c->snd.urgent = true;
	c->owes |= XTCP_OWES_URGENT;
}

bool xtcp_urgent_unsent(const struct xtcp_conn *c, u32 seq)
{
	return c->snd.urgent && xtcp_seq_lt(seq, c->snd.up);
}

/*
 * SND.UP may be farther than a pointer reaches. The farthest that it reaches
 * will do then, if text will yet be sent there, which has a later pointer: an
 * octet that the peer has already must not become the mark.
 */
void xtcp_urgent_plan(struct xtcp_conn *c, struct xtcp_plan *plan)
{
	u32 ahead = c->snd.up - plan->seq;

	if (xtcp_seq_le(c->snd.up, c->snd.una))
		c->snd.urgent = false;
	if (!xtcp_urgent_unsent(c, plan->seq))
		return;
	if (ahead > POINTER_MAX && xtcp_seq_le(plan->seq + POINTER_MAX, c->snd.nxt))
		return;
	plan->flags |= XTCP_URG;
	plan->urg = min(ahead, POINTER_MAX);
}

void xtcp_urgent_sent(struct xtcp_conn *c, const struct xtcp_plan *plan)
{
	if (plan->flags & XTCP_URG || plan->reason == XTCP_WHY_ACK)
		c->owes &= ~XTCP_OWES_URGENT;
	/* A probe lies outside the peer's window, and its pointer is not read. */
	if (plan->reason == XTCP_WHY_PROBE && xtcp_urgent_unsent(c, c->snd.nxt))
		c->owes |= XTCP_OWES_URGENT;
}
