// Drives yaml-language-server as an editor does, with the schema of `policyc schema`.
//
// usage: node editor.mjs SERVER SCHEMA CASES
//
// SERVER is the package's folder, SCHEMA a file, CASES a JSON list of { what, text, completes?, hovers?, marks? }: in `text` the one `‸`
// is the cursor. `completes` are labels that completion must offer there, `hovers` words of the hover text, `marks` the number of faults
// that the whole document has. Prints what is missing; exit 1 where something is.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const [folder, schema, casesFile] = process.argv.slice(2);
const schemaUri = pathToFileURL(resolve(schema)).href;
const server = spawn(process.execPath, [join(folder, "bin/yaml-language-server"), "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });

let buffer = Buffer.alloc(0);
const waiting = new Map();
const diagnostics = new Map();
let last = 0;

function write(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
  server.stdin.write(body);
}

function request(method, params) {
  const id = ++last;
  write({ id, method, params });
  return new Promise((done) => waiting.set(id, done));
}

// What the server asks of an editor: settings, and nothing else that matters here.
const settings = { yaml: { validate: true, hover: true, completion: true, schemas: { [schemaUri]: ["*.yaml"] }, schemaStore: { enable: false } } };
function answer(message) {
  const result = message.method === "workspace/configuration"
    ? message.params.items.map(({ section }) => settings[section] ?? {})
    : null;
  write({ id: message.id, result });
}

server.stdout.on("data", (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())[1]);
    if (buffer.length < end + 4 + length) return;
    const message = JSON.parse(buffer.subarray(end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
    if (message.method === "textDocument/publishDiagnostics") {
      diagnostics.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method && message.id !== undefined) {
      answer(message);
    } else if (message.id !== undefined) {
      waiting.get(message.id)?.(message.result ?? message.error);
      waiting.delete(message.id);
    }
  }
});

// A server that never answers is a fault, too.
setTimeout(() => {
  console.log("no answer within a minute");
  process.exit(1);
}, 60_000).unref();

await request("initialize", {
  processId: process.pid,
  rootUri: null,
  capabilities: {
    workspace: { configuration: true },
    textDocument: { completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } }, hover: { contentFormat: ["markdown"] } },
  },
});
write({ method: "initialized", params: {} });
write({ method: "workspace/didChangeConfiguration", params: { settings } });

const faults = [];
for (const [n, one] of JSON.parse(readFileSync(casesFile, "utf8")).entries()) {
  const at = one.text.indexOf("‸");
  const text = one.text.replace("‸", "");
  const before = one.text.slice(0, at < 0 ? 0 : at).split("\n");
  const position = { line: before.length - 1, character: before.at(-1).length };
  const uri = `file:///sources/case-${n}.yaml`;
  const found = new Promise((done) => diagnostics.set(uri, done));
  write({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  const textDocument = { uri };
  const fault = (what) => faults.push(`${one.what}: ${what}`);
  // The first answer comes when the schema is read.
  const marks = await found;
  if (one.marks !== undefined && marks.length !== one.marks) {
    fault(`${marks.length} faults: ${marks.map((mark) => mark.message).join("; ")}`);
  }
  if (one.completes) {
    const { items } = await request("textDocument/completion", { textDocument, position });
    const labels = new Set(items.map((item) => item.label));
    const missing = one.completes.filter((label) => !labels.has(label));
    if (missing.length) fault(`not offered: ${missing.join(", ")}; offered: ${[...labels].slice(0, 12).join(", ")}`);
  }
  if (one.hovers) {
    const hover = await request("textDocument/hover", { textDocument, position });
    const said = JSON.stringify(hover?.contents ?? "");
    const missing = one.hovers.filter((word) => !said.includes(word));
    if (missing.length) fault(`the hover does not say ${missing.join(", ")}: ${said.slice(0, 300)}`);
  }
}
await request("shutdown", null);
write({ method: "exit" });
console.log(faults.join("\n"));
process.exit(faults.length ? 1 : 0);
