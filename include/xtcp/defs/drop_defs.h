/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a segment was dropped. The second column names the kernel's drop
 * reason that tracing tools show for it, the third its counter, which is
 * shown as XtcpDrop....
 *
 * XTCP_DROP(name, SKB_DROP_REASON_..., counter, meaning)
 */
XTCP_DROP(NO_SOCKET,	NO_SOCKET,		"NoSocket",	"its owner has just gone, or a twin of it was quicker")
XTCP_DROP(NO_ROUTE,	IP_OUTNOROUTES,		"NoRoute",	"no way back: no route, or the address of many hosts")
XTCP_DROP(NO_MEMORY,	NOMEM,			"NoMemory",	"no memory for a connection")
XTCP_DROP(POLICY,	XFRM_POLICY,		"Policy",	"the host's IPsec policy refuses it")
XTCP_DROP(FILTER,	SOCKET_FILTER,		"Filter",	"a filter of the socket or of its cgroup refuses it")
XTCP_DROP(BACKLOG,	SOCKET_BACKLOG,		"Backlog",	"the socket is in use, and no more may wait for it")
XTCP_DROP(SYN_FULL,	SOCKET_BACKLOG,		"SYNFull",	"a SYN, and no room for another request")
XTCP_DROP(ACCEPT_FULL,	SOCKET_BACKLOG,		"AcceptFull",	"no room in the queue for accept()")
XTCP_DROP(CSUM,		TCP_CSUM,		"Csum",		"wrong checksum")
XTCP_DROP(HEADER,	PKT_TOO_SMALL,		"Header",	"malformed header")
XTCP_DROP(FLAGS,	TCP_FLAGS,		"Flags",	"flags that make no sense here, or no ACK")
XTCP_DROP(SEQUENCE,	TCP_INVALID_SEQUENCE,	"Sequence",	"outside the receive window")
XTCP_DROP(OLD_DATA,	TCP_OLD_DATA,		"OldData",	"all of it is already received")
XTCP_DROP(OLD_ACK,	TCP_OLD_ACK,		"OldAck",	"acknowledges too old data")
XTCP_DROP(UNSENT_ACK,	TCP_ACK_UNSENT_DATA,	"UnsentAck",	"acknowledges what was not sent")
XTCP_DROP(BAD_ACK,	TCP_INVALID_ACK_SEQUENCE,	"BadAck","acknowledges something else than our SYN")
XTCP_DROP(PAWS,		TCP_RFC7323_PAWS,	"PAWS",		"older than what came before it (RFC 7323 5)")
XTCP_DROP(NO_TIMESTAMP,	TCP_RFC7323_PAWS,	"NoTimestamp",	"without the timestamp that was agreed (RFC 7323 3.2)")
XTCP_DROP(RESET,	TCP_RESET,		"Reset",	"a RST, obeyed")
XTCP_DROP(BLIND_RESET,	TCP_INVALID_SEQUENCE,	"BlindReset",	"a RST that must prove itself (RFC 5961 3.2)")
XTCP_DROP(SYN,		TCP_INVALID_SYN,	"SYN",		"a SYN inside a connection (RFC 5961 4.2)")
XTCP_DROP(CLOSED,	TCP_CLOSE,		"Closed",	"the user has closed, data is unwelcome")
XTCP_DROP(OFO_FULL,	TCP_OFO_DROP,		"OFOFull",	"out of order and no room")
XTCP_DROP(MIN_TTL,	TCP_MINTTL,		"MinTTL",	"from farther away than the user lets it (RFC 5082)")
XTCP_DROP(QUEUE_FULL,	SOCKET_RCVBUFF,		"QueueFull",	"in order and no room")
