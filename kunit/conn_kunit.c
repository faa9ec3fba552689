// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/conn.c: the calls of the user in every state (RFC 9293 3.10.1 to
 * 3.10.5; mission S3.1, S3.2, E14), what both SYNs agree on, and that the
 * invariants do notice.
 */
#include <linux/errno.h>
#include "peer.h"

static void listen_and_close(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){});

	expect_state(p, CLOSED);
	xtcp_conn_listen(&p->conn);
	expect_state(p, LISTEN);
	user_shutdown(p);
	expect_state(p, CLOSED);
	expect(p, "");
}

/* RFC 9293 3.10.4: nothing to tell the peer. */
static void close_in_syn_sent(struct kunit *test)
{
	struct peer *p = connecting(test);

	expect(p, "S0");
	user_close(p);
	expect_state(p, CLOSED);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
}

/* RFC 9293 3.10.4: queued for ESTABLISHED. */
static void close_in_syn_received(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	user_shutdown(p);
	expect_state(p, SYN_RECEIVED);
	expect(p, "");
	recv_seg(p, .seq = 1, .ack = 1);
	expect_state(p, FIN_WAIT_1);
	expect(p, "F1");
	recv_ack(p, 2);
	expect_state(p, FIN_WAIT_2);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

/* mission S3.1a, c, e: the active side. */
static void active_close(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	expect(p, "F1");
	expect_state(p, FIN_WAIT_1);
	KUNIT_EXPECT_EQ(test, p->last.flags, (u8)(XTCP_FIN | XTCP_ACK));
	recv_ack(p, 2);
	expect_state(p, FIN_WAIT_2);
	expect(p, "");
	recv_fin(p, 1);
	expect_state(p, TIME_WAIT);
	expect(p, "A2");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* mission S3.1b, d, e: the passive side. */
static void passive_close(struct kunit *test)
{
	struct peer *p = established(test);

	recv_fin(p, 1);
	expect_state(p, CLOSE_WAIT);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_READ);
	at(p, ms(100));
	expect(p, "A2");
	user_shutdown(p);
	expect_state(p, LAST_ACK);
	expect(p, "F1");
	recv_ack(p, 2);
	expect_state(p, CLOSED);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
}

/* mission E14, D16 */
static void simultaneous_close(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	expect(p, "F1");
	recv_seg(p, .seq = 1, .ack = 1, .flags = XTCP_FIN | XTCP_ACK);
	expect_state(p, CLOSING);
	expect(p, "A2");
	recv_ack(p, 2);
	expect_state(p, TIME_WAIT);
}

/* The peer's FIN acknowledges ours: FIN-WAIT-1 to TIME-WAIT in one segment. */
static void fin_that_acks_fin(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	recv_fin(p, 1);
	expect_state(p, TIME_WAIT);
	expect(p, "F1 A2");
}

/* mission S3.2b: three segments if the server closes at once. */
static void fin_of_close_wait_carries_the_ack(struct kunit *test)
{
	struct peer *p = established(test);
	struct xtcp_seg fin = {
		.arrived_us = p->now, .seq = p->irs + 1, .ack = p->iss + 1,
		.wnd = 65535, .flags = XTCP_FIN | XTCP_ACK,
	};
	struct xtcp_arrival a = { .seg = &fin, .now_us = p->now };

	xtcp_segment_arrives(&p->conn, &a);
	xtcp_conn_close(&p->conn, p->now);
	p->show = SHOW_ACK;
	peer_drive(p);
	expect(p, "F1A2");
}

/* mission S3.2a: each direction closes for itself. */
static void half_closed(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.delack.quick = 255;
	user_shutdown(p);
	recv_ack(p, 2);
	expect(p, "F1");
	recv_text(p, 1, 100);
	expect(p, "A101");
	read_bytes(p, 100);
	recv_fin(p, 101);
	expect_state(p, TIME_WAIT);

	p = established(test);
	recv_fin(p, 1);
	peer_effects(p);
	write_bytes(p, 100);
	expect(p, "1:101");
	recv_ack(p, 101);
	user_shutdown(p);
	expect(p, "F101");
}

/* The FIN follows all text, however long that waits. */
static void fin_behind_queued_text(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);

	write_bytes(p, 3000);
	user_shutdown(p);
	expect(p, "1:1001 1001:2001");
	expect_state(p, FIN_WAIT_1);
	recv_ack(p, 2001);
	expect(p, "2001:3001F");
	recv_ack(p, 3001);
	expect_state(p, FIN_WAIT_1);
	recv_ack(p, 3002);
	expect_state(p, FIN_WAIT_2);
}

