// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TCP header (RFC 9293 3.1): the one parser and the one writer. Callers:
 * ip/ingress.c and ip/egress.c.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <xtcp/compat_core.h>
#include <xtcp/segment.h>

int xtcp_segment_parse(struct xtcp_seg *seg, const u8 *data, u32 avail, u32 total)
{
	u32 header_len;

	if (avail < XTCP_HEADER_MIN || total < XTCP_HEADER_MIN)
		return -EINVAL;
	header_len = (data[12] >> 4) * 4;
	if (header_len < XTCP_HEADER_MIN || header_len > avail || header_len > total)
		return -EINVAL;

	seg->sport = get_unaligned_be16(data);
	seg->dport = get_unaligned_be16(data + 2);
	seg->seq = get_unaligned_be32(data + 4);
	seg->ack = get_unaligned_be32(data + 8);
	seg->flags = data[13] | (data[12] & 1) << 8;
	seg->wnd = get_unaligned_be16(data + 14);
	seg->urg = get_unaligned_be16(data + 18);
	seg->header_len = header_len;
	seg->len = total - header_len;
	seg->unit = seg->len;
	xtcp_options_parse(&seg->opt, data + XTCP_HEADER_MIN, header_len - XTCP_HEADER_MIN,
			   seg->flags & XTCP_SYN);
	return 0;
}

u32 xtcp_segment_header_len(const struct xtcp_plan *plan)
{
	return XTCP_HEADER_MIN + xtcp_options_len(&plan->opt);
}

u32 xtcp_segment_write(const struct xtcp_plan *plan, u16 sport, u16 dport, u8 *to)
{
	u32 header_len = xtcp_options_write(&plan->opt, to + XTCP_HEADER_MIN) - to;

	put_unaligned_be16(sport, to);
	put_unaligned_be16(dport, to + 2);
	put_unaligned_be32(plan->seq, to + 4);
	put_unaligned_be32(plan->ack, to + 8);
	to[12] = header_len / 4 << 4 | plan->flags >> 8;	/* reserved bits are zero */
	to[13] = plan->flags;
	put_unaligned_be16(plan->wnd, to + 14);
	put_unaligned_be16(0, to + 16);	/* checksum: the shell's */
	put_unaligned_be16(plan->urg, to + 18);
	return header_len;
}
