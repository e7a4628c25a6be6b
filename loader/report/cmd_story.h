/* SPDX-License-Identifier: MIT */
#ifndef LOADER_REPORT_CMD_STORY_H
#define LOADER_REPORT_CMD_STORY_H

/* `fxbox-report story --fd N`: argv[0] is "story". Returns an exit status. */
int fx_cmd_story(int argc, char **argv);

#endif
