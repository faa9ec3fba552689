/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What surrounds a connection: the tunables and counters of its network
 * namespace. Core reads the one and counts in the other, and knows nothing
 * else about where it runs.
 */
#ifndef _XTCP_ENV_H
#define _XTCP_ENV_H

#include <linux/percpu.h>
#include <linux/types.h>

#define XTCP_USEC_PER_MSEC	1000ULL
#define XTCP_USEC_PER_SEC	1000000ULL

/* Of a tunable of three numbers. */
enum xtcp_of_three {
	XTCP_LEAST,
	XTCP_INITIAL,
	XTCP_MOST,
	XTCP_THREE
};

/* One field per row of sysctl_defs.h, in the unit of the row. */
struct xtcp_sysctls {
#define XTCP_SYSCTL(name, unit, def, min, max, meaning) u32 name;
#define XTCP_SYSCTL_VEC(name, unit, least, initial, most, min, max, meaning) u32 name[XTCP_THREE];
#include <xtcp/defs/sysctl_defs.h>
#undef XTCP_SYSCTL
#undef XTCP_SYSCTL_VEC
};

enum xtcp_mib_id {
#define XTCP_MIB(name, shown, meaning) XTCP_MIB_##name,
#include <xtcp/defs/mib_defs.h>
#undef XTCP_MIB
	XTCP_MIB_DROPS,		/* that of enum xtcp_drop why is XTCP_MIB_DROPS + why - 1 */
	XTCP_MIB_BEFORE_DROPS = XTCP_MIB_DROPS - 1,
#define XTCP_DROP(name, skb_reason, counter, meaning) XTCP_MIB_DROP_##name,
#include <xtcp/defs/drop_defs.h>
#undef XTCP_DROP
	XTCP_NR_MIBS
};

struct xtcp_mib {
	unsigned long count[XTCP_NR_MIBS];
};

struct xtcp_cc_ops;
struct xtcp_tx;

/**
 * struct xtcp_env - surroundings of a connection
 * @knob: tunables; may change at any time, read each value once per decision
 * @cc: congestion control of new connections; NULL: the first of cc_defs.h.
 *	Whoever keeps it beyond an RCU section needs a reference (congestion.h)
 * @mib: counters
 * @cut: core's one upward call, see xtcp_txq_cut(); makes a descriptor for
 *	the payload of @tx from @at bytes on and shortens the payload of @tx;
 *	NULL when memory is short, @tx unchanged. Core sets all other fields.
 */
struct xtcp_env {
	struct xtcp_sysctls knob;
	const struct xtcp_cc_ops *cc;
	struct xtcp_mib __percpu *mib;
	struct xtcp_tx *(*cut)(struct xtcp_tx *tx, u32 at);
};

static inline void xtcp_count(const struct xtcp_env *env, enum xtcp_mib_id id)
{
	this_cpu_inc(env->mib->count[id]);
}

static inline void xtcp_count_by(const struct xtcp_env *env, enum xtcp_mib_id id, u32 n)
{
	this_cpu_add(env->mib->count[id], n);
}

#endif /* _XTCP_ENV_H */
