#include "tests/support/check.h"

#include "infra/local/template/template.h"

#define TOO_LARGE                                                                                  \
    "too deep or too large (64 levels, 100000 nodes, 5000 keys a map, 8 MiB of text): "            \
    "make it smaller\n"

#define HEAD                                                                                       \
    "Parameters:\n"                                                                                \
    "  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}\n"                          \
    "  Secret: {Type: String}\n"                                                                   \
    "Conditions:\n"                                                                                \
    "  IsProd: !Equals [!Ref Stage, prod]\n"                                                       \
    "Globals:\n"                                                                                   \
    "  Function: {Runtime: provided.al2023, Handler: bootstrap}\n"                                 \
    "Resources:\n" /* the next line is 9 */

struct reading {
    struct test_ctx t;
    struct problems problems;
    const struct template *result;
};

static void reading_close(struct reading *r)
{
    test_ctx_close(&r->t);
}

static void read_text(struct reading *r, struct str text, const struct override *overrides,
                      size_t count)
{
    struct template_options options = {
        .overrides = overrides,
        .override_count = count,
        .region = STR("eu-central-1"),
        .account_id = STR("111122223333"),
        .stack_name = STR("st"),
    };
    arena_init(&r->t.arena, 0);
    r->t.cx = (struct ctx){.arena = &r->t.arena};
    r->problems = (struct problems){.arena = &r->t.arena};
    r->result = template_read(&r->problems, exact_copy(&r->t.cx, text), &options);
}

/* "9: words\n10: words\n" */
static struct str problems_text(struct reading *r)
{
    struct buf out = buf_in(&r->t.arena, KIB(16));
    for (const struct problem *p = r->problems.first; p != NULL; p = p->next) {
        buf_addf(&out, "%d: " STR_FMT "\n", p->line, STR_ARG(p->text));
    }
    return buf_str(&out);
}

static struct str env_of(const struct template *t, size_t function, const char *name)
{
    const struct function *f = &t->functions[function];
    for (size_t i = 0; i < f->env_count; i++) {
        if (str_eq(f->env[i].name, str_from_cstr(name))) {
            return f->env[i].value;
        }
    }
    return STR("(none)");
}

