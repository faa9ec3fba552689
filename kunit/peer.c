// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scripted peer (peer.h): the shell of one connection: memory, the
 * segments that it sends and what must hold for each, the segments that come.
 */
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/string.h>
#include "peer.h"

static DEFINE_PER_CPU(struct xtcp_mib, peer_mibs);

unsigned long peer_mib(enum xtcp_mib_id id)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(&peer_mibs, cpu)->count[id];
	return sum;
}

void peer_clear_mibs(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&peer_mibs, cpu), 0, sizeof(struct xtcp_mib));
}

void peer_default_knobs(struct xtcp_sysctls *knob)
{
#define XTCP_SYSCTL(name, unit, def, min, max, meaning) knob->name = def;
#define XTCP_SYSCTL_VEC(name, unit, least, initial, most, min, max, meaning) \
	knob->name[XTCP_LEAST] = least; \
	knob->name[XTCP_INITIAL] = initial; \
	knob->name[XTCP_MOST] = most;
#include <xtcp/defs/sysctl_defs.h>
#undef XTCP_SYSCTL
#undef XTCP_SYSCTL_VEC
}

/* Memory */

struct xtcp_tx *peer_tx_alloc(struct peer *p, u32 offset, u32 len)
{
	struct peer_tx *t = kunit_kzalloc(p->test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(p->test, t);
	t->peer = p;
	t->offset = offset;
	t->len = len;
	t->tx.len = len;
	t->tx.payload = t;
	p->nr_tx++;
	return &t->tx;
}

static struct xtcp_tx *cut(struct xtcp_tx *tx, u32 at)
{
	struct peer_tx *t = container_of(tx, struct peer_tx, tx);
	struct peer *p = t->peer;
	struct xtcp_tx *rest;

