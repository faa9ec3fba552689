/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * sock_diag of xtcp sockets: NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY.
 *
 * A request is struct inet_diag_req_v2 of <linux/inet_diag.h> with sdiag_family
 * AF_XTCP (or what the module parameter "family" says) and sdiag_protocol
 * IPPROTO_TCP. With NLM_F_DUMP it is answered by all sockets, requests and
 * TIME-WAITs of the network namespace that are in one of the states
 * idiag_states (a bit for each number of /proc/net/tcp), have the ports
 * id.idiag_sport and id.idiag_dport where these are not 0, and pass the program
 * INET_DIAG_REQ_BYTECODE; without, by the one that id names with its cookie.
 * SOCK_DESTROY resets that one (CAP_NET_ADMIN).
 *
 * An answer is struct inet_diag_msg with idiag_family AF_INET or AF_INET6, with
 * the attributes of <linux/inet_diag.h> that bit (attribute - 1) of idiag_ext
 * asks for, and those below, where bit XTCP_DIAG_EXT_BIT does.
 */
#ifndef _UAPI_LINUX_XTCP_DIAG_H
#define _UAPI_LINUX_XTCP_DIAG_H

#include <linux/types.h>

/* Of idiag_ext. */
#define XTCP_DIAG_EXT_BIT	0x80

/* Attributes of an answer. Structures may grow at their ends. */
enum {
	XTCP_DIAG_CONN = 0x100,		/* struct xtcp_diag_conn */
	XTCP_DIAG_TIMERS,		/* __s64[]: us until each of timer_defs.h; below 0: off */
	XTCP_DIAG_LISTENER,		/* struct xtcp_diag_listener */
	XTCP_DIAG_REQUEST,		/* struct xtcp_diag_request */
};

/* Of struct xtcp_diag_conn.flags. */
enum {
	XTCP_DIAG_ORPHAN	= 1 << 0,	/* the user has closed it */
	XTCP_DIAG_PASSIVE	= 1 << 1,	/* it came from a listener */
	XTCP_DIAG_FIN_QUEUED	= 1 << 2,	/* our FIN waits or was sent */
	XTCP_DIAG_FIN_SENT	= 1 << 3,
	XTCP_DIAG_FIN_RCVD	= 1 << 4,	/* the peer's FIN is reached */
	XTCP_DIAG_CWND_LIMITED	= 1 << 5,	/* the congestion window held text back */
	XTCP_DIAG_CORKED	= 1 << 6,	/* TCP_CORK */
	XTCP_DIAG_NODELAY	= 1 << 7,	/* TCP_NODELAY */
	XTCP_DIAG_KEEPALIVE	= 1 << 8,	/* SO_KEEPALIVE */
	XTCP_DIAG_RCV_SHORT	= 1 << 9,	/* memory for sockets is short */
};

/* Of struct xtcp_diag_conn.phase. */
enum {
	XTCP_DIAG_OPEN,		/* nothing is missing */
	XTCP_DIAG_RECOVERY,	/* fast recovery */
	XTCP_DIAG_LOSS,		/* after a timeout */
};

/**
 * struct xtcp_diag_conn - what moves a connection; numbers of bytes unless said
 * @iss: our initial sequence number
 * @irs: the peer's
 * @snd_una: oldest number that is not acknowledged
 * @snd_nxt: next number to send
 * @snd_end: number behind the last queued text
 * @snd_wnd: window of the peer
 * @snd_mss: text of a segment
 * @rcv_nxt: next number expected
 * @rcv_copied: next number that the user reads
 * @rcv_wnd: our window
 * @rcv_buf: text that the receive buffer may hold
 * @snd_buf: bytes of memory that the send buffer may take
 * @snd_used: of them, taken
 * @cwnd: congestion window
 * @ssthresh: its slow start threshold; 0xffffffff where none is known
 * @flight: taken to be in the network
 * @sacked: acknowledged behind holes
 * @lost: taken to be lost and not sent again
 * @behind_hole: segments of the peer that wait behind a hole
 * @srtt_us: smoothed round-trip time, microseconds
 * @rttvar_us: its variation
 * @rto_us: retransmission timeout with its back-off
 * @flags: XTCP_DIAG_ORPHAN and so on
 * @err: errno that ended it, or of the last ICMP error
 * @phase: XTCP_DIAG_OPEN and so on
 * @retransmits: timeouts in a row
 * @probes: zero window probes in a row
 * @keep_failed: keep-alive probes that nobody answered
 * @pace_bps: bytes per second that it is paced at; 0: not
 * @idle_us: since the peer was heard
 */
struct xtcp_diag_conn {
	__u32	iss;
	__u32	irs;
	__u32	snd_una;
	__u32	snd_nxt;
	__u32	snd_end;
	__u32	snd_wnd;
	__u32	snd_mss;
	__u32	rcv_nxt;
	__u32	rcv_copied;
	__u32	rcv_wnd;
	__u32	rcv_buf;
	__u32	snd_buf;
	__u32	snd_used;
	__u32	cwnd;
	__u32	ssthresh;
	__u32	flight;
	__u32	sacked;
	__u32	lost;
	__u32	behind_hole;
	__u32	srtt_us;
	__u32	rttvar_us;
	__u32	rto_us;
	__u32	flags;
	__u32	err;
	__u8	phase;
	__u8	retransmits;
	__u8	probes;
	__u8	keep_failed;
	__u32	reserved;
	__u64	pace_bps;
	__u64	idle_us;
};

/**
 * struct xtcp_diag_listener - the queues of a listener
 * @ready: connections that accept() may take
 * @backlog: as many and one more may be ready
 * @requests: SYNs that wait for the last acknowledgment of the handshake
 * @young: of these, answered once
 * @most_requests: as many there may be
 * @reserved: 0
 */
struct xtcp_diag_listener {
	__u32	ready;
	__u32	backlog;
	__u32	requests;
	__u32	young;
	__u32	most_requests;
	__u32	reserved;
};

/**
 * struct xtcp_diag_request - a SYN that was answered
 * @retransmits: of the SYN,ACK
 * @reserved: 0
 * @left_us: until the next, microseconds
 */
struct xtcp_diag_request {
	__u32	retransmits;
	__u32	reserved;
	__s64	left_us;
};

#endif /* _UAPI_LINUX_XTCP_DIAG_H */
