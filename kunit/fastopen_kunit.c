// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/fastopen.c: text in SYNs, of ours and of a client's (RFC 7413; rfcs
 * 7413). Who may have it is not core's to say.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <xtcp/syn_text.h>
#include "peer.h"

#define FLAGS_SA (XTCP_SYN | XTCP_ACK)

/* Servers */

/* A SYN with len bytes of text and a good cookie has come. */
static struct peer *peer_opened(struct kunit *test, u32 len, const struct peer_opts *opts)
{
	struct peer *p = peer_new(test, opts);
	struct xtcp_seg syn = {
		.arrived_us = p->now,
		.seq = p->irs,
		.wnd = p->wnd,
		.flags = XTCP_SYN,
		.len = len,
	};
	struct xtcp_arrival a = { .seg = &syn, .now_us = p->now };
	struct peer_rxd *r = NULL;
	struct xtcp_half half;

	syn.opt.mss = p->opts.mss;
	syn.opt.has_wscale = p->opts.scaling;
	syn.opt.wscale = p->opts.wscale;
	syn.opt.has_ts = p->opts.ts;
	syn.opt.tsval = peer_ts(p);
	xtcp_half_init(&half, &syn, p->iss, &p->conn.limits, &p->env.knob, p->conn.cc.ops);
	half.sent_us = p->now;
	half.last_us = p->now;
	xtcp_conn_from_half(&p->conn, &half, p->now);
	if (len) {
		r = peer_rxd_alloc(p, 0, p->irs + 1, len);
		a.rxd = &r->rxd;
	}
	xtcp_fastopen_begin(&p->conn, &a);
	if (a.kept)
		p->rcv_used += len;
	else if (r)
		peer_rxd_free(p, r);
	peer_drive(p);
	return p;
}

#define opened(test, len, ...) peer_opened(test, len, &(struct peer_opts){ __VA_ARGS__ })

/* 4.2.2: text goes both ways before the handshake is complete. */
static void text_of_a_syn(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	expect(p, "S0A11");
	expect_state(p, SYN_RECEIVED);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_READ);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.acked);
	read_bytes(p, 10);
	write_bytes(p, 2000);
	expect(p, "1:1461 1461:2001");
	after(p, ms(20));
	recv_ack(p, 2001);
	expect_state(p, ESTABLISHED);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 20000U);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_PASSIVE_OPENS), 1UL);
	recv_text(p, 11, 10);
	read_bytes(p, 10);
}

/* What was read of it before stays read. */
static void text_is_read_in_parts(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	read_bytes(p, 4);
	recv_ack(p, 1);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_EQ(test, xtcp_readable(&p->conn), 6U);
	read_bytes(p, 6);
}

static void no_text(struct kunit *test)
{
	struct peer *p = opened(test, 0);

	expect(p, "S0A1");
	KUNIT_EXPECT_FALSE(test, p->conn.fastopen.acked);
	write_bytes(p, 10);
	expect(p, "1:11");
}

/* As much as the window takes; the rest comes again. */
static void little_room(struct kunit *test)
{
	struct peer *p = opened(test, 100, .rcv_buf = 60);

	expect(p, "S0A61");
	read_bytes(p, 60);
	recv_ack(p, 1);
	expect_state(p, ESTABLISHED);
}

/* The window of the SYN, never scaled, and an initial window bound what goes. */
static void windows(struct kunit *test)
{
	struct peer *p = opened(test, 10, .wnd = 3000, .scaling = true, .wscale = 10, .mss = 1000);

	peer_effects(p);
	write_bytes(p, 9000);
	expect(p, "1:1001 1001:2001");
	p = opened(test, 10);
	peer_effects(p);
	write_bytes(p, 20 * 1460);
	KUNIT_EXPECT_EQ(test, sent_to(p), 1 + 10U * 1460);
}

/* 4.2.1: the SYN,ACK again has no text; nor has anything else timers of its own. */
static void syn_ack_again(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	write_bytes(p, 100);
	p->show = SHOW_TIME;
	peer_effects(p);
	at(p, sec(7));
	expect(p, "[1000]S0A11 [3000]S0A11 [7000]S0A11");
	/* 1, 3, 7, 15, 31 s, and that is it. */
	at(p, sec(62));
	expect_state(p, SYN_RECEIVED);
	at(p, sec(64));
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_ATTEMPT_FAILS), 1UL);
}

/* TCP_SYNCNT of the listener. */
static void syn_ack_limit(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	p->conn.user.syn_limit = 1;
	at(p, sec(2));
	expect_state(p, SYN_RECEIVED);
	at(p, sec(3));
	expect_state(p, CLOSED);
}

