// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/retry.c: memory is short for what is due. It goes 20 ms later, whatever
 * it is, and no timeout is waited for; SYN and RST have their own ways.
 */
#include "peer.h"

static struct peer *sender(struct kunit *test, bool sack)
{
	struct peer *p = established(test, .mss = 1000, .gso = 10000, .sack = sack,
				     .rtt_us = ms(50), .nodelay = true);

	p->show = SHOW_TIME;
	return p;
}

/* Nothing was sent, so there is no timeout either that would come. */
static void text_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, true);

	p->fail_sends = 1;
	write_bytes(p, 500);
	expect(p, "");
	KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_RTO));
	at(p, ms(19));
	expect(p, "");
	at(p, ms(25));
	expect(p, "[20]1:501");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_RETRANS_FAIL), 0UL);
}

static void ack_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, true);

	p->fail_sends = 2;
	recv_text(p, 1, 1000);
	at(p, ms(45));
	expect(p, "[40]A1001");
}

/* The timeout has backed off to half a second; the segment does not wait so long. */
static void retransmission_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, false);

	write_bytes(p, 1000);
	peer_effects(p);
	p->fail_sends = 3;
	at(p, ms(320));
	KUNIT_EXPECT_EQ(test, p->fail_sends, 0);
	expect(p, "[310]1:1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_RETRANS_FAIL), 3UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 1UL);
}

/* One segment goes after a timeout, for which a run of several must be cut. */
static void cut_of_what_is_lost_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, false);

	write_run(p, 5000);
	peer_effects(p);
	p->fail_cuts = 2;
	at(p, ms(320));
	KUNIT_EXPECT_EQ(test, p->fail_cuts, 0);
	expect(p, "[290]1:1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 1UL);
}

/* The same without SACK. */
static void first_of_newreno_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, false);
	int i;

	write_run(p, 8000);
	peer_effects(p);
	at(p, ms(50));
	p->fail_cuts = 2;
	for (i = 0; i < 3; i++)
		recv_ack(p, 1);
	expect(p, "");
	at(p, ms(110));
	expect(p, "[70]1:1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 0UL);
}

/* And of the segment that a partial acknowledgment shows to be lost (RFC 6582 3.2). */
static void next_of_newreno_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, false);
	int i;

	write_run(p, 8000);
	peer_effects(p);
	at(p, ms(50));
	for (i = 0; i < 3; i++)
		recv_ack(p, 1);
	expect(p, "[50]1:1001");
	p->fail_cuts = 2;
	recv_ack(p, 1001);
	expect(p, "");
	at(p, ms(110));
	expect(p, "[70]1001:2001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 0UL);
}

static void probe_of_the_tail_goes_later(struct kunit *test)
{
	struct peer *p = sender(test, true);

	write_run(p, 3000);
	peer_effects(p);
	p->fail_cuts = 1;
	at(p, ms(130));
	expect(p, "[122]2001:3001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_LOSS_PROBES), 1UL);
}

/* It was acknowledged after all: nothing is left to do. */
static void nothing_to_try_again(struct kunit *test)
{
	struct peer *p = sender(test, false);

	write_bytes(p, 1000);
	peer_effects(p);
	p->fail_sends = 1;
	at(p, ms(255));
	KUNIT_EXPECT_EQ(test, p->fail_sends, 0);
	recv_ack(p, 1001);
	at(p, sec(5));
	expect(p, "");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

static void syn_and_rst_count_as_sent(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){});

	xtcp_conn_connect(&p->conn, 1000, p->now);
	KUNIT_EXPECT_FALSE(test, xtcp_segment_unsent(&p->conn,
						     &(struct xtcp_plan){ .flags = XTCP_SYN },
						     p->now));
	KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_RETRY));
	KUNIT_EXPECT_FALSE(test, xtcp_segment_unsent(&p->conn,
						     &(struct xtcp_plan){ .flags = XTCP_RST },
						     p->now));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(text_goes_later),
	KUNIT_CASE(ack_goes_later),
	KUNIT_CASE(retransmission_goes_later),
	KUNIT_CASE(cut_of_what_is_lost_goes_later),
	KUNIT_CASE(first_of_newreno_goes_later),
	KUNIT_CASE(next_of_newreno_goes_later),
	KUNIT_CASE(probe_of_the_tail_goes_later),
	KUNIT_CASE(nothing_to_try_again),
	KUNIT_CASE(syn_and_rst_count_as_sent),
	{}
};

static struct kunit_suite xtcp_retry_suite = {
	.name = "xtcp_retry",
	.test_cases = cases,
};

kunit_test_suite(xtcp_retry_suite);
