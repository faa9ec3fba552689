/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in SYNs (core/fastopen.c, RFC 7413): what the shell and the files of core
 * that see SYNs ask for.
 */
#ifndef _XTCP_SYN_TEXT_H
#define _XTCP_SYN_TEXT_H

#include <xtcp/conn.h>

/*
 * c comes from xtcp_conn_from_half(), and the SYN in a had a good cookie: takes
 * its text, owes the SYN,ACK.
 */
void xtcp_fastopen_begin(struct xtcp_conn *c, struct xtcp_arrival *a);
/* The SYN that made the connection has come again. */
void xtcp_fastopen_syn_again(struct xtcp_conn *c, const struct xtcp_seg *syn);
/* The other options of our SYN or SYN,ACK are in the plan: adds its own, and text. */
void xtcp_fastopen_plan(struct xtcp_conn *c, struct xtcp_plan *plan);
/* The user has queued what his SYN has waited for: it may leave. */
void xtcp_fastopen_text_is_here(struct xtcp_conn *c, u64 now_us);
/* Bytes of text that the SYN may take along. */
u32 xtcp_fastopen_room(const struct xtcp_conn *c);
/* The answer to our SYN; SND.UNA is behind the SYN. */
void xtcp_fastopen_answered(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Our SYN,ACK is acknowledged, and SND.UNA is behind it. */
void xtcp_fastopen_established(struct xtcp_conn *c, const struct xtcp_seg *seg);

/*
 * Does somebody on the way swallow what follows a SYN of ours with the option or
 * with text? Then XTCP_WAKE_HOLE is set. A timeout, before it is counted; last:
 * the connection is given up.
 */
void xtcp_fastopen_timed_out(struct xtcp_conn *c, bool last);
/* A RST beyond RCV.NXT: the text before it is missing. */
void xtcp_fastopen_blind_reset(struct xtcp_conn *c);
/* Of the peer only a FIN has come, behind text that has not. */
bool xtcp_fastopen_fin_alone(const struct xtcp_conn *c);
/* Has text of the peer come? */
bool xtcp_fastopen_has_text(const struct xtcp_conn *c);

/* May text go though the handshake is not complete? */
static inline bool xtcp_is_early(const struct xtcp_conn *c)
{
	return READ_ONCE(c->fastopen.early) && READ_ONCE(c->state) == XTCP_SYN_RECEIVED;
}

#endif /* _XTCP_SYN_TEXT_H */
