// SPDX-License-Identifier: GPL-2.0-only
/*
 * Initial sequence numbers of the dut (RFC 9293 3.4.1, RFC 6528).
 */
#include <errno.h>

#include "wire.h"

/* One refused connect() from a port; returns the absolute ISN of its SYN. */
static uint32_t isn_of(struct wire *w, int port)
{
	w->peer.port--;
	peer_new(w, 1000);
	dut_connect_from(w, port);
	peer_expect(w, .flags = SYN, .seq = 0);
	peer_send(w, .flags = RST | ACK, .seq = 0, .ack = 1);
	dut_expect_error(w, ECONNREFUSED);
	dut_close(w);
	return w->dut.isn;
}

static void isn_advances(struct wire *w)
{
	uint32_t first = isn_of(w, 4000), second;

	pass_time(w, 100);
	second = isn_of(w, 4000);
	if ((int32_t)(second - first) <= 0)
		fail(w, "ISN %u after %u for the same addresses and ports",
		     second, first);
}

/* One tick is 4 us: 250000 in a second. */
static void isn_clock(struct wire *w)
{
	uint64_t start = now_us(), took;
	uint32_t first = isn_of(w, 4000), step;
	int32_t off;

	pass_time(w, 1000);
	took = now_us() - start;
	step = isn_of(w, 4000) - first;
	off = step - took / 4;
	if (off < -12500 || off > 12500)
		fail(w, "the ISN moved by %u in %llu us", step,
		     (unsigned long long)took);
}

static void isn_unique(struct wire *w)
{
	uint32_t isn[100];
	int i, j;

	for (i = 0; i < 100; i++) {
		isn[i] = isn_of(w, 4000 + i % 10);
		for (j = 0; j < i; j++)
			if (isn[j] == isn[i])
				fail(w, "ISN %u was used twice", isn[i]);
	}
}

#define SAMPLES	1024
#define BINS	16

/*
 * Each of the eight digits of the numbers, and of what lies between one and the
 * next, is any of 16 as often as another. With 15 degrees of freedom chi-square
 * exceeds 80 with the probability 7e-11; all the sums here together do so once
 * in 10^8 runs.
 */
#define BOUND	80.0

static void expect_uniform(struct wire *w, const char *what, const uint32_t *v, int n, int shift)
{
	double expected = (double)n / BINS, sum = 0;
	int count[BINS] = { 0 }, i;

	for (i = 0; i < n; i++)
		count[v[i] >> shift & (BINS - 1)]++;
	for (i = 0; i < BINS; i++)
		sum += (count[i] - expected) * (count[i] - expected) / expected;
	if (sum > BOUND)
		fail(w, "%s, bits from %d on: chi-square is %.1f", what, shift, sum);
}

static void expect_random(struct wire *w, uint32_t *isn)
{
	int i, shift;

	for (shift = 0; shift < 32; shift += 4)
		expect_uniform(w, "ISNs", isn, SAMPLES, shift);
	for (i = 0; i < SAMPLES - 1; i++)
		isn[i] = isn[i + 1] - isn[i];
	for (shift = 0; shift < 32; shift += 4)
		expect_uniform(w, "steps between ISNs", isn, SAMPLES - 1, shift);
}

/* One tells nothing of that of another port. */
static void isn_random(struct wire *w)
{
	uint32_t isn[SAMPLES];
	int i;

	for (i = 0; i < SAMPLES; i++)
		isn[i] = isn_of(w, 4000 + i);
	expect_random(w, isn);
}

/* The ISN of the SYN,ACK for the peer's next port. */
static uint32_t isn_for(struct wire *w)
{
	peer_new(w, 1000);
	peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
	peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
	peer_send(w, .flags = RST, .seq = 1);
	return w->dut.isn;
}

static void isn_random_passive(struct wire *w)
{
	uint32_t isn[SAMPLES];
	int i;

	dut_listen(w, 64);
	for (i = 0; i < SAMPLES; i++)
		isn[i] = isn_for(w);
	expect_random(w, isn);
}

/* SYN cookies are ISNs that tell nothing of their secret. */
static void isn_random_cookies(struct wire *w)
{
	knob(w, "syncookies", 2);
	isn_random_passive(w);
}

/* The same clock for a listener. */
static void isn_clock_passive(struct wire *w)
{
	uint64_t start = now_us(), took;
	uint32_t first, step;
	int32_t off;

	dut_listen(w, 64);
	first = isn_for(w);
	pass_time(w, 1000);
	w->peer.port--;
	took = now_us() - start;
	step = isn_for(w) - first;
	off = step - took / 4;
	if (off < -12500 || off > 12500)
		fail(w, "the ISN moved by %u in %llu us", step, (unsigned long long)took);
}

static void isn_passive(struct wire *w)
{
	uint32_t isn[20];
	int i, j;

	dut_listen(w, 64);
	for (i = 0; i < 20; i++) {
		peer_new(w, 1000);
		peer_send(w, .flags = SYN, .seq = 0, .mss = 1460);
		peer_expect(w, .flags = SYN | ACK, .seq = 0, .ack = 1);
		isn[i] = w->dut.isn;
		for (j = 0; j < i; j++)
			if (isn[j] == isn[i])
				fail(w, "ISN %u was used twice", isn[i]);
	}
}

const struct test isn_tests[] = {
	T(isn_advances, "rfc9293 MUST-8 SHLD-1, mission S2.4a"),
	T(isn_clock, "rfc9293 MUST-8",
	  .not_linux = "Linux ticks every 64 ns instead of 4 us"),
	T(isn_unique, "mission S2.4a"),
	T(isn_random, "rfc9293 MUST-9, rfcs 6528, mission S2.4a"),
	T(isn_random_passive, "rfc9293 MUST-9, rfcs 6528, mission S2.4a"),
	T(isn_random_cookies, "rfcs 4987, mission S2.4a"),
	T(isn_clock_passive, "rfc9293 MUST-8, rfcs 6528",
	  .not_linux = "Linux ticks every 64 ns instead of 4 us"),
	T(isn_passive, "mission S2.1b S2.4a"),
	{ 0 }
};
