// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/listen.c: what a listener and a request make of a segment
 * (RFC 9293 3.10.7.2, 3.10.7.4 for SYN-RECEIVED; rfc9293 section 4, MUST-11,
 * MUST-14; mission S2.1, S2.3, S2.9j, E2, D20).
 */
#include <linux/string.h>
#include "peer.h"

#define IRS	0xffffffffU	/* so that the first byte of text is number 0 */
#define ISS	0xfffffff0U

struct listen_row {
	const char *desc;
	u8 flags;
	u32 len;
	enum xtcp_listen_verdict verdict;
};

static const struct listen_row listen_rows[] = {
	{ "SYN", XTCP_SYN, 0, XTCP_LISTEN_REQUEST },
	{ "SYN with text", XTCP_SYN, 10, XTCP_LISTEN_REQUEST },
	{ "SYN with ECN bits", XTCP_SYN | XTCP_ECE | XTCP_CWR, 0, XTCP_LISTEN_REQUEST },
	{ "SYN with PSH and URG", XTCP_SYN | XTCP_PSH | XTCP_URG, 0, XTCP_LISTEN_REQUEST },
	{ "RST", XTCP_RST, 0, XTCP_LISTEN_IGNORE },
	{ "RST,ACK", XTCP_RST | XTCP_ACK, 0, XTCP_LISTEN_IGNORE },
	{ "RST,SYN", XTCP_RST | XTCP_SYN, 0, XTCP_LISTEN_IGNORE },
	{ "ACK", XTCP_ACK, 0, XTCP_LISTEN_RESET },
	{ "ACK with text", XTCP_ACK, 5, XTCP_LISTEN_RESET },
	{ "SYN,ACK", XTCP_SYN | XTCP_ACK, 0, XTCP_LISTEN_RESET },
	{ "FIN,ACK", XTCP_FIN | XTCP_ACK, 0, XTCP_LISTEN_RESET },
	{ "SYN,FIN", XTCP_SYN | XTCP_FIN, 0, XTCP_LISTEN_IGNORE },
	{ "FIN", XTCP_FIN, 0, XTCP_LISTEN_IGNORE },
	{ "nothing", 0, 5, XTCP_LISTEN_IGNORE },
};

KUNIT_ARRAY_PARAM_DESC(listen, listen_rows, desc);

static void to_listener(struct kunit *test)
{
	const struct listen_row *row = test->param_value;
	struct xtcp_seg seg = { .seq = 7, .ack = 4000, .flags = row->flags, .len = row->len };
	struct xtcp_plan plan;

	KUNIT_ASSERT_EQ(test, (int)xtcp_listen_segment(&seg, &plan), (int)row->verdict);
	if (row->verdict != XTCP_LISTEN_RESET)
		return;
	KUNIT_EXPECT_EQ(test, plan.flags, (u8)XTCP_RST);
	KUNIT_EXPECT_EQ(test, plan.seq, 4000U);
}

static struct xtcp_sysctls knobs;

static struct xtcp_half *request(struct kunit *test, u16 mss, int shift, u32 rcv_free)
{
	struct xtcp_half *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	struct xtcp_seg syn = { .seq = IRS, .flags = XTCP_SYN, .wnd = 5000 };
	struct xtcp_limits limits = {
		.mss_adv = 1460,
		.mss_path = 1460,
		.mss_default = 536,
		.rcv_buf = rcv_free,
		.rcv_free = rcv_free,
		.rcv_max = 6291456,
	};

	KUNIT_ASSERT_NOT_NULL(test, h);
	syn.opt.mss = mss;
	syn.opt.has_wscale = shift >= 0;
	syn.opt.wscale = shift >= 0 ? shift : 0;
	peer_default_knobs(&knobs);
	xtcp_half_init(h, &syn, ISS, &limits, &knobs, &xtcp_cc_reno);
	return h;
}

static void syn_ack(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1400, 3, 131072);
	struct xtcp_plan plan;

	memset(&plan, 0xff, sizeof(plan));
	xtcp_half_syn_ack(h, sec(1000), &plan);
	KUNIT_EXPECT_EQ(test, plan.flags, (u8)(XTCP_SYN | XTCP_ACK));
	KUNIT_EXPECT_EQ(test, plan.seq, ISS);
	KUNIT_EXPECT_EQ(test, plan.ack, 0U);	/* over the wrap */
	KUNIT_EXPECT_EQ(test, plan.len, 0U);
	KUNIT_EXPECT_EQ(test, plan.opt.mss, (u16)1460);		/* MUST-14 */
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_wscale, 1);
	KUNIT_EXPECT_EQ(test, plan.opt.wscale, (u8)7);		/* 6291456 >> 7 fits */
	KUNIT_EXPECT_EQ(test, plan.wnd, (u16)65535);		/* never scaled here */
	KUNIT_EXPECT_EQ(test, (int)plan.opt.sack_ok, 0);
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_ts, 0);
}

