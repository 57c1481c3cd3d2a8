/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loaded into qemu-img in every world (quick-qemu-img): a thread seems to have used a thousand times the processor time that it
 * has. qemu-img makes the key of a LUKS image as costly to derive as takes two seconds on the machine it runs on, and measures
 * that by this call, for seconds. Here it finds at once that the least costly key takes long enough.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TIMES_SLOWER 1000

static void
slow_down(struct timeval *used)
{
    used->tv_sec = used->tv_sec * TIMES_SLOWER + used->tv_usec * TIMES_SLOWER / 1000000;
    used->tv_usec = used->tv_usec * TIMES_SLOWER % 1000000;
}

__attribute__((visibility("default"))) int
getrusage(__rusage_who_t who, struct rusage *usage)
{
    int done = (int) syscall(SYS_getrusage, who, usage);
    if (done == 0 && who == RUSAGE_THREAD) {
        slow_down(&usage->ru_utime);
        slow_down(&usage->ru_stime);
    }
    return done;
}
