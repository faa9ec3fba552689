// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round-trip time and retransmission timeout (RFC 6298 2). The variance term
 * has a floor instead of the whole: SRTT + max(rto_min, 4 * RTTVAR), which
 * never fires early on a path longer than the floor.
 */
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define BACKOFF_MAX	20	/* beyond any rto_max */

void xtcp_rtt_init(struct xtcp_rtt *r, const struct xtcp_sysctls *k)
{
	r->srtt_us = 0;
	r->rttvar_us = 0;
	r->backoff = 0;
	r->rto_us = k->rto_init_ms * (u32)XTCP_USEC_PER_MSEC;
}

void xtcp_rtt_sample(struct xtcp_rtt *r, const struct xtcp_sysctls *k, u32 sample_us)
{
	u32 max_us = k->rto_max_ms * (u32)XTCP_USEC_PER_MSEC;
	u32 off;

	sample_us = clamp_t(u32, sample_us, 1, max_us);
	if (!r->srtt_us) {
		r->srtt_us = sample_us;
		r->rttvar_us = sample_us / 2;
	} else {
		off = r->srtt_us > sample_us ? r->srtt_us - sample_us : sample_us - r->srtt_us;
		r->rttvar_us = ((u64)r->rttvar_us * 3 + off) / 4;
		r->srtt_us = ((u64)r->srtt_us * 7 + sample_us) / 8;
		r->srtt_us = max(r->srtt_us, 1U);
	}
	r->rto_us = min_t(u64, (u64)r->srtt_us + max_t(u64, k->rto_min_us, 4ULL * r->rttvar_us),
			  max_us);
}

u64 xtcp_rto_us(const struct xtcp_rtt *r, const struct xtcp_sysctls *k, u32 backoff)
{
	u64 max_us = k->rto_max_ms * XTCP_USEC_PER_MSEC;

	return min((u64)r->rto_us << min_t(u32, backoff, BACKOFF_MAX), max_us);
}

u64 xtcp_retries_us(const struct xtcp_sysctls *k, u32 retries)
{
	u64 max_us = k->rto_max_ms * XTCP_USEC_PER_MSEC;
	u64 sum_us = 0;
	u32 i;

	for (i = 0; i <= retries; i++)
		sum_us += min((u64)k->rto_min_us << min_t(u32, i, BACKOFF_MAX), max_us);
	return sum_us;
}
