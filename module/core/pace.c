// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pacing: text leaves in quanta of about a millisecond, spread by the rate
 * instead of by ACKs. Nothing is paced unless the congestion control or the
 * user (SO_MAX_PACING_RATE) sets a rate, and not here where the qdisc does it.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <xtcp/conn.h>

#define QUANTUM_PER_SEC		1000
#define NSEC_PER_USEC_U64	1000ULL

u64 xtcp_pace_rate(const struct xtcp_conn *c)
{
	const struct xtcp_sysctls *k = &c->env->knob;
	const struct xtcp_cc *cc = &c->cc;
	u64 most = c->limits.pace_max;
	u64 rate = cc->pacing_rate;

	/* The window in a round trip, and some more, that it may grow. */
	if (!rate && c->rtt.srtt_us) {
		u64 ratio = cc->cwnd < cc->ssthresh / 2 ? k->pacing_ss_ratio : k->pacing_ca_ratio;
		u64 window = max(cc->cwnd, xtcp_flight(c));

		rate = div_u64(window * (XTCP_USEC_PER_SEC / 100) * ratio, c->rtt.srtt_us);
	}
	return most && (!rate || rate > most) ? most : rate;
}

bool xtcp_paced(const struct xtcp_conn *c)
{
	return c->cc.pacing_rate || c->limits.pace_max || c->limits.pace_by_qdisc;
}

static bool paced_here(const struct xtcp_conn *c)
{
	return !c->limits.pace_by_qdisc && (c->cc.pacing_rate || c->limits.pace_max);
}

u32 xtcp_pace_quantum(const struct xtcp_conn *c)
{
	u64 quantum;

	if (!xtcp_paced(c))
		return ~0U;
	quantum = div_u64(xtcp_pace_rate(c), QUANTUM_PER_SEC);
	quantum = min_t(u64, quantum, c->limits.gso_max);
	return max_t(u64, quantum - (u32)quantum % c->snd.mss,
		     c->env->knob.min_tso_segs * c->snd.mss);
}

bool xtcp_pace_holds(struct xtcp_conn *c, u64 now_us)
{
	bool holds = paced_here(c) && now_us * NSEC_PER_USEC_U64 < c->pace.next_ns;

	if (holds)
		xtcp_timer_set(c, XTCP_TIMER_PACE,
			       div_u64(c->pace.next_ns - 1, NSEC_PER_USEC_U64) + 1);
	else
		xtcp_timer_clear(c, XTCP_TIMER_PACE);
	return holds;
}

/* The next quantum is due when this one's time is over: output asks again. */
void xtcp_pace_expired(struct xtcp_conn *c, u64 now_us)
{
	c->pace.late = true;
}

void xtcp_pace_on_sent(struct xtcp_conn *c, u32 len, u64 now_us)
{
	struct xtcp_pace *p = &c->pace;
	u64 now_ns = now_us * NSEC_PER_USEC_U64;
	u64 rate = xtcp_pace_rate(c);
	u64 takes_ns;

	if (!paced_here(c) || !rate)
		return;
	takes_ns = div64_u64(len * NSEC_PER_USEC_U64 * XTCP_USEC_PER_SEC, rate);
	/* A timer that fires late costs no rate, as long as it is not later than that. */
	if (!p->late || p->next_ns + takes_ns < now_ns)
		p->next_ns = max(p->next_ns, now_ns);
	p->next_ns += takes_ns;
	p->late = false;
}
