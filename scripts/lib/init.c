// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the test VM (static, the only program in its initramfs; compiled by kernel.sh).
 * Assembles the root from three read-only disks (vda Debian, vdb kernel modules, vdc the
 * project) under tmpfs overlays, runs /payload/.command, copies what it prints to one
 * virtio port as it comes, writes its exit status to another and restarts the machine,
 * which ends QEMU (-no-reboot).
 *
 * Kernel command line: xtcp.shell=1 gives the command the terminal /dev/hvc0 instead;
 * xtcp.kmemleak=1 looks for leaks after it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define GROUPS "/sys/fs/cgroup"
#define LEAKS "/sys/kernel/debug/kmemleak"
#define LEAK_AGE_S 6 /* kmemleak reports only what is older than 5 s */

static char cmdline[4096];

/* Onto the console, hence into the host's log. */
static void note(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	/* Without a newline printk keeps the line back until the next one. */
	if (!strchr(line, '\n'))
		strcat(line, "\n");
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		fprintf(stderr, "%s\n", line);
	if (fd >= 0)
		close(fd);
}

static void stop(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void must(int ok, const char *what)
{
	if (ok)
		return;
	note("xtcp-init: cannot %s: %s", what, strerror(errno));
	stop();
}

static void mount_at(const char *from, const char *to, const char *type, unsigned long flags,
		     const char *options)
{
	mkdir(to, 0755);
	must(mount(from, to, type, flags, options) == 0, to);
}

static void load_early_modules(void)
{
	FILE *list = fopen("/m/list", "r");
	char name[128], path[160];
	int fd;

	must(!!list, "open the list of modules");
	while (fscanf(list, "%127s", name) == 1) {
		snprintf(path, sizeof(path), "/m/%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		must(fd >= 0 && syscall(SYS_finit_module, fd, "", 0) == 0, name);
		close(fd);
	}
	fclose(list);
}

static void read_cmdline(void)
{
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, cmdline, sizeof(cmdline) - 1);

	must(n > 0, "read /proc/cmdline");
	close(fd);
}

/* Disks are found asynchronously: wait for the last one's node. */
static void wait_for(const char *path)
{
	int i;

	for (i = 0; i < 2000 && access(path, F_OK); i++)
		usleep(5000);
	must(access(path, F_OK) == 0, path);
}

static void build_root(void)
{
	struct utsname uts;
	char modules[128];

	wait_for("/dev/vda");
	wait_for("/dev/vdb");
	wait_for("/dev/vdc");
	mount_at("/dev/vda", "/lower", "squashfs", MS_RDONLY, NULL);
	mount_at("tmpfs", "/upper", "tmpfs", 0, "size=80%,mode=755");
	mkdir("/upper/u", 0755);
	mkdir("/upper/w", 0755);
	mkdir("/upper/xu", 0755);
	mkdir("/upper/xw", 0755);
	mount_at("root", "/root", "overlay", 0,
		 "lowerdir=/lower,upperdir=/upper/u,workdir=/upper/w");
	mount_at("/dev/vdc", "/root/payload", "squashfs", MS_RDONLY, NULL);
	mount_at("xtcp", "/root/xtcp", "overlay", 0,
		 "lowerdir=/root/payload,upperdir=/upper/xu,workdir=/upper/xw");
	must(uname(&uts) == 0, "uname");
	snprintf(modules, sizeof(modules), "/root/lib/modules/%.65s", uts.release);
	mount_at("/dev/vdb", modules, "squashfs", MS_RDONLY, NULL);
	must(mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) == 0, "move /dev");
	must(mount("/proc", "/root/proc", NULL, MS_MOVE, NULL) == 0, "move /proc");
	must(mount("/sys", "/root/sys", NULL, MS_MOVE, NULL) == 0, "move /sys");
	must(chdir("/root") == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 &&
	     chroot(".") == 0 && chdir("/") == 0, "enter the root");
	mount_at("tmpfs", "/run", "tmpfs", 0, "mode=755");
	mount_at("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	mount_at("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	mount_at("cgroup2", GROUPS, "cgroup2", 0, NULL);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);
	mkdir("/run/netns", 0755);
	mkdir("/run/lock", 01777);
	/* As udev does it: opening the node loads the module. */
	mkdir("/dev/net", 0755);
	mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200));
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

/*
 * The first group that accounts memory and the end of the last one patch the jump labels of all
 * socket code while it runs. QEMU 7.2 with several emulated CPUs may keep a translation of what
 * one of them has patched meanwhile, and then never gets past that instruction. A group that
 * stays has it done once, before anything is tested.
 */
