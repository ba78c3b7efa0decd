//! Opening the database: permissions, journal by file system, migrations, refusal of what a newer program wrote.
//! Never reads or writes a fact.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};
use rustix::fs::{FlockOperation, flock};

use super::{StoreError, projection};

/// Frozen migrations in order; `user_version` counts them.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_facts.sql"),
    include_str!("migrations/0002_comparisons_and_bank.sql"),
    include_str!("migrations/0003_tests.sql"),
];

/// How long a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// How SQLite keeps a transaction whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// Write-ahead log: readers and the writer never wait for each other. Needs shared memory, so local disks only.
    Wal,
    /// Rollback journal: slower, but right on network file systems.
    Truncate,
}

/// The journal for a database in this folder: by the kind of its file system. Unknown kinds count as local.
pub fn journal_for(folder: &Path) -> Journal {
    match rustix::fs::statfs(folder) {
        Ok(found) => journal_by_magic(found.f_type as u64 & 0xffff_ffff),
        Err(_) => Journal::Wal,
    }
}

/// File systems shared between machines, by the magic number that `statfs` gives.
fn journal_by_magic(magic: u64) -> Journal {
    match magic {
        // NFS, Lustre, CIFS, SMB2, SMB, AFS, Coda, Ceph, GPFS, BeeGFS, 9p, FUSE (sshfs and the like)
        0x6969 | 0x0bd0_0bd0 | 0xff53_4d42 | 0xfe53_4d42 | 0x517b | 0x5346_414f | 0x7375_7245
        | 0x00c3_6400 | 0x4750_4653 | 0x1983_0326 | 0x0102_1997 | 0x6573_5546 => Journal::Truncate,
        _ => Journal::Wal,
    }
}

/// Opens the database for the writer: makes folder (0700) and file (0600), migrates.
pub(super) fn open_for_writing(database: &Path) -> Result<Connection, StoreError> {
    let failed = |error: &dyn std::fmt::Display| cannot_open(database, error);
    let folder = match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|e| failed(&e))?;
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(database)
        .map_err(|e| failed(&e))?;
    // Two processes that open a new database at once must not both make its tables.
    let _alone = alone(folder);
    let mut connection = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|e| failed(&e))?;
    prepare(&mut connection, journal_for(folder)).map_err(|e| failed(&e))?;
    refuse_newer(&connection, database)?;
    Migrations::new(MIGRATIONS.iter().map(|sql| M::up(sql)).collect())
        .to_latest(&mut connection)
        .map_err(|error| match error {
            // Its own words repeat the whole migration.
            rusqlite_migration::Error::RusqliteError { err, .. } => failed(&err),
            other => failed(&other),
        })?;
    projection::rebuild_if_outdated(&mut connection, database)?;
    Ok(connection)
}

/// Waits until no other process opens a database in this folder, and keeps it so until the file is dropped. Where the file
/// system knows no locks, SQLite's own have to do.
fn alone(folder: &Path) -> Option<File> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(folder.join("opening.lock"))
        .ok()?;
    flock(&file, FlockOperation::LockExclusive).ok()?;
    Some(file)
}

fn prepare(connection: &mut Connection, journal: Journal) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    // In WAL a killed process loses nothing with NORMAL, and no fsync disturbs what is being timed; a rollback journal needs FULL.
    let (mode, synchronous) = match journal {
        Journal::Wal => ("WAL", "NORMAL"),
        Journal::Truncate => ("TRUNCATE", "FULL"),
    };
    connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// Opens the database for reading; `None` if there is none yet, or nothing in it yet.
pub(super) fn open_for_reading(database: &Path) -> Result<Option<Connection>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|e| cannot_open(database, &e))?;
    connection
        .busy_timeout(BUSY)
        .map_err(|e| cannot_open(database, &e))?;
    let version = refuse_newer(&connection, database)?;
    if (1..MIGRATIONS.len()).contains(&version) {
        // An older program wrote it: brought up to date as before writing.
        drop(connection);
        drop(open_for_writing(database)?);
        return open_for_reading(database);
    }
    if version > 0 && projection::is_outdated(&connection).map_err(|e| cannot_open(database, &e))? {
        // Facts alone would look like an empty list of runs.
        drop(connection);
        drop(open_for_writing(database)?);
        return open_for_reading(database);
    }
    Ok((version > 0).then_some(connection))
}

/// The schema version, unless a newer program wrote it.
pub(super) fn refuse_newer(connection: &Connection, database: &Path) -> Result<usize, StoreError> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|e| cannot_open(database, &e))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(StoreError::new(
            format!(
                "{} was written by a newer lessonl (schema {version}, this one knows {})",
                database.display(),
                MIGRATIONS.len()
            ),
            "Use that newer lessonl, or name another folder with --data-dir.",
        ));
    }
    Ok(version)
}

pub(super) fn cannot_open(database: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::new(
        format!("cannot use the database {}: {error}", database.display()),
        "Check that the folder is yours and has room, or name another one with --data-dir.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_migrations_are_valid() {
        let migrations = Migrations::new(MIGRATIONS.iter().map(|sql| M::up(sql)).collect());
        assert_eq!(migrations.validate(), Ok(()));
    }

    #[test]
    fn shared_file_systems_get_a_rollback_journal() {
        assert_eq!(journal_by_magic(0x6969), Journal::Truncate);
        assert_eq!(journal_by_magic(0x0bd0_0bd0), Journal::Truncate);
        assert_eq!(journal_by_magic(0xff53_4d42), Journal::Truncate);
        assert_eq!(journal_by_magic(0xef53), Journal::Wal);
    }

    #[test]
    fn only_the_owner_may_read_the_database() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("data/lessonl.db");
        open_for_writing(&database).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&database), 0o600);
        assert_eq!(mode(database.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_newer_schema_is_refused_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let connection = open_for_writing(&database).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        for refused in [
            open_for_writing(&database).unwrap_err(),
            open_for_reading(&database).unwrap_err(),
        ] {
            assert!(
                refused.what.contains("newer lessonl (schema 99"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_database_of_an_older_program_is_brought_up_to_date_before_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let mut connection = Connection::open(&database).unwrap();
        Migrations::new(vec![M::up(MIGRATIONS[0])])
            .to_latest(&mut connection)
            .unwrap();
        drop(connection);
        let connection = open_for_reading(&database).unwrap().unwrap();
        let units = connection.prepare("SELECT tests FROM units").map(drop);
        assert_eq!(units, Ok(()));
    }

    #[test]
    fn outdated_projections_are_made_again_before_they_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        let connection = open_for_writing(&database).unwrap();
        connection
            .execute("UPDATE projection SET version = 0", [])
            .unwrap();
        drop(connection);
        let connection = open_for_reading(&database).unwrap().unwrap();
        assert_eq!(projection::is_outdated(&connection), Ok(false));
    }

    #[test]
    fn a_file_that_is_no_database_is_an_error_naming_it() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("lessonl.db");
        std::fs::write(&database, "this is not a database, only some text").unwrap();
        let error = open_for_writing(&database).unwrap_err();
        assert!(error.what.contains("lessonl.db"), "{error}");
    }
}
