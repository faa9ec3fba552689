// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/txq.c: runs of text: appended, grown, cut, acknowledged, found; and
 * what happens when cutting fails for lack of memory.
 */
#include <linux/errno.h>
#include "peer.h"

/* The queue as text: first:end of each run, a bar before the first unsent. */
static const char *queue(struct peer *p)
{
	struct xtcp_tx *tx;
	int n = 0;

	p->told[0] = '\0';
	list_for_each_entry(tx, &p->conn.txq.queue, node) {
		u32 seq = tx->seq - p->iss;

		n += scnprintf(p->told + n, PEER_LOG - n, "%s%s%u:%u", n ? " " : "",
			       tx == p->conn.txq.next ? "| " : "", seq, seq + tx->len);
	}
	return p->told;
}

#define expect_queue(p, text)	KUNIT_EXPECT_STREQ((p)->test, queue(p), text)

static struct peer *closed_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5000);

	recv_ack_wnd(p, 1, 0);
	return p;
}

static void append_and_send(struct kunit *test)
{
	struct peer *p = closed_window(test);

	write_run(p, 1000);
	write_run(p, 500);
	expect_queue(p, "| 1:1001 1001:1501");
	KUNIT_EXPECT_EQ(test, p->conn.txq.end, p->iss + 1501);
	recv_ack_wnd(p, 1, 1000);
	expect_queue(p, "1:1001 | 1001:1501");
	recv_ack_wnd(p, 1, 2000);
	expect_queue(p, "1:1001 1001:1501");
	KUNIT_EXPECT_NULL(test, p->conn.txq.next);
}

/* Only what was never sent may grow. */
static void tail_grows(struct kunit *test)
{
	struct peer *p = closed_window(test);
	struct xtcp_conn *c = &p->conn;

	KUNIT_EXPECT_NULL(test, xtcp_txq_tail(c));
	write_bytes(p, 100);
	write_bytes(p, 200);
	expect_queue(p, "| 1:301");
	KUNIT_EXPECT_EQ(test, xtcp_txq_tail(c)->len, 300U);
	recv_ack_wnd(p, 1, 1000);
	KUNIT_EXPECT_NULL(test, xtcp_txq_tail(c));
	write_bytes(p, 10);
	expect_queue(p, "1:301 | 301:311");
}

/* A run holds whole segments, as many as may go at once. */
static void room(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5500);

	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 0), 5000U);
	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 4999), 1U);
	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 5000), 0U);
	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 9000), 0U);
	p->conn.limits.gso_max = 400;
	KUNIT_EXPECT_EQ(test, xtcp_txq_room(&p->conn, 0), 1000U);
}

static void cut_in_two(struct kunit *test)
{
	struct peer *p = closed_window(test);
	struct xtcp_tx *tx;

	write_run(p, 1000);
	tx = list_first_entry(&p->conn.txq.queue, struct xtcp_tx, node);
	KUNIT_EXPECT_EQ(test, xtcp_txq_cut(&p->conn, tx, 400), 0);
	expect_queue(p, "| 1:401 401:1001");
	KUNIT_EXPECT_EQ(test, xtcp_conn_check(&p->conn), 0);
	p->fail_cuts = 1;
	KUNIT_EXPECT_EQ(test, xtcp_txq_cut(&p->conn, tx, 100), -ENOMEM);
	expect_queue(p, "| 1:401 401:1001");
	KUNIT_EXPECT_EQ(test, xtcp_conn_check(&p->conn), 0);
}

/* Both halves of what was sent were sent. */
static void cut_of_sent_text(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5000);
	struct xtcp_tx *tx;

	write_run(p, 3000);
	expect(p, "1:3001");
	tx = list_first_entry(&p->conn.txq.queue, struct xtcp_tx, node);
	KUNIT_EXPECT_EQ(test, xtcp_txq_cut(&p->conn, tx, 1000), 0);
	tx = list_next_entry(tx, node);
	KUNIT_EXPECT_EQ(test, (int)tx->times_sent, 1);
	KUNIT_EXPECT_EQ(test, tx->sent_us, p->now);
	KUNIT_EXPECT_NULL(test, p->conn.txq.next);
	KUNIT_EXPECT_EQ(test, xtcp_conn_check(&p->conn), 0);
}

