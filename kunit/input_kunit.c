// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/input.c: SEGMENT ARRIVES in the synchronized states: acceptability,
 * RST, SYN and FIN (RFC 9293 3.10.7.4, 3.4; RFC 5961; rfc9293 section 4,
 * MUST-12, MUST-66, SHLD-2, SHLD-31).
 */
#include <linux/errno.h>
#include "peer.h"

#define WND	2000
#define LAST	(1 + WND - 1)	/* last number of the window */
#define EDGE	(1 + WND)

struct accept_row {
	const char *desc;
	u32 seq;
	u32 len;
	bool fin;
	bool closed;		/* the window is */
	bool acceptable;
};

/* The four cases of 3.4. NXT is 1 (or 2001 where the window is closed). */
static const struct accept_row accept_rows[] = {
	{ "no text, window: NXT", 1, 0, false, false, true },
	{ "no text, window: last number", LAST, 0, false, false, true },
	{ "no text, window: edge + 1", EDGE + 1, 0, false, false, false },
	{ "no text, window: NXT - 1", 0, 0, false, false, false },
	{ "text, window: first byte is NXT", 1, 10, false, false, true },
	{ "text, window: first byte is the last number", LAST, 10, false, false, true },
	{ "text, window: last byte is NXT", 0, 2, false, false, true },
	{ "text, window: last byte is NXT - 1", 0, 1, false, false, false },
	{ "text, window: first byte is the edge", EDGE, 1, false, false, false },
	{ "text, window: all of it and more", 1, WND, false, false, true },
	{ "text, window: last byte in it", -500U, 501, false, false, false },
	{ "text, window: last byte is NXT, far left", -500U, 502, false, false, true },
	{ "FIN at NXT - 1", 0, 0, true, false, false },
	{ "FIN at the last number", LAST, 0, true, false, true },
	{ "FIN at the edge", EDGE, 0, true, false, false },
	{ "half the space away", 0x80000000, 1, false, false, false },
	{ "no text, closed: NXT", EDGE, 0, false, true, true },
	{ "no text, closed: NXT - 1", EDGE - 1, 0, false, true, false },
	{ "no text, closed: NXT + 1", EDGE + 1, 0, false, true, false },
	{ "text, closed: NXT + 1", EDGE + 1, 10, false, true, false },
	{ "text, closed: NXT - 1", EDGE - 1, 1, false, true, false },
};

KUNIT_ARRAY_PARAM_DESC(accept, accept_rows, desc);

static struct peer *with_window(struct kunit *test, bool closed, u32 irs)
{
	struct peer *p = established(test, .rcv_buf = WND, .irs = irs);

	p->conn.delack.quick = 0;
	if (closed)
		recv_text(p, 1, WND);
	if (closed)
		KUNIT_ASSERT_EQ(test, xtcp_rcv_wnd(&p->conn), 0U);
	peer_effects(p);
	return p;
}

static void check_acceptable(struct kunit *test, u32 irs)
{
	const struct accept_row *row = test->param_value;
	struct peer *p = with_window(test, row->closed, irs);
	u8 fin = row->fin ? XTCP_FIN : 0;

	recv_seg(p, .seq = row->seq, .ack = 1, .len = row->len, .flags = XTCP_ACK | fin);
	if (row->acceptable) {
		KUNIT_EXPECT_NE(test, (int)p->drop, (int)XTCP_DROP_SEQUENCE);
		return;
	}
	/* "If an incoming segment is not acceptable, an ACK should be sent". */
	expect_drop(p, SEQUENCE);
	expect(p, row->closed ? "A2001" : "A1");
	KUNIT_EXPECT_EQ(test, p->last.seq, p->conn.snd.nxt);
}

static void acceptability(struct kunit *test)
{
	check_acceptable(test, 1000000);
}

static void acceptability_at_the_wrap(struct kunit *test)
{
	check_acceptable(test, 0xffffffff - WND / 2);
}

/* Unacceptable and a RST: silence. */
static void unacceptable_reset(struct kunit *test)
{
	const struct accept_row *row = test->param_value;
	struct peer *p = with_window(test, row->closed, 0xfffffff0);

	if (row->acceptable)
		return;
	recv_seg(p, .seq = row->seq, .len = row->len, .flags = XTCP_RST);
	expect(p, "");
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
}

/*
 * Just beyond the table of 3.4: who has filled our window numbers ACKs with
 * its edge, and they must count, or two such ends wait for ever.
 */
static void ack_at_the_edge(struct kunit *test)
{
	struct peer *p = with_window(test, false, 0xfffffff0);

	write_bytes(p, 100);
	peer_effects(p);
	recv_seg(p, .seq = EDGE, .ack = 101);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.snd.una, p->iss + 101);
	/* A RST there stays outside. */
	recv_rst(p, EDGE);
	expect(p, "");
	expect_state(p, ESTABLISHED);
}

