// Texts that models broke, with jsonrepair: FOLDER FILE. Prints what repair_clambda.c prints.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const { jsonrepair } = createRequire(`${folder}/package.json`)("jsonrepair");
const inputs = JSON.parse(readFileSync(file, "utf8")).map((text) => text.input);

function repaired(input) {
    try {
        return jsonrepair(input);
    } catch {
        return null;
    }
}

const out = inputs.map(repaired);
const started = process.hrtime.bigint();
inputs.forEach(repaired);
console.error(`us=${Number(process.hrtime.bigint() - started) / 1000}`);
process.stdout.write(JSON.stringify(out));
