// An official Anthropic client against the gateway, unchanged: only its base URL and its key are ours. SDK names the package: the
// current one, or the last one before 1.0, which sends x-api-key and the version 2023-06-01.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { failureOf, image, runAll, setting, test, weather, withFaults } from './tap.mjs';

const sdk = setting('SDK');
const { default: Anthropic } = await import(sdk);
const { zodOutputFormat } = await import(`${sdk}/helpers/zod`);
const client = new Anthropic({ baseURL: setting('GATEWAY_URL'), apiKey: setting('GATEWAY_KEY'), maxRetries: 0 });
const hello = [{ role: 'user', content: 'grüße, 世界 😀' }];
const echo = 'You said: grüße, 世界 😀';
const City = z.object({ city: z.string() });
const tools = ['weather', 'clock'].map((name) => ({ name, description: 'of a city', input_schema: weather }));

function messagesTests(model) {
    const ask = (more) => ({ model, messages: hello, max_tokens: 400, ...more });

    test(`${model}: messages, whole`, async () => {
        const answer = await client.messages.create(ask({ system: 'Be brief.' }));
        assert.equal(answer.content[0].text, echo);
        assert.equal(answer.stop_reason, 'end_turn');
        assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
    });

    test(`${model}: messages, streamed`, async () => {
        const stream = client.messages.stream(ask());
        let text = '';
        stream.on('text', (delta) => {
            text += delta;
        });
        const answer = await stream.finalMessage();
        assert.equal(text, echo);
        assert.equal(answer.content[0].text, echo);
        assert.equal(answer.stop_reason, 'end_turn');
        assert.ok(answer.usage.output_tokens > 0);
    });

    test(`${model}: messages, streamed, event by event`, async () => {
        const kinds = [];
        for await (const event of await client.messages.create(ask({ stream: true }))) {
            kinds.push(event.type);
        }
        assert.equal(kinds[0], 'message_start');
        assert.deepEqual(kinds.slice(-2), ['message_delta', 'message_stop']);
    });

    test(`${model}: messages end at max_tokens`, async () => {
        assert.equal((await client.messages.create(ask({ max_tokens: 2 }))).stop_reason, 'max_tokens');
    });

    test(`${model}: a tool is called, and its result goes back`, async () => {
        const first = await client.messages.create(ask({ tools }));
        const use = first.content.find((block) => block.type === 'tool_use');
        assert.equal(first.stop_reason, 'tool_use');
        assert.deepEqual(use.input, { city: 'text' });
        const result = { type: 'tool_result', tool_use_id: use.id, content: 'rain' };
        const messages = [...hello, { role: 'assistant', content: first.content }, { role: 'user', content: [result] }];
        assert.equal((await client.messages.create(ask({ tools, messages }))).content[0].text, 'The tools said: rain');
    });

    test(`${model}: the client's tool runner`, async () => {
        const asked = [];
        const call = ({ city }) => {
            asked.push(city);
            return `rain in ${city}`;
        };
        const runnable = { ...tools[0], run: call, parse: (input) => input };
        const runner = client.beta.messages.toolRunner(ask({ tools: [runnable] }));
        assert.equal((await runner.runUntilDone()).content[0].text, 'The tools said: rain in text');
        assert.deepEqual(asked, ['text']);
    });

    test(`${model}: two tools at once, their arguments streamed`, async () => {
        const messages = [{ role: 'user', content: 'both, in parallel' }];
        const answer = await client.messages.stream(ask({ tools, messages })).finalMessage();
        const uses = answer.content.filter((block) => block.type === 'tool_use');
        assert.deepEqual(uses.map((use) => [use.name, use.input]), [['weather', { city: 'text' }], ['clock', { city: 'text' }]]);
    });

    test(`${model}: an image goes with the words`, async () => {
        const source = { type: 'base64', media_type: 'image/png', data: image };
        const content = [{ type: 'image', source }, { type: 'text', text: 'what is it?' }];
        const answer = await client.messages.create(ask({ messages: [{ role: 'user', content }] }));
        assert.equal(answer.content[0].text, 'You said: what is it?');
    });

    test(`${model}: structured parse`, async () => {
        const answer = await client.messages.parse(ask({ output_config: { format: zodOutputFormat(City) } }));
        assert.deepEqual(answer.parsed_output, { city: 'text' });
    });
}

const asking = (more, options) => client.messages.create({ model: 'claude-haiku-4-5', messages: hello, max_tokens: 400, ...more }, options);

