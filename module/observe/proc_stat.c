// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/xtcp_snmp, xtcp_netstat and xtcp_sockstat: the counters of a
 * network namespace in the formats of snmp, netstat and sockstat. Called by
 * proc.c.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>

static const char *const mib_names[] = {
#define XTCP_MIB(name, shown, meaning) shown,
#include <xtcp/defs/mib_defs.h>
#undef XTCP_MIB
#define XTCP_DROP(name, skb_reason, counter, meaning) "XtcpDrop" counter,
#include <xtcp/defs/drop_defs.h>
#undef XTCP_DROP
};

/* The counters of snmp's "Tcp:" line, before and behind CurrEstab. */
static const u8 snmp_ids[] = {
	XTCP_MIB_ACTIVE_OPENS,
	XTCP_MIB_PASSIVE_OPENS,
	XTCP_MIB_ATTEMPT_FAILS,
	XTCP_MIB_ESTAB_RESETS,
	XTCP_MIB_IN_SEGS,
	XTCP_MIB_OUT_SEGS,
	XTCP_MIB_RETRANS_SEGS,
	XTCP_MIB_IN_ERRS,
	XTCP_MIB_OUT_RSTS,
	XTCP_MIB_IN_CSUM_ERRS,
};

#define XTCP_BEFORE_CURR_ESTAB	4

struct census {
	const struct net *net;
	u32 established;
};

static int count_established(struct xtcp_node *node, void *arg)
{
	struct census *census = arg;
	u8 state;

	if (node->net != census->net || node->type != XTCP_NODE_CONN)
		return 0;
	state = READ_ONCE(xtcp_node_xs(node)->conn.state);
	census->established += state == XTCP_ESTABLISHED || state == XTCP_CLOSE_WAIT;
	return 0;
}

static struct xtcp_net *file_net(struct seq_file *f)
{
	return xtcp_net((struct net *)f->private);
}

/* The first four columns are constants of RFC 4022: RtoAlgorithm 1 is "other". */
static int show_snmp(struct seq_file *f, void *v)
{
	const struct xtcp_net *xn = file_net(f);
	struct census census = { .net = xn->net };
	int i;

	xtcp_node_walk(count_established, &census);
	seq_puts(f, "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn");
	for (i = 0; i < ARRAY_SIZE(snmp_ids); i++)
		seq_printf(f, "%s %s", i == XTCP_BEFORE_CURR_ESTAB ? " CurrEstab" : "",
			   mib_names[snmp_ids[i]]);
	seq_printf(f, "\nTcp: 1 %u %u -1", xn->env.knob.rto_min_us / 1000,
		   xn->env.knob.rto_max_ms);
	for (i = 0; i < ARRAY_SIZE(snmp_ids); i++) {
		if (i == XTCP_BEFORE_CURR_ESTAB)
			seq_printf(f, " %u", census.established);
		seq_printf(f, " %lu", xtcp_mib_sum(xn, snmp_ids[i]));
	}
	seq_putc(f, '\n');
	return 0;
}

static bool is_in_snmp(u32 id)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(snmp_ids); i++)
		if (snmp_ids[i] == id)
			return true;
	return false;
}

static int show_netstat(struct seq_file *f, void *v)
{
	const struct xtcp_net *xn = file_net(f);
	u32 id;

	seq_puts(f, "TcpExt:");
	for (id = 0; id < XTCP_NR_MIBS; id++)
		if (!is_in_snmp(id))
			seq_printf(f, " %s", mib_names[id]);
	seq_puts(f, "\nTcpExt:");
	for (id = 0; id < XTCP_NR_MIBS; id++)
		if (!is_in_snmp(id))
			seq_printf(f, " %lu", xtcp_mib_sum(xn, id));
	seq_putc(f, '\n');
	return 0;
}

/* "alloc" and "mem", in pages, are those of all namespaces, as in Linux. */
static int show_sockstat(struct seq_file *f, void *v)
{
	const struct xtcp_net *xn = file_net(f);
	int inuse = atomic_read(&xn->nr_sockets);
	int alloc = inuse;
	long mem = 0;

	if (xtcp_prot.sockets_allocated)
		alloc = percpu_counter_sum_positive(xtcp_prot.sockets_allocated);
	if (xtcp_prot.memory_allocated)
		mem = atomic_long_read(xtcp_prot.memory_allocated);
	seq_printf(f, "TCP: inuse %d orphan %d tw %d alloc %d mem %ld\n", inuse,
		   atomic_read(&xn->nr_orphans), atomic_read(&xn->nr_timewaits), alloc, mem);
	return 0;
}

static const struct {
	const char *name;
	int (*show)(struct seq_file *f, void *v);
} files[] = {
	{ "xtcp_snmp", show_snmp },
	{ "xtcp_netstat", show_netstat },
	{ "xtcp_sockstat", show_sockstat },
};

int xtcp_proc_stat_net_init(struct xtcp_net *xn)
{
	struct proc_dir_entry *dir = xn->net->proc_net;
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (proc_create_net_single(files[i].name, 0444, dir, files[i].show, NULL))
			continue;
		while (i--)
			remove_proc_entry(files[i].name, dir);
		return -ENOMEM;
	}
	return 0;
}

void xtcp_proc_stat_net_exit(struct xtcp_net *xn)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		remove_proc_entry(files[i].name, xn->net->proc_net);
}
