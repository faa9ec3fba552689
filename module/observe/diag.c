// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag of the family (uapi/linux/xtcp_diag.h says what is asked and
 * answered): all entries of the tables, or one; and its end. The answers are of
 * diag_put.c.
 */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/netlink.h>
#include <uapi/linux/xtcp_diag.h>
#include <xtcp/compat.h>
#include <xtcp/half_open.h>
#include "diag.h"

#define ANSWER_SIZE	1024	/* bytes of one about one entry; less is needed */

static bool is_wanted(const struct xtcp_view_at *at, const struct xtcp_diag_asked *a)
{
	const struct inet_diag_sockid *id = &a->req->id;
	const struct sock *sk = xtcp_view_sk(at);
	struct xtcp_diag_entry e;
	struct xtcp_view v;

	xtcp_view_fill(at, &v);
	if (!(a->req->idiag_states & (1U << v.state)) ||
	    (id->idiag_sport && id->idiag_sport != htons(v.tuple->lport)) ||
	    (id->idiag_dport && id->idiag_dport != htons(v.tuple->rport)))
		return false;
	if (!a->program)
		return true;
	e = (struct xtcp_diag_entry){
		.tuple = v.tuple,
		.family = xtcp_view_family(at),
		.dev = xtcp_view_dev(at),
		.mark = sk && a->privileged ? READ_ONCE(sk->sk_mark) : 0,
		.user_port = !sk || (sk->sk_userlocks & SOCK_BINDPORT_LOCK),
	};
	return xtcp_diag_filter_passes(a->program, &e);
}

static const struct nla_policy policy[] = {
	[INET_DIAG_REQ_BYTECODE] = { .type = NLA_BINARY },
};

/* Its program, which may be none. 0 or -errno. */
static int find_program(const struct nlmsghdr *h, bool privileged, const struct nlattr **program)
{
	struct nlattr *attrs[INET_DIAG_REQ_BYTECODE + 1];
	int err;

	err = nlmsg_parse_deprecated(h, sizeof(struct inet_diag_req_v2), attrs,
				     INET_DIAG_REQ_BYTECODE, policy, NULL);
	if (err)
		return err;
	*program = attrs[INET_DIAG_REQ_BYTECODE];
	return *program ? xtcp_diag_filter_check(*program, privileged) : 0;
}

static bool is_privileged(const struct sk_buff *in)
{
	return netlink_net_capable(in, CAP_NET_ADMIN);
}

/**
 * struct dump - a dump under way; of struct netlink_callback.args[0]
 * @at: the entry that was met last; held until the reader comes again
 * @program: who is wanted, or NULL; of the request, which lasts as long
 * @untold: there was no room for it
 * @privileged: the reader may know of marks
 */
struct dump {
	struct xtcp_view_at at;
	const struct nlattr *program;
	bool untold;
	bool privileged;
};

static int dump_start(struct netlink_callback *cb)
{
	bool privileged = is_privileged(cb->skb);
	const struct nlattr *program;
	struct dump *d;
	int err;

	err = find_program(cb->nlh, privileged, &program);
	if (err)
		return err;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->program = program;
	d->privileged = privileged;
	cb->args[0] = (long)d;
	return 0;
}

static int dump_done(struct netlink_callback *cb)
{
	struct dump *d = (void *)cb->args[0];

	if (d)
		xtcp_view_let_go(&d->at);
	kfree(d);
	return 0;
}

/* A packet of answers: as many as go in. */
static int dump_some(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *d = (void *)cb->args[0];
	struct xtcp_diag_asked a = {
		.req = nlmsg_data(cb->nlh),
		.program = d->program,
		.net = sock_net(skb->sk),
		.user_ns = sk_user_ns(NETLINK_CB(cb->skb).sk),
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.privileged = d->privileged,
	};
	int err = 0;

	while (!err && (d->untold || xtcp_view_next(a.net, &d->at))) {
		if (is_wanted(&d->at, &a))
			err = xtcp_diag_tell(skb, &d->at, &a);
		d->untold = err;
		cond_resched();
	}
	return err && !skb->len ? err : skb->len;
}

static bool has_cookie(struct sock *sk, const struct inet_diag_sockid *id)
{
	return !sock_diag_check_cookie(sk, id->idiag_cookie);
}

static bool is_listener_of(struct sock *sk, const struct inet_diag_sockid *id)
{
	struct xtcp_view_at at = { .sk = sk };
	struct inet_diag_sockid own = {};

	xtcp_diag_put_id(&own, &at);
	return own.idiag_sport == id->idiag_sport && own.idiag_if == id->idiag_if &&
	       !memcmp(own.idiag_src, id->idiag_src, sizeof(own.idiag_src)) && has_cookie(sk, id);
}

