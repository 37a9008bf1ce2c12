// A ministry's SOAP system on npm's `soap`: it answers with what it has read.
// Usage: node server.js WSDL; prints its port. It ends with its standard input.
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");
const soap = require(require.resolve("soap", { paths: [process.cwd()] }));

const seen = new Map();

function submit(given) {
  if (given.publicServiceId === "not-offered") {
    const code = { attributes: { xmlns: "urn:nagorik-sheba:submissions:1" }, code: "SERVICE_NOT_OFFERED" };
    throw { Fault: { faultcode: "soap:Server", faultstring: "no", detail: { SubmissionFault: code } } };
  }
  if (given.publicServiceId === "broken") throw new Error("defect");
  const repeats = (seen.get(given.idempotencyKey) || 0) + 1;
  seen.set(given.idempotencyKey, repeats);
  const fields = [].concat(given.field || []).map((each) => `${each.attributes.name}=${each.$value}`);
  return {
    caseFileNumber: `${given.trackingNumber}/${seen.size}`,
    state: given.kind === "withdrawn" ? "ACCEPTED" : "RETURNED",
    noteBn: given.kind === "withdrawn" ? undefined : fields.join("; "),
  };
}

const server = http.createServer((_, response) => response.writeHead(404).end());
const wsdl = fs.readFileSync(path.resolve(process.argv[2]), "utf8");
soap.listen(server, "/soap", { Submissions: { Submissions: { Submit: submit } } }, wsdl);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
