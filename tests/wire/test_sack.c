// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timestamps and selective acknowledgments as the peer sees them: what is
 * agreed, what is echoed and reported, what goes again (RFC 7323, RFC 2018,
 * RFC 2883, RFC 8985).
 */
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

#define SACK_OK		"\x01\x01\x04\x02"

static void expect_echo(struct wire *w, uint32_t ts)
{
	const uint8_t *body = option(w, OPTION_TS);

	if (!body || get32(body + 4) != ts)
		fail(w, "no timestamp that echoes %u", ts);
}

/* Blocks in relative numbers, { first, end }, as many as n says. */
static void expect_blocks(struct wire *w, int n, const uint32_t *want)
{
	const uint8_t *body = option(w, OPTION_SACK);
	int i;

	if (!body || body[-1] != 2 + 8 * n)
		fail(w, "not %d SACK blocks", n);
	for (i = 0; i < 2 * n; i++)
		if (get32(body + 4 * i) - w->peer.isn != want[i])
			fail(w, "edge %d of the blocks is %u", i,
			     get32(body + 4 * i) - w->peer.isn);
}

static void with_timestamps(struct wire *w)
{
	knob(w, "timestamps", 1);
	dut_listen(w, 8);
	send_timestamped(w, SYN, 1000, 0);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	expect_echo(w, 1000);
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
}

/* RFC 7323 3.2: in every segment from then on. */
static void timestamps_agreed(struct wire *w)
{
	with_timestamps(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	expect_echo(w, 1001);
	send_timestamped(w, ACK | PSH, 1050, 10);
	peer_expect(w, .flags = ACK, .seq = 101, .ack = 11);
	expect_echo(w, 1050);
	dut_read(w, 10);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 101, .ack = 11);
	expect_echo(w, 1050);
}

static void timestamps_not_offered(struct wire *w)
{
	knob(w, "timestamps", 1);
	established_server(w);
	dut_write(w, 100);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 100);
	if (option(w, OPTION_TS))
		fail(w, "a timestamp that was not agreed");
}

/* RFC 7323 5.3: an ACK, and nothing of it is read. */
static void paws(struct wire *w)
{
	with_timestamps(w);
	send_timestamped(w, ACK | PSH, 2000, 10);
	peer_expect_ack(w, 11);
	dut_read(w, 10);
	send_timestamped(w, ACK | PSH, 1900, 10);
	peer_expect_ack(w, 11);
	expect_echo(w, 2000);
	dut_expect_no_data(w);
}

/* The dut measures a round trip of so many ms. */
static void with_sack_over(struct wire *w, int rtt_ms)
{
	knob(w, "sack", 1);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1000, OPTS(SACK_OK));
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	pass_time(w, rtt_ms);
	peer_send(w, .flags = ACK);
	dut_accept(w);
}

static void with_sack(struct wire *w)
{
	with_sack_over(w, 0);
}

/* RFC 2018 4: the latest first, and gone when the gap is filled. */
static void blocks_are_reported(struct wire *w)
{
	with_sack(w);
	peer_send(w, .flags = ACK, .seq = 101, .len = 100, .stray = true);
	peer_expect_ack(w, 1);
	expect_blocks(w, 1, (uint32_t[]){ 101, 201 });
	peer_send(w, .flags = ACK, .seq = 301, .len = 100, .stray = true);
	peer_expect_ack(w, 1);
	expect_blocks(w, 2, (uint32_t[]){ 301, 401, 101, 201 });
	peer_send(w, .flags = ACK, .len = 100);
	peer_expect_ack(w, 201);
	expect_blocks(w, 1, (uint32_t[]){ 301, 401 });
	peer_send(w, .flags = ACK, .seq = 201, .len = 100);
	peer_expect_ack(w, 401);
	if (option(w, OPTION_SACK))
		fail(w, "a block of what is in order");
	dut_read(w, 400);
}

/* RFC 2883 4.1 */
static void duplicates_are_reported(struct wire *w)
{
	with_sack(w);
	peer_send(w, .flags = ACK | PSH, .len = 100);
	peer_expect_ack(w, 101);
	dut_read(w, 100);
	peer_send(w, .flags = ACK | PSH, .seq = 1, .len = 100, .stray = true);
	peer_expect_ack(w, 101);
	expect_blocks(w, 1, (uint32_t[]){ 1, 101 });
	/* 4.3: within a segment that brings news too */
	peer_send(w, .flags = ACK, .seq = 201, .len = 100, .stray = true);
	peer_expect_ack(w, 101);
	peer_send(w, .flags = ACK | PSH, .len = 300);
	peer_expect_ack(w, 401);
	expect_blocks(w, 1, (uint32_t[]){ 201, 301 });
}

