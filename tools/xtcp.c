// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp COMMAND: looks into the module xtcp. Every command is a row of one table: --help, the man
 * page and the completion for bash come from it. See xtcp(8).
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "show.h"
#include "xtcp.h"

/**
 * struct command - a subcommand
 * @name: the word for it
 * @synopsis: what may stand behind it
 * @help: what it does, in sentences
 * @run: called with the words from its name on
 * @helps: it has a --help of its own
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *help;
	int (*run)(int argc, char **argv);
	bool helps;
};

static const struct command commands[] = {
	{ "status", "[-w SECONDS]", "The module and its parameters, the sockets of each network namespace by state, memory, and the counters of this namespace that are not 0. With -w the counters that move within so many seconds, and by how much.", xtcp_status, false },
	{ "why", "SOCKET", "In words what a socket waits for.", xtcp_why, false },
	{ "doctor", "", "Looks for what is wrong or might be, and says what to do about it. The exit status is 1 where something is bad.", xtcp_doctor, false },
	{ "watch", "[--once] [--plain] [SOCKET]", "A socket, live on the terminal: the state machine of RFC 9293 with its state lit, its queues, timers and congestion window; without SOCKET, and of several, the connection with most in its queues. q or ^C ends it. With --once one picture, with --plain without escapes.", xtcp_watch, false },
	{ "ladder", "[-r FILE] [-t SECONDS] [-n SEGMENTS] [--all] [--plain] [FILTER] [-- COMMAND...]", "The segments of a connection as a sequence diagram, live, of a command, or of a recording, with the reason of each and the states of both sides; xtcp ladder --help and xtcp-ladder(8) say more.", xtcp_ladder, true },
	{ "record", "[-o FILE] [-r TEXT] [-t SECONDS] [-n SEGMENTS] [FILTER] [-- COMMAND...]", "The segments as a file that Wireshark opens, with the reason and the state behind each as its comment; xtcp record --help and xtcp-ladder(8) say more.", xtcp_record, true },
};

static const char socket_help[] =
	"SOCKET is the local end, as ADDRESS:PORT or :PORT, or both ends, local and remote; or\n"
	"PID/FD, a descriptor of a process; or an inode.\n";

static void put_usage(FILE *f, const struct command *c)
{
	fprintf(f, "Usage: xtcp %s%s%s\n", c->name, *c->synopsis ? " " : "", c->synopsis);
}

static const struct command *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

int xtcp_usage(const char *command, const char *why)
{
	if (why)
		fprintf(stderr, "xtcp %s: %s\n", command, why);
	put_usage(stderr, find(command));
	return 2;
}

int xtcp_failure(const char *why)
{
	fprintf(stderr, "xtcp: %s\n", why);
	return 1;
}

void xtcp_wrap(const char *text, int indent, int width)
{
	int column = 0, len;

	for (; *text; text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		if (column && column + 1 + len > width) {
			putchar('\n');
			column = 0;
		}
		column += column ? printf(" %.*s", len, text) :
				   printf("%*s%.*s", indent, "", len, text);
	}
	putchar('\n');
}

static int help(void)
{
	char left[64];
	unsigned int i;

	puts("Usage: xtcp COMMAND [ARGUMENTS]\n\nLooks into the TCP of the module xtcp.\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].synopsis);
		puts(left);
		xtcp_wrap(commands[i].help, 8, 92);
	}
	printf("\n%sxtcp --version tells the version.\n", socket_help);
	return 0;
}

static int help_of(const struct command *c)
{
	put_usage(stdout, c);
	xtcp_wrap(c->help, 0, 92);
	if (strstr(c->synopsis, "SOCKET"))
		fputs(socket_help, stdout);
	return 0;
}

/* The options that a synopsis names. */
static void put_options(const char *synopsis)
{
	int len;

	for (; *synopsis; synopsis += len + strspn(synopsis + len, "[]| ")) {
		len = strcspn(synopsis, "[]| ");
		if (*synopsis == '-')
			printf("%.*s ", len, synopsis);
	}
}

static int completion(void)
{
	unsigned int i;

	puts("# SPDX-License-Identifier: GPL-2.0-only\n"
	     "# bash completion of xtcp, written by xtcp --completion\n"
	     "_xtcp()\n{\n"
	     "\tlocal words=--help\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	fputs("\t\twords=\"", stdout);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("%s ", commands[i].name);
	puts("--help --version\"\n\telse\n\t\tcase ${COMP_WORDS[1]} in");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		printf("\t\t%s) words=\"", commands[i].name);
		put_options(commands[i].synopsis);
		puts("--help\" ;;");
	}
	puts("\t\tesac\n\tfi\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$2\")\n}\n"
	     "complete -F _xtcp xtcp");
	return 0;
}

/* A hyphen of roff is none that a reader could paste. */
static void man_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			putchar('\\');
		putchar(*text);
	}
}

static int man(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		printf(".TP\n.BI %s \" ", commands[i].name);
		man_text(commands[i].synopsis);
		puts("\"");
		man_text(commands[i].help);
		putchar('\n');
	}
	return 0;
}

static int version(void)
{
	puts("xtcp " XTCP_VERSION);
	return 0;
}

static const struct {
	const char *word;
	int (*run)(void);
} words[] = {
	{ "help", help },
	{ "--help", help },
	{ "-h", help },
	{ "--version", version },
	{ "-V", version },
	{ "--completion", completion },
	{ "--man-options", man },
};

int main(int argc, char **argv)
{
	const struct command *c;
	unsigned int i;

	if (argc < 2) {
		fputs("Usage: xtcp COMMAND [ARGUMENTS]\nxtcp --help tells the commands\n", stderr);
		return 2;
	}
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i].word, argv[1]))
			return words[i].run();
	}
	c = find(argv[1]);
	if (!c) {
		fprintf(stderr, "xtcp: no command '%s'; xtcp --help tells them\n", argv[1]);
		return 2;
	}
	if (!c->helps && argc == 3 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h")))
		return help_of(c);
	return c->run(argc - 1, argv + 1);
}
