// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/connect.c: SEGMENT ARRIVES in SYN-SENT (RFC 9293 3.10.7.3, rfc9293
 * section 4, MUST-10, MUST-11; mission S2.1, S2.3c, E14, E18).
 */
#include <linux/errno.h>
#include "peer.h"

#define FLAGS_SA	(XTCP_SYN | XTCP_ACK)
#define FLAGS_RA	(XTCP_RST | XTCP_ACK)

/* mission S2.1a, S2.5a: SYN, no text, our MSS and scale. */
static void the_syn(struct kunit *test)
{
	struct peer *p = connecting(test, .mss_adv = 1440, .rcv_buf = 131072, .rcv_max = 6291456);

	expect(p, "S0");
	expect_state(p, SYN_SENT);
	KUNIT_EXPECT_EQ(test, p->last.flags, (u8)XTCP_SYN);
	KUNIT_EXPECT_EQ(test, p->last.ack, 0U);
	KUNIT_EXPECT_EQ(test, p->last.len, 0U);
	KUNIT_EXPECT_EQ(test, p->last.wnd, (u16)65535);
	KUNIT_EXPECT_EQ(test, p->last.opt.mss, (u16)1440);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_wscale, 1);
	KUNIT_EXPECT_EQ(test, p->last.opt.wscale, (u8)7);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ACTIVE_OPENS), 1UL);
}

static void syn_ack(struct kunit *test)
{
	struct peer *p = connecting(test);

	peer_effects(p);
	at(p, ms(40));
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1200);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_STATE);
	KUNIT_EXPECT_EQ(test, p->last.seq, p->iss + 1);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 40000U);
	KUNIT_EXPECT_FALSE(test, p->conn.passive);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* The window in a SYN,ACK is never scaled (RFC 7323 2.2). */
static void window_of_the_syn_ack(struct kunit *test)
{
	struct peer *p = established(test, .scaling = true, .wscale = 10, .wnd = 3000,
				     .mss = 1000);

	KUNIT_EXPECT_EQ(test, p->conn.snd.wnd, 3000U);
	write_bytes(p, 5000);
	expect(p, "1:1001 1001:2001 2001:3001");
}

/* RFC 9293 3.10.7.3: other controls and text go to the sixth step. */
static void syn_ack_with_text(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .seq = 0, .ack = 1, .len = 10, .flags = FLAGS_SA, .mss = 1200);
	expect(p, "S0 A11");
	read_bytes(p, 10);
}

static void syn_ack_with_fin(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .seq = 0, .ack = 1, .len = 10, .flags = FLAGS_SA | XTCP_FIN, .mss = 1200);
	expect(p, "S0 A12");
	expect_state(p, CLOSE_WAIT);
	read_bytes(p, 10);
}

struct row {
	const char *desc;
	u8 flags;
	u32 ack;
	const char *sent;
	enum xtcp_drop drop;
	bool refused;
};

static const struct row rows[] = {
	{ "ACK of nothing", XTCP_ACK, 0, "R0", XTCP_DROP_BAD_ACK },
	{ "ACK of the past", XTCP_ACK, 0x80000001, "R2147483649", XTCP_DROP_BAD_ACK },
	{ "ACK of the future", XTCP_ACK, 2, "R2", XTCP_DROP_BAD_ACK },
	{ "SYN,ACK of the future", FLAGS_SA, 2, "R2", XTCP_DROP_BAD_ACK },
	{ "SYN,ACK of nothing", FLAGS_SA, 0, "R0", XTCP_DROP_BAD_ACK },
	{ "RST with a bad ACK", FLAGS_RA, 2, "", XTCP_DROP_BAD_ACK },
	{ "RST with ACK of nothing", FLAGS_RA, 0, "", XTCP_DROP_BAD_ACK },
	{ "RST,SYN with a bad ACK", FLAGS_RA | XTCP_SYN, 7, "", XTCP_DROP_BAD_ACK },
	{ "RST with the good ACK", FLAGS_RA, 1, "", XTCP_DROP_RESET, true },
	{ "RST without ACK", XTCP_RST, 0, "", XTCP_DROP_BLIND_RESET },
	{ "RST,SYN without ACK", XTCP_RST | XTCP_SYN, 0, "", XTCP_DROP_BLIND_RESET },
	{ "the good ACK and no SYN", XTCP_ACK, 1, "", XTCP_DROP_FLAGS },
	{ "FIN without SYN", XTCP_FIN, 0, "", XTCP_DROP_FLAGS },
	{ "FIN with the good ACK", XTCP_FIN | XTCP_ACK, 1, "", XTCP_DROP_FLAGS },
	{ "nothing at all", 0x80, 0, "", XTCP_DROP_FLAGS },
};

KUNIT_ARRAY_PARAM_DESC(row, rows, desc);

/* After all of these but the refusal a good SYN,ACK still connects. */
static void other_segments(struct kunit *test)
{
	const struct row *row = test->param_value;
	struct peer *p = connecting(test);

	peer_effects(p);
	recv_seg(p, .seq = 5000, .ack = row->ack, .flags = row->flags);
	expect(p, row->sent);
	KUNIT_EXPECT_EQ(test, (int)p->drop, (int)row->drop);
	if (row->refused) {
		expect_state(p, CLOSED);
		KUNIT_EXPECT_EQ(test, p->conn.err, ECONNREFUSED);
		KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ERROR);
		return;
	}
	expect_state(p, SYN_SENT);
	if (*row->sent)
		KUNIT_EXPECT_EQ(test, p->last.flags, (u8)XTCP_RST);
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
}

