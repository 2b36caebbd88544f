/** What all tests have in common. */
export const base = {
  roots: ['<rootDir>/tests'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
}

const hasServices = process.env.TEST_MONGODB_URI && process.env.TEST_S3_ENDPOINT

export default {
  testTimeout: 30_000,
  // A test often waits for the disk or for another process.
  maxWorkers: '100%',
  projects: [
    {
      ...base,
      displayName: 'embedded',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['/tests/compose/', '/outages'],
    },
    // The same tests once more, on MongoDB and S3.
    ...(hasServices ? [production()] : []),
  ],
}

function production() {
  return {
    ...base,
    displayName: 'production',
    testMatch: ['**/tests/{http,operations}/**/*.test.ts', '**/tests/e2e/{crash-loop,two-servers,outages}.test.ts'],
    // Thousands of changes that try the rules, which are the same everywhere; the lines to these stores are cut in `outages`.
    testPathIgnorePatterns: ['entries.property', 'interruptions'],
    setupFiles: ['<rootDir>/tests/support/use-production.ts'],
  }
}
