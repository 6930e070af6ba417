/**
 * The little of the DOM that these scripts use. TypeScript's own description of it (`lib: dom`) is global: it would make
 * `document` and `name` known words in every server file, and it redefines types that Node has as well.
 */
export interface Dom {
  document: Document;
  window: Window;
  MessageChannel: new () => { port1: Port; port2: Port };
  HTMLInputElement: new () => Input;
}

export interface Document extends Queryable {
  body: Element;
  documentElement: Element & { offsetHeight: number };
  currentScript: (Element & { src: string }) | null;
  createElement(name: 'iframe'): Frame;
  createElement(name: 'dialog'): Dialog;
  createElement(name: 'p'): Element;
}

export interface Window {
  parent: Window;
  location: { assign(url: string): void };
  postMessage(message: unknown, origin: string, transfer?: Port[]): void;
  addEventListener(type: 'message', listener: (message: Message) => void): void;
  removeEventListener(type: 'message', listener: (message: Message) => void): void;
}

export interface Message<T = Record<string, unknown> | null> {
  data: T;
  origin: string;
  source: Window | null;
  ports: Port[];
}

export interface Port {
  onmessage: ((message: Message<never>) => void) | null;
  postMessage(message: unknown): void;
}

interface Queryable {
  querySelector(selectors: string): Element | null;
  querySelector<T extends Element>(selectors: string): T | null;
  querySelectorAll<T extends Element>(selectors: string): Iterable<T>;
}

export interface Element extends Queryable {
  dataset: Record<string, string | undefined>;
  style: Record<string, string>;
  hidden: boolean;
  textContent: string | null;
  append(child: Element): void;
  replaceChildren(child: Element): void;
  remove(): void;
  focus(): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: Event) => void, options?: { once: boolean }): void;
}

export interface Event {
  target: unknown;
  preventDefault(): void;
}

export interface Input extends Element {
  name: string;
  value: string;
  checked: boolean;
}

export interface Frame extends Element {
  contentWindow: Window | null;
}

export interface Dialog extends Element {
  showModal(): void;
}
