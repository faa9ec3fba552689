// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunables of a network namespace, /proc/sys/net/xtcp/, made of the rows of
 * sysctl_defs.h. Called by netns.c.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
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

/* A new namespace begins with what the first one has at the time. */
static void set_defaults(struct xtcp_net *xn)
{
	u32 *to = values(&xn->env.knob);
	u32 i;

	if (!net_eq(xn->net, &init_net)) {
		xn->env.knob = xtcp_net(&init_net)->env.knob;
		return;
	}
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		to[i] = knobs[i].def;
}

static struct ctl_table *make_table(struct xtcp_net *xn)
{
	u32 *data = values(&xn->env.knob);
	struct ctl_table *table;
	u32 i;

	/* One more, empty: kernels before 6.6 end there. */
	table = kcalloc(ARRAY_SIZE(knobs) + 1, sizeof(*table), GFP_KERNEL);
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
	return table;
}

int xtcp_sysctl_net_init(struct xtcp_net *xn)
{
	set_defaults(xn);
	xn->sysctl_table = make_table(xn);
	if (!xn->sysctl_table)
		return -ENOMEM;
	xn->sysctl_header = xtcp_register_sysctl(xn->net, "net/xtcp", xn->sysctl_table,
						 ARRAY_SIZE(knobs));
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
