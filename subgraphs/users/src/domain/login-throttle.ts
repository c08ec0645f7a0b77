/** So many logins of an address may fail within a window; then it rests until the window ends. */
export const MAX_ATTEMPTS = 10;
export const WINDOW_MS = 5 * 60_000;
