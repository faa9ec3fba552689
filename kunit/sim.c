// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated network (sim.h). Each end is a struct peer whose output goes
 * to the link; a listener and a TIME-WAIT are played as the shell does, with
 * the small objects of <xtcp/listen.h>.
 */
#include <linux/string.h>
#include "sim.h"

#define USER_TICK_US	3000
/* With half of all round trips lost a back-off lasts: hours are possible. */
#define TIME_LIMIT_US	(24 * 3600 * XTCP_USEC_PER_SEC)

/* Who gets a segment */

static void become_conn(struct sim_end *e, struct xtcp_seg *seg)
{
	struct peer *p = e->p;

	p->iss = e->half.iss;
	xtcp_conn_from_half(&p->conn, &e->half, e->sim->now);
	e->role = ROLE_CONN;
	peer_arrives(p, seg, seg->seq - p->irs - 1);
}

static void send_syn_ack(struct sim_end *e)
{
	struct xtcp_plan plan;

	xtcp_half_syn_ack(&e->half, e->sim->now, &plan);
	e->half.last_us = e->sim->now;
	sim_transmit(e, &plan, 0);
}

static void to_listener(struct sim_end *e, const struct xtcp_seg *seg)
{
	struct peer *p = e->p;
	struct xtcp_plan plan;

	switch (xtcp_listen_segment(seg, &plan)) {
	case XTCP_LISTEN_RESET:
		sim_transmit(e, &plan, 0);
		break;
	case XTCP_LISTEN_REQUEST:
		peer_limits(p);
		xtcp_half_init(&e->half, seg, p->iss, &p->conn.limits, &p->env.knob,
			       p->conn.cc.ops);
		e->half.sent_us = e->sim->now;
		e->role = ROLE_REQUEST;
		send_syn_ack(e);
		break;
	default:
		break;
	}
}

static void to_request(struct sim_end *e, struct xtcp_seg *seg)
{
	struct xtcp_plan plan;

	switch (xtcp_half_segment(&e->half, seg, &plan)) {
	case XTCP_HALF_SYN_ACK:
		send_syn_ack(e);
		break;
	case XTCP_HALF_REPLY:
		sim_transmit(e, &plan, 0);
		break;
	case XTCP_HALF_ESTABLISH:
		become_conn(e, seg);
		break;
	case XTCP_HALF_DROP:
		break;
	default:
		KUNIT_FAIL(e->sim->test, "no other connection was tried");
	}
}

static void to_time_wait(struct sim_end *e, const struct xtcp_seg *seg)
{
	struct xtcp_plan plan;

	switch (xtcp_tw_segment(&e->tw, &e->p->env.knob, e->p->conn.ts.offset, seg, &plan)) {
	case XTCP_TW_ACK:
	case XTCP_TW_RESTART:
		sim_transmit(e, &plan, 0);
		break;
	default:
		break;
	}
}

static void to_nobody(struct sim_end *e, const struct xtcp_seg *seg)
{
	struct xtcp_plan plan;

	if (xtcp_reset_reply(seg, &plan))
		sim_transmit(e, &plan, 0);
}

static void settle(struct sim_end *e)
{
	struct xtcp_conn *c = &e->p->conn;

	if (e->role != ROLE_CONN)
		return;
	KUNIT_ASSERT_EQ(e->sim->test, c->err, 0);
	if (c->state == XTCP_CLOSED)
		e->role = ROLE_NOBODY;
	if (c->state == XTCP_TIME_WAIT) {
		xtcp_tw_init(&e->tw, c);
		e->role = ROLE_TIME_WAIT;
	}
}

static void to_end(struct sim_end *e, struct xtcp_seg *seg, u32 offset)
{
	sim_trace_came(e, seg);
	switch (e->role) {
	case ROLE_LISTENER:
		to_listener(e, seg);
		break;
	case ROLE_REQUEST:
		to_request(e, seg);
		break;
	case ROLE_CONN:
		peer_arrives(e->p, seg, offset);
		break;
	case ROLE_TIME_WAIT:
		to_time_wait(e, seg);
		break;
	case ROLE_NOBODY:
		to_nobody(e, seg);
		break;
	}
}

/* Fragmentation needed, as the shell takes it (RFC 1191, RFC 5927). */
static void icmp_arrives(struct sim_end *e, const struct sim_packet *pkt)
{
	struct peer *p = e->p;

	if (e->role != ROLE_CONN || !xtcp_icmp_plausible(&p->conn, pkt->icmp_seq) ||
	    pkt->mtu_mss >= p->conn.limits.mss_path)
		return;
	sim_trace_event(e, "path MTU shrinks");
	p->conn.limits.mss_path = pkt->mtu_mss;
	xtcp_pmtu_changed(&p->conn, p->now);
	peer_drive(p);
}

