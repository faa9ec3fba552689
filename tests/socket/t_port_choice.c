// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which port the system chooses (RFC 6056): nobody can tell from the ports that he sees which
 * one somebody else is given. Statistics with bounds that chance alone exceeds once in 10^5 runs
 * at most. Run by st.c.
 */
#include "st.h"

#define LOW	32768
#define HIGH	60999
#define PORTS	(HIGH - LOW + 1)
#define SLOTS	(PORTS / 2)	/* ports of one parity */

#define SAMPLES	512
#define BINS	16

/*
 * Chi-square of 15 degrees of freedom exceeds 60 with the probability 2.5e-7. connect() prefers
 * ports that are held already, a quarter of the time by the end, so that they come in clusters;
 * that makes the statistic half as large again at most.
 */
#define BOUND	90.0

/* Are values of 0..PORTS-1 spread over the range? */
static void expect_spread(const char *what, const int *value, int n)
{
	double expected = (double)n / BINS, sum = 0;
	int count[BINS] = { 0 };

	for (int i = 0; i < n; i++)
		count[value[i] * BINS / PORTS]++;
	for (int i = 0; i < BINS; i++)
		sum += (count[i] - expected) * (count[i] - expected) / expected;
	if (sum > BOUND)
		FAIL("%s: chi-square is %.1f", what, sum);
}

/* Themselves, and how far one is from the next. */
static void expect_random(const int *port, int n)
{
	int value[SAMPLES] = { 0 };

	for (int i = 0; i < n; i++) {
		CHECK(port[i] >= LOW && port[i] <= HIGH);
		value[i] = port[i] - LOW;
	}
	expect_spread("ports", value, n);
	for (int i = 0; i < n - 1; i++)
		value[i] = (port[i + 1] - port[i] + PORTS) % PORTS;
	expect_spread("steps between ports", value, n - 1);
}

/* Connects to 127.x.y.z and ends that; the port that was chosen. */
static int port_to(int l, int host)
{
	struct addr a = loop_addr(port_of(l));
	int c = csock(0), port;

	a.in.sin_addr.s_addr = htonl(0x7f000001 + host);
	OK(do_connect(c, a));
	port = port_of(c);
	close(OK(accept(l, NULL, NULL)));
	reset_by(c);
	return port;
}

TEST(port_choice_connect, ONCE, "rfcs 6056 alg 4: what one destination sees tells nothing of others")
{
	int l = listener(16), port[SAMPLES];

	port_range(LOW, HIGH);
	for (int i = 0; i < SAMPLES; i++)
		port[i] = port_to(l, i);
	expect_random(port, SAMPLES);
}

/* The same where only the port of the destination changes. */
TEST(port_choice_connect_port, V46, "rfcs 6056 alg 4: the hash is of the port, too")
{
	int port[SAMPLES];

	port_range(LOW, HIGH);
	for (int i = 0; i < SAMPLES; i++) {
		struct addr at = any_addr(2000 + i);
		int l = bound(at, false), c = csock(0);

		OK(listen(l, 1));
		OK(do_connect(c, loop_addr(2000 + i)));
		port[i] = port_of(c);
		close(OK(accept(l, NULL, NULL)));
		reset_by(c);
		close(l);
	}
	expect_random(port, SAMPLES);
}

/* To one destination: as long as possible until one comes again, whatever others do meanwhile. */
TEST(port_choice_again, ONCE | XTCP_ONLY, "rfcs 6056 alg 4: per-bucket counters")
{
	int l = listener(16), last, first;

	port_range(LOW, HIGH);
	first = last = port_to(l, 0);
	for (int i = 1; i < 200; i++) {
		int port, slots;

		port_to(l, i);
		port = port_to(l, 0);
		slots = ((port - last + PORTS) % PORTS) / 2;
		CHECK(port % 2 == first % 2);
		/* Forward, past those that others hold; 8 is how many it looks at. */
		if (slots < 1 || slots > 16)
			FAIL("port %d after %d", port, last);
		last = port;
	}
}

TEST(port_choice_bind, V46, "rfcs 6056 alg 1: bind() to port 0 is random")
{
	int port[SAMPLES];

	port_range(LOW, HIGH);
	for (int i = 0; i < SAMPLES; i++) {
		int fd = bound(any_addr(0), false);

		port[i] = port_of(fd);
		close(fd);
	}
	expect_random(port, SAMPLES);
}

/* connect() and bind() prefer ports of their own, so that neither uses up the other's. */
TEST(port_choice_parity, V46, "rfcs 6056: L connect() uses even ports first, bind(0) odd")
{
	int l = listener(32);

	port_range(LOW, HIGH);
	for (int i = 0; i < 20; i++) {
		int c = csock(0);

		EQ(port_of(bound(any_addr(0), false)) % 2, 1);
		OK(do_connect(c, loop_addr(port_of(l))));
		EQ(port_of(c) % 2, 0);
	}
}

static int connected_to(int l)
{
	int c = csock(0);

	OK(do_connect(c, loop_addr(port_of(l))));
	OK(accept(l, NULL, NULL));
	return c;
}

/* Once all even ports are found in use they are not looked at each time, but now and then. */
TEST(port_choice_half_used, V46 | XTCP_ONLY, "issue 2: connect() does not look at what is full again")
{
	int l = listener(16), even[16], c, n = 0;

	port_range(40000, 40031);
	for (int i = 0; i < 16; i++) {
		even[i] = connected_to(l);
		EQ(port_of(even[i]) % 2, 0);
	}
	EQ(port_of(connected_to(l)) % 2, 1);
	reset_by(even[7]);
	EQ(port_of(connected_to(l)) % 2, 1);
	for (c = connected_to(l); port_of(c) % 2 && n < 64; n++) {
		reset_by(c);
		c = connected_to(l);
	}
	EQ(n, 63);	/* the 64 before it were odd, with the two above */
	EQ(port_of(c) % 2, 0);
}

/* What was found of one destination is believed of no other. */
TEST(port_choice_half_used_elsewhere, ONCE | XTCP_ONLY, "rfcs 6056: L connect() uses even ports first")
{
	int l = listener(32);

	port_range(40000, 40031);
	for (int i = 0; i < 17; i++)
		connected_to(l);
	for (int i = 1; i <= 1000; i++)
		EQ(port_to(l, i) % 2, 0);
}
