/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of struct xtcp_conn (conn.h) but those of loss recovery (loss.h) and
 * of the queues (txq.h, rxq.h): what RFC 9293 3.3.1 calls the TCB.
 */
#ifndef _XTCP_TCB_H
#define _XTCP_TCB_H

#include <linux/types.h>
#include <xtcp/segment.h>

/**
 * struct xtcp_route - what `ip route` says of the way to the peer; 0 where it says nothing
 * @init_cwnd: initial congestion window in segments, instead of the tunable
 * @init_rwnd: segments that are offered until the first text is here, at most
 * @rto_min_us: floor of the RTO's variance, instead of the user's and the tunable
 * @window: bytes of text that may be offered, unless the user has a bound of his own
 * @quickack: each segment is acknowledged at once
 * @ecn: ask for ECN (RFC 3168) and agree to it, whatever the tunable says
 */
struct xtcp_route {
	u32 rto_min_us;
	u32 window;
	u16 init_cwnd;
	u16 init_rwnd;
	bool quickack;
	bool ecn;
};

/**
 * struct xtcp_limits - what the shell knows and core must
 * @mss_adv: MSS to announce: MTU of the interface less fixed headers
 * @mss_path: greatest text of a segment by path MTU
 * @mss_default: that of a peer that announces none: 536 or 1220
 * @gso_max: greatest text that may be handed down at once
 * @rcv_buf: receive buffer in bytes of text
 * @rcv_free: what of it is free
 * @rcv_max: to what @rcv_buf may grow; decides the window scale
 * @rcv_full: no room left but for the next segment in order
 * @rcv_short: memory is short, if not for this connection alone: promise little
 * @pace_max: bytes per second at most, by the user; 0 = no bound
 * @pace_by_qdisc: the qdisc paces
 * @urgent_inline: the octet at the urgent mark is read with the rest
 * @text_coming: in SYN-SENT: the user will send text as soon as he can
 * @route: what the host's administrator wants of this path
 */
struct xtcp_limits {
	u16 mss_adv;
	u16 mss_path;
	u16 mss_default;
	u32 gso_max;
	u32 rcv_buf;
	u32 rcv_free;
	u32 rcv_max;
	bool rcv_full;
	bool rcv_short;
	bool pace_by_qdisc;
	u64 pace_max;
	bool urgent_inline;
	bool text_coming;
	struct xtcp_route route;
};

/**
 * struct xtcp_snd - send sequence space (RFC 9293 3.3.1)
 * @una: oldest unacknowledged number
 * @nxt: next number to send
 * @wnd: window the peer offers, in bytes
 * @max_wnd: greatest window seen (SWS avoidance, RFC 5961 5.2)
 * @wl1: SEG.SEQ of the last window update
 * @wl2: SEG.ACK of the last window update
 * @iss: initial send sequence number
 * @small_end: end of the last segment below the MSS (Nagle after Minshall)
 * @mss: Eff.snd.MSS, less the timestamp of each segment
 * @mss_peer: what the peer announced
 * @wscale: shift of the windows that arrive
 * @fin_queued: a FIN follows the text of the transmit queue
 * @urgent: SND.UP is valid
 * @up: SND.UP: behind the last urgent octet
 */
struct xtcp_snd {
	u32 una;
	u32 nxt;
	u32 wnd;
	u32 max_wnd;
	u32 wl1;
	u32 wl2;
	u32 iss;
	u32 small_end;
	u16 mss;
	u16 mss_peer;
	u8 wscale;
	bool fin_queued;
	bool urgent;
	u32 up;
};

/**
 * struct xtcp_rcv - receive sequence space (RFC 9293 3.3.1)
 * @nxt: next number expected
 * @edge: right edge of the window that was announced; RCV.WND = edge - nxt
 * @copied: next number that the user will read; owned by the shell
 * @acked: last acknowledgment sent
 * @irs: initial receive sequence number
 * @fin_seq: number of the peer's FIN, valid if @fin_known
 * @drained: @copied when the window was last found to be drained
 * @unit: greatest segment seen, at most the MSS: what "full-sized" means
 * @wscale: shift of the windows that we send
 * @want_buf: bytes of text that the receive buffer should hold; the shell
 *	raises its buffer to it within its bounds
 */
