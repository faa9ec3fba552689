// SPDX-License-Identifier: GPL-2.0-only
/*
 * NETLINK_SOCK_DIAG as a user of it has to speak it (st_diag.h).
 */
#include <linux/rtnetlink.h>
#include <linux/xtcp.h>
#include <stddef.h>
#include "st_diag.h"

struct question {
	struct nlmsghdr h;
	struct inet_diag_req_v2 req;
	char code[1024];
};

static int family_number(void)
{
	FILE *f;
	int n = AF_XTCP;

	if (st_family == ST_INET)
		return client_af();
	f = fopen("/sys/module/xtcp/parameters/family", "r");
	CHECK(f && fscanf(f, "%d", &n) == 1);
	fclose(f);
	return n;
}

struct inet_diag_req_v2 diag_request(void)
{
	return (struct inet_diag_req_v2){
		.sdiag_family = family_number(),
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = DIAG_ALL_STATES,
		.id.idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE },
	};
}

static int ask(int type, int flags, const struct inet_diag_req_v2 *req, const void *code, int len)
{
	struct question q = {
		.h = {
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | flags,
			.nlmsg_len = offsetof(struct question, code),
		},
		.req = *req,
	};
	struct rtattr *attr = (struct rtattr *)q.code;
	int fd = OK(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));

	if (code) {
		CHECK(RTA_SPACE(len) <= sizeof(q.code));
		attr->rta_type = INET_DIAG_REQ_BYTECODE;
		attr->rta_len = RTA_LENGTH(len);
		memcpy(RTA_DATA(attr), code, len);
		q.h.nlmsg_len += RTA_SPACE(len);
	}
	EQ(send(fd, &q, q.h.nlmsg_len, 0), q.h.nlmsg_len);
	return fd;
}

static struct diag parse(const struct nlmsghdr *h)
{
	struct diag d;

	CHECK(h->nlmsg_type == SOCK_DIAG_BY_FAMILY && h->nlmsg_len >= NLMSG_LENGTH(sizeof(d.msg)));
	d.msg = *(struct inet_diag_msg *)NLMSG_DATA(h);
	d.len = h->nlmsg_len - NLMSG_SPACE(sizeof(d.msg));
	if (d.len < 0)
		d.len = 0;
	CHECK(d.len <= DIAG_MAX);
	memcpy(d.attrs, (char *)h + NLMSG_SPACE(sizeof(d.msg)), d.len);
	return d;
}

static int error_of(const struct nlmsghdr *h)
{
	return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
}

int diag_dump(const struct inet_diag_req_v2 *req, const void *code, int len,
	      bool (*visit)(const struct diag *d, void *arg), void *arg)
{
	int fd = ask(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, req, code, len), n = 0, got;
	static char buf[65536];
	struct nlmsghdr *h;
	struct diag d;

	for (;;) {
		got = OK(recv(fd, buf, sizeof(buf), 0));
		for (h = (struct nlmsghdr *)buf; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				close(fd);
				return error_of(h) ? error_of(h) : n;
			}
			n++;
			d = parse(h);
			if (visit && !visit(&d, arg)) {
				close(fd);
				return n;
			}
		}
	}
}

int diag_count(const struct inet_diag_req_v2 *req, const void *code, int len)
{
	return diag_dump(req, code, len, NULL, NULL);
}

static int one_answer(int fd, struct diag *d)
{
	char buf[DIAG_MAX];
	struct nlmsghdr *h = (struct nlmsghdr *)buf;

	OK(recv(fd, buf, sizeof(buf), 0));
	close(fd);
	if (h->nlmsg_type == NLMSG_ERROR)
		return error_of(h);
	*d = parse(h);
	return 0;
}

int diag_get(const struct inet_diag_req_v2 *req, struct diag *d)
{
	return one_answer(ask(SOCK_DIAG_BY_FAMILY, 0, req, NULL, 0), d);
}

int diag_kill(const struct inet_diag_req_v2 *req)
{
	struct diag d;

	return one_answer(ask(SOCK_DESTROY, NLM_F_ACK, req, NULL, 0), &d);
}

struct wanted {
	int local, peer;
	bool found;
	struct diag d;
};

static bool is_it(const struct diag *d, void *arg)
{
	struct wanted *w = arg;

	if (ntohs(d->msg.id.idiag_sport) != w->local || ntohs(d->msg.id.idiag_dport) != w->peer)
		return true;
	w->found = true;
	w->d = *d;
	return false;
}

static struct wanted look_for(int local, int peer, unsigned char ext)
{
	struct inet_diag_req_v2 req = diag_request();
	struct wanted w = { .local = local, .peer = peer };

	req.idiag_ext = ext;
	OK(diag_dump(&req, NULL, 0, is_it, &w));
	return w;
}

struct diag diag_find(int local, int peer, unsigned char ext)
{
	struct wanted w = look_for(local, peer, ext);

	if (!w.found)
		FAIL("no answer has the ports %d and %d", local, peer);
	return w.d;
}

bool diag_has(int local, int peer)
{
	return look_for(local, peer, 0).found;
}

struct inet_diag_req_v2 diag_request_for(const struct diag *d, unsigned char ext)
{
	struct inet_diag_req_v2 req = diag_request();

	req.id = d->msg.id;
	req.idiag_ext = ext;
	return req;
}

const void *diag_attr(const struct diag *d, int type, int *len)
{
	const struct rtattr *attr = (const struct rtattr *)d->attrs;
	int left = d->len;

	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type != type)
			continue;
		if (len)
			*len = RTA_PAYLOAD(attr);
		return RTA_DATA(attr);
	}
	return NULL;
}
