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
#include <xtcp/segment.h>

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
 * struct xtcp_report - what SACK blocks tell the peer (RFC 2018 4, RFC 2883)
 * @block: out of order, the one that changed last first; none touches another
 * @nr: valid entries of @block
 * @untold: how many have changed since the last that was told; the first of
 *	@block, but for what there was no room for
 * @has_dup: @dup came twice, which the next ACK reports
 * @dup: the text that came again
 */
struct xtcp_report {
	struct xtcp_sack_block block[XTCP_MAX_SACK_BLOCKS];
	struct xtcp_sack_block dup;
	u8 nr;
	u8 untold;
	bool has_dup;
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

/* The lowest that is out of order; NULL if there is nothing. */
struct xtcp_rxd *xtcp_reasm_first(const struct xtcp_rxq *q);

/* Takes out the last that is out of order if it begins above seq; else NULL. */
struct xtcp_rxd *xtcp_reasm_take_beyond(struct xtcp_rxq *q, u32 seq);

/* What to report, core/report.c: text from seq to end is out of order. */
void xtcp_report_add(struct xtcp_report *r, u32 seq, u32 end);
/* All below nxt is in order now. */
void xtcp_report_advance(struct xtcp_report *r, u32 nxt);
/* Nothing from seq on is kept any more (RFC 2018 8). */
void xtcp_report_forget(struct xtcp_report *r, u32 seq);
/* Text from seq to end has come before. */
void xtcp_report_dup(struct xtcp_report *r, u32 seq, u32 end);
/* Blocks that there would be, at most max. */
u8 xtcp_report_count(const struct xtcp_report *r, u8 max);
/* Writes them. */
void xtcp_report_fill(const struct xtcp_report *r, u8 max, struct xtcp_options *opt);

#endif /* _XTCP_RXQ_H */
