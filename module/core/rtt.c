// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round-trip time and retransmission timeout (RFC 6298 2). The variance term
 * has a floor instead of the whole: SRTT + max(rto_min, 4 * RTTVAR), which
 * never fires early on a path longer than the floor.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define BACKOFF_MAX	20	/* beyond any rto_max */

void xtcp_rtt_init(struct xtcp_conn *c)
{
	struct xtcp_rtt *r = &c->rtt;

	r->srtt_us = 0;
	r->rttvar_us = 0;
	r->backoff = 0;
	r->rto_us = c->env->knob.rto_init_ms * (u32)XTCP_USEC_PER_MSEC;
}

u32 xtcp_rto_least_us(const struct xtcp_conn *c)
{
	if (c->limits.route.rto_min_us)
		return c->limits.route.rto_min_us;
	return c->user.rto_min_us ? c->user.rto_min_us : c->env->knob.rto_min_us;
}

u32 xtcp_rto_most_us(const struct xtcp_conn *c)
{
	u32 ms = c->user.rto_max_ms ? c->user.rto_max_ms : c->env->knob.rto_max_ms;

	return ms * (u32)XTCP_USEC_PER_MSEC;
}

void xtcp_rtt_sample(struct xtcp_conn *c, u32 sample_us)
{
	u32 most_us = xtcp_rto_most_us(c);
	struct xtcp_rtt *r = &c->rtt;
	u64 spread_us;
	u32 off;

	sample_us = clamp_t(u32, sample_us, 1, most_us);
	r->sample_us = sample_us;
	if (!r->srtt_us) {
		r->srtt_us = sample_us;
		r->rttvar_us = sample_us / 2;
	} else {
		off = r->srtt_us > sample_us ? r->srtt_us - sample_us : sample_us - r->srtt_us;
		r->rttvar_us = ((u64)r->rttvar_us * 3 + off) / 4;
		r->srtt_us = ((u64)r->srtt_us * 7 + sample_us) / 8;
		r->srtt_us = max(r->srtt_us, 1U);
	}
	spread_us = max_t(u64, xtcp_rto_least_us(c), 4ULL * r->rttvar_us);
	r->rto_us = min_t(u64, r->srtt_us + spread_us, most_us);
}

static u64 backed_off(u32 us, u32 backoff, u32 most_us)
{
	return min_t(u64, (u64)us << min_t(u32, backoff, BACKOFF_MAX), most_us);
}

u64 xtcp_rto_us(const struct xtcp_conn *c, u32 backoff)
{
	return backed_off(c->rtt.rto_us, backoff, xtcp_rto_most_us(c));
}

u64 xtcp_retries_us(const struct xtcp_conn *c, u32 retries)
{
	u32 least_us = xtcp_rto_least_us(c);
	u32 most_us = xtcp_rto_most_us(c);
	u64 sum_us = 0;
	u32 i;

	for (i = 0; i <= retries; i++)
		sum_us += backed_off(least_us, i, most_us);
	return sum_us;
}