/* RFC 7323 2.2: only if the SYN had it. */
static void syn_ack_without_scaling(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1400, -1, 5000);
	struct xtcp_plan plan;

	xtcp_half_syn_ack(h, sec(1000), &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_wscale, 0);
	KUNIT_EXPECT_EQ(test, plan.wnd, (u16)5000);
}

/* RFC 7323 3.2: echoed if the SYN had one, and then checked as ever. */
static void timestamps_of_a_request(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1460, -1, 65535);
	struct xtcp_seg seg = { .seq = IRS, .flags = XTCP_SYN, .arrived_us = sec(1001) };
	struct xtcp_plan plan;

	h->ts_ok = true;
	h->ts_offset = 7;
	h->ts_recent = 0xffffffff;
	xtcp_half_syn_ack(h, sec(1000), &plan);
	KUNIT_EXPECT_EQ(test, (int)plan.opt.has_ts, 1);
	KUNIT_EXPECT_EQ(test, plan.opt.tsval, 1000007U);
	KUNIT_EXPECT_EQ(test, plan.opt.tsecr, 0xffffffff);
	/* The SYN again: its own timestamp goes back. */
	seg.opt.has_ts = true;
	seg.opt.tsval = 1;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)XTCP_HALF_SYN_ACK);
	KUNIT_EXPECT_EQ(test, h->ts_recent, 1U);
	/* 5.3: an ACK from before the SYN is answered, one without is not. */
	seg.seq = IRS + 1;
	seg.ack = ISS + 1;
	seg.flags = XTCP_ACK;
	seg.opt.tsval = 0;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)XTCP_HALF_REPLY);
	KUNIT_EXPECT_EQ(test, plan.opt.tsval, 1001007U);
	KUNIT_EXPECT_EQ(test, plan.opt.tsecr, 1U);
	seg.opt.has_ts = false;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)XTCP_HALF_DROP);
	/* 5.2: a RST is never too old. */
	seg.flags = XTCP_RST;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)XTCP_HALF_RST);
	seg.flags = XTCP_ACK;
	seg.opt.has_ts = true;
	seg.opt.tsval = 2;
	KUNIT_EXPECT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)XTCP_HALF_ESTABLISH);
}

static void no_timestamps_by_knob(struct kunit *test)
{
	struct xtcp_seg syn = { .seq = IRS, .flags = XTCP_SYN, .wnd = 5000 };
	struct xtcp_limits limits = { .mss_adv = 1460, .rcv_free = 5000 };
	struct xtcp_half h;

	peer_default_knobs(&knobs);
	syn.opt.has_ts = true;
	xtcp_half_init(&h, &syn, ISS, &limits, &knobs, &xtcp_cc_reno);
	KUNIT_EXPECT_TRUE(test, h.ts_ok);
	knobs.timestamps = 0;
	xtcp_half_init(&h, &syn, ISS, &limits, &knobs, &xtcp_cc_reno);
	KUNIT_EXPECT_FALSE(test, h.ts_ok);
}

struct half_row {
	const char *desc;
	u32 seq;	/* from IRS */
	u32 ack;	/* from ISS */
	u8 flags;
	u32 len;
	enum xtcp_half_verdict verdict;
	const char *reply;	/* "R..." or "A" */
};

#define FLAGS_SA	(XTCP_SYN | XTCP_ACK)

