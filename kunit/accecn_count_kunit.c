// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/accecn.c: the count of marks both ways, when it is told, and what the
 * window makes of it (RFC 9768 3.2.2).
 */
#include "peer.h"

#define ACE(n)		xtcp_ace_flags(n)
#define LAST_ACE(p)	((p)->last.flags & (XTCP_AE | XTCP_CWR | XTCP_ECE))

static void ask(struct xtcp_sysctls *knob)
{
	knob->ecn = 3;
}

static struct peer *accurate(struct kunit *test, const struct xtcp_cc_ops *cc)
{
	struct peer *p = connecting(test, .knobs = ask, .mss = 1000, .rtt_us = ms(100),
				    .sack = true, .cc = cc, .gso = 10000);

	at(p, ms(100));
	recv_seg(p, .ack = 1, .mss = 1000,
		 .flags = XTCP_SYN | XTCP_ACK | ACE(cc == &xtcp_cc_dctcp ? 4 : 2));
	KUNIT_ASSERT_TRUE(test, p->conn.accecn.on);
	p->conn.delack.quick = 0;
	p->origin = p->now;
	peer_effects(p);
	return p;
}

static void recv_marked(struct peer *p, u32 seq, u32 len, u32 unit)
{
	recv_seg(p, .seq = seq, .ack = 1, .len = len, .unit = unit, .ecn = XTCP_CE,
		 .flags = XTCP_ACK | ACE(5));
}

/* 3.2.2: three bits of the count on all that is sent; it passes 7. */
static void marks_are_counted(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	u32 i;

	for (i = 0; i < 20; i++) {
		recv_marked(p, 1 + 1000 * i, 1000, 0);
		KUNIT_EXPECT_EQ(test, p->conn.accecn.received, 6 + i);
	}
	recv_text(p, 20001, 2000);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(25));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_CE_SEGS), 20UL);
	/* Merged on the way in: each segment counts. */
	recv_marked(p, 22001, 5500, 1000);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(31));
	/* CWR is a bit of the count, and ends nothing. */
	recv_seg(p, .seq = 27501, .ack = 1, .len = 2000, .flags = XTCP_ACK | XTCP_CWR,
		 .ecn = XTCP_ECT_0);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(31));
}

/* 3.2.2.5.1 */
static void marks_are_told_soon(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .ecn = XTCP_ECT_0);
	expect(p, "");
	recv_marked(p, 101, 100, 0);	/* the first after one without */
	expect(p, "A201");
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	recv_marked(p, 201, 100, 0);
	expect(p, "");
	recv_marked(p, 301, 100, 0);	/* the second since that ACK */
	expect(p, "A401");
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(8));
	/* Pure ACKs: the third. */
	recv_marked(p, 401, 0, 0);
	recv_marked(p, 401, 0, 0);
	expect(p, "");
	recv_marked(p, 401, 0, 0);
	expect(p, "A401");
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(11));
}

/* 3.2.2.5.2, A.2.1: as many more as fit; see growth() for when. */
static void wraps(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	struct xtcp_seg seg = { .flags = XTCP_ACK | ACE(7) };
	struct xtcp_delivery d = { .bytes = 9000 };
	struct xtcp_accecn *a = &p->conn.accecn;

	a->checked = true;
	/* The appendix: 9 packets and 2 marks are 2, 10 packets and 2 marks are 10. */
	a->stretch = 2 * 8;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 2000U);
	KUNIT_EXPECT_EQ(test, a->told, 7U);
	a->stretch = 2 * 8;
	a->told = 5;
	d.bytes = 10000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 10000U);
	KUNIT_EXPECT_EQ(test, a->told, 15U);
	/* More marks than packets: control packets were counted too. */
	a->told = 1;
	d.bytes = 1000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 1000U);
	KUNIT_EXPECT_EQ(test, a->told, 7U);
	/* ACKs for ten packets are the rule here: no wrap is believed in. */
	a->stretch = 10 * 8;
	a->told = 5;
	d.bytes = 10000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 2000U);
	/* Nothing is acknowledged: it may be older than the last. */
	d.bytes = 0;
	a->told = 9;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 0U);
	KUNIT_EXPECT_EQ(test, a->told, 9U);
}

/* The average follows what ACKs do: four packets an ACK are few. */
static void wraps_by_what_is_usual(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	struct xtcp_seg seg = { .flags = XTCP_ACK | ACE(5) };
	struct xtcp_delivery d = { .bytes = 2000 };
	u32 i;

	d.bytes = 10000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 0U);
	d.bytes = 2000;
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 0U);
	d.bytes = 10000;
	KUNIT_EXPECT_EQ(test, xtcp_accecn_marked(&p->conn, &seg, &d), 8000U);
}

/* One reduction for a window, as in RFC 3168; no CWR tells of it (3.1.5). */
static void one_reduction_for_a_window(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 30000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(6));
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 5000U);
	recv_seg(p, .seq = 1, .ack = 9001, .flags = XTCP_ACK | ACE(8));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 1UL);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(5));
	/* The same count again says nothing new. */
	at(p, ms(200));
	recv_seg(p, .seq = 1, .ack = 12001, .flags = XTCP_ACK | ACE(8));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 1UL);
}

