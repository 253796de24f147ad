// Runs the SQL statements of the JSON list on standard input, one after the other in one database
// in memory, and prints the rows of each as JSON: lists of texts, null for NULL.
import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';

const db = await (await DuckDBInstance.create(':memory:')).connect();
const text = (v) => (v === null ? null : String(v));
const out = [];
for (const sql of JSON.parse(readFileSync(0, 'utf8'))) {
  const result = await db.runAndReadAll(sql);
  out.push(result.getRows().map((row) => row.map(text)));
}
process.stdout.write(JSON.stringify(out));
