// SPDX-License-Identifier: GPL-2.0-only
/*
 * xss: sockets in columns, and what belongs to each behind and below its line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "fields.h"
#include "show.h"
#include "xss.h"

enum {
	STATE,
	RECV_Q,
	SEND_Q,
	LOCAL,
	PEER,
	NR_COLUMNS,
};

static const char *const heads[NR_COLUMNS] = {
	[STATE] = "State",
	[RECV_Q] = "Recv-Q",
	[SEND_Q] = "Send-Q",
	[LOCAL] = "Local Address:Port",
	[PEER] = "Peer Address:Port",
};

struct line {
	char cell[NR_COLUMNS][SHOW_END_SIZE];
};

static void make_line(const struct diag_socket *s, struct line *l)
{
	snprintf(l->cell[STATE], SHOW_END_SIZE, "%s", show_state(s->state));
	snprintf(l->cell[RECV_Q], SHOW_END_SIZE, "%u", s->rqueue);
	snprintf(l->cell[SEND_Q], SHOW_END_SIZE, "%u", s->wqueue);
	show_local(l->cell[LOCAL], s);
	show_remote(l->cell[PEER], s);
}

static void measure(const struct diag_list *list, unsigned int what, int width[NR_COLUMNS])
{
	struct line l;
	int column;
	size_t i;

	for (column = 0; column < NR_COLUMNS; column++)
		width[column] = what & XSS_NO_HEADER ? 0 : strlen(heads[column]);
	for (i = 0; i < list->nr; i++) {
		make_line(&list->at[i], &l);
		for (column = 0; column < NR_COLUMNS; column++) {
			int len = strlen(l.cell[column]);

			width[column] = len > width[column] ? len : width[column];
		}
	}
}

/* Queues at the right of their columns; the last cell is as long as it is where nothing follows. */
static void put_cells(const char *const cell[NR_COLUMNS], const int width[NR_COLUMNS], bool more)
{
	printf("%-*s %*s %*s %-*s %-*s", width[STATE], cell[STATE], width[RECV_Q], cell[RECV_Q],
	       width[SEND_Q], cell[SEND_Q], width[LOCAL], cell[LOCAL], more ? width[PEER] : 0,
	       cell[PEER]);
}

static void put_processes(const struct diag_socket *s, const struct procs *procs)
{
	const struct proc_holder *h;
	size_t nr, i;

	h = procs_find(procs, s->inode, &nr);
	if (!h)
		return;
	fputs(" users:(", stdout);
	for (i = 0; i < nr; i++)
		printf("%s(\"%s\",pid=%d,fd=%d)", i ? "," : "", h[i].name, h[i].pid, h[i].fd);
	putchar(')');
}

static bool has_timers(const struct diag_socket *s)
{
	int i;

	if (s->state == DIAG_TIME_WAIT || s->has & DIAG_HAS_REQUEST)
		return true;
	for (i = 0; i < DIAG_NR_TIMERS; i++) {
		if (s->timers[i] >= 0)
			return true;
	}
	return false;
}

static void put_timers(const struct diag_socket *s)
{
	char left[SHOW_TIME_SIZE];
	int i;

	if (s->state == DIAG_TIME_WAIT)
		printf(" timer:(TIME-WAIT,%s)", show_time(left, s->timer_ms * 1000ull));
	if (s->has & DIAG_HAS_REQUEST)
		printf(" timer:(SYN-ACK,%s,%u)",
		       show_time(left, s->request.left_us > 0 ? s->request.left_us : 0),
		       s->request.retransmits);
	for (i = 0; i < DIAG_NR_TIMERS; i++) {
		if (s->timers[i] < 0)
			continue;
		printf(" timer:(%s,%s", show_timer(i), show_time(left, s->timers[i]));
		if (i == DIAG_TIMER_RTO)
			printf(",%u", s->conn.retransmits);
		else if (i == DIAG_TIMER_PERSIST)
			printf(",%u", s->conn.probes);
		else if (i == DIAG_TIMER_KEEPALIVE)
			printf(",%u", s->conn.keep_failed);
		putchar(')');
	}
}

