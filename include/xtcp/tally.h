/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a connection has done so far, for whoever asks (TCP_INFO; the names there are those of
 * RFC 4898). Nothing in core depends on it. Counted by core/tally.c.
 */
#ifndef _XTCP_TALLY_H
#define _XTCP_TALLY_H

#include <linux/types.h>

struct xtcp_conn;
struct xtcp_plan;
struct xtcp_seg;

/* Why the sender sends no more than it does. */
enum xtcp_bound {
	XTCP_BY_USER,		/* he has nothing to send */
	XTCP_BY_PATH,		/* it is at work, as fast as the path allows */
	XTCP_BY_WINDOW,		/* of the peer */
	XTCP_BY_BUFFER,		/* ours, for which the user waits */
	XTCP_NR_BOUNDS
};

/**
 * struct xtcp_tally - sums since the connection began; bytes are of text
 * @sent: bytes sent, those that went again included
 * @resent: bytes that went again
 * @acked: bytes acknowledged
 * @received: bytes received in order
 * @segs_out: segments sent, as on the wire
 * @segs_in: segments that arrived, the same
 * @text_out: of @segs_out, those with text
 * @text_in: of @segs_in, those with text
 * @segs_resent: segments that went again
 * @behind_hole: segments that were kept behind a hole
 * @dups: D-SACK blocks of the peer
 * @reorderings: times that text was seen to have overtaken text
 * @reordering: segments by which it was, at most
 * @marked: segments that the peer got marked, of classic ECN
 * @timeouts: of the retransmission timer
 * @timeout_phases: times that the first of several came
 * @timeout_us: time from the first to the ACK that ended them
 * @timeout_since_us: when the first came; 0: there was progress since
 * @bound: enum xtcp_bound
 * @bound_since_us: since when it has been so
 * @bound_us: by enum xtcp_bound, but for the present one
 */
struct xtcp_tally {
	u64 sent;
	u64 resent;
	u64 acked;
	u64 received;
	u32 segs_out;
	u32 segs_in;
	u32 text_out;
	u32 text_in;
	u32 segs_resent;
	u32 behind_hole;
	u32 dups;
	u32 reorderings;
	u32 reordering;
	u32 marked;
	u32 timeouts;
	u32 timeout_phases;
	u64 timeout_us;
	u64 timeout_since_us;
	u8 bound;
	u64 bound_since_us;
	u64 bound_us[XTCP_NR_BOUNDS];
};

/* The segment leaves. */
void xtcp_tally_sent(struct xtcp_conn *c, const struct xtcp_plan *plan);
/* It has arrived, whatever comes of it. */
void xtcp_tally_arrived(struct xtcp_conn *c, const struct xtcp_seg *seg);
void xtcp_tally_timeout(struct xtcp_conn *c, u64 now_us);
/* New text was acknowledged. */
void xtcp_tally_progress(struct xtcp_conn *c, u64 now_us);
/* All that could be sent has been; wants_room: the user waits for room in our buffer. */
void xtcp_tally_bound(struct xtcp_conn *c, bool wants_room, u64 now_us);
/* Time with that bound so far. */
u64 xtcp_tally_bound_us(const struct xtcp_conn *c, enum xtcp_bound bound, u64 now_us);

#endif /* _XTCP_TALLY_H */
