import { describe, expect, it } from '@jest/globals';
import {
  type ColumnNames,
  type Mapping,
  readMapping,
} from '../../src/payments/payment-method/mapping-file.js';

describe('the mapping file of a token migration', () => {
  function read(text: string, columns: ColumnNames = {}): Promise<Mapping> {
    return readMapping(text ? text.split(/\r?\n/) : [], columns, {
      old: ({ token }) => token,
      new: ({ token, customer }) => customer && `${customer}/${token}`,
    });
  }

  const HEADER = 'old_token,new_token,new_customer\n';
  const LINE = { line: 2, oldToken: 'pm_1', newToken: 'ada/AB12' };

  it.each([
    ['as it is', `${HEADER}pm_1,AB12,ada`],
    [
      'with quotes, a byte order mark and the line ends of Windows',
      `\uFEFF${HEADER.trim()}\r\n"pm_1","AB12","ada"\r\n`,
    ],
    [
      'with columns in another order and others beside them',
      'new_customer,brand,old_token,new_token\nada,"Visa, debit",pm_1,AB12\n',
    ],
    ['with empty lines at its end', `${HEADER}pm_1,AB12,ada\n\n\n`],
  ])('is read %s', async (_, text) => {
    expect(await read(text)).toEqual({ lines: [LINE], bad: [] });
  });

  it('is read under the names that a gateway gives its columns', async () => {
    const columns = {
      old_token: 'echodata',
      new_token: 'recurringDetailReference',
      new_customer: 'shopperReference',
    };
    const text =
      'status,shopperReference,recurringDetailReference,bin,echodata\nsuccess,ada,AB12,424242,pm_1\n';

    expect(await read(text, columns)).toEqual({ lines: [LINE], bad: [] });
  });

  it.each([
    ['bad_line', 'pm_1,AB12'],
    ['bad_line', 'pm_1,AB12,ada,more'],
    ['bad_line', 'pm_1,,ada'],
    ['bad_line', 'pm_1,AB12,'],
    ['bad_line', 'pm 1,AB12,ada'],
    ['bad_line', '"pm_1,AB12,ada'],
    ['bad_line', `pm_1,AB12,${'a'.repeat(201)}`],
    ['bad_line', `pm_1,AB12,"${'a'.repeat(5_000)}"`],
    ['card_number', '4242424242424242,AB12,ada'],
    ['card_number', 'pm_1,AB12,4242-4242-4242-4242'],
  ])('is refused a line by its number: %s', async (problem, line) => {
    const { lines, bad } = await read(`${HEADER}${line}\npm_3,CD34,eve\n`);

    expect(bad).toEqual([{ line: 2, problem }]);
    expect(lines).toEqual([{ line: 3, oldToken: 'pm_3', newToken: 'eve/CD34' }]);
  });

  it('counts a line once that is there twice, and believes neither of two that contradict each other', async () => {
    const text = `${HEADER}pm_1,AB12,ada\npm_1,AB12,ada\npm_2,CD34,eve\npm_2,EF56,eve\npm_3,CD34,eve\n`;

    const { lines, bad } = await read(text);

    expect(lines).toEqual([LINE]);
    expect(bad.map((it) => it.line)).toEqual([3, 4, 5, 6]);
  });

  it.each([
    ['without the names of its columns', 'pm_1,AB12,ada\n', {}],
    ['without a column that was named', HEADER, { old_token: 'echodata' }],
    ['that is empty', '', {}],
  ])('is refused as a whole %s, and nothing of it is repeated', async (_, text, columns) => {
    await expect(read(text, columns)).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(read(text, columns)).rejects.not.toThrow('pm_1');
  });
});
