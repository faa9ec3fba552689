/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SYN cookies (RFC 4987 3.6): a SYN,ACK whose numbers say all that the listener
 * would have to remember, so that it remembers nothing (core/syncookie.c).
 */
#ifndef _XTCP_SYNCOOKIE_H
#define _XTCP_SYNCOOKIE_H

#include <xtcp/listen.h>

/* A cookie is good in the period in which it was sent and in the next one. */
#define XTCP_COOKIE_PERIOD_US	(60 * XTCP_USEC_PER_SEC)
#define XTCP_COOKIE_PERIODS	2

/* The number of the period, never 0. */
u32 xtcp_cookie_period(u64 now_us);

/*
 * What a SYN,ACK without memory can't carry is not agreed. h comes from
 * xtcp_half_init(); mss_default is that of a peer which announces none. Returns the index of its
 * MSS: plus a keyed hash of tuple, irs, terms and period it is the cookie, our ISN.
 */
u32 xtcp_cookie_trim(struct xtcp_half *h, u16 mss_default);
/* All that was agreed but for the MSS; the hash of the cookie has to cover it. */
u32 xtcp_cookie_terms(const struct xtcp_half *h);
/* To be sent once, as xtcp_half_syn_ack(). */
void xtcp_cookie_syn_ack(const struct xtcp_half *h, u64 now_us, struct xtcp_plan *plan);

/**
 * struct xtcp_syn_ack - that segment as it goes to the wire
 * @bytes: header, checksum 0
 * @len: its length
 * @ecn: enum xtcp_ecn_codepoint for its packet
 * @iss: its number
 */
struct xtcp_syn_ack {
	u8 bytes[XTCP_HEADER_MAX] __aligned(4);
	u8 len;
	u8 ecn;
	u32 iss;
};

void xtcp_cookie_header(const struct xtcp_half *h, u32 terms, u64 now_us, u16 sport, u16 dport,
			struct xtcp_syn_ack *header);

/* The SYN that ack, if it brings back a cookie, must have come after; without its MSS. */
void xtcp_cookie_syn(const struct xtcp_seg *ack, struct xtcp_seg *syn);
/* Is h->iss a cookie with this hash? Sets mss_peer. */
bool xtcp_cookie_open(struct xtcp_half *h, u32 hash);

#endif /* _XTCP_SYNCOOKIE_H */
