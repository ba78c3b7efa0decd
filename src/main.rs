fn main() {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    if arguments
        .first()
        .is_some_and(|first| first == lessonl::harness::RUNNER_ARGUMENT)
    {
        std::process::exit(lessonl::harness::run_contained(&arguments[1..]).into());
    }
}
