// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/rate.c: delivery rate samples (rfcs.md "BBR";
 * draft-cheng-iccrg-delivery-rate-estimation) and the least round-trip time.
 * The model is a path with one bottleneck that passes a segment of 1000 bytes
 * a millisecond, 20 ms away: 1 MB/s whatever the sender does.
 */
#include <linux/string.h>
#include "peer.h"

#define MSS		1000U
#define RATE		1000000ULL
#define DELAY_US	20000
#define PATH_MAX_ACKS	256

/* The samples, as an algorithm sees them; its window never moves. */
static struct xtcp_cc_sample seen;

static void spy_on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	seen = *s;
}

static u32 spy_on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	return 20 * MSS;
}

static const struct xtcp_cc_ops spy = {
	.name = "spy",
	.on_ack = spy_on_ack,
	.on_loss = spy_on_loss,
};

/* One that sends less than the path takes while it holds. */
static bool holds;

static void spy_control(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	seen = *s;
	cc->held = holds;
}

static const struct xtcp_cc_ops holder = {
	.name = "holder",
	.control = spy_control,
	.on_loss = spy_on_loss,
};

/**
 * struct path - the bottleneck, and the ACKs that are on their way back
 * @free_us: when it has passed all that it was given
 * @at_us: when the ACK arrives
 * @ack: its number
 * @head: the next ACK, in both rings
 * @tail: the next free place
 */
struct path {
	u64 free_us;
	u64 at_us[PATH_MAX_ACKS];
	u32 ack[PATH_MAX_ACKS];
	u32 head;
	u32 tail;
};

static void path_output(struct peer *p, const struct xtcp_plan *plan)
{
	struct path *path = p->priv;
	u32 slot = path->tail++ % PATH_MAX_ACKS;

	if (!plan->len)
		return;
	path->free_us = max(path->free_us, p->now) + plan->len;
	path->at_us[slot] = path->free_us + DELAY_US;
	path->ack[slot] = plan->seq + plan->len - p->iss;
}

static void run_path(struct peer *p, u64 until_us)
{
	struct path *path = p->priv;

	while (path->head != path->tail) {
		u32 slot = path->head % PATH_MAX_ACKS;

		if (path->at_us[slot] > p->origin + until_us)
			return;
		path->head++;
		at(p, path->at_us[slot] - p->origin);
		recv_ack(p, path->ack[slot]);
	}
}

static struct peer *flow(struct kunit *test, u32 cwnd)
{
	struct peer *p = established(test, .mss = MSS, .scaling = true, .wscale = 6,
				     .gso = MSS, .rtt_us = DELAY_US);

	memset(&seen, 0, sizeof(seen));
	xtcp_cc_choose(&p->conn.cc, &spy);
	recv_ack(p, 1);
	peer_effects(p);
	p->conn.cc.cwnd = cwnd;
	return p;
}

static struct peer *flow_on_path(struct kunit *test, u32 cwnd)
{
	struct peer *p = flow(test, cwnd);

	p->priv = kunit_kzalloc(test, sizeof(struct path), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->priv);
	p->output = path_output;
	return p;
}

static u64 sampled_rate(void)
{
	return seen.interval_us ? seen.delivered * XTCP_USEC_PER_SEC / seen.interval_us : 0;
}

/*
 * A window beyond what the path holds: every sample is the rate of the bottleneck,
 * once the first burst is over.
 */
static void full_path_tells_its_rate(struct kunit *test)
{
	struct peer *p = flow_on_path(test, 40 * MSS);
	u32 i;

	write_bytes(p, 250 * MSS);
	for (i = 0; i < 60; i++) {
		run_path(p, ms(120 + i));
		KUNIT_EXPECT_GE(test, sampled_rate(), RATE * 99 / 100);
		KUNIT_EXPECT_LE(test, sampled_rate(), RATE * 101 / 100);
		KUNIT_EXPECT_FALSE(test, seen.app_limited);
	}
	KUNIT_EXPECT_GE(test, xtcp_rate_shown(&p->conn.rate), RATE * 99 / 100);
	KUNIT_EXPECT_LE(test, xtcp_rate_shown(&p->conn.rate), RATE * 101 / 100);
}

/* Half of what the path holds, 21 segments in 21 ms: ten and a half a round trip. */
static void window_limits_the_rate(struct kunit *test)
{
	struct peer *p = flow_on_path(test, 7 * MSS);

	write_bytes(p, 200 * MSS);
	run_path(p, ms(150));
	KUNIT_EXPECT_GE(test, sampled_rate(), 7 * RATE / 21 * 98 / 100);
	KUNIT_EXPECT_LE(test, sampled_rate(), 7 * RATE / 21 * 102 / 100);
}

