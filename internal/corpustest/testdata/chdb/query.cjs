// Runs the scripts of the JSON list on standard input, one after the other in one session, and
// prints the rows of each one's last statement as JSON: lists of texts, null for NULL.
const { Session } = require('chdb');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portsniff-chdb-'));
const session = new Session(folder);
const out = [];
try {
  for (const sql of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const lines = session.query(sql, 'JSONCompactStringsEachRow').trim();
    out.push(lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line)));
  }
} finally {
  session.cleanup();
  fs.rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(JSON.stringify(out));