struct xtcp_rcv {
	u32 nxt;
	u32 edge;
	u32 copied;
	u32 acked;
	u32 irs;
	u32 fin_seq;
	u32 drained;
	u32 want_buf;
	u16 unit;
	u8 wscale;
	bool fin_known;
};

/**
 * struct xtcp_user - what the user wants: passes to a listener's children, and to the
 *	next connection of the socket. Where a tunable has the same, 0 means what that says
 * @nodelay: small segments go at once (TCP_NODELAY)
 * @keepalive: a silent peer is probed (SO_KEEPALIVE)
 * @keep_probes: unanswered probes that end the connection
 * @thin_linear: with little in flight timeouts do not double at first
 * @syn_limit: how often a SYN goes again; of a listener, its SYN,ACKs
 * @linger2_s: life of an orphan in FIN-WAIT-2; below 0: none
 * @timeout_ms: how long he waits for an ACK; 0: as retries2 says
 * @keep_idle_ms: silence before the first probe
 * @keep_intvl_ms: from one probe to the next
 * @rto_min_us: as the tunable of this name
 * @rto_max_ms: as the tunable of this name
 * @delack_max_us: as delack_max_ms
 */
struct xtcp_user {
	bool nodelay;
	bool keepalive;
	bool thin_linear;
	u8 keep_probes;
	u8 syn_limit;
	s16 linger2_s;
	u32 timeout_ms;
	u32 keep_idle_ms;
	u32 keep_intvl_ms;
	u32 rto_min_us;
	u32 rto_max_ms;
	u32 delack_max_us;
};

/**
 * struct xtcp_rtt - estimator (RFC 6298)
 * @srtt_us: smoothed round-trip time; 0 before the first sample
 * @rttvar_us: its variation
 * @rto_us: retransmission timeout without back-off
 * @sample_us: what was measured last; for tracing
 * @backoff: doublings in force
 */
struct xtcp_rtt {
	u32 srtt_us;
	u32 rttvar_us;
	u32 rto_us;
	u32 sample_us;
	u8 backoff;
};

/**
 * struct xtcp_delack - when to acknowledge (RFC 9293 3.8.6.3)
 * @quick: segments to acknowledge at once before delaying begins
 * @pushed: the text that arrived last was pushed: the sender has no more
 * @answers: the user answers what comes, and his text carries the ACKs
 * @replies: times that he has, since that was last found to be otherwise
 * @ato_us: how long an ACK waits, by the gaps between what arrives
 * @last_data_us: when text last arrived
 */
struct xtcp_delack {
	u8 quick;
	bool pushed;
	bool answers;
	u8 replies;
	u32 ato_us;
	u64 last_data_us;
};

/**
 * struct xtcp_compress - ACKs of text behind a hole (core/compress.c)
 * @hole: RCV.NXT when @asked began
 * @asked: segments that have asked for an ACK since, as far as each gets one
 * @held: those that have waited since the last ACK was sent
 */
struct xtcp_compress {
	u32 hole;
	u8 asked;
	u8 held;
};

/**
 * struct xtcp_persist - probes of a closed window; xtcp_conn.retransmits
 *	counts the unanswered
 * @backoff: doublings of the time between them
 * @since_us: since when the window has been closed with text waiting
 */
struct xtcp_persist {
	u8 backoff;
	u64 since_us;
};

/**
 * struct xtcp_ts - timestamps (RFC 7323 3, 5)
 * @on: offered in our SYN, and kept up once theirs has offered them too
 * @offset: of our clock, which ticks in milliseconds; the shell's choice,
 *	the same for all connections between two hosts
 * @recent: TS.Recent
 * @recent_us: when it was taken; 0: there is none
 */
struct xtcp_ts {
	bool on;
	u32 offset;
	u32 recent;
	u64 recent_us;
};

/**
 * struct xtcp_ecn - explicit congestion notification (RFC 3168)
 * @asked: our SYN asked for it
 * @on: both ends do it
 * @seen: an ECN-capable segment has come
 * @echo: a mark has come, and no CWR since
 * @reduced: cwnd was reduced, which CWR is to tell
 * @high: SND.NXT then: marks up to there are of the same congestion
 */
