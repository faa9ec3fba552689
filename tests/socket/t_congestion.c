// SPDX-License-Identifier: GPL-2.0-only
/*
 * Congestion control by name: who may choose what, the default of a namespace, and an
 * algorithm in a module of its own (tests/cc_example), which must not go while it is used.
 * The module is xtcp_cc_fixed.ko in the current directory. Run by st.c.
 */
#include "st.h"

#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MODULE	"xtcp_cc_fixed"
#define KNOB(name) "/proc/sys/net/xtcp/" name
#define LOADER	"/proc/sys/kernel/modprobe"

static int choose(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
}

static void congestion_is(int fd, const char *want)
{
	char name[16] = "?";
	socklen_t len = sizeof(name);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	if (strcmp(name, want))
		FAIL("TCP_CONGESTION is '%s', not '%s'", name, want);
}

static void file_is(const char *path, const char *want)
{
	char text[1024] = "";
	int fd = OK(open(path, O_RDONLY));

	OK(read(fd, text, sizeof(text) - 1));
	close(fd);
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, want))
		FAIL("%s is '%s', not '%s'", path, text, want);
}

static int write_knob(const char *path, const char *text)
{
	int fd = OK(open(path, O_WRONLY));
	int res = write(fd, text, strlen(text));

	close(fd);
	return res;
}

static int load(const char *args)
{
	int fd = OK(open(MODULE ".ko", O_RDONLY | O_CLOEXEC));
	int res = syscall(SYS_finit_module, fd, args, 0);

	close(fd);
	return res;
}

static int unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK);
}

/* What a test that failed has left, goes. */
static void load_anew(void)
{
	unload();
	OK(load(""));
}

static int users(void)
{
	FILE *f = fopen("/sys/module/" MODULE "/refcnt", "re");
	int n = -1;

	if (!f || fscanf(f, "%d", &n) != 1)
		FAIL("the module is not loaded");
	fclose(f);
	return n;
}

/* A connection ends where the other CPU takes its last segment: nothing tells of it. */
static void wait_users(int want)
{
	for (int ms = 0; ms < DEADLINE_MS && users() != want; ms++)
		poll(NULL, 0, 1);
	EQ(users(), want);
}

TEST(congestion_of_a_module, ONCE | XTCP_ONLY, "linux-surface 4 CONGESTION: no rmmod while used")
{
	int fd = sock(server_af(), 0);

	load_anew();
	file_is(KNOB("available_congestion_control"), "cubic reno bbr dctcp fixed");
	EQ(users(), 0);
	OK(choose(fd, "fixed"));
	congestion_is(fd, "fixed");
	EQ(users(), 1);
	OK(choose(fd, "fixed"));
	EQ(users(), 1);
	ERR(unload(), EAGAIN);
	OK(choose(fd, "reno"));
	EQ(users(), 0);
	OK(choose(fd, "fixed"));
	OK(close(fd));
	EQ(users(), 0);
	OK(unload());
	file_is(KNOB("available_congestion_control"), "cubic reno bbr dctcp");
	ERR(choose(sock(server_af(), 0), "fixed"), ENOENT);
}

static uint32_t cwnd_of(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_snd_cwnd;
}

/* Children have references of their own; what is in TIME-WAIT has none. */
TEST(congestion_of_a_module_inherited, V46 | XTCP_ONLY,
     "linux-surface 4 CONGESTION: children inherit and hold the module")
{
	struct pair p = { .l = sock(server_af(), 0), .c = csock(0) };

	load_anew();
	OK(choose(p.l, "fixed"));
	OK(do_bind(p.l, any_addr(0)));
	OK(listen(p.l, 1));
	OK(do_connect(p.c, loop_addr(port_of(p.l))));
	p.s = OK(accept(p.l, NULL, NULL));
	EQ(users(), 2);
	OK(close(p.l));
	EQ(users(), 1);
	ERR(unload(), EAGAIN);
	congestion_is(p.s, "fixed");
	round_trip(p.s, p.c);
	round_trip(p.c, p.s);
	round_trip(p.s, p.c);
	EQ(cwnd_of(p.s), 20);
	/* The server closes first: TIME-WAIT is its. */
	OK(close(p.s));
	expect_eof(p.c);
	OK(close(p.c));
	wait_users(0);
	OK(unload());
}

