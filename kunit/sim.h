/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two connections and a link between them that loses, delays, doubles,
 * reorders and damages, all by one seed and in virtual time: what happened
 * once happens again.
 */
#ifndef _KUNIT_SIM_H
#define _KUNIT_SIM_H

#include "peer.h"

enum sim_middlebox {
	SIM_LETS_THROUGH,
	SIM_DROPS,		/* every segment that has it */
	SIM_STRIPS,
	SIM_CLEARS,		/* the counters in it */
	SIM_NR_MIDDLEBOXES
};

/**
 * struct sim_opts - the network and what is sent over it
 * @seed: of all that is random
 * @loss: of 1000 packets, so many are lost
 * @dup: the same for those that arrive twice
 * @reorder: the same for those that are held back
 * @delay_us: one way
 * @jitter_us: a packet that is held back comes up to this later
 * @bytes: that each end writes
 * @rcv_buf: receive buffer of both
 * @mss: of both
 * @gso: greatest segment handed to the link at once
 * @scaling: the listener's end scales windows
 * @simultaneous: both ends call connect()
 * @pauses: the writer takes its time
 * @lazy_reader: reads in little pieces, now and then
 * @cut_fails: of 100 calls of env.cut, so many fail
 * @timestamps: bit 0: one end wants them, bit 1: the other does
 * @sack: the same for selective acknowledgments
 * @ecn: the tunable of each end
 * @ecn_option: the tunable of both
 * @middlebox: enum sim_middlebox: what becomes of the option of accurate ECN
 * @mark: of 1000 packets that are ECN-capable, so many are marked
 * @cc: congestion control of both; NULL for the default
 * @rate: of each direction in bytes of packets a second; 0 for no limit
 * @queue: bytes that may wait for @rate, of each direction; what comes on
 *	top is dropped
 * @ack_loss: of 1000 segments without text to end 0, so many are lost besides
 * @burst_begins: of 1000 packets, after so many the link turns bad
 * @burst_ends: the same for a bad link that turns good (Gilbert and Elliott)
 * @burst_loss: of 1000 packets on a bad link, so many are lost
 * @corrupt: of 1000 packets, so many have a byte changed
 * @mtu_at_us: when the path begins to take @mtu_mss only; 0 for never
 * @mtu_mss: greatest text in a packet from then on
 * @black_hole: the path drops what is greater in silence
 * @mtu_probing: tunable of both
 * @sleep_us: the reader stops now and then, for up to so long
 * @sndbuf: what the writer may queue; 0 means 32768
 */
struct sim_opts {
	u64 seed;
	u32 loss;
	u32 dup;
	u32 reorder;
	u64 delay_us;
	u64 jitter_us;
	u32 bytes[2];
	u32 rcv_buf;
	u16 mss;
	u32 gso;
	bool scaling;
	bool simultaneous;
	bool pauses;
	bool lazy_reader;
	u32 cut_fails;
	u32 timestamps;
	u32 sack;
	u8 ecn[2];
	u8 ecn_option;
	u8 middlebox;
	u32 mark;
	const struct xtcp_cc_ops *cc;
	u64 rate;
	u32 queue;
	u32 ack_loss;
	u32 burst_begins;
	u32 burst_ends;
	u32 burst_loss;
	u32 corrupt;
	u64 mtu_at_us;
	u16 mtu_mss;
	bool black_hole;
	u32 mtu_probing;
	u32 sleep_us;
	u32 sndbuf;
};

/**
 * struct sim_result - how it went
 * @us: virtual time until both ends were done
 * @read_us: the same until end 1 had read all
 * @packets: segments given to the link
 * @again: of them, text that was sent before
 * @damaged: packets in which a byte was changed
 * @dropped: those that the receiver's checksum refused
 * @overflows: packets that found the queue full
 * @too_big: packets that found the MTU too small
 * @zero_windows: segments that announced a window of 0
 */
struct sim_result {
	u64 us;
	u64 read_us;
	u32 packets;
	u32 again;
	u32 damaged;
	u32 dropped;
	u32 overflows;
	u32 too_big;
	u32 zero_windows;
};

/* Options that the seed alone decides. */
void sim_random_opts(struct sim_opts *o, u64 seed);
/* Runs until both ends are closed; all that was written must have been read. */
void sim_run(struct kunit *test, const struct sim_opts *o, struct sim_result *result);

u32 sim_random(u64 *state, u32 below);

/* Between sim.c and sim_link.c */

enum sim_role { ROLE_LISTENER, ROLE_REQUEST, ROLE_CONN, ROLE_TIME_WAIT, ROLE_NOBODY };

/*
 * On its way; text is told by its place in the sender's stream. If mtu_mss is
 * not 0 it is an ICMP error about the segment at icmp_seq.
 */
struct sim_packet {
	struct list_head link;
	u64 at;
	u32 offset;
	u32 len;
	u32 unit;
	u32 icmp_seq;
	u16 mtu_mss;
	int to;
	u8 ecn;
	u8 header[XTCP_HEADER_MAX];
	u32 header_len;
};

struct sim_end {
	struct sim *sim;
	struct peer *p;
	int nr;
	enum sim_role role;
	struct xtcp_half half;
	struct xtcp_tw tw;
	bool shut;
	u64 sleeps_until;
	u64 busy_until;		/* the link away from here, if it has a rate */
	bool bad;		/* the same link: in a burst */
};

struct sim {
	struct kunit *test;
	struct sim_opts o;
	u64 random;
	u64 now;
	u64 user_at;
	struct sim_result seen;
	struct list_head link;
	struct sim_end end[2];
};

/* Every segment is told. */
extern bool sim_tracing;
void sim_trace_sent(const struct sim_end *e, const struct xtcp_plan *plan, const char *fate);
void sim_trace_came(const struct sim_end *e, const struct xtcp_seg *seg);
void sim_trace_opts(struct kunit *test, const struct sim_opts *o);
void sim_trace_event(const struct sim_end *e, const char *what);

/* Is the checksum right? */
bool sim_intact(const struct sim_packet *pkt);
/* Gives a segment to the link; offset is the place of its text. */
void sim_transmit(struct sim_end *from, const struct xtcp_plan *plan, u32 offset);
/* struct peer.output: the same for a connection's segment, split by its MSS. */
void sim_output(struct peer *p, const struct xtcp_plan *plan);

#endif /* _KUNIT_SIM_H */
