#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# module/probe.sh COMPILER FLAG...: what this kernel has, as macros for include/xtcp/compat.h,
# found by trying to compile. Versions would not tell: distributions backport. Called by Kbuild.

# has NAME CODE COMPILER FLAG...
has()
{
	name=$1 code=$2
	shift 2
	if printf '%b\n' "$code" | "$@" -DKBUILD_MODNAME='"probe"' \
		-Werror=incompatible-pointer-types -Werror=implicit-function-declaration \
		-x c -c -o /dev/null - 2>/dev/null; then
		echo "#define XTCP_HAVE_$name 1"
	else
		echo "/* XTCP_HAVE_$name: no */"
	fi
}

# The flags are right if what every kernel has can be had.
if ! has ANYTHING '#include <net/sock.h>\nint f(struct sock *sk) { return sk->sk_family; }' "$@" |
	grep -q define; then
	echo "xtcp: error: nothing compiles against this kernel's headers" >&2
	exit 1
fi

has HRTIMER_SETUP '#include <linux/hrtimer.h>\nvoid f(struct hrtimer *t)
	{ hrtimer_setup(t, 0, 0, 0); }' "$@"
has CONST_CTL_TABLE '#include <linux/sysctl.h>\nint f(const struct ctl_table *t, int write,
	void *buffer, size_t *len, loff_t *pos);\nproc_handler *p = f;' "$@"
has DROP_INVALID_ACK '#include <linux/skbuff.h>
	int f = SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE;' "$@"
has DROP_MINTTL '#include <linux/skbuff.h>\nint f = SKB_DROP_REASON_TCP_MINTTL;' "$@"
has INET_FLOW_LABELS '#include <net/inet_sock.h>\nvoid *f(struct inet_sock *inet)
	{ return (void *)&inet->ipv6_fl_list; }' "$@"
has SENDPAGE '#include <linux/net.h>\nvoid *f(struct proto_ops *o)
	{ return (void *)o->sendpage; }' "$@"
has PROTO_ACCEPT_ARG '#include <net/sock.h>\nint f = sizeof(struct proto_accept_arg);' "$@"
has PINFO_OFFSET '#include <net/sock.h>\nint f(struct proto *p)
	{ return p->ipv6_pinfo_offset; }' "$@"
has INFO_RCV_WND '#include <linux/tcp.h>\nint f(struct tcp_info *i)
	{ return i->tcpi_rcv_wnd; }' "$@"
has INFO_TIMEOUTS '#include <linux/tcp.h>\nint f(struct tcp_info *i)
	{ return i->tcpi_total_rto; }' "$@"
has INET_FLAGS '#include <net/inet_sock.h>\nvoid f(struct sock *sk)
	{ inet_set_bit(MC_LOOP, sk); }' "$@"
has INET6_FLAGS '#include <linux/ipv6.h>\n#include <net/inet_sock.h>\nvoid f(struct sock *sk)
	{ inet6_set_bit(MC6_LOOP, sk); }' "$@"
has PROTO_MEMORY '#include <net/sock.h>\n#include <net/proto_memory.h>\nint f(struct sock *sk)
	{ return sk_under_memory_pressure(sk); }' "$@"
has BIND_DEATHROW '#include <net/inet_hashtables.h>\nvoid *f(struct inet_bind2_bucket *tb2)
	{ return &tb2->deathrow; }' "$@"
has DIAG_OWNER '#include <linux/netlink.h>\n#include <linux/sock_diag.h>
	struct module *f(struct sock_diag_handler *h) { return h->owner; }' "$@"
has ASSIGN_STR_1 '#include <trace/stages/stage6_event_callback.h>\n#define s_(x) #x
#define s(x) s_(x)\nconst char *f = s(__assign_str(name));' "$@"
