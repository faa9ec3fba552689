// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues by deadline with one timer each: requests that wait for their
 * SYN,ACK to be sent again, TIME-WAITs for their end. Used by request.c and
 * timewait.c; netns/ makes and ends the queues.
 *
 * The timer is started only for a new first entry; that the first one was
 * removed is found out when it fires.
 */
#include <linux/hrtimer.h>
#include <linux/rcupdate.h>
#include <xtcp/compat.h>
#include <xtcp/fifo.h>
#include <xtcp/netns.h>

/* Entries per run of the timer; the rest follows in the next one, at once. */
#define XTCP_FIFO_BUDGET	256

/* Lock held. */
static void start_timer(struct xtcp_fifo *fifo)
{
	struct xtcp_fifo_entry *first;

	first = list_first_entry_or_null(&fifo->queue, struct xtcp_fifo_entry, link);
	if (first)
		hrtimer_start(&fifo->timer, xtcp_ktime(first->deadline_us), HRTIMER_MODE_ABS_SOFT);
}

static struct xtcp_fifo_entry *take_due(struct xtcp_fifo *fifo, u64 now_us)
{
	struct xtcp_fifo_entry *first;

	spin_lock_bh(&fifo->lock);
	first = list_first_entry_or_null(&fifo->queue, struct xtcp_fifo_entry, link);
	if (first && first->deadline_us <= now_us)
		list_del_init(&first->link);
	else
		first = NULL;
	spin_unlock_bh(&fifo->lock);
	return first;
}

static enum hrtimer_restart fifo_fired(struct hrtimer *timer)
{
	struct xtcp_fifo *fifo = container_of(timer, struct xtcp_fifo, timer);
	struct xtcp_fifo_entry *entry;
	u64 now_us = xtcp_now_us();
	int n;

	/* Before an entry is taken: from then on only this keeps it. */
	rcu_read_lock();
	for (n = 0; n < XTCP_FIFO_BUDGET; n++) {
		entry = take_due(fifo, now_us);
		if (!entry)
			break;
		fifo->expire(fifo, entry);
	}
	rcu_read_unlock();

	/*
	 * Not by HRTIMER_RESTART: an entry may be added meanwhile, and whoever
	 * starts the timer must hold the lock.
	 */
	spin_lock_bh(&fifo->lock);
	start_timer(fifo);
	spin_unlock_bh(&fifo->lock);
	return HRTIMER_NORESTART;
}

void xtcp_fifo_init(struct xtcp_fifo *fifo,
		    void (*expire)(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry))
{
	spin_lock_init(&fifo->lock);
	INIT_LIST_HEAD(&fifo->queue);
	fifo->expire = expire;
	xtcp_hrtimer_setup(&fifo->timer, fifo_fired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}

void xtcp_fifo_clean(struct xtcp_fifo *fifo)
{
	WARN_ON_ONCE(!list_empty(&fifo->queue));
	hrtimer_cancel(&fifo->timer);
}

void xtcp_fifo_entry_init(struct xtcp_fifo_entry *entry)
{
	INIT_LIST_HEAD(&entry->link);
	entry->deadline_us = 1;
}

/* Lock held. */
static void enqueue(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry, u64 deadline_us)
{
	struct xtcp_fifo_entry *before;

	WRITE_ONCE(entry->deadline_us, deadline_us);
	list_for_each_entry_reverse(before, &fifo->queue, link)
		if (before->deadline_us <= deadline_us)
			break;
	/* If none was found, before stands for the head. */
	list_add(&entry->link, &before->link);
	if (list_is_first(&entry->link, &fifo->queue))
		start_timer(fifo);
}

void xtcp_fifo_add(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry, u64 deadline_us)
{
	spin_lock_bh(&fifo->lock);
	if (entry->deadline_us) {
		list_del_init(&entry->link);
		enqueue(fifo, entry, deadline_us);
	}
	spin_unlock_bh(&fifo->lock);
}

void xtcp_fifo_move(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry, u64 deadline_us)
{
	spin_lock_bh(&fifo->lock);
	if (!list_empty(&entry->link)) {
		list_del_init(&entry->link);
		enqueue(fifo, entry, deadline_us);
	}
	spin_unlock_bh(&fifo->lock);
}

bool xtcp_fifo_kill(struct xtcp_fifo *fifo, struct xtcp_fifo_entry *entry)
{
	bool queued;

	spin_lock_bh(&fifo->lock);
	queued = !list_empty(&entry->link);
	list_del_init(&entry->link);
	WRITE_ONCE(entry->deadline_us, 0);
	spin_unlock_bh(&fifo->lock);
	return queued;
}

struct xtcp_fifo_entry *xtcp_fifo_pop(struct xtcp_fifo *fifo)
{
	return take_due(fifo, U64_MAX);
}
