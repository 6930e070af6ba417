/** Before anything of a test is loaded. */
process.env.TEST_SHAPE = 'process';
