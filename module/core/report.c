// SPDX-License-Identifier: GPL-2.0-only
/*
 * What SACK blocks report: the ranges out of order, the latest first
 * (RFC 2018 4), and before them what came twice (RFC 2883). Filled by text.c,
 * read by output.c.
 */
#include <linux/minmax.h>
#include <xtcp/rxq.h>
#include <xtcp/seq.h>

static bool touches(const struct xtcp_sack_block *a, const struct xtcp_sack_block *b)
{
	return xtcp_seq_le(a->first, b->end) && xtcp_seq_ge(a->end, b->first);
}

void xtcp_report_add(struct xtcp_report *r, u32 seq, u32 end)
{
	const struct xtcp_report old = *r;
	struct xtcp_sack_block *grown = &r->block[0];
	u32 i;

	grown->first = seq;
	grown->end = end;
	r->nr = 1;
	r->untold = 1;
	for (i = 0; i < old.nr; i++) {
		const struct xtcp_sack_block *b = &old.block[i];

		if (touches(b, grown)) {
			grown->first = xtcp_seq_min(grown->first, b->first);
			grown->end = xtcp_seq_max(grown->end, b->end);
			continue;
		}
		if (i < old.untold)
			r->untold++;
		if (r->nr < XTCP_MAX_SACK_BLOCKS)
			r->block[r->nr++] = *b;
	}
}

static void cut_out(struct xtcp_report *r, u32 i)
{
	r->nr--;
	for (; i < r->nr; i++)
		r->block[i] = r->block[i + 1];
}

void xtcp_report_advance(struct xtcp_report *r, u32 nxt)
{
	u32 i = 0;

	while (i < r->nr) {
		if (xtcp_seq_le(r->block[i].first, nxt))
			cut_out(r, i);
		else
			i++;
	}
}

void xtcp_report_forget(struct xtcp_report *r, u32 seq)
{
	u32 i = 0;

	while (i < r->nr) {
		struct xtcp_sack_block *b = &r->block[i];

		b->end = xtcp_seq_min(b->end, seq);
		if (xtcp_seq_le(b->end, b->first))
			cut_out(r, i);
		else
			i++;
	}
}

void xtcp_report_dup(struct xtcp_report *r, u32 seq, u32 end)
{
	r->dup.first = seq;
	r->dup.end = end;
	r->has_dup = true;
}

u8 xtcp_report_count(const struct xtcp_report *r, u8 max)
{
	return min_t(u8, r->nr + r->has_dup, max);
}

void xtcp_report_fill(const struct xtcp_report *r, u8 max, struct xtcp_options *opt)
{
	u8 i;

	opt->nr_sack = xtcp_report_count(r, max);
	for (i = 0; i < opt->nr_sack; i++) {
		if (!r->has_dup)
			opt->sack[i] = r->block[i];
		else
			opt->sack[i] = i ? r->block[i - 1] : r->dup;
	}
}
