// SPDX-License-Identifier: GPL-2.0-only
/*
 * cc/bbr.c (rfcs.md "BBR", version 1) on a model of a path: a sender that obeys window and rate, a
 * bottleneck with a queue, ACKs of each segment, losses by a seed. It takes the samples itself.
 */
#include <linux/math64.h>
#include <linux/string.h>
#include "sim.h"

#define MSS		1000U
#define RATE		10000000ULL	/* bytes per second: a segment is 100 us */
#define RTT_US		40000
#define BDP		400000U
#define SLOTS		16384

struct sent {
	u64 sent_us;
	u64 ack_us;	/* 0: lost on the way */
	u64 delivered;
	u64 delivered_us;
	u64 first_sent_us;
	bool repair;
	bool limited;
};

/**
 * struct path - sender, bottleneck and receiver
 * @cc: the sender's
 * @random: of what is lost
 * @loss: of 1000 segments, so many are lost
 * @now_ns: virtual time
 * @send_ns: when the sender's pace lets the next segment go
 * @free_ns: when the bottleneck has passed all that it has
 * @rate: of the bottleneck, bytes per second
 * @next: segments sent
 * @head: the oldest without ACK
 * @rtt_us: without a queue
 * @recover: segments sent when recovery began; 0: there is none
 * @owed: lost segments of before that are to be sent again
 * @repairs: such that are under way
 * @delivered: bytes
 * @delivered_us: when the last of them were
 * @first_sent_us: when the last of them had been sent
 * @limited: samples are limited until @delivered exceeds this, as the algorithm wants it
 * @queue_us: the longest time that a segment waited
 * @slot: what is under way, a ring
 */
struct path {
	struct xtcp_cc cc;
	u64 random;
	u32 loss;
	u64 now_ns;
	u64 send_ns;
	u64 free_ns;
	u64 rate;
	u32 next;
	u32 head;
	u64 rtt_us;
	u32 recover;
	u32 owed;
	u32 repairs;
	u64 delivered;
	u64 delivered_us;
	u64 first_sent_us;
	u64 limited;
	u64 queue_us;
	struct sent slot[SLOTS];
};

static struct path *new_path(struct kunit *test, u32 loss)
{
	struct path *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	p->cc = (struct xtcp_cc){ .cwnd = 10 * MSS, .ssthresh = XTCP_SSTHRESH_INFINITE, };
	p->cc.mss = MSS;
	xtcp_cc_choose(&p->cc, &xtcp_cc_bbr);
	p->random = 42;
	p->loss = loss;
	p->rate = RATE;
	p->now_ns = sec(1) * 1000;
	p->delivered_us = sec(1);
	p->first_sent_us = sec(1);
	p->rtt_us = RTT_US;
	return p;
}

static u32 flight(const struct path *p)
{
	return (p->next - p->head) * MSS;
}

static void send(struct path *p)
{
	struct sent *t = &p->slot[p->next++ % SLOTS];
	u64 now_us = p->now_ns / 1000;

	p->free_ns = max(p->free_ns, p->now_ns);
	p->queue_us = max_t(u64, p->queue_us, (p->free_ns - p->now_ns) / 1000);
	t->sent_us = now_us;
	t->delivered = p->delivered;
	t->delivered_us = p->delivered_us;
	t->first_sent_us = p->first_sent_us;
	t->limited = p->limited;
	t->ack_us = 0;
	if (sim_random(&p->random, 1000) >= p->loss) {
		p->free_ns += MSS * 1000000000ULL / p->rate;
		t->ack_us = p->free_ns / 1000 + p->rtt_us;
	}
	t->repair = p->owed;
	p->owed -= t->repair;
	p->repairs += t->repair;
	if (p->cc.pacing_rate)
		p->send_ns = max(p->send_ns, p->now_ns) +
			     div64_u64(MSS * 1000000000ULL, p->cc.pacing_rate);
}

/* Segments that were lost before the next one that arrives. */
static u32 lost_ahead(const struct path *p)
{
	u32 n = 0;

	while (p->head + n != p->next && !p->slot[(p->head + n) % SLOTS].ack_us)
		n++;
	return n;
}

/* It has arrived, or is known to be lost: recovery ends with the last repair. */
static void settle(struct path *p, bool lost)
{
	struct sent *t = &p->slot[p->head % SLOTS];

	p->repairs -= t->repair;
	p->owed += lost && (t->repair || p->head < p->recover);
	p->head++;
	if (p->head >= p->recover && !p->owed && !p->repairs)
		p->recover = 0;
}

