// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp watch: a socket, live on the terminal: the state machine of RFC 9293 with its state lit, its
 * queues, timers and congestion window. q or ^C ends it.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "pick.h"
#include "procs.h"
#include "show.h"
#include "watch.h"
#include "xtcp.h"

#define FRAME_MS	250
#define GAP	3		/* columns between the figure and the panel */

#define SCREEN_OTHER	"\033[?1049h\033[?25l\033[H\033[2J"
#define SCREEN_BACK	"\033[?25h\033[?1049l"
#define SCREEN_HOME	"\033[H"
#define SCREEN_WIPE	"\033[J"	/* all below */

/**
 * struct watching - what is watched, and how
 * @gone: it has ended
 * @once: one picture only
 * @plain: no escapes
 * @holder: its process
 */
struct watching {
	struct diag d;
	struct diag_socket s;
	struct watch_samples samples;
	bool gone, once, plain;
	char holder[64];
};

static volatile sig_atomic_t ended;

static void on_signal(int signal)
{
	(void)signal;
	ended = 1;
}

static bool is_live(const struct watching *w)
{
	return !w->plain && !w->once;
}

/* Room for a page: what is not live may be as long as it is. */
static void measure(const struct watching *w, int *rows, int *columns)
{
	struct winsize size;

	*rows = CANVAS_ROWS;
	*columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return;
	*columns = size.ws_col;
	if (is_live(w) && size.ws_row <= CANVAS_ROWS)
		*rows = size.ws_row - 1;
}

/* The panel is beside the figure or below it; where there is no room for that, it is alone. */
static void compose(struct canvas *c, const struct watching *w)
{
	int rows, columns, row = 0, column = 0;

	measure(w, &rows, &columns);
	memset(c, 0, sizeof(*c));
	if (columns >= FIGURE_COLUMNS + GAP + PANEL_COLUMNS)
		column = FIGURE_COLUMNS + GAP;
	else if (rows >= FIGURE_ROWS + 1 + PANEL_ROWS)
		row = FIGURE_ROWS + 1;
	if (row || column)
		watch_figure(c, 0, 0, w->gone ? DIAG_CLOSED : w->s.state);
	if (w->gone)
		canvas_text(c, row, column, "It has ended; q leaves.");
	else
		watch_panel(c, row, column, &w->s, &w->samples, w->holder);
	if (c->rows > rows)
		c->rows = rows;
}

static void draw(const struct watching *w)
{
	static struct canvas c;

	compose(&c, w);
	if (is_live(w))
		fputs(SCREEN_HOME, stdout);
	canvas_print(&c, stdout, !w->plain);
	if (is_live(w))
		fputs(SCREEN_WIPE, stdout);
	fflush(stdout);
}

/* True when it is time to end. A plain one has no keys. */
static bool pause_for_key(const struct watching *w)
{
	struct pollfd p = { .fd = w->plain ? -1 : STDIN_FILENO, .events = POLLIN };
	char key = 0;

	if (poll(&p, 1, FRAME_MS) > 0)
		return read(STDIN_FILENO, &key, 1) <= 0 || key == 'q';
	return ended || (w->plain && w->gone);
}

static int run(struct watching *w)
{
	do {
		if (!w->gone && diag_get(&w->d, &w->s, &w->s, &w->gone))
			return xtcp_failure(w->d.error);
		if (!w->gone && w->s.has & DIAG_HAS_CONN)
			watch_sample(&w->samples, w->s.conn.cwnd);
		draw(w);
	} while (!w->once && !ended && !pause_for_key(w));
	return 0;
}

static int run_on_terminal(struct watching *w)
{
	struct termios before, raw;
	bool has_keys = !tcgetattr(STDIN_FILENO, &before);
	int status;

	if (has_keys) {
		raw = before;
		raw.c_lflag &= ~(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(SCREEN_OTHER, stdout);
	status = run(w);
	fputs(SCREEN_BACK, stdout);
	fflush(stdout);
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return status;
}

/* Of those that are meant the connection with most in its queues; a listener for want of one. */
static const struct diag_socket *choose(const struct diag_list *list)
{
	const struct diag_socket *best = NULL, *s;

	for (s = list->at; s < list->at + list->nr; s++) {
		bool listens = s->state == DIAG_LISTEN, best_listens;

		best_listens = best && best->state == DIAG_LISTEN;
		if (!best || (best_listens && !listens) ||
		    (best_listens == listens &&
		     s->rqueue + s->wqueue > best->rqueue + best->wqueue))
			best = s;
	}
	return best;
}

static void find_holder(struct watching *w)
{
	const struct proc_holder *h;
	struct procs procs;
	size_t nr;

	procs_read(&procs);
	h = procs_find(&procs, w->s.inode, &nr);
	if (h)
		snprintf(w->holder, sizeof(w->holder), "%s (pid %d, descriptor %d)", h->name,
			 h->pid, h->fd);
	procs_free(&procs);
}

static int watch(struct watching *w, const struct pick *pick)
{
	const struct diag_socket *s;
	struct diag_list list;

	if (pick_collect(&w->d, pick, &list))
		return xtcp_failure(w->d.error);
	s = choose(&list);
	if (s)
		w->s = *s;
	diag_free(&list);
	if (!s)
		return xtcp_failure("there is no such socket of xtcp in this namespace");
	find_holder(w);
	return is_live(w) ? run_on_terminal(w) : run(w);
}

static bool take_option(struct watching *w, const char *word)
{
	bool once = !strcmp(word, "--once"), plain = !strcmp(word, "--plain");

	w->once |= once;
	w->plain |= plain;
	return once || plain;
}

int xtcp_watch(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct watching w = {};
	struct pick pick;
	const char *why;
	int i, status;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!take_option(&w, argv[i]))
			return xtcp_usage(argv[0], "no such option");
	}
	why = pick_parse(&pick, argv + i, argc - i);
	if (why)
		return xtcp_usage(argv[0], why);
	if (diag_open(&w.d))
		return xtcp_failure(w.d.error);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = watch(&w, &pick);
	diag_close(&w.d);
	return status;
}
