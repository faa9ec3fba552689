// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/fastopen.c: the form of the experiments (kind 254), a SYN that has waited
 * for text, and what looks as if somebody on the way swallowed what follows such
 * a SYN (rfcs 7413 "blackhole"; linux-surface fastopen_blackhole_timeout_sec).
 */
#include <linux/errno.h>
#include <xtcp/syn_text.h>
#include "peer.h"

#define FLAGS_SA (XTCP_SYN | XTCP_ACK)
#define COOKIE 8

/* The SYN with ten bytes of text has left. */
static struct peer *peer_asked(struct kunit *test, bool exp, const struct peer_opts *opts)
{
	struct peer *p = peer_new(test, opts);

	p->conn.fastopen.ask = true;
	p->conn.fastopen.deferred = true;
	p->conn.fastopen.cookie.len = COOKIE;
	p->conn.fastopen.cookie.exp = exp;
	xtcp_conn_connect(&p->conn, p->iss, p->now);
	peer_drive(p);
	at(p, sec(9));
	expect(p, "");
	xtcp_fastopen_text_is_here(&p->conn, p->now);
	write_bytes(p, 10);
	expect(p, "S0+10");
	return p;
}

#define asked(test, ...) peer_asked(test, false, &(struct peer_opts){ __VA_ARGS__ })

/* ESTABLISHED, and the text of the SYN was taken. */
static struct peer *answered(struct kunit *test)
{
	struct peer *p = asked(test);

	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460);
	expect_state(p, ESTABLISHED);
	peer_effects(p);
	peer_wakes(p);
	return p;
}

static bool hole_is_told(struct peer *p)
{
	return peer_wakes(p) & XTCP_WAKE_HOLE;
}

/* What the user makes the SYN wait is no time of the path. */
static void syn_waits_for_text(struct kunit *test)
{
	struct peer *p = asked(test);

	after(p, ms(7));
	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 7000U);
}

static void experiment(struct kunit *test)
{
	struct peer *p = peer_asked(test, true, &(struct peer_opts){});

	KUNIT_EXPECT_EQ(test, (int)p->last.opt.fastopen_exp, 1);
	KUNIT_EXPECT_EQ(test, p->last.opt.fastopen_len, (u8)COOKIE);
	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460, .fastopen = 16,
		 .fastopen_exp = true);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.learned);
	KUNIT_EXPECT_EQ(test, p->conn.fastopen.cookie.len, (u8)16);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.cookie.exp);
}

/* Who answers in the form of the RFC is asked so from then on. */
static void experiment_is_over(struct kunit *test)
{
	struct peer *p = peer_asked(test, true, &(struct peer_opts){});

	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460, .fastopen = 8);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.learned);
	KUNIT_EXPECT_FALSE(test, p->conn.fastopen.cookie.exp);
}

/* Three times in a row, no less and no more. */
static void syn_times_out(struct kunit *test)
{
	struct peer *p = asked(test);

	after(p, sec(3));
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
	KUNIT_EXPECT_EQ(test, (int)p->conn.fastopen.fail, (int)XTCP_FASTOPEN_OK);
	after(p, sec(4));
	KUNIT_EXPECT_TRUE(test, hole_is_told(p));
	KUNIT_EXPECT_EQ(test, (int)p->conn.fastopen.fail, (int)XTCP_FASTOPEN_SYN_LOST);
	after(p, sec(90));
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
}

static void few_retries(struct xtcp_sysctls *knob)
{
	knob->syn_retries = 1;
}

/* It is given up before. */
static void syn_times_out_for_good(struct kunit *test)
{
	struct peer *p = asked(test, .knobs = few_retries);

	after(p, sec(2));
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
	after(p, sec(2));
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, hole_is_told(p));
}

/* The handshake is let through, what follows is not. */
static void text_times_out(struct kunit *test)
{
	struct peer *p = answered(test);
	u64 seen = 0;
	int i;

	write_bytes(p, 100);
	for (i = 1; i <= 4; i++) {
		at(p, p->conn.deadline[XTCP_TIMER_RTO] - p->origin);
		if (p->conn.retransmits == seen)
			continue;	/* that was the probe of the tail */
		seen = p->conn.retransmits;
		KUNIT_EXPECT_EQ(test, hole_is_told(p), seen == 3);
	}
	KUNIT_EXPECT_GE(test, seen, 3ULL);
}

/* Whom Fast Open has nothing to do with. */
static void others_time_out(struct kunit *test)
{
	struct peer *p = connecting(test);

	at(p, sec(10));
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	recv_rst(p, 500);
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
}

/* A RST that misses text, though none has come. */
static void reset_behind_a_gap(struct kunit *test)
{
	struct peer *p = answered(test);

	recv_rst(p, 101);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, hole_is_told(p));
	p = answered(test);
	recv_text(p, 1, 10);
	recv_rst(p, 101);
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
	p = answered(test);
	recv_text(p, 51, 10);
	recv_rst(p, 101);
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
	/* In sequence it is a RST like others. */
	p = answered(test);
	recv_rst(p, 1);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_FALSE(test, hole_is_told(p));
}

static void fin_behind_a_gap(struct kunit *test)
{
	struct peer *p = answered(test);

	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_fin_alone(&p->conn));
	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_has_text(&p->conn));
	recv_fin(p, 101);
	KUNIT_EXPECT_TRUE(test, xtcp_fastopen_fin_alone(&p->conn));
	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_has_text(&p->conn));
	recv_text(p, 51, 50);
	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_fin_alone(&p->conn));
	KUNIT_EXPECT_TRUE(test, xtcp_fastopen_has_text(&p->conn));
	recv_text(p, 1, 50);
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_TRUE(test, xtcp_fastopen_has_text(&p->conn));
}

/* A FIN in sequence is none, and no text either. */
static void fin_in_sequence(struct kunit *test)
{
	struct peer *p = answered(test);

	recv_fin(p, 1);
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_fin_alone(&p->conn));
	KUNIT_EXPECT_FALSE(test, xtcp_fastopen_has_text(&p->conn));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(syn_waits_for_text),
	KUNIT_CASE(experiment),
	KUNIT_CASE(experiment_is_over),
	KUNIT_CASE(syn_times_out),
	KUNIT_CASE(syn_times_out_for_good),
	KUNIT_CASE(text_times_out),
	KUNIT_CASE(others_time_out),
	KUNIT_CASE(reset_behind_a_gap),
	KUNIT_CASE(fin_behind_a_gap),
	KUNIT_CASE(fin_in_sequence),
	{}
};

static struct kunit_suite xtcp_fastopen_hole_suite = {
	.name = "xtcp_fastopen_hole",
	.test_cases = cases,
};

kunit_test_suite(xtcp_fastopen_hole_suite);
