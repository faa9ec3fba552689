/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scripted peer with a virtual clock around one struct xtcp_conn: the shell
 * of the core in tests. A case says what the user and the peer do and when,
 * and compares what the connection sends with one line of text. After each
 * step the invariants of the connection and of all that it sends are checked.
 *
 * Sequence numbers in scripts and texts are relative: 0 is the SYN, 1 the
 * first byte of text. The real ones start a little below 2^32, so most cases
 * cross the wrap.
 */
#ifndef _KUNIT_PEER_H
#define _KUNIT_PEER_H

#include <kunit/test.h>
#include <xtcp/ecn.h>
#include <xtcp/icmp.h>
#include <xtcp/listen.h>

#define PEER_LOG	2048

static inline u64 ms(u64 n)
{
	return n * XTCP_USEC_PER_MSEC;
}

static inline u64 sec(u64 n)
{
	return n * XTCP_USEC_PER_SEC;
}

/**
 * struct peer_opts - how a connection comes to be; 0 means the default
 * @mss: announced by the peer; 1460
 * @mss_adv: limits.mss_adv; 1460
 * @mss_path: limits.mss_path; 1460
 * @gso: limits.gso_max; one MSS
 * @rcv_buf: receive buffer; 65535
 * @rcv_max: to what it may grow; @rcv_buf
 * @wnd: the peer's window as on the wire; 65535
 * @iss: our ISN
 * @irs: the peer's
 * @rtt_us: time from SYN to SYN,ACK; 1 ms
 * @wscale: the peer's shift, if @scaling
 * @scaling: the peer offers window scaling
 * @no_mss: the peer announces no MSS
 * @nodelay: Nagle is off
 * @ts: the peer uses timestamps: its clock ticks with ours, from PEER_TS on
 * @sack: the peer takes SACK blocks, and may send some
 * @ecn: the peer agrees to explicit congestion notification, or asks for it
 * @cc: congestion control; Reno, whose windows are easy to foresee
 * @knobs: changes tunables before the connection begins
 */
struct peer_opts {
	u16 mss;
	u16 mss_adv;
	u16 mss_path;
	u32 gso;
	u32 rcv_buf;
	u32 rcv_max;
	u16 wnd;
	u32 iss;
	u32 irs;
	u64 rtt_us;
	u8 wscale;
	bool scaling;
	bool no_mss;
	bool nodelay;
	bool ts;
	bool sack;
	bool ecn;
	const struct xtcp_cc_ops *cc;
	void (*knobs)(struct xtcp_sysctls *knob);
};

/* What the texts of peer_effects() tell besides. */
enum peer_show {
	SHOW_TIME	= 1 << 0,	/* [ms] before each segment */
	SHOW_PSH	= 1 << 1,	/* P behind it */
	SHOW_ACK	= 1 << 2,	/* A<number> behind text and FIN too */
	SHOW_WND	= 1 << 3,	/* W<bytes> behind it */
	SHOW_SACK	= 1 << 4,	/* <first-end first-end> behind it */
};

/**
 * struct peer - the connection and its surroundings
 * @now: virtual time
 * @origin: what @at() counts from: the end of the handshake
 * @wnd: window as on the wire in all that the peer sends from now on
 * @irs: the peer's ISN
 * @iss: ours
 * @written: bytes that the user has queued
 * @read: bytes that the user has read
 * @rcv_used: bytes in receive queues
 * @echo: timestamp of ours that the peer echoes: of the last segment sent
 * @edge: greatest right edge that we announced, valid if @edge_known
 * @drop: verdict over the last segment that arrived
 * @last: the last segment that was sent
 * @nr_sent: segments sent
 * @fail_cuts: so many calls of env.cut will fail
 * @fail_sends: for so many segments memory is short
 * @nr_tx: descriptors of text that exist
 * @nr_rxd: the same of received text
 * @wake: what the user was told since the last look
 * @show: enum peer_show
 * @force_full: limits.rcv_full whatever is queued
 * @force_short: limits.rcv_short
 * @output: takes what is sent instead of the log, for the simulation
 */
struct peer {
	struct kunit *test;
	struct xtcp_conn conn;
	struct xtcp_env env;
	struct peer_opts opts;
	u64 now;
	u64 origin;
	u16 wnd;
	u32 irs;
	u32 iss;
	u32 written;
	u32 read;
	u32 rcv_used;
	u32 rcv_buf;
	u32 echo;
	u32 edge;
	bool edge_known;
	enum xtcp_drop drop;
	struct xtcp_plan last;
	u32 nr_sent;
	int fail_cuts;
	int fail_sends;
	int nr_tx;
	int nr_rxd;
	u8 wake;
	u8 show;
	bool force_full;
	bool force_short;
	void (*output)(struct peer *p, const struct xtcp_plan *plan);
	void *priv;
	int log_at;
	char log[PEER_LOG];
	char told[PEER_LOG];
};

/* A run of text to send: where in the user's stream it lies. */
struct peer_tx {
	struct xtcp_tx tx;
	struct peer *peer;
	u32 offset;
	u32 len;
};

/* A run of received text: where in the peer's stream it lies. */
struct peer_rxd {
	struct xtcp_rxd rxd;
	u32 offset;
	u32 seq;
	u32 len;
	u32 read;
};

