// Runs before everything else in a file of tests that uses MongoDB and S3.
process.env.TEST_BACKEND = 'production'
