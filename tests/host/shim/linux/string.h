/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings and memory; strscpy() and memchr_inv() are the kernel's own.
 */
#ifndef _SHIM_LINUX_STRING_H
#define _SHIM_LINUX_STRING_H

#include <string.h>
#include <linux/types.h>

ssize_t strscpy(char *to, const char *from, size_t size);
void *memchr_inv(const void *from, int c, size_t n);

#endif /* _SHIM_LINUX_STRING_H */
