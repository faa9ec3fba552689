// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scripted peer: what the verbs of the tests do. It keeps the sequence
 * numbers of an ordinary peer, so that a test names only what matters to it.
 */
#include <stdlib.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define after(a, b)	((int32_t)((a) - (b)) > 0)

/* How long an answer may take that no timer delays. */
int soon_ms(const struct wire *w)
{
	return w->warp ? 10 : 150;
}

/* Set by scripts/vm. */
static bool on_debug_kernel(void)
{
	const char *kernel = getenv("XTCP_KERNEL");

	return kernel && !strcmp(kernel, "debug");
}

/*
 * When an event of nominally ms may happen. The timers of xtcp are exact; the
 * kernel's are up to an eighth late. On a machine in real time other work
 * delays both.
 */
void time_window(const struct wire *w, int ms, int tol, int64_t *lo,
		 int64_t *hi)
{
	int early = w->warp ? 5 : 10, late = w->warp ? 5 : 150;

	*lo = ms - (tol ? tol : early);
	*hi = ms + (tol > late ? tol : late);
	if (!w->xtcp)
		*hi += ms / 8 + 50;
	/*
	 * The checks of the debug kernel take instructions, which are time here:
	 * a round trip of more than a millisecond, and the timeout follows it.
	 */
	if (on_debug_kernel())
		*hi += ms / 50 + 15;
}

void mark(struct wire *w)
{
	w->t0_us = now_us();
}

void mark_seen(struct wire *w)
{
	w->t0_us = w->seen_us;
}

/* A new connection from the peer's next port. */
void peer_new(struct wire *w, uint32_t isn)
{
	w->peer.port++;
	w->peer.isn = isn;
	w->peer.scale = -1;
	w->dut.scale = -1;
	w->dut.isn = 0;
	w->dut_known = false;
	w->snd_nxt = 0;
	w->rcv_nxt = 0;
	w->peer_edge = 0;
	w->dut_edge = 0;
	w->written = 0;
	w->read = 0;
}

void peer_leave(const struct wire *w, struct talk *t)
{
	*t = (struct talk){
		.dut = w->dut, .peer = w->peer, .dut_known = w->dut_known,
		.snd_nxt = w->snd_nxt, .rcv_nxt = w->rcv_nxt,
		.peer_edge = w->peer_edge, .dut_edge = w->dut_edge,
		.written = w->written, .read = w->read,
	};
}

void peer_return(struct wire *w, const struct talk *t)
{
	w->dut = t->dut;
	w->peer = t->peer;
	w->dut_known = t->dut_known;
	w->snd_nxt = t->snd_nxt;
	w->rcv_nxt = t->rcv_nxt;
	w->peer_edge = t->peer_edge;
	w->dut_edge = t->dut_edge;
	w->written = t->written;
	w->read = t->read;
}

void peer_raw(struct wire *w, const void *buf, int len)
{
	if (write(w->tun, buf, len) != len)
		fail(w, "write to the TUN device: %s", strerror(errno));
}

static void log_out(struct wire *w, const struct out *o)
{
	struct seg s = { .flags = o->flags, .seq = o->seq, .ack = o->ack,
			 .win = o->win, .urg = o->urg, .len = o->len, .wscale = o->wscale,
			 .mss = o->mss ? o->mss : -1,
			 .opts_len = o->opts_len };
	char text[LOG_LINE - 16] = "> ";

	if (o->opts_len)
		memcpy(s.opts, o->opts, o->opts_len);
	print_seg(text + 2, sizeof(text) - 2, &s);
	log_line(w, now_us(), text);
}

/* Send buf as two IP fragments, the first with cut bytes of payload. */
static void send_fragments(struct wire *w, uint8_t *buf, int len, int cut)
{
	int hlen = w->version == 4 ? 20 : 40, part, off, n;
	uint8_t frag[2048];

	for (part = 0; part < 2; part++) {
		off = part ? cut : 0;
		n = part ? len - hlen - cut : cut;
		memcpy(frag, buf, hlen);
		if (w->version == 4) {
			frag[4] = 0x12;
			frag[6] = part ? off >> 11 : 0x20;
			frag[7] = off >> 3;
			frag[2] = (20 + n) >> 8;
			frag[3] = 20 + n;
			frag[10] = frag[11] = 0;
			off = ~ones_sum(frag, 20, 0);
			frag[10] = off >> 8;
			frag[11] = off;
			memcpy(frag + 20, buf + 20 + (part ? cut : 0), n);
			peer_raw(w, frag, 20 + n);
			continue;
		}
		frag[4] = (8 + n) >> 8;
		frag[5] = 8 + n;
		frag[6] = IPPROTO_FRAGMENT;
		frag[40] = IPPROTO_TCP;
		frag[41] = 0;
		frag[42] = off >> 8;
		frag[43] = off | !part;
		memcpy(frag + 44, "\1\2\3\4", 4);
		memcpy(frag + 48, buf + 40 + off, n);
		peer_raw(w, frag, 48 + n);
	}
}

