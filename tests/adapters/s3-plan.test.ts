import { partSize, planCopy } from '@keepsake/shared/adapters/s3/plan-parts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const TIB = 1024 ** 4

/** The largest object that S3 keeps. */
const LARGEST = 5 * TIB

describe('the plan of a copy in parts', () => {
  const sizes = [
    { size: 1, count: 1 },
    { size: 256 * MIB, count: 1 },
    { size: 256 * MIB + 1, count: 2 },
    { size: 5 * GIB + 1, count: 21 },
    { size: 6 * GIB, count: 24 },
    { size: 100 * GIB + 12_345, count: 401 },
    { size: 2.5 * TIB, count: 9_968 },
    { size: LARGEST - 1, count: 9_987 },
    { size: LARGEST, count: 9_987 },
  ]
  for (const { size, count } of sizes) {
    test(`has ${count} parts for ${size} bytes, each allowed, and every byte once`, () => {
      const plan = planCopy(size)

      expect(plan).toHaveLength(count)
      expect(plan.length).toBeLessThanOrEqual(10_000)
      let next = 0
      for (const [index, { number, start, end }] of plan.entries()) {
        expect(number).toBe(index + 1)
        expect(start).toBe(next)
        const length = end - start + 1
        expect(length).toBeLessThanOrEqual(5 * GIB)
        if (number < count) expect(length).toBeGreaterThanOrEqual(5 * MIB)
        next = end + 1
      }
      expect(next).toBe(size)
    })
  }

  test('is the same every time, so that a copy can go on where another stopped', () => {
    expect(planCopy(7 * GIB + 1)).toEqual(planCopy(7 * GIB + 1))
  })
})

describe('the size of a part that is sent', () => {
  test('is the smallest one for the first 5 GB of a body of unknown length', () => {
    expect(partSize(1)).toBe(5 * MIB)
    expect(partSize(1_000)).toBe(5 * MIB)
    expect(partSize(1_001)).toBeGreaterThan(5 * MIB)
  })

  test('grows, so that 10,000 parts hold the largest object, and none is larger than S3 takes', () => {
    let sum = 0
    for (let number = 1; number <= 10_000; number++) sum += partSize(number)

    expect(sum).toBeGreaterThanOrEqual(LARGEST)
    expect(partSize(10_000)).toBeLessThanOrEqual(5 * GIB)
  })

  for (const size of [1, 5 * GIB + 1, 48 * GIB, 49 * GIB, TIB, LARGEST]) {
    test(`lets ${size} bytes that are announced come in at most 10,000 parts`, () => {
      const length = partSize(1, size)

      expect(Math.ceil(size / length)).toBeLessThanOrEqual(10_000)
      expect(length).toBeGreaterThanOrEqual(5 * MIB)
      expect(partSize(10_000, size)).toBe(length)
    })
  }
})
