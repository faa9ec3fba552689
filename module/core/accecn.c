// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accurate feedback of congestion marks (RFC 9768): the flags AE, CWR and ECE
 * negotiate it and tell what became of the IP header of each end's SYN; from
 * then on they are ACE, the low bits of a count of marked packets. An option
 * beside it counts bytes: accecn_option.c. Called by ecn.c and listen.c.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

/* ACK ranges of so many packets are usual on the path: ACE tells nothing of wraps. */
#define STRETCHED	4
#define AVERAGE_UNIT	8

/* Round trips after which marks on everything are not believed any more. */
#define ALL_MARKED_ROUNDS	4

/* ACE of the header flags, AE first. */
static u8 ace_of(u16 flags)
{
	return (flags & XTCP_AE ? 4 : 0) | (flags & XTCP_CWR ? 2 : 0) | (flags & XTCP_ECE ? 1 : 0);
}

u16 xtcp_ace_flags(u32 count)
{
	return (count & 4 ? XTCP_AE : 0) | (count & 2 ? XTCP_CWR : 0) | (count & 1 ? XTCP_ECE : 0);
}

/* Tables 2 and 3: how the IP header of a SYN or SYN,ACK arrived. */
u16 xtcp_accecn_reflect(u8 codepoint)
{
	static const u8 ace[] = {
		[XTCP_NOT_ECT] = 2,
		[XTCP_ECT_1] = 3,
		[XTCP_ECT_0] = 4,
		[XTCP_CE] = 6,
	};

	return xtcp_ace_flags(ace[codepoint & 3]);
}

/* RFC 9768 5.1: to others, 0 is what they send and 1 tells of a mark. */
bool xtcp_accecn_speaks(const struct xtcp_seg *ack)
{
	return ace_of(ack->flags) > 1;
}

enum xtcp_syn_asks xtcp_syn_asks(const struct xtcp_seg *syn)
{
	switch (ace_of(syn->flags)) {
	case 0:
		return XTCP_ASKS_NOTHING;
	case 3:
		return XTCP_ASKS_CLASSIC;
	default:
		return XTCP_ASKS_ACCURATE;	/* 7, and what may yet be defined (3.1.3) */
	}
}

void xtcp_accecn_begin(struct xtcp_conn *c, u8 codepoint)
{
	struct xtcp_accecn *a = &c->accecn;

	a->on = true;
	a->syn_ecn = codepoint;
	a->received = XTCP_ACE_INITIAL;
	a->told = XTCP_ACE_INITIAL;
	/* Nothing is known of the peer's ACKs: few wraps are believed in. */
	a->stretch = 8 * AVERAGE_UNIT;
	xtcp_accecn_option_begin(c);
}

/*
 * What the peer tells of our SYN or SYN,ACK (3.2.2.3). A change that no router
 * may make: what is sent further had better not be ECN-capable.
 */
static void take_reflection(struct xtcp_conn *c, u8 ace)
{
	bool capable = c->cc.ops->needs_ecn;
	bool changed = capable ? ace == 2 : ace == 3 || ace == 4 || ace == 6;

	if (changed)
		c->accecn.mute = true;
	if (ace == 6)
		c->accecn.syn_marked = true;
}

/* A SYN,ACK in SYN-SENT, after a SYN that asked: table 2. */
static bool syn_ack_tells(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u8 ace = ace_of(seg->flags);

	if (ace == 0 || ace == 7)	/* no ECN; flags sent back as they came */
		return false;
	if (ace == 1)
		return true;		/* classic */
	xtcp_accecn_begin(c, seg->ecn);
	take_reflection(c, ace);
	if (seg->ecn == XTCP_CE)
		c->accecn.received++;
	xtcp_accecn_option_first(c, seg);
	xtcp_accecn_option_received(c, seg);
	c->accecn.greet = true;
	return true;
}

