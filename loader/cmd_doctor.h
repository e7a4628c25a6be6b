/* SPDX-License-Identifier: MIT */
/* fxbox doctor: what this host permits, and what fxbox does about each. */
#ifndef LOADER_CMD_DOCTOR_H
#define LOADER_CMD_DOCTOR_H

/* argv[0] is "doctor". Returns the exit status. */
int fx_cmd_doctor(int argc, char **argv);

#endif
