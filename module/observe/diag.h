/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of sock_diag share: whom a program of INET_DIAG_REQ_BYTECODE
 * lets through (diag_filter.c), and the answers (diag_put.c).
 */
#ifndef _XTCP_DIAG_H
#define _XTCP_DIAG_H

#include <linux/inet_diag.h>
#include <net/netlink.h>
#include "view.h"

/**
 * struct xtcp_diag_entry - what such a program may ask about
 * @tuple: ends
 * @family: AF_INET or AF_INET6
 * @dev: interface that it is bound to, or 0
 * @mark: of its segments; 0 for who may not know
 * @user_port: the user has chosen the local port
 */
struct xtcp_diag_entry {
	const struct xtcp_tuple *tuple;
	sa_family_t family;
	int dev;
	u32 mark;
	bool user_port;
};

/* 0, or -EINVAL for a program that is none; privileged ones may ask for marks, or -EPERM. */
int xtcp_diag_filter_check(const struct nlattr *program, bool privileged);
/* Does the program let it through? NULL does. */
bool xtcp_diag_filter_passes(const struct nlattr *program, const struct xtcp_diag_entry *e);

/**
 * struct xtcp_diag_asked - a request and who made it
 * @req: what is wanted
 * @program: INET_DIAG_REQ_BYTECODE, or NULL
 * @net: namespace
 * @user_ns: in which uids are told
 * @portid: netlink port for the answers
 * @seq: their sequence number
 * @flags: theirs
 * @privileged: may know of marks
 */
struct xtcp_diag_asked {
	const struct inet_diag_req_v2 *req;
	const struct nlattr *program;
	struct net *net;
	struct user_namespace *user_ns;
	u32 portid;
	u32 seq;
	u16 flags;
	bool privileged;
};

/* diag_put.c */
/* Into id, which is zeroed. */
void xtcp_diag_put_id(struct inet_diag_sockid *id, const struct xtcp_view_at *at);
/* Appends an answer about an entry: 0, or -EMSGSIZE if skb has no room for it. */
int xtcp_diag_tell(struct sk_buff *skb, const struct xtcp_view_at *at,
		   const struct xtcp_diag_asked *a);

#endif /* _XTCP_DIAG_H */
