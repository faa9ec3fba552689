// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/rto.c: when text, SYN and FIN go again and when a connection is given
 * up, to the millisecond (RFC 6298 5; rfc9293 MUST-18 to MUST-23, SHLD-10,
 * SHLD-11; mission E1 to E4, E8; RFC 6069).
 */
#include <linux/errno.h>
#include "peer.h"

/* A round trip of 1 us makes 200 ms of the timeout. */
static struct peer *on_fast_path(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = 1, .mss = 1000);

	p->show = SHOW_TIME;
	return p;
}

struct syn_row {
	const char *desc;
	u32 retries;
	u32 linear;
	const char *sent;
	u64 death_ms;
};

/* mission E1 */
static const struct syn_row syn_rows[] = {
	{ "5 and 0: the default", 5, 0,
	  "S0 [1000]S0 [3000]S0 [7000]S0 [15000]S0 [31000]S0", 63000 },
	{ "6 and 4: as Linux", 6, 4,
	  "S0 [1000]S0 [2000]S0 [3000]S0 [4000]S0 [5000]S0 [7000]S0 [11000]S0 [19000]S0 [35000]S0 [67000]S0",
	  131000 },
	{ "5 and 4", 5, 4,
	  "S0 [1000]S0 [2000]S0 [3000]S0 [4000]S0 [5000]S0 [7000]S0 [11000]S0 [19000]S0 [35000]S0",
	  67000 },
	{ "1 and 0", 1, 0, "S0 [1000]S0", 3000 },
	{ "7 and 0: MUST-23", 7, 0,
	  "S0 [1000]S0 [3000]S0 [7000]S0 [15000]S0 [31000]S0 [63000]S0 [127000]S0", 247000 },
};

KUNIT_ARRAY_PARAM_DESC(syn, syn_rows, desc);

static void unanswered_syn(struct kunit *test)
{
	const struct syn_row *row = test->param_value;
	struct peer *p = connecting(test);

	p->env.knob.syn_retries = row->retries;
	p->env.knob.syn_linear_timeouts = row->linear;
	p->show = SHOW_TIME;
	at(p, ms(row->death_ms) - 1);
	expect(p, row->sent);
	expect_state(p, SYN_SENT);
	peer_wakes(p);
	at(p, ms(row->death_ms));
	expect(p, "");
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ERROR);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ATTEMPT_FAILS), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_SYN_RETRANS),
			(unsigned long)(row->retries + row->linear));
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* linux-surface SYNCNT: the user's number in place of the tunable's. */
static void users_limit_of_syns(struct kunit *test)
{
	struct peer *p = connecting(test);

	p->conn.user.syn_limit = 2;
	p->env.knob.syn_linear_timeouts = 1;
	p->show = SHOW_TIME;
	at(p, ms(7999));
	expect(p, "S0 [1000]S0 [2000]S0 [4000]S0");
	expect_state(p, SYN_SENT);
	at(p, ms(8000));
	expect_state(p, CLOSED);
}

/* In SYN-RECEIVED after a simultaneous open: synack_retries, mission E2. */
static void unanswered_syn_ack(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .flags = XTCP_SYN, .mss = 1460);
	expect(p, "S0 S0A1");
	p->show = SHOW_TIME;
	at(p, ms(62999));
	expect(p, "[1000]S0A1 [3000]S0A1 [7000]S0A1 [15000]S0A1 [31000]S0A1");
	at(p, ms(63000));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
}

/* RFC 6298 5.1: started by the first segment, not moved by the next ones. */
static void runs_from_the_first_segment(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 1000);
	at(p, ms(150));
	write_bytes(p, 1000);
	expect(p, "[0]1:1001 [150]1001:2001");
	at(p, ms(200));
	expect(p, "");
	at(p, ms(201));
	expect(p, "[200]1:1001");
}

/* RFC 6298 5.2, 5.3: restarted by an ACK of new data, off when all is acked. */
static void restarted_by_new_acks(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 2000);
	at(p, ms(100));
	recv_ack(p, 1001);
	peer_effects(p);
	at(p, ms(299));
	expect(p, "");
	recv_ack(p, 2001);
	KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_RTO));
	at(p, sec(100));
	expect(p, "");
}

static void duplicate_ack_does_not_restart(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 2000);
	at(p, ms(150));
	recv_ack(p, 1);
	peer_effects(p);
	at(p, ms(201));
	expect(p, "[200]1:1001");
}

/* RFC 6298 5.4, 5.5: the earliest segment, twice as long each time. */
static void back_off(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 2000);
	expect(p, "[0]1:1001 [0]1001:2001");
	at(p, ms(13000));
	expect(p, "[200]1:1001 [600]1:1001 [1400]1:1001 [3000]1:1001 [6200]1:1001 [12600]1:1001");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_TIMEOUTS), 6UL);
	KUNIT_EXPECT_EQ(test, (int)p->conn.retransmits, 6);
}

