// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of level IPPROTO_TCP that are numbers: the rows of sockopt_defs.h. Called by
 * sockopt.c, locked, set_...() with what is in the bounds of its row.
 */
#include <linux/tcp.h>
#include "internal.h"

#define USER_MSS_MIN	88	/* as Linux's TCP has it */

static void push(struct xtcp_sock *xs)
{
	if (!xs->conn.txq.next || !xtcp_is_synchronized(xs->conn.state))
		return;
	xs->conn.owes |= XTCP_OWES_PUSH;
	xtcp_sock_drive(xs, xtcp_now_us());
}

static int set_nodelay(struct xtcp_sock *xs, int val)
{
	xs->conn.user.nodelay = val;
	if (val)
		push(xs);
	return 0;
}

static int get_nodelay(struct xtcp_sock *xs)
{
	return xs->conn.user.nodelay;
}

static int set_cork(struct xtcp_sock *xs, int val)
{
	xs->corked = val;
	if (!val)
		push(xs);
	return 0;
}

static int get_cork(struct xtcp_sock *xs)
{
	return xs->corked;
}

/* Even numbers but 0: for the ACK that waits, if one does. */
static int set_quickack(struct xtcp_sock *xs, int val)
{
	bool waits = xtcp_timer_armed(&xs->conn, XTCP_TIMER_DELACK);

	xtcp_delack_wish(&xs->conn, val);
	if (!val || !waits)
		return 0;
	xtcp_sock_drive(xs, xtcp_now_us());
	if (!(val & 1))
		xtcp_delack_wish(&xs->conn, false);
	return 0;
}

static int get_quickack(struct xtcp_sock *xs)
{
	return !xs->conn.delack.answers;
}

static int set_inq(struct xtcp_sock *xs, int val)
{
	xs->tells_inq = val;
	return 0;
}

static int get_inq(struct xtcp_sock *xs)
{
	return xs->tells_inq;
}

static int set_notsent_lowat(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->notsent_lowat, val);
	xtcp_bound_unsent();
	xs->inet.sk.sk_write_space(&xs->inet.sk);
	return 0;
}

static int get_notsent_lowat(struct xtcp_sock *xs)
{
	return xs->notsent_lowat;
}

static int get_is_mptcp(struct xtcp_sock *xs)
{
	return 0;
}

static int set_maxseg(struct xtcp_sock *xs, int val)
{
	if (val && val < USER_MSS_MIN)
		return -EINVAL;
	xs->user_mss = val;
	return 0;
}

static int get_maxseg(struct xtcp_sock *xs)
{
	int state = xs->inet.sk.sk_state;

	if (state != TCP_CLOSE && state != TCP_LISTEN && xs->conn.snd.mss)
		return xs->conn.snd.mss;
	return xs->user_mss ? xs->user_mss : xtcp_ipv4_ops.mss_default;
}

static int set_user_timeout(struct xtcp_sock *xs, int val)
{
	xs->conn.user.timeout_ms = val;
	return 0;
}

static int get_user_timeout(struct xtcp_sock *xs)
{
	return xs->conn.user.timeout_ms;
}

#define LINGER2_MAX	120	/* s */

static int set_syncnt(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->conn.user.syn_limit, val);
	return 0;
}

static int get_syncnt(struct xtcp_sock *xs)
{
	u8 limit = xs->conn.user.syn_limit;

	return limit ? limit : READ_ONCE(xs->conn.env->knob.syn_retries);
}

static int set_linger2(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->conn.user.linger2_s, clamp(val, -1, LINGER2_MAX));
	return 0;
}

static int get_linger2(struct xtcp_sock *xs)
{
	s16 life_s = xs->conn.user.linger2_s;

	return life_s ? life_s : READ_ONCE(xs->conn.env->knob.fin_timeout);
}

/* struct proto.keepalive: SO_KEEPALIVE is on, or not; or the time before has changed. */
void xtcp_keepalive(struct sock *sk, int on)
{
	struct xtcp_sock *xs = xtcp_sk(sk);

	xtcp_keepalive_set(&xs->conn, on, xtcp_now_us());
	xtcp_sock_arm_timer(xs);
}

static int set_keepidle(struct xtcp_sock *xs, int val)
{
	xs->conn.user.keep_idle_ms = val * MSEC_PER_SEC;
	xtcp_keepalive(&xs->inet.sk, xs->conn.user.keepalive);
	return 0;
}

static int get_keepidle(struct xtcp_sock *xs)
{
	u32 ms = xs->conn.user.keep_idle_ms ?: READ_ONCE(xs->conn.env->knob.keepalive_time_ms);

	return ms ? ms / MSEC_PER_SEC : READ_ONCE(xs->conn.env->knob.keepalive_time);
}

static int set_keepintvl(struct xtcp_sock *xs, int val)
{
	xs->conn.user.keep_intvl_ms = val * MSEC_PER_SEC;
	return 0;
}

static int get_keepintvl(struct xtcp_sock *xs)
{
	u32 ms = xs->conn.user.keep_intvl_ms ?: READ_ONCE(xs->conn.env->knob.keepalive_intvl_ms);

	return ms ? ms / MSEC_PER_SEC : READ_ONCE(xs->conn.env->knob.keepalive_intvl);
}

