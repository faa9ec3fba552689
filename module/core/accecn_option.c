// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TCP option of accurate ECN (RFC 9768 3.2.3): how many bytes of text came
 * with each codepoint, beside the count of packets in the flags. What came is
 * counted and told here, what the peer tells is read, and whether the path lets
 * the option through is watched. Called by accecn.c.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>
#include <xtcp/ecn.h>

/* Values of the knob ecn_option, as Linux has them. */
enum {
	OPTION_NEVER,
	OPTION_SPARINGLY,	/* no more than RFC 9768 3.2.3.3 asks for */
	OPTION_OFTEN,		/* its simple scheme: with every ACK that has news */
	OPTION_STUBBORN,	/* even if it seems to be dropped on the way */
};

#define ALL		(BIT(XTCP_MARKS_ECT_0) | BIT(XTCP_MARKS_CE) | BIT(XTCP_MARKS_ECT_1))
#define FIELD		0xffffff
#define TELL_EVERY	(1U << 22)	/* bytes, lest a field wrap unseen (3.2.3.3) */
#define MAX_STRIKES	2
#define BLOCKS_BEFORE	2	/* SACK blocks that go before the option (3.2.3.3) */

/* The shortest option that has all of a set of counters; order 0 where both do. */
static const struct {
	u8 kind;
	u8 nr;
} shortest[ALL + 1] = {
	[0] = { XTCP_OPT_ACCECN0, 0 },
	[BIT(XTCP_MARKS_ECT_0)] = { XTCP_OPT_ACCECN0, 1 },
	[BIT(XTCP_MARKS_CE)] = { XTCP_OPT_ACCECN0, 2 },
	[BIT(XTCP_MARKS_ECT_0) | BIT(XTCP_MARKS_CE)] = { XTCP_OPT_ACCECN0, 2 },
	[BIT(XTCP_MARKS_ECT_1)] = { XTCP_OPT_ACCECN1, 1 },
	[BIT(XTCP_MARKS_ECT_1) | BIT(XTCP_MARKS_CE)] = { XTCP_OPT_ACCECN1, 2 },
	[BIT(XTCP_MARKS_ECT_1) | BIT(XTCP_MARKS_ECT_0)] = { XTCP_OPT_ACCECN0, 3 },
	[ALL] = { XTCP_OPT_ACCECN0, 3 },
};

/* Counters in order 0; order 1 has them the other way round (table 5). */
static u32 counter_at(u8 kind, u32 i)
{
	return kind == XTCP_OPT_ACCECN0 ? i : XTCP_MAX_MARKS - 1 - i;
}

static void write_marks(struct xtcp_options *opt, const u32 *count, u8 set)
{
	u32 i;

	opt->accecn = shortest[set].kind;
	opt->nr_marks = shortest[set].nr;
	for (i = 0; i < opt->nr_marks; i++)
		opt->marks[i] = count[counter_at(opt->accecn, i)] & FIELD;
}

static const u32 initial[XTCP_MAX_MARKS] = {
	[XTCP_MARKS_ECT_0] = 1,
	[XTCP_MARKS_CE] = 0,
	[XTCP_MARKS_ECT_1] = 1,
};

bool xtcp_accecn_option_wanted(const struct xtcp_sysctls *k)
{
	return k->ecn_option != OPTION_NEVER;
}

void xtcp_accecn_option_initial(struct xtcp_options *opt)
{
	write_marks(opt, initial, ALL);
}

void xtcp_accecn_option_begin(struct xtcp_conn *c)
{
	struct xtcp_accecn_option *o = &c->accecn.option;
	u32 i;

	for (i = 0; i < XTCP_MAX_MARKS; i++) {
		o->received[i] = initial[i];
		o->told[i] = initial[i];
	}
	o->last = XTCP_MAX_MARKS;
	o->edge = c->rcv.edge;
	o->ace = XTCP_ACE_INITIAL;
	/* The client tries whether it gets through (3.2.3.2.1). */
	o->try_ack = !c->passive;
	o->try_text = !c->passive;
}

/* What came */

