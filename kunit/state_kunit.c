// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/state.c: figure 5 of RFC 9293, arrow by arrow, and that no other is
 * drawn; the names and numbers of states.
 */
#include "peer.h"

struct arrow_row {
	const char *desc;
	enum xtcp_state from;
	enum xtcp_event event;
	enum xtcp_state to;
	enum xtcp_sends sends;
};

#define ROW(f, e, t, s) \
	{ #f " " #e, XTCP_##f, XTCP_EV_##e, XTCP_##t, XTCP_SENDS_##s }

/* Written from figure 5 and the text of 3.10, not from the code. */
static const struct arrow_row arrows[] = {
	ROW(CLOSED, OPEN_PASSIVE, LISTEN, NOTHING),
	ROW(CLOSED, OPEN_ACTIVE, SYN_SENT, SYN),
	ROW(LISTEN, RCV_SYN, SYN_RECEIVED, SYN_ACK),
	ROW(LISTEN, CLOSE, CLOSED, NOTHING),
	ROW(SYN_SENT, RCV_SYN, SYN_RECEIVED, SYN_ACK),
	ROW(SYN_SENT, RCV_SYN_ACK, ESTABLISHED, ACK),
	ROW(SYN_SENT, CLOSE, CLOSED, NOTHING),
	ROW(SYN_RECEIVED, RCV_ACK_OF_SYN, ESTABLISHED, NOTHING),
	ROW(SYN_RECEIVED, CLOSE, FIN_WAIT_1, FIN),
	ROW(ESTABLISHED, CLOSE, FIN_WAIT_1, FIN),
	ROW(ESTABLISHED, RCV_FIN, CLOSE_WAIT, ACK),
	ROW(FIN_WAIT_1, RCV_ACK_OF_FIN, FIN_WAIT_2, NOTHING),
	ROW(FIN_WAIT_1, RCV_FIN, CLOSING, ACK),
	ROW(FIN_WAIT_2, RCV_FIN, TIME_WAIT, ACK),
	ROW(CLOSE_WAIT, CLOSE, LAST_ACK, FIN),
	ROW(CLOSING, RCV_ACK_OF_FIN, TIME_WAIT, NOTHING),
	ROW(LAST_ACK, RCV_ACK_OF_FIN, CLOSED, NOTHING),
};

KUNIT_ARRAY_PARAM_DESC(arrow, arrows, desc);

static void arrow_of_figure_5(struct kunit *test)
{
	const struct arrow_row *row = test->param_value;
	const struct xtcp_arrow *arrow = xtcp_arrow(row->from, row->event);

	KUNIT_ASSERT_TRUE(test, arrow->drawn);
	KUNIT_EXPECT_EQ(test, (int)arrow->to, (int)row->to);
	KUNIT_EXPECT_EQ(test, (int)arrow->sends, (int)row->sends);
}

static bool in_figure_5(enum xtcp_state from, enum xtcp_event event)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(arrows); i++)
		if (arrows[i].from == from && arrows[i].event == event)
			return true;
	return false;
}

static void figure_5_has_no_other_arrows(struct kunit *test)
{
	enum xtcp_state s;
	enum xtcp_event e;

	for (s = 0; s < XTCP_NR_STATES; s++)
		for (e = 0; e < XTCP_NR_EVENTS; e++)
			KUNIT_EXPECT_EQ_MSG(test, (bool)xtcp_arrow(s, e)->drawn,
					    in_figure_5(s, e), "%s, event %d",
					    xtcp_state_name(s), e);
}

/* An event that nothing in the figure allows changes nothing and is counted. */
static void event_without_arrow_is_counted(struct kunit *test)
{
	struct peer *p = established(test);

	xtcp_conn_event(&p->conn, XTCP_EV_RCV_ACK_OF_FIN);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 1UL);
	KUNIT_EXPECT_EQ(test, (int)p->conn.wake, 0);
}

/* mission S2.2a: the numbers that netstat and ss know. */
static void numbers_are_those_of_linux(struct kunit *test)
{
	static const struct {
		enum xtcp_state state;
		const char *name;
		int number;
	} rows[] = {
		{ XTCP_ESTABLISHED, "ESTABLISHED", 1 },
		{ XTCP_SYN_SENT, "SYN_SENT", 2 },
		{ XTCP_SYN_RECEIVED, "SYN_RECEIVED", 3 },
		{ XTCP_FIN_WAIT_1, "FIN_WAIT_1", 4 },
		{ XTCP_FIN_WAIT_2, "FIN_WAIT_2", 5 },
		{ XTCP_TIME_WAIT, "TIME_WAIT", 6 },
		{ XTCP_CLOSED, "CLOSED", 7 },
		{ XTCP_CLOSE_WAIT, "CLOSE_WAIT", 8 },
		{ XTCP_LAST_ACK, "LAST_ACK", 9 },
		{ XTCP_LISTEN, "LISTEN", 10 },
		{ XTCP_CLOSING, "CLOSING", 11 },
	};
	u32 i;

	KUNIT_EXPECT_EQ(test, (int)ARRAY_SIZE(rows), (int)XTCP_NR_STATES);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_STREQ(test, xtcp_state_name(rows[i].state), rows[i].name);
		KUNIT_EXPECT_EQ(test, (int)xtcp_state_linux_number(rows[i].state),
				rows[i].number);
	}
}

static void predicates(struct kunit *test)
{
	enum xtcp_state s;

	for (s = 0; s < XTCP_NR_STATES; s++) {
		bool fin = s == XTCP_CLOSE_WAIT || s == XTCP_CLOSING ||
			   s == XTCP_LAST_ACK || s == XTCP_TIME_WAIT;
		bool early = s == XTCP_CLOSED || s == XTCP_LISTEN || s == XTCP_SYN_SENT;

		KUNIT_EXPECT_EQ(test, xtcp_is_synchronized(s), !early);
		KUNIT_EXPECT_EQ(test, xtcp_has_peer_fin(s), fin);
		KUNIT_EXPECT_EQ(test, xtcp_may_receive(s),
				!fin && !early && s != XTCP_SYN_RECEIVED);
		KUNIT_EXPECT_EQ(test, xtcp_may_send(s),
				s == XTCP_ESTABLISHED || s == XTCP_CLOSE_WAIT);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(arrow_of_figure_5, arrow_gen_params),
	KUNIT_CASE(figure_5_has_no_other_arrows),
	KUNIT_CASE(event_without_arrow_is_counted),
	KUNIT_CASE(numbers_are_those_of_linux),
	KUNIT_CASE(predicates),
	{}
};

static struct kunit_suite xtcp_state_suite = {
	.name = "xtcp_state",
	.test_cases = cases,
};

kunit_test_suite(xtcp_state_suite);
