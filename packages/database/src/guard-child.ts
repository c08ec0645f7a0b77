import { type ChildProcess, spawn } from 'node:child_process';

/** Waits for the end of its input, which comes when our process ends, however it ends; then ends the child. */
const SCRIPT = 'cat >/dev/null; kill -s "$1" "$2" 2>/dev/null';

/**
 * Ends a server that we started even when we are killed and can do it no more. Without it a crashed launcher would leave
 * its servers running on their ports and folders. Where there is no `sh` (Windows) nothing guards the child.
 */
export function guardChild(child: ChildProcess, signal: 'INT' | 'TERM' | 'KILL'): void {
  if (child.pid === undefined || process.platform === 'win32') return;
  const guard = spawn('sh', ['-c', SCRIPT, 'guard', signal, String(child.pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a guard the child is no worse off than before.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  // The pid may belong to somebody else once the child is gone.
  child.once('exit', () => guard.kill('SIGKILL'));
}
