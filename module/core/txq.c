// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transmit queue: what is unacknowledged, in runs that are wholly sent or
 * wholly unsent. The shell appends, output.c cuts and sends, ack.c takes off.
 */
#include <linux/errno.h>
#include <xtcp/conn.h>

void xtcp_txq_init(struct xtcp_txq *q, u32 first)
{
	INIT_LIST_HEAD(&q->queue);
	INIT_LIST_HEAD(&q->acked);
	q->next = NULL;
	q->end = first;
}

void xtcp_txq_append(struct xtcp_conn *c, struct xtcp_tx *tx)
{
	struct xtcp_txq *q = &c->txq;

	tx->seq = q->end;
	tx->sent_us = 0;
	tx->times_sent = 0;
	q->end += tx->len;
	list_add_tail(&tx->node, &q->queue);
	if (!q->next)
		q->next = tx;
}

struct xtcp_tx *xtcp_txq_tail(struct xtcp_conn *c)
{
	if (!c->txq.next)
		return NULL;
	return list_last_entry(&c->txq.queue, struct xtcp_tx, node);
}

u32 xtcp_txq_room(const struct xtcp_conn *c, u32 len)
{
	u32 mss = c->snd.mss ? c->snd.mss : 1;
	u32 whole = c->limits.gso_max - c->limits.gso_max % mss;

	if (!whole)
		whole = mss;
	return len < whole ? whole - len : 0;
}

void xtcp_txq_grow(struct xtcp_conn *c, struct xtcp_tx *tx, u32 len)
{
	tx->len += len;
	c->txq.end += len;
}

int xtcp_txq_cut(struct xtcp_conn *c, struct xtcp_tx *tx, u32 at)
{
	struct xtcp_tx *rest = c->env->cut(tx, at);

	if (!rest)
		return -ENOMEM;
	rest->seq = tx->seq + at;
	rest->len = tx->len - at;
	rest->sent_us = tx->sent_us;
	rest->times_sent = tx->times_sent;
	tx->len = at;
	list_add(&rest->node, &tx->node);
	return 0;
}

void xtcp_txq_ack(struct xtcp_txq *q, u32 una)
{
	while (!list_empty(&q->queue)) {
		struct xtcp_tx *tx = list_first_entry(&q->queue, struct xtcp_tx, node);

		if (tx == q->next || xtcp_seq_gt(tx->seq + tx->len, una))
			return;
		list_move_tail(&tx->node, &q->acked);
	}
}

struct xtcp_tx *xtcp_txq_find(struct xtcp_txq *q, u32 seq)
{
	struct xtcp_tx *tx;

	list_for_each_entry(tx, &q->queue, node) {
		if (tx == q->next)
			return NULL;
		if (xtcp_seq_gt(tx->seq + tx->len, seq))
			return tx;
	}
	return NULL;
}

void xtcp_txq_sent(struct xtcp_txq *q, struct xtcp_tx *tx, u64 now_us)
{
	tx->sent_us = now_us;
	if (tx->times_sent < 255)
		tx->times_sent++;
	if (tx == q->next)
		q->next = list_is_last(&tx->node, &q->queue) ? NULL : list_next_entry(tx, node);
}
