//! What the outside holds of a running engine: a sender of commands and a receiver of events. Never touches its state.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::domain::command::Command;
use crate::domain::event::{Envelope, Event};

/// A live run, or a replay that looks like one.
#[derive(Debug)]
pub struct Session {
    /// Events in order. The channel closes after the last one.
    pub events: UnboundedReceiver<Event>,
    /// Commands; sending fails silently once the engine is gone.
    pub commands: UnboundedSender<Command>,
    /// All facts of a replay, so that any moment of it can be gone to; empty otherwise.
    pub record: Arc<[Envelope]>,
}
