// What an error of the connection to payments tells of what they were asked for.
import { expect, it } from '@jest/globals';
import { hasArrived } from '../../src/payments/remote/link-problems.js';

it.each([
  [{ code: 'ECONNREFUSED', syscall: 'connect' }, false],
  [{ code: 'ECONNREFUSED' }, false], // of all addresses of a name
  [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }, false],
  [{ code: 'EHOSTUNREACH', syscall: 'connect' }, false],
  [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, false],
  [{ code: 'EHOSTUNREACH', syscall: 'read' }, true],
  [{ code: 'ENETUNREACH', syscall: 'write' }, true],
  [{ code: 'ECONNRESET', syscall: 'read' }, true],
  [{ code: 'UND_ERR_HEADERS_TIMEOUT' }, true],
  [{}, true],
])('%j: may have arrived: %s', (error, expected) => {
  expect(hasArrived(error)).toBe(expected);
});
