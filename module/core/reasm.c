// SPDX-License-Identifier: GPL-2.0-only
/*
 * Received text: out of order in a tree by sequence number, in order in a
 * list (RFC 9293 3.10.7.4, SHLD-31). Overlaps cost nothing: the reader starts
 * each descriptor at the number that it wants next.
 */
#include <xtcp/rxq.h>
#include <xtcp/seq.h>

void xtcp_rxq_init(struct xtcp_rxq *q)
{
	INIT_LIST_HEAD(&q->ready);
	INIT_LIST_HEAD(&q->done);
	q->ofo = RB_ROOT;
	q->nr_ofo = 0;
}

static struct xtcp_rxd *rxd_of(struct rb_node *node)
{
	return rb_entry(node, struct xtcp_rxd, node);
}

static void take_out(struct xtcp_rxq *q, struct xtcp_rxd *rxd)
{
	rb_erase(&rxd->node, &q->ofo);
	q->nr_ofo--;
}

/* What rxd covers wholly is not needed beside it. */
static void drop_covered(struct xtcp_rxq *q, struct xtcp_rxd *rxd)
{
	struct rb_node *node;

	while ((node = rb_next(&rxd->node))) {
		struct xtcp_rxd *next = rxd_of(node);

		if (xtcp_seq_gt(next->end, rxd->end))
			return;
		take_out(q, next);
		list_add_tail(&next->list, &q->done);
	}
}

bool xtcp_reasm_insert(struct xtcp_rxq *q, struct xtcp_rxd *rxd)
{
	struct rb_node **link = &q->ofo.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		struct xtcp_rxd *at = rxd_of(*link);

		if (xtcp_seq_le(at->seq, rxd->seq) && xtcp_seq_ge(at->end, rxd->end))
			return false;
		parent = *link;
		link = xtcp_seq_lt(rxd->seq, at->seq) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&rxd->node, parent, link);
	rb_insert_color(&rxd->node, &q->ofo);
	q->nr_ofo++;
	drop_covered(q, rxd);
	return true;
}

u32 xtcp_reasm_advance(struct xtcp_rxq *q, u32 nxt)
{
	struct rb_node *node;

	while ((node = rb_first(&q->ofo))) {
		struct xtcp_rxd *rxd = rxd_of(node);

		if (xtcp_seq_gt(rxd->seq, nxt))
			break;
		take_out(q, rxd);
		if (xtcp_seq_gt(rxd->end, nxt)) {
			list_add_tail(&rxd->list, &q->ready);
			nxt = rxd->end;
		} else {
			list_add_tail(&rxd->list, &q->done);
		}
	}
	return nxt;
}

struct xtcp_rxd *xtcp_reasm_first(const struct xtcp_rxq *q)
{
	struct rb_node *node = rb_first(&q->ofo);

	return node ? rxd_of(node) : NULL;
}

struct xtcp_rxd *xtcp_reasm_take_beyond(struct xtcp_rxq *q, u32 seq)
{
	struct rb_node *node = rb_last(&q->ofo);
	struct xtcp_rxd *rxd;

	if (!node)
		return NULL;
	rxd = rxd_of(node);
	if (xtcp_seq_le(rxd->seq, seq))
		return NULL;
	take_out(q, rxd);
	return rxd;
}

void xtcp_reasm_purge(struct xtcp_rxq *q)
{
	struct rb_node *node;

	while ((node = rb_first(&q->ofo))) {
		struct xtcp_rxd *rxd = rxd_of(node);

		take_out(q, rxd);
		list_add_tail(&rxd->list, &q->done);
	}
}
