/* inject.mjs - orders for tests/fault/inject.c: which call of which process fails, dies or stops, and when.
 * Use:    const inject = new Inject(); Rasad.start({ env: inject.env }); inject.order({ process, kind, n }); ... inject.fired()
 * Owns:   one page of a file that all processes have mapped. The offsets are those of `struct order`. */
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { BUILD, check, remove, temporary } from './rasad.mjs';

const LIBRARY = join(BUILD, 'tests', 'inject.so');
const KINDS = ['', 'put', 'del', 'get', 'cursor', 'begin', 'commit', 'file_write', 'file_sync', 'socket_write', 'memory'];
const DEEDS = ['fail', 'fail_after', 'die', 'die_after', 'stop', 'abort'];
const AT = { process: 0, kind: 24, deed: 28, code: 32, lasting: 36, n: 40, fired: 48, clock: 56, crashId: 64, crashes: 80, crashed: 84 };
const NEVER = 0n;
export const { EIO, ENOSPC, ENOMEM, EPIPE, ECONNRESET } = constants.errno;
export const MAP_FULL = -30792, CORRUPTED = -30796; // LMDB's

export class Inject {
  constructor() {
    check(existsSync(LIBRARY), `${LIBRARY} is missing: make tests`);
    this.directory = temporary('rasad-inject');
    const path = join(this.directory, 'order');
    this.file = openSync(path, 'w+');
    writeSync(this.file, Buffer.alloc(4096));
    this.env = { LD_PRELOAD: LIBRARY, RASAD_INJECT: path };
  }

  #put(at, bytes) { writeSync(this.file, bytes, 0, bytes.length, at); }
  #put32(at, value) { const b = Buffer.alloc(4); b.writeInt32LE(value); this.#put(at, b); }
  #put64(at, value) { const b = Buffer.alloc(8); b.writeBigInt64LE(BigInt(value)); this.#put(at, b); }
  #get(at, bytes) { const b = Buffer.alloc(bytes); readSync(this.file, b, 0, bytes, at); return bytes === 4 ? b.readInt32LE() : Number(b.readBigInt64LE()); }

  /** The n-th call of this kind from now on; lasting: and all behind it. No process: all of them. */
  order({ process = '', kind, deed = 'fail', code = EIO, n = 1, lasting = false }) {
    check(KINDS.includes(kind) && DEEDS.includes(deed), `${kind} ${deed}`);
    this.cancel();
    const name = Buffer.alloc(24);
    name.write(process);
    this.#put(AT.process, name);
    this.#put32(AT.kind, KINDS.indexOf(kind));
    this.#put32(AT.deed, DEEDS.indexOf(deed));
    this.#put32(AT.code, code);
    this.#put32(AT.lasting, lasting ? 1 : 0);
    this.#put64(AT.fired, 0);
    this.#put64(AT.n, n);
  }

  cancel() { this.#put64(AT.n, NEVER); }
  fired() { return this.#get(AT.fired, 8); }
  clock(ms) { this.#put64(AT.clock, ms); }

  /** Whoever stores the command of this request id crashes. */
  crashOn(id) {
    this.#put(AT.crashId, Buffer.from(id.replaceAll('-', ''), 'hex'));
    this.#put32(AT.crashed, 0);
    this.#put32(AT.crashes, 1);
  }
  crashNoMore() { this.#put32(AT.crashes, 0); }
  crashed() { return this.#get(AT.crashed, 4); }

  close() {
    closeSync(this.file);
    remove(this.directory);
  }
}
