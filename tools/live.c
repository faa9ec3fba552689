// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of the programs that show events, and the loop that reads them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "live.h"

/* How long an event waits for those that other processors tell late. */
#define HOLD_NS 20000000ull
/* What a command leaves behind is watched until nothing has come for so long, */
#define QUIET_NS 200000000ull
/* but not for ever. */
#define REST_NS 2000000000ull

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	stopped = signal;
}

static void print_help(const struct live_usage *u)
{
	const struct live_option *o;
	char left[64], letter[4];

	printf("Usage: %s %s\n\n%s\n\n", u->program, u->synopsis, u->about);
	for (o = u->options; o->name; o++) {
		snprintf(letter, sizeof(letter), "-%c,", o->letter);
		if (!o->letter)
			letter[0] = '\0';
		snprintf(left, sizeof(left), "%3s --%s %s", letter, o->name,
			 o->argument ? o->argument : "");
		printf("  %-24s %s\n", left, o->meaning);
	}
	printf("  %-24s %s\n\n", "-h, --help", "this text");
	puts("FILTER: port N, host ADDRESS, net INODE (of a network namespace), joined by and.");
}

static int wrong(const struct live_usage *u, const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s%s%s; see %s --help\n", u->program, what, detail ? " " : "",
		detail ? detail : "", u->program);
	return 2;
}

static const struct live_option *find_option(const struct live_usage *u, const char *word)
{
	const struct live_option *o;

	for (o = u->options; o->name; o++) {
		if (o->letter && word[1] == o->letter && !word[2])
			return o;
		if (word[1] == '-' && !strcmp(word + 2, o->name))
			return o;
	}
	return NULL;
}

static bool set_option(const struct live_option *o, char *value)
{
	char *end;

	switch (o->type) {
	case LIVE_FLAG:
		*(bool *)o->value = true;
		return true;
	case LIVE_TEXT:
		*(const char **)o->value = value;
		return true;
	default:
		*(double *)o->value = strtod(value, &end);
		return end != value && !*end && *(double *)o->value > 0 &&
		       *(double *)o->value < 1e9;
	}
}

int live_parse(int argc, char **argv, const struct live_usage *u, struct trace_filter *f,
	       char ***command)
{
	const struct live_option *o;
	const char *complaint;
	char words[512] = "";
	int i;

	*command = NULL;
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help(u);
			return 0;
		}
		if (argv[i][0] != '-') {
			if (strlen(words) + strlen(argv[i]) + 2 > sizeof(words))
				return wrong(u, "the filter is too long", NULL);
			strcat(strcat(words, argv[i]), " ");
			continue;
		}
		o = find_option(u, argv[i]);
		if (!o)
			return wrong(u, "unknown option", argv[i]);
		if (o->argument && !argv[i + 1])
			return wrong(u, argv[i], "wants a value");
		if (!set_option(o, o->argument ? argv[++i] : NULL))
			return wrong(u, "not a good number:", argv[i]);
	}
	if (i < argc && !argv[i + 1])
		return wrong(u, "-- wants a command", NULL);
	if (i < argc)
		*command = argv + i + 1;
	complaint = trace_filter_add(f, words);
	return complaint ? wrong(u, complaint, NULL) : LIVE_GO_ON;
}

static pid_t start_command(const struct live *l)
{
	pid_t child = fork();

	if (child)
		return child;
	if (l->quiet_command)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execvp(l->command[0], l->command);
	fprintf(stderr, "%s: %s: %s\n", l->program, l->command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	stopped = 0;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

struct reader {
	struct live *live;
	uint64_t newest;
};

static void take_event(void *arg, const struct trace_event *e)
{
	struct reader *r = arg;

	if (!trace_filter_matches(r->live->filter, e))
		return;
	r->newest = e->ns;
	if (!trace_queue_add(&r->live->queue, e)) {
		r->live->event(r->live->arg, e);
		r->live->lost++;
	}
}

static void hand_on(struct live *l, uint64_t before, uint64_t now)
{
	const struct trace_event *e;

	while (!(l->done && l->done(l->arg)) && (e = trace_queue_take(&l->queue, before))) {
		struct trace_event copy = *e;

		l->event(l->arg, &copy);
	}
	if (l->tick)
		l->tick(l->arg, now);
}

/* True once the child has ended; its status is as a shell gives it. */
static bool has_ended(pid_t child, int options, int *status)
{
	int raw;

	if (waitpid(child, &raw, options) != child)
		return false;
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return true;
}

static bool over(const struct live *l, uint64_t start, uint64_t now)
{
	return (l->seconds && now - start >= l->seconds * 1e9) || (l->done && l->done(l->arg));
}

/* Reads until there is a reason to end; whether the child is still there. */
static bool watch(struct live *l, struct trace_source *s, pid_t child, int *status)
{
	struct reader r = { .live = l };
	uint64_t start = trace_now(), ended = 0, now;

	do {
		trace_read(s, 50, take_event, &r);
		now = trace_now();
		hand_on(l, now - HOLD_NS, now);
		if (child > 0 && !ended && has_ended(child, WNOHANG, status))
			ended = now;
		if (ended && (now - ended > REST_NS ||
			      (now - ended > QUIET_NS && now - r.newest > QUIET_NS)))
			break;
		/* ^C reaches the child as well, and its end is the reason. */
		if (stopped == SIGTERM && child > 0 && !ended)
			kill(child, SIGTERM);
		if (stopped && (child <= 0 || ended))
			break;
	} while (!over(l, start, now));
	trace_pause(s);
	trace_read(s, 0, take_event, &r);
	hand_on(l, UINT64_MAX, UINT64_MAX);
	return child > 0 && !ended;
}

void live_read_text(FILE *f, void (*event)(void *arg, const struct trace_event *e), void *arg)
{
	char line[2048];
	struct trace_event e;

	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (trace_parse_line(line, &e))
			event(arg, &e);
	}
}

void live_replay(struct live *l, FILE *text)
{
	struct reader r = { .live = l };

	live_read_text(text, take_event, &r);
	hand_on(l, UINT64_MAX, UINT64_MAX);
	trace_queue_free(&l->queue);
}

int live_run(struct live *l)
{
	static struct trace_source source;
	int status = 0;
	pid_t child = 0;
	bool running;

	catch_signals();
	if (!trace_open(&source, l->program))
		return 1;
	if (l->command) {
		child = start_command(l);
		if (child < 0) {
			perror(l->program);
			status = 1;
		}
	}
	running = watch(l, &source, child, &status);
	l->lost += trace_lost(&source);
	trace_close(&source);
	trace_queue_free(&l->queue);
	while (running && !has_ended(child, 0, &status) && errno == EINTR) {
		if (stopped == SIGTERM)
			kill(child, SIGTERM);
	}
	return status;
}
