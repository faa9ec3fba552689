// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: what is set up in which order, and taken down in the reverse one.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/socket.h>
#include <uapi/linux/xtcp.h>
#include <xtcp/bind.h>
#include <xtcp/congestion.h>
#include <xtcp/half_open.h>
#include <xtcp/ip.h>
#include <xtcp/netns.h>
#include <xtcp/node.h>
#include <xtcp/sock.h>

#define XTCP_VERSION	"0.1"

int xtcp_family_param = AF_XTCP;
module_param_named(family, xtcp_family_param, int, 0444);
MODULE_PARM_DESC(family, "number of the address family AF_XTCP (default 18)");

/**
 * struct rung - one step of the init ladder
 * @up: 0 or -errno; leaves nothing behind on failure
 * @down: undoes it
 * @what: for the message on failure
 * @taken: what @up returns if the family's number is not free, -errno; 0 for never
 */
struct rung {
	int (*up)(void);
	void (*down)(void);
	const char *what;
	int taken;
};

/* Segments may come from xtcp_attach() on, sockets after the last. */
static const struct rung ladder[] = {
	{ xtcp_prot_setup,	xtcp_prot_teardown,	"the protocol" },
	{ xtcp_demux_setup,	xtcp_demux_teardown,	"the table of connections" },
	{ xtcp_half_open_setup,	xtcp_half_open_teardown, "the caches" },
	{ xtcp_congestion_setup, xtcp_congestion_teardown, "the congestion control algorithms" },
	{ xtcp_bind_setup,	xtcp_bind_teardown,	"the table of ports" },
	{ xtcp_netns_setup,	xtcp_netns_teardown,	"the network namespaces" },
	{ xtcp_attach,		xtcp_detach,		"the input of segments" },
	{ xtcp_diag_setup,	xtcp_diag_teardown,	"sock_diag", -EBUSY },
	{ xtcp_family_setup,	xtcp_family_teardown,	"the address family", -EEXIST },
};

static void climb_down(int from)
{
	int i;

	for (i = from - 1; i >= 0; i--)
		ladder[i].down();
}

static int __init xtcp_init(void)
{
	int i, err;

	if (xtcp_family_param <= AF_UNSPEC || xtcp_family_param >= AF_MAX) {
		pr_err("xtcp: family=%d is not the number of an address family, which is 1 to %d\n",
		       xtcp_family_param, AF_MAX - 1);
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(ladder); i++) {
		err = ladder[i].up();
		if (!err)
			continue;
		climb_down(i);
		if (err == ladder[i].taken) {
			pr_err("xtcp: family=%d belongs to another protocol of this kernel\n",
			       xtcp_family_param);
			return -EINVAL;
		}
		pr_err("xtcp: cannot set up %s: error %d\n", ladder[i].what, err);
		return err;
	}
	pr_info("xtcp: version %s, address family %d\n", XTCP_VERSION, xtcp_family_param);
	return 0;
}

static void __exit xtcp_exit(void)
{
	climb_down(ARRAY_SIZE(ladder));
}

module_init(xtcp_init);
module_exit(xtcp_exit);

MODULE_DESCRIPTION("A second TCP beside the kernel's own");
MODULE_VERSION(XTCP_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS_NETPROTO(18);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_NETLINK, NETLINK_SOCK_DIAG, 18);
