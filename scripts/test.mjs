// npm test: installs and compiles what is missing, runs every test (or those that further arguments choose), and ends with one line of counts.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeReady, ROOT } from './ready.mjs'

makeReady()
const folder = mkdtempSync(join(tmpdir(), 'keepsake-test-'))
try {
  process.exitCode = runJest(join(folder, 'report.json'), process.argv.slice(2))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Runs Jest, prints what was skipped and the counts; answers with the exit code. */
function runJest(reportFile, args) {
  const jest = ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${reportFile}`, ...args]
  const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...jest], {
    cwd: ROOT,
    // Jest would print its report to standard output as well.
    stdio: ['inherit', 'ignore', 'inherit'],
  })
  const report = readReport(reportFile)
  const skipped = report.testResults.flatMap((file) => file.assertionResults.filter(isSkipped))
  // Names of tests that can be skipped say why.
  for (const { fullName } of skipped) console.log(`skipped: ${fullName}`)
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites
  console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`)
  return status === 0 && failed === 0 ? 0 : 1
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