/* ACKs that arrive all at once do not make the path faster than what was sent. */
static void merged_acks(struct kunit *test)
{
	struct peer *p = flow(test, 10 * MSS);
	u32 i;

	write_bytes(p, 200 * MSS);
	for (i = 1; i <= 5; i++) {
		at(p, i * ms(50));
		recv_ack(p, i * 10 * MSS + 1);
	}
	KUNIT_EXPECT_EQ(test, sampled_rate(), 10 * MSS * 20ULL);
}

/* ACKs that were held up and then come close together: the time of sending counts. */
static void compressed_acks(struct kunit *test)
{
	struct peer *p = flow(test, 2 * MSS);

	write_bytes(p, 10 * MSS);
	at(p, ms(100));
	recv_ack(p, MSS + 1);
	at(p, ms(125));
	recv_ack(p, 3 * MSS + 1);
	KUNIT_EXPECT_EQ(test, seen.delivered, 2ULL * MSS);
	KUNIT_EXPECT_EQ(test, seen.interval_us, 100000U);
}

/* The application pauses: samples say so, until what it sent then is delivered. */
static void pause_limits_the_samples(struct kunit *test)
{
	struct peer *p = flow_on_path(test, 40 * MSS);

	write_bytes(p, 150 * MSS);
	run_path(p, sec(1));
	KUNIT_EXPECT_FALSE(test, seen.app_limited);
	at(p, sec(1));
	write_bytes(p, MSS);
	run_path(p, ms(1100));
	KUNIT_EXPECT_TRUE(test, seen.app_limited);
	KUNIT_EXPECT_LE(test, sampled_rate(), RATE / 20);
	/* The rate that the user is shown is still that of the path. */
	KUNIT_EXPECT_GE(test, xtcp_rate_shown(&p->conn.rate), RATE * 99 / 100);
	at(p, ms(1100));
	p->conn.cc.cwnd = 40 * MSS;
	write_bytes(p, 200 * MSS);
	run_path(p, ms(1260));
	KUNIT_EXPECT_FALSE(test, seen.app_limited);
	KUNIT_EXPECT_GE(test, sampled_rate(), RATE * 99 / 100);
}

/* An algorithm that holds back: the same. */
static void held_back(struct kunit *test)
{
	struct peer *p = flow_on_path(test, 4 * MSS);

	xtcp_cc_choose(&p->conn.cc, &holder);
	holds = true;
	write_bytes(p, 250 * MSS);
	run_path(p, ms(200));
	KUNIT_EXPECT_TRUE(test, seen.app_limited);
	holds = false;
	p->conn.cc.cwnd = 40 * MSS;
	run_path(p, ms(220));
	KUNIT_EXPECT_TRUE(test, seen.app_limited);
	run_path(p, ms(380));
	KUNIT_EXPECT_FALSE(test, seen.app_limited);
	KUNIT_EXPECT_GE(test, sampled_rate(), RATE * 95 / 100);
}

/* More text while the window is full is no pause. */
static void full_window_is_no_pause(struct kunit *test)
{
	struct peer *p = flow_on_path(test, 10 * MSS);

	write_bytes(p, 10 * MSS);
	KUNIT_EXPECT_EQ(test, p->conn.rate.app_limited, 1ULL);
	p->conn.rate.app_limited = 0;
	write_bytes(p, 10 * MSS);
	write_bytes(p, 10 * MSS);
	KUNIT_EXPECT_EQ(test, p->conn.rate.app_limited, 0ULL);
}

/* A part of a descriptor counts when it is acknowledged, and once. */
static void part_of_a_descriptor(struct kunit *test)
{
	struct peer *p = established(test, .mss = MSS, .gso = 5 * MSS);

	xtcp_cc_choose(&p->conn.cc, &spy);
	write_run(p, 5 * MSS);
	at(p, ms(2));
	recv_ack(p, 2 * MSS + 1);
	KUNIT_EXPECT_EQ(test, seen.newly, 2 * MSS);
	KUNIT_EXPECT_EQ(test, seen.delivered, 2ULL * MSS);
	KUNIT_EXPECT_EQ(test, seen.interval_us, 2000U);
	recv_ack(p, 5 * MSS + 1);
	KUNIT_EXPECT_EQ(test, seen.newly, 3 * MSS);
	KUNIT_EXPECT_EQ(test, seen.total, 5ULL * MSS);
}

