/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receive queues: text in order, ready for the user, and text out of
 * order (core/reasm.c). The descriptors lie in the shell's packets.
 */
#ifndef _XTCP_RXQ_H
#define _XTCP_RXQ_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct xtcp_rxd - text of one received segment
 * @list: in xtcp_rxq.ready or .done
 * @node: in xtcp_rxq.ofo
 * @seq: sequence number of its first byte
 * @end: that behind its last byte that we take; text behind is ignored
 */
struct xtcp_rxd {
	union {
		struct list_head list;
		struct rb_node node;
	};
	u32 seq;
	u32 end;
};

/**
 * struct xtcp_rxq - received text
 * @ready: in order. A descriptor may begin below the end of the one before
 *	it: the reader starts at the number that it wants next.
 * @done: superfluous; the shell frees them after each call into core
 * @ofo: above RCV.NXT, by sequence number; may overlap
 * @nr_ofo: descriptors in @ofo
 */
struct xtcp_rxq {
	struct list_head ready;
	struct list_head done;
	struct rb_root ofo;
	u32 nr_ofo;
};

void xtcp_rxq_init(struct xtcp_rxq *q);

/* Keeps rxd out of order; false if all of it is there already. */
bool xtcp_reasm_insert(struct xtcp_rxq *q, struct xtcp_rxd *rxd);

/* Moves what continues nxt to q->ready and returns the new RCV.NXT. */
u32 xtcp_reasm_advance(struct xtcp_rxq *q, u32 nxt);

/* Everything out of order goes to q->done. */
void xtcp_reasm_purge(struct xtcp_rxq *q);

#endif /* _XTCP_RXQ_H */
