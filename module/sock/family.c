// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel calls: struct proto, struct proto_ops, and the two doors by
 * which users come in: a family of our own and a protocol number in AF_INET
 * and AF_INET6. main.c opens and closes them.
 */
#include <linux/module.h>
#include <net/protocol.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include "internal.h"

static struct percpu_counter sockets_allocated;
static atomic_long_t memory_allocated;
static DEFINE_PER_CPU(int, memory_per_cpu_fw_alloc);

/* Part of sk_common_release(); the table is left in xtcp_sock_free_all(). */
static void unhash(struct sock *sk)
{
}

/* SO_BINDTODEVICE: from now on only segments from there are for the socket. */
static void rehash(struct sock *sk)
{
	WRITE_ONCE(xtcp_sk(sk)->node.bound_dev, sk->sk_bound_dev_if);
}

/*
 * SOCK_RCU_FREE is what keeps sockets for readers. The flag tells the allocator not
 * to clear, where the kernel is built to (init_on_alloc), what sk_alloc() and
 * sk_clone_lock() clear anyway. KASAN finds less with it.
 */
#define SOCK_SLAB_FLAGS	(IS_ENABLED(CONFIG_KASAN) ? 0 : SLAB_TYPESAFE_BY_RCU)

struct proto xtcp_prot = {
	.name = "xtcp",
	.owner = THIS_MODULE,
	.close = xtcp_close,
	.disconnect = xtcp_disconnect,
	.init = xtcp_sock_init,
	.destroy = xtcp_sock_free_all,
	.keepalive = xtcp_keepalive,
	.unhash = unhash,
	.rehash = rehash,
	.backlog_rcv = xtcp_sock_backlog_rcv,
	.release_cb = xtcp_sock_release_cb,
	.diag_destroy = xtcp_diag_destroy,
	.enter_memory_pressure = xtcp_pressure_enter,
	.leave_memory_pressure = xtcp_pressure_leave,
	.memory_allocated = &memory_allocated,
	.per_cpu_fw_alloc = &memory_per_cpu_fw_alloc,
	.sockets_allocated = &sockets_allocated,
	.sysctl_mem = xtcp_mem_limits,
	.max_header = MAX_TCP_HEADER,
	.obj_size = sizeof(struct xtcp_sock),
	.slab_flags = SOCK_SLAB_FLAGS,
	.no_autobind = true,
	XTCP_PINFO_OFFSET(offsetof(struct xtcp_sock, inet6))
};

XTCP_DEFINE_ACCEPT(ops_accept, xtcp_accept_call)

/* inet6_release() leaves multicast groups of both families and closes. */
const struct proto_ops xtcp_stream_ops = {
	.family = PF_XTCP,
	.owner = THIS_MODULE,
	.release = inet6_release,
	.bind = xtcp_bind_call,
	.connect = xtcp_connect_call,
	.socketpair = sock_no_socketpair,
	.accept = ops_accept,
	.getname = xtcp_getname,
	.poll = xtcp_poll,
	.ioctl = xtcp_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl = xtcp_compat_ioctl,
#endif
	.gettstamp = sock_gettstamp,
	.listen = xtcp_listen,
	.shutdown = xtcp_shutdown,
	.setsockopt = xtcp_setsockopt,
	.getsockopt = xtcp_getsockopt,
	.sendmsg = xtcp_sendmsg,
	.recvmsg = xtcp_recvmsg,
	.mmap = sock_no_mmap,
	.splice_read = xtcp_splice_read,
	XTCP_SPLICE_OPS,
	.set_peek_off = sk_set_peek_off,
	.set_rcvlowat = xtcp_set_rcvlowat,
};

static struct net_proto_family family = {
	.create = xtcp_sock_create,
	.owner = THIS_MODULE,
};

static struct inet_protosw alias_ipv4 = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_XTCP,
	.prot = &xtcp_prot,
	.ops = &xtcp_stream_ops,
};

static struct inet_protosw alias_ipv6 = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_XTCP,
	.prot = &xtcp_prot,
	.ops = &xtcp_stream_ops,
};

int xtcp_family_setup(void)
{
	int err;

	inet_register_protosw(&alias_ipv4);
	if (ipv6_mod_enabled()) {
		err = inet6_register_protosw(&alias_ipv6);
		if (err)
			goto out_ipv4;
	}
	family.family = xtcp_family_param;
	err = sock_register(&family);
	if (!err)
		return 0;

	if (ipv6_mod_enabled())
		inet6_unregister_protosw(&alias_ipv6);
out_ipv4:
	inet_unregister_protosw(&alias_ipv4);
	return err;
}

void xtcp_family_teardown(void)
{
	sock_unregister(family.family);
	if (ipv6_mod_enabled())
		inet6_unregister_protosw(&alias_ipv6);
	inet_unregister_protosw(&alias_ipv4);
}

int xtcp_prot_setup(void)
{
	int err;

	xtcp_pressure_setup();
	err = xtcp_tx_setup();
	if (err)
		return err;
	err = percpu_counter_init(&sockets_allocated, 0, GFP_KERNEL);
	if (err)
		goto out_tx;
	err = proto_register(&xtcp_prot, 1);
	if (!err)
		return 0;

	percpu_counter_destroy(&sockets_allocated);
out_tx:
	xtcp_tx_teardown();
	return err;
}

void xtcp_prot_teardown(void)
{
	rcu_barrier();	/* sockets that are being freed */
	proto_unregister(&xtcp_prot);
	percpu_counter_destroy(&sockets_allocated);
	xtcp_tx_teardown();
}
