//! Claims about samples, launches and waiting.

use super::*;

fn of(wall: u64, around: u64) -> Sample {
    let micros = |n| Duration::from_micros(n);
    Sample {
        wall: micros(wall),
        cpu: Some(micros(wall)),
        around: Some(micros(around)),
        rest: Rest::Waiting,
        counted: Count::default(),
    }
}

fn both<T>(original: T, candidate: T) -> Sides<T> {
    Sides {
        original,
        candidate,
    }
}

#[test]
fn a_launch_is_the_median_of_its_rounds() {
    let launch = summary(
        &[
            both(of(100, 0), of(50, 0)),
            both(of(100, 0), of(100, 0)),
            both(of(400, 0), of(100, 0)),
        ],
        10,
    );
    assert!((launch.log_ratio - 2.0_f64.ln()).abs() < 1e-12);
    assert_eq!(
        (launch.original, launch.candidate),
        (Nanos(10_000), Nanos(10_000))
    );
    assert_eq!(launch.cpu_log_ratio, Some(launch.log_ratio));
}

#[test]
fn rounds_that_others_disturbed_are_read_from_the_processor_clock() {
    let mut disturbed = of(9000, 0);
    disturbed.cpu = Some(Duration::from_micros(1000));
    let mut pairs = [both(disturbed, of(500, 0)), both(of(1000, 0), of(500, 0))];
    assert_eq!(by_processor_clock(&mut pairs), 1);
    assert_eq!(pairs[0].original.wall, Duration::from_micros(1000));
    assert!((summary(&pairs, 1).log_ratio - 2.0_f64.ln()).abs() < 1e-12);
    let waited = |rounds, millis| Waited {
        rounds,
        time: Duration::from_millis(millis),
    };
    assert!(others_had_the_core(both(waited(3, 12), waited(10, 40))));
    assert!(!others_had_the_core(both(waited(0, 0), waited(2, 1))));
    assert!(!others_had_the_core(both(waited(2, 8), waited(2, 3800))));
}