static const struct half_row half_rows[] = {
	/* mission S2.1d, e */
	{ "the ACK", 1, 1, XTCP_ACK, 0, XTCP_HALF_ESTABLISH },
	{ "the ACK with text", 1, 1, XTCP_ACK, 100, XTCP_HALF_ESTABLISH },
	{ "the ACK with FIN", 1, 1, XTCP_ACK | XTCP_FIN, 0, XTCP_HALF_ESTABLISH },
	{ "the ACK later in the window", 1000, 1, XTCP_ACK, 100, XTCP_HALF_ESTABLISH },
	{ "text that begins with the SYN's number", 0, 1, XTCP_ACK, 100, XTCP_HALF_ESTABLISH },
	/* mission S2.3e, f */
	{ "the same SYN", 0, 0, XTCP_SYN, 0, XTCP_HALF_SYN_ACK },
	{ "the same SYN with text", 0, 0, XTCP_SYN, 50, XTCP_HALF_SYN_ACK },
	/* mission S2.3b, D20 */
	{ "another SYN, in the window", 10, 0, XTCP_SYN, 0, XTCP_HALF_REPLACE },
	{ "another SYN, outside", 1000000, 0, XTCP_SYN, 0, XTCP_HALF_REPLACE },
	{ "an older SYN", 0xffff0000, 0, XTCP_SYN, 0, XTCP_HALF_REPLY },
	/* RFC 9293 3.10.7.4, fifth */
	{ "ACK of nothing", 1, 0, XTCP_ACK, 0, XTCP_HALF_REPLY, "R0" },
	{ "ACK of too much", 1, 2, XTCP_ACK, 0, XTCP_HALF_REPLY, "R2" },
	{ "ACK of too much with text", 1, 77, XTCP_ACK, 10, XTCP_HALF_REPLY, "R77" },
	/* second; mission S2.3a */
	{ "RST, exact", 1, 0, XTCP_RST, 0, XTCP_HALF_RST },
	{ "RST,ACK, exact", 1, 1, XTCP_RST | XTCP_ACK, 0, XTCP_HALF_RST },
	{ "RST inside the window", 2, 0, XTCP_RST, 0, XTCP_HALF_REPLY, "A" },
	{ "RST outside", 0, 0, XTCP_RST, 0, XTCP_HALF_DROP },
	{ "RST far outside", 5000000, 0, XTCP_RST, 0, XTCP_HALF_DROP },
	/* first */
	{ "ACK left of the window", 0, 1, XTCP_ACK, 0, XTCP_HALF_REPLY, "A" },
	{ "text right of the window", 65536, 1, XTCP_ACK, 1, XTCP_HALF_REPLY, "A" },
	{ "last byte of the window", 65535, 1, XTCP_ACK, 1, XTCP_HALF_ESTABLISH },
	{ "no ACK", 1, 0, 0, 10, XTCP_HALF_DROP },
	{ "FIN without ACK", 1, 0, XTCP_FIN, 0, XTCP_HALF_DROP },
};

KUNIT_ARRAY_PARAM_DESC(half, half_rows, desc);

static void to_request(struct kunit *test)
{
	const struct half_row *row = test->param_value;
	struct xtcp_half *h = request(test, 1460, -1, 65535);
	struct xtcp_half before = *h;
	struct xtcp_plan plan;
	struct xtcp_seg seg = {
		.seq = IRS + row->seq,
		.ack = ISS + row->ack,
		.flags = row->flags,
		.len = row->len,
		.wnd = 1000,
	};

	KUNIT_ASSERT_EQ(test, (int)xtcp_half_segment(h, &seg, &plan), (int)row->verdict);
	KUNIT_EXPECT_MEMEQ(test, h, &before, sizeof(before));
	if (!row->reply)
		return;
	if (row->reply[0] == 'R') {
		KUNIT_EXPECT_EQ(test, plan.flags, (u8)XTCP_RST);
		KUNIT_EXPECT_EQ(test, plan.seq, seg.ack);
		return;
	}
	KUNIT_EXPECT_EQ(test, plan.flags, (u8)XTCP_ACK);
	KUNIT_EXPECT_EQ(test, plan.seq, ISS + 1);
	KUNIT_EXPECT_EQ(test, plan.ack, IRS + 1);
	KUNIT_EXPECT_EQ(test, plan.wnd, (u16)65535);
}

/* mission E2, S2.9j: 1 s, then twice as long each time; gone at 63 s. */
static void syn_ack_times(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1460, -1, 65535);
	static const u32 seconds[] = { 1, 3, 7, 15, 31, 63 };
	u32 i;

	h->sent_us = sec(10);
	h->last_us = sec(10);
	for (i = 0; i < ARRAY_SIZE(seconds); i++) {
		KUNIT_EXPECT_EQ(test, xtcp_half_deadline(h, &knobs), sec(10 + seconds[i]));
		KUNIT_EXPECT_EQ(test, xtcp_half_expired(h, 5), i == 5);
		h->last_us = xtcp_half_deadline(h, &knobs);
		KUNIT_EXPECT_TRUE(test, xtcp_half_timeout(h));
		KUNIT_EXPECT_EQ(test, h->retransmits, (u8)(i + 1));
	}
	KUNIT_EXPECT_TRUE(test, xtcp_half_expired(h, 0));
	h->timeouts = 127;
	KUNIT_EXPECT_EQ(test, xtcp_half_deadline(h, &knobs), h->last_us + sec(120));
}

