// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initial sequence numbers (RFC 6528; RFC 9293 3.4.1, MUST-8): a clock of one
 * tick in 4 us plus a keyed hash of the 4-tuple, which the shell computes.
 */
#include <xtcp/conn.h>

#define ISN_TICK_US	4

u32 xtcp_isn(u32 hash, u64 now_us)
{
	return hash + (u32)(now_us / ISN_TICK_US);
}
