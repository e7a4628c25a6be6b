# SPDX-License-Identifier: MIT
"""What was measured, for the terminal and for docs/performance.md."""
import json
import os
import sys

import plot

BEGIN, END = '<!-- ./dev bench --write-docs: begin -->', '<!-- end -->'


def figure(value):
    """Three digits, or all that stand before the point."""
    for limit, digits in ((0.1, 3), (10, 2), (100, 1)):
        if abs(value) < limit:
            return f'{value:.{digits}f}'
    return f'{value:,.0f}'


def spread(result):
    return f'{figure(result["ratio_low"])}–{figure(result["ratio_high"])}'


def goal_text(goal, unit):
    if goal['ratio'] is None:
        limit, value = f'{goal["more"]:,} {unit} more than', f'{unit} more'
    else:
        limit, value = f'{goal["ratio"]:g} of', 'of it'
    text = f'{goal["side"]}: at most {limit} {goal["against"]}'
    if goal['value'] is None:
        return f'{text}: not measured'
    return f'{text}: {figure(goal["value"])} {value}, {"met" if goal["met"] else "NOT MET"}'


def host_text(found):
    m = found['machine']
    return (f'{m["processor"]}, {m["cpus"]} CPUs, Linux {m["kernel"]}, '
            f'{m["hypervisor"] or "no hypervisor"}, {"FSGSBASE" if m["fsgsbase"] else "no FSGSBASE"}, '
            f'clock {m["clock"] or "unknown"}, a call {figure(m["call_ns"])} ns, '
            f'a trap {figure(m["trap_ns"])} ns')


def print_machine(found):
    print(f'{host_text(found)}; '
          f'medians of up to {found["rounds"]} rounds, in brackets the middle half of the ratios')


def print_row(row):
    print(f'\n{row["name"]}: {row["title"]}')
    for result in row['results']:
        name = result['side']
        if 'failed' in result or 'skipped' in result:
            word = 'failed' if 'failed' in result else 'skipped'
            print(f'    {name:20} {word}: {result[word]}')
            continue
        line = f'    {name:20} {figure(result["median"]):>9} {row["unit"]:3}'
        if 'ratio' in result:
            line += f' {figure(result["ratio"]):>7} x {row["base"]}  [{spread(result)}]'
        print(line)
    for goal in row['goals']:
        print(f'    goal  {goal_text(goal, row["unit"])}')
    sys.stdout.flush()


def print_goals(found):
    goals = [goal for row in found['rows'] for goal in row['goals']]
    count = {met: sum(goal['met'] is met for goal in goals) for met in (True, False, None)}
    print(f'\n{count[True]} goals met, {count[False]} not met, {count[None]} not measured')


def markdown_rows(found):
    yield '| | median | against the first | middle half | command |'
    yield '|---|---:|---:|---:|---|'
    for row in found['rows']:
        results = [r for r in row['results'] if 'median' in r]
        base = next((r for r in results if r['side'] == row['base']), None)
        ordered = ([base] if base else []) + [r for r in results if r is not base]
        yield f'| **{row["title"]}** | | | | `./dev bench {row["name"]}` |'
        for r in ordered:
            ratio, middle = (figure(r['ratio']), spread(r)) if 'ratio' in r else ('', '')
            yield (f'| {r["side"]} | {figure(r["median"])} {row["unit"]} | {ratio} | {middle} '
                   f'| `{r["command"]}` |')


def goal_cells(goal, unit):
    value = '' if goal['value'] is None else figure(goal['value']) + (
        f' {unit}' if goal['ratio'] is None else '')
    met = {True: 'met', False: '**not met**', None: 'not measured'}[goal['met']]
    return f'{value} | {met}'


def goals_of(found):
    """By row, side and what it is compared with."""
    return {(row['name'], g['side'], g['against']): g for row in found['rows'] for g in row['goals']}


def markdown_goals(found, others):
    """others: measured on other hosts, each in two columns more."""
    yield '| what | goal | measured | |' + ''.join(f' host {n} | |' for n, _ in enumerate(others, 2))
    yield '|---|---|---:|---|' + '---:|---|' * len(others)
    there = [goals_of(other) for other in others]
    for row in found['rows']:
        for g in row['goals']:
            limit = (f'at most {g["more"]:,} {row["unit"]} more than' if g['ratio'] is None
                     else f'at most {g["ratio"]:g} of')
            same = [goals.get((row['name'], g['side'], g['against'])) for goals in there]
            cells = [goal_cells(goal, row['unit']) if goal else ' | ' for goal in [g, *same]]
            yield (f'| {row["title"]}, {g["side"]} | {limit} {g["against"]} | ' + ' | '.join(cells) + ' |')


def skipped(found):
    """What has no figure and why; the rows are named unless it is so in all of them."""
    rows, reasons = {}, {}
    for row in found['rows']:
        for r in row['results']:
            rows.setdefault(r['side'], []).append(row['name'])
            reason = r.get('skipped') or r.get('failed')
            if reason:
                reasons.setdefault((r['side'], reason), []).append(row['name'])
    for (side, reason), names in reasons.items():
        where = '' if names == rows[side] else f' ({", ".join(names)})'
        yield f'* {side}{where}: {reason}'


def markdown(found, others):
    yield BEGIN
    yield ''
    yield f'{host_text(found)}; medians of up to {found["rounds"]} rounds.'
    for n, other in enumerate(others, 2):
        yield ''
        yield f'Host {n}: {host_text(other)}.'
    yield ''
    yield '### Goals'
    yield ''
    yield from markdown_goals(found, others)
    yield ''
    yield '### Against native'
    yield ''
    yield '![Ratios against native](performance.svg)'
    yield ''
    yield '### All of it'
    yield ''
    yield from markdown_rows(found)
    yield ''
    yield 'What the sides put before the command:'
    yield ''
    for name, prefix in found['sides'].items():
        yield f'* {name}: `{prefix}`'
    missing = list(skipped(found))
    if missing:
        yield ''
        yield 'Left out:'
        yield ''
        yield from missing
    yield ''
    yield END


def kind(found):
    """Hosts that are alike in what fxbox chooses by, and in what a call costs, about."""
    m = found['machine']
    return [m['hypervisor'], m['fsgsbase'], m['call_ns'] > 600]


def remember(found, path):
    """Notes the goals, the last measured of each kind of host first; returns those of the others."""
    known = []
    if os.path.exists(path):
        with open(path, encoding='utf-8') as f:
            known = json.load(f)
    others = [other for other in known if kind(other) != kind(found)]
    short = {name: found[name] for name in ('machine', 'rounds')}
    short['rows'] = [{name: row[name] for name in ('name', 'goals')} for row in found['rows'] if row['goals']]
    with open(path, 'w', encoding='utf-8') as f:
        json.dump([short, *others], f, indent=1)
        f.write('\n')
    return others


def write_docs(found, docs):
    others = remember(found, os.path.join(docs, 'performance.json'))
    path = os.path.join(docs, 'performance.md')
    with open(path, encoding='utf-8') as f:
        text = f.read()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(path, 'w', encoding='utf-8') as f:
        f.write(before + '\n'.join(markdown(found, others)) + after)
    with open(os.path.join(docs, 'performance.svg'), 'w', encoding='utf-8') as f:
        f.write(plot.svg(found))
