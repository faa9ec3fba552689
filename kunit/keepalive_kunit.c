// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/keepalive.c: probes of a silent peer and its end (RFC 9293 3.8.4;
 * rfc9293 MUST-24 to MUST-29, SHLD-12, MAY-5; mission S3.9a to S3.9e, E10).
 */
#include <linux/errno.h>
#include "peer.h"

#define IDLE	5000ULL
#define INTVL	2000ULL

/* The example of mission E10: 5 s, then every 2 s, three times. */
static struct peer *silent(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->env.knob.keepalive_time = IDLE / 1000;
	p->env.knob.keepalive_intvl = INTVL / 1000;
	p->env.knob.keepalive_probes = 3;
	p->show = SHOW_TIME;
	xtcp_keepalive_set(&p->conn, true, p->now);
	return p;
}

/* MUST-25: nobody asked for it. */
static void off_by_default(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	at(p, sec(100000));
	expect(p, "");
	expect_state(p, ESTABLISHED);
}

/* S3.9b, E10, D18, SHLD-12: without text, one number below; then RST and ETIMEDOUT. */
static void unanswered(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(10999));
	expect(p, "[5000]A1@0 [7000]A1@0 [9000]A1@0");
	KUNIT_EXPECT_EQ(test, p->last.len, 0U);
	KUNIT_EXPECT_EQ(test, p->last.reason, (u8)XTCP_WHY_KEEPALIVE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 3UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 0UL);
	expect_state(p, ESTABLISHED);
	at(p, ms(11000));
	KUNIT_EXPECT_EQ(test, p->last.flags, (u16)(XTCP_RST | XTCP_ACK));
	KUNIT_EXPECT_EQ(test, p->last.seq, p->iss + 1);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_TIMEOUT), 1UL);
}

/* MUST-28, S3.9a, S3.9b: two hours, eleven minutes and fifteen seconds. */
static void defaults(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	xtcp_keepalive_set(&p->conn, true, p->now);
	at(p, ms(7199999));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
	at(p, ms(7874999));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 9UL);
	expect_state(p, ESTABLISHED);
	at(p, ms(7875000));
	expect_state(p, CLOSED);
}

/* MUST-29, S3.9c: the last probe's answer counts for all, and silence begins anew. */
static void answered_at_last(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(9100));
	recv_ack(p, 1);
	at(p, ms(20099));
	expect(p, "[5000]A1@0 [7000]A1@0 [9000]A1@0 [14100]A1@0 [16100]A1@0 [18100]A1@0");
	expect_state(p, ESTABLISHED);
	at(p, ms(20100));
	expect_state(p, CLOSED);
}

/* MUST-26: text and ACKs of the peer alike. */
static void any_segment_is_life(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(4000));
	recv_ack(p, 1);
	at(p, ms(8000));
	recv_text(p, 1, 10);
	at(p, ms(12999));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
	at(p, ms(13000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 1UL);
}

/* MUST-26: text that waits for its ACK is looked after by its own timer. */
static void not_beside_text(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(4000));
	write_bytes(p, 10);
	at(p, ms(30000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
	recv_ack(p, 11);
	at(p, ms(34999));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
	at(p, ms(35000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 1UL);
}

/* Nor beside text that waits for a window: the probes are those of the window. */
static void not_beside_closed_window(struct kunit *test)
{
	struct peer *p = silent(test);

	recv_ack_wnd(p, 1, 0);
	write_bytes(p, 10);
	at(p, ms(6000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
	KUNIT_EXPECT_GT(test, peer_mib(XTCP_MIB_WIN_PROBE), 0UL);
}

/* S3.9d: the peer has forgotten the connection. */
static void rebooted(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(5000));
	recv_rst(p, 1);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ECONNRESET);
}

/* MUST-24: off again, and on again with the silence so far counted. */
static void switched(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(6000));
	xtcp_keepalive_set(&p->conn, false, p->now);
	at(p, ms(60000));
	expect(p, "[5000]A1@0");
	xtcp_keepalive_set(&p->conn, true, p->now);
	at(p, ms(60001));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 2UL);
}

/* MUST-27: what the user has set for this connection. */
static void own_times(struct kunit *test)
{
	struct peer *p = silent(test);

	p->conn.user.keep_idle_ms = 1000;
	p->conn.user.keep_intvl_ms = 10000;
	p->conn.user.keep_probes = 2;
	xtcp_keepalive_set(&p->conn, true, p->now);
	at(p, ms(20999));
	expect(p, "[1000]A1@0 [11000]A1@0");
	expect_state(p, ESTABLISHED);
	at(p, ms(21000));
	expect_state(p, CLOSED);
}