/*
 * Three segments behind a hole are acknowledged at once, three more by one ACK that may wait
 * 40 ms: a twentieth of the round trip of 800 ms. Returns after how many ms it came.
 */
static int three_acks_in_one(struct wire *w)
{
	int i;

	knob(w, "comp_sack_delay_ns", 100000000);
	with_sack_over(w, 800);
	for (i = 1; i <= 3; i++) {
		peer_send(w, .flags = ACK, .seq = 1 + 100 * i, .len = 100, .stray = true);
		peer_expect_ack(w, 1);
	}
	mark(w);
	for (i = 4; i <= 6; i++)
		peer_send(w, .flags = ACK, .seq = 1 + 100 * i, .len = 100, .stray = true);
	peer_expect(w, .flags = ACK, .ack = 1, .within = 600);
	expect_blocks(w, 1, (uint32_t[]){ 101, 701 });
	i = (w->seen_us - w->t0_us) / 1000;
	peer_expect_nothing(w, 100);
	if (i < 39)
		fail(w, "the ACK has waited %d ms only", i);
	if (counter(w, "TCPAckCompressed") != 2)
		fail(w, "TCPAckCompressed is %ld", counter(w, "TCPAckCompressed"));
	return i;
}

static void acks_behind_a_hole_merge(struct wire *w)
{
	int ms;

	knob(w, "comp_sack_slack_ns", 0);
	ms = three_acks_in_one(w);
	if (w->warp && ms > 42)
		fail(w, "the ACK came after %d ms", ms);
	/* Whatever waits, the end of the hole is told at once. */
	peer_send(w, .flags = ACK, .seq = 801, .len = 100, .stray = true);
	peer_send(w, .flags = ACK, .len = 100);
	peer_expect_ack(w, 701);
	expect_blocks(w, 1, (uint32_t[]){ 801, 901 });
}

/* The timer may be late by so much, and is where nothing else wakes the host. */
static void merged_ack_has_slack(struct wire *w)
{
	int ms;

	knob(w, "comp_sack_slack_ns", 400000000);
	ms = three_acks_in_one(w);
	if (w->warp && ms < 100)
		fail(w, "the ACK came after %d ms", ms);
}

static void acks_behind_a_hole_do_not_merge(struct wire *w)
{
	int i;

	knob(w, "comp_sack_nr", 0);
	knob(w, "comp_sack_delay_ns", 100000000);
	with_sack_over(w, 800);
	for (i = 1; i <= 6; i++) {
		peer_send(w, .flags = ACK, .seq = 1 + 100 * i, .len = 100, .stray = true);
		peer_expect_ack(w, 1);
	}
}

static void no_blocks_unasked(struct wire *w)
{
	knob(w, "sack", 1);
	established_server(w);
	peer_send(w, .flags = ACK, .seq = 101, .len = 100, .stray = true);
	peer_expect_ack(w, 1);
	if (option(w, OPTION_SACK))
		fail(w, "a SACK block that was not agreed");
}

static void send_block(struct wire *w, uint32_t ack, uint32_t first, uint32_t end)
{
	uint8_t opt[12] = "\x01\x01\x05\x0a";

	put32(opt + 4, w->dut.isn + first);
	put32(opt + 8, w->dut.isn + end);
	peer_send(w, .flags = ACK, .ack = ack, .opts = (const char *)opt, .opts_len = sizeof(opt));
}

