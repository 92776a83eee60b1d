// The official OpenAI client against the gateway, unchanged: only its base URL and its key are ours.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { failureOf, image, runAll, setting, test, weather, withFaults } from './tap.mjs';

const client = new OpenAI({ baseURL: `${setting('GATEWAY_URL')}/v1`, apiKey: setting('GATEWAY_KEY'), maxRetries: 0 });
const embedder = 'text-embedding-3-small';
const hello = [{ role: 'user', content: 'grüße, 世界 😀' }];
const pixel = `data:image/png;base64,${image}`;
const echo = 'You said: grüße, 世界 😀';
const City = z.object({ city: z.string() });
const tool = { type: 'function', function: { name: 'weather', description: 'of a city', parameters: weather } };
const clock = { type: 'function', function: { name: 'clock', description: 'of a city', parameters: weather } };

function chatTests(model) {
    const ask = (more) => ({ model, messages: hello, max_completion_tokens: 400, ...more });

    test(`${model}: chat, whole`, async () => {
        const answer = await client.chat.completions.create(ask());
        assert.equal(answer.choices[0].message.content, echo);
        assert.equal(answer.choices[0].finish_reason, 'stop');
        assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
        assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0);
    });

    test(`${model}: chat, streamed, with its usage last`, async () => {
        const stream = await client.chat.completions.create(ask({ stream: true, stream_options: { include_usage: true } }));
        let text = '';
        let finish = null;
        let usage = null;
        for await (const chunk of stream) {
            text += chunk.choices[0]?.delta?.content ?? '';
            finish = chunk.choices[0]?.finish_reason ?? finish;
            usage = chunk.usage ?? usage;
        }
        assert.equal(text, echo);
        assert.equal(finish, 'stop');
        assert.ok(usage.completion_tokens > 0);
    });

    test(`${model}: chat, gathered by the client's own stream`, async () => {
        const answer = await client.chat.completions.stream(ask()).finalChatCompletion();
        assert.equal(answer.choices[0].message.content, echo);
    });

    test(`${model}: chat ends at max_completion_tokens`, async () => {
        const answer = await client.chat.completions.create(ask({ max_completion_tokens: 2 }));
        assert.equal(answer.choices[0].finish_reason, 'length');
    });

    for (const stream of [false, true]) {
        test(`${model}: the client's tool loop${stream ? ', streamed' : ''}`, async () => {
            const asked = [];
            const call = ({ city }) => {
                asked.push(city);
                return `rain in ${city}`;
            };
            const described = { ...tool.function, function: call, parse: JSON.parse };
            const runner = client.chat.completions.runTools(ask({ stream, tools: [{ type: 'function', function: described }] }));
            assert.equal(await runner.finalContent(), 'The tools said: rain in text');
            assert.deepEqual(asked, ['text']);
        });
    }

    test(`${model}: two tools at once, their arguments streamed`, async () => {
        const messages = [{ role: 'user', content: 'both, in parallel' }];
        const answer = await client.chat.completions.stream(ask({ messages, tools: [tool, clock] })).finalChatCompletion();
        const calls = answer.choices[0].message.tool_calls;
        assert.deepEqual(calls.map((each) => each.function.name), ['weather', 'clock']);
        assert.deepEqual(calls.map((each) => JSON.parse(each.function.arguments)), [{ city: 'text' }, { city: 'text' }]);
        assert.equal(new Set(calls.map((each) => each.id)).size, 2);
        assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    });

    test(`${model}: an image goes with the words`, async () => {
        const content = [{ type: 'text', text: 'what is it?' }, { type: 'image_url', image_url: { url: pixel } }];
        const answer = await client.chat.completions.create(ask({ messages: [{ role: 'user', content }] }));
        assert.equal(answer.choices[0].message.content, 'You said: what is it?');
    });

    test(`${model}: structured parse`, async () => {
        const answer = await client.chat.completions.parse(ask({ response_format: zodResponseFormat(City, 'place') }));
        assert.deepEqual(answer.choices[0].message.parsed, { city: 'text' });
    });
}

function responsesTests(model) {
    const ask = (more) => ({ model, input: hello[0].content, max_output_tokens: 400, store: false, ...more });

    test(`${model}: responses, whole`, async () => {
        const answer = await client.responses.create(ask());
        assert.equal(answer.output_text, echo);
        assert.equal(answer.status, 'completed');
        assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
    });

    test(`${model}: responses, streamed`, async () => {
        const stream = client.responses.stream(ask());
        let text = '';
        const numbers = [];
        for await (const event of stream) {
            numbers.push(event.sequence_number);
            text += event.type === 'response.output_text.delta' ? event.delta : '';
        }
        assert.equal(text, echo);
        assert.deepEqual(numbers, numbers.map((_, index) => index));
        assert.equal((await stream.finalResponse()).output_text, echo);
    });

    test(`${model}: responses call tools and take their results`, async () => {
        const tools = [{ type: 'function', name: 'weather', parameters: weather, strict: true }];
        const first = await client.responses.create(ask({ tools }));
        const call = first.output.find((item) => item.type === 'function_call');
        assert.deepEqual(JSON.parse(call.arguments), { city: 'text' });
        const result = { type: 'function_call_output', call_id: call.call_id, output: 'rain' };
        const input = [{ role: 'user', content: 'weather?' }, call, result];
        assert.equal((await client.responses.create(ask({ tools, input }))).output_text, 'The tools said: rain');
    });

    test(`${model}: responses, structured parse`, async () => {
        const answer = await client.responses.parse(ask({ text: { format: zodTextFormat(City, 'place') } }));
        assert.deepEqual(answer.output_parsed, { city: 'text' });
    });
}

