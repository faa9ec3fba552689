// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the tables of include/xtcp/defs/ for readers: `reference markdown` is docs/reference.md,
 * `reference man` puts them in place of the lines @OPTIONS@, @SHARED@, @TUNABLES@ and @COUNTERS@ of
 * its input, which becomes xtcp(7).
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *name;
	const char *unit; /* as its table names it */
	long long least, most;
	char initial[64];
	const char *meaning;
};

static const struct row options[] = {
#define XTCP_SOCKOPT(name_, stem, unit_, least_, most_, initial_, reads, meaning_) \
	{ "TCP_" #name_, #unit_, least_, most_, #initial_, meaning_ },
#define XTCP_SOCKOPT_READ(name_, stem, meaning_) \
	{ "TCP_" #name_, "READ", 0, 0, "", meaning_ },
#define XTCP_SOCKOPT_BYTES(name_, stem, access, meaning_) \
	{ "TCP_" #name_, #access, 0, 0, "", meaning_ },
#include "../include/xtcp/defs/sockopt_defs.h"
};

static const struct row shared[] = {
#define XTCP_SOCKOPT_SHARED(level, name_, since, access, meaning_) \
	{ #name_, #level, 0, 0, "", meaning_ },
#include "../include/xtcp/defs/sockopt_shared_defs.h"
};

static const struct row tunables[] = {
#define XTCP_SYSCTL(name_, unit_, def, min, max, meaning_) \
	{ #name_, #unit_, min, max, #def, meaning_ },
#define XTCP_SYSCTL_VEC(name_, unit_, least_, initial_, most_, min, max, meaning_) \
	{ #name_, #unit_, min, max, #least_ " " #initial_ " " #most_, meaning_ },
#include "../include/xtcp/defs/sysctl_defs.h"
	/* Those that are no numbers (module/netns/sysctl.c). */
	{ "congestion_control", "NAME", 0, 0, "cubic", "algorithm of new connections" },
	{ "available_congestion_control", "NAMES", 0, 0, "", "algorithms that there are" },
	{ "allowed_congestion_control", "NAMES", 0, 0, "cubic reno",
	  "those that every user may choose" },
	{ "fastopen_key", "KEYS", 0, 0, "",
	  "one key for Fast Open cookies or two, in hexadecimal; made when first needed" },
	{ "mem", "PAGES", 0, 0, "by memory",
	  "memory of all sockets of all namespaces: below this all is well, above this buffers shrink, above this nothing is queued" },
};

static const struct row counters[] = {
#define XTCP_MIB(name_, shown, meaning_) { shown, "", 0, 0, "", meaning_ },
#include "../include/xtcp/defs/mib_defs.h"
};

static const struct row drops[] = {
#define XTCP_DROP(name_, reason, counter, meaning_) { #name_, #reason, 0, 0, "XtcpDrop" counter, meaning_ },
#include "../include/xtcp/defs/drop_defs.h"
};

#define NR(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char *unit_of(const struct row *r)
{
	static const char *const names[][2] = {
		{ "FLAG", "on or off" },
		{ "MODE", "mode" },
		{ "COUNT", "number" },
		{ "BYTES", "bytes" },
		{ "SECS", "s" },
		{ "MSECS", "ms" },
		{ "USECS", "us" },
		{ "NSECS", "ns" },
		{ "PERCENT", "%" },
		{ "BITS", "bits" },
		{ "PAGES", "pages" },
		{ "NAME", "name" },
		{ "NAMES", "names" },
		{ "KEYS", "keys" },
		{ "READ", "to be read" },
		{ "RO", "to be read" },
		{ "RW", "bytes" },
	};
	unsigned int i;

	for (i = 0; i < NR(names); i++) {
		if (!strcmp(r->unit, names[i][0]))
			return names[i][1];
	}
	return r->unit;
}

static const char *bounds_of(const struct row *r, char *out, size_t size)
{
	if ((!r->least && !r->most) || r->least == INT_MIN)
		return "";
	if (r->most == INT_MAX || r->most == UINT_MAX)
		snprintf(out, size, "%lld and more", r->least);
	else
		snprintf(out, size, "%lld to %lld", r->least, r->most);
	return out;
}

static const char *initial_of(const struct row *r)
{
	return !strcmp(r->initial, "4294967295U") ? "4294967295" : r->initial;
}

static void markdown_rows(const struct row *r, size_t n)
{
	char bounds[64];

	puts("|---|---|---|---|---|");
	for (; n; n--, r++)
		printf("| `%s` | %s | %s | %s | %s |\n", r->name, unit_of(r), initial_of(r),
		       bounds_of(r, bounds, sizeof(bounds)), r->meaning);
}

static void markdown(void)
{
	unsigned int i;

	puts("# Reference: options, tunables, counters, drop reasons\n\n"
	     "Written by `make reference` from the tables in `include/xtcp/defs/`; `man xtcp` has\n"
	     "the same.\n\n## Options of `IPPROTO_TCP`\n\n"
	     "What is not here fails with `ENOPROTOOPT`.\n\n"
	     "| option | unit | at first | from, to | meaning |");
	markdown_rows(options, NR(options));
	puts("\n## Options of `SOL_SOCKET`, `IPPROTO_IP` and `IPPROTO_IPV6`\n\n"
	     "Each without \"Differs\" is as on the kernel's TCP. What is of datagrams alone is refused\n"
	     "or has no effect. An `AF_XTCP` socket that has no address yet becomes one of IPv6 as soon\n"
	     "as an option of `IPPROTO_IPV6` is set or read.\n\n"
	     "| option | level | what it does |\n|---|---|---|");
	for (i = 0; i < NR(shared); i++)
		printf("| `%s` | `%s` | %s |\n", shared[i].name, shared[i].unit,
		       shared[i].meaning);
	puts("\n## Tunables, `/proc/sys/net/xtcp/`\n\n"
	     "Each network namespace has its own, but for `mem`; a new one begins with those of the\n"
	     "first. What is out of bounds is `EINVAL` and changes nothing.\n\n"
	     "| tunable | unit | default | from, to | meaning |");
	markdown_rows(tunables, NR(tunables));
	puts("\n## Counters, `/proc/net/xtcp_snmp` and `/proc/net/xtcp_netstat`\n\n"
	     "| counter | counts |\n|---|---|");
	for (i = 0; i < NR(counters); i++)
		printf("| `%s` | %s |\n", counters[i].name, counters[i].meaning);
	puts("\n## Why a segment is dropped\n\n"
	     "Each has a counter in `/proc/net/xtcp_netstat`.\n\n"
	     "| reason | tracing tools show `SKB_DROP_REASON_` | counter | meaning |\n"
	     "|---|---|---|---|");
	for (i = 0; i < NR(drops); i++)
		printf("| `%s` | `%s` | `%s` | %s |\n", drops[i].name, drops[i].unit,
		       drops[i].initial, drops[i].meaning);
}

static void man_rows(const struct row *r, size_t n)
{
	char bounds[64];
	const char *text;

	for (; n; n--, r++) {
		printf(".TP\n.B %s\n", r->name);
		if (*r->unit)
			printf("(%s", unit_of(r));
		text = bounds_of(r, bounds, sizeof(bounds));
		if (*text)
			printf("; %s", text);
		if (*r->initial)
			printf("; at first %s", initial_of(r));
		if (*r->unit)
			printf(")\n");
		printf("%s.\n", r->meaning);
	}
}

static void man(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "@OPTIONS@\n"))
			man_rows(options, NR(options));
		else if (!strcmp(line, "@SHARED@\n"))
			man_rows(shared, NR(shared));
		else if (!strcmp(line, "@TUNABLES@\n"))
			man_rows(tunables, NR(tunables));
		else if (!strcmp(line, "@COUNTERS@\n"))
			man_rows(counters, NR(counters));
		else
			fputs(line, stdout);
	}
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "markdown")) {
		markdown();
	} else if (argc == 2 && !strcmp(argv[1], "man")) {
		man();
	} else {
		fprintf(stderr, "Usage: reference markdown | man <TEXT\n");
		return 2;
	}
	return 0;
}
