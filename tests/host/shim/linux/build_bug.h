/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions at compile time.
 */
#ifndef _SHIM_LINUX_BUILD_BUG_H
#define _SHIM_LINUX_BUILD_BUG_H

#define BUILD_BUG_ON(cond)	_Static_assert(!(cond), #cond)
#define BUILD_BUG_ON_MSG(cond, msg) _Static_assert(!(cond), msg)
#ifndef static_assert
#define static_assert(...)	__shim_static_assert(__VA_ARGS__, "static_assert")
#define __shim_static_assert(cond, msg, ...) _Static_assert(cond, msg)
#endif

#endif /* _SHIM_LINUX_BUILD_BUG_H */
