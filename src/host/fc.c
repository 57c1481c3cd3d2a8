/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fibre channel ports in sysfs. Owns nothing; runs on a pool's workers. Source: the kernel's Documentation/scsi/scsi_fc_transport.rst. */
#include "host/fc.h"

#include "host/scsi.h"

#include <string.h>

#define PORTS        "/sys/class/fc_host"
#define CONTROL_USEC (30 * G_USEC_PER_SEC)

/* ---- names ---- */

static const char *
digits_of(const char *wwn)
{
    return g_str_has_prefix(wwn, "0x") ? wwn + 2 : wwn;
}

static bool
is_wwn(AljHost *host, const char *dir, const char *attr, const char *wwn)
{
    g_autofree char *text = alj_sys_attr(host, dir, attr);
    return text && g_ascii_strcasecmp(digits_of(text), digits_of(wwn)) == 0;
}

static uint64_t
number_in(AljHost *host, const char *dir, const char *attr)
{
    g_autofree char *text = alj_sys_attr(host, dir, attr);
    const char *digits = text ? text : "";
    uint64_t number;
    return alj_sys_number(&digits, '\0', &number) ? number : 0;
}

/* ---- ports ---- */

bool
alj_fc_find(AljHost *host, const char *wwnn, const char *wwpn, unsigned *ret_number)
{
    g_auto(GStrv) names = alj_sys_names(host, PORTS);
    for (char **name = names; *name; name++) {
        g_autofree char *dir = g_build_filename(PORTS, *name, NULL);
        if (is_wwn(host, dir, "node_name", wwnn) && is_wwn(host, dir, "port_name", wwpn)
            && alj_scsi_host_number(*name, ret_number))
            return true;
    }
    return false;
}

bool
alj_fc_is_port(AljHost *host, unsigned number)
{
    g_autofree char *dir = g_strdup_printf(PORTS "/host%u", number);
    return alj_sys_exists(host, dir);
}

/* Drivers differ in where they have it. NULL: nowhere. (transfer full) */
static char *
control_of(AljHost *host, unsigned number, const char *what)
{
    static const char *const classes[] = { PORTS, "/sys/class/scsi_host" };
    for (size_t i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *path = g_strdup_printf("%s/host%u/%s", classes[i], number, what);
        if (alj_sys_exists(host, path))
            return g_steal_pointer(&path);
    }
    return NULL;
}

bool
alj_fc_can_have_ports(AljHost *host, unsigned number)
{
    g_autofree char *control = control_of(host, number, "vport_create");
    return control != NULL;
}

bool
alj_fc_find_fabric(AljHost *host, const char *fabric, unsigned *ret_number)
{
    g_auto(GStrv) names = alj_sys_names(host, PORTS);
    for (char **name = names; *name; name++) {
        g_autofree char *dir = g_build_filename(PORTS, *name, NULL);
        if (is_wwn(host, dir, "fabric_name", fabric) && alj_scsi_host_number(*name, ret_number)
            && alj_fc_can_have_ports(host, *ret_number))
            return true;
    }
    return false;
}

/* How many more virtual ports may be made on an online port; 0: none. */
static uint64_t
room_of(AljHost *host, unsigned number)
{
    g_autofree char *dir = g_strdup_printf(PORTS "/host%u", number), *state = alj_fc_port_state(host, number);
    if (!state || g_ascii_strcasecmp(state, "Online") != 0 || !alj_fc_can_have_ports(host, number))
        return 0;
    g_autofree char *scsi = g_strdup_printf("/sys/class/scsi_host/host%u", number);
    const char *at = alj_sys_exists(host, dir) ? dir : scsi;
    uint64_t most = number_in(host, at, "max_npiv_vports"), used = number_in(host, at, "npiv_vports_inuse");
    return most > used ? most - used : 0;
}

bool
alj_fc_find_parent(AljHost *host, unsigned *ret_number)
{
    uint64_t best = 0;
    g_auto(GStrv) names = alj_sys_names(host, PORTS);
    for (char **name = names; *name; name++) {
        unsigned number;
        uint64_t room = alj_scsi_host_number(*name, &number) ? room_of(host, number) : 0;
        if (room <= best)
            continue;
        best = room;
        *ret_number = number;
    }
    return best > 0;
}

/* …/host0/vport-0:0-0/host2/fc_host/host2 */
bool
alj_fc_parent_of(AljHost *host, unsigned number, unsigned *ret_parent)
{
    g_autofree char *dir = g_strdup_printf(PORTS "/host%u", number), *at = alj_sys_resolve(host, dir);
    g_auto(GStrv) parts = g_strsplit(at ? at : "", "/", -1);
    for (char **part = parts; part[0] && part[1]; part++)
        if (g_str_has_prefix(part[1], "vport-"))
            return alj_scsi_host_number(part[0], ret_parent);
    return false;
}

char *
alj_fc_port_state(AljHost *host, unsigned number)
{
    g_autofree char *dir = g_strdup_printf(PORTS "/host%u", number);
    return alj_sys_attr(host, dir, "port_state");
}

/* ---- virtual ports ---- */

static bool
control(AljHost *host, unsigned parent, const char *what, const char *wwnn, const char *wwpn, GError **error)
{
    g_autofree char *path = control_of(host, parent, what);
    if (!path)
        return alj_fail(error, ALJ_ERROR_BAD_STATE, "virtual ports are not supported by host%u", parent);
    g_autofree char *names = g_strdup_printf("%s:%s", digits_of(wwpn), digits_of(wwnn));
    int failed = alj_sys_write(host, path, names, CONTROL_USEC, NULL);
    return !failed || alj_fail_errno(error, failed, "Write of '%s' to '%s' during vport create/delete failed", names, path);
}

bool
alj_fc_port_create(AljHost *host, unsigned parent, const char *wwnn, const char *wwpn, GError **error)
{
    return control(host, parent, "vport_create", wwnn, wwpn, error);
}

bool
alj_fc_port_delete(AljHost *host, unsigned parent, const char *wwnn, const char *wwpn, GError **error)
{
    return control(host, parent, "vport_delete", wwnn, wwpn, error);
}