static void keep_memory_group(void)
{
	put(GROUPS "/cgroup.subtree_control", "+memory");
	must(mkdir(GROUPS "/kept", 0755) == 0, GROUPS "/kept");
}

static void network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &ifr) == 0, "set lo up");
	close(fd);
	must(sethostname("guest", 5) == 0, "set the host name");
}

/* Opens the virtio port that the host called name. */
static int open_port(const char *name)
{
	char path[300], found[64];
	struct dirent *e;
	int tries, fd;
	ssize_t n;
	DIR *d;

	for (tries = 0; tries < 1000; tries++, usleep(5000)) {
		d = opendir("/sys/class/virtio-ports");
		while (d && (e = readdir(d))) {
			snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			n = fd < 0 ? 0 : read(fd, found, sizeof(found) - 1);
			if (fd >= 0)
				close(fd);
			if (n <= 1 || strncmp(found, name, n - 1) || name[n - 1])
				continue;
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd >= 0) {
				closedir(d);
				return fd;
			}
		}
		if (d)
			closedir(d);
	}
	must(0, "open a virtio port");
	return -1;
}

static void write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len && ((n = write(fd, data, len)) > 0 || errno == EINTR || errno == EAGAIN))
		if (n > 0) {
			data += n;
			len -= n;
		}
}

static void child(int in, int out, int terminal)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (terminal)
		ioctl(in, TIOCSCTTY, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (chdir("/xtcp"))
		_exit(126);
	execl("/bin/bash", "bash", "/payload/.command", (char *)NULL);
	_exit(127);
}

/* Copies whatever is in the pipe; 0 at its end. */
static int relay(int from, int to)
{
	static char data[65536];
	ssize_t n = read(from, data, sizeof(data));

	if (n > 0)
		write_all(to, data, n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static int code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Ends all that the command left behind. */
static void kill_rest(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* No timed wake-up here: under warp each would cost real time for every 20 ms slept. */
static int relay_until_ended(pid_t pid, int from, int to, int signals)
{
	struct pollfd p[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = from, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int status;
	pid_t got;

	for (;;) {
		poll(p, 2, -1);
		if (p[1].revents && !relay(from, to))
			p[1].fd = -1;
		if (!p[0].revents || read(signals, &info, sizeof(info)) < 0)
			continue;
		while ((got = waitpid(-1, &status, WNOHANG)) > 0)
			if (got == pid)
				return code(status);
	}
}

static int run(int port)
{
	int fds[2], null, signals, status;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	must(signals >= 0 && null >= 0 && pipe2(fds, O_CLOEXEC) == 0, "make a pipe");
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid)
		child(null, fds[1], 0);
	close(fds[1]);
	status = relay_until_ended(pid, fds[0], port, signals);
	kill_rest();
	while (relay(fds[0], port))
		;
	return status;
}

static int run_shell(void)
{
	int tty = open("/dev/hvc0", O_RDWR | O_NOCTTY), status = 0;
	pid_t pid, got;

	must(tty >= 0, "open /dev/hvc0");
	pid = fork();
	must(pid >= 0, "fork");
	if (!pid)
		child(tty, tty, 1);
	do {
		got = waitpid(-1, &status, 0);
	} while (got != pid);
	kill_rest();
	tcdrain(tty);
	return code(status);
}

/* Every report goes to the console, where the host sees it as a splat. */
static void look_for_leaks(void)
{
	char line[512];
	FILE *f;

	sleep(LEAK_AGE_S);
	put(LEAKS, "scan");
	put(LEAKS, "scan");
	f = fopen(LEAKS, "r");
	must(!!f, "open " LEAKS);
	while (fgets(line, sizeof(line), f))
		note("kmemleak report: %s", line);
	fclose(f);
	note("xtcp-init: kmemleak scanned");
}

int main(void)
{
	char text[64];
	int status, shell, out, exit_port;

	mount_at("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount_at("proc", "/proc", "proc", 0, NULL);
	mount_at("sysfs", "/sys", "sysfs", 0, NULL);
	read_cmdline();
	load_early_modules();
	build_root();
	keep_memory_group();
	network();
	shell = !!strstr(cmdline, "xtcp.shell=1");
	exit_port = open_port("xtcp.exit");
	out = shell ? -1 : open_port("xtcp.out");
	note("xtcp-init: running the command");
	status = shell ? run_shell() : run(out);
	note("xtcp-init: the command ended with %d", status);
	if (strstr(cmdline, "xtcp.kmemleak=1"))
		look_for_leaks();
	snprintf(text, sizeof(text), "exit %d\n", status);
	write_all(exit_port, text, strlen(text));
	stop();
}
