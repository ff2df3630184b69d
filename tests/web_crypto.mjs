// A browser's side of a DEVICE key, with the same crypto.subtle that a browser has. The private key cannot be exported.
// Reads one JSON message a line: {"ask": "request"} answers a PKCS#10 of a new key, {"ask": "sign", "toBeSigned"} a value.
import { createInterface } from "node:readline";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const { subtle } = globalThis.crypto;
const keys = await subtle.generateKey(ECDSA, false, ["sign", "verify"]);

const lengthOf = (n) => (n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255]);
const element = (tag, ...parts) => {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
};
const integer = (octets) => {
  let trimmed = Buffer.from(octets);
  while (trimmed.length > 1 && trimmed[0] === 0) trimmed = trimmed.subarray(1);
  return element(0x02, trimmed[0] & 0x80 ? [0] : [], trimmed);
};

async function request() {
  const publicKey = Buffer.from(await subtle.exportKey("spki", keys.publicKey));
  const information = element(0x30, [0x02, 0x01, 0x00], [0x30, 0x00], publicKey, [0xa0, 0x00]);
  const value = Buffer.from(await subtle.sign(ECDSA, keys.privateKey, information));
  const signature = element(0x30, integer(value.subarray(0, 32)), integer(value.subarray(32)));
  const algorithm = Buffer.from("300a06082a8648ce3d040302", "hex"); // ecdsa-with-SHA256
  return element(0x30, information, algorithm, element(0x03, [0], signature)).toString("base64");
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  const answer =
    message.ask === "request"
      ? { csr: await request() }
      : { value: Buffer.from(await subtle.sign(ECDSA, keys.privateKey, Buffer.from(message.toBeSigned, "base64"))).toString("base64") };
  process.stdout.write(JSON.stringify(answer) + "\n");
}
