// ajv for the differential test of schemas, line by line as judge.c: FOLDER, which has ajv.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const Ajv = createRequire(`${process.argv[2]}/package.json`)("ajv/dist/2020").default;

for await (const line of createInterface({ input: process.stdin })) {
    const { schema, values } = JSON.parse(line);
    try {
        const check = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
        console.log(values.map((value) => (check(value) ? "1" : "0")).join(""));
    } catch {
        console.log("refused");
    }
}
