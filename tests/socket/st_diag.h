/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sock_diag for the tests: requests and what comes back, of the family under
 * test. Owned by st_diag.c.
 */
#ifndef ST_DIAG_H
#define ST_DIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/xtcp_diag.h>
#include "st.h"

#define DIAG_ALL_STATES		0xfffU
#define DIAG_MAX		4096	/* bytes of one answer that are kept */

/* An answer; attributes are looked up in it. */
struct diag {
	struct inet_diag_msg msg;
	char attrs[DIAG_MAX];
	int len;			/* bytes of attrs */
};

/* A request for all states of the variant's client family. */
struct inet_diag_req_v2 diag_request(void);
/*
 * A dump: calls visit for each answer till it returns false. Returns how many came, or -errno.
 * code, of len bytes, is INET_DIAG_REQ_BYTECODE; NULL for none.
 */
int diag_dump(const struct inet_diag_req_v2 *req, const void *code, int len,
	      bool (*visit)(const struct diag *d, void *arg), void *arg);
/* How many a dump finds. */
int diag_count(const struct inet_diag_req_v2 *req, const void *code, int len);
/* The one that the request names: 0 or -errno. */
int diag_get(const struct inet_diag_req_v2 *req, struct diag *d);
/* SOCK_DESTROY: 0 or -errno. */
int diag_kill(const struct inet_diag_req_v2 *req);
/* The one with that local and peer's port, by a dump; fails the test if there is none. */
struct diag diag_find(int local, int peer, unsigned char ext);
bool diag_has(int local, int peer);
/* The request that names it, with its cookie. */
struct inet_diag_req_v2 diag_request_for(const struct diag *d, unsigned char ext);
/* An attribute's data, and its length in *len if len is not NULL; NULL if it is not there. */
const void *diag_attr(const struct diag *d, int type, int *len);

#endif