/* DCTCP gets the exact share: two marks of ten. */
static void dctcp_counts_exactly(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_dctcp);
	u64 *marked = &p->conn.cc.priv[3];

	write_bytes(p, 10000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(5));
	recv_seg(p, .seq = 1, .ack = 4001, .flags = XTCP_ACK | ACE(7));
	KUNIT_EXPECT_EQ(test, *marked, 2000ULL);
	/* Told by a SACK: it counts when the ACK field covers it. */
	recv_seg(p, .seq = 1, .ack = 4001, .flags = XTCP_ACK | ACE(8), .nr_sack = 1,
		 .sack = { { 5001, 6001 } });
	KUNIT_EXPECT_EQ(test, *marked, 2000ULL);
	recv_seg(p, .seq = 1, .ack = 6001, .flags = XTCP_ACK | ACE(8));
	KUNIT_EXPECT_EQ(test, *marked, 3000ULL);
}

/* 3.2.2.4: the first count is never 0. */
static void cleared_counts(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_bytes(p, 10000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 0UL);
	write_bytes(p, 1000);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	/* Marks are still counted for the peer. */
	recv_marked(p, 1, 3000, 1000);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(8));
	/* Later it may be 0 by itself. */
	p = accurate(test, &xtcp_cc_reno);
	write_bytes(p, 10000);
	at(p, ms(100));
	recv_seg(p, .seq = 1, .ack = 1001, .flags = XTCP_ACK | ACE(6));
	recv_seg(p, .seq = 1, .ack = 3001, .flags = XTCP_ACK | ACE(8));
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.mute);
}

/* GSO would clear CWR in all segments but the first, and so change the count. */
static void counts_survive_gso(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);

	write_run(p, 5000);
	expect(p, "1:5001");
	recv_marked(p, 1, 1000, 0);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
	peer_effects(p);
	write_run(p, 3000);
	expect(p, "5001:6001 6001:7001 7001:8001");
}

/* Marks on everything (3.2.2.3) */

/* A round trip of which all is marked but what is in @spare; returns the next number. */
static u32 marked_round(struct peer *p, u32 from, u32 *ace, u32 spare)
{
	u32 end = sent_to(p);

	after(p, ms(100));
	while (from < end) {
		u32 len = min(end - from, 1000U);

		from += len;
		*ace += !spare;
		spare -= !!spare;
		recv_seg(p, .seq = 1, .ack = from, .flags = XTCP_ACK | ACE(*ace));
	}
	return from;
}

static void everything_is_marked(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_reno);
	u32 ace = 5, next = 1;
	unsigned long n;
	int i;

	write_bytes(p, 100000);
	for (i = 0; i < 4; i++) {
		next = marked_round(p, next, &ace, 0);
		KUNIT_EXPECT_FALSE(test, p->conn.accecn.deaf);
		KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
	}
	KUNIT_EXPECT_GT(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), 2UL);
	next = marked_round(p, next, &ace, 0);
	n = peer_mib(XTCP_MIB_ECE_REDUCTIONS);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECN_ALL_MARKED), 1UL);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_NOT_ECT);
	marked_round(p, next, &ace, 0);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECE_REDUCTIONS), n);
	/* The peer's marks are told on (3.1.5). */
	recv_seg(p, .seq = 1, .ack = sent_to(p), .len = 1000, .ecn = XTCP_CE);
	KUNIT_EXPECT_EQ(test, LAST_ACE(p), ACE(6));
}

/* One segment that is not, at any time before, and marks mean what they say. */
static void not_everything_is_marked(struct kunit *test)
{
	u32 spared;

	for (spared = 0; spared < 4; spared++) {
		struct peer *p = accurate(test, &xtcp_cc_reno);
		u32 ace = 5, next = 1;
		u32 i;

		write_bytes(p, 100000);
		for (i = 0; i < 8; i++)
			next = marked_round(p, next, &ace, i == spared);
		KUNIT_EXPECT_FALSE(test, p->conn.accecn.deaf);
		KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
		KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ECN_ALL_MARKED), 0UL);
	}
}

/* Where the algorithm needs marks a full queue may mark all there is. */
static void dctcp_heeds_all_marks(struct kunit *test)
{
	struct peer *p = accurate(test, &xtcp_cc_dctcp);
	u32 ace = 5, next = 1;
	u32 i;

	write_bytes(p, 100000);
	for (i = 0; i < 8; i++)
		next = marked_round(p, next, &ace, 0);
	KUNIT_EXPECT_FALSE(test, p->conn.accecn.deaf);
	KUNIT_EXPECT_EQ(test, p->last.ecn, (u8)XTCP_ECT_0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(marks_are_counted),
	KUNIT_CASE(marks_are_told_soon),
	KUNIT_CASE(wraps),
	KUNIT_CASE(wraps_by_what_is_usual),
	KUNIT_CASE(one_reduction_for_a_window),
	KUNIT_CASE(dctcp_counts_exactly),
	KUNIT_CASE(cleared_counts),
	KUNIT_CASE(counts_survive_gso),
	KUNIT_CASE(everything_is_marked),
	KUNIT_CASE(not_everything_is_marked),
	KUNIT_CASE(dctcp_heeds_all_marks),
	{}
};

static struct kunit_suite xtcp_accecn_count_suite = {
	.name = "xtcp_accecn_count",
	.test_cases = cases,
};

kunit_test_suite(xtcp_accecn_count_suite);
