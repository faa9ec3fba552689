// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/xtcp and /proc/net/xtcp6: the listeners, then the connections,
 * requests and TIME-WAITs of a network namespace, in the columns of
 * /proc/net/tcp and tcp6, which programs parse. Called by netns/.
 *
 * A reader stands at a cursor with a reference on one entry and holds no lock
 * while it prints. What it prints of a connection is read without its lock: a
 * line may mix two moments.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>

#define XTCP_LINE_WIDTH	149	/* of /proc/net/tcp, without the newline */

/* Column "tr". */
enum line_timer {
	LINE_TIMER_NONE		= 0,
	LINE_TIMER_RETRANSMIT	= 1,
	LINE_TIMER_LIFE		= 2,
	LINE_TIMER_TIMEWAIT	= 3,
	LINE_TIMER_PROBE	= 4,
};

/* What a line says. A "full" one is a socket's and has five more columns. */
struct line {
	const struct xtcp_tuple *tuple;
	const void *object;
	unsigned long inode;
	u64 timer_at_us;
	u64 rto_us;
	u64 ato_us;
	kuid_t uid;
	u32 tx_queue;
	u32 rx_queue;
	u32 retransmits;
	u32 quick;
	u32 cwnd;
	int probes;
	int refs;
	int ssthresh;
	u8 state;
	u8 timer;
	bool full;
};

/**
 * struct xtcp_reader - an open file
 * @p: namespace
 * @at: place in the table of listeners or that of nodes
 * @pos: number of the entry at @at, from 1
 * @in_nodes: which table
 * @sk: listener at @at, referenced, or NULL
 * @node: node at @at, referenced, or NULL
 */
struct xtcp_reader {
	struct seq_net_private p;
	struct xtcp_cursor at;
	loff_t pos;
	bool in_nodes;
	struct sock *sk;
	struct xtcp_node *node;
};

static u32 ticks(u64 us)
{
	return div_u64(us, XTCP_USEC_PER_SEC / USER_HZ);
}

static void conn_timer(const struct xtcp_conn *c, struct line *l)
{
	static const struct {
		u8 deadline;
		u8 shown;
	} order[] = {
		{ XTCP_TIMER_RTO, LINE_TIMER_RETRANSMIT },
		{ XTCP_TIMER_PERSIST, LINE_TIMER_PROBE },
		{ XTCP_TIMER_FIN_WAIT_2, LINE_TIMER_LIFE },
		{ XTCP_TIMER_KEEPALIVE, LINE_TIMER_LIFE },
	};
	u64 at;
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		at = READ_ONCE(c->deadline[order[i].deadline]);
		if (at) {
			l->timer = order[i].shown;
			l->timer_at_us = at;
			return;
		}
	}
}

static void socket_line(struct sock *sk, struct line *l)
{
	const struct xtcp_sock *xs = xtcp_sk(sk);

	l->tuple = &xs->node.tuple;
	l->object = sk;
	l->inode = sock_i_ino(sk);
	l->uid = sk->sk_uid;
	l->refs = refcount_read(&sk->sk_refcnt) - 1;	/* less the reader's */
	l->full = true;
}

static void conn_line(struct sock *sk, struct line *l)
{
	const struct xtcp_conn *c = &xtcp_sk(sk)->conn;
	u32 mss = max_t(u32, READ_ONCE(c->cc.mss), 1);
	u32 ssthresh = READ_ONCE(c->cc.ssthresh);

	socket_line(sk, l);
	l->state = xtcp_state_linux_number(READ_ONCE(c->state));
	l->tx_queue = xtcp_unacked(c);
	l->rx_queue = max_t(int, xtcp_readable(c), 0);
	conn_timer(c, l);
	l->retransmits = c->retransmits;
	l->probes = c->persist.backoff;
	l->rto_us = (u64)c->rtt.rto_us << min_t(u32, c->rtt.backoff, 31);
	l->ato_us = READ_ONCE(c->delack.ato_us);
	l->quick = c->delack.quick << 1;
	l->cwnd = READ_ONCE(c->cc.cwnd) / mss;
	l->ssthresh = ssthresh >= XTCP_SSTHRESH_INFINITE ? -1 : (int)(ssthresh / mss);
}

