/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a program needs to open an xtcp socket.
 *
 *	socket(AF_XTCP, SOCK_STREAM, 0)
 *	socket(AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_XTCP)
 *
 * Addresses are struct sockaddr_in and struct sockaddr_in6, options are those
 * of SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6 and IPPROTO_TCP.
 */
#ifndef _UAPI_LINUX_XTCP_H
#define _UAPI_LINUX_XTCP_H

/*
 * The number of AF_ASH, a family that Linux names and never had. The module
 * parameter "family" chooses another; /sys/module/xtcp/parameters/family
 * tells which one is in force.
 */
#define AF_XTCP		18
#define PF_XTCP		AF_XTCP

/*
 * Protocol number of the door in AF_INET and AF_INET6. It names the socket
 * type only: on the wire the protocol is TCP's 6. 253 is reserved for
 * experiments (RFC 3692).
 */
#define IPPROTO_XTCP	253

/*
 * Options of IPPROTO_TCP that are younger than some <linux/tcp.h>; include that,
 * or <netinet/tcp.h>, before.
 */
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP		43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS		44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US		45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US	46
#endif

#endif /* _UAPI_LINUX_XTCP_H */
