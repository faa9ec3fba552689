/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many small objects that wait for the same length of time: a queue by
 * deadline with one timer (table/fifo.c). Adding, removing and expiring cost
 * O(1) as long as the length of time is not changed; an entry whose deadline
 * is before the last one's is sorted in from the tail.
 */
#ifndef _XTCP_FIFO_H
#define _XTCP_FIFO_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct xtcp_fifo_entry - part of what waits
 * @link: empty when not queued
 * @deadline_us: as xtcp_now_us(); 0: may never be queued again. Guarded by the
 *	queue's lock
 */
struct xtcp_fifo_entry {
	struct list_head link;
	u64 deadline_us;
};

/**
 * struct xtcp_fifo - a queue
 * @expire: called in softirq context without the lock, under
 *	rcu_read_lock(), for each entry that is due, which is out of the queue
 *	by then. It owns no reference; that the entry is freed after a grace
 *	period is what keeps it.
 */
struct xtcp_fifo {
	spinlock_t lock;
	struct list_head queue;
	struct hrtimer timer;
	void (*expire)(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry);
};

void xtcp_fifo_init(struct xtcp_fifo *fifo,
		    void (*expire)(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry));
void xtcp_fifo_entry_init(struct xtcp_fifo_entry *entry);
/* Stops the timer for good; the queue is empty. */
void xtcp_fifo_clean(struct xtcp_fifo *fifo);
/* Does nothing with an entry that was killed. */
void xtcp_fifo_add(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry, u64 deadline_us);
/* Another deadline, if it is still queued. */
void xtcp_fifo_move(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry, u64 deadline_us);
/* Takes it out for good; true if it was queued. */
bool xtcp_fifo_kill(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry);
/* Takes out the first entry, due or not; NULL if there is none. */
struct xtcp_fifo_entry *xtcp_fifo_pop(struct xtcp_fifo *fifo);

#endif /* _XTCP_FIFO_H */
