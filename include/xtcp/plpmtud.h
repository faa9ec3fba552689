/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packetization layer path MTU discovery (RFC 4821): what the path takes is
 * found by text that was sent in greater segments, where ICMP tells nothing
 * (core/plpmtud.c).
 */
#ifndef _XTCP_PLPMTUD_H
#define _XTCP_PLPMTUD_H

#include <linux/types.h>

struct xtcp_conn;
struct xtcp_plan;
struct xtcp_tx;

/**
 * struct xtcp_plpmtud - the search; sizes count as limits.mss_path does: text
 *	of a segment and its options
 * @low: search_low: greatest size that is known to pass; bounds the MSS
 * @high: search_high: greatest size that may pass
 * @on: there is a search, and @low is in force
 * @bisect: @high itself is not worth a probe
 * @seq: first number of the probe in flight
 * @len: its bytes of text; 0: there is none
 * @settled_us: when the search last learned something
 */
struct xtcp_plpmtud {
	u16 low;
	u16 high;
	bool on;
	bool bisect;
	u32 seq;
	u32 len;
	u64 settled_us;
};

/* The MSS of the peer is known. */
void xtcp_plpmtud_begin(struct xtcp_conn *c);
/* Bytes of text that a descriptor must have to become a probe; 0: none is due. */
u32 xtcp_plpmtud_room(const struct xtcp_conn *c);
/* Bytes of text that a probe has with what must follow it. */
u32 xtcp_plpmtud_need(const struct xtcp_conn *c, u32 len);
/* Bytes of tx, the next to send, that should go as a probe; 0: none. */
u32 xtcp_plpmtud_next(struct xtcp_conn *c, const struct xtcp_tx *tx, u64 now_us);
void xtcp_plpmtud_sent(struct xtcp_conn *c, const struct xtcp_plan *plan);
/* An ACK was taken: has the probe arrived? */
void xtcp_plpmtud_on_ack(struct xtcp_conn *c, u64 now_us);
/* Loss was found: is it of the probe alone, and so no congestion? */
bool xtcp_plpmtud_lost(struct xtcp_conn *c, u64 now_us);
/* The retransmission timer has expired; before anything is marked. */
void xtcp_plpmtud_on_rto(struct xtcp_conn *c, u64 now_us);
/* limits.mss_path has changed. */
void xtcp_plpmtud_on_path(struct xtcp_conn *c, u64 now_us);

#endif /* _XTCP_PLPMTUD_H */
