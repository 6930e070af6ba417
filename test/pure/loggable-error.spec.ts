// What is logged of a statement that failed.
import { expect, it } from '@jest/globals';
import { loggableError } from '../../src/platform/logging/loggable-error.js';

it('tells which statement failed and why, and nothing of what it was given', () => {
  const asTypeormTells = { query: 'UPDATE t SET a = $1', parameters: ['payer-1'] };
  const error = Object.assign(new Error('deadlock detected'), asTypeormTells);
  const logged = JSON.stringify(loggableError(error));
  expect(logged).toContain('deadlock detected');
  expect(logged).toContain('UPDATE t SET a = $1');
  expect(logged).not.toContain('payer-1');
});
