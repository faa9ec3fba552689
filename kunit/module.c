// SPDX-License-Identifier: GPL-2.0-only
/*
 * xtcp_kunit.ko: all suites with core objects of their own, so that no symbol
 * of xtcp.ko is exported for tests. They run when it is loaded.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit tests of xtcp's core");
MODULE_LICENSE("GPL");
