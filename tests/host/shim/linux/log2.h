/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits and logarithms.
 */
#ifndef _SHIM_LINUX_LOG2_H
#define _SHIM_LINUX_LOG2_H

#include <linux/types.h>

#define BIT(n)	(1UL << (n))

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int ilog2(unsigned long long x)
{
	return 63 - __builtin_clzll(x);
}

static inline bool is_power_of_2(unsigned long x)
{
	return x && !(x & (x - 1));
}

#endif /* _SHIM_LINUX_LOG2_H */