static void ack_takes_whole_runs(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	struct xtcp_txq *q = &p->conn.txq;

	write_run(p, 1000);
	write_run(p, 1000);
	xtcp_txq_ack(q, p->iss + 1000);
	KUNIT_EXPECT_TRUE(test, list_empty(&q->acked));
	xtcp_txq_ack(q, p->iss + 1001);
	KUNIT_EXPECT_FALSE(test, list_empty(&q->acked));
	expect_queue(p, "1001:2001");
}

/* What was never sent can't be acknowledged. */
static void ack_stops_at_unsent(struct kunit *test)
{
	struct peer *p = closed_window(test);

	write_run(p, 1000);
	xtcp_txq_ack(&p->conn.txq, p->iss + 5001);
	expect_queue(p, "| 1:1001");
}

static void find(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);
	struct xtcp_txq *q = &p->conn.txq;

	write_bytes(p, 3000);
	expect_queue(p, "1:1001 1001:2001 | 2001:3001");
	KUNIT_EXPECT_EQ(test, xtcp_txq_find(q, p->iss + 1)->seq, p->iss + 1);
	KUNIT_EXPECT_EQ(test, xtcp_txq_find(q, p->iss + 1000)->seq, p->iss + 1);
	KUNIT_EXPECT_EQ(test, xtcp_txq_find(q, p->iss + 1001)->seq, p->iss + 1001);
	KUNIT_EXPECT_NULL(test, xtcp_txq_find(q, p->iss + 2001));
	KUNIT_EXPECT_NULL(test, xtcp_txq_find(q, p->iss + 9001));
}

/* Memory is short: new text waits, and goes when memory comes back. */
static void cut_fails_for_new_text(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5000, .wnd = 2000, .rtt_us = 1);

	p->fail_cuts = 1;
	write_run(p, 5000);
	expect(p, "");
	at(p, ms(100));
	KUNIT_EXPECT_EQ(test, p->fail_cuts, 0);
	expect(p, "1:2001");
	recv_ack(p, 2001);
	expect(p, "2001:4001");
	recv_ack(p, 4001);
	expect(p, "4001:5001");
}

/* The same for a retransmission: the next timeout is not waited for (core/retry.c). */
static void cut_fails_for_a_retransmission(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5000, .rtt_us = 1);

	write_run(p, 5000);
	expect(p, "1:5001");
	p->fail_cuts = 1;
	p->show = SHOW_TIME;
	at(p, ms(300));
	KUNIT_EXPECT_EQ(test, p->fail_cuts, 0);
	expect(p, "[220]1:1001");
	expect_state(p, ESTABLISHED);
}

/* For ever short: the connection ends in its time, and nothing spins. */
static void cut_fails_for_ever(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .gso = 5000, .rtt_us = 1);

	write_run(p, 5000);
	p->fail_cuts = 1000000;
	at(p, sec(1000));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_GT(test, p->fail_cuts, 900000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(append_and_send),
	KUNIT_CASE(tail_grows),
	KUNIT_CASE(room),
	KUNIT_CASE(cut_in_two),
	KUNIT_CASE(cut_of_sent_text),
	KUNIT_CASE(ack_takes_whole_runs),
	KUNIT_CASE(ack_stops_at_unsent),
	KUNIT_CASE(find),
	KUNIT_CASE(cut_fails_for_new_text),
	KUNIT_CASE(cut_fails_for_a_retransmission),
	KUNIT_CASE(cut_fails_for_ever),
	{}
};

static struct kunit_suite xtcp_txq_suite = {
	.name = "xtcp_txq",
	.test_cases = cases,
};

kunit_test_suite(xtcp_txq_suite);
