// Does the small piece of work that a busy form asks for: dripcourseProof.solve(challenge) gives the proof to post.
// SHA-256 is written out (FIPS 180-4): crypto.subtle takes longer for each call than for the hash itself, and is not
// there on pages without https. It works in slices, so that the page stays alive.
"use strict";
(() => {
  const SLICE = 12; // milliseconds
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) {
    if (primes.every((prime) => n % prime)) primes.push(n);
  }
  const fraction = (root) => ((root - Math.floor(root)) * 0x100000000) | 0;
  const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const w = new Int32Array(64);

  // Writes into `after` the hash's state after one more block of 64 bytes, which begins at `at`.
  function block(after, state, bytes, at) {
    for (let i = 0, j = at; i < 16; i += 1, j += 4) {
      w[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    after[0] = state[0] + a; after[1] = state[1] + b; after[2] = state[2] + c; after[3] = state[3] + d;
    after[4] = state[4] + e; after[5] = state[5] + f; after[6] = state[6] + g; after[7] = state[7] + h;
  }

  // A function that says whether the hash of `text` and a number begins with so many zero bits (32 at most).
  function tester(text, bits) {
    const whole = new TextEncoder().encode(text);
    const kept = whole.length - (whole.length % 64);
    const before = START.slice();
    for (let at = 0; at < kept; at += 64) block(before, before, whole, at);
    const rest = whole.subarray(kept);
    const last = new Uint8Array(128);
    const view = new DataView(last.buffer);
    const state = new Int32Array(8);
    return (number) => {
      const digits = String(number);
      const end = rest.length + digits.length;
      const size = end + 9 > 64 ? 128 : 64;
      last.fill(0);
      last.set(rest);
      for (let i = 0; i < digits.length; i += 1) last[rest.length + i] = digits.charCodeAt(i);
      last[end] = 0x80;
      view.setUint32(size - 4, (kept + end) * 8);
      block(state, before, last, 0);
      if (size === 128) block(state, state, last, 64);
      return state[0] >>> (32 - bits) === 0;
    };
  }

  // `challenge` as /f/FORM/ticket gives it: {challenge, bits}. The number found stands behind it and a colon.
  function solve(challenge) {
    const text = `${challenge.challenge}:`;
    const good = tester(text, challenge.bits);
    let number = 0;
    return new Promise((resolve, reject) => {
      function slice() {
        try {
          const until = Date.now() + SLICE;
          while (Date.now() < until) {
            for (let i = 0; i < 64; i += 1, number += 1) {
              if (good(number)) return resolve(text + number);
            }
          }
          return setTimeout(slice);
        } catch (error) {
          return reject(error);
        }
      }
      slice();
    });
  }

  window.dripcourseProof = { solve };
})();
