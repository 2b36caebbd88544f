import { base } from './jest.config.mjs'

/** The tests of docker-compose.yml, which need an engine and minutes: `npm run test:compose`. */
export default { ...base, testMatch: ['**/tests/compose/*.test.ts'], testTimeout: 30_000 }
