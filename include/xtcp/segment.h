/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A segment in host order, and the one parser and one writer between it and
 * its bytes (core/segment.c, core/options.c).
 */
#ifndef _XTCP_SEGMENT_H
#define _XTCP_SEGMENT_H

#include <linux/math.h>
#include <linux/types.h>

#define XTCP_HEADER_MIN		20
#define XTCP_HEADER_MAX		60
#define XTCP_OPTION_SPACE	(XTCP_HEADER_MAX - XTCP_HEADER_MIN)
#define XTCP_WSCALE_MAX		14	/* RFC 7323 2.3 */
#define XTCP_MSS_MIN		48	/* no path is taken for narrower */
#define XTCP_MAX_SACK_BLOCKS	4	/* RFC 2018 3 */
#define XTCP_TS_SPACE		12	/* timestamps, padded (RFC 7323 3.2) */
#define XTCP_MAX_MARKS		3	/* counters of accurate ECN (RFC 9768 3.2.3) */
#define XTCP_FASTOPEN_MIN	4	/* bytes of a Fast Open cookie (RFC 7413 4.1.1) */
#define XTCP_FASTOPEN_MAX	16

/* Control bits, at their place in bytes 12 and 13 of the header. */
enum xtcp_flags {
	XTCP_FIN = 0x01,
	XTCP_SYN = 0x02,
	XTCP_RST = 0x04,
	XTCP_PSH = 0x08,
	XTCP_ACK = 0x10,
	XTCP_URG = 0x20,
	XTCP_ECE = 0x40,
	XTCP_CWR = 0x80,
	XTCP_AE = 0x100,	/* RFC 9768 */
};

/* The two bits of the IP header (RFC 3168 5). */
enum xtcp_ecn_codepoint {
	XTCP_NOT_ECT,
	XTCP_ECT_1,
	XTCP_ECT_0,
	XTCP_CE,
};

/* Kinds of options (IANA). */
enum xtcp_option_kind {
	XTCP_OPT_EOL		= 0,
	XTCP_OPT_NOP		= 1,
	XTCP_OPT_MSS		= 2,
	XTCP_OPT_WSCALE		= 3,
	XTCP_OPT_SACK_OK	= 4,
	XTCP_OPT_SACK		= 5,
	XTCP_OPT_TIMESTAMP	= 8,
	XTCP_OPT_FASTOPEN	= 34,
	XTCP_OPT_ACCECN0	= 172,
	XTCP_OPT_ACCECN1	= 174,
	XTCP_OPT_EXPERIMENT	= 254,	/* RFC 4727; two bytes tell which */
};

struct xtcp_sack_block {
	u32 first;
	u32 end;	/* first number behind the block */
};

/**
 * struct xtcp_options - options of one segment
 * @mss: 0 where absent
 * @wscale: shift, at most 14; valid if @has_wscale
 * @tsval: valid if @has_ts
 * @tsecr: valid if @has_ts
 * @has_fastopen: Fast Open: a cookie, or the wish for one
 * @nr_sack: valid entries of @sack
 * @fastopen_exp: in the form of the experiments before RFC 7413
 * @fastopen_len: bytes of the cookie; 0: the wish
 * @accecn: kind of the option of accurate ECN; 0 where absent
 * @nr_marks: valid entries of @marks
 * @sack: from here on, what is not valid needs no clearing
 * @marks: its counters, low 24 bits, in their order on the wire
 * @fastopen: the cookie
 */
struct xtcp_options {
	u16 mss;
	u8 wscale;
	u8 has_wscale:1;
	u8 sack_ok:1;
	u8 has_ts:1;
	u8 has_fastopen:1;
	u8 fastopen_exp:1;
	u8 nr_sack;
	u8 fastopen_len;
	u8 accecn;
	u8 nr_marks;
	u32 tsval;
	u32 tsecr;
	struct xtcp_sack_block sack[XTCP_MAX_SACK_BLOCKS];
	u32 marks[XTCP_MAX_MARKS];
	u8 fastopen[XTCP_FASTOPEN_MAX];
};

