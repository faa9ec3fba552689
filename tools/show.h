/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How states, timers, addresses and times are written. What a function writes into a buffer it
 * returns, too.
 */
#ifndef _XTCP_TOOLS_SHOW_H
#define _XTCP_TOOLS_SHOW_H

#include "diag.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define SHOW_END_SIZE	72	/* [address%interface]:port and 0 */
#define SHOW_TIME_SIZE	24
#define SHOW_RATE_SIZE	24

const char *show_state(unsigned int state);
const char *show_timer(unsigned int timer);
const char *show_timer_meaning(unsigned int timer);
const char *show_phase(unsigned int phase);
char *show_address(char *out, int family, const struct diag_end *end);
char *show_local(char *out, const struct diag_socket *s);
char *show_remote(char *out, const struct diag_socket *s);

/* 850us, 183ms, 1.832s, 59.8s, 12min5s, 1h59min */
char *show_time(char *out, uint64_t us);

/* 117 Mbit/s of bytes per second */
char *show_rate(char *out, uint64_t bytes);

bool show_is_any(const struct diag_end *end);

#endif /* _XTCP_TOOLS_SHOW_H */
