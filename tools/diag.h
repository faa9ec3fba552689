/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the module for its sockets: sock_diag as <linux/xtcp_diag.h> has it. Every function that
 * can fail returns 0 or -1, with a sentence in struct diag.error.
 */
#ifndef _XTCP_TOOLS_DIAG_H
#define _XTCP_TOOLS_DIAG_H

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "../include/uapi/linux/xtcp_diag.h"

/* Numbers of /proc/net/tcp. */
enum diag_state {
#define XTCP_STATE(name, number) DIAG_##name = number,
#include "../include/xtcp/defs/state_defs.h"
#undef XTCP_STATE
	DIAG_NR_STATES = 12
};

enum diag_timer {
#define XTCP_TIMER(name, handler, meaning) DIAG_TIMER_##name,
#include "../include/xtcp/defs/timer_defs.h"
#undef XTCP_TIMER
	DIAG_NR_TIMERS
};

#define DIAG_BIT(state)	(1u << (state))

/* Of struct diag_socket.has: what the answer told. */
enum {
	DIAG_HAS_INFO		= 1 << 0,
	DIAG_HAS_SKMEM		= 1 << 1,
	DIAG_HAS_CONG		= 1 << 2,
	DIAG_HAS_TOS		= 1 << 3,
	DIAG_HAS_SHUTDOWN	= 1 << 4,
	DIAG_HAS_MARK		= 1 << 5,
	DIAG_HAS_CONN		= 1 << 6,
	DIAG_HAS_TIMERS		= 1 << 7,
	DIAG_HAS_LISTENER	= 1 << 8,
	DIAG_HAS_REQUEST	= 1 << 9,
};

/**
 * struct diag_end - one end of a connection
 * @addr: an IPv4 address is in the first 4 bytes
 * @port: in the order of the host
 */
struct diag_end {
	uint8_t addr[16];
	uint16_t port;
};

/**
 * struct diag_socket - a socket, a request or a TIME-WAIT
 * @id: as the kernel names it, for diag_get() and diag_kill()
 * @family: AF_INET or AF_INET6
 * @state: enum diag_state
 * @timer: the column "tr" of /proc/net/tcp, for what has no @timers
 * @retransmits: in a row
 * @timer_ms: until @timer, milliseconds
 * @rqueue: bytes to read; of a listener, connections to accept
 * @wqueue: bytes that are not acknowledged; of a listener, its backlog
 * @timers: microseconds until each, negative where it is off
 */
struct diag_socket {
	struct inet_diag_sockid id;
	int family;
	struct diag_end local, remote;
	uint8_t state, timer, retransmits, shutdown, tos;
	uint32_t timer_ms;
	uint32_t rqueue, wqueue, uid, inode, interface, mark;
	uint64_t cookie;
	unsigned int has;
	char cong[16];
	uint32_t skmem[SK_MEMINFO_VARS];
	struct tcp_info info;
	struct xtcp_diag_conn conn;
	struct xtcp_diag_listener listener;
	struct xtcp_diag_request request;
	int64_t timers[DIAG_NR_TIMERS];
};

/**
 * struct diag_query - which sockets
 * @states: DIAG_BIT() of each that is wanted
 * @local_port: 0: any
 * @remote_port: 0: any
 */
struct diag_query {
	uint32_t states;
	uint16_t local_port, remote_port;
};

struct diag_list {
	struct diag_socket *at;
	size_t nr;
};

struct mnl_socket;

struct diag {
	struct mnl_socket *nl;
	int family;		/* number of AF_XTCP */
	unsigned int seq;
	char error[160];
};

int diag_open(struct diag *d);
void diag_close(struct diag *d);

int diag_dump(struct diag *d, const struct diag_query *q,
	      void (*each)(const struct diag_socket *s, void *arg), void *arg);
int diag_collect(struct diag *d, const struct diag_query *q, struct diag_list *list);
void diag_free(struct diag_list *list);

/* The same socket anew; where it is gone, *gone is set and the return is 0. */
int diag_get(struct diag *d, const struct diag_socket *s, struct diag_socket *now, bool *gone);

/* It is no failure where it has ended meanwhile, as it does when its peer was reset. */
int diag_kill(struct diag *d, const struct diag_socket *s);

#endif /* _XTCP_TOOLS_DIAG_H */
