// SPDX-License-Identifier: GPL-2.0-only
/*
 * Slow start and congestion avoidance of RFC 5681 3.1, counted in bytes.
 */
#include <linux/minmax.h>
#include <xtcp/cc.h>

/* Bytes acknowledged since cwnd last grew in congestion avoidance. */
static u64 *counted(struct xtcp_cc *cc)
{
	return &cc->priv[0];
}

static void on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	if (!xtcp_cc_may_grow(cc, s))
		return;
	*counted(cc) += xtcp_cc_slow_start(cc, s->acked);
	if (*counted(cc) >= cc->cwnd) {
		*counted(cc) -= cc->cwnd;
		cc->cwnd += cc->mss;
	}
}

static u32 on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	*counted(cc) = 0;
	return max(flight / 2, 2 * cc->mss);
}

const struct xtcp_cc_ops xtcp_cc_reno = {
	.name = "reno",
	.on_ack = on_ack,
	.on_loss = on_loss,
};
