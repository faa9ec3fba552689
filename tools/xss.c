// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shows the sockets of xtcp, as ss(8) shows those of the kernel's own TCP. See xss(8).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "filter.h"
#include "options.h"
#include "show.h"
#include "xss.h"

#define DEFAULT_STATES	(filter_states("connected") & ~filter_states("bucket"))

enum {
	COMPLETION = 256,
	MAN_OPTIONS,
};

static const struct option_row rows[] = {
	{ 'a', "all", NULL, "sockets in all states, listeners and TIME-WAITs too" },
	{ 'l', "listening", NULL, "listeners only" },
	{ 'n', "numeric", NULL, "numbers for addresses and ports; it is always so" },
	{ 'p', "processes", NULL, "processes that hold a socket: name, pid and descriptor" },
	{ 'i', "info", NULL, "what moves a connection: times, windows, sums" },
	{ 'o', "options", NULL, "timers that run, time left, tries in vain" },
	{ 'm', "memory", NULL, "memory of a socket, in bytes, in the letters of ss(8)" },
	{ 'e', "extended", NULL, "user, inode, cookie, and mark, TOS and shutdown where they are set" },
	{ '4', "ipv4", NULL, "IPv4 only" },
	{ '6', "ipv6", NULL, "IPv6 only" },
	{ 't', "tcp", NULL, "accepted: there is nothing else" },
	{ 's', "summary", NULL, "how many sockets are in each state, and the counters that matter" },
	{ 'K', "kill", NULL, "reset the sockets that are meant and show them; needs a filter, -a or -l" },
	{ 'H', "no-header", NULL, "no line of heads" },
	{ 'j', "json", NULL, "an array of objects in JSON" },
	{ 'h', "help", NULL, "this text" },
	{ 'V', "version", NULL, "the version" },
	{ COMPLETION, "completion", NULL, NULL },
	{ MAN_OPTIONS, "man-options", NULL, NULL },
};

static const struct {
	char letter;
	unsigned int what;
} switches[] = {
	{ 'a', XSS_ALL },
	{ 'l', XSS_LISTENING },
	{ 'n', 0 },
	{ 't', 0 },
	{ 'p', XSS_PROCESSES },
	{ 'i', XSS_INFO },
	{ 'o', XSS_TIMERS },
	{ 'm', XSS_MEMORY },
	{ 'e', XSS_EXTENDED },
	{ 's', XSS_SUMMARY },
	{ 'K', XSS_KILL },
	{ 'H', XSS_NO_HEADER },
	{ 'j', XSS_JSON },
};

static const char usage[] =
	"Usage: xss [OPTIONS] [FILTER]\n";

static const char filter_help[] =
	"\nFILTER is states first, then conditions, joined by \"and\", \"or\", \"not\" and ( ):\n"
	"  state NAME             may be told more than once; exclude NAME: not those\n"
	"  sport = :PORT          the local port; dport: that of the peer; = != < > <= >=\n"
	"  src ADDRESS[/LENGTH][:PORT]   the local end; dst: that of the peer\n"
	"States:";

static void help(void)
{
	printf("%s\nShows the sockets of xtcp: at first those that are connected.\n\n", usage);
	options_help(rows, ARRAY_SIZE(rows));
	fputs(filter_help, stdout);
	filter_print_state_names();
	putchar('\n');
}

static void completion(void)
{
	puts("# SPDX-License-Identifier: GPL-2.0-only\n"
	     "# bash completion of xss, written by xss --completion\n"
	     "_xss()\n{\n"
	     "\tlocal words=\"state exclude sport dport src dst and\"\n"
	     "\tcase ${COMP_WORDS[COMP_CWORD - 1]} in");
	fputs("\tstate | exclude) words=\"", stdout);
	filter_print_state_names();
	puts("\" ;;\n\tsport | dport) words=\"= != < > <= >=\" ;;\n\tesac");
	fputs("\t[[ $2 != -* ]] || words=\"", stdout);
	options_words(rows, ARRAY_SIZE(rows));
	puts("\"\n\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$2\")\n}\n"
	     "complete -F _xss xss");
}

