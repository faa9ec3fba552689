/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct xtcp_conn: all that RFC 9293 calls the TCB, and the calls by which
 * the shell drives it. Time is in microseconds from any origin above 0; the
 * caller holds the connection's lock.
 *
 * After any of these calls the shell
 *	- sends while xtcp_next_segment() has a segment, telling each to
 *	  xtcp_segment_sent(), or to xtcp_segment_unsent() if memory is short;
 *	- frees what lies in txq.acked and rxq.done;
 *	- arms its timer at xtcp_earliest_deadline();
 *	- acts on wake and err, and clears wake.
 */
#ifndef _XTCP_CONN_H
#define _XTCP_CONN_H

#include <linux/compiler.h>
#include <xtcp/cc.h>
#include <xtcp/env.h>
#include <xtcp/loss.h>
#include <xtcp/plpmtud.h>
#include <xtcp/rate.h>
#include <xtcp/rxq.h>
#include <xtcp/segment.h>
#include <xtcp/seq.h>
#include <xtcp/state.h>
#include <xtcp/tally.h>
#include <xtcp/tcb.h>
#include <xtcp/txq.h>

enum xtcp_timer {
#define XTCP_TIMER(name, handler, meaning) XTCP_TIMER_##name,
#include <xtcp/defs/timer_defs.h>
#undef XTCP_TIMER
	XTCP_NR_TIMERS
};

enum xtcp_drop {
	XTCP_DROP_NONE,
#define XTCP_DROP(name, skb_reason, counter, meaning) XTCP_DROP_##name,
#include <xtcp/defs/drop_defs.h>
#undef XTCP_DROP
	XTCP_NR_DROPS
};

/* What the user should be told. */
enum xtcp_wake {
	XTCP_WAKE_STATE	= 1 << 0,	/* state changed */
	XTCP_WAKE_READ	= 1 << 1,	/* text or the peer's FIN came */
	XTCP_WAKE_WRITE	= 1 << 2,	/* queued text was acknowledged */
	XTCP_WAKE_ERROR	= 1 << 3,	/* err was set */
	XTCP_WAKE_ROUTE	= 1 << 4,	/* R1 reached: doubt the route */
	XTCP_WAKE_URGENT = 1 << 5,	/* the urgent pointer has moved on */
	XTCP_WAKE_URGENT_HERE = 1 << 6,	/* the octet at the mark has come */
	XTCP_WAKE_HOLE	= 1 << 7,	/* Fast Open seems to lead into a black hole */
};

/* Segments that output must send whatever there is to send besides. */
enum xtcp_owes {
	XTCP_OWES_SYN	= 1 << 0,	/* SYN or SYN,ACK by state */
	XTCP_OWES_ACK	= 1 << 1,
	XTCP_OWES_RTX	= 1 << 2,	/* what is lost first, whatever cwnd says */
	XTCP_OWES_PROBE	= 1 << 3,	/* of a zero window, or of a silent peer */
	XTCP_OWES_RST	= 1 << 4,	/* RST with xtcp_conn.rst */
	XTCP_OWES_PUSH	= 1 << 5,	/* the override timer: small segment now */
	XTCP_OWES_TLP	= 1 << 6,	/* tail loss probe */
	XTCP_OWES_URGENT = 1 << 7,	/* a segment with the urgent pointer */
};

