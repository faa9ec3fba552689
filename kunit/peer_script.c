// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a script of a case can say (peer.h): time passes, the user acts, the
 * peer sends, connections come to be.
 */
#include <linux/math64.h>
#include <linux/string.h>
#include "peer.h"

/* What arrives, and time */

u32 peer_ts(const struct peer *p)
{
	return PEER_TS + (u32)div_u64(p->now - sec(1000), 1000);
}

static void add_timestamp(const struct peer *p, const struct peer_seg *s, struct xtcp_seg *seg)
{
	if (!p->opts.ts || s->no_ts)
		return;
	seg->opt.has_ts = true;
	seg->opt.tsval = s->tsval ? s->tsval : peer_ts(p);
	seg->opt.tsecr = s->tsecr ? s->tsecr : p->echo;
}

static void add_sack(const struct peer *p, const struct peer_seg *s, struct xtcp_seg *seg)
{
	u32 i;

	for (i = 0; i < s->nr_sack; i++) {
		seg->opt.sack[i].first = p->iss + s->sack[i].first;
		seg->opt.sack[i].end = p->iss + s->sack[i].end;
	}
	seg->opt.nr_sack = s->nr_sack;
}

static void add_marks(const struct peer_seg *s, struct xtcp_seg *seg)
{
	seg->opt.accecn = s->accecn;
	seg->opt.nr_marks = s->nr_marks;
	memcpy(seg->opt.marks, s->marks, sizeof(s->marks));
}

void peer_recv(struct peer *p, const struct peer_seg *s)
{
	struct xtcp_seg seg = {
		.arrived_us = p->now - s->waited_us,
		.seq = p->irs + s->seq,
		.ack = p->iss + s->ack,
		.len = s->len,
		.unit = s->unit ? s->unit : s->len,
		.wnd = p->wnd,
		.urg = s->urg,
		.flags = s->flags ? s->flags : XTCP_ACK,
	};

	seg.opt.mss = s->mss;
	seg.opt.has_wscale = s->scaling;
	seg.opt.wscale = s->shift;
	seg.ecn = s->ecn;
	seg.opt.sack_ok = p->opts.sack;
	add_timestamp(p, s, &seg);
	add_sack(p, s, &seg);
	add_marks(s, &seg);
	seg.opt.has_fastopen = s->fastopen > 0;
	seg.opt.fastopen_exp = s->fastopen_exp;
	seg.opt.fastopen_len = s->fastopen;
	memset(seg.opt.fastopen, 7, s->fastopen);
	if (!(seg.flags & XTCP_ACK))
		seg.ack = 0;
	peer_arrives(p, &seg, s->seq + !!(seg.flags & XTCP_SYN) - 1);
}

void at(struct peer *p, u64 us)
{
	u64 until = p->origin + us;
	u64 due;

	KUNIT_ASSERT_TRUE(p->test, until >= p->now);
	while ((due = xtcp_earliest_deadline(&p->conn)) && due <= until) {
		p->now = max(p->now, due);
		peer_limits(p);
		xtcp_timeout(&p->conn, p->now);
		peer_drive(p);
		/* A deadline that stays due would spin the shell's timer. */
		due = xtcp_earliest_deadline(&p->conn);
		KUNIT_ASSERT_TRUE(p->test, !due || due > p->now);
	}
	p->now = until;
}

/* The user */

void write_run(struct peer *p, u32 n)
{
	xtcp_txq_append(&p->conn, peer_tx_alloc(p, p->written, n));
	p->written += n;
	peer_drive(p);
}

/* As sendmsg(): fills up the last packet before it begins another. */
void write_bytes(struct peer *p, u32 n)
{
	struct xtcp_conn *c = &p->conn;

	while (n) {
		struct xtcp_tx *tail = xtcp_txq_tail(c);
		u32 step = min(n, xtcp_txq_room(c, tail ? tail->len : 0));

		if (tail && step) {
			container_of(tail, struct peer_tx, tx)->len += step;
			xtcp_txq_grow(c, tail, step);
		} else {
			step = min(n, xtcp_txq_room(c, 0));
			xtcp_txq_append(c, peer_tx_alloc(p, p->written, step));
		}
		p->written += step;
		n -= step;
	}
	peer_drive(p);
}

void pass_text(struct peer *p, u32 runs, u32 n)
{
	while (runs--) {
		write_bytes(p, n);
		recv_seg(p, .seq = 1, .ack = sent_to(p));
		peer_effects(p);
	}
}

/* As recvmsg(): each byte is the next one of the peer's stream. */
void read_bytes(struct peer *p, u32 n)
{
	struct xtcp_conn *c = &p->conn;

	KUNIT_ASSERT_LE(p->test, n, xtcp_readable(c));
	while (n) {
		struct xtcp_rxd *rxd;
		struct peer_rxd *r;
		u32 skip, step;

		KUNIT_ASSERT_FALSE(p->test, list_empty(&c->rxq.ready));
		rxd = list_first_entry(&c->rxq.ready, struct xtcp_rxd, list);
		r = container_of(rxd, struct peer_rxd, rxd);
		KUNIT_ASSERT_TRUE(p->test, xtcp_seq_le(rxd->seq, c->rcv.copied));
		KUNIT_ASSERT_TRUE(p->test, xtcp_seq_gt(rxd->end, c->rcv.copied));
		KUNIT_ASSERT_EQ(p->test, rxd->seq, r->seq);
		skip = c->rcv.copied - rxd->seq;
		step = min(n, rxd->end - c->rcv.copied);
		KUNIT_ASSERT_LE(p->test, skip + step, r->len);
		KUNIT_ASSERT_EQ(p->test, r->offset + skip, p->read);
		c->rcv.copied += step;
		p->read += step;
		p->rcv_used -= step + (skip - r->read);
		r->read = skip + step;
		n -= step;
		if (c->rcv.copied == rxd->end)
			peer_rxd_done(p, rxd);
	}
	peer_limits(p);
	xtcp_data_consumed(c);
	peer_drive(p);
}