static void template_answers_intrinsics(void **state)
{
    (void)state;
    static const struct {
        const char *value, *want;
    } cases[] = {
        {"plain", "plain"},
        {"!Ref Stage", "dev"},
        {"{Ref: Stage}", "dev"},
        {"!Ref AWS::Region", "eu-central-1"},
        {"!Ref AWS::NoValue", "(none)"},
        {"!Ref AFunction", "AFunction"},
        {"!Ref NamedFunction", "st-named"},
        {"!Ref Topic", "arn:aws:sns:eu-central-1:111122223333:Topic"},
        {"!Ref Log", "Log"},
        {"!GetAtt NamedFunction.Arn", "arn:aws:lambda:eu-central-1:111122223333:function:st-named"},
        {"{\"Fn::GetAtt\": [Role, Arn]}", "arn:aws:iam::111122223333:role/Role"},
        {"!Sub \"${Stage}/${AWS::AccountId}/${!Literal}/${Role.Arn}\"",
         "dev/111122223333/${Literal}/arn:aws:iam::111122223333:role/Role"},
        {"!Sub [\"${X}-${Stage}\", {X: !Ref Stage}]", "dev-dev"},
        {"!If [IsProd, a, b]", "b"},
        {"{\"Fn::If\": [IsProd, a, !Sub \"${Stage}!\"]}", "dev!"},
        {"!If [IsProd, a, !Ref AWS::NoValue]", "(none)"},
        {"!Join [\",\", [a, !Ref Stage, c]]", "a,dev,c"},
        {"!Select [1, !Split [\"-\", a-b-c]]", "b"},
        {"!FindInMap [Sizes, !Ref Stage, Memory]", "256"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        DEFER(reading_close) struct reading r = {0};
        char text[2048];
        (void)snprintf(text, sizeof(text),
                       "Mappings: {Sizes: {dev: {Memory: 256}}}\n" HEAD "  AFunction:\n"
                       "    Type: AWS::Serverless::Function\n"
                       "    Properties:\n"
                       "      Environment: {Variables: {V: %s}}\n"
                       "  NamedFunction:\n"
                       "    Type: AWS::Serverless::Function\n"
                       "    Properties: {FunctionName: !Sub '${AWS::StackName}-named'}\n"
                       "  Topic: {Type: AWS::SNS::Topic}\n"
                       "  Role: {Type: AWS::IAM::Role}\n"
                       "  Log: {Type: AWS::Logs::LogGroup}\n",
                       cases[i].value);
        read_text(&r, str_from_cstr(text), NULL, 0);
        CHECK_STR(cases[i].value, problems_text(&r), STR(""));
        CHECK_STR(cases[i].value, env_of(r.result, 0, "V"), str_from_cstr(cases[i].want));
    }
}

static void template_reads_a_function(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    struct override overrides[] = {{STR("Stage"), STR("prod")}};
    read_text(&r,
              STR(HEAD "  PlanGeneratorFunction:\n"
                       "    Type: AWS::Serverless::Function\n"
                       "    Condition: IsProd\n"
                       "    Properties:\n"
                       "      Timeout: 28\n"
                       "      MemorySize: !If [IsProd, 1024, 128]\n"
                       "      ReservedConcurrentExecutions: 3\n"
                       "      Events:\n"
                       "        Make: {Type: HttpApi, Properties: {Path: /plans, Method: post}}\n"
                       "        Rest: {Type: HttpApi}\n"
                       "        Weekly: {Type: Schedule, Properties: {Schedule: rate(7 days)}}\n"
                       "  GoneFunction:\n"
                       "    Type: AWS::Serverless::Function\n"
                       "    Condition: NotProd\n"
                       "Outputs: {Url: {Value: !ImportValue x}}\n"),
              overrides, 1);
    CHECK_STR("problems", problems_text(&r), STR("22: condition NotProd is not in Conditions\n"));
    CHECK_I64("functions", r.result->function_count, 1);
    const struct function *f = &r.result->functions[0];
    CHECK_STR("slug", f->slug, STR("plan-generator"));
    CHECK_STR("name", f->name, STR("PlanGeneratorFunction"));
    CHECK_I64("timeout", f->timeout_ms, 28000);
    CHECK_I64("memory", f->memory_mb, 1024);
    CHECK_I64("concurrency", f->concurrency, 3);
    CHECK_I64("routes", r.result->route_count, 2);
    CHECK_STR("route", r.result->routes[0].key, STR("POST /plans"));
    CHECK_I64("ceiling", r.result->routes[0].timeout_ms, 30000);
    CHECK_STR("default", r.result->routes[1].key, STR("$default"));
    const struct schedule *weekly = &r.result->schedules[0];
    CHECK_STR("schedule", weekly->name, STR("PlanGeneratorFunction.Weekly"));
    CHECK_STR("rule", weekly->arn,
              STR("arn:aws:events:eu-central-1:111122223333:rule/PlanGeneratorFunctionWeekly"));
    CHECK_I64("rate", weekly->expression.rate_ms, 604800000);
    assert_true(weekly->enabled && weekly->function == &r.result->functions[0]);
    assert_ptr_equal(template_find(r.result, STR("plan-generator")), f);
    assert_ptr_equal(template_find(r.result, f->arn), f);
    assert_null(template_find(r.result, STR("gone")));
}

static void template_merges_globals(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    read_text(&r,
              STR("Globals:\n"
                  "  Function:\n"
                  "    Runtime: provided.al2023\n"
                  "    Timeout: 9\n"
                  "    Environment: {Variables: {A: one, B: two}}\n"
                  "  HttpApi: {StageName: prod, CorsConfiguration: true}\n"
                  "Resources:\n"
                  "  AFunction:\n"
                  "    Type: AWS::Serverless::Function\n"
                  "    Properties:\n"
                  "      Environment: {Variables: {B: own, C: three}}\n"
                  "      Events: {E: {Type: HttpApi, Properties: {Path: /, Method: GET}}}\n"),
              NULL, 0);
    CHECK_STR("problems", problems_text(&r), STR(""));
    CHECK_I64("timeout", r.result->functions[0].timeout_ms, 9000);
    CHECK_STR("A", env_of(r.result, 0, "A"), STR("one"));
    CHECK_STR("B", env_of(r.result, 0, "B"), STR("own"));
    CHECK_STR("C", env_of(r.result, 0, "C"), STR("three"));
    CHECK_STR("stage", r.result->stage, STR("prod"));
    assert_true(r.result->cors.enabled);
}

#define FUNCTION(properties)                                                                       \
    HEAD "  AFunction:\n    Type: AWS::Serverless::Function\n    Properties:\n" properties

static const struct {
    const char *text, *want;
} refused[] = {
    {"Resources: [",
     "2: not YAML: did not find expected node content, while parsing a flow node\n"},
    {"", "1: empty: a template needs Resources\n"},
    {"Globals: {}\n", "1: a template needs a map called Resources\n"},
    {"Resources:\n  A: {Type: x}\n  A: {Type: y}\n", "3: the key A stands twice: remove one\n"},
    {"Resources: &r\n  A: *r\n", "1: " TOO_LARGE},
    {"Hooks: {}\nResources: {}\n", "1: Hooks is no section of a template\n"},
    {HEAD "  T: {Type: AWS::DynamoDB::Table}\n",
     "9: AWS::DynamoDB::Table is not emulated here: put it behind a Condition that is false "
     "locally, "
     "or move it to a template of its own\n"},
    {HEAD "  T: {}\n", "9: resource T has no Type\n"},
    {FUNCTION("      Layers: [x]\n"),
     "12: a function's Layers is not emulated here: remove it, or try it on AWS\n"},
    {FUNCTION("      Runtime: python3.13\n"),
     "12: Runtime must be provided.al2023: only a native bootstrap runs here\n"},
    {FUNCTION("      Timeout: 901\n"), "12: Timeout must be a whole number from 1 to 900\n"},
    {FUNCTION("      MemorySize: much\n"),
     "12: MemorySize must be a whole number from 128 to 10240\n"},
    {FUNCTION("      Handler: !Ref Secret\n"),
     "12: parameter Secret has no value here: give --parameter Secret=...\n"},
    {FUNCTION("      Handler: !Ref Nothing\n"),
     "12: Ref: nothing in this template is called Nothing\n"},
    {FUNCTION("      Handler: !Sub \"${Nothing}\"\n"),
     "12: Fn::Sub: nothing in this template is called Nothing\n"},
    {FUNCTION("      Handler: !ImportValue x\n"),
     "12: Fn::ImportValue: not emulated here: write the value, or take it from a parameter\n"},
    {FUNCTION("      Environment: {Variables: {A: \"{{resolve:ssm:/a}}\"}}\n"),
     "12: A is a dynamic reference, which only AWS can resolve: give its value with "
     "--env-vars\n"},
    {FUNCTION("      FunctionName: !Sub \"${AFunction}\"\n"), "12: Fn::Sub goes in a circle\n"},
    {FUNCTION("      FunctionName: \"../a\"\n"),
     "12: a function's name has 1 to 64 letters, digits, hyphens and underscores\n"},
    {FUNCTION("      FunctionName: \"a\\nb\"\n"),
     "12: a function's name has 1 to 64 letters, digits, hyphens and underscores\n"},
    {FUNCTION("      FunctionName: "
              "a123456789b123456789c123456789d123456789e123456789f123456789g1234\n"),
     "12: a function's name has 1 to 64 letters, digits, hyphens and underscores\n"},
    {FUNCTION("      Environment: {Variables: {\"A=B\": x}}\n"),
     "12: a variable's name is a letter, then letters, digits and underscores\n"},
    {FUNCTION("      Environment: {Variables: {_A: x}}\n"),
     "12: a variable's name is a letter, then letters, digits and underscores\n"},
    {FUNCTION("      Environment: {Variables: {\"\": x}}\n"),
     "12: a variable's name is a letter, then letters, digits and underscores\n"},
    {FUNCTION("      Environment: {Variables: {A: \"a\\0b\"}}\n"),
     "12: A holds the character U+0000\n"},
    {FUNCTION("      Events:\n        Q: {Type: Kinesis}\n"),
     "13: event type Kinesis is not emulated here: send such events through the Invoke API\n"},
    {FUNCTION("      Events:\n        E:\n          Type: HttpApi\n          Properties:\n"
              "            Path: /a\n            Auth: {Authorizer: x}\n"),
     "17: an HttpApi event's Auth is not emulated here: the route would be open; check the "
     "token in "
     "the function\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: a}}\n"),
     "13: Path a: a path begins with /\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a, Method: FETCH}}\n"),
     "13: Method FETCH is not one of an HTTP API\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a, ApiId: !Ref B}}\n"),
     "13: ApiId must be !Ref of an AWS::Serverless::HttpApi in this template\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a, "
              "PayloadFormatVersion: "
              "\"1.0\"}}\n"),
     "13: PayloadFormatVersion must be \"2.0\"\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a}}\n"
              "        F: {Type: HttpApi, Properties: {Path: /a}}\n"),
     "14: route ANY /a is taken by line 13: change one\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a}}\n"
              "        F: {Type: HttpApi, Properties: {Path: /b, ApiId: !Ref Api}}\n"
              "  Api: {Type: AWS::Serverless::HttpApi}\n"),
     "14: a second HTTP API, Api after ServerlessHttpApi: one port serves one; give every "
     "event the "
     "same ApiId\n"},
    {FUNCTION("      Events:\n        E: {Type: HttpApi, Properties: {Path: /a, ApiId: !Ref Api}}\n"
              "  Api: {Type: AWS::Serverless::HttpApi, Properties: {Auth: {}}}\n"),
     "14: an HttpApi's Auth is not emulated here: its routes would be open; check the token in "
     "the "
     "function\n"},
    {FUNCTION("      Events:\n        E: {Type: SQS, Properties: {Queue: a}}\n"),
     "13: Queue must be the Arn of an AWS::SQS::Queue of this template\n"},
    {FUNCTION("      Timeout: 31\n      Events:\n"
              "        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n"
              "  Q: {Type: AWS::SQS::Queue}\n"),
     "14: the VisibilityTimeout of Q, 30 s, is less than the Timeout of AFunction, 31 s: Lambda "
     "refuses that\n"},
    {FUNCTION("      Events:\n"
              "        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, FilterCriteria: {}}}\n"
              "  Q: {Type: AWS::SQS::Queue}\n"),
     "13: an SQS event's FilterCriteria is not emulated here: remove it, or try it on AWS\n"},
    {FUNCTION("      Events:\n"
              "        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, BatchSize: 11}}\n"
              "  Q: {Type: AWS::SQS::Queue}\n"),
     "13: a BatchSize over 10 needs MaximumBatchingWindowInSeconds of at least 1\n"},
    {FUNCTION("      Events:\n        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, "
              "MaximumBatchingWindowInSeconds: 1}}\n"
              "  Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}\n"),
     "13: a FIFO queue takes a BatchSize of at most 10 and no batching window\n"},
    {FUNCTION("      Events:\n        E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn, "
              "FunctionResponseTypes: [Odd]}}\n"
              "  Q: {Type: AWS::SQS::Queue}\n"),
     "13: FunctionResponseTypes may hold ReportBatchItemFailures only\n"},
    {FUNCTION("      EventInvokeConfig: {MaximumRetryAttempts: 3}\n"),
     "12: MaximumRetryAttempts must be a whole number from 0 to 2\n"},
    {FUNCTION("      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, "
              "Destination: 'arn:x'}}}\n"),
     "12: arn:x is no standard queue of this template\n"},
    {FUNCTION("      DeadLetterQueue: {Type: SQS}\n"),
     "12: DeadLetterQueue needs a Type (SQS, SNS, Lambda, EventBridge, S3Bucket) and a "
     "TargetArn\n"},
    {FUNCTION("      Events:\n        E: {Type: Schedule, Properties: {Schedule: rate(1 "
              "minutes)}}\n"),
     "13: Schedule: rate(1 minutes): a number from 1 on, then minute, hour or day, and for more "
     "than 1 minutes, hours or days\n"},
    {FUNCTION("      Events:\n        E: {Type: Schedule, Properties: {Schedule: "
              "'at(2026-01-01T00:00:00)'}}\n"),
     "13: at() is for EventBridge Scheduler only\n"},
    {FUNCTION("      Events:\n        E: {Type: ScheduleV2, Properties: {ScheduleExpression: "
              "rate(1 hour), ScheduleExpressionTimezone: Mars/Olympus}}\n"),
     "13: no time zone \"Mars/Olympus\" under /usr/share/zoneinfo/\n"},
    {FUNCTION("      Events:\n        E: {Type: ScheduleV2, Properties: {ScheduleExpression: "
              "rate(1 hour), StartDate: x}}\n"),
     "13: a ScheduleV2 event's StartDate is not emulated here: remove it, or try it on AWS\n"},
    {FUNCTION("      Events:\n        E: {Type: Schedule, Properties: {Schedule: rate(1 hour), "
              "State: on}}\n"),
     "13: State must be ENABLED or DISABLED\n"},
    {FUNCTION("      Events:\n        E: {Type: Schedule, Properties: {Schedule: rate(1 hour), "
              "Input: '{'}}\n"),
     "13: Input: not JSON: expected a member name in double quotes at line 1, column 2\n"},
    {"Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: "
     "!GetAtt Q.Arn, maxReceiveCount: 3}}}\n",
     "2: a queue cannot be its own dead-letter queue\n"},
    {"Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: a.fifo}}\n",
     "2: a queue's name has 1 to 80 letters, digits, hyphens and underscores, and ends in .fifo if "
     "FifoQueue is true, only then\n"},
    {"Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 43201}}\n",
     "2: VisibilityTimeout must be a whole number from 0 to 43200\n"},
    {"Conditions:\n  A: !Condition B\n  B: !Condition A\nResources: {}\n",
     "2: condition B goes in a circle\n3: condition A goes in a circle\n"},
    {"Conditions:\n  A: yes\nResources: {}\n",
     "2: a condition is made of Fn::Equals, Not, And, Or and Condition, not of a value\n"},
};

