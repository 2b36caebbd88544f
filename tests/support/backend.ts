/** Whether the tests of this run use MongoDB and S3 in place of the embedded stores: the same tests, with the same results. */
export const isProduction = process.env.TEST_BACKEND === 'production'