/* Karn (MUST-18): what was sent twice gives no sample. */
static void karn(struct kunit *test)
{
	struct peer *p = on_fast_path(test);
	u32 srtt = p->conn.rtt.srtt_us;

	write_bytes(p, 1000);
	at(p, ms(250));
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, srtt);
	/* RFC 6298 5 says nothing else resets it: the back-off stays in force. */
	write_bytes(p, 1000);
	at(p, ms(290));
	recv_ack(p, 2001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.rtt.backoff, 0);
	KUNIT_EXPECT_NE(test, p->conn.rtt.srtt_us, srtt);
}

/* A sample is what passed until arrival, not until processing. */
static void sample_ends_at_arrival(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = ms(80));

	write_bytes(p, 100);
	at(p, ms(200));
	recv_seg(p, .seq = 1, .ack = 101, .waited_us = ms(120));
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 80000U);
}

struct death_row {
	const char *desc;
	u32 retries2;
	u64 death_ms;
	u32 retransmissions;
};

/* mission E8 */
static const struct death_row death_rows[] = {
	{ "retries2 5", 5, 12600, 5 },
	{ "retries2 8", 8, 102200, 8 },
	{ "retries2 15", 15, 924600, 15 },
};

KUNIT_ARRAY_PARAM_DESC(death, death_rows, desc);

static void peer_vanishes(struct kunit *test)
{
	const struct death_row *row = test->param_value;
	struct peer *p = on_fast_path(test);

	p->env.knob.retries2 = row->retries2;
	write_bytes(p, 1000);
	at(p, ms(row->death_ms - 1));
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 1 + row->retransmissions);
	peer_wakes(p);
	peer_effects(p);
	at(p, ms(row->death_ms + 20));
	expect(p, "");		/* no RST (mission D5) */
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ERROR);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_TIMEOUT), 1UL);
}

/* MUST-20, SHLD-10: R1 comes at the third retransmission. */
static void r1_doubts_the_route(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 1000);
	at(p, ms(1399));
	KUNIT_EXPECT_FALSE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
	at(p, ms(1401));
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
}

static void r1_after_one(struct xtcp_sysctls *knob)
{
	knob->retries1 = 1;
}

static void r1_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .rtt_us = 1, .knobs = r1_after_one);

	write_bytes(p, 1000);
	at(p, ms(199));
	KUNIT_EXPECT_FALSE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
	at(p, ms(201));
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
}

/* MUST-47, SHLD-25: what ICMP said is the reason in the end. */
static void soft_error_is_the_reason(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	p->env.knob.retries2 = 5;
	write_bytes(p, 1000);
	xtcp_icmp_error(&p->conn, EHOSTUNREACH);
	at(p, ms(12700));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, EHOSTUNREACH);
}

static const char fin_times[] =
	"[0]F1 [200]F1 [600]F1 [1400]F1 [3000]F1 [6200]F1 [12600]F1 [25400]F1 [51000]F1";

/* mission E4: the active closer's FIN; orphan_retries 0 means 8. */
static void orphan_s_fin(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	user_close(p);
	at(p, ms(102199));
	expect(p, fin_times);
	expect_state(p, FIN_WAIT_1);
	at(p, ms(102201));
	expect(p, "");
	expect_state(p, CLOSED);
}

/* mission E6: the passive closer's, the same. */
static void orphan_s_last_fin(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	recv_fin(p, 1);
	user_close(p);
	at(p, ms(102199));
	expect(p, fin_times);
	expect_state(p, LAST_ACK);
	at(p, ms(102201));
	expect_state(p, CLOSED);
}

static void orphan_retries_1(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	p->env.knob.orphan_retries = 1;
	user_close(p);
	at(p, ms(599));
	expect(p, "[0]F1 [200]F1");
	expect_state(p, FIN_WAIT_1);
	at(p, ms(601));
	expect_state(p, CLOSED);
}

/* mission D4: after shutdown() the socket lives, and retries2 is its limit. */
/*
 * mission D4: where a router has no way and the timeout is as long as it gets, an orphan is
 * given up whatever orphan_retries says.
 */
static void orphan_without_a_way(struct kunit *test)
{
	struct peer *p = established(test);

	p->env.knob.orphan_retries = 200;
	user_close(p);
	expect(p, "F1");
	p->conn.rtt.backoff = 9;	/* 102 s */
	p->conn.err_soft = EHOSTUNREACH;
	KUNIT_EXPECT_EQ(test, xtcp_retries(&p->conn), 200U);
	p->conn.rtt.backoff = 10;	/* 120 s */
	KUNIT_EXPECT_EQ(test, xtcp_retries(&p->conn), 0U);
	p->conn.err_soft = 0;
	KUNIT_EXPECT_EQ(test, xtcp_retries(&p->conn), 200U);
	p->conn.err_soft = EHOSTUNREACH;
	p->conn.orphan = false;
	KUNIT_EXPECT_EQ(test, xtcp_retries(&p->conn), 15U);
}

static void shut_down_is_no_orphan(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	user_shutdown(p);
	at(p, ms(924599));
	expect_state(p, FIN_WAIT_1);
	at(p, ms(924620));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
}

