//! What the person wants of those that work on a comparison: a file that is only appended to, a line for each order.
//! Never says whether anybody has followed one but by a mark beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Spool, StoreError, broken, private};
use crate::domain::command::Command;
use crate::domain::id::RunId;

/// Largest file of orders that is read, bytes.
const LARGEST: u64 = 16 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
enum Order {
    /// Nothing more is to be asked.
    Stop,
    /// It goes on.
    Go,
    /// Something for one run.
    Tell {
        /// Which.
        run: RunId,
        /// What.
        command: Command,
    },
    /// What a newer program wrote.
    #[serde(other)]
    Unknown,
}

/// An order for a run that nobody has followed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number.
    number: usize,
    /// The run.
    pub run: RunId,
    /// What is wanted of it.
    pub command: Command,
}

fn file(spool: &Path) -> PathBuf {
    spool.join("orders.jsonl")
}

/// The whole lines, in order; what cannot be read is nobody's order.
fn all(spool: &Path) -> Vec<Order> {
    let is_sound = fs::metadata(file(spool)).is_ok_and(|about| about.len() <= LARGEST);
    let text = match is_sound {
        true => fs::read_to_string(file(spool)).unwrap_or_default(),
        false => String::new(),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or(Order::Unknown))
        .collect()
}

/// Whether the last word was to stop.
pub(super) fn is_stopped(spool: &Path) -> bool {
    let orders = all(spool);
    let mut words = orders
        .iter()
        .rev()
        .filter(|order| matches!(order, Order::Stop | Order::Go));
    words.next() == Some(&Order::Stop)
}

impl Spool {
    /// Whether somebody wanted the work to stop.
    pub fn is_stopped(&self) -> bool {
        is_stopped(&self.folder)
    }

    /// Writes down that nothing more is to be asked.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn stop(&self) -> Result<(), StoreError> {
        self.order(&Order::Stop)
    }

    /// Writes down that it goes on.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn go(&self) -> Result<(), StoreError> {
        self.order(&Order::Go)
    }

    /// Writes down something for one run, for whoever works on it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tell(&self, run: &RunId, command: Command) -> Result<(), StoreError> {
        let run = run.clone();
        self.order(&Order::Tell { run, command })
    }

    fn order(&self, order: &Order) -> Result<(), StoreError> {
        let file = file(&self.folder);
        let write = || -> io::Result<()> {
            let mut line = serde_json::to_string(order)?;
            line.push('\n');
            OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&file)?
                .write_all(line.as_bytes())
        };
        write().map_err(|error| broken(&file, &error))
    }

    /// Orders for these runs that nobody has followed.
    pub fn told(&self, runs: &[RunId]) -> Vec<Told> {
        let orders = all(&self.folder).into_iter().enumerate();
        orders
            .filter_map(|(number, order)| match order {
                Order::Tell { run, command } if runs.contains(&run) => Some(Told {
                    number,
                    run,
                    command,
                }),
                _ => None,
            })
            .filter(|told| !self.mark(told).exists())
            .collect()
    }

    /// Marks an order as followed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn followed(&self, told: &Told) -> Result<(), StoreError> {
        let mark = self.mark(told);
        let folder = self.folder.join("followed");
        private(&folder)
            .and_then(|()| fs::write(&mark, b""))
            .map_err(|error| broken(&mark, &error))
    }

    fn mark(&self, told: &Told) -> PathBuf {
        self.folder.join("followed").join(told.number.to_string())
    }
}
