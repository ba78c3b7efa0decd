//! What follows when all blocks are over: whoever ends the last one measures the winners once more, and tells that in a
//! file of its own. Never measures anything.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use super::{Spool, StoreError, broken, private};
use crate::domain::block::BlockId;
use crate::domain::comparison::ComparisonFact;

impl Spool {
    /// Marks blocks as over; returns whether all of them are marked.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn mark_over(&self, over: &[BlockId]) -> Result<bool, StoreError> {
        let folder = self.folder.join("over");
        let mark = || -> io::Result<usize> {
            private(&folder)?;
            for block in over {
                fs::write(folder.join(block.to_string()), b"")?;
            }
            Ok(fs::read_dir(&folder)?.count())
        };
        let marked = mark().map_err(|error| broken(&folder, &error))?;
        Ok(marked >= self.blocks.len())
    }

    fn winners(&self) -> PathBuf {
        self.folder.join("winners")
    }

    /// Takes the winners on; false: another process has.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn take_winners_on(&self) -> Result<bool, StoreError> {
        let folder = self.winners();
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(broken(&folder, &error)),
        }
    }

    /// Tells what came of one of them.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tell_winner(&self, fact: &ComparisonFact) -> Result<(), StoreError> {
        let file = self.winners().join("facts");
        let write = || -> io::Result<()> {
            let mut line = serde_json::to_string(fact)?;
            line.push('\n');
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&file)?;
            file.write_all(line.as_bytes())?;
            file.sync_data()
        };
        write().map_err(|error| broken(&file, &error))
    }

    /// What was told of them, up to the last whole line.
    pub fn told_of_winners(&self) -> Vec<ComparisonFact> {
        let text = fs::read_to_string(self.winners().join("facts")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let facts = whole.lines().map(serde_json::from_str);
        facts
            .map_while(Result::ok)
            .filter(|fact| matches!(fact, ComparisonFact::Rechecked { .. }))
            .collect()
    }
}
