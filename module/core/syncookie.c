// SPDX-License-Identifier: GPL-2.0-only
/*
 * SYN cookies (RFC 4987 3.6). Our ISN is a keyed hash of all that was agreed,
 * which the shell computes, plus an index into a table of segment sizes; the
 * low bits of our timestamp, which the peer echoes, tell the rest. The hash
 * covers these bits too, so that nobody can have agreed to what we did not
 * offer. Called by sock/cookie.c.
 *
 * Who has no key hits one of NR_SIZES numbers for each of XTCP_COOKIE_PERIODS
 * periods: one blind ACK in 2^28.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/compat_core.h>
#include <xtcp/ecn.h>
#include <xtcp/seq.h>
#include <xtcp/syncookie.h>

/*
 * The peer's MSS is rounded down to one of these. The first is the least for
 * which any path is taken; then those of peers that announce none (IPv4, IPv6)
 * and of tunnels over IPv6; then what nearly everybody announces: IPv6 and, with
 * and without PPPoE, IPv4 over Ethernet; last that of jumbo frames. In between
 * 1380 and 1400 lose 1 to 3 %, and whole Ethernet frames nothing.
 */
static const u16 sizes[] = { XTCP_MSS_MIN, 536, 1220, 1360, 1440, 1452, 1460, 8940 };

#define NR_SIZES	ARRAY_SIZE(sizes)

/* Bits of our timestamp in the SYN,ACK. */
#define TS_WSCALE	0x0f	/* the peer's shift */
#define TS_NO_WSCALE	0x0f	/* beyond XTCP_WSCALE_MAX: none */
#define TS_SACK		0x10
#define TS_ECN		0x20
#define TS_BITS		0x3f

/* Bytes of MSS, SACK, timestamps and window scale, as they go together. */
#define USUAL_OPTIONS	20

/* Further terms, which both ends know without being told. */
#define TERMS_TS	0x40
#define TERMS_WSCALE	7	/* ours, from this bit on */

u32 xtcp_cookie_period(u64 now_us)
{
	return (u32)div64_u64(now_us, XTCP_COOKIE_PERIOD_US) + 1;
}

static u32 index_of(u16 mss)
{
	u32 i = NR_SIZES - 1;

	while (i && sizes[i] > mss)
		i--;
	return i;
}

/* Accurate ECN needs no bit of ours: the client's ACK tells of it (RFC 9768 5.1). */
u32 xtcp_cookie_trim(struct xtcp_half *h, u16 mss_default)
{
	u32 index = index_of(h->mss_peer ?: mss_default);

	h->mss_peer = sizes[index];
	if (h->ts_ok)
		return index;
	h->wscale_ok = false;
	h->wscale_peer = 0;
	h->wscale = 0;
	h->sack_ok = false;
	h->ecn_ok = h->accecn;
	h->ecn_all &= h->accecn;
	return index;
}

u32 xtcp_cookie_terms(const struct xtcp_half *h)
{
	if (!h->ts_ok)
		return 0;
	return (h->wscale_ok ? h->wscale_peer : TS_NO_WSCALE) | (h->sack_ok ? TS_SACK : 0) |
	       (h->ecn_ok ? TS_ECN : 0) | TERMS_TS | (u32)h->wscale << TERMS_WSCALE;
}

/* Our timestamp with the terms in place of its low bits. */
static u32 with_terms(u32 terms, u32 now)
{
	u32 tsval = (now & ~TS_BITS) | (terms & TS_BITS);

	/* What we send next may not be older (RFC 7323 5.4). */
	return xtcp_seq_gt(tsval, now) ? tsval - (TS_BITS + 1) : tsval;
}

void xtcp_cookie_syn_ack(const struct xtcp_half *h, u64 now_us, struct xtcp_plan *plan)
{
	xtcp_half_syn_ack(h, now_us, plan);
	if (h->ts_ok)
		plan->opt.tsval = with_terms(xtcp_cookie_terms(h), plan->opt.tsval);
}

