//! Slurm from 20.11 on, by its commands. The script is the same for every comparison; what it works on is its argument.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::config::clusters::Cluster;

/// Most tasks of an array: what a controller takes unless it was told otherwise.
pub const MOST_TASKS: u32 = 1000;

/// The job's script: constant text but for the lines of the settings. `$1` is the comparison's folder, `$2` the number of
/// its parts, `$3` the hash of its plan: the job works by no other one.
pub fn script(cluster: &Cluster) -> String {
    let mut text = "#!/bin/sh\n\
        # Works on a part of a comparison. $1 is its folder, $2 the number of parts, $3 the plan's SHA-256.\n\
        umask 077\n\
        unset SLURM_EXPORT_ENV\n"
        .to_owned();
    for line in &cluster.before {
        let _ = writeln!(text, "{line}");
    }
    let first = cluster.scratch.as_deref().unwrap_or("$SLURM_TMPDIR");
    let _ = writeln!(
        text,
        "for folder in \"{first}\" \"$TMPDIR\" /tmp; do\n    \
         if [ -d \"$folder\" ] && [ -w \"$folder\" ]; then TMPDIR=$folder; break; fi\ndone\nexport TMPDIR"
    );
    let wrap = cluster
        .wrap
        .as_deref()
        .map_or_else(String::new, |wrap| format!("{wrap} "));
    let _ = writeln!(
        text,
        "exec {wrap}\"$1/lessonl\" work \"$1\" --slice \"$((SLURM_ARRAY_TASK_ID + 1))/$2\" --plan \"$3\""
    );
    text
}

/// The script of the job that looks at a node. `$1` is its folder.
pub fn look_script(cluster: &Cluster) -> String {
    let text = script(cluster);
    let (before, _) = text.rsplit_once("exec ").unwrap_or((&text, ""));
    let wrap = cluster
        .wrap
        .as_deref()
        .map_or_else(String::new, |wrap| format!("{wrap} "));
    format!("{before}exec {wrap}\"$1/lessonl\" doctor --node \"$1\"\n")
}

/// The arguments of `sbatch` for the job that looks at a node.
pub fn look(cluster: &Cluster, folder: &Path) -> Vec<String> {
    let mut arguments = vec![
        "--parsable".to_owned(),
        "--export=NIL".to_owned(),
        "--job-name=lessonl-doctor".to_owned(),
        format!("--output={}/out", folder.display()),
        "--nodes=1".to_owned(),
        "--ntasks=1".to_owned(),
        "--time=10".to_owned(),
    ];
    arguments.extend(placing(cluster));
    arguments.push(format!("{}/job.sh", folder.display()));
    arguments.push(folder.display().to_string());
    arguments
}

/// Where a job goes, as the settings say.
fn placing(cluster: &Cluster) -> Vec<String> {
    let mut arguments = Vec::new();
    if cluster.whole_node {
        arguments.extend(["--exclusive", "--mem=0", "--hint=nomultithread"].map(str::to_owned));
    }
    for (name, value) in &cluster.passed {
        arguments.push(format!("--{name}={value}"));
    }
    arguments.extend(cluster.extra.iter().cloned());
    arguments
}

/// The arguments of `sbatch` for these parts (from 0) of a comparison in `folder`, whose plan has this hash.
pub fn submission(
    cluster: &Cluster,
    name: &str,
    (folder, plan): (&Path, &str),
    parts: &[u32],
    of: u32,
    exclude: &[String],
) -> Vec<String> {
    let seconds = cluster.time.0 / 1_000_000_000;
    let warned = (seconds / 4).min(120);
    let mut arguments = vec![
        "--parsable".to_owned(),
        "--export=NIL".to_owned(),
        format!("--job-name=lessonl-{name}"),
        format!("--array={}%{}", ranges(parts), cluster.nodes),
        format!("--output={}/log/%A_%a.out", folder.display()),
        "--open-mode=append".to_owned(),
        "--requeue".to_owned(),
        format!("--signal=B:TERM@{warned}"),
        "--nodes=1".to_owned(),
        "--ntasks=1".to_owned(),
        format!("--time={}", seconds.div_ceil(60)),
    ];
    if !exclude.is_empty() {
        arguments.push(format!("--exclude={}", exclude.join(",")));
    }
    arguments.extend(placing(cluster));
    arguments.push(format!("{}/job.sh", folder.display()));
    arguments.push(folder.display().to_string());
    arguments.push(of.to_string());
    arguments.push(plan.to_owned());
    arguments
}

