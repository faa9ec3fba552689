// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/reasm.c: text out of order against a model that knows of each byte
 * whether it is there (RFC 9293 SHLD-31, mission S2.3d).
 */
#include <linux/string.h>
#include "peer.h"
#include "sim.h"

#define SPAN	600

struct model {
	struct xtcp_rxq q;
	struct xtcp_rxd *rxds;
	u32 base;		/* number of the first byte */
	u8 there[SPAN];
	u32 nr;
};

static struct model *new_model(struct kunit *test, u32 base, u32 rxds)
{
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, m);
	m->rxds = kunit_kzalloc(test, rxds * sizeof(*m->rxds), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m->rxds);
	m->base = base;
	xtcp_rxq_init(&m->q);
	return m;
}

static bool insert(struct model *m, u32 first, u32 end)
{
	struct xtcp_rxd *rxd = &m->rxds[m->nr++];

	rxd->seq = m->base + first;
	rxd->end = m->base + end;
	memset(m->there + first, 1, end - first);
	return xtcp_reasm_insert(&m->q, rxd);
}

static u32 count(const struct list_head *head)
{
	const struct list_head *at;
	u32 n = 0;

	list_for_each(at, head)
		n++;
	return n;
}

/* The tree in order, counted, and each byte of it in the model. */
static void check_tree(struct kunit *test, const struct model *m)
{
	const struct rb_node *node;
	u32 n = 0;
	u32 last = 0;

	for (node = rb_first(&m->q.ofo); node; node = rb_next(node)) {
		const struct xtcp_rxd *rxd = rb_entry(node, struct xtcp_rxd, node);

		KUNIT_ASSERT_TRUE(test, xtcp_seq_lt(rxd->seq, rxd->end));
		KUNIT_ASSERT_TRUE(test, !n || rxd->seq - m->base >= last);
		last = rxd->seq - m->base;
		n++;
	}
	KUNIT_ASSERT_EQ(test, n, m->q.nr_ofo);
}

static void one_after_another(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);

	KUNIT_EXPECT_TRUE(test, insert(m, 200, 300));
	KUNIT_EXPECT_TRUE(test, insert(m, 100, 200));
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 2U);
	/* A hole before: nothing moves. */
	KUNIT_EXPECT_EQ(test, xtcp_reasm_advance(&m->q, m->base + 99), m->base + 99);
	KUNIT_EXPECT_EQ(test, xtcp_reasm_advance(&m->q, m->base + 100), m->base + 300);
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 0U);
	KUNIT_EXPECT_EQ(test, count(&m->q.ready), 2U);
	KUNIT_EXPECT_TRUE(test, list_empty(&m->q.done));
}

static void all_there_already(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);

	KUNIT_EXPECT_TRUE(test, insert(m, 100, 200));
	KUNIT_EXPECT_FALSE(test, insert(m, 100, 200));
	KUNIT_EXPECT_FALSE(test, insert(m, 100, 150));
	KUNIT_EXPECT_FALSE(test, insert(m, 150, 200));
	KUNIT_EXPECT_FALSE(test, insert(m, 120, 130));
	KUNIT_EXPECT_TRUE(test, insert(m, 120, 201));
	check_tree(test, m);
}

static void covered_ones_go(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);

	insert(m, 110, 120);
	insert(m, 130, 140);
	insert(m, 190, 210);
	KUNIT_EXPECT_TRUE(test, insert(m, 100, 200));
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 2U);
	KUNIT_EXPECT_EQ(test, count(&m->q.done), 2U);
	check_tree(test, m);
	KUNIT_EXPECT_EQ(test, xtcp_reasm_advance(&m->q, m->base + 150), m->base + 210);
}

/* What RCV.NXT has passed is not kept. */
static void passed_ones_go(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);

	insert(m, 100, 150);
	insert(m, 160, 180);
	insert(m, 170, 250);
	KUNIT_EXPECT_EQ(test, xtcp_reasm_advance(&m->q, m->base + 200), m->base + 250);
	KUNIT_EXPECT_EQ(test, count(&m->q.done), 2U);
	KUNIT_EXPECT_EQ(test, count(&m->q.ready), 1U);
}

