// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sockets are meant, in the words of ss(8).
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "filter.h"
#include "show.h"

#define ALL	(((1u << DIAG_NR_STATES) - 1) & ~1u)
#define CONNECTED	(ALL & ~(DIAG_BIT(DIAG_LISTEN) | DIAG_BIT(DIAG_CLOSED)))
#define BUCKET	(DIAG_BIT(DIAG_SYN_RECEIVED) | DIAG_BIT(DIAG_TIME_WAIT))

/* Beside the names of the states themselves. */
static const struct {
	const char *name;
	uint32_t states;
} sets[] = {
	{ "all", ALL },
	{ "connected", CONNECTED },
	{ "synchronized", CONNECTED & ~DIAG_BIT(DIAG_SYN_SENT) },
	{ "bucket", BUCKET },
	{ "big", ALL & ~BUCKET },
	{ "listening", DIAG_BIT(DIAG_LISTEN) },
	{ "estab", DIAG_BIT(DIAG_ESTABLISHED) },
	{ "syn-recv", DIAG_BIT(DIAG_SYN_RECEIVED) },
	{ "close", DIAG_BIT(DIAG_CLOSED) },
	{ "unconnected", DIAG_BIT(DIAG_CLOSED) },
};

static const struct {
	const char *text;
	enum filter_op op;
} operators[] = {
	{ "=", FILTER_EQ },
	{ "==", FILTER_EQ },
	{ "eq", FILTER_EQ },
	{ "!=", FILTER_NE },
	{ "neq", FILTER_NE },
	{ "ne", FILTER_NE },
	{ "<", FILTER_LT },
	{ "lt", FILTER_LT },
	{ ">", FILTER_GT },
	{ "gt", FILTER_GT },
	{ "<=", FILTER_LE },
	{ "leq", FILTER_LE },
	{ "le", FILTER_LE },
	{ ">=", FILTER_GE },
	{ "geq", FILTER_GE },
	{ "ge", FILTER_GE },
};

#define TEXT_SIZE	1024	/* of a whole filter */

/**
 * struct reader - the words of a filter
 * @text: all of it
 * @at: where the next word is looked for
 * @error: what is wrong, or empty
 */
struct reader {
	char text[TEXT_SIZE];
	char *at;
	char error[160];
};

uint32_t filter_states(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		if (!strcasecmp(name, sets[i].name))
			return sets[i].states;
	}
	for (i = 1; i < DIAG_NR_STATES; i++) {
		if (!strcasecmp(name, show_state(i)))
			return DIAG_BIT(i);
	}
	return 0;
}

void filter_print_state_names(void)
{
	const char *c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		printf(" %s", sets[i].name);
	for (i = 1; i < DIAG_NR_STATES; i++) {
		putchar(' ');
		for (c = show_state(i); *c; c++)
			putchar(tolower(*c));
	}
}

static void wrong(struct reader *r, const char *what, const char *word)
{
	if (!r->error[0])
		snprintf(r->error, sizeof(r->error), word ? "%s: '%s'" : "%s", what, word);
}

static const char *next_word(struct reader *r)
{
	return strtok_r(NULL, " \t\n", &r->at);
}

static bool parse_port(const char *text, uint16_t *port)
{
	const struct servent *service;
	char *end;
	long number = strtol(text, &end, 10);

	if (isdigit(*text) && !*end && number <= UINT16_MAX) {
		*port = number;
		return true;
	}
	service = getservbyname(text, "tcp");
	if (service)
		*port = ntohs(service->s_port);
	return service;
}

static bool parse_prefix(struct filter_term *t, char *text)
{
	unsigned int most = t->family == AF_INET ? 32 : 128;
	char *end;

	t->prefix = most;
	if (!text)
		return true;
	t->prefix = strtoul(text, &end, 10);
	return isdigit(*text) && !*end && t->prefix <= most;
}

/* An address that may have "/LENGTH" behind it; "*" and nothing at all are any. */
static bool parse_address(struct filter_term *t, char *text)
{
	char *slash = strchr(text, '/');

	if (!*text || !strcmp(text, "*"))
		return true;
	if (slash)
		*slash++ = 0;
	t->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(t->family, text, t->addr) == 1 && parse_prefix(t, slash);
}

/* "[ADDRESS]" or "[ADDRESS]/LENGTH", where a colon follows only before a port. */
static char *split_brackets(char *text)
{
	char *close = strchr(text, ']'), *port;

	if (!close)
		return NULL;
	port = strchr(close, ':');
	memmove(close, close + 1, strlen(close));
	memmove(text, text + 1, strlen(text));
	return port ? port - 2 : NULL;
}

