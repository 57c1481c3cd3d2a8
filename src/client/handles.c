/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs hold: pools, volumes and secrets as the server names them, each with its connection. Any thread. */
#include "client/client.h"

/* ---- pools ---- */

AljibePool *
alj_client_pool_new(AljibeConn *conn, AljWirePool *take_wire)
{
    AljibePool *pool = g_new0(AljibePool, 1);
    alj_refs_init(&pool->refs);
    pool->conn = aljibe_conn_ref(conn);
    pool->wire = *take_wire;
    *take_wire = (AljWirePool) { 0 };
    alj_uuid_format(&pool->wire.uuid, pool->uuid);
    return pool;
}

AljibePool *
aljibe_pool_ref(AljibePool *pool)
{
    if (pool)
        alj_refs_inc(&pool->refs);
    return pool;
}

void
aljibe_pool_unref(AljibePool *pool)
{
    if (!pool || !alj_refs_dec(&pool->refs))
        return;
    alj_xdr_clear(alj_wire_pool, &pool->wire);
    aljibe_conn_unref(pool->conn);
    g_free(pool);
}

/* ---- volumes ---- */

AljibeVol *
alj_client_vol_new(AljibeConn *conn, AljWireVol *take_wire)
{
    AljibeVol *vol = g_new0(AljibeVol, 1);
    alj_refs_init(&vol->refs);
    vol->conn = aljibe_conn_ref(conn);
    vol->wire = *take_wire;
    *take_wire = (AljWireVol) { 0 };
    return vol;
}

AljibeVol *
aljibe_vol_ref(AljibeVol *vol)
{
    if (vol)
        alj_refs_inc(&vol->refs);
    return vol;
}

void
aljibe_vol_unref(AljibeVol *vol)
{
    if (!vol || !alj_refs_dec(&vol->refs))
        return;
    alj_xdr_clear(alj_wire_vol, &vol->wire);
    aljibe_conn_unref(vol->conn);
    g_free(vol);
}

/* ---- secrets ---- */

AljibeSecret *
alj_client_secret_new(AljibeConn *conn, AljWireSecret *take_wire)
{
    AljibeSecret *secret = g_new0(AljibeSecret, 1);
    alj_refs_init(&secret->refs);
    secret->conn = aljibe_conn_ref(conn);
    secret->wire = *take_wire;
    *take_wire = (AljWireSecret) { 0 };
    alj_uuid_format(&secret->wire.uuid, secret->uuid);
    return secret;
}

AljibeSecret *
aljibe_secret_ref(AljibeSecret *secret)
{
    if (secret)
        alj_refs_inc(&secret->refs);
    return secret;
}

void
aljibe_secret_unref(AljibeSecret *secret)
{
    if (!secret || !alj_refs_dec(&secret->refs))
        return;
    alj_xdr_clear(alj_wire_secret, &secret->wire);
    aljibe_conn_unref(secret->conn);
    g_free(secret);
}