/* MUST-66: ACK and RST count though the window is closed. */
static void ack_at_closed_window(struct kunit *test)
{
	struct peer *p = with_window(test, true, 0xfffffff0);

	write_bytes(p, 100);
	peer_effects(p);
	recv_seg(p, .seq = EDGE, .ack = 101, .len = 50);
	KUNIT_EXPECT_EQ(test, p->conn.snd.una, p->iss + 101);
	expect(p, "A2001");
	KUNIT_EXPECT_EQ(test, p->conn.rcv.nxt, p->irs + EDGE);
}

static void reset_at_closed_window(struct kunit *test)
{
	struct peer *p = with_window(test, true, 0xfffffff0);

	recv_rst(p, EDGE);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ECONNRESET);
	read_bytes(p, WND);	/* what came before stays readable */
}

struct state_row {
	const char *desc;
	enum xtcp_state state;
	u32 nxt;
	int err;
};

static const struct state_row state_rows[] = {
	{ "ESTABLISHED", XTCP_ESTABLISHED, 1, ECONNRESET },
	{ "FIN-WAIT-1", XTCP_FIN_WAIT_1, 1, ECONNRESET },
	{ "FIN-WAIT-2", XTCP_FIN_WAIT_2, 1, ECONNRESET },
	{ "CLOSE-WAIT", XTCP_CLOSE_WAIT, 2, EPIPE },	/* MUST-12 */
	{ "CLOSING", XTCP_CLOSING, 2, ECONNRESET },
	{ "LAST-ACK", XTCP_LAST_ACK, 2, ECONNRESET },
};

KUNIT_ARRAY_PARAM_DESC(state, state_rows, desc);

/* RFC 5961 3.2, and SHLD-2: a RST may carry text. */
static void reset_exact(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	recv_seg(p, .seq = row->nxt, .flags = XTCP_RST, .len = 20);
	expect(p, "");
	expect_state(p, CLOSED);
	expect_drop(p, RESET);
	KUNIT_EXPECT_EQ(test, p->conn.err, row->err);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ERROR);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

static void reset_in_window(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	recv_seg(p, .seq = row->nxt + 1, .flags = XTCP_RST);
	expect(p, row->nxt == 1 ? "A1" : "A2");
	expect_drop(p, BLIND_RESET);
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
}

static void reset_outside(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	recv_rst(p, row->nxt - 1);
	recv_rst(p, row->nxt + 65535);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
}

/* RFC 5961 4.2: any SYN, anywhere, is answered with an ACK and no more. */
static void syn_is_challenged(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	static const u32 numbers[] = { 0, 1, 2, 500, 1000000, 0x80000000 };
	struct peer *p = peer_in_state(test, row->state);
	u32 i;

	p->env.knob.invalid_ratelimit = 0;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		recv_seg(p, .seq = numbers[i], .flags = XTCP_SYN, .mss = 1460);
		expect(p, row->nxt == 1 ? "A1" : "A2");
		expect_drop(p, SYN);
	}
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
}

/* mission E3: the SYN,ACK again, since our ACK was lost. */
static void syn_ack_again(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 0, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1460);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
}

static void no_ack_bit(struct kunit *test)
{
	const struct state_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	recv_seg(p, .seq = row->nxt, .len = 10, .flags = XTCP_PSH);
	expect(p, "");
	expect_drop(p, FLAGS);
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.nxt, p->irs + row->nxt);
}

/* RFC 5961 7: a flood draws one ACK in invalid_ratelimit, not more. */
static void challenges_are_limited(struct kunit *test)
{
	struct peer *p = established(test);
	u32 i;

	for (i = 0; i < 100; i++)
		recv_rst(p, 500);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 1U);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_CHALLENGE_ACK), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACK_SKIPPED), 99UL);
	at(p, ms(499));
	recv_seg(p, .seq = 7, .flags = XTCP_SYN);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 1U);
	at(p, ms(500));
	for (i = 0; i < 100; i++)
		recv_seg(p, .seq = 7, .flags = XTCP_SYN);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 2U);
}

/* Eighth step. */

static void fin_with_text(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 1, .ack = 1, .len = 100, .flags = XTCP_FIN | XTCP_ACK);
	expect(p, "A102");
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 100U);
	read_bytes(p, 100);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 0U);
}

/* mission E5: the FIN again, and again. */
static void fin_again_is_acked(struct kunit *test)
{
	struct peer *p = established(test);
	int i;

	recv_fin(p, 1);
	peer_effects(p);
	for (i = 0; i < 30; i++) {
		recv_fin(p, 1);
		expect(p, "A2");
	}
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

/* A FIN ahead of missing text waits for it. */
static void fin_out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	recv_seg(p, .seq = 101, .ack = 1, .len = 100, .flags = XTCP_FIN | XTCP_ACK);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
	recv_text(p, 1, 100);
	expect(p, "A202");
	expect_state(p, CLOSE_WAIT);
	read_bytes(p, 200);
}

static void bare_fin_out_of_order(struct kunit *test)
{
	struct peer *p = established(test);

	recv_fin(p, 101);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
	recv_text(p, 1, 100);
	expect(p, "A102");
	expect_state(p, CLOSE_WAIT);
}

