/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How fast the network delivers (draft-cheng-iccrg-delivery-rate-estimation):
 * each transmission is stamped with what had been delivered by then; the ACK
 * that delivers it tells how much was delivered since, and in what time. All
 * in bytes (core/rate.c).
 */
#ifndef _XTCP_RATE_H
#define _XTCP_RATE_H

#include <linux/types.h>

struct xtcp_cc_sample;
struct xtcp_conn;
struct xtcp_tx;

#define XTCP_MIN_RTT_PARTS	4

/**
 * struct xtcp_min_rtt - least round-trip time of a window that moves in parts
 * @begun_us: when the newest part began; 0: no time was measured yet
 * @part_us: least time of each part, the newest first; 0: none
 */
struct xtcp_min_rtt {
	u64 begun_us;
	u32 part_us[XTCP_MIN_RTT_PARTS];
};

/*
 * A window of nr parts of part_us, the newest first, which began at *begun_us: moves
 * it to where it holds now_us; what leaves it is forgotten, new parts are 0. part_us
 * 0: nothing is kept.
 */
void xtcp_parts_move(u32 *part, u32 nr, u64 *begun_us, u64 part_us, u64 now_us);

/* Takes a measured time into account; 0 is none. */
void xtcp_min_rtt_update(struct xtcp_min_rtt *m, u32 rtt_us, u64 window_us, u64 now_us);
u32 xtcp_min_rtt_get(const struct xtcp_min_rtt *m);	/* 0 = none */

/**
 * struct xtcp_rate_stamp - the connection as a transmission found it
 * @delivered: bytes delivered
 * @delivered_us: when the last of them were; 0: this one is counted, too
 * @first_sent_us: when that was sent which the newest of them confirm
 * @app_limited: the application or the algorithm had left the network idle
 */
struct xtcp_rate_stamp {
	u64 delivered;
	u64 delivered_us;
	u64 first_sent_us;
	bool app_limited;
};

/**
 * struct xtcp_rate - of a connection
 * @delivered: bytes that the peer has, cumulatively or selectively acknowledged
 * @delivered_us: when the last of them were acknowledged
 * @first_sent_us: when the newest of them was sent
 * @app_limited: samples are limited by the application until @delivered
 *	exceeds this; 0: they are not
 * @lost: bytes that were taken for lost
 * @newest: stamp of the newest transmission that the ACK in progress delivers
 * @newest_sent_us: when that was sent; 0: the ACK delivers nothing
 * @before: @delivered before that ACK
 * @lost_before: @lost as the last ACK left it
 * @shown_bytes: of the last sample that is worth showing
 * @shown_us: its time; 0: none yet
 * @shown_limited: it was limited by the application
 * @min_rtt: least round-trip time
 */
struct xtcp_rate {
	u64 delivered;
	u64 delivered_us;
	u64 first_sent_us;
	u64 app_limited;
	u64 lost;
	struct xtcp_rate_stamp newest;
	u64 newest_sent_us;
	u64 before;
	u64 lost_before;
	u64 shown_bytes;
	u32 shown_us;
	bool shown_limited;
	struct xtcp_min_rtt min_rtt;
};

/* Before the text of tx goes, for the first time or again. */
void xtcp_rate_on_sent(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us);
/* The user has text again; before it is queued. */
void xtcp_rate_on_write(struct xtcp_conn *c);
/* Samples are limited until what is in flight is delivered. */
void xtcp_rate_limited(struct xtcp_conn *c);
/* All of tx that lies above SND.UNA was acknowledged. Harmless if told twice. */
void xtcp_rate_on_delivered(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us);
/* The same up to end; before SND.UNA moves. */
void xtcp_rate_on_acked(struct xtcp_conn *c, struct xtcp_tx *tx, u32 end, u64 now_us);
void xtcp_rate_on_lost(struct xtcp_conn *c, u32 bytes);
/*
 * Once for each ACK, behind all of the above: the sample that it makes. Reads
 * s->rtt_us and fills the fields that struct xtcp_cc_sample says.
 */
void xtcp_rate_finish(struct xtcp_conn *c, struct xtcp_cc_sample *s, u64 now_us);
/* Delivery rate in bytes per second; 0: not measured. */
u64 xtcp_rate_shown(const struct xtcp_rate *r);

#endif /* _XTCP_RATE_H */