TEST(congestion_child_of_default, V46 | XTCP_ONLY,
     "linux-surface 1 congestion_control: a choice is inherited, the default is that of the moment")
{
	int l = listener(2), c = csock(0);

	write_file(KNOB("congestion_control"), "reno");
	OK(do_connect(c, loop_addr(port_of(l))));
	congestion_is(l, "cubic");
	congestion_is(OK(accept(l, NULL, NULL)), "reno");
	OK(choose(l, "cubic"));
	OK(do_connect(csock(0), loop_addr(port_of(l))));
	congestion_is(OK(accept(l, NULL, NULL)), "cubic");
}

TEST(congestion_register_refused, ONCE | XTCP_ONLY, "duplicates EEXIST, bad names EINVAL")
{
	unload();
	ERR(load("name=cubic"), EEXIST);
	ERR(load("name="), EINVAL);
	ERR(load("name=a/b"), EINVAL);
	ERR(load("name=sixteen__letters"), EINVAL);
	file_is(KNOB("available_congestion_control"), "cubic reno bbr dctcp");
	OK(load("name=fifteen_letters"));
	file_is(KNOB("available_congestion_control"), "cubic reno bbr dctcp fifteen_letters");
	OK(unload());
}

static void become_nobody(void)
{
	OK(setresgid(65534, 65534, 65534));
	OK(setresuid(65534, 65534, 65534));
}

TEST(congestion_unprivileged, V46 | XTCP_ONLY,
     "linux-surface 1 allowed_congestion_control: EPERM for others without CAP_NET_ADMIN")
{
	int fd = sock(server_af(), 0);

	file_is(KNOB("allowed_congestion_control"), "cubic reno");
	OK(choose(fd, "bbr"));
	become_nobody();
	OK(choose(fd, "bbr"));		/* no change */
	OK(choose(fd, "reno"));
	ERR(choose(fd, "bbr"), EPERM);
	ERR(choose(fd, "no such one"), ENOENT);
	congestion_is(fd, "reno");
	OK(choose(fd, "cubic"));
}

/* The namespace of the module's parameters and lists; the test began in one of its own. */
static void enter_first_netns(void)
{
	int fd = OK(open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC));

	OK(setns(fd, CLONE_NEWNET));
	close(fd);
}

TEST(congestion_allowed, ONCE | XTCP_ONLY,
     "linux-surface 1 allowed_congestion_control: global list, r/o in child netns")
{
	int fd = sock(server_af(), 0);

	ERR(open(KNOB("allowed_congestion_control"), O_WRONLY), EACCES);
	ERR(open(KNOB("available_congestion_control"), O_WRONLY), EACCES);
	enter_first_netns();
	ERR(open(KNOB("available_congestion_control"), O_WRONLY), EACCES);
	ERR(write_knob(KNOB("allowed_congestion_control"), "cubic nosuch"), ENOENT);
	file_is(KNOB("allowed_congestion_control"), "cubic reno");
	OK(write_knob(KNOB("allowed_congestion_control"), "  reno bbr  "));
	file_is(KNOB("allowed_congestion_control"), "reno bbr");
	new_netns();
	file_is(KNOB("allowed_congestion_control"), "reno bbr");
	ERR(write_knob(KNOB("congestion_control"), "vegas"), ENOENT);
	OK(write_knob(KNOB("congestion_control"), "bbr"));
	enter_first_netns();
	OK(write_knob(KNOB("allowed_congestion_control"), "cubic reno"));
	new_netns();
	ERR(write_knob(KNOB("congestion_control"), "bbr"), EPERM);
	file_is(KNOB("congestion_control"), "cubic");
	become_nobody();
	ERR(choose(fd, "bbr"), EPERM);
}

TEST(congestion_of_a_module_as_default, ONCE | XTCP_ONLY,
     "linux-surface 1 congestion_control: the default of each netns; chosen in the first: allowed")
{
	load_anew();
	ERR(write_knob(KNOB("congestion_control"), "fixed"), EPERM);
	enter_first_netns();
	OK(write_knob(KNOB("congestion_control"), "fixed"));
	EQ(users(), 1);
	file_is(KNOB("allowed_congestion_control"), "cubic reno fixed");
	new_netns();
	file_is(KNOB("congestion_control"), "fixed");
	EQ(users(), 2);
	congestion_is(sock(server_af(), 0), "fixed");
	EQ(users(), 3);
	OK(write_knob(KNOB("congestion_control"), "reno"));
	enter_first_netns();
	OK(write_knob(KNOB("congestion_control"), "cubic"));
	EQ(users(), 1);
	ERR(unload(), EAGAIN);
	OK(write_knob(KNOB("allowed_congestion_control"), "cubic reno"));
}

