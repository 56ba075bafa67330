// Writes src/core/api.gen.ts from openapi.json; with --check it only says whether it is current.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../openapi.json", import.meta.url);
const target = new URL("../src/core/api.gen.ts", import.meta.url);

const HEAD = "// Generated from openapi.json by `npm run generate`. Do not edit.\n\n";
const text =
  HEAD + astToString(await openapiTS(source, { alphabetize: true, defaultNonNullable: false }));

if (process.argv.includes("--check")) {
  const current = await readFile(target, "utf8").catch(() => "");
  if (current !== text) {
    console.error("src/core/api.gen.ts is not what openapi.json says: run `npm run generate`");
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