static void wrong_usage(const char *why)
{
	fprintf(stderr, "xss: %s\n%sxss --help tells more\n", why, usage);
	exit(2);
}

/* An option that is a switch: true where it is one. */
static bool flip(int letter, unsigned int *what)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		if (switches[i].letter == letter) {
			*what |= switches[i].what;
			return true;
		}
	}
	return false;
}

static unsigned int parse_options(int argc, char **argv, struct filter *f)
{
	unsigned int what = 0;
	bool four = false, six = false;
	int letter;

	while ((letter = options_next(argc, argv, rows, ARRAY_SIZE(rows))) != -1) {
		if (flip(letter, &what))
			continue;
		if (letter == 'h')
			help();
		else if (letter == 'V')
			puts("xss of xtcp " XTCP_VERSION);
		else if (letter == COMPLETION)
			completion();
		else if (letter == MAN_OPTIONS)
			options_man(rows, ARRAY_SIZE(rows));
		else if (letter != '4' && letter != '6')
			exit(2);
		if (letter != '4' && letter != '6')
			exit(0);
		four |= letter == '4';
		six |= letter == '6';
	}
	if (four != six)
		f->family = four ? AF_INET : AF_INET6;
	return what;
}

static uint32_t states_of(unsigned int what)
{
	if (what & XSS_ALL || what & XSS_SUMMARY)
		return filter_states("all");
	return what & XSS_LISTENING ? filter_states("listening") : DEFAULT_STATES;
}

static void keep_those_that_pass(struct diag_list *list, const struct filter *f)
{
	size_t i, kept = 0;

	for (i = 0; i < list->nr; i++) {
		if (filter_passes(f, &list->at[i]))
			list->at[kept++] = list->at[i];
	}
	list->nr = kept;
}

/* Leaves in the list those that it reset. */
static int kill_all(struct diag *d, struct diag_list *list)
{
	char local[SHOW_END_SIZE], remote[SHOW_END_SIZE];
	size_t i, killed = 0;
	int status = 0;

	for (i = 0; i < list->nr; i++) {
		if (!diag_kill(d, &list->at[i])) {
			list->at[killed++] = list->at[i];
			continue;
		}
		fprintf(stderr, "xss: %s %s %s stays: %s\n", show_state(list->at[i].state),
			show_local(local, &list->at[i]), show_remote(remote, &list->at[i]),
			d->error);
		status = 1;
	}
	list->nr = killed;
	return status;
}

static void show(const struct diag_list *list, unsigned int what)
{
	struct procs procs = {};

	if (what & XSS_SUMMARY) {
		xss_summary(list);
		return;
	}
	if (what & XSS_PROCESSES)
		procs_read(&procs);
	if (what & XSS_JSON)
		xss_json(list, &procs, what);
	else
		xss_text(list, &procs, what);
	procs_free(&procs);
}

int main(int argc, char **argv)
{
	struct filter f = {};
	unsigned int what = parse_options(argc, argv, &f);
	struct diag_query query;
	struct diag_list list;
	struct diag d;
	const char *why;
	int status = 0;

	why = filter_parse(&f, argv + optind, argc - optind);
	if (why)
		wrong_usage(why);
	if (what & XSS_KILL && !f.states && !f.nr && !(what & (XSS_ALL | XSS_LISTENING)))
		wrong_usage("--kill needs a filter, -a or -l");
	query = filter_query(&f, states_of(what));
	if (diag_open(&d) || diag_collect(&d, &query, &list)) {
		fprintf(stderr, "xss: %s\n", d.error);
		return 1;
	}
	keep_those_that_pass(&list, &f);
	if (what & XSS_KILL)
		status = kill_all(&d, &list);
	show(&list, what);
	diag_free(&list);
	diag_close(&d);
	return status;
}