void user_shutdown(struct peer *p)
{
	xtcp_conn_close(&p->conn, p->now);
	peer_drive(p);
}

void user_close(struct peer *p)
{
	xtcp_conn_close(&p->conn, p->now);
	xtcp_conn_orphan(&p->conn, p->now);
	peer_drive(p);
}

void user_abort(struct peer *p)
{
	xtcp_conn_abort(&p->conn, 0);
	peer_drive(p);
}

/* The peer */

static u32 in_order(const struct peer *p)
{
	return p->conn.rcv.nxt - p->irs;
}

void recv_ack(struct peer *p, u32 ack)
{
	recv_seg(p, .seq = in_order(p), .ack = ack);
}

void recv_ack_wnd(struct peer *p, u32 ack, u16 wnd)
{
	p->wnd = wnd;
	recv_ack(p, ack);
}

void recv_text(struct peer *p, u32 seq, u32 len)
{
	recv_seg(p, .seq = seq, .ack = sent_to(p), .len = len);
}

void recv_fin(struct peer *p, u32 seq)
{
	recv_seg(p, .seq = seq, .ack = sent_to(p), .flags = XTCP_FIN | XTCP_ACK);
}

void recv_rst(struct peer *p, u32 seq)
{
	recv_seg(p, .seq = seq, .flags = XTCP_RST);
}

/* How connections come to be */

struct peer *peer_connecting(struct kunit *test, const struct peer_opts *opts)
{
	struct peer *p = peer_new(test, opts);

	xtcp_conn_connect(&p->conn, p->iss, p->now);
	peer_drive(p);
	return p;
}

/* The handshake is over: what it did is not the case's matter. */
static void begin(struct peer *p)
{
	KUNIT_ASSERT_EQ(p->test, (int)p->conn.state, (int)XTCP_ESTABLISHED);
	p->origin = p->now;
	p->nr_sent = 0;
	peer_effects(p);
	peer_wakes(p);
	peer_clear_mibs();
}

struct peer *peer_established(struct kunit *test, const struct peer_opts *opts)
{
	struct peer *p = peer_connecting(test, opts);
	const struct peer_opts *o = &p->opts;

	at(p, o->rtt_us);
	recv_seg(p, .seq = 0, .ack = 1,
		 .flags = XTCP_SYN | XTCP_ACK | (o->ecn ? XTCP_ECE : 0),
		 .mss = o->no_mss ? 0 : o->mss, .scaling = o->scaling, .shift = o->wscale);
	begin(p);
	return p;
}

struct peer *peer_accepted(struct kunit *test, const struct peer_opts *opts)
{
	struct peer *p = peer_new(test, opts);
	const struct peer_opts *o = &p->opts;
	struct xtcp_half half;
	struct xtcp_seg syn = {
		.seq = p->irs,
		.wnd = p->wnd,
		.flags = XTCP_SYN | (o->ecn ? XTCP_ECE | XTCP_CWR : 0),
	};

	syn.opt.mss = o->no_mss ? 0 : o->mss;
	syn.opt.has_wscale = o->scaling;
	syn.opt.wscale = o->wscale;
	syn.opt.has_ts = o->ts;
	syn.opt.sack_ok = o->sack;
	syn.opt.tsval = peer_ts(p);
	xtcp_half_init(&half, &syn, p->iss, &p->conn.limits, &p->env.knob,
		       p->conn.cc.ops);
	half.sent_us = p->now;
	half.last_us = p->now;
	p->now += o->rtt_us;
	xtcp_conn_from_half(&p->conn, &half, p->now);
	recv_seg(p, .seq = 1, .ack = 1);
	begin(p);
	return p;
}

static void walk_to(struct peer *p, enum xtcp_state state)
{
	switch (state) {
	case XTCP_FIN_WAIT_1:
		user_shutdown(p);
		break;
	case XTCP_FIN_WAIT_2:
		user_shutdown(p);
		recv_ack(p, 2);
		break;
	case XTCP_CLOSING:
		user_shutdown(p);
		recv_seg(p, .seq = 1, .ack = 1, .flags = XTCP_FIN | XTCP_ACK);
		break;
	case XTCP_TIME_WAIT:
		user_shutdown(p);
		recv_ack(p, 2);
		recv_fin(p, 1);
		break;
	case XTCP_CLOSE_WAIT:
		recv_fin(p, 1);
		break;
	case XTCP_LAST_ACK:
		recv_fin(p, 1);
		user_shutdown(p);
		break;
	default:
		break;
	}
}

struct peer *peer_in_state(struct kunit *test, enum xtcp_state state)
{
	struct peer *p;

	if (state < XTCP_ESTABLISHED) {
		p = connecting(test);
		if (state == XTCP_SYN_RECEIVED)
			recv_seg(p, .flags = XTCP_SYN, .mss = 1460);
	} else {
		p = established(test);
		walk_to(p, state);
	}
	KUNIT_ASSERT_EQ(test, (int)p->conn.state, (int)state);
	peer_effects(p);
	peer_wakes(p);
	return p;
}