/* Stands for modprobe: writes down what it is asked for, and has the one module. */
static void write_loader(char *script, size_t size)
{
	char here[PATH_MAX];
	FILE *f;

	CHECK(getcwd(here, sizeof(here)));
	snprintf(script, size, "%s/loader", here);
	unlink("asked");
	f = fopen(script, "we");
	CHECK(f);
	fprintf(f, "#!/bin/sh\ncd '%s' && echo \"$*\" >>asked &&\n", here);
	fprintf(f, "[ \"$*\" = '-q -- xtcp-cc-fixed' ] && insmod " MODULE ".ko\n");
	EQ(fclose(f), 0);
	OK(chmod(script, 0755));
}

/* What happened with the loader in place; it must not stay there if a check fails. */
struct loading {
	int by_option;
	int by_knob;
	int by_bad_name;
	int by_nobody;
	int users;
};

static void load_by_name(struct loading *l)
{
	int fd = sock(server_af(), 0);

	l->by_option = choose(fd, "fixed");
	l->users = access("/sys/module/" MODULE, F_OK) ? -1 : users();
	close(fd);
	unload();
	enter_first_netns();
	l->by_knob = write_knob(KNOB("congestion_control"), "fixed");
	write_knob(KNOB("congestion_control"), "cubic");
	write_knob(KNOB("allowed_congestion_control"), "cubic reno");
	unload();
	fd = sock(server_af(), 0);
	l->by_bad_name = choose(fd, "../fixed");
	seteuid(65534);
	l->by_nobody = choose(fd, "fixed");
	seteuid(0);
	close(fd);
}

static int lines_asked(void)
{
	FILE *f = fopen("asked", "re");
	char line[256];
	int n = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (strcmp(line, "-q -- xtcp-cc-fixed\n"))
			FAIL("the loader was asked for %s", line);
		n++;
	}
	if (f)
		fclose(f);
	return n;
}

TEST(congestion_module_is_loaded, V46 | XTCP_ONLY,
     "linux-surface 4 CONGESTION, 1 congestion_control: CAP_NET_ADMIN loads a module by name")
{
	char script[PATH_MAX], before[PATH_MAX] = "";
	struct loading l = { 0 };
	int fd = OK(open(LOADER, O_RDONLY | O_CLOEXEC));

	OK(read(fd, before, sizeof(before) - 1));
	close(fd);
	unload();
	write_loader(script, sizeof(script));
	write_file(LOADER, script);
	load_by_name(&l);
	write_file(LOADER, before);
	EQ(l.by_option, 0);
	EQ(l.users, 1);
	EQ(l.by_knob, 5);
	EQ(l.by_bad_name, -1);
	EQ(l.by_nobody, -1);
	EQ(lines_asked(), 2);
}

static void *keep_choosing(void *stop)
{
	int fd = sock(server_af(), 0);

	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		if (choose(fd, "fixed") && errno != ENOENT && errno != EBUSY)
			FAIL("choosing fixed: %s", st_errname(errno));
		OK(choose(fd, "reno"));
	}
	close(fd);
	return NULL;
}

/* Children of a listener that changes its mind under them. */
static void *keep_connecting(void *stop)
{
	int l = listener(8);

	while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED)) {
		int c = csock(0), s;

		choose(l, "fixed");
		OK(do_connect(c, loop_addr(port_of(l))));
		OK(choose(l, "cubic"));
		s = OK(accept(l, NULL, NULL));
		reset_by(c);
		close(s);
	}
	close(l);
	return NULL;
}

TEST(congestion_module_comes_and_goes, V46 | XTCP_ONLY,
     "the registry bears lookups by others while a module comes and goes")
{
	int rounds = small_run() ? 10 : 50;
	pthread_t chooser, connector;
	bool stop = false;
	int gone = 0;

	unload();
	EQ(pthread_create(&chooser, NULL, keep_choosing, &stop), 0);
	EQ(pthread_create(&connector, NULL, keep_connecting, &stop), 0);
	while (gone < rounds) {
		if (load("") < 0 && errno != EEXIST)
			FAIL("loading: %s", st_errname(errno));
		if (!unload())
			gone++;
		else if (errno != EAGAIN)
			FAIL("unloading: %s", st_errname(errno));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(chooser, NULL);
	pthread_join(connector, NULL);
	OK(load(""));
	EQ(users(), 0);
	OK(unload());
}
