// SPDX-License-Identifier: GPL-2.0-only
/*
 * xss --json: one array, an object for each socket. Numbers are in the unit of the kernel, which a
 * name ends with where it isn't plain.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "fields.h"
#include "show.h"
#include "xss.h"

/* What JSON wants escaped: a process may be called anything. */
static void put_string(const char *text)
{
	const unsigned char *c;

	putchar('"');
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else if (*c < ' ' || *c >= 0x7f)
			printf("\\u%04x", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

static void put_end(const char *name, int family, const struct diag_end *end)
{
	char address[SHOW_END_SIZE];

	printf(",\"%s\":{\"address\":\"%s\",\"port\":%u}", name,
	       show_address(address, family, end), end->port);
}

static void put_processes(const struct diag_socket *s, const struct procs *procs)
{
	const struct proc_holder *h;
	size_t nr, i;

	h = procs_find(procs, s->inode, &nr);
	fputs(",\"processes\":[", stdout);
	for (i = 0; h && i < nr; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", stdout);
		put_string(h[i].name);
		printf(",\"pid\":%d,\"fd\":%d}", h[i].pid, h[i].fd);
	}
	putchar(']');
}

static void put_timers(const struct diag_socket *s)
{
	const char *comma = "";
	int i;

	fputs(",\"timers_us\":{", stdout);
	if (s->state == DIAG_TIME_WAIT) {
		printf("\"TIME-WAIT\":%llu", s->timer_ms * 1000ull);
		comma = ",";
	}
	if (s->has & DIAG_HAS_REQUEST) {
		printf("%s\"SYN-ACK\":%lld", comma, (long long)s->request.left_us);
		comma = ",";
	}
	for (i = 0; i < DIAG_NR_TIMERS; i++) {
		if (s->timers[i] < 0)
			continue;
		printf("%s\"%s\":%" PRId64, comma, show_timer(i), s->timers[i]);
		comma = ",";
	}
	putchar('}');
}

static void put_memory(const struct diag_socket *s)
{
	int i;

	fputs(",\"memory\":{", stdout);
	for (i = 0; i < SK_MEMINFO_VARS; i++)
		printf("%s\"%s\":%u", i ? "," : "", field_memory[i][1], s->skmem[i]);
	putchar('}');
}

static void put_names(const char *name, const struct field_option *rows, unsigned int nr,
		      unsigned int bits)
{
	const char *comma = "";
	unsigned int i;

	printf(",\"%s\":[", name);
	for (i = 0; i < nr; i++) {
		if (!(bits & rows[i].bit))
			continue;
		printf("%s\"%s\"", comma, rows[i].name);
		comma = ",";
	}
	putchar(']');
}

static void put_fields(const struct diag_socket *s)
{
	static const char *const suffixes[] = {
		[FIELD_NUMBER] = "",
		[FIELD_USECS] = "_us",
		[FIELD_MSECS] = "_ms",
		[FIELD_RATE] = "_bytes_per_s",
	};
	const char *comma = "";
	uint64_t value;
	unsigned int i;

	fputs(",\"info\":{", stdout);
	for (i = 0; i < nr_fields; i++) {
		value = field_value(&fields[i], s);
		if (!field_is_known(&fields[i], s) || (fields[i].none && value == fields[i].none))
			continue;
		printf("%s\"%s%s\":%" PRIu64, comma, fields[i].name, suffixes[fields[i].unit],
		       value);
		comma = ",";
	}
	putchar('}');
}

static void put_info(const struct diag_socket *s)
{
	if (s->has & DIAG_HAS_CONG) {
		fputs(",\"congestion\":", stdout);
		put_string(s->cong);
	}
	if (s->has & DIAG_HAS_INFO) {
		put_names("options", field_options, nr_field_options, s->info.tcpi_options);
		printf(",\"snd_wscale\":%u,\"rcv_wscale\":%u", s->info.tcpi_snd_wscale,
		       s->info.tcpi_rcv_wscale);
	}
	if (s->has & DIAG_HAS_CONN) {
		printf(",\"phase\":\"%s\"", show_phase(s->conn.phase));
		put_names("flags", field_flags, nr_field_flags, s->conn.flags);
	}
	put_fields(s);
}

static void put_socket(const struct diag_socket *s, const struct procs *procs, unsigned int what)
{
	printf("{\"state\":\"%s\",\"family\":\"%s\",\"recv_q\":%u,\"send_q\":%u",
	       show_state(s->state), s->family == AF_INET6 ? "inet6" : "inet", s->rqueue,
	       s->wqueue);
	put_end("local", s->family, &s->local);
	put_end("peer", s->family, &s->remote);
	printf(",\"interface\":%u,\"uid\":%u,\"inode\":%u,\"cookie\":%" PRIu64, s->interface,
	       s->uid, s->inode, s->cookie);
	if (s->has & DIAG_HAS_MARK)
		printf(",\"mark\":%u", s->mark);
	if (s->has & DIAG_HAS_SHUTDOWN)
		printf(",\"shutdown\":%u", s->shutdown);
	if (what & XSS_PROCESSES)
		put_processes(s, procs);
	if (what & XSS_TIMERS)
		put_timers(s);
	if (what & XSS_MEMORY && s->has & DIAG_HAS_SKMEM)
		put_memory(s);
	if (what & XSS_INFO)
		put_info(s);
	putchar('}');
}

void xss_json(const struct diag_list *list, const struct procs *procs, unsigned int what)
{
	size_t i;

	putchar('[');
	for (i = 0; i < list->nr; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		put_socket(&list->at[i], procs, what);
	}
	fputs(list->nr ? "\n]\n" : "]\n", stdout);
}
