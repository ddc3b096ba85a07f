// Plays the two wires: frames into rx of port 0 and port 1, and out of their tx.
import { readFileSync } from 'node:fs';

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]));
const { memory, setUp, POOL, rx, tx, put, take, poll, waiting } = instance.exports;
const mac = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** A frame of 60 bytes arrives at a port. */
function arrive(port, destination, source) {
  const buffer = take(POOL.value);
  const frame = new Uint8Array(memory.buffer, buffer, 60);
  frame.set([2, 0, 0, 0, 0, destination, 2, 0, 0, 0, 0, source]);
  put(rx(port), buffer);
}

/** Everything that waits to leave a port is printed, and its buffers are free again. */
function drain(port) {
  for (let buffer = take(tx(port)); buffer !== 0; buffer = take(tx(port))) {
    const frame = new Uint8Array(memory.buffer, buffer, 12);
    console.log(`port ${port} sends  ${mac(frame.subarray(6))} > ${mac(frame.subarray(0, 6))}`);
    put(POOL.value, buffer);
  }
}

setUp();
arrive(0, 0x0b, 0x0a);
arrive(1, 0x0a, 0x0b);
console.log(`dropped ${poll(0) + poll(1)}`);
drain(1);
drain(0);

// Nobody drains port 1: its ring has room for 8 frames of 10.
for (let i = 0; i < 10; i++) {
  arrive(0, 0xff, i);
  if (waiting(rx(0)) === 4) console.log(`a burst of 4: dropped ${poll(0)}`);
}
console.log(`what is left: dropped ${poll(0)}`);
drain(1);
console.log(`free buffers: ${waiting(POOL.value)} of 16`);