/* A FIN beyond the window does not count. */
static void fin_beyond_the_window(struct kunit *test)
{
	struct peer *p = with_window(test, false, 0xfffffff0);

	recv_seg(p, .seq = 1, .ack = 1, .len = WND + 5, .flags = XTCP_FIN | XTCP_ACK);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_FALSE(test, p->conn.rcv.fin_known);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.nxt, p->irs + EDGE);
	read_bytes(p, WND);
	peer_effects(p);
	recv_seg(p, .seq = EDGE, .ack = 1, .len = 5, .flags = XTCP_FIN | XTCP_ACK);
	expect_state(p, CLOSE_WAIT);
	read_bytes(p, 5);
}

/* A FIN that fills the window to its last byte needs no number of it. */
static void fin_at_closed_window(struct kunit *test)
{
	struct peer *p = with_window(test, true, 0xfffffff0);

	recv_fin(p, EDGE);
	at(p, ms(100));
	expect(p, "A2002");
	expect_state(p, CLOSE_WAIT);
	read_bytes(p, WND);
}

static void text_behind_fin_is_ignored(struct kunit *test)
{
	struct peer *p = established(test);

	recv_fin(p, 1);
	peer_effects(p);
	recv_seg(p, .seq = 2, .ack = 1, .len = 100);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 0U);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.nxt, p->irs + 2);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
	expect_state(p, CLOSE_WAIT);
}

/* Text beyond a FIN can't be: what was kept of it goes. */
static void fin_before_kept_text(struct kunit *test)
{
	struct peer *p = established(test);

	recv_text(p, 501, 100);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 1);
	recv_fin(p, 1);
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

struct fin_row {
	const char *desc;
	enum xtcp_state state;
	bool acks_fin;
	enum xtcp_state to;
};

static const struct fin_row fin_rows[] = {
	{ "ESTABLISHED", XTCP_ESTABLISHED, false, XTCP_CLOSE_WAIT },
	{ "FIN-WAIT-1, ours not acked", XTCP_FIN_WAIT_1, false, XTCP_CLOSING },
	{ "FIN-WAIT-1, ours acked", XTCP_FIN_WAIT_1, true, XTCP_TIME_WAIT },
	{ "FIN-WAIT-2", XTCP_FIN_WAIT_2, true, XTCP_TIME_WAIT },
	{ "CLOSE-WAIT", XTCP_CLOSE_WAIT, false, XTCP_CLOSE_WAIT },
	{ "CLOSING", XTCP_CLOSING, false, XTCP_CLOSING },
	{ "LAST-ACK", XTCP_LAST_ACK, false, XTCP_LAST_ACK },
};

KUNIT_ARRAY_PARAM_DESC(fin, fin_rows, desc);

static void fin_in_state(struct kunit *test)
{
	const struct fin_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	recv_seg(p, .seq = 1, .ack = row->acks_fin ? 2 : 1, .flags = XTCP_FIN | XTCP_ACK);
	/* In ESTABLISHED it waits a little for the user's FIN (mission D17). */
	if (row->state == XTCP_ESTABLISHED)
		at(p, ms(100));
	expect(p, "A2");
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->to);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

static void nothing_reaches_a_dead_one(struct kunit *test)
{
	struct peer *p = established(test);

	user_abort(p);
	peer_effects(p);
	recv_seg(p, .seq = 1, .ack = 1, .len = 100);
	expect_drop(p, CLOSED);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->nr_rxd, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(acceptability, accept_gen_params),
	KUNIT_CASE_PARAM(acceptability_at_the_wrap, accept_gen_params),
	KUNIT_CASE_PARAM(unacceptable_reset, accept_gen_params),
	KUNIT_CASE(ack_at_the_edge),
	KUNIT_CASE(ack_at_closed_window),
	KUNIT_CASE(reset_at_closed_window),
	KUNIT_CASE_PARAM(reset_exact, state_gen_params),
	KUNIT_CASE_PARAM(reset_in_window, state_gen_params),
	KUNIT_CASE_PARAM(reset_outside, state_gen_params),
	KUNIT_CASE_PARAM(syn_is_challenged, state_gen_params),
	KUNIT_CASE(syn_ack_again),
	KUNIT_CASE_PARAM(no_ack_bit, state_gen_params),
	KUNIT_CASE(challenges_are_limited),
	KUNIT_CASE(fin_with_text),
	KUNIT_CASE(fin_again_is_acked),
	KUNIT_CASE(fin_out_of_order),
	KUNIT_CASE(bare_fin_out_of_order),
	KUNIT_CASE(fin_beyond_the_window),
	KUNIT_CASE(fin_at_closed_window),
	KUNIT_CASE(text_behind_fin_is_ignored),
	KUNIT_CASE(fin_before_kept_text),
	KUNIT_CASE_PARAM(fin_in_state, fin_gen_params),
	KUNIT_CASE(nothing_reaches_a_dead_one),
	{}
};

static struct kunit_suite xtcp_input_suite = {
	.name = "xtcp_input",
	.test_cases = cases,
};

kunit_test_suite(xtcp_input_suite);
