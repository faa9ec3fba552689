/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP Fast Open (RFC 7413): the keys of the cookies that listeners give
 * (table/fastopen.c), and what clients know of other hosts (fastopen_cache.c).
 */
#ifndef _XTCP_FASTOPEN_H
#define _XTCP_FASTOPEN_H

#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <xtcp/node.h>
#include <xtcp/tcb.h>

#define XTCP_FASTOPEN_KEY 16 /* bytes of a key */
#define XTCP_FASTOPEN_KEYS 2 /* that of new cookies, and an older one */
#define XTCP_FASTOPEN_COOKIE 8 /* bytes of a cookie of ours */

/* Bits of net.xtcp.fastopen, as in Linux. */
enum xtcp_fastopen_knob {
	XTCP_FASTOPEN_CLIENT = 0x1,
	XTCP_FASTOPEN_SERVER = 0x2,
	XTCP_FASTOPEN_CLIENT_BARE = 0x4, /* text without a cookie */
	XTCP_FASTOPEN_SERVER_BARE = 0x200, /* takes text without a cookie */
	XTCP_FASTOPEN_ALL_LISTENERS = 0x400,
};

struct xtcp_fastopen_keys {
	siphash_key_t key[XTCP_FASTOPEN_KEYS];
	u8 nr;
	struct rcu_head rcu;
};

/* Of the bytes of one or two keys; NULL if memory is short. May sleep. */
struct xtcp_fastopen_keys *xtcp_fastopen_keys_new(const u8 *bytes, u32 len);
/* Puts new ones, or NULL, in the place of those at slot. */
void xtcp_fastopen_keys_set(struct xtcp_fastopen_keys __rcu **slot,
			    struct xtcp_fastopen_keys *keys);
/* The bytes of those at slot; returns how many, 0 if there are none. */
u32 xtcp_fastopen_keys_get(struct xtcp_fastopen_keys __rcu **slot, u8 *bytes);

/* The cookie for the peer of a tuple. Under rcu_read_lock(), keys not NULL. */
void xtcp_fastopen_cookie_make(const struct xtcp_fastopen_keys *keys,
			       const struct xtcp_tuple *tuple,
			       struct xtcp_fastopen_cookie *cookie);
/* Index of the key with which it was made, or -1. The same. */
int xtcp_fastopen_cookie_key(const struct xtcp_fastopen_keys *keys,
			     const struct xtcp_tuple *tuple, const u8 *cookie, u32 len);

/**
 * struct xtcp_fastopen_news - what a handshake has told of a host
 * @mss: that it announced
 * @cookie: that it gave; NULL: none
 * @refused: it took no text, or the SYN had to go again
 * @no_answer: it said nothing of our wish for a cookie
 * @exp: that had the form of the experiments
 */
struct xtcp_fastopen_news {
	u16 mss;
	const struct xtcp_fastopen_cookie *cookie;
	bool refused;
	bool no_answer;
	bool exp;
};

/*
 * What is known of a host: its cookie and its MSS, of length 0 and 0 where none
 * are. False if it is better left alone, or all are. May sleep.
 */
bool xtcp_fastopen_cache_get(struct net *net, const struct in6_addr *addr,
			     struct xtcp_fastopen_cookie *cookie, u16 *mss);
void xtcp_fastopen_cache_learn(struct net *net, const struct in6_addr *addr,
			       const struct xtcp_fastopen_news *news);
void xtcp_fastopen_cache_free(struct net *net);

/* Something seems to swallow what follows our SYNs: there is a pause. */
void xtcp_fastopen_pause(struct net *net);
/* A SYN of that time was followed by all that should. */
void xtcp_fastopen_works(struct net *net, u64 syn_us);
/* Pauses are forgotten. */
void xtcp_fastopen_resume(struct net *net);

/* A new namespace has a random key. */
int xtcp_fastopen_net_init(struct net *net);
void xtcp_fastopen_net_exit(struct net *net);

#endif /* _XTCP_FASTOPEN_H */
