// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of the TCP header (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413, RFC 9768):
 * parsed byte by byte, since they need no alignment (MUST-64), and written
 * padded with NOPs to words.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <xtcp/compat_core.h>
#include <xtcp/ecn.h>
#include <xtcp/segment.h>

static void parse_sack(struct xtcp_options *opt, const u8 *body, u32 len)
{
	u32 n = len / 8;
	u32 i;

	if (len % 8 || !n || n > XTCP_MAX_SACK_BLOCKS)
		return;
	for (i = 0; i < n; i++) {
		opt->sack[i].first = get_unaligned_be32(body + 8 * i);
		opt->sack[i].end = get_unaligned_be32(body + 8 * i + 4);
	}
	opt->nr_sack = n;
}

/* As many whole counters as there are; the rest is padding (RFC 9768 3.2.3). */
static void parse_accecn(struct xtcp_options *opt, u8 kind, const u8 *body, u32 len)
{
	u32 i;

	opt->accecn = kind;
	opt->nr_marks = min_t(u32, len / 3, XTCP_MAX_MARKS);
	for (i = 0; i < opt->nr_marks; i++)
		opt->marks[i] = get_unaligned_be24(body + 3 * i);
}

/* Which experiment kind 254 is of (RFC 6994): Fast Open, before it had kind 34. */
#define FASTOPEN_EXPERIMENT	0xf989

/* Of a wrong length it is as if it were not there (RFC 7413 4.1.1). */
static void parse_fastopen(struct xtcp_options *opt, const u8 *body, u32 len, bool exp)
{
	if (len && (len < XTCP_FASTOPEN_MIN || len > XTCP_FASTOPEN_MAX || len % 2))
		return;
	opt->has_fastopen = 1;
	opt->fastopen_exp = exp;
	opt->fastopen_len = len;
	memcpy(opt->fastopen, body, len);
}

/* Options that mean something on a SYN only. */
static void parse_syn_option(struct xtcp_options *opt, u8 kind, const u8 *body, u32 len)
{
	switch (kind) {
	case XTCP_OPT_MSS:
		if (len == 2)
			opt->mss = get_unaligned_be16(body);
		break;
	case XTCP_OPT_WSCALE:
		if (len != 1)
			break;
		opt->has_wscale = 1;
		opt->wscale = body[0] > XTCP_WSCALE_MAX ? XTCP_WSCALE_MAX : body[0];
		break;
	case XTCP_OPT_SACK_OK:
		if (len == 0)
			opt->sack_ok = 1;
		break;
	case XTCP_OPT_FASTOPEN:
		parse_fastopen(opt, body, len, false);
		break;
	case XTCP_OPT_EXPERIMENT:
		if (len >= 2 && get_unaligned_be16(body) == FASTOPEN_EXPERIMENT)
			parse_fastopen(opt, body + 2, len - 2, true);
		break;
	}
}

static void parse_option(struct xtcp_options *opt, u8 kind, const u8 *body, u32 len, bool syn)
{
	switch (kind) {
	case XTCP_OPT_TIMESTAMP:
		if (len != 8)
			break;
		opt->has_ts = 1;
		opt->tsval = get_unaligned_be32(body);
		opt->tsecr = get_unaligned_be32(body + 4);
		break;
	case XTCP_OPT_SACK:
		if (!syn)
			parse_sack(opt, body, len);
		break;
	case XTCP_OPT_ACCECN0:
	case XTCP_OPT_ACCECN1:
		parse_accecn(opt, kind, body, len);
		break;
	default:
		/* Whatever else there is, is skipped by its length (MUST-6). */
		if (syn)
			parse_syn_option(opt, kind, body, len);
		break;
	}
}

/* The form that RFC 7323 appendix A recommends, alone: most segments have it. */
static bool parse_timestamp_only(struct xtcp_options *opt, const u8 *data, u32 len)
{
	const u32 start = XTCP_OPT_NOP << 24 | XTCP_OPT_NOP << 16 | XTCP_OPT_TIMESTAMP << 8 | 10;

	if (len != XTCP_TS_SPACE || get_unaligned_be32(data) != start)
		return false;
	opt->has_ts = 1;
	opt->tsval = get_unaligned_be32(data + 4);
	opt->tsecr = get_unaligned_be32(data + 8);
	return true;
}

/* All that a SYN can ask for, as Linux and we write it: most of them have it. */
static bool parse_usual_syn(struct xtcp_options *opt, const u8 *data, u32 len)
{
	const u32 middle = XTCP_OPT_SACK_OK << 24 | 2 << 16 | XTCP_OPT_TIMESTAMP << 8 | 10;
	const u32 end = XTCP_OPT_NOP << 16 | XTCP_OPT_WSCALE << 8 | 3;

	if (len != 20 || get_unaligned_be16(data) != (XTCP_OPT_MSS << 8 | 4) ||
	    get_unaligned_be32(data + 4) != middle || get_unaligned_be32(data + 16) >> 8 != end)
		return false;
	opt->mss = get_unaligned_be16(data + 2);
	opt->sack_ok = 1;
	opt->has_ts = 1;
	opt->tsval = get_unaligned_be32(data + 8);
	opt->tsecr = get_unaligned_be32(data + 12);
	opt->has_wscale = 1;
	opt->wscale = min_t(u8, data[19], XTCP_WSCALE_MAX);
	return true;
}

