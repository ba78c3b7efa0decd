//! What the machine is and what it can contain.
//! Never changes anything about it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::calibration::CorePlace;
use super::compile::{self, Bench};
use super::{Cancel, caveats, counters, process, worker};
use crate::domain::event::Machine;
use crate::domain::problem::Mode;

/// The machine as facts carry it.
pub(crate) fn describe(cpu: &str, class: &str, cores: u32, sandbox: &str) -> Machine {
    let mut notes = vec![match CorePlace::choose(Mode::Serial) {
        CorePlace::Core(core) => format!("serial code is timed on core {core}"),
        CorePlace::Anywhere => "processes cannot be bound to a core".to_owned(),
    }];
    notes.push(format!("processor {class}"));
    notes.extend(caveats::load().map(|load| format!("load {load:.2}")));
    notes.extend(governor().map(|text| format!("governor {text}")));
    notes.push(match counters::there() {
        true => "instructions and cycles are counted".to_owned(),
        false => "no hardware counters".to_owned(),
    });
    notes.push("OpenMP threads wait passively and are bound close, on both sides".to_owned());
    let uname = rustix::system::uname();
    let governor = governor().map_or_else(String::new, |text| format!(", governor {text}"));
    Machine {
        cpu: cpu.to_owned(),
        cores,
        system: format!(
            "{} {}",
            uname.sysname().to_string_lossy(),
            uname.release().to_string_lossy()
        ),
        sandbox: sandbox.to_owned(),
        notes,
        class: format!("{class}, {cores} cores{}{governor}", virtual_words()),
        host: uname.nodename().to_string_lossy().into_owned(),
    }
}

/// How the first core chooses its clock, where the kernel says.
fn governor() -> Option<String> {
    let file = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.trim().to_owned())
}

/// Whether it is a virtual machine, as the processor says.
fn virtual_words() -> &'static str {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = value(&text, "flags").unwrap_or_default();
    match flags.split(' ').any(|flag| flag == "hypervisor") {
        true => ", virtual",
        false => "",
    }
}

/// The most that contains a process here, tried in a process of its own.
pub(crate) fn probe(
    bench: &Bench,
    folder: &std::path::Path,
) -> Result<process::sandbox::Level, String> {
    if tried(bench, folder, true).is_ok() {
        return Ok(process::sandbox::Level::Namespaces);
    }
    tried(bench, folder, false).map(|()| process::sandbox::Level::Files)
}

fn tried(bench: &Bench, folder: &std::path::Path, namespaces: bool) -> Result<(), String> {
    if process::sandbox::landlock_version() < 1 {
        return Err("this kernel has no landlock".to_owned());
    }
    let words = tempfile::tempfile_in(folder).map_err(|error| error.to_string())?;
    let copy = words.try_clone().map_err(|error| error.to_string())?;
    let mut process = process::spawn::Process::start(process::spawn::ProcessStart {
        runner: bench.runner.as_ref(),
        job: &worker::WorkerJob::Probe { namespaces },
        folder,
        environment: Vec::new(),
        input: Stdio::null(),
        second: Stdio::null(),
        output: Stdio::from(copy),
    })
    .map_err(|error| format!("our own program cannot be started again: {error}"))?;
    match process.wait(Instant::now() + Duration::from_secs(10), &Cancel::default()) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!(
            "{} {}",
            compile::bounded(words),
            process::spawn::how(status)
        )),
        None => Err("the probe does not answer".to_owned()),
    }
}

/// The processor's name, or at least its kind.
pub fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| {
        line.strip_prefix("model name")?
            .split_once(':')
            .map(|(_, name)| name.trim().to_owned())
    });
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// All that tells one kind of processor from another: a virtual machine may give many kinds the same name. Maker, family,
/// model, stepping and the sizes of the caches of the core that serial code is timed on.
pub(crate) fn cpu_class() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let core = match CorePlace::choose(Mode::Serial) {
        CorePlace::Core(core) => core,
        CorePlace::Anywhere => 0,
    };
    let of_core = text
        .split("\n\n")
        .find(|one| value(one, "processor") == Some(core.to_string().as_str()))
        .unwrap_or(&text);
    let mut parts: Vec<String> = [
        "model name",
        "vendor_id",
        "cpu family",
        "model",
        "stepping",
        "CPU implementer",
        "CPU part",
        "CPU revision",
    ]
    .iter()
    .filter_map(|name| value(of_core, name).map(|value| format!("{name} {value}")))
    .collect();
    let caches = format!("/sys/devices/system/cpu/cpu{core}/cache");
    let sizes: Vec<String> = (0..8)
        .filter_map(|number| std::fs::read_to_string(format!("{caches}/index{number}/size")).ok())
        .map(|size| size.trim().to_owned())
        .collect();
    if !sizes.is_empty() {
        parts.push(format!("caches {}", sizes.join(" ")));
    }
    parts.join(", ")
}

/// What a block of `/proc/cpuinfo` says under a name.
fn value<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    block.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_block_are_whole() {
        let block = "processor\t: 1\nmodel\t\t: 143\nmodel name\t: Some Processor\n";
        assert_eq!(value(block, "model"), Some("143"));
        assert_eq!(value(block, "model name"), Some("Some Processor"));
        assert_eq!(value(block, "stepping"), None);
    }
}