struct xtcp_conn {
	const struct xtcp_env *env;
	u8 state;		/* enum xtcp_state; written by xtcp_conn_event() only */
	u8 owes;		/* enum xtcp_owes */
	u8 wake;		/* enum xtcp_wake */
	bool passive;		/* opened by a listener (MUST-11) */
	bool orphan;		/* no user is left: the shell's close() */
	bool rcv_shutdown;	/* the user will not read: shutdown(SHUT_RD) */
	bool cwnd_limited;	/* cwnd held data back since the last ACK */
	u8 retransmits;		/* timeouts in a row without progress */
	u8 keep_failed;		/* probes since a silent peer was last heard */
	struct xtcp_user user;
	int err;		/* errno of the death of the connection, positive */
	int err_soft;		/* errno of the last ICMP error that did not kill */
	u64 syn_sent_us;	/* first SYN, or SYN,ACK; 0: tells nothing of the path */
	u64 heard_us;		/* last acceptable segment */
	u64 sent_us;		/* last text sent */
	u64 challenged_us;	/* last ACK that a bad segment provoked */
	u64 stuck_us;		/* since when una has not moved; R2 is measured from here */
	u64 deadline[XTCP_NR_TIMERS];	/* 0 = off */
	u32 armed;		/* bit t: deadline[t] is on */
	struct xtcp_limits limits;
	struct xtcp_snd snd;
	struct xtcp_rcv rcv;
	struct xtcp_ts ts;
	struct xtcp_ecn ecn;
	struct xtcp_accecn accecn;
	struct xtcp_rtt rtt;
	struct xtcp_board board;
	struct xtcp_rack rack;
	struct xtcp_tlp tlp;
	struct xtcp_recovery recovery;
	struct xtcp_undo undo;
	struct xtcp_delack delack;
	struct xtcp_compress compress;
	struct xtcp_persist persist;
	struct xtcp_plpmtud plpmtud;
	struct xtcp_urgent urgent;
	struct xtcp_fastopen fastopen;
	struct xtcp_cc cc;
	struct xtcp_rate rate;
	struct xtcp_pace pace;
	struct xtcp_validate validate;
	struct xtcp_txq txq;
	struct xtcp_rxq rxq;
	struct xtcp_report report;
	struct xtcp_tally tally;
	struct {
		u32 seq;
		u32 ack;
		u8 flags;
	} rst;			/* valid while XTCP_OWES_RST */
};

/**
 * struct xtcp_arrival - a segment on its way through the eight steps
 * @seg: the segment
 * @rxd: descriptor for its text; NULL if it has none
 * @now_us: time of processing, not before seg->arrived_us
 * @kept: set if @rxd went to a queue: the shell must not free the packet
 * @has_urgent: set if the octet at the urgent mark is in the text
 * @urgent_at: where
 */
struct xtcp_arrival {
	const struct xtcp_seg *seg;
	struct xtcp_rxd *rxd;
	u64 now_us;
	bool kept;
	bool has_urgent;
	u32 urgent_at;
};

/* Life: core/conn.c */
void xtcp_conn_init(struct xtcp_conn *c, const struct xtcp_env *env);
/* The settings of the user become those of another, who is not locked. */
void xtcp_conn_inherit(struct xtcp_conn *c, const struct xtcp_conn *from);
/* Fit for another connection; the settings of the user stay. */
void xtcp_conn_reset(struct xtcp_conn *c);
/* listen(): CLOSED to LISTEN. */
void xtcp_conn_listen(struct xtcp_conn *c);
/* connect(): limits and ts.offset are set; sends the SYN with the given ISN. */
void xtcp_conn_connect(struct xtcp_conn *c, u32 iss, u64 now_us);
/*
 * No more text from the user: FIN behind what is queued. From SYN-SENT and
 * LISTEN to CLOSED at once. Harmless where a FIN is queued already.
 */
void xtcp_conn_close(struct xtcp_conn *c, u64 now_us);
/* The socket is closed: limits how long the peer may keep the connection. */
void xtcp_conn_orphan(struct xtcp_conn *c, u64 now_us);
/* To CLOSED; owes a RST where the peer knows of us. err may be 0. */
void xtcp_conn_abort(struct xtcp_conn *c, int err);
/* Dead for good: CLOSED, deadlines off, err told. No RST. */
void xtcp_conn_die(struct xtcp_conn *c, int err);
void xtcp_conn_event(struct xtcp_conn *c, enum xtcp_event event);
/* 0, or the number of the invariant that does not hold (tests, debugging). */
int xtcp_conn_check(const struct xtcp_conn *c);