void xtcp_accecn_option_received(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	static const u8 counter[] = {
		[XTCP_ECT_0] = XTCP_MARKS_ECT_0,
		[XTCP_CE] = XTCP_MARKS_CE,
		[XTCP_ECT_1] = XTCP_MARKS_ECT_1,
	};
	struct xtcp_accecn_option *o = &c->accecn.option;
	u8 i = counter[seg->ecn & 3];

	if (!seg->len)
		return;
	/* Beyond the window that was offered without it: it gets through. */
	if (xtcp_seq_gt(seg->seq, o->edge))
		o->proved = true;
	if (seg->ecn == XTCP_NOT_ECT)
		return;
	o->received[i] += seg->len;
	o->unsent += seg->len;
	o->owed |= BIT(i);
	o->ever |= BIT(i);
	/* A change is told at once and once more (3.2.3.3). */
	if (i != o->last)
		o->changes = 2;
	o->last = i;
}

static void fall_back(struct xtcp_conn *c)
{
	c->accecn.option.off = true;
	xtcp_count(c->env, XTCP_MIB_ACCECN_OPTION_OFF);
}

/*
 * It was acknowledged with the option: do such ACKs not arrive (3.2.3.2.2)? The
 * answer goes without, since nothing new was counted.
 */
void xtcp_accecn_option_again(struct xtcp_conn *c)
{
	struct xtcp_accecn_option *o = &c->accecn.option;

	if (!c->accecn.on || o->proved || o->off || !o->last_ack)
		return;
	if (++o->strikes >= MAX_STRIKES)
		fall_back(c);
}

/* What is sent */

static bool beacon_is_due(const struct xtcp_conn *c, u64 now_us)
{
	u32 beacons = c->env->knob.ecn_option_beacon;

	return beacons && (now_us - c->accecn.option.sent_us) * beacons >= c->rtt.srtt_us;
}

static bool has_news(const struct xtcp_conn *c, u64 now_us)
{
	const struct xtcp_accecn_option *o = &c->accecn.option;

	if (!o->owed || c->env->knob.ecn_option != OPTION_SPARINGLY)
		return o->owed;
	return o->changes || (o->owed & BIT(XTCP_MARKS_CE)) || o->unsent >= TELL_EVERY ||
	       beacon_is_due(c, now_us);
}

/* Counters that should go; 0: no option. */
static u8 wanted(const struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	const struct xtcp_accecn_option *o = &c->accecn.option;
	u32 knob = c->env->knob.ecn_option;

	if (knob == OPTION_NEVER || (o->off && knob != OPTION_STUBBORN))
		return 0;
	/* What was lost with it goes again without (3.2.3.2.2). */
	if (plan->again && !o->proved)
		return 0;
	if (plan->len ? o->try_text : o->try_ack)
		return ALL;
	return has_news(c, now_us) ? o->ever : 0;
}

/*
 * Two SACK blocks go before it, it goes before further ones (3.2.3.3). Text
 * takes it along only if it leaves room, so that segments keep their size.
 */
static bool fits(const struct xtcp_conn *c, const struct xtcp_plan *plan, u8 set)
{
	u32 sack = xtcp_sack_space(min_t(u8, plan->opt.nr_sack, BLOCKS_BEFORE));
	u32 space = sack + xtcp_accecn_space(shortest[set].nr);

	if (space + (plan->opt.has_ts ? XTCP_TS_SPACE : 0) > XTCP_OPTION_SPACE)
		return false;
	return !plan->len || plan->len + space <= c->snd.mss;
}

void xtcp_accecn_option_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan)
{
	const struct xtcp_accecn_option *o = &c->accecn.option;
	u8 set = wanted(c, plan, now_us);

	if (!set)
		return;
	/* Where room is scarce what has not changed since may be missing. */
	if (!fits(c, plan, set))
		set = o->owed;
	if (!fits(c, plan, set))
		return;
	write_marks(&plan->opt, o->received, set);
	while (xtcp_options_len(&plan->opt) > XTCP_OPTION_SPACE)
		plan->opt.nr_sack--;
}

static void sent_with(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_accecn_option *o = &c->accecn.option;

	o->owed = 0;
	o->unsent = 0;
	o->sent_us = now_us;
	o->wants_ack = false;
	o->last_ack = true;
	if (o->changes)
		o->changes--;
	if (!plan->len) {
		o->try_ack = false;
		return;
	}
	o->try_text = false;
	if (!o->trial) {
		o->trial = true;
		o->trial_end = plan->seq + plan->len;
	}
}

/* The text on which it was tried is lost. */
static bool is_lost(const struct xtcp_accecn_option *o, const struct xtcp_plan *plan)
{
	return o->trial && !o->proved && !o->off && plan->reason == XTCP_WHY_RETRANSMIT &&
	       xtcp_seq_lt(plan->seq, o->trial_end) &&
	       xtcp_seq_ge(plan->seq + plan->len, o->trial_end);
}

