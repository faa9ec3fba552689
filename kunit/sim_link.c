// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link of the simulated network: random numbers, and packets that are
 * lost, held back, doubled and split by them. Called by sim.c.
 */
#include <linux/string.h>
#include "sim.h"

/* splitmix64 */
u32 sim_random(u64 *state, u32 below)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return (u32)(((z >> 32) * below) >> 32);
}

static bool happens(struct sim *s, u32 per_mille)
{
	return sim_random(&s->random, 1000) < per_mille;
}

void sim_random_opts(struct sim_opts *o, u64 seed)
{
	u64 r = seed * 7919 + 1;

	memset(o, 0, sizeof(*o));
	o->seed = seed;
	o->loss = sim_random(&r, 4) ? sim_random(&r, 200) : 0;
	o->dup = sim_random(&r, 100);
	o->reorder = sim_random(&r, 2) ? sim_random(&r, 300) : 0;
	o->delay_us = 100 + sim_random(&r, 100000);
	o->jitter_us = 1 + sim_random(&r, 3 * (u32)o->delay_us);
	o->bytes[0] = sim_random(&r, 60000);
	o->bytes[1] = sim_random(&r, 3) ? sim_random(&r, 30000) : 0;
	o->rcv_buf = 1000 + sim_random(&r, 30000);
	o->mss = 100 + sim_random(&r, 1361);
	o->gso = sim_random(&r, 2) ? 1 + sim_random(&r, 20000) : o->mss;
	o->scaling = sim_random(&r, 2);
	o->simultaneous = !sim_random(&r, 8);
	o->pauses = sim_random(&r, 2);
	o->lazy_reader = !sim_random(&r, 4);
	o->cut_fails = sim_random(&r, 4) ? 0 : sim_random(&r, 50);
	o->cubic = sim_random(&r, 2);
	o->timestamps = sim_random(&r, 2) ? 3 : sim_random(&r, 4);
	o->sack = sim_random(&r, 4) ? 3 : sim_random(&r, 4);
}

static void enqueue(struct sim *s, struct sim_packet *pkt)
{
	struct sim_packet *other;

	list_for_each_entry_reverse(other, &s->link, link)
		if (other->at <= pkt->at)
			break;
	list_add(&pkt->link, &other->link);
}

void sim_transmit(struct sim_end *from, const struct xtcp_plan *plan, u32 offset)
{
	struct sim *s = from->sim;
	int copies = 1 + happens(s, s->o.dup);

	s->packets++;
	if (happens(s, s->o.loss))
		return;
	while (copies--) {
		struct sim_packet *pkt = kunit_kzalloc(s->test, sizeof(*pkt), GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(s->test, pkt);
		pkt->at = s->now + s->o.delay_us;
		if (happens(s, s->o.reorder))
			pkt->at += sim_random(&s->random, (u32)s->o.jitter_us);
		pkt->offset = offset;
		pkt->len = plan->len;
		pkt->unit = plan->mss && plan->mss < plan->len ? plan->mss : plan->len;
		pkt->to = !from->nr;
		pkt->header_len = xtcp_segment_write(plan, 1, 2, pkt->header);
		enqueue(s, pkt);
	}
}

/* What segmentation offload does, but for some that GRO would merge again. */
static void send_split(struct sim_end *from, const struct xtcp_plan *plan)
{
	struct xtcp_plan piece = *plan;
	u32 offset = plan->seq - from->p->iss - 1;
	u32 left = plan->len;

	if (left <= plan->mss || !sim_random(&from->sim->random, 4)) {
		sim_transmit(from, plan, offset);
		return;
	}
	while (left) {
		piece.len = min_t(u32, left, plan->mss);
		piece.flags = plan->flags;
		if (piece.len < left)
			piece.flags &= ~(XTCP_FIN | XTCP_PSH);
		sim_transmit(from, &piece, offset);
		piece.seq += piece.len;
		offset += piece.len;
		left -= piece.len;
	}
}

void sim_output(struct peer *p, const struct xtcp_plan *plan)
{
	send_split(p->priv, plan);
}