/* Input: core/input.c, connect.c, ack.c, text.c */
enum xtcp_drop xtcp_segment_arrives(struct xtcp_conn *c, struct xtcp_arrival *a);
enum xtcp_drop xtcp_syn_sent_arrives(struct xtcp_conn *c, struct xtcp_arrival *a);
enum xtcp_drop xtcp_ack(struct xtcp_conn *c, struct xtcp_arrival *a);
enum xtcp_drop xtcp_text(struct xtcp_conn *c, struct xtcp_arrival *a);
/* Text from seq to end has come before: D-SACK (RFC 2883 4), at once. */
void xtcp_text_again(struct xtcp_conn *c, u32 seq, u32 end);
/* The same of a segment with nothing else. */
void xtcp_text_known(struct xtcp_conn *c, u32 seq, u32 end);
enum xtcp_drop xtcp_fin(struct xtcp_conn *c, struct xtcp_arrival *a);
/* Eff.snd.MSS of the path and the peer, less the options of each segment. */
u16 xtcp_eff_mss(const struct xtcp_conn *c);
/* Takes up what the peer's SYN says; c->limits are set. */
void xtcp_agree(struct xtcp_conn *c, const struct xtcp_options *opt, bool wscale_offered);
/* Windows and congestion state start; part of xtcp_established(), or long before. */
void xtcp_transfer_begins(struct xtcp_conn *c);
/* From SYN-SENT or SYN-RECEIVED. */
void xtcp_established(struct xtcp_conn *c, u64 now_us);

/* Output: core/output.c */
/* False if xtcp_next_segment() would tell of none, whatever c->limits are. */
bool xtcp_wants_to_send(const struct xtcp_conn *c);
bool xtcp_next_segment(struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan);
void xtcp_segment_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us);

/* Memory is short: core/retry.c */
/*
 * The segment that was planned could not be made; true: stop sending, it will be
 * tried again soon. False: it counts as sent, whatever sends it again.
 */
bool xtcp_segment_unsent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us);
void xtcp_retry_later(struct xtcp_conn *c, u64 now_us);

/* Time: core/timers.c */
u64 xtcp_earliest_deadline(const struct xtcp_conn *c);	/* 0 = none */
void xtcp_timeout(struct xtcp_conn *c, u64 now_us);	/* runs what is due */

static inline void xtcp_timer_set(struct xtcp_conn *c, enum xtcp_timer t, u64 at_us)
{
	c->deadline[t] = at_us;
	c->armed |= 1U << t;
}

static inline void xtcp_timer_clear(struct xtcp_conn *c, enum xtcp_timer t)
{
	c->deadline[t] = 0;
	c->armed &= ~(1U << t);
}

static inline bool xtcp_timer_armed(const struct xtcp_conn *c, enum xtcp_timer t)
{
	return c->deadline[t] != 0;
}

#define XTCP_TIMER(name, handler, meaning) \
	void handler(struct xtcp_conn *c, u64 now_us);
#include <xtcp/defs/timer_defs.h>
#undef XTCP_TIMER

/* Round-trip time and retransmission timeout: core/rtt.c, rto.c */
void xtcp_rtt_init(struct xtcp_conn *c);
void xtcp_rtt_sample(struct xtcp_conn *c, u32 sample_us);
u32 xtcp_rto_least_us(const struct xtcp_conn *c);
u32 xtcp_rto_most_us(const struct xtcp_conn *c);
u64 xtcp_rto_us(const struct xtcp_conn *c, u32 backoff);
/* Time that n retransmissions take at the least timeout (R2). */
u64 xtcp_retries_us(const struct xtcp_conn *c, u32 retries);
void xtcp_rto_restart(struct xtcp_conn *c, u64 now_us);
/* Retransmissions that the state allows; orphans get fewer. */
u32 xtcp_retries(const struct xtcp_conn *c);
/* R2 is reached: nobody has answered. */
void xtcp_give_up(struct xtcp_conn *c);
/* The time at_us, or that when the user's patience ends that began at since_us. */
u64 xtcp_user_limit(const struct xtcp_conn *c, u64 since_us, u64 at_us);
/* An ICMP error for the number seq says that it met no congestion (RFC 6069). */
void xtcp_rto_unreachable(struct xtcp_conn *c, u32 seq, u64 now_us);

