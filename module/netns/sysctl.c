// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunables of a network namespace, /proc/sys/net/xtcp/, made of the rows of
 * sysctl_defs.h. Called by netns.c.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <xtcp/cc.h>
#include <xtcp/compat.h>
#include <xtcp/netns.h>

struct knob {
	const char *name;
	u32 def;
	u32 min;
	u32 max;
};

static const struct knob knobs[] = {
#define XTCP_SYSCTL(name, unit, def, min, max, meaning) { #name, def, min, max },
#include <xtcp/defs/sysctl_defs.h>
#undef XTCP_SYSCTL
};

/* The fields of struct xtcp_sysctls, in the order of the rows. */
static u32 *values(struct xtcp_sysctls *knob)
{
	BUILD_BUG_ON(sizeof(*knob) != ARRAY_SIZE(knobs) * sizeof(u32));
	return (u32 *)knob;
}

/* The kernel says -ERANGE where it knows no such value; here it is -EINVAL. */
static int write_knob(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
		      size_t *len, loff_t *pos)
{
	int err = proc_douintvec_minmax(table, write, buffer, len, pos);

	return err == -ERANGE ? -EINVAL : err;
}

/* Name of the algorithm of new connections. -ENOENT for an unknown one, as in Linux. */
static int congestion_control(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
			      size_t *len, loff_t *pos)
{
	struct xtcp_env *env = table->data;
	const struct xtcp_cc_ops *cc = READ_ONCE(env->cc);
	char name[XTCP_CC_NAME_MAX];
	struct ctl_table text = { .data = name, .maxlen = sizeof(name) };
	int err;

	strscpy(name, cc->name, sizeof(name));
	err = proc_dostring(&text, write, buffer, len, pos);
	if (err || !write)
		return err;
	cc = xtcp_cc_find(name);
	if (!cc)
		return -ENOENT;
	WRITE_ONCE(env->cc, cc);
	return 0;
}

static int available_congestion_control(XTCP_CTL_CONST struct ctl_table *table, int write,
					void *buffer, size_t *len, loff_t *pos)
{
	char names[128] = "";
	struct ctl_table text = { .data = names, .maxlen = sizeof(names) };
	const struct xtcp_cc_ops *cc;
	unsigned int i;
	int at = 0;

	for (i = 0; (cc = xtcp_cc_nth(i)); i++)
		at += scnprintf(names + at, sizeof(names) - at, "%s%s", i ? " " : "", cc->name);
	return proc_dostring(&text, write, buffer, len, pos);
}

/* Tunables that are no numbers. Their data is the namespace's struct xtcp_env. */
static const struct ctl_table texts[] = {
	{
		.procname = "congestion_control",
		.mode = 0644,
		.proc_handler = congestion_control,
	},
	{
		.procname = "available_congestion_control",
		.mode = 0444,
		.proc_handler = available_congestion_control,
	},
};

#define NR_ROWS (ARRAY_SIZE(knobs) + ARRAY_SIZE(texts))

/* A new namespace begins with what the first one has at the time. */
static void set_defaults(struct xtcp_net *xn)
{
	u32 *to = values(&xn->env.knob);
	u32 i;

	if (!net_eq(xn->net, &init_net)) {
		xn->env.knob = xtcp_net(&init_net)->env.knob;
		xn->env.cc = READ_ONCE(xtcp_net(&init_net)->env.cc);
		return;
	}
	xn->env.cc = xtcp_cc_find(NULL);
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		to[i] = knobs[i].def;
}

static struct ctl_table *make_table(struct xtcp_net *xn)
{
	u32 *data = values(&xn->env.knob);
	struct ctl_table *table;
	u32 i;

	/* One more, empty: kernels before 6.6 end there. */
	table = kcalloc(NR_ROWS + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		table[i].procname = knobs[i].name;
		table[i].data = &data[i];
		table[i].maxlen = sizeof(u32);
		table[i].mode = 0644;
		table[i].proc_handler = write_knob;
		table[i].extra1 = (void *)&knobs[i].min;
		table[i].extra2 = (void *)&knobs[i].max;
	}
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		table[ARRAY_SIZE(knobs) + i] = texts[i];
		table[ARRAY_SIZE(knobs) + i].data = &xn->env;
	}
	return table;
}

int xtcp_sysctl_net_init(struct xtcp_net *xn)
{
	set_defaults(xn);
	xn->sysctl_table = make_table(xn);
	if (!xn->sysctl_table)
		return -ENOMEM;
	xn->sysctl_header = xtcp_register_sysctl(xn->net, "net/xtcp", xn->sysctl_table,
						 NR_ROWS);
	if (!xn->sysctl_header) {
		kfree(xn->sysctl_table);
		return -ENOMEM;
	}
	return 0;
}

void xtcp_sysctl_net_exit(struct xtcp_net *xn)
{
	unregister_net_sysctl_table(xn->sysctl_header);
	kfree(xn->sysctl_table);
}