/* linux-surface 3 keepalive_time_ms, keepalive_intvl_ms: exact, before those in seconds. */
static void times_in_ms(struct kunit *test)
{
	struct peer *p = silent(test);

	p->env.knob.keepalive_time_ms = 1250;
	p->env.knob.keepalive_intvl_ms = 300;
	xtcp_keepalive_set(&p->conn, true, p->now);
	at(p, ms(2149));
	expect(p, "[1250]A1@0 [1550]A1@0 [1850]A1@0");
	expect_state(p, ESTABLISHED);
	at(p, ms(2150));
	expect_state(p, CLOSED);
	/* What the user has set is before both. */
	p = silent(test);
	p->env.knob.keepalive_time_ms = 1250;
	p->conn.user.keep_idle_ms = 3000;
	xtcp_keepalive_set(&p->conn, true, p->now);
	at(p, ms(3001));
	expect(p, "[3000]A1@0");
}

/* linux-surface USER_TIMEOUT: ends it at its time, however many probes there were. */
static void user_timeout(struct kunit *test)
{
	struct peer *p = silent(test);

	p->conn.user.timeout_ms = 15500;
	at(p, ms(15499));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 6UL);
	expect_state(p, ESTABLISHED);
	at(p, ms(15500));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
}

/* One that is over before the first probe lets one go nevertheless. */
static void short_user_timeout(struct kunit *test)
{
	struct peer *p = silent(test);

	p->conn.user.timeout_ms = 1000;
	at(p, ms(4999));
	expect_state(p, ESTABLISHED);
	at(p, ms(5001));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 1UL);
}

/* D18: what ICMP has said meanwhile is the error. */
static void icmp_says_why(struct kunit *test)
{
	struct peer *p = silent(test);

	at(p, ms(9000));
	xtcp_icmp_error(&p->conn, EHOSTUNREACH);
	at(p, ms(11000));
	KUNIT_EXPECT_EQ(test, p->conn.err, EHOSTUNREACH);
}

/* After both ends have shut down half, silence is as telling. */
static void half_closed(struct kunit *test)
{
	struct peer *p = silent(test);

	recv_fin(p, 1);
	expect_state(p, CLOSE_WAIT);
	at(p, ms(11000));
	expect_state(p, CLOSED);
}

/* An orphan has timers of its own. */
static void orphan(struct kunit *test)
{
	struct peer *p = silent(test);

	user_shutdown(p);
	peer_effects(p);
	recv_ack(p, 2);
	expect_state(p, FIN_WAIT_2);
	xtcp_conn_orphan(&p->conn, p->now);
	at(p, ms(59000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 0UL);
}

/* linux-surface SO_KEEPALIVE: a child is as its listener; another attempt as the first. */
static void kept(struct kunit *test)
{
	struct peer *p = silent(test);
	struct xtcp_conn child;

	p->conn.user.keep_idle_ms = 1234;
	p->conn.user.nodelay = true;
	p->conn.user.linger2_s = -1;
	p->conn.keep_failed = 2;
	xtcp_conn_init(&child, &p->env);
	xtcp_conn_inherit(&child, &p->conn);
	KUNIT_EXPECT_TRUE(test, child.user.keepalive);
	KUNIT_EXPECT_EQ(test, child.user.keep_idle_ms, 1234U);
	KUNIT_EXPECT_TRUE(test, child.user.nodelay);
	KUNIT_EXPECT_EQ(test, child.keep_failed, (u8)0);
	child.keep_failed = 2;
	xtcp_conn_reset(&child);
	KUNIT_EXPECT_EQ(test, child.user.linger2_s, (s16)-1);
	KUNIT_EXPECT_TRUE(test, child.user.keepalive);
	KUNIT_EXPECT_EQ(test, child.user.keep_idle_ms, 1234U);
	KUNIT_EXPECT_EQ(test, child.keep_failed, (u8)0);
}

/* One that is established with it on needs no call. */
static void from_the_start(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	p->conn.user.keepalive = true;
	p->conn.user.keep_idle_ms = 1000;
	xtcp_established(&p->conn, p->now);
	at(p, ms(1000));
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_KEEPALIVE), 1UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(off_by_default),
	KUNIT_CASE(unanswered),
	KUNIT_CASE(defaults),
	KUNIT_CASE(answered_at_last),
	KUNIT_CASE(any_segment_is_life),
	KUNIT_CASE(not_beside_text),
	KUNIT_CASE(not_beside_closed_window),
	KUNIT_CASE(rebooted),
	KUNIT_CASE(switched),
	KUNIT_CASE(own_times),
	KUNIT_CASE(times_in_ms),
	KUNIT_CASE(user_timeout),
	KUNIT_CASE(short_user_timeout),
	KUNIT_CASE(icmp_says_why),
	KUNIT_CASE(half_closed),
	KUNIT_CASE(orphan),
	KUNIT_CASE(kept),
	KUNIT_CASE(from_the_start),
	{}
};

static struct kunit_suite xtcp_keepalive_suite = {
	.name = "xtcp_keepalive",
	.test_cases = cases,
};

kunit_test_suite(xtcp_keepalive_suite);