struct xtcp_ecn {
	bool asked;
	bool on;
	bool seen;
	bool echo;
	bool reduced;
	u32 high;
};

#define XTCP_PIPE_PARTS	4

/**
 * struct xtcp_validate - is the congestion window still used (core/validate.c)?
 * @since_us: begin of the time of which @used tells (RFC 2861), or when it
 *	was last known to be (RFC 7661); 0: not yet
 * @restarted_us: when the window was last reduced because nothing was sent
 * @used: greatest flight since @since_us (RFC 2861)
 * The rest is of RFC 7661:
 * @loss_flight: what the window was reduced from when the recovery began; 0:
 *	it was a validated one
 * @round_end: SND.NXT when the round began
 * @round_cwnd: cwnd then
 * @round_base: bytes delivered by then
 * @part_us: when the newest part of the sampling period began
 * @pipe: most bytes of a round, of each part, the newest first
 * @measuring: the fields of the round are valid
 * @defined: a round has ended since
 * @unvalidated: in the non-validated phase
 */
struct xtcp_validate {
	u64 since_us;
	u64 restarted_us;
	u32 used;
	u32 loss_flight;
	u32 round_end;
	u32 round_cwnd;
	u64 round_base;
	u64 part_us;
	u32 pipe[XTCP_PIPE_PARTS];
	bool measuring;
	bool defined;
	bool unvalidated;
};

#define XTCP_ACE_INITIAL	5	/* RFC 9768 3.2.1 */

/* Counters of bytes by codepoint, as order 0 of the option has them (RFC 9768 3.2.3). */
enum xtcp_accecn_counter {
	XTCP_MARKS_ECT_0,
	XTCP_MARKS_CE,
	XTCP_MARKS_ECT_1,
};

enum xtcp_accecn_input {
	XTCP_ACCECN_ABSENT,	/* no option has come */
	XTCP_ACCECN_HEEDED,
	XTCP_ACCECN_IGNORED,	/* somebody clears it */
};

/**
 * struct xtcp_accecn_option - the option of accurate ECN (core/accecn_option.c);
 *	counters by enum xtcp_accecn_counter
 * @received: bytes of text that came: r.e0b, r.ceb, r.e1b
 * @told: bytes of ours that came, as the peer tells: s.e0b, s.ceb, s.e1b
 * @sent_us: when an option left
 * @unsent: bytes counted in @received since
 * @edge: right edge of the window that the last ACK without an option offered
 * @trial_end: end of the first text with an option, valid if @trial
 * @guessed: marked bytes that ACE has told since the peer's last option
 * @covered: bytes that were delivered since then
 * @ever: bit i: counter i of @received has changed
 * @owed: bit i: it has changed since the last option that left
 * @last: the counter that changed last
 * @changes: so many more options are due because another one did
 * @input: enum xtcp_accecn_input: what the peer sends
 * @ace: ACE beside the peer's last option
 * @odd: options in a row of the peer that did not agree with ACE
 * @strikes: times that text came again which was acknowledged with an option
 * @off: options seem to be dropped on the way
 * @proved: one of ours got through
 * @trial: text with an option has left
 * @last_ack: the last ACK had one
 * @try_ack: the next pure ACK tries whether it gets through
 * @try_text: so does the first text
 * @wants_ack: an option is due that text left no room for
 */
struct xtcp_accecn_option {
	u32 received[XTCP_MAX_MARKS];
	u32 told[XTCP_MAX_MARKS];
	u64 sent_us;
	u32 unsent;
	u32 edge;
	u32 trial_end;
	u32 guessed;
	u32 covered;
	u8 ever;
	u8 owed;
	u8 last;
	u8 changes;
	u8 input;
	u8 ace;
	u8 odd;
	u8 strikes;
	bool off;
	bool proved;
	bool trial;
	bool last_ack;
	bool try_ack;
	bool try_text;
	bool wants_ack;
};

#define XTCP_ROUNDS_OVER	0xff

