/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The deadlines of a connection.
 *
 * XTCP_TIMER(name, handler in core, what it means)
 */
XTCP_TIMER(RTO,		xtcp_rto_expired,	"retransmission timeout")
XTCP_TIMER(PERSIST,	xtcp_persist_expired,	"zero window probe or small-segment override")
XTCP_TIMER(REO,		xtcp_reo_expired,	"text that was overtaken is lost (RFC 8985 6.2)")
XTCP_TIMER(TLP,		xtcp_tlp_expired,	"tail loss probe (RFC 8985 7)")
XTCP_TIMER(DELACK,	xtcp_delack_expired,	"delayed acknowledgment")
XTCP_TIMER(COMPRESS,	xtcp_compress_expired,	"acknowledgment of text behind a hole")
XTCP_TIMER(FIN_WAIT_2,	xtcp_fin_wait_2_expired, "life of an orphan in FIN-WAIT-2")
XTCP_TIMER(KEEPALIVE,	xtcp_keepalive_expired,	"a silent peer is probed, or given up")
XTCP_TIMER(RETRY,	xtcp_retry_expired,	"what memory was too short for goes now")
XTCP_TIMER(PACE,	xtcp_pace_expired,	"time of the next paced segment")
