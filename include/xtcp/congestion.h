/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registry of congestion control algorithms, those of xtcp and those of
 * other modules (netns/congestion.c). It is one for all network namespaces.
 *
 * Whoever keeps an algorithm has a reference on its module: each socket, for
 * struct xtcp_sock.cc, and each namespace, for its default. Half-open
 * connections and TIME-WAITs have none.
 */
#ifndef _XTCP_CONGESTION_H
#define _XTCP_CONGESTION_H

#include <linux/types.h>

struct xtcp_cc_ops;

int xtcp_congestion_setup(void);
void xtcp_congestion_teardown(void);

/*
 * By name, with a reference. -ENOENT: there is none; -EPERM: it is not one of
 * the allowed ones, unless any will do; -EBUSY: its module is going.
 */
const struct xtcp_cc_ops *xtcp_congestion_get(const char *name, bool any);

/*
 * Before that: if there is none of the name, and the caller may do that, looks
 * for a module that brings it, "xtcp-cc-NAME". Sleeps, without any lock.
 */
void xtcp_congestion_load(const char *name);

/*
 * A reference on what somebody else keeps, read in the same RCU section. The
 * default of xtcp if its module is going.
 */
const struct xtcp_cc_ops *xtcp_congestion_take(const struct xtcp_cc_ops *ops);

/* Harmless for NULL. */
void xtcp_congestion_put(const struct xtcp_cc_ops *ops);

/* Names in order of registration, with blanks between them. */
void xtcp_congestion_names(char *names, size_t size, bool allowed_only);

/* These and no others are allowed from now on; -ENOENT if one is unknown. Spoils names. */
int xtcp_congestion_allow(char *names);

/* This one, too. */
void xtcp_congestion_allow_also(const struct xtcp_cc_ops *ops);

#endif /* _XTCP_CONGESTION_H */
