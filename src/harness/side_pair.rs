//! One thing for each of the two that are compared: the original and the candidate.
//! Never says what is done with them.

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The code as it was.
    Original,
    /// The code that is judged.
    Candidate,
}

impl Which {
    /// Both, in the order of their turns.
    pub(crate) fn in_turn(original_first: bool) -> [Self; 2] {
        match original_first {
            true => [Self::Original, Self::Candidate],
            false => [Self::Candidate, Self::Original],
        }
    }
}

/// A value for each of the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sides<T> {
    /// The original's.
    pub(crate) original: T,
    /// The candidate's.
    pub(crate) candidate: T,
}

impl<T> Sides<T> {
    /// The same value for both.
    pub(crate) fn same(value: T) -> Self
    where
        T: Clone,
    {
        Self {
            original: value.clone(),
            candidate: value,
        }
    }

    /// References to both.
    pub(crate) fn as_ref(&self) -> Sides<&T> {
        Sides {
            original: &self.original,
            candidate: &self.candidate,
        }
    }

    /// One of them.
    pub(crate) fn get(&self, which: Which) -> &T {
        match which {
            Which::Original => &self.original,
            Which::Candidate => &self.candidate,
        }
    }

    /// One of them, to change.
    pub(crate) fn get_mut(&mut self, which: Which) -> &mut T {
        match which {
            Which::Original => &mut self.original,
            Which::Candidate => &mut self.candidate,
        }
    }

    /// What `of` makes of each.
    pub(crate) fn map<U>(self, mut of: impl FnMut(T) -> U) -> Sides<U> {
        Sides {
            original: of(self.original),
            candidate: of(self.candidate),
        }
    }

    /// Whether something holds for either.
    pub(crate) fn any(self, mut holds: impl FnMut(T) -> bool) -> bool {
        holds(self.original) || holds(self.candidate)
    }
}

impl<T> Sides<Option<T>> {
    /// Both, if both are there.
    pub(crate) fn both(self) -> Option<Sides<T>> {
        Some(Sides {
            original: self.original?,
            candidate: self.candidate?,
        })
    }
}