static void template_names_the_line_of_what_it_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        DEFER(reading_close) struct reading r = {0};
        read_text(&r, str_from_cstr(refused[i].text), NULL, 0);
        CHECK_STR(refused[i].text, problems_text(&r), str_from_cstr(refused[i].want));
    }
}

/* 1 MiB of it would take libyaml half an hour. */
static void template_stops_where_it_is_too_deep(void **state)
{
    (void)state;
    static const char *const openings[] = {"[", "{a: ", "- "};
    for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
        DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
        DEFER(reading_close) struct reading r = {0};
        struct buf deep = buf_in(&t.arena, KIB(512));
        while (deep.len < KIB(500)) {
            buf_add(&deep, str_from_cstr(openings[i]));
        }
        read_text(&r, buf_str(&deep), NULL, 0);
        CHECK_STR(openings[i], problems_text(&r), STR("1: " TOO_LARGE));
    }
}

/* Small templates that would take gigabytes, or for ever. */
static void template_bombs_are_refused(void **state)
{
    (void)state;
    enum { TEXT = 200000, ALIASES = 90000, KEYS = 60000, CONDITIONS = 30 };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    struct buf texts = buf_in(&t.arena, MIB(1)), keys = buf_in(&t.arena, MIB(1)),
               conditions = buf_in(&t.arena, MIB(1));
    buf_add(&texts, STR("Metadata:\n  a: &a "));
    for (size_t i = 0; i < TEXT; i++) {
        buf_add_char(&texts, 'x');
    }
    buf_add(&texts, STR("\n  b: ["));
    for (size_t i = 0; i < ALIASES; i++) {
        buf_add(&texts, STR("*a,"));
    }
    buf_add(&texts, STR("]\n"));
    buf_add(&keys, STR("Metadata:\n"));
    for (unsigned i = 0; i < KEYS; i++) {
        buf_addf(&keys, "  k%u: 1\n", i);
    }
    buf_add(&conditions, STR("Conditions:\n  C0: !Equals [a, a]\n"));
    for (unsigned i = 1; i <= CONDITIONS; i++) {
        buf_addf(&conditions, "  C%u: !And [!Condition C%u, !Condition C%u]\n", i, i - 1, i - 1);
    }
    buf_addf(&conditions, "Resources:\n  Q: {Type: AWS::SQS::Queue, Condition: C%d}\n", CONDITIONS);
    const struct {
        struct str source;
        const char *words;
    } bombs[] = {
        {buf_str(&texts), TOO_LARGE},
        {buf_str(&keys), TOO_LARGE},
        {buf_str(&conditions), ": its conditions ask each other without end\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
        DEFER(reading_close) struct reading r = {0};
        read_text(&r, bombs[i].source, NULL, 0);
        if (str_find(problems_text(&r), str_from_cstr(bombs[i].words)) == SIZE_MAX) {
            CHECK_FAILED("%s: not among " STR_FMT "\n", bombs[i].words, STR_ARG(problems_text(&r)));
        }
    }
}

static void template_checks_given_parameters(void **state)
{
    (void)state;
    DEFER(reading_close) struct reading r = {0};
    struct override overrides[] = {
        {STR("Stage"), STR("test")}, {STR("Stag"), STR("dev")}, {STR("Secret"), STR("s")}};
    read_text(&r, STR(FUNCTION("      Environment: {Variables: {A: !Ref Secret}}\n")), overrides,
              3);
    CHECK_STR("problems", problems_text(&r),
              STR("1: --parameter Stag: the template has no such parameter\n"
                  "2: parameter Stage: test is not in its AllowedValues\n"));
    CHECK_STR("A", env_of(r.result, 0, "A"), STR("s"));
}

static void template_takes_env_vars_before_its_own(void **state)
{
    (void)state;
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    const struct json *env = NULL;
    struct problems problems = {.arena = &t.arena};
    CHECK_STATUS(
        &t.cx,
        json_read(&t.cx,
                  STR("{\"AFunction\":{\"A\":\"mine\",\"N\":\"new\"},\"Parameters\":{\"A\":\"all\","
                      "\"B\":\"all\"},\"Typo\":{}}"),
                  NULL, &env),
        OK);
    struct template_options options = {.env_vars = env};
    const struct template *result = template_read(
        &problems,
        STR(FUNCTION("      Environment: {Variables: {A: \"{{resolve:ssm:/a}}\", B: b}}\n")),
        &options);
    CHECK_STR("A", env_of(result, 0, "A"), STR("mine"));
    CHECK_STR("B", env_of(result, 0, "B"), STR("all"));
    CHECK_STR("N", env_of(result, 0, "N"), STR("new"));
    CHECK_I64("problems", problems.count, 1);
    CHECK_STR("typo", problems.first->text, STR("--env-vars: the template has no function Typo"));
}

static void slug_is_the_kebab_case_of_the_logical_id(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"PlanGeneratorFunction", "plan-generator"},
        {"Refiner", "refiner"},
        {"HTTPEchoFunction", "http-echo"},
        {"AiGatewayFunction", "ai-gateway"},
        {"Function", "function"},
        {"Plan2Function", "plan2"},
    };
    DEFER(test_ctx_close) struct test_ctx t = test_ctx_open(&t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_STR(cases[i][0], slug_of(&t.arena, str_from_cstr(cases[i][0])),
                  str_from_cstr(cases[i][1]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(template_answers_intrinsics),
        cmocka_unit_test(template_reads_a_function),
        cmocka_unit_test(template_merges_globals),
        cmocka_unit_test(template_names_the_line_of_what_it_refuses),
        cmocka_unit_test(template_stops_where_it_is_too_deep),
        cmocka_unit_test(template_bombs_are_refused),
        cmocka_unit_test(template_checks_given_parameters),
        cmocka_unit_test(template_takes_env_vars_before_its_own),
        cmocka_unit_test(slug_is_the_kebab_case_of_the_logical_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