/* Keep the state that an ordinary peer would have after sending this. */
static void sent(struct wire *w, const struct out *o)
{
	uint32_t end = o->seq + o->len + !!(o->flags & SYN) +
		       !!(o->flags & FIN);
	uint32_t edge;

	if (o->flags & SYN)
		w->peer.scale = o->wscale;
	if (!(o->flags & RST) && (uint32_t)o->seq == w->snd_nxt)
		w->snd_nxt = end;
	/* Before the dut's SYN arrives its first octet is number 1. */
	edge = (o->flags & ACK ? o->ack : 1) +
	       ((uint32_t)o->win << scale_of(w, &w->peer, o->flags));
	if (after(edge, w->peer_edge))
		w->peer_edge = edge;
}

void wire_send(struct wire *w, const struct out *o)
{
	struct out out = *o;
	uint8_t buf[65536];
	int len;

	if (out.seq == NATURAL)
		out.seq = w->snd_nxt;
	if (out.ack == NATURAL)
		out.ack = out.flags & ACK ? w->rcv_nxt : 0;
	if (out.win == NATURAL)
		out.win = w->win;
	if (!out.opts)
		out.opts = "";
	len = segment_build(w, &out, buf);
	log_out(w, &out);
	if (!out.stray && !out.bad_csum)
		sent(w, &out);
	if (out.fragment)
		send_fragments(w, buf, len, out.fragment);
	else
		peer_raw(w, buf, len);
}

/* opts: further ones, a multiple of 4 bytes, before the timestamp. */
void send_timestamped_with(struct wire *w, const struct out *o, uint32_t tsval)
{
	const uint8_t *theirs = option(w, OPTION_TS);
	uint8_t opts[40] = { 0 };
	struct out out = *o;

	if (o->opts_len)
		memcpy(opts, o->opts, o->opts_len);
	memcpy(opts + o->opts_len, "\x01\x01\x08\x0a", 4);
	put32(opts + o->opts_len + 4, tsval);
	put32(opts + o->opts_len + 8, o->flags & ACK && theirs ? get32(theirs) : 0);
	out.opts = (const char *)opts;
	out.opts_len = o->opts_len + 12;
	wire_send(w, &out);
}

/* Echoes what the segment that came last had. */
void send_timestamped(struct wire *w, int flags, uint32_t tsval, int len)
{
	send_timestamped_with(w, &(struct out){
		.seq = NATURAL, .ack = NATURAL, .win = NATURAL, .wscale = -1,
		.flags = flags, .len = len, .mss = flags & SYN ? 1460 : 0 }, tsval);
}

static bool is_tcp(struct wire *w, const uint8_t *ip, int len)
{
	if (len < 40 || ip[0] >> 4 != w->version)
		return false;
	return (w->version == 4 ? ip[9] : ip[6]) == IPPROTO_TCP;
}

/* Wait for the next packet that is a segment, into w->seg.raw. */
static bool read_segment(struct wire *w, uint64_t until_us)
{
	struct pollfd p = { .fd = w->tun, .events = POLLIN };
	struct timespec ts;
	uint64_t now;

	for (;;) {
		w->seg.raw_len = read(w->tun, w->seg.raw, sizeof(w->seg.raw));
		now = now_us();
		if (w->seg.raw_len > 0) {
			if (is_tcp(w, w->seg.raw, w->seg.raw_len))
				break;
			continue;
		}
		if (now >= until_us)
			return false;
		ts.tv_sec = (until_us - now) / 1000000;
		ts.tv_nsec = (until_us - now) % 1000000 * 1000;
		ppoll(&p, 1, &ts, NULL);
	}
	w->seg.at_us = now;
	return true;
}

/* Receive and check one segment into w->seg; false if none came in time. */
bool peer_receive(struct wire *w, uint64_t until_us)
{
	char text[LOG_LINE - 16] = "< ";
	struct seg *s = &w->seg;
	const char *bad;
	uint32_t end;

	do {
		if (!read_segment(w, until_us))
			return false;
		bad = segment_parse(w, s);
		print_seg(text + 2, sizeof(text) - 2, s);
		log_line(w, s->at_us, text);
		if (!bad)
			bad = segment_check(w, s);
		if (bad)
			fail(w, "a segment is wrong: %s\ngot:      %s", bad,
			     text + 2);
	} while (w->ignore_syn && s->flags == SYN && s->seq == 0);
	w->seen_us = s->at_us;
	end = s->seq + s->len + !!(s->flags & SYN) + !!(s->flags & FIN);
	if (!(s->flags & RST) && !after(s->seq, w->rcv_nxt) &&
	    after(end, w->rcv_nxt))
		w->rcv_nxt = end;
	return true;
}

