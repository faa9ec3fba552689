/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xss -i shows of a socket, as one table for text and for JSON.
 */
#ifndef _XTCP_TOOLS_FIELDS_H
#define _XTCP_TOOLS_FIELDS_H

#include "diag.h"

enum field_unit {
	FIELD_NUMBER,
	FIELD_USECS,	/* in text as milliseconds with a fraction */
	FIELD_MSECS,
	FIELD_RATE,	/* bytes per second */
};

/**
 * struct field - a number of struct diag_socket
 * @name: as ss(8) has it, where it has it
 * @has: bit of struct diag_socket.has without which it is unknown
 * @unit: enum field_unit
 * @size: bytes of it
 * @offset: where it is
 * @none: the value that says nothing, which text leaves out
 */
struct field {
	const char *name;
	unsigned int has;
	uint8_t unit, size;
	uint16_t offset;
	uint64_t none;
};

extern const struct field fields[];
extern const unsigned int nr_fields;

/* Text of struct tcp_info.tcpi_options, in bits. */
extern const struct field_option {
	unsigned int bit;
	const char *name;
} field_options[];
extern const unsigned int nr_field_options;

/* As struct xtcp_diag_conn.flags. */
extern const struct field_option field_flags[];
extern const unsigned int nr_field_flags;

/* Elements of SK_MEMINFO: the letters of ss, and a name. */
extern const char *const field_memory[SK_MEMINFO_VARS][2];

/* Of a listener struct tcp_info says next to nothing. */
bool field_is_known(const struct field *f, const struct diag_socket *s);
uint64_t field_value(const struct field *f, const struct diag_socket *s);

#endif /* _XTCP_TOOLS_FIELDS_H */
