//! Arguments in, exit code out.

use std::process::ExitCode;

use lessonl::{cli, harness};

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if arguments
        .get(1)
        .is_some_and(|first| first == harness::RUNNER_ARGUMENT)
    {
        return ExitCode::from(harness::run_contained(&arguments[2..]));
    }
    ExitCode::from(cli::main(arguments))
}
