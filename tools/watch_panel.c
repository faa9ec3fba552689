// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands beside the figure: both queues as bars, the timers, the congestion window over time.
 */
#include <string.h>
#include "show.h"
#include "watch.h"
#include "why.h"

#define LABEL_COLUMNS	8
#define BAR_COLUMNS	30
#define GRAPH_ROWS	4
#define GRAPH_LABEL	12	/* columns left of it */
#define EIGHTHS	8		/* steps of a block character */

void watch_sample(struct watch_samples *w, uint32_t value)
{
	if (w->nr == WATCH_SAMPLES) {
		memmove(w->value, w->value + 1, sizeof(w->value) - sizeof(w->value[0]));
		w->nr--;
	}
	w->value[w->nr++] = value;
}

/* What is there at all is seen. */
static int part_of_bar(uint32_t some, uint32_t all)
{
	uint64_t cells;

	if (!some || !all)
		return 0;
	cells = (uint64_t)some * BAR_COLUMNS / all;
	if (!cells)
		return 1;
	return cells < BAR_COLUMNS ? cells : BAR_COLUMNS;
}

/* Two parts of a whole; returns the column where words about it begin. */
static int put_bar(struct canvas *c, int row, int column, const char *label, uint32_t first,
		   uint32_t second, uint32_t all)
{
	int filled = part_of_bar(first, all), more = part_of_bar(second, all), i;

	canvas_text(c, row, column, label);
	column += LABEL_COLUMNS;
	canvas_text(c, row, column++, "[");
	canvas_across(c, row, column, column + BAR_COLUMNS - 1, "·");
	for (i = 0; i < filled + more && i < BAR_COLUMNS; i++)
		canvas_text(c, row, column + i, i < filled ? "█" : "▒");
	return canvas_text(c, row, column + BAR_COLUMNS, "] ");
}

static int put_queues(struct canvas *c, int row, int column, const struct diag_socket *s)
{
	const struct xtcp_diag_conn *k = &s->conn;
	uint32_t queued = why_queued_bytes(s), unsent = why_unsent_bytes(s);
	int at;

	at = put_bar(c, row++, column, "send", queued - unsent, unsent, k->snd_buf);
	canvas_printf(c, row - 1, at, "%u sent, %u wait", queued - unsent, unsent);
	at = put_bar(c, row++, column, "receive", s->rqueue, 0, k->rcv_buf);
	canvas_printf(c, row - 1, at, "%u to read", s->rqueue);
	at = put_bar(c, row++, column, "flight", k->flight, 0, k->cwnd);
	canvas_printf(c, row - 1, at, "%u of cwnd %u", k->flight, k->cwnd);
	canvas_printf(c, row++, column,
		      "window of the peer %u, ours %u; round trip %u.%03u ms, phase %s", k->snd_wnd,
		      k->rcv_wnd, k->srtt_us / 1000, k->srtt_us % 1000, show_phase(k->phase));
	return row;
}

static int put_listener(struct canvas *c, int row, int column, const struct diag_socket *s)
{
	const struct xtcp_diag_listener *l = &s->listener;
	int at;

	at = put_bar(c, row++, column, "accept", l->ready, 0, l->backlog + 1);
	canvas_printf(c, row - 1, at, "%u ready, backlog %u", l->ready, l->backlog);
	at = put_bar(c, row++, column, "SYN", l->young, l->requests - l->young, l->most_requests);
	canvas_printf(c, row - 1, at, "%u requests of %u", l->requests, l->most_requests);
	return row;
}

static int put_timer(struct canvas *c, int row, int column, const char *name, int64_t left_us,
		     const char *meaning)
{
	char text[SHOW_TIME_SIZE];

	canvas_printf(c, row, column, "%-10s %9s  %s", name,
		      show_time(text, left_us > 0 ? left_us : 0), meaning);
	return row + 1;
}

static int put_timers(struct canvas *c, int row, int column, const struct diag_socket *s)
{
	int i, first = row;

	if (s->state == DIAG_TIME_WAIT)
		row = put_timer(c, row, column, "TIME-WAIT", s->timer_ms * 1000ll,
				"its end");
	if (s->has & DIAG_HAS_REQUEST)
		row = put_timer(c, row, column, "SYN-ACK", s->request.left_us,
				"the next SYN,ACK");
	for (i = 0; i < DIAG_NR_TIMERS; i++) {
		if (s->timers[i] >= 0)
			row = put_timer(c, row, column, show_timer(i), s->timers[i],
					show_timer_meaning(i));
	}
	if (row == first && s->state != DIAG_LISTEN)
		canvas_text(c, row++, column, "no timer runs");
	return row;
}

static uint32_t most_of(const struct watch_samples *w)
{
	uint32_t most = 1;
	int i;

	for (i = 0; i < w->nr; i++)
		most = w->value[i] > most ? w->value[i] : most;
	return most;
}

static void put_graph(struct canvas *c, int row, int column, const struct watch_samples *w)
{
	static const char *const blocks[EIGHTHS + 1] = { "", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	uint32_t most = most_of(w);
	int i, y;

	canvas_printf(c, row, column, "cwnd");
	canvas_printf(c, row + 1, column, "most");
	canvas_printf(c, row + 2, column, "%u", most);
	for (i = 0; i < w->nr; i++) {
		int level = (uint64_t)w->value[i] * GRAPH_ROWS * EIGHTHS / most;

		for (y = 0; y < GRAPH_ROWS; y++) {
			int eighths = level - (GRAPH_ROWS - 1 - y) * EIGHTHS;

			if (eighths > 0)
				canvas_text(c, row + y, column + GRAPH_LABEL + i,
					    blocks[eighths > EIGHTHS ? EIGHTHS : eighths]);
		}
	}
}

void watch_panel(struct canvas *c, int row, int column, const struct diag_socket *s,
		 const struct watch_samples *w, const char *holder)
{
	char local[SHOW_END_SIZE], remote[SHOW_END_SIZE], why[80];

	canvas_printf(c, row++, column, s->state == DIAG_LISTEN ? "%s" : "%s - %s",
		      show_local(local, s), show_remote(remote, s));
	if (*holder)
		canvas_text(c, row++, column, holder);
	canvas_printf(c, row++, column, "%s: waits for %s", show_state(s->state),
		      why_short(why, sizeof(why), s));
	row++;
	if (s->has & DIAG_HAS_LISTENER)
		row = put_listener(c, row, column, s);
	if (s->has & DIAG_HAS_CONN)
		row = put_queues(c, row, column, s) + 1;
	row = put_timers(c, row, column, s) + 1;
	if (w->nr)
		put_graph(c, row, column, w);
}
