import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const ROOT = join(import.meta.dirname, '../..');
const GUIDE = readFileSync(join(ROOT, 'docs/guides/frontend.md'), 'utf8');
const [, CLIENT = ''] = /<!-- The client:[^]*?```ts\n([^]*?)```/.exec(GUIDE) ?? [];

describe('the typed client of the guide', () => {
  let tokenkeep: Tokenkeep;
  let folder: string;
  beforeAll(async () => {
    tokenkeep = await startTokenkeep();
    mkdirSync(join(ROOT, '.tokenkeep'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.tokenkeep', 'client-')); // beside the libraries
    const types = readFileSync(join(ROOT, 'src/portal/page/openapi.d.ts'));
    writeFileSync(join(folder, 'openapi.d.ts'), types);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await tokenkeep.stop();
  });

  it('compiles, and a wrong use of the API does not', () => {
    const wrong = CLIENT.replace('id: invoiceId', 'invoice: invoiceId').replace('error.code', 'error.reason');

    expect(complaintsAbout(folder, { 'client.ts': CLIENT, 'wrong.ts': wrong })).toEqual([
      expect.stringMatching(/^wrong.ts: .*'invoice' does not exist in type '{ id: string; }'/),
      expect.stringMatching(/^wrong.ts: Property 'reason' does not exist on type/),
    ]);
  });

  it('pays once, however often a click is sent, and says by its code what went wrong', async () => {
    const payer = await tokenkeep.as('payer');
    const [card, invoice] = [await savedCard(tokenkeep, payer), await invoiceFor(tokenkeep, payer, 12_500)];
    const uses = `
      const client = tokenkeepAt(${JSON.stringify(tokenkeep.url)}, () => ${JSON.stringify(payer.token)});
      const order = { paymentMethodId: ${JSON.stringify(card.id)}, returnUrl: 'http://127.0.0.1:3000/' };
      const paid = (click: string) =>
        pay(client, ${JSON.stringify(invoice.id)}, order, click).catch((error: Error) => error.message);
      console.log(JSON.stringify([await paid('click-1'), await paid('click-1'), await paid('click-2')]));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', CLIENT + uses],
      { cwd: ROOT, env: { PATH: process.env['PATH'] } },
    );

    const [first, again, other] = JSON.parse(stdout);
    expect(first).toMatchObject({ status: 'succeeded', amountMinor: 12_500 });
    expect(again).toEqual(first);
    expect(other).toMatch(/^obligation_already_paid: /);
  });
});

function complaintsAbout(folder: string, files: Record<string, string>): string[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const program = ts.createProgram(
    Object.keys(files).map((name) => join(folder, name)),
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  );
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${basename(file!.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}