static void deliver(struct sim *s, struct sim_packet *pkt)
{
	struct sim_end *e = &s->end[pkt->to];
	struct xtcp_seg seg;
	int bad;

	list_del(&pkt->link);
	if (pkt->mtu_mss) {
		icmp_arrives(e, pkt);
		kunit_kfree(s->test, pkt);
		return;
	}
	/* The parser must bear what the checksum refuses, too. */
	bad = xtcp_segment_parse(&seg, pkt->header, pkt->header_len,
				 pkt->header_len + pkt->len);
	if (sim_intact(pkt)) {
		KUNIT_ASSERT_EQ(s->test, bad, 0);
		seg.arrived_us = s->now;
		seg.unit = pkt->unit;
		seg.ecn = pkt->ecn;
		to_end(e, &seg, pkt->offset);
	} else {
		s->seen.dropped++;
		sim_trace_event(e, "bad checksum");
	}
	kunit_kfree(s->test, pkt);
}

/* The users */

static void user_writes(struct sim_end *e)
{
	struct sim *s = e->sim;
	struct peer *p = e->p;
	u32 left = s->o.bytes[e->nr] - p->written;

	if (!xtcp_may_send(p->conn.state) || e->shut)
		return;
	while (left && xtcp_unacked(&p->conn) < s->o.sndbuf) {
		u32 n = 1 + sim_random(&s->random, 5000);

		n = min(n, left);
		write_bytes(p, n);
		left -= n;
		if (s->o.pauses && !sim_random(&s->random, 4))
			return;
	}
	if (!left) {
		e->shut = true;
		user_shutdown(p);
	}
}

static void user_reads(struct sim_end *e)
{
	struct sim *s = e->sim;
	u32 n = xtcp_readable(&e->p->conn);

	if (s->now < e->sleeps_until)
		return;
	if (s->o.sleep_us && !sim_random(&s->random, 50)) {
		e->sleeps_until = s->now + sim_random(&s->random, s->o.sleep_us);
		sim_trace_event(e, "reader stops");
		return;
	}
	if (s->o.lazy_reader) {
		if (sim_random(&s->random, 8))
			return;
		n = sim_random(&s->random, n + 1);
	}
	if (n)
		read_bytes(e->p, n);
	if (e->nr && n && e->p->read == s->o.bytes[0])
		s->seen.read_us = s->now - e->p->origin;
}

static void users_act(struct sim *s)
{
	int i;

	s->user_at = s->now + USER_TICK_US;
	for (i = 0; i < 2; i++) {
		struct sim_end *e = &s->end[i];

		if (e->role == ROLE_CONN) {
			if (s->o.cut_fails)
				e->p->fail_cuts = sim_random(&s->random, 100) < s->o.cut_fails;
			user_writes(e);
			settle(e);
		}
		if (xtcp_readable(&e->p->conn))
			user_reads(e);
	}
}

/* Time */

/* When the user wants to do something; 0 if he waits for the connection. */
static u64 user_deadline(const struct sim *s, const struct sim_end *e)
{
	const struct xtcp_conn *c = &e->p->conn;

	if (e->role == ROLE_CONN && xtcp_may_send(c->state) && !e->shut &&
	    xtcp_unacked(c) < s->o.sndbuf)
		return s->user_at;
	return xtcp_readable(c) ? max(s->user_at, e->sleeps_until) : 0;
}

static u64 earlier(u64 a, u64 b)
{
	return b && (!a || b < a) ? b : a;
}

static u64 end_deadline(const struct sim_end *e)
{
	if (e->role == ROLE_CONN)
		return xtcp_earliest_deadline(&e->p->conn);
	if (e->role == ROLE_REQUEST)
		return xtcp_half_deadline(&e->half, &e->p->env.knob);
	return 0;
}

/* When something happens next; 0 if nothing ever will. */
static u64 next_event(const struct sim *s)
{
	u64 first = 0;
	int i;

	if (!list_empty(&s->link))
		first = list_first_entry(&s->link, struct sim_packet, link)->at;
	for (i = 0; i < 2; i++) {
		first = earlier(first, end_deadline(&s->end[i]));
		first = earlier(first, user_deadline(s, &s->end[i]));
	}
	return first;
}

static void end_timeout(struct sim_end *e)
{
	u64 due = end_deadline(e);

	if (!due || due > e->sim->now)
		return;
	if (e->role == ROLE_REQUEST) {
		xtcp_half_timeout(&e->half);
		send_syn_ack(e);
		return;
	}
	sim_trace_event(e, "timer");
	at(e->p, e->sim->now - e->p->origin);
	settle(e);
}

static void step(struct sim *s, u64 now)
{
	int i;

	s->now = now;
	for (i = 0; i < 2; i++)
		s->end[i].p->now = max(now, s->end[i].p->now);
	for (i = 0; i < 2; i++)
		end_timeout(&s->end[i]);
	while (!list_empty(&s->link)) {
		struct sim_packet *pkt = list_first_entry(&s->link, struct sim_packet, link);
		struct sim_end *e = &s->end[pkt->to];

		if (pkt->at > now)
			break;
		deliver(s, pkt);
		settle(e);
	}
	if (now >= s->user_at)
		users_act(s);
}

static bool is_over(const struct sim *s)
{
	int i;

	for (i = 0; i < 2; i++)
		if (s->end[i].role < ROLE_TIME_WAIT)
			return false;
	return true;
}

/* From here on */

