// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slow start and congestion avoidance of RFC 5681 3.1, counted in bytes.
 */
#include <linux/minmax.h>
#include <xtcp/cc.h>

/* A window that the application does not fill must not grow (RFC 7661). */
static bool may_grow(const struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	if (cc->cwnd >= XTCP_CWND_MAX)
		return false;
	if (cc->cwnd < cc->ssthresh)
		return s->cwnd_limited || s->flight >= cc->cwnd / 2;
	return s->cwnd_limited;
}

static void on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	u32 acked = s->acked;

	if (!may_grow(cc, s))
		return;
	if (cc->cwnd < cc->ssthresh) {
		u32 step = min(acked, cc->ssthresh - cc->cwnd);

		cc->cwnd += step;
		acked -= step;
	}
	cc->acked += acked;
	if (cc->acked >= cc->cwnd) {
		cc->acked -= cc->cwnd;
		cc->cwnd += cc->mss;
	}
}

static u32 on_loss(struct xtcp_cc *cc, u32 flight)
{
	cc->acked = 0;
	return max(flight / 2, 2 * cc->mss);
}

const struct xtcp_cc_ops xtcp_cc_reno = {
	.name = "reno",
	.on_ack = on_ack,
	.on_loss = on_loss,
};
