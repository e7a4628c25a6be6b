/* SPDX-License-Identifier: MIT */
#ifndef LOADER_CMD_PROFILE_H
#define LOADER_CMD_PROFILE_H

/* `fxbox profile [OPTION]...`: prints what `fxbox run` with these options would enforce. */
int fx_cmd_profile(int argc, char **argv);

#endif
