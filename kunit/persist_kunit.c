// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/persist.c: probes of a closed window and the end of waiting for a
 * small one (RFC 9293 3.8.6.1, 3.8.6.2.1; rfc9293 MUST-35 to MUST-37, SHLD-29,
 * SHLD-30; mission E9).
 */
#include <linux/errno.h>
#include "peer.h"

static struct peer *at_closed_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	recv_ack_wnd(p, 1, 0);
	p->show = SHOW_TIME;
	write_bytes(p, 5);
	return p;
}

/* SHLD-29, SHLD-30: after one timeout, then twice as long each time. */
static void probes_back_off(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	expect(p, "");
	at(p, ms(7000));
	expect(p, "[200]A1@0 [600]A1@0 [1400]A1@0 [3000]A1@0 [6200]A1@0");
	KUNIT_EXPECT_EQ(test, p->last.len, 0U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 5UL);
}

/* MUST-37: for ever, as long as the peer answers; 120 s apart at most. */
static void answered_probes_never_end(struct kunit *test)
{
	struct peer *p = at_closed_window(test);
	u32 i;

	for (i = 0; i < 200; i++) {
		u64 due = xtcp_earliest_deadline(&p->conn);

		KUNIT_ASSERT_NE(test, due, 0ULL);
		KUNIT_ASSERT_LE(test, due - p->now, sec(120));
		at(p, due - p->origin);
		recv_ack(p, 1);
	}
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 200UL);
	recv_ack_wnd(p, 1, 1000);
	KUNIT_EXPECT_EQ(test, p->last.len, 5U);
}

/* Unanswered ones do (retries2), with ETIMEDOUT. */
static void unanswered_probes_end(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	p->env.knob.retries2 = 5;
	at(p, sec(120));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 5UL);
}

static void window_update_ends_it(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	at(p, ms(700));
	peer_effects(p);
	recv_ack_wnd(p, 1, 1000);
	expect(p, "[700]1:6");
	KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_PERSIST));
	recv_ack_wnd(p, 6, 0);
	write_bytes(p, 5);
	/* The next time begins with the first interval again. */
	at(p, ms(1000));
	expect(p, "[900]A1@5");
}

/* A probe's answer that acknowledges nothing new opens the window. */
static void answer_opens_the_window(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	at(p, ms(250));
	expect(p, "[200]A1@0");
	recv_ack_wnd(p, 1, 3);
	/* SWS: 3 of 5, not half of the greatest window: held for a while. */
	expect(p, "");
	at(p, ms(451));
	expect(p, "[450]1:4");
	recv_ack_wnd(p, 4, 1000);
	expect(p, "[451]4:6");
}

/* MUST-35: the window closes on text in flight; it goes again and again. */
static void closes_on_text_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	write_bytes(p, 3000);
	peer_effects(p);
	recv_ack_wnd(p, 1001, 0);
	p->show = SHOW_TIME;
	at(p, ms(1000));
	KUNIT_EXPECT_NE(test, p->nr_sent, 3U);
	expect_state(p, ESTABLISHED);
	/* Not given up while the peer speaks (SHLD-17). */
	p->env.knob.retries2 = 3;
	while (p->now < p->origin + sec(60)) {
		after(p, sec(1));
		recv_ack(p, 1001);
	}
	expect_state(p, ESTABLISHED);
	peer_effects(p);
	recv_ack_wnd(p, 3001, 2000);
	KUNIT_EXPECT_EQ(test, xtcp_unacked(&p->conn), 0U);
}

/* mission E9, RFC 9293 3.8.6.2.1: 0.1 to 1 s for a window too small. */
static void override_of_a_small_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1);

	recv_ack_wnd(p, 1, 100);
	p->show = SHOW_TIME;
	write_bytes(p, 2000);
	expect(p, "");
	at(p, ms(199));
	expect(p, "");
	at(p, ms(200));
	expect(p, "[200]1:101");
	recv_ack_wnd(p, 101, 1000);
	expect(p, "[200]101:1001");
}

static void override_700_ms(struct xtcp_sysctls *knob)
{
	knob->sws_override_ms = 700;
	knob->rto_min_us = 2000000;	/* the timeout would be sooner */
}

static void override_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .rtt_us = 1, .knobs = override_700_ms);

	recv_ack_wnd(p, 1, 100);
	p->show = SHOW_TIME;
	write_bytes(p, 2000);
	at(p, ms(1000));
	expect(p, "[700]1:101");
}

static void no_probe_with_nothing_to_send(struct kunit *test)
{
	struct peer *p = established(test);

	recv_ack_wnd(p, 1, 0);
	at(p, sec(1000));
	expect(p, "");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* The window closes behind the last text in flight: probing starts then. */
static void starts_when_all_is_acknowledged(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 1000, .rtt_us = 1);

	write_bytes(p, 2000);
	expect(p, "1:1001");
	recv_ack_wnd(p, 1001, 0);
	p->show = SHOW_TIME;
	at(p, ms(300));
	expect(p, "[200]A1@1000");
}

/* A FIN behind text that the window holds back waits with it. */
static void fin_waits_with_its_text(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	user_shutdown(p);
	expect(p, "");
	at(p, ms(250));
	expect(p, "[200]A1@0");
	recv_ack_wnd(p, 1, 1000);
	expect(p, "[250]1:6F");
}

/* An orphan's peer that does not answer is given up sooner. */
static void orphan_gives_up(struct kunit *test)
{
	struct peer *p = at_closed_window(test);

	user_close(p);
	at(p, sec(800));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_WIN_PROBE), 8UL);
}

/* TCP_USER_TIMEOUT bounds it even if the peer answers, as in Linux. */
static void user_timeout(struct kunit *test)
{
	struct peer *p = at_closed_window(test);
	u64 t;

	p->conn.user.timeout_ms = 5000;
	for (t = 500; t < 5000; t += 500) {
		at(p, ms(t));
		recv_ack(p, 1);
	}
	at(p, ms(4999));
	expect_state(p, ESTABLISHED);
	at(p, ms(5001));
	expect_state(p, CLOSED);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(probes_back_off),
	KUNIT_CASE(answered_probes_never_end),
	KUNIT_CASE(unanswered_probes_end),
	KUNIT_CASE(window_update_ends_it),
	KUNIT_CASE(answer_opens_the_window),
	KUNIT_CASE(closes_on_text_in_flight),
	KUNIT_CASE(override_of_a_small_window),
	KUNIT_CASE(override_is_a_knob),
	KUNIT_CASE(no_probe_with_nothing_to_send),
	KUNIT_CASE(starts_when_all_is_acknowledged),
	KUNIT_CASE(fin_waits_with_its_text),
	KUNIT_CASE(orphan_gives_up),
	KUNIT_CASE(user_timeout),
	{}
};

static struct kunit_suite xtcp_persist_suite = {
	.name = "xtcp_persist",
	.test_cases = cases,
};

kunit_test_suite(xtcp_persist_suite);
