/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists the pools of a server with their sizes. Usage: list-pools [URI]
 * cc list-pools.c $(pkg-config --cflags --libs libaljibe) -o list-pools
 */
#include <aljibe/aljibe.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int
complain(AljibeError *error)
{
    fprintf(stderr, "error: %s\n", aljibe_error_message(error));
    aljibe_error_free(error);
    return EXIT_FAILURE;
}

static int
show(AljibePool *pool)
{
    AljibeError *error = NULL;
    AljibePoolInfo info;
    if (aljibe_pool_get_info(pool, &info, &error) < 0)
        return complain(error);
    printf("%-20s %-9s %12" PRIu64 " MiB %12" PRIu64 " MiB free\n", aljibe_pool_get_name(pool),
           info.state == ALJIBE_POOL_RUNNING ? "running" : "inactive", info.capacity_bytes >> 20, info.available_bytes >> 20);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    AljibeError *error = NULL;
    AljibePool **pools = NULL;
    int status = EXIT_SUCCESS;
    AljibeConn *conn = aljibe_conn_open(argc > 1 ? argv[1] : NULL, ALJIBE_CONN_READONLY, &error);
    if (!conn)
        return complain(error);
    if (aljibe_conn_list_pools(conn, 0, &pools, &error) < 0)
        status = complain(error);
    for (AljibePool **pool = pools; pool && *pool; pool++) {
        if (show(*pool) != EXIT_SUCCESS)
            status = EXIT_FAILURE; /* the others may still answer */
        aljibe_pool_unref(*pool);
    }
    free(pools);
    aljibe_conn_unref(conn);
    return status;
}
