/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The transmit queue: text from SND.UNA on, in descriptors whose payload only
 * the shell understands (core/txq.c). Every descriptor is wholly sent or
 * wholly unsent; the sent ones come first.
 */
#ifndef _XTCP_TXQ_H
#define _XTCP_TXQ_H

#include <linux/list.h>
#include <linux/types.h>
#include <xtcp/rate.h>

struct xtcp_conn;

enum xtcp_mark {
	XTCP_SACKED	= 1 << 0,	/* the peer has it, out of order */
	XTCP_LOST	= 1 << 1,	/* it must go again */
};

/**
 * struct xtcp_tx - a run of text to send
 * @node: in xtcp_txq.queue or .acked
 * @sent_us: when it was last sent; 0 if never
 * @seq: sequence number of its first byte
 * @len: bytes, at least 1
 * @times_sent: transmissions so far, saturating
 * @mark: enum xtcp_mark; none on what was never sent
 * @stamp: what the last transmission found
 * @payload: the shell's; an skb in the kernel
 */
struct xtcp_tx {
	struct list_head node;
	u64 sent_us;
	u32 seq;
	u32 len;
	u8 times_sent;
	u8 mark;
	struct xtcp_rate_stamp stamp;
	void *payload;
};

/**
 * struct xtcp_txq - text not yet acknowledged
 * @queue: by sequence number, without gaps
 * @acked: done with; the shell frees them after each call into core
 * @next: first descriptor that was never sent; NULL if all were
 * @fin: our FIN, in @queue from its first transmission to its ACK; no text
 * @hint: a sent descriptor from which to look for later ones; may be NULL
 * @lost: no descriptor before it is lost; NULL: look from the first on
 * @end: sequence number behind the last byte; that of the FIN, if any
 */
struct xtcp_txq {
	struct list_head queue;
	struct list_head acked;
	struct xtcp_tx *next;
	struct xtcp_tx *hint;
	struct xtcp_tx *lost;
	struct xtcp_tx fin;
	u32 end;
};

void xtcp_txq_init(struct xtcp_txq *q, u32 first);

/* Appends tx, of which len and payload are set. */
void xtcp_txq_append(struct xtcp_conn *c, struct xtcp_tx *tx);

/* The last descriptor, if it was never sent and so may still grow. */
struct xtcp_tx *xtcp_txq_tail(struct xtcp_conn *c);

/*
 * Bytes that a descriptor of len bytes should still take: descriptors of whole
 * segments leave no small ones in the middle of a stream.
 */
u32 xtcp_txq_room(const struct xtcp_conn *c, u32 len);

/* The payload of the descriptor of xtcp_txq_tail() has grown by len bytes. */
void xtcp_txq_grow(struct xtcp_conn *c, struct xtcp_tx *tx, u32 len);

/* Cuts tx behind its first at bytes, 0 < at < tx->len. 0 or -ENOMEM. */
int xtcp_txq_cut(struct xtcp_conn *c, struct xtcp_tx *tx, u32 at);

/* Takes what is acknowledged off the front of tx; NULL if memory is short. */
struct xtcp_tx *xtcp_txq_trim(struct xtcp_conn *c, struct xtcp_tx *tx);

/* Moves what lies wholly below una to q->acked. */
void xtcp_txq_ack(struct xtcp_txq *q, u32 una);

/* Everything goes to q->acked: the connection is over. */
void xtcp_txq_purge(struct xtcp_txq *q);

/* The first and the last sent descriptor; NULL if there is none. */
struct xtcp_tx *xtcp_txq_first_sent(struct xtcp_txq *q);
struct xtcp_tx *xtcp_txq_last_sent(struct xtcp_txq *q);
/* The sent descriptor behind tx. */
struct xtcp_tx *xtcp_txq_next_sent(struct xtcp_txq *q, struct xtcp_tx *tx);

/* The sent descriptor that holds seq; NULL if there is none. */
struct xtcp_tx *xtcp_txq_find(struct xtcp_txq *q, u32 seq);

void xtcp_txq_sent(struct xtcp_txq *q, struct xtcp_tx *tx, u64 now_us);
/* The FIN leaves, with the number q->end. */
void xtcp_txq_fin_sent(struct xtcp_txq *q, u64 now_us);

#endif /* _XTCP_TXQ_H */
