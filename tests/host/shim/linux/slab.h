/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the test programs; core itself allocates nothing.
 */
#ifndef _SHIM_LINUX_SLAB_H
#define _SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <linux/types.h>

#define GFP_KERNEL	0U
#define GFP_ATOMIC	0U

#define kmalloc(size, gfp)	((void)(gfp), malloc(size))
#define kzalloc(size, gfp)	((void)(gfp), calloc(1, size))
#define kfree(p)		free((void *)(p))

#endif /* _SHIM_LINUX_SLAB_H */
