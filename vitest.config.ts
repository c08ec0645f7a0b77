import { defineConfig } from 'vitest/config';

const exclude = ['**/node_modules/**', '**/generated/**', '**/.data/**', '**/.cache/**'];

export default defineConfig({
  test: {
    // A passing run says nothing beyond its summary; a failing one says what failed.
    reporters: ['minimal'],
    silent: 'passed-only',
    // Nothing is kept between runs, so that a test means the same on every machine.
    cache: false,
    pool: 'forks',
    maxWorkers: 2,
    experimental: {
      // Node runs the code of tests as it runs the code of services: by type stripping, with its own module resolution.
      viteModuleRunner: false,
    },
    projects: [
      { extends: true, test: { name: 'unit', include: ['**/src/**/*.test.ts'], exclude, testTimeout: 10_000 } },
      {
        extends: true,
        test: {
          name: 'int',
          include: ['**/test/**/*.int.test.ts'],
          exclude,
          globalSetup: ['packages/testing/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude,
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // After the others and one file at a time: the shop's own processes need the machine.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