bool xtcp_accecn_answered(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	if (seg->flags & XTCP_ACK)
		return syn_ack_tells(c, seg);
	/* SYNs that cross: as if we had been the listener (3.1.2). */
	if (xtcp_syn_asks(seg) == XTCP_ASKS_ACCURATE)
		xtcp_accecn_begin(c, seg->ecn);
	return xtcp_syn_asks(seg) != XTCP_ASKS_NOTHING;
}

/* Classic and accurate ECN in one handshake (3.1.5). */
static bool mixes(const struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	enum xtcp_syn_asks asks = xtcp_syn_asks(seg);

	if (seg->flags & XTCP_ACK)
		return c->accecn.on && ace_of(seg->flags) == 1;
	if (c->accecn.on)
		return asks == XTCP_ASKS_CLASSIC;
	return c->ecn.on && c->accecn.asked && asks == XTCP_ASKS_ACCURATE;
}

/* SYNs have crossed: the SYN,ACK tells of ours what that of a listener would. */
static void take_crossed(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u8 ace = ace_of(seg->flags);

	xtcp_accecn_option_first(c, seg);
	/* The mode stays what it is, but nothing is ECN-capable (3.1.5). */
	if (ace == 0 || ace == 7)
		c->accecn.mute = true;
	else
		take_reflection(c, ace);
}

bool xtcp_accecn_same_syn(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	struct xtcp_accecn *a = &c->accecn;

	if (mixes(c, seg))
		return false;
	if (!a->on)
		return true;
	if (seg->flags & XTCP_ACK) {
		if (seg->ack == c->snd.iss + 1)
			take_crossed(c, seg);
		return true;
	}
	a->syn_ecn = seg->ecn;
	if (xtcp_syn_asks(seg) == XTCP_ASKS_NOTHING)
		a->mute = true;
	return true;
}

/* 3.2.2.1: the pure ACK of a SYN,ACK that comes again tells of the last one. */
void xtcp_accecn_syn_again(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	struct xtcp_accecn *a = &c->accecn;

	if (!a->on || c->passive || !(seg->flags & XTCP_ACK) || seg->seq != c->rcv.irs ||
	    !(c->owes & XTCP_OWES_ACK))
		return;
	/* Once, however many come marked (3.2.2.2). */
	if (seg->ecn == XTCP_CE && a->received == XTCP_ACE_INITIAL)
		a->received++;
	a->syn_ecn = seg->ecn;
	a->greet = true;
}

/* Table 4: the ACK of our SYN,ACK. */
void xtcp_accecn_third_ack(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	u8 ace = ace_of(seg->flags);

	if (!c->accecn.on || !c->passive)
		return;
	xtcp_accecn_option_first(c, seg);
	if (seg->len || seg->opt.nr_sack)
		return;
	if (!ace) {
		c->accecn.mute = true;
		c->accecn.deaf = true;
		return;
	}
	take_reflection(c, ace);
	if (ace == 6)
		c->accecn.told++;
}

/* When an ACK is due because of marks: 3.2.2.5.1. */
void xtcp_accecn_received(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	struct xtcp_accecn *a = &c->accecn;
	bool ce = seg->ecn == XTCP_CE;
	bool was = a->marked_last;
	/* Of what came in one piece each segment was marked. */
	u32 packets = xtcp_segments(seg->len, seg->unit);
	u32 enough = seg->len || c->rcv.nxt != c->rcv.acked ? 2 : 3;

	xtcp_accecn_option_received(c, seg);
	a->marked_last = ce;
	if (!ce)
		return;
	a->received += packets;
	a->untold += packets;
	if ((seg->len && !was) || a->untold >= enough)
		xtcp_ack_now(c);
}

/*
 * By how much the peer's count has grown: by the least that fits, unless ACKs
 * seem to be missing; then by the most that what is acknowledged allows (A.2.1).
 * Where ACKs use to be rare this would see congestion everywhere.
 */
static u32 growth(const struct xtcp_accecn *a, u8 ace, u32 packets)
{
	u32 least = (ace - a->told) & 7;

	if (a->stretch >= STRETCHED * AVERAGE_UNIT || packets <= least)
		return least;
	return packets - ((packets - least) & 7);
}

