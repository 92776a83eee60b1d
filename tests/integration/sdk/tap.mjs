// Tests of the official clients, one line of TAP each; and the emulator behind the gateway.
import assert from 'node:assert/strict';

const tests = [];

export function test(name, run) {
    tests.push({ name, run });
}

export async function runAll() {
    let failed = 0;
    console.log(`1..${tests.length}`);
    for (const [index, { name, run }] of tests.entries()) {
        try {
            await run();
            console.log(`ok ${index + 1} - ${name}`);
        } catch (error) {
            failed += 1;
            console.log(`not ok ${index + 1} - ${name}`);
            console.log(String(error.stack ?? error).replace(/^/gm, '# '));
        }
    }
    process.exitCode = failed > 0 ? 1 : 0;
}

export function setting(name) {
    assert.ok(process.env[name], `${name} is not set`);
    return process.env[name];
}

// What the request's error is; a request that succeeds is a failure.
export async function failureOf(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    return assert.fail('it succeeded');
}

// ---- the emulator of the providers: tests/emulators/providers/script.py says what steps are

async function control(method, path, body) {
    const answer = await fetch(`${setting('EMULATOR_URL')}/_emu/${path}`, { method, body: body && JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
}

// What attempts with the gateway's own key meet while `run` goes on; gives the count of attempts there were.
export async function withFaults(steps, run) {
    const key = setting('PROVIDER_KEY');
    await control('POST', `reset?key=${key}`, {});
    await control('POST', 'script', { key, steps });
    try {
        await run();
    } finally {
        await control('POST', 'script', { key, steps: [] });
    }
    return (await control('GET', `count?key=${key}`)).attempts;
}

export const weather = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
};

// One grey pixel, PNG.
export const image =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';
