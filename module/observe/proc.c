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
#include <net/net_namespace.h>
#include <xtcp/netns.h>
#include "view.h"

#define XTCP_LINE_WIDTH	149	/* of /proc/net/tcp, without the newline */

/**
 * struct xtcp_reader - an open file
 * @p: namespace
 * @at: place in the tables
 * @pos: number of the entry there, from 1
 */
struct xtcp_reader {
	struct seq_net_private p;
	struct xtcp_view_at at;
	loff_t pos;
};

static u32 ticks(u64 us)
{
	return div_u64(us, XTCP_USEC_PER_SEC / USER_HZ);
}

static void put_end(struct seq_file *f, sa_family_t family, const struct in6_addr *addr, u16 port)
{
	const u32 *word = (__force const u32 *)addr->s6_addr32;

	if (family == AF_INET)
		seq_printf(f, " %08X:%04X", word[3], port);
	else
		seq_printf(f, " %08X%08X%08X%08X:%04X", word[0], word[1], word[2], word[3], port);
}

static void put_line(struct seq_file *f, sa_family_t family, unsigned int nr,
		     const struct xtcp_view *v)
{
	u64 now_us = xtcp_now_us();
	u64 left_us = v->timer && v->timer_at_us > now_us ? v->timer_at_us - now_us : 0;

	seq_printf(f, "%4u:", nr);
	put_end(f, family, &v->tuple->laddr, v->tuple->lport);
	put_end(f, family, &v->tuple->raddr, v->tuple->rport);
	seq_printf(f, " %02X %08X:%08X %02X:%08X %08X %5u %8d %lu %d %pK",
		   v->state, v->tx_queue, v->rx_queue, v->timer, ticks(left_us), v->retransmits,
		   from_kuid_munged(seq_user_ns(f), v->uid), v->probes, v->inode, v->refs,
		   v->object);
	if (v->full)
		seq_printf(f, " %u %u %u %u %d", ticks(v->rto_us), ticks(v->ato_us), v->quick,
			   v->cwnd, v->ssthresh);
}

static sa_family_t family_of(struct seq_file *f)
{
	return (uintptr_t)pde_data(file_inode(f->file));
}

static int show(struct seq_file *f, void *token)
{
	struct xtcp_reader *r = f->private;
	sa_family_t family = family_of(f);
	struct xtcp_view v;

	seq_setwidth(f, family == AF_INET ? XTCP_LINE_WIDTH : 0);
	if (token == SEQ_START_TOKEN) {
		if (family == AF_INET)
			seq_puts(f, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
		else
			seq_puts(f, "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
	} else {
		xtcp_view_fill(&r->at, &v);
		put_line(f, family, r->pos - 1, &v);
	}
	seq_pad(f, '\n');
	return 0;
}

/* Takes the next of the family. */
static void *take(struct seq_file *f)
{
	struct xtcp_reader *r = f->private;

	while (xtcp_view_next(seq_file_net(f), &r->at))
		if (xtcp_view_family(&r->at) == family_of(f))
			return r;
	return NULL;
}

static void *take_next(struct seq_file *f)
{
	struct xtcp_reader *r = f->private;

	r->pos++;
	return take(f);
}

static void *start(struct seq_file *f, loff_t *pos)
{
	struct xtcp_reader *r = f->private;
	void *v;

	if (*pos && *pos == r->pos)
		return take(f);
	r->at = (struct xtcp_view_at){};
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
	struct xtcp_reader *r = f->private;

	xtcp_view_let_go(&r->at);
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