	KUNIT_EXPECT_TRUE(p->test, at > 0 && at < t->len);
	if (p->fail_cuts > 0) {
		p->fail_cuts--;
		return NULL;
	}
	rest = peer_tx_alloc(p, t->offset + at, t->len - at);
	t->len = at;
	return rest;
}

static void tx_free(struct peer *p, struct xtcp_tx *tx)
{
	list_del(&tx->node);
	p->nr_tx--;
	kunit_kfree(p->test, container_of(tx, struct peer_tx, tx));
}

struct peer_rxd *peer_rxd_alloc(struct peer *p, u32 offset, u32 seq, u32 len)
{
	struct peer_rxd *r = kunit_kzalloc(p->test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(p->test, r);
	r->offset = offset;
	r->seq = seq;
	r->len = len;
	p->nr_rxd++;
	return r;
}

void peer_rxd_free(struct peer *p, struct peer_rxd *rxd)
{
	p->nr_rxd--;
	kunit_kfree(p->test, rxd);
}

void peer_rxd_done(struct peer *p, struct xtcp_rxd *rxd)
{
	struct peer_rxd *r = container_of(rxd, struct peer_rxd, rxd);

	list_del(&rxd->list);
	p->rcv_used -= r->len - r->read;
	peer_rxd_free(p, r);
}

void peer_limits(struct peer *p)
{
	struct xtcp_limits *l = &p->conn.limits;

	if (p->conn.rcv.want_buf > p->rcv_buf)
		p->rcv_buf = p->conn.rcv.want_buf;
	l->rcv_buf = p->rcv_buf;
	l->rcv_free = p->rcv_used < p->rcv_buf ? p->rcv_buf - p->rcv_used : 0;
	l->rcv_short = p->force_short;
	l->rcv_full = p->force_full || p->rcv_used >= p->rcv_buf;
}

/* What is sent */

static void say(struct peer *p, const char *fmt, ...) __printf(2, 3);
static void say(struct peer *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	p->log_at += vscnprintf(p->log + p->log_at, PEER_LOG - p->log_at, fmt, args);
	va_end(args);
}

static void say_numbers(struct peer *p, const struct xtcp_plan *plan)
{
	u32 seq = plan->seq - p->iss;
	u32 ack = plan->ack - p->irs;
	bool acks = plan->flags & XTCP_ACK;

	if (plan->flags & (XTCP_SYN | XTCP_RST)) {
		say(p, "%c%u", plan->flags & XTCP_SYN ? 'S' : 'R', seq);
		if (plan->len)
			say(p, "+%u", plan->len);
		if (acks)
			say(p, "A%u", ack);
	} else if (plan->len) {
		say(p, "%u:%u%s", seq, seq + plan->len, plan->flags & XTCP_FIN ? "F" : "");
	} else if (plan->flags & XTCP_FIN) {
		say(p, "F%u", seq);
	} else {
		say(p, "A%u", ack);
		if (plan->seq != p->conn.snd.nxt)
			say(p, "@%u", seq);
		return;
	}
	if ((p->show & SHOW_ACK) && acks && !(plan->flags & (XTCP_SYN | XTCP_RST)))
		say(p, "A%u", ack);
}

static void say_sack(struct peer *p, const struct xtcp_options *opt)
{
	u32 i;

	for (i = 0; i < opt->nr_sack; i++)
		say(p, "%s%u-%u", i ? " " : "<", opt->sack[i].first - p->irs,
		    opt->sack[i].end - p->irs);
	if (opt->nr_sack)
		say(p, ">");
}

static void say_plan(struct peer *p, const struct xtcp_plan *plan)
{
	if (p->log_at)
		say(p, " ");
	if (p->show & SHOW_TIME)
		say(p, "[%llu]", div_u64(p->now - p->origin, 1000));
	say_numbers(p, plan);
	if (plan->flags & XTCP_URG)
		say(p, "U%u", plan->seq + plan->urg - p->iss);
	if ((p->show & SHOW_PSH) && (plan->flags & XTCP_PSH))
		say(p, "P");
	if (p->show & SHOW_WND)
		say(p, "W%u", plan->flags & XTCP_SYN ? plan->wnd :
			(u32)plan->wnd << p->conn.rcv.wscale);
	if (p->show & SHOW_SACK)
		say_sack(p, &plan->opt);
}

/* The bytes of the header say what the plan says. */
static void check_bytes(struct peer *p, const struct xtcp_plan *plan)
{
	u8 header[XTCP_HEADER_MAX];
	struct xtcp_seg seg;
	u32 len = xtcp_segment_header_len(plan);

	KUNIT_ASSERT_LE(p->test, len, (u32)XTCP_HEADER_MAX);
	KUNIT_EXPECT_EQ(p->test, xtcp_segment_write(plan, 1000, 2000, header), len);
	KUNIT_ASSERT_EQ(p->test, xtcp_segment_parse(&seg, header, len, len + plan->len), 0);
	KUNIT_EXPECT_EQ(p->test, seg.seq, plan->seq);
	KUNIT_EXPECT_EQ(p->test, seg.ack, plan->ack);
	KUNIT_EXPECT_EQ(p->test, seg.wnd, plan->wnd);
	KUNIT_EXPECT_EQ(p->test, seg.flags, plan->flags);
	KUNIT_EXPECT_EQ(p->test, seg.urg, plan->urg);
	KUNIT_EXPECT_EQ(p->test, seg.opt.mss, plan->opt.mss);
	KUNIT_EXPECT_EQ(p->test, (int)seg.opt.has_wscale, (int)plan->opt.has_wscale);
	KUNIT_EXPECT_EQ(p->test, seg.opt.nr_sack, plan->opt.nr_sack);
	KUNIT_EXPECT_EQ(p->test, seg.opt.accecn, plan->opt.accecn);
	KUNIT_EXPECT_EQ(p->test, seg.opt.nr_marks, plan->opt.nr_marks);
	KUNIT_EXPECT_EQ(p->test, (int)seg.opt.has_ts, (int)plan->opt.has_ts);
	KUNIT_EXPECT_EQ(p->test, seg.opt.tsval, plan->opt.tsval);
	KUNIT_EXPECT_EQ(p->test, seg.opt.tsecr, plan->opt.tsecr);
	KUNIT_EXPECT_EQ(p->test, (int)seg.opt.has_fastopen, (int)plan->opt.has_fastopen);
	KUNIT_EXPECT_EQ(p->test, (int)seg.opt.fastopen_exp, (int)plan->opt.fastopen_exp);
	KUNIT_EXPECT_EQ(p->test, seg.opt.fastopen_len, plan->opt.fastopen_len);
}

/* Text: the right bytes, within the window, and no more than may go at once. */
static void check_text(struct peer *p, const struct xtcp_plan *plan)
{
	const struct xtcp_conn *c = &p->conn;
	struct peer_tx *t = container_of(plan->tx, struct peer_tx, tx);
	bool syn = plan->flags & XTCP_SYN;
	u32 end = plan->seq + syn + plan->len;

	KUNIT_EXPECT_EQ(p->test, t->len, plan->len);
	KUNIT_EXPECT_EQ(p->test, t->tx.len, plan->len);
	KUNIT_EXPECT_EQ(p->test, t->offset, plan->seq + syn - p->iss - 1);
	/* A SYN goes before there are windows (RFC 7413 4.1.1), and without PSH. */
	if (syn) {
		KUNIT_EXPECT_FALSE(p->test, plan->again);
		return;
	}
	/* A probe of the path MTU is one segment of the size that it probes. */
	if (plan->reason == XTCP_WHY_MTU_PROBE) {
		KUNIT_EXPECT_EQ(p->test, (u32)plan->mss, plan->len);
		KUNIT_EXPECT_LE(p->test, plan->len, (u32)c->limits.mss_path);
	} else {
		KUNIT_EXPECT_EQ(p->test, plan->mss, c->snd.mss);
		KUNIT_EXPECT_LE(p->test, plan->len, max_t(u32, c->limits.gso_max, c->snd.mss));
	}
	KUNIT_EXPECT_EQ(p->test, (int)plan->again, (int)xtcp_seq_lt(plan->seq, c->snd.nxt));
	if (!plan->again) {
		KUNIT_EXPECT_EQ(p->test, plan->seq, c->snd.nxt);
		KUNIT_EXPECT_TRUE(p->test, xtcp_seq_le(end, c->snd.una + c->snd.wnd));
	}
	/* One pointer for the first of several segments would be wrong for the rest. */
	if (plan->flags & XTCP_URG)
		KUNIT_EXPECT_LE(p->test, plan->len, (u32)plan->mss);
	/* MUST-61: the last queued text is pushed. */
	if (end == c->txq.end)
		KUNIT_EXPECT_TRUE(p->test, plan->flags & XTCP_PSH);
}

/* SHLD-14: the right edge of our window never moves left. */
static void check_window(struct peer *p, const struct xtcp_plan *plan)
{
	u8 shift = plan->flags & XTCP_SYN ? 0 : p->conn.rcv.wscale;
	u32 edge = plan->ack + ((u32)plan->wnd << shift);

	if (!(plan->flags & XTCP_ACK) || (plan->flags & XTCP_RST))
		return;
	KUNIT_EXPECT_EQ(p->test, plan->ack, p->conn.rcv.nxt);
	if (p->edge_known)
		KUNIT_EXPECT_TRUE(p->test, xtcp_seq_ge(edge, p->edge));
	p->edge = edge;
	p->edge_known = true;
}

static void check_plan(struct peer *p, const struct xtcp_plan *plan)
{
	check_bytes(p, plan);
	check_window(p, plan);
	KUNIT_EXPECT_EQ(p->test, !plan->tx, !plan->len);
	if (plan->len)
		check_text(p, plan);
	/* MUST-65 */
	if (!(plan->flags & XTCP_SYN))
		KUNIT_EXPECT_EQ(p->test, plan->opt.mss, (u16)0);
}

void peer_drive(struct peer *p)
{
	struct xtcp_conn *c = &p->conn;
	struct xtcp_plan plan;
	u32 n = 0;

	while (xtcp_next_segment(c, p->now, &plan)) {
		KUNIT_ASSERT_LE(p->test, ++n, (u32)10000);
		check_plan(p, &plan);
		if (p->fail_sends > 0 && xtcp_segment_unsent(c, &plan, p->now)) {
			p->fail_sends--;
			break;
		}
		if (p->output)
			p->output(p, &plan);
		else
			say_plan(p, &plan);
		p->last = plan;
		p->echo = plan.opt.tsval;
		p->nr_sent++;
		xtcp_segment_sent(c, &plan, p->now);
	}
	while (!list_empty(&c->txq.acked))
		tx_free(p, list_first_entry(&c->txq.acked, struct xtcp_tx, node));
	while (!list_empty(&c->rxq.done))
		peer_rxd_done(p, list_first_entry(&c->rxq.done, struct xtcp_rxd, list));
	p->wake |= c->wake;
	c->wake = 0;
	peer_limits(p);
	KUNIT_ASSERT_EQ(p->test, xtcp_conn_check(c), 0);
}

const char *peer_effects(struct peer *p)
{
	memcpy(p->told, p->log, PEER_LOG);
	p->log_at = 0;
	p->log[0] = '\0';
	return p->told;
}

u8 peer_wakes(struct peer *p)
{
	u8 wake = p->wake;

	p->wake = 0;
	return wake;
}

void peer_arrives(struct peer *p, const struct xtcp_seg *seg, u32 offset)
{
	struct xtcp_arrival a = { .seg = seg, .now_us = p->now };
	struct peer_rxd *r = NULL;

	if (seg->len) {
		u32 first = seg->seq + !!(seg->flags & XTCP_SYN);

		r = peer_rxd_alloc(p, offset, first, seg->len);
		a.rxd = &r->rxd;
	}
	peer_limits(p);
	p->drop = xtcp_segment_arrives(&p->conn, &a);
	if (a.kept) {
		KUNIT_EXPECT_EQ(p->test, (int)p->drop, (int)XTCP_DROP_NONE);
		p->rcv_used += r->len;
	} else if (r) {
		peer_rxd_free(p, r);
	}
	peer_limits(p);
	peer_drive(p);
}

static void fill_opts(struct peer_opts *o)
{
	if (!o->mss)
		o->mss = 1460;
	if (!o->mss_adv)
		o->mss_adv = 1460;
	if (!o->mss_path)
		o->mss_path = 1460;
	if (!o->rcv_buf)
		o->rcv_buf = 65535;
	if (!o->rcv_max)
		o->rcv_max = o->rcv_buf;
	if (!o->wnd)
		o->wnd = 65535;
	if (!o->iss)
		o->iss = 0xfffffe00;
	if (!o->irs)
		o->irs = 0xfffffc00;
	if (!o->rtt_us)
		o->rtt_us = ms(1);
	if (!o->cc)
		o->cc = &xtcp_cc_reno;
	if (!o->gso)
		o->gso = min(o->mss, o->mss_path);
}

struct peer *peer_new(struct kunit *test, const struct peer_opts *opts)
{
	struct peer *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct xtcp_limits *l;

	KUNIT_ASSERT_NOT_NULL(test, p);
	peer_clear_mibs();
	p->test = test;
	p->opts = *opts;
	fill_opts(&p->opts);
	peer_default_knobs(&p->env.knob);
	if (p->opts.knobs)
		p->opts.knobs(&p->env.knob);
	p->env.mib = &peer_mibs;
	p->env.cc = p->opts.cc;
	p->env.cut = cut;
	p->now = sec(1000);
	p->origin = p->now;
	p->wnd = p->opts.wnd;
	p->irs = p->opts.irs;
	p->iss = p->opts.iss;
	p->rcv_buf = p->opts.rcv_buf;
	xtcp_conn_init(&p->conn, &p->env);
	p->conn.user.nodelay = p->opts.nodelay;
	l = &p->conn.limits;
	l->mss_adv = p->opts.mss_adv;
	l->mss_path = p->opts.mss_path;
	l->mss_default = 536;
	l->gso_max = p->opts.gso;
	l->rcv_max = p->opts.rcv_max;
	peer_limits(p);
	return p;
}
