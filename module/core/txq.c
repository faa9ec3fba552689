// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transmit queue: what is unacknowledged, in runs that are wholly sent or
 * wholly unsent. The shell appends, output.c cuts and sends, ack.c takes off.
 */
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

void xtcp_txq_init(struct xtcp_txq *q, u32 first)
{
	INIT_LIST_HEAD(&q->queue);
	INIT_LIST_HEAD(&q->acked);
	INIT_LIST_HEAD(&q->fin.node);
	q->fin.len = 1;
	q->fin.times_sent = 0;
	q->fin.mark = 0;
	q->next = NULL;
	q->hint = NULL;
	q->lost = NULL;
	q->end = first;
}

void xtcp_txq_append(struct xtcp_conn *c, struct xtcp_tx *tx)
{
	struct xtcp_txq *q = &c->txq;

	xtcp_rate_on_write(c);
	tx->seq = q->end;
	tx->sent_us = 0;
	tx->times_sent = 0;
	tx->mark = 0;
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
	/* One at least should do for a probe of the path MTU. */
	whole = max(whole, roundup(xtcp_plpmtud_room(c), mss));
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
	rest->mark = tx->mark;
	rest->stamp = tx->stamp;
	tx->len = at;
	list_add(&rest->node, &tx->node);
	return 0;
}

/* The FIN has no memory of its own. */
static void take_off(struct xtcp_txq *q, struct xtcp_tx *tx)
{
	if (tx == q->hint)
		q->hint = NULL;
	if (tx == q->lost)
		q->lost = NULL;
	if (tx == &q->fin)
		list_del_init(&tx->node);
	else
		list_move_tail(&tx->node, &q->acked);
}

void xtcp_txq_ack(struct xtcp_txq *q, u32 una)
{
	struct xtcp_tx *tx;

	while ((tx = xtcp_txq_first_sent(q)) && xtcp_seq_le(xtcp_tx_end(tx), una))
		take_off(q, tx);
}

struct xtcp_tx *xtcp_txq_trim(struct xtcp_conn *c, struct xtcp_tx *tx)
{
	if (!xtcp_seq_lt(tx->seq, c->snd.una))
		return tx;
	if (xtcp_txq_cut(c, tx, c->snd.una - tx->seq))
		return NULL;
	tx = list_next_entry(tx, node);
	xtcp_txq_ack(&c->txq, c->snd.una);
	return tx;
}

void xtcp_txq_purge(struct xtcp_txq *q)
{
	q->next = NULL;
	while (!list_empty(&q->queue))
		take_off(q, list_first_entry(&q->queue, struct xtcp_tx, node));
}

struct xtcp_tx *xtcp_txq_first_sent(struct xtcp_txq *q)
{
	struct xtcp_tx *tx = list_first_entry_or_null(&q->queue, struct xtcp_tx, node);

	return tx == q->next ? NULL : tx;
}

struct xtcp_tx *xtcp_txq_last_sent(struct xtcp_txq *q)
{
	struct list_head *last = q->next ? q->next->node.prev : q->queue.prev;

	return last == &q->queue ? NULL : list_entry(last, struct xtcp_tx, node);
}

struct xtcp_tx *xtcp_txq_next_sent(struct xtcp_txq *q, struct xtcp_tx *tx)
{
	if (list_is_last(&tx->node, &q->queue))
		return NULL;
	tx = list_next_entry(tx, node);
	return tx == q->next ? NULL : tx;
}

struct xtcp_tx *xtcp_txq_find(struct xtcp_txq *q, u32 seq)
{
	struct xtcp_tx *tx = q->hint;

	if (!tx || xtcp_seq_gt(tx->seq, seq))
		tx = xtcp_txq_first_sent(q);
	while (tx && xtcp_seq_le(xtcp_tx_end(tx), seq))
		tx = xtcp_txq_next_sent(q, tx);
	if (tx)
		q->hint = tx;
	return tx;
}

void xtcp_txq_sent(struct xtcp_txq *q, struct xtcp_tx *tx, u64 now_us)
{
	tx->sent_us = now_us;
	if (tx->times_sent < 255)
		tx->times_sent++;
	if (tx == q->next)
		q->next = list_is_last(&tx->node, &q->queue) ? NULL : list_next_entry(tx, node);
}

void xtcp_txq_fin_sent(struct xtcp_txq *q, u64 now_us)
{
	if (list_empty(&q->fin.node)) {
		q->fin.seq = q->end;
		list_add_tail(&q->fin.node, &q->queue);
	}
	xtcp_txq_sent(q, &q->fin, now_us);
}
