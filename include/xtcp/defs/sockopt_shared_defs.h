/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of SOL_SOCKET, IPPROTO_IP and IPPROTO_IPV6 that mean something for a stream. Code
 * that the kernel has for all its protocols keeps most of them; here is what they do on sockets
 * of xtcp, for docs/reference.md, xtcp(7) and tests/socket/t_option_table.c. What comes behind
 * "Differs:" is not as on the kernel's TCP.
 *
 * XTCP_SOCKOPT_SHARED(level, name, since, access, meaning)
 *
 * since: the first kernel that has it, 603 is 6.3. access, tried on a new socket: BOTH to be read, and what
 * was read may be set; READ to be read; SET to be set; STATE as BOTH, but not in a new socket;
 * REFUSED never.
 */
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_REUSEADDR, 0, BOTH,
	"bind() to a port that has connections or TIME-WAITs, but no listener (docs/server.md). Differs: the kernel's TCP never shares a port with xtcp")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_REUSEPORT, 0, BOTH,
	"sockets of one user may share a port; a hash of the addresses chooses among their listeners (docs/server.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, 0, SET,
	"a program chooses among the listeners that share a port, by their order of listen(); where it names none, the hash does")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, 0, SET,
	"the same with a program of the type of socket filters. Differs: those of type SK_REUSEPORT, and so maps of sockets, are ENOTSUPP, for the kernel admits them to its own TCP alone")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0, SET,
	"the hash chooses again")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_INCOMING_CPU, 0, BOTH,
	"of listeners that share a port the one of this processor is preferred; on a connection it reads where its last segment was taken")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ATTACH_FILTER, 0, SET,
	"sees each segment from its TCP header on before it has any effect; may cut text off, not the header. What it refuses is as lost on the way; tracers show the reason SOCKET_FILTER")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ATTACH_BPF, 0, SET,
	"the same with a program that is loaded already")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_DETACH_FILTER, 0, SET,
	"ends it")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_LOCK_FILTER, 0, BOTH,
	"it can't be ended")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BINDTODEVICE, 0, BOTH,
	"only segments from there, only routes out there; each device, and each VRF, may have its listener of one port. Who is bound to none has no segments of VRFs, unless l3mdev_accept is set")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BINDTOIFINDEX, 0, BOTH,
	"the same by number")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_MARK, 0, BOTH,
	"in routing and on all packets, those of a listener's handshakes and resets included. Differs: answers of a TIME-WAIT have none")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_PRIORITY, 0, BOTH,
	"of all packets; IP_TOS sets it, too")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_DONTROUTE, 0, BOTH,
	"only hosts of a connected network")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_KEEPALIVE, 0, BOTH,
	"a silent peer is probed (docs/times.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_LINGER, 0, BOTH,
	"close() waits for the peer to have the text; with 0 s it resets the connection")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_OOBINLINE, 0, BOTH,
	"the urgent byte stays in the stream (docs/data.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RCVTIMEO, 0, BOTH,
	"how long recv() and accept() wait")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_SNDTIMEO, 0, BOTH,
	"how long send() and connect() wait")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RCVLOWAT, 0, BOTH,
	"bytes that recv() and poll() wait for")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_SNDLOWAT, 0, READ,
	"1")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_SNDBUF, 0, BOTH,
	"buffer of what is sent (docs/memory.md); what was set is not adjusted any more")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_SNDBUFFORCE, 0, SET,
	"the same beyond wmem_max, for administrators")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RCVBUF, 0, BOTH,
	"buffer of what is received; what was set is not adjusted any more")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RCVBUFFORCE, 0, SET,
	"the same beyond rmem_max, for administrators")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BUF_LOCK, 0, BOTH,
	"which of the two are not adjusted")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_PEEK_OFF, 0, BOTH,
	"where MSG_PEEK begins (docs/data.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ZEROCOPY, 608, BOTH,
	"MSG_ZEROCOPY refers to the user's pages (docs/data.md). Differs: before 6.8 the kernel refuses it")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_TIMESTAMP, 0, BOTH,
	"recvmsg() tells when the last byte came (docs/data.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_TIMESTAMPNS, 0, BOTH,
	"the same in nanoseconds")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_TIMESTAMPING, 0, BOTH,
	"times of text that comes, and of text that goes in the queue of errors (docs/data.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_MAX_PACING_RATE, 0, BOTH,
	"bytes in a second that are sent at most (docs/congestion.md)")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_COOKIE, 0, READ,
	"a name of the socket, for diagnosis")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_NETNS_COOKIE, 0, READ,
	"a name of its namespace")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_MEMINFO, 0, READ,
	"what its buffers hold, for diagnosis")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_TYPE, 0, READ,
	"SOCK_STREAM")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_DOMAIN, 0, READ,
	"Differs: AF_INET or AF_INET6")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_PROTOCOL, 0, READ,
	"Differs: 518")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ACCEPTCONN, 0, READ,
	"1 of a listener")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_ERROR, 0, READ,
	"the error that waits, once")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BUSY_POLL, 0, BOTH,
	"us that recv() looks after the device itself before it waits")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_PREFER_BUSY_POLL, 0, BOTH,
	"as for every other protocol")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_INCOMING_NAPI_ID, 0, READ,
	"number of the device's queue that the last segment came by; 0 where it has no NAPI, as lo")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BROADCAST, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_NO_CHECK, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RXQ_OVFL, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_BSDCOMPAT, 0, SET,
	"is taken")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_DEBUG, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_TXREHASH, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(SOL_SOCKET, SO_RESERVE_MEM, 0, STATE,
	"Differs: EOPNOTSUPP, for the kernel admits it to its own protocols alone")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_TOS, 0, BOTH,
	"on all packets of a connection; of a listener, on its SYN,ACKs, and its connections inherit it. The ECN bits are xtcp's own. Differs: answers of a TIME-WAIT have 0")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_TTL, 0, BOTH,
	"on all packets; of a listener, on its SYN,ACKs")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_MINTTL, 0, BOTH,
	"drops what has passed more routers (RFC 5082), of a listener too: TCPMinTTLDrop. Differs: ICMP errors pass")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_MTU_DISCOVER, 0, BOTH,
	"the DF bit, and whether ICMP errors may lower the path MTU")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_MTU, 0, STATE,
	"of the route of a connection; to be read")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_RECVERR, 0, BOTH,
	"an ICMP error of a connection that is open is SO_ERROR at once, and the connection goes on. What ends connect() is in the queue of errors, too (docs/data.md)")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_FREEBIND, 0, BOTH,
	"bind() to addresses that are not here")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_TRANSPARENT, 0, BOTH,
	"the same, for administrators. Differs: the TPROXY target of a firewall finds the kernel's sockets alone; a local route (ip route add local) leads whole networks to a listener of xtcp")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0, BOTH,
	"bind() to port 0 leaves the port to connect() or listen()")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_LOCAL_PORT_RANGE, 603, BOTH,
	"which ports (from 6.3 on)")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_UNICAST_IF, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_OPTIONS, 0, BOTH,
	"of a connection's packets. Differs: a SYN,ACK has none")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_RECVTOS, 0, BOTH,
	"what IP_PKTOPTIONS tells")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_RECVTTL, 0, BOTH,
	"what IP_PKTOPTIONS tells")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_PKTINFO, 0, BOTH,
	"what IP_PKTOPTIONS tells. Differs: 0 for the interface")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_PKTOPTIONS, 0, READ,
	"TOS and TTL of the segment that opened the connection")
