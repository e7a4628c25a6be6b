/* SPDX-License-Identifier: MIT */
/* Writing HTML of strings that somebody hostile chose. */
#ifndef LOADER_REPORT_HTML_H
#define LOADER_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

/* As text or inside a quoted attribute: no byte of it is more than a character. */
void fx_html_text(FILE *out, const char *s);
/* The same, of so many bytes at most; what is cut ends in "...". */
void fx_html_text_cut(FILE *out, const char *s, size_t most);

/* `5 us`, `1.25 ms`, `3.50 s`, with the right letter for micro. */
void fx_html_time(FILE *out, int64_t us);
/* With a narrow space between thousands. */
void fx_html_count(FILE *out, uint64_t n);

/* A heading of a column: of figures, or of text. */
void fx_html_th(FILE *out, const char *title, int figures);
void fx_html_td_count(FILE *out, uint64_t n, const char *after);
void fx_html_td_time(FILE *out, int64_t us);
void fx_html_td_text(FILE *out, const char *s);

#endif
