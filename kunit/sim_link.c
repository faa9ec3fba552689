// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link of the simulated network: random numbers, and packets that are
 * lost, held back, doubled, damaged and split by them. Called by sim.c.
 */
#include <linux/math64.h>
#include <linux/string.h>
#include "sim.h"

#define IP_HEADER	20

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

static u32 nr_cc(void)
{
	u32 n = 0;

	while (xtcp_cc_nth(n))
		n++;
	return n;
}

/* One kind of trouble in four seeds, so that many seeds have several. */
static void random_link(struct sim_opts *o, u64 *r)
{
	if (!sim_random(r, 4)) {
		o->rate = 20000 + sim_random(r, 1000000);
		o->queue = 3000 + sim_random(r, 40000);
	}
	if (!sim_random(r, 4)) {
		o->burst_begins = 1 + sim_random(r, 30);
		o->burst_ends = 100 + sim_random(r, 500);
		o->burst_loss = 300 + sim_random(r, 600);
	}
	if (!sim_random(r, 4))
		o->ack_loss = sim_random(r, 300);
	if (!sim_random(r, 4))
		o->corrupt = 1 + sim_random(r, 60);
	if (!sim_random(r, 4)) {
		o->mtu_at_us = 1 + sim_random(r, 2000000);
		o->mtu_mss = max(o->mss / 3, XTCP_MSS_MIN) + sim_random(r, o->mss / 2);
	}
	if (!sim_random(r, 8))
		o->sleep_us = sim_random(r, 60000000);
	o->ecn[0] = sim_random(r, 6);
	o->ecn[1] = sim_random(r, 6);
	o->mark = sim_random(r, 2) ? sim_random(r, 500) : 0;
	o->ecn_option = sim_random(r, 4);
	o->middlebox = sim_random(r, 2) ? SIM_LETS_THROUGH : sim_random(r, SIM_NR_MIDDLEBOXES);
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
	if (sim_random(&r, 2))
		o->cc = xtcp_cc_nth(sim_random(&r, nr_cc()));
	o->timestamps = sim_random(&r, 2) ? 3 : sim_random(&r, 4);
	o->sack = sim_random(&r, 4) ? 3 : sim_random(&r, 4);
	random_link(o, &r);
	if (!sim_random(&r, 4))
		o->mtu_probing = 1 + sim_random(&r, 2);
}

static void enqueue(struct sim *s, struct sim_packet *pkt)
{
	struct sim_packet *other;

	list_for_each_entry_reverse(other, &s->link, link)
		if (other->at <= pkt->at)
			break;
	list_add(&pkt->link, &other->link);
}

/* Damage */

/* Stands for that of header and text, of which only the header has bytes. */
static u16 checksum(const u8 *data, u32 len)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? data[i] : (u32)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

bool sim_intact(const struct sim_packet *pkt)
{
	return !checksum(pkt->header, pkt->header_len);
}

static void write_header(struct sim_packet *pkt, const struct xtcp_plan *plan)
{
	u16 sum;

	pkt->header_len = xtcp_segment_write(plan, 1, 2, pkt->header);
	sum = checksum(pkt->header, pkt->header_len);
	pkt->header[16] = sum >> 8;
	pkt->header[17] = sum;
}

static void damage(struct sim *s, struct sim_packet *pkt)
{
	s->seen.damaged++;
	pkt->header[sim_random(&s->random, pkt->header_len)] ^= 1 + sim_random(&s->random, 255);
}

/* Loss */

static bool in_burst(struct sim_end *from)
{
	struct sim *s = from->sim;

	if (!s->o.burst_begins)
		return false;
	if (happens(s, from->bad ? s->o.burst_ends : s->o.burst_begins))
		from->bad = !from->bad;
	return from->bad && happens(s, s->o.burst_loss);
}

static bool ack_is_lost(struct sim_end *from, const struct xtcp_plan *plan)
{
	struct sim *s = from->sim;

	return s->o.ack_loss && from->nr && !plan->len && happens(s, s->o.ack_loss);
}

static u32 unit_of(const struct xtcp_plan *plan)
{
	return plan->mss && plan->mss < plan->len ? plan->mss : plan->len;
}