/* The SYN,ACK that nearly everybody gets: what parse_usual_syn() (options.c) knows. */
static bool is_usual(const struct xtcp_half *h)
{
	return h->ts_ok && h->sack_ok && h->wscale_ok && !h->accecn && h->mss_adv;
}

/* As xtcp_cookie_syn_ack() and xtcp_segment_write(), in a third of the time. */
static u32 write_usual(const struct xtcp_half *h, u32 terms, u64 now_us, u16 sport, u16 dport,
		       u8 *to)
{
	const u32 len = XTCP_HEADER_MIN + USUAL_OPTIONS;
	u32 flags = XTCP_SYN | XTCP_ACK | (h->ecn_ok ? XTCP_ECE : 0);

	put_unaligned_be32((u32)sport << 16 | dport, to);
	put_unaligned_be32(h->iss, to + 4);
	put_unaligned_be32(h->irs + 1, to + 8);
	put_unaligned_be32(len / 4 << 28 | flags << 16 | h->rcv_wnd, to + 12);
	put_unaligned_be32(0, to + 16);
	put_unaligned_be32(XTCP_OPT_MSS << 24 | 4 << 16 | h->mss_adv, to + 20);
	put_unaligned_be32(XTCP_OPT_SACK_OK << 24 | 2 << 16 | XTCP_OPT_TIMESTAMP << 8 | 10,
			   to + 24);
	put_unaligned_be32(with_terms(terms, xtcp_ts_val(h->ts_offset, now_us)), to + 28);
	put_unaligned_be32(h->ts_recent, to + 32);
	put_unaligned_be32(XTCP_OPT_NOP << 24 | XTCP_OPT_WSCALE << 16 | 3 << 8 | h->wscale,
			   to + 36);
	return len;
}

/* Not inlined for its plan, which takes time to clear. */
static noinline u32 write_planned(const struct xtcp_half *h, u64 now_us, u16 sport, u16 dport,
				  struct xtcp_syn_ack *header)
{
	struct xtcp_plan plan;

	xtcp_cookie_syn_ack(h, now_us, &plan);
	header->ecn = plan.ecn;
	return xtcp_segment_write(&plan, sport, dport, header->bytes);
}

void xtcp_cookie_header(const struct xtcp_half *h, u32 terms, u64 now_us, u16 sport, u16 dport,
			struct xtcp_syn_ack *header)
{
	header->iss = h->iss;
	header->ecn = h->ecn_all ? XTCP_ECT_0 : XTCP_NOT_ECT;
	if (is_usual(h))
		header->len = write_usual(h, terms, now_us, sport, dport, header->bytes);
	else
		header->len = write_planned(h, now_us, sport, dport, header);
}

void xtcp_cookie_syn(const struct xtcp_seg *ack, struct xtcp_seg *syn)
{
	u32 bits = ack->opt.tsecr & TS_BITS;
	bool ecn = !ack->opt.has_ts || (bits & TS_ECN);

	*syn = (struct xtcp_seg){
		.arrived_us = ack->arrived_us,
		.seq = ack->seq - 1,
		.flags = XTCP_SYN,
		.ecn = XTCP_NOT_ECT,
	};
	if (ecn && xtcp_accecn_speaks(ack))
		syn->flags |= XTCP_AE | XTCP_ECE | XTCP_CWR;
	if (!ack->opt.has_ts)
		return;
	syn->opt.has_ts = true;
	syn->opt.tsval = ack->opt.tsval;
	syn->opt.has_wscale = (bits & TS_WSCALE) != TS_NO_WSCALE;
	if (syn->opt.has_wscale)
		syn->opt.wscale = bits & TS_WSCALE;
	syn->opt.sack_ok = !!(bits & TS_SACK);
	if (ecn)
		syn->flags |= XTCP_ECE | XTCP_CWR;
}

bool xtcp_cookie_open(struct xtcp_half *h, u32 hash)
{
	u32 index = h->iss - hash;

	if (index >= NR_SIZES)
		return false;
	h->mss_peer = sizes[index];
	return true;
}
