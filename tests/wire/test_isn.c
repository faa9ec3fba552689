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

/*
 * ISNs of neighbouring ports are spread over the whole space: of 64, hardly
 * any two in a row are closer than 2^24 (1/128 by chance, so 8 never are).
 */
static void isn_unpredictable(struct wire *w)
{
	uint32_t last = isn_of(w, 4000), next;
	int i, near = 0;
	int32_t step;

	for (i = 1; i < 64; i++) {
		next = isn_of(w, 4000 + i);
		step = next - last;
		near += step > -(1 << 24) && step < 1 << 24;
		last = next;
	}
	if (near >= 8)
		fail(w, "%d of 63 ISNs lie near that of the port before", near);
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
	T(isn_unpredictable, "rfc9293 MUST-9, mission S2.4a"),
	T(isn_passive, "mission S2.1b S2.4a"),
	{ 0 }
};
