// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a simulated run tells if it is traced: each segment when it is given
 * to the link, with the reason and what the link does to it, and again when
 * it reaches the other end. Times are in microseconds since the handshake
 * began; numbers are relative to the initial ones.
 */
#include <linux/string.h>
#include "sim.h"

bool sim_tracing;

static const char *const reasons[] = {
	[XTCP_WHY_SYN]		= "SYN",
	[XTCP_WHY_NEW_DATA]	= "new",
	[XTCP_WHY_FIN]		= "FIN",
	[XTCP_WHY_RETRANSMIT]	= "again",
	[XTCP_WHY_MTU_PROBE]	= "MTU",
	[XTCP_WHY_PROBE]	= "probe",
	[XTCP_WHY_KEEPALIVE]	= "keepalive",
	[XTCP_WHY_ACK]		= "ACK",
	[XTCP_WHY_RESET]	= "reset",
};

static const char *reason_name(u8 reason)
{
	return reason < ARRAY_SIZE(reasons) && reasons[reason] ? reasons[reason] : "?";
}

static const char *role_name(const struct sim_end *e)
{
	switch (e->role) {
	case ROLE_LISTENER:
		return "LISTEN";
	case ROLE_REQUEST:
		return "SYN-RECEIVED";
	case ROLE_TIME_WAIT:
		return "TIME-WAIT";
	case ROLE_NOBODY:
		return "CLOSED";
	default:
		return xtcp_state_name(e->p->conn.state);
	}
}

static void flags_text(u16 flags, char *to)
{
	static const char letters[] = "FSRPAUECN";
	int i;

	for (i = 0; i < 9; i++)
		if (flags & 1 << i)
			*to++ = letters[i];
	*to = '\0';
}

void sim_trace_sent(const struct sim_end *e, const struct xtcp_plan *plan, const char *fate)
{
	const struct xtcp_conn *c = &e->p->conn;
	char flags[10];

	if (!sim_tracing)
		return;
	flags_text(plan->flags, flags);
	kunit_info(e->sim->test,
		   "%10llu %d> %-12s %-5s %-4s seq %u len %u ack %u wnd %u cwnd %u flight %u%s%s",
		   e->sim->now - e->p->origin, e->nr, role_name(e),
		   reason_name(plan->reason), flags, plan->seq - e->p->iss, plan->len,
		   plan->flags & XTCP_ACK ? plan->ack - e->p->irs : 0, plan->wnd,
		   c->cc.cwnd, e->role == ROLE_CONN ? xtcp_flight(c) : 0,
		   *fate ? ": " : "", fate);
}

void sim_trace_came(const struct sim_end *e, const struct xtcp_seg *seg)
{
	char flags[10];

	if (!sim_tracing)
		return;
	flags_text(seg->flags, flags);
	kunit_info(e->sim->test, "%10llu >%d %-12s       %-4s seq %u len %u ack %u wnd %u",
		   e->sim->now - e->p->origin, e->nr, role_name(e), flags,
		   seg->seq - e->p->irs, seg->len,
		   seg->flags & XTCP_ACK ? seg->ack - e->p->iss : 0, seg->wnd);
}

void sim_trace_event(const struct sim_end *e, const char *what)
{
	if (sim_tracing)
		kunit_info(e->sim->test, "%10llu  %d %-12s %s", e->sim->now - e->p->origin,
			   e->nr, role_name(e), what);
}

void sim_trace_opts(struct kunit *test, const struct sim_opts *o)
{
	if (!sim_tracing)
		return;
	kunit_info(test, "seed %llu: loss %u, doubled %u, reordered %u, ACK loss %u, corrupt %u (per mille)",
		   o->seed, o->loss, o->dup, o->reorder, o->ack_loss, o->corrupt);
	kunit_info(test, "bursts %u/%u/%u, rate %llu, queue %u, MTU at %llu us to %u%s, probing %u",
		   o->burst_begins, o->burst_ends, o->burst_loss, o->rate, o->queue,
		   o->mtu_at_us, o->mtu_mss, o->black_hole ? " in silence" : "", o->mtu_probing);
	kunit_info(test, "delay %llu us, jitter %llu us, bytes %u and %u, buffer %u, MSS %u, GSO %u",
		   o->delay_us, o->jitter_us, o->bytes[0], o->bytes[1], o->rcv_buf, o->mss,
		   o->gso);
	kunit_info(test, "failing cuts %u %%, sleep %u us, %s%s%s%s%s", o->cut_fails, o->sleep_us,
		   o->cc ? o->cc->name : "default", o->scaling ? ", scaling" : "",
		   o->simultaneous ? ", simultaneous" : "", o->pauses ? ", pauses" : "",
		   o->lazy_reader ? ", lazy reader" : "");
}
