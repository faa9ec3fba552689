/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * min(), max() and clamp(). Operands of different signedness are refused as
 * the kernel refuses them, so that a slip shows on the host.
 */
#ifndef _SHIM_LINUX_MINMAX_H
#define _SHIM_LINUX_MINMAX_H

#include <linux/types.h>

#define __shim_signed(x)	((__typeof__((x) + 0))-1 < (__typeof__((x) + 0))1)
#define __shim_same(a, b)	(__shim_signed(a) == __shim_signed(b))

#define __shim_pick(a, op, b) ({			\
	__typeof__(a) __a = (a);			\
	__typeof__(b) __b = (b);			\
	__a op __b ? __a : __b;				\
})

#define __shim_checked(a, op, b) ({			\
	_Static_assert(__shim_same(a, b) ||		\
		       __builtin_constant_p(a) || __builtin_constant_p(b), \
		       "min/max of different signedness"); \
	__shim_pick(a, op, b);				\
})

#define min(a, b)		__shim_checked(a, <, b)
#define max(a, b)		__shim_checked(a, >, b)
#define min_t(type, a, b)	__shim_pick((type)(a), <, (type)(b))
#define max_t(type, a, b)	__shim_pick((type)(a), >, (type)(b))
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)
#define clamp_val(v, lo, hi)	clamp_t(__typeof__(v), v, lo, hi)

#define swap(a, b) do {			\
	__typeof__(a) __tmp = (a);	\
	(a) = (b);			\
	(b) = __tmp;			\
} while (0)

#endif /* _SHIM_LINUX_MINMAX_H */
