/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic modulo 2^32 on sequence numbers (RFC 9293 3.4). Nothing else in
 * xtcp compares two sequence numbers with < or >.
 */
#ifndef _XTCP_SEQ_H
#define _XTCP_SEQ_H

#include <linux/types.h>

static inline bool xtcp_seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool xtcp_seq_le(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

static inline bool xtcp_seq_gt(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

static inline bool xtcp_seq_ge(u32 a, u32 b)
{
	return (s32)(a - b) >= 0;
}

static inline u32 xtcp_seq_max(u32 a, u32 b)
{
	return xtcp_seq_gt(a, b) ? a : b;
}

static inline u32 xtcp_seq_min(u32 a, u32 b)
{
	return xtcp_seq_lt(a, b) ? a : b;
}

/* Is seq one of the len numbers that start at first? */
static inline bool xtcp_seq_in(u32 seq, u32 first, u32 len)
{
	return seq - first < len;
}

#endif /* _XTCP_SEQ_H */
