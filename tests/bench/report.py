# SPDX-License-Identifier: MIT
"""What was measured, for the terminal and for docs/performance.md."""
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


def print_machine(found):
    m = found['machine']
    print(f'{m["processor"]}, {m["cpus"]} CPUs, Linux {m["kernel"]}; '
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


def markdown_goals(found):
    yield '| what | goal | measured | |'
    yield '|---|---|---:|---|'
    for row in found['rows']:
        for g in row['goals']:
            limit = (f'at most {g["more"]:,} {row["unit"]} more than' if g['ratio'] is None
                     else f'at most {g["ratio"]:g} of')
            value = '' if g['value'] is None else figure(g['value']) + (
                f' {row["unit"]}' if g['ratio'] is None else '')
            met = {True: 'met', False: '**not met**', None: 'not measured'}[g['met']]
            yield f'| {row["title"]}, {g["side"]} | {limit} {g["against"]} | {value} | {met} |'


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


def markdown(found):
    m = found['machine']
    yield BEGIN
    yield ''
    yield (f'{m["processor"]}, {m["cpus"]} CPUs, Linux {m["kernel"]}; medians of up to '
           f'{found["rounds"]} rounds.')
    yield ''
    yield '### Goals'
    yield ''
    yield from markdown_goals(found)
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


def write_docs(found, docs):
    path = os.path.join(docs, 'performance.md')
    with open(path, encoding='utf-8') as f:
        text = f.read()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(path, 'w', encoding='utf-8') as f:
        f.write(before + '\n'.join(markdown(found)) + after)
    with open(os.path.join(docs, 'performance.svg'), 'w', encoding='utf-8') as f:
        f.write(plot.svg(found))