/* Acknowledged selectively, and later cumulatively: delivered once. */
static void delivered_twice(struct kunit *test)
{
	struct peer *p = flow(test, 10 * MSS);
	struct xtcp_conn *c = &p->conn;

	write_run(p, MSS);
	write_run(p, MSS);
	at(p, ms(25));
	xtcp_rate_on_delivered(c, list_last_entry(&c->txq.queue, struct xtcp_tx, node), p->now);
	KUNIT_EXPECT_EQ(test, c->rate.delivered, (u64)MSS);
	xtcp_rate_on_delivered(c, list_last_entry(&c->txq.queue, struct xtcp_tx, node), p->now);
	KUNIT_EXPECT_EQ(test, c->rate.delivered, (u64)MSS);
	recv_ack(p, 2 * MSS + 1);
	KUNIT_EXPECT_EQ(test, c->rate.delivered, 2ULL * MSS);
	KUNIT_EXPECT_EQ(test, seen.newly, 2 * MSS);
}

/*
 * A timeout that came too early: the ACKs of what was sent first arrive sooner
 * after the retransmissions than the path allows, and measure nothing.
 */
static void ack_of_the_first_transmission(struct kunit *test)
{
	struct peer *p = flow(test, 10 * MSS);

	write_run(p, MSS);
	write_run(p, MSS);
	at(p, xtcp_earliest_deadline(&p->conn) - p->origin);
	expect(p, "1:1001 1001:2001 1:1001");
	after(p, 1000);
	recv_ack(p, MSS + 1);
	KUNIT_EXPECT_EQ(test, seen.lost, 2 * MSS);
	KUNIT_EXPECT_GT(test, seen.interval_us, 200000U);
	expect(p, "1001:2001");
	after(p, 1000);
	recv_ack(p, 2 * MSS + 1);
	KUNIT_EXPECT_EQ(test, seen.newly, MSS);
	KUNIT_EXPECT_EQ(test, seen.lost, 0U);
	KUNIT_EXPECT_EQ(test, seen.interval_us, 0U);
}

/* min_rtt_wlen: the least of the window; nothing from before it. */
static void min_rtt_window(struct kunit *test)
{
	struct xtcp_min_rtt m = { 0 };

	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&m), 0U);
	xtcp_min_rtt_update(&m, 500, sec(300), sec(1000));
	xtcp_min_rtt_update(&m, 0, sec(300), sec(1001));
	xtcp_min_rtt_update(&m, 900, sec(300), sec(1002));
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&m), 500U);
	xtcp_min_rtt_update(&m, 800, sec(300), sec(1200));
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&m), 500U);
	xtcp_min_rtt_update(&m, 900, sec(300), sec(1301));
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&m), 800U);
	xtcp_min_rtt_update(&m, 1000, sec(300), sec(9999));
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&m), 1000U);
}

static void one_second(struct xtcp_sysctls *knob)
{
	knob->min_rtt_wlen = 1;
}

/* Of a connection: the handshake counts, and the tunable bounds the window. */
static void min_rtt_wlen_of_a_connection(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = ms(5), .knobs = one_second);

	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&p->conn.rate.min_rtt), 5000U);
	write_bytes(p, 100);
	at(p, ms(30));
	recv_ack(p, 101);
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&p->conn.rate.min_rtt), 5000U);
	at(p, ms(1200));
	write_bytes(p, 100);
	at(p, ms(1230));
	recv_ack(p, 201);
	KUNIT_EXPECT_EQ(test, xtcp_min_rtt_get(&p->conn.rate.min_rtt), 30000U);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(full_path_tells_its_rate),
	KUNIT_CASE(window_limits_the_rate),
	KUNIT_CASE(merged_acks),
	KUNIT_CASE(compressed_acks),
	KUNIT_CASE(pause_limits_the_samples),
	KUNIT_CASE(held_back),
	KUNIT_CASE(full_window_is_no_pause),
	KUNIT_CASE(part_of_a_descriptor),
	KUNIT_CASE(delivered_twice),
	KUNIT_CASE(ack_of_the_first_transmission),
	KUNIT_CASE(min_rtt_window),
	KUNIT_CASE(min_rtt_wlen_of_a_connection),
	{}
};

static struct kunit_suite xtcp_rate_suite = {
	.name = "xtcp_rate",
	.test_cases = cases,
};

kunit_test_suite(xtcp_rate_suite);