/// Numbers as Slurm writes them: `0-3,7`.
pub fn ranges(numbers: &[u32]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for number in sorted {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let words = parts.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    words.collect::<Vec<_>>().join(",")
}

/// The job's number in what `sbatch --parsable` prints: `81233` or `81233;cluster`.
pub fn job_number(text: &str) -> Option<u64> {
    text.trim()
        .lines()
        .last()?
        .split(';')
        .next()?
        .trim()
        .parse()
        .ok()
}

/// How `squeue` is asked, once for everything: what has ended a while ago, too, so that it can be said how.
pub const QUEUE: [&str; 7] = ["--me", "-h", "-r", "-t", "all", "-o", "%i|%T|%r|%N"];

/// States of a task that nobody works on or waits for any more.
const ENDED: [&str; 10] = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

/// A task as the queue lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedTask {
    /// Its job.
    pub job: u64,
    /// Its number in the array, from 0.
    pub part: u32,
    /// `RUNNING`, `PENDING`, …
    pub state: String,
    /// Why it waits.
    pub reason: String,
    /// Where it runs.
    pub node: String,
}

impl QueuedTask {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        ENDED.contains(&self.state.as_str())
    }

    /// Of two tasks for one part, what counts more.
    fn weight(&self) -> (u8, u64) {
        match self.state.as_str() {
            "RUNNING" => (2, 0),
            _ if self.has_ended() => (0, self.job),
            _ => (1, 0),
        }
    }
}

/// What `squeue` lists of these jobs, by part. Of two tasks for one part the one that runs counts, then one that waits,
/// then the latest that has ended.
pub fn queue(text: &str, jobs: &[u64]) -> BTreeMap<u32, QueuedTask> {
    let mut tasks: BTreeMap<u32, QueuedTask> = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split('|').map(str::trim).collect();
        let [id, state, reason, node] = words[..] else {
            continue;
        };
        let Some((job, part)) = id.split_once('_') else {
            continue;
        };
        let (Ok(job), Ok(part)) = (job.parse(), part.parse()) else {
            continue;
        };
        let task = QueuedTask {
            job,
            part,
            state: state.to_owned(),
            reason: reason.to_owned(),
            node: node.to_owned(),
        };
        let replaces = tasks
            .get(&part)
            .is_none_or(|known| known.weight() <= task.weight());
        if jobs.contains(&job) && replaces {
            tasks.insert(part, task);
        }
    }
    tasks
}

/// How `squeue` is asked about a job that is told to end.
pub const ABOUT_US: &str = "State:|,TimeLeft:|,PreemptTime:|";

/// What it says: whether the job still counts as running, the time left, and whether it is being preempted.
pub fn about_us(text: &str) -> Option<(bool, Option<Duration>, bool)> {
    let mut words = text.lines().next()?.split('|').map(str::trim);
    let running = words.next()? == "RUNNING";
    let left = span(words.next()?);
    let preempted = !matches!(words.next().unwrap_or(""), "" | "N/A" | "None" | "Unknown");
    Some((running, left, preempted))
}

