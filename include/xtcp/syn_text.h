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
/* Bytes of text that the SYN may take along. */
u32 xtcp_fastopen_room(const struct xtcp_conn *c);
/* The answer to our SYN; SND.UNA is behind the SYN. */
void xtcp_fastopen_answered(struct xtcp_conn *c, const struct xtcp_seg *seg);
/* Our SYN,ACK is acknowledged, and SND.UNA is behind it. */
void xtcp_fastopen_established(struct xtcp_conn *c, const struct xtcp_seg *seg);

/* May text go though the handshake is not complete? */
static inline bool xtcp_is_early(const struct xtcp_conn *c)
{
	return READ_ONCE(c->fastopen.early) && READ_ONCE(c->state) == XTCP_SYN_RECEIVED;
}

#endif /* _XTCP_SYN_TEXT_H */