bool filter_parse_end(struct filter_term *t, const char *text)
{
	char copy[SHOW_END_SIZE], *port, *first;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	first = strchr(copy, ':');
	if (copy[0] == '[')
		port = split_brackets(copy);
	else	/* with two colons it is an address of IPv6 and no port */
		port = first == strrchr(copy, ':') ? first : NULL;
	if (port) {
		*port++ = 0;
		t->has_port = strcmp(port, "*");
		if (t->has_port && !parse_port(port, &t->port))
			return false;
	}
	return parse_address(t, copy);
}

static bool is_operator(const char *word, enum filter_op *op)
{
	unsigned int i;

	for (i = 0; word && i < ARRAY_SIZE(operators); i++) {
		if (!strcmp(word, operators[i].text)) {
			*op = operators[i].op;
			return true;
		}
	}
	return false;
}

static void read_port(struct reader *r, struct filter_term *t, const char *name)
{
	const char *word = next_word(r);

	if (!is_operator(word, &t->op)) {
		wrong(r, "a comparison, = != < > <= or >=, is missing behind", name);
		return;
	}
	word = next_word(r);
	t->has_port = true;
	if (!word || !parse_port(word + (*word == ':'), &t->port))
		wrong(r, "not a port", word ?: "");
}

static void read_end(struct reader *r, struct filter_term *t)
{
	enum filter_op op = FILTER_EQ;
	const char *word = next_word(r);

	if (is_operator(word, &op))
		word = next_word(r);
	if (op != FILTER_EQ)
		wrong(r, "an address is compared with = only", NULL);
	else if (!word || !filter_parse_end(t, word))
		wrong(r, "not ADDRESS[/LENGTH][:PORT]", word ?: "");
}

static void read_states(struct reader *r, struct filter *f, bool exclude)
{
	const char *word = next_word(r);
	uint32_t states = word ? filter_states(word) : 0;

	if (!states)
		wrong(r, "not a state", word ?: "");
	else if (exclude)
		f->states = (f->states ?: ALL) & ~states;
	else
		f->states |= states;
}

static void add_step(struct reader *r, struct filter *f, int step)
{
	if (f->nr_steps == ARRAY_SIZE(f->steps))
		wrong(r, "too many conditions", NULL);
	else
		f->steps[f->nr_steps++] = step;
}

static void read_term(struct reader *r, struct filter *f, const char *word)
{
	struct filter_term *t = &f->terms[f->nr];

	if (f->nr == FILTER_TERMS) {
		wrong(r, "too many conditions", NULL);
		return;
	}
	memset(t, 0, sizeof(*t));
	t->remote = word[0] == 'd';
	if (!strcmp(word, "sport") || !strcmp(word, "dport"))
		read_port(r, t, word);
	else if (!strcmp(word, "src") || !strcmp(word, "dst"))
		read_end(r, t);
	else
		wrong(r, "a filter has no word", word);
	add_step(r, f, f->nr++);
}

static bool is_or(const char *word)
{
	return !strcmp(word, "or") || !strcmp(word, "||") || !strcmp(word, "|");
}

static bool is_and(const char *word)
{
	return !strcmp(word, "and") || !strcmp(word, "&&") || !strcmp(word, "&");
}

static const char *read_any(struct reader *r, struct filter *f, const char *word);

/* A term, "not" and one, or parentheses. What it begins with is word. */
static void read_one(struct reader *r, struct filter *f, const char *word)
{
	bool no = false;

	while (word && (!strcmp(word, "not") || !strcmp(word, "!"))) {
		no = !no;
		word = next_word(r);
	}
	if (!word) {
		wrong(r, "a condition is missing at the end", NULL);
	} else if (!strcmp(word, "(")) {
		word = read_any(r, f, next_word(r));
		if (!word || strcmp(word, ")"))
			wrong(r, "a parenthesis is open still", NULL);
	} else {
		read_term(r, f, word);
	}
	if (no)
		add_step(r, f, FILTER_NOT);
}

/* As many as follow each other, with "and" between them or without. Returns the word behind. */
static const char *read_all(struct reader *r, struct filter *f, const char *word)
{
	read_one(r, f, word);
	while (!r->error[0] && (word = next_word(r)) && !is_or(word) && strcmp(word, ")")) {
		read_one(r, f, is_and(word) ? next_word(r) : word);
		add_step(r, f, FILTER_AND);
	}
	return word;
}

