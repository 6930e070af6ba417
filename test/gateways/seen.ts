import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import type { Capabilities } from '../../src/payments/gateway/capabilities.js';

/**
 * What the suite saw a gateway do is on record in docs/reference/gateways/, from which the page of all gateways is made;
 * `UPDATE_DOCS=1` writes it. Call it last inside the `describe` of the gateway.
 */
export function isOnRecord(name: string, describedAs: string, capabilities: Capabilities): void {
  const seen: string[] = [];
  afterEach(() => {
    const title = expect.getState().currentTestName!;
    seen.push(title.replace(`${describedAs} `, ''));
  });

  it('does what the reference says of it, and nothing else', () => {
    const file = join(import.meta.dirname, '../../docs/reference/gateways', `${name}.json`);
    const record = { capabilities, seen };
    if (process.env['UPDATE_DOCS']) writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);

    expect(existsSync(file) && JSON.parse(readFileSync(file, 'utf8'))).toEqual(record);
  });
}