/* The same where the marked bytes are known: the least for which they have room (A.2.2). */
static u32 growth_by_bytes(const struct xtcp_accecn *a, u8 ace, u32 packets, u32 marked)
{
	u32 least = (ace - a->told) & 7;

	if (least >= marked || least >= packets)
		return least;
	return least + 8 * min(DIV_ROUND_UP(marked - least, 8), (packets - least) / 8);
}

/*
 * A path that marks whatever it carries, from the first packet on, says nothing
 * of congestion (3.2.2.3). An algorithm that needs ECN was chosen for a network
 * where a full queue does so, and does not mean it any less.
 */
static void watch(struct xtcp_conn *c, u32 marked, u32 delivered)
{
	struct xtcp_accecn *a = &c->accecn;

	if (a->rounds == XTCP_ROUNDS_OVER)
		return;
	if (marked < delivered || c->cc.ops->needs_ecn) {
		a->rounds = XTCP_ROUNDS_OVER;
		return;
	}
	if (a->rounds && xtcp_seq_le(c->snd.una, a->round_end))
		return;
	a->round_end = c->snd.nxt;
	if (a->rounds++ < ALL_MARKED_ROUNDS)
		return;
	a->rounds = XTCP_ROUNDS_OVER;
	a->mute = true;
	a->deaf = true;
	xtcp_count(c->env, XTCP_MIB_ECN_ALL_MARKED);
}

/* Bytes by the option if there is one, else by the count of packets (A.3). */
static u32 marked_bytes(struct xtcp_conn *c, const struct xtcp_seg *seg,
			const struct xtcp_delivery *d)
{
	struct xtcp_accecn *a = &c->accecn;
	u32 packets = max(d->bytes / c->cc.mss, 1U);
	u8 ace = ace_of(seg->flags);
	u32 marked, n;

	if (xtcp_accecn_option_take(c, seg, d, ace, &marked)) {
		n = growth_by_bytes(a, ace, packets, DIV_ROUND_UP(marked, c->cc.mss));
	} else {
		n = growth(a, ace, packets);
		marked = min_t(u64, (u64)n * c->cc.mss, d->bytes);
		xtcp_accecn_option_guessed(c, seg, marked);
	}
	a->told += n;
	if (n)
		xtcp_count_by(c->env, XTCP_MIB_DELIVERED_CE, n);
	a->stretch += packets;
	a->stretch -= a->stretch / AVERAGE_UNIT;
	return marked;
}

u32 xtcp_accecn_marked(struct xtcp_conn *c, const struct xtcp_seg *seg,
		       const struct xtcp_delivery *d)
{
	struct xtcp_accecn *a = &c->accecn;
	u32 marked;

	/* Without news it may be older than what told last (A.1). */
	if (!d->bytes)
		return 0;
	/* It begins with 5, so somebody clears it (3.2.2.4). */
	if (!a->checked && !ace_of(seg->flags)) {
		a->mute = true;
		a->deaf = true;
	}
	a->checked = true;
	marked = marked_bytes(c, seg, d);
	watch(c, marked, d->bytes);
	return a->deaf ? 0 : marked;
}

void xtcp_accecn_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	const struct xtcp_accecn *a = &c->accecn;

	if (a->greet && plan->reason == XTCP_WHY_ACK && !xtcp_report_count(&c->report, 1))
		plan->flags |= xtcp_accecn_reflect(a->syn_ecn);
	else
		plan->flags |= xtcp_ace_flags(a->received);
	xtcp_accecn_option_fill(c, now_us, plan);
}

void xtcp_accecn_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	if (!(plan->flags & XTCP_ACK))
		return;
	c->accecn.untold = 0;
	if (plan->reason == XTCP_WHY_ACK)
		c->accecn.greet = false;
	if (!(plan->flags & XTCP_SYN))
		xtcp_accecn_option_sent(c, plan, now_us);
}