/* What the peer has is not sent again. */
static void only_the_hole_goes_again(struct wire *w)
{
	int i;

	with_sack(w);
	dut_write(w, 10000);
	for (i = 0; i < 10; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	send_block(w, 2001, 3001, 10001);
	peer_expect(w, .flags = ACK, .seq = 2001, .len = 1000);
	peer_send(w, .flags = ACK, .ack = 10001);
	peer_expect_nothing(w, 400);
}

/* As much as the send buffer takes. */
static void write_all(struct wire *w)
{
	uint8_t block[1000];
	ssize_t n;
	int i;

	do {
		for (i = 0; i < (int)sizeof(block); i++)
			block[i] = pattern(true, 1 + w->written + i);
		n = send(w->fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
		w->written += n > 0 ? n : 0;
	} while (n == (ssize_t)sizeof(block));
}

/* What the peer has, but cannot acknowledge, takes no room from what is to follow. */
static void send_buffer_grows_behind_a_hole(struct wire *w)
{
	const uint32_t hole = 200001;
	int round;

	knob(w, "sack", 1);
	dut_listen(w, 8);
	peer_send(w, .flags = SYN, .mss = 1000, .wscale = 5, OPTS(SACK_OK));
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	for (round = 0; round < 300 && w->rcv_nxt < hole + 600000; round++) {
		write_all(w);
		peer_drain(w, 1);
		if (w->rcv_nxt <= hole)
			peer_send(w, .flags = ACK);
		else
			send_block(w, hole, hole + 1000, w->rcv_nxt);
	}
	if (w->rcv_nxt < hole + 600000)
		fail(w, "stands still at %u", w->rcv_nxt);
}

/* RFC 8985 7: long before the timeout of 200 ms and more. */
static void the_tail_is_probed(struct wire *w)
{
	knob(w, "early_retrans", 3);
	with_sack(w);
	dut_write(w, 2000);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000);
	peer_expect(w, .flags = ACK, .seq = 1001, .len = 1000, .within = 100);
	peer_send(w, .flags = ACK, .ack = 2001);
	peer_expect_nothing(w, 400);
}

/* Four segments over a path of 100 ms: the first is overtaken by n. */
static void overtaken_by(struct wire *w, int n)
{
	char opts[12] = "\x01\x01\x05\x0a";

	put32((uint8_t *)opts + 4, w->dut.isn + 1001);
	put32((uint8_t *)opts + 8, w->dut.isn + 1001 + 1000 * n);
	peer_send(w, .flags = ACK, .ack = 1, .opts = opts, .opts_len = sizeof(opts));
	mark(w);
}

static void four_in_flight(struct wire *w, int recovery)
{
	int i;

	knob(w, "recovery", recovery);
	with_sack_over(w, 100);
	dut_write(w, 4000);
	for (i = 0; i < 4; i++)
		peer_expect(w, .flags = ACK, .seq = 1 + 1000 * i, .len = 1000);
	pass_time(w, 100);
}

/* RFC 8985 6.2.4: three are proof enough; one is waited for, for a quarter of the round trip. */
static void recovery_by_time(struct wire *w)
{
	four_in_flight(w, 1);
	overtaken_by(w, 1);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 25);
}

static void recovery_without_dupthresh(struct wire *w)
{
	four_in_flight(w, 5);
	overtaken_by(w, 3);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000, .at = 25);
}

/* RFC 6675 4: no time makes the two a proof, but the third does. */
static void recovery_by_bytes(struct wire *w)
{
	four_in_flight(w, 0);
	overtaken_by(w, 2);
	peer_expect_nothing(w, 100);
	overtaken_by(w, 3);
	peer_expect(w, .flags = ACK, .seq = 1, .len = 1000);
}

const struct test sack_tests[] = {
	T(timestamps_agreed, "RFC 7323 3.2"),
	T(timestamps_not_offered, "RFC 7323 3.2"),
	T(paws, "RFC 7323 5.3"),
	T(blocks_are_reported, "RFC 2018 4"),
	T(duplicates_are_reported, "RFC 2883 4.1"),
	T(acks_behind_a_hole_merge, "linux-surface comp_sack_nr comp_sack_delay_ns, rfc9293 MAY-13",
	  .not_linux = "Linux waits by the sender's round trip, which it has not measured here"),
	T(merged_ack_has_slack, "linux-surface comp_sack_slack_ns", .not_linux = "the same"),
	T(acks_behind_a_hole_do_not_merge, "linux-surface comp_sack_nr"),
	T(no_blocks_unasked, "RFC 2018 2"),
	T(only_the_hole_goes_again, "RFC 6675"),
	T(send_buffer_grows_behind_a_hole, "linux-surface 1 wmem"),
	T(the_tail_is_probed, "RFC 8985 7"),
	T(recovery_by_time, "linux-surface 1 recovery, rfcs RFC 8985"),
	T(recovery_without_dupthresh, "linux-surface 1 recovery"),
	T(recovery_by_bytes, "linux-surface 1 recovery, rfcs RFC 6675"),
	{ 0 }
};
