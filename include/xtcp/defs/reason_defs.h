/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a segment is sent; for tracing, and to tell retransmissions apart.
 *
 * XTCP_REASON(name, meaning)
 */
XTCP_REASON(SYN,	"opens a connection")
XTCP_REASON(NEW_DATA,	"text that goes for the first time")
XTCP_REASON(FIN,	"no more text will come")
XTCP_REASON(RETRANSMIT,	"text, SYN or FIN that seems to be lost")
XTCP_REASON(TLP,	"tail loss probe (RFC 8985 7)")
XTCP_REASON(MTU_PROBE,	"probe of the path MTU (RFC 4821)")
XTCP_REASON(PROBE,	"probe of a zero window")
XTCP_REASON(KEEPALIVE,	"probe of a silent peer")
XTCP_REASON(ACK,	"acknowledges, and nothing else")
XTCP_REASON(RESET,	"ends the connection, or denies that there is one")
