/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured (workload.c) and who measures it (bench.c): a workload runs in a process of
 * its own and returns the time of its measured region in ns for a number of operations.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

enum family { FAMILY_INET, FAMILY_XTCP, FAMILY_ALIAS };

struct ends {
	int (*open)(int af);	/* a socket of the family measured */
	int af;			/* AF_INET or AF_INET6 */
};

struct workload {
	const char *name;
	const char *unit;	/* of one operation */
	int digits;		/* behind the point, in the report */
	uint64_t ops;		/* in one run */
	uint64_t (*run)(const struct ends *e, uint64_t ops);
};

/* flood.c: with syncookies 1, beyond the full queue, and 2 */
uint64_t flood_full(const struct ends *e, uint64_t ops);
uint64_t flood_always(const struct ends *e, uint64_t ops);
/* SYNs with a wrong checksum */
uint64_t flood_damaged(const struct ends *e, uint64_t ops);

extern const struct workload workloads[];
extern const int nr_workloads;

void die(const char *what) __attribute__((noreturn));

#endif
