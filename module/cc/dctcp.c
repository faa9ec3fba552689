// SPDX-License-Identifier: GPL-2.0-only
/*
 * DCTCP (RFC 8257): the window is reduced by the share of bytes that met
 * congestion. It grows, and takes a loss, as Reno's does.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/cc.h>
#include <xtcp/seq.h>

#define ALPHA_ONE	(1U << 20)
#define ALPHA_SHIFT	4	/* g = 1/16 (4.2) */

/**
 * struct dctcp - in xtcp_cc.priv
 * @reno: of reno.c, which grows the window
 * @window_end: WindowEnd: the observation window ends beyond it
 * @alpha: estimate of the marked share, in parts of ALPHA_ONE
 * @acked: BytesAcked
 * @marked: BytesMarked
 * @started: the first window has begun
 */
struct dctcp {
	u64 reno;
	u32 window_end;
	u32 alpha;
	u64 acked;
	u64 marked;
	bool started;
};

static struct dctcp *dctcp(struct xtcp_cc *cc)
{
	BUILD_BUG_ON(sizeof(struct dctcp) > sizeof(cc->priv));
	return (struct dctcp *)cc->priv;
}

/* Nothing is known of the path, so the worst is assumed (3.3, 4.2). */
static void start(struct dctcp *d, const struct xtcp_cc_sample *s)
{
	d->started = true;
	d->alpha = ALPHA_ONE;
	d->window_end = s->una - s->acked;
}

/* 3.3, steps 1 to 8 */
static void on_marks(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	struct dctcp *d = dctcp(cc);
	u32 share;

	if (!d->started)
		start(d, s);
	d->acked += s->acked;
	d->marked += s->marked;
	if (xtcp_seq_le(s->una, d->window_end) || !d->acked)
		return;
	share = div64_u64(d->marked * ALPHA_ONE, d->acked);
	d->alpha = d->alpha - (d->alpha >> ALPHA_SHIFT) + (share >> ALPHA_SHIFT);
	d->window_end = s->nxt;
	d->acked = 0;
	d->marked = 0;
}

/* 3.3, step 9: cwnd = cwnd * (1 - alpha / 2) */
static u32 on_ece(struct xtcp_cc *cc)
{
	u32 less = (u64)cc->cwnd * dctcp(cc)->alpha / (2 * ALPHA_ONE);

	return max(cc->cwnd - less, 2 * cc->mss);
}

static void on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	xtcp_cc_reno.on_ack(cc, s);
}

/* 3.4; after a timeout the marks of the old flight say nothing of the new one. */
static u32 on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	if (timeout) {
		dctcp(cc)->acked = 0;
		dctcp(cc)->marked = 0;
	}
	return xtcp_cc_reno.on_loss(cc, flight, timeout);
}

const struct xtcp_cc_ops xtcp_cc_dctcp = {
	.name = "dctcp",
	.needs_ecn = true,
	.on_ack = on_ack,
	.on_marks = on_marks,
	.on_ece = on_ece,
	.on_loss = on_loss,
};