static struct sim_packet *new_packet(struct sim *s, int to)
{
	struct sim_packet *pkt = kunit_kzalloc(s->test, sizeof(*pkt), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(s->test, pkt);
	pkt->at = s->now + s->o.delay_us;
	pkt->to = to;
	return pkt;
}

/* The router in the middle answers, if ever; it takes as long as the peer would. */
static bool too_big(struct sim_end *from, const struct xtcp_plan *plan)
{
	struct sim *s = from->sim;
	struct sim_packet *icmp;

	if (!s->o.mtu_at_us || s->now - from->p->origin < s->o.mtu_at_us ||
	    unit_of(plan) <= s->o.mtu_mss)
		return false;
	s->seen.too_big++;
	if (s->o.black_hole || happens(s, s->o.loss))
		return true;
	icmp = new_packet(s, from->nr);
	icmp->mtu_mss = s->o.mtu_mss;
	icmp->icmp_seq = plan->seq;
	enqueue(s, icmp);
	return true;
}

/* Rate */

static u32 bytes_on_wire(const struct xtcp_plan *plan)
{
	u32 pieces = plan->len ? DIV_ROUND_UP(plan->len, unit_of(plan)) : 1;

	return plan->len + pieces * (IP_HEADER + xtcp_segment_header_len(plan));
}

/* Behind what waits already; false if the queue is full. */
static bool takes_its_turn(struct sim_end *from, u32 bytes)
{
	struct sim *s = from->sim;
	u64 begin = max(from->busy_until, s->now);

	if (!s->o.rate)
		return true;
	if (div_u64((begin - s->now) * s->o.rate, XTCP_USEC_PER_SEC) + bytes > s->o.queue &&
	    begin > s->now) {
		s->seen.overflows++;
		return false;
	}
	from->busy_until = begin + div_u64(bytes * XTCP_USEC_PER_SEC, s->o.rate);
	return true;
}

/* NULL if it passes, else what becomes of it. */
static const char *obstacle(struct sim_end *from, const struct xtcp_plan *plan)
{
	if (too_big(from, plan))
		return "too big";
	if (!takes_its_turn(from, bytes_on_wire(plan)))
		return "queue full";
	if (plan->opt.accecn && from->sim->o.middlebox == SIM_DROPS)
		return "dropped for an option";
	if (happens(from->sim, from->sim->o.loss))
		return "lost";
	if (in_burst(from))
		return "lost in a burst";
	if (ack_is_lost(from, plan))
		return "ACK lost";
	return NULL;
}

static void write_changed(const struct sim *s, struct sim_packet *pkt, const struct xtcp_plan *plan)
{
	struct xtcp_plan changed = *plan;

	if (s->o.middlebox == SIM_STRIPS)
		changed.opt.accecn = 0;
	if (s->o.middlebox == SIM_CLEARS)
		memset(changed.opt.marks, 0, sizeof(changed.opt.marks));
	write_header(pkt, &changed);
}

static void forward(struct sim_end *from, const struct xtcp_plan *plan, u32 offset)
{
	struct sim *s = from->sim;
	struct sim_packet *pkt = new_packet(s, !from->nr);

	if (s->o.rate)
		pkt->at = from->busy_until + s->o.delay_us;
	if (happens(s, s->o.reorder))
		pkt->at += sim_random(&s->random, (u32)s->o.jitter_us);
	pkt->offset = offset;
	pkt->len = plan->len;
	pkt->unit = unit_of(plan);
	pkt->ecn = plan->ecn;
	if (plan->ecn && s->o.mark && happens(s, s->o.mark))
		pkt->ecn = XTCP_CE;
	write_changed(s, pkt, plan);
	if (s->o.corrupt && happens(s, s->o.corrupt))
		damage(s, pkt);
	enqueue(s, pkt);
}

void sim_transmit(struct sim_end *from, const struct xtcp_plan *plan, u32 offset)
{
	struct sim *s = from->sim;
	int copies = 1 + happens(s, s->o.dup);
	const char *lost = obstacle(from, plan);

	s->seen.packets++;
	s->seen.again += plan->len && plan->again;
	s->seen.zero_windows += !plan->wnd && !(plan->flags & XTCP_RST);
	sim_trace_sent(from, plan, lost ?: copies > 1 ? "doubled" : "");
	while (!lost && copies--)
		forward(from, plan, offset);
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
