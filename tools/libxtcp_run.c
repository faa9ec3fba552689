// SPDX-License-Identifier: GPL-2.0-only
/*
 * The preloaded half of xtcp_run: socket() for TCP becomes socket() for xtcp, every other
 * call and every other kind of socket goes to the kernel as it was made.
 *
 * Nothing here is decided at the time of a call: the constructor reads the configuration
 * once, before the program runs, because programs clear their environment (nginx) and
 * because a lazy read would race between threads. The object is linked with
 * -z initfirst, so that this holds for sockets made by other libraries' constructors too;
 * for that reason it uses the envp it is handed and no service of libc that needs set-up.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define XTCP_FAMILY_DEFAULT	18	/* AF_XTCP of include/uapi/linux/xtcp.h */
#define XTCP_PROTO_ALIAS	253	/* IPPROTO_XTCP of the same header */
#define TYPE_MASK		0xf	/* what is left holds SOCK_NONBLOCK, SOCK_CLOEXEC */

#define FAMILY_FILE		"/sys/module/xtcp/parameters/family"
#define DOOR_ENV		"XTCP_RUN_DOOR="

static int xtcp_family = XTCP_FAMILY_DEFAULT;
static int door_alias = 1;

/* The number at the start of FAMILY_FILE, or 0 when there is none. */
static int read_family(void)
{
	char text[16];
	int fd, value = 0;
	ssize_t i, n;

	fd = open(FAMILY_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < n && text[i] >= '0' && text[i] <= '9' && value < 1000; i++)
		value = value * 10 + text[i] - '0';
	return value;
}

__attribute__((constructor)) static void configure(int argc, char **argv, char **envp)
{
	int family = read_family();

	(void)argc;
	(void)argv;
	if (family)
		xtcp_family = family;
	for (; envp && *envp; envp++)
		if (!strncmp(*envp, DOOR_ENV, sizeof(DOOR_ENV) - 1))
			door_alias = !strcmp(*envp + sizeof(DOOR_ENV) - 1, "alias");
}

static int is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & TYPE_MASK) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

/* Exported in place of libc's. Not socketpair() (no TCP) and not accept() (inherits). */
__attribute__((visibility("default"))) int socket(int domain, int type, int protocol)
{
	if (is_tcp(domain, type, protocol)) {
		if (door_alias)
			protocol = XTCP_PROTO_ALIAS;
		else
			domain = xtcp_family;
	}
	return syscall(SYS_socket, domain, type, protocol);
}