/**
 * struct peer_seg - a segment from the peer, in relative numbers
 * @flags: XTCP_ACK if 0
 * @unit: size of what GRO has merged; @len if 0
 * @mss: option, if not 0
 * @urg: SEG.UP, with XTCP_URG
 * @shift: of the window scale option, if @scaling
 * @waited_us: how long ago it reached the host
 * @tsval: instead of the peer's clock, if not 0
 * @tsecr: instead of the last timestamp that was sent, if not 0
 * @no_ts: without timestamp
 * @ecn: enum xtcp_ecn_codepoint of its packet
 * @nr_sack: entries of @sack, in relative numbers
 * @accecn: option of accurate ECN: its kind, with @nr_marks entries of @marks
 * @fastopen: bytes of a Fast Open cookie, all of them 7
 * @fastopen_exp: in the option of the experiments
 */
struct peer_seg {
	u32 seq;
	u32 ack;
	u32 len;
	u16 flags;
	u32 unit;
	u16 mss;
	u16 urg;
	u8 shift;
	bool scaling;
	u64 waited_us;
	u32 tsval;
	u32 tsecr;
	bool no_ts;
	u8 ecn;
	u8 nr_sack;
	struct xtcp_sack_block sack[XTCP_MAX_SACK_BLOCKS];
	u8 accecn;
	u8 fastopen;
	bool fastopen_exp;
	u8 nr_marks;
	u32 marks[XTCP_MAX_MARKS];
};

/* What the peer's clock shows, if it uses timestamps. */
#define PEER_TS		0xfffffff0U
u32 peer_ts(const struct peer *p);

/* CLOSED, with everything set that connect() and listen() want. */
struct peer *peer_new(struct kunit *test, const struct peer_opts *opts);
/* SYN-SENT; the SYN was sent, and the log has it. */
struct peer *peer_connecting(struct kunit *test, const struct peer_opts *opts);
/* ESTABLISHED from our side, nothing in the log, time 0. */
struct peer *peer_established(struct kunit *test, const struct peer_opts *opts);
/* ESTABLISHED by a listener, the same. */
struct peer *peer_accepted(struct kunit *test, const struct peer_opts *opts);
/* In any state from SYN-SENT on: peer_established() and what leads there. */
struct peer *peer_in_state(struct kunit *test, enum xtcp_state state);

#define connecting(test, ...)	peer_connecting(test, &(struct peer_opts){ __VA_ARGS__ })
#define established(test, ...)	peer_established(test, &(struct peer_opts){ __VA_ARGS__ })
#define accepted(test, ...)	peer_accepted(test, &(struct peer_opts){ __VA_ARGS__ })

/* Fills conn.limits, as the shell does before each call. */
void peer_limits(struct peer *p);
/* Sends what there is to send, frees, takes the wake bits, checks. */
void peer_drive(struct peer *p);
void peer_arrives(struct peer *p, const struct xtcp_seg *seg, u32 offset);
void peer_recv(struct peer *p, const struct peer_seg *s);
struct xtcp_tx *peer_tx_alloc(struct peer *p, u32 offset, u32 len);
struct peer_rxd *peer_rxd_alloc(struct peer *p, u32 offset, u32 seq, u32 len);
void peer_rxd_free(struct peer *p, struct peer_rxd *rxd);
/* The user has read all of it. */
void peer_rxd_done(struct peer *p, struct xtcp_rxd *rxd);
/* What was sent since the last call. */
const char *peer_effects(struct peer *p);
u8 peer_wakes(struct peer *p);
void peer_clear_mibs(void);
unsigned long peer_mib(enum xtcp_mib_id id);
/* Tables as in sysctl_defs.h. */
void peer_default_knobs(struct xtcp_sysctls *knob);

/* Lets time pass until us after the handshake; timers fire when due. */
void at(struct peer *p, u64 us);
/* The same, us from now. */
static inline void after(struct peer *p, u64 us)
{
	at(p, p->now - p->origin + us);
}

/* SND.NXT, counted from the SYN. */
static inline u32 sent_to(const struct peer *p)
{
	return p->conn.snd.nxt - p->iss;
}

void write_bytes(struct peer *p, u32 n);
/* So many runs of n bytes, each acknowledged before the next. */
void pass_text(struct peer *p, u32 runs, u32 n);
/* The same in one descriptor of its own. */
void write_run(struct peer *p, u32 n);
void read_bytes(struct peer *p, u32 n);
/* shutdown(SHUT_WR), and close() */
void user_shutdown(struct peer *p);
void user_close(struct peer *p);
void user_abort(struct peer *p);
/* In order, without text. */
void recv_ack(struct peer *p, u32 ack);
void recv_ack_wnd(struct peer *p, u32 ack, u16 wnd);
/* len bytes from seq on; acknowledges all that we have sent. */
void recv_text(struct peer *p, u32 seq, u32 len);
void recv_fin(struct peer *p, u32 seq);
void recv_rst(struct peer *p, u32 seq);

#define recv_seg(p, ...)	peer_recv(p, &(struct peer_seg){ __VA_ARGS__ })

/* An ACK with SACK blocks: { first, end }, ... */
#define recv_sack(p, ackno, ...) \
	recv_seg(p, .seq = 1, .ack = (ackno), .sack = { __VA_ARGS__ }, \
		 .nr_sack = sizeof((struct xtcp_sack_block[]){ __VA_ARGS__ }) / 8)

#define expect(p, text) \
	KUNIT_EXPECT_STREQ((p)->test, peer_effects(p), text)
#define expect_state(p, name) \
	KUNIT_EXPECT_STREQ((p)->test, xtcp_state_name((p)->conn.state), #name)
#define expect_drop(p, name) \
	KUNIT_EXPECT_EQ((p)->test, (int)(p)->drop, (int)XTCP_DROP_##name)

#endif /* _KUNIT_PEER_H */
