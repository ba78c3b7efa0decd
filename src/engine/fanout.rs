//! Hands every event to every listener. Never waits for one: a listener that is gone is dropped.

use tokio::sync::mpsc::UnboundedSender;

use crate::domain::event::Event;

/// The listeners of a run, in the order they hear.
pub(super) struct Fanout(pub(super) Vec<UnboundedSender<Event>>);

impl Fanout {
    /// Hands out an event.
    pub(super) fn send(&mut self, event: &Event) {
        self.0
            .retain(|listener| listener.send(event.clone()).is_ok());
    }
}
