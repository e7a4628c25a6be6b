/* SPDX-License-Identifier: MIT */
#ifndef LOADER_REPORT_CMD_PLACES_H
#define LOADER_REPORT_CMD_PLACES_H

/* Does `fxbox-report places`, argv[0] being "places"; its exit status. */
int fx_cmd_places(int argc, char **argv);

#endif
