/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments for which there is no full connection: to a listener, to a request
 * (a half-open passive connection), to a TIME-WAIT, to nobody. All of it is
 * pure: a segment and a small object in, a verdict and perhaps a reply out.
 */
#ifndef _XTCP_LISTEN_H
#define _XTCP_LISTEN_H

#include <xtcp/conn.h>

/* Reply of RFC 9293 3.10.7.1; false if the segment deserves none. */
bool xtcp_reset_reply(const struct xtcp_seg *seg, struct xtcp_plan *plan);

enum xtcp_listen_verdict {
	XTCP_LISTEN_IGNORE,
	XTCP_LISTEN_RESET,	/* send *plan */
	XTCP_LISTEN_REQUEST,	/* a SYN: make a request */
};

/* A SYN with FIN opens and closes at once: nobody means that. */
static inline bool xtcp_opens(u16 flags)
{
	return (flags & (XTCP_SYN | XTCP_ACK | XTCP_RST | XTCP_FIN)) == XTCP_SYN;
}

enum xtcp_listen_verdict xtcp_listen_segment(const struct xtcp_seg *seg,
					     struct xtcp_plan *plan);

/**
 * struct xtcp_half - a connection in SYN-RECEIVED that a listener made
 * @irs: their initial sequence number
 * @iss: ours
 * @mss_peer: as announced; 0 if not
 * @mss_adv: what we announce
 * @rcv_wnd: what we offer in the SYN,ACK, in bytes
 * @wscale_peer: their shift, valid if @wscale_ok
 * @wscale: ours
 * @ecn_ok: both ends do explicit congestion notification
 * @accecn: accurately (RFC 9768)
 * @accecn_able: we would have been willing to do so
 * @accecn_bare: a SYN came that did not ask
 * @accecn_option: the first SYN,ACK has the option of accurate ECN
 * @syn_again: the SYN came again, valid if @accecn
 * @syn_ecn: enum xtcp_ecn_codepoint of the last SYN
 * @ecn_all: our algorithm needs it: all that we send is ECN-capable
 * @sack_ok: both ends take SACK blocks
 * @ts_ok: both ends use timestamps
 * @ts_offset: of our timestamps; chosen by the caller as the ISN is
 * @ts_recent: timestamp of their SYN
 * @timeouts: times that the SYN,ACK was due again
 * @retransmits: times that it was sent then
 * @defer: so many timeouts the request waits for text
 * @acked: the ACK has come, without text
 * @sent_us: when the first SYN,ACK was sent; 0: unknown, it was a cookie
 * @last_us: when the last one was
 */
struct xtcp_half {
	u64 sent_us;
	u64 last_us;
	u32 irs;
	u32 iss;
	u32 ts_offset;
	u32 ts_recent;
	u16 mss_peer;
	u16 mss_adv;
	u16 rcv_wnd;
	u8 wscale_peer;
	u8 wscale;
	u8 timeouts;
	u8 retransmits;
	u8 defer;
	bool acked;
	bool wscale_ok;
	bool ts_ok;
	bool sack_ok;
	bool ecn_ok;
	bool ecn_all;
	bool accecn;
	bool accecn_able;
	bool accecn_bare;
	bool accecn_option;
	bool syn_again;
	u8 syn_ecn;
};

enum xtcp_half_verdict {
	XTCP_HALF_DROP,
	XTCP_HALF_SYN_ACK,	/* same SYN again: send the SYN,ACK again */
	XTCP_HALF_REPLY,	/* send *plan, keep the request */
	XTCP_HALF_RST,		/* a RST: forget the request */
	XTCP_HALF_RESET,	/* send *plan, a RST, and forget the request */
	XTCP_HALF_REPLACE,	/* another SYN: forget it, treat as new (mission D20) */
	XTCP_HALF_WAIT,		/* the ACK has come: wait for text */
	XTCP_HALF_ESTABLISH,	/* make a connection of it */
};

/*
 * Of limits: mss_adv; rcv_free, the initial window; rcv_max, to what it may
 * grow. The ISN is chosen by the caller, who sets ts_offset afterwards. cc: of
 * the listener.
 */