static void listener_line(struct sock *sk, struct line *l)
{
	const struct xtcp_sysctls *knob = &xtcp_net(sock_net(sk))->env.knob;

	socket_line(sk, l);
	l->state = TCP_LISTEN;
	l->rx_queue = READ_ONCE(xtcp_sk(sk)->accept.nr_ready);
	l->rto_us = READ_ONCE(knob->rto_init_ms) * XTCP_USEC_PER_MSEC;
	l->cwnd = READ_ONCE(knob->init_cwnd);
	l->ssthresh = READ_ONCE(xtcp_sk(sk)->accept.fast.max);
}

static void request_line(const struct xtcp_request *req, struct line *l)
{
	l->tuple = &req->node.tuple;
	l->object = req;
	rcu_read_lock();
	l->uid = READ_ONCE(req->listener)->sk_uid;
	rcu_read_unlock();
	l->state = TCP_SYN_RECV;
	l->timer = LINE_TIMER_RETRANSMIT;
	l->timer_at_us = READ_ONCE(req->timer.deadline_us);
	l->retransmits = req->half.retransmits;
}

static void timewait_line(const struct xtcp_timewait *tw, struct line *l)
{
	l->tuple = &tw->node.tuple;
	l->object = tw;
	l->state = TCP_TIME_WAIT;
	l->timer = LINE_TIMER_TIMEWAIT;
	l->timer_at_us = READ_ONCE(tw->timer.deadline_us);
	l->refs = refcount_read(&tw->node.refs) - 1;
}

static void node_line(struct xtcp_node *node, struct line *l)
{
	switch (node->type) {
	case XTCP_NODE_CONN:
		conn_line((struct sock *)xtcp_node_xs(node), l);
		break;
	case XTCP_NODE_REQUEST:
		request_line(container_of(node, struct xtcp_request, node), l);
		break;
	case XTCP_NODE_TIMEWAIT:
		timewait_line(container_of(node, struct xtcp_timewait, node), l);
		break;
	}
}

static void put_end(struct seq_file *f, sa_family_t family, const struct in6_addr *addr, u16 port)
{
	const u32 *word = (__force const u32 *)addr->s6_addr32;

	if (family == AF_INET)
		seq_printf(f, " %08X:%04X", word[3], port);
	else
		seq_printf(f, " %08X%08X%08X%08X:%04X", word[0], word[1], word[2], word[3], port);
}

static void put_line(struct seq_file *f, sa_family_t family, unsigned int nr, const struct line *l)
{
	u64 now_us = xtcp_now_us();
	u64 left_us = l->timer && l->timer_at_us > now_us ? l->timer_at_us - now_us : 0;

	seq_printf(f, "%4u:", nr);
	put_end(f, family, &l->tuple->laddr, l->tuple->lport);
	put_end(f, family, &l->tuple->raddr, l->tuple->rport);
	seq_printf(f, " %02X %08X:%08X %02X:%08X %08X %5u %8d %lu %d %pK",
		   l->state, l->tx_queue, l->rx_queue, l->timer, ticks(left_us), l->retransmits,
		   from_kuid_munged(seq_user_ns(f), l->uid), l->probes, l->inode, l->refs,
		   l->object);
	if (l->full)
		seq_printf(f, " %u %u %u %u %d", ticks(l->rto_us), ticks(l->ato_us), l->quick,
			   l->cwnd, l->ssthresh);
}

static sa_family_t family_of(struct seq_file *f)
{
	return (uintptr_t)pde_data(file_inode(f->file));
}