XTCP_SOCKOPT_SHARED(IPPROTO_IP, IP_ADD_MEMBERSHIP, 0, SET,
	"EPROTO: a group has no connection")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_TCLASS, 0, BOTH,
	"as IP_TOS")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 0, BOTH,
	"as IP_TTL")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_MINHOPCOUNT, 0, BOTH,
	"as IP_MINTTL")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_MTU_DISCOVER, 0, BOTH,
	"as IP_MTU_DISCOVER")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_DONTFRAG, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_MTU, 0, STATE,
	"as IP_MTU")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_RECVERR, 0, BOTH,
	"as IP_RECVERR")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_FREEBIND, 0, BOTH,
	"as IP_FREEBIND")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_TRANSPARENT, 0, BOTH,
	"as IP_TRANSPARENT")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_V6ONLY, 0, BOTH,
	"before bind(): no IPv4")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0, BOTH,
	"flow labels on the wire")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, 0, STATE,
	"labels of one's own. Differs: connect() puts none on a connection")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, 0, BOTH,
	"which source address connect() takes")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_UNICAST_IF, 0, BOTH,
	"is kept")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, 0, SET,
	"EPROTO")
XTCP_SOCKOPT_SHARED(IPPROTO_IPV6, IPV6_ADDRFORM, 0, REFUSED,
	"Differs: always refused")