/*
 * Text that fills its segments never leaves room for it: then an ACK by itself
 * follows, ecn_option_beacon times a round trip at most.
 */
static bool wants_ack(const struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	return c->accecn.option.wants_ack ||
	       (has_news(c, now_us) && beacon_is_due(c, now_us) && wanted(c, plan, now_us));
}

static void sent_without(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_accecn_option *o = &c->accecn.option;

	o->edge = c->rcv.edge;
	o->last_ack = false;
	if (is_lost(o, plan))
		fall_back(c);
	if (plan->len && wants_ack(c, plan, now_us)) {
		o->wants_ack = true;
		c->owes |= XTCP_OWES_ACK;
		return;
	}
	if (o->wants_ack)
		o->sent_us = now_us;
	o->wants_ack = false;
}

void xtcp_accecn_option_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us)
{
	struct xtcp_accecn_option *o = &c->accecn.option;

	if (o->trial && xtcp_seq_ge(c->snd.una, o->trial_end))
		o->proved = true;
	if (plan->opt.accecn)
		sent_with(c, plan, now_us);
	else
		sent_without(c, plan, now_us);
}

/* What the peer tells */

/* By how much a counter has grown; one that seems to have shrunk is an old one. */
static u32 growth_of(u32 told, u32 field)
{
	u32 by = (field - told) & FIELD;

	return by > FIELD / 2 ? 0 : by;
}

/* Whatever they begin with (3.2.3.2.4); nothing was sent before the first. */
static void take_first(struct xtcp_accecn_option *o, const struct xtcp_options *opt)
{
	u32 i;

	o->input = XTCP_ACCECN_HEEDED;
	for (i = 0; i < opt->nr_marks; i++)
		o->told[counter_at(opt->accecn, i)] = opt->marks[i];
}

void xtcp_accecn_option_first(struct xtcp_conn *c, const struct xtcp_seg *seg)
{
	struct xtcp_accecn_option *o = &c->accecn.option;
	const struct xtcp_options *opt = &seg->opt;
	u32 i;

	if (!opt->accecn)
		return;
	take_first(o, opt);
	for (i = 0; i < opt->nr_marks; i++)
		if (counter_at(opt->accecn, i) != XTCP_MARKS_CE && !opt->marks[i])
			o->input = XTCP_ACCECN_IGNORED;
}

/*
 * Marked bytes without a marked packet, though the ACKs cover too few packets
 * for a wrap: somebody changes what is told (3.2.3.2.5). Twice, since short
 * segments may be more than they seem.
 */
static void check_consistency(struct xtcp_conn *c, u8 ace, u32 marked)
{
	struct xtcp_accecn_option *o = &c->accecn.option;
	bool moved = (ace - o->ace) & 7;

	if (marked && (moved || o->covered >= 8 * c->cc.mss))
		o->odd = 0;
	else if (marked && ++o->odd > 1)
		c->accecn.mute = true;
	o->ace = ace;
	o->covered = 0;
}

bool xtcp_accecn_option_take(struct xtcp_conn *c, const struct xtcp_seg *seg,
			     const struct xtcp_delivery *d, u8 ace, u32 *marked)
{
	struct xtcp_accecn_option *o = &c->accecn.option;
	const struct xtcp_options *opt = &seg->opt;
	u32 i, by, ce = 0;

	o->covered += d->bytes;
	if (!opt->accecn || o->input == XTCP_ACCECN_IGNORED)
		return false;
	/* It does get through now (3.2.3.2.3); what it counted was told by ACE. */
	if (o->input == XTCP_ACCECN_ABSENT) {
		take_first(o, opt);
		check_consistency(c, ace, 0);
		return false;
	}
	for (i = 0; i < opt->nr_marks; i++) {
		u32 counter = counter_at(opt->accecn, i);

		by = growth_of(o->told[counter], opt->marks[i]);
		o->told[counter] += by;
		if (counter == XTCP_MARKS_CE)
			ce = by;
	}
	check_consistency(c, ace, ce);
	*marked = ce > o->guessed ? ce - o->guessed : 0;
	o->guessed = 0;
	return true;
}

void xtcp_accecn_option_guessed(struct xtcp_conn *c, const struct xtcp_seg *seg, u32 marked)
{
	if (c->accecn.option.input == XTCP_ACCECN_HEEDED && !seg->opt.accecn)
		c->accecn.option.guessed += marked;
}
