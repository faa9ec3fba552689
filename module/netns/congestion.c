// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry of congestion control algorithms (congestion.h), and what
 * modules with an algorithm of their own call (cc.h, docs/congestion.md).
 *
 * Readers walk the list under RCU. What leaves it is waited for, so that who
 * has found an algorithm there, or with another user of it, may still ask for
 * its module.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kmod.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xtcp/cc.h>
#include <xtcp/congestion.h>

/**
 * struct algorithm - one that is registered
 * @node: in the list
 * @ops: what it is
 * @allowed: users without CAP_NET_ADMIN may choose it
 */
struct algorithm {
	struct list_head node;
	const struct xtcp_cc_ops *ops;
	bool allowed;
};

static LIST_HEAD(algorithms);
static DEFINE_MUTEX(writers);		/* guards the list and allowed */

/* Under RCU or as a writer. */
static struct algorithm *find(const char *name)
{
	struct algorithm *a;

	list_for_each_entry_rcu(a, &algorithms, node, lockdep_is_held(&writers)) {
		if (!strcmp(a->ops->name, name))
			return a;
	}
	return NULL;
}

static int add(const struct xtcp_cc_ops *ops, bool allowed)
{
	struct algorithm *a = kmalloc(sizeof(*a), GFP_KERNEL);
	int err = -EEXIST;

	if (!a)
		return -ENOMEM;
	a->ops = ops;
	a->allowed = allowed;
	mutex_lock(&writers);
	if (!find(ops->name)) {
		list_add_tail_rcu(&a->node, &algorithms);
		err = 0;
	}
	mutex_unlock(&writers);
	if (err)
		kfree(a);
	return err;
}

int xtcp_cc_register(const struct xtcp_cc_ops *ops)
{
	if (!ops->owner || !xtcp_cc_is_whole(ops))
		return -EINVAL;
	return add(ops, false);
}
EXPORT_SYMBOL_GPL(xtcp_cc_register);

void xtcp_cc_unregister(const struct xtcp_cc_ops *ops)
{
	struct algorithm *a;

	mutex_lock(&writers);
	a = find(ops->name);
	if (a && a->ops == ops)
		list_del_rcu(&a->node);
	else
		a = NULL;
	mutex_unlock(&writers);
	synchronize_rcu();
	kfree(a);
}
EXPORT_SYMBOL_GPL(xtcp_cc_unregister);

/* For algorithms in other modules; the tests have cc objects of their own. */
EXPORT_SYMBOL_GPL(xtcp_cc_may_grow);
EXPORT_SYMBOL_GPL(xtcp_cc_slow_start);
EXPORT_SYMBOL_GPL(xtcp_hystart_applies);
EXPORT_SYMBOL_GPL(xtcp_hystart_on_ack);

/* The default and Reno are for everybody, as in Linux. */
int xtcp_congestion_setup(void)
{
	const struct xtcp_cc_ops *ops;
	unsigned int i;
	int err;

	for (i = 0; (ops = xtcp_cc_nth(i)); i++) {
		err = add(ops, ops == xtcp_cc_find(NULL) || ops == &xtcp_cc_reno);
		if (err) {
			xtcp_congestion_teardown();
			return err;
		}
	}
	return 0;
}

/* Those of other modules are gone: each holds xtcp by the symbols that it uses. */
void xtcp_congestion_teardown(void)
{
	struct algorithm *a, *next;

	list_for_each_entry_safe(a, next, &algorithms, node) {
		list_del(&a->node);
		kfree(a);
	}
}

static const struct xtcp_cc_ops *get(const struct algorithm *a, bool any)
{
	if (!a)
		return ERR_PTR(-ENOENT);
	if (!any && !READ_ONCE(a->allowed))
		return ERR_PTR(-EPERM);
	return try_module_get(a->ops->owner) ? a->ops : ERR_PTR(-EBUSY);
}

const struct xtcp_cc_ops *xtcp_congestion_get(const char *name, bool any)
{
	const struct xtcp_cc_ops *ops;

	rcu_read_lock();
	ops = get(find(name), any);
	rcu_read_unlock();
	return ops;
}

void xtcp_congestion_load(const char *name)
{
	bool known;

	rcu_read_lock();
	known = find(name);
	rcu_read_unlock();
	/* In the first user namespace, as it is the host that gets a module. */
	if (!known && xtcp_cc_is_name(name) && capable(CAP_NET_ADMIN))
		request_module("xtcp-cc-%s", name);
}

const struct xtcp_cc_ops *xtcp_congestion_take(const struct xtcp_cc_ops *ops)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "the algorithm may go");
	return try_module_get(ops->owner) ? ops : xtcp_cc_find(NULL);
}

void xtcp_congestion_put(const struct xtcp_cc_ops *ops)
{
	if (ops)
		module_put(ops->owner);
}

void xtcp_congestion_names(char *names, size_t size, bool allowed_only)
{
	const struct algorithm *a;
	size_t at = 0;

	names[0] = '\0';
	rcu_read_lock();
	list_for_each_entry_rcu(a, &algorithms, node) {
		if (!allowed_only || READ_ONCE(a->allowed))
			at += scnprintf(names + at, size - at, "%s%s", at ? " " : "",
					a->ops->name);
	}
	rcu_read_unlock();
}

static bool all_known(char *names)
{
	char *name;
	bool known = true;

	while (known && (name = strsep(&names, " ")))
		known = !*name || find(name);
	return known;
}

static void allow_only(char *names)
{
	struct algorithm *a;
	char *name;

	list_for_each_entry(a, &algorithms, node)
		WRITE_ONCE(a->allowed, false);
	while ((name = strsep(&names, " "))) {
		if (*name)
			WRITE_ONCE(find(name)->allowed, true);
	}
}

int xtcp_congestion_allow(char *names)
{
	char *copy = kstrdup(names, GFP_KERNEL);
	int err = -ENOENT;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&writers);
	if (all_known(copy)) {
		allow_only(names);
		err = 0;
	}
	mutex_unlock(&writers);
	kfree(copy);
	return err;
}

void xtcp_congestion_allow_also(const struct xtcp_cc_ops *ops)
{
	struct algorithm *a;

	mutex_lock(&writers);
	a = find(ops->name);
	if (a)
		WRITE_ONCE(a->allowed, true);
	mutex_unlock(&writers);
}
