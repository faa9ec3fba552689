/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host program is one CPU.
 */
#ifndef _SHIM_LINUX_PERCPU_H
#define _SHIM_LINUX_PERCPU_H

#include <linux/types.h>

#define DEFINE_PER_CPU(type, name)	__typeof__(type) name
#define this_cpu_inc(x)			((void)((x)++))
#define this_cpu_add(x, n)		((void)((x) += (n)))
#define per_cpu_ptr(ptr, cpu)		((void)(cpu), (ptr))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)

#endif /* _SHIM_LINUX_PERCPU_H */
