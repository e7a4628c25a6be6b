# SPDX-License-Identifier: MIT
"""A plot of ratios against native as SVG: a line a row, a dot a side, on a logarithmic scale."""
import math
from html import escape

SIDES = {'trap': '#c0392b', 'trap confined': '#c0392b', 'patch': '#1f77b4',
         'patch confined': '#1f77b4', 'trap traced': '#c0392b', 'patch traced': '#1f77b4',
         'gVisor': '#7f7f7f', 'qemu-user': '#b8860b',
         'bubblewrap': '#2e8b57', 'strace': '#9467bd', 'perf trace': '#d67fb2'}
LEFT, RIGHT, TOP, STEP, WIDTH = 160, 30, 60, 22, 900
VARIANTS = (' confined', ' traced')  # of a mode: hollow


def dots(row):
    return [(r['side'], r['ratio'], r['ratio_low'], r['ratio_high']) for r in row['results']
            if r['side'] in SIDES and 'ratio' in r]


def svg(found):
    rows = [(row, dots(row)) for row in found['rows'] if row['base'] == 'native' and dots(row)]
    ends = [v for _, ds in rows for d in ds for v in d[1:]] or [1]
    low = min(math.floor(math.log10(min(ends))), -1)
    high = max(math.ceil(math.log10(max(ends))), 1)
    height = TOP + STEP * len(rows) + 40

    def x(ratio):
        return LEFT + (math.log10(ratio) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           f'<text x="{LEFT}" y="18" font-weight="bold">Time or memory against native '
           '(left of the black line: less than native; hollow: confined, traced)</text>']
    names = [s for s in SIDES if not s.endswith(VARIANTS) and
             any(s == d[0] for _, ds in rows for d in ds)]
    for i, side in enumerate(names):
        out += [f'<circle cx="{LEFT + 6 + i * 95}" cy="36" r="5" fill="{SIDES[side]}"/>',
                f'<text x="{LEFT + 16 + i * 95}" y="40">{escape(side)}</text>']
    for power in range(low, high + 1):
        at = x(10.0 ** power)
        out += [f'<line x1="{at:.1f}" y1="{TOP - 8}" x2="{at:.1f}" y2="{height - 28}" '
                f'stroke="{"black" if power == 0 else "#ddd"}"/>',
                f'<text x="{at:.1f}" y="{height - 12}" text-anchor="middle">{10.0 ** power:g}×</text>']
    for i, (row, ds) in enumerate(rows):
        y = TOP + STEP * i + 8
        out.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(row["name"])}</text>')
        for side, ratio, lo, hi in ds:
            fill = 'white' if side.endswith(VARIANTS) else SIDES[side]
            out += [f'<line x1="{x(lo):.1f}" y1="{y}" x2="{x(hi):.1f}" y2="{y}" '
                    f'stroke="{SIDES[side]}" stroke-width="2"/>',
                    f'<circle cx="{x(ratio):.1f}" cy="{y}" r="4.5" fill="{fill}" '
                    f'stroke="{SIDES[side]}" stroke-width="1.5"><title>{escape(side)}: '
                    f'{ratio:.3g}</title></circle>']
    out.append('</svg>')
    return '\n'.join(out) + '\n'