static const char *mismatch(const struct want *t, const struct seg *s)
{
	int care = ~(t->maybe | PSH);

	if ((s->flags & care) != (t->flags & care))
		return "flags";
	if (t->psh != ANY && !!(s->flags & PSH) != t->psh)
		return "PSH";
	if (t->seq != ANY && (uint32_t)t->seq != s->seq)
		return "seq";
	if ((s->flags & ACK) && t->ack != ANY && (uint32_t)t->ack != s->ack)
		return "ack";
	if (t->len != ANY && t->len != s->len)
		return "length";
	if (t->win != ANY && t->win != s->win)
		return "win";
	if (t->mss != ANY && t->mss != s->mss)
		return "mss";
	if (t->wscale != ANY && t->wscale != s->wscale)
		return "wscale";
	return NULL;
}

void wire_expect(struct wire *w, struct want *t)
{
	uint64_t start = now_us(), base = start;
	int64_t lo = 0, hi = t->within ? t->within : soon_ms(w);
	char want[LOG_LINE], got[LOG_LINE];
	const char *why;

	if (t->seq == NATURAL)
		t->seq = w->rcv_nxt;
	if (t->ack == NATURAL)
		t->ack = w->snd_nxt;
	if (t->at) {
		base = w->t0_us;
		time_window(w, t->at, t->tol, &lo, &hi);
	}
	print_want(want, sizeof(want), t);
	if (!peer_receive(w, base + hi * 1000))
		fail(w, "no segment until %lld ms\nexpected: %s",
		     (long long)hi, want);
	print_seg(got, sizeof(got), &w->seg);
	why = mismatch(t, &w->seg);
	if (why)
		fail(w, "%s differs\nexpected: %s\ngot:      %s", why, want,
		     got);
	if (t->at && (w->seg.at_us < base + lo * 1000 ||
		      w->seg.at_us > base + hi * 1000))
		fail(w, "sent at %.1f ms, expected %lld to %lld\ngot:      %s",
		     (w->seg.at_us - base) / 1000.0, (long long)lo,
		     (long long)hi, got);
	if (t->at)
		note_time(w, t->nominal ? t->nominal : t->at, base, w->seg.at_us);
}

void peer_expect_nothing(struct wire *w, int ms)
{
	char got[LOG_LINE];

	if (!peer_receive(w, now_us() + ms * 1000ull))
		return;
	print_seg(got, sizeof(got), &w->seg);
	fail(w, "expected silence for %d ms\ngot:      %s", ms, got);
}

/* Receive, checking as always, until there is silence for ms. */
void peer_drain(struct wire *w, int ms)
{
	while (peer_receive(w, now_us() + ms * 1000ull))
		;
}

/* An acknowledgment that may be delayed (MUST-40: less than 500 ms). */
void peer_expect_ack(struct wire *w, uint32_t ack)
{
	peer_expect(w, .flags = ACK, .ack = ack, .within = 499);
}

/*
 * A window probe: without data just before SND.UNA, or one octet at it
 * (RFC 9293 3.8.6.1 allows both, rfcs.md section 5). at 0: at any time.
 */
void peer_expect_probe(struct wire *w, int at)
{
	uint32_t una = w->rcv_nxt;

	peer_expect(w, .flags = ACK, .seq = ANY, .len = ANY, .at = at,
		    .within = RTO_MAX_MS);
	if (!(w->seg.len == 0 && w->seg.seq == una - 1) &&
	    !(w->seg.len == 1 && w->seg.seq == una))
		fail(w, "not a window probe");
	w->rcv_nxt = una;
}

/*
 * The distance after the one of gap ms that ended just now, with a backed-off
 * timer: twice what was measured since the mark, so that the round-trip time
 * inside the timeout does not matter.
 */
int next_gap(const struct wire *w, int gap)
{
	int measured = (w->seen_us - w->t0_us + 500) / 1000;

	return 2 * (w->xtcp ? measured : gap);
}

/*
 * n retransmissions of a segment just seen: the first after first_ms, then
 * with doubling distances.
 */
void expect_backoff(struct wire *w, const struct want *t, int first_ms, int n)
{
	struct want want;
	int i, gap = first_ms, nominal = first_ms;

	for (i = 0; i < n; i++) {
		want = *t;
		want.at = gap;
		want.nominal = nominal;
		mark_seen(w);
		wire_expect(w, &want);
		gap = next_gap(w, gap);
		if (gap > RTO_MAX_MS)
			gap = RTO_MAX_MS;
		nominal = nominal * 2 > RTO_MAX_MS ? RTO_MAX_MS : nominal * 2;
	}
}

/* Until ms after the mark. */
void pass_time_to(struct wire *w, int ms)
{
	int64_t left = ms - (int64_t)(now_us() - w->t0_us) / 1000;

	if (left > 0)
		pass_time(w, left);
}

/* Let time pass without looking at the wire. poll() would be a thousandth late. */
void pass_time(struct wire *w, int ms)
{
	uint64_t until = now_us() + ms * 1000ull;
	struct timespec ts = { .tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000 };

	(void)w;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}
