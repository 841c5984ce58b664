/**
 * Fork and join in shared memory. A job is a number of tasks that share no result. The thread that calls `run` publishes
 * the job, takes tasks itself, and returns when the last task of any thread is done. The other threads stay in `serve`.
 *
 * Tasks are handed out one at a time, by a ticket that holds the number of the job (upper half) and of the next task
 * (lower half). A thread takes a task by raising the ticket from the value that it saw. So a thread that wakes late, when
 * another job has begun, cannot take a task of a job that it knows nothing of; and as long as it holds a task, the job
 * cannot end. Before the next job is written down, the ticket of the last one is closed: a thread on its way from the last
 * task to the next one would otherwise see how many tasks the new job has, and take one of them by the old ticket.
 *
 * A thread without work looks at the ticket for a while, and then sleeps until it is woken.
 */
import { convolveDepthwise, Depthwise, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise';
import { convolveDirect, Direct } from './direct';
import { FilterGradient, filterGradient } from './filter-gradient';
import { Packing, packDirect, packWinograd } from './packing';
import { finishTiles, multiplyTiles, TiledGradient, transformTiles } from './tiled-gradient';
import { convolveWinograd, Winograd } from './winograd';

/** Where the state of the pool lies. The offsets are those of src/pool/control-block.ts. */
const CONTROL: usize = 64;
const TICKET: usize = CONTROL; // i64
const JOB: usize = CONTROL + 4; // its upper half
const TASKS: usize = CONTROL + 8; // of the job
const UNFINISHED: usize = CONTROL + 12;
const KIND: usize = CONTROL + 16;
const ARGUMENTS: usize = CONTROL + 20;
const SLEEPERS: usize = CONTROL + 24;
const STOP: usize = CONTROL + 28;

/** The task of a ticket by which nothing can be taken. */
const CLOSED: i64 = 0x7fffffff;

/** How often a thread looks before it sleeps, some 30 to 60 microseconds. */
const LOOKS: i32 = 20_000;
/** How long a thread that waits for the others sleeps at most before it returns, in nanoseconds. */
const PATIENCE: i64 = 100_000_000;

/** Kinds of jobs, in the order of src/pool/job-kind.ts. */
function execute(kind: i32, args: usize, task: i32, thread: i32): void {
  if (kind === 0) packDirect(changetype<Packing>(args), task);
  else if (kind === 1) packWinograd(changetype<Packing>(args), task, thread);
  else if (kind === 2) convolveDirect(changetype<Direct>(args), task, thread);
  else if (kind === 3) convolveWinograd(changetype<Winograd>(args), task, thread);
  else if (kind === 4) filterGradient(changetype<FilterGradient>(args), task);
  else if (kind === 5) convolveDepthwise(changetype<Depthwise>(args), task);
  else if (kind === 6) depthwiseInputGradient(changetype<Depthwise>(args), task);
  else if (kind === 7) depthwiseFilterGradient(changetype<Depthwise>(args), task);
  else if (kind === 8) transformTiles(changetype<TiledGradient>(args), task, thread);
  else if (kind === 9) multiplyTiles(changetype<TiledGradient>(args), task);
  else if (kind === 10) finishTiles(changetype<TiledGradient>(args), task, thread);
  else unreachable();
}

/** Publishes a job and works on it until no task is left to take. Returns how many tasks other threads still work on. */
export function run(kind: i32, args: usize, tasks: i32): i32 {
  const last = atomic.load<i32>(JOB);
  atomic.store<i64>(TICKET, ((<i64>last) << 32) | CLOSED);
  atomic.store<i32>(KIND, kind);
  atomic.store<i32>(ARGUMENTS, <i32>args);
  atomic.store<i32>(TASKS, tasks);
  atomic.store<i32>(UNFINISHED, tasks);
  const job = last + 1;
  atomic.store<i64>(TICKET, (<i64>job) << 32);
  if (tasks > 1 && atomic.load<i32>(SLEEPERS) > 0) atomic.notify(JOB, tasks - 1);
  work(job, 0);
  return atomic.load<i32>(UNFINISHED);
}

/** Waits for the tasks of other threads, for a while. Returns how many are still unfinished. */
export function join(maySleep: bool): i32 {
  for (let looks = 0; looks < LOOKS; looks++) {
    if (atomic.load<i32>(UNFINISHED) === 0) return 0;
  }
  const unfinished = atomic.load<i32>(UNFINISHED);
  if (maySleep && unfinished > 0) atomic.wait<i32>(UNFINISHED, unfinished, PATIENCE);
  return atomic.load<i32>(UNFINISHED);
}

/** The life of every thread but the first. Returns when the pool is stopped. */
export function serve(thread: i32): void {
  let seen = 0;
  for (;;) {
    let looks = 0;
    while (atomic.load<i32>(JOB) === seen) {
      if (++looks < LOOKS) continue;
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(JOB, seen, -1);
      atomic.sub<i32>(SLEEPERS, 1);
    }
    if (atomic.load<i32>(STOP)) return;
    seen = atomic.load<i32>(JOB);
    work(seen, thread);
  }
}

function work(job: i32, thread: i32): void {
  for (;;) {
    const ticket = atomic.load<i64>(TICKET);
    if (<i32>(ticket >> 32) !== job) return;
    const task = <i32>ticket;
    if (task >= atomic.load<i32>(TASKS)) return;
    const kind = atomic.load<i32>(KIND);
    const args = <usize>atomic.load<i32>(ARGUMENTS);
    if (atomic.cmpxchg<i64>(TICKET, ticket, ticket + 1) !== ticket) continue;
    execute(kind, args, task, thread);
    if (atomic.sub<i32>(UNFINISHED, 1) === 1) atomic.notify(UNFINISHED, 1);
  }
}