/* A silent peer: core/keepalive.c */
/* The user wants it or not; also after a change of the time before the first probe. */
void xtcp_keepalive_set(struct xtcp_conn *c, bool on, u64 now_us);
/* Silence is to be measured from heard_us: established, or a probe was answered. */
void xtcp_keepalive_start(struct xtcp_conn *c, u64 now_us);

/* Timestamps and PAWS: core/timestamps.c */
u32 xtcp_ts_val(u32 offset, u64 now_us);
/* A segment before the window is looked at: PAWS (RFC 7323 5.3 R1). */
enum xtcp_drop xtcp_ts_check(struct xtcp_conn *c, const struct xtcp_arrival *a);
/* Once it is acceptable: TS.Recent (RFC 7323 4.3). */
void xtcp_ts_take(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Round-trip time that an ACK of new data tells, in us; 0 if none. */
u32 xtcp_ts_rtt(const struct xtcp_conn *c, const struct xtcp_seg *seg);
/* tx went again, and the segment echoes a time before that (RFC 3522 3.2). */
bool xtcp_ts_of_original(const struct xtcp_conn *c, const struct xtcp_tx *tx,
			 const struct xtcp_seg *seg);

/* Scoreboard: core/board.c, sack.c */
/* SEG.ACK is above SND.UNA: takes off what it covers. */
void xtcp_board_ack(struct xtcp_conn *c, const struct xtcp_seg *seg, struct xtcp_delivery *d);
/* SACK blocks of a segment whose ACK was taken. */
void xtcp_sack_take(struct xtcp_conn *c, const struct xtcp_seg *seg, struct xtcp_delivery *d);
void xtcp_mark_sacked(struct xtcp_conn *c, struct xtcp_tx *tx, const struct xtcp_seg *seg,
		      struct xtcp_delivery *d);
void xtcp_mark_lost(struct xtcp_conn *c, struct xtcp_tx *tx);
/* Takes marks (enum xtcp_mark) off everything. */
void xtcp_unmark(struct xtcp_conn *c, u8 marks);
/* Bytes in flight that have gone more than once. */
u32 xtcp_board_resent(struct xtcp_conn *c);
/* The first descriptor that is lost; NULL if none is. */
struct xtcp_tx *xtcp_first_lost(struct xtcp_conn *c);
/* tx leaves, for the first time or again. */
void xtcp_board_sent(struct xtcp_conn *c, struct xtcp_tx *tx, u64 now_us);

/* Loss by time, and the probe of the tail: core/rack.c, tlp.c (RFC 8985) */
void xtcp_rack_delivered(struct xtcp_conn *c, const struct xtcp_tx *tx, u32 end,
			 const struct xtcp_seg *seg);
void xtcp_rack_widen(struct xtcp_conn *c);	/* what went again had not been lost */
void xtcp_rack_recovered(struct xtcp_conn *c);
/* Marks what must be lost by now, and arms the timer for what may be. */
void xtcp_rack_detect(struct xtcp_conn *c, u64 now_us);
/* After a timeout: the first segment, and all whose time has passed. */
void xtcp_rack_on_rto(struct xtcp_conn *c, u64 now_us);
void xtcp_tlp_schedule(struct xtcp_conn *c, u64 now_us);
void xtcp_tlp_sent(struct xtcp_conn *c, bool again);
void xtcp_tlp_on_ack(struct xtcp_conn *c, const struct xtcp_delivery *d);

/* Phases of recovery: core/recovery.c; without SACK: core/newreno.c */
void xtcp_recovery_on_ack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d);
void xtcp_recovery_on_rto(struct xtcp_conn *c, u64 now_us);
void xtcp_recovery_enter(struct xtcp_conn *c, const struct xtcp_delivery *d);
void xtcp_recovery_leave(struct xtcp_conn *c);
void xtcp_newreno_on_ack(struct xtcp_conn *c, u64 now_us, const struct xtcp_delivery *d);
/* One segment from SND.UNA on is lost, and goes at once; as soon as memory lets it. */
void xtcp_newreno_first_lost(struct xtcp_conn *c);