test('tokens are counted, or bounded where nobody counts them', async () => {
    const own = await client.messages.countTokens({ model: 'claude-haiku-4-5', messages: hello }).withResponse();
    const other = await client.messages.countTokens({ model: 'gpt-4.1-mini', messages: hello }).withResponse();
    assert.ok(own.data.input_tokens > 0);
    assert.equal(own.response.headers.get('x-clambda-estimated'), null);
    assert.ok(other.data.input_tokens > own.data.input_tokens);
    assert.equal(other.response.headers.get('x-clambda-estimated'), 'input_tokens');
});

test('a prefix that is marked is written to the cache, then read from it', async () => {
    const system = [{ type: 'text', text: `${Date.now()} `.repeat(2000), cache_control: { type: 'ephemeral' } }];
    const first = await asking({ system });
    const second = await asking({ system });
    assert.ok(first.usage.cache_creation_input_tokens > 4096, JSON.stringify(first.usage));
    assert.equal(second.usage.cache_read_input_tokens, first.usage.cache_creation_input_tokens);
});

test('an unknown key is an AuthenticationError', async () => {
    const other = new Anthropic({ baseURL: client.baseURL, apiKey: 'ck_nobody', maxRetries: 0 });
    const error = await failureOf(other.messages.create({ model: 'claude-haiku-4-5', messages: hello, max_tokens: 4 }));
    assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
    assert.equal(error.error.error.type, 'authentication_error');
});

test('an unknown model is a NotFoundError', async () => {
    const error = await failureOf(asking({ model: 'claude-haiku-4-6' }));
    assert.ok(error instanceof Anthropic.NotFoundError, String(error));
    assert.equal(error.error.error.type, 'not_found_error');
});

test('what cannot be read is a BadRequestError', async () => {
    const error = await failureOf(asking({ messages: [] }));
    assert.ok(error instanceof Anthropic.BadRequestError, String(error));
    assert.equal(error.error.error.type, 'invalid_request_error');
});

test('a prompt that does not fit is a 413', async () => {
    const error = await failureOf(asking({ messages: [{ role: 'user', content: 'word '.repeat(900_000) }] }));
    assert.equal(error.status, 413, String(error));
});

test('a spent budget is a 402 that no client repeats', async () => {
    const poor = new Anthropic({ baseURL: client.baseURL, apiKey: setting('GATEWAY_POOR_KEY') });
    const error = await failureOf(poor.messages.create({ model: 'claude-haiku-4-5', messages: hello, max_tokens: 400 }));
    assert.equal(error.status, 402, String(error));
    assert.equal(error.error.error.type, 'billing_error');
    assert.equal(error.headers.get('x-should-retry'), 'false');
});

test('too many requests are a RateLimitError with retry-after', async () => {
    const busy = new Anthropic({ baseURL: client.baseURL, apiKey: setting('GATEWAY_BUSY_KEY'), maxRetries: 0 });
    const simple = { model: 'claude-haiku-4-5', messages: hello, max_tokens: 400 };
    const { response } = await busy.messages.create(simple).withResponse();
    assert.equal(response.headers.get('anthropic-ratelimit-requests-limit'), '1');
    const error = await failureOf(busy.messages.create(simple));
    assert.ok(error instanceof Anthropic.RateLimitError, String(error));
    assert.ok(Number(error.headers.get('retry-after')) > 0, error.headers.get('retry-after'));
});

test("a provider's lasting 429 is a RateLimitError with its retry-after", async () => {
    await withFaults([{ status: 429, retry_after: '17', times: 0 }], async () => {
        const error = await failureOf(asking());
        assert.ok(error instanceof Anthropic.RateLimitError, String(error));
        assert.ok(Number(error.headers.get('retry-after')) >= 16, error.headers.get('retry-after'));
    });
});

test('a provider that fails is an InternalServerError, and the client does not multiply attempts', async () => {
    const steps = [{ status: 500, times: 0 }];
    const alone = await withFaults(steps, async () => {
        assert.ok((await failureOf(asking())) instanceof Anthropic.InternalServerError);
    });
    const repeated = await withFaults(steps, () => failureOf(asking({}, { maxRetries: 2 })));
    assert.equal(repeated, alone);
    assert.ok(alone >= 1 && alone <= 2, `${alone} attempts`);
});

test('a stream that is cut is an error, not an end', async () => {
    await withFaults([{ after: 4, then: 'end', times: 0 }], async () => {
        const error = await failureOf(client.messages.stream({ model: 'claude-haiku-4-5', messages: hello, max_tokens: 400 }).finalMessage());
        assert.ok(error instanceof Anthropic.APIError, String(error));
    });
});

for (const model of setting('MODELS').split(' ')) {
    messagesTests(model);
}
await runAll();