/**
 * struct xtcp_seg - a received segment
 * @arrived_us: when it reached the host, not when it was processed
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, valid if XTCP_ACK is in @flags
 * @len: bytes of text; SEG.LEN is xtcp_seg_len()
 * @unit: bytes of text in each segment of which this was merged by GRO;
 *	@len where it was not
 * @wnd: SEG.WND as on the wire, not scaled
 * @ecn: enum xtcp_ecn_codepoint of its packet; set by the shell
 */
struct xtcp_seg {
	u64 arrived_us;
	u32 seq;
	u32 ack;
	u32 len;
	u32 unit;
	u16 sport;
	u16 dport;
	u16 wnd;
	u16 urg;
	u16 flags;
	u8 header_len;
	u8 ecn;
	struct xtcp_options opt;
};

/* SEG.LEN: SYN and FIN count (RFC 9293 3.4). */
static inline u32 xtcp_seg_len(const struct xtcp_seg *seg)
{
	return seg->len + !!(seg->flags & XTCP_SYN) + !!(seg->flags & XTCP_FIN);
}

/* How many go over the wire with len bytes of text, in pieces of unit; one without text is one. */
static inline u32 xtcp_segments(u32 len, u32 unit)
{
	return len > unit && unit ? DIV_ROUND_UP(len, unit) : 1;
}

enum xtcp_reason {
#define XTCP_REASON(name, meaning) XTCP_WHY_##name,
#include <xtcp/defs/reason_defs.h>
#undef XTCP_REASON
};

/**
 * struct xtcp_plan - one segment to send
 * @tx: whose payload it carries, whole; NULL for none
 * @seq: SEG.SEQ
 * @ack: SEG.ACK; 0 unless XTCP_ACK is in @flags
 * @len: bytes of text
 * @mss: text of a segment on the wire; more than this is left to GSO. That of
 *	a probe of the path MTU is the whole probe
 * @wnd: SEG.WND as on the wire
 * @urg: SEG.UP as on the wire; 0 unless XTCP_URG is in @flags
 * @flags: control bits
 * @ecn: enum xtcp_ecn_codepoint for its packet
 * @reason: why
 * @again: some of it was sent before
 * @opt: options to write; last, for the sake of its last
 */
struct xtcp_plan {
	struct xtcp_tx *tx;
	u32 seq;
	u32 ack;
	u32 len;
	u16 mss;
	u16 wnd;
	u16 urg;
	u16 flags;
	u8 ecn;
	u8 reason;
	bool again;
	struct xtcp_options opt;
};

/*
 * Parses the TCP header at data, of which avail bytes may be read; total is
 * the length of header and text. Returns 0, or -EINVAL for a header that is
 * too short, longer than the segment or than avail. Sets all but arrived_us
 * and ecn; unit is len.
 */
int xtcp_segment_parse(struct xtcp_seg *seg, const u8 *data, u32 avail, u32 total);

/* Bytes of the header that xtcp_segment_write() will write; a multiple of 4. */
u32 xtcp_segment_header_len(const struct xtcp_plan *plan);

/* Writes the header, checksum 0, and returns its length. */
u32 xtcp_segment_write(const struct xtcp_plan *plan, u16 sport, u16 dport, u8 *to);

/* Bytes of the header that n SACK blocks take, padded. */
static inline u32 xtcp_sack_space(u32 n)
{
	return n ? 4 + 8 * n : 0;
}

/* The same of an option of accurate ECN with n counters. */
static inline u32 xtcp_accecn_space(u32 n)
{
	return (2 + 3 * n + 3) & ~3U;
}

/* The same of the option of Fast Open. */
static inline u32 xtcp_fastopen_space(const struct xtcp_options *opt)
{
	return ((opt->fastopen_exp ? 4 : 2) + opt->fastopen_len + 3) & ~3U;
}

void xtcp_options_parse(struct xtcp_options *opt, const u8 *data, u32 len, bool syn);
u32 xtcp_options_len(const struct xtcp_options *opt);
/* Returns the end of what it wrote. */
u8 *xtcp_options_write(const struct xtcp_options *opt, u8 *to);

#endif /* _XTCP_SEGMENT_H */
