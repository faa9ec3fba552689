// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tunables of a network namespace, /proc/sys/net/xtcp/, made of the rows of
 * sysctl_defs.h. Called by netns.c.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>
#include <xtcp/cc.h>
#include <xtcp/compat.h>
#include <xtcp/compat_core.h>
#include <xtcp/congestion.h>
#include <xtcp/fastopen.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>

/* A row; nr is how many numbers it has: 1 or 3. */
struct knob {
	const char *name;
	size_t offset;
	u32 nr;
	u32 def[XTCP_THREE];
	u32 min;
	u32 max;
};

#define OFFSET(name) offsetof(struct xtcp_sysctls, name)

static const struct knob knobs[] = {
#define XTCP_SYSCTL(name, unit, def, min, max, meaning) \
	{ #name, OFFSET(name), 1, { def }, min, max },
#define XTCP_SYSCTL_VEC(name, unit, least, initial, most, min, max, meaning) \
	{ #name, OFFSET(name), XTCP_THREE, { least, initial, most }, min, max },
#include <xtcp/defs/sysctl_defs.h>
#undef XTCP_SYSCTL
#undef XTCP_SYSCTL_VEC
};

static u32 *value_of(struct xtcp_net *xn, const struct knob *knob)
{
	return (u32 *)((char *)&xn->env.knob + knob->offset);
}

/* The kernel says -ERANGE where it knows no such value; here it is -EINVAL. */
static int write_knob(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
		      size_t *len, loff_t *pos)
{
	int err = proc_douintvec_minmax(table, write, buffer, len, pos);

	return err == -ERANGE ? -EINVAL : err;
}

/* Who writes it, be it the same value, wants Fast Open to be tried again (as in Linux). */
static int write_pause(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
		       size_t *len, loff_t *pos)
{
	struct xtcp_net *xn = container_of(table->data, struct xtcp_net,
					   env.knob.fastopen_blackhole_timeout_sec);
	int err = write_knob(table, write, buffer, len, pos);

	if (!err && write)
		xtcp_fastopen_resume(xn->net);
	return err;
}

static int write_unsent(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
			size_t *len, loff_t *pos)
{
	if (write)
		xtcp_bound_unsent();
	return write_knob(table, write, buffer, len, pos);
}

/*
 * The default of the namespace may be what everybody may use; only the first
 * namespace makes another one that by choosing it.
 */
static int set_default(struct xtcp_net *xn, const char *name)
{
	bool first = net_eq(xn->net, &init_net);
	const struct xtcp_cc_ops *cc;

	xtcp_congestion_load(name);
	cc = xtcp_congestion_get(name, first);
	if (IS_ERR(cc))
		return PTR_ERR(cc);
	if (first)
		xtcp_congestion_allow_also(cc);
	xtcp_congestion_put(xchg(&xn->env.cc, cc));
	return 0;
}

/* All of the numbers that are written take effect, or none of them. */
static int write_three(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
		       size_t *len, loff_t *pos)
{
	u32 *value = table->data;
	int copy[XTCP_THREE];
	struct ctl_table three = *table;
	int err, i;

	for (i = 0; i < XTCP_THREE; i++)
		copy[i] = READ_ONCE(value[i]);
	three.data = copy;
	err = proc_dointvec_minmax(&three, write, buffer, len, pos);
	for (i = 0; !err && write && i < XTCP_THREE; i++)
		WRITE_ONCE(value[i], copy[i]);
	return err;
}

/* Name of the algorithm of new connections. -ENOENT for an unknown one, as in Linux. */
static int congestion_control(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
			      size_t *len, loff_t *pos)
{
	struct xtcp_net *xn = container_of(table->data, struct xtcp_net, env);
	char name[XTCP_CC_NAME_MAX];
	struct ctl_table text = { .data = name, .maxlen = sizeof(name) };
	int err;

	rcu_read_lock();
	strscpy(name, READ_ONCE(xn->env.cc)->name, sizeof(name));
	rcu_read_unlock();
	err = proc_dostring(&text, write, buffer, len, pos);
	return err || !write ? err : set_default(xn, name);
}

/* Bytes of a list of names, as much as fits 64 of the longest ones. */
#define NAMES_MAX (64 * XTCP_CC_NAME_MAX)

static int list_names(int write, void *buffer, size_t *len, loff_t *pos, bool allowed_only)
{
	struct ctl_table text = { .maxlen = NAMES_MAX };
	int err;

	text.data = kmalloc(NAMES_MAX, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;
	xtcp_congestion_names(text.data, NAMES_MAX, allowed_only);
	err = proc_dostring(&text, write, buffer, len, pos);
	if (!err && write)
		err = xtcp_congestion_allow(text.data);
	kfree(text.data);
	return err;
}

static int available_congestion_control(XTCP_CTL_CONST struct ctl_table *table, int write,
					void *buffer, size_t *len, loff_t *pos)
{
	return list_names(false, buffer, len, pos, false);
}

static int allowed_congestion_control(XTCP_CTL_CONST struct ctl_table *table, int write,
				      void *buffer, size_t *len, loff_t *pos)
{
	return list_names(write, buffer, len, pos, true);
}

#define KEY_WORDS (XTCP_FASTOPEN_KEY / sizeof(u32))
/* In hexadecimal, with a mark behind each word. */
#define KEY_TEXT (XTCP_FASTOPEN_KEYS * KEY_WORDS * 9)

static void print_keys(struct xtcp_net *xn, char *text)
{
	u8 bytes[XTCP_FASTOPEN_KEYS * XTCP_FASTOPEN_KEY];
	u32 len = xtcp_fastopen_keys_get(&xn->fastopen_keys, bytes);
	u32 i;

	for (i = 0; i < len / sizeof(u32); i++)
		text += sprintf(text, "%s%08x", i % KEY_WORDS ? "-" : i ? "," :
									  "",
				get_unaligned_le32(bytes + i * sizeof(u32)));
}

/* One key or two; the second one opens what it has made before. */
static int parse_keys(struct xtcp_net *xn, char *text)
{
	u8 bytes[XTCP_FASTOPEN_KEYS * XTCP_FASTOPEN_KEY];
	struct xtcp_fastopen_keys *keys;
	u32 word[KEY_WORDS], len, i;
	char *key;

	for (len = 0; (key = strsep(&text, ",")); len += XTCP_FASTOPEN_KEY) {
		if (len == sizeof(bytes) || sscanf(key, "%x-%x-%x-%x", word, word + 1, word + 2,
						   word + 3) != KEY_WORDS)
			return -EINVAL;
		for (i = 0; i < KEY_WORDS; i++)
			put_unaligned_le32(word[i], bytes + len + i * sizeof(u32));
	}
	keys = xtcp_fastopen_keys_new(bytes, len);
	if (!keys)
		return -ENOMEM;
	xtcp_fastopen_keys_set(&xn->fastopen_keys, keys);
	return 0;
}

static int fastopen_key(XTCP_CTL_CONST struct ctl_table *table, int write, void *buffer,
			size_t *len, loff_t *pos)
{
	struct xtcp_net *xn = container_of(table->data, struct xtcp_net, env);
	char text[KEY_TEXT + 1];
	struct ctl_table row = { .data = text, .maxlen = sizeof(text) };
	int err;

	print_keys(xn, text);
	err = proc_dostring(&row, write, buffer, len, pos);
	return err || !write ? err : parse_keys(xn, text);
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
	{
		.procname = "allowed_congestion_control",
		.mode = 0644,
		.proc_handler = allowed_congestion_control,
	},
	{
		.procname = "fastopen_key",
		.mode = 0600,
		.proc_handler = fastopen_key,
	},
};

/* One list for all namespaces: the first one writes it. */
static umode_t mode_of(const struct ctl_table *text, const struct net *net)
{
	bool shared = text->proc_handler == allowed_congestion_control;

	return shared && !net_eq(net, &init_net) ? 0444 : text->mode;
}

/* Pages of all sockets: low, pressure, high. */
static const struct ctl_table mem_row = {
	.procname = "mem",
	.data = xtcp_mem_limits,
	.maxlen = sizeof(xtcp_mem_limits),
	.mode = 0644,
	.proc_handler = proc_doulongvec_minmax,
};

#define NR_TEXT_ROWS (ARRAY_SIZE(knobs) + ARRAY_SIZE(texts))

/* The first namespace also has "mem", which is that of all. */
static size_t nr_rows(const struct xtcp_net *xn)
{
	return NR_TEXT_ROWS + net_eq(xn->net, &init_net);
}

/* One socket takes a 128th of memory at most, unless it is asked to take more. */
static void bound_by_memory(struct xtcp_sysctls *k)
{
	u64 share = (u64)nr_free_buffer_pages() << (PAGE_SHIFT - 7);

	k->rmem[XTCP_MOST] = max_t(u64, k->rmem[XTCP_INITIAL],
				   min_t(u64, k->rmem[XTCP_MOST], share));
	k->wmem[XTCP_MOST] = max_t(u64, 65536, min_t(u64, k->wmem[XTCP_MOST], share));
}

/* A new namespace begins with what the first one has at the time. */
static void set_defaults(struct xtcp_net *xn)
{
	const struct knob *knob;

	if (!net_eq(xn->net, &init_net)) {
		xn->env.knob = xtcp_net(&init_net)->env.knob;
		rcu_read_lock();
		xn->env.cc = xtcp_congestion_take(READ_ONCE(xtcp_net(&init_net)->env.cc));
		rcu_read_unlock();
		return;
	}
	xn->env.cc = xtcp_cc_find(NULL);
	for (knob = knobs; knob < knobs + ARRAY_SIZE(knobs); knob++)
		memcpy(value_of(xn, knob), knob->def, knob->nr * sizeof(u32));
	bound_by_memory(&xn->env.knob);
	/* The kernel's accounting knows one least buffer for all namespaces. */
	xtcp_prot.sysctl_rmem = (int *)&xn->env.knob.rmem[XTCP_LEAST];
	xtcp_prot.sysctl_wmem = (int *)&xn->env.knob.wmem[XTCP_LEAST];
}

static void fill_row(struct ctl_table *row, const struct knob *knob, u32 *value)
{
	row->procname = knob->name;
	row->data = value;
	row->maxlen = knob->nr * sizeof(u32);
	row->mode = 0644;
	row->proc_handler = knob->nr == 1 ? write_knob : write_three;
	if (knob->offset == OFFSET(fastopen_blackhole_timeout_sec))
		row->proc_handler = write_pause;
	if (knob->offset == OFFSET(notsent_lowat))
		row->proc_handler = write_unsent;
	row->extra1 = (void *)&knob->min;
	row->extra2 = (void *)&knob->max;
}

static struct ctl_table *make_table(struct xtcp_net *xn)
{
	struct ctl_table *table;
	u32 i;

	/* One more, empty: kernels before 6.6 end there. */
	table = kcalloc(nr_rows(xn) + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		fill_row(&table[i], &knobs[i], value_of(xn, &knobs[i]));
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		table[ARRAY_SIZE(knobs) + i] = texts[i];
		table[ARRAY_SIZE(knobs) + i].data = &xn->env;
		table[ARRAY_SIZE(knobs) + i].mode = mode_of(&texts[i], xn->net);
	}
	if (nr_rows(xn) > NR_TEXT_ROWS)
		table[NR_TEXT_ROWS] = mem_row;
	return table;
}

int xtcp_sysctl_net_init(struct xtcp_net *xn)
{
	set_defaults(xn);
	xn->sysctl_table = make_table(xn);
	if (!xn->sysctl_table)
		goto out_cc;
	xn->sysctl_header = xtcp_register_sysctl(xn->net, "net/xtcp", xn->sysctl_table,
						 nr_rows(xn));
	if (!xn->sysctl_header)
		goto out_table;
	return 0;

out_table:
	kfree(xn->sysctl_table);
out_cc:
	xtcp_congestion_put(xn->env.cc);
	return -ENOMEM;
}

void xtcp_sysctl_net_exit(struct xtcp_net *xn)
{
	unregister_net_sysctl_table(xn->sysctl_header);
	kfree(xn->sysctl_table);
	xtcp_congestion_put(xn->env.cc);
}
