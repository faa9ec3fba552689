/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A warning of the kernel fails the case that runs and ends it (runner.c).
 */
#ifndef _SHIM_LINUX_BUG_H
#define _SHIM_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/types.h>

bool shim_warn(const char *file, int line, const char *what);

#define WARN_ON(cond)		((cond) ? shim_warn(__FILE__, __LINE__, #cond) : false)
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define WARN_ONCE(cond, ...)	WARN_ON(cond)
#define WARN(cond, ...)		WARN_ON(cond)
#define BUG()			((void)shim_warn(__FILE__, __LINE__, "BUG"), __builtin_trap())
#define BUG_ON(cond)		((void)WARN_ON(cond))

#endif /* _SHIM_LINUX_BUG_H */
