"""Commands of the AWS CLI, as TAP. All in one process: a start of the CLI takes a second.

The environment: URL of the gateway, FOLDER for files.
"""
import contextlib
import io
import json
import os
import sys

import awscli.clidriver

url, folder = os.environ["URL"], os.environ["FOLDER"]
os.environ.update(
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_MAX_ATTEMPTS="1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)
driver = awscli.clidriver.create_clidriver()
results = []


def aws(line, *more):
    """The exit code, standard output as JSON if it is that, and standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = driver.main(["--endpoint-url", url, "--output", "json", *line.split(), *more])
    text = out.getvalue()
    return code, json.loads(text) if text.strip() else {}, err.getvalue()


def check(name, got, want):
    results.append(got == want)
    print("ok" if got == want else "not ok", len(results), "-", name)
    if got != want:
        print(f"# got:  {got}\n# want: {want}")


def invoke(name, payload="{}", *more):
    path = os.path.join(folder, "payload")
    code, answer, err = aws(f"lambda invoke --function-name {name} --payload", payload, *more, path)
    with open(path) as file:
        return code, answer, file.read()


code, answer, payload = invoke("cli-echo", '{"a": 1}')
check("lambda invoke", (code, answer["StatusCode"], payload), (0, 200, '{"a": 1}'))
code, answer, payload = invoke("ErrorFunction")
check("an error of the function", (code, answer["FunctionError"], json.loads(payload)["errorType"]), (0, "Unhandled", "Broken"))
code, answer, payload = invoke("cli-echo", "{}", "--invocation-type", "Event")
check("--invocation-type Event", (code, answer["StatusCode"], payload), (0, 202, ""))
code, answer, payload = invoke("cli-echo", "{}", "--invocation-type", "DryRun")
check("--invocation-type DryRun", (code, answer["StatusCode"], payload), (0, 204, ""))
code, _, err = aws("lambda invoke --function-name nobody", os.path.join(folder, "payload"))
check("an unknown function", (code, "ResourceNotFoundException" in err), (255, True))
code, _, err = aws("lambda invoke --function-name NeverFunction", os.path.join(folder, "payload"))
check("a throttled function", (code, "TooManyRequestsException" in err), (255, True))

queue = f"{url}/123456789012/Jobs"
with open(os.path.join(folder, "begun")) as file:
    begun = [line.strip() for line in file if "/123456789012/" in line]
check("the gateway names its queues when it starts", begun,
      [queue, f"{url}/123456789012/Ordered.fifo", f"{url}/123456789012/Taken -> echo, disabled"])
check("sqs get-queue-url", aws("sqs get-queue-url --queue-name Jobs")[1], {"QueueUrl": queue})
attribute = '{"n": {"DataType": "Number", "StringValue": "42"}}'
code, sent, err = aws(f"sqs send-message --queue-url {queue} --message-body hello --message-attributes", attribute)
check("sqs send-message", (code, sent["MD5OfMessageBody"]), (0, "5d41402abc4b2a76b9719d911017c592"))
code, got, err = aws(f"sqs receive-message --queue-url {queue} --attribute-names All --message-attribute-names All --wait-time-seconds 2")
message = got["Messages"][0]
check("sqs receive-message", (message["Body"], message["MessageId"], message["MessageAttributes"]["n"]["StringValue"]), ("hello", sent["MessageId"], "42"))
code, _, err = aws(f"sqs change-message-visibility --queue-url {queue} --visibility-timeout 60 --receipt-handle", message["ReceiptHandle"])
check("sqs change-message-visibility", code, 0)
code, _, err = aws(f"sqs delete-message --queue-url {queue} --receipt-handle", message["ReceiptHandle"])
check("sqs delete-message", code, 0)
code, got, err = aws(f"sqs send-message-batch --queue-url {queue} --entries", '[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2"}]')
check("sqs send-message-batch", sorted(entry["Id"] for entry in got["Successful"]), ["a", "b"])
code, got, err = aws(f"sqs get-queue-attributes --queue-url {queue} --attribute-names ApproximateNumberOfMessages")
check("sqs get-queue-attributes", got, {"Attributes": {"ApproximateNumberOfMessages": "2"}})
check("sqs purge-queue", aws(f"sqs purge-queue --queue-url {queue}")[0], 0)
code, got, err = aws(f"sqs send-message --queue-url {url}/123456789012/Ordered.fifo --message-body a --message-group-id g")
check("sqs send-message to a FIFO queue", len(got["SequenceNumber"]), 20)
check("sqs list-queues", aws("sqs list-queues")[1]["QueueUrls"], [queue, f"{url}/123456789012/Ordered.fifo", f"{url}/123456789012/Taken"])
code, _, err = aws("sqs get-queue-url --queue-name None")
check("an unknown queue", (code, "AWS.SimpleQueueService.NonExistentQueue" in err), (255, True))

print(f"1..{len(results)}")
sys.exit(0 if all(results) else 1)