/* Reductions that were in vain: core/undo.c */
void xtcp_undo_arm(struct xtcp_conn *c);
void xtcp_undo_sent_again(struct xtcp_conn *c, u32 len);
/* Takes the reduction back if this ACK proves that nothing was lost. */
bool xtcp_undo_on_ack(struct xtcp_conn *c, const struct xtcp_delivery *d);
void xtcp_undo(struct xtcp_conn *c, const struct xtcp_delivery *d);

/* Congestion window validation: core/validate.c */
/* Initial window (RFC 6928) in bytes. */
u32 xtcp_initial_window(const struct xtcp_conn *c);
/* New text is about to go; harmless if told twice. */
void xtcp_validate_on_send(struct xtcp_conn *c, u64 now_us);
/* An ACK found flight bytes in flight; false if the window must not grow. */
bool xtcp_validate_on_ack(struct xtcp_conn *c, u32 flight, u64 now_us);
/* What to reduce the window from, instead of flight, when a recovery begins. */
u32 xtcp_validate_on_loss(struct xtcp_conn *c, u32 flight);
/* The recovery is over: ssthresh is what the window will be. */
void xtcp_validate_recovered(struct xtcp_conn *c);

/* Pacing: core/pace.c */
/* What the connection's rate should be, in bytes per second; 0: not known. */
u64 xtcp_pace_rate(const struct xtcp_conn *c);
/* Does anybody pace it? */
bool xtcp_paced(const struct xtcp_conn *c);
/* Bytes that may leave at once. */
u32 xtcp_pace_quantum(const struct xtcp_conn *c);
/* Is it too early for text? Then the timer is armed. */
bool xtcp_pace_holds(struct xtcp_conn *c, u64 now_us);
void xtcp_pace_on_sent(struct xtcp_conn *c, u32 len, u64 now_us);

/* Windows and acknowledgments: core/window.c, delack.c */
u8 xtcp_wscale_for(u32 buffer);
/* Moves rcv.edge as far as the rules allow; returns SEG.WND for the wire. */
u16 xtcp_window_select(struct xtcp_conn *c, bool syn);
/* Of what is free, as much as a SYN may offer. */
u32 xtcp_window_first(const struct xtcp_limits *limits, const struct xtcp_sysctls *k);
/* The user has read: rcv.copied has advanced, limits are fresh. */
void xtcp_data_consumed(struct xtcp_conn *c);
/* Text is kept behind a hole; limits are those from before it came. */
void xtcp_grow_for_hole(struct xtcp_conn *c);
void xtcp_delack_init(struct xtcp_conn *c);
/* How long an ACK may wait; and the user's word on it, from now on. */
u32 xtcp_delack_most_us(const struct xtcp_conn *c);
void xtcp_delack_bound(struct xtcp_conn *c, u32 most_us);
void xtcp_delack_on_text(struct xtcp_conn *c, const struct xtcp_seg *seg, u64 now_us);
void xtcp_delack_on_sent(struct xtcp_conn *c, u64 now_us);
void xtcp_delack_on_read(struct xtcp_conn *c);
void xtcp_ack_now(struct xtcp_conn *c);
void xtcp_ack_later(struct xtcp_conn *c, u64 now_us);	/* alone or with text */
void xtcp_delack_wish(struct xtcp_conn *c, bool quick);	/* the user's, for a while */
/* With the user's first text, which is expected; as late as may be if there is none. */
void xtcp_ack_with_text(struct xtcp_conn *c, u64 now_us);
/* A segment behind a hole was kept: an ACK at once, or soon (core/compress.c). */
void xtcp_compress_ack(struct xtcp_conn *c, u64 now_us);
void xtcp_compress_sent(struct xtcp_conn *c);
/* As xtcp_ack_now(), but not more often than invalid_ratelimit (RFC 5961 7). */
void xtcp_challenge_ack(struct xtcp_conn *c, u64 now_us);
/* The same for a segment that may be nobody's attack. */
void xtcp_ack_stray(struct xtcp_conn *c, u64 now_us, enum xtcp_mib_id skipped);
void xtcp_persist_start(struct xtcp_conn *c, u64 now_us);

