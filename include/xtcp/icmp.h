/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What routers tell of a path: core/icmp.c.
 */
#ifndef _XTCP_ICMP_H
#define _XTCP_ICMP_H

#include <xtcp/conn.h>

/* What is in flight and longer than len goes again; it tells nothing of congestion. */
void xtcp_longer_is_lost(struct xtcp_conn *c, u32 len);
/* limits.mss_path has changed; text sent in greater pieces goes again. */
void xtcp_pmtu_changed(struct xtcp_conn *c, u64 now_us);
/* Is the sequence number that an ICMP error quotes in flight (RFC 5927)? */
bool xtcp_icmp_plausible(const struct xtcp_conn *c, u32 seq);
/* An error that ends a connection attempt, and is remembered later. */
void xtcp_icmp_error(struct xtcp_conn *c, int err);

#endif /* _XTCP_ICMP_H */
