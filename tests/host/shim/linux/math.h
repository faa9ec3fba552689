/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rounding and division.
 */
#ifndef _SHIM_LINUX_MATH_H
#define _SHIM_LINUX_MATH_H

#include <linux/types.h>

#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y)	((x) & ~((__typeof__(x))((y) - 1)))
#define rounddown(x, y)		((x) - (x) % (y))
#define roundup(x, y)		(((x) + (y) - 1) / (y) * (y))
#define abs_diff(a, b)		((a) > (b) ? (a) - (b) : (b) - (a))

#endif /* _SHIM_LINUX_MATH_H */
