/* SPDX-License-Identifier: MIT */
/* fxbox audit: what logs say, added up, compared, and as a policy for others. */
#ifndef LOADER_REPORT_CMD_AUDIT_H
#define LOADER_REPORT_CMD_AUDIT_H

/* argv[0] is "audit". Returns the exit status. */
int fx_cmd_audit(int argc, char **argv);

#endif
