/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loss recovery: what is known of the text in flight, what is taken to be
 * lost and how fast it may go again. Parts of struct xtcp_conn, each with the
 * file under core/ that writes it.
 */
#ifndef _XTCP_LOSS_H
#define _XTCP_LOSS_H

#include <linux/types.h>
#include <xtcp/cc.h>

/* Bits of the tunable recovery, as Linux has them. */
#define XTCP_RECOVERY_RACK		1	/* loss is told by time (RFC 8985) */
#define XTCP_RECOVERY_STATIC_WINDOW	2	/* it does not grow where text comes twice */
#define XTCP_RECOVERY_NO_DUPTHRESH	4	/* nor end where much has overtaken */

/**
 * struct xtcp_board - the scoreboard (core/board.c); bytes above SND.UNA
 * @on: SACK was offered in our SYN, and theirs has offered it too
 * @sacked: bytes that the peer has out of order
 * @lost: bytes that are taken to be lost and have not gone again since
 * @fack: end of the highest text that was ever acknowledged or SACKed
 * @high_resent: end of the highest text that ever went again
 */
struct xtcp_board {
	bool on;
	u32 sacked;
	u32 lost;
	u32 fack;
	u32 high_resent;
};

/**
 * struct xtcp_delivery - what one ACK tells; lives as long as its processing
 * @una: SND.UNA before it
 * @flight: bytes in flight before it
 * @acked: bytes by which SND.UNA has moved
 * @bytes: bytes newly known to have arrived: acknowledged or SACKed
 * @rtt_us: round-trip time of text that was sent once; 0: none was measured
 * @fresh: some of the bytes were sent only once, before the phase began
 * @original: what was sent again arrived the first time (RFC 3522 3.2)
 * @resent: some of what was acknowledged had been sent again (Karn)
 * @dup: a D-SACK block: @dup_first to @dup_end came twice
 * @repeats: a duplicate ACK in the sense of RFC 5681 2
 */
struct xtcp_delivery {
	u32 una;
	u32 flight;
	u32 acked;
	u32 bytes;
	u32 rtt_us;
	u32 dup_first;
	u32 dup_end;
	bool fresh;
	bool original;
	bool resent;
	bool dup;
	bool repeats;
};

/**
 * struct xtcp_rack - loss by time (core/rack.c, RFC 8985)
 * @xmit_us: when the latest-sent text that was delivered had been sent
 * @end: its end
 * @rtt_us: its round-trip time
 * @round: SND.NXT at the last D-SACK that counted
 * @mult: quarters of the least round-trip time that the reordering window has beyond one
 * @persist: recoveries until @mult is 0 again
 * @reordered: text has overtaken text on this path
 * @dup_round: @round is valid
 */
struct xtcp_rack {
	u64 xmit_us;
	u32 end;
	u32 rtt_us;
	u32 round;
	u8 mult;
	u8 persist;
	bool reordered;
	bool dup_round;
};

/**
 * struct xtcp_tlp - tail loss probe (core/tlp.c, RFC 8985 7)
 * @end: SND.NXT when the probe was sent
 * @out: it is in the network
 * @again: it was a retransmission
 * @measured: a round trip was measured since the last one
 */
struct xtcp_tlp {
	u32 end;
	bool out;
	bool again;
	bool measured;
};

enum xtcp_phase {
	XTCP_OPEN,	/* nothing is known to be lost */
	XTCP_RECOVERY,	/* fast recovery (RFC 6582, RFC 9937) */
	XTCP_LOSS,	/* after a timeout, or what was too big for the path */
};

/* After a timeout: was it in vain (RFC 5682)? */
enum xtcp_frto {
	XTCP_FRTO_NONE,
	XTCP_FRTO_RESENT,	/* the first segment went again */
	XTCP_FRTO_NEW,		/* that was acknowledged: new text goes, nothing again */
};

/**
 * struct xtcp_recovery - phases of recovery (core/recovery.c)
 * @phase: where we are
 * @frto: enum xtcp_frto
 * @dupacks: duplicate acknowledgments in a row
 * @high: SND.NXT when the phase began: "recover", RecoveryPoint
 * @prr_delivered: bytes delivered since (RFC 9937)
 * @prr_out: bytes sent since
 * @prr_flight: bytes in flight when it began: RecoverFS
 * @first_waits: the first segment is lost, and was not marked: memory was short
 */
struct xtcp_recovery {
	u8 phase;
	u8 frto;
	u16 dupacks;
	u32 high;
	u32 prr_delivered;
	u32 prr_out;
	u32 prr_flight;
	bool first_waits;
};

/**
 * struct xtcp_undo - how to take a reduction back that was in vain
 * (core/undo.c, RFC 3522, RFC 4015, RFC 3708)
 * @cc: congestion state before the reduction
 * @from: SND.UNA then
 * @resent: bytes that went again and have not been reported to be superfluous
 * @armed: @cc and @from are valid
 * @sent: something went again
 */
struct xtcp_undo {
	struct xtcp_cc cc;
	u32 from;
	u32 resent;
	bool armed;
	bool sent;
};

struct xtcp_conn;

/* Segments that overtake another before it is taken to be lost (RFC 5681 3.2). core/rack.c */
u32 xtcp_dupthresh(const struct xtcp_conn *c);
/* Is loss told by time? */
bool xtcp_by_time(const struct xtcp_conn *c);

#endif /* _XTCP_LOSS_H */