void xtcp_half_init(struct xtcp_half *h, const struct xtcp_seg *syn, u32 iss,
		    const struct xtcp_limits *limits, const struct xtcp_sysctls *k,
		    const struct xtcp_cc_ops *cc);
void xtcp_half_syn_ack(const struct xtcp_half *h, u64 now_us, struct xtcp_plan *plan);
/* The same SYN,ACK gives the client a cookie (RFC 7413 4.1.1). */
void xtcp_half_give(struct xtcp_plan *plan, const struct xtcp_fastopen_cookie *cookie);
enum xtcp_half_verdict xtcp_half_segment(struct xtcp_half *h, const struct xtcp_seg *seg,
					 struct xtcp_plan *plan);
/* When the SYN,ACK is due again, and whether it is to be given up then. */
u64 xtcp_half_deadline(const struct xtcp_half *h, const struct xtcp_sysctls *k);
bool xtcp_half_expired(const struct xtcp_half *h, u32 retries);
/*
 * The retries that a listener can afford: it has so many requests, of which so
 * many are young, that is before their first timeout, and room for so many.
 */
u32 xtcp_half_patience(u32 retries, u32 requests, u32 young, u32 room);
/* It is due; true if it is to be sent. */
bool xtcp_half_timeout(struct xtcp_half *h);
/* The least number of timeouts that last so long, and how long they last. */
u8 xtcp_defer_timeouts(u32 seconds, const struct xtcp_sysctls *k);
u32 xtcp_defer_seconds(u8 timeouts, const struct xtcp_sysctls *k);
/*
 * c was initialised, its env and limits are set: puts it into SYN-RECEIVED;
 * the segment that completes the handshake goes to xtcp_segment_arrives()
 * next.
 */
void xtcp_conn_from_half(struct xtcp_conn *c, const struct xtcp_half *h, u64 now_us);

/**
 * struct xtcp_tw - a connection in TIME-WAIT
 * @snd_nxt: sequence number of what we send
 * @rcv_nxt: number behind their FIN
 * @ts_recent: TS.Recent
 * @wnd: window that our last ACK left, as the header has it
 * @seconds: of 2MSL; of the shell, as the last three
 * @ts_on: both ends use timestamps
 * @ts_shifted: ours have an offset, which is not kept: it can be made again
 * @chosen: the port was asked for by bind()
 * @reuse: the socket had SO_REUSEADDR
 * @reuseport: the socket had SO_REUSEPORT
 *
 * There are many of them: what is kept of each is as little as will do.
 */
struct xtcp_tw {
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 ts_recent;
	u16 wnd;
	u16 seconds:11;
	u16 ts_on:1;
	u16 ts_shifted:1;
	u16 chosen:1;
	u16 reuse:1;
	u16 reuseport:1;
};

enum xtcp_tw_verdict {
	XTCP_TW_DROP,
	XTCP_TW_ACK,		/* send *plan */
	XTCP_TW_RESTART,	/* send *plan, 2MSL starts again */
	XTCP_TW_KILL,		/* RST: CLOSED */
	XTCP_TW_SYN,		/* a new connection may begin; ISN from xtcp_tw_isn() */
};

void xtcp_tw_init(struct xtcp_tw *tw, const struct xtcp_conn *c);
/* ts_offset: of our timestamps, where they have one. */
enum xtcp_tw_verdict xtcp_tw_segment(struct xtcp_tw *tw, const struct xtcp_sysctls *k,
				     u32 ts_offset, const struct xtcp_seg *seg,
				     struct xtcp_plan *plan);
/*
 * May a connect() of ours take its place? picked: the port was not asked for by
 * bind(). age_us: since the peer was last heard.
 */
bool xtcp_tw_yields(const struct xtcp_tw *tw, const struct xtcp_sysctls *k, bool picked,
		    bool loopback, u64 age_us);
/* ISN beyond all that the old connection could send (RFC 9293 3.6.1). */
u32 xtcp_tw_isn(const struct xtcp_tw *tw);

#endif /* _XTCP_LISTEN_H */