/**
 * struct xtcp_accecn - accurate ECN (RFC 9768); xtcp_ecn.on is set too
 * @asked: our SYN asked for it
 * @on: both ends do it
 * @mute: what we send is not ECN-capable: somebody changes its marks
 * @deaf: what the peer tells of marks is not heeded: somebody changes it
 * @checked: the first count of the peer was looked at
 * @greet: the next pure ACK tells of the SYN,ACK
 * @syn_marked: the peer got our SYN or SYN,ACK marked
 * @marked_last: the packet that came last was marked
 * @syn_ecn: enum xtcp_ecn_codepoint of the peer's last SYN or SYN,ACK
 * @rounds: round trips of which every byte came marked, from the first on;
 *	XTCP_ROUNDS_OVER once one did not
 * @round_end: SND.NXT when the round began
 * @untold: marked packets since our last ACK
 * @received: marked packets: r.cep
 * @told: marked packets of ours, as the peer tells: s.cep
 * @stretch: packets that an ACK acknowledges on average, in eighths
 * @marked: bytes that congestion control is yet to hear of
 * @option: the option beside the flags
 */
struct xtcp_accecn {
	bool asked;
	bool on;
	bool mute;
	bool deaf;
	bool checked;
	bool greet;
	bool syn_marked;
	bool marked_last;
	u8 syn_ecn;
	u8 rounds;
	u32 round_end;
	u32 untold;
	u32 received;
	u32 told;
	u32 stretch;
	u32 marked;
	struct xtcp_accecn_option option;
};

/**
 * struct xtcp_pace - the pacing clock
 * @next_ns: when the next text may leave, in ns of the same origin
 * @late: the timer has fired for it and nothing has left since
 */
struct xtcp_pace {
	u64 next_ns;
	bool late;
};

enum xtcp_urgent_state {
	XTCP_URGENT_NONE,	/* there is no mark */
	XTCP_URGENT_AWAITED,	/* its octet has not come */
	XTCP_URGENT_HERE,	/* the shell has its octet */
	XTCP_URGENT_TAKEN,	/* the user has taken it by itself */
};

/**
 * struct xtcp_urgent - received urgent text (RFC 9293 3.8.5, RFC 6093)
 * @mark: number of the last urgent octet, RCV.UP less one
 * @state: enum xtcp_urgent_state; poll() reads both without the lock
 */
struct xtcp_urgent {
	u32 mark;
	u8 state;
};

/**
 * struct xtcp_fastopen_cookie - a Fast Open cookie (RFC 7413 4.1.2)
 * @len: bytes of @val; 0: none
 * @exp: it belongs in the option of the experiments before RFC 7413, as the wish
 *	for one does where there is none
 * @val: the cookie
 */
struct xtcp_fastopen_cookie {
	u8 len;
	bool exp;
	u8 val[XTCP_FASTOPEN_MAX];
};

/* Why text of a SYN was not taken, by the numbers of tcpi_fastopen_client_fail. */
enum xtcp_fastopen_fail {
	XTCP_FASTOPEN_OK,
	XTCP_FASTOPEN_NO_COOKIE,	/* there was none to send */
	XTCP_FASTOPEN_NOT_ACKED,
	XTCP_FASTOPEN_SYN_LOST,		/* the SYN went again, without text */
};

/**
 * struct xtcp_fastopen - text in SYNs (core/fastopen.c)
 * @early: a SYN with a good cookie made the connection: in SYN-RECEIVED text
 *	goes already
 * @ask: our SYN has the option
 * @tried: a SYN of ours had the option, or text
 * @deferred: our SYN waits for the user's text
 * @sent: our SYN had text
 * @acked: text of a SYN was acknowledged, theirs or ours
 * @lost: our SYN had to go again
 * @learned: the SYN,ACK has brought @cookie
 * @fail: enum xtcp_fastopen_fail
 * @mss: text and options that a SYN may have; 0: the default of a peer
 * @cookie: for our next SYN or SYN,ACK; then what came
 */
struct xtcp_fastopen {
	bool early;
	bool ask;
	bool tried;
	bool deferred;
	bool sent;
	bool acked;
	bool lost;
	bool learned;
	u8 fail;
	u16 mss;
	struct xtcp_fastopen_cookie cookie;
};

#endif /* _XTCP_TCB_H */
