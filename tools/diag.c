// SPDX-License-Identifier: GPL-2.0-only
/*
 * sock_diag of the module, asked with libmnl.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "diag.h"

#define FAMILY_FILE	"/sys/module/xtcp/parameters/family"
#define ANSWER_SIZE	(64 * 1024)	/* room for what the kernel sends at once */

#define EXT(attribute)	(1u << (attribute) >> 1)
#define ALL_EXT	(EXT(INET_DIAG_INFO) | EXT(INET_DIAG_CONG) | EXT(INET_DIAG_TOS) | \
		 EXT(INET_DIAG_SKMEMINFO) | XTCP_DIAG_EXT_BIT)

struct dump {
	void (*each)(const struct diag_socket *s, void *arg);
	void *arg;
};

__attribute__((format(printf, 2, 3))) static int fail(struct diag *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->error, sizeof(d->error), format, args);
	va_end(args);
	return -1;
}

static int read_family(struct diag *d)
{
	FILE *f = fopen(FAMILY_FILE, "re");
	int got;

	if (!f)
		return fail(d, "xtcp is not loaded: insmod xtcp.ko");
	got = fscanf(f, "%d", &d->family);
	fclose(f);
	return got == 1 ? 0 : fail(d, "%s has no number", FAMILY_FILE);
}

int diag_open(struct diag *d)
{
	memset(d, 0, sizeof(*d));
	if (read_family(d))
		return -1;
	d->seq = time(NULL);
	d->nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!d->nl)
		return fail(d, "no netlink socket: %s", strerror(errno));
	if (mnl_socket_bind(d->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		fail(d, "the netlink socket has no address: %s", strerror(errno));
		diag_close(d);
		return -1;
	}
	return 0;
}

void diag_close(struct diag *d)
{
	if (d->nl)
		mnl_socket_close(d->nl);
	d->nl = NULL;
}

/* A structure may have grown, or be of an older module. */
static void copy(const struct nlattr *attr, void *to, size_t size)
{
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(to, mnl_attr_get_payload(attr), len < size ? len : size);
}

static void parse_attribute(const struct nlattr *attr, struct diag_socket *s)
{
	const struct {
		unsigned int type, has;
		void *to;
		size_t size;
	} rows[] = {
		{ INET_DIAG_INFO, DIAG_HAS_INFO, &s->info, sizeof(s->info) },
		{ INET_DIAG_CONG, DIAG_HAS_CONG, s->cong, sizeof(s->cong) - 1 },
		{ INET_DIAG_TOS, DIAG_HAS_TOS, &s->tos, 1 },
		{ INET_DIAG_TCLASS, DIAG_HAS_TOS, &s->tos, 1 },
		{ INET_DIAG_SKMEMINFO, DIAG_HAS_SKMEM, s->skmem, sizeof(s->skmem) },
		{ INET_DIAG_SHUTDOWN, DIAG_HAS_SHUTDOWN, &s->shutdown, 1 },
		{ INET_DIAG_MARK, DIAG_HAS_MARK, &s->mark, sizeof(s->mark) },
		{ XTCP_DIAG_CONN, DIAG_HAS_CONN, &s->conn, sizeof(s->conn) },
		{ XTCP_DIAG_TIMERS, DIAG_HAS_TIMERS, s->timers, sizeof(s->timers) },
		{ XTCP_DIAG_LISTENER, DIAG_HAS_LISTENER, &s->listener, sizeof(s->listener) },
		{ XTCP_DIAG_REQUEST, DIAG_HAS_REQUEST, &s->request, sizeof(s->request) },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].type != mnl_attr_get_type(attr))
			continue;
		copy(attr, rows[i].to, rows[i].size);
		s->has |= rows[i].has;
	}
}

static void parse(const struct nlmsghdr *nlh, struct diag_socket *s)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < DIAG_NR_TIMERS; i++)
		s->timers[i] = -1;
	s->id = m->id;
	s->family = m->idiag_family;
	memcpy(s->local.addr, m->id.idiag_src, sizeof(s->local.addr));
	memcpy(s->remote.addr, m->id.idiag_dst, sizeof(s->remote.addr));
	s->local.port = ntohs(m->id.idiag_sport);
	s->remote.port = ntohs(m->id.idiag_dport);
	s->state = m->idiag_state;
	s->timer = m->idiag_timer;
	s->timer_ms = m->idiag_expires;
	s->retransmits = m->idiag_retrans;
	s->rqueue = m->idiag_rqueue;
	s->wqueue = m->idiag_wqueue;
	s->uid = m->idiag_uid;
	s->inode = m->idiag_inode;
	s->interface = m->id.idiag_if;
	s->cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	mnl_attr_for_each(attr, nlh, sizeof(*m))
		parse_attribute(attr, s);
}

