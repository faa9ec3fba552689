// SPDX-License-Identifier: GPL-2.0-only
/*
 * How states, timers, addresses and times are written.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "show.h"

#define MSEC	1000ull
#define SEC	1000000ull
#define MINUTE	(60 * SEC)
#define HOUR	(60 * MINUTE)

#define NAME_SIZE	16

/* The tables have underscores where readers expect hyphens. */
static const char *hyphens(char *name)
{
	char *at;

	while ((at = strchr(name, '_')))
		*at = '-';
	return name;
}

const char *show_state(unsigned int state)
{
	static char names[DIAG_NR_STATES][NAME_SIZE] = {
#define XTCP_STATE(name, number) [number] = #name,
#include "../include/xtcp/defs/state_defs.h"
#undef XTCP_STATE
	};

	return state < DIAG_NR_STATES && names[state][0] ? hyphens(names[state]) : "?";
}

const char *show_timer(unsigned int timer)
{
	static char names[DIAG_NR_TIMERS][NAME_SIZE] = {
#define XTCP_TIMER(name, handler, meaning) #name,
#include "../include/xtcp/defs/timer_defs.h"
#undef XTCP_TIMER
	};

	return timer < DIAG_NR_TIMERS ? hyphens(names[timer]) : "?";
}

const char *show_timer_meaning(unsigned int timer)
{
	static const char *const meanings[] = {
#define XTCP_TIMER(name, handler, meaning) meaning,
#include "../include/xtcp/defs/timer_defs.h"
#undef XTCP_TIMER
	};

	return timer < DIAG_NR_TIMERS ? meanings[timer] : "?";
}

const char *show_phase(unsigned int phase)
{
	static const char *const names[] = {
		[XTCP_DIAG_OPEN] = "open",
		[XTCP_DIAG_RECOVERY] = "recovery",
		[XTCP_DIAG_LOSS] = "loss",
	};

	return phase < ARRAY_SIZE(names) ? names[phase] : "?";
}

bool show_is_any(const struct diag_end *end)
{
	static const uint8_t any[sizeof(end->addr)];

	return !memcmp(end->addr, any, sizeof(any));
}

char *show_address(char *out, int family, const struct diag_end *end)
{
	if (!inet_ntop(family, end->addr, out, SHOW_END_SIZE))
		strcpy(out, "?");
	return out;
}

static char *show_end(char *out, int family, const struct diag_end *end, uint32_t interface)
{
	char addr[SHOW_END_SIZE], name[IF_NAMESIZE + 1] = "", port[8] = "*";

	show_address(addr, family, end);
	if (interface) {
		name[0] = '%';
		if (!if_indextoname(interface, name + 1))
			snprintf(name, sizeof(name), "%%%u", interface);
	}
	if (end->port)
		snprintf(port, sizeof(port), "%u", end->port);
	snprintf(out, SHOW_END_SIZE, family == AF_INET6 ? "[%.45s%s]:%s" : "%.45s%s:%s", addr, name,
		 port);
	return out;
}

char *show_local(char *out, const struct diag_socket *s)
{
	return show_end(out, s->family, &s->local, s->interface);
}

char *show_remote(char *out, const struct diag_socket *s)
{
	return show_end(out, s->family, &s->remote, 0);
}

char *show_time(char *out, uint64_t us)
{
	if (us < MSEC)
		snprintf(out, SHOW_TIME_SIZE, "%" PRIu64 "us", us);
	else if (us < SEC)
		snprintf(out, SHOW_TIME_SIZE, "%llums", us / MSEC);
	else if (us < 10 * SEC)
		snprintf(out, SHOW_TIME_SIZE, "%llu.%03llus", us / SEC, us % SEC / MSEC);
	else if (us < MINUTE)
		snprintf(out, SHOW_TIME_SIZE, "%llu.%llus", us / SEC, us % SEC / (100 * MSEC));
	else if (us < HOUR)
		snprintf(out, SHOW_TIME_SIZE, "%llumin%llus", us / MINUTE, us % MINUTE / SEC);
	else
		snprintf(out, SHOW_TIME_SIZE, "%lluh%llumin", us / HOUR, us % HOUR / MINUTE);
	return out;
}

char *show_rate(char *out, uint64_t bytes)
{
	static const char *const units[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s" };
	double rate = bytes * 8.0;
	unsigned int unit = 0;

	for (; rate >= 1000 && unit < ARRAY_SIZE(units) - 1; unit++)
		rate /= 1000;
	snprintf(out, SHOW_RATE_SIZE, "%.3g %s", rate, units[unit]);
	return out;
}
