// Whether a process is still the one we started: process ids are used again, so its start is compared too.
// Format of /proc/PID/stat: proc_pid_stat(5); the name in parentheses may hold any character.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';

/** A process as we remember it. */
export interface ProcessIdentity {
  pid: number;
  /** Boot and start time of the process, opaque. */
  started: string;
}

/** Identity of the process with `pid`; null when none lives (a zombie has ended too). */
export function identify(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startedLinux(pid) : startedElsewhere(pid);
  return started === null ? null : {pid, started};
}

/** Whether the process remembered as `identity` lives. */
export function lives(identity: ProcessIdentity | null): boolean {
  return identity !== null && identify(identity.pid)?.started === identity.started;
}

/** Field 3 is the state, field 22 the start in clock ticks since boot; after the name these are 0 and 19. */
function startedLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}

function startedElsewhere(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...started] = text.split(/\s+/);
    return text === '' || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