struct defer_row {
	const char *desc;
	u32 seconds;
	u8 timeouts;
	u32 rounded;
};

static const struct defer_row defer_rows[] = {
	{ "not at all", 0, 0, 0 },
	{ "1 s", 1, 1, 1 },
	{ "2 s", 2, 2, 3 },
	{ "3 s", 3, 2, 3 },
	{ "10 s", 10, 4, 15 },
	{ "31 s", 31, 5, 31 },
	{ "32 s", 32, 6, 63 },
	{ "beyond the greatest timeout", 300, 9, 367 },
	{ "more than fits", 0x7fffffff, 255, 29887 },
};

KUNIT_ARRAY_PARAM_DESC(defer, defer_rows, desc);

static const struct patience_case {
	const char *desc;
	u32 requests, young, room, retries;
} patience_cases[] = {
	{ "half_full",			50,	0,	100,	5 },
	{ "one_more",			51,	0,	100,	2 },
	{ "all_young",			100,	100,	100,	5 },
	{ "more_than_half_young",	100,	51,	100,	5 },
	{ "half_young",			100,	50,	100,	4 },
	{ "a_quarter_young",		100,	25,	100,	3 },
	{ "an_eighth_young",		100,	12,	100,	2 },
	{ "hardly_any_young",		100,	1,	100,	2 },
	{ "few",				4,	0,	4,	5 },
	{ "enough",			5,	0,	4,	2 },
};

KUNIT_ARRAY_PARAM_DESC(patience, patience_cases, desc);

/* mission S2.9l; never more than was asked for. */
static void old_requests_make_room(struct kunit *test)
{
	const struct patience_case *c = test->param_value;
	u32 n;

	KUNIT_EXPECT_EQ(test, xtcp_half_patience(5, c->requests, c->young, c->room), c->retries);
	for (n = 0; n < 3; n++)
		KUNIT_EXPECT_EQ(test, xtcp_half_patience(n, c->requests, c->young, c->room), n);
}

/* TCP_DEFER_ACCEPT counts timeouts (linux-surface 4). */
static void defer_is_rounded_up(struct kunit *test)
{
	const struct defer_row *row = test->param_value;

	peer_default_knobs(&knobs);
	KUNIT_EXPECT_EQ(test, xtcp_defer_timeouts(row->seconds, &knobs), row->timeouts);
	KUNIT_EXPECT_EQ(test, xtcp_defer_seconds(row->timeouts, &knobs), row->rounded);
}

static enum xtcp_half_verdict third(struct xtcp_half *h, u8 flags, u32 len)
{
	struct xtcp_seg seg = { .seq = IRS + 1, .ack = ISS + 1, .flags = flags, .len = len };
	struct xtcp_plan plan;

	return xtcp_half_segment(h, &seg, &plan);
}

/* The bare ACK has to wait; text and FIN have not. */
static void deferred(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1460, -1, 65535);

	h->defer = 4;
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK, 0), (int)XTCP_HALF_WAIT);
	KUNIT_EXPECT_TRUE(test, h->acked);
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK, 1), (int)XTCP_HALF_ESTABLISH);
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK | XTCP_FIN, 0), (int)XTCP_HALF_ESTABLISH);
}

/* The client who has answered is not asked again until the time is over. */
static void deferred_long_enough(struct kunit *test)
{
	struct xtcp_half *h = request(test, 1460, -1, 65535);
	u32 i;

	h->defer = 4;
	KUNIT_EXPECT_TRUE(test, xtcp_half_timeout(h));	/* nothing has come yet */
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK, 0), (int)XTCP_HALF_WAIT);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_FALSE(test, xtcp_half_timeout(h));
	/* Fewer repetitions are allowed than it may take. */
	KUNIT_EXPECT_FALSE(test, xtcp_half_expired(h, 0));
	KUNIT_EXPECT_TRUE(test, xtcp_half_timeout(h));
	KUNIT_EXPECT_EQ(test, h->retransmits, (u8)2);
	KUNIT_EXPECT_TRUE(test, xtcp_half_expired(h, 4));
	KUNIT_EXPECT_FALSE(test, xtcp_half_expired(h, 5));
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK, 0), (int)XTCP_HALF_ESTABLISH);
}

