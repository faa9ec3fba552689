// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a segment for which there is no connection is answered
 * (RFC 9293 3.10.7.1).
 */
#include <linux/string.h>
#include <xtcp/listen.h>

bool xtcp_reset_reply(const struct xtcp_seg *seg, struct xtcp_plan *plan)
{
	if (seg->flags & XTCP_RST)
		return false;
	memset(plan, 0, sizeof(*plan));
	plan->reason = XTCP_WHY_RESET;
	if (seg->flags & XTCP_ACK) {
		plan->seq = seg->ack;
		plan->flags = XTCP_RST;
	} else {
		plan->ack = seg->seq + xtcp_seg_len(seg);
		plan->flags = XTCP_RST | XTCP_ACK;
	}
	return true;
}
