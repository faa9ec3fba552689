// SPDX-License-Identifier: GPL-2.0-only
/*
 * The congestion control algorithms of xtcp by name, and what all have in
 * common.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/cc.h>

static const struct xtcp_cc_ops *const algorithms[] = {
#define XTCP_CC(name) &xtcp_cc_##name,
#include <xtcp/defs/cc_defs.h>
#undef XTCP_CC
};

const struct xtcp_cc_ops *xtcp_cc_nth(unsigned int i)
{
	return i < ARRAY_SIZE(algorithms) ? algorithms[i] : NULL;
}

const struct xtcp_cc_ops *xtcp_cc_find(const char *name)
{
	unsigned int i;

	if (!name)
		return algorithms[0];
	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (!strcmp(algorithms[i]->name, name))
			return algorithms[i];
	}
	return NULL;
}

static bool is_of_a_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

bool xtcp_cc_is_name(const char *name)
{
	u32 len = 0;

	while (len < XTCP_CC_NAME_MAX && is_of_a_name(name[len]))
		len++;
	return len && len < XTCP_CC_NAME_MAX && !name[len];
}

bool xtcp_cc_is_whole(const struct xtcp_cc_ops *ops)
{
	return ops->name && ops->on_loss && (ops->on_ack || ops->control) &&
	       xtcp_cc_is_name(ops->name);
}

void xtcp_cc_choose(struct xtcp_cc *cc, const struct xtcp_cc_ops *ops)
{
	memset(cc->priv, 0, sizeof(cc->priv));
	cc->pacing_rate = 0;
	/* A child of a listener reads it without the lock. */
	WRITE_ONCE(cc->ops, ops);
}

/* A window that the application does not fill must not grow (RFC 7661). */
bool xtcp_cc_may_grow(const struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	if (cc->cwnd >= XTCP_CWND_MAX)
		return false;
	if (cc->cwnd < cc->ssthresh)
		return s->cwnd_limited || s->flight >= cc->cwnd / 2;
	return s->cwnd_limited;
}

u32 xtcp_cc_slow_start(struct xtcp_cc *cc, u32 acked)
{
	u32 step;

	if (cc->cwnd >= cc->ssthresh)
		return acked;
	step = min(acked, cc->ssthresh - cc->cwnd);
	cc->cwnd += step;
	return acked - step;
}
