/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads and stores of big-endian numbers at any address, byte by byte.
 */
#ifndef _SHIM_LINUX_UNALIGNED_H
#define _SHIM_LINUX_UNALIGNED_H

#include <linux/types.h>

static inline u16 get_unaligned_be16(const void *from)
{
	const u8 *p = from;

	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 get_unaligned_be24(const void *from)
{
	const u8 *p = from;

	return (u32)p[0] << 16 | (u32)p[1] << 8 | p[2];
}

static inline u32 get_unaligned_be32(const void *from)
{
	const u8 *p = from;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static inline void put_unaligned_be16(u16 v, void *to)
{
	u8 *p = to;

	p[0] = v >> 8;
	p[1] = (u8)v;
}

static inline void put_unaligned_be24(u32 v, void *to)
{
	u8 *p = to;

	p[0] = (u8)(v >> 16);
	p[1] = (u8)(v >> 8);
	p[2] = (u8)v;
}

static inline void put_unaligned_be32(u32 v, void *to)
{
	put_unaligned_be16(v >> 16, to);
	put_unaligned_be16((u16)v, (u8 *)to + 2);
}

#endif /* _SHIM_LINUX_UNALIGNED_H */