void xtcp_options_parse(struct xtcp_options *opt, const u8 *data, u32 len, bool syn)
{
	u32 at = 0;

	memset(opt, 0, offsetof(struct xtcp_options, sack));
	if (parse_timestamp_only(opt, data, len) || (syn && parse_usual_syn(opt, data, len)))
		return;
	while (at < len && data[at] != XTCP_OPT_EOL) {
		u32 size;

		if (data[at] == XTCP_OPT_NOP) {
			at++;
			continue;
		}
		/* A length that can't be ends the list, no more (MUST-7). */
		if (len - at < 2)
			return;
		size = data[at + 1];
		if (size < 2 || size > len - at)
			return;
		parse_option(opt, data[at], data + at + 2, size - 2, syn);
		at += size;
	}
}

u32 xtcp_options_len(const struct xtcp_options *opt)
{
	u32 len = opt->has_ts ? XTCP_TS_SPACE : 0;

	if (opt->nr_sack)
		len += xtcp_sack_space(opt->nr_sack);
	if (opt->accecn)
		len += xtcp_accecn_space(opt->nr_marks);
	if (opt->has_fastopen)
		len += xtcp_fastopen_space(opt);
	/* SACK permitted takes the place of the timestamp's padding. */
	if (opt->sack_ok && !opt->has_ts)
		len += 4;
	return len + (opt->mss ? 4 : 0) + (opt->has_wscale ? 4 : 0);
}

/* The two bytes before what must end on a word. */
static u8 *write_pad(u8 *to)
{
	*to++ = XTCP_OPT_NOP;
	*to++ = XTCP_OPT_NOP;
	return to;
}

static u8 *write_sack_ok(const struct xtcp_options *opt, u8 *to)
{
	if (!opt->has_ts)
		to = write_pad(to);
	*to++ = XTCP_OPT_SACK_OK;
	*to++ = 2;
	return to;
}

static u8 *write_timestamp(const struct xtcp_options *opt, u8 *to)
{
	if (!opt->sack_ok)
		to = write_pad(to);
	*to++ = XTCP_OPT_TIMESTAMP;
	*to++ = 10;
	put_unaligned_be32(opt->tsval, to);
	put_unaligned_be32(opt->tsecr, to + 4);
	return to + 8;
}

static u8 *write_sack(const struct xtcp_options *opt, u8 *to)
{
	u32 i;

	to = write_pad(to);
	*to++ = XTCP_OPT_SACK;
	*to++ = 2 + 8 * opt->nr_sack;
	for (i = 0; i < opt->nr_sack; i++) {
		put_unaligned_be32(opt->sack[i].first, to);
		put_unaligned_be32(opt->sack[i].end, to + 4);
		to += 8;
	}
	return to;
}

static u8 *write_accecn(const struct xtcp_options *opt, u8 *to)
{
	u32 len = 2 + 3 * opt->nr_marks;
	u32 i;

	for (i = len; i < xtcp_accecn_space(opt->nr_marks); i++)
		*to++ = XTCP_OPT_NOP;
	*to++ = opt->accecn;
	*to++ = len;
	for (i = 0; i < opt->nr_marks; i++) {
		put_unaligned_be24(opt->marks[i], to);
		to += 3;
	}
	return to;
}

static u8 *write_fastopen(const struct xtcp_options *opt, u8 *to)
{
	u32 len = (opt->fastopen_exp ? 4 : 2) + opt->fastopen_len;
	u32 i;

	for (i = len; i < xtcp_fastopen_space(opt); i++)
		*to++ = XTCP_OPT_NOP;
	*to++ = opt->fastopen_exp ? XTCP_OPT_EXPERIMENT : XTCP_OPT_FASTOPEN;
	*to++ = len;
	if (opt->fastopen_exp) {
		put_unaligned_be16(FASTOPEN_EXPERIMENT, to);
		to += 2;
	}
	memcpy(to, opt->fastopen, opt->fastopen_len);
	return to + opt->fastopen_len;
}

u8 *xtcp_options_write(const struct xtcp_options *opt, u8 *to)
{
	if (opt->mss) {
		*to++ = XTCP_OPT_MSS;
		*to++ = 4;
		put_unaligned_be16(opt->mss, to);
		to += 2;
	}
	if (opt->sack_ok)
		to = write_sack_ok(opt, to);
	if (opt->has_ts)
		to = write_timestamp(opt, to);
	if (opt->has_wscale) {
		*to++ = XTCP_OPT_NOP;
		*to++ = XTCP_OPT_WSCALE;
		*to++ = 3;
		*to++ = opt->wscale;
	}
	if (opt->nr_sack)
		to = write_sack(opt, to);
	if (opt->accecn)
		to = write_accecn(opt, to);
	if (opt->has_fastopen)
		to = write_fastopen(opt, to);
	return to;
}
