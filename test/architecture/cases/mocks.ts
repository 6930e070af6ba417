import { SYNTAX, WALL, type Case } from './case.js';

const test = (line: string) => `import { jest } from '@jest/globals';\n${line}\nexport {};`;
const ENTITY = `'../../src/payments/payment/payment.entity.js'`;

/** Tests that reach inside by pretending, and tests that simply reach inside. */
export const mocks: Case[] = [
  {
    way: 'jest.mock',
    file: 'test/flows/mock.ts',
    code: test(`jest.mock(${ENTITY});`),
    refusedBy: WALL,
  },
  {
    way: 'jest.unstable_mockModule with a factory',
    file: 'test/flows/mock-module.ts',
    code: test(`jest.unstable_mockModule(${ENTITY}, () => ({ PaymentEntity: class {} }));`),
    refusedBy: WALL,
  },
  {
    way: 'jest.doMock',
    file: 'test/flows/do-mock.ts',
    code: test(`jest.doMock(${ENTITY});`),
    refusedBy: WALL,
  },
  {
    way: 'jest.requireActual',
    file: 'test/flows/require-actual.ts',
    code: test(`export const actual = jest.requireActual(${ENTITY});`),
    refusedBy: WALL,
  },
  {
    way: 'jest.createMockFromModule',
    file: 'test/flows/create-mock.ts',
    code: test(`export const fake = jest.createMockFromModule(${ENTITY});`),
    refusedBy: WALL,
  },
  {
    way: 'a mock of a path in a variable',
    file: 'test/flows/mock-variable.ts',
    code: test(`const where = ${ENTITY};\njest.unstable_mockModule(where, () => ({}));`),
    refusedBy: SYNTAX,
  },
  {
    way: 'jest under another name',
    file: 'test/flows/renamed-jest.ts',
    code: `import { jest as j } from '@jest/globals';\nj.useFakeTimers();`,
    refusedBy: SYNTAX,
  },
  {
    way: 'jest behind `as`',
    file: 'test/flows/mock-as.ts',
    code: test(`(jest as { mock(path: string): unknown }).mock(${ENTITY});`),
    refusedBy: WALL,
  },
  {
    way: "Node's own module mocks",
    file: 'test/flows/node-mock.ts',
    code: `import { mock } from 'node:test';\nmock.module(${ENTITY}, {});`,
    refusedBy: WALL,
  },
  {
    way: 'a mock of the library of a gateway, in a test of a neighbour',
    file: 'test/promises/mock-stripe.ts',
    code: test(`jest.unstable_mockModule('stripe', () => ({ default: class {} }));`),
    refusedBy: WALL,
  },
];
