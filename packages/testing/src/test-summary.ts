/** What we read of Vitest's JSON report. */
export type Report = { testResults: readonly FileResult[] };
export type FileResult = { name: string; status: string; assertionResults: readonly TestResult[] };
export type TestResult = { status: string; ancestorTitles: readonly string[]; fullName: string };

export type Summary = { passed: number; failed: number; skipped: number; notes: readonly string[] };

export type SummaryOptions = {
  /** A test that is skipped is a promise that nobody checked: in CI, where every server has to be there, it is a failure. */
  isCi: boolean;
  /** The caller chose tests by name, so all others are skipped by intent. */
  isFiltered: boolean;
};

/** What `describeWith` writes into a title; some reasons have several lines. */
const REASON = /\((no .*)\)$/s;

/** Counts what ran, and says of everything that did not why. */
export function summarize(report: Report, { isCi, isFiltered }: SummaryOptions): Summary {
  const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ file, test })));
  const withStatus = (...statuses: string[]) => tests.filter(({ test }) => statuses.includes(test.status));
  // A file that cannot be loaded, or whose set-up throws, has failed although no test of it has.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  );
  const skipped = withStatus('skipped', 'pending', 'todo', 'disabled').flatMap(({ file, test }) => {
    const reason = reasonOf(file, test);
    return isFiltered && reason === undefined ? [] : [reason ?? 'no reason given'];
  });
  const failed = withStatus('failed').length + brokenFiles.length;
  return {
    passed: withStatus('passed').length,
    failed: isCi ? failed + skipped.length : failed,
    skipped: isCi ? 0 : skipped.length,
    notes: [...counts(skipped)].map(
      ([reason, count]) => `${count} skipped (${reason})${isCi ? ', a failure in CI' : ''}`,
    ),
  };
}

/** The last line of a run. */
export function closingLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const isFailed = (test: TestResult) => test.status === 'failed';

function reasonOf(file: FileResult, test: TestResult): string | undefined {
  for (const title of test.ancestorTitles) {
    const reason = REASON.exec(title)?.[1];
    if (reason !== undefined) return reason;
  }
  return file.status === 'failed' && test.status !== 'todo' ? 'the set-up of its file failed' : undefined;
}

function counts(values: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}
