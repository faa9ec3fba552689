// SPDX-License-Identifier: GPL-2.0-only
/*
 * The congestion control algorithms by name.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <xtcp/cc.h>

static const struct xtcp_cc_ops *const algorithms[] = {
#define XTCP_CC(name) &xtcp_cc_##name,
#include <xtcp/defs/cc_defs.h>
#undef XTCP_CC
};

/* NULL asks for the default. */
const struct xtcp_cc_ops *xtcp_cc_find(const char *name)
{
	unsigned int i;

	if (!name)
		return algorithms[0];
	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (!strcmp(algorithms[i]->name, name))
			return algorithms[i];
	}
	return NULL;
}