/* What left behind a SYN,ACK that was lost is taken to be lost with it. */
static void text_behind_a_lost_syn_ack(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	write_bytes(p, 100);
	at(p, sec(1));
	peer_effects(p);
	recv_ack(p, 1);
	expect(p, "1:101");
	recv_ack(p, 101);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* It was not the SYN,ACK but its ACK that took so long. */
static void text_behind_a_slow_syn_ack(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	write_bytes(p, 100);
	peer_effects(p);
	recv_ack(p, 1);
	expect(p, "");
	recv_ack(p, 101);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* 4.2.1: the client repeats its SYN without text. */
static void syn_again(struct kunit *test)
{
	struct peer *p = opened(test, 10, .ts = true);

	peer_effects(p);
	recv_seg(p, .seq = 0, .flags = XTCP_SYN, .mss = 1460, .tsval = PEER_TS + 900);
	expect(p, "S0A11");
	KUNIT_EXPECT_EQ(test, p->last.opt.tsecr, PEER_TS + 900);
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_fastopen, 0);
	expect_drop(p, SYN);
	/* A SYN,ACK answers none of ours: only who has sent a SYN would take it. */
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	expect_state(p, SYN_RECEIVED);
}

static void cookie_of_the_new_key(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_fastopen, 0);
	p->conn.fastopen.cookie.len = 8;
	p->conn.snd.nxt = p->iss;
	p->conn.owes |= XTCP_OWES_SYN;
	peer_drive(p);
	KUNIT_EXPECT_EQ(test, p->last.opt.fastopen_len, (u8)8);
}

static void reset_early(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	recv_rst(p, 11);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ECONNRESET);
}

/* RFC 5461: it is the user's already. */
static void icmp_early(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	xtcp_icmp_error(&p->conn, EHOSTUNREACH);
	peer_drive(p);
	expect_state(p, SYN_RECEIVED);
	KUNIT_EXPECT_EQ(test, p->conn.err_soft, EHOSTUNREACH);
}

/* RFC 9293 3.10.4: the FIN waits for ESTABLISHED, text does not. */
static void close_early(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	read_bytes(p, 10);
	write_bytes(p, 100);
	user_close(p);
	expect(p, "S0A11 1:101");
	recv_ack(p, 1);
	expect(p, "F101");
	recv_ack(p, 102);
	expect_state(p, FIN_WAIT_2);
}

static void abort_early(struct kunit *test)
{
	struct peer *p = opened(test, 10);

	write_bytes(p, 100);
	user_abort(p);
	expect(p, "S0A11 1:101 R101A11");
}

/* Clients */

#define COOKIE 8

/* connect() that waits for text, and its len bytes. */
static struct peer *peer_asks(struct kunit *test, u32 len, u8 cookie, const struct peer_opts *opts)
{
	struct peer *p = peer_new(test, opts);

	p->conn.fastopen.ask = true;
	p->conn.fastopen.deferred = true;
	p->conn.fastopen.cookie.len = cookie;
	memset(p->conn.fastopen.cookie.val, 9, cookie);
	xtcp_conn_connect(&p->conn, p->iss, p->now);
	peer_drive(p);
	expect(p, "");
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	p->conn.fastopen.deferred = false;
	write_bytes(p, len);
	return p;
}

#define asks(test, len, cookie, ...) \
	peer_asks(test, len, cookie, &(struct peer_opts){ __VA_ARGS__ })

/* 4.1.3: acknowledged with the SYN. */
static void syn_with_text(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	expect(p, "S0+10");
	KUNIT_EXPECT_EQ(test, p->last.flags, (u16)XTCP_SYN);
	KUNIT_EXPECT_EQ(test, p->last.opt.fastopen_len, (u8)COOKIE);
	KUNIT_EXPECT_EQ(test, p->last.opt.fastopen[7], (u8)9);
	at(p, ms(5));
	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "A1");
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_TRUE(test, peer_wakes(p) & XTCP_WAKE_WRITE);
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FASTOPEN_ACTIVE), 1UL);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.acked);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
	KUNIT_EXPECT_EQ(test, p->conn.rtt.srtt_us, 5000U);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	write_bytes(p, 10);
	expect(p, "11:21");
}

/* The server takes the SYN alone: its text goes at once. */
static void text_is_not_taken(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	peer_effects(p);
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "1:11");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FASTOPEN_ACTIVE_FAIL), 1UL);
	KUNIT_EXPECT_EQ(test, (int)p->conn.fastopen.fail, (int)XTCP_FASTOPEN_NOT_ACKED);
	recv_ack(p, 11);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
	KUNIT_EXPECT_EQ(test, p->conn.cc.ssthresh, (u32)XTCP_SSTHRESH_INFINITE);
}

/* 4.1.3: room is left for options; the default MSS where none is known. */
static void longer_than_a_syn(struct kunit *test)
{
	struct peer *p = asks(test, 1000, COOKIE);

	expect(p, "S0+496");
	recv_seg(p, .seq = 0, .ack = 497, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "497:1001");
}

static void known_mss(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){});

	p->conn.fastopen.mss = 1460;
	KUNIT_EXPECT_EQ(test, xtcp_fastopen_room(&p->conn), 1420U);
	p->conn.limits.mss_path = 1000;
	KUNIT_EXPECT_EQ(test, xtcp_fastopen_room(&p->conn), 960U);
	p->conn.limits.mss_path = 40;
	KUNIT_EXPECT_EQ(test, xtcp_fastopen_room(&p->conn), 0U);
}

