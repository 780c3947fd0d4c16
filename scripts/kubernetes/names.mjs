// A cluster's DNS as far as a test needs it: answers questions for A from a JSON file of names and addresses, which is read at
// each question; every other name is not there. Runs inside the node's network. Format: RFC 1035.
import {createSocket} from 'node:dgram';
import {readFileSync} from 'node:fs';

const [address = '', file = ''] = process.argv.slice(2);
const typeA = 1;
const server = createSocket('udp4');
server.on('message', (message, peer) => {
  const answered = answer(message);
  if (answered !== null) server.send(answered, peer.port, peer.address);
});
server.bind(53, address);

/** @param {Buffer} message */
function answer(message) {
  if (message.length < 17) return null;
  const labels = [];
  let at = 12;
  for (let size = message[at]; size; size = message[at]) {
    labels.push(message.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  const end = at + 5;
  const found = /** @type {Record<string, string>} */ (JSON.parse(readFileSync(file, 'utf8')));
  const ip = found[labels.join('.').toLowerCase()];
  const isAnswered = ip !== undefined && message.readUInt16BE(at + 1) === typeA;
  const head = Buffer.from(message.subarray(0, 12));
  // An authoritative answer; 3: there is no such name.
  head.writeUInt16BE(0x8580 | (ip === undefined ? 3 : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isAnswered ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const parts = [head, message.subarray(12, end)];
  if (isAnswered) {
    // The name of the question, type A, class IN, one second, four bytes.
    const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4];
    parts.push(Buffer.from([...record, ...ip.split('.').map(Number)]));
  }
  return Buffer.concat(parts);
}
