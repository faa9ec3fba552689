/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Explicit congestion notification (RFC 3168, RFC 9768) of struct xtcp_conn.
 */
#ifndef _XTCP_ECN_H
#define _XTCP_ECN_H

#include <linux/types.h>
#include <xtcp/conn.h>

/* Explicit congestion notification: core/ecn.c */
void xtcp_ecn_ask(struct xtcp_conn *c);
/* AE, ECE and CWR of our SYN or SYN,ACK. */
u16 xtcp_ecn_syn_flags(const struct xtcp_conn *c);
/* Their SYN or SYN,ACK in SYN-SENT. */
void xtcp_ecn_answered(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Does a SYN to a listener ask for it, and are we willing? */
bool xtcp_ecn_wanted(const struct xtcp_seg *syn, const struct xtcp_sysctls *k,
		     const struct xtcp_route *route, const struct xtcp_cc_ops *cc);
/* The handshake is complete, and cwnd is set. */
void xtcp_ecn_established(struct xtcp_conn *c);
void xtcp_ecn_received(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* True if the ACK has reduced cwnd. */
bool xtcp_ecn_on_ack(struct xtcp_conn *c, const struct xtcp_seg *seg,
		     const struct xtcp_delivery *d);
void xtcp_ecn_reduced(struct xtcp_conn *c);
/* The other options are in the plan. */
void xtcp_ecn_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan);
/* May owe an ACK behind the segment. */
void xtcp_ecn_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us);
/* GSO would clear CWR in all segments but the first, which means more in ACE. */
bool xtcp_ecn_forbids_gso(const struct xtcp_conn *c);

/* Accurate ECN: core/accecn.c */
enum xtcp_syn_asks {
	XTCP_ASKS_NOTHING,
	XTCP_ASKS_CLASSIC,	/* RFC 3168 */
	XTCP_ASKS_ACCURATE,	/* RFC 9768 */
};

enum xtcp_syn_asks xtcp_syn_asks(const struct xtcp_seg *syn);
/* Low bits of a count as flags. */
u16 xtcp_ace_flags(u32 count);
/* Flags that tell how the IP header of a SYN or SYN,ACK arrived. */
u16 xtcp_accecn_reflect(u8 codepoint);
/* Does the ACK of a SYN,ACK of which nothing is remembered come from who agreed to it? */
bool xtcp_accecn_speaks(const struct xtcp_seg *ack);
/* Do listeners agree to it? */
bool xtcp_accecn_able(const struct xtcp_sysctls *k);
/* The mode is entered; codepoint: of the peer's SYN or SYN,ACK. */
void xtcp_accecn_begin(struct xtcp_conn *c, u8 codepoint);
/* As xtcp_ecn_answered(), after a SYN that asked; false if there is no ECN at all. */
bool xtcp_accecn_answered(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* The peer's SYN again, in SYN-RECEIVED; false: it contradicts the first one (3.1.5). */
bool xtcp_accecn_same_syn(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* A SYN,ACK that has come before was answered. */
void xtcp_accecn_syn_again(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* The segment acknowledges our SYN,ACK. */
void xtcp_accecn_third_ack(struct xtcp_conn *c, const struct xtcp_seg *seg);
void xtcp_accecn_received(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Bytes that met congestion, as an ACK tells. */
u32 xtcp_accecn_marked(struct xtcp_conn *c, const struct xtcp_seg *seg,
		       const struct xtcp_delivery *d);
void xtcp_accecn_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan);
void xtcp_accecn_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us);

/* Its option: core/accecn_option.c */
/* Do we send it? */
bool xtcp_accecn_option_wanted(const struct xtcp_sysctls *k);
/* That of a SYN,ACK. */
void xtcp_accecn_option_initial(struct xtcp_options *opt);
void xtcp_accecn_option_begin(struct xtcp_conn *c);
void xtcp_accecn_option_received(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Text came that was acknowledged before. */
void xtcp_accecn_option_again(struct xtcp_conn *c);
void xtcp_accecn_option_fill(const struct xtcp_conn *c, u64 now_us, struct xtcp_plan *plan);
void xtcp_accecn_option_sent(struct xtcp_conn *c, const struct xtcp_plan *plan, u64 now_us);
/* The peer's first segment that may have it: its SYN,ACK or the ACK of ours. */
void xtcp_accecn_option_first(struct xtcp_conn *c, const struct xtcp_seg *seg);
/*
 * An ACK that delivers: true if its option tells how many more bytes came marked
 * than was known.
 */
bool xtcp_accecn_option_take(struct xtcp_conn *c, const struct xtcp_seg *seg,
			     const struct xtcp_delivery *d, u8 ace, u32 *marked);
/* Else, by ACE alone, they seem to be so many. */
void xtcp_accecn_option_guessed(struct xtcp_conn *c, const struct xtcp_seg *seg, u32 marked);

#endif
