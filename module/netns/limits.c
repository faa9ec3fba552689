// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds of what a namespace does for strangers: the resets that segments are answered with
 * (net.xtcp.rst_per_sec), and what is told of in the log (net.xtcp.log_level).
 */
#include <linux/atomic.h>
#include <xtcp/netns.h>

/* A second begins with the first reset that comes after the one before. */
static void begin_second(struct xtcp_net *xn, u64 now_us)
{
	u64 since_us = READ_ONCE(xn->resets_us);

	if (since_us && now_us - since_us < XTCP_USEC_PER_SEC)
		return;
	if (cmpxchg64(&xn->resets_us, since_us, now_us) == since_us)
		atomic_set(&xn->resets, 0);
}

/* Those that end a connection are not asked for. */
bool xtcp_may_reset(struct xtcp_net *xn)
{
	u32 most = READ_ONCE(xn->env.knob.rst_per_sec);

	if (!most)
		return true;
	begin_second(xn, xtcp_now_us());
	/* Not beyond: it would come to be below 0. */
	if (atomic_read(&xn->resets) < most && atomic_inc_return(&xn->resets) <= most)
		return true;
	xtcp_count(&xn->env, XTCP_MIB_RESETS_SKIPPED);
	return false;
}

bool xtcp_may_tell(const struct xtcp_env *env)
{
	return READ_ONCE(env->knob.log_level);
}
