import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk.ts';
import { diskPathNames } from '../disk-path.ts';
import { asChaosError, ChaosError } from '../errors.ts';
import { type Callback, failure, success } from '../outcome.ts';
import { lockDirectory } from './directory-lock.ts';

/**
 * The files below the directory `root`. No path of a call leads out of it (links that lie in it are followed).
 * `makeDirectory` makes missing parents too, the root included, and is content with a directory that is there;
 * `remove` is for files. Errors carry the system's code, and a message that names the operation and the path.
 */
export function realDisk(root: string): Disk {
  const located = <T>(path: string, done: Callback<T>, operate: (file: string) => void): void => {
    const names = diskPathNames(path);
    if (names.ok) operate(join(root, ...names.value));
    else setImmediate(done, names);
  };
  return {
    open: (path, done) => located(path, done, (file) => openFile(file, done)),
    readFile: (path, done) => located(path, done, (file) => readWholeFile(file, done)),
    list: (directory, done) => located(directory, done, (file) => listNames(file, done)),
    makeDirectory: (path, done) =>
      located(path, done, (file) => fs.mkdir(file, { recursive: true }, report(`make directory ${file}`, done))),
    rename: (from, to, done) =>
      located(from, done, (source) => {
        located(to, done, (target) => fs.rename(source, target, report(`rename ${source} to ${target}`, done)));
      }),
    remove: (path, done) => located(path, done, (file) => fs.unlink(file, report(`remove ${file}`, done))),
    syncDirectory: (path, done) => located(path, done, (file) => syncDirectory(file, done)),
    lock: (directory, done) => located(directory, done, (file) => lockDirectory(file, done)),
  };
}

function openFile(file: string, done: Callback<DiskFile>): void {
  const { O_RDWR, O_CREAT, O_WRONLY, O_DSYNC } = fs.constants;
  const failed = (error: Error): void => done(failure(asChaosError(error, `open ${file}`)));
  fs.open(file, O_RDWR | O_CREAT, 0o644, (error, descriptor) => {
    if (error !== null) failed(error);
    else
      fs.open(file, O_WRONLY | O_DSYNC, (durableError, durable) => {
        if (durableError === null) done(success(openedFile({ descriptor, durable }, file)));
        else fs.close(descriptor, () => failed(durableError));
      });
  });
}

function readWholeFile(file: string, done: Callback<Uint8Array | null>): void {
  fs.readFile(file, (error, content) => {
    if (error === null) done(success(new Uint8Array(content.buffer, content.byteOffset, content.length)));
    else done(error.code === 'ENOENT' ? success(null) : failure(asChaosError(error, `read ${file}`)));
  });
}

function listNames(directory: string, done: Callback<readonly string[]>): void {
  fs.readdir(directory, (error, names) => {
    done(error === null ? success(names.sort()) : failure(asChaosError(error, `list ${directory}`)));
  });
}

function syncDirectory(directory: string, done: Callback<void>): void {
  const finish = report(`sync directory ${directory}`, done);
  fs.open(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY, (openError, descriptor) => {
    if (openError !== null) finish(openError);
    else fs.fsync(descriptor, (syncError) => fs.close(descriptor, (closeError) => finish(syncError ?? closeError)));
  });
}

/** Both of the same file: what is written by `durable` is durable when the call returns, as after fdatasync. */
interface Descriptors {
  readonly descriptor: number;
  readonly durable: number;
}

/**
 * The system gives a closed descriptor's number to the next file that is opened, so a call on a closed file would reach
 * another one: such calls fail with EBADF here, and closing waits for the calls under way.
 */
function openedFile({ descriptor, durable }: Descriptors, file: string): DiskFile {
  let underWay = 0;
  let closed = false;
  let whenIdle = (): void => {};
  const call = (operation: string, finish: SystemCallback, start: (finish: SystemCallback) => void): void => {
    if (closed) {
      setImmediate(finish, new ChaosError('EBADF', `${operation} ${file}: the file is closed`));
      return;
    }
    underWay += 1;
    start((error) => {
      underWay -= 1;
      if (underWay === 0) whenIdle();
      finish(error);
    });
  };
  const run = (operation: string, done: Callback<void>, start: (finish: SystemCallback) => void): void =>
    call(operation, report(`${operation} ${file}`, done), start);
  return {
    read: (position, length, done) => {
      const bytes = new Uint8Array(length);
      let found = 0;
      const finish: SystemCallback = (error) =>
        done(error == null ? success(bytes.subarray(0, found)) : failure(asChaosError(error, `read ${file}`)));
      call('read', finish, (finished) => {
        readAll(descriptor, position, bytes, (error, count) => {
          found = count;
          finished(error);
        });
      });
    },
    write: (position, bytes, done) => run('write', done, (finish) => writeAll(descriptor, position, bytes, finish)),
    writeDurably: (position, bytes, done) =>
      run('write durably', done, (finish) => writeAll(durable, position, bytes, finish)),
    truncate: (length, done) => run('truncate', done, (finish) => fs.ftruncate(descriptor, length, finish)),
    fdatasync: (done) => run('fdatasync', done, (finish) => fs.fdatasync(descriptor, finish)),
    close: (done) => {
      const finish = report(`close ${file}`, done);
      if (closed) {
        setImmediate(finish, new ChaosError('EBADF', `close ${file}: the file is closed`));
        return;
      }
      closed = true;
      whenIdle = () =>
        fs.close(descriptor, (error) => fs.close(durable, (durableError) => finish(error ?? durableError)));
      if (underWay === 0) whenIdle();
    },
  };
}

/** The system may read less than it was asked to; the rest is then read too, up to the file's end. */
function readAll(
  descriptor: number,
  position: number,
  bytes: Uint8Array,
  finish: (error: Error | null, count: number) => void,
  before = 0,
): void {
  fs.read(descriptor, bytes, before, bytes.length - before, position + before, (error, count) => {
    const found = before + count;
    if (error !== null || count === 0 || found === bytes.length) finish(error, found);
    else readAll(descriptor, position, bytes, finish, found);
  });
}

/** The system may write less than it was asked to; the rest is then written too, or its error reported. */
function writeAll(descriptor: number, position: number, bytes: Uint8Array, finish: SystemCallback): void {
  fs.write(descriptor, bytes, 0, bytes.length, position, (error, written) => {
    if (error !== null || written === bytes.length) finish(error);
    else if (written === 0) finish(new ChaosError('EIO', 'the system wrote nothing and gave no error'));
    else writeAll(descriptor, position + written, bytes.subarray(written), finish);
  });
}

type SystemCallback = (error: Error | null | undefined) => void;

function report(context: string, done: Callback<void>): SystemCallback {
  return (error) => done(error == null ? success(undefined) : failure(asChaosError(error, context)));
}
