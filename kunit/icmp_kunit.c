// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/icmp.c: which ICMP errors count, what they do in each state, and a
 * path MTU that shrinks (RFC 9293 3.9.2.2, RFC 5927, RFC 1191; rfc9293
 * MUST-54, MUST-56, SHLD-26; mission S3.5b, D22).
 */
#include <linux/errno.h>
#include "peer.h"

struct plausible_row {
	const char *desc;
	u32 seq;
	bool plausible;
};

/* In flight: 1001 to 3000. */
static const struct plausible_row plausible_rows[] = {
	{ "SND.UNA", 1001, true },
	{ "in flight", 2001, true },
	{ "last byte", 3000, true },
	{ "below SND.UNA", 1000, false },
	{ "beyond SND.NXT", 3002, false },
	{ "far away", 0x80000000, false },
};

KUNIT_ARRAY_PARAM_DESC(plausible, plausible_rows, desc);

static void in_flight(struct kunit *test)
{
	const struct plausible_row *row = test->param_value;
	struct peer *p = established(test, .mss = 1000);

	write_bytes(p, 3000);
	recv_ack(p, 1001);
	KUNIT_EXPECT_EQ(test, xtcp_icmp_plausible(&p->conn, p->iss + row->seq),
			row->plausible);
}

static void about_the_syn(struct kunit *test)
{
	struct peer *p = connecting(test);

	KUNIT_EXPECT_TRUE(test, xtcp_icmp_plausible(&p->conn, p->iss));
	KUNIT_EXPECT_FALSE(test, xtcp_icmp_plausible(&p->conn, p->iss - 1));
	user_abort(p);
	KUNIT_EXPECT_FALSE(test, xtcp_icmp_plausible(&p->conn, p->iss));
}

struct error_row {
	const char *desc;
	enum xtcp_state state;
	bool fatal;
};

static const struct error_row error_rows[] = {
	{ "SYN-SENT", XTCP_SYN_SENT, true },
	{ "SYN-RECEIVED", XTCP_SYN_RECEIVED, true },
	{ "ESTABLISHED", XTCP_ESTABLISHED, false },
	{ "FIN-WAIT-1", XTCP_FIN_WAIT_1, false },
	{ "FIN-WAIT-2", XTCP_FIN_WAIT_2, false },
	{ "CLOSE-WAIT", XTCP_CLOSE_WAIT, false },
	{ "CLOSING", XTCP_CLOSING, false },
	{ "LAST-ACK", XTCP_LAST_ACK, false },
};

KUNIT_ARRAY_PARAM_DESC(error, error_rows, desc);

static void error_in_state(struct kunit *test)
{
	const struct error_row *row = test->param_value;
	struct peer *p = peer_in_state(test, row->state);

	xtcp_icmp_error(&p->conn, EHOSTUNREACH);
	peer_drive(p);
	expect(p, "");
	if (row->fatal) {
		expect_state(p, CLOSED);
		KUNIT_EXPECT_EQ(test, p->conn.err, EHOSTUNREACH);
		KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_ERROR);
		return;
	}
	KUNIT_EXPECT_EQ(test, (int)p->conn.state, (int)row->state);
	KUNIT_EXPECT_EQ(test, p->conn.err, 0);
	KUNIT_EXPECT_EQ(test, p->conn.err_soft, EHOSTUNREACH);
}

/* What was too great goes again in pieces, and that is not congestion. */
static void path_mtu_shrinks(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1460, .gso = 65000);
	u32 cwnd = p->conn.cc.cwnd;
	u32 ssthresh = p->conn.cc.ssthresh;

	write_bytes(p, 4380);
	expect(p, "1:4381");
	p->conn.limits.mss_path = 1000;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1000);
	KUNIT_EXPECT_EQ(test, p->conn.cc.mss, 1000U);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, ssthresh);
	expect(p, "1:4381");
	recv_ack(p, 4381);
	KUNIT_EXPECT_EQ(test, (int)p->conn.recovery.phase, (int)XTCP_OPEN);
	write_bytes(p, 1500);
	KUNIT_EXPECT_LE(test, p->last.mss, (u16)1000);
}

static void path_mtu_shrinks_when_idle(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1460);

	p->conn.limits.mss_path = 536;
	p->conn.limits.gso_max = 536;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
	expect(p, "");
	write_bytes(p, 1072);
	expect(p, "1:537 537:1073");
}

/* Queued and unsent text is cut to the new size when its time comes. */
static void queued_text_is_cut(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1460, .nodelay = true);

	recv_ack_wnd(p, 1, 0);
	write_bytes(p, 2920);
	p->conn.limits.mss_path = 1000;
	p->conn.limits.gso_max = 1000;
	xtcp_pmtu_changed(&p->conn, p->now);
	recv_ack_wnd(p, 1, 5000);
	KUNIT_EXPECT_LE(test, p->last.len, 1000U);
	KUNIT_EXPECT_EQ(test, p->conn.snd.nxt, p->conn.txq.end);
}

/* The peer's MSS stays a limit when the path grows. */
static void path_mtu_grows(struct kunit *test)
{
	struct peer *p = established(test, .mss = 1200, .mss_path = 1000);

	p->conn.limits.mss_path = 8960;
	p->conn.cc.cwnd = 1000;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1200);
	KUNIT_EXPECT_EQ(test, p->conn.cc.cwnd, 1200U);
	expect(p, "");
}

static void path_mtu_in_syn_sent(struct kunit *test)
{
	struct peer *p = connecting(test);

	p->conn.limits.mss_path = 1000;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
	expect(p, "S0");
	recv_seg(p, .seq = 0, .ack = 1, .flags = XTCP_SYN | XTCP_ACK, .mss = 1460);
	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)1000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(in_flight, plausible_gen_params),
	KUNIT_CASE(about_the_syn),
	KUNIT_CASE_PARAM(error_in_state, error_gen_params),
	KUNIT_CASE(path_mtu_shrinks),
	KUNIT_CASE(path_mtu_shrinks_when_idle),
	KUNIT_CASE(queued_text_is_cut),
	KUNIT_CASE(path_mtu_grows),
	KUNIT_CASE(path_mtu_in_syn_sent),
	{}
};

static struct kunit_suite xtcp_icmp_suite = {
	.name = "xtcp_icmp",
	.test_cases = cases,
};

kunit_test_suite(xtcp_icmp_suite);
