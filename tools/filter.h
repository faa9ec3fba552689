/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets are meant, in the words of ss(8): states, ports and addresses.
 */
#ifndef _XTCP_TOOLS_FILTER_H
#define _XTCP_TOOLS_FILTER_H

#include "diag.h"

#define FILTER_TERMS	32

enum filter_op {
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_GT,
	FILTER_LE,
	FILTER_GE,
};

/**
 * struct filter_term - something that a socket's end must have
 * @remote: of the remote end, not the local one
 * @op: how the port compares with @port
 * @has_port: the port counts
 * @family: of @addr, 0 where the address doesn't count
 * @prefix: bits of @addr that count
 */
struct filter_term {
	bool remote, has_port;
	enum filter_op op;
	uint16_t port;
	int family;
	uint8_t addr[16];
	unsigned int prefix;
};

/**
 * struct filter - what a socket must have
 * @states: DIAG_BIT() of each, 0 where none was named
 * @family: AF_INET, AF_INET6, or 0 for both
 * @terms: what is asked of its ends: all of them, unless there are steps
 * @nr: of terms
 * @steps: how they are joined, in the order of a stack: a term's index, or enum filter_step
 * @nr_steps: 0: the terms are joined by "and"
 */
struct filter {
	uint32_t states;
	int family;
	struct filter_term terms[FILTER_TERMS];
	unsigned int nr;
	int8_t steps[4 * FILTER_TERMS];
	unsigned int nr_steps;
};

enum filter_step {
	FILTER_NOT = -1,
	FILTER_AND = -2,
	FILTER_OR = -3,
};

/* Sets of states: of one name, or 0. */
uint32_t filter_states(const char *name);

/* Prints every name of a state or a set of them, a blank before each. */
void filter_print_state_names(void);

/* Reads the words; NULL, or what is wrong with them, in a static buffer. */
const char *filter_parse(struct filter *f, char *const *words, int nr);

/* ADDRESS[/LENGTH][:PORT] into a term, false where it is none. */
bool filter_parse_end(struct filter_term *t, const char *text);

bool filter_passes(const struct filter *f, const struct diag_socket *s);

/* What of it the kernel can look at. */
struct diag_query filter_query(const struct filter *f, uint32_t states);

#endif /* _XTCP_TOOLS_FILTER_H */