test('embeddings: base64, which is the default, is the same as numbers', async () => {
    const packed = await client.embeddings.create({ model: embedder, input: ['a', 'b'] });
    const plain = await client.embeddings.create({ model: embedder, input: ['a', 'b'], encoding_format: 'float' });
    assert.equal(packed.data.length, 2);
    assert.equal(packed.data[0].embedding.length, 1536);
    assert.deepEqual(packed.data.map((each) => [...each.embedding]), plain.data.map((each) => each.embedding));
    assert.ok(packed.usage.prompt_tokens > 0);
});

test('models: the list has what can be asked', async () => {
    const names = [];
    for await (const model of client.models.list()) {
        names.push(model.id);
    }
    assert.ok(names.includes('gpt-4.1-mini'), names.join());
});

const simple = { model: 'gpt-4.1-mini', messages: hello };
const asking = (more, options) => client.chat.completions.create({ ...simple, ...more }, options);

test('an answer is given again for its Idempotency-Key', async () => {
    const options = { headers: { 'Idempotency-Key': `sdk-${Date.now()}` } };
    let id = '';
    const attempts = await withFaults([], async () => {
        id = (await asking({}, options)).id;
        assert.equal((await asking({}, options)).id, id);
    });
    assert.equal(attempts, 1);
    const error = await failureOf(asking({ max_completion_tokens: 7 }, options));
    assert.ok(error instanceof OpenAI.ConflictError, String(error));
});

test('an unknown key is an AuthenticationError', async () => {
    const error = await failureOf(new OpenAI({ baseURL: client.baseURL, apiKey: 'ck_nobody', maxRetries: 0 }).chat.completions.create(simple));
    assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
});

test('an unknown model is a NotFoundError that names the nearest', async () => {
    const error = await failureOf(asking({ model: 'gpt-4.1-mimi' }));
    assert.ok(error instanceof OpenAI.NotFoundError, String(error));
    assert.equal(error.code, 'model_not_found');
    assert.match(error.message, /gpt-4\.1-mini/);
});

test('what cannot be read is a BadRequestError', async () => {
    const error = await failureOf(asking({ messages: [] }));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
});

test('a prompt that does not fit is a 413', async () => {
    const error = await failureOf(asking({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'word '.repeat(900_000) }] }));
    assert.equal(error.status, 413, String(error));
});

test('a spent budget is a 402 that no client repeats', async () => {
    const poor = new OpenAI({ baseURL: client.baseURL, apiKey: setting('GATEWAY_POOR_KEY') });
    const attempts = await withFaults([], async () => {
        const error = await failureOf(poor.chat.completions.create(simple));
        assert.equal(error.status, 402, String(error));
        assert.equal(error.headers.get('x-should-retry'), 'false');
    });
    assert.equal(attempts, 0);
});

test('too many requests are a RateLimitError with retry-after', async () => {
    const busy = new OpenAI({ baseURL: client.baseURL, apiKey: setting('GATEWAY_BUSY_KEY'), maxRetries: 0 });
    const { response } = await busy.chat.completions.create(simple).withResponse();
    assert.equal(response.headers.get('x-ratelimit-limit-requests'), '1');
    const error = await failureOf(busy.chat.completions.create(simple));
    assert.ok(error instanceof OpenAI.RateLimitError, String(error));
    assert.ok(Number(error.headers.get('retry-after')) > 0, error.headers.get('retry-after'));
});

test("a provider's lasting 429 is a RateLimitError with its retry-after", async () => {
    await withFaults([{ status: 429, retry_after: '17', times: 0 }], async () => {
        const error = await failureOf(asking());
        assert.ok(error instanceof OpenAI.RateLimitError, String(error));
        assert.ok(Number(error.headers.get('retry-after')) >= 16, error.headers.get('retry-after'));
    });
});

test('a provider that fails is an InternalServerError, and the client does not multiply attempts', async () => {
    const steps = [{ status: 500, times: 0 }];
    const alone = await withFaults(steps, async () => {
        assert.ok((await failureOf(asking())) instanceof OpenAI.InternalServerError);
    });
    const repeated = await withFaults(steps, () => failureOf(asking({}, { maxRetries: 2 })));
    assert.equal(repeated, alone);
    assert.ok(alone >= 1 && alone <= 2, `${alone} attempts`);
});

test('a stream that is cut is an error, not an end', async () => {
    await withFaults([{ after: 3, then: 'end', times: 0 }], async () => {
        const error = await failureOf(
            (async () => {
                for await (const chunk of await asking({ stream: true })) {
                    assert.ok(chunk.choices);
                }
            })(),
        );
        assert.ok(error instanceof OpenAI.APIError, String(error));
    });
});

for (const model of setting('MODELS').split(' ')) {
    chatTests(model);
    responsesTests(model);
}
await runAll();