static void second_close_is_harmless(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	user_close(p);
	expect(p, "F1");
	expect_state(p, FIN_WAIT_1);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

/* mission S3.3b: FIN-WAIT-2 of a closed socket has an end, silent. */
static void orphan_in_fin_wait_2(struct kunit *test)
{
	struct peer *p = established(test);

	user_close(p);
	at(p, sec(5));
	peer_effects(p);
	recv_ack(p, 2);
	expect_state(p, FIN_WAIT_2);
	at(p, sec(64));
	expect_state(p, FIN_WAIT_2);
	at(p, sec(65));
	expect_state(p, CLOSED);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_LINGER), 1UL);
}

static void orphaned_in_fin_wait_2(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	recv_ack(p, 2);
	at(p, sec(100));
	user_close(p);
	at(p, sec(159));
	expect_state(p, FIN_WAIT_2);
	at(p, sec(160));
	expect_state(p, CLOSED);
}

/* linux-surface LINGER2 */
static void users_life_in_fin_wait_2(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.user.linger2_s = 5;
	user_close(p);
	recv_ack(p, 2);
	at(p, ms(4999));
	expect_state(p, FIN_WAIT_2);
	at(p, ms(5000));
	expect_state(p, CLOSED);
}

/* The same, < 0: nobody waits for the peer's FIN. */
static void no_life_in_fin_wait_2(struct kunit *test)
{
	struct peer *p = established(test);

	p->conn.user.linger2_s = -1;
	user_close(p);
	expect(p, "F1");
	recv_ack(p, 2);
	expect(p, "R2A1");
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ABORT_ON_LINGER), 1UL);
}

/* mission S3.3c */
static void half_close_has_no_limit(struct kunit *test)
{
	struct peer *p = established(test);

	user_shutdown(p);
	recv_ack(p, 2);
	at(p, sec(100000));
	expect_state(p, FIN_WAIT_2);
	recv_fin(p, 1);
	expect_state(p, TIME_WAIT);
}

struct abort_row {
	const char *desc;
	enum xtcp_state state;
	const char *sent;
};

/* RFC 9293 3.10.5 */
static const struct abort_row abort_rows[] = {
	{ "SYN-SENT", XTCP_SYN_SENT, "" },
	{ "SYN-RECEIVED", XTCP_SYN_RECEIVED, "R1A1" },
	{ "ESTABLISHED", XTCP_ESTABLISHED, "R1A1" },
	{ "FIN-WAIT-1", XTCP_FIN_WAIT_1, "R2A1" },
	{ "FIN-WAIT-2", XTCP_FIN_WAIT_2, "R2A1" },
	{ "CLOSE-WAIT", XTCP_CLOSE_WAIT, "R1A2" },
	{ "CLOSING", XTCP_CLOSING, "" },
	{ "LAST-ACK", XTCP_LAST_ACK, "" },
	{ "TIME-WAIT", XTCP_TIME_WAIT, "" },
};

KUNIT_ARRAY_PARAM_DESC(abort, abort_rows, desc);

static void user_aborts(struct kunit *test)
{
	const struct abort_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	user_abort(p);
	expect(p, row->sent);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	at(p, sec(1000));
	expect(p, "");
}

/* The FIN alone needs no RST, but the peer that half closed waits for the text before it. */
static void abort_with_text_before_fin(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);

	recv_fin(p, 1);
	write_bytes(p, 500);
	user_shutdown(p);
	expect_state(p, LAST_ACK);
	peer_effects(p);
	user_abort(p);
	expect(p, "R502A2");
	expect_state(p, CLOSED);
}

/* Unsent and unacknowledged text is forgotten; the RST has SND.NXT. */
static void abort_with_text_in_flight(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .wnd = 2000);

	write_bytes(p, 5000);
	peer_effects(p);
	user_abort(p);
	expect(p, "R2001A1");
	at(p, sec(1000));
	expect(p, "");
}

struct mss_row {
	const char *desc;
	u16 peer;
	u16 path;
	u16 mss;
};

/* MUST-14 to MUST-16 */
static const struct mss_row mss_rows[] = {
	{ "the peer's", 700, 1460, 700 },
	{ "the path's", 8960, 1460, 1460 },
	{ "equal", 1460, 1460, 1460 },
	{ "too small to be true", 7, 1460, XTCP_MSS_MIN },
	{ "greatest", 65535, 65495, 65495 },
};

KUNIT_ARRAY_PARAM_DESC(mss, mss_rows, desc);