static void arrive(struct path *p, u32 lost)
{
	u32 before = flight(p);
	struct sent *t = &p->slot[(p->head + lost) % SLOTS];
	u64 send_us = t->sent_us - t->first_sent_us;
	struct xtcp_cc_sample s = {
		.now_us = t->ack_us,
		.srtt_us = RTT_US,
		.rtt_us = t->ack_us - t->sent_us,
		.acked = MSS,
		.newly = MSS,
		.flight = before,
		.lost = lost * MSS,
		.prior = t->delivered,
		.app_limited = t->limited,
	};

	p->now_ns = max(p->now_ns, t->ack_us * 1000);
	p->delivered += MSS;
	p->delivered_us = t->ack_us;
	if (p->delivered > p->limited)
		p->limited = 0;
	p->first_sent_us = t->sent_us;
	s.total = p->delivered;
	s.delivered = p->delivered - t->delivered;
	s.interval_us = max(send_us, t->ack_us - t->delivered_us);
	if (lost && !p->recover) {
		p->cc.ssthresh = p->cc.ops->on_loss(&p->cc, before, false);
		p->recover = p->next;
	}
	while (lost--)
		settle(p, true);
	settle(p, false);
	s.recovery = p->recover;
	s.in_flight = flight(p);
	p->cc.ops->control(&p->cc, &s);
	if (p->cc.held)
		p->limited = p->delivered + flight(p);
}

/* The greedy sender, for so long; returns what was delivered, per second. */
static u64 run(struct kunit *test, struct path *p, u64 us)
{
	u64 end_ns = p->now_ns + us * 1000;
	u64 before = p->delivered;

	while (p->now_ns < end_ns) {
		u32 lost = lost_ahead(p);
		bool may_send = flight(p) + MSS <= p->cc.cwnd;
		u64 ack_ns = ~0ULL;

		KUNIT_ASSERT_LE(test, p->next - p->head, (u32)SLOTS - 1);
		if (p->head + lost != p->next)
			ack_ns = p->slot[(p->head + lost) % SLOTS].ack_us * 1000;
		if (may_send && max(p->send_ns, p->now_ns) < ack_ns) {
			p->now_ns = max(p->send_ns, p->now_ns);
			send(p);
		} else if (ack_ns != ~0ULL) {
			arrive(p, lost);
		} else {
			/* All that was in flight is lost: as after a timeout. */
			while (p->head != p->next)
				settle(p, true);
		}
	}
	return div64_u64((p->delivered - before) * XTCP_USEC_PER_SEC, us);
}

/* Startup finds the bandwidth within a second, and the queue drains again. */
static void finds_the_bandwidth(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u64 rate;

	run(test, p, sec(1));
	p->queue_us = 0;
	rate = run(test, p, sec(5));
	KUNIT_EXPECT_GE(test, rate, RATE * 97 / 100);
	KUNIT_EXPECT_LE(test, rate, RATE * 101 / 100);
	/* Window: twice what the path holds, and room for three quanta of 10 KB. */
	KUNIT_EXPECT_GE(test, p->cc.cwnd, 2 * BDP * 97 / 100);
	KUNIT_EXPECT_LE(test, p->cc.cwnd, 2 * BDP * 110 / 100);
	/* The probe by a quarter for one round trip queues a quarter of it. */
	KUNIT_EXPECT_LE(test, p->queue_us, RTT_US / 2);
}

/* Its rates: 5/4 once in eight phases, 3/4 behind it, else the bandwidth less 1 %. */
static void cycle_of_gains(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u64 least = ~0ULL;
	u64 most = 0;
	u32 even = 0;
	u32 i;

	run(test, p, sec(2));
	for (i = 0; i < 800; i++) {
		run(test, p, 1000);
		least = min(least, p->cc.pacing_rate);
		most = max(most, p->cc.pacing_rate);
		even += p->cc.pacing_rate >= RATE * 97 / 100 && p->cc.pacing_rate <= RATE;
	}
	KUNIT_EXPECT_GE(test, most, RATE * 122 / 100);
	KUNIT_EXPECT_LE(test, most, RATE * 125 / 100);
	KUNIT_EXPECT_GE(test, least, RATE * 73 / 100);
	KUNIT_EXPECT_LE(test, least, RATE * 75 / 100);
	KUNIT_EXPECT_GE(test, even, 800U / 2);
}

