/* SPDX-License-Identifier: GPL-2.0-only */
/* Where Linux 6.1 has it. */
#include <linux/unaligned.h>
