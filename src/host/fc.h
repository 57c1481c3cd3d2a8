/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fibre channel ports of this host, and virtual ones (NPIV) made on them. Everything is in sysfs; making and removing a port may wait
 * for the adapter. World wide names are 16 hexadecimal digits, "0x" in front allowed. Any thread.
 */
#pragma once

#include "base/error.h"
#include "host/sysfs.h"

/** alj_fc_find: the SCSI host that is the port @wwpn of node @wwnn. False: there is none. */
bool alj_fc_find(AljHost *host, const char *wwnn, const char *wwpn, unsigned *ret_number);

/** alj_fc_find_fabric: the first port on the fabric @fabric that can have virtual ports. False: there is none. */
bool alj_fc_find_fabric(AljHost *host, const char *fabric, unsigned *ret_number);

/** alj_fc_find_parent: the port that is online and has room for most virtual ports. False: there is none. */
bool alj_fc_find_parent(AljHost *host, unsigned *ret_number);

/** alj_fc_is_port: whether host @number is a fibre channel port at all. */
bool alj_fc_is_port(AljHost *host, unsigned number);

/** alj_fc_can_have_ports: whether virtual ports can be made on host @number. */
bool alj_fc_can_have_ports(AljHost *host, unsigned number);

/** alj_fc_parent_of: the host on which the virtual port that is host @number was made. False: it is no virtual port. */
bool alj_fc_parent_of(AljHost *host, unsigned number, unsigned *ret_parent);

/** alj_fc_port_state: "Online", "Linkdown", …; NULL: not known. (transfer full) */
char *alj_fc_port_state(AljHost *host, unsigned number);

/**
 * alj_fc_port_create, alj_fc_port_delete: a virtual port on host @parent.
 * Errors: BAD_STATE if it cannot have any, SYSTEM "Write of 'W' to 'F' during vport create/delete failed: …".
 */
bool alj_fc_port_create(AljHost *host, unsigned parent, const char *wwnn, const char *wwpn, GError **error);
bool alj_fc_port_delete(AljHost *host, unsigned parent, const char *wwnn, const char *wwpn, GError **error);
