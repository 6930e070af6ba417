/** What Node is told when a test starts one of our programs: to find the libraries in one file (`tools/libraries.js`). */
export const NODE_OPTIONS: readonly string[] = ['--import', process.env['TEST_LIBRARIES_HOOK']!];
