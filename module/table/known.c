// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers that have completed a handshake with a listener: where SYN cookies are
 * off, there is room for their next SYN when a flood has taken what strangers
 * may have, for whoever sends SYNs under false names completes none. Nothing is
 * kept but one keyed hash in each slot, that of the last one there. Called by
 * sock/listen.c and sock/request.c.
 */
#include <linux/compiler.h>
#include <xtcp/node.h>

#define KNOWN_BITS	12

/* Of all namespaces, which the hash tells apart; 0: nobody. */
static u32 slots[1U << KNOWN_BITS];

static u32 *slot_of(u32 hash)
{
	return &slots[hash >> (32 - KNOWN_BITS)];
}

static u32 hash_of(const struct net *net, const struct xtcp_tuple *tuple)
{
	return xtcp_tuple_address_hash(net, tuple) >> 32 | 1;
}

void xtcp_peer_learn(const struct net *net, const struct xtcp_tuple *tuple)
{
	u32 hash = hash_of(net, tuple), *slot = slot_of(hash);

	if (READ_ONCE(*slot) != hash)
		WRITE_ONCE(*slot, hash);
}

bool xtcp_peer_is_known(const struct net *net, const struct xtcp_tuple *tuple)
{
	u32 hash = hash_of(net, tuple);

	return READ_ONCE(*slot_of(hash)) == hash;
}
