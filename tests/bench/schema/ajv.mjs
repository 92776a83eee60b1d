// One set with ajv, as clambda.c has it with ours: FOLDER SCHEMA VALUES MS.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, schemaFile, valuesFile, ms] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const text = readFileSync(schemaFile, "utf8");
const { valid, changed } = JSON.parse(readFileSync(valuesFile, "utf8"));
const Ajv = require(text.includes("draft/2020-12") ? "ajv/dist/2020" : "ajv").default;

// A new instance each time: compiled schemas are kept in one. Formats are annotations, as with us.
const compile = () => new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(text));

function now() {
    return Number(process.hrtime.bigint()) / 1000;
}

function compileUs() {
    const took = [];
    for (let i = 0; i < 21; i++) {
        const started = now();
        compile();
        took.push(now() - started);
    }
    return took.sort((a, b) => a - b)[10];
}

const check = compile();

function faults(values) {
    let count = 0;
    for (const value of values) {
        if (!check(value)) count++;
    }
    return count;
}

const validText = JSON.stringify(valid);

// `values` makes what is judged: those that are there, or the same from their text.
function bestUs(values) {
    let best = Infinity;
    for (const end = now() + Number(ms) * 1000; now() < end; ) {
        const started = now();
        faults(values());
        best = Math.min(best, now() - started);
    }
    return best;
}

const verdicts = changed.map((value) => (check(value) ? "1" : "0")).join("");
console.log(`compile_us=${compileUs().toFixed(1)} read_us=${bestUs(() => JSON.parse(validText)).toFixed(2)} pass_us=${bestUs(() => valid).toFixed(2)} values=${valid.length} faults=${faults(valid)} verdicts=${verdicts}`);