/* A peer that gives up would be right to, on such a link: let nobody. */
static void never_give_up(struct xtcp_sysctls *knob)
{
	knob->syn_retries = 127;
	knob->retries2 = 255;
}

/* Options of the connection, where the seed decides them. */
static void seed_knobs(const struct sim *s, int nr, struct xtcp_sysctls *knob)
{
	knob->window_scaling = s->o.scaling;
	knob->timestamps = s->o.timestamps >> nr & 1;
	knob->sack = s->o.sack >> nr & 1;
	knob->mtu_probing = s->o.mtu_probing;
	knob->ecn = s->o.ecn[nr];
	knob->ecn_option = s->o.ecn_option;
}

static void make_end(struct sim *s, int nr)
{
	struct sim_end *e = &s->end[nr];
	struct peer_opts opts = {
		.mss_adv = s->o.mss,
		.mss_path = s->o.mss,
		.gso = s->o.gso,
		.rcv_buf = s->o.rcv_buf,
		.rcv_max = s->o.scaling ? 1000000 : s->o.rcv_buf,
		.iss = sim_random(&s->random, ~0U),
		.knobs = never_give_up,
	};

	e->sim = s;
	e->nr = nr;
	e->p = peer_new(s->test, &opts);
	seed_knobs(s, nr, &e->p->env.knob);
	if (s->o.cc)
		xtcp_cc_choose(&e->p->conn.cc, s->o.cc);
	e->p->output = sim_output;
	e->p->priv = e;
	e->role = nr && !s->o.simultaneous ? ROLE_LISTENER : ROLE_CONN;
}

/* No more bytes are believed to have come with a codepoint than have. */
static void check_marks(struct sim *s, int nr)
{
	const struct xtcp_accecn_option *told = &s->end[nr].p->conn.accecn.option;
	const struct xtcp_accecn_option *came = &s->end[!nr].p->conn.accecn.option;
	u32 i;

	/* A client that has fallen back counts nothing. */
	if (!s->end[!nr].p->conn.accecn.on)
		return;
	for (i = 0; i < XTCP_MAX_MARKS; i++)
		KUNIT_EXPECT_LE(s->test, told->told[i], came->received[i]);
	if (s->o.middlebox == SIM_STRIPS)
		KUNIT_EXPECT_EQ(s->test, told->input, (u8)XTCP_ACCECN_ABSENT);
}

static void check_outcome(struct sim *s)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct peer *p = s->end[i].p;

		while (xtcp_readable(&p->conn))
			read_bytes(p, xtcp_readable(&p->conn));
		KUNIT_EXPECT_EQ(s->test, p->written, s->o.bytes[i]);
		KUNIT_EXPECT_EQ(s->test, p->read, s->o.bytes[!i]);
		KUNIT_EXPECT_EQ(s->test, p->nr_tx, 0);
		KUNIT_EXPECT_EQ(s->test, p->nr_rxd, 0);
		check_marks(s, i);
	}
	/* The checksum finds every change of a single byte. */
	KUNIT_EXPECT_LE(s->test, s->seen.dropped, s->seen.damaged);
	KUNIT_EXPECT_EQ(s->test, peer_mib(XTCP_MIB_BAD_TRANSITION), 0UL);
}

static void drain_link(struct sim *s)
{
	struct sim_packet *pkt, *next;

	list_for_each_entry_safe(pkt, next, &s->link, link)
		kunit_kfree(s->test, pkt);
}

void sim_run(struct kunit *test, const struct sim_opts *o, struct sim_result *result)
{
	struct sim *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->test = test;
	s->o = *o;
	s->random = o->seed;
	if (!s->o.sndbuf)
		s->o.sndbuf = 32768;
	sim_trace_opts(test, o);
	INIT_LIST_HEAD(&s->link);
	for (i = 0; i < 2; i++)
		make_end(s, i);
	s->end[0].p->irs = s->end[1].p->iss;
	s->end[1].p->irs = s->end[0].p->iss;
	s->now = s->end[0].p->now;
	for (i = 0; i < 1 + o->simultaneous; i++) {
		struct peer *p = s->end[i].p;

		xtcp_conn_connect(&p->conn, p->iss, p->now);
		peer_drive(p);
	}
	while (!is_over(s)) {
		u64 next = next_event(s);

		KUNIT_ASSERT_TRUE_MSG(test, next, "dead lock: %s and %s",
				      xtcp_state_name(s->end[0].p->conn.state),
				      xtcp_state_name(s->end[1].p->conn.state));
		KUNIT_ASSERT_TRUE_MSG(test, next - s->end[0].p->origin < TIME_LIMIT_US,
				      "does not end: %s and %s",
				      xtcp_state_name(s->end[0].p->conn.state),
				      xtcp_state_name(s->end[1].p->conn.state));
		step(s, max(next, s->now));
	}
	check_outcome(s);
	*result = s->seen;
	result->us = s->now - s->end[0].p->origin;
	drain_link(s);
	kunit_kfree(test, s->end[0].p);
	kunit_kfree(test, s->end[1].p);
	kunit_kfree(test, s);
}
