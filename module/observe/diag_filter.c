// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of INET_DIAG_REQ_BYTECODE, by which a reader of sock_diag says whom
 * he wants. An instruction is true or false and says for either how many bytes
 * on the next one is: always forward, so that each program ends. One that ends
 * just behind its last byte lets the entry through, one that jumps farther does
 * not. Some instructions have their operand in what follows them.
 */
#include <linux/inet_diag.h>
#include <net/ipv6.h>
#include "diag.h"

#define OP_SIZE		sizeof(struct inet_diag_bc_op)

/* Bytes of an instruction with its operand; 0: it is none, or longer than left. */
static u32 op_size(const struct inet_diag_bc_op *op, u32 left)
{
	const struct inet_diag_hostcond *cond = (const void *)(op + 1);
	u32 size;

	switch (op->code) {
	case INET_DIAG_BC_NOP:
	case INET_DIAG_BC_JMP:
	case INET_DIAG_BC_AUTO:
		size = OP_SIZE;
		break;
	case INET_DIAG_BC_S_GE:
	case INET_DIAG_BC_S_LE:
	case INET_DIAG_BC_S_EQ:
	case INET_DIAG_BC_D_GE:
	case INET_DIAG_BC_D_LE:
	case INET_DIAG_BC_D_EQ:
		size = 2 * OP_SIZE;	/* the port is the "no" of a second one */
		break;
	case INET_DIAG_BC_DEV_COND:
		size = OP_SIZE + sizeof(u32);
		break;
	case INET_DIAG_BC_MARK_COND:
		size = OP_SIZE + sizeof(struct inet_diag_markcond);
		break;
	case INET_DIAG_BC_S_COND:
	case INET_DIAG_BC_D_COND:
		size = OP_SIZE + sizeof(*cond);
		if (size > left)
			return 0;
		if (cond->family == AF_INET)
			size += sizeof(struct in_addr);
		else if (cond->family == AF_INET6)
			size += sizeof(struct in6_addr);
		else if (cond->family != AF_UNSPEC)
			return 0;
		break;
	default:
		return 0;
	}
	return size <= left ? size : 0;
}

static bool prefix_fits(const struct inet_diag_hostcond *cond)
{
	return cond->prefix_len <= (cond->family == AF_INET ? 32 : 128);
}

static int check_op(const struct inet_diag_bc_op *op, u32 left, bool privileged)
{
	u32 size = op_size(op, left);

	if (!size || op->yes < size || op->yes > left || op->yes % OP_SIZE)
		return -EINVAL;
	if (op->code != INET_DIAG_BC_NOP &&
	    (op->no < OP_SIZE || op->no > left + OP_SIZE || op->no % OP_SIZE))
		return -EINVAL;
	if (op->code == INET_DIAG_BC_S_COND || op->code == INET_DIAG_BC_D_COND)
		return prefix_fits((const void *)(op + 1)) ? 0 : -EINVAL;
	if (op->code == INET_DIAG_BC_MARK_COND && !privileged)
		return -EPERM;
	return 0;
}

int xtcp_diag_filter_check(const struct nlattr *program, bool privileged)
{
	const struct inet_diag_bc_op *op = nla_data(program);
	u32 left = nla_len(program);
	int err;

	if (!left || left % OP_SIZE)
		return -EINVAL;
	while (left) {
		err = check_op(op, left, privileged);
		if (err)
			return err;
		left -= op->yes;
		op = (const void *)op + op->yes;
	}
	return 0;
}

/* An IPv4 address that is asked for is found in IPv6 sockets, too, where it is mapped. */
static bool host_matches(const struct inet_diag_bc_op *op, const struct in6_addr *addr, u16 port,
			 sa_family_t family)
{
	const struct inet_diag_hostcond *cond = (const void *)(op + 1);
	struct in6_addr mapped;

	if (cond->port != -1 && cond->port != port)
		return false;
	switch (cond->family) {
	case AF_INET:
		ipv6_addr_set_v4mapped(cond->addr[0], &mapped);
		return ipv6_prefix_equal(addr, &mapped, 96 + cond->prefix_len);
	case AF_INET6:
		return family == AF_INET6 &&
		       ipv6_prefix_equal(addr, (const struct in6_addr *)cond->addr,
					 cond->prefix_len);
	default:
		return true;
	}
}

static bool is_true(const struct inet_diag_bc_op *op, const struct xtcp_diag_entry *e)
{
	const struct inet_diag_markcond *mark = (const void *)(op + 1);
	const struct xtcp_tuple *t = e->tuple;

	switch (op->code) {
	case INET_DIAG_BC_NOP:
		return true;
	case INET_DIAG_BC_S_GE:
		return t->lport >= op[1].no;
	case INET_DIAG_BC_S_LE:
		return t->lport <= op[1].no;
	case INET_DIAG_BC_S_EQ:
		return t->lport == op[1].no;
	case INET_DIAG_BC_D_GE:
		return t->rport >= op[1].no;
	case INET_DIAG_BC_D_LE:
		return t->rport <= op[1].no;
	case INET_DIAG_BC_D_EQ:
		return t->rport == op[1].no;
	case INET_DIAG_BC_AUTO:
		return !e->user_port;
	case INET_DIAG_BC_S_COND:
		return host_matches(op, &t->laddr, t->lport, e->family);
	case INET_DIAG_BC_D_COND:
		return host_matches(op, &t->raddr, t->rport, e->family);
	case INET_DIAG_BC_DEV_COND:
		return *(const u32 *)(op + 1) == e->dev;
	case INET_DIAG_BC_MARK_COND:
		return (e->mark & mark->mask) == mark->mark;
	default:	/* INET_DIAG_BC_JMP */
		return false;
	}
}

/* "no" may lead into an operand: each step is looked at again. Who may not know of marks sees 0. */
bool xtcp_diag_filter_passes(const struct nlattr *program, const struct xtcp_diag_entry *e)
{
	const struct inet_diag_bc_op *op;
	u32 left, step;

	if (!program)
		return true;
	op = nla_data(program);
	for (left = nla_len(program); left; left -= step) {
		if (!op_size(op, left))
			return false;
		step = is_true(op, e) ? op->yes : op->no;
		if (!step || step > left || step % OP_SIZE)
			return false;
		op = (const void *)op + step;
	}
	return true;
}
