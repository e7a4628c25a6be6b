/* SPDX-License-Identifier: MIT */
#include "shim/patch/stopped.h"

#include "shim/base/kernel_signal.h"
#include "shim/patch/island.h"
#include "shim/patch/patch.h"
#include "shim/patch/patch_site.h"
#include "shim/patch/point.h"
#include "shim/threads/thread.h"

void fx_stopped_put_back(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct fx_patch_site *s;
	uintptr_t start;

	if (fx_config.points)
		fx_points_put_back(uc);
	if (!fx_patch_active())
		return;
	s = fx_island_site(sc->rip, &start);
	if (s)
		fx_trampoline_leave(uc, start, s->shape, &s->record);
}

void fx_stopped_trapped(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct fx_patch_site *s;
	uintptr_t start;

	if (!fx_patch_active())
		return;
	s = fx_island_site(sc->rip, &start);
	if (s && fx_trampoline_trapped(sc->rip - start, s->shape))
		sc->rip = sc->rcx = s->record.ret;
}

bool fx_stopped_step(struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct fx_patch_site *s;
	uintptr_t start;

	if (!fx_patch_active())
		return false;
	s = fx_island_site(sc->rip, &start);
	if (!s || !fx_trampoline_begins(sc->rip - start))
		return false;
	/* From here on a step would be seen: the call traps instead. */
	if (!s->shape.before)
		sc->rip = s->record.again;
	return true;
}

bool fx_stopped_find(struct ucontext *uc)
{
	const struct fx_patch_site *s;
	uintptr_t start;

	if (!fx_patch_active())
		return false;
	s = fx_island_site(uc->uc_mcontext.rip, &start);
	if (!s || !fx_trampoline_finds(uc->uc_mcontext.rip - start, s->shape))
		return false;
	fx_stopped_put_back(uc);
	if (s->shape.by_fs)
		uc->uc_mcontext.rip = s->record.again;
	else
		fx_patch_stop();
	return true;
}

bool fx_stopped_behind(struct fx_thread *t, struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	struct fx_patch_site *s;

	if (!fx_patch_active())
		return false;
	s = fx_patch_site_find(sc->rip, false);
	if (!s || __atomic_load_n(&s->state, __ATOMIC_ACQUIRE) != FX_SITE_PATCHED ||
	    !s->shape.behind)
		return fx_stopped_fetch(t, uc);
	/* Who has made the call and comes back has this in rcx. */
	if (sc->rcx != s->record.ret)
		fx_patch_jumped(t, s);
	sc->rip = fx_trampoline_behind(s->trampoline, s->shape);
	return true;
}

bool fx_stopped_fetch(struct fx_thread *t, const struct ucontext *uc)
{
	uintptr_t ip = uc->uc_mcontext.rip;
	uint32_t now;

	if (!fx_patch_active() || !fx_patch_await_changes(&now))
		return false;
	if (t->fetched == ip && t->fetched_at == now)
		return false;
	t->fetched = ip;
	t->fetched_at = now;
	return true;
}

bool fx_stopped_entering(struct fx_thread *t, const struct ucontext *uc)
{
	uintptr_t start;

	return fx_patch_active() && fx_island_site(uc->uc_mcontext.rip, &start) &&
	       fx_stopped_fetch(t, uc);
}
