/* SPDX-License-Identifier: MIT */
/*
 * Where things lie in a thread's block; read by C and by assembly, asserted
 * in thread.h. A block is FX_BLOCK_SIZE bytes, aligned to its size, so that
 * masking any address on the shim's stack finds it:
 *
 *   base                 guard page, PROT_NONE
 *   base + FX_STACK_LOW  the shim's stack for this thread, growing down from
 *   base + FX_THREAD     struct fx_thread
 *   base + FX_BLOCK_SIZE
 */
#ifndef SHIM_BASE_THREAD_LAYOUT_H
#define SHIM_BASE_THREAD_LAYOUT_H

#define FX_BLOCK_SIZE	     0x10000
#define FX_STACK_LOW	     0x1000
#define FX_THREAD	     0xe000
#define FX_PATCHED_FRAME     128 /* of a call from a patched site, right below struct fx_thread */
#define FX_THREAD_PENDING    8	 /* offsetof(struct fx_thread, pending) */
#define FX_THREAD_POINT_RSP  24	 /* offsetof(struct fx_thread, point_rsp) */
#define FX_THREAD_POINT_BACK 32	 /* offsetof(struct fx_thread, point_back) */
#define FX_THREAD_MAGIC_AT   16	 /* offsetof(struct fx_thread, magic) */
#define FX_THREAD_FS_KEY     40	 /* offsetof(struct fx_thread, fs_key) */
#define FX_THREAD_MAGIC	     0x78626f78

#endif