static bool find_listener(struct net *net, const struct inet_diag_sockid *id,
			  struct xtcp_view_at *at)
{
	while (xtcp_view_next(net, at) && at->sk)
		if (is_listener_of(at->sk, id))
			return true;
	xtcp_view_let_go(at);
	return false;
}

static bool find_tuple(struct net *net, const struct xtcp_tuple *t,
		       const struct inet_diag_sockid *id, struct xtcp_view_at *at)
{
	rcu_read_lock();
	at->node = xtcp_node_find(net, t, id->idiag_if, 0);
	rcu_read_unlock();
	if (!at->node)
		return false;
	if (!xtcp_view_sk(at) || has_cookie(xtcp_view_sk(at), id))
		return true;
	xtcp_view_let_go(at);
	return false;
}

/*
 * The one that is named, with a reference; false if there is none. Addresses are as an
 * answer has them: of IPv4 in the first word, and nothing says that it is IPv4.
 */
static bool find_one(struct net *net, const struct inet_diag_sockid *id, struct xtcp_view_at *at)
{
	struct xtcp_tuple t = { .lport = ntohs(id->idiag_sport), .rport = ntohs(id->idiag_dport) };

	*at = (struct xtcp_view_at){};
	if (!id->idiag_dport)
		return find_listener(net, id, at);
	memcpy(&t.laddr, id->idiag_src, sizeof(t.laddr));
	memcpy(&t.raddr, id->idiag_dst, sizeof(t.raddr));
	if (find_tuple(net, &t, id, at))
		return true;
	ipv6_addr_set_v4mapped(id->idiag_src[0], &t.laddr);
	ipv6_addr_set_v4mapped(id->idiag_dst[0], &t.raddr);
	return find_tuple(net, &t, id, at);
}

static int tell_one(struct sk_buff *in, const struct nlmsghdr *h)
{
	struct xtcp_diag_asked a = {
		.req = nlmsg_data(h),
		.net = sock_net(in->sk),
		.user_ns = sk_user_ns(NETLINK_CB(in).sk),
		.portid = NETLINK_CB(in).portid,
		.seq = h->nlmsg_seq,
		.privileged = is_privileged(in),
	};
	struct xtcp_view_at at;
	struct sk_buff *skb;
	int err;

	if (!find_one(a.net, &a.req->id, &at))
		return -ENOENT;
	skb = nlmsg_new(ANSWER_SIZE, GFP_KERNEL);
	err = skb ? xtcp_diag_tell(skb, &at, &a) : -ENOMEM;
	xtcp_view_let_go(&at);
	if (err) {
		kfree_skb(skb);
		return err;
	}
	return nlmsg_unicast(a.net->diag_nlsk, skb, a.portid);
}

/* struct sock_diag_handler.dump, which is called for both. */
static int handle(struct sk_buff *in, struct nlmsghdr *h)
{
	struct netlink_dump_control control = {
		.start = dump_start,
		.dump = dump_some,
		.done = dump_done,
	};

	if (nlmsg_len(h) < sizeof(struct inet_diag_req_v2))
		return -EINVAL;
	if (h->nlmsg_flags & NLM_F_DUMP)
		return netlink_dump_start(sock_net(in->sk)->diag_nlsk, in, h, &control);
	return tell_one(in, h);
}

/* A request or a TIME-WAIT ends without a word: its peer learns of it when it speaks. */
static int end_small(struct xtcp_node *node)
{
	if (node->type == XTCP_NODE_TIMEWAIT)
		xtcp_timewait_drop(container_of(node, struct xtcp_timewait, node));
	else
		xtcp_request_drop(container_of(node, struct xtcp_request, node));
	return 0;
}

/* struct sock_diag_handler.destroy */
static int destroy(struct sk_buff *in, struct nlmsghdr *h)
{
	const struct inet_diag_req_v2 *req = nlmsg_data(h);
	struct xtcp_view_at at;
	struct sock *sk;
	int err;

	if (nlmsg_len(h) < sizeof(struct inet_diag_req_v2))
		return -EINVAL;
	if (!is_privileged(in))
		return -EPERM;
	if (!find_one(sock_net(in->sk), &req->id, &at))
		return -ENOENT;
	sk = xtcp_view_sk(&at);
	err = sk ? xtcp_diag_destroy(sk, ECONNABORTED) : end_small(at.node);
	xtcp_view_let_go(&at);
	return err;
}

static struct sock_diag_handler handler = {
	.dump = handle,
	.destroy = destroy,
	XTCP_DIAG_OWNER(THIS_MODULE)
};

int xtcp_diag_setup(void)
{
	handler.family = xtcp_family_param;
	return sock_diag_register(&handler);
}

void xtcp_diag_teardown(void)
{
	sock_diag_unregister(&handler);
}
