/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two connections and a link between them that loses, delays, doubles and
 * reorders, all by one seed and in virtual time: what happened once happens
 * again.
 */
#ifndef _KUNIT_SIM_H
#define _KUNIT_SIM_H

#include "peer.h"

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
 * @cubic: congestion control of both is CUBIC, else Reno
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
	bool cubic;
};

/**
 * struct sim_result - how it went
 * @us: virtual time until both ends were done
 * @packets: segments given to the link
 */
struct sim_result {
	u64 us;
	u32 packets;
};

/* Options that the seed alone decides. */
void sim_random_opts(struct sim_opts *o, u64 seed);
/* Runs until both ends are closed; all that was written must have been read. */
void sim_run(struct kunit *test, const struct sim_opts *o, struct sim_result *result);

u32 sim_random(u64 *state, u32 below);

/* Between sim.c and sim_link.c */

enum sim_role { ROLE_LISTENER, ROLE_REQUEST, ROLE_CONN, ROLE_TIME_WAIT, ROLE_NOBODY };

/* On its way; text is told by its place in the sender's stream. */
struct sim_packet {
	struct list_head link;
	u64 at;
	u32 offset;
	u32 len;
	u32 unit;
	int to;
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
};

struct sim {
	struct kunit *test;
	struct sim_opts o;
	u64 random;
	u64 now;
	u64 user_at;
	u32 packets;
	struct list_head link;
	struct sim_end end[2];
};

/* Gives a segment to the link; offset is the place of its text. */
void sim_transmit(struct sim_end *from, const struct xtcp_plan *plan, u32 offset);
/* struct peer.output: the same for a connection's segment, split by its MSS. */
void sim_output(struct peer *p, const struct xtcp_plan *plan);

#endif /* _KUNIT_SIM_H */
