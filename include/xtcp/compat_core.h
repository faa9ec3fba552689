/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels that core meets; the shell's are in compat.h.
 */
#ifndef _XTCP_COMPAT_CORE_H
#define _XTCP_COMPAT_CORE_H

/* Kbuild looks for the header: sparse knows no __has_include(). */
#ifdef XTCP_OLD_UNALIGNED
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

#endif /* _XTCP_COMPAT_CORE_H */