/* Progress gives the whole time again. */
static void progress_starts_r2_anew(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	p->env.knob.retries2 = 5;
	write_bytes(p, 2000);
	at(p, ms(12000));
	recv_ack(p, 1001);
	at(p, ms(24000));
	expect_state(p, ESTABLISHED);
	at(p, ms(60000));
	expect_state(p, CLOSED);
}

/* After progress the next loss is a new one: R1 and ssthresh begin anew. */
static void progress_forgets_timeouts(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 10000);
	at(p, ms(700));
	KUNIT_EXPECT_EQ(test, (int)p->conn.retransmits, 2);
	recv_ack(p, 10001);
	KUNIT_EXPECT_EQ(test, (int)p->conn.retransmits, 0);
	p->conn.cc.cwnd = 20000;
	write_bytes(p, 20000);
	peer_wakes(p);
	at(p, sec(2));
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, 10000U);
	KUNIT_EXPECT_FALSE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
	at(p, sec(7));
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ROUTE);
}

/* RFC 6298 5.7: a lost SYN makes the first timeout of data 3 s. */
static void lost_syn_makes_it_3_s(struct kunit *test)
{
	struct peer *p = connecting(test);

	at(p, ms(1001));
	recv_seg(p, .seq = 0, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1460);
	expect_state(p, ESTABLISHED);
	peer_effects(p);
	p->origin = p->now;
	p->show = SHOW_TIME;
	write_bytes(p, 100);
	at(p, ms(3100));
	expect(p, "[0]1:101 [3000]1:101");
}

/* RFC 9293 3.8.3, TCP_USER_TIMEOUT: to the millisecond, whatever the timer. */
static void user_timeout(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	p->conn.user.timeout_ms = 1000;
	write_bytes(p, 1000);
	at(p, ms(999));
	expect(p, "[0]1:1001 [200]1:1001 [600]1:1001");
	expect_state(p, ESTABLISHED);
	at(p, ms(1000));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_TIMEOUT), 1UL);
}

/* It may be longer than R2, too. */
static void patient_user(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	p->conn.user.timeout_ms = 2000000;
	write_bytes(p, 1000);
	at(p, ms(1999999));
	expect_state(p, ESTABLISHED);
	at(p, ms(2000000));
	expect_state(p, CLOSED);
}

static void user_timeout_of_a_syn(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){ 0 });

	p->conn.user.timeout_ms = 2500;
	p->show = SHOW_TIME;
	xtcp_conn_connect(&p->conn, p->iss, p->now);
	peer_drive(p);
	at(p, ms(2499));
	expect(p, "[0]S0 [1000]S0");
	expect_state(p, SYN_SENT);
	at(p, ms(2500));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
}

/* RFC 6069 4: no way is no congestion: the last doubling is taken back. */
static void unreachable_reverts_back_off(struct kunit *test)
{
	struct peer *p = on_fast_path(test);

	write_bytes(p, 1000);
	xtcp_rto_unreachable(&p->conn, p->iss + 1, p->now);
	at(p, ms(250));
	expect(p, "[0]1:1001 [200]1:1001");
	/* Not for what is not the oldest. */
	xtcp_rto_unreachable(&p->conn, p->iss + 2, p->now);
	KUNIT_EXPECT_EQ(test, (int)p->conn.rtt.backoff, 1);
	xtcp_rto_unreachable(&p->conn, p->iss + 1, p->now);
	at(p, ms(700));
	expect(p, "[400]1:1001");
	/* 4 (5): what would have been sent by now goes at once. */
	xtcp_rto_unreachable(&p->conn, p->iss + 1, p->now);
	at(p, ms(900));
	expect(p, "[700]1:1001");
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(unanswered_syn, syn_gen_params),
	KUNIT_CASE(users_limit_of_syns),
	KUNIT_CASE(unanswered_syn_ack),
	KUNIT_CASE(runs_from_the_first_segment),
	KUNIT_CASE(restarted_by_new_acks),
	KUNIT_CASE(duplicate_ack_does_not_restart),
	KUNIT_CASE(back_off),
	KUNIT_CASE(karn),
	KUNIT_CASE(sample_ends_at_arrival),
	KUNIT_CASE_PARAM(peer_vanishes, death_gen_params),
	KUNIT_CASE(r1_doubts_the_route),
	KUNIT_CASE(r1_is_a_knob),
	KUNIT_CASE(soft_error_is_the_reason),
	KUNIT_CASE(orphan_s_fin),
	KUNIT_CASE(orphan_s_last_fin),
	KUNIT_CASE(orphan_without_a_way),
	KUNIT_CASE(orphan_retries_1),
	KUNIT_CASE(shut_down_is_no_orphan),
	KUNIT_CASE(progress_starts_r2_anew),
	KUNIT_CASE(progress_forgets_timeouts),
	KUNIT_CASE(lost_syn_makes_it_3_s),
	KUNIT_CASE(user_timeout),
	KUNIT_CASE(patient_user),
	KUNIT_CASE(user_timeout_of_a_syn),
	KUNIT_CASE(unreachable_reverts_back_off),
	{}
};

static struct kunit_suite xtcp_rto_suite = {
	.name = "xtcp_rto",
	.test_cases = cases,
};

kunit_test_suite(xtcp_rto_suite);
