// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reservations: entries in the table of bound ports of the kernel's TCP, by
 * which it finds a port taken. Called by hold.c.
 *
 * Such an entry is a socket there, of 2.5 KB. But a TIME-WAIT of the kernel's
 * stands there as well, and whoever meets one looks at its struct sock_common
 * only. So a socket of ours, one for each CPU, binds the port, as the kernel
 * wants it, and leaves its place to a stand-in of that size. At the end it takes
 * the place back and gives the port up.
 */
#include <linux/percpu.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <xtcp/bind.h>
#include <xtcp/compat.h>
#include "table.h"

/*
 * It belongs to no file, nothing is set up in it but what is compared with others
 * that want the port, and it is in nobody's hands between two calls.
 */
static struct inet_connection_sock __percpu *binders;

static void set_key(struct sock *sk, struct net *net, const struct xtcp_hold_key *key)
{
	bool v4 = ipv6_addr_v4mapped(&key->addr);

	sk->sk_family = v4 ? AF_INET : AF_INET6;
	sk->sk_prot = &tcp_prot;
	sk->sk_state = TCP_CLOSE;
	sock_net_set(sk, net);
	sk->sk_rcv_saddr = v4 ? key->addr.s6_addr32[3] : 0;
	sk->sk_v6_rcv_saddr = key->addr;
	sk->sk_ipv6only = !v4 && (key->v6only || !ipv6_addr_any(&key->addr));
	sk->sk_bound_dev_if = key->scope;
}

static struct sock *binder_for(struct net *net, const struct xtcp_hold_key *key)
{
	struct sock *sk = (struct sock *)this_cpu_ptr(binders);

	set_key(sk, net, key);
	return sk;
}

/* The locks that guard who has a port. */
static void lock_port(struct sock *sk, u16 port, struct inet_bind_hashbucket **head,
		      struct inet_bind_hashbucket **head2)
	__acquires(&(*head)->lock) __acquires(&(*head2)->lock)
{
	struct net *net = sock_net(sk);
	struct inet_hashinfo *table = net->ipv4.tcp_death_row.hashinfo;

	*head = &table->bhash[inet_bhashfn(net, port, table->bhash_size)];
	*head2 = inet_bhashfn_portaddr(table, sk, net, port);
	spin_lock(&(*head)->lock);
	spin_lock(&(*head2)->lock);
}

static void unlock_port(struct inet_bind_hashbucket *head, struct inet_bind_hashbucket *head2)
	__releases(&head2->lock) __releases(&head->lock)
{
	spin_unlock(&head2->lock);
	spin_unlock(&head->lock);
}

/* The stand-in takes the place of sk. */
static void take_place(struct xtcp_reservation *r, struct sock *sk, u16 port)
{
	struct inet_bind_hashbucket *head, *head2;
	struct sock_common *common = &r->owner.common;

	r->tb = inet_csk(sk)->icsk_bind_hash;
	r->tb2 = inet_csk(sk)->icsk_bind2_hash;
	/* Neither does it let in who has SO_REUSEADDR, nor does the port by itself. */
	sk->sk_reuse = SK_NO_REUSE;
	common->skc_family = sk->sk_family;
	common->skc_state = TCP_TIME_WAIT;
	common->skc_num = port;
	common->skc_ipv6only = sk->sk_ipv6only;
	common->skc_bound_dev_if = sk->sk_bound_dev_if;
	common->skc_rcv_saddr = sk->sk_rcv_saddr;
	common->skc_v6_rcv_saddr = sk->sk_v6_rcv_saddr;
	common->skc_net = sk->sk_net;
	lock_port(sk, port, &head, &head2);
	r->tb->fastreuse = 0;
	xtcp_port_sk_leave(sk);
	xtcp_port_owner_enter(&r->owner, r->tb, r->tb2);
	unlock_port(head, head2);
	inet_csk(sk)->icsk_bind_hash = NULL;
	inet_csk(sk)->icsk_bind2_hash = NULL;
}

static void give_place_back(struct xtcp_reservation *r, struct sock *sk, u16 port)
{
	struct inet_bind_hashbucket *head, *head2;

	lock_port(sk, port, &head, &head2);
	xtcp_port_owner_leave(&r->owner);
	xtcp_port_sk_enter(sk, r->tb, r->tb2);
	unlock_port(head, head2);
	inet_sk(sk)->inet_num = port;
	inet_csk(sk)->icsk_bind_hash = r->tb;
	inet_csk(sk)->icsk_bind2_hash = r->tb2;
}

int xtcp_reserve(struct xtcp_reservation *r, struct net *net, u16 port,
		 const struct xtcp_hold_key *key, bool reuse)
{
	struct sock *sk = binder_for(net, key);
	int err;

	sk->sk_reuse = reuse ? SK_CAN_REUSE : SK_NO_REUSE;
	err = inet_csk_get_port(sk, port);
	if (err)
		return -EADDRINUSE;
	take_place(r, sk, port);
	return 0;
}

void xtcp_reservation_let_in(struct xtcp_reservation *r, bool on)
{
	r->owner.common.skc_reuse = on ? SK_CAN_REUSE : SK_NO_REUSE;
}

void xtcp_unreserve(struct xtcp_reservation *r)
{
	const struct sock_common *common = &r->owner.common;
	struct xtcp_hold_key key = {
		.addr = common->skc_v6_rcv_saddr,
		.scope = common->skc_bound_dev_if,
		.v6only = common->skc_ipv6only,
	};
	struct sock *sk = binder_for(read_pnet(&common->skc_net), &key);

	give_place_back(r, sk, common->skc_num);
	inet_put_port(sk);
}

int xtcp_reserve_setup(void)
{
	int cpu;

	binders = alloc_percpu(struct inet_connection_sock);
	if (!binders)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		rwlock_init(&((struct sock *)per_cpu_ptr(binders, cpu))->sk_callback_lock);
	return 0;
}

void xtcp_reserve_teardown(void)
{
	free_percpu(binders);
	binders = NULL;
}