static int set_keepcnt(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->conn.user.keep_probes, val);
	return 0;
}

static int get_keepcnt(struct xtcp_sock *xs)
{
	u8 probes = xs->conn.user.keep_probes;

	return probes ? probes : READ_ONCE(xs->conn.env->knob.keepalive_probes);
}

/* In seconds, rounded up to a time at which a SYN,ACK is due. */
static int set_defer_accept(struct xtcp_sock *xs, int val)
{
	u8 timeouts = xtcp_defer_timeouts(max(val, 0), &xtcp_sock_env(&xs->inet.sk)->knob);

	WRITE_ONCE(xs->defer_accept, timeouts);
	return 0;
}

static int get_defer_accept(struct xtcp_sock *xs)
{
	return xtcp_defer_seconds(xs->defer_accept, &xtcp_sock_env(&xs->inet.sk)->knob);
}

/* So much less than the least buffer has could not be offered. */
#define WINDOW_CLAMP_MIN	(SOCK_MIN_RCVBUF / 2)

static int set_window_clamp(struct xtcp_sock *xs, int val)
{
	if (!val && xs->inet.sk.sk_state != TCP_CLOSE)
		return -EINVAL;
	WRITE_ONCE(xs->window_clamp, val ? max_t(u32, val, WINDOW_CLAMP_MIN) : 0);
	return 0;
}

static int get_window_clamp(struct xtcp_sock *xs)
{
	return xs->window_clamp ?: xs->conn.limits.route.window;
}

static int set_save_syn(struct xtcp_sock *xs, int val)
{
	WRITE_ONCE(xs->save_syn, val);
	return 0;
}

static int get_save_syn(struct xtcp_sock *xs)
{
	return xs->save_syn;
}

static int set_thin_linear(struct xtcp_sock *xs, int val)
{
	xs->conn.user.thin_linear = val;
	return 0;
}

static int get_thin_linear(struct xtcp_sock *xs)
{
	return xs->conn.user.thin_linear;
}

static int set_thin_dupack(struct xtcp_sock *xs, int val)
{
	return 0;
}

static int get_thin_dupack(struct xtcp_sock *xs)
{
	return 0;
}

static int set_rto_max_ms(struct xtcp_sock *xs, int val)
{
	xs->conn.user.rto_max_ms = val;
	return 0;
}

static int get_rto_max_ms(struct xtcp_sock *xs)
{
	return xtcp_rto_most_us(&xs->conn) / USEC_PER_MSEC;
}

static int set_rto_min_us(struct xtcp_sock *xs, int val)
{
	xs->conn.user.rto_min_us = val;
	return 0;
}

static int get_rto_min_us(struct xtcp_sock *xs)
{
	return xtcp_rto_least_us(&xs->conn);
}

static int set_delack_max_us(struct xtcp_sock *xs, int val)
{
	xtcp_delack_bound(&xs->conn, val);
	return 0;
}

static int get_delack_max_us(struct xtcp_sock *xs)
{
	return xtcp_delack_most_us(&xs->conn);
}

#define set_fastopen		xtcp_set_fastopen
#define get_fastopen		xtcp_get_fastopen
#define set_fastopen_connect	xtcp_set_fastopen_connect
#define get_fastopen_connect	xtcp_get_fastopen_connect
#define set_fastopen_no_cookie	xtcp_set_fastopen_no_cookie
#define get_fastopen_no_cookie	xtcp_get_fastopen_no_cookie

/* set is NULL of what cannot be set. */
struct option {
	int name;
	int least;
	int most;
	bool is_truth;
	int (*set)(struct xtcp_sock *xs, int val);
	int (*get)(struct xtcp_sock *xs);
};

enum reads {
	SAME,
	TRUTH,
	OWN,
};

static const struct option options[] = {
#define XTCP_SOCKOPT(name, stem, unit, least, most, initial, reads, meaning) \
	{ TCP_##name, least, most, (reads) == TRUTH, set_##stem, get_##stem },
#define XTCP_SOCKOPT_READ(name, stem, meaning) \
	{ TCP_##name, 0, 0, false, NULL, get_##stem },
#define XTCP_SOCKOPT_BYTES(name, stem, access, meaning)
#include <xtcp/defs/sockopt_defs.h>
#undef XTCP_SOCKOPT
#undef XTCP_SOCKOPT_READ
#undef XTCP_SOCKOPT_BYTES
};

static const struct option *find(int name)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].name == name)
			return &options[i];
	}
	return NULL;
}

int xtcp_set_option(struct xtcp_sock *xs, int name, int val)
{
	const struct option *option = find(name);

	if (!option || !option->set)
		return -ENOPROTOOPT;
	if (val < option->least || val > option->most)
		return -EINVAL;
	return option->set(xs, option->is_truth ? !!val : val);
}

int xtcp_get_option(struct xtcp_sock *xs, int name, int *val)
{
	const struct option *option = find(name);

	if (!option)
		return -ENOPROTOOPT;
	*val = option->get(xs);
	return 0;
}