/// A time as Slurm writes it: `1-02:03:04`, `02:03:04`, `03:04`; what is no time (`UNLIMITED`) is none.
pub fn span(text: &str) -> Option<Duration> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (days.parse::<u64>().ok()?, rest),
        None => (0, text),
    };
    let mut seconds = 0u64;
    let mut parts = 0;
    for part in rest.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
        parts += 1;
    }
    (parts >= 2).then(|| Duration::from_secs(days * 86_400 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::Nanos;

    fn cluster() -> Cluster {
        Cluster {
            spool: Some("/s".into()),
            passed: BTreeMap::from([("partition".to_owned(), "cpu".to_owned())]),
            extra: vec!["--mail-type=FAIL".to_owned()],
            before: vec!["module load gcc".to_owned()],
            ..Cluster::default()
        }
    }

    #[test]
    fn the_script_is_constant_text_and_takes_its_folder_as_an_argument() {
        let text = script(&cluster());
        assert!(text.starts_with("#!/bin/sh\n"), "{text}");
        assert!(text.contains("\nmodule load gcc\n"), "{text}");
        let last = text.lines().last().unwrap();
        assert_eq!(
            last,
            "exec \"$1/lessonl\" work \"$1\" --slice \"$((SLURM_ARRAY_TASK_ID + 1))/$2\" --plan \"$3\""
        );
        let wrapped = Cluster {
            wrap: Some("apptainer exec i.sif".to_owned()),
            ..cluster()
        };
        assert!(script(&wrapped).contains("\nexec apptainer exec i.sif \"$1/lessonl\""));
    }

    #[test]
    fn nothing_of_our_environment_goes_with_a_submission() {
        let place = (Path::new("/s/x"), "0fab");
        let words = submission(&cluster(), "x", place, &[0, 1, 2, 5], 6, &[]);
        for expected in [
            "--export=NIL",
            "--array=0-2,5%20",
            "--requeue",
            "--signal=B:TERM@120",
            "--time=120",
            "--exclusive",
            "--partition=cpu",
            "--mail-type=FAIL",
        ] {
            assert!(words.iter().any(|word| word == expected), "{words:?}");
        }
        assert_eq!(
            words[words.len() - 4..],
            ["/s/x/job.sh", "/s/x", "6", "0fab"]
        );
        let short = Cluster {
            time: Nanos(120_000_000_000),
            whole_node: false,
            ..cluster()
        };
        let words = submission(&short, "x", place, &[0], 1, &["n1".to_owned()]);
        assert!(
            words.contains(&"--signal=B:TERM@30".to_owned()),
            "{words:?}"
        );
        assert!(words.contains(&"--exclude=n1".to_owned()), "{words:?}");
        assert!(!words.contains(&"--exclusive".to_owned()), "{words:?}");
    }

    #[test]
    fn numbers_are_written_as_ranges() {
        assert_eq!(ranges(&[]), "");
        assert_eq!(ranges(&[3]), "3");
        assert_eq!(ranges(&[5, 1, 2, 3, 2, 9, 8]), "1-3,5,8-9");
    }

    #[test]
    fn what_the_commands_print_is_read() {
        assert_eq!(job_number("81233\n"), Some(81233));
        assert_eq!(job_number("81233;ice\n"), Some(81233));
        assert_eq!(job_number("note\n7\n"), Some(7));
        assert_eq!(job_number("error"), None);
        let text = "7_0|RUNNING|None|n1\n7_3|PENDING|Priority|\n9_3|PENDING|x|\n7|RUNNING|None|n2\nodd\n8_3|RUNNING|None|n4\n7_3|PENDING|y|\n";
        let tasks = queue(text, &[7, 8]);
        let words = |part: u32| {
            let task = &tasks[&part];
            (
                task.job,
                task.state.as_str(),
                task.reason.as_str(),
                task.node.as_str(),
            )
        };
        assert_eq!(tasks.len(), 2);
        assert_eq!(words(0), (7, "RUNNING", "None", "n1"));
        assert_eq!(words(3), (8, "RUNNING", "None", "n4"));
        assert_eq!(queue("", &[7]), BTreeMap::new());
        // what has ended is known as long as it is listed, and counts only where nothing else is
        let text =
            "8_0|CANCELLED|None|n1\n7_0|COMPLETED|None|n1\n8_1|TIMEOUT|x|n2\n7_1|PENDING|y|\n";
        let tasks = queue(text, &[7, 8]);
        assert_eq!(
            (tasks[&0].state.as_str(), tasks[&0].has_ended()),
            ("CANCELLED", true)
        );
        assert_eq!(
            (tasks[&1].state.as_str(), tasks[&1].has_ended()),
            ("PENDING", false)
        );
    }

    #[test]
    fn the_standing_of_a_job_is_read() {
        let about = about_us("RUNNING|1:05|N/A|\n").unwrap();
        assert_eq!(about, (true, Some(Duration::from_secs(65)), false));
        let about = about_us("COMPLETING|INVALID|2026-11-30T01:02:03|\n").unwrap();
        assert_eq!(about, (false, None, true));
        assert_eq!(about_us(""), None);
        assert_eq!(span("1-02:03:04"), Some(Duration::from_secs(93_784)));
        assert_eq!(span("UNLIMITED"), None);
        assert_eq!(span("5"), None);
    }
}
