/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks and options of pcapng, in the byte order of this machine.
 */
#ifndef XTCP_TOOLS_PCAPNG_FORMAT_H
#define XTCP_TOOLS_PCAPNG_FORMAT_H

#include <stdint.h>

enum {
	PCAPNG_SECTION = 0x0a0d0d0a,
	PCAPNG_INTERFACE = 1,
	PCAPNG_STATISTICS = 5,
	PCAPNG_PACKET = 6,
	PCAPNG_MAGIC = 0x1a2b3c4d,
	PCAPNG_LINKTYPE_RAW = 101,
};

/* Options; the number of one means something else in each block. */
enum {
	PCAPNG_END_OF_OPTIONS = 0,
	PCAPNG_COMMENT = 1,
	PCAPNG_FLAGS = 2, /* of a packet: */
	PCAPNG_INBOUND = 1,
	PCAPNG_OUTBOUND = 2,
	PCAPNG_IF_NAME = 2, /* of an interface */
	PCAPNG_IF_TSRESOL = 9,
	PCAPNG_PROGRAM = 4, /* of the section */
	PCAPNG_IF_DROPS = 7, /* of statistics: what the kernel had no room for */
};

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
};

/* Bodies, which follow type and length. */
struct pcapng_section {
	uint32_t magic;
	uint16_t major, minor;
	int64_t length; /* -1: to the end of the file */
} __attribute__((packed));

struct pcapng_interface {
	uint16_t linktype, reserved;
	uint32_t snaplen; /* 0: no limit */
};

struct pcapng_packet {
	uint32_t interface, high, low, captured, original;
};

struct pcapng_statistics {
	uint32_t interface, high, low;
};

#endif