/* How long the user of the client thought is no round-trip time. */
static void deferred_without_a_round_trip(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){ .mss = 1000 });
	struct xtcp_half *h = request(test, 1000, -1, 65535);

	p->iss = ISS;
	p->irs = IRS;
	h->sent_us = p->now;
	h->defer = 4;
	KUNIT_EXPECT_EQ(test, (int)third(h, XTCP_ACK, 0), (int)XTCP_HALF_WAIT);
	p->now += sec(9);
	h->timeouts = 3;
	xtcp_conn_from_half(&p->conn, h, p->now);
	recv_seg(p, .seq = 1, .ack = 1, .len = 10);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 0U);
	KUNIT_EXPECT_EQ(test, xtcp_rto_us(&p->conn, 0), sec(1));
	read_bytes(p, 10);
}

static void becomes_a_connection(struct kunit *test)
{
	struct peer *p = accepted(test, .mss = 1200, .scaling = true, .wscale = 4,
				  .rcv_buf = 60000, .rcv_max = 200000, .rtt_us = ms(30));
	const struct xtcp_conn *c = &p->conn;

	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, c->passive);
	KUNIT_EXPECT_EQ(test, c->snd.mss, (u16)1200);
	KUNIT_EXPECT_EQ(test, c->snd.wscale, (u8)4);
	KUNIT_EXPECT_EQ(test, c->rcv.wscale, (u8)2);
	/* The ACK's window is scaled, the SYN's was not (RFC 7323 2.2). */
	KUNIT_EXPECT_EQ(test, c->snd.wnd, 65535U << 4);
	KUNIT_EXPECT_EQ(test, xtcp_rcv_wnd(c), 60000U);
	KUNIT_EXPECT_EQ(test, c->rtt.srtt_us, 30000U);
	KUNIT_EXPECT_EQ(test, c->snd.una, p->iss + 1);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(c), 0ULL);
	write_bytes(p, 3000);
	expect(p, "1:1201 1201:2401 2401:3001");
	recv_text(p, 1, 500);
	expect(p, "A501");
	read_bytes(p, 500);
}

/* MUST-15 */
static void no_mss_means_536(struct kunit *test)
{
	struct peer *p = accepted(test, .no_mss = true);

	KUNIT_EXPECT_EQ(test, p->conn.snd.mss, (u16)536);
}

/* RFC 9293 3.10.7.4: a FIN with the good ACK goes to CLOSE-WAIT in one step. */
static void fin_completes_the_handshake(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){ .mss = 1000 });
	struct xtcp_half *h = request(test, 1000, -1, 65535);

	p->iss = ISS;
	p->irs = IRS;
	xtcp_conn_from_half(&p->conn, h, p->now);
	recv_seg(p, .seq = 1, .ack = 1, .len = 10, .flags = XTCP_FIN | XTCP_ACK);
	expect_state(p, CLOSE_WAIT);
	expect(p, "A12");
	read_bytes(p, 10);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_PASSIVE_OPENS), 1UL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(to_listener, listen_gen_params),
	KUNIT_CASE(syn_ack),
	KUNIT_CASE(syn_ack_without_scaling),
	KUNIT_CASE(timestamps_of_a_request),
	KUNIT_CASE(no_timestamps_by_knob),
	KUNIT_CASE_PARAM(to_request, half_gen_params),
	KUNIT_CASE(syn_ack_times),
	KUNIT_CASE_PARAM(old_requests_make_room, patience_gen_params),
	KUNIT_CASE_PARAM(defer_is_rounded_up, defer_gen_params),
	KUNIT_CASE(deferred),
	KUNIT_CASE(deferred_long_enough),
	KUNIT_CASE(deferred_without_a_round_trip),
	KUNIT_CASE(becomes_a_connection),
	KUNIT_CASE(no_mss_means_536),
	KUNIT_CASE(fin_completes_the_handshake),
	{}
};

static struct kunit_suite xtcp_listen_suite = {
	.name = "xtcp_listen",
	.test_cases = cases,
};

kunit_test_suite(xtcp_listen_suite);
