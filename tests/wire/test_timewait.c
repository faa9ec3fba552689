// SPDX-License-Identifier: GPL-2.0-only
/*
 * FIN-WAIT-2 and TIME-WAIT: how long they last and what they answer
 * (RFC 9293 3.6.1, mission 3.3 to 3.6, E5, E7, E13).
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>

#include "wire.h"

/* The time after which something that lasts ms is surely over. */
static int over(struct wire *w, int ms)
{
	return w->xtcp ? ms + 20 : ms + ms / 8 + 300;
}

static void fin_wait_2(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
}

static void time_wait(struct wire *w)
{
	fin_wait_2(w);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

static void fin_again(struct wire *w)
{
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

/* The FIN is answered each time, also in quick succession (mission E7). */
static void tw_repeated_fin(struct wire *w)
{
	int i;

	time_wait(w);
	for (i = 0; i < 3; i++) {
		pass_time(w, 300);
		fin_again(w);
	}
}

/* 2MSL are 60 s and start again with each FIN. */
static void tw_length(struct wire *w)
{
	time_wait(w);
	pass_time(w, 55000);
	fin_again(w);
	pass_time(w, 55000);
	fin_again(w);
	pass_time(w, 59800);
	mark(w);
	fin_again(w);
	expect_state_until(w, STATE_TIME_WAIT, 60000);
	expect_gone(w);
}

static void tw_length_knob(struct wire *w)
{
	knob(w, "tw_timeout_ms", 500);
	time_wait(w);
	pass_time(w, 400);
	fin_again(w);
	pass_time(w, 400);
	mark(w);
	fin_again(w);
	expect_count(w, "TW", 0);
	expect_state_until(w, STATE_TIME_WAIT, 500);
	expect_gone(w);
	expect_count(w, "TW", 1);
}

/* Without TIME-WAIT the FIN that is sent again is answered with a reset. */
static void expect_skipped(struct wire *w, int in_time_wait)
{
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = RST, .seq = 2);
	expect_count(w, "TCPTimeWaitOverflow", 1);
	if (nr_in_state(w, STATE_TIME_WAIT) != in_time_wait)
		fail(w, "%d connections in TIME-WAIT, not %d",
		     nr_in_state(w, STATE_TIME_WAIT), in_time_wait);
}

static void tw_full(struct wire *w)
{
	struct talk first;

	knob(w, "max_tw_buckets", 1);
	time_wait(w);
	peer_leave(w, &first);
	expect_count(w, "TCPTimeWaitOverflow", 0);
	peer_new(w, 5000);
	peer_send(w, .flags = SYN, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = ACK);
	dut_accept(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	expect_skipped(w, 1);
	peer_return(w, &first);
	fin_again(w);
}

static void tw_none(struct wire *w)
{
	knob(w, "max_tw_buckets", 0);
	time_wait(w);
	expect_skipped(w, 0);
}

static void tw_data(struct wire *w)
{
	time_wait(w);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2, .len = 10,
		  .stray = true);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	fin_again(w);
}

static void tw_rst_exact(struct wire *w)
{
	time_wait(w);
	peer_send(w, .flags = RST, .seq = 2);
	peer_expect_nothing(w, 50);
	expect_gone(w);
	if (w->xtcp)
		expect_count(w, "TWKilled", 1);
}

static void tw_rst_ignored(struct wire *w)
{
	knob(w, "rfc1337", 1);
	time_wait(w);
	peer_send(w, .flags = RST, .seq = 2);
	peer_expect_nothing(w, 50);
	fin_again(w);
	expect_count(w, "TWKilled", 0);
}

static void tw_rst_inexact(struct wire *w)
{
	time_wait(w);
	peer_send(w, .flags = RST, .seq = 3);
	peer_send(w, .flags = RST, .seq = 1);
	peer_expect_nothing(w, 50);
	fin_again(w);
}

/* A SYN beyond the old connection opens a new one (MAY-2). */
static void tw_new_syn(struct wire *w)
{
	uint32_t old;

	time_wait(w);
	old = w->dut.isn + 2;
	w->peer.port--;
	peer_new(w, w->peer.isn + 1000);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	if ((int32_t)(w->dut.isn - old) <= 0)
		fail(w, "the new ISN does not lie beyond the old numbers");
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

static void tw_old_syn(struct wire *w)
{
	time_wait(w);
	peer_send(w, .flags = SYN, .seq = -1000, .mss = 1460, .stray = true);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	fin_again(w);
}

/* As time_wait(), with timestamps from 1000 to 1002. */
static void time_wait_timestamps(struct wire *w)
{
	knob(w, "timestamps", 1);
	dut_listen(w, 8);
	send_timestamped(w, SYN, 1000, 0);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	send_timestamped(w, FIN | ACK, 1002, 0);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
}

static void same_port(struct wire *w, uint32_t isn)
{
	w->peer.port--;
	peer_new(w, isn);
}

/* A newer timestamp is enough (RFC 6191 2), for a number far below too. */
static void tw_syn_newer_timestamp(struct wire *w)
{
	uint32_t end;

	time_wait_timestamps(w);
	end = w->dut.isn + 2;
	same_port(w, w->peer.isn - 500000);
	send_timestamped(w, SYN, 1003, 0);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	if (w->dut.isn - end != 65537)
		fail(w, "the new ISN is %u beyond the old numbers", w->dut.isn - end);
	expect_count(w, "TWRecycled", w->xtcp ? 1 : 0);
	send_timestamped(w, ACK | PSH, 1004, 10);
	dut_accept(w);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
}

/* An older one is not helped by its number. */
static void tw_syn_older_timestamp(struct wire *w)
{
	time_wait_timestamps(w);
	send_timestamped_with(w, &(struct out){
		.flags = SYN, .seq = 500000, .mss = 1460, .win = 65535, .wscale = -1,
		.stray = true }, 999);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	send_timestamped_with(w, &(struct out){
		.flags = FIN | ACK, .seq = 1, .ack = 2, .win = 65535, .wscale = -1 }, 1100);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	if (get32(option(w, OPTION_TS) + 4) != 1100)
		fail(w, "the FIN's timestamp is not echoed");
}

/* So is one that the old connection had none of. */
static void tw_syn_brings_timestamps(struct wire *w)
{
	time_wait(w);
	knob(w, "timestamps", 1);
	same_port(w, w->peer.isn - 500000);
	send_timestamped(w, SYN, 1000, 0);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	send_timestamped(w, ACK, 1001, 0);
	dut_accept(w);
}

static void tw_no_ack_bit(struct wire *w)
{
	time_wait(w);
	peer_send(w, .flags = FIN, .seq = 2, .stray = true);
	peer_expect_nothing(w, 100);
	fin_again(w);
}

/* TIME-WAIT after CLOSING (both ends closed at once, mission D16). */
static void tw_after_closing(struct wire *w)
{
	established_server(w);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	peer_send(w, .flags = ACK, .seq = 2, .ack = 2);
	pass_time(w, 55000);
	mark(w);
	fin_again(w);
	expect_state_until(w, STATE_TIME_WAIT, 60000);
	expect_gone(w);
}

static void fw2_length(struct wire *w)
{
	fin_wait_2(w);
	mark(w);
	pass_time_to(w, 59000);
	expect_alive(w);
	expect_state_until(w, STATE_FIN_WAIT_2, 60000);
	expect_gone(w);
	peer_send(w, .flags = FIN | ACK, .ack = 2);
	peer_expect(w, .flags = RST, .seq = 2);
}

static void fw2_length_knob(struct wire *w)
{
	knob(w, "fin_timeout", 1);
	fin_wait_2(w);
	pass_time(w, 800);
	expect_alive(w);
	pass_time(w, over(w, 1000) - 800);
	expect_gone(w);
}

static void fw2_length_of_user(struct wire *w)
{
	knob(w, "fin_timeout", 5);
	established_server(w);
	dut_option(w, IPPROTO_TCP, TCP_LINGER2, 1);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	pass_time(w, 800);
	expect_alive(w);
	pass_time(w, over(w, 1000) - 800);
	expect_gone(w);
}

static void fw2_not_wanted(struct wire *w)
{
	established_server(w);
	dut_option(w, IPPROTO_TCP, TCP_LINGER2, -1);
	dut_close(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_expect(w, .flags = RST, .maybe = ACK, .seq = 2, .ack = ANY);
	expect_gone(w);
}

/* A repeated ACK changes nothing, a FIN in time leads to TIME-WAIT. */
static void fw2_fin_in_time(struct wire *w)
{
	knob(w, "fin_timeout", 1);
	fin_wait_2(w);
	peer_send(w, .flags = ACK, .ack = 2);
	peer_expect_nothing(w, 500);
	peer_send(w, .flags = FIN | ACK, .seq = 1, .ack = 2);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 2);
	pass_time(w, over(w, 1000));
	fin_again(w);
}

/* After shutdown() instead of close() FIN-WAIT-2 has no limit. */
static void fw2_of_shutdown(struct wire *w)
{
	knob(w, "fin_timeout", 1);
	established_server(w);
	dut_shutdown(w);
	peer_expect(w, .flags = FIN | ACK, .seq = 1, .ack = 1);
	peer_send(w, .flags = ACK, .ack = 2);
	pass_time(w, over(w, 1000) + 500);
	peer_send(w, .flags = ACK | PSH, .len = 10);
	dut_read(w, 10);
	peer_expect_ack(w, 11);
	peer_send(w, .flags = FIN | ACK);
	peer_expect(w, .flags = ACK, .seq = 2, .ack = 12);
	dut_expect_eof(w);
}

const struct test timewait_tests[] = {
	T(tw_repeated_fin, "mission E7, rfc9293 section 4 TIME-WAIT"),
	T(tw_length, "rfc9293 MUST-13, mission S3.5c E7", .slow = true),
	T(tw_length_knob, "mission D11 S3.5c",
	  .not_linux = "Linux has no such tunable"),
	T(tw_full, "mission S3.8d D7"),
	T(tw_none, "mission S3.6b D7"),
	T(tw_data, "mission S3.6a E13"),
	T(tw_rst_exact, "mission E13, rfcs RFC 1337"),
	T(tw_rst_ignored, "mission E13, rfcs RFC 1337"),
	T(tw_rst_inexact, "mission E13"),
	T(tw_new_syn, "rfc9293 MAY-2, mission E13"),
	T(tw_old_syn, "mission E13, rfcs RFC 6191"),
	T(tw_syn_newer_timestamp, "rfcs RFC 6191, rfc9293 SHLD-4, mission E13"),
	T(tw_syn_older_timestamp, "rfcs RFC 6191 RFC 7323"),
	T(tw_syn_brings_timestamps, "rfcs RFC 6191",
	  .not_linux = "Linux goes by the number alone then"),
	T(tw_no_ack_bit, "rfc9293 section 4 no ACK bit",
	  .not_linux = "Linux acknowledges it in TIME-WAIT"),
	T(tw_after_closing, "mission D16 E14", .slow = true),
	T(fw2_length, "mission S3.3b E5", .slow = true),
	T(fw2_length_knob, "mission S3.3b"),
	T(fw2_length_of_user, "linux-surface 4 LINGER2, mission D6"),
	T(fw2_not_wanted, "linux-surface 4 LINGER2, mission D6"),
	T(fw2_fin_in_time, "mission E5"),
	T(fw2_of_shutdown, "mission S3.3c D6"),
	{ 0 }
};