static void put_extended(const struct diag_socket *s)
{
	printf(" uid:%u ino:%u sk:%" PRIx64, s->uid, s->inode, s->cookie);
	if (s->has & DIAG_HAS_MARK && s->mark)
		printf(" fwmark:0x%x", s->mark);
	if (s->has & DIAG_HAS_TOS && s->tos)
		printf(" tos:0x%x", s->tos);
	if (s->has & DIAG_HAS_SHUTDOWN && s->shutdown)
		printf(" shutdown:%s%s", s->shutdown & 1 ? "r" : "", s->shutdown & 2 ? "w" : "");
}

static void put_memory(const struct diag_socket *s)
{
	int i;

	fputs("\n\tskmem:(", stdout);
	for (i = 0; i < SK_MEMINFO_VARS; i++)
		printf("%s%s%u", i ? "," : "", field_memory[i][0], s->skmem[i]);
	putchar(')');
}

static void put_field(const struct field *f, uint64_t value)
{
	char rate[SHOW_RATE_SIZE];

	switch (f->unit) {
	case FIELD_USECS:
		printf(" %s:%" PRIu64, f->name, value / 1000);
		if (value % 1000)
			printf(".%03" PRIu64, value % 1000);
		fputs("ms", stdout);
		break;
	case FIELD_MSECS:
		printf(" %s:%" PRIu64 "ms", f->name, value);
		break;
	case FIELD_RATE:
		show_rate(rate, value);
		*strchr(rate, ' ') = '_';
		printf(" %s:%s", f->name, rate);
		break;
	default:
		printf(" %s:%" PRIu64, f->name, value);
	}
}

static void put_names(const struct field_option *rows, unsigned int nr, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (bits & rows[i].bit)
			printf(" %s", rows[i].name);
	}
}

static void put_info(const struct diag_socket *s)
{
	unsigned int i;
	uint64_t value;

	fputs("\n\t", stdout);
	if (s->has & DIAG_HAS_CONG)
		fputs(s->cong, stdout);
	if (s->has & DIAG_HAS_INFO) {
		put_names(field_options, nr_field_options, s->info.tcpi_options);
		if (s->info.tcpi_options & TCPI_OPT_WSCALE)
			printf(" wscale:%u,%u", s->info.tcpi_snd_wscale, s->info.tcpi_rcv_wscale);
	}
	if (s->has & DIAG_HAS_CONN) {
		printf(" phase:%s", show_phase(s->conn.phase));
		put_names(field_flags, nr_field_flags, s->conn.flags);
	}
	for (i = 0; i < nr_fields; i++) {
		value = field_value(&fields[i], s);
		if (field_is_known(&fields[i], s) && value != fields[i].none)
			put_field(&fields[i], value);
	}
}

static void put_socket(const struct diag_socket *s, const struct procs *procs, unsigned int what,
		       const int width[NR_COLUMNS])
{
	const char *cells[NR_COLUMNS];
	struct line l;
	size_t holders;
	bool more;
	int i;

	more = what & XSS_EXTENDED || (what & XSS_TIMERS && has_timers(s)) ||
	       (what & XSS_PROCESSES && procs_find(procs, s->inode, &holders));
	make_line(s, &l);
	for (i = 0; i < NR_COLUMNS; i++)
		cells[i] = l.cell[i];
	put_cells(cells, width, more);
	if (what & XSS_PROCESSES)
		put_processes(s, procs);
	if (what & XSS_TIMERS)
		put_timers(s);
	if (what & XSS_EXTENDED)
		put_extended(s);
	if (what & XSS_MEMORY && s->has & DIAG_HAS_SKMEM)
		put_memory(s);
	if (what & XSS_INFO)
		put_info(s);
	putchar('\n');
}

void xss_text(const struct diag_list *list, const struct procs *procs, unsigned int what)
{
	int width[NR_COLUMNS];
	size_t i;

	measure(list, what, width);
	if (!(what & XSS_NO_HEADER)) {
		put_cells(heads, width, what & XSS_PROCESSES);
		puts(what & XSS_PROCESSES ? " Process" : "");
	}
	for (i = 0; i < list->nr; i++)
		put_socket(&list->at[i], procs, what, width);
}