static int show(struct seq_file *f, void *v)
{
	struct line l = { .uid = GLOBAL_ROOT_UID };
	struct xtcp_reader *r = f->private;
	sa_family_t family = family_of(f);

	seq_setwidth(f, family == AF_INET ? XTCP_LINE_WIDTH : 0);
	if (v == SEQ_START_TOKEN) {
		if (family == AF_INET)
			seq_puts(f, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
		else
			seq_puts(f, "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
	} else {
		if (r->sk)
			listener_line(r->sk, &l);
		else
			node_line(r->node, &l);
		put_line(f, family, r->pos - 1, &l);
	}
	seq_pad(f, '\n');
	return 0;
}

static sa_family_t request_family(const struct xtcp_request *req)
{
	sa_family_t family;

	rcu_read_lock();
	family = READ_ONCE(req->listener)->sk_family;
	rcu_read_unlock();
	return family;
}

/* Whose line it is: a request is its listener's, as in Linux. */
static sa_family_t node_family(const struct xtcp_node *node)
{
	switch (node->type) {
	case XTCP_NODE_REQUEST:
		return request_family(container_of(node, struct xtcp_request, node));
	case XTCP_NODE_TIMEWAIT:
		return ipv6_addr_v4mapped(&node->tuple.raddr) ? AF_INET : AF_INET6;
	default:
		return container_of(node, struct xtcp_sock, node)->inet.sk.sk_family;
	}
}

static void let_go(struct xtcp_reader *r)
{
	if (r->sk)
		sock_put(r->sk);
	if (r->node)
		xtcp_node_put(r->node);
	r->sk = NULL;
	r->node = NULL;
}

/* Takes the entry at the cursor, or the first of the family behind it. */
static void *take(struct seq_file *f)
{
	struct xtcp_reader *r = f->private;
	struct net *net = seq_file_net(f);
	sa_family_t family = family_of(f);

	while (!r->in_nodes) {
		r->sk = xtcp_listener_next(net, &r->at);
		if (!r->sk) {
			r->in_nodes = true;
			r->at = (struct xtcp_cursor){};
		} else if (r->sk->sk_family != family) {
			r->at.index++;
			let_go(r);
		} else {
			return r;
		}
	}
	while ((r->node = xtcp_node_next(net, &r->at))) {
		if (node_family(r->node) == family)
			return r;
		r->at.index++;
		let_go(r);
	}
	return NULL;
}

static void *take_next(struct seq_file *f)
{
	struct xtcp_reader *r = f->private;

	let_go(r);
	r->at.index++;
	r->pos++;
	return take(f);
}

static void *start(struct seq_file *f, loff_t *pos)
{
	struct xtcp_reader *r = f->private;
	void *v;

	if (*pos && *pos == r->pos)
		return take(f);
	r->at = (struct xtcp_cursor){};
	r->in_nodes = false;
	r->pos = 1;
	if (!*pos)
		return SEQ_START_TOKEN;
	for (v = take(f); v && r->pos < *pos; v = take_next(f))
		;
	return v;
}

static void *next(struct seq_file *f, void *v, loff_t *pos)
{
	struct xtcp_reader *r = f->private;

	v = v == SEQ_START_TOKEN ? take(f) : take_next(f);
	*pos = r->pos;
	return v;
}

static void stop(struct seq_file *f, void *v)
{
	let_go(f->private);
}

static const struct seq_operations ops = {
	.start = start,
	.next = next,
	.stop = stop,
	.show = show,
};

int xtcp_proc_net_init(struct xtcp_net *xn)
{
	struct proc_dir_entry *dir = xn->net->proc_net;

	if (!proc_create_net_data("xtcp", 0444, dir, &ops, sizeof(struct xtcp_reader),
				  (void *)AF_INET))
		return -ENOMEM;
	if (!proc_create_net_data("xtcp6", 0444, dir, &ops, sizeof(struct xtcp_reader),
				  (void *)AF_INET6))
		goto out_xtcp;
	if (xtcp_proc_stat_net_init(xn))
		goto out_xtcp6;
	return 0;

out_xtcp6:
	remove_proc_entry("xtcp6", dir);
out_xtcp:
	remove_proc_entry("xtcp", dir);
	return -ENOMEM;
}

void xtcp_proc_net_exit(struct xtcp_net *xn)
{
	xtcp_proc_stat_net_exit(xn);
	remove_proc_entry("xtcp6", xn->net->proc_net);
	remove_proc_entry("xtcp", xn->net->proc_net);
}