/* Memory is short: what lies beyond a segment goes first, what lies before it stays. */
static void take_beyond(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);
	struct xtcp_rxd *rxd;

	insert(m, 100, 120);
	insert(m, 140, 160);
	insert(m, 180, 200);
	rxd = xtcp_reasm_take_beyond(&m->q, m->base + 140);
	KUNIT_ASSERT_NOT_NULL(test, rxd);
	KUNIT_EXPECT_EQ(test, rxd->seq, m->base + 180);
	KUNIT_EXPECT_NULL(test, xtcp_reasm_take_beyond(&m->q, m->base + 140));
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 2U);
	KUNIT_EXPECT_NOT_NULL(test, xtcp_reasm_take_beyond(&m->q, m->base));
	KUNIT_EXPECT_NOT_NULL(test, xtcp_reasm_take_beyond(&m->q, m->base));
	KUNIT_EXPECT_NULL(test, xtcp_reasm_take_beyond(&m->q, m->base));
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 0U);
}

static void purge(struct kunit *test)
{
	struct model *m = new_model(test, 0xffffff80, 8);

	insert(m, 100, 150);
	insert(m, 160, 180);
	xtcp_reasm_purge(&m->q);
	KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 0U);
	KUNIT_EXPECT_NULL(test, rb_first(&m->q.ofo));
	KUNIT_EXPECT_EQ(test, count(&m->q.done), 2U);
}

/* As the reader does: each descriptor continues what came before. */
static u32 read_all(struct kunit *test, struct model *m, u32 nxt)
{
	struct xtcp_rxd *rxd, *next;

	list_for_each_entry_safe(rxd, next, &m->q.ready, list) {
		KUNIT_ASSERT_TRUE(test, xtcp_seq_le(rxd->seq, nxt));
		KUNIT_ASSERT_TRUE(test, xtcp_seq_gt(rxd->end, nxt));
		nxt = rxd->end;
		list_del(&rxd->list);
	}
	return nxt;
}

static u32 model_end(const struct model *m, u32 from)
{
	while (from < SPAN && m->there[from])
		from++;
	return from;
}

/*
 * Pieces at random until every byte is there: after each, RCV.NXT is where
 * the model's first hole is, and what is read has no hole and no repetition.
 */
static void any_order_any_overlap(struct kunit *test)
{
	u64 random = 9293;
	int run;

	for (run = 0; run < 200; run++) {
		struct model *m = new_model(test, 0xffffff00 + run, 2000);
		u32 nxt = 0;

		while (nxt < SPAN && m->nr < 2000) {
			u32 ahead = sim_random(&random, 4) ? SPAN - nxt : 1;
			u32 first = nxt + sim_random(&random, ahead);
			u32 end = first + 1 + sim_random(&random, 60);
			u32 before = nxt;

			insert(m, first, min_t(u32, end, SPAN));
			check_tree(test, m);
			nxt = xtcp_reasm_advance(&m->q, m->base + nxt) - m->base;
			KUNIT_ASSERT_EQ(test, nxt, model_end(m, before));
			KUNIT_ASSERT_EQ(test, read_all(test, m, m->base + before),
					m->base + nxt);
		}
		KUNIT_EXPECT_EQ(test, m->q.nr_ofo, 0U);
		kunit_kfree(test, m->rxds);
		kunit_kfree(test, m);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_after_another),
	KUNIT_CASE(all_there_already),
	KUNIT_CASE(covered_ones_go),
	KUNIT_CASE(passed_ones_go),
	KUNIT_CASE(take_beyond),
	KUNIT_CASE(purge),
	KUNIT_CASE(any_order_any_overlap),
	{}
};

static struct kunit_suite xtcp_reasm_suite = {
	.name = "xtcp_reasm",
	.test_cases = cases,
};

kunit_test_suite(xtcp_reasm_suite);