/* Of what it does not take all, part is acknowledged. */
static void part_is_taken(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	peer_effects(p);
	recv_seg(p, .seq = 0, .ack = 5, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "5:11");
	recv_ack(p, 11);
	KUNIT_EXPECT_EQ(test, xtcp_earliest_deadline(&p->conn), 0ULL);
}

/* 4.1.3: a SYN that is repeated has neither text nor option. */
static void syn_is_lost(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	peer_effects(p);
	at(p, sec(1));
	expect(p, "S0");
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_fastopen, 0);
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "1:11");
	KUNIT_EXPECT_EQ(test, (int)p->conn.fastopen.fail, (int)XTCP_FASTOPEN_SYN_LOST);
	recv_ack(p, 11);
}

/* It was the SYN,ACK that was lost. */
static void syn_ack_is_lost(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	at(p, sec(1));
	expect(p, "S0+10 S0");
	recv_seg(p, .seq = 0, .ack = 11, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "A1");
	KUNIT_EXPECT_EQ(test, peer_mib(XTCP_MIB_FASTOPEN_ACTIVE), 1UL);
	KUNIT_EXPECT_EQ(test, p->nr_tx, 0);
}

static void cookie_is_learned(struct kunit *test)
{
	struct peer *p = asks(test, 0, 0);

	expect(p, "S0");
	KUNIT_EXPECT_EQ(test, (int)p->last.opt.has_fastopen, 1);
	KUNIT_EXPECT_EQ(test, p->last.opt.fastopen_len, (u8)0);
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460, .fastopen = 16);
	KUNIT_EXPECT_TRUE(test, p->conn.fastopen.learned);
	KUNIT_EXPECT_EQ(test, p->conn.fastopen.cookie.len, (u8)16);
	KUNIT_EXPECT_EQ(test, p->conn.fastopen.cookie.val[15], (u8)7);
}

static void unasked_cookie(struct kunit *test)
{
	struct peer *p = connecting(test);

	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460, .fastopen = 8);
	expect_state(p, ESTABLISHED);
	KUNIT_EXPECT_FALSE(test, p->conn.fastopen.learned);
}

/* A client is no server: the other's SYN says nothing of our text. */
static void simultaneous_open(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	peer_effects(p);
	recv_seg(p, .seq = 0, .flags = XTCP_SYN, .mss = 1460);
	expect(p, "S0A1");
	recv_ack(p, 1);
	expect(p, "1:11");
	recv_ack(p, 11);
	expect_state(p, ESTABLISHED);
}

static void refused(struct kunit *test)
{
	struct peer *p = asks(test, 10, COOKIE);

	recv_seg(p, .ack = 11, .flags = XTCP_RST | XTCP_ACK);
	expect_state(p, CLOSED);
	KUNIT_EXPECT_EQ(test, p->conn.err, ECONNREFUSED);
}

/* Memory is short to cut the text: then the SYN goes without. */
static void no_memory(struct kunit *test)
{
	struct peer *p = peer_new(test, &(struct peer_opts){});

	p->conn.fastopen.ask = true;
	p->conn.fastopen.deferred = true;
	p->conn.fastopen.cookie.len = COOKIE;
	xtcp_conn_connect(&p->conn, p->iss, p->now);
	p->conn.fastopen.deferred = false;
	p->fail_cuts = 1;
	write_bytes(p, 1000);
	expect(p, "S0");
	recv_seg(p, .seq = 0, .ack = 1, .flags = FLAGS_SA, .mss = 1460);
	expect(p, "1:1001");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(text_of_a_syn),
	KUNIT_CASE(text_is_read_in_parts),
	KUNIT_CASE(no_text),
	KUNIT_CASE(little_room),
	KUNIT_CASE(windows),
	KUNIT_CASE(syn_ack_again),
	KUNIT_CASE(syn_ack_limit),
	KUNIT_CASE(text_behind_a_lost_syn_ack),
	KUNIT_CASE(text_behind_a_slow_syn_ack),
	KUNIT_CASE(syn_again),
	KUNIT_CASE(cookie_of_the_new_key),
	KUNIT_CASE(reset_early),
	KUNIT_CASE(icmp_early),
	KUNIT_CASE(close_early),
	KUNIT_CASE(abort_early),
	KUNIT_CASE(syn_with_text),
	KUNIT_CASE(text_is_not_taken),
	KUNIT_CASE(longer_than_a_syn),
	KUNIT_CASE(known_mss),
	KUNIT_CASE(part_is_taken),
	KUNIT_CASE(syn_is_lost),
	KUNIT_CASE(syn_ack_is_lost),
	KUNIT_CASE(cookie_is_learned),
	KUNIT_CASE(unasked_cookie),
	KUNIT_CASE(simultaneous_open),
	KUNIT_CASE(refused),
	KUNIT_CASE(no_memory),
	{}
};

static struct kunit_suite xtcp_fastopen_suite = {
	.name = "xtcp_fastopen",
	.test_cases = cases,
};

kunit_test_suite(xtcp_fastopen_suite);
