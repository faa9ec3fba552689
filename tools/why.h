/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket waits for, in words.
 */
#ifndef _XTCP_TOOLS_WHY_H
#define _XTCP_TOOLS_WHY_H

#include <stdio.h>
#include "diag.h"

/* Of what holds back text that was not sent yet. */
enum why {
	WHY_NOTHING,		/* there is none */
	WHY_HANDSHAKE,
	WHY_CLOSED_WINDOW,
	WHY_PEER_WINDOW,
	WHY_CWND,
	WHY_PACED,
	WHY_MEMORY,
	WHY_CORKED,
	WHY_NAGLE,
	WHY_SMALL,		/* the silly window rule */
	WHY_SOON,		/* nothing that can be seen from here */
};

enum why why_unsent(const struct diag_socket *s);

/* Text that the peer has not acknowledged, and of it what was not sent yet; our FIN not counted. */
uint32_t why_queued_bytes(const struct diag_socket *s);
uint32_t why_unsent_bytes(const struct diag_socket *s);

/* Established, but not accepted yet. */
bool why_is_unclaimed(const struct diag_socket *s);

/* One line: what it waits for. Writes at most size bytes. */
char *why_short(char *out, size_t size, const struct diag_socket *s);

/* Sentences, one behind the other. */
void why_tell(FILE *f, const struct diag_socket *s);

#endif /* _XTCP_TOOLS_WHY_H */
