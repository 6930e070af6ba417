/** The shape that this file of tests runs in: jest.config.js says how. */
export const SHAPE = (process.env['TEST_SHAPE'] ?? 'shared') as 'shared' | 'isolated' | 'process';

/** How far payment data is from the rest in it, on servers that `db setup` has prepared. */
export const LEVEL = { shared: 'role', isolated: 'cluster', process: 'cluster+process' }[SHAPE];
