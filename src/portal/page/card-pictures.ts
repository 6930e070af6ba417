const SVG = 'http://www.w3.org/2000/svg';

type Shape = [tag: string, attributes: Record<string, string | number>, text?: string];

const word = (
  text: string,
  fill: string,
  size: number,
  more: Record<string, string | number> = {},
): Shape => [
  'text',
  {
    x: 24,
    y: 16 + size * 0.36,
    fill,
    'font-size': size,
    'font-weight': 800,
    'font-family': 'Arial, Helvetica, sans-serif',
    'text-anchor': 'middle',
    ...more,
  },
  text,
];
const ground = (fill: string): Shape => [
  'rect',
  { x: 0.5, y: 0.5, width: 47, height: 31, rx: 4, fill, stroke: '#8a94a6', 'stroke-opacity': 0.5 },
];

/** Drawn here, so that the page loads no picture from anywhere: enough to tell one card from another. */
const PICTURES: Record<string, Shape[]> = {
  visa: [ground('#fff'), word('VISA', '#1434cb', 15, { 'font-style': 'italic', 'letter-spacing': -0.5 })],
  mastercard: [
    ground('#fff'),
    ['circle', { cx: 19, cy: 16, r: 9, fill: '#eb001b' }],
    ['circle', { cx: 29, cy: 16, r: 9, fill: '#f79e1b' }],
    ['path', { d: 'M24 8.5a9 9 0 0 1 0 15a9 9 0 0 1 0-15z', fill: '#ff5f00' }],
  ],
  amex: [ground('#016fd0'), word('AMEX', '#fff', 13)],
  discover: [
    ground('#fff'),
    ['path', { d: 'M47 17v10.5a4 4 0 0 1-4 4H16C30 30 41 25 47 17z', fill: '#f47216' }],
    word('DISCOVER', '#1b1b1b', 7.6),
  ],
  diners: [
    ground('#fff'),
    ['circle', { cx: 24, cy: 16, r: 10.5, fill: '#0079be' }],
    ['path', { d: 'M22 9.5v13a7 7 0 0 1 0-13zm4 0v13a7 7 0 0 0 0-13z', fill: '#fff' }],
  ],
  jcb: [
    ground('#fff'),
    ['rect', { x: 9, y: 7, width: 9, height: 18, rx: 2.5, fill: '#0b4ea2' }],
    ['rect', { x: 19.5, y: 7, width: 9, height: 18, rx: 2.5, fill: '#d8232a' }],
    ['rect', { x: 30, y: 7, width: 9, height: 18, rx: 2.5, fill: '#1f8f3f' }],
    word('J', '#fff', 8, { x: 13.5 }),
    word('C', '#fff', 8),
    word('B', '#fff', 8, { x: 34.5 }),
  ],
  unionpay: [
    ground('#fff'),
    ['path', { d: 'M11 7h11l-4 18H7z', fill: '#e21836' }],
    ['path', { d: 'M21 7h11l-4 18H17z', fill: '#00447c' }],
    ['path', { d: 'M31 7h10l-4 18H27z', fill: '#007b84' }],
  ],
  bank: [
    ground('#eef1f6'),
    ['path', { d: 'M24 6l12 6v2H12v-2z', fill: '#3f4a5e' }],
    ['path', { d: 'M14 15h3v7h-3zM22.5 15h3v7h-3zM31 15h3v7h-3zM12 23h24v3H12z', fill: '#3f4a5e' }],
  ],
  card: [
    ground('#eef1f6'),
    ['rect', { x: 1, y: 7, width: 46, height: 6, fill: '#3f4a5e' }],
    ['rect', { x: 6, y: 20, width: 16, height: 4, rx: 2, fill: '#8a94a6' }],
  ],
};

/** The picture of a card's brand. The text beside it says the brand, so to a screen reader it is decoration. */
export function cardPicture({ type, cardBrand }: { type: string; cardBrand: string | null }): SVGSVGElement {
  const picture = document.createElementNS(SVG, 'svg');
  set(picture, { viewBox: '0 0 48 32', width: 48, height: 32, class: 'card-picture', 'aria-hidden': 'true' });
  const name = type === 'card' ? (cardBrand ?? 'card') : 'bank';
  for (const [tag, attributes, text] of PICTURES[name] ?? PICTURES['card']!) {
    const shape = document.createElementNS(SVG, tag);
    set(shape, attributes);
    if (text) shape.textContent = text;
    picture.append(shape);
  }
  return picture;
}

function set(element: Element, attributes: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
