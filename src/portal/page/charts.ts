import { h } from './dom.js';

/** One series of stacked bars: `key` is also the class that colours it. */
export interface Series {
  key: string;
  name: string;
}

export interface Bar {
  /** Under the bar, where there is room. */
  label: string;
  /** In full, for whoever points at it. */
  title: string;
  values: Record<string, number>;
}

const HEIGHT = 220;
const [LEFT, RIGHT, TOP, BOTTOM] = [36, 4, 8, 24];
/** A label such as `23 Nov` needs this much, in CSS pixels. */
const LABEL_WIDTH = 56;
const BAR_WIDTH_MAX = 40;

/** Stacked bars over time, as wide as their place. The numbers are beside them in a table, so it is one picture to a screen reader. */
export function stackedBars(series: Series[]): {
  element: SVGElement;
  draw: (bars: Bar[], said: string) => void;
} {
  const element = s('svg', { class: 'chart', height: HEIGHT, role: 'img' });
  let drawn: { bars: Bar[]; width: number } = { bars: [], width: 0 };
  const redraw = () => {
    const { bars, width } = drawn;
    if (width > 0) element.replaceChildren(...picture(series, bars, width));
  };
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width === drawn.width) return;
    drawn = { ...drawn, width };
    redraw();
  }).observe(element);
  return {
    element,
    draw: (bars, said) => {
      element.setAttribute('aria-label', said);
      drawn = { ...drawn, bars };
      redraw();
    },
  };
}

function picture(series: Series[], bars: Bar[], width: number): SVGElement[] {
  const total = ({ values }: Bar) => series.reduce((sum, { key }) => sum + (values[key] ?? 0), 0);
  const ticks = ticksFor(Math.max(1, ...bars.map(total)));
  const top = ticks.at(-1)!;
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const step = (width - LEFT - RIGHT) / Math.max(1, bars.length);
  const barWidth = Math.max(1, Math.min(BAR_WIDTH_MAX, step * 0.75));
  const every = Math.ceil(LABEL_WIDTH / step);
  return [
    hatch(),
    ...ticks.flatMap((tick) => [
      s('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
      s('text', { x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end' }, String(tick)),
    ]),
    ...bars.flatMap((bar, index) => {
      const middle = LEFT + step * (index + 0.5);
      const group = s('g', { class: 'bar' }, s('title', {}, bar.title));
      group.append(
        s('rect', {
          class: 'hit',
          x: LEFT + step * index,
          y: TOP,
          width: step,
          height: HEIGHT - TOP - BOTTOM,
        }),
      );
      let below = 0;
      for (const { key } of series) {
        const value = bar.values[key] ?? 0;
        if (value === 0) continue;
        const from = y(below + value);
        const height = y(below) - from;
        group.append(
          s('rect', { class: `part ${key}`, x: middle - barWidth / 2, y: from, width: barWidth, height }),
        );
        below += value;
      }
      const hasLabel = (bars.length - 1 - index) % every === 0 && middle + LABEL_WIDTH / 2 <= width + RIGHT;
      return hasLabel
        ? [group, s('text', { x: middle, y: HEIGHT - 6, 'text-anchor': 'middle' }, bar.label)]
        : [group];
    }),
  ];
}

/** Whole numbers only, as nobody pays half a payment: at most five steps of 1, 2 or 5 times a power of ten. */
export function ticksFor(most: number): number[] {
  const rough = Math.max(1, most / 4);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= rough)!;
  const count = Math.ceil(most / step);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** What has failed is hatched, too: colour alone tells not everybody the difference. */
function hatch(): SVGElement {
  return s(
    'defs',
    {},
    s(
      'pattern',
      { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      s('rect', { class: 'hatch-ground', width: 6, height: 6 }),
      s('line', { class: 'hatch-line', x1: 0, x2: 0, y1: 0, y2: 6 }),
    ),
  );
}

/** A bar in a cell of a table, which says the number itself. */
export function barCell(value: number, most: number, kind: string): HTMLElement {
  const width = most === 0 ? 0 : Math.max(value > 0 ? 1 : 0, Math.round((value / most) * 100));
  const bar = s('svg', { class: 'cell-bar', height: 12, 'aria-hidden': 'true' });
  bar.append(s('rect', { class: `part ${kind}`, width: `${width}%`, height: 12, rx: 2 }));
  return h('td', { class: 'bar-cell' }, bar);
}

/** The colours and what they mean, with the sum of each. */
export function legend(series: Series[], totals: Record<string, number>): HTMLElement[] {
  return series.map(({ key, name }) => {
    const swatch = s('svg', { class: 'swatch', width: 14, height: 14, 'aria-hidden': 'true' });
    swatch.append(s('rect', { class: `part ${key}`, width: 14, height: 14, rx: 3 }));
    return h('li', {}, swatch, `${name}: `, h('strong', {}, String(totals[key] ?? 0)));
  });
}

function s(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (SVGElement | string)[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}
