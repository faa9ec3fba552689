// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each network namespace has, from its beginning to its end: tunables,
 * counters, timed queues, views. The kernel calls in here, main.c through
 * xtcp_netns_setup().
 */
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <xtcp/fastopen.h>
#include <xtcp/half_open.h>
#include <xtcp/netns.h>
#include <xtcp/sock.h>

unsigned int xtcp_net_id __read_mostly;

static int __net_init net_begin(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	int err;

	xn->net = net;
	xn->env.cut = xtcp_tx_cut;
	err = xtcp_sysctl_net_init(xn);
	if (err)
		return err;
	err = xtcp_mib_net_init(xn);
	if (err)
		goto out_sysctl;
	xtcp_fifo_init(&xn->requests, xtcp_request_expired);
	xtcp_fifo_init(&xn->timewaits, xtcp_timewait_expired);
	err = xtcp_fastopen_net_init(net);
	if (err)
		goto out_mib;
	err = xtcp_proc_net_init(xn);
	if (err)
		goto out_fastopen;
	return 0;

out_fastopen:
	xtcp_fastopen_net_exit(net);
out_mib:
	xtcp_mib_net_exit(xn);
out_sysctl:
	xtcp_sysctl_net_exit(xn);
	return err;
}

/* No socket is left, and no segment comes: what has no owner ends now. */
static void __net_exit net_end(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);

	xtcp_proc_net_exit(xn);
	xtcp_half_open_net_exit(net);
	xtcp_fifo_clean(&xn->requests);
	xtcp_fifo_clean(&xn->timewaits);
	xtcp_fastopen_net_exit(net);
	xtcp_mib_net_exit(xn);
	xtcp_sysctl_net_exit(xn);
}

static struct pernet_operations net_ops = {
	.init = net_begin,
	.exit = net_end,
	.id = &xtcp_net_id,
	.size = sizeof(struct xtcp_net),
};

int xtcp_netns_setup(void)
{
	return register_pernet_subsys(&net_ops);
}

void xtcp_netns_teardown(void)
{
	unregister_pernet_subsys(&net_ops);
}