static inline bool xtcp_fin_sent(const struct xtcp_conn *c)
{
	return c->snd.fin_queued && xtcp_seq_gt(c->snd.nxt, c->txq.end);
}

/* Bytes that are taken to be in the network: "pipe". */
static inline u32 xtcp_flight(const struct xtcp_conn *c)
{
	return c->snd.nxt - c->snd.una - c->board.sacked - c->board.lost;
}

/* End of a descriptor. */
static inline u32 xtcp_tx_end(const struct xtcp_tx *tx)
{
	return tx->seq + tx->len;
}

static inline u32 xtcp_rcv_wnd(const struct xtcp_conn *c)
{
	return c->rcv.edge - c->rcv.nxt;
}

/* Text queued and not yet acknowledged, in bytes; FIN and SYN don't count. */
static inline u32 xtcp_unacked(const struct xtcp_conn *c)
{
	return xtcp_seq_gt(c->txq.end, c->snd.una) ? c->txq.end - c->snd.una : 0;
}

/* Has the peer's FIN been reached? True also after the connection has died. */
static inline bool xtcp_at_fin(const struct xtcp_conn *c)
{
	return c->rcv.fin_known && xtcp_seq_gt(c->rcv.nxt, c->rcv.fin_seq);
}

/* Text ready to be read, in bytes; poll() asks without the lock. */
static inline u32 xtcp_readable(const struct xtcp_conn *c)
{
	return READ_ONCE(c->rcv.nxt) - READ_ONCE(c->rcv.copied) - xtcp_at_fin(c);
}

/* Urgent text: core/urgent.c */
enum xtcp_drop xtcp_urgent(struct xtcp_conn *c, struct xtcp_arrival *a);
/* Of len bytes from seq on, those that a reader gets before the mark behind seq. */
u32 xtcp_urgent_limit(const struct xtcp_conn *c, u32 seq, u32 len);
/* rcv.copied has advanced: a mark behind it is forgotten. */
void xtcp_urgent_read(struct xtcp_conn *c);
/* All that is queued is urgent. */
void xtcp_urgent_send(struct xtcp_conn *c);
/* Is there urgent text from seq on? */
bool xtcp_urgent_unsent(const struct xtcp_conn *c, u32 seq);
void xtcp_urgent_plan(struct xtcp_conn *c, struct xtcp_plan *plan);
void xtcp_urgent_sent(struct xtcp_conn *c, const struct xtcp_plan *plan);

/* poll() asks without the lock. */
static inline bool xtcp_urgent_at(const struct xtcp_conn *c, u32 seq)
{
	return READ_ONCE(c->urgent.state) && READ_ONCE(c->urgent.mark) == seq;
}

/* ISN of RFC 6528: hash is F() of 4-tuple and secret. core/isn.c */
u32 xtcp_isn(u32 hash, u64 now_us);

#endif /* _XTCP_CONN_H */
