/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's integer types and the annotations that core uses, for a
 * program of the host. First of the shim: all other headers include it.
 */
#ifndef _SHIM_LINUX_TYPES_H
#define _SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

typedef u8 __u8;
typedef u16 __u16;
typedef u32 __u32;
typedef u64 __u64;
typedef s8 __s8;
typedef s16 __s16;
typedef s32 __s32;
typedef s64 __s64;
typedef u16 __be16;
typedef u32 __be32;
typedef u16 __sum16;
typedef unsigned int gfp_t;

#define __percpu
#define __force
#define __iomem
#define __user
#define __rcu

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#include <linux/compiler.h>

#endif /* _SHIM_LINUX_TYPES_H */