static void effective_mss(struct kunit *test)
{
	const struct mss_row *row = test->param_value;
	struct peer *p = established(test, .mss = row->peer, .mss_path = row->path);

	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, row->mss);
	KUNIT_EXPECT_EQ(test, p->conn.cc.mss, (u32)row->mss);
	write_bytes(p, 2 * row->mss);
	KUNIT_EXPECT_EQ(test, p->last.len <= row->mss, true);
}

/* RFC 7323 2.2: both or neither. */
static void scaling_needs_both(struct kunit *test)
{
	struct peer *p;

	p = established(test, .rcv_max = 1000000, .scaling = true, .wscale = 9);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wscale, (u8)9);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.wscale, (u8)4);
	p = established(test, .rcv_max = 1000000);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wscale, (u8)0);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.wscale, (u8)0);
}

static void no_scaling(struct xtcp_sysctls *knob)
{
	knob->window_scaling = 0;
}

static void scaling_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .rcv_max = 1000000, .scaling = true, .wscale = 9,
				     .knobs = no_scaling);

	KUNIT_EXPECT_EQ(test, p->conn.snd.wscale, (u8)0);
	KUNIT_EXPECT_EQ(test, p->conn.rcv.wscale, (u8)0);
}

static void window_of_3(struct xtcp_sysctls *knob)
{
	knob->init_cwnd = 3;
}

static void initial_window_is_a_knob(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000, .knobs = window_of_3);

	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 3U);
}

/* RFC 6928; one segment after a SYN that was lost twice, as in Linux. */
static void initial_window(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 10U);

	p = connecting(test);
	at(p, ms(1001));
	recv_seg(p, .seq = 0, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1000);
	p->nr_sent = 0;
	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 10U);

	p = connecting(test);
	at(p, ms(3001));
	recv_seg(p, .seq = 0, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1000);
	p->nr_sent = 0;
	write_bytes(p, 20000);
	KUNIT_EXPECT_EQ(test, p->nr_sent, 1U);
}

/* The check must be able to fail, or it is worth nothing. */
static void check_notices(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1000);
	struct xtcp_conn saved, *c = &p->conn;

	write_bytes(p, 3000);
	saved = *c;
	KUNIT_EXPECT_EQ(test, xtcp_conn_check(c), 0);
	c->snd.una = c->snd.nxt + 1;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
	c->snd.nxt += 5000;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
	list_first_entry(&c->txq.queue, struct xtcp_tx, node)->len++;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	list_first_entry(&c->txq.queue, struct xtcp_tx, node)->len--;
	c->rcv.edge = c->rcv.nxt - 1;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
	c->rcv.copied = c->rcv.nxt + 1;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
	c->cc.cwnd = 999;
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
	xtcp_timer_clear(c, XTCP_TIMER_RTO);
	KUNIT_EXPECT_NE(test, xtcp_conn_check(c), 0);
	*c = saved;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(listen_and_close),
	KUNIT_CASE(close_in_syn_sent),
	KUNIT_CASE(close_in_syn_received),
	KUNIT_CASE(active_close),
	KUNIT_CASE(passive_close),
	KUNIT_CASE(simultaneous_close),
	KUNIT_CASE(fin_that_acks_fin),
	KUNIT_CASE(fin_of_close_wait_carries_the_ack),
	KUNIT_CASE(half_closed),
	KUNIT_CASE(fin_behind_queued_text),
	KUNIT_CASE(second_close_is_harmless),
	KUNIT_CASE(orphan_in_fin_wait_2),
	KUNIT_CASE(orphaned_in_fin_wait_2),
	KUNIT_CASE(users_life_in_fin_wait_2),
	KUNIT_CASE(no_life_in_fin_wait_2),
	KUNIT_CASE(half_close_has_no_limit),
	KUNIT_CASE_PARAM(user_aborts, abort_gen_params),
	KUNIT_CASE(abort_with_text_before_fin),
	KUNIT_CASE(abort_with_text_in_flight),
	KUNIT_CASE_PARAM(effective_mss, mss_gen_params),
	KUNIT_CASE(scaling_needs_both),
	KUNIT_CASE(scaling_is_a_knob),
	KUNIT_CASE(initial_window),
	KUNIT_CASE(initial_window_is_a_knob),
	KUNIT_CASE(check_notices),
	{}
};

static struct kunit_suite xtcp_conn_suite = {
	.name = "xtcp_conn",
	.test_cases = cases,
};

kunit_test_suite(xtcp_conn_suite);