static struct inet_diag_req_v2 *start(struct diag *d, void *buf, int type, int flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++d->seq;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = d->family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_ext = ALL_EXT;
	return req;
}

static int on_socket(const struct nlmsghdr *nlh, void *arg)
{
	const struct dump *dump = arg;
	struct diag_socket s;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct inet_diag_msg))
		return MNL_CB_OK;
	parse(nlh, &s);
	dump->each(&s, dump->arg);
	return MNL_CB_OK;
}

/* What a request without NLM_F_DUMP brings is one message, of a socket or of an error. */
static int ask(struct diag *d, const void *request, struct dump *dump, bool one)
{
	unsigned int portid = mnl_socket_get_portid(d->nl);
	const struct nlmsghdr *nlh = request;
	static char answer[ANSWER_SIZE];
	ssize_t len;
	int ret;

	if (mnl_socket_sendto(d->nl, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		len = mnl_socket_recvfrom(d->nl, answer, sizeof(answer));
		if (len < 0)
			return -1;
		ret = mnl_cb_run(answer, len, d->seq, portid, on_socket, dump);
	} while (ret > MNL_CB_STOP && !one);
	return ret < 0 ? -1 : 0;
}

static int explain(struct diag *d)
{
	switch (errno) {
	case ENOENT:
		return fail(d, "this xtcp answers no sock_diag; load a newer xtcp.ko");
	case EPERM:
		return fail(d, "not permitted: needs CAP_NET_ADMIN");
	default:
		return fail(d, "sock_diag: %s", strerror(errno));
	}
}

int diag_dump(struct diag *d, const struct diag_query *q,
	      void (*each)(const struct diag_socket *s, void *arg), void *arg)
{
	struct dump dump = { each, arg };
	char buf[MNL_NLMSG_HDRLEN + 128] = {};
	struct inet_diag_req_v2 *req = start(d, buf, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);

	req->idiag_states = q->states;
	req->id.idiag_sport = htons(q->local_port);
	req->id.idiag_dport = htons(q->remote_port);
	return ask(d, buf, &dump, false) ? explain(d) : 0;
}

static void append(const struct diag_socket *s, void *arg)
{
	struct diag_list *list = arg;
	struct diag_socket *more;

	/* Room doubles at each power of two. */
	if (!(list->nr & (list->nr - 1))) {
		more = realloc(list->at, (list->nr ? 2 * list->nr : 1) * sizeof(*more));
		if (!more) {
			fputs("no memory for a list of sockets\n", stderr);
			exit(1);
		}
		list->at = more;
	}
	list->at[list->nr++] = *s;
}

int diag_collect(struct diag *d, const struct diag_query *q, struct diag_list *list)
{
	memset(list, 0, sizeof(*list));
	if (!diag_dump(d, q, append, list))
		return 0;
	diag_free(list);
	return -1;
}

void diag_free(struct diag_list *list)
{
	free(list->at);
	memset(list, 0, sizeof(*list));
}

int diag_get(struct diag *d, const struct diag_socket *s, struct diag_socket *now, bool *gone)
{
	struct diag_list list = {};
	struct dump dump = { append, &list };
	char buf[MNL_NLMSG_HDRLEN + 128] = {};
	struct inet_diag_req_v2 *req = start(d, buf, SOCK_DIAG_BY_FAMILY, 0);

	req->idiag_states = ~0u;
	req->id = s->id;
	*gone = false;
	if (ask(d, buf, &dump, true)) {
		*gone = errno == ENOENT || errno == ESTALE;
		return *gone ? 0 : explain(d);
	}
	if (list.nr)
		*now = list.at[0];
	*gone = !list.nr;
	diag_free(&list);
	return 0;
}

int diag_kill(struct diag *d, const struct diag_socket *s)
{
	struct dump dump = { append, NULL };
	char buf[MNL_NLMSG_HDRLEN + 128] = {};
	struct inet_diag_req_v2 *req = start(d, buf, SOCK_DESTROY, NLM_F_ACK);

	req->idiag_states = ~0u;
	req->id = s->id;
	if (!ask(d, buf, &dump, true) || errno == ENOENT)
		return 0;
	return explain(d);
}