static const char *read_any(struct reader *r, struct filter *f, const char *word)
{
	word = read_all(r, f, word);
	while (!r->error[0] && word && is_or(word)) {
		word = read_all(r, f, next_word(r));
		add_step(r, f, FILTER_OR);
	}
	return word;
}

/* States come first: they are asked of the kernel, and are all that "or" can't join. */
static const char *read_all_states(struct reader *r, struct filter *f)
{
	const char *word;

	while (!r->error[0] && (word = next_word(r))) {
		if (!strcmp(word, "state"))
			read_states(r, f, false);
		else if (!strcmp(word, "exclude"))
			read_states(r, f, true);
		else if (!is_and(word))
			return word;
	}
	return NULL;
}

/* Words of the shell may hold several, and parentheses need no blank. */
static bool join_words(struct reader *r, char *const *words, int nr)
{
	const char *c;
	size_t len = 0;

	for (; nr; nr--, words++) {
		for (c = *words; *c && len < sizeof(r->text) - 4; c++) {
			bool alone = *c == '(' || *c == ')';

			if (alone)
				r->text[len++] = ' ';
			r->text[len++] = *c;
			if (alone)
				r->text[len++] = ' ';
		}
		if (*c)
			return false;
		r->text[len++] = ' ';
	}
	return true;
}

const char *filter_parse(struct filter *f, char *const *words, int nr)
{
	static struct reader r;
	const char *word;

	memset(&r, 0, sizeof(r));
	r.at = r.text;
	if (!join_words(&r, words, nr))
		return "a filter is too long";
	word = read_all_states(&r, f);
	if (word && !r.error[0])
		word = read_any(&r, f, word);
	if (word && !strcmp(word, ")"))
		wrong(&r, "a parenthesis was never open", NULL);
	return r.error[0] ? r.error : NULL;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	return !memcmp(a, b, bytes) && (!rest || !((a[bytes] ^ b[bytes]) >> (8 - rest)));
}

static bool port_passes(const struct filter_term *t, uint16_t port)
{
	switch (t->op) {
	case FILTER_EQ:
		return port == t->port;
	case FILTER_NE:
		return port != t->port;
	case FILTER_LT:
		return port < t->port;
	case FILTER_GT:
		return port > t->port;
	case FILTER_LE:
		return port <= t->port;
	case FILTER_GE:
		return port >= t->port;
	}
	return false;
}

static bool term_passes(const struct filter_term *t, const struct diag_socket *s)
{
	const struct diag_end *end = t->remote ? &s->remote : &s->local;

	if (t->has_port && !port_passes(t, end->port))
		return false;
	return !t->family ||
	       (t->family == s->family && same_prefix(t->addr, end->addr, t->prefix));
}

static bool steps_pass(const struct filter *f, const struct diag_socket *s)
{
	bool stack[FILTER_TERMS + 1];
	unsigned int i, depth = 0;

	for (i = 0; i < f->nr_steps; i++) {
		switch (f->steps[i]) {
		case FILTER_NOT:
			stack[depth - 1] = !stack[depth - 1];
			break;
		case FILTER_AND:
			depth--;
			stack[depth - 1] = stack[depth - 1] && stack[depth];
			break;
		case FILTER_OR:
			depth--;
			stack[depth - 1] = stack[depth - 1] || stack[depth];
			break;
		default:
			stack[depth++] = term_passes(&f->terms[f->steps[i]], s);
		}
	}
	return stack[0];
}

bool filter_passes(const struct filter *f, const struct diag_socket *s)
{
	unsigned int i;

	if (f->family && s->family != f->family)
		return false;
	if (f->nr_steps)
		return steps_pass(f, s);
	for (i = 0; i < f->nr; i++) {
		if (!term_passes(&f->terms[i], s))
			return false;
	}
	return true;
}

/* Only what all of them must have. */
static bool has_alternatives(const struct filter *f)
{
	unsigned int i;

	for (i = 0; i < f->nr_steps; i++) {
		if (f->steps[i] == FILTER_OR || f->steps[i] == FILTER_NOT)
			return true;
	}
	return false;
}

struct diag_query filter_query(const struct filter *f, uint32_t states)
{
	struct diag_query q = { .states = f->states ?: states };
	const struct filter_term *t;

	if (has_alternatives(f))
		return q;
	for (t = f->terms; t < f->terms + f->nr; t++) {
		if (!t->has_port || t->op != FILTER_EQ)
			continue;
		if (t->remote)
			q.remote_port = t->port;
		else
			q.local_port = t->port;
	}
	return q;
}
