// SPDX-License-Identifier: GPL-2.0-only
/*
 * Text that packets refer to where it lies: pages of files and pipes (sendfile(), splice()),
 * and the user's own (MSG_ZEROCOPY). Called by send.c, which says when; and what the kernel
 * asks for on the way to both.
 */
#include <linux/bvec.h>
#include "internal.h"

/* Of one page, whose reference becomes the packet's. False if the packet can take no more. */
static bool append_page(struct sk_buff *skb, struct page *page, u32 offset, u32 len)
{
	int i = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, i, page, offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], len);
		put_page(page);
		return true;
	}
	if (i == MAX_SKB_FRAGS)
		return false;
	skb_fill_page_desc(skb, i, page, offset, len);
	return true;
}

/* Bytes of the next page, or -errno. */
static ssize_t splice_page(struct sk_buff *skb, struct iov_iter *from, u32 room)
{
	struct page *page;
	size_t offset;
	ssize_t n;

	n = iov_iter_get_pages2(from, &page, room, 1, &offset);
	if (n <= 0)
		return n ? n : -EIO;
	if (append_page(skb, page, offset, n))
		return n;
	put_page(page);
	iov_iter_revert(from, n);
	return -ENOSPC;
}

/* Others may write to the pages: what needs them to last, as checksums do, must copy. */
int xtcp_splice_to_skb(struct sock *sk, struct sk_buff *skb, struct iov_iter *from, u32 room)
{
	ssize_t n = 0;
	u32 done = 0;

	while (done < room && iov_iter_count(from)) {
		n = splice_page(skb, from, room - done);
		if (n < 0)
			break;
		done += n;
	}
	if (!done)
		return n;
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	skb->len += done;
	skb->data_len += done;
	skb->truesize += done;
	sk_wmem_queued_add(sk, done);
	sk_mem_charge(sk, done);
	return done;
}

int xtcp_zerocopy_to_skb(struct sock *sk, struct sk_buff *skb, struct msghdr *msg, u32 room,
			 struct ubuf_info *ubuf)
{
	int n = skb_zerocopy_iter_stream(sk, skb, msg, room, ubuf);

	return n == -EMSGSIZE || n == -EEXIST ? -ENOSPC : n;
}

/* struct proto_ops.sendpage, of kernels that have it. */
ssize_t xtcp_sendpage(struct socket *sock, struct page *page, int offset, size_t size, int flags)
{
	struct bio_vec bvec = { .bv_page = page, .bv_offset = offset, .bv_len = size };
	struct msghdr msg = { .msg_flags = flags | xtcp_sendpage_more(flags) };

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, size);
	return xtcp_send_page(sock->sk, &msg);
}

static int set_zerocopy(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	int val;

	if (optlen < sizeof(val))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (val < 0 || val > 1)
		return -EINVAL;
	lock_sock(sk);
	sock_valbool_flag(sk, SOCK_ZEROCOPY, val);
	release_sock(sk);
	return 0;
}

/* The kernel refuses SO_ZEROCOPY to protocols that it does not know. */
int xtcp_set_sol_socket(struct socket *sock, int optname, sockptr_t optval, unsigned int optlen)
{
	if (optname == SO_ZEROCOPY)
		return set_zerocopy(sock->sk, optval, optlen);
	return sock_setsockopt(sock, SOL_SOCKET, optname, optval, optlen);
}
