/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Congestion control: what an algorithm sees and which hooks it has. An
 * algorithm knows bytes and microseconds and neither connections nor sockets.
 * It is one file under module/cc/ and one row of cc_defs.h, or a module of its
 * own that includes this header (docs/congestion.md).
 */
#ifndef _XTCP_CC_H
#define _XTCP_CC_H

#include <linux/types.h>

/* "Arbitrarily high" (RFC 5681 3.1). */
#define XTCP_SSTHRESH_INFINITE	0x7fffffffU

/* The greatest window that scaling can announce (RFC 7323 2.3). */
#define XTCP_CWND_MAX		(1U << 30)

#define XTCP_CC_PRIV		16	/* words of 64 bits */
#define XTCP_CC_NAME_MAX	16	/* bytes with the 0, as TCP_CONGESTION has it */

struct module;
struct xtcp_cc_ops;

/**
 * struct xtcp_cc - congestion state of a connection
 * @ops: the algorithm
 * @cwnd: congestion window in bytes, at least one @mss
 * @ssthresh: slow start threshold in bytes
 * @mss: sender maximum segment size in bytes
 * @pacing_rate: bytes per second; 0 = not paced
 * @held: set by the algorithm: it sends less than the path takes, and samples of what is
 *	sent before that is delivered shall say so (@app_limited)
 * @priv: the algorithm's own; zeroed by xtcp_cc_choose()
 */
struct xtcp_cc {
	const struct xtcp_cc_ops *ops;
	u32 cwnd;
	u32 ssthresh;
	u32 mss;
	u64 pacing_rate;
	bool held;
	u64 priv[XTCP_CC_PRIV];
};

/**
 * struct xtcp_cc_sample - what one ACK tells
 * @acked: bytes that it newly acknowledges
 * @flight: bytes in flight before it
 * @cwnd_limited: the window, not the application, held data back
 * @now_us: when it arrived
 * @srtt_us: smoothed round-trip time
 * @rtt_us: round-trip time that this ACK measures; 0: it measures none
 * @una: SND.UNA behind it
 * @nxt: SND.NXT
 * @hystart: the tunable of that name
 * @paced: text leaves by a rate, not by ACKs
 * Of the delivery rate (rate.h); 0 where there is no sample:
 * @total: bytes delivered since the connection began
 * @newly: bytes that this ACK delivers, cumulatively or selectively
 * @lost: bytes taken for lost since the last ACK
 * @prior: @total when the newest of what it delivers was sent
 * @delivered: bytes delivered since then
 * @interval_us: in what time; 0: cannot be told
 * @app_limited: the application had left the network idle then, or the algorithm (@held)
 * For @on_marks, with @acked, @una and @nxt alone, where @acked is of the ACK
 * field only:
 * @marked: bytes of @acked that met congestion, as the peer tells
 * For @control:
 * @in_flight: bytes in flight now
 * @recovery: lost text is being repaired
 */
struct xtcp_cc_sample {
	u64 now_us;
	u32 srtt_us;
	u32 rtt_us;
	u32 una;
	u32 nxt;
	u32 acked;
	u32 marked;
	u32 flight;
	bool cwnd_limited;
	bool hystart;
	bool paced;
	bool recovery;
	u32 in_flight;
	bool app_limited;
	u32 interval_us;
	u32 newly;
	u32 lost;
	u64 total;
	u64 prior;
	u64 delivered;
};

/**
 * struct xtcp_cc_ops - an algorithm. The hooks are called one at a time for each
 *	connection, in softirq or process context, and must not sleep
 * @name: as in TCP_CONGESTION
 * @owner: the module that it is of, THIS_MODULE there; NULL if it is of xtcp
 * @needs_ecn: connections ask for explicit congestion notification and agree
 *	to it whatever the tunable says, all of their segments are ECN-capable,
 *	and each mark is told as it comes (RFC 8257 3.2, 3.5)
 * @on_ack: new data was acknowledged outside of recovery: may grow cwnd
 * @control: sets cwnd and pacing_rate for each ACK, also in recovery: core then
 *	leaves the window alone but for a timeout. Instead of @on_ack: one of
 *	the two may be NULL
 * @on_marks: for each ACK of new data, in any phase, where both ends do
 *	explicit congestion notification; before all others. May be NULL
 * @on_ece: once for a window that met congestion: returns the new slow start
 *	threshold in bytes, which cwnd is lowered to. NULL: as @on_loss
 * @on_loss: data was lost, as duplicate ACKs or a timeout tell; returns the
 *	new slow start threshold in bytes. cwnd is as it was before.
 * @on_undo: what @on_loss was last told of had not been lost; the windows are
 *	what they were. May be NULL
 */
