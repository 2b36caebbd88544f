// npm test: installs and compiles what is missing, runs every test (or those that further arguments choose), and ends with one line of counts.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeReady, ROOT } from './ready.mjs'

/** How long Jest may go on once it has reported, milliseconds: longer means that a test left something open. */
const PATIENCE = 10_000

/** The real servers that some tests need: `npm run services` starts them and prints these. */
const SERVICES = ['TEST_MONGODB_URI', 'TEST_S3_ENDPOINT']

makeReady()
// Another configuration chooses tests that bring their own.
const needsServices = !process.argv.includes('--config')
const missing = needsServices ? SERVICES.filter((name) => !process.env[name]) : []
if (missing.length > 0 && process.env.REQUIRE_SERVICES === '1') {
  console.log(`REQUIRE_SERVICES is 1, but ${missing.join(' and ')} not set: \`npm run services\` starts the servers.`)
  console.log('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'keepsake-test-'))
try {
  const reportFile = join(folder, 'report.json')
  const hasEnded = await runJest(reportFile, process.argv.slice(2))
  process.exitCode = summarize(readReport(reportFile), hasEnded)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Runs Jest; tells whether it ended by itself with exit code 0. */
function runJest(reportFile, args) {
  const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${reportFile}`, ...args]
  const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...jest], {
    cwd: ROOT,
    // Jest would print its report to standard output as well.
    stdio: ['inherit', 'ignore', 'inherit'],
  })
  let reportedAt
  const watch = setInterval(() => {
    if (existsSync(reportFile)) reportedAt ??= Date.now()
    if (Date.now() - reportedAt < PATIENCE || reportedAt === undefined) return
    console.log('The tests have ended, but something that they left open keeps Jest from ending.')
    child.kill('SIGKILL')
  }, 500)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      resolve(code === 0)
    })
  })
}

/** Prints what was skipped and the counts; answers with the exit code. */
function summarize(report, hasEnded) {
  const skipped = report.testResults.flatMap((file) => file.assertionResults.filter(isSkipped))
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  // Names of tests that can be skipped say why.
  for (const { fullName } of skipped) console.log(`skipped: ${fullName}`)
  if (missing.length > 0) {
    console.log(
      `not run: the tests of HTTP, operations and crashes on MongoDB and S3 (${missing.join(' and ')} not set)`,
    )
  }
  console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`)
  return hasEnded && failed === 0 ? 0 : 1
}

function isSkipped({ status }) {
  return status === 'pending' || status === 'skipped' || status === 'todo'
}

/** A Jest that did not get as far as its report has failed as a whole. */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0, testResults: [] }
  }
}
