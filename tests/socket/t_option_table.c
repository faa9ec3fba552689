// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every option of IPPROTO_TCP keeps what its row of sockopt_defs.h says: what a new socket has,
 * bounds, what is read back, and what bad arguments get; and each of the other levels may be
 * read and set as sockopt_shared_defs.h says. What each does is tested where its name is found
 * in the other files. Run by st.c.
 */
#include "st.h"
#include <limits.h>
#include <linux/in6.h>
#include <linux/xtcp.h>
#include <sys/utsname.h>

enum reads { SAME, TRUTH, OWN };

struct row {
	const char *name;
	int option;
	int least;
	int most;
	int initial;
	enum reads reads;
};

static const struct row numbers[] = {
#define XTCP_SOCKOPT(name_, stem, unit, least, most, initial, reads, meaning) \
	{ #name_, TCP_##name_, least, most, initial, reads },
#define XTCP_SOCKOPT_READ(name, stem, meaning)
#define XTCP_SOCKOPT_BYTES(name, stem, access, meaning)
#include "../../include/xtcp/defs/sockopt_defs.h"
#undef XTCP_SOCKOPT
#undef XTCP_SOCKOPT_READ
#undef XTCP_SOCKOPT_BYTES
};

struct other {
	const char *name;
	int option;
	bool is_set;
};

enum access { RO, RW };

static const struct other others[] = {
#define XTCP_SOCKOPT(name, stem, unit, least, most, initial, reads, meaning)
#define XTCP_SOCKOPT_READ(name_, stem, meaning)	{ #name_, TCP_##name_, false },
#define XTCP_SOCKOPT_BYTES(name_, stem, access, meaning) { #name_, TCP_##name_, access == RW },
#include "../../include/xtcp/defs/sockopt_defs.h"
#undef XTCP_SOCKOPT
#undef XTCP_SOCKOPT_READ
#undef XTCP_SOCKOPT_BYTES
};

#define NR(rows)	(sizeof(rows) / sizeof((rows)[0]))

static int set(int fd, const struct row *row, int val)
{
	return setsockopt(fd, IPPROTO_TCP, row->option, &val, sizeof(val)) ? errno : 0;
}

static int get(int fd, const struct row *row)
{
	socklen_t len = sizeof(int);
	int val;

	if (getsockopt(fd, IPPROTO_TCP, row->option, &val, &len))
		FAIL("TCP_%s: getsockopt: %s", row->name, st_errname(errno));
	EQ(len, sizeof(int));
	return val;
}

static void expect_set(const struct row *row, int val, int want)
{
	int fd = csock(0), err = set(fd, row, val);

	if (err != want)
		FAIL("TCP_%s: %d gave %s, not %s", row->name, val, st_errname(err),
		     st_errname(want));
	close(fd);
}

/* Each on a socket of its own: some depend on others. */
static void expect_kept(const struct row *row, int val)
{
	int fd = csock(0), err = set(fd, row, val), want = val, got;

	if (err)
		FAIL("TCP_%s: %d gave %s", row->name, val, st_errname(err));
	if (row->reads == TRUTH)
		want = !!val;
	got = get(fd, row);
	if (row->reads != OWN && got != want)
		FAIL("TCP_%s: set to %d it reads %d, not %d", row->name, val, got, want);
	close(fd);
}

TEST(option_table_numbers, V46 | XTCP_ONLY, "linux-surface 4: initial values, bounds, what is read")
{
	const struct row *row;
	int fd = csock(0), got;

	tcp_knob("fastopen", "3");
	for (row = numbers; row < numbers + NR(numbers); row++) {
		got = get(fd, row);
		if (got != row->initial)
			FAIL("TCP_%s is %d at first, not %d", row->name, got, row->initial);
		expect_kept(row, row->least);
		expect_kept(row, row->most);
		expect_kept(row, row->least / 2 + row->most / 2);
		if (row->least > INT_MIN)
			expect_set(row, row->least - 1, EINVAL);
		if (row->most < INT_MAX)
			expect_set(row, row->most + 1, EINVAL);
	}
}

TEST(option_table_lengths, V46, "linux-surface 4: short, truncated, unreadable arguments")
{
	char *nowhere = (char *)8;
	const struct row *row;
	int fd = csock(0);
	socklen_t len;
	int val;

	for (row = numbers; row < numbers + NR(numbers); row++) {
		/* Only xtcp has them, and kernels after 6.12. */
		if (st_family == ST_INET && row->option >= TCP_RTO_MAX_MS)
			continue;
		ERR(setsockopt(fd, IPPROTO_TCP, row->option, &row->least, 3), EINVAL);
		ERR(setsockopt(fd, IPPROTO_TCP, row->option, nowhere, 4), EFAULT);
		val = ~0;
		len = 1;
		OK(getsockopt(fd, IPPROTO_TCP, row->option, &val, &len));
		EQ(len, 1);
		EQ(val & ~0xff, ~0xff);
		len = 100;
		OK(getsockopt(fd, IPPROTO_TCP, row->option, &val, &len));
		EQ(len, 4);
		ERR(getsockopt(fd, IPPROTO_TCP, row->option, nowhere, &len), EFAULT);
		len = -1;
		ERR(getsockopt(fd, IPPROTO_TCP, row->option, &val, &len), EINVAL);
	}
}

TEST(option_table_others, V46, "linux-surface 4: what is no number; what cannot be set")
{
	const struct other *row;
	char room[512];
	int fd = csock(0);
	socklen_t len;

	for (row = others; row < others + NR(others); row++) {
		len = sizeof(room);
		if (getsockopt(fd, IPPROTO_TCP, row->option, room, &len))
			FAIL("TCP_%s: getsockopt: %s", row->name, st_errname(errno));
		if (!row->is_set)
			ERR(setsockopt(fd, IPPROTO_TCP, row->option, room, 4), ENOPROTOOPT);
	}
}

static bool has_row(int option)
{
	unsigned int i;

	for (i = 0; i < NR(numbers); i++) {
		if (numbers[i].option == option)
			return true;
	}
	for (i = 0; i < NR(others); i++) {
		if (others[i].option == option)
			return true;
	}
	return false;
}

/* TCP_ULP, TCP_MD5SIG, TCP_REPAIR and its like would change what goes over the wire. */
TEST(option_table_is_all, V46 | XTCP_ONLY, "issue 6: what would change semantics: ENOPROTOOPT")
{
	char room[512] = "";
	int fd = csock(0);
	socklen_t len;

	for (int option = -1; option < 256; option++) {
		if (has_row(option))
			continue;
		len = sizeof(room);
		ERR(getsockopt(fd, IPPROTO_TCP, option, room, &len), ENOPROTOOPT);
		ERR(setsockopt(fd, IPPROTO_TCP, option, room, sizeof(room)), ENOPROTOOPT);
	}
}

enum tried { BOTH, READ, SET, STATE, REFUSED };

struct shared {
	const char *name;
	int level;
	int option;
	int since;	/* kernel that has it first: 603 is 6.3 */
	enum tried access;
};

static const struct shared shareds[] = {
#define XTCP_SOCKOPT_SHARED(level, name, since, access, meaning) \
	{ #name, level, name, since, access },
#include "../../include/xtcp/defs/sockopt_shared_defs.h"
#undef XTCP_SOCKOPT_SHARED
};

static bool is_here(const struct shared *row)
{
	struct utsname name;
	int major, minor;

	OK(uname(&name));
	EQ(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major * 100 + minor >= row->since;
}

/* 0 or why not. SO_NETNS_COOKIE wants no more room than it needs. */
static int read_shared(const struct shared *row, int fd, char *room, socklen_t *len)
{
	if (!getsockopt(fd, row->level, row->option, room, len))
		return 0;
	*len = sizeof(uint64_t);
	return getsockopt(fd, row->level, row->option, room, len) ? errno : 0;
}

static void try_shared(const struct shared *row, int fd)
{
	char room[512] = "";
	socklen_t len = sizeof(room);
	int err = read_shared(row, fd, room, &len);

	if ((row->access == BOTH || row->access == READ) && err)
		FAIL("%s: getsockopt: %s", row->name, st_errname(err));
	if (row->access == REFUSED && !err)
		FAIL("%s can be read", row->name);
	err = setsockopt(fd, row->level, row->option, room, len) ? errno : 0;
	if (row->access == BOTH && err)
		FAIL("%s: setsockopt: %s", row->name, st_errname(err));
	if (row->access == READ && err != ENOPROTOOPT)
		FAIL("%s: setsockopt gave %s", row->name, st_errname(err));
	if (row->access == SET && err == ENOPROTOOPT)
		FAIL("%s cannot be set", row->name);
}

TEST(option_table_shared, V46, "linux-surface 5: which options of other levels there are")
{
	const struct shared *row;

	for (row = shareds; row < shareds + NR(shareds); row++) {
		int fd = csock(0);

		if ((row->level != IPPROTO_IPV6 || client_af() == AF_INET6) && is_here(row))
			try_shared(row, fd);
		close(fd);
	}
}