struct xtcp_cc_ops {
	const char *name;
	struct module *owner;
	bool needs_ecn;
	void (*on_ack)(struct xtcp_cc *cc, const struct xtcp_cc_sample *s);
	void (*control)(struct xtcp_cc *cc, const struct xtcp_cc_sample *s);
	void (*on_marks)(struct xtcp_cc *cc, const struct xtcp_cc_sample *s);
	u32 (*on_ece)(struct xtcp_cc *cc);
	u32 (*on_loss)(struct xtcp_cc *cc, u32 flight, bool timeout);
	void (*on_undo)(struct xtcp_cc *cc);
};

/*
 * For modules: others may use ops from now on, until the module goes. -EINVAL
 * if it has no owner, lacks a hook, or its name is not fit for a list of names;
 * -EEXIST if there is one of that name. May sleep.
 */
int xtcp_cc_register(const struct xtcp_cc_ops *ops);
/* From the module's exit function, which runs once nobody uses it any more. */
void xtcp_cc_unregister(const struct xtcp_cc_ops *ops);

#define XTCP_CC(name) extern const struct xtcp_cc_ops xtcp_cc_##name;
#include <xtcp/defs/cc_defs.h>
#undef XTCP_CC

/* Of those in cc_defs.h: NULL if there is none of that name; the default for NULL. */
const struct xtcp_cc_ops *xtcp_cc_find(const char *name);

/* The i-th of them; NULL behind the last. */
const struct xtcp_cc_ops *xtcp_cc_nth(unsigned int i);

/* Is it one of 1 to 15 letters, digits, '_' and '-'? */
bool xtcp_cc_is_name(const char *name);
/* Has it all that it must have, and such a name? */
bool xtcp_cc_is_whole(const struct xtcp_cc_ops *ops);

/* The algorithm begins with the windows as they are. */
void xtcp_cc_choose(struct xtcp_cc *cc, const struct xtcp_cc_ops *ops);

/* For algorithms: is the window used, and may it be greater? */
bool xtcp_cc_may_grow(const struct xtcp_cc *cc, const struct xtcp_cc_sample *s);

/* For algorithms: slow start (RFC 5681 3.1); returns what is left of acked. */
u32 xtcp_cc_slow_start(struct xtcp_cc *cc, u32 acked);

/**
 * struct xtcp_hystart - HyStart++ of a connection (RFC 9406 4.2); begins as 0
 * @window_end: the round ends when this is acknowledged
 * @last_us: least round-trip time of the round before
 * @current_us: that of this round so far
 * @baseline_us: @current_us when CSS began
 * @samples: round-trip times in this round, no more than decide
 * @css_rounds: rounds of CSS that are over
 * @css: conservative slow start
 * @started: the first round has begun
 */
struct xtcp_hystart {
	u32 window_end;
	u32 last_us;
	u32 current_us;
	u32 baseline_us;
	u8 samples;
	u8 css_rounds;
	bool css;
	bool started;
};

/* In the initial slow start, before any loss, and only if it is wanted. */
bool xtcp_hystart_applies(const struct xtcp_cc *cc, const struct xtcp_cc_sample *s);

/* For algorithms: slow start while it applies; sets ssthresh to end it. */
void xtcp_hystart_on_ack(struct xtcp_cc *cc, struct xtcp_hystart *h,
			 const struct xtcp_cc_sample *s, bool may_grow);

#endif /* _XTCP_CC_H */
