// SPDX-License-Identifier: GPL-2.0-only
/*
 * An example of a congestion control algorithm in a module of its own: a window
 * of so many segments, whatever happens. For links of one's own, and for tests:
 * it is no algorithm for the Internet (RFC 8961 and RFC 5681 say why).
 */
#include <linux/minmax.h>
#include <linux/module.h>
#include <xtcp/cc.h>

static char *name = "fixed";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name for TCP_CONGESTION (fixed)");

static unsigned int segments = 20;
module_param(segments, uint, 0644);
MODULE_PARM_DESC(segments, "congestion window in segments (20)");

static u32 window(const struct xtcp_cc *cc)
{
	return clamp(READ_ONCE(segments), 2U, XTCP_CWND_MAX / cc->mss) * cc->mss;
}

static void on_ack(struct xtcp_cc *cc, const struct xtcp_cc_sample *s)
{
	cc->cwnd = window(cc);
}

static u32 on_loss(struct xtcp_cc *cc, u32 flight, bool timeout)
{
	return window(cc);
}

static struct xtcp_cc_ops fixed = {
	.owner = THIS_MODULE,
	.on_ack = on_ack,
	.on_loss = on_loss,
};

static int __init fixed_init(void)
{
	fixed.name = name;
	return xtcp_cc_register(&fixed);
}

static void __exit fixed_exit(void)
{
	xtcp_cc_unregister(&fixed);
}

module_init(fixed_init);
module_exit(fixed_exit);

MODULE_DESCRIPTION("Fixed congestion window for xtcp: an example");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xtcp-cc-fixed");