/* Random loss is no sign of congestion: the link stays full but for what is lost. */
static void random_loss(struct kunit *test)
{
	static const u32 loss[] = { 10, 20, 50 };
	int i;

	for (i = 0; i < 3; i++) {
		struct path *p = new_path(test, loss[i]);

		run(test, p, sec(2));
		KUNIT_EXPECT_GE(test, run(test, p, sec(7)),
				RATE * (1000 - loss[i]) / 1000 * 90 / 100);
	}
}

/* Half the bandwidth: known when the old one has left the window of ten rounds. */
static void follows_the_bandwidth_down_and_up(struct kunit *test)
{
	struct path *p = new_path(test, 0);

	run(test, p, sec(2));
	p->rate = RATE / 2;
	run(test, p, sec(3));
	p->queue_us = 0;
	KUNIT_EXPECT_GE(test, run(test, p, sec(1)), RATE / 2 * 95 / 100);
	KUNIT_EXPECT_LE(test, p->cc.pacing_rate, RATE / 2 * 125 / 100);
	p->rate = RATE;
	run(test, p, sec(2));
	KUNIT_EXPECT_GE(test, run(test, p, sec(1)), RATE * 93 / 100);
}

/* Ten seconds after the least time was seen: four segments for 200 ms. */
static void probe_rtt(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u64 low_us = 0;
	u64 rate, end_ns;

	run(test, p, sec(2));
	/* A longer way, or someone else's queue. */
	p->rtt_us = RTT_US + 1000;
	end_ns = p->now_ns + sec(12) * 1000;
	while (p->now_ns < end_ns) {
		u64 from_ns = p->now_ns;

		run(test, p, 1000);
		if (p->cc.cwnd == 4 * MSS)
			low_us += (p->now_ns - from_ns) / 1000;
	}
	/* And the round trip in which the window drains; no second time within ten. */
	KUNIT_EXPECT_GE(test, low_us, 200000ULL);
	KUNIT_EXPECT_LE(test, low_us, 200000ULL + 4 * RTT_US);
	/* Back at once: the bandwidth was not forgotten. */
	rate = run(test, p, sec(2));
	KUNIT_EXPECT_GE(test, rate, RATE * 85 / 100);
}

/*
 * On a short way PROBE_RTT lasts for more rounds than the filter of the bandwidth: four segments
 * a millisecond are not what it has seen when it comes back.
 */
static void probe_rtt_of_a_short_way(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u64 end_ns;

	p->rtt_us = 1000;
	run(test, p, sec(2));
	p->rtt_us = 1100;
	end_ns = p->now_ns + sec(12) * 1000;
	while (p->cc.cwnd != 4 * MSS && p->now_ns < end_ns)
		run(test, p, 1000);
	KUNIT_EXPECT_TRUE(test, p->cc.held);
	while (p->cc.held)
		run(test, p, 100);
	run(test, p, 2000);
	KUNIT_EXPECT_GE(test, run(test, p, 20000), RATE * 85 / 100);
}

/* ACKs of first copies of what was sent again: no time to measure, and no round is over. */
static void no_time_no_round(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u32 i;

	for (i = 1; i <= 10; i++) {
		struct xtcp_cc_sample s = {
			.now_us = p->now_ns / 1000 + i * 1000,
			.srtt_us = RTT_US,
			.newly = MSS,
			.total = i * MSS,
			.prior = (i - 1) * MSS,
			.delivered = MSS,
			.interval_us = i == 1 ? RTT_US : 0,
		};

		p->cc.ops->control(&p->cc, &s);
	}
	/* Three rounds without growth would have ended the start. */
	KUNIT_EXPECT_GE(test, p->cc.pacing_rate,
			2ULL * MSS * XTCP_USEC_PER_SEC / RTT_US);
}

/* A window as small as recovery leaves it. */
static void small_window(struct kunit *test, struct path *p, u64 us)
{
	u64 end_ns = p->now_ns + us * 1000;

	while (p->now_ns < end_ns) {
		p->cc.cwnd = 4 * MSS;
		run(test, p, 100);
	}
}

/* Rounds of a window that was reduced for nothing do not end the start. */
static void start_goes_on(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u32 cwnd, i;

	run(test, p, 3 * RTT_US);
	cwnd = p->cc.cwnd;
	for (i = 0; i < 2; i++) {
		p->cc.ops->on_loss(&p->cc, flight(p), false);
		small_window(test, p, 2 * RTT_US);
		p->cc.cwnd = cwnd;
		p->cc.ops->on_undo(&p->cc);
	}
	run(test, p, 4 * RTT_US);
	KUNIT_EXPECT_GE(test, run(test, p, 4 * RTT_US), RATE * 80 / 100);
}

