/* SPDX-License-Identifier: MIT */
/*
 * Windows below libfxfutex.
 *
 * A thread that returns, or calls ExitThread, passes by the callback of a fiber-local slot, before
 * anybody can see that it has ended. One that is terminated passes nowhere: so there is also a
 * registered wait for the thread itself, whose callback finds it ended.
 */
#define _WIN32_WINNT 0x0602
#include "manager/fxfutex_host.h"

#include <stdlib.h>
#include <windows.h>

#include "manager/platform_win32.h"

const struct fx_platform_ops *const fx_host_platform = &fx_platform_win32;
const struct fx_thread_ops *const fx_host_threads = &fx_threads_win32;

uint32_t fx_host_tid(void)
{
	return GetCurrentThreadId();
}

/* Of a thread that has asked for something: its own, and of whoever finds it ended. */
struct record {
	struct fxfutex_at_exit *list;
	HANDLE thread;
	HANDLE wait;
};

static INIT_ONCE slot_once = INIT_ONCE_STATIC_INIT;
static DWORD slot;

/* ntdll's, for whom the headers do not say. */
BOOLEAN NTAPI RtlDllShutdownInProgress(void);

static void end(struct record *r)
{
	struct fxfutex_at_exit *list = r->list;

	CloseHandle(r->thread);
	free(r);
	fx_host_run(list);
}

/* The thread ends by itself, or the process does: then nobody is to be told. */
static void WINAPI leaves(void *record)
{
	struct record *r = record;

	if (!r || RtlDllShutdownInProgress())
		return;
	UnregisterWaitEx(r->wait, INVALID_HANDLE_VALUE);
	end(r);
}

/* The thread was terminated: it can be anywhere, but its memory is there. */
static void CALLBACK was_ended(void *record, BOOLEAN timed_out)
{
	struct record *r = record;

	(void)timed_out;
	UnregisterWaitEx(r->wait, NULL);
	end(r);
}

static BOOL CALLBACK make_slot(INIT_ONCE *once, void *parameter, void **context)
{
	(void)once;
	(void)parameter;
	(void)context;
	slot = FlsAlloc(leaves);
	return TRUE;
}

static bool has_slot(void)
{
	InitOnceExecuteOnce(&slot_once, make_slot, NULL, NULL);
	return slot != FLS_OUT_OF_INDEXES;
}

static struct record *own_record(void)
{
	return has_slot() ? FlsGetValue(slot) : NULL;
}

struct fxfutex_at_exit *fx_host_list(void)
{
	struct record *r = own_record();

	return r ? r->list : NULL;
}

static struct record *make_record(void)
{
	const HANDLE process = GetCurrentProcess();
	struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	if (!DuplicateHandle(process, GetCurrentThread(), process, &r->thread, SYNCHRONIZE, FALSE,
			     0)) {
		free(r);
		return NULL;
	}
	if (!RegisterWaitForSingleObject(&r->wait, r->thread, was_ended, r, INFINITE,
					 WT_EXECUTEONLYONCE)) {
		CloseHandle(r->thread);
		free(r);
		return NULL;
	}
	FlsSetValue(slot, r);
	return r;
}

bool fx_host_set_list(struct fxfutex_at_exit *list)
{
	struct record *r = own_record();

	if (!r && has_slot())
		r = make_record();
	if (!r)
		return false;
	r->list = list;
	return true;
}