/* MUST-10, figure 7: SYN and SYN,ACK cross. */
static void simultaneous_open(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .flags = XTCP_SYN, .mss = 1200, .scaling = true, .shift = 3);
	expect(p, "S0 S0A1");
	expect_state(p, SYN_RECEIVED);
	KUNIT_EXPECT_EQ(test, p->last.opt.mss, (u16)1460);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_wscale, 1);
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1200, .scaling = true,
		 .shift = 3);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->conn.snd.wscale, (u8)3);
	/* No SYN's window is scaled (RFC 7323 2.2). */
	KUNIT_EXPECT_LE(test, p->conn.snd.wnd, 65535U);
	KUNIT_EXPECT_GE(test, p->conn.snd.wnd, 65528U);
	write_bytes(p, 100);
	KUNIT_EXPECT_EQ(test, p->last.seq, p->iss + 1);
	KUNIT_EXPECT_EQ(test, p->last.len, 100U);
	KUNIT_EXPECT_EQ(test, p->last.ack, p->irs + 1);
}

static void simultaneous_open_ends_with_ack(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	recv_seg(p, .seq = 1, .ack = 1);
	expect_state(p, ESTABLISHED);
	expect(p, "");
}

static void simultaneous_open_ends_with_text(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	recv_seg(p, .seq = 1, .ack = 1, .len = 10);
	expect_state(p, ESTABLISHED);
	expect(p, "A11");
	read_bytes(p, 10);
}

/* The peer's SYN again: our SYN,ACK was lost. */
static void simultaneous_syn_again(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	recv_seg(p, .flags = XTCP_SYN, .mss = 1460);
	expect(p, "S0A1");
	expect_state(p, SYN_RECEIVED);
}

/* MUST-11: an active opener is told. */
static void reset_in_syn_received(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	recv_rst(p, 2);
	expect(p, "A1");		/* RFC 5961 3.2 */
	expect_state(p, SYN_RECEIVED);
	recv_rst(p, 1);
	expect(p, "");
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ECONNREFUSED);
}

static void bad_ack_in_syn_received(struct kunit *test)
{
	struct peer *p = peer_in_state(test, XTCP_SYN_RECEIVED);

	recv_seg(p, .seq = 1, .ack = 0);
	expect(p, "R0");
	recv_seg(p, .seq = 1, .ack = 2);
	expect(p, "R2");
	expect_state(p, SYN_RECEIVED);
	recv_seg(p, .seq = 1, .ack = 1);
	expect_state(p, ESTABLISHED);
}

/* Text that was queued before connect() ends goes with or behind the ACK. */
static void queued_text_follows(struct kunit *test)
{
	struct peer *p = connecting(test);

	write_bytes(p, 100);
	expect(p, "S0");
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	p->show = SHOW_ACK;
	expect(p, "1:101");
	KUNIT_EXPECT_EQ(test, p->last.ack, p->irs + 1);
}

/* linux-surface 4 DEFER_ACCEPT of a client; mission S2.1e: the third segment carries text. */
static void ack_goes_with_text(struct kunit *test)
{
	struct peer *p = connecting(test);

	p->conn.limits.text_coming = true;
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1200);
	expect(p, "S0");
	expect_state(p, ESTABLISHED);
	at(p, ms(150));
	write_bytes(p, 100);
	expect(p, "1:101");
	KUNIT_EXPECT_EQ(test, p->last.ack, 1U + p->irs);
	KUNIT_EXPECT_FALSE(test, xtcp_timer_armed(&p->conn, XTCP_TIMER_DELACK));
}

static void ack_waits_for_text_in_vain(struct kunit *test)
{
	struct peer *p = connecting(test);

	p->conn.limits.text_coming = true;
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1200);
	at(p, ms(199));
	expect(p, "S0");
	at(p, ms(200));
	expect(p, "A1");
	/* That no text of ours came says nothing of theirs. */
	KUNIT_EXPECT_EQ(test, p->conn.delack.ato_us, 40000U);
}

/* Text or FIN of theirs is acknowledged as ever, and accurate ECN has news. */
static void ack_has_more_to_tell(struct kunit *test)
{
	struct peer *p = connecting(test);

	p->conn.limits.text_coming = true;
	recv_seg(p, .seq = 0, .ack = 1, .len = 10, .flags = FLAGS_SA, .mss = 1200);
	expect(p, "S0 A11");
	read_bytes(p, 10);
	p = connecting(test);
	peer_effects(p);
	p->conn.limits.text_coming = true;
	p->conn.accecn.asked = true;
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA | XTCP_CWR, .mss = 1200);
	expect(p, "A1");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_syn),
	KUNIT_CASE(syn_ack),
	KUNIT_CASE(window_of_the_syn_ack),
	KUNIT_CASE(syn_ack_with_text),
	KUNIT_CASE(syn_ack_with_fin),
	KUNIT_CASE_PARAM(other_segments, row_gen_params),
	KUNIT_CASE(simultaneous_open),
	KUNIT_CASE(simultaneous_open_ends_with_ack),
	KUNIT_CASE(simultaneous_open_ends_with_text),
	KUNIT_CASE(simultaneous_syn_again),
	KUNIT_CASE(reset_in_syn_received),
	KUNIT_CASE(bad_ack_in_syn_received),
	KUNIT_CASE(queued_text_follows),
	KUNIT_CASE(ack_goes_with_text),
	KUNIT_CASE(ack_waits_for_text_in_vain),
	KUNIT_CASE(ack_has_more_to_tell),
	{}
};

static struct kunit_suite xtcp_connect_suite = {
	.name = "xtcp_connect",
	.test_cases = cases,
};

kunit_test_suite(xtcp_connect_suite);