/* The first round of recovery sends what is delivered, then as before. */
static void conservation(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u32 cwnd;

	run(test, p, sec(2));
	cwnd = p->cc.cwnd;
	/* Half of the flight is lost. */
	p->loss = 1000;
	run(test, p, RTT_US / 2);
	p->loss = 0;
	while (!p->recover)
		run(test, p, 100);
	KUNIT_EXPECT_LE(test, p->cc.cwnd, flight(p) + 2 * MSS);
	KUNIT_EXPECT_LE(test, p->cc.cwnd, cwnd / 2);
	while (p->recover)
		run(test, p, 100);
	run(test, p, RTT_US);
	KUNIT_EXPECT_GE(test, p->cc.cwnd, cwnd * 9 / 10);
}

/* The i-th round trip of one segment. */
static void one_segment(struct path *p, u32 i, bool limited)
{
	struct xtcp_cc_sample s = {
		.now_us = p->now_ns / 1000 + i * RTT_US,
		.srtt_us = RTT_US,
		.newly = MSS,
		.total = p->delivered + i * MSS,
		.prior = p->delivered + (i - 1) * MSS,
		.delivered = MSS,
		.interval_us = RTT_US,
		.rtt_us = RTT_US,
		.app_limited = limited,
	};

	p->cc.ops->control(&p->cc, &s);
}

/* Pauses of the application leave what is known of the path, and so does what comes next. */
static void application_limited(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u64 rate = 0;
	u32 i;

	run(test, p, sec(2));
	for (i = 1; i <= 100; i++) {
		one_segment(p, i, true);
		rate = max(rate, p->cc.pacing_rate);
	}
	KUNIT_EXPECT_GE(test, rate, RATE * 95 / 100);
	KUNIT_EXPECT_GE(test, p->cc.pacing_rate, RATE * 70 / 100);
	one_segment(p, 101, false);
	KUNIT_EXPECT_GE(test, p->cc.pacing_rate, RATE * 70 / 100);
}

/* In recovery the window was that of conservation; undone, it is the one before. */
static void what_was_in_vain_is_taken_back(struct kunit *test)
{
	struct path *p = new_path(test, 0);
	u32 cwnd;

	run(test, p, sec(2));
	cwnd = p->cc.cwnd;
	p->cc.ops->on_loss(&p->cc, flight(p), false);
	p->recover = p->next;
	small_window(test, p, RTT_US / 10);
	KUNIT_ASSERT_LE(test, p->cc.cwnd, cwnd / 2);
	p->cc.ops->on_undo(&p->cc);
	KUNIT_EXPECT_EQ(test, p->cc.cwnd, cwnd);
}

/* A connection: paced, and recovery leaves its window alone. */
static void of_a_connection(struct kunit *test)
{
	struct peer *p = established(test, .mss = MSS, .scaling = true, .wscale = 6,
				     .rtt_us = ms(20));
	u32 i;

	xtcp_cc_choose(&p->conn.cc, &xtcp_cc_bbr);
	recv_ack(p, 1);
	write_bytes(p, 100 * MSS);
	at(p, ms(20));
	recv_ack(p, MSS + 1);
	/* 2.885 times the first window in 20 ms, or what one segment in 20 ms tells. */
	KUNIT_EXPECT_GT(test, p->conn.cc.pacing_rate, 0ULL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 11 * MSS);
	for (i = 0; i < 3; i++)
		recv_ack(p, MSS + 1);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_RECOVERY);
	/* Conservation: what is in flight but the lost one, not half and three segments. */
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, p->conn.snd.nxt - p->conn.snd.una - MSS);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, XTCP_SSTHRESH_INFINITE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(finds_the_bandwidth),
	KUNIT_CASE(cycle_of_gains),
	KUNIT_CASE(random_loss),
	KUNIT_CASE(follows_the_bandwidth_down_and_up),
	KUNIT_CASE(probe_rtt),
	KUNIT_CASE(probe_rtt_of_a_short_way),
	KUNIT_CASE(no_time_no_round),
	KUNIT_CASE(start_goes_on),
	KUNIT_CASE(what_was_in_vain_is_taken_back),
	KUNIT_CASE(conservation),
	KUNIT_CASE(application_limited),
	KUNIT_CASE(of_a_connection),
	{}
};

static struct kunit_suite xtcp_bbr_suite = {
	.name = "xtcp_bbr",
	.test_cases = cases,
};

kunit_test_suite(xtcp_bbr_suite);
