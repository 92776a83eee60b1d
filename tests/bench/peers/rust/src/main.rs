//! Gives each event back. One thread for one event at a time, as the crate's examples do by default
//! on Lambda's smallest sizes; `run_concurrent` when Lambda allows several.
use lambda_runtime::{run, run_concurrent, service_fn, Error, LambdaEvent};
use serde_json::value::RawValue;

async fn echo(event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Error> {
    Ok(event.payload)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    if std::env::var_os("AWS_LAMBDA_MAX_CONCURRENCY").is_some() {
        run_concurrent(service_fn(echo)).await
    } else {
        run(service_fn(echo)).await
    }
}
